//! The timeline: changes of runs as they were seen, kept beyond the process that has seen them.
//!
//! A change is written by the process that has read it from Hex, never by one that takes it over
//! from the store. Of a run and a status the first writing counts, so what several processes see,
//! or one sees again, stands there once. Times have milliseconds, as those of Hex have.

mod export;
mod past;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::projects::changes::{Change, News};
use crate::domain::filter::ChangeFacts;
use crate::domain::{ProjectId, RunId, RunStatus, RunTrigger, Text};

pub use export::{COLUMNS, csv, json_lines};
pub use past::{Past, PastRun, Reading};

/// A status that a run was seen to come to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenChange {
    /// The run's project.
    pub project: ProjectId,
    /// What the project was called then.
    pub title: Text,
    /// The run.
    pub run: RunId,
    /// The status before, if it was known.
    pub from: Option<RunStatus>,
    /// The status it came to.
    pub to: RunStatus,
    /// When the answer came that showed it, by the server's clock.
    pub seen: Timestamp,
    /// When it came to be so, by the server's clock; none where Hex does not say.
    pub happened: Option<Timestamp>,
    /// What started the run, where Hex says.
    pub trigger: Option<RunTrigger>,
    /// The published version it runs.
    pub version: Option<String>,
    /// Whether nobody had looked at the project before, so that it may have been so for long.
    pub first_look: bool,
}

impl SeenChange {
    /// Whether the run had not ended then. A status that this version does not know has ended
    /// where Hex says when.
    pub fn is_active(&self) -> bool {
        match self.to {
            RunStatus::Unknown(_) => self.happened.is_none(),
            _ => !self.to.is_terminal(),
        }
    }

    /// What a filter may ask of it.
    pub fn facts(&self) -> ChangeFacts<'_> {
        ChangeFacts {
            title: &self.title,
            project: &self.project,
            run: &self.run,
            status: &self.to,
            is_active: self.is_active(),
            trigger: self.trigger.as_ref(),
            version: self.version.as_deref(),
        }
    }
}

impl From<&Change> for SeenChange {
    fn from(change: &Change) -> Self {
        Self {
            project: change.project.clone(),
            title: change.title.clone(),
            run: change.run.clone(),
            from: change.from().cloned(),
            to: change.to.clone(),
            seen: in_millis(change.seen),
            happened: change.happened.map(in_millis),
            trigger: change.trigger.clone(),
            version: change.version.clone(),
            first_look: change.news == News::FirstLook,
        }
    }
}

/// The time without what is finer than a millisecond.
fn in_millis(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at)
}

/// In which order changes are told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ChangeOrder {
    /// As they were seen.
    #[default]
    OldestFirst,
    /// The one that was seen last comes first.
    NewestFirst,
}

/// Which part of the timeline is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangeRange {
    /// What was seen then or later.
    pub since: Timestamp,
    /// What was seen before.
    pub until: Timestamp,
    /// In which order.
    pub order: ChangeOrder,
    /// Only what comes after this change in that order: when it was seen, and the store's number of it.
    pub after: Option<(Timestamp, i64)>,
    /// So many at most; a store may tell fewer at a time.
    pub most: u16,
}

/// A part of the timeline.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangePage {
    /// What was asked for.
    pub of: ChangeRange,
    /// In the order that was asked for.
    pub changes: Vec<SeenChange>,
    /// What to ask for next; none if these are the last.
    pub next: Option<ChangeRange>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn change(news: News) -> Change {
        Change {
            project: ProjectId::new("p"),
            title: "Churn model".into(),
            run: RunId::new("a"),
            news,
            to: RunStatus::Killed,
            seen: at("2026-11-27T08:00:01.234567Z"),
            happened: Some(at("2026-11-27T08:00:00.999999Z")),
            trigger: Some(RunTrigger::Scheduled),
            version: Some("3".to_owned()),
        }
    }

    #[test]
    fn a_change_is_kept_with_all_that_is_known_of_it() {
        let seen = SeenChange {
            project: ProjectId::new("p"),
            title: "Churn model".into(),
            run: RunId::new("a"),
            from: Some(RunStatus::Running),
            to: RunStatus::Killed,
            seen: at("2026-11-27T08:00:01.234Z"),
            happened: Some(at("2026-11-27T08:00:00.999Z")),
            trigger: Some(RunTrigger::Scheduled),
            version: Some("3".to_owned()),
            first_look: false,
        };
        assert_eq!(SeenChange::from(&change(News::Changed(RunStatus::Running))), seen);
        let appeared = SeenChange { from: None, ..seen };
        assert_eq!(SeenChange::from(&change(News::Appeared)), appeared);
        let first = SeenChange { first_look: true, ..appeared };
        assert_eq!(SeenChange::from(&change(News::FirstLook)), first);
    }

    #[test]
    fn an_unknown_status_has_ended_where_hex_says_when() {
        let seen = SeenChange::from(&change(News::Appeared));
        assert!(!seen.is_active());
        assert!(SeenChange { to: RunStatus::Running, ..seen.clone() }.is_active());
        let paused = SeenChange { to: RunStatus::Unknown("PAUSED".into()), ..seen };
        assert!(!paused.is_active());
        assert!(SeenChange { happened: None, ..paused }.is_active());
    }
}

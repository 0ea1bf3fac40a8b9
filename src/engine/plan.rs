//! Which project to look at next.
//!
//! The model describes every project that may be looked at; the planner names the most valuable
//! look. This planner weighs a project's age by how likely something has changed: attention
//! first, then a schedule that has just fired, then active runs.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::{Boot, ProjectId, RunId};

/// Two looks at one project are at least this far apart.
const GAP: Duration = Duration::from_secs(3);

/// Whether a person cares about a project more than about others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Attention {
    /// No more than others.
    Usual,
    /// A person keeps it in sight.
    Pinned,
    /// It is selected.
    Selected,
    /// Something a person did there is not settled yet.
    Unsettled,
}

/// Why a project is looked at next: what weighs most in it. The words are the screen's.
#[derive(Clone, Debug, PartialEq)]
pub enum Why {
    /// Something a person did there is not settled yet.
    Unsettled,
    /// It is selected.
    Selected,
    /// It is pinned.
    Pinned,
    /// Its runs were never read.
    Unseen,
    /// One of its schedules fires, or has fired, at this time of the server.
    Scheduled(Timestamp),
    /// This run of it is about to end.
    RunEndsAbout(RunId),
    /// This run of it goes on for longer than its runs usually do.
    Overdue(RunId),
    /// Runs start there often.
    Often {
        /// So many in an hour, scheduled ones left out.
        per_hour: f64,
    },
    /// No other project was looked at so long ago.
    Oldest,
}

/// A poll that is going to be made if nothing comes in between.
#[derive(Clone, Debug, PartialEq)]
pub struct NextPoll {
    /// Of which project.
    pub project: ProjectId,
    /// When.
    pub at: Boot,
    /// What for.
    pub why: Why,
}

/// A project that may be looked at.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// Which.
    pub project: &'a ProjectId,
    /// When the last look at it began; none before the first.
    pub looked: Option<Boot>,
    /// Not before this, because looking failed lately.
    pub not_before: Boot,
    /// How many of its runs were active then.
    pub active: usize,
    /// Whether one of its schedules has fired since.
    pub due: bool,
    /// Who cares.
    pub attention: Attention,
}

/// What to do with the next slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plan {
    /// Look at this project.
    Look(ProjectId),
    /// Nothing is worth a request before this.
    NotBefore(Boot),
    /// There is nothing to look at.
    Idle,
}

/// Chooses looks. Called anew for each slot, with every project that may be looked at.
pub trait Planner {
    /// The most valuable next look.
    fn next(&self, candidates: &mut dyn Iterator<Item = Candidate<'_>>, now: Boot) -> Plan;
}

/// Weighs the age of what is known by how likely it has changed.
#[derive(Clone, Copy, Debug, Default)]
pub struct ByWeight;

impl Planner for ByWeight {
    fn next(&self, candidates: &mut dyn Iterator<Item = Candidate<'_>>, now: Boot) -> Plan {
        let mut best: Option<(f64, &ProjectId)> = None;
        let mut soonest: Option<Boot> = None;
        for candidate in candidates {
            let ready =
                candidate.looked.map_or(Boot::ZERO, |at| at + GAP).max(candidate.not_before);
            if ready > now {
                soonest = Some(soonest.map_or(ready, |at| at.min(ready)));
                continue;
            }
            let value = value(&candidate, now);
            if best.is_none_or(|(most, _)| value > most) {
                best = Some((value, candidate.project));
            }
        }
        match (best, soonest) {
            (Some((_, project)), _) => Plan::Look(project.clone()),
            (None, Some(at)) => Plan::NotBefore(at),
            (None, None) => Plan::Idle,
        }
    }
}

/// Weight × age; what was never seen is older than anything that was.
fn value(candidate: &Candidate<'_>, now: Boot) -> f64 {
    let unseen = Duration::from_hours(24);
    let age = candidate.looked.map_or(unseen, |at| now.saturating_sub(at));
    let active: f64 = if candidate.active > 0 { 4.0 } else { 1.0 };
    let due: f64 = if candidate.due { 4.0 } else { 1.0 };
    let attention = match candidate.attention {
        Attention::Usual => 1.0,
        Attention::Pinned => 3.0,
        Attention::Selected => 4.0,
        Attention::Unsettled => 16.0,
    };
    age.as_secs_f64() * active.max(due) * attention
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(project: &ProjectId, looked: Option<u64>) -> Candidate<'_> {
        Candidate {
            project,
            looked: looked.map(Boot::from_secs),
            not_before: Boot::ZERO,
            active: 0,
            due: false,
            attention: Attention::Usual,
        }
    }

    fn next(candidates: Vec<Candidate<'_>>) -> Plan {
        ByWeight.next(&mut candidates.into_iter(), Boot::from_secs(100))
    }

    #[test]
    fn what_was_never_seen_comes_first_then_attention_activity_and_age() {
        let ids: Vec<_> = ["a", "b", "c"].map(ProjectId::new).into();
        let [a, b, c] = ids.as_slice() else { unreachable!() };
        let look = |id: &ProjectId| Plan::Look(id.clone());
        let old = candidate(a, Some(40));
        let active = Candidate { active: 2, ..candidate(b, Some(80)) };
        let selected = Candidate { attention: Attention::Selected, ..candidate(b, Some(75)) };
        assert_eq!(next(vec![old, active, candidate(c, None)]), look(c));
        assert_eq!(next(vec![old, active]), look(b));
        assert_eq!(next(vec![old, selected]), look(b));
        assert_eq!(next(vec![candidate(a, Some(10)), candidate(b, Some(20))]), look(a));
    }

    #[test]
    fn a_look_is_not_repeated_within_the_gap_nor_before_a_failed_one_is_due() {
        let (a, b) = (ProjectId::new("a"), ProjectId::new("b"));
        let failed = Candidate { not_before: Boot::from_secs(130), ..candidate(&b, Some(10)) };
        let fresh = candidate(&a, Some(99));
        assert_eq!(next(vec![fresh, failed]), Plan::NotBefore(Boot::from_secs(102)));
        assert_eq!(next(vec![]), Plan::Idle);
    }
}

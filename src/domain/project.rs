//! A Hex project, as far as its runs are concerned.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{ProjectId, Schedule, Text};

/// A project in the workspace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Project {
    /// Its id.
    pub id: ProjectId,
    /// Its title; one that shows nothing is replaced by the id when it is read.
    pub title: Text,
    /// Whether and when its latest version was published; only a published project can be run.
    pub published: Published,
    /// Archived or in the trash.
    pub retired: bool,
    /// E-mail address of its owner.
    pub owner: Option<String>,
    /// The names of its categories.
    #[serde(default)]
    pub categories: Vec<String>,
    /// What the workspace calls the state of its work, such as `Production`.
    #[serde(default)]
    pub label: Option<String>,
    /// When it runs by itself.
    pub schedules: Vec<Schedule>,
}

/// Whether and when a project's latest version was published. Kept as the moment or null, with
/// a word for a moment that is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Option<String>", into = "Option<String>")]
pub enum Published {
    /// There is no published version.
    #[default]
    Never,
    /// There is one; the server gave a moment that cannot be read.
    AtUnknownTime,
    /// At this moment, server time.
    At(Timestamp),
}

impl Published {
    /// The moment, where it is known.
    pub fn at(self) -> Option<Timestamp> {
        match self {
            Self::At(at) => Some(at),
            Self::Never | Self::AtUnknownTime => None,
        }
    }
}

impl From<Option<String>> for Published {
    fn from(kept: Option<String>) -> Self {
        kept.map_or(Self::Never, |text| text.parse().map_or(Self::AtUnknownTime, Self::At))
    }
}

impl From<Published> for Option<String> {
    fn from(published: Published) -> Self {
        match published {
            Published::Never => None,
            Published::AtUnknownTime => Some("unknown".to_owned()),
            Published::At(at) => Some(at.to_string()),
        }
    }
}

impl Project {
    /// Whether it can have runs.
    pub fn is_runnable(&self) -> bool {
        self.published != Published::Never && !self.retired
    }

    /// The next moment after `now` (server time) at which one of its schedules fires.
    pub fn next_due(&self, now: Timestamp) -> Option<Timestamp> {
        self.schedules.iter().filter_map(|schedule| schedule.next_after(now)).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn publishing_is_kept_as_the_moment_null_or_a_word() {
        let moment = "2026-10-18T10:05:00.25Z";
        for (published, kept) in [
            (Published::Never, json!(null)),
            (Published::AtUnknownTime, json!("unknown")),
            (Published::At(moment.parse().unwrap()), json!(moment)),
        ] {
            assert_eq!(serde_json::to_value(published).unwrap(), kept);
            assert_eq!(serde_json::from_value::<Published>(kept).unwrap(), published);
        }
    }
}

//! A Hex project, as far as its runs are concerned.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{ProjectId, Schedule};

/// A project in the workspace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Project {
    /// Its id.
    pub id: ProjectId,
    /// Its title, exactly as the server sent it: not safe to print.
    pub title: String,
    /// When its latest version was published; only a published project can be run.
    pub published: Option<Timestamp>,
    /// Archived or in the trash.
    pub retired: bool,
    /// E-mail address of its owner.
    pub owner: Option<String>,
    /// When it runs by itself.
    pub schedules: Vec<Schedule>,
}

impl Project {
    /// Whether it can have runs.
    pub fn is_runnable(&self) -> bool {
        self.published.is_some() && !self.retired
    }

    /// The next moment after `now` (server time) at which one of its schedules fires.
    pub fn next_due(&self, now: Timestamp) -> Option<Timestamp> {
        self.schedules.iter().filter_map(|schedule| schedule.next_after(now)).min()
    }
}

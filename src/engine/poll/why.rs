//! Who cares for a project, and why it is looked at.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::{Boot, ProjectId, RunId};

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

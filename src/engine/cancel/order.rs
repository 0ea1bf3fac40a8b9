//! What is ordered and who confirms it: plain data.

use crate::domain::{Now, ProjectId, RunId, Text};
use crate::engine::sync::session::Session;

/// Runs to be cancelled, as a person or a rule wants it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CancelOrder {
    /// Which runs.
    pub runs: Vec<(ProjectId, RunId)>,
    /// What was typed to confirm it: names of protected projects.
    pub named: Vec<String>,
    /// Why, for the journal.
    pub reason: Option<String>,
    /// The rule that orders it; none if a person does.
    pub rule: Option<String>,
}

impl From<Vec<(ProjectId, RunId)>> for CancelOrder {
    fn from(runs: Vec<(ProjectId, RunId)>) -> Self {
        Self { runs, ..Self::default() }
    }
}

/// Who confirms cancels, when and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Confirmation {
    /// When.
    pub at: Now,
    /// In which process.
    pub by: Session,
    /// Whose token it is, if that is known.
    pub who: Option<String>,
    /// Why, as far as that was said.
    pub reason: Option<String>,
    /// By which rule; none if a person does.
    pub rule: Option<String>,
}

/// One run that is to be cancelled.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// Its project.
    pub project: ProjectId,
    /// What that is called, as far as known.
    pub title: Text,
    /// The run.
    pub run: RunId,
    /// Whether it is known to have ended.
    pub has_ended: bool,
}

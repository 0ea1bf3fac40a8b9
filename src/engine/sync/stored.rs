//! What a record of the store says, for whoever looks into it without an engine.

use super::cache::Shared;
use super::protocol::CacheEntry;
use crate::api::Me;
use crate::domain::{Project, Run};

/// What was read of the workspace.
#[derive(Clone, Debug, PartialEq)]
pub enum Stored {
    /// A run.
    Run(Run),
    /// Some projects, or all.
    Projects(Vec<Project>),
    /// Whose token it was.
    Me(Me),
    /// Something else, or what only a newer version can read.
    Other,
}

impl Stored {
    /// What a record says.
    pub fn read(entry: &CacheEntry) -> Self {
        match Shared::read(entry) {
            Some(Shared::Run(run)) => Self::Run(run),
            Some(Shared::Projects(projects)) => Self::Projects(projects),
            Some(Shared::Page(page)) => Self::Projects(page.projects),
            Some(Shared::Me(me)) => Self::Me(me),
            _ => Self::Other,
        }
    }
}

//! Projects that are named in the settings: by their id in full, or so that only the list tells which.

use std::collections::{BTreeMap, BTreeSet};

use crate::api::ApiError;
use crate::domain::{Project, ProjectId, Published};

/// So many projects are asked for one by one rather than read from the list.
const ONE_BY_ONE: usize = 10;
/// Failures in a row after which a project that cannot be looked up is waited for no longer.
pub(in crate::engine) const PATIENCE: u32 = 3;

/// What is known of projects that are named in full.
#[derive(Clone, Debug, Default)]
pub(in crate::engine) struct Named {
    /// Those that the settings name so.
    pub(in crate::engine) configured: Vec<ProjectId>,
    /// Whether the settings name some, all of them so, and few.
    pub(in crate::engine) is_all: bool,
    /// Those that Hex does not show, and what it says instead.
    pub(in crate::engine) refused: BTreeMap<ProjectId, ApiError>,
    /// Those whose lookup was answered, or has failed so often that it is waited for no longer.
    pub(in crate::engine) answered: BTreeSet<ProjectId>,
    /// Lookups in a row that were not answered.
    pub(in crate::engine) failures: u32,
    /// Configured names, in full or not, that no project has.
    pub(in crate::engine) missing: Vec<String>,
}

impl Named {
    /// Of those that the settings name; `is_all` if no others are watched.
    pub(in crate::engine) fn of(watch: &[String], is_all: bool) -> Self {
        let configured: Vec<_> =
            watch.iter().filter_map(|name| ProjectId::named_in_full(name)).collect();
        let are_few = !watch.is_empty() && configured.len() <= ONE_BY_ONE;
        let is_all = is_all && are_few && configured.len() == watch.len();
        Self { configured, is_all, ..Self::default() }
    }

    /// Whether Hex says that there is no such project.
    pub(in crate::engine) fn is_unknown(&self, id: &ProjectId) -> bool {
        matches!(self.refused.get(id), Some(ApiError::NotFound(_)))
    }
}

/// A project of which nothing is known but its id. Whether it can be run, Hex says when its runs
/// are asked for.
pub(in crate::engine) fn untitled(id: ProjectId) -> Project {
    Project {
        title: id.as_str().into(),
        id,
        published: Published::AtUnknownTime,
        retired: false,
        owner: None,
        categories: Vec::new(),
        label: None,
        schedules: Vec::new(),
    }
}

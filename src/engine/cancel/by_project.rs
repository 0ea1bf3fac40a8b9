//! Which runs of which project have an open cancel.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{ProjectId, RunId};

/// Runs with an open cancel, by project.
#[derive(Clone, Debug, Default)]
pub(super) struct OpenRuns {
    of: BTreeMap<ProjectId, BTreeSet<RunId>>,
    count: usize,
}

impl OpenRuns {
    /// Notes whether the cancel of a run is open.
    pub(super) fn set(&mut self, project: &ProjectId, run: &RunId, is_open: bool) {
        if is_open {
            let runs = self.of.entry(project.clone()).or_default();
            self.count += usize::from(runs.insert(run.clone()));
        } else if let Some(runs) = self.of.get_mut(project) {
            self.count -= usize::from(runs.remove(run));
            if runs.is_empty() {
                self.of.remove(project);
            }
        }
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    pub(super) fn count_in(&self, project: &ProjectId) -> usize {
        self.of.get(project).map_or(0, BTreeSet::len)
    }

    pub(super) fn of(&self, project: &ProjectId) -> impl Iterator<Item = &RunId> {
        self.of.get(project).into_iter().flatten()
    }

    pub(super) fn projects(&self) -> impl Iterator<Item = &ProjectId> {
        self.of.keys()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_run_counts_once_and_a_project_without_any_is_forgotten() {
        let (project, run) = (ProjectId::new("p"), RunId::new("a"));
        let mut open = OpenRuns::default();
        open.set(&project, &run, true);
        open.set(&project, &run, true);
        open.set(&project, &RunId::new("b"), true);
        assert_eq!((open.count(), open.count_in(&project)), (2, 2));
        open.set(&project, &run, false);
        open.set(&project, &run, false);
        assert_eq!(open.of(&project).collect::<Vec<_>>(), [&RunId::new("b")]);
        open.set(&project, &RunId::new("b"), false);
        assert_eq!((open.count(), open.projects().count()), (0, 0));
    }
}

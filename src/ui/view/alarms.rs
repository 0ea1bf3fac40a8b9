//! How many runs are out of hand, whatever filter, tab and scope show of them; kept as projects change.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{ProjectId, RunId};
use crate::engine::Model;
use crate::engine::model::Moment;

use super::run_rows::group;
use super::sort::Group;

/// Runs out of hand, counted.
#[derive(Debug, Default)]
pub(crate) struct Alarms {
    /// Projects that have any.
    by_project: BTreeMap<ProjectId, usize>,
    all: usize,
    /// Runs whose cancel is stuck.
    stuck: BTreeSet<(ProjectId, RunId)>,
}

impl Alarms {
    /// Takes in what has changed, and adds to it the projects of cancels that are stuck now, or no longer.
    pub(crate) fn update(
        &mut self,
        model: &Model,
        changed: &mut BTreeSet<ProjectId>,
        moment: Moment,
    ) {
        let run = |run: &RunId| Some((model.cancelling(run)?.project.clone(), run.clone()));
        let stuck = model.stuck_cancels().filter_map(run).collect();
        let moved = self.stuck.symmetric_difference(&stuck).map(|(project, _)| project.clone());
        changed.extend(moved);
        self.stuck = stuck;
        for id in &*changed {
            self.all -= self.by_project.remove(id).unwrap_or(0);
            let Some(watched) = model.project(id) else { continue };
            let number = watched
                .active()
                .filter(|seen| group(model, watched, seen, moment) == Group::OutOfHand)
                .count();
            if number > 0 {
                self.all += number;
                self.by_project.insert(id.clone(), number);
            }
        }
    }

    /// How many there are.
    pub(crate) fn all(&self) -> usize {
        self.all
    }

    /// How many a project has.
    pub(crate) fn of(&self, project: &ProjectId) -> usize {
        self.by_project.get(project).copied().unwrap_or(0)
    }
}

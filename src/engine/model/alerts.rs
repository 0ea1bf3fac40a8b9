//! Alerts: what looks find is noted as it comes, and told when it is due.

use super::{Effect, Event, Model, ProjectState};
use crate::domain::runaway::Verdict;
use crate::domain::{Now, ProjectId, RunId};

impl Model {
    /// Whether the end of a run will be told.
    pub fn watches_run(&self, run: &RunId) -> bool {
        self.alerts.watches_run(run)
    }

    /// Whether failures of a project's runs will be told.
    pub fn watches_project(&self, project: &ProjectId) -> bool {
        self.alerts.watches_project(project)
    }

    /// How many runs and how many projects are watched.
    pub fn watched(&self) -> [usize; 2] {
        self.alerts.watched()
    }

    /// Notes which runs of a project are out of hand, after a look at it.
    pub(super) fn note_runaways(&mut self, project: &ProjectId, now: Now) {
        let moment = self.moment(now);
        let Some(watched) = self.projects.get(project) else { return };
        for seen in ProjectState::active(watched) {
            if moment.verdict(watched, seen) == Some(Verdict::Runaway) {
                let (title, run) = (&watched.project.title, &seen.run.id);
                self.alerts.note_runaway(project, title, run, now.boot, moment.server);
            }
        }
    }

    /// Notes what has changed of runs, and tells what is due.
    pub(super) fn tell_alerts(&mut self, now: Now, effects: &mut Vec<Effect>) {
        for effect in &*effects {
            if let Effect::Tell(Event::RunChanged(change)) = effect {
                self.alerts.note_change(change, now.boot);
            }
        }
        effects
            .extend(self.alerts.take_due(now.boot).map(|alert| Effect::Tell(Event::Alert(alert))));
    }
}

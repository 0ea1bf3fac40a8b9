//! Alerts: what looks find is noted as it comes, and told when it is due.

use super::{Effect, Event, Model, ProjectState};
use crate::domain::runaway::Verdict;
use crate::domain::{Now, ProjectId, RunId};
use crate::engine::alerts::AlertKind;

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

    /// After a look at a project: forgets what is too old, draws anew how long its runs take, and notes
    /// which are out of hand and which a rule ends.
    pub(super) fn take_stock(&mut self, project: &ProjectId, now: Now) {
        let moment = self.moment(now);
        let fixed = self.rule_limit(project).map(|(_, limit)| limit);
        if let Some(mut watched) = self.projects.get_mut(project) {
            watched.tidy(fixed, moment);
        }
        self.note_runaways(project, now);
        self.note_ends(project, now);
    }

    fn note_runaways(&mut self, project: &ProjectId, now: Now) {
        let moment = self.moment(now);
        let Some(watched) = self.projects.get(project) else { return };
        let named = (project, &watched.project.title);
        for seen in ProjectState::active(watched) {
            if moment.verdict(watched, seen) == Some(Verdict::Runaway) {
                self.alerts.note(AlertKind::Runaway, named, &seen.run.id, now.boot, moment.server);
            }
        }
        let is_listed = |run: &RunId| watched.runs.contains_key(run);
        self.alerts.note_listed(named, is_listed, now.boot, moment.server);
    }

    /// Notes what has changed of runs, and tells what is due.
    pub(super) fn tell_alerts(&mut self, now: Now, effects: &mut Vec<Effect>) {
        for effect in &*effects {
            if let Effect::Tell(Event::RunChanged(change)) = effect {
                self.alerts.note_change(change, now.boot);
            }
        }
        let server = self.server_now(now);
        for run in self.cancels.stuck() {
            let of = self.cancels.get(run).and_then(|cancel| self.projects.get(&cancel.project));
            if let Some(watched) = of {
                let named = (&watched.project.id, &watched.project.title);
                self.alerts.note(AlertKind::Stuck, named, run, now.boot, server);
            }
        }
        let due = self.alerts.take_due(now.boot);
        effects.extend(due.map(|alert| Effect::Tell(Event::Alert(alert))));
    }
}

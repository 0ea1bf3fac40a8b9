//! What is read of the kept timeline: asked of the store, and beside what is in memory.

use jiff::Timestamp;

use super::{Effect, Model};
use crate::domain::{ProjectId, RunId};
use crate::engine::sync::protocol::StoreRequest;
use crate::engine::timeline::{ChangePage, PastRun, Reading};

impl Model {
    /// Wants what the kept timeline has of a stretch of time. Without a store there is none.
    pub(super) fn read_past(&mut self, from: Timestamp, to: Timestamp, effects: &mut Vec<Effect>) {
        if !self.coordinator.is_shared() {
            return;
        }
        let range = self.past.want(from, to);
        self.revision += 1;
        effects.extend(range.map(|range| Effect::Store(StoreRequest::ReadChanges(range))));
    }

    pub(super) fn take_changes(&mut self, page: ChangePage, effects: &mut Vec<Effect>) {
        let range = self.past.answered(page);
        self.revision += 1;
        effects.extend(range.map(|range| Effect::Store(StoreRequest::ReadChanges(range))));
    }

    /// How far the stretch of time is read that was wanted last.
    pub fn past_reading(&self) -> Reading {
        self.past.reading()
    }

    /// Runs of a project that went on within a stretch of time and are in memory no more, as far as they are read.
    pub fn past_runs(
        &self,
        project: &ProjectId,
        (from, to): (Timestamp, Timestamp),
    ) -> impl Iterator<Item = (&RunId, &PastRun)> {
        let known = self.projects.get(project).map(|watched| &watched.runs);
        let is_in_memory = move |run: &RunId| known.is_some_and(|runs| runs.contains_key(run));
        let of_project = self.past.of_project(project);
        of_project.filter(move |(id, run)| run.is_within(from, to) && !is_in_memory(id))
    }

    /// One of them.
    pub fn past_run(&self, project: &ProjectId, run: &RunId) -> Option<&PastRun> {
        self.past.run(project, run)
    }
}

//! Pinned projects and incident mode.
//!
//! A pinned project has the planner's attention. In incident mode nothing is polled but what is
//! pinned, so that all of the budget goes there; what a person asks for goes everywhere as ever,
//! and what a person did is followed to its end. Being blind is worse than being slow: where no
//! pinned project can be polled, incident mode is over.

use std::collections::BTreeSet;

use super::{Model, PollScope, ProjectState};
use crate::domain::{Boot, ProjectId};

impl Model {
    /// The pinned projects, also those that cannot be seen at the moment.
    pub fn pinned(&self) -> &BTreeSet<ProjectId> {
        self.focus.pinned()
    }

    /// How many pinned projects can be polled.
    pub fn pins_in_sight(&self) -> usize {
        self.polled_pins().count()
    }

    /// Pinned projects that can be polled.
    pub(super) fn polled_pins(&self) -> impl Iterator<Item = &ProjectState> {
        let pinned = self.focus.pinned().iter().filter_map(|id| self.projects.get(id));
        pinned.filter(|watched| watched.project.is_runnable())
    }

    /// What is polled.
    pub fn scope(&self) -> PollScope {
        self.focus.scope()
    }

    /// Whether only pinned projects are polled.
    pub fn is_incident(&self) -> bool {
        self.scope() == PollScope::Pinned
    }

    /// Whether a project is polled within the present scope.
    pub fn is_polled(&self, project: &ProjectId) -> bool {
        self.focus.is_polled(project)
    }

    /// Pins these and no others; gives those for which that is new, and whether they are pinned now.
    pub(super) fn choose_pins(
        &mut self,
        pinned: &BTreeSet<ProjectId>,
        at: Boot,
    ) -> Vec<(ProjectId, bool)> {
        let changed = pinned.symmetric_difference(self.pinned());
        let changed: Vec<_> = changed.map(|it| (it.clone(), pinned.contains(it))).collect();
        for (project, is_on) in &changed {
            self.pins.choose(project.clone(), *is_on, at);
        }
        self.take_pins();
        changed
    }

    /// Pins what is chosen to be pinned.
    pub(super) fn take_pins(&mut self) {
        let pinned = self.pins.on().cloned().collect();
        for project in self.focus.pin(pinned) {
            self.planner.touch(&project);
        }
        self.end_empty_incident();
        self.revision += 1;
    }

    pub(super) fn poll_only(&mut self, scope: PollScope) {
        self.narrow_polls(scope);
        self.end_empty_incident();
        self.revision += 1;
    }

    /// Polls everything again where there would be nothing to poll.
    pub(super) fn end_empty_incident(&mut self) {
        if self.is_incident() && self.pins_in_sight() == 0 {
            self.narrow_polls(PollScope::All);
        }
    }
}

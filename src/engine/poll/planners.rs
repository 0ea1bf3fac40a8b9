//! The planner of all projects and, while less than all is polled, that of the rest.
//!
//! The one of all is told of every change at any time, so that polling everything again costs no walk over
//! the projects: only those that are within the narrower scope change their place.

use std::collections::BTreeSet;

use super::{Planner, Profile};
use crate::domain::ProjectId;

/// Planners by scope.
#[derive(Clone, Debug, Default)]
pub struct Planners {
    all: Planner,
    /// Projects within a narrower scope, and those in which a person waits for something.
    narrow: Option<Planner>,
    /// Projects of which something has changed that the planners were not told yet.
    touched: BTreeSet<ProjectId>,
}

impl Planners {
    /// Notes that something about a project has changed.
    pub fn touch(&mut self, project: &ProjectId) {
        self.touched.insert(project.clone());
    }

    /// Projects of which something has changed since this was asked last.
    pub fn take_touched(&mut self) -> BTreeSet<ProjectId> {
        std::mem::take(&mut self.touched)
    }

    /// Takes in what a project is now, and whether it is within the present scope; none if it is gone.
    pub fn set(&mut self, project: &ProjectId, profile: Option<Profile>, is_within: bool) {
        if let Some(narrow) = &mut self.narrow {
            let within = profile
                .clone()
                .map(|profile| Profile { is_polled: profile.is_polled && is_within, ..profile });
            narrow.set(project, within.filter(|profile| profile.is_polled || profile.is_focus));
        }
        self.all.set(project, profile);
    }

    /// Plans among fewer projects from now on: those that are [`Self::touch`]ed.
    pub fn narrow(&mut self) {
        self.widen();
        self.narrow = Some(self.all.successor());
    }

    /// Plans among all projects again.
    pub fn widen(&mut self) {
        if let Some(narrow) = self.narrow.take() {
            // What was said of them while the scope was narrow may have depended on it.
            self.touched.extend(narrow.projects().cloned());
            self.all.succeed(narrow);
        }
    }

    /// How many projects can be run.
    pub fn runnable(&self) -> usize {
        self.all.runnable()
    }

    /// The planner that chooses now.
    pub fn present(&self) -> &Planner {
        self.narrow.as_ref().unwrap_or(&self.all)
    }

    /// The same, to choose.
    pub fn present_mut(&mut self) -> &mut Planner {
        self.narrow.as_mut().unwrap_or(&mut self.all)
    }
}

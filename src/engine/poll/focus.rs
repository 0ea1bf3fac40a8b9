//! What persons look at and care for: the selected project, an open dialog, pinned projects, and what is
//! polled at all.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::why::Attention;
use crate::domain::{Boot, ProjectId};
use crate::engine::sync::session::Session;

/// How long polls stand aside for a dialog that is open, here and in other processes.
const DECISION: Duration = Duration::from_mins(2);

/// What is polled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PollScope {
    /// Every project.
    #[default]
    All,
    /// Pinned projects only: incident mode.
    Pinned,
    /// The selected project only: for a command that is about one, or about none.
    Selected,
}

/// What persons at this process look at.
#[derive(Clone, Debug, Default)]
pub(in crate::engine) struct Focus {
    selected: Option<ProjectId>,
    dialog: Vec<ProjectId>,
    /// Since when the dialog is as it is.
    since: Boot,
    pinned: BTreeSet<ProjectId>,
    scope: PollScope,
}

impl Focus {
    /// Takes in what is selected and what the open dialog is about; gives the projects for which that
    /// may be another attention.
    pub(in crate::engine) fn look_at(
        &mut self,
        selected: Option<ProjectId>,
        dialog: Vec<ProjectId>,
        now: Boot,
    ) -> Vec<ProjectId> {
        if dialog != self.dialog {
            self.since = now;
        }
        let touched = self.selected.iter().chain(&selected).chain(&self.dialog);
        let touched = touched.cloned().collect();
        (self.selected, self.dialog) = (selected, dialog);
        touched
    }

    /// The selected project.
    pub(in crate::engine) fn selected(&self) -> Option<&ProjectId> {
        self.selected.as_ref()
    }

    /// Whether somebody has a dialog open, and not since so long that nobody is there any more.
    pub(in crate::engine) fn is_deciding(&self, now: Boot) -> bool {
        !self.dialog.is_empty() && now < self.decided_at()
    }

    /// When an open dialog counts no longer.
    pub(in crate::engine) fn decided_at(&self) -> Boot {
        self.since + DECISION
    }

    /// The projects of a dialog that somebody has open.
    pub(in crate::engine) fn in_dialog(&self, now: Boot) -> impl Iterator<Item = &ProjectId> {
        self.dialog.iter().filter(move |_| self.is_deciding(now))
    }

    /// The pinned projects.
    pub(in crate::engine) fn pinned(&self) -> &BTreeSet<ProjectId> {
        &self.pinned
    }

    /// Pins these and no others; gives those for which that is new.
    pub(in crate::engine) fn pin(&mut self, pinned: BTreeSet<ProjectId>) -> Vec<ProjectId> {
        let changed = pinned.symmetric_difference(&self.pinned).cloned().collect();
        self.pinned = pinned;
        changed
    }

    /// What is polled.
    pub(in crate::engine) fn scope(&self) -> PollScope {
        self.scope
    }

    /// Polls this from now on.
    pub(in crate::engine) fn poll_only(&mut self, scope: PollScope) {
        self.scope = scope;
    }

    /// The projects of a scope that is not all of them.
    pub(in crate::engine) fn scoped(&self) -> impl Iterator<Item = &ProjectId> {
        let pinned = (self.scope == PollScope::Pinned).then_some(&self.pinned);
        let selected = self.selected.iter().filter(|_| self.scope == PollScope::Selected);
        pinned.into_iter().flatten().chain(selected)
    }

    /// Whether a project is polled within the present scope.
    pub(in crate::engine) fn is_polled(&self, project: &ProjectId) -> bool {
        match self.scope {
            PollScope::All => true,
            PollScope::Pinned => self.pinned.contains(project),
            PollScope::Selected => self.selected.as_ref() == Some(project),
        }
    }

    /// How much persons care for a project in which nothing of theirs is unsettled.
    pub(in crate::engine) fn attention(&self, project: &ProjectId) -> Attention {
        if self.selected.as_ref() == Some(project) {
            Attention::Selected
        } else if self.pinned.contains(project) {
            Attention::Pinned
        } else {
            Attention::Usual
        }
    }
}

/// Who cares for which projects, as the planner was told.
#[derive(Clone, Debug, Default)]
pub(in crate::engine) struct Cared {
    /// Projects in which a person at this process waits for something, or is about to decide.
    pub(in crate::engine) focus: BTreeSet<ProjectId>,
    /// What persons at other processes care for.
    pub(in crate::engine) theirs: BTreeMap<ProjectId, Attention>,
    /// Which word of theirs that is, and until when it counts.
    pub(in crate::engine) word: Option<(u64, Option<Boot>)>,
    /// What another process polls.
    pub(in crate::engine) left: BTreeSet<ProjectId>,
    /// Whose that is, and by which word.
    pub(in crate::engine) left_to: Option<(Session, u64)>,
}

//! The active runs of all projects, and which of them the token's user has started here.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{ByProject, STAYS_PENDING, is_running};
use crate::domain::{Boot, ProjectId, Run, RunId};

/// A run that holds a kernel. The order is that in which it is worth cancelling one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Holder {
    /// Whether it may be another user's kernel.
    pub is_foreign: bool,
    /// Since when it runs.
    pub start: Timestamp,
    /// Its project.
    pub project: ProjectId,
    /// The run.
    pub run: RunId,
}

/// An active run.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Active {
    project: ProjectId,
    start: Option<Timestamp>,
    is_running: bool,
}

/// An own run that is pending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Pending {
    since: Boot,
    /// Whether that it stays pending was noticed.
    is_noticed: bool,
}

/// Active runs, counted as they change.
#[derive(Clone, Debug, Default)]
pub(super) struct HeldRuns {
    active: BTreeMap<RunId, Active>,
    by_project: ByProject,
    /// Runs of starts from here, active or not.
    own: BTreeSet<RunId>,
    /// Those of them that are active.
    own_active: usize,
    /// Since when active ones of them are pending.
    pending: BTreeMap<RunId, Pending>,
    running: usize,
    own_running: usize,
    holders: BTreeSet<Holder>,
}

impl HeldRuns {
    /// Takes in the active runs of a project; tells whether a foreign one has ended that may have
    /// held a kernel, or an own one that had stayed pending has found one. The kernel of an own one
    /// that ends is free for the next own one, and for no more.
    pub(super) fn replace<'a>(
        &mut self,
        project: &ProjectId,
        active: impl IntoIterator<Item = &'a Run>,
        now: Boot,
    ) -> bool {
        let before = self.by_project.remove(project).unwrap_or_default();
        let (mut after, mut found) = (BTreeSet::new(), false);
        for run in active {
            let (start, is_running) = (run.start, is_running(run));
            let is = Active { project: project.clone(), start, is_running };
            if self.active.get(&run.id) != Some(&is) {
                let since = self.pending.get(&run.id).copied();
                found |= is_running && since.is_some_and(|pending| pending.is_noticed);
                self.remove(&run.id);
                self.insert(run.id.clone(), is, since, now);
            }
            after.insert(run.id.clone());
        }
        let ended: Vec<_> = before.difference(&after).cloned().collect();
        for run in &ended {
            self.remove(run);
        }
        if !after.is_empty() {
            self.by_project.insert(project.clone(), after);
        }
        found || ended.iter().any(|run| !self.own.contains(run))
    }

    fn insert(&mut self, id: RunId, run: Active, pending: Option<Pending>, now: Boot) {
        let is_own = self.own.contains(&id);
        self.running += usize::from(run.is_running);
        self.own_active += usize::from(is_own);
        self.own_running += usize::from(is_own && run.is_running);
        if is_own && !run.is_running {
            let fresh = Pending { since: now, is_noticed: false };
            self.pending.insert(id.clone(), pending.unwrap_or(fresh));
        }
        self.holders.extend(holder(&id, &run, is_own));
        self.active.insert(id, run);
    }

    fn remove(&mut self, id: &RunId) {
        let Some(run) = self.active.remove(id) else { return };
        let is_own = self.own.contains(id);
        self.running -= usize::from(run.is_running);
        self.own_active -= usize::from(is_own);
        self.own_running -= usize::from(is_own && run.is_running);
        self.pending.remove(id);
        if let Some(holder) = holder(id, &run, is_own) {
            self.holders.remove(&holder);
        }
    }

    /// A run is that of a start from here.
    pub(super) fn own(&mut self, id: &RunId, now: Boot) {
        self.change(id, true, now);
    }

    /// A run was taken for that of a start from here and is not.
    pub(super) fn disown(&mut self, id: &RunId, now: Boot) {
        self.change(id, false, now);
    }

    fn change(&mut self, id: &RunId, is_own: bool, now: Boot) {
        let active = self.active.get(id).cloned();
        self.remove(id);
        if is_own {
            self.own.insert(id.clone());
        } else {
            self.own.remove(id);
        }
        if let Some(run) = active {
            self.insert(id.clone(), run, None, now);
        }
    }

    /// Whether an own run has stayed pending for too long, and that is news.
    pub(super) fn starved(&mut self, now: Boot) -> bool {
        let late = |one: &&mut Pending| !one.is_noticed && one.since + STAYS_PENDING <= now;
        let mut any = false;
        for one in self.pending.values_mut().filter(late) {
            (one.is_noticed, any) = (true, true);
        }
        any
    }

    /// When the next own run has stayed pending for too long.
    pub(super) fn starves_at(&self) -> Option<Boot> {
        let open = self.pending.values().filter(|one| !one.is_noticed);
        open.map(|one| one.since + STAYS_PENDING).min()
    }

    /// Runs that hold a kernel, in the order in which it is worth cancelling one.
    pub(super) fn holders(&self) -> impl Iterator<Item = &Holder> {
        self.holders.iter()
    }

    /// Active runs of starts from here.
    pub(super) fn own_active(&self) -> usize {
        self.own_active
    }

    /// Those of them that are executing.
    pub(super) fn own_running(&self) -> usize {
        self.own_running
    }

    /// Active runs that may be another user's.
    pub(super) fn foreign(&self) -> usize {
        self.active.len() - self.own_active
    }

    /// Runs that are executing.
    pub(super) fn running(&self) -> usize {
        self.running
    }
}

fn holder(id: &RunId, run: &Active, is_own: bool) -> Option<Holder> {
    let start = run.start.filter(|_| run.is_running)?;
    let (project, run) = (run.project.clone(), id.clone());
    Some(Holder { is_foreign: !is_own, start, project, run })
}

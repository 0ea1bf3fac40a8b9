//! The journal of cancels, as this process knows it: what stands there, what is owed to it, and
//! what other processes have left open.
//!
//! What the store could not take stays owed and is written when it can again.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::domain::RunId;

use super::entry::{CancelEntry, CancelId, CancelStage};
use crate::engine::sync::session::Session;

/// All cancels that the journal has, and how it has them.
#[derive(Clone, Debug, Default)]
pub(super) struct Memory {
    entries: BTreeMap<CancelId, CancelEntry>,
    /// The last of each run.
    by_run: BTreeMap<RunId, CancelId>,
    /// The last of each run that each process has, but for those that keep a run from a rule.
    by_session: BTreeMap<(RunId, Session), CancelId>,
    /// Changed here since the time of the change was last noted.
    changed: BTreeSet<CancelId>,
    /// Not written yet.
    owed: BTreeSet<CancelId>,
    /// Being written.
    asked: BTreeSet<CancelId>,
    /// What other processes have open.
    theirs: BTreeMap<Session, BTreeSet<CancelId>>,
    /// Counts changes of the entries.
    revision: u64,
}

impl Memory {
    pub(super) fn get(&self, id: CancelId) -> Option<&CancelEntry> {
        self.entries.get(&id)
    }

    /// The last one of a run.
    pub(super) fn last_of(&self, run: &RunId) -> Option<&CancelEntry> {
        self.get(*self.by_run.get(run)?)
    }

    /// The last one of a run that a process has.
    pub(super) fn last_by(&self, run: &RunId, by: Session) -> Option<CancelId> {
        self.by_session.get(&(run.clone(), by)).copied()
    }

    pub(super) fn revision(&self) -> u64 {
        self.revision
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &CancelEntry> {
        self.entries.values()
    }

    /// Takes in a cancel of this process.
    pub(super) fn begin(&mut self, entry: CancelEntry) {
        self.touch(entry.id);
        self.insert(entry);
    }

    fn insert(&mut self, entry: CancelEntry) {
        let last = self.by_run.entry(entry.run.clone()).or_insert(entry.id);
        *last = entry.id.max(*last);
        if !entry.is_kept() {
            let key = (entry.run.clone(), entry.by);
            let last = self.by_session.entry(key).or_insert(entry.id);
            *last = entry.id.max(*last);
        }
        self.entries.insert(entry.id, entry);
    }

    /// Notes how far a cancel of this process is.
    pub(super) fn note(&mut self, id: CancelId, stage: CancelStage, tries: u32) {
        let Some(entry) = self.entries.get_mut(&id) else { return };
        if entry.stage != stage || entry.tries != tries {
            (entry.stage, entry.tries) = (stage, tries);
            self.touch(id);
        }
    }

    /// Owes an entry to the journal.
    pub(super) fn touch(&mut self, id: CancelId) {
        self.revision += 1;
        self.changed.insert(id);
        self.owed.insert(id);
    }

    /// Notes when what has changed did so; tells whether anything has.
    pub(super) fn stamp(&mut self, wall: Timestamp) -> bool {
        let changed = std::mem::take(&mut self.changed);
        for id in &changed {
            if let Some(entry) = self.entries.get_mut(id) {
                entry.changed = Some(wall);
            }
        }
        !changed.is_empty()
    }

    /// What is to be written now: everything that is owed, unless a writing is not answered yet.
    pub(super) fn take_unwritten(&mut self) -> Vec<CancelEntry> {
        if !self.asked.is_empty() {
            return Vec::new();
        }
        self.asked = std::mem::take(&mut self.owed);
        self.asked.iter().filter_map(|id| self.entries.get(id).cloned()).collect()
    }

    pub(super) fn written(&mut self, ids: &[CancelId]) {
        for id in ids {
            self.asked.remove(id);
        }
    }

    /// What was being written may be lost.
    pub(super) fn store_failed(&mut self) {
        self.owed.append(&mut self.asked);
    }

    /// Whether the journal lacks anything that this process knows.
    pub(super) fn is_owed(&self) -> bool {
        !self.owed.is_empty() || !self.asked.is_empty()
    }

    /// Takes in what another process, or an earlier one, has written.
    pub(super) fn take(&mut self, entry: CancelEntry, own: Session) {
        let (id, by) = (entry.id, entry.by);
        if let Some(known) = self.entries.get(&id) {
            self.forget_theirs(known.by, &id);
        }
        if by != own && entry.stage.is_open() {
            self.theirs.entry(by).or_default().insert(id);
        }
        self.owed.remove(&id);
        self.changed.remove(&id);
        self.revision += 1;
        self.insert(entry);
    }

    /// Makes what processes that are gone have left open this process's own; gives it as it was.
    pub(super) fn take_over(
        &mut self,
        is_gone: impl Fn(Session) -> bool,
        own: Session,
    ) -> Vec<CancelEntry> {
        let gone: Vec<_> = self.theirs.keys().copied().filter(|by| is_gone(*by)).collect();
        let ids: Vec<_> =
            gone.into_iter().filter_map(|by| self.theirs.remove(&by)).flatten().collect();
        let mut taken = Vec::new();
        for id in ids {
            let Some(entry) = self.entries.get_mut(&id) else { continue };
            taken.push(entry.clone());
            entry.by = own;
            self.by_session.insert((entry.run.clone(), own), id);
            self.touch(id);
        }
        taken
    }

    fn forget_theirs(&mut self, by: Session, id: &CancelId) {
        if let Some(ids) = self.theirs.get_mut(&by) {
            ids.remove(id);
            if ids.is_empty() {
                self.theirs.remove(&by);
            }
        }
    }
}

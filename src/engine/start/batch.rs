//! Batches: starts that were confirmed together and leave one after the other, as the limits and
//! the kernels allow.
//!
//! One process drives a batch. The next start leaves only when what became of the last one is
//! known, so one that is lost is not taken for another. What the items of a batch have come to is
//! counted as it changes.

mod drive;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use crate::domain::{ProjectId, Run, RunId, RunStatus};
use crate::engine::start::journal::{Entry, StartId, StartStage};
use crate::engine::sync::session::Session;

pub use drive::{Drive, Wish};

/// What became of an item, as far as its batch is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// It has not left.
    Waiting,
    /// It leaves next.
    LinedUp,
    /// It has left, and what became of it will be known.
    Open,
    /// It has left, and what became of it is not certain.
    Unsettled,
    /// Its answer was lost, and a run appeared where its own would be.
    Probable,
    /// It was taken back.
    Withdrawn,
    /// Hex has refused it.
    Refused,
    /// It came to nothing, or its run did not complete.
    Failed,
    /// It has begun a run.
    Started,
}

impl Fate {
    /// What became of the start of this entry; `run` is its run as it was last seen.
    pub fn of(entry: &Entry, is_lined_up: bool, run: Option<&Run>) -> Self {
        match &entry.stage {
            StartStage::Waiting if is_lined_up => Self::LinedUp,
            StartStage::Waiting => Self::Waiting,
            StartStage::Sent | StartStage::Unconfirmed(_) => Self::Open,
            StartStage::Ambiguous(_) | StartStage::Unreadable { .. } => Self::Unsettled,
            StartStage::ProbablyOurs(_) => Self::Probable,
            StartStage::Withdrawn => Self::Withdrawn,
            StartStage::Refused(_) => Self::Refused,
            StartStage::NotSeen | StartStage::NeverSent(_) => Self::Failed,
            StartStage::Started(_) if run.is_some_and(has_failed) => Self::Failed,
            StartStage::Started(_) => Self::Started,
        }
    }
}

fn has_failed(run: &Run) -> bool {
    !run.is_active() && run.status != RunStatus::Completed
}

/// One start of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its batch.
    pub batch: StartId,
    /// How many were confirmed together.
    pub of: u16,
    /// Of what.
    pub project: ProjectId,
    /// The process that sends it.
    pub by: Session,
    /// What became of it.
    pub fate: Fate,
    /// The run that it has begun, or probably has.
    pub run: Option<RunId>,
    /// Whether that run goes on.
    pub is_running: bool,
}

/// Starts that were confirmed together.
#[derive(Clone, Debug)]
struct Batch {
    project: ProjectId,
    of: u16,
    by_fate: BTreeMap<Fate, BTreeSet<StartId>>,
    /// Runs of its items that go on.
    running: BTreeSet<RunId>,
}

/// All batches of the journal, those that this process drives, and those that it is about to take
/// over.
#[derive(Clone, Debug, Default)]
pub struct Batches {
    all: BTreeMap<StartId, Batch>,
    /// Those of more than one start.
    sweeps: BTreeSet<StartId>,
    items: BTreeMap<StartId, Item>,
    /// Batches of which something waits.
    waiting: BTreeSet<StartId>,
    /// How many items wait in each process.
    unsent: BTreeMap<Session, usize>,
    /// Which item has begun a run, or probably has.
    item_of: BTreeMap<RunId, StartId>,
    driven: BTreeMap<StartId, Drive>,
    /// What a person wants of others; it stays until the journal has it.
    wanted: BTreeMap<StartId, Wish>,
    /// The one of them that is being written into the journal.
    taken: Option<(StartId, Wish)>,
}

impl Batches {
    /// Takes in what has become of a start; `item` is none if it is in no batch.
    pub fn start_changed(&mut self, start: StartId, item: Option<Item>) {
        if self.items.get(&start) == item.as_ref() {
            return;
        }
        if let Some(old) = self.items.remove(&start) {
            self.take_out(start, &old);
        }
        if let Some(new) = item {
            self.put_in(start, &new);
            self.items.insert(start, new);
        }
    }

    /// Takes in how runs are now.
    pub fn runs_changed<'a>(&mut self, runs: impl IntoIterator<Item = &'a Run>) {
        for run in runs {
            let Some(start) = self.item_of.get(&run.id).copied() else { continue };
            let Some(item) = self.items.get(&start) else { continue };
            let fate = match item.fate {
                Fate::Started | Fate::Failed if has_failed(run) => Fate::Failed,
                Fate::Started | Fate::Failed => Fate::Started,
                other => other,
            };
            let item = Item { fate, is_running: run.is_active(), ..item.clone() };
            self.start_changed(start, Some(item));
        }
    }

    fn put_in(&mut self, start: StartId, item: &Item) {
        let batch = self.all.entry(item.batch).or_insert_with(|| Batch {
            project: item.project.clone(),
            of: item.of,
            by_fate: BTreeMap::new(),
            running: BTreeSet::new(),
        });
        batch.by_fate.entry(item.fate).or_default().insert(start);
        if batch.of > 1 {
            self.sweeps.insert(item.batch);
        }
        if let Some(run) = &item.run {
            self.item_of.insert(run.clone(), start);
            if item.is_running {
                batch.running.insert(run.clone());
            }
        }
        if matches!(item.fate, Fate::Waiting | Fate::LinedUp) {
            *self.unsent.entry(item.by).or_default() += 1;
            self.waiting.insert(item.batch);
        }
    }

    fn take_out(&mut self, start: StartId, item: &Item) {
        let Some(batch) = self.all.get_mut(&item.batch) else { return };
        if let Some(of_fate) = batch.by_fate.get_mut(&item.fate) {
            of_fate.remove(&start);
        }
        if let Some(run) = &item.run {
            batch.running.remove(run);
            if self.item_of.get(run) == Some(&start) {
                self.item_of.remove(run);
            }
        }
        let waits = batch.count(Fate::Waiting) + batch.count(Fate::LinedUp) > 0;
        let is_empty = batch.by_fate.values().all(BTreeSet::is_empty);
        if matches!(item.fate, Fate::Waiting | Fate::LinedUp) {
            if let Some(unsent) = self.unsent.get_mut(&item.by) {
                *unsent = unsent.saturating_sub(1);
            }
            if !waits {
                self.waiting.remove(&item.batch);
            }
        }
        if is_empty {
            self.all.remove(&item.batch);
            self.sweeps.remove(&item.batch);
        }
    }

    /// All batches, the oldest first.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = StartId> {
        self.all.keys().copied()
    }

    /// Those of more than one start, the newest first.
    pub fn sweeps(&self) -> impl Iterator<Item = StartId> {
        self.sweeps.iter().rev().copied()
    }

    /// Those before this one, the oldest first.
    pub fn before(&self, batch: StartId) -> impl DoubleEndedIterator<Item = StartId> {
        self.all.range(..batch).map(|(id, _)| *id)
    }

    /// Those after this one, the oldest first.
    pub fn after(&self, batch: StartId) -> impl Iterator<Item = StartId> {
        self.all.range((Bound::Excluded(batch), Bound::Unbounded)).map(|(id, _)| *id)
    }

    /// Those of which something waits, the oldest first.
    pub fn waiting(&self) -> impl DoubleEndedIterator<Item = StartId> {
        self.waiting.iter().copied()
    }

    /// How many items of a batch have this fate.
    pub fn count(&self, batch: StartId, fate: Fate) -> usize {
        self.all.get(&batch).map_or(0, |batch| batch.count(fate))
    }

    /// Those items, in the batch's order.
    pub fn items(&self, batch: StartId, fate: Fate) -> impl Iterator<Item = StartId> {
        let of_fate = self.all.get(&batch).and_then(|batch| batch.by_fate.get(&fate));
        of_fate.into_iter().flatten().copied()
    }

    /// Items that have not left, in the batch's order.
    pub fn unsent(&self, batch: StartId) -> BTreeSet<StartId> {
        self.items(batch, Fate::Waiting).chain(self.items(batch, Fate::LinedUp)).collect()
    }

    /// How many items of all batches wait in a process.
    pub fn unsent_by(&self, session: Session) -> usize {
        self.unsent.get(&session).copied().unwrap_or(0)
    }

    /// How many items of all batches wait, in whichever process.
    pub fn unsent_count(&self) -> usize {
        self.unsent.values().sum()
    }

    /// Runs of a batch that go on.
    pub fn running(&self, batch: StartId) -> impl Iterator<Item = &RunId> {
        self.all.get(&batch).into_iter().flat_map(|batch| batch.running.iter())
    }

    /// Of which project a batch is, and how many starts it has; none if there is no such batch.
    pub fn about(&self, batch: StartId) -> Option<(&ProjectId, usize)> {
        self.all.get(&batch).map(|batch| (&batch.project, usize::from(batch.of)))
    }

    /// Whether it is no sweep, but one start that waits for room.
    pub fn is_single(&self, batch: StartId) -> bool {
        self.all.get(&batch).is_some_and(|batch| batch.of == 1)
    }

    /// The item of a batch that leaves next, unless one is on its way already.
    pub fn next(&self, batch: StartId) -> Option<StartId> {
        let batch = self.all.get(&batch)?;
        let is_busy = batch.count(Fate::LinedUp) + batch.count(Fate::Open) > 0;
        batch.by_fate.get(&Fate::Waiting)?.first().copied().filter(|_| !is_busy)
    }
}

impl Batch {
    fn count(&self, fate: Fate) -> usize {
        self.by_fate.get(&fate).map_or(0, BTreeSet::len)
    }
}

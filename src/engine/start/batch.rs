//! Batches: starts that were confirmed together and leave one after the other, as the limits and
//! the kernels allow.
//!
//! One process drives a batch. The next start leaves only when what became of the last one is
//! known, so one that is lost is not taken for another. What the items of a batch have come to is
//! counted as it changes.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::api::ApiError;
use crate::domain::{Boot, ProjectId, Run, RunId, RunStatus};
use crate::engine::journal::{Entry, StartStage, TicketId};
use crate::engine::ledger::Session;

/// The pause after Hex has said that it takes no more starts.
const PAUSE: Duration = Duration::from_secs(30);

/// So many starts that Hex refuses one after the other have one and the same mistake in them.
const IN_A_ROW: usize = 3;

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
    pub batch: TicketId,
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
    by_fate: BTreeMap<Fate, BTreeSet<TicketId>>,
    /// Runs of its items that go on.
    running: BTreeSet<RunId>,
}

/// How this process drives a batch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drive {
    /// Why it stands still, if it does.
    pub paused: Option<String>,
    /// The next start leaves no earlier.
    pub not_before: Boot,
    /// What Hex has said to the last one, if that was to wait.
    pub said: Option<String>,
}

/// What a person wants of a batch whose process is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// It goes on here.
    Resume,
    /// It never goes on.
    Cut,
}

/// All batches of the journal, those that this process drives, and those that it is about to take
/// over.
#[derive(Clone, Debug, Default)]
pub struct Batches {
    all: BTreeMap<TicketId, Batch>,
    items: BTreeMap<TicketId, Item>,
    /// Batches of which something waits.
    waiting: BTreeSet<TicketId>,
    /// How many items wait in each process.
    unsent: BTreeMap<Session, usize>,
    /// Which item has begun a run, or probably has.
    item_of: BTreeMap<RunId, TicketId>,
    driven: BTreeMap<TicketId, Drive>,
    /// What a person wants of others; it stays until the journal has it.
    wanted: BTreeMap<TicketId, Wish>,
    /// The one of them that is being written into the journal.
    taken: Option<(TicketId, Wish)>,
}

/// What of a batch.
impl Batches {
    /// Takes in what has become of a start; `item` is none if it is in no batch.
    pub fn start_changed(&mut self, start: TicketId, item: Option<Item>) {
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

    fn put_in(&mut self, start: TicketId, item: &Item) {
        let batch = self.all.entry(item.batch).or_insert_with(|| Batch {
            project: item.project.clone(),
            of: item.of,
            by_fate: BTreeMap::new(),
            running: BTreeSet::new(),
        });
        batch.by_fate.entry(item.fate).or_default().insert(start);
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

    fn take_out(&mut self, start: TicketId, item: &Item) {
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
        }
    }

    /// All batches, the oldest first.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = TicketId> {
        self.all.keys().copied()
    }

    /// Those of which something waits, the oldest first.
    pub fn waiting(&self) -> impl DoubleEndedIterator<Item = TicketId> {
        self.waiting.iter().copied()
    }

    /// How many items of a batch have this fate.
    pub fn count(&self, batch: TicketId, fate: Fate) -> usize {
        self.all.get(&batch).map_or(0, |batch| batch.count(fate))
    }

    /// Those items, in the batch's order.
    pub fn items(&self, batch: TicketId, fate: Fate) -> impl Iterator<Item = TicketId> {
        let of_fate = self.all.get(&batch).and_then(|batch| batch.by_fate.get(&fate));
        of_fate.into_iter().flatten().copied()
    }

    /// Items that have not left, in the batch's order.
    pub fn unsent(&self, batch: TicketId) -> BTreeSet<TicketId> {
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
    pub fn running(&self, batch: TicketId) -> impl Iterator<Item = &RunId> {
        self.all.get(&batch).into_iter().flat_map(|batch| batch.running.iter())
    }

    /// Of which project a batch is, and how many starts it has; none if there is no such batch.
    pub fn about(&self, batch: TicketId) -> Option<(&ProjectId, usize)> {
        self.all.get(&batch).map(|batch| (&batch.project, usize::from(batch.of)))
    }

    /// Whether it is no sweep, but one start that waits for room.
    pub fn is_single(&self, batch: TicketId) -> bool {
        self.all.get(&batch).is_some_and(|batch| batch.of == 1)
    }

    /// The item of a batch that leaves next, unless one is on its way already.
    pub fn next(&self, batch: TicketId) -> Option<TicketId> {
        let batch = self.all.get(&batch)?;
        let is_busy = batch.count(Fate::LinedUp) + batch.count(Fate::Open) > 0;
        batch.by_fate.get(&Fate::Waiting)?.first().copied().filter(|_| !is_busy)
    }
}

/// What drives them.
impl Batches {
    /// Drives a batch from now on.
    pub fn drive(&mut self, batch: TicketId) {
        self.driven.insert(batch, Drive::default());
    }

    /// Drives a batch no more.
    pub fn let_go(&mut self, batch: TicketId) {
        self.driven.remove(&batch);
    }

    /// How this process drives a batch, if it does.
    pub fn driven(&self, batch: TicketId) -> Option<&Drive> {
        self.driven.get(&batch)
    }

    /// Lets a driven batch stand still; tells whether it is one.
    pub fn pause(&mut self, batch: TicketId, why: String) -> bool {
        let driven = self.driven.get_mut(&batch);
        driven.map(|driven| driven.paused = Some(why)).is_some()
    }

    /// Driven batches whose next start may leave, and that start.
    pub fn due(&self, now: Boot) -> Vec<(TicketId, TicketId)> {
        let due = |drive: &Drive| drive.paused.is_none() && drive.not_before <= now;
        let driven = self.driven.iter().filter(|(_, drive)| due(drive));
        driven.filter_map(|(batch, _)| Some((*batch, self.next(*batch)?))).collect()
    }

    /// How many starts of driven batches wait that no person has paused.
    pub fn unsent_going(&self) -> usize {
        let going = self.driven.iter().filter(|(_, drive)| drive.paused.is_none());
        let waiting = |id| self.count(id, Fate::Waiting) + self.count(id, Fate::LinedUp);
        going.map(|(id, _)| waiting(*id)).sum()
    }

    /// When a batch may go on that no message will bring.
    pub fn deadline(&self, now: Boot) -> Option<Boot> {
        let waits = |drive: &&Drive| drive.paused.is_none() && drive.not_before > now;
        self.driven.values().filter(waits).map(|drive| drive.not_before).min()
    }

    /// Whether a start goes back into its batch after this answer: Hex has created no run and may
    /// take it later. What will not get better by itself makes the batch stand still.
    pub fn goes_back(&mut self, start: TicketId, error: &ApiError, now: Boot) -> bool {
        let Some(batch) = self.items.get(&start).map(|item| item.batch) else { return false };
        let refused = self.refused_in_a_row(batch, start) + 1;
        let Some(drive) = self.driven.get_mut(&batch) else { return false };
        match error {
            ApiError::RateLimited => {
                drive.not_before = now + PAUSE;
                drive.said = Some(error.to_string());
                true
            }
            // When the next is tried is a matter of the kernels, which all batches share.
            ApiError::KernelsFull(_) => true,
            ApiError::Unauthorized | ApiError::Forbidden(_) | ApiError::NotFound(_) => {
                drive.paused = Some(error.to_string());
                error == &ApiError::Unauthorized
            }
            ApiError::Rejected { .. } if refused >= IN_A_ROW => {
                drive.paused = Some(format!("{refused} starts in a row were refused: {error}"));
                false
            }
            _ => false,
        }
    }

    /// How many items of a batch Hex has refused one after the other, up to the one before `start`.
    fn refused_in_a_row(&self, batch: TicketId, start: TicketId) -> usize {
        let before = self.items.range(batch..start).rev().map(|(_, item)| item);
        before
            .filter(|item| item.batch == batch && item.fate != Fate::Withdrawn)
            .take_while(|item| item.fate == Fate::Refused)
            .take(IN_A_ROW)
            .count()
    }
}

/// What a person wants of those that others drove.
impl Batches {
    /// Notes what a person wants of a batch that this process does not drive.
    pub fn want(&mut self, batch: TicketId, wish: Wish) {
        self.wanted.insert(batch, wish);
    }

    /// The next that is wanted.
    pub fn wanted(&self) -> Option<(TicketId, Wish)> {
        self.wanted.first_key_value().map(|(batch, wish)| (*batch, *wish))
    }

    /// Nothing is wanted of a batch any more.
    pub fn forget(&mut self, batch: TicketId) {
        self.wanted.remove(&batch);
    }

    /// What is wanted of a batch is being written into the journal.
    pub fn taking(&mut self, batch: TicketId, wish: Wish) {
        self.taken = Some((batch, wish));
    }

    /// The journal has what was being written: that batch is driven here, or over.
    pub fn has_taken(&mut self) -> Option<TicketId> {
        let (batch, wish) = self.taken.take()?;
        if self.wanted.get(&batch) == Some(&wish) {
            self.wanted.remove(&batch);
        }
        if wish == Wish::Resume {
            self.drive(batch);
        }
        Some(batch)
    }

    /// The journal has not taken it; what is wanted is still wanted.
    pub fn not_taken(&mut self) {
        self.taken = None;
    }
}

impl Batch {
    fn count(&self, fate: Fate) -> usize {
        self.by_fate.get(&fate).map_or(0, BTreeSet::len)
    }
}

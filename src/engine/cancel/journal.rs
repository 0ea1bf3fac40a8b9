//! What the journal tells of cancels, and what is written there.

use jiff::Timestamp;

use crate::domain::time::between;
use crate::domain::{Now, RunId};
use crate::engine::sync::session::Session;

use super::Cancels;
use super::entry::{CancelEntry, CancelId, CancelStage};
use super::follow::FollowUp;
use super::lifecycle::{Cancelling, RESEND};
use super::stage::Stage;

impl Cancels {
    /// Grows with every change of an entry.
    pub(in crate::engine) fn revision(&self) -> u64 {
        self.memory.revision()
    }

    /// Every cancel that the journal has, those of other processes among them; the oldest first.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = &CancelEntry> {
        self.memory.iter()
    }

    /// One cancel that the journal has.
    pub fn entry(&self, id: CancelId) -> Option<&CancelEntry> {
        self.memory.get(id)
    }

    /// The last cancel of a run that the journal has, whoever ordered it and whatever became of it.
    pub fn last_entry(&self, run: &RunId) -> Option<&CancelEntry> {
        self.memory.last_of(run)
    }

    /// The cancel of a run that this process sees to, or the last one that it has.
    pub fn own_of(&self, run: &RunId, own: Session) -> Option<CancelId> {
        let last = || self.memory.last_by(run, own);
        self.by_run.get(run).map(|cancel| cancel.id).or_else(last)
    }

    /// How many of the cancels that rules have ordered from `from` until `now` by the wall clock, in any process, were
    /// not taken back; and when the first of them was.
    pub fn by_rules(&self, from: Timestamp, now: Timestamp) -> (usize, Option<Timestamp>) {
        let recent = self.memory.iter().rev().skip_while(|entry| entry.at > now);
        let recent = recent.take_while(|entry| entry.at > from);
        let counts = |entry: &&CancelEntry| {
            entry.rule.is_some() && !matches!(entry.stage, CancelStage::Withdrawn)
        };
        recent.filter(counts).fold((0, None), |(count, _), entry| (count + 1, Some(entry.at)))
    }

    /// What is to be written into the journal now: no second writing is asked for before the first
    /// is answered, so that the slot of a cancel waits for one at most.
    pub fn take_unwritten(&mut self) -> Vec<CancelEntry> {
        self.memory.take_unwritten()
    }

    /// Notes at which time what has just changed did so; tells whether anything has.
    pub fn stamp(&mut self, wall: Timestamp) -> bool {
        self.memory.stamp(wall)
    }

    /// The journal has these.
    pub fn written(&mut self, ids: &[CancelId]) {
        self.memory.written(ids);
    }

    /// The store has failed: what was being written is owed.
    pub fn store_failed(&mut self) {
        self.memory.store_failed();
    }

    /// Whether the journal lacks anything that this process knows.
    pub fn owes(&self) -> bool {
        self.memory.is_owed()
    }

    /// Takes in what other processes, or earlier ones, have written.
    pub fn take(&mut self, entry: CancelEntry, own: Session) {
        if entry.by == own && self.memory.get(entry.id).is_some() {
            return;
        }
        let is_here = |cancel: &Cancelling| cancel.id == entry.id;
        if self.by_run.get(&entry.run).is_some_and(is_here) {
            // Two processes have taken the same one up: the one with the smaller number keeps it.
            if entry.by > own && entry.stage.is_open() {
                return self.memory.touch(entry.id);
            }
            if let Some(batch) = self.close(&entry.run, entry.stage.clone()) {
                self.batches.settle(batch, |_| ());
            }
        }
        self.memory.take(entry, own);
    }

    /// Follows up what processes that are gone have left open: a read first, and a DELETE only if
    /// it was confirmed a short while ago. Gives what was taken up.
    pub fn take_up(
        &mut self,
        is_gone: impl Fn(Session) -> bool,
        own: Session,
        now: Now,
    ) -> Vec<CancelEntry> {
        let taken = self.memory.take_over(is_gone, own);
        for entry in &taken {
            if self.by_run.contains_key(&entry.run) {
                self.memory.note(entry.id, CancelStage::TriedAgain, entry.tries);
                continue;
            }
            let stuck = match &entry.stage {
                CancelStage::Stuck(reason) => Some(reason.clone()),
                _ => None,
            };
            let age = between(entry.at, now.wall);
            // A clock that was set back does not make it young.
            let is_young = entry.at <= now.wall && age < RESEND;
            let resend = is_young.then(|| now.boot + RESEND.saturating_sub(age));
            let since = now.boot - age;
            let mut cancel = Cancelling::new(entry.id, entry.project.clone(), None, since);
            cancel.tries = entry.tries;
            cancel.stage = Stage::TakenUp { since: now.boot, resend, stuck };
            self.by_run.insert(entry.run.clone(), cancel);
            self.note(&entry.run);
            self.follow.want(FollowUp::Read(entry.run.clone()), now.boot);
        }
        taken
    }
}

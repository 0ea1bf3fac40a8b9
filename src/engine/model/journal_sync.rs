//! The journal, as this process knows it: what it has written there, what others have, and what it
//! still owes.
//!
//! Nothing that is owed is lost: what the store could not take is written when it can again.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{Boot, Now};

use super::starts::unrecorded;
use super::{Effect, Model};
use crate::engine::start::journal::{Entry, StartId, StartStage};
use crate::engine::start::{Start, THEIRS, Withdrawal};
use crate::engine::sync::protocol::StoreRequest;
use crate::engine::sync::session::Session;

/// A start that the journal did not keep so often is not tried any more.
const REFUSALS: u32 = 3;

/// What is known of the journal besides its entries.
#[derive(Clone, Debug, Default)]
pub(super) struct Journal {
    /// The number of the last writing that is known.
    head: i64,
    /// Processes that are gone.
    gone: BTreeSet<Session>,
    /// The oldest of the starts that were told in pieces: none is left out between it and now.
    reach: Option<StartId>,
    /// What was found out by looking and is being written.
    guesses: Vec<Entry>,
    /// What persons say of starts that others may write of as well; it is written like a guess.
    reasons: BTreeMap<StartId, Option<String>>,
    /// Whether what processes that are gone have left is taken up here.
    pub(super) takes_up: bool,
}

impl Journal {
    pub(super) fn is_guessing(&self) -> bool {
        !self.guesses.is_empty()
    }

    /// Whether it is about this start.
    pub(super) fn guesses_at(&self, ticket: StartId) -> bool {
        self.guesses.iter().any(|entry| entry.id == ticket)
    }

    /// The oldest start since which no start is left out that the journal has, where it has more than are told.
    pub(super) fn reach(&self) -> Option<StartId> {
        self.reach
    }

    pub(super) fn is_gone(&self, session: Session) -> bool {
        self.gone.contains(&session)
    }
}

impl Model {
    /// Writes down how starts of this process are now, whatever others have written.
    pub(super) fn record(&mut self, tickets: &[StartId], effects: &mut Vec<Effect>) {
        let can = self.coordinator.is_shared() || self.coordinator.is_joining();
        if !self.coordinator.has_store() {
            return;
        }
        let mut entries = Vec::new();
        for ticket in tickets {
            entries.extend(self.starts.change(*ticket, |start| {
                start.recording.owed = true;
                start.recording.asked += u32::from(can);
                start.entry.clone()
            }));
        }
        if can && !entries.is_empty() {
            effects.push(Effect::Store(StoreRequest::LogRecord(entries)));
        }
    }

    /// Starts that the journal did not have as waiting here are written anew before they leave.
    pub(super) fn write_anew(&mut self, tickets: Vec<StartId>, effects: &mut Vec<Effect>) {
        let mut again = Vec::new();
        for ticket in tickets {
            let Some(start) = self.starts.get(ticket) else { continue };
            if start.entry.stage != StartStage::Waiting || start.call.is_none() {
                continue;
            }
            self.starts.change(ticket, |start| {
                start.recording.written = false;
                start.recording.refused += 1;
            });
            let is_lost = self.starts.get(ticket).is_some_and(|s| s.recording.refused > REFUSALS);
            if is_lost && self.withdraws(ticket, Withdrawal::Ever) {
                let why = unrecorded("it does not keep what is written there");
                self.move_start(ticket, StartStage::NeverSent(why), effects);
            }
            again.push(ticket);
        }
        self.record(&again, effects);
    }

    pub(super) fn recorded(&mut self, tickets: Vec<StartId>) {
        // After a failure this is the answer to something older than what is owed.
        let counts = !self.coordinator.is_apart();
        for ticket in tickets {
            self.starts.change(ticket, |start| {
                let recording = &mut start.recording;
                recording.written = true;
                if counts {
                    recording.asked = recording.asked.saturating_sub(1);
                    recording.owed &= recording.asked > 0;
                }
            });
        }
    }

    /// Whether what is found out by looking can be made known now.
    pub(super) fn can_guess(&self) -> bool {
        !self.coordinator.has_store() || self.coordinator.is_shared()
    }

    /// Makes known what was found out by looking: with a store, only if nobody has written since.
    pub(super) fn settle(&mut self, entries: Vec<Entry>, effects: &mut Vec<Effect>) {
        if entries.is_empty() {
            return;
        }
        self.journal.guesses = entries;
        if self.coordinator.has_store() {
            let (after, entries) = (self.journal.head, self.journal.guesses.clone());
            effects.push(Effect::Store(StoreRequest::CompareAndSet { after, entries }));
        } else {
            self.settled(effects);
        }
    }

    /// Writes a reason down as soon as that overwrites nothing that others have written.
    pub(super) fn annotate_safely(
        &mut self,
        ticket: StartId,
        reason: Option<String>,
        effects: &mut Vec<Effect>,
    ) {
        self.journal.reasons.insert(ticket, reason);
        self.write_reasons(effects);
    }

    pub(super) fn write_reasons(&mut self, effects: &mut Vec<Effect>) {
        if self.journal.is_guessing() || !self.can_guess() {
            return;
        }
        let told = self.journal.reasons.iter().filter_map(|(ticket, reason)| {
            let entry = &self.starts.get(*ticket)?.entry;
            (entry.reason != *reason).then(|| Entry { reason: reason.clone(), ..entry.clone() })
        });
        let entries: Vec<_> = told.collect();
        if entries.is_empty() {
            self.journal.reasons.clear();
        }
        self.settle(entries, effects);
    }

    /// What was found out stands in the journal.
    pub(super) fn settled(&mut self, effects: &mut Vec<Effect>) {
        for entry in std::mem::take(&mut self.journal.guesses) {
            let (ticket, stage) = (entry.id, entry.stage.clone());
            self.starts.change(ticket, |start| start.entry = entry);
            self.move_start(ticket, stage, effects);
        }
        self.has_taken(effects);
    }

    /// What was found out does not stand in the journal, because others have written: it is found
    /// out anew.
    pub(super) fn overtaken(&mut self, now: Boot) {
        self.not_taken();
        for entry in std::mem::take(&mut self.journal.guesses) {
            if entry.stage != StartStage::Waiting {
                self.starts_unlooked(&entry.project, now);
            }
        }
    }

    /// Takes in how far back a piece of the starts reaches that were there before. The open ones, which are told before
    /// all pieces, may be far older.
    pub(super) fn note_reach(&mut self, piece: &[Entry]) {
        let oldest = piece.iter().map(|entry| entry.id).min();
        self.journal.reach = self.journal.reach.into_iter().chain(oldest).min();
    }

    /// Takes in what other processes, or earlier ones, have written.
    pub(super) fn take_entries(
        &mut self,
        entries: Vec<Entry>,
        head: i64,
        gone: Vec<Session>,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        self.journal.head = head;
        self.journal.gone.extend(gone);
        for entry in entries {
            self.take_entry(entry, now, effects);
        }
    }

    fn take_entry(&mut self, entry: Entry, now: Now, effects: &mut Vec<Effect>) {
        let ticket = entry.id;
        let is_own = entry.by == self.coordinator.session();
        let patience = THEIRS + self.settings.timeout;
        let Some(known) = self.starts.get(ticket) else {
            self.starts.insert(Start::told(entry, patience, now));
            self.revision += 1;
            return;
        };
        // What is looked for here is as open in the journal as its process has left it.
        if known.entry == entry || known.sought.is_some() && entry.stage.is_open() {
            return;
        }
        if let StartStage::Unreadable { open } = entry.stage {
            return self.take_unreadable(entry, open, effects);
        }
        // Whoever has sent it knows best, better than what the journal may still have of it; but
        // what others have ended is not sent any more.
        let (is_waiting, call) = (known.entry.stage == StartStage::Waiting, known.call);
        let is_ended = matches!(entry.stage, StartStage::Withdrawn | StartStage::NeverSent(_));
        if is_own && !(is_waiting && is_ended && self.withdraws(ticket, Withdrawal::Ever)) {
            return;
        }
        // Whatever this process was about to send of it, is another's now.
        if let Some(call) = call.filter(|_| !is_own) {
            self.requests.withdraw(call);
            self.starts.change(ticket, |start| start.call = None);
        }
        let stage = entry.stage.clone();
        self.starts.change(ticket, |start| {
            start.sought = None;
            start.entry = entry;
            start.note_departure(now.boot + patience);
        });
        self.revision += 1;
        if is_own {
            self.move_start(ticket, stage, effects);
        }
    }

    /// The journal's record of a start could not be read. What is known of it here is better, but
    /// for one that waits: another process may have sent it meanwhile, so it is not sent here.
    fn take_unreadable(&mut self, entry: Entry, open: bool, effects: &mut Vec<Effect>) {
        let ticket = entry.id;
        let Some(known) = self.starts.get(ticket) else { return };
        if known.entry.stage != StartStage::Waiting {
            return;
        }
        let is_own = known.entry.by == self.coordinator.session();
        if is_own && !self.withdraws(ticket, Withdrawal::Unreadable { open }) {
            return;
        }
        self.starts.change(ticket, |start| start.recording.owed = false);
        self.move_start(ticket, entry.stage, effects);
    }

    /// The store has told all it has: what is owed to the journal is written now.
    pub(super) fn write_owed(&mut self, effects: &mut Vec<Effect>) {
        let owed: Vec<_> = self
            .starts
            .owed()
            .filter(|start| start.recording.asked == 0)
            .map(|start| start.entry.id)
            .collect();
        self.record(&owed, effects);
    }

    /// The store is gone on without: what the journal may not have is owed. If it has failed, a start
    /// that it never had is not sent.
    pub(super) fn journal_failed(&mut self, failure: Option<&str>, effects: &mut Vec<Effect>) {
        self.journal.guesses.clear();
        self.not_taken();
        let leaving: BTreeSet<_> = self.requests.claiming().iter().map(|w| w.id).collect();
        let unwritten = self.starts.owed().chain(self.starts.asked()).map(|start| start.entry.id);
        let claimed = leaving.iter().filter_map(|call| self.starts.of_call(*call));
        let tickets: BTreeSet<_> = unwritten.chain(claimed).collect();
        let mut never = Vec::new();
        for ticket in tickets {
            self.starts.change(ticket, |start| {
                start.recording.asked = 0;
                // The journal may have it as sent by now.
                start.recording.owed |= start.call.is_some_and(|call| leaving.contains(&call));
                if !start.recording.written && start.recording.owed && start.entry.queue.is_none() {
                    never.push(ticket);
                }
            });
        }
        let Some(reason) = failure else { return };
        for ticket in never {
            if self.withdraws(ticket, Withdrawal::Ever) {
                let why = unrecorded(reason);
                self.move_start(ticket, StartStage::NeverSent(why), effects);
            }
        }
    }
}

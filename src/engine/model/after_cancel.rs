//! Starts that wait for a cancel: "cancel it and start it again".
//!
//! Such a start waits in a queue for one cancel, which the journal names. It leaves once that has ended its run as Hex
//! says; if the run ended otherwise, or the cancel came to nothing, it never leaves, and the journal keeps its inputs.
//! Of several that wait for the end of one run only one leaves, whichever processes confirmed them.

use super::{Effect, Model, StartId, StartStage};
use crate::domain::{Boot, Now, RunId};
use crate::engine::alerts::AlertKind;
use crate::engine::cancel::CancelStage;
use crate::engine::start::batch::Fate;
use crate::engine::start::journal::{AfterCancel, Entry};
use crate::engine::start::{Start, Withdrawal};

/// Whether a start may leave, as far as the cancel before it is concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Turn {
    Come,
    /// The run goes on, and is being cancelled.
    Waits,
    /// Another confirmation is about to start the same run again.
    Rival,
    /// It never comes, for this reason.
    Never {
        why: String,
        /// Whether the run is, or may be, started again all the same.
        is_repeated: bool,
    },
}

fn never(why: String) -> Turn {
    Turn::Never { why, is_repeated: false }
}

impl Model {
    /// The cancel that a start waits for which is confirmed now, after this process has ordered it.
    pub(super) fn after_cancel(&self, run: RunId) -> AfterCancel {
        let cancel = self.cancels.own_of(&run, self.coordinator.session());
        AfterCancel { run, cancel }
    }

    /// Whether the next start of a queue waits for no cancel. What never may leave is taken out of the queue.
    pub(super) fn has_its_turn(
        &mut self,
        queue: StartId,
        next: StartId,
        now: Now,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let (why, is_repeated) = match self.turn(next) {
            Turn::Come => return true,
            Turn::Waits | Turn::Rival => return false,
            Turn::Never { why, is_repeated } => (why, is_repeated),
        };
        let waiting: Vec<_> = self.queues.items(queue, Fate::Waiting).collect();
        for ticket in &waiting {
            self.move_start(*ticket, StartStage::NeverSent(why.clone()), effects);
        }
        self.record(&waiting, effects);
        self.starts_changed(now.boot);
        if !is_repeated {
            self.note_unrepeated(next, now);
        }
        false
    }

    /// Whether a start that is lined up may not leave after all: since it was lined up another confirmation may have
    /// become known, or have left.
    pub(super) fn is_held_by_rival(&self, start: &Start) -> bool {
        start.entry.after.is_some() && self.turn(start.entry.id) != Turn::Come
    }

    /// Takes back what is lined up and never may leave any more.
    pub(super) fn drop_rivals(&mut self, now: Boot, effects: &mut Vec<Effect>) {
        let lined_up = self.starts.with_call().map(|start| &start.entry);
        let waits = lined_up.filter(|it| it.after.is_some() && it.stage == StartStage::Waiting);
        let turns = waits.map(|entry| (entry.id, self.turn(entry.id)));
        let dropped: Vec<_> = turns
            .filter_map(|(id, turn)| match turn {
                Turn::Never { why, .. } => Some((id, why)),
                _ => None,
            })
            .collect();
        for (ticket, why) in dropped {
            if self.withdraws(ticket, Withdrawal::Ever) {
                self.move_start(ticket, StartStage::NeverSent(why), effects);
                self.record(&[ticket], effects);
                self.starts_changed(now);
            }
        }
    }

    /// Has a person who looks elsewhere told that a run is not started again.
    fn note_unrepeated(&mut self, start: StartId, now: Now) {
        let Some(entry) = self.starts.get(start).map(|start| &start.entry) else { return };
        let Some(after) = &entry.after else { return };
        let named = (&entry.project, &entry.title);
        let seen = self.server_now(now);
        self.alerts.note(AlertKind::Unrepeated, named, &after.run, now.boot, seen);
    }

    fn turn(&self, start: StartId) -> Turn {
        let Some(entry) = self.starts.get(start).map(|start| &start.entry) else {
            return Turn::Come;
        };
        let Some(after) = &entry.after else { return Turn::Come };
        let run = after.run.short();
        if let Some(rival) = self.rival(entry, &after.run) {
            let how = match rival.stage {
                StartStage::Waiting | StartStage::Sent | StartStage::Unconfirmed(_) => {
                    return Turn::Rival;
                }
                StartStage::Started(_) => "was",
                _ => "may have been",
            };
            let why = format!("run {run} {how} started again by another confirmation");
            return Turn::Never { why, is_repeated: true };
        }
        let stage = |id| self.cancels.entry(id).map(|cancel| &cancel.stage);
        let own = || self.cancels.own_of(&after.run, self.coordinator.session());
        let found = match after.cancel.and_then(stage) {
            // Whoever has taken it up cancels the run by a confirmation of its own.
            Some(CancelStage::TriedAgain) => {
                own().and_then(stage).or(Some(&CancelStage::TriedAgain))
            }
            found => found,
        };
        match found {
            Some(CancelStage::Killed) => Turn::Come,
            Some(CancelStage::AlreadyEnded(status)) => {
                never(format!("run {run} ended by itself before its cancel reached it: {status}"))
            }
            Some(CancelStage::Stuck(reason)) => {
                never(format!("the cancel of run {run} is stuck: {reason}"))
            }
            Some(stage) if stage.is_open() => Turn::Waits,
            Some(stage) => {
                let why = stage.why().unwrap_or_default();
                never(format!("run {run} was not cancelled: {why}"))
            }
            None if !self.has_read_store() => Turn::Waits,
            None => never(format!("nothing cancels run {run}")),
        }
    }

    /// A start of another confirmation that starts the same run again, or has done so.
    fn rival(&self, entry: &Entry, run: &RunId) -> Option<&Entry> {
        let confirmation = |entry: &Entry| entry.queue.map(|item| item.queue);
        let others = self.starts.after(run);
        let others = others.filter(|other| confirmation(&other.entry) != confirmation(entry));
        // Of two that wait the one that was confirmed first goes first, unless the other is leaving.
        let goes_first = |other: &&Start| {
            let waits = other.entry.stage == StartStage::Waiting && other.departure.is_none();
            self.is_to_leave(&other.entry) && (!waits || other.entry.id < entry.id)
        };
        // One that has begun a run says most.
        let goes_first = others.filter(goes_first);
        let first = goes_first.min_by_key(|other| other.entry.stage.started().is_none());
        first.map(|start| &start.entry)
    }

    /// Whether a start leaves once its turn comes without anybody doing anything, or has left.
    fn is_to_leave(&self, entry: &Entry) -> bool {
        match entry.stage {
            StartStage::Waiting => !self.journal.is_gone(entry.by),
            StartStage::Refused(_) | StartStage::NeverSent(_) | StartStage::Withdrawn => false,
            _ => true,
        }
    }

    /// Whether a start waits for the end of a run, or has left since.
    pub fn is_started_again(&self, run: &RunId) -> bool {
        self.starts.after(run).any(|start| self.is_to_leave(&start.entry))
    }

    /// Whether a cancel that this process has ordered of a run goes on, or has ended it.
    pub fn may_start_after(&self, run: &RunId) -> bool {
        let cancel = self.cancels.own_of(run, self.coordinator.session());
        let stage = cancel.and_then(|cancel| self.cancels.entry(cancel)).map(|it| &it.stage);
        stage.is_some_and(|stage| match stage {
            CancelStage::Stuck(_) => false,
            stage => stage.is_open() || *stage == CancelStage::Killed,
        })
    }

    /// The run whose cancel a queue waits for.
    pub(super) fn awaited_cancel(&self, queue: StartId) -> Option<&RunId> {
        let next = self.queues.next(queue)?;
        let after = self.starts.get(next)?.entry.after.as_ref()?;
        (self.turn(next) == Turn::Waits).then_some(&after.run)
    }

    /// Why a queue waits, if another confirmation is about to start the same run again.
    pub(super) fn awaited_rival(&self, queue: StartId) -> Option<String> {
        let next = self.queues.next(queue)?;
        let after = self.starts.get(next)?.entry.after.as_ref()?;
        let run = after.run.short();
        (self.turn(next) == Turn::Rival)
            .then(|| format!("another confirmation is to start run {run} again"))
    }
}

//! Queues: what persons and answers do to batches of starts, and when the next one leaves.
//!
//! When the process that drives a queue ends, the queue stands still until a person resumes it,
//! because nobody knows whether it is still wanted.

pub(super) mod view;

use std::time::Duration;

use crate::api::ApiError;
use crate::domain::{Boot, Now};

use super::{Effect, Event, Model};
use crate::engine::guard::Refusal;
use crate::engine::kernels::Room;
use crate::engine::start::batch::{Fate, Wish};
use crate::engine::start::journal::{BatchItem, Entry, StartId, StartStage};
use crate::engine::start::{Start, Withdrawal};

/// How often it is looked whether the hours have come in which a rule lets runs be started.
const HOURS_PAUSE: Duration = Duration::from_secs(30);

impl Model {
    /// Drives a queue from now on.
    pub(super) fn drive(&mut self, queue: StartId) {
        self.queues.drive(queue);
    }

    /// Whether a start of a queue goes back into it after this answer.
    pub(super) fn waits_on(&mut self, start: StartId, error: &ApiError, now: Boot) -> bool {
        self.queues.goes_back(start, error, now)
    }

    /// Lets the next start of each queue line up for its slot.
    pub(super) fn feed(&mut self, now: Now, effects: &mut Vec<Effect>) {
        self.starts_changed(now.boot);
        let server = self.server_now(now);
        self.kernels.pass(server, now.boot);
        self.drop_rivals(now.boot, effects);
        for (queue, next) in self.queues.due(now.boot) {
            if !self.has_its_turn(queue, next, now, effects) {
                continue;
            }
            let forbidden = self.queue_forbidden(queue, now);
            if let Some(refusal) = forbidden.as_ref().filter(|refusal| !refusal.passes()) {
                self.queues.pause(queue, refusal.to_string());
                continue;
            }
            if self.room_for(queue, now.boot) == Room::Free && forbidden.is_none() {
                self.line_up(next, self.tier_of(queue), now.boot);
                self.starts_changed(now.boot);
            }
        }
    }

    /// The starts of a queue, in its order.
    pub fn points(&self, queue: StartId) -> impl Iterator<Item = &Start> {
        let is_of = move |start: &&Start| start.entry.queue.is_some_and(|p| p.queue == queue);
        self.starts.range(queue, queue.point(u16::MAX)).filter(is_of)
    }

    /// The rule that keeps the next start of a queue from leaving now.
    pub(super) fn queue_forbidden(&self, queue: StartId, now: Now) -> Option<Refusal> {
        let (project, _) = self.queues.about(queue)?;
        self.start_refused(project, None, now)
    }

    /// Whether there is a kernel for the next start of a queue.
    fn room_for(&self, queue: StartId, now: Boot) -> Room {
        self.kernels.room(self.kernels_left_by(queue), now)
    }

    /// When a queue has something to do that no message will bring.
    pub(super) fn queue_deadline(&self, now: Now) -> Option<Boot> {
        let due = self.queues.due(now.boot);
        let kernels = self.kernels.deadline(now.boot).filter(|_| !due.is_empty());
        let waits = |queue| matches!(self.queue_forbidden(queue, now), Some(Refusal::Hours { .. }));
        let hours = due.iter().any(|(queue, _)| waits(*queue)).then(|| now.boot + HOURS_PAUSE);
        kernels.into_iter().chain(hours).chain(self.queues.deadline(now.boot)).min()
    }

    pub(super) fn pause_queue(&mut self, queue: StartId, effects: &mut Vec<Effect>) {
        if self.queues.pause(queue, "by you".to_owned()) {
            let lined_up: Vec<_> = self.queues.items(queue, Fate::LinedUp).collect();
            for ticket in lined_up {
                self.withdraws(ticket, Withdrawal::Now);
            }
            self.revision += 1;
            effects.push(Effect::Tell(Event::QueueMoved(queue)));
        }
    }

    /// Goes on with a queue; one whose process is gone is taken over.
    pub(super) fn resume_queue(&mut self, queue: StartId, now: Boot, effects: &mut Vec<Effect>) {
        if self.queues.driven(queue).is_some() {
            self.drive(queue);
            effects.push(Effect::Tell(Event::QueueMoved(queue)));
        } else {
            self.queues.want(queue, Wish::Resume);
            self.take_over(now, effects);
        }
    }

    /// Writes into the journal what a person wants of a queue whose process is gone. Of several
    /// processes that do so only one gets it.
    pub(super) fn take_over(&mut self, now: Boot, effects: &mut Vec<Effect>) {
        if self.journal.is_guessing() || !self.can_guess() {
            return;
        }
        while let Some((queue, wish)) = self.queues.wanted() {
            let by = self.coordinator.session();
            let taken = |start: &Start| match (wish, start.lost_secrets().next()) {
                (Wish::Cut, _) => Entry { stage: StartStage::Withdrawn, ..start.entry.clone() },
                (Wish::Resume, Some(secret)) => {
                    let why = format!("the secret {secret} was not kept: T enters it again");
                    Entry { stage: StartStage::NeverSent(why), ..start.entry.clone() }
                }
                (Wish::Resume, None) => Entry { by, ..start.entry.clone() },
            };
            let left: Vec<_> = self.left_points(queue).map(taken).collect();
            if let Some(first) = left.first() {
                let (project, title) = (first.project.clone(), first.title.clone());
                self.see_to_it(&project, &title, now);
                self.queues.taking(queue, wish);
                return self.settle(left, effects);
            }
            // Somebody has it by now, or it is over.
            self.queues.forget(queue);
            if wish == Wish::Cut && self.queues.driven(queue).is_some() {
                self.cut_queue(queue, now, effects);
            }
        }
    }

    /// What waits of a queue whose process is gone.
    fn left_points(&self, queue: StartId) -> impl Iterator<Item = &Start> {
        let unsent = self.queues.unsent(queue).into_iter();
        unsent.filter_map(|ticket| self.starts.get(ticket)).filter(|start| {
            start.entry.stage == StartStage::Waiting && self.journal.is_gone(start.entry.by)
        })
    }

    /// The journal has what was written last; if that was a queue taken over, it is this process's
    /// now.
    pub(super) fn has_taken(&mut self, effects: &mut Vec<Effect>) {
        let taken = self.queues.has_taken();
        effects.extend(taken.map(|queue| Effect::Tell(Event::QueueMoved(queue))));
    }

    /// The journal has not taken it; what is wanted is still wanted.
    pub(super) fn not_taken(&mut self) {
        self.queues.not_taken();
    }

    /// Takes everything of a queue back that has not left.
    pub(super) fn cut_queue(&mut self, queue: StartId, now: Boot, effects: &mut Vec<Effect>) {
        let unsent = self.queues.unsent(queue).into_iter();
        let cut: Vec<_> =
            unsent.filter(|ticket| self.withdraws(*ticket, Withdrawal::Ever)).collect();
        for ticket in &cut {
            self.move_start(*ticket, StartStage::Withdrawn, effects);
        }
        self.record(&cut, effects);
        self.starts_changed(now);
        self.queues.let_go(queue);
        self.queues.want(queue, Wish::Cut);
        self.take_over(now, effects);
        effects.push(Effect::Tell(Event::QueueMoved(queue)));
    }

    /// Lets a start that Hex had refused for want of room leave when there is some.
    pub(super) fn requeue(&mut self, ticket: StartId, effects: &mut Vec<Effect>) {
        let by = self.coordinator.session();
        let queued = self.starts.change(ticket, |start| {
            let may = start.entry.by == by && start.entry.stage.wants_room();
            if may {
                let point = BatchItem { queue: ticket, index: 0, of: 1 };
                start.entry.queue = start.entry.queue.or(Some(point));
                start.entry.stage = StartStage::Waiting;
            }
            start.entry.queue.filter(|_| may)
        });
        if let Some(Some(point)) = queued {
            self.drive(point.queue);
            self.move_start(ticket, StartStage::Waiting, effects);
            self.record(&[ticket], effects);
        }
    }
}

//! Queues: confirmed starts that leave one after the other, as the limits and the kernels allow.
//!
//! One process drives a queue. When that ends, the queue stands still until a person resumes it,
//! because nobody knows whether it is still wanted. The next start leaves only when what became of
//! the last one is known, so one that is lost is not taken for another.

pub(super) mod view;

use std::collections::BTreeMap;
use std::time::Duration;

use crate::api::ApiError;
use crate::domain::Boot;

use super::{Effect, Event, Model};
use crate::engine::journal::{Entry, Point, StartStage, TicketId};
use crate::engine::start::{Start, Unwanted};

/// The pause after Hex has said that it takes no more starts.
const PAUSE: Duration = Duration::from_secs(30);

/// So many starts that Hex refuses one after the other have one and the same mistake in them.
const IN_A_ROW: usize = 3;

/// A queue that this process drives.
#[derive(Clone, Debug, Default, PartialEq)]
struct Queue {
    /// Why it stands still, if it does.
    paused: Option<String>,
    /// The next start leaves no earlier.
    not_before: Boot,
    /// What Hex has said to the last one, if that was to wait.
    said: Option<String>,
}

/// What a person wants of a queue whose process is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    /// It goes on here.
    Resume,
    /// It never goes on.
    Cut,
}

/// All queues that this process drives, and those that it is about to take over.
#[derive(Clone, Debug, Default)]
pub(super) struct Queues {
    driven: BTreeMap<TicketId, Queue>,
    /// What a person wants of others; it stays until the journal has it.
    wanted: BTreeMap<TicketId, Wish>,
    /// The one of them that is being written into the journal.
    taken: Option<(TicketId, Wish)>,
}

impl Model {
    /// Drives a queue from now on.
    pub(super) fn drive(&mut self, queue: TicketId) {
        self.queues.driven.insert(queue, Queue::default());
    }

    /// Whether a start of a queue goes back into it after this answer: Hex has created no run and
    /// may take it later. What will not get better by itself makes the queue stand still.
    pub(super) fn waits_on(&mut self, queue: TicketId, error: &ApiError, now: Boot) -> bool {
        let refused = self.refused_in_a_row(queue);
        let Some(driven) = self.queues.driven.get_mut(&queue) else { return false };
        match error {
            ApiError::RateLimited | ApiError::KernelsFull(_) => {
                driven.not_before = now + PAUSE;
                driven.said = Some(error.to_string());
                true
            }
            ApiError::Unauthorized | ApiError::Forbidden(_) | ApiError::NotFound(_) => {
                driven.paused = Some(error.to_string());
                error == &ApiError::Unauthorized
            }
            ApiError::Rejected { .. } if refused + 1 >= IN_A_ROW => {
                driven.paused =
                    Some(format!("{} starts in a row were refused: {error}", refused + 1));
                false
            }
            _ => false,
        }
    }

    /// How many starts of a queue Hex has refused one after the other, up to the last answer.
    fn refused_in_a_row(&self, queue: TicketId) -> usize {
        self.points(queue).map(|start| &start.entry.stage).fold(0, |count, stage| match stage {
            StartStage::Refused(_) => count + 1,
            StartStage::Waiting | StartStage::Sent | StartStage::Withdrawn => count,
            _ => 0,
        })
    }

    /// Lets the next start of each queue line up for its slot.
    pub(super) fn feed(&mut self, now: Boot) {
        let due = |queue: &Queue| queue.paused.is_none() && queue.not_before <= now;
        let driven = self.queues.driven.iter().filter(|(_, queue)| due(queue));
        let queues: Vec<_> = driven.map(|(id, _)| *id).collect();
        for queue in queues {
            if let Some(next) = self.next_point(queue)
                && !self.kernels_held_back(queue)
            {
                self.line_up(next, self.tier_of(queue), now);
            }
        }
    }

    /// The start of a queue that leaves next, unless one is on its way already.
    fn next_point(&self, queue: TicketId) -> Option<TicketId> {
        let mut waiting = None;
        for start in self.points(queue).filter(|start| start.is_open()) {
            let is_waiting = start.entry.stage == StartStage::Waiting;
            if start.call.is_some() || !is_waiting {
                return None;
            }
            waiting = waiting.or(Some(start.entry.id));
        }
        waiting
    }

    /// The starts of a queue, in its order.
    pub fn points(&self, queue: TicketId) -> impl Iterator<Item = &Start> {
        let is_of = move |start: &&Start| start.entry.queue.is_some_and(|p| p.queue == queue);
        self.starts.range(queue, queue.point(u16::MAX)).filter(is_of)
    }

    /// Whether it is no sweep, but one start that waits for room.
    fn is_single(&self, queue: TicketId) -> bool {
        let point = self.starts.get(queue).and_then(|start| start.entry.queue);
        point.is_some_and(|point| point.of == 1)
    }

    /// Whether a queue leaves the kernels that are free to others.
    fn kernels_held_back(&self, queue: TicketId) -> bool {
        self.kernels_free(self.kernels_left_by(queue)) == 0
    }

    /// Kernels that a queue leaves to others: a person's one start leaves none.
    fn kernels_left_by(&self, queue: TicketId) -> u32 {
        if self.is_single(queue) { 0 } else { self.kernels_kept_free() }
    }

    /// Kernels that are free besides `kept`, as far as known. Runs that have not started yet will
    /// want one.
    fn kernels_free(&self, kept: u32) -> usize {
        let active = self.runs().filter(|(_, seen)| seen.run.is_active()).count();
        let on_way = self.starts.open().filter(|s| s.call.is_some()).count();
        let all = self.settings.kernels.saturating_sub(kept);
        usize::try_from(all).unwrap_or(usize::MAX).saturating_sub(active + on_way)
    }

    /// Kernels that queues may take at the moment.
    pub fn kernels_for_queues(&self) -> usize {
        self.kernels_free(self.kernels_kept_free())
    }

    /// Kernels that queues leave to others; one is always for them.
    pub fn kernels_kept_free(&self) -> u32 {
        self.settings.kernels_kept_free.min(self.settings.kernels.saturating_sub(1))
    }

    /// When a queue has something to do that no message will bring.
    pub(super) fn queue_deadline(&self, now: Boot) -> Option<Boot> {
        let waits = |queue: &&Queue| queue.paused.is_none() && queue.not_before > now;
        self.queues.driven.values().filter(waits).map(|queue| queue.not_before).min()
    }

    pub(super) fn pause_queue(&mut self, queue: TicketId, effects: &mut Vec<Effect>) {
        if let Some(driven) = self.queues.driven.get_mut(&queue) {
            driven.paused = Some("by you".to_owned());
            let lined_up: Vec<_> = self.points(queue).map(|start| start.entry.id).collect();
            for ticket in lined_up {
                self.withdraws(ticket, Unwanted::Now);
            }
            self.revision += 1;
            effects.push(Effect::Tell(Event::QueueMoved(queue)));
        }
    }

    /// Goes on with a queue; one whose process is gone is taken over.
    pub(super) fn resume_queue(&mut self, queue: TicketId, now: Boot, effects: &mut Vec<Effect>) {
        if self.queues.driven.contains_key(&queue) {
            self.drive(queue);
            effects.push(Effect::Tell(Event::QueueMoved(queue)));
        } else {
            self.queues.wanted.insert(queue, Wish::Resume);
            self.take_over(now, effects);
        }
    }

    /// Writes into the journal what a person wants of a queue whose process is gone. Of several
    /// processes that do so only one gets it.
    pub(super) fn take_over(&mut self, now: Boot, effects: &mut Vec<Effect>) {
        if self.journal.is_guessing() || !self.can_guess() {
            return;
        }
        while let Some((queue, wish)) = self.queues.wanted.first_key_value() {
            let (queue, wish) = (*queue, *wish);
            let by = self.ledger.session();
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
                self.queues.taken = Some((queue, wish));
                return self.settle(left, effects);
            }
            // Somebody has it by now, or it is over.
            self.queues.wanted.remove(&queue);
            if wish == Wish::Cut && self.queues.driven.contains_key(&queue) {
                self.cut_queue(queue, now, effects);
            }
        }
    }

    /// What waits of a queue whose process is gone.
    fn left_points(&self, queue: TicketId) -> impl Iterator<Item = &Start> {
        self.points(queue).filter(|start| {
            start.entry.stage == StartStage::Waiting && self.journal.is_gone(start.entry.by)
        })
    }

    /// The journal has what was written last; if that was a queue taken over, it is this process's
    /// now.
    pub(super) fn has_taken(&mut self, effects: &mut Vec<Effect>) {
        let Some((queue, wish)) = self.queues.taken.take() else { return };
        if self.queues.wanted.get(&queue) == Some(&wish) {
            self.queues.wanted.remove(&queue);
        }
        if wish == Wish::Resume {
            self.drive(queue);
        }
        effects.push(Effect::Tell(Event::QueueMoved(queue)));
    }

    /// The journal has not taken it; what is wanted is still wanted.
    pub(super) fn not_taken(&mut self) {
        self.queues.taken = None;
    }

    /// Takes everything of a queue back that has not left.
    pub(super) fn cut_queue(&mut self, queue: TicketId, now: Boot, effects: &mut Vec<Effect>) {
        let all: Vec<_> = self.points(queue).map(|start| start.entry.id).collect();
        let cut: Vec<_> =
            all.into_iter().filter(|ticket| self.withdraws(*ticket, Unwanted::Ever)).collect();
        for ticket in &cut {
            self.move_start(*ticket, StartStage::Withdrawn, effects);
        }
        self.record(&cut, effects);
        self.queues.driven.remove(&queue);
        self.queues.wanted.insert(queue, Wish::Cut);
        self.take_over(now, effects);
        effects.push(Effect::Tell(Event::QueueMoved(queue)));
    }

    /// Lets a start that Hex had refused for want of room leave when there is some.
    pub(super) fn requeue(&mut self, ticket: TicketId, effects: &mut Vec<Effect>) {
        let by = self.ledger.session();
        let queued = self.starts.change(ticket, |start| {
            let may = start.entry.by == by && start.entry.stage.wants_room();
            if may {
                let point = Point { queue: ticket, index: 0, of: 1 };
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

//! Queues: confirmed starts that leave one after the other, as the limits and the kernels allow.
//!
//! One process drives a queue. When that ends, the queue stands still until a person resumes it,
//! because nobody knows whether it is still wanted. The next start leaves only when what became of
//! the last one is known, so one that is lost is not taken for another.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::api::ApiError;
use crate::domain::{Boot, Now, ProjectId, RunStatus, StartRun};

use super::starts::Start;
use super::{Effect, Event, Model};
use crate::engine::budget::Tier;
use crate::engine::journal::{Entry, Point, StartStage, TicketId};

/// The pause after Hex has said that it takes no more starts.
const PAUSE: Duration = Duration::from_secs(30);

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

/// All queues that this process drives, and the one that it is about to take over.
#[derive(Clone, Debug, Default)]
pub(super) struct Queues {
    driven: BTreeMap<TicketId, Queue>,
    taken: Option<TicketId>,
}

/// What a queue is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QueueState {
    /// Its starts leave one after the other; if none can at the moment, why.
    Going(Option<String>),
    /// It stands still, and why.
    Paused(String),
    /// Another process drives it.
    Elsewhere,
    /// Nothing of it waits any more.
    Over,
}

/// A queue as a person sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueView {
    /// Its name.
    pub id: TicketId,
    /// Of what.
    pub project: ProjectId,
    /// What it is doing.
    pub state: QueueState,
    /// Starts that were confirmed together.
    pub of: usize,
    /// Those that wait.
    pub waiting: usize,
    /// Those that have left, and nobody knows yet what became of them.
    pub open: usize,
    /// Those that have begun a run.
    pub started: usize,
    /// Those that were taken back.
    pub withdrawn: usize,
    /// Those that came to nothing, or whose run failed: worth another try.
    pub failed: usize,
    /// When the next one leaves at the earliest.
    pub next: Option<Boot>,
}

impl Model {
    /// Drives a queue from now on.
    pub(super) fn drive(&mut self, queue: TicketId) {
        self.queues.driven.insert(queue, Queue::default());
    }

    /// Whether a start of a queue goes back into it after this answer: Hex has created no run and
    /// may take it later. What will not get better by itself makes the queue stand still.
    pub(super) fn waits_on(&mut self, queue: TicketId, error: &ApiError, now: Boot) -> bool {
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
            _ => false,
        }
    }

    /// Lets the next start of each queue line up for its slot.
    pub(super) fn feed(&mut self, now: Boot) {
        let due = |queue: &Queue| queue.paused.is_none() && queue.not_before <= now;
        let driven = self.queues.driven.iter().filter(|(_, queue)| due(queue));
        let queues: Vec<_> = driven.map(|(id, _)| *id).collect();
        for queue in queues {
            if self.kernels_held_back() {
                return;
            }
            if let Some(next) = self.next_point(queue) {
                self.line_up(next, Tier::Sweep, now);
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

    fn points(&self, queue: TicketId) -> impl Iterator<Item = &Start> {
        let is_of = move |start: &&Start| start.entry.queue.is_some_and(|p| p.queue == queue);
        self.starts.range(queue, queue.point(u16::MAX)).filter(is_of)
    }

    /// Whether queues leave the kernels that are free to others. Runs that have not started yet
    /// will want one.
    fn kernels_held_back(&self) -> bool {
        let active = self.runs().filter(|(_, seen)| seen.run.is_active()).count();
        let on_way = self.starts.open().filter(|s| s.call.is_some()).count();
        let left = self.settings.kernels.saturating_sub(self.kernels_kept_free());
        active + on_way >= usize::try_from(left).unwrap_or(usize::MAX)
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
                self.withdraws(ticket);
            }
            effects.push(Effect::Tell(Event::QueueMoved(queue)));
        }
    }

    /// Goes on with a queue; one whose process is gone is taken over.
    pub(super) fn resume_queue(&mut self, queue: TicketId, now: Now, effects: &mut Vec<Effect>) {
        if self.queues.driven.contains_key(&queue) {
            self.drive(queue);
            effects.push(Effect::Tell(Event::QueueMoved(queue)));
        } else if self.queues.taken.is_none() && !self.journal.is_guessing() {
            let by = self.ledger.session();
            let left = self.left_points(queue).map(|start| match start.lost_secrets().next() {
                Some(secret) => {
                    let why = format!("the secret {secret} was not kept: T enters it again");
                    Entry { stage: StartStage::NeverSent(why), ..start.entry.clone() }
                }
                None => Entry { by, ..start.entry.clone() },
            });
            let left: Vec<_> = left.collect();
            let projects = left.first().map(|entry| (entry.project.clone(), entry.title.clone()));
            if let Some((project, title)) = projects {
                self.see_to_it(&project, &title, now.boot);
                self.queues.taken = Some(queue);
                self.settle(left, effects);
            }
        }
    }

    /// What waits of a queue whose process is gone.
    fn left_points(&self, queue: TicketId) -> impl Iterator<Item = &Start> {
        self.points(queue).filter(|start| {
            start.entry.stage == StartStage::Waiting && self.journal.is_gone(start.entry.by)
        })
    }

    /// The journal has taken what was guessed: a queue among it goes on here.
    pub(super) fn resume_taken(&mut self, effects: &mut Vec<Effect>) {
        if let Some(queue) = self.queues.taken.take() {
            self.drive(queue);
            effects.push(Effect::Tell(Event::QueueMoved(queue)));
        }
    }

    /// The journal has not taken it.
    pub(super) fn not_taken(&mut self) {
        self.queues.taken = None;
    }

    /// Takes everything of a queue back that has not left.
    pub(super) fn cut_queue(&mut self, queue: TicketId, effects: &mut Vec<Effect>) {
        let all: Vec<_> = self.points(queue).map(|start| start.entry.id).collect();
        let cut: Vec<_> = all.into_iter().filter(|ticket| self.withdraws(*ticket)).collect();
        for ticket in &cut {
            self.move_start(*ticket, StartStage::Withdrawn, effects);
        }
        self.record(&cut, effects);
        self.queues.driven.remove(&queue);
        if !self.journal.is_guessing() {
            let back =
                |start: &Start| Entry { stage: StartStage::Withdrawn, ..start.entry.clone() };
            let left = self.left_points(queue).map(back).collect();
            self.settle(left, effects);
        }
        effects.push(Effect::Tell(Event::QueueMoved(queue)));
    }

    /// Lets a start that Hex had refused for want of room leave when there is some.
    pub(super) fn requeue(&mut self, ticket: TicketId, effects: &mut Vec<Effect>) {
        let by = self.ledger.session();
        let queued = self.starts.change(ticket, |start| {
            let for_want_of_room = matches!(
                start.entry.stage,
                StartStage::Refused(ApiError::RateLimited | ApiError::KernelsFull(_))
            );
            let may = start.entry.by == by && for_want_of_room;
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

    /// What of a queue is worth another try, in its order: its starts that came to nothing, and
    /// those whose run failed.
    pub fn failed_points(&self, queue: TicketId) -> Vec<&Start> {
        self.points(queue).filter(|start| self.has_failed(start)).collect()
    }

    fn has_failed(&self, start: &Start) -> bool {
        let entry = &start.entry;
        match &entry.stage {
            StartStage::Refused(_) | StartStage::NotSeen | StartStage::NeverSent(_) => true,
            StartStage::Started(run) | StartStage::ProbablyOurs(run) => {
                let status = self.truth(&entry.project, run).map(|run| &run.status);
                status.is_some_and(|s| s.is_terminal() && *s != RunStatus::Completed)
            }
            _ => false,
        }
    }

    /// What has failed of a queue, ready to be confirmed anew; those whose secrets are lost are
    /// left out.
    pub fn retries(&self, queue: TicketId) -> Vec<StartRun> {
        let failed = self.failed_points(queue).into_iter();
        failed.filter(|s| s.lost_secrets().next().is_none()).map(|s| s.start.clone()).collect()
    }

    /// Every queue, the newest first; those that are over are among them.
    pub fn queues(&self, now: Boot) -> Vec<QueueView> {
        let mut views: BTreeMap<TicketId, QueueView> = BTreeMap::new();
        for start in self.starts.iter() {
            let Some(point) = start.entry.queue else { continue };
            let view = views.entry(point.queue).or_insert_with(|| QueueView {
                id: point.queue,
                project: start.entry.project.clone(),
                state: QueueState::Over,
                of: usize::from(point.of),
                waiting: 0,
                open: 0,
                started: 0,
                withdrawn: 0,
                failed: 0,
                next: None,
            });
            match &start.entry.stage {
                StartStage::Waiting => {
                    view.waiting += 1;
                    let id = start.entry.id;
                    view.next = view.next.or_else(|| self.start_departs_at(id, now));
                }
                StartStage::Sent | StartStage::Unconfirmed(_) | StartStage::Ambiguous(_) => {
                    view.open += 1;
                }
                StartStage::Withdrawn => view.withdrawn += 1,
                _ if self.has_failed(start) => view.failed += 1,
                _ => view.started += 1,
            }
        }
        for view in views.values_mut().filter(|view| view.waiting > 0) {
            view.state = self.queue_state(view.id, now);
        }
        views.into_values().rev().collect()
    }

    fn queue_state(&self, id: TicketId, now: Boot) -> QueueState {
        match self.queues.driven.get(&id) {
            Some(Queue { paused: Some(why), .. }) => QueueState::Paused(why.clone()),
            Some(Queue { not_before, said: Some(said), .. }) if *not_before > now => {
                QueueState::Going(Some(said.clone()))
            }
            Some(_) if self.kernels_held_back() => {
                let kept = self.kernels_kept_free();
                QueueState::Going(Some(format!("waiting for kernels, {kept} are kept free")))
            }
            Some(_) => QueueState::Going(None),
            None if self.left_points(id).next().is_some() => {
                QueueState::Paused("the hextop that sent it has ended".to_owned())
            }
            None => QueueState::Elsewhere,
        }
    }
}

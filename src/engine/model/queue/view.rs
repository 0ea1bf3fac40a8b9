//! What a person sees of the queues. Nothing here changes them.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Queue;
use crate::domain::{Boot, Now, ProjectId, Run, RunStatus, StartRun};
use crate::engine::budget::Tier;
use crate::engine::forecast::{Forecast, Sweep, forecast};
use crate::engine::journal::{StartStage, TicketId};
use crate::engine::model::{Model, Start};

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
    /// Those that have begun a run, by Hex's own answer.
    pub started: usize,
    /// Those whose answer was lost, with a run that is probably their own.
    pub probable: usize,
    /// Those that were taken back.
    pub withdrawn: usize,
    /// Those that came to nothing, or whose run failed: worth another try.
    pub failed: usize,
    /// When the next one leaves at the earliest, if that is known.
    pub next: Option<Boot>,
}

impl QueueView {
    /// Starts of it that have left.
    pub fn left(&self) -> usize {
        self.of.saturating_sub(self.waiting + self.withdrawn)
    }
}

impl Model {
    /// What of a queue is worth another try, in its order: its starts that came to nothing, and
    /// those whose run failed.
    pub fn failed_points(&self, queue: TicketId) -> Vec<&Start> {
        self.points(queue).filter(|start| self.has_failed(start)).collect()
    }

    fn has_failed(&self, start: &Start) -> bool {
        let entry = &start.entry;
        match &entry.stage {
            StartStage::Refused(_) | StartStage::NotSeen | StartStage::NeverSent(_) => true,
            StartStage::Started(run) => {
                let truth = self.truth(&entry.project, run);
                truth.is_some_and(|run| !run.is_active() && run.status != RunStatus::Completed)
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
                probable: 0,
                withdrawn: 0,
                failed: 0,
                next: None,
            });
            match &start.entry.stage {
                StartStage::Waiting => view.waiting += 1,
                StartStage::Sent
                | StartStage::Unconfirmed(_)
                | StartStage::Ambiguous(_)
                | StartStage::Unreadable { .. } => view.open += 1,
                StartStage::ProbablyOurs(_) => view.probable += 1,
                StartStage::Withdrawn => view.withdrawn += 1,
                _ if self.has_failed(start) => view.failed += 1,
                _ => view.started += 1,
            }
        }
        for view in views.values_mut().filter(|view| view.waiting > 0) {
            view.state = self.queue_state(view.id, now);
            view.next = self.queue_departs_at(view.id, now);
        }
        views.into_values().rev().collect()
    }

    fn queue_state(&self, id: TicketId, now: Boot) -> QueueState {
        match self.queues.driven.get(&id) {
            Some(Queue { paused: Some(why), .. }) => QueueState::Paused(why.clone()),
            Some(_) if self.ledger.is_apart() => {
                let why = match self.ledger.is_busy() {
                    true => "waiting for the journal, whose store is busy",
                    false => "the journal cannot be written, and nothing leaves without it",
                };
                QueueState::Going(Some(why.to_owned()))
            }
            Some(Queue { not_before, said: Some(said), .. }) if *not_before > now => {
                QueueState::Going(Some(said.clone()))
            }
            Some(_) if self.kernels_held_back(id) => {
                QueueState::Going(Some(match self.kernels_left_by(id) {
                    0 => "waiting for a kernel".to_owned(),
                    kept => format!("waiting for a kernel, {kept} are kept free"),
                }))
            }
            Some(_) => QueueState::Going(None),
            None if self.left_points(id).next().is_some() => {
                QueueState::Paused("the hextop that sent it has ended".to_owned())
            }
            None => QueueState::Elsewhere,
        }
    }

    /// When the next start of a queue leaves if nothing comes in between; none while nobody knows.
    fn queue_departs_at(&self, id: TicketId, now: Boot) -> Option<Boot> {
        let driven = self.queues.driven.get(&id).filter(|driven| driven.paused.is_none())?;
        let lined_up = self.points(id).find_map(|s| self.start_departs_at(s.entry.id, now));
        if lined_up.is_some() {
            return lined_up;
        }
        let is_free = !self.kernels_held_back(id) && self.next_point(id).is_some();
        (driven.not_before > now || is_free).then_some(driven.not_before.max(now))
    }

    /// How `count` starts of a project would go from now on, one after the other.
    pub fn forecast(&self, project: &ProjectId, count: usize, now: Boot) -> Forecast {
        let (usual, held) = (self.usual(project), Vec::new());
        let sweep = Sweep { count, kernels: self.kernels_for_queues(), held, usual };
        forecast(self.budget(), &sweep, now)
    }

    /// How what waits of a queue would go from now on. The kernels of its runs come back to it
    /// when those have taken as long as usual.
    pub fn forecast_rest(&self, queue: &QueueView, now: Now) -> Forecast {
        let usual = self.usual(&queue.project);
        let server_now = self.server_now(now);
        let runs = self.points(queue.id).filter_map(|start| start.entry.stage.run());
        let runs = runs.filter_map(|run| self.truth(&queue.project, run));
        let left = |run: &Run| {
            let elapsed = run.elapsed_at(server_now).unwrap_or_default();
            now.boot + usual.unwrap_or_default().saturating_sub(elapsed)
        };
        let held = runs.filter(|run| run.is_active()).map(left).collect();
        let (count, kernels) = (queue.waiting, self.kernels_for_queues());
        forecast(self.budget(), &Sweep { count, kernels, held, usual }, now.boot)
    }

    fn usual(&self, project: &ProjectId) -> Option<Duration> {
        self.project(project)?.usual.map(|usual| usual.median)
    }

    /// Starts that a queue of this process has not sent.
    pub fn unsent_in_queues(&self) -> usize {
        let by = self.ledger.session();
        let waits = |start: &&Start| {
            let entry = &start.entry;
            entry.queue.is_some() && entry.stage == StartStage::Waiting && entry.by == by
        };
        self.starts.open().filter(waits).count()
    }

    /// Starts that wait in no queue, and of which more will be known.
    pub fn unsettled_starts(&self) -> usize {
        let queued = |start: &&Start| {
            start.entry.queue.is_some() && start.entry.stage == StartStage::Waiting
        };
        self.starts.open().filter(|start| !queued(start)).count()
    }

    /// For whom a start of a queue is made: one that waits by itself is a person's.
    pub(super) fn tier_of(&self, queue: TicketId) -> Tier {
        if self.is_single(queue) { Tier::Person } else { Tier::Sweep }
    }
}

//! What a person sees of the queues. Nothing here changes them.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::domain::{Boot, Now, ProjectId, Run, RunId, StartRun};
use crate::engine::budget::Priority;
use crate::engine::kernels::Room;
use crate::engine::model::{Model, Start};
use crate::engine::queries::forecast::{Forecast, Sweep, forecast};
use crate::engine::start::batch::{Drive, Fate};
use crate::engine::start::journal::StartId;

/// What a queue is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QueueState {
    /// Its starts leave one after the other; if none can at the moment, why.
    Going(Option<String>),
    /// A rule lets nothing of it leave now, which may be over by itself.
    Forbidden(String),
    /// It waits until this run has been ended by its cancel.
    AfterCancel(RunId),
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
    pub id: StartId,
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
    pub fn failed_points(&self, queue: StartId) -> Vec<&Start> {
        let failed = [Fate::Refused, Fate::Failed];
        let failed = failed.into_iter().flat_map(|fate| self.queues.items(queue, fate));
        let failed: BTreeSet<_> = failed.collect();
        failed.into_iter().filter_map(|ticket| self.starts.get(ticket)).collect()
    }

    /// What has failed of a queue, ready to be confirmed anew; those whose secrets are lost are
    /// left out.
    pub fn retries(&self, queue: StartId) -> Vec<StartRun> {
        let failed = self.failed_points(queue).into_iter();
        failed.filter(|s| s.lost_secrets().next().is_none()).map(|s| s.start.clone()).collect()
    }

    /// Every queue, the newest first; those that are over are among them.
    pub fn queues(&self, now: Now) -> Vec<QueueView> {
        self.queues.ids().rev().filter_map(|id| self.queue(id, now)).collect()
    }

    /// The newest queue.
    pub fn newest_queue(&self) -> Option<StartId> {
        self.queues.ids().next_back()
    }

    /// Queues that were confirmed before this one, the newest first.
    pub fn older_queues(&self, id: StartId) -> impl Iterator<Item = StartId> {
        self.queues.before(id).rev()
    }

    /// Queues that were confirmed after this one, the oldest first.
    pub fn newer_queues(&self, id: StartId) -> impl Iterator<Item = StartId> {
        self.queues.after(id)
    }

    /// Whether there is this queue.
    pub fn has_queue(&self, id: StartId) -> bool {
        self.queues.about(id).is_some()
    }

    /// Queues of which something waits, the newest first.
    pub fn open_queues(&self, now: Now) -> impl Iterator<Item = QueueView> {
        self.queues.waiting().rev().filter_map(move |id| self.queue(id, now))
    }

    /// One queue.
    pub fn queue(&self, id: StartId, now: Now) -> Option<QueueView> {
        let (project, of) = self.queues.about(id)?;
        let count = |fate| self.queues.count(id, fate);
        let waiting = count(Fate::Waiting) + count(Fate::LinedUp);
        let going = waiting > 0;
        Some(QueueView {
            id,
            project: project.clone(),
            state: if going { self.queue_state(id, now) } else { QueueState::Over },
            of,
            waiting,
            open: count(Fate::Open) + count(Fate::Unsettled),
            started: count(Fate::Started),
            probable: count(Fate::Probable),
            withdrawn: count(Fate::Withdrawn),
            failed: count(Fate::Refused) + count(Fate::Failed),
            next: match self.queue_forbidden(id, now) {
                None if going => self.queue_departs_at(id, now.boot),
                _ => None,
            },
        })
    }

    fn queue_state(&self, id: StartId, now: Now) -> QueueState {
        match self.queues.driven(id) {
            Some(Drive { paused: Some(why), .. }) => QueueState::Paused(why.clone()),
            Some(_) if self.coordinator.is_apart() => {
                let why = if self.coordinator.is_busy() {
                    "waiting for the journal, whose store is busy"
                } else {
                    "the journal cannot be written, and nothing leaves without it"
                };
                QueueState::Going(Some(why.to_owned()))
            }
            Some(_) if self.awaited_cancel(id).is_some() => self
                .awaited_cancel(id)
                .cloned()
                .map_or(QueueState::Going(None), QueueState::AfterCancel),
            Some(_) if self.awaited_rival(id).is_some() => {
                QueueState::Going(self.awaited_rival(id))
            }
            Some(Drive { not_before, said: Some(said), .. }) if *not_before > now.boot => {
                QueueState::Going(Some(said.clone()))
            }
            Some(_) => match self.queue_forbidden(id, now) {
                Some(refusal) => QueueState::Forbidden(refusal.to_string()),
                None => QueueState::Going(self.kernel_wait(id, now.boot)),
            },
            None if self.left_points(id).next().is_some() => {
                QueueState::Paused("the hextop that sent it has ended".to_owned())
            }
            None => QueueState::Elsewhere,
        }
    }

    /// Why a queue waits for a kernel, if it does.
    fn kernel_wait(&self, id: StartId, now: Boot) -> Option<String> {
        let limit = self.kernels.limit();
        match (self.room_for(id, now), self.kernels_left_by(id)) {
            (Room::Free, _) => None,
            (Room::Own, 0) => Some(format!("runs started here hold {limit} of {limit} kernels")),
            (Room::Own, kept) => Some(format!(
                "runs started here hold {} of {limit} kernels, {kept} are kept free",
                self.kernels.held().certain
            )),
            (Room::Full { .. }, _) => {
                let why = "Hex has no kernel free; it goes on when a run ends that may hold yours";
                Some(why.to_owned())
            }
        }
    }

    /// When the next start of a queue leaves if nothing comes in between; none while nobody knows.
    fn queue_departs_at(&self, id: StartId, now: Boot) -> Option<Boot> {
        let driven = self.queues.driven(id).filter(|driven| driven.paused.is_none())?;
        if self.awaited_cancel(id).is_some() || self.awaited_rival(id).is_some() {
            return None;
        }
        let mut lined_up = self.queues.items(id, Fate::LinedUp);
        let lined_up = lined_up.find_map(|ticket| self.start_departs_at(ticket, now));
        if lined_up.is_some() {
            return lined_up;
        }
        let kernel = match self.room_for(id, now) {
            Room::Free => self.queues.next(id).is_some().then_some(now),
            Room::Full { again } => Some(again),
            Room::Own => None,
        };
        match kernel {
            Some(at) => Some(at.max(driven.not_before)),
            None => Some(driven.not_before).filter(|at| *at > now),
        }
    }

    /// How `count` starts of a project would go from now on, one after the other.
    pub fn forecast(&self, project: &ProjectId, count: usize, now: Boot) -> Forecast {
        let (usual, held) = (self.usual(project), Vec::new());
        let sweep = Sweep { count, kernels: self.kernels_for_queues(now), held, usual };
        forecast(self.budget(), &sweep, now)
    }

    /// How what waits of a queue would go from now on. The kernels of its runs come back to it
    /// when those have taken as long as usual.
    pub fn forecast_rest(&self, queue: &QueueView, now: Now) -> Forecast {
        let usual = self.usual(&queue.project);
        let server_now = self.server_now(now);
        let runs = self.queues.running(queue.id);
        let runs = runs.filter_map(|run| self.truth(&queue.project, run));
        let left = |run: &Run| {
            let elapsed = run.elapsed_at(server_now).unwrap_or_default();
            now.boot + usual.unwrap_or_default().saturating_sub(elapsed)
        };
        let held = runs.filter(|run| run.is_active()).map(left).collect();
        let (count, kernels) = (queue.waiting, self.kernels_for_queues(now.boot));
        forecast(self.budget(), &Sweep { count, kernels, held, usual }, now.boot)
    }

    fn usual(&self, project: &ProjectId) -> Option<Duration> {
        self.project(project)?.durations.newest().map(|limits| limits.usual)
    }

    /// Starts that a queue of this process has not sent.
    pub fn unsent_in_queues(&self) -> usize {
        self.queues.unsent_by(self.coordinator.session())
    }

    /// Starts that wait in no queue, and of which more will be known.
    pub fn unsettled_starts(&self) -> usize {
        self.starts.open_count().saturating_sub(self.queues.unsent_count())
    }

    /// For whom a start of a queue is made: one that waits by itself is a person's.
    pub(super) fn tier_of(&self, queue: StartId) -> Priority {
        if self.queues.is_single(queue) { Priority::Person } else { Priority::Sweep }
    }
}

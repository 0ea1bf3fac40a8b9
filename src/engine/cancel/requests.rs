//! Which requests cancels want, and what becomes of these in the queue.

use super::Cancels;
use super::entry::{CancelId, CancelStage};
use super::follow::{FollowUp, Share};
use super::lifecycle::Cancelling;
use super::stage::Stage;
use crate::api::Call;
use crate::domain::{Boot, ProjectId, RunId};
use crate::engine::budget::Priority;
use crate::engine::request::CallId;

/// Up to so many open cancels, each is looked after like any other wish of a person; the reads of
/// more leave the reserve to persons, who may have more to cancel.
const FEW: usize = 3;

/// A request that is wanted now.
#[derive(Clone, Debug, PartialEq)]
pub enum Wanted {
    /// A DELETE.
    Delete {
        /// Of this run's cancel.
        run: RunId,
        /// The call.
        call: Call,
        /// For whom.
        priority: Priority,
        /// Whether it is the first of a confirmation.
        is_first: bool,
    },
    /// A read of one run.
    Read(Call, Priority),
    /// A look at the newest runs of this project.
    Look(ProjectId, Priority),
}

impl Cancels {
    /// Requests that are not to leave any more. Each is named until [`Self::taken_back`] or
    /// [`Self::departed`] tells what became of it.
    pub fn unwanted(&self) -> impl Iterator<Item = CallId> {
        self.unwanted.keys().copied()
    }

    /// Notes that a request that nobody wants has been taken back.
    pub fn taken_back(&mut self, call: CallId) {
        self.unwanted.remove(&call);
        self.follow.landed(call);
    }

    /// What is to be asked for now, if anything is. After it [`Self::queued`] is due.
    pub fn next_request(&mut self, share: Share, now: Boot) -> Option<Wanted> {
        while let Some(run) = self.fresh.pop_front() {
            let is_fresh = |cancel: &&Cancelling| cancel.is_unsent() && cancel.call.is_none();
            if let Some(cancel) = self.by_run.get(&run).filter(is_fresh) {
                return Some(cancel.delete(run, true));
            }
        }
        while let Some(next) = self.follow.next(share, now) {
            if let Some(wanted) = self.wanted(next) {
                return Some(wanted);
            }
        }
        None
    }

    fn wanted(&self, next: FollowUp) -> Option<Wanted> {
        let priority = if self.open.count() > FEW { Priority::Sweep } else { Priority::Person };
        match next {
            FollowUp::Delete(run) => {
                let cancel = self.by_run.get(&run).filter(|c| c.stage == Stage::Waiting)?;
                Some(cancel.delete(run, false))
            }
            FollowUp::Read(run) => {
                let cancel = self.by_run.get(&run).filter(|cancel| cancel.is_open())?;
                let call = Call::RunStatus { project: cancel.project.clone(), run };
                Some(Wanted::Read(call, priority))
            }
            FollowUp::Look(project) => {
                (self.open.count_in(&project) > 0).then_some(Wanted::Look(project, priority))
            }
        }
    }

    /// Notes which request was made of what was wanted.
    pub fn queued(&mut self, wanted: &Wanted, call: CallId) {
        let Wanted::Delete { run, is_first, .. } = wanted else {
            return self.follow.queued(call);
        };
        if !is_first {
            self.follow.queued(call);
        }
        // It may be the request of an earlier cancel of this run, which is wanted again.
        self.unwanted.remove(&call);
        if let Some(cancel) = self.by_run.get_mut(run) {
            cancel.call = Some(call);
        }
    }

    /// When [`Self::next_request`] may have something, if nothing happens before.
    pub fn deadline(&self, share: Share, now: Boot) -> Option<Boot> {
        if self.fresh.is_empty() { self.follow.deadline(share, now) } else { Some(now) }
    }

    /// Whether requests that wait for slots are all that keeps others from being wanted; if some
    /// of them wait no more, [`Self::keep_queued`] tells so.
    pub fn is_full(&self, share: Share, now: Boot) -> bool {
        self.follow.is_full(share, now)
    }

    /// Forgets queued requests that wait no more.
    pub fn keep_queued(&mut self, waits: impl Fn(CallId) -> bool) {
        self.follow.keep(waits);
    }

    /// Notes that a request has left.
    pub fn departed(&mut self, call: CallId, run: Option<&RunId>, now: Boot) {
        self.follow.departed(call, now);
        if let Some(id) = self.unwanted.remove(&call) {
            // It was let go while its slot was being claimed.
            return self.left_after_all(id);
        }
        let Some(run) = run else { return };
        if let Some(cancel) = self.by_run.get_mut(run).filter(|c| c.call == Some(call)) {
            cancel.departs(now);
            self.note(run);
        }
    }

    /// What was taken back while its slot was being claimed has left all the same.
    fn left_after_all(&mut self, id: CancelId) {
        let Some(entry) = self.memory.get(id) else { return };
        let stage = match entry.stage {
            CancelStage::Withdrawn => CancelStage::LetGo,
            _ => entry.stage.clone(),
        };
        self.memory.note(id, stage, entry.tries + 1);
    }

    /// Notes that a request has its answer, whatever it was for.
    pub fn landed(&mut self, call: CallId) {
        self.follow.landed(call);
    }
}

//! Cancels: from a person's confirmation until a read shows that the run has ended, or until they
//! are given up.
//!
//! [`Cancels`] owns every cancel, the indices over them, what the journal keeps of them, and when
//! the requests that follow a first DELETE up may be made. It sends nothing itself:
//! [`Cancels::next_request`] tells what is wanted now. The run's shown status stays what the server
//! said last; it becomes *killed* only when a read says so.

mod batch;
mod by_project;
mod entry;
mod export;
mod follow;
mod journal;
mod lifecycle;
mod memory;
mod order;
mod requests;
mod stage;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::api::ApiError;
use crate::domain::{Boot, ProjectId, RunId, RunStatus};

use super::request::CallId;
pub use batch::Batch;
use batch::Batches;
use by_project::OpenRuns;
pub use entry::{CancelEntry, CancelId, CancelStage};
pub use follow::Share;
use follow::{FollowUp, FollowUps};
use lifecycle::Next;
pub use lifecycle::{BLIND, Cancelling, FAILURES, FRUITLESS, REFUSALS, RESEND};
use memory::Memory;
pub use order::{CancelOrder, Confirmation, Target};
pub use requests::Wanted;
pub use stage::{Circumstances, Stage};

/// All cancels.
#[derive(Clone, Debug, Default)]
pub struct Cancels {
    by_run: BTreeMap<RunId, Cancelling>,
    open: OpenRuns,
    stuck: BTreeSet<RunId>,
    unsent: BTreeSet<RunId>,
    /// Confirmed, with a DELETE that has not been asked for yet.
    fresh: VecDeque<RunId>,
    follow: FollowUps,
    batches: Batches,
    memory: Memory,
    /// DELETEs that nobody wants any more, with the cancels that they were for.
    unwanted: BTreeMap<CallId, CancelId>,
    /// The number of the last cancel of this process.
    last: u32,
}

impl Cancels {
    /// Takes in confirmed cancels. Runs that have ended are skipped; a run that is being cancelled
    /// already is not cancelled twice, but one whose cancel is stuck is tried again. Gives the
    /// batch if nothing of it is open.
    pub fn confirm(&mut self, targets: Vec<Target>, by: &Confirmation) -> Option<Batch> {
        let number = self.batches.number();
        let mut batch = Batch::default();
        for Target { project, title, run, has_ended } in targets {
            if has_ended {
                batch.already_ended += 1;
                continue;
            }
            if self.by_run.get(&run).is_some_and(Cancelling::is_open) {
                batch.under_way += 1;
                continue;
            }
            self.close(&run, CancelStage::TriedAgain);
            let target = Target { project: project.clone(), title, run: run.clone(), has_ended };
            let id = self.begin(target, by, CancelStage::Confirmed);
            let cancel = Cancelling::new(id, project, Some(number), by.at.boot);
            self.by_run.insert(run.clone(), cancel);
            self.note(&run);
            self.fresh.push_back(run);
            batch.open += 1;
        }
        self.batches.begin(number, batch)
    }

    /// Enters a cancel into the journal.
    fn begin(&mut self, target: Target, by: &Confirmation, stage: CancelStage) -> CancelId {
        self.last += 1;
        let id = CancelId::new(by.at.wall, by.by, self.last);
        self.memory.begin(CancelEntry {
            id,
            by: by.by,
            who: by.who.clone(),
            project: target.project,
            title: target.title,
            run: target.run,
            at: by.at.wall,
            reason: by.reason.clone(),
            rule: by.rule.clone(),
            stage,
            tries: 0,
            changed: None,
        });
        id
    }

    /// Notes that a person keeps a run from being cancelled by a rule, which is as final as a cancel.
    pub fn keep(&mut self, target: Target, by: &Confirmation) {
        self.begin(target, by, CancelStage::Withdrawn);
    }

    /// Takes back every cancel that has never left; `withdraw` takes a request back and tells
    /// whether it had not left.
    pub fn withdraw_unsent(&mut self, mut withdraw: impl FnMut(CallId) -> bool) -> Vec<Batch> {
        let unsent: Vec<_> = self.unsent.iter().cloned().collect();
        let mut settled = Vec::new();
        for run in unsent {
            let call = self.by_run.get(&run).and_then(|cancel| cancel.call);
            if call.is_none_or(&mut withdraw) {
                settled.extend(self.take_back(&run));
            }
        }
        settled
    }

    /// Takes a cancel back, however far it is: no request is sent for it any more. A request that
    /// waits is to be taken back; see [`Self::unwanted`].
    pub fn let_go(&mut self, run: &RunId) -> Option<Batch> {
        let cancel = self.by_run.get(run)?;
        if cancel.tries > 0 {
            let batch = self.close(run, CancelStage::LetGo)?;
            return self.batches.settle(batch, |batch| batch.let_go += 1);
        }
        self.take_back(run)
    }

    fn take_back(&mut self, run: &RunId) -> Option<Batch> {
        let batch = self.close(run, CancelStage::Withdrawn)?;
        self.batches.settle(batch, |batch| batch.withdrawn += 1)
    }

    /// Takes in the answer to a DELETE.
    pub fn replied(
        &mut self,
        run: &RunId,
        call: CallId,
        answer: Result<(), &ApiError>,
        known: Circumstances,
        now: Boot,
    ) -> Option<Batch> {
        let cancel = self.by_run.get_mut(run).filter(|c| c.call == Some(call))?;
        let next = cancel.replied(answer, known, now);
        self.go_on(run, next)
    }

    /// Takes in what a read that left at `sent` has shown of a run.
    pub fn seen(
        &mut self,
        run: &RunId,
        status: &RunStatus,
        has_ended: bool,
        sent: Boot,
        now: Boot,
    ) -> Option<Batch> {
        let cancel = self.by_run.get_mut(run)?;
        if !has_ended {
            let next = cancel.still_active(sent, now);
            return self.go_on(run, next);
        }
        if *status == RunStatus::Killed {
            let batch = self.close(run, CancelStage::Killed)?;
            return self.batches.settle(batch, |batch| batch.killed += 1);
        }
        let batch = self.close(run, CancelStage::AlreadyEnded(status.word().to_owned()))?;
        self.batches.settle(batch, |batch| batch.already_ended += 1)
    }

    /// Takes in that a read of a run tells nothing; `counts` if it was Hex that answered so.
    pub fn unread(&mut self, run: &RunId, counts: bool, now: Boot) -> Option<Batch> {
        let next = self.by_run.get_mut(run)?.unread(counts, now);
        self.go_on(run, next)
    }

    /// The same for a look at a project.
    pub fn unlooked(&mut self, project: &ProjectId, counts: bool, now: Boot) -> Vec<Batch> {
        let runs: Vec<_> = self.open.of(project).cloned().collect();
        runs.iter().filter_map(|run| self.unread(run, counts, now)).collect()
    }

    /// A page of a project's runs does not have all whose cancels are open: those are read one by
    /// one.
    pub fn off_page(&mut self, project: &ProjectId, on_page: &BTreeSet<RunId>, now: Boot) {
        // Of one alone the next read is wanted already, after its pause.
        if self.open.count_in(project) == 1 {
            return;
        }
        for run in self.open.of(project).filter(|run| !on_page.contains(run)) {
            if self.by_run.get(run).is_some_and(Cancelling::is_looked_after) {
                self.follow.want(FollowUp::Read(run.clone()), now);
            }
        }
    }

    /// Hex does not know a run any more, and said so.
    pub fn gone(&mut self, run: &RunId, reason: String) -> Option<Batch> {
        let batch = self.close(run, CancelStage::Gone(reason.clone()))?;
        let run = run.clone();
        self.batches.settle(batch, |batch| batch.failed.push((run, reason)))
    }

    /// Wants what is next of a cancel. If it is stuck now, its part of the batch is settled.
    fn go_on(&mut self, run: &RunId, next: Next) -> Option<Batch> {
        self.note(run);
        let cancel = self.by_run.get_mut(run)?;
        if let Stage::Stuck { reason } = &cancel.stage {
            let (reason, batch) = (reason.clone(), cancel.batch.take());
            self.forget_requests(run);
            return self.batches.settle(batch, |batch| batch.failed.push((run.clone(), reason)));
        }
        if let Some(at) = next.delete {
            self.follow.want(FollowUp::Delete(run.clone()), at);
        }
        if let Some(at) = next.read {
            let project = cancel.project.clone();
            let read = match self.open.count_in(&project) {
                // Several of one project share a look at it.
                2.. => FollowUp::Look(project),
                _ => FollowUp::Read(run.clone()),
            };
            self.follow.want(read, at);
        }
        None
    }

    /// Takes a cancel out; gives its batch.
    #[allow(clippy::option_option, reason = "a cancel that was taken up is part of no batch")]
    fn close(&mut self, run: &RunId, stage: CancelStage) -> Option<Option<u32>> {
        let cancel = self.by_run.get(run)?;
        if let Some(call) = cancel.call.filter(|_| cancel.stage == Stage::Waiting) {
            self.unwanted.insert(call, cancel.id);
        }
        self.forget_requests(run);
        let cancel = self.by_run.remove(run)?;
        self.memory.note(cancel.id, stage, cancel.tries);
        self.open.set(&cancel.project, run, false);
        self.stuck.remove(run);
        self.unsent.remove(run);
        Some(cancel.batch)
    }

    fn forget_requests(&mut self, run: &RunId) {
        self.follow.forget(&FollowUp::Delete(run.clone()));
        self.follow.forget(&FollowUp::Read(run.clone()));
    }

    /// Brings the indices and the journal up to date with a cancel that has changed.
    fn note(&mut self, run: &RunId) {
        let Some(cancel) = self.by_run.get(run) else { return };
        self.open.set(&cancel.project, run, cancel.is_open());
        for (holds, set) in
            [(cancel.is_stuck(), &mut self.stuck), (cancel.is_unsent(), &mut self.unsent)]
        {
            if holds {
                set.insert(run.clone());
            } else {
                set.remove(run);
            }
        }
        self.memory.note(cancel.id, cancel.kept(), cancel.tries);
    }

    /// The cancel of a run, as long as it is open or stuck.
    pub fn get(&self, run: &RunId) -> Option<&Cancelling> {
        self.by_run.get(run)
    }

    /// The request of a cancel that waits for its slot or its answer.
    pub fn call(&self, run: &RunId) -> Option<CallId> {
        self.by_run.get(run)?.call
    }

    /// When a cancel's next DELETE is due, if it is not asked for yet.
    pub fn due(&self, run: &RunId) -> Option<Boot> {
        self.follow.due(&FollowUp::Delete(run.clone()))
    }

    /// How many are open.
    pub fn open(&self) -> usize {
        self.open.count()
    }

    /// Projects with cancels that are not settled.
    pub fn open_projects(&self) -> impl Iterator<Item = &ProjectId> {
        self.open.projects()
    }

    /// Whether a project has an open one.
    pub fn is_open_in(&self, project: &ProjectId) -> bool {
        self.open.count_in(project) > 0
    }

    /// How many have never left and can be taken back.
    pub fn unsent(&self) -> usize {
        self.unsent.len()
    }

    /// Runs whose cancels are stuck.
    pub fn stuck(&self) -> impl Iterator<Item = &RunId> {
        self.stuck.iter()
    }
}

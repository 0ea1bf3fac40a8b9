//! Cancelling: from a person's confirmation until a read shows that the run has ended.
//!
//! A cancel is safe to repeat, so it is repeated after a timeout or a server's failure, and when
//! the run goes on long after it was accepted. The run's shown status stays what the server said
//! last; it becomes *killed* only when a read says so.

use std::time::Duration;

use crate::api::{ApiError, Call, Kind, Reply};
use crate::domain::{Boot, ProjectId, RunId, RunStatus};

use super::{Effect, Event, Model, backoff};
use crate::engine::budget::Tier;
use crate::engine::outbox::CallId;

/// An accepted cancel that has not ended the run after this is sent again.
const AGAIN: Duration = Duration::from_mins(1);
/// How long after it was accepted a cancel is first looked after.
const LOOK_AFTER: Duration = Duration::from_secs(1);
/// How far behind reads may be: one that shows a run as going on so soon after Hex has refused to
/// cancel it does not show that the run had not ended.
const READS_LAG: Duration = Duration::from_secs(10);
/// Up to so many open cancels, each is looked after like any other wish of a person.
const FEW: usize = 3;
/// The longest pause between two looks after a cancel, and between two tries of one.
const LONGEST: Duration = Duration::from_secs(15);

/// A confirmed cancel of one run.
#[derive(Clone, Debug, PartialEq)]
pub struct Cancelling {
    /// The run's project.
    pub project: ProjectId,
    /// When it was confirmed.
    pub since: Boot,
    /// How far it is.
    pub stage: Stage,
    /// Requests sent for it.
    pub tries: u32,
    looks: u32,
    batch: u32,
}

/// How far a cancel is.
#[derive(Clone, Debug, PartialEq)]
pub enum Stage {
    /// Waiting for its slot, or for the pause before another try.
    Waiting(CallId),
    /// On its way.
    Sent,
    /// Hex has accepted it; the run has not ended yet.
    Accepted {
        /// Since when.
        at: Boot,
    },
    /// Hex would not; a read will show whether the run had ended already.
    Doubtful {
        /// What Hex said.
        reason: String,
        /// When; only a read that left later counts.
        since: Boot,
    },
    /// It failed for good.
    Failed {
        /// Why.
        reason: String,
    },
}

impl Cancelling {
    /// Whether it is still being worked on.
    pub fn is_open(&self) -> bool {
        !matches!(self.stage, Stage::Failed { .. })
    }
}

/// What came of all cancels of one confirmation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// Ended by being cancelled.
    pub killed: usize,
    /// Had ended otherwise before the cancel reached them.
    pub already_ended: usize,
    /// Taken back before they left.
    pub withdrawn: usize,
    /// Could not be cancelled, and why.
    pub failed: Vec<(RunId, String)>,
    open: usize,
}

impl Model {
    /// Confirms cancels. Runs that have ended meanwhile are skipped; a run that is being
    /// cancelled already is not cancelled twice.
    pub(super) fn cancel(
        &mut self,
        runs: Vec<(ProjectId, RunId)>,
        now: Boot,
        effects: &mut Vec<Effect>,
    ) {
        let number = self.batches.last_key_value().map_or(0, |(last, _)| last + 1);
        let mut batch = Batch::default();
        for (project, run) in runs {
            if self.truth(&project, &run).is_some_and(|truth| !truth.is_active()) {
                batch.already_ended += 1;
                continue;
            }
            if self.cancels.get(&run).is_some_and(Cancelling::is_open) {
                continue;
            }
            let call = Call::Cancel { project: project.clone(), run: run.clone() };
            let stage = Stage::Waiting(self.outbox.want(call, Tier::Cancel, now));
            let (tries, looks) = (0, 0);
            let cancel = Cancelling { project, since: now, stage, tries, looks, batch: number };
            self.cancels.insert(run, cancel);
            batch.open += 1;
        }
        self.batches.insert(number, batch);
        self.report(number, effects);
    }

    /// Takes back every cancel that has never left.
    pub(super) fn withdraw_cancels(&mut self, effects: &mut Vec<Effect>) {
        let unsent: Vec<_> = self
            .cancels
            .iter()
            .filter_map(|(run, cancel)| match cancel.stage {
                Stage::Waiting(call) if cancel.tries == 0 => Some((run.clone(), call)),
                _ => None,
            })
            .collect();
        for (run, call) in unsent {
            if self.outbox.withdraw(call) {
                self.close_cancel(&run, |batch| batch.withdrawn += 1, effects);
            }
        }
    }

    /// When each of `count` cancels confirmed now would leave.
    pub fn cancel_plan(&self, count: usize, now: Boot) -> Vec<Boot> {
        self.ledger.budget().forecast(Kind::Cancel, Tier::Cancel, count, now)
    }

    pub(super) fn cancel_departs(&mut self, run: &RunId) {
        if let Some(cancel) = self.cancels.get_mut(run) {
            cancel.stage = Stage::Sent;
            cancel.tries += 1;
        }
    }

    pub(super) fn cancel_replied(
        &mut self,
        run: &RunId,
        result: Result<Reply, ApiError>,
        now: Boot,
        effects: &mut Vec<Effect>,
    ) {
        let Some(cancel) = self.cancels.get_mut(run).filter(|cancel| cancel.is_open()) else {
            return;
        };
        let project = cancel.project.clone();
        let young = self.is_young(&project, run, now);
        let Some(cancel) = self.cancels.get_mut(run) else { return };
        match result {
            Ok(_) => {
                cancel.stage = Stage::Accepted { at: now };
                cancel.looks = 0;
                self.look_after(&project, run, now + LOOK_AFTER);
            }
            Err(error @ ApiError::Forbidden(_)) => {
                self.fail_cancel(run, error.to_string(), effects);
            }
            Err(error @ (ApiError::Rejected { .. } | ApiError::NotFound(_)))
                if !(young && matches!(error, ApiError::NotFound(_))) =>
            {
                cancel.stage = Stage::Doubtful { reason: error.to_string(), since: now };
                self.look_after(&project, run, now);
            }
            Err(error) => {
                // Whether it was carried out is not known: look, and meanwhile send it again. The
                // rate and the token are waited for by the budget and by the person.
                let at_once = matches!(error, ApiError::RateLimited | ApiError::Unauthorized);
                let pause =
                    if at_once { Duration::ZERO } else { backoff(cancel.tries).min(LONGEST) };
                let call = Call::Cancel { project: project.clone(), run: run.clone() };
                let waiting = self.outbox.want(call, Tier::Cancel, now + pause);
                if let Some(cancel) = self.cancels.get_mut(run) {
                    cancel.stage = Stage::Waiting(waiting);
                }
                if !at_once {
                    self.look_after(&project, run, now);
                }
            }
        }
    }

    /// Takes in what a read that left at `sent` has shown of a run that is being cancelled.
    pub(super) fn settle_cancel(
        &mut self,
        project: &ProjectId,
        run: &RunId,
        sent: Boot,
        now: Boot,
        effects: &mut Vec<Effect>,
    ) {
        let Some(truth) = self.truth(project, run) else { return };
        let (status, has_ended) = (truth.status.clone(), !truth.is_active());
        let Some(cancel) = self.cancels.get_mut(run) else { return };
        if !cancel.is_open() {
            if has_ended {
                self.cancels.remove(run);
            }
            return;
        }
        if has_ended {
            if let Stage::Waiting(call) = cancel.stage {
                self.outbox.withdraw(call);
            }
            let settle = |batch: &mut Batch| match status {
                RunStatus::Killed => batch.killed += 1,
                _ => batch.already_ended += 1,
            };
            self.close_cancel(run, settle, effects);
            return;
        }
        match cancel.stage.clone() {
            Stage::Doubtful { reason, since } if sent >= since + READS_LAG => {
                self.fail_cancel(run, reason, effects);
            }
            Stage::Accepted { at } if at + AGAIN <= now => {
                let call = Call::Cancel { project: project.clone(), run: run.clone() };
                cancel.stage = Stage::Waiting(self.outbox.want(call, Tier::Cancel, now));
            }
            Stage::Accepted { .. } | Stage::Doubtful { .. } => {
                self.cancel_unread(project, run, now);
            }
            Stage::Waiting(_) | Stage::Sent | Stage::Failed { .. } => {}
        }
    }

    /// Looks again, after a growing pause, at a run whose cancel is not settled.
    pub(super) fn cancel_unread(&mut self, project: &ProjectId, run: &RunId, now: Boot) {
        let Some(cancel) = self.cancels.get_mut(run) else {
            return;
        };
        if matches!(cancel.stage, Stage::Accepted { .. } | Stage::Doubtful { .. }) {
            cancel.looks += 1;
            let pause = backoff(cancel.looks).min(LONGEST);
            self.look_after(project, run, now + pause);
        }
    }

    /// A look at a project failed: the cancels that were to be settled by it are looked after
    /// again.
    pub(super) fn cancels_unread(&mut self, project: &ProjectId, now: Boot) {
        let theirs = self.cancels.iter().filter(|(_, cancel)| cancel.project == *project);
        let runs: Vec<_> = theirs.map(|(run, _)| run.clone()).collect();
        for run in runs {
            self.cancel_unread(project, &run, now);
        }
    }

    pub(super) fn fail_cancel(&mut self, run: &RunId, reason: String, effects: &mut Vec<Effect>) {
        let Some(cancel) = self.cancels.get_mut(run).filter(|cancel| cancel.is_open()) else {
            return;
        };
        if let Stage::Waiting(call) = cancel.stage {
            self.outbox.withdraw(call);
        }
        cancel.stage = Stage::Failed { reason: reason.clone() };
        let number = cancel.batch;
        if let Some(batch) = self.batches.get_mut(&number) {
            batch.failed.push((run.clone(), reason));
            batch.open -= 1;
        }
        self.report(number, effects);
    }

    /// Wants a read that shows how a cancelled run is; several of one project share a look at it.
    /// The reads of many leave the reserve to persons: there may be more to cancel.
    fn look_after(&mut self, project: &ProjectId, run: &RunId, at: Boot) {
        let tier = if self.open_cancels() > FEW { Tier::Sweep } else { Tier::Person };
        let theirs = |cancel: &&Cancelling| cancel.project == *project && cancel.is_open();
        if self.cancels.values().filter(theirs).count() > 1 {
            self.look(project, tier, at);
            return;
        }
        let call = Call::RunStatus { project: project.clone(), run: run.clone() };
        self.outbox.want(call, tier, at);
    }

    fn close_cancel(
        &mut self,
        run: &RunId,
        settle: impl FnOnce(&mut Batch),
        effects: &mut Vec<Effect>,
    ) {
        let Some(cancel) = self.cancels.remove(run) else {
            return;
        };
        self.revision += 1;
        if let Some(batch) = self.batches.get_mut(&cancel.batch) {
            settle(batch);
            batch.open -= 1;
        }
        self.report(cancel.batch, effects);
    }

    /// Tells the person once nothing of a batch is open any more.
    fn report(&mut self, number: u32, effects: &mut Vec<Effect>) {
        if self.batches.get(&number).is_some_and(|batch| batch.open == 0) {
            let batch = self.batches.remove(&number).unwrap_or_default();
            effects.push(Effect::Tell(Event::CancelsSettled(batch)));
        }
    }
}

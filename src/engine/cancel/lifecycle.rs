//! The life of one cancel: which answer and which read lead to which stage.
//!
//! A cancel is safe to repeat, so it is repeated after a failure of the server, and when the run
//! goes on long after it was accepted; but not for ever. After [`REFUSALS`] refusals, [`FAILURES`]
//! failures, [`FRUITLESS`] accepted DELETEs that end nothing or [`BLIND`] reads that fail it is
//! stuck: it costs no request any more until a person tries again or lets it go.

use std::time::Duration;

use crate::api::{ApiError, Call};
use crate::domain::{Boot, ProjectId, RunId};
use crate::engine::budget::Priority;
use crate::engine::request::CallId;

use super::Wanted;
use super::entry::{CancelId, CancelStage};
use super::stage::{Circumstances, Stage};

/// Refusals (400, 404, 409, 410, 422) of a run that a later read shows as active, until the cancel
/// is stuck.
pub const REFUSALS: u32 = 3;
/// Other answers by which nothing is cancelled (5xx, 405, a login page), until the cancel is stuck.
/// With the pauses between them they take a minute and a quarter, which outlasts a restart of the
/// server.
pub const FAILURES: u32 = 8;
/// DELETEs that Hex has accepted, each a minute before a read that shows the run as active, until
/// the cancel is stuck.
pub const FRUITLESS: u32 = 3;
/// Reads after a DELETE, one after the other, that Hex answers without saying how the run is, until
/// the cancel is stuck.
pub const BLIND: u32 = 20;
/// A cancel that a process has left open is sent again by another one only within this time from
/// its confirmation: later its person may have seen to the run otherwise.
pub const RESEND: Duration = Duration::from_mins(2);

/// An accepted cancel that has not ended the run after this is sent again.
const AGAIN: Duration = Duration::from_mins(1);
/// How long after it was accepted a cancel is first looked after.
const LOOK_AFTER: Duration = Duration::from_secs(1);
/// How far behind reads may be: one that shows a run as going on so soon after Hex has refused to
/// cancel it does not show that the run had not ended.
const READS_LAG: Duration = Duration::from_secs(10);
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
    /// DELETEs sent for it.
    pub tries: u32,
    pub(super) id: CancelId,
    pub(super) batch: Option<u32>,
    /// The DELETE that waits for its slot or for its answer.
    pub(super) call: Option<CallId>,
    /// For whom the next DELETE is made.
    pub(super) priority: Priority,
    refusals: u32,
    failures: u32,
    fruitless: u32,
    looks: u32,
    blind: u32,
    /// When the DELETE before the last one left; first, when the cancel was confirmed.
    before: Boot,
    last: Boot,
}

/// What is to be asked next for a cancel, and not before when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Next {
    pub(super) delete: Option<Boot>,
    pub(super) read: Option<Boot>,
}

impl Next {
    fn delete(at: Boot) -> Self {
        Self { delete: Some(at), read: None }
    }

    fn read(at: Boot) -> Self {
        Self { delete: None, read: Some(at) }
    }
}

impl Cancelling {
    pub(super) fn new(id: CancelId, project: ProjectId, batch: Option<u32>, since: Boot) -> Self {
        Self {
            project,
            since,
            stage: Stage::Waiting,
            tries: 0,
            id,
            batch,
            call: None,
            priority: Priority::Cancel,
            refusals: 0,
            failures: 0,
            fruitless: 0,
            looks: 0,
            blind: 0,
            before: since,
            last: since,
        }
    }

    /// Whether it is still being worked on.
    pub fn is_open(&self) -> bool {
        !self.is_stuck()
    }

    /// Whether it was given up until a person decides.
    pub fn is_stuck(&self) -> bool {
        matches!(self.stage, Stage::Stuck { .. })
    }

    /// Whether no DELETE of it has left yet.
    pub fn is_unsent(&self) -> bool {
        self.tries == 0 && self.stage == Stage::Waiting
    }

    /// Its DELETE, as it is wanted next.
    pub(super) fn delete(&self, run: RunId, is_first: bool) -> Wanted {
        let call = Call::Cancel { project: self.project.clone(), run: run.clone() };
        Wanted::Delete { run, call, priority: self.priority, is_first }
    }

    /// How the journal has it.
    pub(super) fn kept(&self) -> CancelStage {
        match &self.stage {
            Stage::TakenUp { stuck: Some(reason), .. } | Stage::Stuck { reason } => {
                CancelStage::Stuck(reason.clone())
            }
            Stage::Waiting | Stage::TakenUp { .. } if self.tries == 0 => CancelStage::Confirmed,
            Stage::Accepted { .. } => CancelStage::Accepted,
            Stage::Waiting | Stage::Sent | Stage::Doubtful { .. } | Stage::TakenUp { .. } => {
                CancelStage::Sent
            }
        }
    }

    pub(super) fn departs(&mut self, now: Boot) {
        self.stage = Stage::Sent;
        self.tries += 1;
        (self.before, self.last) = (self.last, now);
    }

    /// Takes in the answer to its DELETE.
    pub(super) fn replied(
        &mut self,
        answer: Result<(), &ApiError>,
        known: Circumstances,
        now: Boot,
    ) -> Next {
        self.call = None;
        let error = match answer {
            Ok(()) => {
                self.stage = Stage::Accepted { at: now };
                (self.looks, self.blind) = (0, 0);
                return Next::read(now + LOOK_AFTER);
            }
            Err(error) => error,
        };
        match error {
            // The rate and the token are waited for by the budget and by the person.
            ApiError::RateLimited | ApiError::Unauthorized => self.again(Priority::Cancel, now),
            ApiError::Forbidden(_) => self.stick(error.to_string()),
            _ if is_refusal(error) && !(known.is_young && is_not_found(error)) => {
                self.stage = Stage::Doubtful { reason: error.to_string(), since: now };
                Next::read(now)
            }
            _ => {
                // While nothing gets through it is not Hex that fails.
                let reached = known.last_good.is_some_and(|at| at >= self.before);
                let counts = match error {
                    ApiError::Transport(_) => reached,
                    _ => !is_not_found(error),
                };
                self.failures += u32::from(counts);
                if self.failures >= FAILURES {
                    return self.stick(error.to_string());
                }
                // Whether it was carried out is not known: look, and meanwhile send it again.
                let pause = backoff(self.tries);
                Next { read: Some(now), ..self.again(Priority::Person, now + pause) }
            }
        }
    }

    /// Takes in that a read which left at `sent` shows the run as active.
    pub(super) fn still_active(&mut self, sent: Boot, now: Boot) -> Next {
        self.blind = 0;
        match self.stage.clone() {
            Stage::Doubtful { reason, since } if sent >= since + READS_LAG => {
                self.refusals += 1;
                if self.refusals >= REFUSALS {
                    return self.stick(reason);
                }
                self.again(Priority::Person, now)
            }
            Stage::Accepted { at } if sent >= at + AGAIN => {
                self.fruitless += 1;
                if self.fruitless >= FRUITLESS {
                    let times = self.fruitless;
                    return self.stick(format!(
                        "Hex accepted the cancel {times} times, and the run goes on"
                    ));
                }
                self.again(Priority::Person, now)
            }
            Stage::TakenUp { since, resend, stuck } if sent >= since => match (stuck, resend) {
                (Some(reason), _) => self.stick(reason),
                (None, Some(until)) if now < until => self.again(Priority::Person, now),
                (None, _) => self.stick(LEFT_OPEN.to_owned()),
            },
            Stage::Waiting | Stage::Sent | Stage::Stuck { .. } => Next::default(),
            Stage::Accepted { .. } | Stage::Doubtful { .. } | Stage::TakenUp { .. } => {
                self.look_again(now)
            }
        }
    }

    /// Takes in that a read tells nothing of the run; `counts` if it was Hex that answered so.
    pub(super) fn unread(&mut self, counts: bool, now: Boot) -> Next {
        if !self.is_looked_after() {
            return Next::default();
        }
        self.blind += u32::from(counts);
        if self.blind >= BLIND {
            return self.stick(UNREADABLE.to_owned());
        }
        self.look_again(now)
    }

    /// Whether a read is to show what has become of the run.
    pub(super) fn is_looked_after(&self) -> bool {
        matches!(
            self.stage,
            Stage::Accepted { .. } | Stage::Doubtful { .. } | Stage::TakenUp { .. }
        )
    }

    pub(super) fn stick(&mut self, reason: String) -> Next {
        self.stage = Stage::Stuck { reason };
        Next::default()
    }

    fn again(&mut self, priority: Priority, at: Boot) -> Next {
        (self.stage, self.priority) = (Stage::Waiting, priority);
        Next::delete(at)
    }

    fn look_again(&mut self, now: Boot) -> Next {
        self.looks += 1;
        Next::read(now + backoff(self.looks))
    }
}

const LEFT_OPEN: &str = "the hextop that had confirmed it has ended, too long ago to send it \
                         again by itself";
const UNREADABLE: &str = "what has become of the run cannot be read";

/// The pause after so many tries: 2, 4, 8 and then 15 seconds.
fn backoff(tries: u32) -> Duration {
    Duration::from_secs(1 << tries.clamp(1, 4)).min(LONGEST)
}

fn is_not_found(error: &ApiError) -> bool {
    matches!(error, ApiError::NotFound(_))
}

/// Whether the server says that there is nothing to cancel, which a read can check.
fn is_refusal(error: &ApiError) -> bool {
    match error {
        ApiError::NotFound(_) | ApiError::Rejected { .. } => true,
        ApiError::Unreadable { status, .. } => matches!(status, 409 | 410),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pauses_grow_up_to_a_quarter_of_a_minute() {
        let pauses = [0, 1, 2, 3, 4, 50].map(|tries| backoff(tries).as_secs());
        assert_eq!(pauses, [2, 2, 4, 8, 15, 15]);
    }
}

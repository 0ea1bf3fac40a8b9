//! The task behind `login` and `doctor`: whose token it is, and perhaps one look at the list and at
//! one project, within the budget that all hextop processes share.

use std::future::Future;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use crate::api::{ApiError, Call, Connection, PageOrder, PathStyle, RateHint, Reply, Response};
use crate::clock;
use crate::domain::{Boot, Now, ProjectId};
use crate::engine::model::{Health, Intent, PollScope};
use crate::engine::{Event, Model};
use crate::shell::headless::{Step, Task};
use crate::shell::wire::{HttpWire, Wire};

/// What an answer says of the server.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Seen {
    pub(super) call: Call,
    pub(super) style: PathStyle,
    pub(super) error: Option<ApiError>,
    pub(super) rate: RateHint,
    pub(super) date: Option<Timestamp>,
    /// In which order the runs of a page stand, and how many there are.
    pub(super) order: Option<(PageOrder, usize)>,
    /// Between which times of this machine it was on its way.
    pub(super) sent: Timestamp,
    pub(super) received: Timestamp,
}

/// All answers so far, and how many requests have left.
#[derive(Clone, Debug, Default)]
pub(super) struct Record(Arc<Mutex<(Vec<Seen>, usize)>>);

impl Record {
    pub(super) fn answers(&self) -> Vec<Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0.clone()
    }

    pub(super) fn requests(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1
    }
}

/// A workspace over HTTP whose answers are written down.
#[derive(Clone, Debug)]
pub(super) struct RecordingWire {
    pub(super) wire: HttpWire,
    pub(super) record: Record,
}

impl Wire for RecordingWire {
    fn send(
        &self,
        call: Call,
        style: PathStyle,
        connection: Connection,
    ) -> impl Future<Output = Response> + Send + 'static {
        self.record.0.lock().unwrap_or_else(PoisonError::into_inner).1 += 1;
        let (record, sent) = (self.record.clone(), clock::now().wall);
        let answer = self.wire.send(call.clone(), style, connection);
        async move {
            let response = answer.await;
            let order = match &response.result {
                Ok(Reply::Runs { runs, order, .. }) => Some((*order, runs.len())),
                _ => None,
            };
            record.0.lock().unwrap_or_else(PoisonError::into_inner).0.push(Seen {
                call,
                style,
                error: response.result.as_ref().err().cloned(),
                rate: response.rate,
                date: response.date,
                order,
                sent,
                received: clock::now().wall,
            });
            response
        }
    }

    fn read_token(&self) -> impl Future<Output = Result<bool, String>> + Send + 'static {
        self.wire.read_token()
    }
}

/// How much is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Depth {
    /// Whose token it is.
    Owner,
    /// Also the list of projects, and the newest runs of one.
    Workspace,
}

/// How it ended.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Ended {
    /// All was looked at that can be.
    Done,
    /// Hex refused the token, and once more after it was read anew.
    TokenRefused,
    /// Nothing gets through.
    Unreachable(ApiError),
    /// The time was up.
    TimeUp,
    /// By this signal.
    Signal(u8),
}

#[derive(Debug)]
enum Phase {
    Begin,
    Owner,
    Listing,
    Looking,
}

/// The task.
#[derive(Debug)]
pub(super) struct Probe {
    depth: Depth,
    record: Record,
    until: Boot,
    phase: Phase,
}

/// Looks at a project's runs that may fail before it is given up: of two generations of paths one is
/// not there.
const LOOKS: usize = 2;

impl Probe {
    pub(super) fn new(depth: Depth, record: Record, until: Boot) -> Self {
        Self { depth, record, until, phase: Phase::Begin }
    }

    /// Whether it was asked for this, and how often that failed.
    fn failures(&self, is_it: fn(&Call) -> bool) -> (bool, usize) {
        let answers = self.record.answers();
        let of = |good: bool| {
            answers.iter().filter(move |seen| is_it(&seen.call) && seen.error.is_none() == good)
        };
        let refused = |seen: &&Seen| seen.error == Some(ApiError::Unauthorized);
        (of(true).next().is_some(), of(false).filter(|seen| !refused(seen)).count())
    }

    fn trouble(&self, model: &Model, now: Now) -> Option<Ended> {
        match model.health(now.boot) {
            Health::TokenRefused => Some(Ended::TokenRefused),
            Health::TokenDoubted { tries, .. } if tries > 0 => Some(Ended::TokenRefused),
            Health::Offline { error, .. } => Some(Ended::Unreachable(error)),
            _ => (self.until <= now.boot).then_some(Ended::TimeUp),
        }
    }
}

/// A project of which there may be runs.
fn runnable(model: &Model) -> Option<ProjectId> {
    let mut projects = model.projects().map(|state| &state.project);
    projects.find(|project| project.is_runnable()).map(|project| project.id.clone())
}

impl Task for Probe {
    type End = Ended;

    fn step(&mut self, _: &[Event], model: &Model, now: Now) -> io::Result<Step<Ended>> {
        if let Some(ended) = self.trouble(model, now) {
            return Ok(Step::End(ended));
        }
        Ok(match self.phase {
            Phase::Begin => {
                self.phase = Phase::Owner;
                Step::StoreRequest(Intent::Poll(PollScope::Selected))
            }
            Phase::Owner => {
                // A refused token is tried again, which tells more than the first refusal.
                if model.me().is_none() && self.failures(|call| *call == Call::Me).1 == 0 {
                    return Ok(Step::Wait);
                }
                if self.depth == Depth::Owner {
                    return Ok(Step::End(Ended::Done));
                }
                self.phase = Phase::Listing;
                Step::StoreRequest(Intent::ListProjects(now.boot))
            }
            Phase::Listing => match runnable(model) {
                Some(project) => {
                    self.phase = Phase::Looking;
                    Step::StoreRequest(Intent::Refresh(project))
                }
                None if model.is_listed() || model.listing_error().is_some() => {
                    Step::End(Ended::Done)
                }
                None => Step::Wait,
            },
            Phase::Looking => {
                let (is_read, failed) = self.failures(|call| matches!(call, Call::ListRuns { .. }));
                if is_read || failed >= LOOKS { Step::End(Ended::Done) } else { Step::Wait }
            }
        })
    }

    fn deadline(&self) -> Option<Boot> {
        Some(self.until)
    }
}

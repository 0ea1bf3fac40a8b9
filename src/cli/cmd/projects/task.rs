//! The task of `hextop projects`: to have the list of projects read, unless that was done just now.

use std::io;
use std::time::Duration;

use crate::api::ApiError;
use crate::cli::reading::{Failure, Waiter};
use crate::domain::{Boot, Now};
use crate::engine::model::PollScope;
use crate::engine::{Event, Intent, Model};
use crate::shell::headless::{Step, Task};

/// A list that was read so short a time before is used as it is.
const FRESH: Duration = Duration::from_mins(1);

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Begin,
    Joining,
    Reading,
}

/// The task.
#[derive(Debug)]
pub(super) struct ListTask {
    waiter: Waiter,
    /// What was read since is fresh.
    fresh: Boot,
    phase: Phase,
}

impl ListTask {
    pub(super) fn new(waiter: Waiter, began: Boot) -> Self {
        Self { waiter, fresh: began - FRESH, phase: Phase::Begin }
    }

    /// How it ends, if it does.
    fn end(&mut self, model: &Model, now: Now) -> Option<Result<(), Failure>> {
        if model.listed_at().is_some_and(|at| at >= self.fresh) {
            return Some(Ok(()));
        }
        if let Some(error) = model.listing_error().filter(|error| !error.is_transient()) {
            // An old list with the reason beside it is better than none.
            return Some(match error {
                _ if model.listed_at().is_some() => Ok(()),
                ApiError::Forbidden(_) => {
                    let text = format!("the projects cannot be listed: {error}");
                    Err(Failure::Forbidden(text))
                }
                error => Err(Failure::Nothing(format!("the projects cannot be listed: {error}"))),
            });
        }
        let failure = self.waiter.wait_for_list(model, now)?;
        let is_known = model.listed_at().is_some() && model.listing_error().is_some();
        Some(if is_known { Ok(()) } else { Err(failure) })
    }
}

impl Task for ListTask {
    type End = Result<(), Failure>;

    fn step(&mut self, _: &[Event], model: &Model, now: Now) -> io::Result<Step<Self::End>> {
        Ok(match self.phase {
            // Nothing is polled.
            Phase::Begin => {
                self.phase = Phase::Joining;
                Step::StoreRequest(Intent::Poll(PollScope::Selected))
            }
            Phase::Joining if !model.has_read_store() => Step::Wait,
            Phase::Joining => {
                self.phase = Phase::Reading;
                Step::StoreRequest(Intent::ListProjects(self.fresh))
            }
            Phase::Reading => match self.end(model, now) {
                None => Step::Wait,
                Some(end) => {
                    self.waiter.progress.clear();
                    Step::End(end)
                }
            },
        })
    }

    fn note(&mut self, text: &str) {
        self.waiter.progress.say(text);
    }

    fn deadline(&self) -> Option<Boot> {
        self.waiter.deadline()
    }
}

//! One confirmed start.

use std::time::Duration;

use crate::domain::inputs::Body;
use crate::domain::time::between;
use crate::domain::{Boot, Now, StartRun};
use crate::engine::request::CallId;
use crate::engine::server::clock::ServerClock;
use crate::engine::start::journal::{Entry, StartStage};

/// How the journal has a start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::engine) struct Recording {
    /// Writings that are not answered.
    pub(in crate::engine) asked: u32,
    /// Whether anything is owed.
    pub(in crate::engine) owed: bool,
    /// Whether it was ever written.
    pub(in crate::engine) written: bool,
    /// How often the journal did not have it although it was written.
    pub(in crate::engine) refused: u32,
}

impl Recording {
    pub(in crate::engine) fn written() -> Self {
        Self { written: true, ..Self::default() }
    }

    /// Whether the journal does not have it as it is now.
    pub(in crate::engine) fn is_owed(self) -> bool {
        self.owed
    }

    /// Whether the journal has it; without a store the model is all the journal there is.
    pub(in crate::engine) fn is_written(self, has_store: bool) -> bool {
        self.written || !has_store
    }
}

/// For how long a start is not to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) enum Withdrawal {
    /// For now: its queue is paused.
    Now,
    /// For ever: it is taken back.
    Ever,
    /// For ever: its record could not be read, so another process may have sent it.
    Unreadable {
        /// Whether it was open by that record.
        open: bool,
    },
}

/// A confirmed start.
#[derive(Clone, Debug, PartialEq)]
pub struct Start {
    /// What the journal keeps of it.
    pub entry: Entry,
    /// What is sent; without its secrets if an earlier process had confirmed it.
    pub start: StartRun,
    /// When it was confirmed; zero if that was before this machine's last start.
    pub since: Boot,
    /// Its request, from the moment that it is to leave next until its answer.
    pub(in crate::engine) call: Option<CallId>,
    /// The look that it waits for.
    pub(in crate::engine) after: Option<CallId>,
    /// How the journal has it.
    pub(in crate::engine) recording: Recording,
    /// How the journal will have it once its slot is taken.
    pub(in crate::engine) departure: Option<Entry>,
    /// Whether it was taken back while its slot was being claimed: that counts if it gets none.
    pub(in crate::engine) unwanted: Option<Withdrawal>,
    /// Since when this process looks for its run.
    pub(in crate::engine) sought: Option<Boot>,
    /// From when on its request is certainly not on its way any more, by what this process itself
    /// has seen of it.
    pub(in crate::engine) given_up: Option<Boot>,
}

impl Start {
    pub(in crate::engine) fn new(entry: Entry, start: StartRun, since: Boot) -> Self {
        Self {
            entry,
            start,
            since,
            call: None,
            after: None,
            recording: Recording::default(),
            departure: None,
            unwanted: None,
            sought: None,
            given_up: None,
        }
    }

    /// One that another process, or an earlier one, has confirmed. If it has left and nobody knows
    /// its answer, it is no longer on its way `patience` from now.
    pub(in crate::engine) fn told(entry: Entry, patience: Duration, now: Now) -> Self {
        let start = Body::of(&entry.body).ok().and_then(|body| body.into_start().ok());
        let since = now.boot - between(entry.at, now.wall);
        let recording = Recording::written();
        let mut told = Self { recording, ..Self::new(entry, start.unwrap_or_default(), since) };
        told.note_departure(now.boot + patience);
        told
    }

    /// Notes that a request that has left, and of whose answer nobody knows yet, is not on its way
    /// any more from `at` on.
    pub(in crate::engine) fn note_departure(&mut self, at: Boot) {
        if matches!(self.entry.stage, StartStage::Sent | StartStage::Unconfirmed(_)) {
            self.given_up.get_or_insert(at);
        }
    }

    /// From when on its request is certainly not on its way any more: by what was seen here, or by
    /// the deadline in the journal, which is a bound of the server's time.
    pub(in crate::engine) fn given_up_at(&self, clock: &ServerClock, now: Boot) -> Option<Boot> {
        let deadline = self.entry.deadline.and_then(|deadline| clock.passes(deadline, now));
        self.given_up.into_iter().chain(deadline).min()
    }

    /// Whether more will be known of it without anybody doing anything.
    pub fn is_open(&self) -> bool {
        self.entry.stage.is_open()
    }

    /// Whether it leaves next, rather than waiting in a queue.
    pub fn is_lined_up(&self) -> bool {
        self.call.is_some()
    }

    /// Secrets that it would need and that were not kept.
    pub fn lost_secrets(&self) -> impl Iterator<Item = &String> {
        self.entry.secrets.iter().filter(|name| !self.start.secrets().contains(*name))
    }

    /// Whether this process is about to settle it one way or the other.
    pub(super) fn is_at_work(&self) -> bool {
        self.is_open() && (self.call.is_some() || self.sought.is_some())
    }
}

//! The request budget: what may leave now, so that no stretch of time ever holds more requests
//! than the server allows, and a cancel always finds a request left.
//!
//! Hex counts requests when *it* sees them, which is some time between our sending and its
//! reply. So a request holds its slot from sending until the reply (or the timeout) plus the
//! window: whatever the network does, no window at the server holds more than the limit. A log
//! of send times alone lets slow replies squeeze more than the limit into one window, and a
//! token bucket allows twice its rate in the window after an idle one.
//!
//! What is known of the limit is learned from the replies; see `learn`. How much of it is kept for
//! whom is said in `shares`.

mod learn;
mod log;
mod pace;
#[cfg(test)]
mod props;
mod shares;
mod simulate;
mod stats;
#[cfg(test)]
mod tests;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::api::Kind;
use crate::domain::Boot;

use super::request::CallId;
use log::Log;
use pace::Pace;
pub use stats::Source;

/// The window of Hex's general limit.
pub const MINUTE: Duration = Duration::from_mins(1);
/// The longer window some limits have besides.
pub const HOUR: Duration = Duration::from_hours(1);
/// Where a session starts before a header says more: the smaller of the two limits that Hex
/// documents.
pub const START: u32 = 30;
/// How long a request may be on its way before its slot is taken to be done with, where whoever
/// sent it does not say: the longest timeout that the settings allow.
const PATIENCE: Duration = Duration::from_mins(5);
/// Hex's documented limits on starting runs: a minute's and an hour's.
pub const TRIGGERS: [Limit; 2] =
    [Limit { count: 20, window: MINUTE }, Limit { count: 60, window: HOUR }];

/// For whom a request is made; later ones go first and may use more of the budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Priority {
    /// The background poller: paced, and never touches the reserve.
    Poll,
    /// Work in the background: not paced, but out of the share of the background.
    Sweep,
    /// A person waits for it: may spend the reserve, but for what is kept for cancels.
    Person,
    /// Ends a run: may spend everything.
    Cancel,
}

/// So many requests in so long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// How many.
    pub count: u32,
    /// In how long.
    pub window: Duration,
}

/// Whether a request may leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Now.
    Granted,
    /// Not before this; ask again then or after any reply.
    NotBefore(Boot),
}

impl Admission {
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Granted, rest) | (rest, Self::Granted) => rest,
            (Self::NotBefore(a), Self::NotBefore(b)) => Self::NotBefore(a.max(b)),
        }
    }

    fn from(at: Boot, now: Boot) -> Self {
        if at <= now { Self::Granted } else { Self::NotBefore(at) }
    }

    /// The earliest moment, which is `now` if it is granted.
    pub fn at(self, now: Boot) -> Boot {
        match self {
            Self::Granted => now,
            Self::NotBefore(at) => at,
        }
    }
}

/// Requests of a minute, by who made them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// The poller.
    pub polls: u32,
    /// Persons who use hextop.
    pub persons: u32,
    /// Whoever else uses the same limit, as far as headers have shown.
    pub others: u32,
}

/// One request and the time it counts for.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Entry {
    call: CallId,
    kind: Kind,
    priority: Priority,
    sent: Boot,
    /// When its reply came or it was given up; none while it is in flight.
    done: Option<Boot>,
    /// When it can be in flight no longer, even if the process that sent it has died.
    given_up: Boot,
}

impl Entry {
    /// When it was last on its way: now, while it is in flight.
    fn ended(&self, now: Boot) -> Boot {
        self.done.unwrap_or(now.min(self.given_up))
    }

    /// When its slot in `window` is free again. A request in flight frees its slot no sooner
    /// than if its reply came now.
    fn frees(&self, window: Duration, now: Boot) -> Boot {
        self.ended(now) + window
    }

    fn holds(&self, window: Duration, now: Boot) -> bool {
        self.frees(window, now) > now
    }

    fn is_flying(&self, now: Boot) -> bool {
        self.done.is_none() && now < self.given_up
    }
}

/// What all requests of one user have left.
#[derive(Clone, Debug)]
pub struct Budget {
    log: Log,
    /// The most a minute may ever hold, whatever a header says.
    most: u32,
    /// So many processes may be spending the limit without knowing of each other.
    strangers: u32,
    known: learn::Known,
    pace: Pace,
    /// Whether somebody polls, so that reads of others leave the polls their share.
    is_polled: bool,
    supposed: Option<Supposed>,
}

/// Slots that are taken only in thought, and what was known before.
#[derive(Clone, Debug)]
struct Supposed {
    known: learn::Known,
    pace: Pace,
    calls: Vec<CallId>,
}

impl Budget {
    /// An empty budget that never allows more than `most` requests a minute.
    pub fn new(most: u32) -> Self {
        let limit = START.min(most.max(1));
        Self {
            log: Log::default(),
            most: most.max(1),
            strangers: 1,
            known: learn::Known::new(limit, most),
            pace: Pace::bursting(limit / 2),
            is_polled: false,
            supposed: None,
        }
    }

    /// Requests a minute that are allowed as far as known.
    pub fn limit(&self) -> u32 {
        self.known.minute()
    }

    /// Requests that count in the minute's window now: our own and what is known of others'.
    pub fn used(&self, now: Boot) -> u32 {
        let own = self.log.count(MINUTE, now, |_, _| true) + self.known.others(now);
        let left = self.left(Priority::Person, now);
        own.max(left.map_or(0, |left| self.limit().saturating_sub(left)))
    }

    /// Who has used what counts in the minute's window now.
    pub fn used_by(&self, now: Boot) -> Usage {
        let polls = self.log.count(MINUTE, now, |_, priority| priority == Priority::Poll);
        let persons = self.log.count(MINUTE, now, |_, priority| priority > Priority::Poll);
        Usage { polls, persons, others: self.used(now).saturating_sub(polls + persons) }
    }

    /// Requests a person could make at once.
    pub fn spare(&self, now: Boot) -> u32 {
        if self.known.blocked(Priority::Person, Kind::Read) > now {
            return 0;
        }
        let held = self.log.count(MINUTE, now, |_, _| true);
        let log = self.cap(Priority::Person, now).saturating_sub(held);
        let left = self.left(Priority::Person, now);
        let told = left.map(|left| left.saturating_sub(self.reserve(Priority::Person)));
        told.map_or(log, |told| told.min(log))
    }

    /// When the window is fresh again: by the server's word, else when our oldest slot is free.
    pub fn resets(&self, now: Boot) -> Option<Boot> {
        self.known
            .until(now)
            .or_else(|| self.log.holding(MINUTE, now).map(|e| e.frees(MINUTE, now)).min())
    }

    /// Until when the server refuses everything, after a 429.
    pub fn locked_until(&self, now: Boot) -> Option<Boot> {
        Some(self.known.blocked(Priority::Poll, Kind::Read)).filter(|until| *until > now)
    }

    /// Polls that fit into a minute when nobody else asks for anything.
    pub fn polls_a_minute(&self, now: Boot) -> u32 {
        self.cap(Priority::Poll, now).min(self.hour_cap(Priority::Poll, now).div_ceil(60))
    }

    /// Whether a request may leave now, and if not, when to ask again.
    pub fn admit(&self, kind: Kind, priority: Priority, now: Boot) -> Admission {
        let told = match self.left(priority, now) {
            Some(left) if left <= self.kept_from(priority, now) => {
                Admission::NotBefore(self.known.until(now).unwrap_or(now))
            }
            _ => Admission::Granted,
        };
        let mut verdict = Admission::from(self.known.blocked(priority, kind), now)
            .and(told)
            .and(self.fits(
                Limit { count: self.room(priority, now), window: MINUTE },
                now,
                |_, _| true,
            ))
            .and(self.fits_share(kind, priority, now));
        // What is known of the hour is little more than a guess: a cancel does not wait for it.
        if priority != Priority::Cancel {
            let hour = Limit { count: self.hour_cap(priority, now), window: HOUR };
            verdict = verdict.and(self.fits(hour, now, |_, _| true));
        }
        if kind == Kind::Trigger {
            verdict = verdict.and(self.fits_starts(now));
        }
        if priority == Priority::Poll {
            verdict = verdict.and(Admission::from(self.pace.next(now), now));
        }
        verdict
    }

    /// Takes a slot for a request that leaves now.
    pub fn take(&mut self, call: CallId, kind: Kind, priority: Priority, now: Boot) {
        self.take_for(call, kind, priority, PATIENCE, now);
    }

    /// Takes a slot for a request that left at `now` and is given up after `patience`. A request
    /// that has its slot already takes no other.
    pub fn take_for(
        &mut self,
        call: CallId,
        kind: Kind,
        priority: Priority,
        patience: Duration,
        now: Boot,
    ) {
        if call != CallId::UNSENT && self.log.contains(call, priority, now) {
            return;
        }
        let given_up = now + patience;
        self.log.push(Entry { call, kind, priority, sent: now, done: None, given_up }, now);
        if priority == Priority::Cancel {
            self.known.try_cancel(now);
        }
        if priority == Priority::Poll {
            self.pace.count(now);
            self.pace.pause(now, self.pause(now));
        }
    }

    /// Takes a slot in thought, to see what else may leave.
    pub fn claim(&mut self, call: CallId, kind: Kind, priority: Priority, now: Boot) {
        // One that has its slot already keeps it.
        if self.log.contains(call, priority, now) {
            return;
        }
        let (known, pace) = (&self.known, self.pace);
        let before = || Supposed { known: known.clone(), pace, calls: Vec::new() };
        self.supposed.get_or_insert_with(before).calls.push(call);
        self.take(call, kind, priority, now);
    }

    /// Gives all back that was taken in thought.
    pub fn release_claims(&mut self) {
        let Some(Supposed { known, pace, calls }) = self.supposed.take() else { return };
        for call in calls {
            self.log.remove(call);
        }
        (self.known, self.pace) = (known, pace);
    }

    /// Allows the burst of a start once more, if the minute's window is empty: for a poller that
    /// takes over long after the last one has left.
    pub fn start_anew(&mut self, now: Boot) {
        if self.log.count(MINUTE, now, |_, _| true) == 0 {
            self.pace.burst_anew(self.limit() / 2);
        }
    }

    /// Leaves all but its part of the limit to `count` processes, this one among them, that
    /// cannot tell each other what they send. Cancels are not held back.
    pub fn share_with_strangers(&mut self, count: u32) {
        self.strangers = count.max(1);
    }

    /// Among how many processes, this one included, the limit is divided; see
    /// [`Self::share_with_strangers`].
    pub fn strangers(&self) -> u32 {
        self.strangers
    }

    /// What the server's window has left: what its answers said, less what is on its way and may
    /// not have been seen yet. For a cancel what left before the server was asked counts as seen:
    /// requests whose answers nobody hears, because their process has died, are not paid for twice.
    fn left(&self, priority: Priority, now: Boot) -> Option<u32> {
        let (left, asked) = self.known.left(now)?;
        let may_be_unseen = |e: &&Entry| priority < Priority::Cancel || e.sent > asked;
        let flying = self.log.flying(now).filter(may_be_unseen).count();
        Some(left.saturating_sub(u32::try_from(flying).unwrap_or(u32::MAX)))
    }

    /// Whether one more `of` these sorts fits into `limit`.
    fn fits(
        &self,
        limit: Limit,
        now: Boot,
        of: impl Fn(Kind, Priority) -> bool + Copy,
    ) -> Admission {
        match self.log.count(limit.window, now, of).checked_sub(limit.count) {
            None => Admission::Granted,
            Some(over) => {
                let frees = self.log.frees(over as usize, limit.window, now, of);
                Admission::NotBefore(frees.unwrap_or(now + limit.window))
            }
        }
    }

    /// Whether one more start fits into the limits on starts.
    fn fits_starts(&self, now: Boot) -> Admission {
        let fits = |limit| self.fits(limit, now, |kind, _| kind == Kind::Trigger);
        TRIGGERS.into_iter().map(fits).fold(Admission::Granted, Admission::and)
    }
}

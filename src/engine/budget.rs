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
#[cfg(test)]
mod props;
mod shares;
mod simulate;
mod stats;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::api::Kind;
use crate::domain::Boot;

use super::call_id::CallId;
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
    tier: Priority,
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
}

/// What all requests of one user have left.
#[derive(Clone, Debug)]
pub struct Budget {
    /// Oldest first by `sent`; kept for an hour after they are done.
    entries: VecDeque<Entry>,
    /// The most a minute may ever hold, whatever a header says.
    most: u32,
    /// So many processes may be spending the limit without knowing of each other.
    strangers: u32,
    known: learn::Known,
    /// No poll before this.
    next_poll: Boot,
    /// Polls that the empty start may still send at once.
    burst: u32,
    /// When the burst began.
    burst_at: Option<Boot>,
    /// Whether somebody polls, so that reads of others leave the polls their share.
    is_polled: bool,
}

impl Budget {
    /// An empty budget that never allows more than `most` requests a minute.
    pub fn new(most: u32) -> Self {
        let limit = START.min(most.max(1));
        Self {
            entries: VecDeque::new(),
            most: most.max(1),
            strangers: 1,
            known: learn::Known::new(limit, most),
            next_poll: Boot::ZERO,
            burst: limit / 2,
            burst_at: None,
            is_polled: false,
        }
    }

    /// Requests a minute that are allowed as far as known.
    pub fn limit(&self) -> u32 {
        self.known.minute()
    }

    /// Requests that count in the minute's window now: our own and what is known of others'.
    pub fn used(&self, now: Boot) -> u32 {
        let own = self.held(MINUTE, now, |_| true) + self.known.others(now);
        let left = self.left(Priority::Person, now);
        own.max(left.map_or(0, |left| self.limit().saturating_sub(left)))
    }

    /// Who has used what counts in the minute's window now.
    pub fn used_by(&self, now: Boot) -> Usage {
        let polls = self.held(MINUTE, now, |e| e.tier == Priority::Poll);
        let persons = self.held(MINUTE, now, |e| e.tier > Priority::Poll);
        Usage { polls, persons, others: self.used(now).saturating_sub(polls + persons) }
    }

    /// Requests a person could make at once.
    pub fn spare(&self, now: Boot) -> u32 {
        if self.known.blocked(Priority::Person, Kind::Read) > now {
            return 0;
        }
        let log = self.cap(Priority::Person, now).saturating_sub(self.held(MINUTE, now, |_| true));
        let left = self.left(Priority::Person, now);
        let told = left.map(|left| left.saturating_sub(self.reserve(Priority::Person)));
        told.map_or(log, |told| told.min(log))
    }

    /// When the window is fresh again: by the server's word, else when our oldest slot is free.
    pub fn resets(&self, now: Boot) -> Option<Boot> {
        self.known.until(now).or_else(|| {
            self.entries.iter().map(|e| e.frees(MINUTE, now)).filter(|at| *at > now).min()
        })
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
    pub fn admit(&self, kind: Kind, tier: Priority, now: Boot) -> Admission {
        let told = match self.left(tier, now) {
            Some(left) if left <= self.kept_from(tier, now) => {
                Admission::NotBefore(self.known.until(now).unwrap_or(now))
            }
            _ => Admission::Granted,
        };
        let mut verdict = Admission::from(self.known.blocked(tier, kind), now)
            .and(told)
            .and(self.fits(Limit { count: self.room(tier, now), window: MINUTE }, now, |_| true))
            .and(self.fits_share(kind, tier, now));
        // What is known of the hour is little more than a guess: a cancel does not wait for it.
        if tier != Priority::Cancel {
            let hour = Limit { count: self.hour_cap(tier, now), window: HOUR };
            verdict = verdict.and(self.fits(hour, now, |_| true));
        }
        if kind == Kind::Trigger {
            verdict = verdict.and(self.fits_starts(now));
        }
        if tier == Priority::Poll && !self.bursting(now) {
            verdict = verdict.and(Admission::from(self.next_poll, now));
        }
        verdict
    }

    /// Takes a slot for a request that leaves now.
    pub fn take(&mut self, call: CallId, kind: Kind, tier: Priority, now: Boot) {
        self.take_for(call, kind, tier, PATIENCE, now);
    }

    /// Takes a slot for a request that left at `now` and is given up after `patience`. A request
    /// that has its slot already takes no other.
    pub fn take_for(
        &mut self,
        call: CallId,
        kind: Kind,
        tier: Priority,
        patience: Duration,
        now: Boot,
    ) {
        let same = |e: &Entry| (e.call, e.tier, e.sent) == (call, tier, now);
        if call != CallId::UNSENT && self.entries.iter().any(same) {
            return;
        }
        self.entries.retain(|e| e.holds(HOUR, now));
        let given_up = now + patience;
        // What another process sent may be heard of late.
        let later = self.entries.iter().rev().take_while(|e| e.sent > now).count();
        let entry = Entry { call, kind, tier, sent: now, done: None, given_up };
        self.entries.insert(self.entries.len() - later, entry);
        if tier == Priority::Cancel {
            self.known.try_cancel(now);
        }
        if tier == Priority::Poll {
            if self.bursting(now) {
                self.burst_at.get_or_insert(now);
                self.burst -= 1;
            }
            self.next_poll = now + self.pace(now);
        }
    }

    /// Allows the burst of a start once more, if the minute's window is empty: for a poller that
    /// takes over long after the last one has left.
    pub fn start_anew(&mut self, now: Boot) {
        if self.held(MINUTE, now, |_| true) == 0 {
            (self.burst, self.burst_at) = (self.limit() / 2, None);
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
    fn left(&self, tier: Priority, now: Boot) -> Option<u32> {
        let (left, asked) = self.known.left(now)?;
        let may_be_unseen = |e: &&Entry| {
            e.done.is_none() && now < e.given_up && (tier < Priority::Cancel || e.sent > asked)
        };
        let flying = self.entries.iter().filter(may_be_unseen).count();
        Some(left.saturating_sub(u32::try_from(flying).unwrap_or(u32::MAX)))
    }

    fn close(&mut self, call: CallId, now: Boot) -> Option<Entry> {
        let entry = self.entries.iter_mut().rev().find(|e| e.call == call && e.done.is_none())?;
        entry.done = Some(now);
        Some(*entry)
    }

    fn held(&self, window: Duration, now: Boot, which: impl Fn(&Entry) -> bool) -> u32 {
        let held = self.entries.iter().filter(|e| which(e) && e.holds(window, now)).count();
        u32::try_from(held).unwrap_or(u32::MAX)
    }

    /// Whether one more of `which` fits into `limit`.
    fn fits(&self, limit: Limit, now: Boot, which: impl Fn(&Entry) -> bool) -> Admission {
        let held = || self.entries.iter().filter(|e| which(e) && e.holds(limit.window, now));
        let Some(over) = held().count().checked_sub(limit.count as usize) else {
            return Admission::Granted;
        };
        let mut frees: Vec<_> = held().map(|e| e.frees(limit.window, now)).collect();
        frees.sort_unstable();
        Admission::NotBefore(frees.get(over).copied().unwrap_or(now + limit.window))
    }

    /// Whether one more start fits into the limits on starts.
    fn fits_starts(&self, now: Boot) -> Admission {
        let fits = |limit| self.fits(limit, now, |e: &Entry| e.kind == Kind::Trigger);
        TRIGGERS.into_iter().map(fits).fold(Admission::Granted, Admission::and)
    }

    fn bursting(&self, now: Boot) -> bool {
        self.burst > 0 && self.burst_at.is_none_or(|at| now < at + MINUTE)
    }

    /// The pause after a poll: the rest of the window shared out evenly, so that the burst of
    /// the start is followed by a smaller rate and not by silence.
    fn pace(&self, now: Boot) -> Duration {
        let early = self
            .burst_at
            .filter(|at| now < *at + MINUTE)
            .map_or(0, |at| self.held(MINUTE, now, |e| e.sent < at + Duration::from_secs(5)));
        let minute = MINUTE / self.cap(Priority::Poll, now).saturating_sub(early).max(1);
        minute.max(HOUR / self.hour_cap(Priority::Poll, now))
    }
}

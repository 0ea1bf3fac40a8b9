//! The pace of polls: the window shared out evenly, after a burst at the start.

use std::time::Duration;

use super::{Budget, HOUR, MINUTE, Priority};
use crate::domain::Boot;

/// A burst may not last longer.
const BURST: Duration = MINUTE;

/// When polls may leave.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// No poll before this, but for those of the burst.
    next: Boot,
    /// Polls that the empty start may still send at once.
    burst: u32,
    /// When the burst began.
    burst_at: Option<Boot>,
}

impl Pace {
    /// Begins with a burst of so many polls.
    pub(super) fn bursting(burst: u32) -> Self {
        Self { next: Boot::ZERO, burst, burst_at: None }
    }

    /// When the next poll may leave; a moment that is past if it may now.
    pub(super) fn next(&self, now: Boot) -> Boot {
        if self.bursts(now) { Boot::ZERO } else { self.next }
    }

    /// A poll leaves now.
    pub(super) fn count(&mut self, now: Boot) {
        if self.bursts(now) {
            self.burst_at.get_or_insert(now);
            self.burst -= 1;
        }
    }

    /// No poll follows before so long.
    pub(super) fn pause(&mut self, now: Boot, pause: Duration) {
        self.next = now + pause;
    }

    /// Allows a burst of so many polls once more.
    pub(super) fn burst_anew(&mut self, burst: u32) {
        (self.burst, self.burst_at) = (burst, None);
    }

    /// When the burst began, if that is not long ago.
    fn burst_at(&self, now: Boot) -> Option<Boot> {
        self.burst_at.filter(|at| now < *at + BURST)
    }

    fn bursts(&self, now: Boot) -> bool {
        self.burst > 0 && (self.burst_at.is_none() || self.burst_at(now).is_some())
    }
}

impl Budget {
    /// The pause after a poll: the rest of the window shared out evenly, so that the burst of
    /// the start is followed by a smaller rate and not by silence.
    pub(super) fn pause(&self, now: Boot) -> Duration {
        let early = self.pace.burst_at(now).map_or(0, |at| self.early(at, now));
        let minute = MINUTE / self.cap(Priority::Poll, now).saturating_sub(early).max(1);
        minute.max(HOUR / self.hour_cap(Priority::Poll, now))
    }

    /// Requests that still count and left before the burst that began at `at` was five seconds old.
    fn early(&self, at: Boot, now: Boot) -> u32 {
        let is_early = |sent: Boot| sent < at + Duration::from_secs(5);
        let early = self.log.holding(MINUTE, now).take_while(|e| is_early(e.sent)).count();
        u32::try_from(early).unwrap_or(u32::MAX)
    }
}

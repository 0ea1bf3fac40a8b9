//! The moment as an argument.
//!
//! `boot` decides everything inside this machine, because it never jumps and goes on while the
//! machine sleeps; `wall` is only for people and for what the server says.

use std::ops::{Add, AddAssign, Sub};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// An instant of this machine: the time since it booted, counting suspend. Comparable only on one
/// machine and boot.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Boot(Duration);

impl Boot {
    /// The boot itself: before anything else that has happened.
    pub const ZERO: Self = Self(Duration::ZERO);
    /// Later than anything that will happen.
    pub const MAX: Self = Self(Duration::MAX);

    /// The instant at which this clock shows `since_boot`.
    pub const fn at(since_boot: Duration) -> Self {
        Self(since_boot)
    }

    /// So many seconds after the boot.
    pub const fn from_secs(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }

    /// So many milliseconds after the boot.
    pub const fn from_millis(millis: u64) -> Self {
        Self(Duration::from_millis(millis))
    }

    /// So many nanoseconds after the boot.
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(Duration::from_nanos(nanos))
    }

    /// How long after the boot it is.
    pub const fn since_boot(self) -> Duration {
        self.0
    }

    /// How long it is after `earlier`; zero if it is not.
    #[must_use]
    pub const fn saturating_sub(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }

    /// How long it is after `earlier`; none if it is not.
    #[must_use]
    pub const fn checked_sub(self, earlier: Self) -> Option<Duration> {
        self.0.checked_sub(earlier.0)
    }
}

impl Add<Duration> for Boot {
    type Output = Self;

    fn add(self, span: Duration) -> Self {
        Self(self.0.saturating_add(span))
    }
}

impl AddAssign<Duration> for Boot {
    fn add_assign(&mut self, span: Duration) {
        *self = *self + span;
    }
}

impl Sub for Boot {
    type Output = Duration;

    /// How long it is after `earlier`; zero if it is not.
    fn sub(self, earlier: Self) -> Duration {
        self.saturating_sub(earlier)
    }
}

impl Sub<Duration> for Boot {
    type Output = Self;

    /// The instant `span` earlier; the boot itself if there is none.
    fn sub(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(span))
    }
}

/// One moment, read once and handed down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// For waiting and measuring.
    pub boot: Boot,
    /// For showing; may jump.
    pub wall: Timestamp,
}

impl Now {
    /// The moment `by` later, on both clocks.
    #[must_use]
    pub fn after(self, by: Duration) -> Self {
        Self { boot: self.boot + by, wall: self.wall.saturating_add(by).unwrap_or(self.wall) }
    }
}

/// How long `later` is after `earlier`; zero if it is not.
pub fn between(earlier: Timestamp, later: Timestamp) -> Duration {
    Duration::try_from(later.duration_since(earlier)).unwrap_or(Duration::ZERO)
}

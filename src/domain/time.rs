//! The moment as an argument.
//!
//! `boot` decides everything inside this machine, because it never jumps and goes on while the
//! machine sleeps; `wall` is only for people and for what the server says.

use std::time::Duration;

use jiff::Timestamp;

/// Time since this machine booted, counting suspend. Comparable only on one machine and boot.
pub type Boot = Duration;

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

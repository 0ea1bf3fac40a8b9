//! The only place that reads a clock; everybody else is told the time.
#![allow(clippy::disallowed_methods, reason = "this is the one place")]

use std::time::Duration;

use crate::domain::{Boot, Now};

/// Where the time comes from.
#[derive(Clone, Copy, Debug)]
pub enum Clock {
    /// The machine's clocks.
    System,
    /// tokio's clock, which tests pause and move; it started at `origin`.
    Tokio {
        /// tokio's moment that stands for `origin`.
        start: tokio::time::Instant,
        /// What the time was then.
        origin: Now,
    },
}

impl Clock {
    /// A clock that follows tokio's and says `origin` at this moment.
    pub fn tokio(origin: Now) -> Self {
        Self::Tokio { start: tokio::time::Instant::now(), origin }
    }

    /// The time by this clock.
    pub fn now(self) -> Now {
        match self {
            Self::System => Now { boot: boot(), wall: jiff::Timestamp::now() },
            Self::Tokio { start, origin } => origin.after(start.elapsed()),
        }
    }
}

/// The machine's time.
pub fn now() -> Now {
    Clock::System.now()
}

/// What time it is when the machine starts. Not zero, so that there is a time for what a process
/// wrote into the store before the last start and counts still.
const BEFORE: Duration = Duration::from_hours(3);

#[cfg(target_os = "linux")]
fn boot() -> Boot {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    let since_boot = Duration::new(
        u64::try_from(time.tv_sec).unwrap_or_default(),
        u32::try_from(time.tv_nsec).unwrap_or_default(),
    );
    Boot::at(since_boot + BEFORE)
}

/// Elsewhere the monotonic clock has to do; it may stand still while the machine sleeps.
#[cfg(not(target_os = "linux"))]
fn boot() -> Boot {
    static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    Boot::at(START.get_or_init(std::time::Instant::now).elapsed() + BEFORE)
}

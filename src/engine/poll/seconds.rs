//! Times and numbers in floating point, in which what is expected is reckoned.

use jiff::{SignedDuration, Timestamp};

/// Seconds of an hour.
pub(super) const HOUR: f64 = 3600.0;

/// Server time in seconds.
pub(super) fn secs(at: Timestamp) -> f64 {
    at.as_duration().as_secs_f64()
}

/// The moment so many seconds after 1970.
pub(super) fn stamp(seconds: f64) -> Timestamp {
    SignedDuration::try_from_secs_f64(seconds)
        .ok()
        .and_then(|since| Timestamp::from_duration(since).ok())
        .unwrap_or(Timestamp::MAX)
}

/// A count as a number to reckon with.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
pub(super) fn count_f(count: usize) -> f64 {
    count as f64
}

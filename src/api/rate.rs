//! What a response's headers say about how much may still be asked.

use std::time::Duration;

use http::HeaderMap;
use jiff::Timestamp;

/// Hints of one response; all absent where the server gives none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RateHint {
    /// Requests allowed in a window.
    pub limit: Option<u32>,
    /// Requests still allowed in this window.
    pub remaining: Option<u32>,
    /// Time from the response until the window ends.
    pub reset: Option<Duration>,
    /// How long the server asks to wait.
    pub retry_after: Option<Duration>,
}

impl RateHint {
    /// Reads whatever spelling is there; `server_now` is the response's `Date`, or our own time,
    /// against which absolute times are taken.
    pub fn read(_headers: &HeaderMap, _server_now: Timestamp) -> Self {
        Self::default()
    }
}

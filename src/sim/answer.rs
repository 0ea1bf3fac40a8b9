//! What comes back for a request, and how much of it reaches the client.

use std::time::Duration;

use super::call::CallKind;
use super::fault::FaultName;

/// How the door delivers an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// All of it.
    Whole,
    /// Nothing: the connection is reset.
    Reset,
    /// Nothing: the connection stays open and silent.
    Hang,
    /// The head and half of the body, then the connection is closed.
    Truncated,
    /// All of it, the body in drops over this time.
    Slow(Duration),
}

/// What comes back for one request.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The answer, even where none of it is delivered.
    pub response: http::Response<Vec<u8>>,
    /// How long after the request it begins to come.
    pub delay: Duration,
    /// How much of it comes.
    pub fate: Fate,
    /// What was asked for.
    pub kind: CallKind,
    /// How many requests the token has left, where a limit is on and the token was good.
    pub remaining: Option<u32>,
    /// What went wrong on purpose.
    pub fault: Option<FaultName>,
}

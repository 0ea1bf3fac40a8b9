//! How a start ends that a command has begun.

use crate::domain::{ProjectId, RunStatus, StartRun};
use crate::engine::model::Verdict;

/// A start that Hex was asked about.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Checked {
    pub(super) project: ProjectId,
    pub(super) start: StartRun,
    pub(super) verdict: Verdict,
}

/// How it has ended.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum End {
    /// By this signal.
    Signal(u8),
    /// The arguments do not fit, for each of these reasons.
    Wrong(Vec<String>),
    /// There is no such thing.
    Nothing(String),
    /// What it is about is only probable, and nothing is done on that.
    Probable(String),
    /// Hex refused the token.
    TokenRefused,
    /// Nothing got through, or was let through in time.
    Unreachable(String),
    /// What Hex says to it.
    Checked(Box<Checked>),
    /// The start is where it will stay.
    Settled,
    /// The run has ended.
    Ended(RunStatus),
    /// The run goes on, though the time is up.
    TimeUp,
    /// The time was up, and the run is cancelled, or this is why not.
    Stopped(Option<String>),
}

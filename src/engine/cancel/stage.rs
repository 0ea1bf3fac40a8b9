//! How far a cancel can be, and what else its next step depends on.

use crate::domain::Boot;

/// How far a cancel is.
#[derive(Clone, Debug, PartialEq)]
pub enum Stage {
    /// Waiting for its slot, or for the pause before another try.
    Waiting,
    /// On its way.
    Sent,
    /// Hex has accepted it; the run has not ended yet.
    Accepted {
        /// Since when.
        at: Boot,
    },
    /// Hex would not; a read will show whether the run had ended already.
    Doubtful {
        /// What Hex said.
        reason: String,
        /// When; only a read that left later counts.
        since: Boot,
    },
    /// A process that is gone has left it open; a read will show whether the run has ended.
    TakenUp {
        /// Since when it is followed up here.
        since: Boot,
        /// Until when it may be sent again; none if it was confirmed too long ago.
        resend: Option<Boot>,
        /// Why it was stuck there, if it was.
        stuck: Option<String>,
    },
    /// Nothing more is sent for it until a person tries again or lets it go.
    Stuck {
        /// Why.
        reason: String,
    },
}

/// What else is known when the answer to a DELETE comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Circumstances {
    /// Whether the run is so new that Hex may not know it everywhere yet.
    pub is_young: bool,
    /// When Hex last answered any request well.
    pub last_good: Option<Boot>,
}

//! Whether what is shown is live.

use std::time::Duration;

use crate::api::ApiError;
use crate::domain::Boot;

/// How old what is shown may be, while requests get through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// So many of the projects were never looked at.
    Unread {
        /// How many were.
        read: usize,
        /// Of how many.
        of: usize,
    },
    /// All that are known were looked at, but the list of projects is not read to its end.
    Listing,
    /// There is nothing to look at.
    Nothing,
    /// Every project was looked at within its bound, which is short.
    Live,
    /// The same, but this bound is a long one.
    Within(Duration),
    /// Some project is older than it may be: this old.
    Behind(Duration),
    /// The last look at so many projects failed.
    Failing(usize),
}

/// Whether what is shown is live, and if not, why.
#[derive(Clone, Debug, PartialEq)]
pub enum Health {
    /// Nothing has been read yet.
    Starting,
    /// The last read was good.
    Live {
        /// When that was.
        at: Boot,
    },
    /// The server refuses everything until then.
    Locked {
        /// Until when.
        until: Boot,
    },
    /// Nothing gets through.
    Offline {
        /// Since when.
        since: Boot,
        /// When the next try is.
        next: Boot,
        /// What went wrong.
        error: ApiError,
    },
    /// The token was refused; it is read anew and tried again.
    TokenDoubted {
        /// How often it was tried again and refused.
        tries: usize,
        /// When the next try is.
        next: Boot,
    },
    /// The token was refused again and again; nothing is asked until a person says so.
    TokenRefused,
}

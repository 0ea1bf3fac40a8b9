//! Whether what is shown is live.

use crate::api::ApiError;
use crate::domain::Boot;

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

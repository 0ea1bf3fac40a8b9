//! One of the processes that share a store.

use serde::{Deserialize, Serialize};

/// One hextop process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Session(pub u32);

impl Session {
    /// The number before its first request, so that no two processes use the same.
    pub fn first_call(self) -> u64 {
        u64::from(self.0) << 32
    }
}

//! The name of one request.

use serde::{Deserialize, Serialize};

/// Names one request from the moment it is wanted until its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CallId(u64);

impl CallId {
    /// Names no request: for forecasts.
    pub(in crate::engine) const UNSENT: Self = Self(u64::MAX);

    /// The request with this number.
    pub fn numbered(number: u64) -> Self {
        Self(number)
    }
}

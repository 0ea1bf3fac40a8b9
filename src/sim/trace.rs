//! The id of one API request, which people give to support.

use std::fmt;

use serde::{Serialize, Serializer};

/// `trc-000001` for the first request, and so on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Trace(pub(crate) u64);

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "trc-{:06}", self.0)
    }
}

impl Serialize for Trace {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

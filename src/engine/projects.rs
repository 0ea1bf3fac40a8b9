//! What is known of projects, in parts that do not know each other.

pub(in crate::engine) mod clock;
pub(in crate::engine) mod paging;

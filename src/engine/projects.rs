//! What is known of projects, in parts that do not know each other.

pub(in crate::engine) mod changes;
pub(in crate::engine) mod durations;
pub(in crate::engine) mod index;
pub(in crate::engine) mod listing;
pub(in crate::engine) mod moment;
pub(in crate::engine) mod named;
pub(in crate::engine) mod paging;
pub(in crate::engine) mod run_table;
pub(in crate::engine) mod state;
pub(in crate::engine) mod trouble;

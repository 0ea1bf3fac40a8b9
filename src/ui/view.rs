//! What the panes list, in which order, and where the cursors are: ids only.
//!
//! The rows are kept in order as the model changes. News of a project costs what its own runs cost,
//! whatever the other projects have; only another filter, tab, scope or order puts all in order anew.

pub(crate) mod alarms;
pub(crate) mod cursor;
pub(crate) mod filter;
pub(crate) mod project_rows;
pub(crate) mod run_cursor;
pub(crate) mod run_rows;
pub(crate) mod sort;
mod sorted;

pub use sort::Order;

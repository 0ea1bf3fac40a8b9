//! What decides: how much may be asked, what is asked next, and what the answers mean.
//!
//! Pure: state, message and time in, new state and effects out. Nothing here waits, sends or
//! reads a clock.

pub mod budget;
mod call_id;
pub mod cancel;
pub mod coordinator;
pub mod forecast;
pub mod guard;
pub mod journal;
pub mod journal_rows;
pub mod kernels;
pub mod model;
pub mod plan;
pub mod poll;
mod projects;
pub mod request_queue;
pub mod start;
pub mod store;
pub mod sync;
pub mod watch_reporter;

pub use budget::{Admission, Budget, Priority};
pub use call_id::CallId;
pub use model::{Effect, Event, Intent, Model, Msg, Settings};

//! Requests: those that wait for their slot, and those on their way.

mod call_id;
mod queue;

pub use call_id::CallId;
pub use queue::{Flight, RequestQueue, Waiting};

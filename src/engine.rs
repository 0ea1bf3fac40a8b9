//! What decides: how much may be asked, what is asked next, and what the answers mean.
//!
//! Pure: state, message and time in, new state and effects out. Nothing here waits, sends or
//! reads a clock.

mod account;
pub mod alerts;
pub mod budget;
pub mod cancel;
pub mod export;
pub mod guard;
mod health;
pub mod kernels;
pub mod model;
pub mod poll;
mod projects;
pub mod queries;
pub mod request;
mod server;
pub mod start;
pub mod sync;
pub mod timeline;

pub use budget::{Admission, Budget, Priority};
pub use model::{Effect, Event, Intent, Model, Msg, Settings};
pub use request::CallId;

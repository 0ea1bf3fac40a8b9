//! Starts: at most one request for each confirmation, and what became of those without an answer.
//!
//! `Starts` owns all that are known, with indices over them: what concerns one project, request or
//! run is found without passing over the others. Starts change only through `Starts::change`,
//! which keeps the indices.

pub mod batch;
pub mod export;
mod index;
pub mod journal;
mod lifecycle;
mod reconcile;

pub(in crate::engine) use index::Starts;
pub use lifecycle::Start;
pub(in crate::engine) use lifecycle::Withdrawal;
pub(in crate::engine) use reconcile::{Finding, Judging, SLACK, THEIRS};

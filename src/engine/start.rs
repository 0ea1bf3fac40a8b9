//! Starting runs.

pub mod batch;

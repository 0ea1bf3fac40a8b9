//! The simulated workspace, against what is known about Hex.
//!
//! What a client can see is tested over the loopback door, in both generations of paths; what
//! takes hours is tested in virtual time on the world itself.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on fails"
)]

#[path = "sim/cells_and_export.rs"]
mod cells_and_export;
#[path = "sim/conformance.rs"]
mod conformance;
#[path = "sim/eras.rs"]
mod eras;
#[path = "sim/faults.rs"]
mod faults;
#[path = "sim/http.rs"]
mod http_details;
#[path = "sim/life.rs"]
mod life;
#[path = "sim/limits.rs"]
mod limits;
#[path = "sim/others.rs"]
mod others;
#[path = "sim/projects.rs"]
mod projects;
#[path = "sim/runs.rs"]
mod runs;
#[path = "sim/scenarios.rs"]
mod scenarios;
#[path = "sim/schema.rs"]
mod schema;
#[path = "sim/support.rs"]
mod support;
#[path = "sim/triggers.rs"]
mod triggers;

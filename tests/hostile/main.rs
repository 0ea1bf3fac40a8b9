//! The real program before servers that mean no good.
//!
//! Each scenario is one row: which request is answered, and how. Beside each the dashboard answers
//! its keys, its memory is bounded, and every byte that leaves is of a kind that may leave:
//! `dashboard` and `headless` press the keys and run the commands, `leaving` knows what may leave.
#![cfg(target_os = "linux")]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "clippy.toml allows these in tests, but does not see that all of this is one"
)]

/// Rows of scenarios, each a test: its name, whom it asks, which request, and what is answered.
macro_rules! scenarios {
    ($($(#[$attribute:meta])* $name:ident: $who:ident, $op:ident => $respond:expr;)+) => {$(
        #[test]
        $(#[$attribute])*
        fn $name() {
            crate::$who::survives(crate::server::Op::$op, $respond);
        }
    )+};
}

mod answer;
mod bodies;
mod dashboard;
mod harmless;
mod headers;
mod headless;
mod leaving;
mod pages;
#[path = "../terminal/pty.rs"]
#[allow(dead_code, reason = "the tests of the terminal use all of it")]
mod pty;
mod repeats;
mod server;
mod starts;
mod texts;

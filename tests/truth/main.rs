//! Stories against a second Hex, written by hand from the contract and sharing nothing with
//! `hextop::sim`, so that the client and the simulator cannot be wrong in the same way.
//!
//! A story takes three steps:
//!
//! 1. **A workspace**: [`hex::Hex::with`] sets what no document settles ([`hex::knobs::Knobs`]: order
//!    of lists, form of `nextPage`, era of bodies, kernels, limits, how cancels end, how long a new
//!    run cannot be read), `project` adds a project with the life of its runs ([`hex::life::Life`]),
//!    `begin` a run of anybody.
//! 2. **What goes wrong**: `next(op, act)` and `rule(Rule::on(op, act).from(20).times(3))` say what
//!    becomes of requests ([`hex::rule::Act`]: another answer, carried out but not answered, carried
//!    out late, an old snapshot); `at(time, event)` and `when(op, nth, event)` do anything to the
//!    workspace at a time or when a request arrives (a stranger starts a run, a token is revoked).
//! 3. **A client**: [`dashboard::play`] plays keys on the real loop in virtual time,
//!    [`watcher::changes`] runs the headless loop in virtual time, [`workspace::Workspace`] runs the
//!    real program over a real socket, where connections can go silent ([`server`]).
//!
//! Afterwards the record says what arrived, and when: `requests_of(op)`, `status(run)`,
//! `most_a_minute(ops)`, `caused_429()`.
//!
//! ```ignore
//! let hex = Hex::with(|knobs| knobs.killed_after = None);
//! hex.project("Churn model", Life::endless());
//! let run = hex.begin("Churn model", ME);
//! hex.next(Op::Cancel, Act::Lost(Reply::bad_gateway()));
//! let played = play(&hex, &[(5_000, "X"), (300, "y"), (60_000, END)]);
//! assert_eq!(hex.status(&run), "RUNNING");
//! assert!(played.last().contains("cancelling"));
//! ```

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unchecked_time_subtraction,
    reason = "tests"
)]
#![allow(dead_code, reason = "some knobs are there for stories that are still to come")]

mod cancel;
mod contract;
mod dashboard;
mod ends;
mod guess;
mod hex;
mod orders;
mod protocols;
mod retry_after;
mod server;
mod silent;
mod singles;
mod snapshots;
mod start;
mod stuck;
mod token;
mod wait;
mod watch;
mod watcher;
mod workspace;

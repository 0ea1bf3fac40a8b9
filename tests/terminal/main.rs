//! The real program in a real pseudo-terminal: it starts, acts, ends, and the terminal is always
//! given back as it was.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "clippy.toml allows these in tests, but does not see that all of this is one; the time \
              to the first rows is printed for whoever looks"
)]

mod beside;
mod bytes;
mod cancel;
mod editor;
mod ends;
mod fields;
mod flow;
mod incident;
mod jobs;
mod profiles;
mod pty;
mod secrets;
mod sim;
mod sizes;
mod starts;
mod storm;
mod story;
mod together;
mod watch;

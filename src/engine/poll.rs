//! Polling: which project is looked at next, and who gets how much of the polls.
//!
//! [`Planner`] keeps every project in the orders that a choice needs, so that a choice, or the moment of
//! the next one, costs about the same whether there are 15 projects or 2,000.
//!
//! What persons leave open never stops it. With a limit of `L` requests a minute:
//!
//! * polls have at least `L/2` of each minute; see [`Budget`](super::Budget);
//! * of those, projects in which a person waits for something have at most every
//!   [`FOCUS_TURN`]-th, while there is anything else to look at; the others have their turn;
//! * while somebody is about to decide, or waits for an answer, they have no more than `L/2` looks a
//!   minute in their turn, and no less than [`least_in_turn`].
//!
//! So no project that can be read is older than [`worst`] while requests get through, outside incident
//! mode. Undisturbed, none is older than [`longest`].

pub mod arrivals;
mod candidate;
pub mod duration_model;
pub mod duration_stats;
pub mod entry;
pub mod expectation;
pub mod focus;
pub mod history;
mod orders;
pub mod planner;
mod planners;
pub mod prior;
pub mod refresh;
pub mod schedule_stats;
mod seconds;
#[cfg(test)]
mod tests;
pub mod turns;
mod why;

use std::time::Duration;

pub(in crate::engine) use candidate::GAP;
pub use candidate::{Candidate, Plan, ROUNDS, Slot, longest, next};
pub use entry::Profile;
pub use expectation::Expectation;
pub use history::History;
pub use planner::Planner;
pub use planners::Planners;
pub use prior::{Prior, PriorSums};
pub use refresh::{Progress, Refresh};
pub use turns::Room;
pub use why::{Attention, NextPoll, Why};

/// Of so many polls one at most goes to a project in which a person waits for something, while there are
/// others to look at.
pub const FOCUS_TURN: u32 = 3;

/// Looks a minute that projects have in their turn, whatever persons leave open, where a minute may
/// hold `limit` requests.
pub fn least_in_turn(limit: u32) -> u32 {
    (limit / 2 * (FOCUS_TURN - 1) / FOCUS_TURN).max(1)
}

/// The longest that any project is left alone, whatever persons leave open: `longest` is that for
/// when they leave nothing open.
///
/// At worst all projects fall due together, and are looked at one after the other, the oldest first, at
/// [`least_in_turn`] a minute: two fifths of what polls have otherwise. That takes 5/2 of a round
/// after 2.64 rounds, less than six rounds in all. The two minutes are for answers that are slow and
/// for starts, which may fill a whole minute, but not more than one in an hour.
pub fn worst(longest: Duration) -> Duration {
    longest * 2 + Duration::from_mins(2)
}

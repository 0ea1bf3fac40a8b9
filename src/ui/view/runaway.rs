//! Which active runs are pointed out.

use jiff::Timestamp;

use crate::engine::model::{ProjectState, RunState};

/// An active run that has taken this many times its usual duration is pointed out.
const FAR_BEYOND: f64 = 3.0;

/// Whether an active run has taken far longer than its project's runs usually do.
pub(crate) fn is_far_beyond(
    watched: &ProjectState,
    seen: &RunState,
    server_now: Timestamp,
) -> bool {
    let ratio = || watched.ratio(seen.run.elapsed_at(server_now));
    seen.run.is_active() && ratio().is_some_and(|ratio| ratio >= FAR_BEYOND)
}

//! Which active runs are pointed out.

use jiff::Timestamp;

use crate::domain::runaway::verdict;
use crate::engine::model::{ProjectState, RunState};

/// Whether an active run has taken far longer than its project's runs usually do.
pub(crate) fn is_far_beyond(
    watched: &ProjectState,
    seen: &RunState,
    server_now: Timestamp,
) -> bool {
    let is_active = seen.run.is_active();
    let ratio = is_active.then(|| watched.ratio(seen.run.elapsed_at(server_now))).flatten();
    verdict(is_active, ratio).is_some()
}

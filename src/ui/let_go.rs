//! What is said of cancels that are taken back.

use crate::domain::RunId;
use crate::engine::Model;

use super::text::count;

/// What had been sent of the cancels of these runs, truly.
pub(super) fn words(model: &Model, runs: &[RunId]) -> String {
    let is_sent = |run: &&RunId| model.cancelling(run).is_some_and(|cancel| cancel.tries > 0);
    let sent = runs.iter().filter(is_sent).count();
    match (runs.len() - sent, sent) {
        (unsent, 0) => format!("{} taken back: none was sent", count(unsent, "cancel")),
        (0, sent) => {
            format!("{} let go: sent already, so Hex may still end it", count(sent, "cancel"))
        }
        (unsent, sent) => format!(
            "{} taken back; {sent} let go that were sent already, so Hex may still end those runs",
            count(unsent, "cancel")
        ),
    }
}

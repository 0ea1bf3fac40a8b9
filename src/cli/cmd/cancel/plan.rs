//! What the arguments say of how runs are cancelled, whom the task talks to, and how long it waits for
//! what.

use std::time::Duration;

use super::lines::Line;
use crate::domain::{Boot, Now};

/// How long the end waits for the journal to have what became of the cancels, and for those that
/// have not left to be taken back.
pub(super) const PARTING: Duration = Duration::from_secs(2);
/// The pause before it is tried once more to take back what was just leaving.
pub(super) const AGAIN: Duration = Duration::from_millis(100);
/// How often it is looked whether an answer was typed.
pub(super) const TYPING: Duration = Duration::from_millis(50);

/// Whoever has given the command.
pub(super) trait Person {
    /// Takes a line of the output: what came of a run.
    fn take(&mut self, line: &Line);
    /// Hears what has to be said.
    fn hear(&mut self, text: &str);
    /// Sees what is worth seeing only for who sits there.
    fn see(&mut self, text: &str);
    /// Sees how far it is, in a line that changes.
    fn watch(&mut self, now: Now, text: &dyn Fn() -> String);
    /// When that line is to change.
    fn watch_again(&self) -> Option<Boot>;
    /// Is asked something.
    fn ask(&mut self, question: &str);
    /// The line that was typed, once there is one; an empty one where nobody types any more.
    fn answer(&mut self) -> Option<String>;
}

/// How the cancels come about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Consent {
    /// None do: they are listed.
    DryRun,
    /// By the arguments alone.
    Given,
    /// By what is typed.
    Asked,
}

/// All that the arguments say besides which runs.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) consent: Consent,
    /// Whether it waits until the runs have ended.
    pub(super) waits: bool,
    /// When it must be over.
    pub(super) time_up: Option<Boot>,
    /// Protected projects that are named.
    pub(super) protected: Vec<String>,
    /// What is written into the journal.
    pub(super) reason: Option<String>,
}

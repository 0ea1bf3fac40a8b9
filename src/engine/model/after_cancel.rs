//! Starts that wait for a cancel: "cancel it and start it again".
//!
//! Such a start waits in a queue. It leaves once Hex says that the run was killed; if the run ended otherwise, or its
//! cancel came to nothing, it never leaves, and the journal keeps its inputs.

use super::{Effect, Model, StartId, StartStage};
use crate::domain::{Boot, RunId, RunStatus};
use crate::engine::cancel::{CancelStage, Stage};
use crate::engine::start::batch::Fate;

/// Whether a start may leave, as far as the cancel before it is concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Turn {
    Come,
    /// The run goes on, and is being cancelled.
    Waits,
    /// It never comes, for this reason.
    Never(String),
}

impl Model {
    /// Whether the next start of a queue waits for no cancel. What never may leave is taken out of the queue.
    pub(super) fn has_its_turn(
        &mut self,
        queue: StartId,
        next: StartId,
        now: Boot,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let why = match self.turn(next) {
            Turn::Come => return true,
            Turn::Waits => return false,
            Turn::Never(why) => why,
        };
        let waiting: Vec<_> = self.queues.items(queue, Fate::Waiting).collect();
        for ticket in &waiting {
            self.move_start(*ticket, StartStage::NeverSent(why.clone()), effects);
        }
        self.record(&waiting, effects);
        self.starts_changed(now);
        false
    }

    fn turn(&self, start: StartId) -> Turn {
        let Some(entry) = self.starts.get(start).map(|start| &start.entry) else {
            return Turn::Come;
        };
        let Some(run) = &entry.after else { return Turn::Come };
        let short = run.short();
        if let Some(cancel) = self.cancels.get(run) {
            return match &cancel.stage {
                Stage::Stuck { reason } => {
                    Turn::Never(format!("the cancel of run {short} is stuck: {reason}"))
                }
                _ => Turn::Waits,
            };
        }
        let truth = self.truth(&entry.project, run).filter(|run| !run.is_active());
        let cancel = self.cancels.last_entry(run);
        match (truth.map(|run| &run.status), cancel.map(|cancel| &cancel.stage)) {
            (_, Some(CancelStage::Killed)) | (Some(RunStatus::Killed), _) => Turn::Come,
            (Some(status), _) => Turn::Never(by_itself(short, status.word())),
            (None, Some(CancelStage::AlreadyEnded(status))) => {
                Turn::Never(by_itself(short, status))
            }
            (None, Some(CancelStage::Stuck(reason))) => {
                Turn::Never(format!("the cancel of run {short} is stuck: {reason}"))
            }
            // Another process sees to it.
            (None, Some(stage)) if stage.is_open() => Turn::Waits,
            (None, Some(stage)) => {
                let why = stage.why().unwrap_or_default();
                Turn::Never(format!("run {short} was not cancelled: {why}"))
            }
            (None, None) => Turn::Never(format!("nothing cancels run {short}")),
        }
    }

    /// The run whose cancel a queue waits for.
    pub(super) fn awaited_cancel(&self, queue: StartId) -> Option<&RunId> {
        let next = self.queues.next(queue)?;
        let after = self.starts.get(next)?.entry.after.as_ref()?;
        (self.turn(next) == Turn::Waits).then_some(after)
    }
}

fn by_itself(run: &str, status: &str) -> String {
    format!("run {run} ended by itself before its cancel reached it: {status}")
}

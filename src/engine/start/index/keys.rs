//! Where the indices have a start: made of the start alone.

use crate::domain::RunId;
use crate::engine::request::CallId;
use crate::engine::start::Start;
use crate::engine::start::journal::StartStage;
use crate::engine::sync::session::Session;

/// Where the indices have a start.
#[derive(PartialEq)]
#[allow(clippy::struct_excessive_bools, reason = "each is whether an index has it")]
pub(super) struct Keys {
    pub(super) open: bool,
    pub(super) at_work: bool,
    /// Whether it has left, and this process is about to settle it.
    pub(super) away: bool,
    pub(super) lost: bool,
    pub(super) departing: bool,
    pub(super) owed: bool,
    pub(super) runless: bool,
    pub(super) asked: bool,
    pub(super) unreadable: bool,
    pub(super) call: Option<CallId>,
    pub(super) run: Option<RunId>,
    pub(super) unattended: Option<Session>,
}

impl Keys {
    pub(super) fn of(start: &Start) -> Self {
        let stage = &start.entry.stage;
        let is_queued = *stage == StartStage::Waiting && start.entry.queue.is_some();
        let is_unattended = start.is_open() && start.sought.is_none() && !is_queued;
        Self {
            open: start.is_open(),
            at_work: start.is_at_work(),
            away: start.is_at_work() && *stage != StartStage::Waiting,
            lost: is_lost(stage),
            departing: start.departure.is_some(),
            owed: start.recording.owed,
            runless: start.is_lined_up() && *stage == StartStage::Waiting
                || is_alone(start)
                || is_lost(stage),
            asked: start.recording.asked > 0,
            unreadable: matches!(stage, StartStage::Unreadable { .. }),
            call: start.call,
            run: stage.run().cloned(),
            unattended: is_unattended.then_some(start.entry.by),
        }
    }
}

/// Whether a start waits for room by itself, in a queue of one that nobody would look for.
fn is_alone(start: &Start) -> bool {
    start.entry.stage == StartStage::Waiting && start.entry.queue.is_some_and(|point| point.of == 1)
}

/// Whether a start has left, and nobody has an answer to it.
fn is_lost(stage: &StartStage) -> bool {
    matches!(
        stage,
        StartStage::Sent
            | StartStage::Unconfirmed(_)
            | StartStage::Ambiguous(_)
            | StartStage::NotSeen
    )
}

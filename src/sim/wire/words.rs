//! The words of statuses and triggers in the simulator's answers, from `hex-api.md` §5.

use crate::domain::{RunStatus, RunTrigger};

/// The word for a status.
pub(crate) fn status(status: &RunStatus) -> &str {
    match status {
        RunStatus::Pending => "PENDING",
        RunStatus::Running => "RUNNING",
        RunStatus::Completed => "COMPLETED",
        RunStatus::Errored => "ERRORED",
        RunStatus::Killed => "KILLED",
        RunStatus::NoKernel => "UNABLE_TO_ALLOCATE_KERNEL",
        RunStatus::Unknown(word) => word,
    }
}

/// The word for what started a run.
pub(crate) fn trigger(trigger: &RunTrigger) -> &str {
    match trigger {
        RunTrigger::Scheduled => "SCHEDULED",
        RunTrigger::Api => "API",
        RunTrigger::AppRefresh => "APP_REFRESH",
        RunTrigger::Unknown(word) => word,
    }
}

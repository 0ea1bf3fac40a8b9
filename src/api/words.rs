//! Hex's spelling of statuses and triggers (`hex-api.md` §5).

use crate::domain::{RunStatus, RunTrigger, Text};

/// Reads Hex's spelling of a status; one that is not known is kept by name.
pub fn status(word: &str) -> RunStatus {
    let known = RunStatus::KNOWN.into_iter().find(|status| status_word(status) == word);
    known.unwrap_or_else(|| RunStatus::Unknown(Text::word(word)))
}

/// Hex's spelling of a status.
pub fn status_word(status: &RunStatus) -> &str {
    match status {
        RunStatus::Pending => "PENDING",
        RunStatus::Running => "RUNNING",
        RunStatus::Errored => "ERRORED",
        RunStatus::Completed => "COMPLETED",
        RunStatus::Killed => "KILLED",
        RunStatus::NoKernel => "UNABLE_TO_ALLOCATE_KERNEL",
        RunStatus::Unknown(word) => word,
    }
}

/// Reads Hex's spelling of what started a run; one that is not known is kept by name.
pub fn trigger(word: &str) -> RunTrigger {
    let known = RunTrigger::KNOWN.into_iter().find(|trigger| trigger_word(trigger) == word);
    known.unwrap_or_else(|| RunTrigger::Unknown(Text::word(word)))
}

/// Hex's spelling of what started a run.
pub fn trigger_word(trigger: &RunTrigger) -> &str {
    match trigger {
        RunTrigger::Api => "API",
        RunTrigger::Scheduled => "SCHEDULED",
        RunTrigger::AppRefresh => "APP_REFRESH",
        RunTrigger::Unknown(word) => word,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_word_survives_the_wire_and_unknown_ones_are_kept() {
        for known in RunStatus::KNOWN {
            assert_eq!(status(status_word(&known)), known);
        }
        for known in RunTrigger::KNOWN {
            assert_eq!(trigger(trigger_word(&known)), known);
        }
        let paused = status("PAUSED");
        assert_eq!(paused, RunStatus::Unknown("PAUSED".into()));
        assert!(!paused.is_terminal());
        let raw = format!("PAU\u{1b}[2JSED{}", "!".repeat(1000));
        for text in [status(&raw).word().to_owned(), trigger(&raw).word().to_owned()] {
            assert!(text.starts_with("PAU·[2JSED!") && text.chars().count() < 100, "{text}");
        }
    }
}

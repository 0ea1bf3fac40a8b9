//! What was seen, by the server's clock.

use std::time::Duration;

use jiff::Timestamp;

use super::run_table::RunState;
use super::state::ProjectState;
use crate::domain::filter::{RunFacts, StartFacts};
use crate::domain::runaway::{Verdict, verdict};
use crate::domain::{Boot, RunStatus};

/// A moment by the server's clock and by ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The server's time.
    pub server: Timestamp,
    /// Ours.
    pub boot: Boot,
    /// Beyond this a run waits for its kernel for longer than is usual; none while there may be none for it.
    pub longest_wait: Option<Duration>,
}

impl Moment {
    /// The server's time when it was `at` here, which is not later than this moment.
    fn server_at(self, at: Boot) -> Timestamp {
        let ago = self.boot.saturating_sub(at);
        self.server.checked_sub(ago).unwrap_or(Timestamp::MIN)
    }

    /// How long a run had taken when it was last seen; of one that has ended, how long it took. None before
    /// it has started. What an active run does after the last look at it is not known.
    pub fn elapsed(self, seen: &RunState) -> Option<Duration> {
        seen.run.elapsed_at(self.server_at(seen.at))
    }

    /// How long a run that is pending has been seen to wait: from when it appeared, where that was seen, until it
    /// was looked at last.
    pub fn waited(self, seen: &RunState) -> Option<Duration> {
        let since = seen.changed.filter(|_| seen.run.status == RunStatus::Pending)?;
        Some(seen.at.saturating_sub(since))
    }

    /// What is said of a run by what was seen of it.
    pub fn verdict(self, watched: &ProjectState, seen: &RunState) -> Option<Verdict> {
        if !seen.run.is_active() {
            return None;
        }
        if seen.run.status == RunStatus::Pending {
            let waited = self.waited(seen)?;
            return self.longest_wait.filter(|limit| waited > *limit).map(|_| Verdict::Waiting);
        }
        verdict(watched.durations.limits(&seen.run)?, self.elapsed(seen)?)
    }

    /// What a filter may ask of a run; `start` is what the journal knows of its start.
    pub fn facts<'a>(
        self,
        watched: &'a ProjectState,
        seen: &'a RunState,
        start: StartFacts<'a>,
    ) -> RunFacts<'a> {
        let elapsed = self.elapsed(seen);
        RunFacts {
            run: &seen.run,
            project: &watched.project,
            elapsed,
            ratio: watched.ratio(&seen.run, elapsed),
            verdict: self.verdict(watched, seen),
            start,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ProjectId, Run, RunId, RunStatus};

    #[test]
    fn an_active_run_has_taken_what_was_seen_and_an_ended_one_what_it_took() {
        let time = |second| Timestamp::from_second(second).unwrap();
        let run = Run {
            project: ProjectId::new("p"),
            id: RunId::new("r"),
            version: None,
            url: None,
            status: RunStatus::Running,
            trigger: None,
            start: Some(time(1000)),
            end: None,
            elapsed: None,
        };
        let boot = Boot::from_secs(500);
        let moment = Moment { server: time(1100), boot, longest_wait: None };
        let elapsed = |run: &Run, seen| {
            let seen = RunState { run: run.clone(), at: Boot::from_secs(seen), changed: None };
            moment.elapsed(&seen).map(|elapsed| elapsed.as_secs())
        };
        assert_eq!(elapsed(&run, 500), Some(100));
        assert_eq!(elapsed(&run, 420), Some(20));
        assert_eq!(elapsed(&run, 300), Some(0), "it started after that, by the server's clock");
        let ended = Run { status: RunStatus::Killed, end: Some(time(1090)), ..run.clone() };
        assert_eq!(elapsed(&ended, 420), Some(90));
        assert_eq!(elapsed(&Run { start: None, ..run }, 500), None);
    }
}

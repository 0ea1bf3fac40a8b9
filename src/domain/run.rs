//! One run of a project and the states it moves through.

use serde::{Deserialize, Serialize};
use std::time::Duration;

use jiff::Timestamp;

use super::time::between;
use super::{ProjectId, RunId, Text};

/// Where a run stands. Hex added a status once already, so others are kept by name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum RunStatus {
    /// Accepted, waiting for a kernel.
    Pending,
    /// Executing.
    Running,
    /// Ended by a failing cell.
    Errored,
    /// Ended well.
    Completed,
    /// Cancelled by a person or a program.
    Killed,
    /// Ended without ever getting a kernel.
    NoKernel,
    /// A status that this version does not know. Whether such a run has ended is told by its end.
    Unknown(Text),
}

impl RunStatus {
    /// The statuses Hex documents, in the order people read them.
    pub const KNOWN: [Self; 6] = [
        Self::Pending,
        Self::Running,
        Self::Errored,
        Self::Completed,
        Self::Killed,
        Self::NoKernel,
    ];

    /// The word a person reads and types in a filter.
    pub fn word(&self) -> &str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Errored => "errored",
            Self::Completed => "completed",
            Self::Killed => "killed",
            Self::NoKernel => "no kernel",
            Self::Unknown(text) => text,
        }
    }

    /// Whether the status alone says that the run has ended; see [`Run::is_active`].
    pub fn is_terminal(&self) -> bool {
        matches!(self, Self::Errored | Self::Completed | Self::Killed | Self::NoKernel)
    }
}

/// What started a run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum RunTrigger {
    /// A request to the API.
    Api,
    /// The project's schedule.
    Scheduled,
    /// A publish or an app refresh.
    AppRefresh,
    /// A cause this version does not know.
    Unknown(Text),
}

impl RunTrigger {
    /// The causes Hex documents.
    pub const KNOWN: [Self; 3] = [Self::Api, Self::Scheduled, Self::AppRefresh];

    /// The word a person reads and types in a filter.
    pub fn word(&self) -> &str {
        match self {
            Self::Api => "API",
            Self::Scheduled => "scheduled",
            Self::AppRefresh => "app refresh",
            Self::Unknown(text) => text,
        }
    }
}

/// A run as the server last described it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// The project it belongs to.
    pub project: ProjectId,
    /// Its id.
    pub id: RunId,
    /// Published version, or `draft` for a notebook run.
    pub version: Option<String>,
    /// Where a person sees it in a browser.
    pub url: Option<String>,
    /// Where it stands.
    pub status: RunStatus,
    /// What started it; older servers do not say.
    pub trigger: Option<RunTrigger>,
    /// When it got its kernel, by the server's clock.
    pub start: Option<Timestamp>,
    /// When it ended, by the server's clock.
    pub end: Option<Timestamp>,
    /// How long it took, as the server says.
    pub elapsed: Option<Duration>,
}

impl Run {
    /// Whether it may still change. A run with a status that this version does not know has ended
    /// if it has an end (`hex-api.md` §5.1).
    pub fn is_active(&self) -> bool {
        match self.status {
            RunStatus::Unknown(_) => self.end.is_none(),
            _ => !self.status.is_terminal(),
        }
    }

    /// Whether it says the same as `other`, which describes the same run. How long an active run
    /// has taken so far is told by its start.
    pub fn says(&self, other: &Self) -> bool {
        self == other
            || self.is_active() && *self == Self { elapsed: self.elapsed, ..other.clone() }
    }

    /// Whether it is as far as `other`, which describes the same run.
    pub fn is_at(&self, other: &Self) -> bool {
        self.status == other.status && self.is_active() == other.is_active()
    }

    /// Whether it is less far than `other`, which describes the same run: an answer that says so is
    /// an old one, because no run goes back. Of a status that is not known nobody can tell.
    pub fn is_behind(&self, other: &Self) -> bool {
        let was_pending = self.status == RunStatus::Pending && other.status == RunStatus::Running;
        was_pending || self.is_active() && !other.is_active()
    }

    /// How long it has run at `server_now`: ticking while active, fixed once it has ended,
    /// nothing before it started.
    pub fn elapsed_at(&self, server_now: Timestamp) -> Option<Duration> {
        let measured = self.start.zip(self.end).map(|(start, end)| between(start, end));
        if self.is_active() {
            self.start.map(|start| between(start, server_now))
        } else {
            self.elapsed.or(measured)
        }
    }

    /// How long the whole run took, once it has ended well enough to say how long such a run
    /// takes: a killed or failed run does not.
    pub fn duration(&self) -> Option<Duration> {
        (self.status == RunStatus::Completed).then(|| self.elapsed_at(Timestamp::MIN)).flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(status: RunStatus) -> Run {
        Run {
            project: ProjectId::new("p"),
            id: RunId::new("r"),
            version: None,
            url: None,
            status,
            trigger: None,
            start: Some(Timestamp::from_second(100).unwrap()),
            end: None,
            elapsed: Some(Duration::from_secs(3)),
        }
    }

    #[test]
    fn a_status_that_nobody_knows_has_ended_if_there_is_an_end_and_goes_on_else() {
        let paused = run(RunStatus::Unknown("PAUSED".into()));
        assert!(paused.is_active());
        let end = Some(Timestamp::from_second(107).unwrap());
        assert!(!Run { end, ..paused }.is_active());
        assert!(Run { end, ..run(RunStatus::Running) }.is_active(), "a known word counts");
        assert!(!run(RunStatus::Completed).is_active(), "without an end");
    }

    #[test]
    fn no_run_goes_back() {
        let [pending, running, killed] =
            [RunStatus::Pending, RunStatus::Running, RunStatus::Killed].map(run);
        assert!(pending.is_behind(&running) && running.is_behind(&killed));
        assert!(!running.is_behind(&pending) && !killed.is_behind(&running));
        assert!(!running.is_behind(&running));
        let unknown = run(RunStatus::Unknown("PAUSED".into()));
        assert!(!unknown.is_behind(&running) && !running.is_behind(&unknown));
        assert!(unknown.is_behind(&killed));
    }

    #[test]
    fn elapsed_ticks_from_the_start_while_active_and_is_the_servers_word_after() {
        let now = Timestamp::from_second(160).unwrap();
        assert_eq!(run(RunStatus::Running).elapsed_at(now), Some(Duration::from_mins(1)));
        assert_eq!(run(RunStatus::Completed).elapsed_at(now), Some(Duration::from_secs(3)));
        let ended = Run {
            end: Some(Timestamp::from_second(107).unwrap()),
            elapsed: None,
            ..run(RunStatus::Killed)
        };
        assert_eq!(ended.elapsed_at(now), Some(Duration::from_secs(7)));
        assert_eq!(ended.duration(), None);
    }

    #[test]
    fn a_server_clock_behind_ours_never_makes_elapsed_negative() {
        let before = Timestamp::from_second(90).unwrap();
        assert_eq!(run(RunStatus::Running).elapsed_at(before), Some(Duration::ZERO));
    }
}

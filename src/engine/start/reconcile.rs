//! What became of starts whose answers went missing, as far as a project's runs can tell.
//!
//! A run is a *candidate* for a start if it could be its own. Starts that share candidates are
//! judged together: where they all send the same it does not matter which run is whose, so they
//! settle by count; where they differ, nobody can tell. All times are bounds: a candidate began no
//! earlier than the request may have left, and nothing is over before it certainly is.

mod judge;

use std::time::Duration;

use jiff::Timestamp;

use super::{Start, Starts};
use crate::api::{ApiError, Failure};
use crate::domain::{Boot, ProjectId, Run, RunTrigger};
use crate::engine::server::clock::ServerClock;
use crate::engine::start::journal::{Entry, StartId, StartStage, UNKNOWN_PROJECT};
use crate::engine::sync::session::Session;

pub(in crate::engine) use judge::Finding;
use judge::{Case, judge};

/// How much Hex's own machines may differ: the one that writes `Date` and the one that writes when a
/// run started.
pub(in crate::engine) const SLACK: Duration = Duration::from_secs(5);

/// How long a run that appears may still be that of a start which was not seen, or which of
/// several runs is a start's own may still become clear.
const LATE: Duration = Duration::from_mins(5);
/// How long a start that another process has sent is left to it after it is given up there.
pub(in crate::engine) const THEIRS: Duration = Duration::from_secs(10);

/// Whether `run` may be the one that this start began. It was in no list that was complete before
/// the request left; which other start has claimed it is for the caller to know.
pub(super) fn may_be(entry: &Entry, run: &Run) -> bool {
    // Without a bound of the server's time nothing is too old.
    let sent = entry.sent.and_then(|sent| sent.checked_sub(SLACK).ok());
    let in_time = |start: Timestamp| sent.is_none_or(|sent| start >= sent);
    let by_trigger = match &run.trigger {
        None | Some(RunTrigger::Api) => true,
        Some(RunTrigger::AppRefresh) => entry.publishes(),
        Some(_) => false,
    };
    by_trigger
        && run.project == entry.project
        && run.version.as_deref() != Some("draft")
        && !entry.known.contains(&run.id)
        && run.start.is_none_or(in_time)
}

impl Entry {
    /// Whether it may have begun a run, by its stage alone or because nobody knows which run it has begun.
    pub fn may_have_begun(&self, run: &Run) -> bool {
        let appears_by = || self.deadline.and_then(|at| at.checked_add(LATE).ok());
        match &self.stage {
            StartStage::Started(its) | StartStage::ProbablyOurs(its) => *its == run.id,
            StartStage::Ambiguous(runs) => runs.contains(&run.id),
            // By then its run would have been seen.
            StartStage::NotSeen if run.start.zip(appears_by()).is_some_and(|(at, by)| at > by) => {
                false
            }
            StartStage::Sent | StartStage::Unconfirmed(_) | StartStage::NotSeen => {
                may_be(self, run)
            }
            StartStage::Unreadable { .. } => {
                let earliest = self.at.checked_sub(SLACK).ok();
                let is_its =
                    [run.project.as_str(), UNKNOWN_PROJECT].contains(&self.project.as_str());
                is_its
                    && run.trigger != Some(RunTrigger::Scheduled)
                    && run.start.is_none_or(|start| earliest.is_none_or(|at| start >= at))
            }
            StartStage::Waiting
            | StartStage::Refused(_)
            | StartStage::NeverSent(_)
            | StartStage::Withdrawn => false,
        }
    }
}

/// When and by what starts are judged.
#[derive(Clone, Copy)]
pub(in crate::engine) struct Judging<'a> {
    /// What is known of the server's time.
    pub(in crate::engine) clock: &'a ServerClock,
    /// How long after a request is given up its run may take to appear.
    pub(in crate::engine) appears: Duration,
    /// Now.
    pub(in crate::engine) now: Boot,
}

impl Judging<'_> {
    /// When the run of a start that has not appeared by then is not coming.
    pub(in crate::engine) fn over_at(&self, start: &Start) -> Option<Boot> {
        Some(start.given_up_at(self.clock, self.now)? + self.appears)
    }

    /// Whether what is said of a start that was not seen, or is ambiguous, may still change.
    fn may_change(&self, start: &Start) -> bool {
        self.over_at(start).is_some_and(|over| self.now < over + LATE)
    }

    /// Whether nobody has an answer to a start, and looking may still tell what became of it.
    fn is_lost(&self, start: &Start) -> bool {
        match start.entry.stage {
            StartStage::Sent | StartStage::Unconfirmed(_) => true,
            StartStage::Ambiguous(_) | StartStage::NotSeen => self.may_change(start),
            _ => false,
        }
    }
}

impl Starts {
    /// Starts of a project whose runs this process looks for with a look that left at `looked`.
    pub(in crate::engine) fn sought(
        &self,
        project: &ProjectId,
        looked: Boot,
        judging: Judging<'_>,
    ) -> Vec<&Start> {
        let is_sought = |start: &&Start| {
            start.sought.is_some_and(|since| since <= looked)
                && start.entry.stage != StartStage::Sent
                && judging.is_lost(start)
        };
        self.lost_of(project).filter(is_sought).collect()
    }

    /// Whether a request is on its way whose answer will say which run is its own.
    pub(in crate::engine) fn is_answered_soon(
        &self,
        project: &ProjectId,
        is_gone: impl Fn(Session) -> bool,
        judging: Judging<'_>,
    ) -> bool {
        self.open_of(project).filter(|start| start.entry.stage == StartStage::Sent).any(|start| {
            let is_theirs_yet = || {
                let given_up = start.given_up_at(judging.clock, judging.now);
                given_up.is_none_or(|at| judging.now < at + THEIRS)
            };
            start.call.is_some() || !is_gone(start.entry.by) && is_theirs_yet()
        })
    }

    /// What was found out of all starts of a project that nobody has an answer to, from its runs as
    /// a look that left at `looked` has shown them. Starts of other processes are rivals, which
    /// they settle themselves.
    pub(in crate::engine) fn findings<'r>(
        &self,
        project: &ProjectId,
        runs: impl Iterator<Item = &'r Run>,
        looked: Boot,
        judging: Judging<'_>,
    ) -> Vec<(StartId, Finding)> {
        let mut runs: Vec<_> = runs.filter(|run| self.claims(&run.id).next().is_none()).collect();
        runs.sort_by_key(|run| (run.start.is_none(), run.start, run.id.clone()));
        let cases: Vec<_> = self
            .lost_of(project)
            .filter(|start| judging.is_lost(start))
            .map(|start| Case {
                entry: &start.entry,
                is_over: judging.over_at(start).is_some_and(|over| over <= looked),
                candidates: runs
                    .iter()
                    .filter(|run| may_be(&start.entry, run))
                    .map(|run| run.id.clone())
                    .collect(),
            })
            .collect();
        judge(&cases)
    }

    /// Whether the answer to a start was lost, or is still on its way, that may have begun a run.
    pub(in crate::engine) fn may_have_begun(&self, run: &Run) -> bool {
        let lost = self.lost_of(&run.project).chain(self.unreadable());
        lost.into_iter().any(|start| start.entry.may_have_begun(run))
    }

    /// Starts that were thought to have begun a run that is certainly another's, as they are then:
    /// unconfirmed again.
    pub(in crate::engine) fn doubled(&self) -> Vec<Entry> {
        let is_certain = |start: &&Start| start.entry.stage.is_certain();
        let lost = || Failure::Broken("the run that appeared was another start's".to_owned());
        self.claimed_twice()
            .filter(|run| self.claims(run).any(|start| is_certain(&start)))
            .flat_map(|run| self.claims(run).filter(|start| !is_certain(start)))
            .map(|start| {
                let stage = StartStage::Unconfirmed(ApiError::from(lost()));
                Entry { stage, ..start.entry.clone() }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::*;
    use crate::domain::{RunId, RunStatus, Text};
    use crate::engine::sync::session::Session;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn entry(number: u32, body: &str) -> Entry {
        Entry {
            id: StartId::new(at(0), Session(1), number),
            by: Session(1),
            who: None,
            project: ProjectId::new("p"),
            title: Text::default(),
            body: json!({"inputParams": {"x": body}}),
            secrets: BTreeSet::new(),
            at: at(0),
            reason: None,
            queue: None,
            after: None,
            stage: StartStage::Sent,
            attempts: 1,
            sent: Some(at(100)),
            deadline: Some(at(120)),
            known: BTreeSet::new(),
            trace: None,
        }
    }

    fn run(id: &str) -> Run {
        Run {
            project: ProjectId::new("p"),
            id: RunId::new(id),
            version: Some("3".to_owned()),
            url: None,
            status: RunStatus::Running,
            trigger: Some(RunTrigger::Api),
            start: Some(at(101)),
            end: None,
            elapsed: None,
        }
    }

    #[test]
    fn a_candidate_is_new_by_the_api_not_a_draft_and_not_earlier_than_the_request() {
        let entry = Entry { known: BTreeSet::from([RunId::new("old")]), ..entry(1, "a") };
        let publishing = Entry { body: json!({"updatePublishedResults": true}), ..entry.clone() };
        assert!(may_be(&entry, &run("a")));
        assert!(may_be(&entry, &Run { start: None, ..run("a") }));
        assert!(may_be(&entry, &Run { start: Some(at(95)), ..run("a") }));
        assert!(may_be(&entry, &Run { trigger: None, ..run("a") }));
        assert!(!may_be(&entry, &run("old")));
        let unknown = Entry { sent: None, ..entry.clone() };
        assert!(may_be(&unknown, &Run { start: Some(at(-100_000)), ..run("a") }));
        assert!(!may_be(&entry, &Run { start: None, ..run("old") }));
        assert!(!may_be(&entry, &Run { start: Some(at(94)), ..run("a") }));
        assert!(!may_be(&entry, &Run { trigger: Some(RunTrigger::Scheduled), ..run("a") }));
        assert!(!may_be(&entry, &Run { version: Some("draft".to_owned()), ..run("a") }));
        assert!(!may_be(&entry, &Run { project: ProjectId::new("q"), ..run("a") }));
        let refresh = Run { trigger: Some(RunTrigger::AppRefresh), ..run("a") };
        assert!(!may_be(&entry, &refresh));
        assert!(may_be(&publishing, &refresh));
    }

    /// A start of ours that was given up a minute ago.
    fn given_up(number: u32, stage: StartStage, now: Boot) -> Start {
        let entry = Entry { stage, deadline: None, ..entry(number, "a") };
        let given_up = Some(now - Duration::from_mins(1));
        let start = Start::new(entry, crate::domain::StartRun::default(), Boot::ZERO);
        Start { given_up, ..start }
    }

    #[test]
    fn what_was_not_seen_is_looked_for_five_minutes_longer() {
        let clock = ServerClock::default();
        let now = Boot::from_secs(10_000);
        let start = given_up(1, StartStage::NotSeen, now);
        let appears = Duration::from_secs(30);
        let over = now - Duration::from_mins(1) + appears;
        for (at, is_lost) in [(over, true), (over + LATE - Duration::from_secs(1), true)]
            .into_iter()
            .chain([(over + LATE, false)])
        {
            let judging = Judging { clock: &clock, appears, now: at };
            assert_eq!(judging.is_lost(&start), is_lost, "{:?}", at.saturating_sub(over));
        }
    }

    #[test]
    fn a_run_that_is_certainly_anothers_is_taken_from_the_start_that_was_thought_to_have_begun_it()
    {
        let run = RunId::new("r");
        let now = Boot::from_secs(10_000);
        let mut starts = Starts::default();
        starts.insert(given_up(1, StartStage::ProbablyOurs(run.clone()), now));
        assert_eq!(starts.doubled(), [], "nobody else claims it");
        starts.insert(given_up(2, StartStage::Started(run), now));
        let doubled = starts.doubled();
        assert_eq!(doubled.iter().map(|entry| entry.id).collect::<Vec<_>>(), [entry(1, "a").id]);
        assert!(matches!(doubled[0].stage, StartStage::Unconfirmed(_)));
    }
}

//! One watched project: its runs as they were last seen, and how looking at it went.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::durations::Durations;
use super::run_table::{RunState, RunTable};
use super::trouble::Trouble;
use crate::api::ApiError;
use crate::domain::time::between;
use crate::domain::{Boot, Project, Run, RunId, RunStatus};
use crate::engine::poll::{Expectation, History};
use crate::engine::projects::paging::{Covered, Paging, ReadBack};

/// Ended runs kept for each project; active ones are always kept.
const KEEP: usize = 200;
/// How long after a run appeared or changed Hex may say that it does not know it: a 404 right
/// after the 201 means that not all of its servers have heard of the run yet.
const YOUNG: Duration = Duration::from_mins(2);
/// Ended runs of which it is kept how they did.
const OUTCOMES: usize = 6;
/// How long a gap is told after the runs before it are forgotten.
const DAY: Duration = Duration::from_hours(24);

/// Why the last look failed.
#[derive(Clone, Debug, PartialEq)]
pub struct LookError {
    /// The reason.
    pub error: ApiError,
    /// How many looks have failed in a row.
    pub tries: u32,
    /// When it is looked at again.
    pub next: Boot,
}

/// A project and what is known of its runs.
#[derive(Clone, Debug, PartialEq)]
pub struct ProjectState {
    /// The project as the list of projects described it.
    pub project: Project,
    /// Since when it is known.
    pub(in crate::engine) listed: Boot,
    /// Its runs.
    pub runs: RunTable,
    /// When the last look began.
    pub looked: Option<Boot>,
    /// When the last look began that was answered with runs.
    pub read: Option<Boot>,
    /// Why the last look failed, if it did.
    pub error: Option<LookError>,
    /// How long its runs take.
    pub durations: Durations,
    /// What is wrong with it.
    pub trouble: Trouble,
    /// How its last runs have ended, the newest first; at most six.
    pub outcomes: Vec<RunStatus>,
    /// Since when its runs are known without a gap, by the server's clock; none before the first
    /// page.
    pub complete: Option<Timestamp>,
    /// Between which runs others may be missing, because too many had started between two looks.
    pub gap: Option<Gap>,
    /// Which pages of its runs are read.
    pub(in crate::engine) paging: Paging,
    /// How far back a person wants its runs, and whether they were read so far.
    pub(in crate::engine) back: Option<(ReadBack, bool)>,
    /// What was known before the look that goes on.
    pub(in crate::engine) reach: Option<Backfill>,
    /// What ended before this, by the server's clock, was over before anybody watched.
    pub(in crate::engine) since: Option<Timestamp>,
    /// Runs that Hex said it does not know any more, as they were last seen.
    pub(in crate::engine) gone: BTreeMap<RunId, Run>,
    /// Runs that cannot be read by themselves, and until when that is not tried again.
    pub(in crate::engine) unreadable: BTreeMap<RunId, Boot>,
    /// What was learned from its runs.
    pub(in crate::engine) history: Option<History>,
    /// What is expected of it.
    pub(in crate::engine) expectation: Expectation,
}

/// A stretch of time of which runs may be missing, by the server's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// When the newest run before it started, if one was known.
    pub from: Option<Timestamp>,
    /// When the oldest run after it started.
    pub to: Timestamp,
}

/// What was known before a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) struct Backfill {
    /// When the newest run started that was known before; none if none was known.
    pub(in crate::engine) known: Option<Timestamp>,
}

impl ProjectState {
    pub(in crate::engine) fn new(project: Project, now: Boot) -> Self {
        Self {
            project,
            listed: now,
            runs: RunTable::default(),
            looked: None,
            read: None,
            error: None,
            durations: Durations::default(),
            trouble: Trouble::default(),
            outcomes: Vec::new(),
            complete: None,
            gap: None,
            paging: Paging::default(),
            back: None,
            reach: None,
            since: None,
            gone: BTreeMap::new(),
            unreadable: BTreeMap::new(),
            history: None,
            expectation: Expectation::default(),
        }
    }

    /// Whether the token may not read its runs.
    pub fn is_unreadable(&self) -> bool {
        self.error.as_ref().is_some_and(|look| !look.error.is_transient())
    }

    /// Whether its runs were never read, for want of an answer and not of leave.
    pub(in crate::engine) fn is_unread(&self) -> bool {
        self.read.is_none() && !self.is_unreadable()
    }

    /// Whether no look at it was ever answered.
    pub fn is_unseen(&self) -> bool {
        self.read.is_none() && self.error.is_none()
    }

    /// Whether a run appeared or changed so short a time ago that a 404 does not mean that it is
    /// gone.
    pub(in crate::engine) fn is_young(&self, run: &RunId, now: Boot) -> bool {
        let changed = self.runs.get(run).and_then(|seen| seen.changed);
        changed.is_some_and(|at| now < at + YOUNG)
    }

    /// Whether its runs are known as far back as that, without a gap.
    pub fn reaches_back(&self, to: ReadBack) -> bool {
        let was_read = self.back.is_some_and(|(wanted, is_read)| is_read && wanted == to);
        let Some(complete) = self.complete.filter(|_| self.gap.is_none()) else { return was_read };
        let is_since = |start: Option<Timestamp>| start.is_none_or(|start| start >= complete);
        let since_then = || self.newest_first().take_while(|seen| is_since(seen.run.start));
        was_read
            || to.since.is_some_and(|since| complete <= since)
            || since_then().count() >= usize::try_from(to.most).unwrap_or(usize::MAX)
    }

    /// A look has read so much of what a person wants.
    pub(in crate::engine) fn note_back(&mut self, covered: Covered) {
        if let Some((_, is_read)) = &mut self.back {
            *is_read = covered.all || covered.reached;
        }
    }

    /// When the oldest run started that others are told of: what is read further back for one person
    /// is not for them.
    pub(in crate::engine) fn told_since(&self) -> Option<Timestamp> {
        self.back?;
        let ended = self.newest_first().filter(|seen| !seen.run.is_active());
        ended.skip(KEEP).find_map(|seen| seen.run.start.or(seen.run.end))
    }

    /// Runs that have not ended.
    pub fn active(&self) -> impl Iterator<Item = &RunState> {
        self.runs.active()
    }

    /// When the newest of its runs started.
    pub(in crate::engine) fn newest(&self) -> Option<Timestamp> {
        self.runs.by_age().rev().find_map(|seen| seen.run.start)
    }

    /// Its runs, newest first; those that have not started come before all others.
    pub fn newest_first(&self) -> impl Iterator<Item = &RunState> {
        self.runs.by_age().rev()
    }

    /// Puts in a run that an answer to a request sent at `sent` has described, and described anew.
    pub(in crate::engine) fn put(&mut self, run: Run, sent: Boot, now: Boot) {
        let known_before = self.read.is_some();
        let changed = match self.runs.get(&run.id) {
            Some(seen) => (!seen.run.is_at(&run)).then_some(now).or(seen.changed),
            None => (known_before && !self.is_past(&run)).then_some(now),
        };
        self.gone.remove(&run.id);
        self.runs.put(RunState { run, at: sent, changed });
    }

    /// A look that began at `sent`, not before `since` by the server's clock, has shown its newest
    /// runs.
    pub(in crate::engine) fn note_read(&mut self, sent: Boot, since: Option<Timestamp>) {
        self.since = self.since.or(since);
        self.read = Some(sent);
    }

    /// Whether a run was over before anybody watched, or is older than those that are kept.
    pub(in crate::engine) fn is_past(&self, run: &Run) -> bool {
        let is_before = |at: Option<Timestamp>, since| at.zip(since).is_some_and(|(a, b)| a < b);
        let started = run.start.or(run.end);
        !run.is_active() && (is_before(run.end, self.since) || is_before(started, self.complete))
    }

    /// Hex does not know a run any more. If it shows the run again, that is no news.
    pub(in crate::engine) fn forget(&mut self, run: &RunId) {
        if let Some(seen) = self.runs.remove(run) {
            self.gone.insert(run.clone(), seen.run);
        }
        while self.gone.len() > KEEP {
            self.gone.pop_first();
        }
    }

    /// Hex does not let a run be read by itself: that is not tried again before `until`.
    pub(in crate::engine) fn note_unreadable(&mut self, run: &RunId, until: Boot) {
        self.unreadable.retain(|run, _| self.runs.contains_key(run));
        self.unreadable.insert(run.clone(), until);
    }

    /// Whether a run may be read by itself now.
    pub(in crate::engine) fn may_read(&self, run: &RunId, now: Boot) -> bool {
        self.unreadable.get(run).is_none_or(|until| *until <= now)
    }

    /// Forgets the oldest ended runs beyond what is kept.
    pub(in crate::engine) fn tidy(&mut self) {
        let ended = self.newest_first().filter(|seen| !seen.run.is_active());
        self.outcomes = ended.take(OUTCOMES).map(|seen| seen.run.status.clone()).collect();
        if self.runs.len() > KEEP && self.back.is_none() {
            let ended: Vec<_> = self
                .newest_first()
                .filter(|seen| !seen.run.is_active())
                .skip(KEEP)
                // What the last page listed would come again with the next, as if it were new.
                .filter(|seen| Some(seen.at) != self.read)
                .map(|seen| seen.run.id.clone())
                .collect();
            for run in ended {
                self.runs.remove(&run);
            }
            let kept = self.runs.values().filter(|seen| !seen.run.is_active());
            let oldest = kept.filter_map(|seen| seen.run.start).min();
            self.complete =
                self.complete.map(|complete| oldest.map_or(complete, |o| o.max(complete)));
            // What was missed may still be going on, so it is told for a day.
            let told = |gap: &Gap| self.newest().is_none_or(|newest| between(gap.to, newest) < DAY);
            self.gap = self.gap.filter(|gap| oldest < Some(gap.to) || told(gap));
        }
    }

    /// How a run's time compares with what runs of its version usually take, where both are known.
    pub fn ratio(&self, run: &Run, elapsed: Option<Duration>) -> Option<f64> {
        let usual = self.durations.usual(run)?.as_secs_f64();
        (usual > 0.0).then_some(elapsed?.as_secs_f64() / usual)
    }
}

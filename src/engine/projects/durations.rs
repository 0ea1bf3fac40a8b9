//! What the runs of a project take, by version, and when those that go on are expected to end.
//!
//! It is drawn anew with each look, by what was seen then and what all projects have in common.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use super::moment::Moment;
use super::run_table::{RunState, RunTable};
use crate::domain::durations::{Hangs, Pool, Prior, Summary};
use crate::domain::runaway::Limits;
use crate::domain::time::between;
use crate::domain::{Run, RunId};

/// Runs are counted over at least this.
const LEAST_SPAN: Duration = Duration::from_hours(24);

/// What is believed of every project's runs before they are looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::engine) struct Beliefs {
    /// How long they take.
    pub(in crate::engine) prior: Prior,
    /// How often they hang.
    pub(in crate::engine) hangs: Hangs,
    /// The probability with which a normal run may be called a runaway.
    pub(in crate::engine) alpha: f64,
}

/// When a run is expected to end, by the server's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExpectedEnd {
    /// In half of all cases no later than this.
    pub median: Timestamp,
    /// In nine of ten cases no later than this.
    pub p90: Timestamp,
}

/// One version of a project.
#[derive(Clone, Debug, PartialEq)]
struct OfVersion {
    version: Option<String>,
    summary: Summary,
    /// Of the newest version, and of those with runs that go on.
    limits: Option<Limits>,
}

/// What the runs of a project take.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Durations {
    /// In the order in which their first runs started.
    versions: Vec<OfVersion>,
    ends: BTreeMap<RunId, ExpectedEnd>,
    /// How many runs start in a day.
    runs_a_day: f64,
    /// How many runs have started, and when the first of them did.
    started: u32,
    first: Option<Timestamp>,
    /// The change of the runs that the summaries are of.
    changes: Option<u64>,
}

impl Durations {
    /// Draws it anew; `fixed` is how long a run may take by a rule.
    pub(in crate::engine) fn draw(
        &mut self,
        runs: &RunTable,
        beliefs: &Beliefs,
        fixed: Option<Duration>,
        moment: Moment,
    ) {
        if self.changes != Some(runs.changes()) {
            self.changes = Some(runs.changes());
            self.versions = versions(runs);
            let mut started = runs.by_age().filter_map(|seen| seen.run.start);
            self.first = started.next();
            self.started = u32::try_from(started.count() + usize::from(self.first.is_some()))
                .unwrap_or(u32::MAX);
        }
        let span = self.first.map(|first| between(first, moment.server)).unwrap_or_default();
        self.runs_a_day =
            f64::from(self.started) * LEAST_SPAN.as_secs_f64() / span.max(LEAST_SPAN).as_secs_f64();
        let newest = self.versions.len().saturating_sub(1);
        let mut prior = beliefs.prior;
        for (number, of) in self.versions.iter_mut().enumerate() {
            let goes_on = runs.active().any(|seen| seen.run.version == of.version);
            let is_asked = number == newest || goes_on;
            of.limits =
                is_asked.then(|| Limits::of(&prior, &of.summary, beliefs.alpha).fixed_at(fixed));
            prior = prior.after(&of.summary);
        }
        let end = |seen: &RunState| {
            let (start, elapsed) = (seen.run.start?, moment.elapsed(seen)?);
            let limits = self.limits(&seen.run).filter(|limits| limits.is_known())?;
            let remaining = limits.expected.remaining(elapsed, beliefs.hangs);
            let at = |more: Duration| start.checked_add(elapsed.checked_add(more)?).ok();
            let (median, p90) = (at(remaining.median)?, at(remaining.p90)?);
            Some((seen.run.id.clone(), ExpectedEnd { median, p90 }))
        };
        self.ends = runs.active().filter_map(end).collect();
    }

    fn of(&self, run: &Run) -> Option<&OfVersion> {
        self.versions.iter().rev().find(|of| of.version == run.version)
    }

    /// Beyond which durations a run that goes on gets which verdict.
    pub fn limits(&self, run: &Run) -> Option<&Limits> {
        self.of(run)?.limits.as_ref()
    }

    /// The same for a run of the newest version, if any run of the project has completed.
    pub fn newest(&self) -> Option<&Limits> {
        self.versions.last()?.limits.as_ref().filter(|limits| limits.is_known())
    }

    /// What runs of the same version usually take; none where nothing is known of the project.
    pub fn usual(&self, run: &Run) -> Option<Duration> {
        let of = self.of(run)?;
        match &of.limits {
            Some(limits) => limits.is_known().then_some(limits.usual),
            None => (of.summary.runs > 0).then(|| of.summary.median_duration()),
        }
    }

    /// When a run that goes on is expected to end, by what was seen of it.
    pub fn end(&self, run: &RunId) -> Option<ExpectedEnd> {
        self.ends.get(run).copied()
    }

    /// What the project tells of all.
    pub(in crate::engine) fn pool(&self) -> Pool {
        let known = self.versions.iter().rev().find(|of| of.summary.runs > 0);
        known.map(|of| Pool::of(&of.summary)).unwrap_or_default()
    }

    /// How many runs start in a day.
    pub(in crate::engine) fn runs_a_day(&self) -> f64 {
        self.runs_a_day
    }
}

/// The versions of the runs, each with what its completed runs took.
fn versions(runs: &RunTable) -> Vec<OfVersion> {
    let mut places = BTreeMap::new();
    let mut versions: Vec<(Option<String>, Vec<Duration>)> = Vec::new();
    for seen in runs.by_age() {
        let version = &seen.run.version;
        let place = *places.entry(version).or_insert_with(|| {
            versions.push((version.clone(), Vec::new()));
            versions.len() - 1
        });
        if let Some((_, took)) = versions.get_mut(place) {
            took.extend(seen.run.duration());
        }
    }
    let of = |(version, took): (Option<String>, Vec<Duration>)| OfVersion {
        version,
        summary: Summary::of(&took),
        limits: None,
    };
    versions.into_iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::runaway::{Verdict, verdict};
    use crate::domain::{Boot, ProjectId, RunStatus};

    fn time(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    /// A run of a version that started then and took so long, or goes on.
    fn run(number: i64, version: &str, start: i64, took: Option<i64>) -> RunState {
        let run = Run {
            project: ProjectId::new("p"),
            id: RunId::new(format!("{number}")),
            version: Some(version.to_owned()),
            url: None,
            status: if took.is_some() { RunStatus::Completed } else { RunStatus::Running },
            trigger: None,
            start: Some(time(start)),
            end: took.map(|took| time(start + took)),
            elapsed: None,
        };
        RunState { run, at: Boot::from_secs(0), changed: None }
    }

    fn beliefs() -> Beliefs {
        Beliefs { prior: Prior::default(), hangs: Hangs::NEVER, alpha: 1e-3 }
    }

    fn drawn(runs: Vec<RunState>, now: i64) -> Durations {
        let mut table = RunTable::default();
        for run in runs {
            table.put(run);
        }
        let mut durations = Durations::default();
        durations.draw(
            &table,
            &beliefs(),
            None,
            Moment { server: time(now), boot: Boot::from_secs(0), longest_wait: None },
        );
        durations
    }

    /// Twelve runs of v1, each of about a hundred seconds.
    fn old() -> Vec<RunState> {
        (0..12).map(|n| run(n, "1", n * 1000, Some(90 + 2 * n))).collect()
    }

    #[test]
    fn a_new_version_begins_from_the_old_one_and_has_limits_of_its_own() {
        let [new, other] = [run(20, "2", 20_000, None), run(21, "1", 20_000, None)];
        let durations = drawn([old(), vec![new.clone(), other.clone()]].concat(), 20_300);
        let said =
            |seen: &RunState| verdict(durations.limits(&seen.run).unwrap(), Duration::from_mins(5));
        assert_eq!(said(&other), Some(Verdict::Runaway), "v1 took at most 112 s");
        assert_eq!(said(&new), None, "v2 may be slower: {:?}", durations.limits(&new.run));
        assert!(
            durations.usual(&new.run).unwrap().abs_diff(Duration::from_secs(100))
                < Duration::from_secs(5)
        );
        assert_eq!(durations.newest().map(|limits| (limits.runs, limits.earlier)), Some((0, 12)));
    }

    #[test]
    fn of_a_project_without_completed_runs_nothing_usual_is_known_and_nothing_is_a_runaway() {
        let new = run(1, "1", 0, None);
        let durations = drawn(vec![new.clone()], 86_400);
        assert_eq!((durations.usual(&new.run), durations.end(&new.run.id)), (None, None));
        assert_eq!(durations.newest(), None);
        let said = verdict(durations.limits(&new.run).unwrap(), Duration::from_hours(24));
        assert_eq!(said, Some(Verdict::Slow), "never more");
    }

    #[test]
    fn the_expected_end_lies_after_what_was_seen_and_ended_runs_have_none() {
        let active = run(20, "1", 20_000, None);
        let ended = old();
        for elapsed in [0, 50, 110, 5000] {
            let now = 20_000 + elapsed;
            let durations = drawn([ended.clone(), vec![active.clone()]].concat(), now);
            let end = durations.end(&active.run.id).unwrap();
            assert!(time(now) <= end.median && end.median <= end.p90, "{elapsed}: {end:?}");
            assert_eq!(durations.end(&ended[3].run.id), None);
        }
    }

    #[test]
    fn runs_are_counted_by_the_day() {
        let a_day = |runs: Vec<RunState>, now| drawn(runs, now).runs_a_day();
        assert!((a_day(old(), 12_000) - 12.0).abs() < 1e-9, "in less than a day");
        assert!((a_day(old(), 4 * 86_400) - 3.0).abs() < 1e-9);
        assert!(a_day(Vec::new(), 1000).abs() < 1e-9);
    }
}

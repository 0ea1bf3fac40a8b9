//! What a project's runs say about it: everything that is learned of one project.
//!
//! It is a pure function of the runs, since when they are complete, and the last look; so it is
//! learned again from the same runs after a restart.

use jiff::Timestamp;

use crate::domain::{Project, Run, RunId, RunStatus, RunTrigger};

use super::arrivals::Starts;
use super::duration_model::DurationModel;
use super::duration_stats::DurationStats;
use super::expectation::{ActiveRun, Expectation};
use super::prior::{Prior, PriorSums};
use super::schedule_stats::{Lag, ScheduleStats};
use super::seconds::{count_f, secs};

/// How many prior runs the pooled rate counts for. Rates differ so much between projects that
/// even little history of its own outweighs it.
const RATE_WEIGHT: f64 = 0.4;
/// How many of its own lags a project needs to do without the pooled ones.
const OWN_LAGS: usize = 6;

/// How long a run waits for its kernel: mostly seconds, but long when kernels are short. The
/// arguments of [`DurationModel::new`].
const WAITING: (f64, f64, f64, f64) = (2.7, 1.0, 0.2, 0.7);

/// What was learned of one project.
#[derive(Clone, Debug, PartialEq)]
pub struct History {
    pub(super) starts: Starts,
    pub(super) fires: ScheduleStats,
    pub(super) lag: Option<Lag>,
    pub(super) ends: DurationStats,
    active: Vec<Active>,
    /// Runs that took, or take, far longer than usual.
    pub(super) hung: f64,
    /// How many of those have ended.
    pub(super) tail_ends: f64,
    /// For how long they were seen to go on, in natural logarithms of time.
    pub(super) tail_exposure: f64,
}

/// A run that has not ended.
#[derive(Clone, Debug, PartialEq)]
struct Active {
    run: RunId,
    start: f64,
    /// Whether it has no kernel yet.
    waits: bool,
    newest: bool,
}

impl History {
    /// Learns from `runs`, which are complete since `since` and as they were at `looked`. Beside
    /// each run stands since when it is known to be in its state; it counts for those that wait
    /// for their kernel, of which the server tells no time.
    pub fn of<'a>(
        project: &Project,
        runs: impl IntoIterator<Item = (&'a Run, Timestamp)>,
        since: Timestamp,
        looked: Timestamp,
    ) -> Self {
        let (since, looked) = (secs(since), secs(looked));
        let (runs, known): (Vec<&Run>, Vec<Timestamp>) = runs.into_iter().unzip();
        let began = |run: &Run| run.start.or(run.end).map_or(looked, secs);
        let times = |wanted: &dyn Fn(&Run) -> bool| {
            let chosen = runs.iter().filter(|run| wanted(run));
            let mut times: Vec<f64> = chosen.map(|run| began(run)).collect();
            times.sort_by(f64::total_cmp);
            times
        };
        let by_schedule = |run: &Run| run.trigger == Some(RunTrigger::Scheduled);
        let fires = ScheduleStats::of(project, &times(&by_schedule), since, looked);
        let others = times(&|run| fires.is_obscure || !by_schedule(run));
        let newest = runs
            .iter()
            .max_by(|a, b| began(a).total_cmp(&began(b)))
            .and_then(|run| run.version.clone());
        let durations = durations(&runs, newest.as_ref());
        let active = runs.iter().zip(known).filter(|(run, _)| run.is_active());
        let active = active.map(|(run, known)| Active {
            run: run.id.clone(),
            start: secs(run.start.unwrap_or(known)),
            waits: run.start.is_none(),
            newest: run.version == newest,
        });
        let mut history = Self {
            starts: Starts::of(&others, since, looked),
            lag: Lag::of(fires.lags.clone()),
            fires,
            ends: DurationStats::of(&durations),
            active: active.collect(),
            hung: 0.0,
            tail_ends: 0.0,
            tail_exposure: 0.0,
        };
        history.learn_tail(&durations, looked);
        history
    }

    fn learn_tail(&mut self, durations: &[(f64, bool)], looked: f64) {
        if self.ends.latest.count < 3.0 {
            return;
        }
        let law = self.ends.law(&Prior::default());
        let (far, scale) = ((law.mu + 3.0 * law.sigma).exp(), law.tail_scale);
        let stretch = |took: f64| ((took + scale) / (far + scale)).ln();
        for (took, _) in durations.iter().filter(|(took, newest)| *newest && *took > far) {
            self.hung += 1.0;
            self.tail_ends += 1.0;
            self.tail_exposure += stretch(*took);
        }
        for age in self
            .active
            .iter()
            .filter(|run| !run.waits)
            .map(|run| looked - run.start)
            .filter(|age| *age > far)
        {
            self.hung += 1.0;
            self.tail_exposure += stretch(age);
        }
    }

    /// What the project adds to what all have in common.
    pub fn sums(&self) -> PriorSums {
        let mut sums = PriorSums {
            starts: self.starts.count,
            exposure: self.starts.exposure,
            hung: self.hung,
            tail_ends: self.tail_ends,
            tail_exposure: self.tail_exposure,
            ..PriorSums::default()
        };
        let took = self.ends.latest;
        sums.add_durations(took.count, took.mean, took.squares);
        if let Some(lag) = &self.lag {
            sums.lag_weight = count_f(self.fires.lags.len().min(8));
            sums.lags = lag.0.map(|quantile| sums.lag_weight * quantile);
        }
        sums
    }

    /// What is expected of the project from now on.
    pub fn expectation(&self, prior: &Prior) -> Expectation {
        let law = self.ends.law(prior);
        let older = if self.ends.is_alike { law } else { self.ends.older(prior) };
        let (mu, sigma, hung, tail) = WAITING;
        let waiting = DurationModel::new(mu, sigma, hung, tail);
        let own = self.lag.filter(|_| self.fires.lags.len() >= OWN_LAGS);
        let runs = self.active.iter().map(|active| ActiveRun {
            id: active.run.clone(),
            start: active.start,
            law: match active {
                Active { waits: true, .. } => waiting,
                Active { newest: true, .. } => law,
                _ => older,
            },
        });
        let starts = &self.starts;
        Expectation {
            rate: (RATE_WEIGHT + starts.count) / (RATE_WEIGHT / prior.rate + starts.exposure),
            hours: starts.hours.clone(),
            burst: starts.burst,
            fires: self.fires.at.iter().copied().collect(),
            weight: self.fires.weight,
            lag: own.unwrap_or(prior.lag),
            runs: runs.collect(),
            law,
        }
    }
}

/// How long the ended runs took, in seconds, and whether each was of the newest version. One that
/// got no kernel took no time.
fn durations(runs: &[&Run], newest: Option<&String>) -> Vec<(f64, bool)> {
    let ended = |run: &&&Run| !run.is_active() && run.status != RunStatus::NoKernel;
    let took = |run: &Run| run.elapsed_at(Timestamp::MIN).map(|took| took.as_secs_f64());
    let ended = runs.iter().filter(ended);
    ended.filter_map(|run| Some((took(run)?, run.version.as_ref() == newest))).collect()
}

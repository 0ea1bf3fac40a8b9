//! What became of the times at which a project's schedules fired.
//!
//! A schedule that fires is a sharp expectation: a run will start a few seconds later. How many
//! seconds is learned; and one that no longer starts runs is soon expected no more.

use jiff::Timestamp;

use crate::domain::Project;

use super::seconds::{HOUR, count_f, secs, stamp};

/// Times that are looked back at.
const BACK: usize = 32;
/// Times that are foreseen.
const AHEAD: usize = 6;
/// A run that starts later than this after its time is not of it, in seconds.
const LATEST: f64 = 1800.0;
/// After this long without a run, a time has passed in vain, in seconds.
const PATIENCE: f64 = 180.0;
/// Probability that a schedule stops between two of its times.
const STOPS: f64 = 0.02;
/// The least weight of a schedule that is switched on.
const LEAST: f64 = 0.02;

/// How long after its time a schedule's run starts, as nine quantiles from 0 to 1 in seconds,
/// rising.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lag(pub [f64; 9]);

impl Default for Lag {
    /// Before anything was seen: seconds, or a minute and a half while kernels are short.
    fn default() -> Self {
        Self([0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 10.0, 25.0, 90.0])
    }
}

impl Lag {
    /// Probability that a run that comes at all has started `t` seconds after its time.
    pub fn started(&self, t: f64) -> f64 {
        let Self([first, .., last]) = self;
        if t <= *first {
            return 0.0;
        }
        if t >= *last {
            return 1.0;
        }
        let mut level = 0.0;
        for pair in self.0.windows(2) {
            if let [low, high] = pair {
                if t < *high {
                    return level + (t - low) / (high - low) / 8.0;
                }
                level += 1.0 / 8.0;
            }
        }
        1.0
    }

    /// The quantiles of what was seen, a little widened: the next may be an extreme.
    pub(super) fn of(mut lags: Vec<f64>) -> Option<Self> {
        lags.sort_by(f64::total_cmp);
        let (first, last) = (*lags.first()?, *lags.last()?);
        let wide = (last - first) / count_f(lags.len()) + 0.05;
        let mut quantiles = [0.0; 9];
        for (eighth, quantile) in quantiles.iter_mut().enumerate() {
            let rank = eighth * (lags.len() - 1) / 8;
            *quantile = lags.get(rank).copied().unwrap_or(last);
        }
        let [low, .., high] = &mut quantiles;
        *low = (first - wide).max(0.0);
        *high = last + wide;
        Some(Self(quantiles))
    }
}

/// What is known of a project's schedules.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScheduleStats {
    /// Times from which a run may still come, and the next ones.
    pub(super) at: Vec<f64>,
    /// Probability that a run comes of one, 0–1.
    pub(super) weight: f64,
    /// Seconds from a time to its run, of the latest times.
    pub(super) lags: Vec<f64>,
    /// Whether a schedule is on whose times nobody can foretell.
    pub(super) is_obscure: bool,
}

impl ScheduleStats {
    /// Compares the times of the schedules of `project` with the scheduled runs, which started at
    /// `runs` (in their order) and are complete from `since` until `looked`.
    pub(super) fn of(project: &Project, runs: &[f64], since: f64, looked: f64) -> Self {
        let enabled = || project.schedules.iter().filter(|schedule| schedule.enabled);
        let now = stamp(looked);
        let is_obscure = enabled().any(|schedule| schedule.next_after(now).is_none());
        let mut ahead: Vec<f64> = Vec::new();
        let mut past: Vec<f64> = Vec::new();
        for schedule in enabled() {
            let next = |after: &Timestamp| schedule.next_after(*after);
            let coming: Vec<_> =
                std::iter::successors(next(&now), next).take(AHEAD).map(secs).collect();
            let [first, second, ..] = coming.as_slice() else {
                ahead.extend(coming);
                continue;
            };
            // Two thirds of a period more than are looked back at, for those that vary.
            let back = count_f(BACK) * (second - first).max(60.0);
            let from = stamp(since.max(looked - back.max(HOUR)) - 1.0);
            let times = std::iter::successors(next(&from), next).map(secs);
            past.extend(times.take(4 * BACK).take_while(|at| *at <= looked));
            ahead.extend(coming);
        }
        if ahead.is_empty() {
            return Self { is_obscure, ..Self::default() };
        }
        for times in [&mut ahead, &mut past] {
            times.sort_by(f64::total_cmp);
            times.dedup();
        }
        let past = past.split_off(past.len().saturating_sub(BACK));
        let mut fires = Self { is_obscure, ..Self::default() };
        fires.match_up(&past, runs, looked);
        fires.at.extend(ahead.into_iter().take(AHEAD));
        fires
    }

    fn match_up(&mut self, past: &[f64], runs: &[f64], looked: f64) {
        let (mut hits, mut times, mut in_vain) = (0.0, 0.0, 0);
        for (index, at) in past.iter().enumerate() {
            let next = past.get(index + 1).copied().unwrap_or(f64::INFINITY);
            let begin = runs.partition_point(|start| *start < at - 1.0);
            let run = runs.get(begin).filter(|start| **start < (next - 1.0).min(at + LATEST));
            match run {
                Some(start) => {
                    self.lags.push((start - at).max(0.0));
                    (hits, times) = (0.9 * hits + 1.0, 0.9 * times + 1.0);
                    times += f64::from(in_vain);
                    in_vain = 0;
                }
                None if looked - at < PATIENCE => self.at.push(*at),
                None => in_vain += 1,
            }
        }
        // Either the schedule works and missed these times by chance, or it has stopped.
        let works = (hits + 4.75) / (times + 5.0);
        let by_chance = ((1.0 - STOPS) * (1.0 - works)).powi(in_vain);
        let stopped = if in_vain > 0 { STOPS } else { 0.0 };
        self.weight = (works * by_chance / (by_chance + stopped)).max(LEAST);
    }
}

//! How often people and programs start runs of a project, beside its schedules.
//!
//! A rate with a pooled prior: a project that was hardly watched is taken for an average one, and
//! a project that was long watched without a run is nearly, but never quite, left alone.

use std::collections::BTreeMap;

use super::seconds::{HOUR, count_f};

/// What was seen longer ago than this counts less and less, in seconds.
const MEMORY: f64 = 72.0 * HOUR;
/// How fast a burst of starts is forgotten, in seconds.
pub(super) const BURST: f64 = 180.0;
/// Starts are counted in stretches of this many seconds, so that a sweep is told from a habit.
const STRETCH: f64 = 600.0;
/// A chi-squared value over 23 degrees of freedom that flat histories rarely reach.
const FLAT: f64 = 37.0;

/// Counted starts of one project.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Starts {
    /// Starts, the old ones weighted less.
    pub(super) count: f64,
    /// Seconds over which they were counted, weighted likewise.
    pub(super) exposure: f64,
    /// Starts lately above what is usual, a second.
    pub(super) burst: f64,
    /// Each hour of the day (UTC) relative to all, where the history shows that hours differ.
    pub(super) hours: Option<Box<[f64; 24]>>,
}

impl Starts {
    /// Counts starts at `times`, which are complete from `since` until `looked`.
    pub(super) fn of(times: &[f64], since: f64, looked: f64) -> Self {
        let watched = (looked - since).max(0.0);
        let ages = || times.iter().filter(|at| **at >= since).map(|at| (looked - at).max(0.0));
        let count = habitual(ages(), watched);
        let exposure = MEMORY * (1.0 - (-watched / MEMORY).exp());
        let lately = ages().map(|age| (-age / BURST).exp()).sum::<f64>();
        let usual = if exposure > 0.0 { BURST * count / exposure } else { 0.0 };
        let striking = lately > usual + 3.0 * (usual / 2.0 + 1.0).sqrt();
        let burst = if striking && watched > 5.0 * BURST { (lately - usual) / BURST } else { 0.0 };
        Self { count, exposure, burst, hours: hours(times, since, looked) }
    }
}

/// How many starts of these ages count towards the habit, old ones less. A stretch with far more
/// of them than others is a sweep that somebody made once; the excess says nothing of tomorrow.
fn habitual(ages: impl Iterator<Item = f64>, watched: f64) -> f64 {
    let mut stretches: BTreeMap<usize, f64> = BTreeMap::new();
    let mut all = 0.0;
    for age in ages {
        *stretches.entry(whole(age / STRETCH)).or_default() += 1.0;
        all += 1.0;
    }
    let mean = all / (watched / STRETCH).max(1.0);
    let most = 3.0 + mean + 4.0 * mean.sqrt();
    let weight = |stretch: usize| (-(count_f(stretch) + 0.5) * STRETCH / MEMORY).exp();
    stretches.into_iter().map(|(stretch, count)| count.min(most) * weight(stretch)).sum()
}

/// Each hour of the day relative to all, if the counts differ by more than chance: then shrunk
/// towards evenness by as much as chance explains (James and Stein, 1961).
fn hours(times: &[f64], since: f64, looked: f64) -> Option<Box<[f64; 24]>> {
    let mut exposure = [0.0; 24];
    let mut counts = [0.0; 24];
    let mut at = since.max(looked - 14.0 * 24.0 * HOUR);
    if looked - at < 24.0 * HOUR {
        return None;
    }
    let counted = times.iter().filter(|start| **start >= at);
    let mut all = 0.0;
    for start in counted {
        if let Some(count) = counts.get_mut(hour_of(*start)) {
            *count += 1.0;
            all += 1.0;
        }
    }
    let rate = all / (looked - at);
    while at < looked {
        let next = ((at / HOUR).floor() + 1.0) * HOUR;
        if let Some(exposed) = exposure.get_mut(hour_of(at)) {
            *exposed += next.min(looked) - at;
        }
        at = next;
    }
    let chi: f64 = counts
        .iter()
        .zip(exposure)
        .map(|(count, exposed)| (count - rate * exposed).powi(2) / (rate * exposed).max(1e-9))
        .sum();
    let shown = 1.0 - FLAT / chi;
    (all >= 24.0 && shown > 0.0).then(|| {
        let relative = |count: f64, exposed: f64| {
            (1.0 + shown * (count / (rate * exposed).max(1e-9) - 1.0)).max(0.02)
        };
        let mut hours = Box::new([1.0; 24]);
        for ((hour, count), exposed) in hours.iter_mut().zip(counts).zip(exposure) {
            *hour = relative(count, exposed);
        }
        hours
    })
}

/// The hour of the day (UTC) of a moment, 0–23.
pub(super) fn hour_of(at: f64) -> usize {
    whole((at / HOUR).rem_euclid(24.0))
}

/// The whole part of a number that is not negative.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "that is meant")]
fn whole(number: f64) -> usize {
    number as usize
}

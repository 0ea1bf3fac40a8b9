//! How long the runs of a project's version take, and how long the next one may.
//!
//! All is reckoned over the natural logarithm of seconds, in which usual durations scatter evenly
//! around their middle. Few runs say little, so that what they say is mixed with a [`Prior`]: of
//! the project's earlier versions or, before there are any, of the workspace. With n completed
//! runs, mean x̄ and squares Σ(x−x̄)², the next duration follows Student's t law (Gelman and
//! others, Bayesian Data Analysis, 3rd ed., §3.3 and §2.5; the two variances are reckoned one after
//! the other):
//!
//! - degrees of freedom ν = ν₀ + n − 1, with ν₀ = 5, and ν₀ where n = 0;
//! - variance of one run s² = (ν₀·s₀² + Σ(x−x̄)²) / ν;
//! - precision of the mean P = 1/v₀ + n/s²;
//! - mean m = (m₀/v₀ + n·x̄/s²) / P;
//! - the next run lies at m + t(ν)·√(s² + 1/P).

mod predictive;
mod prior;
mod student;

use std::time::Duration;

pub use predictive::{Hangs, Predictive, Remaining};
pub use prior::{Pool, Prior};
pub use student::Student;

/// Shorter durations, in seconds, count as this: what takes no time has no logarithm.
const SHORTEST: f64 = 0.5;
/// Longer durations, in seconds, are cut to this: ten years.
const LONGEST: f64 = 3.2e8;
/// Runs farther from the median than so many standard deviations, as the median distance tells
/// them, are pulled in. At 3, inputs that take different time would be pulled in too, and be called
/// runaways.
const FAR: f64 = 5.0;
/// The standard deviation of a normal law over its median distance from the median.
const DEVIATION: f64 = 1.4826;
/// The median distance is taken to be at least this: runs that all took the same tell nothing of
/// scatter.
const LEAST_DISTANCE: f64 = 0.02;

/// What the completed runs of one version took. All numbers are of the natural logarithm of seconds
/// unless they say otherwise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// How many runs there are.
    pub runs: usize,
    /// Mean, once far runs are pulled in; 0 where there are none.
    pub mean: f64,
    /// Sum of the squared distances from that mean.
    pub squares: f64,
    /// The middle one, or the mean of the two in the middle; 0 where there are none.
    pub median: f64,
    /// The longest duration as it was; zero where there are none.
    pub slowest: Duration,
}

impl Summary {
    /// That of no runs.
    pub const NONE: Self =
        Self { runs: 0, mean: 0.0, squares: 0.0, median: 0.0, slowest: Duration::ZERO };

    /// Draws it from durations in any order; a few hundred are enough, and the newest say most.
    pub fn of(durations: &[Duration]) -> Self {
        let mut logs: Vec<_> = durations.iter().copied().map(log_seconds).collect();
        let Some(median) = middle(&mut logs) else {
            return Self::NONE;
        };
        let mut distances: Vec<_> = logs.iter().map(|log| (log - median).abs()).collect();
        let distance = middle(&mut distances).unwrap_or_default().max(LEAST_DISTANCE);
        let reach = FAR * DEVIATION * distance;
        for log in &mut logs {
            *log = log.clamp(median - reach, median + reach);
        }
        let mean = logs.iter().sum::<f64>() / count_f(logs.len());
        let squares = logs.iter().map(|log| (log - mean).powi(2)).sum();
        let slowest = durations.iter().max().copied().unwrap_or_default();
        Self { runs: logs.len(), mean, squares, median, slowest }
    }

    /// The median as a duration, where there are runs.
    pub fn median_duration(&self) -> Duration {
        from_log(self.median)
    }
}

/// The middle value, or the mean of the two in the middle; `values` are put into another order.
fn middle(values: &mut [f64]) -> Option<f64> {
    let half = values.len() / 2;
    if values.is_empty() {
        return None;
    }
    let is_odd = values.len() % 2 == 1;
    let (below, upper, _) = values.select_nth_unstable_by(half, f64::total_cmp);
    let upper = *upper;
    let lower = below.iter().copied().max_by(f64::total_cmp).unwrap_or(upper);
    Some(if is_odd { upper } else { f64::midpoint(lower, upper) })
}

/// The natural logarithm of a duration in seconds.
fn log_seconds(duration: Duration) -> f64 {
    duration.as_secs_f64().clamp(SHORTEST, LONGEST).ln()
}

/// The duration that has this logarithm, at most ten years; zero for what is no number.
fn from_log(log: f64) -> Duration {
    Duration::try_from_secs_f64(log.exp().min(LONGEST)).unwrap_or_default()
}

/// A count as a number to reckon with.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
fn count_f(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(seconds: &[f64]) -> Summary {
        let durations: Vec<_> = seconds.iter().copied().map(Duration::from_secs_f64).collect();
        Summary::of(&durations)
    }

    #[test]
    fn a_summary_is_of_the_logarithms() {
        let found = summary(&[40.0, 10.0, 20.0]);
        assert_eq!((found.runs, found.slowest), (3, Duration::from_secs(40)));
        assert!((found.mean - 20.0_f64.ln()).abs() < 1e-9, "{found:?}");
        assert!((found.median - 20.0_f64.ln()).abs() < 1e-9, "{found:?}");
        assert!((found.squares - 2.0 * 2.0_f64.ln().powi(2)).abs() < 1e-9, "{found:?}");
        let even = summary(&[10.0, 90.0]);
        assert!((even.median - 30.0_f64.ln()).abs() < 1e-9, "{even:?}");
    }

    #[test]
    fn a_run_that_hung_for_a_day_moves_little_but_is_the_slowest() {
        let mut seconds = [100.0, 110.0, 90.0, 105.0, 95.0, 102.0, 98.0, 104.0, 96.0, 100.0];
        let usual = summary(&seconds);
        seconds[9] = 86_400.0;
        let hung = summary(&seconds);
        assert_eq!(hung.slowest, Duration::from_hours(24));
        assert!(hung.mean - usual.mean < 0.05, "{hung:?}");
        assert!(hung.squares < 0.2, "{hung:?}");
    }

    #[test]
    fn equal_runs_leave_a_little_room_before_another_is_pulled_in() {
        let mut seconds = [60.0; 9];
        seconds[0] = 66.0;
        let near = summary(&seconds);
        assert!((near.squares - 8.0 / 9.0 * 1.1_f64.ln().powi(2)).abs() < 1e-9, "{near:?}");
        seconds[0] = 600.0;
        let pulled = 5.0 * 1.4826 * 0.02;
        assert!((summary(&seconds).squares - 8.0 / 9.0 * pulled * pulled).abs() < 1e-9);
    }

    #[test]
    fn no_runs_and_runs_of_no_time_are_summed_up_too() {
        assert_eq!(Summary::of(&[]), Summary::NONE);
        let instant = Summary::of(&[Duration::ZERO, Duration::MAX]);
        assert!((instant.median - f64::midpoint(0.5_f64.ln(), LONGEST.ln())).abs() < 1e-9);
        assert_eq!(instant.slowest, Duration::MAX);
    }
}

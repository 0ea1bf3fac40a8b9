//! What a project's earlier runs say about how long one takes.

use std::time::Duration;

/// How many known durations make a usual one; fewer say nothing.
const ENOUGH: usize = 3;

/// Summary of the durations of completed runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Usual {
    /// Half of the runs took no longer.
    pub median: Duration,
    /// 19 of 20 runs took no longer (nearest rank).
    pub p95: Duration,
    /// How many runs that is drawn from.
    pub runs: usize,
}

impl Usual {
    /// Draws the summary, or nothing from fewer than three durations.
    pub fn of(durations: impl IntoIterator<Item = Duration>) -> Option<Self> {
        let mut sorted: Vec<_> = durations.into_iter().collect();
        sorted.sort_unstable();
        let runs = sorted.len();
        if runs < ENOUGH {
            return None;
        }
        let rank =
            |percent: usize| sorted.get((runs * percent).div_ceil(100).saturating_sub(1)).copied();
        Some(Self { median: rank(50)?, p95: rank(95)?, runs })
    }

    /// `elapsed` as a multiple of the median, or nothing where the median is zero.
    pub fn ratio(&self, elapsed: Duration) -> Option<f64> {
        let median = self.median.as_secs_f64();
        (median > 0.0).then(|| elapsed.as_secs_f64() / median)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_and_p95_are_ranks_of_what_was_seen() {
        let usual = Usual::of((1..=20).rev().map(Duration::from_secs)).unwrap();
        assert_eq!(usual.median, Duration::from_secs(10));
        assert_eq!(usual.p95, Duration::from_secs(19));
        assert_eq!(usual.runs, 20);
        assert_eq!(usual.ratio(Duration::from_secs(25)), Some(2.5));
    }

    #[test]
    fn two_runs_are_no_habit_and_zero_is_no_unit() {
        assert_eq!(Usual::of([Duration::ZERO, Duration::ZERO]), None);
        let instant = Usual::of([Duration::ZERO; 3]).unwrap();
        assert_eq!(instant.ratio(Duration::from_secs(1)), None);
    }
}

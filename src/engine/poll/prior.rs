//! What all projects have in common: the prior for those of which little is known.

use super::schedule_stats::Lag;
use super::seconds::HOUR;

/// Mean of the logarithm of a duration in seconds, before anything was seen: two minutes.
const USUAL: f64 = 4.787_491_742_782_046;

/// What one project, or several, add to what all have in common: sums, so that a project's part
/// can be taken out and put in again without passing over the others.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PriorSums {
    /// Unscheduled starts.
    pub(super) starts: f64,
    /// Seconds in which they were counted.
    pub(super) exposure: f64,
    /// Projects with known durations, those with few counted less.
    pub(super) projects: f64,
    /// Their means of the logarithm of a duration, from [`USUAL`].
    pub(super) means: f64,
    /// The squares of those.
    pub(super) squared_means: f64,
    /// Squared deviations of logarithms within projects.
    pub(super) squares: f64,
    /// Their degrees of freedom.
    pub(super) degrees: f64,
    /// Ended runs.
    pub(super) ended: f64,
    /// Runs that took, or take, far longer than usual.
    pub(super) hung: f64,
    /// How many of those have ended.
    pub(super) tail_ends: f64,
    /// For how long they were seen to go on, in natural logarithms of time.
    pub(super) tail_exposure: f64,
    /// Quantiles of lags, times their weight.
    pub(super) lags: [f64; 9],
    /// The sum of those weights.
    pub(super) lag_weight: f64,
}

impl PriorSums {
    /// What a guess counts for, which a handful of runs outweighs.
    fn guess() -> Self {
        Self {
            starts: 1.0,
            exposure: 2.0 * HOUR,
            projects: 2.0,
            means: 0.0,
            squared_means: 2.0,
            squares: 4.0 * 0.36,
            degrees: 4.0,
            ended: 100.0,
            hung: 1.0,
            tail_ends: 0.7,
            tail_exposure: 1.0,
            lags: Lag::default().0,
            lag_weight: 1.0,
        }
    }

    /// Adds durations of one project: how many, and the mean and the squared deviations of their
    /// logarithms.
    pub(super) fn add_durations(&mut self, count: f64, mean: f64, squares: f64) {
        if count > 0.0 {
            let trust = (count / (count + 1.0)).min(1.0);
            self.projects += trust;
            self.means += trust * (mean - USUAL);
            self.squared_means += trust * (mean - USUAL).powi(2);
            self.squares += squares;
            self.degrees += (count - 1.0).max(0.0);
            self.ended += count;
        }
    }

    /// Adds `factor` times another one; -1 takes it out.
    pub fn add(&mut self, other: &Self, factor: f64) {
        let sums = [
            (&mut self.starts, other.starts),
            (&mut self.exposure, other.exposure),
            (&mut self.projects, other.projects),
            (&mut self.means, other.means),
            (&mut self.squared_means, other.squared_means),
            (&mut self.squares, other.squares),
            (&mut self.degrees, other.degrees),
            (&mut self.ended, other.ended),
            (&mut self.hung, other.hung),
            (&mut self.tail_ends, other.tail_ends),
            (&mut self.tail_exposure, other.tail_exposure),
            (&mut self.lag_weight, other.lag_weight),
        ];
        let lags = self.lags.iter_mut().zip(other.lags);
        for (sum, term) in sums.into_iter().chain(lags) {
            *sum += factor * term;
        }
    }
}

/// Priors drawn from all projects.
#[derive(Clone, Debug, PartialEq)]
pub struct Prior {
    /// Mean rate of unscheduled starts of a project, a second.
    pub(super) rate: f64,
    /// Mean over the projects of the mean logarithm of a duration in seconds.
    pub(super) mean: f64,
    /// Standard deviation of that mean between projects.
    pub(super) between: f64,
    /// Standard deviation of the logarithm within a project.
    pub(super) spread: f64,
    /// Share of runs that hang.
    pub(super) hung: f64,
    /// How steeply the tail of those falls.
    pub(super) tail: f64,
    /// How long after its time a schedule's run starts.
    pub(super) lag: Lag,
}

impl Default for Prior {
    fn default() -> Self {
        Self::of(&PriorSums::default())
    }
}

impl Prior {
    /// Which share of runs hangs, 0–1, and the exponent of the tail that they follow.
    pub fn hangs(&self) -> (f64, f64) {
        (self.hung, self.tail)
    }

    /// Draws the priors from the sums over all projects.
    pub fn of(sums: &PriorSums) -> Self {
        let mut all = PriorSums::guess();
        all.add(sums, 1.0);
        let mean = all.means / all.projects;
        Self {
            rate: all.starts / all.exposure,
            mean: USUAL + mean,
            between: (all.squared_means / all.projects - mean * mean).max(0.09).sqrt(),
            spread: (all.squares.max(f64::MIN_POSITIVE) / all.degrees).sqrt(),
            hung: (all.hung / all.ended).clamp(0.002, 0.1),
            tail: (all.tail_ends / all.tail_exposure).clamp(0.02, 2.0),
            lag: Lag(all.lags.map(|sum| sum / all.lag_weight)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_taken_out_again_leaves_no_trace() {
        assert!((USUAL - 120.0_f64.ln()).abs() < 1e-15);
        let mut one =
            PriorSums { starts: 3.0, exposure: 1e5, lag_weight: 8.0, ..PriorSums::default() };
        one.add_durations(12.0, 3.0, 4.0);
        let mut sums = PriorSums::default();
        for _ in 0..1000 {
            sums.add(&one, 1.0);
        }
        let full = Prior::of(&sums);
        assert!(full.mean < 3.01 && full.rate < 4e-5, "the projects outweigh the guess: {full:?}");
        for _ in 0..1000 {
            sums.add(&one, -1.0);
        }
        let (empty, guess) = (Prior::of(&sums), Prior::default());
        for (left, right) in [
            (empty.rate, guess.rate),
            (empty.mean, guess.mean),
            (empty.between, guess.between),
            (empty.spread, guess.spread),
        ] {
            assert!((left / right - 1.0).abs() < 1e-6, "{empty:?}");
        }
    }
}

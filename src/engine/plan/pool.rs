//! What all projects have in common: the prior for those of which little is known.

use super::HOUR;
use super::fires::Lag;
use super::history::History;
use super::starts::count_f;

/// Priors drawn from all projects.
#[derive(Clone, Debug, PartialEq)]
pub struct Pool {
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

impl Default for Pool {
    fn default() -> Self {
        Self::of([])
    }
}

impl Pool {
    /// Draws the priors. Each begins from a guess that a handful of runs outweighs.
    pub fn of<'a>(histories: impl IntoIterator<Item = &'a History>) -> Self {
        let (mut count, mut exposure) = (1.0, 2.0 * HOUR);
        let (mut projects, mut means, mut squared_means) = (2.0, 0.0, 0.0);
        let (mut inner, mut degrees) = (4.0 * 0.36, 4.0);
        let (mut tail_ends, mut tail_exposure, mut ended, mut hung) = (0.7, 1.0, 100.0, 1.0);
        let (mut lags, mut lag_weight) = (Lag::default().0, 1.0);
        // Means are reckoned from the guess, two minutes, which then needs no term of its own.
        let guess = 120.0_f64.ln();
        squared_means += projects;
        for history in histories {
            count += history.starts.count;
            exposure += history.starts.exposure;
            let took = history.ends.latest;
            if took.count > 0.0 {
                let trust = (took.count / (took.count + 1.0)).min(1.0);
                projects += trust;
                means += trust * (took.mean - guess);
                squared_means += trust * (took.mean - guess).powi(2);
                inner += took.squares;
                degrees += (took.count - 1.0).max(0.0);
                ended += took.count;
            }
            tail_ends += history.tail_ends;
            tail_exposure += history.tail_exposure;
            hung += history.hung;
            if let Some(lag) = &history.lag {
                let weight = count_f(history.fires.lags.len().min(8));
                lag_weight += weight;
                for (sum, quantile) in lags.iter_mut().zip(lag.0) {
                    *sum += weight * quantile;
                }
            }
        }
        let mean = means / projects;
        Self {
            rate: count / exposure,
            mean: guess + mean,
            between: (squared_means / projects - mean * mean).max(0.09).sqrt(),
            spread: (inner / degrees).sqrt(),
            hung: (hung / ended).clamp(0.002, 0.1),
            tail: (tail_ends / tail_exposure).clamp(0.02, 2.0),
            lag: Lag(lags.map(|sum| sum / lag_weight)),
        }
    }
}

//! Seeded chance: the same seed gives the same draws on every machine and in every build.
//!
//! Each thing that draws has a stream of its own, so that what one does never changes what
//! another sees.

use std::f64::consts::TAU;
use std::time::Duration;

use super::uuid::Uuid;

/// A stream of draws: `SplitMix64` (Steele, Lea and Flood, OOPSLA 2014).
#[derive(Clone, Debug)]
pub(crate) struct Rng(u64);

const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

fn mix(mut word: u64) -> u64 {
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

impl Rng {
    /// The stream called `name` under `seed`.
    pub(crate) fn stream(seed: u64, name: u64) -> Self {
        Self(mix(seed.wrapping_add(GAMMA)) ^ mix(name.wrapping_mul(GAMMA).wrapping_add(1)))
    }

    pub(crate) fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GAMMA);
        mix(self.0)
    }

    /// Evenly from 0 up to, not including, 1.
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit a double exactly")]
    pub(crate) fn unit(&mut self) -> f64 {
        (self.word() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Evenly from `low` up to `high`.
    pub(crate) fn within(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// Evenly one of `count` indices; 0 where there is nothing to choose from.
    pub(crate) fn below(&mut self, count: usize) -> usize {
        let wide = u128::from(self.word()) * u128::try_from(count).unwrap_or_default();
        usize::try_from(wide >> 64).unwrap_or_default()
    }

    /// Evenly one of `choices`.
    pub(crate) fn pick<'a, T>(&mut self, choices: &'a [T]) -> Option<&'a T> {
        choices.get(self.below(choices.len()))
    }

    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// Normal with mean 0 and deviation 1 (Box and Muller 1958).
    pub(crate) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (TAU * self.unit()).cos()
    }

    /// A factor whose median is 1 and whose logarithm deviates by `spread`.
    pub(crate) fn factor(&mut self, spread: f64) -> f64 {
        (spread * self.normal()).exp()
    }

    /// Log-normal around `median`, in whole milliseconds.
    pub(crate) fn log_normal(&mut self, median: Duration, spread: f64) -> Duration {
        times(median, self.factor(spread))
    }

    /// The wait for the next of events that come `per_hour` on average (a Poisson process);
    /// nothing where they never come.
    pub(crate) fn wait(&mut self, per_hour: f64) -> Option<Duration> {
        let hours = -(1.0 - self.unit()).ln() / per_hour;
        (per_hour > 0.0).then(|| times(Duration::from_hours(1), hours))
    }

    /// Pareto with mean 1: most far below it, a few far above.
    pub(crate) fn heavy(&mut self) -> f64 {
        const SHAPE: f64 = 1.5;
        let least = (SHAPE - 1.0) / SHAPE;
        (least / (1.0 - self.unit()).powf(1.0 / SHAPE)).min(100.0)
    }

    /// A random id (UUID version 4).
    pub(crate) fn uuid(&mut self) -> Uuid {
        Uuid::random(self.word(), self.word())
    }
}

/// `duration` × `factor` in whole milliseconds, at most ten years.
pub(crate) fn times(duration: Duration, factor: f64) -> Duration {
    const MOST: Duration = Duration::from_hours(24 * 3652);
    let millis = (duration.as_secs_f64() * factor * 1000.0).round();
    Duration::try_from_secs_f64(millis / 1000.0).map_or(MOST, |exact| exact.min(MOST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_repeats_itself_and_differs_from_the_others() {
        let draw = |seed, name| {
            let mut rng = Rng::stream(seed, name);
            [rng.word(), rng.word(), rng.word()]
        };
        assert_eq!(draw(1, 2), draw(1, 2));
        assert_ne!(draw(1, 2), draw(1, 3));
        assert_ne!(draw(1, 2), draw(2, 2));
    }

    #[test]
    fn durations_scatter_around_their_median() {
        let mut rng = Rng::stream(7, 0);
        let median = Duration::from_mins(2);
        let mut drawn: Vec<_> = (0..2001).map(|_| rng.log_normal(median, 0.5)).collect();
        drawn.sort_unstable();
        let ratio = drawn[1000].as_secs_f64() / median.as_secs_f64();
        assert!((0.93..1.07).contains(&ratio), "{ratio}");
        assert!(drawn[2000] > 3 * median, "{:?}", drawn[2000]);
    }

    #[test]
    fn events_come_as_often_as_they_should() {
        let mut rng = Rng::stream(7, 1);
        let total: Duration = (0..2000).filter_map(|_| rng.wait(60.0)).sum();
        let minutes = total.as_secs_f64() / 60.0;
        assert!((1850.0..2150.0).contains(&minutes), "{minutes}");
        assert_eq!(rng.wait(0.0), None);
    }
}

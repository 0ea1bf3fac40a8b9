//! How long the next run takes, and how long one that goes on still will.

use std::time::Duration;

use super::{Prior, Student, Summary, count_f, from_log, log_seconds};

/// What is believed of the scatter before any run is worth so many runs (ν₀).
const BELIEF: f64 = 5.0;

/// The runs that hang: a share of all, whose duration falls off like a Lomax law, as the planner's
/// model of durations has it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hangs {
    /// Share of all runs, 0–1.
    pub share: f64,
    /// Exponent of the tail, positive; the smaller, the longer runs hang. With 1, one that hangs
    /// takes about as long again as it has, and one in ten takes ten times that.
    pub exponent: f64,
}

impl Hangs {
    /// No run hangs.
    pub const NEVER: Self = Self { share: 0.0, exponent: 1.0 };
}

impl Default for Hangs {
    /// One run in 200 hangs.
    fn default() -> Self {
        Self { share: 0.005, exponent: 1.0 }
    }
}

/// How much longer a run goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remaining {
    /// In half of all cases no longer than this.
    pub median: Duration,
    /// In nine of ten cases no longer than this.
    pub p90: Duration,
}

/// The law of the next duration: Student's t law of the natural logarithm of seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Predictive {
    /// The middle.
    pub location: f64,
    /// The scale, positive.
    pub scale: f64,
    /// The law of (ln duration − location) / scale.
    pub law: Student,
}

impl Predictive {
    /// That of a version of which `prior` was believed and whose completed runs are summed up.
    pub fn of(prior: &Prior, summary: &Summary) -> Self {
        let (location, uncertainty) = Self::middle(prior, summary);
        let (freedom, variance) = scatter(prior, summary);
        Self { location, scale: (variance + uncertainty).sqrt(), law: Student::new(freedom) }
    }

    /// The middle of a version's durations, and the variance of what is known of it.
    pub(super) fn middle(prior: &Prior, summary: &Summary) -> (f64, f64) {
        let (_, variance) = scatter(prior, summary);
        let (believed, seen) = (1.0 / prior.variance, count_f(summary.runs) / variance);
        let precision = believed + seen;
        ((believed * prior.mean + seen * summary.mean) / precision, 1.0 / precision)
    }

    /// The duration that a run exceeds with probability `alpha`, at most ten years.
    pub fn quantile(&self, alpha: f64) -> Duration {
        from_log(self.location + self.scale * self.law.quantile(alpha))
    }

    /// The duration that half of the runs exceed.
    pub fn median(&self) -> Duration {
        from_log(self.location)
    }

    /// Probability that a run takes longer than `elapsed`, 0–1.
    pub fn exceeds(&self, elapsed: Duration) -> f64 {
        self.above(log_seconds(elapsed))
    }

    /// How much longer a run goes on that still goes on at this age.
    pub fn remaining(&self, age: Duration, hangs: Hangs) -> Remaining {
        let at = log_seconds(age);
        let survives = self.survives(at, hangs);
        let more =
            |left: f64| from_log(self.falls_to(survives * left, at, hangs)).saturating_sub(age);
        Remaining { median: more(0.5), p90: more(0.1) }
    }

    /// Probability that a run takes longer than the duration with logarithm `at`, be it a usual one
    /// or one that hangs.
    fn survives(&self, at: f64, hangs: Hangs) -> f64 {
        let usual = self.above(at);
        if hangs.share <= 0.0 {
            return usual;
        }
        // Where usual runs are nearly all over, as in the planner's model.
        let begins = self.location + 2.0 * self.scale;
        let hung = (at - begins).exp().ln_1p() * -hangs.exponent;
        (1.0 - hangs.share) * usual + hangs.share * hung.exp()
    }

    /// The logarithm, not below `from`, at which `survives` has fallen to `wanted`.
    fn falls_to(&self, wanted: f64, from: f64, hangs: Hangs) -> f64 {
        let (mut low, mut step) = (from, self.scale.clamp(0.01, 1.0));
        let mut high = from + step;
        while self.survives(high, hangs) > wanted && step < 32.0 {
            low = high;
            step *= 2.0;
            high += step;
        }
        while high - low > 1e-4 {
            let middle = f64::midpoint(low, high);
            if self.survives(middle, hangs) > wanted {
                low = middle;
            } else {
                high = middle;
            }
        }
        f64::midpoint(low, high)
    }

    fn above(&self, at: f64) -> f64 {
        self.law.above((at - self.location) / self.scale)
    }
}

/// Degrees of freedom (ν), and the variance of one run (s²).
fn scatter(prior: &Prior, summary: &Summary) -> (f64, f64) {
    let freedom = BELIEF + count_f(summary.runs.saturating_sub(1));
    (freedom, (BELIEF * prior.spread.powi(2) + summary.squares) / freedom)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORKSPACE: Prior = Prior { mean: 5.0, variance: 1.0, spread: 0.3, earlier: 0 };

    fn is_near(value: f64, wanted: f64) -> bool {
        (value - wanted).abs() < 1e-6 * wanted.abs().max(1e-6)
    }

    /// So many runs that took e⁶ s, give or take a fifth.
    fn runs(count: usize) -> Summary {
        let squares = 0.04 * count_f(count);
        Summary { runs: count, mean: 6.0, squares, median: 6.0, slowest: Duration::ZERO }
    }

    #[test]
    fn before_any_run_what_is_believed_of_the_workspace_is_expected() {
        let expected = Predictive::of(&WORKSPACE, &Summary::NONE);
        assert!(is_near(expected.location, 5.0), "{expected:?}");
        assert!(is_near(expected.scale, 1.09_f64.sqrt()), "{expected:?}");
        assert!(is_near(expected.law.freedom(), 5.0), "{expected:?}");
        let one = Predictive::of(&WORKSPACE, &runs(1));
        assert!(is_near(one.law.freedom(), 5.0), "never below");
    }

    #[test]
    fn four_runs_are_mixed_with_it_as_the_formula_says() {
        let expected = Predictive::of(&WORKSPACE, &runs(4));
        let variance = (5.0 * 0.09 + 0.16) / 8.0;
        let precision = 1.0 + 4.0 / variance;
        assert!(is_near(expected.law.freedom(), 8.0), "{expected:?}");
        assert!(is_near(expected.location, (5.0 + 24.0 / variance) / precision), "{expected:?}");
        assert!(is_near(expected.scale, (variance + 1.0 / precision).sqrt()), "{expected:?}");
        // t(8) is exceeded by 2.896459 in one of 100.
        let limit = (expected.location + 2.896_459 * expected.scale).exp();
        assert!((expected.quantile(0.01).as_secs_f64() / limit - 1.0).abs() < 1e-6);
    }

    #[test]
    fn hundreds_of_runs_outweigh_it() {
        let expected = Predictive::of(&WORKSPACE, &runs(400));
        assert!((expected.location - 6.0).abs() < 1e-3, "{expected:?}");
        assert!((expected.scale - 0.2).abs() < 5e-3, "{expected:?}");
    }

    #[test]
    fn a_quantile_is_exceeded_with_its_probability() {
        let expected = Predictive::of(&WORKSPACE, &runs(10));
        for alpha in [1e-4, 1e-3, 0.01, 0.05, 0.5, 0.9] {
            assert!(is_near(expected.exceeds(expected.quantile(alpha)), alpha), "{alpha}");
        }
        assert!(is_near(expected.exceeds(expected.median()), 0.5));
    }

    #[test]
    fn of_the_runs_that_reach_an_age_half_end_by_the_median_and_nine_of_ten_by_the_quantile() {
        let expected = Predictive::of(&WORKSPACE, &runs(10));
        for age in [0, 100, 403, 700, 1500].map(Duration::from_secs) {
            let Remaining { median, p90 } = expected.remaining(age, Hangs::NEVER);
            let left = |more| expected.exceeds(age + more) / expected.exceeds(age);
            assert!((left(median) - 0.5).abs() < 2e-3, "{age:?}: {median:?}");
            assert!((left(p90) - 0.1).abs() < 1e-3, "{age:?}: {p90:?}");
        }
    }

    #[test]
    fn what_a_run_has_taken_already_is_not_expected_of_it_again() {
        let expected = Predictive::of(&WORKSPACE, &runs(10));
        let median = |age| expected.remaining(Duration::from_secs(age), Hangs::NEVER).median;
        assert!(median(0) > median(100) && median(100) > median(300) && median(300) > median(400));
    }

    #[test]
    fn one_that_hangs_is_expected_to_take_about_as_long_again() {
        let expected = Predictive::of(&WORKSPACE, &runs(50));
        let age = Duration::from_secs(4030);
        let hangs = Hangs::default();
        let again = expected.remaining(age, hangs).median.as_secs_f64() / age.as_secs_f64();
        // The tail begins two scales above the middle, at 616 s: 1 + (4030 + r)/616 is twice 1 +
        // 4030/616.
        assert!((again - 1.15).abs() < 0.02, "{again}");
        let p90 = expected.remaining(age, hangs).p90.as_secs_f64() / age.as_secs_f64();
        assert!((9.0..12.0).contains(&p90), "{p90}");
        let fresh = expected.remaining(Duration::ZERO, hangs).median.as_secs_f64();
        assert!((fresh / 403.4 - 1.0).abs() < 0.02, "{fresh}");
        let longer = Hangs { exponent: 0.5, ..hangs };
        assert!(expected.remaining(age, longer).median > 2 * age, "a flatter tail is longer");
    }

    #[test]
    fn nothing_fails_however_long_or_short_a_run_is() {
        let odd = [Duration::ZERO, Duration::from_nanos(1), Duration::from_hours(1), Duration::MAX];
        for count in [0, 1, 2, 300] {
            let expected = Predictive::of(&WORKSPACE, &runs(count));
            for age in odd {
                for hangs in [Hangs::NEVER, Hangs::default(), Hangs { share: 1.0, exponent: 0.02 }]
                {
                    let Remaining { median, p90 } = expected.remaining(age, hangs);
                    assert!(median <= p90, "{count} {age:?} {hangs:?}");
                }
                assert!((0.0..=1.0).contains(&expected.exceeds(age)));
            }
            for alpha in [-1.0, 0.0, 1.0, 2.0, f64::NAN] {
                assert!(expected.quantile(alpha) <= Duration::from_hours(24 * 3704));
            }
        }
    }
}

//! How long runs of a project take: the probability that one goes on for longer than `t`.
//!
//! Most runs follow a log-normal law. A small share follows a Pareto (Lomax) tail, so that a run
//! that hangs keeps a hazard that falls like 1/t: it is looked at ever more rarely, is never
//! forgotten, and never takes more than a trickle of the budget.

/// Times are in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DurationModel {
    /// Mean of the logarithm of a duration.
    pub mu: f64,
    /// Standard deviation of that logarithm; positive.
    pub sigma: f64,
    /// Share of runs that follow the tail, 0–1.
    pub hung: f64,
    /// Exponent of the tail; the smaller, the longer runs hang.
    pub tail: f64,
    /// The age from which on the tail falls, where usual runs are nearly all over.
    pub(super) tail_scale: f64,
    /// How long a usual run takes on average.
    mean: f64,
}

impl DurationModel {
    /// A log-normal law of which a share of `hung` follows the tail.
    pub fn new(mu: f64, sigma: f64, hung: f64, tail: f64) -> Self {
        let tail_scale = (mu + 2.0 * sigma).exp();
        Self { mu, sigma, hung, tail, tail_scale, mean: (mu + sigma * sigma / 2.0).exp() }
    }

    /// Probability that a run takes longer than `t`; 1 at 0, falling, never quite 0.
    pub fn survives(&self, t: f64) -> f64 {
        let (usual, hung) = self.surviving(t);
        (usual + hung).max(f64::MIN_POSITIVE)
    }

    /// Probability that a run takes longer than `t` and is a usual one, and that it belongs to the tail.
    pub(super) fn surviving(&self, t: f64) -> (f64, f64) {
        if t <= 0.0 {
            return (1.0 - self.hung, self.hung);
        }
        let usual = (1.0 - self.hung) * normal_above((t.ln() - self.mu) / self.sigma);
        if self.hung <= 0.0 {
            return (usual, 0.0);
        }
        (usual, self.hung * (1.0 + t / self.tail_scale).powf(-self.tail))
    }

    /// Probability that a run that still went on at age `from` has ended by age `to`.
    pub fn ended(&self, from: f64, to: f64) -> f64 {
        if to <= from {
            return 0.0;
        }
        (1.0 - self.survives(to) / self.survives(from)).clamp(0.0, 1.0)
    }

    /// How many of the runs that start evenly over the last `t`, one in all, have ended: the
    /// integral of the distribution over 0–`t`, divided by `t`. A rational function that is within
    /// a tenth of it for the usual spreads, because it is asked for all projects in each choice.
    pub fn ended_within(&self, t: f64) -> f64 {
        let x = t.max(0.0) / self.mean;
        x * x / (x * x + x + 2.0)
    }

    /// Whether a run of this age belongs to the tail rather than to the usual runs.
    pub fn is_overdue(&self, age: f64) -> bool {
        let (usual, hung) = self.surviving(age);
        age > 0.0 && usual < hung
    }
}

/// Probability that a standard normal variable is above `z`, with a relative error below 2e-7
/// also far out (the Chebyshev fit of erfc in Numerical Recipes, 2nd ed., §6.2).
fn normal_above(z: f64) -> f64 {
    const FIT: [f64; 10] = [
        0.170_872_77,
        -0.822_152_23,
        1.488_515_87,
        -1.135_203_98,
        0.278_868_07,
        -0.186_288_06,
        0.096_784_18,
        0.374_091_96,
        1.000_023_68,
        -1.265_512_23,
    ];
    let x = z.abs() * std::f64::consts::FRAC_1_SQRT_2;
    let t = 1.0 / (1.0 + 0.5 * x);
    let fit = FIT.iter().fold(0.0, |sum, term| sum * t + term);
    let above = 0.5 * t * (fit - x * x).exp();
    if z >= 0.0 { above } else { 1.0 - above }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn law(hung: f64) -> DurationModel {
        DurationModel::new(4.0, 0.5, hung, 0.5)
    }

    #[test]
    fn the_normal_law_is_that_of_the_tables() {
        for (z, above) in
            [(0.0, 0.5), (1.0, 0.158_655), (-1.0, 0.841_345), (1.96, 0.024_998), (6.0, 9.866e-10)]
        {
            assert!((normal_above(z) / above - 1.0).abs() < 1e-4, "{z}");
        }
    }

    #[test]
    fn half_of_the_usual_runs_are_over_at_the_median() {
        let usual = law(0.0);
        assert!((usual.survives(4.0_f64.exp()) - 0.5).abs() < 1e-6);
    }

    #[test]
    fn runs_that_started_evenly_have_ended_as_the_integral_says() {
        let usual = law(0.0);
        for t in [5.0, 20.0, 60.0, 120.0, 300.0, 3000.0] {
            let steps = 10_000;
            let at = |step: i32| t * (f64::from(step) + 0.5) / f64::from(steps);
            let sum: f64 = (0..steps).map(|step| 1.0 - usual.survives(at(step))).sum();
            assert!((usual.ended_within(t) - sum / f64::from(steps)).abs() < 0.1, "{t}");
        }
    }

    #[test]
    fn a_hung_run_is_never_forgotten_and_ends_ever_less_probably() {
        let hour = |age: f64| law(0.02).ended(age * 3600.0, (age + 1.0) * 3600.0);
        assert!(hour(1.0) > hour(10.0) && hour(10.0) > hour(100.0) && hour(100.0) > 1e-3);
        assert!(law(0.02).is_overdue(3600.0) && !law(0.02).is_overdue(60.0));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(crate::testkit::cases(256)))]

        #[test]
        fn survival_falls_and_stays_a_probability(
            mu in 0.0..9.0_f64, sigma in 0.05..2.0_f64, from in 0.0..1e7_f64, more in 0.0..1e6_f64,
        ) {
            let law = DurationModel::new(mu, sigma, 0.02, 0.5);
            prop_assert!(law.survives(from) >= law.survives(from + more));
            prop_assert!(law.survives(from + more) > 0.0);
            prop_assert!((0.0..=1.0).contains(&law.ended(from, from + more)));
            prop_assert!((0.0..=1.0).contains(&law.ended_within(from)));
        }
    }
}

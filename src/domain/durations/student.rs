//! Student's t law: how improbable a value is, and which value is that improbable.
//!
//! Formulas: the upper tail is half the regularised incomplete beta function I(ν/(ν+t²); ν/2, 1/2)
//! (Abramowitz and Stegun 26.7.1), which is evaluated by its continued fraction (DLMF 8.17.22;
//! Numerical Recipes, 2nd ed., §6.4) with Lentz's algorithm (§5.2).

use std::f64::consts::{LN_2, PI};

/// Degrees of freedom for which the law is reckoned; those beyond count as these.
const FREEDOM: (f64, f64) = (0.5, 1e6);
/// The smallest probability for which a quantile is sought.
const RAREST: f64 = 1e-300;

/// Student's t law with some number of degrees of freedom.
///
/// Tails and quantiles are right to a relative 1e-6 (in truth 1e-9) for 4 to 500 degrees of freedom
/// and probabilities from 1e-6 to 0.5. Nothing here fails for any number, and what is not a number
/// is answered with one that is not.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Student {
    /// Degrees of freedom, positive.
    freedom: f64,
    /// Logarithm of the beta function of ν/2 and 1/2.
    log_beta: f64,
}

impl Student {
    /// The law with so many degrees of freedom; they need not be whole.
    pub fn new(freedom: f64) -> Self {
        let freedom = freedom.clamp(FREEDOM.0, FREEDOM.1);
        let half = freedom / 2.0;
        let log_beta = log_gamma(half) + PI.ln() / 2.0 - log_gamma(half + 0.5);
        Self { freedom, log_beta }
    }

    /// How many degrees of freedom it has.
    pub fn freedom(&self) -> f64 {
        self.freedom
    }

    /// Probability of a value above `t`, 0–1.
    pub fn above(&self, t: f64) -> f64 {
        if t < 0.0 { 1.0 - self.upper(-t) } else { self.upper(t) }
    }

    /// The value that is exceeded with probability `alpha`; probabilities nearer to 0 or 1 than
    /// 1e-300 count as that.
    pub fn quantile(&self, alpha: f64) -> f64 {
        if alpha > 0.5 {
            return -self.quantile(1.0 - alpha);
        }
        if (0.5 - alpha).abs() < f64::EPSILON {
            return 0.0;
        }
        let log_alpha = alpha.max(RAREST).ln();
        let mut log_t = self.guess(log_alpha).ln();
        // Over ln t, the logarithm of the tail is concave and falls, so that Newton's steps
        // overshoot to the right at most once and then come from there.
        for _ in 0..100 {
            let t = log_t.exp();
            let log_above = self.upper(t).ln();
            let slope = -(self.log_density(t) + log_t - log_above).exp();
            let step = (log_above - log_alpha) / slope;
            if !step.is_finite() {
                break;
            }
            log_t -= step;
            if step.abs() < 1e-10 {
                break;
            }
        }
        log_t.exp()
    }

    /// About where the quantile is: that of the normal law (Abramowitz and Stegun 26.2.23), carried
    /// over by Wallace's approximation (Annals of Mathematical Statistics 30, 1959).
    fn guess(&self, log_alpha: f64) -> f64 {
        let w = (-2.0 * log_alpha).sqrt();
        let above = (0.010_328 * w + 0.802_853) * w + 2.515_517;
        let below = ((0.001_308 * w + 0.189_269) * w + 1.432_788) * w + 1.0;
        let z =
            (w - above / below).max(1e-4) * (8.0 * self.freedom + 3.0) / (8.0 * self.freedom + 1.0);
        let exponent = (z * z / self.freedom).min(600.0);
        (self.freedom * exponent.exp_m1()).sqrt()
    }

    /// Logarithm of the density at `t`.
    fn log_density(&self, t: f64) -> f64 {
        let fall = (t * t / self.freedom).ln_1p() * (self.freedom + 1.0) / 2.0;
        -self.log_beta - self.freedom.ln() / 2.0 - fall
    }

    /// Probability of a value above `t`, which is not negative.
    fn upper(&self, t: f64) -> f64 {
        let (a, b) = (self.freedom / 2.0, 0.5);
        let ratio = t * t / self.freedom;
        let at = 1.0 / (1.0 + ratio);
        // x^a · (1−x)^b / B(a, b), halved.
        let log_front = -a * ratio.ln_1p() - b * ratio.recip().ln_1p() - self.log_beta - LN_2;
        if at < (a + 1.0) / (a + b + 2.0) {
            log_front.exp() * fraction(a, b, at) / a
        } else {
            0.5 - log_front.exp() * fraction(b, a, 1.0 / (1.0 + ratio.recip())) / b
        }
    }
}

/// The continued fraction of the incomplete beta function at `x`, which is below (a+1)/(a+b+2).
fn fraction(a: f64, b: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let whole = |value: f64| if value.abs() < TINY { TINY } else { value };
    // Lentz's C and D.
    let mut upper = 1.0;
    let mut lower = 1.0 / whole(1.0 - (a + b) * x / (a + 1.0));
    let mut product = lower;
    let mut step = 1.0;
    while step < 2000.0 {
        let twice = a + 2.0 * step;
        let even = step * (b - step) * x / ((twice - 1.0) * twice);
        let odd = -(a + step) * (a + b + step) * x / (twice * (twice + 1.0));
        let mut change = 1.0;
        for term in [even, odd] {
            lower = 1.0 / whole(1.0 + term * lower);
            upper = whole(1.0 + term / upper);
            change = upper * lower;
            product *= change;
        }
        if (change - 1.0).abs() < 1e-15 {
            break;
        }
        step += 1.0;
    }
    product
}

/// Logarithm of the gamma function for positive numbers, to some 1e-14: Lanczos's approximation
/// (SIAM Journal on Numerical Analysis B 1, 1964) with g = 7 and Godfrey's nine coefficients.
fn log_gamma(x: f64) -> f64 {
    const FIRST: f64 = 0.999_999_999_999_809_9;
    const REST: [f64; 8] = [
        676.520_368_121_885_1,
        -1_259.139_216_722_402_8,
        771.323_428_777_653_1,
        -176.615_029_162_140_6,
        12.507_343_278_686_905,
        -0.138_571_095_265_720_12,
        9.984_369_578_019_572e-6,
        1.505_632_735_149_311_6e-7,
    ];
    let mut sum = FIRST;
    let mut at = x;
    for coefficient in REST {
        sum += coefficient / at;
        at += 1.0;
    }
    let base = x + 6.5;
    (2.0 * PI).ln() / 2.0 + (x - 0.5) * base.ln() - base + sum.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_near(value: f64, wanted: f64, tolerance: f64) -> bool {
        (value / wanted - 1.0).abs() < tolerance
    }

    #[test]
    fn quantiles_are_those_of_the_tables() {
        // Roots of the closed forms for whole degrees of freedom (Abramowitz and Stegun 26.7.3–4).
        let table = [
            (4.0, 0.05, 2.131_846_786),
            (5.0, 0.001, 5.893_429_531),
            (9.0, 0.001, 4.296_805_662),
            (10.0, 0.025, 2.228_138_852),
            (30.0, 0.01, 2.457_261_542),
            (104.0, 0.05, 1.659_637_437),
            (120.0, 0.005, 2.617_421_145),
            (4.0, 1e-6, 41.577_854_150),
            (5.0, 1e-4, 9.677_566_301),
            (5.0, 0.4, 0.267_180_866),
            (500.0, 1e-6, 4.810_085_162),
            (500.0, 0.001, 3.106_611_624),
        ];
        for (freedom, alpha, wanted) in table {
            let found = Student::new(freedom).quantile(alpha);
            assert!(is_near(found, wanted, 1e-6), "ν {freedom}, α {alpha}: {found}");
        }
    }

    #[test]
    fn with_four_degrees_of_freedom_the_tail_is_the_closed_form() {
        for t in [1e-6, 0.01, 0.3, 1.0, 2.0, 4.0, 10.0, 40.0] {
            // Abramowitz and Stegun 26.7.4.
            let cos2 = 1.0 / (1.0 + t * t / 4.0_f64);
            let sin = (1.0_f64 - cos2).sqrt();
            let wanted = 0.5 - 0.5 * sin * (1.0 + cos2 / 2.0);
            let found = Student::new(4.0).above(t);
            assert!((found - wanted).abs() < 1e-14 || is_near(found, wanted, 1e-9), "{t}: {found}");
        }
    }

    #[test]
    fn the_tail_is_the_integral_of_the_density() {
        // Simpson's rule over u = 1/x, from 0 to 1/t, of the density at 1/u over u².
        for freedom in [4.0, 7.0, 40.0, 150.5, 500.0] {
            let law = Student::new(freedom);
            for t in [0.7, 1.5, 3.0, 5.0] {
                let steps = 20_000;
                let width = 1.0 / t / f64::from(steps);
                let part = |step: i32| {
                    let u = width * f64::from(step);
                    let weight = match (step == 0 || step == steps, step % 2) {
                        (true, _) => 1.0,
                        (_, 0) => 2.0,
                        _ => 4.0,
                    };
                    if u > 0.0 { weight * law.log_density(1.0 / u).exp() / (u * u) } else { 0.0 }
                };
                let wanted = (0..=steps).map(part).sum::<f64>() * width / 3.0;
                assert!(is_near(law.above(t), wanted, 1e-7), "ν {freedom}, t {t}");
            }
        }
    }

    #[test]
    fn a_quantile_is_exceeded_with_its_probability() {
        for freedom in [4.0, 5.0, 6.5, 14.0, 104.0, 500.0] {
            let law = Student::new(freedom);
            for alpha in [1e-6, 1e-4, 1e-3, 0.01, 0.05, 0.25, 0.4, 0.499] {
                let found = law.above(law.quantile(alpha));
                assert!(is_near(found, alpha, 1e-9), "ν {freedom}, α {alpha}: {found}");
                let mirrored = law.quantile(1.0 - alpha);
                assert!(is_near(-mirrored, law.quantile(alpha), 1e-7), "ν {freedom}, α {alpha}");
            }
        }
    }

    #[test]
    fn many_degrees_of_freedom_come_near_the_normal_law() {
        let law = Student::new(f64::MAX);
        assert!(is_near(law.quantile(0.001), 3.090_232_3, 1e-5));
        assert!(is_near(law.above(1.959_964), 0.025, 1e-4));
        assert!(law.freedom() < 1e7);
    }

    #[test]
    fn nothing_fails_and_nothing_leaves_the_range_of_probabilities() {
        let odd = [f64::MIN, -1e9, -1.0, -0.0, 0.0, 1e-300, 0.3, 1.0, 700.0, 1e12, f64::MAX];
        for freedom in odd {
            let law = Student::new(freedom);
            for value in odd {
                assert!((0.0..=1.0).contains(&law.above(value)), "{freedom} {value}");
                assert!(!law.quantile(value).is_nan(), "{freedom} {value}");
            }
        }
        assert!(Student::new(5.0).above(f64::NAN).is_nan());
        assert!(Student::new(5.0).above(f64::INFINITY) < 1e-300);
    }
}

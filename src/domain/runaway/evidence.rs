//! Why a verdict is given, in words.

use std::fmt;
use std::time::Duration;

use super::Limits;

/// Fewer completed runs of the version than this are little history.
const LITTLE: usize = 5;
/// What is said of how rare a duration is; more is not claimed, because no law is known that far
/// out.
const PLAIN: [u32; 10] = [10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000];

/// How a run's duration compares with what is known of its version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// Whether it has taken longer than every completed run of the version; false where there are
    /// none.
    pub is_longest: bool,
    /// How many completed runs of the version there are.
    pub runs: usize,
    /// How many there are of the project's earlier versions.
    pub earlier: usize,
    /// One run in at least so many would take this long: a plain number from 10 to 10,000, rounded
    /// down. Nothing where more than one in ten would.
    pub one_in: Option<u32>,
}

impl Evidence {
    /// What speaks for a verdict on a run that was seen active after `elapsed`.
    pub fn of(limits: &Limits, elapsed: Duration) -> Self {
        Self {
            is_longest: limits.slowest.is_some_and(|slowest| elapsed > slowest),
            runs: limits.runs,
            earlier: limits.earlier,
            one_in: one_in(limits.expected.exceeds(elapsed)),
        }
    }

    /// Whether the version has so few completed runs that all is guesswork.
    pub fn is_thin(&self) -> bool {
        self.runs < LITTLE
    }

    /// It in words, `version` being what the screen calls the version ("v9"), if it is known: "longer
    /// than all 57 runs of v9; 1 in 1,000 would be; little history (2 runs)", of which only what holds
    /// is said.
    pub fn words<'a>(&'a self, version: Option<&'a str>) -> impl fmt::Display + 'a {
        fmt::from_fn(move |f| self.say(version, f))
    }

    fn say(&self, version: Option<&str>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = version.map_or_else(String::new, |version| format!(" of {version}"));
        let mut gap = "";
        match (self.is_longest, self.runs) {
            (false, _) => {}
            (true, 1) => write!(f, "longer than the only run{of}")?,
            (true, runs) => write!(f, "longer than all {runs} runs{of}")?,
        }
        if self.is_longest {
            gap = "; ";
        }
        if let Some(number) = self.one_in {
            write!(f, "{gap}1 in {} would be", thousands(number))?;
            gap = "; ";
        }
        match (self.runs, self.earlier) {
            (0, 0) => write!(f, "{gap}no history"),
            (0, _) => write!(f, "{gap}no history{of}, only of earlier versions"),
            (1, _) => write!(f, "{gap}little history (1 run)"),
            (runs, _) if self.is_thin() => write!(f, "{gap}little history ({runs} runs)"),
            _ => Ok(()),
        }
    }
}

/// The plain number that is not above 1 / `probability`.
fn one_in(probability: f64) -> Option<u32> {
    PLAIN.into_iter().rev().find(|number| probability * f64::from(*number) <= 1.0)
}

/// A number of at most six digits, with a comma between thousands.
fn thousands(number: u32) -> String {
    match (number / 1000, number % 1000) {
        (0, rest) => rest.to_string(),
        (whole, rest) => format!("{whole},{rest:03}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(is_longest: bool, runs: usize, earlier: usize, one_in: Option<u32>) -> String {
        Evidence { is_longest, runs, earlier, one_in }.words(Some("v9")).to_string()
    }

    #[test]
    fn rarity_is_a_plain_number_that_never_claims_too_much() {
        for (probability, said) in [
            (0.5, None),
            (0.11, None),
            (0.1, Some(10)),
            (0.05, Some(20)),
            (0.003, Some(200)),
            (1.0 / 1001.0, Some(1000)),
            (1.0 / 999.0, Some(500)),
            (1e-5, Some(10_000)),
            (0.0, Some(10_000)),
            (f64::NAN, None),
        ] {
            assert_eq!(one_in(probability), said, "{probability}");
        }
    }

    #[test]
    fn only_what_holds_is_said() {
        assert_eq!(
            words(true, 57, 0, Some(1000)),
            "longer than all 57 runs of v9; 1 in 1,000 would be"
        );
        assert_eq!(words(false, 57, 0, Some(20)), "1 in 20 would be");
        assert_eq!(words(false, 57, 0, None), "");
        assert_eq!(words(false, 2, 0, None), "little history (2 runs)");
        assert_eq!(
            words(true, 1, 30, Some(10_000)),
            "longer than the only run of v9; 1 in 10,000 would be; little history (1 run)"
        );
        assert_eq!(
            words(false, 0, 30, Some(100)),
            "1 in 100 would be; no history of v9, only of earlier versions"
        );
        assert_eq!(words(false, 0, 0, Some(50)), "1 in 50 would be; no history");
        let unversioned = Evidence { is_longest: true, runs: 57, earlier: 0, one_in: Some(1000) };
        assert_eq!(
            unversioned.words(None).to_string(),
            "longer than all 57 runs; 1 in 1,000 would be"
        );
    }
}

//! The one rule that says which run is out of hand.

use std::time::Duration;

use super::stats::Usual;

/// A runaway has taken at least this many times its project's usual duration.
pub const RUNAWAY: f64 = 3.0;
/// A runaway has also taken at least this much longer than is usual: three times a few seconds is nothing
/// that a person has to look at.
pub const LEAST_EXCESS: Duration = Duration::from_mins(1);

/// What is said of a run because of how long it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It takes far longer than is usual.
    Runaway,
}

impl Verdict {
    /// All of them.
    pub const ALL: [Self; 1] = [Self::Runaway];

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Runaway => "runaway",
        }
    }
}

/// What is said of a run that was seen to be active after `elapsed`; nothing of one that has ended, or
/// where nothing is known of what is usual. Time in which nobody has looked is not to be counted.
pub fn verdict(
    is_active: bool,
    elapsed: Option<Duration>,
    usual: Option<&Usual>,
) -> Option<Verdict> {
    let (elapsed, usual) = elapsed.zip(usual)?;
    let is_far = usual.ratio(elapsed).is_some_and(|ratio| ratio >= RUNAWAY)
        && elapsed >= usual.median + LEAST_EXCESS;
    (is_active && is_far).then_some(Verdict::Runaway)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usual(seconds: u64) -> Usual {
        let median = Duration::from_secs(seconds);
        Usual { median, p95: median, runs: 10 }
    }

    #[test]
    fn only_an_active_run_far_beyond_what_is_usual_is_a_runaway() {
        let said = |is_active, elapsed, usual: Option<Usual>| {
            verdict(is_active, Some(Duration::from_secs(elapsed)), usual.as_ref())
        };
        assert_eq!(said(true, 300, Some(usual(100))), Some(Verdict::Runaway));
        assert_eq!(said(true, 299, Some(usual(100))), None);
        assert_eq!(said(false, 3000, Some(usual(100))), None);
        assert_eq!(said(true, 3000, None), None);
        assert_eq!(verdict(true, None, Some(&usual(100))), None);
    }

    #[test]
    fn a_short_run_is_none_before_it_has_taken_a_minute_more_than_is_usual() {
        let said = |elapsed| verdict(true, Some(Duration::from_secs(elapsed)), Some(&usual(2)));
        assert_eq!(said(61), None, "30 times the usual");
        assert_eq!(said(62), Some(Verdict::Runaway));
    }
}

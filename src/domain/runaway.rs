//! The one rule that says which run is out of hand, and how sure that is.
//!
//! A verdict compares how long a run had gone on when it was last seen active with [`Limits`],
//! which are drawn once from what the runs of the same version took (see [`super::durations`]). How
//! rarely a normal run may be called a runaway follows from an [`AlarmBudget`] of false alarms.

mod evidence;

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::durations::{Predictive, Prior, Summary};

pub use evidence::Evidence;

/// A late run is among the longest of 20.
const LATE: f64 = 0.05;
/// A slow run is among the longest of 100 …
const SLOW: f64 = 0.01;
/// … and has taken this many times the usual duration.
const SLOW_RATIO: f64 = 1.5;
/// A runaway has taken at least this many times its version's usual duration …
const RUNAWAY_RATIO: f64 = 2.0;
/// … and this much longer than is usual: twice a few seconds is nothing that a person has to look
/// at.
const LEAST_EXCESS: Duration = Duration::from_mins(1);
/// The probability at which a normal run may be called a runaway lies within these, whatever the
/// budget.
const ALPHA: (f64, f64) = (1e-4, 1e-2);

/// What is said of an active run because of how long it has taken; later ones are graver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// It waits for its kernel for longer than is usual, although there are some.
    Waiting,
    /// It has taken longer than 19 of 20 runs do.
    Late,
    /// It has taken longer than 99 of 100 runs do, and half as long again as is usual.
    Slow,
    /// It is out of hand: longer than any run seen, and than the budget of false alarms allows.
    Runaway,
}

impl Verdict {
    /// All of them, the mildest first.
    pub const ALL: [Self; 4] = [Self::Waiting, Self::Late, Self::Slow, Self::Runaway];

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Late => "late",
            Self::Slow => "slow",
            Self::Runaway => "runaway",
        }
    }
}

/// Words for a stretch of time, and how many days it has; a month has 30.
const SPANS: [(&str, f64); 3] = [("day", 1.0), ("week", 7.0), ("month", 30.0)];
/// The largest number that is taken for one of alarms.
const MOST_ALARMS: f64 = 1e6;

/// How many normal runs of a workspace may be called runaways; written as `1 a week`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AlarmBudget {
    /// False alarms a day; positive.
    pub a_day: f64,
}

impl Default for AlarmBudget {
    /// One a week.
    fn default() -> Self {
        Self { a_day: 1.0 / 7.0 }
    }
}

impl fmt::Display for AlarmBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = SPANS.into_iter().find(|(_, days)| (self.a_day * days).fract() == 0.0);
        let (word, days) = whole.unwrap_or(("day", 1.0));
        write!(f, "{} a {word}", self.a_day * days)
    }
}

impl FromStr for AlarmBudget {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let read = || {
            let (number, word) = text.trim().split_once(" a ")?;
            let (_, days) = SPANS.into_iter().find(|(known, _)| *known == word.trim())?;
            let number: f64 = number.trim().parse().ok()?;
            (number > 0.0 && number <= MOST_ALARMS).then_some(Self { a_day: number / days })
        };
        read().ok_or_else(|| {
            format!("{text:?} is no number of alarms: write it as `1 a week`, `3 a day` or `0.5 a month`")
        })
    }
}

impl AlarmBudget {
    /// The probability at which a normal run may be called a runaway where the workspace has so
    /// many runs a day: within 1e-4 and 1e-2, and 1e-2 where it has none.
    pub fn alpha(self, runs_a_day: f64) -> f64 {
        let share = self.a_day / runs_a_day;
        // No alarms over no runs are no number.
        if share.is_nan() { ALPHA.0 } else { share.max(ALPHA.0).min(ALPHA.1) }
    }
}

/// Beyond which durations a run of one version gets which verdict. They do not change until another
/// of its runs completes, the workspace's prior is drawn anew or the budget changes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// The median of the version's completed runs; before the first, the expected one.
    pub usual: Duration,
    /// Beyond this a run is late: the expected 95 % quantile.
    pub late: Duration,
    /// Beyond this it is slow; not below `late`.
    pub slow: Duration,
    /// Beyond this it is a runaway; not below `slow`. Nothing where no run of the project is known
    /// to have completed, in any version: what other projects do proves nothing of this one.
    pub runaway: Option<Duration>,
    /// Whether `runaway` was set by a person, whatever runs take.
    pub is_fixed: bool,
    /// What `runaway` would be by what runs take.
    pub learned: Option<Duration>,
    /// The longest completed run of this version, if there is one.
    pub slowest: Option<Duration>,
    /// How many completed runs of this version that is drawn from.
    pub runs: usize,
    /// How many of the project's earlier versions.
    pub earlier: usize,
    /// The law of the next duration, for evidence and expected ends.
    pub expected: Predictive,
}

impl Limits {
    /// Draws them from what was believed of the version and what its completed runs took, so that a
    /// normal run is called a runaway with a probability of `alpha` at most (see
    /// [`AlarmBudget::alpha`]).
    pub fn of(prior: &Prior, summary: &Summary, alpha: f64) -> Self {
        let expected = Predictive::of(prior, summary);
        let usual = if summary.runs > 0 { summary.median_duration() } else { expected.median() };
        let late = expected.quantile(LATE);
        let slow = expected.quantile(SLOW).max(usual.mul_f64(SLOW_RATIO));
        let is_known = summary.runs + prior.earlier > 0;
        let runaway = is_known.then(|| {
            expected
                .quantile(alpha)
                .max(summary.slowest)
                .max(usual.mul_f64(RUNAWAY_RATIO))
                .max(usual + LEAST_EXCESS)
                .max(slow)
        });
        Self {
            usual,
            late,
            slow,
            runaway,
            is_fixed: false,
            learned: runaway,
            slowest: (summary.runs > 0).then_some(summary.slowest),
            runs: summary.runs,
            earlier: prior.earlier,
            expected,
        }
    }

    /// The same where a person has set how long runs may take, which goes before what they take.
    #[must_use]
    pub fn fixed_at(self, limit: Option<Duration>) -> Self {
        Self { runaway: limit.or(self.runaway), is_fixed: limit.is_some(), ..self }
    }

    /// Whether any run of the project is known to have completed.
    pub fn is_known(&self) -> bool {
        self.runs + self.earlier > 0
    }

    /// `elapsed` as a multiple of the usual duration.
    pub fn ratio(&self, elapsed: Duration) -> f64 {
        elapsed.as_secs_f64() / self.usual.as_secs_f64().max(f64::MIN_POSITIVE)
    }
}

/// What is said of a run that was seen to be active after `elapsed`. Time in which nobody has
/// looked is not to be counted, nor is a run that has ended to be asked about.
pub fn verdict(limits: &Limits, elapsed: Duration) -> Option<Verdict> {
    if limits.runaway.is_some_and(|limit| elapsed > limit) {
        Some(Verdict::Runaway)
    } else if elapsed > limits.slow {
        Some(Verdict::Slow)
    } else if elapsed > limits.late {
        Some(Verdict::Late)
    } else {
        None
    }
}

#[cfg(test)]
mod tests;

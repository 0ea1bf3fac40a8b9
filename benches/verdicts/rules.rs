//! The rules that are compared, each as the duration beyond which a run is called a runaway.

use std::time::Duration;

use hextop::domain::durations::{Prior, Summary};
use hextop::domain::runaway::{Limits, Verdict, verdict};

/// Who calls a run a runaway.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// `domain::runaway`.
    Hextop,
    /// Longer than 1.5 × the median, of three runs at least.
    Median15,
    /// Longer than 3 × the median and a minute more, of three runs at least: what hextop did
    /// before.
    Median3,
    /// Longer than the mean and three standard deviations, of three runs at least.
    Mean3Sigma,
    /// Longer than twice the mean of the last ten runs, and nothing before there are ten.
    MeanOf10,
}

impl Rule {
    pub const ALL: [Self; 5] =
        [Self::Hextop, Self::Median15, Self::Median3, Self::Mean3Sigma, Self::MeanOf10];

    pub fn word(self) -> &'static str {
        match self {
            Self::Hextop => "hextop",
            Self::Median15 => "median_1.5",
            Self::Median3 => "median_3",
            Self::Mean3Sigma => "mean_3sigma",
            Self::MeanOf10 => "mean_of_10",
        }
    }
}

/// What is known before a run of a version: the workspace, and the completed runs of the version
/// before it and of its own, the oldest first.
pub struct Known<'a> {
    pub workspace: &'a Prior,
    pub old: &'a [Duration],
    pub own: &'a [Duration],
}

/// A rule that has seen a history.
pub enum Judge {
    Hextop(Box<Limits>),
    Limit(Option<Duration>),
}

impl Judge {
    /// Rules other than hextop's do not know of versions and see the project's last hundred runs.
    pub fn new(rule: Rule, known: &Known, alpha: f64) -> Self {
        if rule == Rule::Hextop {
            return Self::Hextop(Box::new(limits(known, alpha)));
        }
        let all: Vec<_> = known.old.iter().chain(known.own).map(Duration::as_secs_f64).collect();
        let seconds = &all[all.len().saturating_sub(100)..];
        let limit = match rule {
            _ if seconds.len() < 3 => None,
            Rule::Median15 => Some(1.5 * median(seconds)),
            Rule::Median3 => Some((3.0 * median(seconds)).max(median(seconds) + 60.0)),
            Rule::MeanOf10 if seconds.len() < 10 => None,
            Rule::MeanOf10 => Some(2.0 * mean(&seconds[seconds.len() - 10..])),
            _ => {
                let middle = mean(seconds);
                let squares: f64 = seconds.iter().map(|one| (one - middle).powi(2)).sum();
                Some(middle + 3.0 * (squares / (seconds.len() - 1) as f64).sqrt())
            }
        };
        Self::Limit(limit.map(Duration::from_secs_f64))
    }

    /// Whether a run that has gone on for so long is called a runaway.
    pub fn calls(&self, elapsed: Duration) -> bool {
        match self {
            Self::Hextop(limits) => verdict(limits, elapsed) == Some(Verdict::Runaway),
            Self::Limit(limit) => limit.is_some_and(|limit| elapsed > limit),
        }
    }

    /// When a run that goes on and on is called a runaway.
    pub fn limit(&self) -> Option<Duration> {
        match self {
            Self::Hextop(limits) => limits.runaway,
            Self::Limit(limit) => *limit,
        }
    }
}

/// hextop's limits for the version.
pub fn limits(known: &Known, alpha: f64) -> Limits {
    let prior = match known.old {
        [] => *known.workspace,
        old => known.workspace.after(&Summary::of(old)),
    };
    Limits::of(&prior, &Summary::of(known.own), alpha)
}

fn mean(seconds: &[f64]) -> f64 {
    seconds.iter().sum::<f64>() / seconds.len() as f64
}

fn median(seconds: &[f64]) -> f64 {
    let mut sorted = seconds.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    f64::midpoint(sorted[(sorted.len() - 1) / 2], sorted[sorted.len() / 2])
}

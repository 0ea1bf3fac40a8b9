//! Workspaces whose true durations are known.

use std::time::Duration;

use hextop::domain::durations::{Prior, Summary};

use crate::rng::Rng;

/// How many projects a workspace has.
pub const PROJECTS: usize = 40;
/// The projects' medians scatter around this many seconds …
const MIDDLE: f64 = 120.0;
/// … by a factor whose logarithm has this deviation.
const BETWEEN: f64 = 1.0;
/// A project of the workspace from which the prior is drawn has up to so many completed runs.
const MOST_RUNS: usize = 60;
/// With mixed inputs, one run in five has inputs that take 2.5 times as long.
const SHARE: f64 = 0.2;
const FACTOR: f64 = 2.5;
/// A run that hangs takes at least so many times the median.
const HANG: f64 = 20.0;
/// So many of a history's runs had hung and were completed late, where they were not killed.
const KEPT: f64 = 0.03;
/// Where the scatter varies, its logarithm's deviation between projects.
const VARIED: f64 = 0.5;

/// How the durations of a project's runs are spread.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Log-normal; what hung was killed and is not in the history.
    LogNormal,
    /// Student's t with four degrees of freedom in the logarithm.
    Heavy,
    /// Log-normal, one in five with larger inputs.
    Mixed,
    /// Log-normal, and 3 in 100 of the history had hung and completed after all.
    KeptHangs,
    /// Log-normal; each project of the workspace scatters differently.
    Varied,
    /// Log-normal; the new version is slower by one and a half.
    Step15,
    /// Log-normal; the new version is three times slower.
    Step3,
}

impl Shape {
    pub const ALL: [Self; 7] = [
        Self::LogNormal,
        Self::Heavy,
        Self::Mixed,
        Self::KeptHangs,
        Self::Varied,
        Self::Step15,
        Self::Step3,
    ];

    pub fn word(self) -> &'static str {
        match self {
            Self::LogNormal => "lognormal",
            Self::Heavy => "heavy",
            Self::Mixed => "mixed",
            Self::KeptHangs => "kept_hangs",
            Self::Varied => "varied_sigma",
            Self::Step15 => "step_1.5",
            Self::Step3 => "step_3",
        }
    }

    pub fn named(word: &str) -> Self {
        let found = Self::ALL.into_iter().find(|shape| shape.word() == word);
        found.unwrap_or_else(|| panic!("no such shape: {word}"))
    }

    /// How many times slower the new version is, where there is one.
    pub fn step(self) -> Option<f64> {
        match self {
            Self::Step15 => Some(1.5),
            Self::Step3 => Some(3.0),
            _ => None,
        }
    }
}

/// A project's true law.
#[derive(Clone, Copy)]
pub struct Project {
    shape: Shape,
    /// The middle of ordinary inputs, as the logarithm of seconds.
    middle: f64,
    sigma: f64,
}

impl Project {
    pub fn new(shape: Shape, sigma: f64, rng: &mut Rng) -> Self {
        let sigma = match shape {
            Shape::Varied => sigma * (VARIED * rng.normal()).exp(),
            _ => sigma,
        };
        Self { shape, middle: MIDDLE.ln() + BETWEEN * rng.normal(), sigma }
    }

    /// The same with a version that is so many times slower.
    pub fn slower(self, factor: f64) -> Self {
        Self { middle: self.middle + factor.ln(), ..self }
    }

    /// How long a run takes that does not hang.
    pub fn normal(&self, rng: &mut Rng) -> Duration {
        self.duration(deviate(self.shape, self.sigma, rng))
    }

    /// How long a run takes that is so many σ beyond the middle of ordinary inputs.
    pub fn duration(&self, deviation: f64) -> Duration {
        let log = self.middle + self.sigma * deviation;
        Duration::from_secs_f64(log.exp().min(1e9))
    }

    /// By how many σ a duration is beyond the middle of ordinary inputs.
    pub fn deviation(&self, duration: Duration) -> f64 {
        (duration.as_secs_f64().ln() - self.middle) / self.sigma
    }

    /// How long a run takes that hangs.
    pub fn hung(&self, rng: &mut Rng) -> Duration {
        Duration::from_secs_f64((self.median() * HANG * rng.pareto()).min(1e9))
    }

    /// So many completed runs.
    pub fn history(&self, count: usize, rng: &mut Rng) -> Vec<Duration> {
        (0..count)
            .map(|_| match self.shape {
                Shape::KeptHangs if rng.chance(KEPT) => self.hung(rng),
                _ => self.normal(rng),
            })
            .collect()
    }

    /// The true median of normal runs, in seconds. With mixed inputs it is that of ordinary ones
    /// but for the larger ones, of which nearly all are above it: the 62.5 % quantile of the
    /// ordinary ones.
    pub fn median(&self) -> f64 {
        let up = if self.shape == Shape::Mixed { 0.3186 * self.sigma } else { 0.0 };
        (self.middle + up).exp()
    }
}

/// By how many σ a run that does not hang is beyond the middle of ordinary inputs.
pub fn deviate(shape: Shape, sigma: f64, rng: &mut Rng) -> f64 {
    match shape {
        Shape::Heavy => rng.student_4(),
        Shape::Mixed if rng.chance(SHARE) => rng.normal() + FACTOR.ln() / sigma,
        _ => rng.normal(),
    }
}

/// What the program would believe of a workspace of such projects.
pub fn prior(shape: Shape, sigma: f64, rng: &mut Rng) -> Prior {
    let summaries: Vec<_> = (0..PROJECTS)
        .map(|_| {
            let project = Project::new(shape, sigma, rng);
            let count = rng.up_to(MOST_RUNS);
            Summary::of(&project.history(count, rng))
        })
        .collect();
    Prior::pooled(&summaries)
}

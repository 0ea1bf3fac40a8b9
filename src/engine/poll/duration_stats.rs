//! How long a project's runs have taken, for each version where a version changed it.

use super::duration_model::DurationModel;
use super::prior::Prior;
use super::seconds::count_f;

/// How far the means of two versions' logarithms may be apart by chance, in standard errors.
const CHANCE: f64 = 2.5;
/// How much a new version usually changes the mean of the logarithm, if it changes it at all.
const BETWEEN_VERSIONS: f64 = 0.7;
/// How many runs the pooled spread counts for.
const SPREAD_WEIGHT: f64 = 5.0;

/// Count, mean and sum of squared deviations of logarithms of durations.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Logs {
    pub(super) count: f64,
    pub(super) mean: f64,
    pub(super) squares: f64,
}

impl Logs {
    /// Draws them, with what lies far out pulled in: one run that hung for a day must not make a
    /// project's runs seem to take anything between a second and a day.
    fn of(mut logs: Vec<f64>) -> Self {
        logs.sort_by(f64::total_cmp);
        let Some(median) = logs.get(logs.len() / 2).copied() else {
            return Self::default();
        };
        let mut off: Vec<_> = logs.iter().map(|log| (log - median).abs()).collect();
        off.sort_by(f64::total_cmp);
        let usual = off.get(off.len() / 2).copied().unwrap_or_default();
        let far = 3.0 * (1.4826 * usual).max(0.15);
        let far = if logs.len() < 5 { far.max(1.5) } else { far };
        let pulled = || logs.iter().map(|log| log.clamp(median - far, median + far));
        let count = count_f(logs.len());
        let mean = pulled().sum::<f64>() / count;
        let squares = pulled().map(|log| (log - mean).powi(2)).sum();
        Self { count, mean, squares }
    }

    fn and(self, other: Self) -> Self {
        let count = self.count + other.count;
        if count <= 0.0 {
            return self;
        }
        let apart = other.mean - self.mean;
        Self {
            count,
            mean: self.mean + apart * other.count / count,
            squares: self.squares
                + other.squares
                + apart * apart * self.count * other.count / count,
        }
    }

    /// The law of the next run: a normal law of the logarithm with a prior, widened by what is
    /// not known of its mean.
    fn law(self, prior_mean: f64, between: f64, prior: &Prior) -> DurationModel {
        let spread = (SPREAD_WEIGHT * prior.spread * prior.spread + self.squares)
            / (SPREAD_WEIGHT + (self.count - 1.0).max(0.0));
        let weight = spread / (between * between);
        let mu = (self.count * self.mean + weight * prior_mean) / (self.count + weight);
        let sigma = (spread * (1.0 + 1.0 / (self.count + weight))).sqrt();
        DurationModel::new(mu, sigma, prior.hung, prior.tail)
    }
}

/// Durations of a project's ended runs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DurationStats {
    /// Of the newest version that has runs.
    pub(super) latest: Logs,
    /// Of all others, unless the newest is like them.
    pub(super) others: Logs,
    /// Whether the newest version's runs take as long as the others'.
    pub(super) is_alike: bool,
}

impl DurationStats {
    /// Draws them from pairs of duration (in seconds) and whether it is the newest version's.
    pub(super) fn of(durations: &[(f64, bool)]) -> Self {
        let logs = |latest: bool| {
            let chosen = durations.iter().filter(|(_, newest)| *newest == latest);
            Logs::of(chosen.map(|(duration, _)| duration.max(0.5).ln()).collect())
        };
        let (latest, others) = (logs(true), logs(false));
        let both = latest.and(others);
        let inner = (latest.squares + others.squares) / (both.count - 2.0).max(1.0);
        let error = (inner.max(0.04) * (1.0 / latest.count + 1.0 / others.count)).sqrt();
        let is_alike = !(latest.count > 0.0
            && others.count >= 3.0
            && (latest.mean - others.mean).abs() > CHANCE * error);
        if is_alike {
            Self { latest: both, others: both, is_alike }
        } else {
            Self { latest, others, is_alike }
        }
    }

    /// The law of runs of the newest version.
    pub(super) fn law(&self, prior: &Prior) -> DurationModel {
        if self.is_alike {
            return self.latest.law(prior.mean, prior.between, prior);
        }
        self.latest.law(self.others.mean, BETWEEN_VERSIONS, prior)
    }

    /// The law of runs of older versions.
    pub(super) fn older(&self, prior: &Prior) -> DurationModel {
        self.others.law(prior.mean, prior.between, prior)
    }
}

//! What is believed of a version's durations before any of its runs has completed.

use super::{Predictive, Summary, count_f};

/// How far a new version's middle moves from the old one's (τ): the standard deviation of the
/// natural logarithm. Between 0.4 and 0.7 a version that becomes 3 × slower costs no false alarms
/// on its first runs, so that more would only delay the verdict on runs that hang: on the first run
/// of such a version it comes at 5.6 × the new median with 0.4, at 12 × with 0.55 and at 28 × with
/// 0.7 (benches/verdicts.rs, ten old runs, α = 1e-3). One that becomes 10 × slower is called in 3
/// of 100 first runs.
const STEP: f64 = 0.4;
/// What is believed of a workspace of which nothing is known: that runs of a project take some two
/// minutes, two of three projects' from 45 s to 5 min, and scatter by a factor of 1.5.
const UNKNOWN: Prior =
    Prior { mean: 4.787_491_742_782_046, variance: 1.0, spread: 0.4, earlier: 0 };
/// So many degrees of freedom that is worth against what is seen.
const BELIEF: f64 = 5.0;
/// A project counts in the pooled scatter for at most so many degrees of freedom, so that one that
/// runs all day does not speak for the others.
const LOUDEST: f64 = 20.0;
/// The pooled scatter is at least this.
const LEAST_SPREAD: f64 = 0.02;

/// What is believed of a version's durations before any of its runs has completed, over the natural
/// logarithm of seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prior {
    /// Where its middle is expected (m₀).
    pub mean: f64,
    /// The variance of that expectation (v₀), positive.
    pub variance: f64,
    /// The standard deviation of the runs of one version, as the workspace has it (s₀), positive.
    pub spread: f64,
    /// How many completed runs of earlier versions of the same project this is drawn from; 0 where
    /// it is the workspace's.
    pub earlier: usize,
}

/// What projects have in common, from one summary of each (of its newest version, say): sums, so that
/// a project's part can be taken out and put in again without passing over the others.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pool {
    /// Projects with completed runs.
    projects: f64,
    /// Their means, from [`UNKNOWN`]'s.
    means: f64,
    /// The squares of those.
    squared_means: f64,
    /// What each mean scatters because it is of few runs: 1 / n.
    inverses: f64,
    /// Squared distances from the means, and their degrees of freedom.
    squares: f64,
    freedom: f64,
}

impl Pool {
    /// The part of one project.
    pub fn of(summary: &Summary) -> Self {
        if summary.runs == 0 {
            return Self::default();
        }
        let (off, own) = (summary.mean - UNKNOWN.mean, count_f(summary.runs) - 1.0);
        let freedom = own.min(LOUDEST);
        Self {
            projects: 1.0,
            means: off,
            squared_means: off * off,
            inverses: 1.0 / count_f(summary.runs),
            squares: if own > 0.0 { summary.squares / own * freedom } else { 0.0 },
            freedom,
        }
    }

    /// Adds `factor` times another one; -1 takes it out.
    pub fn add(&mut self, other: &Self, factor: f64) {
        self.projects += factor * other.projects;
        self.means += factor * other.means;
        self.squared_means += factor * other.squared_means;
        self.inverses += factor * other.inverses;
        self.squares += factor * other.squares;
        self.freedom += factor * other.freedom;
    }

    /// The mean of the projects' means, the variance between them, and the scatter within them, each
    /// shrunk to a guess that is worth five projects or degrees of freedom.
    pub fn prior(&self) -> Prior {
        let squares = BELIEF * UNKNOWN.spread.powi(2) + self.squares.max(0.0);
        let spread = (squares / (BELIEF + self.freedom)).sqrt().max(LEAST_SPREAD);
        let off = self.means / (1.0 + self.projects);
        // The means scatter because the projects differ and because each is of few runs; the latter
        // part is taken off (DerSimonian and Laird, Controlled Clinical Trials 7, 1986,
        // unweighted).
        let between = self.squared_means - 2.0 * off * self.means + self.projects * off * off
            - spread * spread * self.inverses;
        let variance = (BELIEF * UNKNOWN.variance + between.max(0.0)) / (BELIEF + self.projects);
        Prior { mean: UNKNOWN.mean + off, variance, spread, earlier: 0 }
    }
}

impl Default for Prior {
    fn default() -> Self {
        UNKNOWN
    }
}

impl Prior {
    /// That of a workspace, from one summary a project.
    pub fn pooled<'a>(summaries: impl IntoIterator<Item = &'a Summary>) -> Self {
        let mut pool = Pool::default();
        for summary in summaries {
            pool.add(&Pool::of(summary), 1.0);
        }
        pool.prior()
    }

    /// That of the next version, after one of which this was believed and whose runs are summed up:
    /// its mean is the old one's, with variance τ² + 1/P, where 1/P is s²/n of the old version but
    /// for what was believed before it.
    #[must_use]
    pub fn after(self, old: &Summary) -> Self {
        let (mean, variance) = Predictive::middle(&self, old);
        let earlier = self.earlier + old.runs;
        // Before anything of the project has completed, there is nothing that a version could
        // differ from.
        let step = if earlier > 0 { STEP * STEP } else { 0.0 };
        Self { mean, variance: variance + step, earlier, ..self }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// A project with so many runs around a mean, each of which is `scatter` away from it.
    fn project(mean: f64, scatter: f64, runs: usize) -> Summary {
        let squares = scatter * scatter * (count_f(runs) - 1.0);
        Summary { runs, mean, squares, median: mean, slowest: Duration::from_secs(1) }
    }

    #[test]
    fn of_an_unknown_workspace_a_guess_is_believed() {
        assert_eq!(Prior::pooled(&[]), Prior::default());
        assert_eq!(Prior::pooled(&[Summary::NONE; 9]), Prior::default());
    }

    #[test]
    fn what_was_taken_out_again_leaves_no_trace() {
        let one = Pool::of(&project(8.0, 0.1, 30));
        let mut pool = Pool::default();
        for factor in [1.0, -1.0] {
            for _ in 0..1000 {
                pool.add(&one, factor);
            }
        }
        let (left, guess) = (pool.prior(), Prior::default());
        for (left, right) in
            [(left.mean, guess.mean), (left.variance, guess.variance), (left.spread, guess.spread)]
        {
            assert!((left / right - 1.0).abs() < 1e-9, "{pool:?}");
        }
    }

    #[test]
    fn many_projects_make_their_own_middle_distance_and_scatter_believed() {
        let means = (0..60).map(|number| 7.0 + 2.0 * f64::from(number % 2));
        let projects: Vec<_> = means.map(|mean| project(mean, 0.2, 20)).collect();
        let prior = Prior::pooled(&projects);
        assert!((prior.mean - 8.0).abs() < 0.1, "{prior:?}");
        assert!((prior.variance - 1.0).abs() < 0.1, "{prior:?}");
        assert!((prior.spread - 0.2).abs() < 0.01, "{prior:?}");
        assert_eq!(prior.earlier, 0);
    }

    #[test]
    fn projects_that_differ_only_by_the_chance_of_few_runs_are_not_held_to_differ() {
        let means = (0..60).map(|number| UNKNOWN.mean + 0.4 * f64::from(2 * (number % 2) - 1));
        let projects: Vec<_> = means.map(|mean| project(mean, 0.4, 1)).collect();
        let prior = Prior::pooled(&projects);
        assert!((prior.variance - 5.0 / 65.0).abs() < 1e-3, "{prior:?}");
    }

    #[test]
    fn one_project_moves_the_guess_but_a_little() {
        let prior = Prior::pooled(&[project(8.0, 0.1, 3)]);
        assert!(prior.mean > UNKNOWN.mean && prior.mean < 8.0, "{prior:?}");
        assert!(prior.spread > 0.3 && prior.spread < UNKNOWN.spread, "{prior:?}");
    }

    #[test]
    fn a_project_that_runs_all_day_does_not_speak_for_the_others() {
        let mut projects = vec![project(5.0, 0.2, 21); 10];
        projects.push(project(5.0, 2.0, 300));
        let loud = Prior::pooled(&projects).spread;
        assert!(loud < 0.7, "{loud}: by its runs it would be 1.55");
        let single = [project(5.0, 0.0, 1); 40];
        assert!(
            (Prior::pooled(&single).spread - UNKNOWN.spread).abs() < 1e-9,
            "a single run tells nothing of scatter"
        );
    }

    #[test]
    fn a_new_version_begins_from_the_old_one() {
        let workspace = Prior { mean: 5.0, variance: 1.0, spread: 0.3, earlier: 0 };
        let old = project(7.0, 0.3, 100);
        let prior = workspace.after(&old);
        assert!((prior.mean - 7.0).abs() < 0.01, "{prior:?}");
        assert!((prior.variance - (0.16 + 0.0009)).abs() < 1e-4, "{prior:?}");
        assert!((prior.spread - 0.3).abs() < 1e-9, "{prior:?}");
        assert_eq!(prior.earlier, 100);
        let skipped = prior.after(&Summary::NONE);
        assert!((skipped.variance - prior.variance - 0.16).abs() < 1e-9, "two steps away");
        assert_eq!((skipped.mean, skipped.earlier), (prior.mean, 100));
    }

    #[test]
    fn versions_without_runs_leave_the_workspace_as_it_is() {
        let workspace = Prior::default();
        assert_eq!(workspace.after(&Summary::NONE).after(&Summary::NONE), workspace);
    }
}

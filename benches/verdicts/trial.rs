//! One cell of the table: many histories of one length, and what each rule says of the runs after
//! them.

use std::time::Duration;

use hextop::domain::durations::{Hangs, Prior, Remaining};
use hextop::domain::runaway::Limits;

use crate::ALPHA;
use crate::gates::SIGMA;
use crate::rng::Rng;
use crate::rules::{Judge, Known, Rule};
use crate::world::{PROJECTS, Project, Shape, deviate, prior};

/// Workspaces a seed, each with its own prior and with a history for each of its projects: of the
/// law whose expected ends are a gate, of the others with gates, and of those without.
const WORKSPACES: [u64; 3] = [80, 40, 15];
/// Normal runs of each law and seed, all of which are judged by each history.
const RUNS: u32 = 1_000_000;
/// Normal runs a history of which the expected end is asked for.
const ENDS: u32 = 3;
/// A run is seen for no more than so many medians: with heavy tails a single one would outweigh
/// all.
const LONGEST: f64 = 10.0;

/// What is played: a law and a length of history.
#[derive(Clone, Copy, PartialEq)]
pub struct Cell {
    pub shape: Shape,
    pub sigma: f64,
    /// Completed runs: of the version or, after a step, of the one before it.
    pub n: usize,
    /// Completed runs of the new version after a step.
    pub m: Option<usize>,
}

impl Cell {
    fn workspaces(self) -> u64 {
        let [ends, alarms, neither] = WORKSPACES;
        match self.shape {
            _ if self.sigma > SIGMA => neither,
            Shape::LogNormal => ends,
            _ => alarms,
        }
    }
}

/// What came of it for one rule.
#[derive(Clone, Default)]
pub struct Counts {
    pub histories: f64,
    /// For each history the share of normal runs that are called, added up.
    pub alarms: f64,
    /// For each hung run, at which multiple of the true median it was called; infinite if never.
    pub called_at: Vec<f64>,
    /// Ages by the time seen, and of the runs that reach them how many end before the expected
    /// median and 90 % quantile.
    pub seen: [f64; 3],
    /// Runs that are asked about, and how many of them end before the two.
    pub ends: [f64; 3],
}

impl Counts {
    pub fn add(&mut self, other: Self) {
        self.histories += other.histories;
        self.alarms += other.alarms;
        self.called_at.extend(other.called_at);
        for (sum, part) in self.seen.iter_mut().zip(other.seen) {
            *sum += part;
        }
        for (sum, part) in self.ends.iter_mut().zip(other.ends) {
            *sum += part;
        }
    }
}

/// Normal runs of a law, by how many σ they are beyond the middle, in order. A run is called before
/// its end if it ends beyond the limit, so that each history is tried on all of them by one search.
pub fn normal_runs(shape: Shape, sigma: f64, seed: u64) -> Vec<f64> {
    let mut rng = Rng::stream(seed, law(shape, sigma));
    let mut runs: Vec<_> = (0..RUNS).map(|_| deviate(shape, sigma, &mut rng)).collect();
    runs.sort_unstable_by(f64::total_cmp);
    runs
}

fn law(shape: Shape, sigma: f64) -> u64 {
    shape as u64 * 1000 + (sigma * 100.0).round() as u64
}

/// Plays a cell under one seed: what came of it by rule, in the order of [`Rule::ALL`].
pub fn play(cell: Cell, seed: u64, normal: &[f64]) -> [Counts; Rule::ALL.len()] {
    let mut counts: [Counts; Rule::ALL.len()] = Default::default();
    let law = law(cell.shape, cell.sigma) * 1000 + 1;
    let length = cell.n as u64 * 1000 + cell.m.map_or(999, |m| m as u64);
    for workspace in 0..cell.workspaces() {
        // The same workspaces in all cells of a law, and other histories in each.
        let prior = prior(cell.shape, cell.sigma, &mut Rng::stream(seed, law + workspace));
        let mut rng = Rng::stream(seed ^ length.rotate_left(32), law + workspace);
        for _ in 0..PROJECTS {
            play_history(cell, &prior, normal, &mut rng, &mut counts);
        }
    }
    counts
}

fn play_history(
    cell: Cell,
    workspace: &Prior,
    normal: &[f64],
    rng: &mut Rng,
    counts: &mut [Counts],
) {
    let first = Project::new(cell.shape, cell.sigma, rng);
    let earlier = first.history(cell.n, rng);
    let (project, newer) = match (cell.shape.step(), cell.m) {
        (Some(factor), Some(m)) => {
            let project = first.slower(factor);
            (project, project.history(m, rng))
        }
        _ => (first, Vec::new()),
    };
    let known = match cell.m {
        Some(_) => Known { workspace, old: &earlier, own: &newer },
        None => Known { workspace, old: &[], own: &earlier },
    };
    let hung = project.hung(rng);
    for (rule, counts) in Rule::ALL.into_iter().zip(counts.iter_mut()) {
        let judge = Judge::new(rule, &known, ALPHA);
        counts.histories += 1.0;
        if let Some(limit) = judge.limit() {
            let beyond = project.deviation(limit);
            let alarms = normal.len() - normal.partition_point(|run| *run <= beyond);
            counts.alarms += alarms as f64 / normal.len() as f64;
        }
        let called_at = judge.limit().filter(|_| judge.calls(hung));
        let ratio = called_at.map_or(f64::INFINITY, |at| at.as_secs_f64() / project.median());
        counts.called_at.push(ratio);
        if let Judge::Hextop(limits) = judge {
            for part in 0..ENDS {
                // One run of each part of the law, so that the figure depends less on chance.
                let place = (f64::from(part) + rng.unit()) / f64::from(ENDS);
                let index = (place * normal.len() as f64) as usize;
                let run = project.duration(normal[index.min(normal.len() - 1)]);
                note_end(run, &project, normal, &limits, rng, counts);
            }
        }
    }
}

/// Notes, of a run that is seen at some time of its life, whether it ends before the expected
/// median and the expected 90 % quantile; and which share of all normal runs that reach this age
/// do.
fn note_end(
    run: Duration,
    project: &Project,
    normal: &[f64],
    limits: &Limits,
    rng: &mut Rng,
    counts: &mut Counts,
) {
    let age = run.mul_f64(rng.unit().min(0.999_999));
    let Remaining { median, p90 } = limits.expected.remaining(age, Hangs::default());
    let ended = |by: Duration| {
        let deviation = project.deviation(by);
        normal.partition_point(|run| *run <= deviation) as f64
    };
    let (before, all) = (ended(age), normal.len() as f64);
    if before >= all {
        return;
    }
    let weight = (run.as_secs_f64() / project.median()).min(LONGEST);
    counts.seen[0] += weight;
    counts.ends[0] += 1.0;
    for (index, by) in [age + median, age + p90].into_iter().enumerate() {
        counts.seen[index + 1] += weight * (ended(by) - before) / (all - before);
        counts.ends[index + 1] += f64::from(u8::from(run <= by));
    }
}

//! What the bench says: a table, a JSON file, and the sentences about bounds that are broken.

use std::fmt::Write as _;

use crate::play::{Figures, Name};
use crate::world::Trouble;

/// One policy in one world.
pub struct Row {
    /// How many projects.
    pub projects: u32,
    /// Looks a minute.
    pub rate: u32,
    /// The world's seed.
    pub seed: u64,
    /// What was special about it.
    pub trouble: Trouble,
    /// Which policy.
    pub policy: Name,
    /// What came of it.
    pub figures: Figures,
}

/// What the same figure is for three other policies in the same world.
#[derive(Clone, Copy, Default)]
struct Ratios {
    round_robin: f64,
    rate_oracle: f64,
    hazard_oracle: f64,
}

/// Averages over the seeds of one size, rate and trouble.
pub struct Average {
    projects: u32,
    rate: u32,
    trouble: Trouble,
    policy: Name,
    figures: Figures,
    ratios: Ratios,
    p95: f64,
    /// In rounds of a round-robin.
    oldest: f64,
}

/// All rows of a run of the bench.
#[derive(Default)]
pub struct Report {
    rows: Vec<Row>,
}

impl Report {
    /// Takes a row in.
    pub fn add(&mut self, row: Row) {
        self.rows.push(row);
    }

    fn same_world<'a>(&'a self, row: &'a Row, policy: Name) -> Option<&'a Figures> {
        let same = |other: &&Row| {
            (other.projects, other.rate, other.seed, other.trouble, other.policy)
                == (row.projects, row.rate, row.seed, row.trouble, policy)
        };
        self.rows.iter().find(same).map(|other| &other.figures)
    }

    fn ratios(&self, row: &Row) -> Ratios {
        let to = |policy| {
            let other = self.same_world(row, policy).map_or(f64::NAN, |figures| figures.mean);
            row.figures.mean / other
        };
        Ratios {
            round_robin: to(Name::RoundRobin),
            rate_oracle: to(Name::RateOracle),
            hazard_oracle: to(Name::HazardOracle),
        }
    }

    /// The averages over the seeds.
    pub fn averages(&self) -> Vec<Average> {
        let mut averages = Vec::new();
        let mut done = Vec::new();
        for row in &self.rows {
            let key = (row.projects, row.rate, row.trouble, row.policy);
            if done.contains(&key) {
                continue;
            }
            done.push(key);
            let seeds: Vec<&Row> = self
                .rows
                .iter()
                .filter(|other| (other.projects, other.rate, other.trouble, other.policy) == key)
                .collect();
            averages.push(self.average(&seeds));
        }
        averages
    }

    fn average(&self, seeds: &[&Row]) -> Average {
        let first = seeds[0];
        let count = seeds.len() as f64;
        let mean = |of: &dyn Fn(&Row) -> f64| seeds.iter().map(|row| of(row)).sum::<f64>() / count;
        let three = |of: &dyn Fn(&Row) -> [f64; 3]| {
            std::array::from_fn(|index| mean(&|row: &Row| of(row)[index]))
        };
        let round = f64::from(first.projects) * 60.0 / f64::from(first.rate);
        let p95 = |row: &Row| {
            let other = self.same_world(row, Name::RoundRobin).map_or(f64::NAN, |f| f.p95);
            row.figures.p95 / other
        };
        Average {
            projects: first.projects,
            rate: first.rate,
            trouble: first.trouble,
            policy: first.policy,
            figures: Figures {
                mean: mean(&|row| row.figures.mean),
                p50: mean(&|row| row.figures.p50),
                p95: mean(&|row| row.figures.p95),
                starts: three(&|row| row.figures.starts),
                ends: three(&|row| row.figures.ends),
                oldest: 0.0,
                requests: first.figures.requests,
                looks: Vec::new(),
            },
            ratios: Ratios {
                round_robin: mean(&|row| self.ratios(row).round_robin),
                rate_oracle: mean(&|row| self.ratios(row).rate_oracle),
                hazard_oracle: mean(&|row| self.ratios(row).hazard_oracle),
            },
            p95: mean(&p95),
            oldest: seeds.iter().map(|row| row.figures.oldest / round).fold(0.0, f64::max),
        }
    }

    /// Every row as a JSON array of objects.
    pub fn json(&self) -> String {
        let rows: Vec<_> = self
            .rows
            .iter()
            .map(|row| {
                let (figures, ratios) = (&row.figures, self.ratios(row));
                serde_json::json!({
                    "world": row.trouble.word(),
                    "projects": row.projects,
                    "rate": row.rate,
                    "seed": row.seed,
                    "policy": row.policy.word(),
                    "mean": figures.mean,
                    "p50": figures.p50,
                    "p95": figures.p95,
                    "mean_start": figures.starts[0],
                    "mean_end": figures.ends[0],
                    "oldest": figures.oldest,
                    "requests": figures.requests,
                    "vs_round_robin": ratios.round_robin,
                    "vs_rate_oracle": ratios.rate_oracle,
                    "vs_hazard_oracle": ratios.hazard_oracle,
                })
            })
            .collect();
        serde_json::to_string_pretty(&rows).unwrap_or_default()
    }
}

/// The head of the table.
pub const HEAD: &str = "\
world        projects rate policy          mean start: mean   p50   p95  end: mean   p50   p95 \
requests  /rr  /rate /hazard p95/rr oldest";

impl Average {
    /// A line of the table. Delays in seconds, `oldest` in rounds of a round-robin.
    pub fn line(&self) -> String {
        let Self { figures, ratios, .. } = self;
        let mut line = format!(
            "{:12} {:8} {:4} {:13} {:6.1}",
            self.trouble.word(),
            self.projects,
            self.rate,
            self.policy.word(),
            figures.mean
        );
        for [mean, p50, p95] in [figures.starts, figures.ends] {
            let _ = write!(line, "      {mean:6.1} {p50:5.0} {p95:5.0}");
        }
        let _ = write!(
            line,
            "   {:6} {:.3} {:.3} {:.3}   {:.2}   {:.2}",
            figures.requests,
            ratios.round_robin,
            ratios.rate_oracle,
            ratios.hazard_oracle,
            self.p95,
            self.oldest
        );
        line
    }

    /// The bounds that hextop breaks here, each as a sentence.
    pub fn broken(&self) -> Vec<String> {
        let mut broken = Vec::new();
        if self.policy != Name::Hextop {
            return broken;
        }
        let place = format!(
            "{} projects at {} looks a minute, {}",
            self.projects,
            self.rate,
            self.trouble.word()
        );
        let mut check = |what: &str, figure: f64, most: f64| {
            // A figure that is no number holds no bound.
            if figure.is_nan() || figure > most {
                broken.push(format!("With {place}: {what} is {figure:.3}, above {most}."));
            }
        };
        check("the oldest look, in rounds of a round-robin,", self.oldest, 3.0);
        match self.trouble {
            Trouble::None => {
                let most = if self.projects < 100 { 0.63 } else { 0.58 };
                check("the mean delay relative to a round-robin", self.ratios.round_robin, most);
                check("the mean delay relative to the rate oracle", self.ratios.rate_oracle, 1.0);
                check(
                    "the mean delay relative to the hazard oracle",
                    self.ratios.hazard_oracle,
                    1.2,
                );
                check("the 95th percentile relative to a round-robin", self.p95, 1.2);
            }
            Trouble::NoPast => {
                check("the mean delay relative to a round-robin", self.ratios.round_robin, 0.7);
            }
            // The harder worlds are reported; worse than a round-robin is never good.
            _ => check("the mean delay relative to a round-robin", self.ratios.round_robin, 1.0),
        }
        broken
    }
}

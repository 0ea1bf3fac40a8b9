//! The table, the file and the gates.

use serde_json::{Value, json};

use crate::rules::Rule;
use crate::trial::{Cell, Counts};

/// What came of one rule in one cell.
pub struct Row {
    pub rule: Rule,
    pub cell: Cell,
    pub histories: f64,
    pub false_alarms: f64,
    pub caught_by_6x: f64,
    /// Nothing where less than half are called.
    pub at_ratio: Option<f64>,
    /// By the time seen, and by runs: at the median, at the 90 % quantile.
    pub seen: Option<[f64; 2]>,
    pub ends: Option<[f64; 2]>,
}

pub const HEAD: &str = "\
shape        sigma    n   m | hextop: false alarms %, caught by 6x %, at ratio; \
ends by median, p90 (by run) % | false alarms, caught by 6x of median_1.5 | median_3 | mean_3sigma | mean_of_10";

/// One line of the table: a cell's rows, one a rule.
pub fn line(rows: &[Row]) -> String {
    let parts: Vec<_> = rows.iter().map(Row::words).collect();
    let cell = rows.first().map(|row| row.cell.words()).unwrap_or_default();
    format!("{cell} | {}", parts.join(" | "))
}

impl Cell {
    fn words(&self) -> String {
        let m = self.m.map_or_else(|| "-".to_owned(), |m| m.to_string());
        format!("{:12} {:5} {:4} {m:>3}", self.shape.word(), self.sigma, self.n)
    }
}

impl Row {
    pub fn new(rule: Rule, cell: Cell, mut counts: Counts) -> Self {
        counts.called_at.sort_unstable_by(f64::total_cmp);
        let hung = counts.called_at.len();
        let caught = counts.called_at.iter().filter(|at| **at <= 6.0).count();
        let share = |[all, median, p90]: [f64; 3]| (all > 0.0).then(|| [median / all, p90 / all]);
        Self {
            rule,
            cell,
            histories: counts.histories,
            false_alarms: counts.alarms / counts.histories,
            caught_by_6x: caught as f64 / hung as f64,
            at_ratio: counts.called_at.get(hung / 2).copied().filter(|at| at.is_finite()),
            seen: share(counts.seen),
            ends: share(counts.ends),
        }
    }

    fn words(&self) -> String {
        let (alarms, caught) = (self.false_alarms * 100.0, self.caught_by_6x * 100.0);
        let (Some([median, p90]), Some([by_run, by_run_90])) = (self.seen, self.ends) else {
            return format!("{alarms:7.3} {caught:5.1}");
        };
        let at = self.at_ratio.map_or_else(|| "never".to_owned(), |at| format!("{at:.2}"));
        let [median, p90, by_run, by_run_90] =
            [median, p90, by_run, by_run_90].map(|share| format!("{:.1}", share * 100.0));
        format!("{alarms:7.4} {caught:5.1} {at:>6}; {median} {p90} ({by_run} {by_run_90})")
    }

    pub fn json(&self) -> Value {
        let coverage = |of: Option<[f64; 2]>, index: usize| of.map(|both| both[index]);
        json!({
            "rule": self.rule.word(),
            "shape": self.cell.shape.word(),
            "sigma": self.cell.sigma,
            "n": self.cell.n,
            "m": self.cell.m,
            "alpha": crate::ALPHA,
            "histories": self.histories,
            "false_alarms_per_run": self.false_alarms,
            "caught_by_6x": self.caught_by_6x,
            "at_ratio": self.at_ratio,
            "coverage_50": coverage(self.seen, 0),
            "coverage_90": coverage(self.seen, 1),
            "coverage_50_by_run": coverage(self.ends, 0),
            "coverage_90_by_run": coverage(self.ends, 1),
        })
    }
}

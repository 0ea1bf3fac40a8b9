//! All starts that a draft comes to: one, or one for each combination of its values.
//!
//! The lines of a file change slowest, then the rows that hold several, the last of them first.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::{Map, Value};

use super::start::{RunOptions, StartRun};
use super::value_list::{MOST, Sweep, too_many};

/// What one row adds to the body.
pub(super) type Inputs = Vec<(String, Value)>;

/// What one row adds to each start.
#[derive(Clone, PartialEq)]
pub(super) enum Part {
    /// The same to all.
    Fixed(Inputs),
    /// What the sweep has under this name.
    Swept(String),
    /// To each line of the file its own.
    Column(Vec<Inputs>),
}

/// All starts of a draft, each of which may be sent; none is spelt out before it is asked for.
#[derive(Clone, PartialEq)]
pub struct Starts {
    parts: Vec<Part>,
    sweep: Sweep,
    /// Lines of the file; one where there is none.
    lines: usize,
    options: RunOptions,
    secrets: BTreeSet<String>,
}

impl Starts {
    /// # Errors
    /// If they are too many.
    pub(super) fn new(
        parts: Vec<Part>,
        sweep: Sweep,
        options: RunOptions,
        secrets: BTreeSet<String>,
    ) -> Result<Self, String> {
        let lines = |part: &Part| match part {
            Part::Column(lines) => Some(lines.len()),
            Part::Fixed(_) | Part::Swept(_) => None,
        };
        let lines = parts.iter().find_map(lines).unwrap_or(1);
        let count = lines.saturating_mul(sweep.count());
        if count > MOST {
            return Err(too_many(count));
        }
        Ok(Self { parts, sweep, lines, options, secrets })
    }

    /// How many there are; never none.
    pub fn count(&self) -> usize {
        self.lines * self.sweep.count()
    }

    /// The `n`-th, from 0.
    pub fn nth(&self, n: usize) -> Option<StartRun> {
        let line = n.checked_div(self.sweep.count()).filter(|line| *line < self.lines)?;
        let mut point = self.sweep.nth(n % self.sweep.count())?;
        let mut inputs = Map::new();
        for part in &self.parts {
            match part {
                Part::Fixed(fixed) => inputs.extend(fixed.iter().cloned()),
                Part::Swept(name) => {
                    inputs.extend(point.shift_remove(name).map(|value| (name.clone(), value)));
                }
                Part::Column(lines) => {
                    inputs.extend(lines.get(line).into_iter().flatten().cloned());
                }
            }
        }
        Some(StartRun::new(inputs, self.options.clone(), self.secrets.clone()))
    }

    /// The first.
    pub fn first(&self) -> StartRun {
        self.nth(0).unwrap_or_default()
    }

    /// The last.
    pub fn last(&self) -> StartRun {
        self.nth(self.count().saturating_sub(1)).unwrap_or_default()
    }

    /// All of them, in their order.
    pub fn iter(&self) -> impl Iterator<Item = StartRun> {
        (0..self.count()).filter_map(|n| self.nth(n))
    }
}

/// Without any values: secrets are among them.
impl fmt::Debug for Starts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Starts({})", self.count())
    }
}

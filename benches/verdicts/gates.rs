//! What must hold where durations scatter by a quarter and one normal run in a thousand may be
//! called.

use crate::report::Row;
use crate::rules::Rule;
use crate::trial::Cell;
use crate::world::Shape;

/// The scatter the bounds are for.
pub const SIGMA: f64 = 0.25;
/// From so many runs on 90 % of the runs that hang are caught by six times the median …
const CAUGHT_FROM: usize = 10;
/// … and runs end as expected. With five, 52.6 % end by the median, which is within the bounds too,
/// but not by far enough to be a gate under any seed.
const EXPECTED_FROM: usize = 10;

/// A sentence for each bound that a row breaks.
pub fn broken(row: &Row) -> Vec<String> {
    let Cell { shape, sigma, n, m } = row.cell;
    if row.rule != Rule::Hextop || sigma > SIGMA {
        return Vec::new();
    }
    let mut place = format!("{} with {n} runs", shape.word());
    if let Some(m) = m {
        place += &format!(" and {m} of the new version");
    }
    let mut sentences = Vec::new();
    let percent = |share: f64| format!("{:.3} %", share * 100.0);
    if let Some(most) = most_alarms(shape, n).filter(|most| row.false_alarms > *most) {
        let (found, most) = (percent(row.false_alarms), percent(most));
        sentences.push(format!("{place}: {found} of normal runs are called, above {most}."));
    }
    if shape != Shape::LogNormal {
        return sentences;
    }
    if n >= CAUGHT_FROM && row.caught_by_6x < 0.9 {
        let found = percent(row.caught_by_6x);
        sentences.push(format!("{place}: {found} of hung runs are caught in time, below 90 %."));
    }
    let bounds = [("median", 0.47, 0.53), ("90 % quantile", 0.87, 0.93)];
    for ((name, least, most), found) in bounds.into_iter().zip(row.seen.unwrap_or([f64::NAN; 2])) {
        if n >= EXPECTED_FROM && !(least..=most).contains(&found) {
            let (found, least, most) = (percent(found), percent(least), percent(most));
            sentences
                .push(format!("{place}: {found} end by the {name}, not within {least}–{most}."));
        }
    }
    sentences
}

/// The share of normal runs that may be called.
fn most_alarms(shape: Shape, n: usize) -> Option<f64> {
    match shape {
        Shape::LogNormal => Some(0.001),
        Shape::Heavy => Some(0.0065),
        Shape::Mixed if n <= 20 => Some(0.012),
        Shape::Mixed => Some(0.006),
        Shape::Step3 => Some(0.003),
        _ => None,
    }
}

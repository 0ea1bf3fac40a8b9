//! How often a normal run is called a runaway, how soon one that hangs is, and whether runs end
//! when they are expected to: hextop's rule against four that people write by hand, over workspaces
//! whose true durations are known.
//!
//! `cargo bench --bench verdicts` plays everything, writes `target/verdicts.json` and fails with a
//! sentence for each bound that is broken. `-- --seeds 7,8,9` chooses seeds, `--shapes
//! mixed,step_3` shapes.
//!
//! A false alarm is a normal run that is called a runaway before it ends. A hung run is caught if
//! that happens before it has taken six times the true median. Rows of a step have `n` completed
//! runs of the old version and `m` of the new one, which is 1.5 or 3 times slower; the next run of
//! the new one is judged.
//!
//! The expected end is asked for at an age drawn evenly from a run's life. `coverage_50` and
//! `coverage_90` are, of all normal runs that reach that age, the shares that end by the expected
//! median and 90 % quantile: the mean over all moments of all runs, since a screen shows a run in
//! proportion to how long it takes. The shares of runs, each asked about once (`_by_run`), are
//! higher whoever predicts: of the runs that are asked about at a given age more are short.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    unreachable_pub,
    reason = "a bench prints and times; its numbers are small; what cannot go on fails"
)]

#[path = "verdicts/gates.rs"]
mod gates;
#[path = "verdicts/report.rs"]
mod report;
#[path = "verdicts/rng.rs"]
mod rng;
#[path = "verdicts/rules.rs"]
mod rules;
#[path = "verdicts/trial.rs"]
mod trial;
#[path = "verdicts/world.rs"]
mod world;

use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use hextop::domain::durations::{Prior, Summary};
use hextop::domain::runaway::Limits;
use report::{HEAD, Row, line};
use rng::Rng;
use rules::Rule;
use trial::{Cell, Counts, normal_runs, play};
use world::{Project, Shape};

/// The probability at which a normal run may be called a runaway.
pub const ALPHA: f64 = 1e-3;

/// How the logarithm of durations deviates.
const SIGMAS: [f64; 2] = [0.25, 0.5];
/// Lengths of history.
const LENGTHS: [usize; 9] = [0, 1, 2, 3, 5, 10, 20, 50, 100];
/// Lengths of history of the old version and of the new one.
const OLD: [usize; 3] = [1, 10, 50];
const NEW: [usize; 7] = [0, 1, 2, 3, 5, 10, 20];
/// How long the summary of a hundred runs may take.
const MOST: Duration = Duration::from_micros(20);

/// What to play.
struct Choice {
    seeds: Vec<u64>,
    shapes: Vec<Shape>,
}

impl Choice {
    fn from_args() -> Self {
        let mut choice = Self { seeds: vec![1, 2, 3], shapes: Shape::ALL.to_vec() };
        let mut args = std::env::args().skip(1);
        while let Some(flag) = args.next() {
            if flag == "--bench" {
                continue; // cargo says so to every bench
            }
            let value = args.next().unwrap_or_else(|| panic!("{flag} wants a value"));
            match flag.as_str() {
                "--seeds" => choice.seeds = value.split(',').map(number).collect(),
                "--shapes" => choice.shapes = value.split(',').map(Shape::named).collect(),
                _ => panic!("no such flag: {flag}; there are --seeds --shapes"),
            }
        }
        choice
    }
}

fn number(word: &str) -> u64 {
    word.trim().parse().unwrap_or_else(|_| panic!("not a number: {word}"))
}

fn main() -> ExitCode {
    let choice = Choice::from_args();
    let begun = Instant::now();
    let mut rows = Vec::new();
    println!("{HEAD}");
    for sigma in SIGMAS {
        for shape in &choice.shapes {
            for played in play_law(*shape, sigma, &choice.seeds) {
                println!("{}", line(&played));
                rows.extend(played);
            }
        }
    }
    let mut broken: Vec<_> = rows.iter().flat_map(gates::broken).collect();
    let (summary, limits) = time_drawing();
    println!("The summary of 100 runs takes {summary:?}, the limits {limits:?} more.");
    if summary > MOST {
        broken.push(format!("The summary of 100 runs takes {summary:?}, above {MOST:?}."));
    }
    let folder = std::env::var("CARGO_TARGET_DIR").unwrap_or_else(|_| "target".to_owned());
    fs::create_dir_all(&folder).expect("the target folder");
    let json = serde_json::Value::Array(rows.iter().map(Row::json).collect());
    fs::write(Path::new(&folder).join("verdicts.json"), format!("{json:#}\n"))
        .expect("verdicts.json");
    println!("{:.0} s.", begun.elapsed().as_secs_f64());
    for sentence in &broken {
        eprintln!("{sentence}");
    }
    if broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// All cells of a law under all seeds: one row a rule, cell by cell.
fn play_law(shape: Shape, sigma: f64, seeds: &[u64]) -> Vec<Vec<Row>> {
    let normal: Vec<_> = seeds.iter().map(|seed| normal_runs(shape, sigma, *seed)).collect();
    let cells: Vec<_> = if shape.step().is_some() {
        let cell = |n| NEW.map(move |m| Cell { shape, sigma, n, m: Some(m) });
        OLD.into_iter().flat_map(cell).collect()
    } else {
        LENGTHS.map(|n| Cell { shape, sigma, n, m: None }).to_vec()
    };
    let played = cells.into_iter().map(|cell| {
        let mut sums: [Counts; Rule::ALL.len()] = Default::default();
        for (seed, normal) in seeds.iter().zip(&normal) {
            for (sum, counts) in sums.iter_mut().zip(play(cell, *seed, normal)) {
                sum.add(counts);
            }
        }
        Rule::ALL.into_iter().zip(sums).map(|(rule, sum)| Row::new(rule, cell, sum)).collect()
    });
    played.collect()
}

/// How long it takes to draw the summary of a hundred runs, and limits from it: the best of twenty
/// means of a hundred, because others use the machine too.
fn time_drawing() -> (Duration, Duration) {
    let mut rng = Rng::stream(1, 0);
    let runs = Project::new(Shape::LogNormal, 0.25, &mut rng).history(100, &mut rng);
    let summary = Summary::of(&runs);
    let prior = Prior::default();
    let best = |draw: &dyn Fn()| {
        let timed = (0..20).map(|_| {
            let begun = Instant::now();
            (0..100).for_each(|_| draw());
            begun.elapsed() / 100
        });
        timed.min().unwrap_or_default()
    };
    let summed = best(&|| {
        black_box(Summary::of(black_box(&runs)));
    });
    let limited = best(&|| {
        black_box(Limits::of(black_box(&prior), black_box(&summary), ALPHA));
    });
    (summed, limited)
}

//! What the engine costs as a workspace grows: a message, a deadline, the choice of the next poll and a
//! reply with a page of runs, with 15, 500 and 2,000 projects of 100 runs each that have been polled for
//! more than an hour; and joining a store of 600,000 runs.
//!
//! `cargo bench --bench engine` prints all and fails when a bound is broken: nothing in the engine takes
//! more than three times as long as in the smallest workspace of the same run, and nothing but taking a page
//! of runs in takes more than 50 µs. `--bench frame` does the same with a screen before the engine.
//! `-- --projects 200 --runs 100` joins a smaller store.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    unreachable_pub,
    reason = "a bench prints, and what cannot go on fails"
)]

#[path = "engine/figures.rs"]
mod figures;
#[path = "engine/join.rs"]
mod join;
#[path = "engine/workspace.rs"]
mod workspace;

use std::hint::black_box;
use std::process::ExitCode;
use std::time::Duration;

use figures::{Figure, compare, median, timed};
use hextop::engine::Msg;
use workspace::Workspace;

/// Projects of the workspaces that are compared, with so many runs each.
const SIZES: [usize; 3] = [15, 500, 2000];
const RUNS: usize = 100;
/// Whatever happens for one message may take so long at any size,
const LONGEST: Duration = Duration::from_micros(50);
/// and so much longer for each run that it brings.
const A_RUN: Duration = Duration::from_micros(3);
/// And so many times as long as in the smallest workspace.
const FACTOR: Option<u32> = Some(3);

fn main() -> ExitCode {
    let (mut projects, mut runs) = (2000, 300);
    let mut args = std::env::args().skip(1);
    while let Some(flag) = args.next() {
        let number = |value: Option<String>| value.and_then(|value| value.parse().ok());
        match flag.as_str() {
            "--bench" => {} // cargo says so to every bench
            "--projects" => projects = number(args.next()).expect("--projects wants a number"),
            "--runs" => runs = number(args.next()).expect("--runs wants a number"),
            _ => panic!("no such flag: {flag}; there are --projects --runs"),
        }
    }
    let mut broken = messages();
    broken.extend(join::measure(projects, runs));
    for sentence in &broken {
        eprintln!("{sentence}");
    }
    if broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Measures what happens for one message; gives the bounds that are broken.
fn messages() -> Vec<String> {
    let measured: Vec<Vec<Figure>> = SIZES.iter().map(|size| figures(*size)).collect();
    compare("projects", &SIZES, &measured)
}

fn figures(projects: usize) -> Vec<Figure> {
    let mut space = Workspace::swept(projects, RUNS);
    let rounds = 200;
    let same = median(rounds, || space.poll(false));
    let news = median(rounds, || space.poll(true));
    let quiet = median(rounds, || {
        let now = space.now;
        timed(|| black_box(space.engine.update(Msg::Woke, now)))
    });
    let deadline = median(rounds, || timed(|| black_box(space.engine.deadline(space.now))));
    let choice = median(rounds, || space.choose());
    let reply = LONGEST + A_RUN * u32::try_from(RUNS).unwrap_or(u32::MAX);
    [
        ("a message", quiet, FACTOR, LONGEST),
        ("the deadline", deadline, FACTOR, LONGEST),
        ("the choice of a poll", choice, FACTOR, LONGEST),
        ("a reply without news", same, FACTOR, reply),
        ("a reply with news", news, FACTOR, reply),
    ]
    .map(|(name, time, factor, most)| Figure { name, time, factor, most })
    .into()
}

//! What the engine costs as a workspace grows: a message, a deadline, the choice of the next poll and a
//! reply with a page of runs, with 15, 500 and 2,000 projects of 100 runs each that have been polled for
//! more than an hour; the same with a screen before the engine; and joining a store of 600,000 runs.
//!
//! `cargo bench --bench engine` prints all and fails when a bound is broken: nothing in the engine takes
//! more than three times as long as in the smallest workspace of the same run, and nothing but taking a page
//! of runs in takes more than 50 µs. What time changes on the screen grows with the active runs alone.
//! `-- --projects 200 --runs 100` joins a smaller store.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    unreachable_pub,
    reason = "a bench prints, and what cannot go on fails"
)]

#[path = "engine/join.rs"]
mod join;
#[path = "engine/workspace.rs"]
mod workspace;

use std::hint::black_box;
use std::process::ExitCode;
use std::time::Duration;

use hextop::clock;
use hextop::engine::Msg;
use hextop::ui;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::Size;
use workspace::Workspace;

/// Projects of the workspaces that are compared, with so many runs each.
const SIZES: [usize; 3] = [15, 500, 2000];
const RUNS: usize = 100;
/// Whatever happens for one message may take so long at any size,
const LONGEST: Duration = Duration::from_micros(50);
/// and so much longer for each run that it brings.
const A_RUN: Duration = Duration::from_micros(3);
/// What the order of rows takes in which time alone changes something: all active runs are looked at.
const A_SECOND: Duration = Duration::from_millis(20);
/// What a frame may take.
const A_FRAME: Duration = Duration::from_millis(5);
/// The screen.
const SCREEN: Size = Size { width: 160, height: 48 };
/// And so many times as long as in the smallest workspace,
const FACTOR: u32 = 3;
/// or, where rows are kept in order, whose 200,000 no cache holds, so many times.
const ON_SCREEN: u32 = 5;

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
    let mut broken = Vec::new();
    println!("{:<28}{:>14}{:>14}{:>14}", "projects", SIZES[0], SIZES[1], SIZES[2]);
    let [small, rest @ ..] = measured.as_slice() else { return broken };
    for (row, Figure { name, time: least, factor, most }) in small.iter().enumerate() {
        let times: Vec<Duration> = rest.iter().filter_map(|all| Some(all.get(row)?.time)).collect();
        let shown: Vec<_> = times.iter().map(|time| format!("{time:>14.1?}")).collect();
        let shown = shown.concat();
        println!("{name:<28}{least:>14.1?}{shown}");
        for (size, time) in SIZES.iter().skip(1).zip(&times) {
            if *time > least.saturating_mul(*factor) || time > most {
                broken.push(format!(
                    "{name} takes {time:.1?} with {size} projects and {least:.1?} with {}: at most \
                     {factor} times as long and {most:?} are allowed.",
                    SIZES[0]
                ));
            }
        }
    }
    broken
}

/// What something takes, and what it may take.
struct Figure {
    name: &'static str,
    time: Duration,
    /// So many times what it takes in the smallest workspace,
    factor: u32,
    /// and no more than this.
    most: Duration,
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
    let mut screen = space.on_screen(SCREEN);
    // What the turns have ended is known of all projects again.
    for _ in 0..2 * projects {
        screen.poll(false);
    }
    let same_shown = median(rounds, || screen.poll(false));
    let news_shown = median(rounds, || screen.poll(true));
    let second = median(rounds, || {
        screen.now = screen.now.after(Duration::from_secs(5));
        let woke = ui::Msg::Engine(Box::new(Msg::Woke));
        timed(|| black_box(screen.engine.update(woke, screen.now)))
    });
    let mut terminal = Terminal::new(TestBackend::new(SCREEN.width, SCREEN.height)).expect("none");
    let frame = median(rounds, || {
        timed(|| black_box(terminal.draw(|frame| screen.engine.draw(frame, screen.now)).is_ok()))
    });
    [
        ("a message", quiet, FACTOR, LONGEST),
        ("the deadline", deadline, FACTOR, LONGEST),
        ("the choice of a poll", choice, FACTOR, LONGEST),
        ("a reply without news", same, FACTOR, reply),
        ("a reply with news", news, FACTOR, reply),
        ("without news, on the screen", same_shown, ON_SCREEN, 2 * reply),
        ("with news, on the screen", news_shown, ON_SCREEN, 2 * reply),
        ("five seconds, on the screen", second, u32::MAX, A_SECOND),
        ("a frame", frame, FACTOR, A_FRAME),
    ]
    .map(|(name, time, factor, most)| Figure { name, time, factor, most })
    .into()
}

fn median(rounds: usize, mut measure: impl FnMut() -> Duration) -> Duration {
    let mut times: Vec<Duration> = (0..rounds).map(|_| measure()).collect();
    times.sort_unstable();
    times.get(rounds / 2).copied().unwrap_or_default()
}

/// How long something takes.
pub fn timed<T>(act: impl FnOnce() -> T) -> Duration {
    let begun = clock::now().boot;
    let done = act();
    let took = clock::now().boot - begun;
    drop(done);
    took
}

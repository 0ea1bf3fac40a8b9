//! How soon starts and ends of runs are seen, in virtual time: hextop's planner against a
//! round-robin, what people write by hand, and two oracles, over generated worlds.
//!
//! `cargo bench --bench polling` plays everything and fails when a bound is broken.
//! `-- --seeds 7,8,9 --projects 100,300 --rates 25` plays a part; `--worlds usual,hung` chooses
//! worlds; `--trace DIR` writes the events and each policy's looks as CSV.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    unreachable_pub,
    reason = "a bench prints; its numbers are small and its indices its own; what cannot go on fails"
)]

#[path = "polling/eyes.rs"]
mod eyes;
#[path = "polling/play.rs"]
mod play;
#[path = "polling/policies.rs"]
mod policies;
#[path = "polling/report.rs"]
mod report;
#[path = "polling/world.rs"]
mod world;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use hextop::clock;
use play::{Name, play};
use report::{HEAD, Report, Row};
use world::{BEGIN, Shape, Trouble, World};

/// Numbers of projects among which a choice is timed, and how long it may take in microseconds: sixteen
/// projects are compared and a dozen bounds reckoned, which among ten thousand are far apart in memory.
/// What a whole message costs among few and many is the affair of `engine`.
const TIMED: [(u32, u64); 4] = [(15, 50), (500, 50), (2000, 50), (10_000, 100)];

/// What to play.
struct Choice {
    seeds: Vec<u64>,
    projects: Vec<u32>,
    rates: Vec<u32>,
    worlds: Vec<Trouble>,
    trace: Option<String>,
}

impl Choice {
    fn from_args() -> Self {
        let mut choice = Self {
            seeds: vec![1, 2, 3, 4, 5],
            projects: vec![30, 100, 300, 1000],
            rates: vec![25, 50],
            worlds: Trouble::ALL.to_vec(),
            trace: None,
        };
        let mut args = std::env::args().skip(1);
        while let Some(flag) = args.next() {
            if flag == "--bench" {
                continue; // cargo says so to every bench
            }
            let value = args.next().unwrap_or_else(|| panic!("{flag} wants a value"));
            match flag.as_str() {
                "--seeds" => choice.seeds = numbers(&value),
                "--projects" => choice.projects = numbers(&value),
                "--rates" => choice.rates = numbers(&value),
                "--worlds" => choice.worlds = value.split(',').map(Trouble::named).collect(),
                "--trace" => choice.trace = Some(value),
                _ => panic!(
                    "no such flag: {flag}; there are --seeds --projects --rates --worlds --trace"
                ),
            }
        }
        choice
    }

    /// The usual world comes in all sizes, the cold start up to 300 projects, the harder worlds
    /// with 100 and 300.
    fn sizes(&self, trouble: Trouble) -> impl Iterator<Item = u32> {
        let fits = move |projects: &u32| match trouble {
            Trouble::None => true,
            Trouble::NoPast => *projects <= 300,
            _ => (100..=300).contains(projects),
        };
        self.projects.iter().copied().filter(fits)
    }
}

fn numbers<T: std::str::FromStr>(list: &str) -> Vec<T> {
    let number = |word: &str| word.parse().unwrap_or_else(|_| panic!("not a number: {word}"));
    list.split(',').map(number).collect()
}

fn main() -> ExitCode {
    let choice = Choice::from_args();
    let begun = clock::now().boot;
    let mut report = Report::default();
    for trouble in &choice.worlds {
        for projects in choice.sizes(*trouble) {
            for seed in &choice.seeds {
                let world = World::new(Shape::new(projects, *trouble), *seed);
                for rate in &choice.rates {
                    play_all(&world, *seed, *rate, choice.trace.as_deref(), &mut report);
                }
            }
        }
    }
    let averages = report.averages();
    println!("{HEAD}");
    for average in &averages {
        println!("{}", average.line());
    }
    let mut broken: Vec<_> = averages.iter().flat_map(report::Average::broken).collect();
    for (count, most) in TIMED {
        let (choice, most) = (time_choice(count), Duration::from_micros(most));
        println!("A choice among {count} projects takes {choice:?}.");
        if choice > most {
            broken
                .push(format!("A choice among {count} projects takes {choice:?}, above {most:?}."));
        }
    }
    let folder = std::env::var("CARGO_TARGET_DIR").unwrap_or_else(|_| "target".to_owned());
    fs::create_dir_all(&folder).expect("the target folder");
    fs::write(Path::new(&folder).join("polling.json"), report.json()).expect("polling.json");
    println!("{:.0} s.", clock::now().boot.saturating_sub(begun).as_secs_f64());
    for sentence in &broken {
        eprintln!("{sentence}");
    }
    if broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn play_all(world: &World, seed: u64, rate: u32, trace: Option<&str>, report: &mut Report) {
    let Shape { projects, trouble, .. } = world.shape;
    let stem = format!("{}-{projects}-{rate}-{seed}", trouble.word());
    if let Some(folder) = trace {
        write_events(world, &Path::new(folder).join(format!("{stem}-events.csv")));
    }
    for policy in Name::ALL {
        let figures = play(world, policy, rate);
        if let Some(folder) = trace {
            let mut csv = "time,project\n".to_owned();
            for (at, number) in &figures.looks {
                let _ = writeln!(csv, "{:.3},{number}", at - BEGIN);
            }
            let name = format!("{stem}-{}.csv", policy.word().replace(' ', "-"));
            fs::write(Path::new(folder).join(name), csv).expect("a trace");
        }
        report.add(Row { projects, rate, seed, trouble, policy, figures });
    }
}

/// Every event that counts. Times are seconds since counting began; a run's number is its place
/// among its project's runs, by which pages are ordered.
fn write_events(world: &World, path: &Path) {
    let mut csv = "time,kind,project,run,scheduled,version\n".to_owned();
    for (number, project) in world.projects.iter().enumerate() {
        for (index, run) in project.runs.iter().enumerate() {
            for (kind, at) in [("start", run.start), ("end", run.end)] {
                if (BEGIN..=world.shape.end()).contains(&at) {
                    let (at, scheduled) = (at - BEGIN, run.scheduled);
                    let version = run.version;
                    let _ = writeln!(csv, "{at:.3},{kind},{number},{index},{scheduled},{version}");
                }
            }
        }
    }
    fs::create_dir_all(path.parent().expect("a folder")).expect("the trace's folder");
    fs::write(path, csv).expect("the events");
}

/// How long one choice takes among so many projects, and taking in what the look has shown, once all
/// have been looked at and compared: the mean of a thousand.
fn time_choice(count: u32) -> Duration {
    let world = World::new(Shape::new(count, Trouble::None), 1);
    let mut eyes = eyes::Eyes::new(&world);
    for number in 0..world.projects.len() {
        eyes.look(number, BEGIN + number as f64 * 1.2);
    }
    let mut now = BEGIN + f64::from(count) * 1.2;
    let mut planned = policies::Planned::new(&eyes, 50, policies::Learner::default());
    // Here all come at once; else each does after a look at it.
    policies::Policy::choose(&mut planned, &eyes, now);
    let (mut spent, choices) = (Duration::ZERO, 1000);
    for _ in 0..choices {
        now += 1.2;
        let begun = clock::now().boot;
        let number = policies::Policy::choose(&mut planned, &eyes, now);
        spent += clock::now().boot.saturating_sub(begun);
        eyes.look(number, now);
        // What is learned of one project has nothing to do with how many there are.
        let expectation = planned.learn(&eyes, number, now);
        let begun = clock::now().boot;
        planned.take(&eyes, number, expectation);
        spent += clock::now().boot.saturating_sub(begun);
    }
    spent / choices
}

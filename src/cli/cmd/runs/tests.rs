//! The task on tokio's paused clock, against the simulated workspace in the same process.

use std::sync::{Arc, Mutex};

use super::*;
use crate::cli::cmd::watch::tests::Near;
use crate::cli::progress::tests::Page;
use crate::cli::reading::Failure;
use crate::clock::Clock;
use crate::domain::filter::Saved;
use crate::engine::Settings;
use crate::shell::headless::Headless;
use crate::shell::store::Store;
use crate::sim::{CallKind, Scenario, World};

const SCENARIO: &str = r#"
[limits]
per-minute = 60

[kernels]
total = 1000

[[project]]
title = "Busy"
median = "60s"
spread = 0.0
api-per-hour = 20.0
past = 700
hung = [20.0]

[[project]]
title = "Calm"
median = "60s"
past = 5

[[project]]
title = "Draft"
published = false
"#;

/// What a command came to.
struct Ended {
    found: Result<Found, Failure>,
    rows: Vec<RunRow>,
    model: Model,
    world: World,
    said: String,
    took: Duration,
}

impl Ended {
    fn looks(&self) -> u64 {
        self.world.tally().of(CallKind::ListRuns)
    }

    fn titles(&self) -> Vec<&str> {
        self.rows.iter().map(|row| row.title.as_str()).collect()
    }
}

/// When every command begins.
fn origin() -> Now {
    Now { boot: Boot::from_secs(7200), wall: "2026-10-20T08:00:00Z".parse().unwrap() }
}

fn scenario(faults: &[&str]) -> Scenario {
    let mut scenario = Scenario::from_toml(SCENARIO).unwrap();
    scenario.faults.extend(faults.iter().map(|fault| fault.parse().unwrap()));
    scenario
}

fn run(scenario: &Scenario, names: &[&str], filter: &str, back: Option<ReadBack>) -> Ended {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async {
        let clock = Clock::tokio(origin());
        let world = Arc::new(Mutex::new(World::new(scenario, 1, origin())));
        let page = Page::default();
        let waiter = Waiter::new(Progress::on(Box::new(page.clone()), true), None);
        let query = Query::parse(filter, Subject::Runs, &Saved::new()).unwrap();
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        let (found, model) = Headless {
            model: Model::new(Settings { reads_list: false, ..Settings::default() }),
            task: RunsTask::new(names, query.clone(), back, waiter, origin().boot),
            wire: Near { world: Arc::clone(&world), clock },
            stop: Box::pin(std::future::pending()),
            store: Store::none(),
            clock,
        }
        .run()
        .await
        .unwrap();
        let now = clock.now();
        let rows = found.as_ref().map(|found| rows(found, &query, back, &model, now));
        let world = world.lock().unwrap().clone();
        let took = now.boot.saturating_sub(origin().boot);
        Ended { rows: rows.unwrap_or_default(), found, model, world, said: page.text(), took }
    })
}

fn since(hours: i64) -> ReadBack {
    let since = origin().wall - jiff::SignedDuration::from_hours(hours);
    ReadBack { since: Some(since), most: u32::MAX }
}

#[test]
fn the_newest_of_each_project_take_one_request_each() {
    let ended = run(&scenario(&[]), &[], "", None);
    assert_eq!(ended.looks(), 2, "what is not published has no runs: {}", ended.said);
    let of = |title: &str| ended.titles().iter().filter(|found| **found == title).count();
    assert_eq!((of("Busy"), of("Calm"), of("Draft")), (NEWEST, 5, 0));
    let starts: Vec<_> = ended.rows.iter().filter_map(|row| row.run.start).collect();
    assert!(starts.is_sorted_by(|a, b| a >= b), "newest first");
    let ratio = ended.rows.iter().find(|row| row.run.status == crate::domain::RunStatus::Completed);
    assert_eq!(ratio.and_then(|row| row.usual), Some(Duration::from_mins(1)));
}

#[test]
fn as_many_pages_are_read_as_it_takes_and_no_run_is_missing() {
    for hours in [10, 25] {
        let ended = run(&scenario(&[]), &["busy"], "", Some(since(hours)));
        let from = origin().wall - jiff::SignedDuration::from_hours(hours);
        let in_truth =
            |run: &&crate::sim::SimRun| run.start().is_some_and(|at| at >= from) || run.is_active();
        let busy = ended.world.projects().find(|project| project.title() == "Busy").unwrap();
        let of_busy = |run: &&crate::sim::SimRun| {
            ended.world.project_of(run).is_some_and(|project| project.id() == busy.id())
        };
        let there = ended.world.runs().filter(of_busy).filter(in_truth).count();
        assert!(there > 100, "{there}");
        assert!(ended.rows.len().abs_diff(there) <= 1, "{} of {there}", ended.rows.len());
        assert!(ended.looks() <= 2 + there as u64 / 100, "{} for {there}", ended.looks());
    }
    let limited = run(&scenario(&[]), &["busy"], "", Some(ReadBack { since: None, most: 250 }));
    assert_eq!((limited.rows.len(), limited.looks()), (250, 3));
    let all = run(&scenario(&[]), &["busy"], "", Some(ReadBack { since: None, most: u32::MAX }));
    assert!(all.rows.len() >= 700, "{}", all.rows.len());
    let found = all.found.unwrap();
    assert_eq!(tell_rest(&found, Some(since(1)), &all.model, origin().boot, origin()), 0);
}

#[test]
fn a_filter_spares_the_looks_that_it_decides() {
    let ended = run(&scenario(&[]), &[], "project:calm status:completed", None);
    assert_eq!(ended.looks(), 1);
    assert!(ended.titles().iter().all(|title| *title == "Calm"), "{:?}", ended.titles());
    let runaway = run(&scenario(&[]), &[], "verdict:runaway", None);
    assert_eq!(runaway.titles(), ["Busy"]);
    assert!(runaway.rows[0].ratio.unwrap() > 10.0, "{:?}", runaway.rows);
}

#[test]
fn a_project_that_cannot_be_read_is_told_with_the_others_read() {
    // One of two looks fails for good: its first, and those that repeat it.
    let faults = ["list-runs:500=#1", "list-runs:500=#3", "list-runs:500=#4"];
    let ended = run(&scenario(&faults), &[], "", None);
    let found = ended.found.unwrap();
    assert_eq!((found.projects.len(), found.failed.len(), found.unread), (2, 1, 0), "{found:?}");
    assert!(!ended.rows.is_empty());
    assert_eq!(tell_rest(&found, None, &ended.model, origin().boot, origin()), FAILED);
    // A page in the middle fails once and is read again.
    let again = run(&scenario(&["list-runs:500=#2"]), &["busy"], "", Some(since(25)));
    assert_eq!(again.found.unwrap().failed.len(), 0);
    assert!(again.rows.len() > 100);
}

#[test]
fn whatever_keeps_it_from_reading_anything_ends_with_its_own_code() {
    let code = |faults: &[&str], names: &[&str]| {
        run(&scenario(faults), names, "", None).found.map_err(|failure| failure.code())
    };
    assert_eq!(code(&["revoked=1"], &[]), Err(3));
    assert_eq!(code(&["reset=1"], &[]), Err(4));
    assert_eq!(code(&["list-projects:500=1"], &[]), Err(4), "it does not wait for ever");
    assert_eq!(code(&[], &["nowhere"]), Err(5));
    assert_eq!(code(&[], &["00000000-0000-4000-8000-000000000000"]), Err(5));
    let empty = Scenario::from_toml("[limits]\nper-minute = 60\n").unwrap();
    let ended = run(&empty, &[], "", None);
    assert_eq!((ended.found.as_ref().unwrap().projects.len(), ended.looks()), (0, 0));
}

#[test]
fn three_hundred_projects_are_announced_and_never_asked_beyond_the_limit() {
    let mut many = scenario(&[]);
    many.resize(300);
    let ended = run(&many, &[], "", None);
    let found = ended.found.as_ref().unwrap();
    assert_eq!(found.failed.len(), 0, "{found:?}");
    assert_eq!(ended.looks(), found.projects.len() as u64);
    assert_eq!(ended.world.refused(), 0, "no 429");
    let announced = ended.said.lines().next().unwrap_or_default();
    assert!(announced.contains("takes about"), "{announced}");
    assert!(ended.took > Duration::from_mins(3), "{:?}", ended.took);
    assert!(ended.said.contains("reading runs: "), "{}", ended.said);
    assert!(ended.said.ends_with("\r\u{1b}[K"), "the line is gone at the end");
}

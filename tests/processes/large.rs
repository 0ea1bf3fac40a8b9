//! A store that is large or slow to answer: nobody waits for it but who must.

use std::time::Duration;

use hextop::api::Call;
use hextop::domain::Boot;
use hextop::domain::inputs::Body;
use hextop::engine::journal::{StartId, StartStage};
use hextop::engine::model::News;
use hextop::engine::{Event, Intent, Msg, Settings};
use hextop::sim::scenario::Limits;
use hextop::sim::{ProjectSpec, Scenario};

use super::cluster::{DISK, Disk, TestCluster};
use super::demo;

/// Everything was read of a workspace of so many projects by a process that then ended.
fn read_by_another(projects: usize) -> TestCluster {
    let project = |number: usize| ProjectSpec {
        median: Duration::from_mins(10),
        past: 80,
        running: u32::from(number.is_multiple_of(7)),
        ..ProjectSpec::titled(format!("Project {number}"))
    };
    let limits = Limits { per_minute: 600, ..Limits::default() };
    let projects = (0..projects).map(project).collect();
    let mut office = TestCluster::new(&Scenario { projects, limits, ..Scenario::default() });
    let first = office.hire(fast());
    while !office.processes[first].model.is_swept() {
        office.run_for(Duration::from_secs(10));
    }
    office.run_for(Duration::from_secs(30));
    office.kill(first);
    office
}

/// Of a token with more to spend than others, so that a store is soon filled.
fn fast() -> Settings {
    Settings { requests_per_minute: 600, ..Settings::default() }
}

#[test]
fn one_that_joins_a_large_store_acts_before_it_has_read_all_of_it() {
    let mut office = read_by_another(60);
    let target = office.active(0);
    let second = office.hire(fast());
    office.run_for(2 * DISK);
    let known = |office: &TestCluster, number: usize| {
        let model = &office.processes[number].model;
        (model.projects().count(), model.runs().count())
    };
    let (all_projects, all_runs) = known(&office, 0);
    let (projects, runs) = known(&office, second);
    assert_eq!(projects, all_projects, "the first screen has every project");
    assert!(runs > 0 && runs < all_runs / 2, "{runs} of {all_runs} runs at once");
    // It neither waits for the rest nor keeps the rest waiting.
    office.tell(second, Msg::Intent(Intent::Cancel(vec![target.clone()].into())));
    let has_left = |office: &TestCluster| {
        let is_it = |call: &Call| matches!(call, Call::Cancel { run, .. } if *run == target.1);
        office.processes[second].sent.iter().any(|(_, call)| is_it(call))
    };
    let confirmed = office.now.boot;
    while !has_left(&office) {
        office.run_for(DISK);
        assert!(office.now.boot <= confirmed + 8 * DISK, "the cancel waits");
    }
    assert!(known(&office, second).1 < all_runs, "it still reads");
    office.run_for(Duration::from_millis(200));
    assert_eq!(known(&office, second), (all_projects, all_runs));
    let appeared = |event: &&Event| matches!(event, Event::RunChanged(change) if change.news == News::Appeared);
    let appeared = office.processes[second].events.iter().filter(appeared).count();
    assert_eq!(appeared, 0, "what was there before is no news");
    assert_eq!(office.looks(second, Boot::ZERO), 0, "all was read a moment ago");
}

#[test]
fn what_a_look_has_shown_is_known_to_the_next_start_without_being_listed() {
    let mut office = read_by_another(3);
    // A run that goes on for hours: its own fact is old, but looks have shown it since.
    let (project, run) = office.active(0);
    let seen = office.processes[0].model.run(&project, &run).unwrap().clone();
    let second = office.hire(Settings::default());
    office.run_for(10 * DISK);
    let model = &office.processes[second].model;
    let known = model.run(&project, &run).unwrap();
    assert!(known.run.says(&seen.run), "{:?}, not {:?}", known.run, seen.run);
    assert_eq!(known.at, model.project(&project).unwrap().read.unwrap());
}

#[test]
fn a_store_that_is_busy_is_not_called_broken_and_comes_back_by_itself() {
    let mut office = demo();
    let (first, second) = (office.hire(Settings::default()), office.hire(Settings::default()));
    office.run_for(Duration::from_mins(1));
    for process in &mut office.processes {
        process.disk = Disk::Slow(90_000);
    }
    let busy = office.now.boot;
    office.run_for(Duration::from_secs(8));
    let model = |office: &TestCluster, number: usize| office.processes[number].model.clone();
    assert!(
        model(&office, first).is_store_busy() && model(&office, first).store_trouble().is_none()
    );
    // It goes on with its share, and cancels leave at once.
    office.run_for(Duration::from_secs(80));
    assert!(office.looks(first, busy) > 0);
    let target = office.active(first);
    office.tell(first, Msg::Intent(Intent::Cancel(vec![target].into())));
    assert!(matches!(office.processes[first].sent.last(), Some((_, Call::Cancel { .. }))));
    // A start waits for its record, and is not given up.
    let project = office.processes[first].model.projects().find(|w| w.project.is_runnable());
    let project = project.unwrap().project.id.clone();
    let ticket = StartId::new(office.now.wall, office.processes[first].model.session(), 1);
    let start = Body::of(&serde_json::json!({})).unwrap().into_start().unwrap();
    let intent = Intent::Start { ticket, project, start, reason: None };
    office.tell(first, Msg::Intent(intent));
    office.run_for(Duration::from_secs(2));
    let stage = |office: &TestCluster| {
        office.processes[first].model.start_of(ticket).unwrap().entry.stage.clone()
    };
    assert_eq!(stage(&office), StartStage::Waiting);
    for process in &mut office.processes {
        process.disk = Disk::Works;
    }
    // As soon as what it was asked first is answered, and not only when it is tried again.
    office.run_for(Duration::from_secs(90));
    for number in [first, second] {
        let model = model(&office, number);
        assert!(!model.is_store_busy() && model.store_trouble().is_none(), "{number}");
    }
    office.run_for(Duration::from_secs(5));
    let triggers = |(_, call): &&(Boot, Call)| matches!(call, Call::Trigger { .. });
    assert_eq!(office.processes[first].sent.iter().filter(triggers).count(), 1);
    assert!(matches!(stage(&office), StartStage::Started(_)), "{:?}", stage(&office));
    assert_eq!(office.world.refused(), 0);
}

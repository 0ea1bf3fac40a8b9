//! A store that is large or slow to answer: nobody waits for it but who must.

use std::time::Duration;

use hextop::api::Call;
use hextop::domain::Boot;
use hextop::domain::inputs::Body;
use hextop::engine::model::News;
use hextop::engine::start::journal::{StartId, StartStage};
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
    let mut cluster = TestCluster::new(&Scenario { projects, limits, ..Scenario::default() });
    let first = cluster.hire(fast());
    while !cluster.processes[first].model.is_swept() {
        cluster.run_for(Duration::from_secs(10));
    }
    cluster.run_for(Duration::from_secs(30));
    cluster.kill(first);
    cluster
}

/// Of a token with more to spend than others, so that a store is soon filled.
fn fast() -> Settings {
    Settings { requests_per_minute: 600, ..Settings::default() }
}

#[test]
fn one_that_joins_a_large_store_acts_before_it_has_read_all_of_it() {
    let mut cluster = read_by_another(60);
    let target = cluster.active(0);
    let second = cluster.hire(fast());
    cluster.run_for(2 * DISK);
    let known = |cluster: &TestCluster, number: usize| {
        let model = &cluster.processes[number].model;
        (model.projects().count(), model.runs().count())
    };
    let (all_projects, all_runs) = known(&cluster, 0);
    let (projects, runs) = known(&cluster, second);
    assert_eq!(projects, all_projects, "the first screen has every project");
    assert!(runs > 0 && runs < all_runs / 2, "{runs} of {all_runs} runs at once");
    // It neither waits for the rest nor keeps the rest waiting.
    cluster.tell(second, Msg::Intent(Intent::Cancel(vec![target.clone()].into())));
    let has_left = |cluster: &TestCluster| {
        let is_it = |call: &Call| matches!(call, Call::Cancel { run, .. } if *run == target.1);
        cluster.processes[second].sent.iter().any(|(_, call)| is_it(call))
    };
    let confirmed = cluster.now.boot;
    while !has_left(&cluster) {
        cluster.run_for(DISK);
        assert!(cluster.now.boot <= confirmed + 8 * DISK, "the cancel waits");
    }
    assert!(known(&cluster, second).1 < all_runs, "it still reads");
    cluster.run_for(Duration::from_millis(200));
    assert_eq!(known(&cluster, second), (all_projects, all_runs));
    let appeared = |event: &&Event| matches!(event, Event::RunChanged(change) if change.news == News::Appeared);
    let appeared = cluster.processes[second].events.iter().filter(appeared).count();
    assert_eq!(appeared, 0, "what was there before is no news");
    assert_eq!(cluster.looks(second, Boot::ZERO), 0, "all was read a moment ago");
}

#[test]
fn what_a_look_has_shown_is_known_to_the_next_start_without_being_listed() {
    let mut cluster = read_by_another(3);
    // A run that goes on for hours: its own fact is old, but looks have shown it since.
    let (project, run) = cluster.active(0);
    let seen = cluster.processes[0].model.run(&project, &run).unwrap().clone();
    let second = cluster.hire(Settings::default());
    cluster.run_for(10 * DISK);
    let model = &cluster.processes[second].model;
    let known = model.run(&project, &run).unwrap();
    assert!(known.run.says(&seen.run), "{:?}, not {:?}", known.run, seen.run);
    assert_eq!(known.at, model.project(&project).unwrap().read.unwrap());
}

#[test]
fn a_store_that_is_busy_is_not_called_broken_and_comes_back_by_itself() {
    let mut cluster = demo();
    let (first, second) = (cluster.hire(Settings::default()), cluster.hire(Settings::default()));
    cluster.run_for(Duration::from_mins(1));
    for process in &mut cluster.processes {
        process.disk = Disk::Slow(90_000);
    }
    let busy = cluster.now.boot;
    cluster.run_for(Duration::from_secs(8));
    let model = |cluster: &TestCluster, number: usize| cluster.processes[number].model.clone();
    assert!(
        model(&cluster, first).is_store_busy() && model(&cluster, first).store_trouble().is_none()
    );
    // It goes on with its share, and cancels leave at once.
    cluster.run_for(Duration::from_secs(80));
    assert!(cluster.looks(first, busy) > 0);
    let target = cluster.active(first);
    cluster.tell(first, Msg::Intent(Intent::Cancel(vec![target].into())));
    assert!(matches!(cluster.processes[first].sent.last(), Some((_, Call::Cancel { .. }))));
    // A start waits for its record, and is not given up.
    let project = cluster.processes[first].model.projects().find(|w| w.project.is_runnable());
    let project = project.unwrap().project.id.clone();
    let ticket = StartId::new(cluster.now.wall, cluster.processes[first].model.session(), 1);
    let start = Body::of(&serde_json::json!({})).unwrap().into_start().unwrap();
    let intent = Intent::Start { ticket, project, start, reason: None };
    cluster.tell(first, Msg::Intent(intent));
    cluster.run_for(Duration::from_secs(2));
    let stage = |cluster: &TestCluster| {
        cluster.processes[first].model.start_of(ticket).unwrap().entry.stage.clone()
    };
    assert_eq!(stage(&cluster), StartStage::Waiting);
    for process in &mut cluster.processes {
        process.disk = Disk::Works;
    }
    // As soon as what it was asked first is answered, and not only when it is tried again.
    cluster.run_for(Duration::from_secs(90));
    for number in [first, second] {
        let model = model(&cluster, number);
        assert!(!model.is_store_busy() && model.store_trouble().is_none(), "{number}");
    }
    cluster.run_for(Duration::from_secs(5));
    let triggers = |(_, call): &&(Boot, Call)| matches!(call, Call::Trigger { .. });
    assert_eq!(cluster.processes[first].sent.iter().filter(triggers).count(), 1);
    assert!(matches!(stage(&cluster), StartStage::Started(_)), "{:?}", stage(&cluster));
    assert_eq!(cluster.world.refused(), 0);
}

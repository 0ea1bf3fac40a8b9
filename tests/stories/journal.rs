//! Running again, comparing, and the journal, against the simulated workspace.

use std::collections::BTreeSet;

use hextop::domain::inputs::{ParamKind, ParamSpec, Source};
use hextop::domain::{ProjectId, RunId, StartRun};
use hextop::engine;
use hextop::engine::model::ConfiguredInputs;
use hextop::engine::start::export::{csv, json_lines};
use hextop::engine::start::journal::{Entry, StartId};
use hextop::engine::sync::protocol::StoreEvent;
use hextop::engine::sync::session::Session;
use hextop::sim::{InputKind, InputSpec};
use hextop::ui::{Effect, Msg};
use serde_json::{Value, json};

use super::*;

/// One project with a region and a note.
pub(super) fn scenario() -> Scenario {
    let mut scenario = still(&["Weekly revenue"]);
    let input = |name: &str, default: &str| InputSpec {
        name: name.to_owned(),
        kind: InputKind::Text,
        default: Some(json!(default)),
        ..InputSpec::default()
    };
    scenario.projects[0].inputs = vec![input("region", "emea"), input("note", "")];
    scenario.kernels.total = 60;
    scenario
}

pub(super) fn see(stage: &mut TestApp, words: &str) {
    let shown = screen(stage);
    assert!(shown.contains(words), "{words} is not on the screen\n{shown}");
}

/// Starts a run with this region and gives its id.
pub(super) fn start_in(stage: &mut TestApp, region: &str) -> RunId {
    stage.press("t").unwrap();
    stage.run_for(secs(1));
    stage.press("ctrl-u").unwrap();
    stage.type_in(region);
    stage.press("ctrl-s Enter").unwrap();
    stage.run_for(secs(3));
    match last_start(stage) {
        StartStage::Started(run) => run,
        stage => panic!("{stage:?}"),
    }
}

/// Selects this run alone.
pub(super) fn select(stage: &mut TestApp, filter: &str) {
    stage.press("/ ctrl-u").unwrap();
    stage.type_in(filter);
    stage.press("Enter Home").unwrap();
}

pub(super) fn bodies(stage: &TestApp) -> Vec<Value> {
    let body = |call: &Call| match call {
        Call::Trigger { start, .. } => Some(start.body()),
        _ => None,
    };
    stage.sent.iter().filter_map(|(_, call)| body(call)).collect()
}

pub(super) fn opened(scenario: &Scenario) -> TestApp {
    let mut stage = open(scenario);
    stage.run_for(secs(5));
    stage
}

#[test]
fn a_run_started_here_is_run_again_with_its_own_inputs_and_once() {
    let mut stage = opened(&scenario());
    let first = start_in(&mut stage, "amer");
    start_in(&mut stage, "apac");
    select(&mut stage, first.as_str());
    stage.press("T").unwrap();
    stage.run_for(secs(2));
    see(&mut stage, &format!("Filled from run {}", first.short()));
    let shown = screen(&mut stage);
    assert!(shown.contains("amer") && !shown.contains("apac"), "{shown}");
    assert_eq!(posts(&stage), 2, "T sends nothing");
    stage.press("ctrl-s").unwrap();
    see(&mut stage, "\"region\": \"amer\"");
    stage.press("Enter Enter Enter").unwrap();
    stage.run_for(secs(30));
    let sent = bodies(&stage);
    assert_eq!(sent.len(), 3);
    assert_eq!(sent[2], sent[0]);
}

#[test]
fn a_run_that_the_journal_does_not_know_is_repeated_on_the_defaults_and_said_to_be_unknown() {
    let mut stage = opened(&scenario());
    start_in(&mut stage, "apac");
    select(&mut stage, "status:completed");
    stage.press("T").unwrap();
    stage.run_for(secs(2));
    see(&mut stage, "are unknown: Hex does not tell them");
    let shown = screen(&mut stage);
    assert!(!shown.contains("apac"), "not the last start's\n{shown}");
    stage.press("ctrl-s").unwrap();
    see(&mut stage, "the app's own defaults are used");
    assert_eq!(posts(&stage), 1);
}

#[test]
fn the_secrets_of_a_run_are_wanted_again() {
    let note = ParamSpec {
        secret: true,
        kind: ParamKind::Text,
        ..ParamSpec::named("note", Source::Config)
    };
    let inputs = ConfiguredInputs { project: "weekly revenue".to_owned(), specs: vec![note] };
    let settings = Settings { inputs: vec![inputs], ..Settings::default() };
    let mut stage = TestApp::new(&scenario(), 7, settings, SIZE);
    stage.run_for(secs(5));
    stage.press("t").unwrap();
    stage.run_for(secs(1));
    stage.type_in("hunter2");
    stage.press("ctrl-s Enter").unwrap();
    stage.run_for(secs(3));
    stage.press("T").unwrap();
    stage.run_for(secs(1));
    see(&mut stage, "1 secret was not kept");
    see(&mut stage, "type it again, or reset it to leave it out");
    stage.press("ctrl-s Enter ctrl-s Enter ctrl-s").unwrap();
    stage.run_for(secs(5));
    assert_eq!(posts(&stage), 1, "not without it\n{}", screen(&mut stage));
    stage.press("ctrl-x ctrl-s").unwrap();
    see(&mut stage, "The body, exactly as it will be sent");
    stage.press("Esc").unwrap();
    stage.type_in("hunter3");
    stage.press("ctrl-s Enter").unwrap();
    stage.run_for(secs(3));
    let sent = bodies(&stage);
    assert_eq!(sent[1], json!({"inputParams": {"note": "hunter3"}}));
    stage.press("@ Enter").unwrap();
    let shown = screen(&mut stage);
    assert!(shown.contains("secret and so kept nowhere: note"), "{shown}");
    assert!(!shown.contains("hunter"), "{shown}");
}

#[test]
fn two_marked_runs_are_compared_and_what_is_unknown_is_said() {
    let mut stage = opened(&scenario());
    start_in(&mut stage, "amer");
    stage.run_for(secs(20));
    start_in(&mut stage, "apac");
    stage.press("Home Space Space D").unwrap();
    let shown = screen(&mut stage);
    let line = shown.lines().find(|line| line.contains("\"amer\"")).unwrap_or(&shown);
    assert!(line.contains("region") && line.contains("\"apac\""), "{shown}");
    assert!(line.find("amer") < line.find("apac"), "the older is on the left\n{shown}");
    assert!(shown.contains("No options differ."), "{shown}");
    stage.run_for(secs(60));
    see(&mut stage, "No options differ.");
    stage.press("Esc Space D").unwrap();
    see(&mut stage, "3 are marked");
    stage.press("Esc j Space Space D").unwrap();
    let shown = screen(&mut stage);
    assert!(shown.contains("are unknown: Hex does not tell them"), "{shown}");
    assert!(!shown.contains("No inputs differ"), "{shown}");
}

#[test]
fn the_journal_is_filtered_written_on_and_exported() {
    let mut stage = opened(&with_faults(scenario(), &["trigger:503=1@20s.."]));
    start_in(&mut stage, "amer");
    start_in(&mut stage, "apac");
    stage.run_for(secs(20));
    stage.press("t ctrl-s Enter").unwrap();
    stage.run_for(secs(3));
    stage.press("Esc Esc y Esc @").unwrap();
    see(&mut stage, "Journal: 3 starts");
    stage.press("/").unwrap();
    stage.type_in("state:started");
    stage.press("Enter").unwrap();
    see(&mut stage, "Journal: 2 of 3 starts by /state:started");
    stage.press("G e").unwrap();
    stage.type_in("month end");
    stage.press("Enter").unwrap();
    let kept = |stage: &TestApp| -> Vec<Option<String>> {
        stage.state.model().starts().map(|start| start.entry.reason.clone()).collect()
    };
    assert_eq!(kept(&stage), [Some("month end".to_owned()), None, None]);
    see(&mut stage, "month end");
    stage.press("e").unwrap();
    stage.type_in(" again");
    stage.press("Esc").unwrap();
    assert_eq!(kept(&stage)[0].as_deref(), Some("month end"), "Esc leaves it as it was");
    stage.press("x c").unwrap();
    let model = stage.state.model();
    let mut started: Vec<_> = model.starts().map(|start| start.entry.clone()).take(2).collect();
    started.reverse();
    let saved: Vec<_> = stage
        .asked
        .iter()
        .filter_map(|effect| match effect {
            Effect::Save { name, text } => Some((name.as_str(), text.clone())),
            _ => None,
        })
        .collect();
    assert_eq!(saved.len(), 2);
    assert_eq!(saved[0].1, json_lines(&started));
    assert_eq!(saved[1].1, csv(&started));
    let endings: Vec<_> = saved.iter().map(|(name, _)| name.rsplit('.').next()).collect();
    assert_eq!(endings, [Some("jsonl"), Some("csv")]);
    stage.tell(Msg::Saved(Ok("/home/ana/here.csv".to_owned())));
    see(&mut stage, "exported to /home/ana/here.csv");
}

#[test]
fn a_start_that_was_refused_for_want_of_room_can_wait_for_it_from_the_journal() {
    let mut stage = opened(&with_faults(scenario(), &["trigger:503=1@10s..60s"]));
    stage.run_for(secs(10));
    stage.press("t ctrl-s Enter").unwrap();
    stage.run_for(secs(3));
    stage.press("Esc Esc @").unwrap();
    let states = |stage: &TestApp| -> Vec<_> {
        stage.state.model().starts().map(|start| start.entry.stage.word()).collect()
    };
    assert_eq!(states(&stage), ["refused"]);
    stage.press("w").unwrap();
    see(&mut stage, "it is sent when there is room");
    stage.run_for(secs(120));
    assert_eq!(states(&stage), ["started"]);
    stage.press("w").unwrap();
    see(&mut stage, "T starts this again");
    stage.run_for(secs(60));
    assert_eq!(states(&stage), ["started"], "and nothing is sent twice");
}

#[test]
fn a_start_of_another_process_is_in_the_journal_and_can_be_repeated() {
    let mut stage = opened(&scenario());
    start_in(&mut stage, "amer");
    stage.press("@").unwrap();
    see(&mut stage, "inputs    region=\"amer\"");
    let project = stage.state.model().projects().next().unwrap().project.id.clone();
    let told = StoreEvent { entries: vec![elsewhere(&stage, project)], ..StoreEvent::default() };
    stage.tell(Msg::Engine(Box::new(engine::Msg::Store(Ok(told)))));
    see(&mut stage, "Journal: 2 starts");
    see(&mut stage, "inputs    region=\"amer\"");
    stage.run_for(secs(90));
    stage.press("k").unwrap();
    let shown = screen(&mut stage);
    assert!(shown.contains("inputs    region=\"latam\"") && shown.contains("ben@"), "{shown}");
    stage.press("T").unwrap();
    stage.run_for(secs(2));
    see(&mut stage, "latam");
    stage.press("ctrl-s Enter").unwrap();
    stage.run_for(secs(3));
    assert_eq!(bodies(&stage)[1], json!({"inputParams": {"region": "latam"}}));
}

/// What another process has written down a moment later.
fn elsewhere(stage: &TestApp, project: ProjectId) -> Entry {
    let at = stage.now().wall + secs(1);
    Entry {
        id: StartId::new(at, Session(77), 1),
        by: Session(77),
        who: Some("ben@acme.test".to_owned()),
        project,
        title: "Weekly revenue".into(),
        body: json!({"inputParams": {"region": "latam"}}),
        secrets: BTreeSet::new(),
        at,
        reason: None,
        queue: None,
        after: None,
        stage: StartStage::Started(RunId::new("beef0000")),
        attempts: 1,
        sent: Some(at),
        deadline: None,
        known: BTreeSet::new(),
        trace: None,
    }
}

#[test]
fn what_has_not_left_is_taken_back_from_the_journal() {
    // With two kernels, both of which are kept free, a queue's second start waits for its first.
    let settings = Settings { kernels: 2, ..Settings::default() };
    let mut stage = TestApp::new(&scenario(), 7, settings, SIZE);
    stage.run_for(secs(5));
    let project = stage.state.model().projects().next().unwrap().project.id.clone();
    let queue = StartId::new(stage.now().wall, stage.state.model().session(), 900);
    let starts = vec![StartRun::default(), StartRun::default()];
    let intent = engine::Intent::Queue { queue, project, starts, reason: None, after: None };
    stage.tell(Msg::Engine(Box::new(engine::Msg::Intent(intent))));
    stage.run_for(secs(5));
    stage.press("@").unwrap();
    see(&mut stage, "◌ waiting");
    see(&mut stage, "2 of 2 confirmed together");
    stage.press("X").unwrap();
    stage.run_for(secs(60));
    assert_eq!(last_start(&stage), StartStage::Withdrawn);
    see(&mut stage, "taken back before it was sent");
    assert_eq!(posts(&stage), 1);
}

#[test]
fn a_start_without_a_run_is_repeated_from_its_row() {
    let mut stage = opened(&with_faults(scenario(), &["trigger:reset=1"]));
    stage.press("t").unwrap();
    stage.run_for(secs(1));
    stage.press("ctrl-u").unwrap();
    stage.type_in("amer");
    stage.press("ctrl-s Enter").unwrap();
    wait(&mut stage, 240, "not seen", |stage| last_start(stage) == StartStage::NotSeen);
    stage.press("Esc Home T").unwrap();
    stage.run_for(secs(1));
    see(&mut stage, "Filled from the start of 2026-10-20 08:00Z.");
    see(&mut stage, "amer");
    assert_eq!(posts(&stage), 1);
    stage.press("Esc @ T").unwrap();
    see(&mut stage, "Filled from the start of 2026-10-20 08:00Z.");
}

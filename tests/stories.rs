//! Whole stories in virtual time: the dashboard's own state against the simulated workspace.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[path = "stories/again.rs"]
mod again;
#[path = "stories/attention.rs"]
mod attention;
#[path = "stories/journal.rs"]
mod journal;
#[path = "stories/listing.rs"]
mod listing;
#[path = "stories/screen.rs"]
mod screen;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use hextop::api::Call;
use hextop::cli::test_app::{TestApp, text};
use hextop::domain::RunStatus;
use hextop::engine::Settings;
use hextop::engine::model::{Health, StartStage};
use hextop::sim::{ProjectSpec, Scenario, SimRun};
use ratatui::layout::Size;

const SIZE: Size = Size { width: 140, height: 40 };

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A workspace where nothing happens but what the story does.
fn still(projects: &[&str]) -> Scenario {
    let spec = |title: &&str| ProjectSpec {
        title: (*title).to_owned(),
        median: secs(600),
        spread: 0.01,
        failure: 0.0,
        past: 5,
        ..ProjectSpec::default()
    };
    Scenario { projects: projects.iter().map(spec).collect(), ..Scenario::default() }
}

fn with_faults(mut scenario: Scenario, faults: &[&str]) -> Scenario {
    scenario.faults.extend(faults.iter().map(|fault| fault.parse().unwrap()));
    scenario
}

fn open(scenario: &Scenario) -> TestApp {
    TestApp::new(scenario, 7, Settings::default(), SIZE)
}

fn screen(stage: &mut TestApp) -> String {
    let Ok(buffer) = stage.screen(SIZE);
    text(&buffer)
}

#[track_caller]
fn wait(stage: &mut TestApp, seconds: u64, what: &str, holds: impl Fn(&TestApp) -> bool) {
    let came = stage.run_until(secs(seconds), holds);
    assert!(came, "{what} did not come about in {seconds} s\n{}", screen(stage));
}

fn api_runs(stage: &TestApp) -> Vec<&SimRun> {
    stage.world.runs().filter(|run| run.is_active()).collect()
}

fn last_start(stage: &TestApp) -> StartStage {
    stage.state.model().starts().last().unwrap().entry.stage.clone()
}

/// Starts a run of the selected project without inputs, from the review page.
fn start(stage: &mut TestApp) {
    stage.press("t ctrl-s Enter").unwrap();
}

fn posts(stage: &TestApp) -> usize {
    stage.sent.iter().filter(|(_, call)| matches!(call, Call::Trigger { .. })).count()
}

#[test]
fn the_first_screen_has_rows_within_a_second() {
    let mut stage = open(&Scenario::named("demo").unwrap());
    stage.run_for(secs(1));
    let screen = screen(&mut stage);
    assert!(screen.contains("Churn model"), "{screen}");
    assert!(screen.contains("▶ running"), "{screen}");
    assert!(screen.contains("● live"), "{screen}");
}

/// An hour in which a person starts, cancels and looks all the time.
fn a_busy_hour(seed: u64) {
    let mut stage =
        TestApp::new(&Scenario::named("demo").unwrap(), seed, Settings::default(), SIZE);
    stage.run_for(secs(5));
    let mut cancelled = BTreeSet::new();
    for minute in 0..60_u64 {
        match minute % 6 {
            0 => stage.press("Tab Tab j t ctrl-s Enter").unwrap(),
            1 => stage.press("4 j j X y").unwrap(),
            2 => stage.press("R R").unwrap(),
            3 => {
                stage.press("4 Space Space Space X").unwrap();
                stage.press("3 y").unwrap();
                cancelled.extend(
                    stage
                        .state
                        .model()
                        .runs()
                        .filter(|(_, seen)| stage.state.model().cancelling(&seen.run.id).is_some())
                        .map(|(_, seen)| seen.run.id.clone()),
                );
            }
            4 => stage.press("r r r 1 Home s").unwrap(),
            _ => stage.press("F j F G / Esc").unwrap(),
        }
        stage.run_for(secs(55 + minute % 7));
        stage.press("Esc Esc").unwrap();
    }
    stage.run_for(secs(120));
    assert_eq!(stage.world.refused(), 0, "seed {seed}");
    assert!(cancelled.len() >= 9, "seed {seed}: only {} cancelled", cancelled.len());
    for run in stage.world.runs().filter(|run| cancelled.contains(&run.id())) {
        assert!(run.status().is_terminal(), "{} goes on", run.id());
    }
    assert_eq!(stage.state.model().open_cancels(), 0, "seed {seed}");
}

#[test]
fn an_hour_of_watching_starting_and_cancelling_is_refused_nothing() {
    a_busy_hour(1);
}

#[test]
fn another_hour_of_watching_starting_and_cancelling_is_refused_nothing() {
    a_busy_hour(2);
}

#[test]
fn the_smaller_of_the_two_documented_limits_is_kept_too_with_or_without_headers() {
    for faultless in ["headers", "no headers"] {
        let mut scenario = Scenario::named("demo").unwrap();
        scenario.limits.per_minute = 30;
        if faultless == "no headers" {
            scenario.limits.headers = hextop::sim::scenario::HeaderStyle::None;
        }
        let mut stage = open(&scenario);
        for _ in 0..20 {
            stage.run_for(secs(47));
            stage.press("R R r X y Esc Esc").unwrap();
        }
        assert_eq!(stage.world.refused(), 0, "{faultless}");
        assert!(stage.world.tally().total() > 200, "it did not go on looking");
    }
}

#[test]
fn a_cancelled_run_is_killed_only_when_hex_says_so() {
    let mut scenario = still(&["Churn model"]);
    scenario.projects[0].running = 1;
    let mut stage = open(&scenario);
    wait(&mut stage, 10, "a row", |stage| stage.state.model().running_runs() == 1);
    stage.press("X").unwrap();
    assert!(screen(&mut stage).contains("Cancel this run?"));
    stage.press("Enter").unwrap();
    stage.run_for(secs(5));
    assert_eq!(api_runs(&stage).len(), 1, "Enter means no");
    stage.press("X y").unwrap();
    assert!(screen(&mut stage).contains("⊗ cancel"), "{}", screen(&mut stage));
    wait(&mut stage, 20, "killed", |stage| {
        stage.state.model().runs().any(|(_, seen)| seen.run.status == RunStatus::Killed)
    });
    assert!(api_runs(&stage).is_empty());
    assert!(screen(&mut stage).contains("1 cancelled"));
}

#[test]
fn a_cancel_is_repeated_through_failures_until_the_run_has_ended() {
    for fault in [
        "cancel:500=1@0s..60s",
        "cancel:timeout=1@0s..60s",
        "cancel:502-html=1@0s..60s",
        "cancel:reset=1@0s..60s",
        "cancel:429=1@0s..60s",
    ] {
        let mut scenario = still(&["Churn model"]);
        scenario.projects[0].running = 1;
        let mut stage = open(&with_faults(scenario, &[fault]));
        wait(&mut stage, 10, "a row", |stage| stage.state.model().running_runs() == 1);
        stage.press("X y").unwrap();
        stage.run_for(secs(30));
        assert_eq!(stage.state.model().open_cancels(), 1, "{fault}: given up");
        wait(&mut stage, 240, fault, |stage| api_runs(stage).is_empty());
        wait(&mut stage, 60, fault, |stage| stage.state.model().open_cancels() == 0);
    }
}

#[test]
fn a_cancel_whose_answer_is_lost_is_settled_by_looking() {
    let mut scenario = still(&["Churn model"]);
    scenario.projects[0].running = 1;
    let mut stage = open(&with_faults(scenario, &["cancel:answer-lost=1"]));
    wait(&mut stage, 10, "a row", |stage| stage.state.model().running_runs() == 1);
    stage.press("X y").unwrap();
    wait(&mut stage, 30, "settled", |stage| stage.state.model().open_cancels() == 0);
    assert!(screen(&mut stage).contains("1 cancelled"));
}

#[test]
fn all_active_runs_of_a_project_are_cancelled_after_typing_their_count() {
    let mut scenario = still(&["Alpha", "Beta"]);
    scenario.projects[0].running = 12;
    scenario.projects[1].running = 1;
    let mut stage = open(&scenario);
    wait(&mut stage, 10, "rows", |stage| stage.state.model().running_runs() == 13);
    stage.press("shift-Tab X").unwrap();
    assert!(screen(&mut stage).contains("Type 12 and press y"), "{}", screen(&mut stage));
    stage.press("y").unwrap();
    stage.press("1 y").unwrap();
    stage.run_for(secs(3));
    assert_eq!(api_runs(&stage).len(), 13, "neither y nor a wrong count confirms");
    stage.press("2 y").unwrap();
    wait(&mut stage, 90, "all twelve ended", |stage| api_runs(stage).len() == 1);
    wait(&mut stage, 30, "settled", |stage| stage.state.model().open_cancels() == 0);
    assert_eq!(stage.world.refused(), 0);
}

#[test]
fn unsent_cancels_of_a_bulk_can_be_stopped() {
    let mut scenario = still(&["Alpha"]);
    scenario.projects[0].running = 40;
    scenario.kernels.total = 60;
    scenario.limits.per_minute = 30;
    let mut stage = open(&scenario);
    wait(&mut stage, 60, "rows", |stage| stage.state.model().running_runs() == 40);
    stage.press("shift-Tab X 4 0 y").unwrap();
    stage.run_for(secs(2));
    let unsent = stage.state.model().unsent_cancels();
    assert!((1..40).contains(&unsent), "{unsent} unsent");
    assert!(screen(&mut stage).contains("cancel in "), "{}", screen(&mut stage));
    stage.press("Esc").unwrap();
    assert_eq!(stage.state.model().unsent_cancels(), 0);
    stage.run_for(secs(200));
    assert_eq!(api_runs(&stage).len(), unsent);
    assert_eq!(stage.world.refused(), 0);
}

#[test]
fn a_run_that_ends_while_its_sheet_is_open_is_skipped() {
    let mut scenario = still(&["Alpha"]);
    scenario.projects[0].running = 1;
    scenario.projects[0].median = secs(30);
    let mut stage = open(&scenario);
    wait(&mut stage, 10, "a row", |stage| stage.state.model().running_runs() == 1);
    stage.press("X").unwrap();
    wait(&mut stage, 60, "ended", |stage| stage.state.model().running_runs() == 0);
    assert!(screen(&mut stage).contains("ended: skipped"), "{}", screen(&mut stage));
    stage.press("y").unwrap();
    let shown = screen(&mut stage);
    assert!(shown.contains("all that was to be cancelled has ended"), "{shown}");
    let cancels = stage.sent.iter().filter(|(_, call)| matches!(call, Call::Cancel { .. }));
    assert_eq!(cancels.count(), 0);
}

#[test]
fn a_started_run_appears_selected_and_runs() {
    let mut stage = open(&still(&["Alpha", "Beta"]));
    stage.run_for(secs(5));
    stage.press("shift-Tab j").unwrap();
    start(&mut stage);
    wait(&mut stage, 5, "started", |stage| matches!(last_start(stage), StartStage::Started(_)));
    let shown = screen(&mut stage);
    assert!(shown.contains("started ") && shown.contains("◌ pending"), "{shown}");
    wait(&mut stage, 20, "running", |stage| stage.state.model().running_runs() == 1);
    assert_eq!(posts(&stage), 1);
}

#[test]
fn a_start_whose_answer_is_lost_is_found_and_never_sent_twice() {
    for fault in ["trigger:answer-lost=1", "trigger:answer-stuck=1", "trigger:truncated=1"] {
        let mut stage = open(&with_faults(still(&["Alpha"]), &[fault]));
        stage.run_for(secs(5));
        start(&mut stage);
        wait(&mut stage, 60, fault, |stage| {
            matches!(last_start(stage), StartStage::ProbablyOurs(_))
        });
        stage.run_for(secs(300));
        assert_eq!(posts(&stage), 1, "{fault}");
        assert_eq!(api_runs(&stage).len(), 1, "{fault}");
    }
}

#[test]
fn a_start_that_never_began_is_reported_as_not_seen_and_never_sent_again() {
    let mut stage = open(&with_faults(still(&["Alpha"]), &["trigger:reset=1", "trigger:500=1"]));
    stage.run_for(secs(5));
    start(&mut stage);
    stage.run_for(secs(3));
    let shown = screen(&mut stage);
    assert!(shown.contains("It is not known whether the run has started"), "{shown}");
    wait(&mut stage, 200, "not seen", |stage| last_start(stage) == StartStage::NotSeen);
    stage.run_for(secs(300));
    assert_eq!((posts(&stage), api_runs(&stage).len()), (1, 0));
    stage.press("Esc").unwrap();
    assert!(screen(&mut stage).contains("not seen"), "{}", screen(&mut stage));
}

#[test]
fn full_kernels_are_named_and_the_form_keeps_what_was_typed() {
    let mut scenario = still(&["Alpha"]);
    scenario.projects[0].running = 2;
    scenario.kernels.total = 2;
    scenario.users.others = 0;
    scenario.kernels.full = hextop::sim::scenario::KernelsFull::Refuse;
    let mut stage = open(&scenario);
    stage.run_for(secs(5));
    start(&mut stage);
    stage.run_for(secs(2));
    let shown = screen(&mut stage);
    assert!(shown.contains("no run was created"), "{shown}");
    assert!(shown.contains("may be yours: Alpha"), "{shown}");
    assert!(shown.contains("kernels 25/25 FULL"), "{shown}");
    assert_eq!((posts(&stage), api_runs(&stage).len()), (1, 2));
}

#[test]
fn a_server_that_knows_only_the_older_paths_is_found_out_by_reading() {
    let mut scenario = still(&["Alpha", "Beta", "Gamma"]);
    scenario.paths = hextop::sim::scenario::Paths::Legacy;
    let mut stage = open(&scenario);
    start(&mut stage);
    stage.run_for(secs(30));
    assert!(stage.state.model().projects().all(|watched| watched.read.is_some()));
    stage.press("t ctrl-s Enter").unwrap();
    wait(&mut stage, 10, "started", |stage| matches!(last_start(stage), StartStage::Started(_)));
    assert_eq!(posts(&stage), api_runs(&stage).len());
    stage.run_for(secs(10));
    stage.press("X y").unwrap();
    wait(&mut stage, 30, "cancelled", |stage| api_runs(stage).is_empty());
}

#[test]
fn an_unreadable_project_is_marked_and_the_rest_goes_on() {
    let mut scenario = still(&["Alpha", "Beta"]);
    scenario.projects[0].access = hextop::sim::scenario::Access::None;
    let mut stage = open(&scenario);
    stage.run_for(secs(60));
    let shown = screen(&mut stage);
    let read = stage.state.model().projects().filter(|watched| watched.read.is_some()).count();
    assert_eq!(read, 1, "{shown}");
    if shown.contains("Alpha") {
        assert!(shown.contains("unreadable"), "{shown}");
    }
    assert!(matches!(stage.state.model().health(stage.now().boot), Health::Live { .. }));
}

#[test]
fn a_refused_token_stops_all_asking_until_r_is_pressed() {
    let scenario = with_faults(still(&["Alpha"]), &["revoked=1@20s"]);
    let mut stage = open(&scenario);
    stage.run_for(secs(40));
    let shown = screen(&mut stage);
    assert!(shown.contains("read anew and tried again in"), "{shown}");
    stage.run_for(secs(260));
    let shown = screen(&mut stage);
    assert!(shown.contains("token refused") && shown.contains("Then press r"), "{shown}");
    assert!(shown.contains("Alpha"), "the last good rows stay: {shown}");
    let sent = stage.sent.len();
    stage.run_for(secs(600));
    assert_eq!(stage.sent.len(), sent);
    stage.press("r").unwrap();
    stage.run_for(secs(2));
    assert!(stage.sent.len() > sent);
}

#[test]
fn a_429_is_counted_down_and_a_waiting_cancel_goes_first_after_it() {
    let mut scenario = still(&["Alpha", "Beta"]);
    scenario.projects[0].running = 1;
    let mut stage = open(&with_faults(scenario, &["429=1@20s..22s"]));
    wait(&mut stage, 10, "a row", |stage| stage.state.model().running_runs() == 1);
    wait(&mut stage, 30, "locked", |stage| {
        matches!(stage.state.model().health(stage.now().boot), Health::Locked { .. })
    });
    let shown = screen(&mut stage);
    assert!(shown.contains("too many requests (429)"), "{shown}");
    let before = stage.sent.len();
    stage.press("X y").unwrap();
    wait(&mut stage, 120, "the cancel", |stage| stage.sent.len() > before);
    assert!(matches!(stage.sent[before].1, Call::Cancel { .. }), "{:?}", stage.sent[before]);
    wait(&mut stage, 60, "ended", |stage| api_runs(stage).is_empty());
}

#[test]
fn what_fails_for_a_while_is_tried_again_with_growing_pauses_and_old_rows_stay() {
    for fault in [
        "500=1@20s..80s",
        "502-html=1@20s..80s",
        "reset=1@20s..80s",
        "truncated=1@20s..80s",
        "not-json=1@20s..80s",
        "timeout=1@20s..80s",
    ] {
        let mut stage = open(&with_faults(still(&["Alpha", "Beta"]), &[fault]));
        stage.run_for(secs(20));
        let before = stage.sent.len();
        stage.run_for(secs(55));
        let shown = screen(&mut stage);
        assert!(shown.contains("Alpha") && shown.contains("✓ completed"), "{fault}: {shown}");
        assert!(shown.contains('⚠') || shown.contains("cut off"), "{fault}: {shown}");
        assert!(stage.sent.len() - before <= 14, "{fault}: {} requests", stage.sent.len() - before);
        stage.run_for(secs(150));
        let shown = screen(&mut stage);
        assert!(shown.contains("● live") && !shown.contains('⚠'), "{fault}: {shown}");
    }
}

#[test]
fn a_hostile_workspace_breaks_nothing() {
    let mut stage = open(&Scenario::named("hostile").unwrap());
    for size in [SIZE, Size { width: 80, height: 24 }, Size { width: 40, height: 12 }] {
        for _ in 0..10 {
            stage.run_for(secs(31));
            stage.press("j Tab r R R t Esc Esc 3 X Esc 1 ? Esc").unwrap();
            let Ok(buffer) = stage.screen(size);
            assert!(!text(&buffer).chars().any(|c| c.is_control() && c != '\n'));
        }
    }
}

#[test]
fn more_projects_than_the_budget_can_sweep_are_pointed_out() {
    let mut scenario = Scenario::named("quiet").unwrap();
    scenario.resize(400);
    let mut stage = open(&scenario);
    stage.run_for(secs(30));
    let shown = screen(&mut stage);
    assert!(shown.contains("a look at each takes") && shown.contains("`projects`"), "{shown}");
    stage.run_for(secs(600));
    assert_eq!(stage.world.refused(), 0);
    assert!(stage.state.model().is_swept(), "every project is looked at in the end");
}

#[test]
fn only_the_configured_projects_are_watched_and_unknown_names_are_told() {
    let watch = vec!["beta".to_owned(), "Nowhere".to_owned()];
    let settings = Settings { watch, ..Settings::default() };
    let mut stage = TestApp::new(&still(&["Alpha", "Beta"]), 7, settings, SIZE);
    stage.run_for(secs(30));
    let shown = screen(&mut stage);
    assert!(!shown.contains("Alpha") && shown.contains("Beta"), "{shown}");
    assert!(shown.contains("No project is called Nowhere"), "{shown}");
}

#[test]
fn the_cursor_stays_on_its_run_while_others_come_and_go() {
    let mut stage = open(&Scenario::named("demo").unwrap());
    stage.run_for(secs(30));
    stage.press("6 j j j").unwrap();
    stage.press("y").unwrap();
    stage.run_for(secs(120));
    stage.press("y").unwrap();
    let copied: Vec<_> =
        stage.asked.iter().filter(|effect| matches!(effect, hextop::ui::Effect::Copy(_))).collect();
    assert_eq!(copied.len(), 2);
    assert_eq!(copied[0], copied[1]);
}

#[test]
fn a_frozen_screen_stands_still_while_watching_goes_on() {
    let mut stage = open(&Scenario::named("demo").unwrap());
    stage.run_for(secs(30));
    stage.press("F").unwrap();
    let body =
        |shown: String| shown.lines().skip(1).take(30).map(str::to_owned).collect::<Vec<_>>();
    let before = body(screen(&mut stage));
    let sent = stage.sent.len();
    stage.run_for(secs(60));
    assert_eq!(body(screen(&mut stage)), before);
    assert!(stage.sent.len() > sent + 20);
    stage.press("F").unwrap();
    assert_ne!(body(screen(&mut stage)), before);
}

#[test]
fn quitting_with_something_unsettled_says_so_first() {
    let mut scenario = still(&["Alpha"]);
    scenario.projects[0].running = 1;
    let mut stage = open(&scenario);
    wait(&mut stage, 10, "a row", |stage| stage.state.model().running_runs() == 1);
    stage.press("X y ctrl-c").unwrap();
    assert!(!stage.is_over());
    assert!(screen(&mut stage).contains("1 cancel not settled"));
    stage.press("ctrl-c").unwrap();
    assert!(stage.is_over());
}

#[test]
fn polls_of_other_projects_stand_back_while_a_cancel_dialog_is_open() {
    let mut scenario = still(&["Alpha", "Beta", "Gamma"]);
    scenario.projects[0].running = 1;
    let mut stage = open(&scenario);
    stage.run_for(secs(20));
    stage.press("X").unwrap();
    stage.run_for(secs(2));
    let before = stage.sent.len();
    stage.run_for(secs(30));
    let mut looks = BTreeMap::new();
    for project in stage.sent[before..].iter().filter_map(|(_, call)| call.project()) {
        *looks.entry(project.clone()).or_insert(0) += 1;
    }
    // The others have some polls, so that none of them gets too old.
    let alpha = stage.state.model().projects().find(|w| &*w.project.title == "Alpha").unwrap();
    let its = looks.remove(&alpha.project.id).unwrap();
    assert!(looks.values().all(|theirs| 3 * theirs <= 2 * its), "{its}, {looks:?}");
}

//! Alerts over a restart: what was told is not told again, and what is watched stays so.

use std::time::Duration;

use hextop::domain::{Boot, ProjectId, RunId};
use hextop::engine::alerts::{AlertItem, AlertKind};
use hextop::engine::sync::protocol::{CacheEntry, StoreRequest};
use hextop::engine::sync::session::Session;
use hextop::engine::{Event, Intent, Msg, Settings};

use crate::cluster::{self, TestCluster};
use crate::demo;

/// What a process was told of.
fn told(cluster: &TestCluster, number: usize) -> Vec<&AlertItem> {
    let events = cluster.processes[number].events.iter();
    let alerts = events.filter_map(|event| match event {
        Event::Alert(alert) => Some(&alert.items),
        _ => None,
    });
    alerts.flatten().collect()
}

fn of_kind(cluster: &TestCluster, number: usize, kind: AlertKind) -> Vec<RunId> {
    let items = told(cluster, number).into_iter().filter(|item| item.kind == kind);
    items.map(|item| item.run.clone()).collect()
}

#[test]
fn a_run_out_of_hand_is_told_once_also_over_a_restart() {
    let mut cluster = demo();
    let first = cluster.hire(Settings::default());
    cluster.run_for(Duration::from_mins(2));
    let runaways = of_kind(&cluster, first, AlertKind::Runaway);
    assert!(!runaways.is_empty());
    cluster.kill(first);
    cluster.run_for(Duration::from_mins(1));
    let second = cluster.hire(Settings::default());
    cluster.run_for(Duration::from_mins(2));
    let again = of_kind(&cluster, second, AlertKind::Runaway);
    assert!(again.iter().all(|run| !runaways.contains(run)), "{again:?}");
}

#[test]
fn a_watched_run_that_ends_while_no_hextop_is_there_is_told_by_the_next_one() {
    let mut cluster = demo();
    let first = cluster.hire(Settings::default());
    cluster.run_for(Duration::from_mins(1));
    let model = &cluster.processes[first].model;
    let newest = model.active_runs().map(|(_, seen)| &seen.run).max_by_key(|run| run.start);
    let (project, run): (ProjectId, RunId) =
        newest.map(|run| (run.project.clone(), run.id.clone())).unwrap();
    cluster.tell(first, Msg::Intent(Intent::WatchRun(project, run.clone())));
    cluster.run_for(Duration::from_secs(1));
    cluster.kill(first);
    cluster.run_for(Duration::from_mins(45));
    let second = cluster.hire(Settings::default());
    cluster.run_for(Duration::from_mins(2));
    let ends = [AlertKind::Ended, AlertKind::Failed];
    let of_run = |number| {
        let items = told(&cluster, number).into_iter().filter(|item| item.run == run);
        items.filter(|item| ends.contains(&item.kind)).count()
    };
    assert_eq!((of_run(first), of_run(second)), (0, 1));
    assert_eq!(cluster.processes[second].model.watched(), [0, 0]);
    cluster.kill(second);
    let third = cluster.hire(Settings::default());
    cluster.run_for(Duration::from_mins(2));
    let again = told(&cluster, third).into_iter().filter(|item| item.run == run).count();
    assert_eq!(again, 0, "it was told");
}

/// Which of these rules a process watches.
fn watched_rules(cluster: &TestCluster, number: usize) -> Vec<&'static str> {
    let model = &cluster.processes[number].model;
    ["a", "b", "c", "d"].into_iter().filter(|rule| model.watches_rule(rule)).collect()
}

fn watch_rule(cluster: &mut TestCluster, number: usize, rule: &str) {
    cluster.tell(number, Msg::Intent(Intent::WatchRule(rule.to_owned())));
}

#[test]
fn what_two_processes_choose_to_watch_at_the_same_time_is_all_kept() {
    let mut cluster = demo();
    let (first, second) = (cluster.hire(Settings::default()), cluster.hire(Settings::default()));
    cluster.run_for(Duration::from_secs(20));
    let runs = cluster.processes[first].model.active_runs();
    let runs: Vec<_> =
        runs.map(|(_, seen)| (seen.run.project.clone(), seen.run.id.clone())).collect();
    for (number, (rule, (project, run))) in
        [first, second].into_iter().zip(["a", "b"].into_iter().zip(runs))
    {
        watch_rule(&mut cluster, number, rule);
        cluster.tell(number, Msg::Intent(Intent::WatchRun(project.clone(), run)));
        cluster.tell(number, Msg::Intent(Intent::WatchProject(project)));
    }
    cluster.run_for(Duration::from_secs(1));
    let third = cluster.hire(Settings::default());
    cluster.run_for(Duration::from_secs(1));
    for number in [first, second, third] {
        assert_eq!(watched_rules(&cluster, number), ["a", "b"], "{number}");
        assert_eq!(cluster.processes[number].model.watched(), [2, 2], "{number}");
    }
    // Switched off at one, it is off at all.
    watch_rule(&mut cluster, second, "a");
    cluster.run_for(Duration::from_secs(1));
    for number in [first, second, third] {
        assert_eq!(watched_rules(&cluster, number), ["b"], "{number}");
    }
}

#[test]
fn what_is_chosen_before_the_store_has_answered_loses_nothing_that_was_chosen_before() {
    let mut cluster = demo();
    let first = cluster.hire(Settings::default());
    cluster.run_for(Duration::from_secs(5));
    let projects = cluster.processes[first].model.projects();
    let projects: Vec<_> = projects.map(|it| it.project.id.clone()).take(2).collect();
    for rule in ["a", "b"] {
        watch_rule(&mut cluster, first, rule);
    }
    cluster.tell(first, Msg::Intent(Intent::WatchProject(projects[0].clone())));
    cluster.run_for(Duration::from_secs(1));
    cluster.kill(first);
    let second = cluster.hire(Settings::default());
    watch_rule(&mut cluster, second, "c");
    cluster.tell(second, Msg::Intent(Intent::WatchProject(projects[1].clone())));
    assert_eq!(watched_rules(&cluster, second), ["c"], "the store was not read");
    cluster.run_for(Duration::from_secs(1));
    let third = cluster.hire(Settings::default());
    cluster.run_for(Duration::from_secs(1));
    for number in [second, third] {
        assert_eq!(watched_rules(&cluster, number), ["a", "b", "c"], "{number}");
        assert_eq!(cluster.processes[number].model.watched(), [0, 2], "{number}");
    }
}

#[test]
fn what_is_chosen_while_the_store_fails_is_kept_once_it_works() {
    let mut cluster = demo();
    let first = cluster.hire(Settings::default());
    cluster.run_for(Duration::from_secs(5));
    watch_rule(&mut cluster, first, "a");
    cluster.run_for(Duration::from_secs(1));
    cluster.processes[first].store = None;
    watch_rule(&mut cluster, first, "b");
    cluster.run_for(Duration::from_secs(30));
    watch_rule(&mut cluster, first, "a");
    watch_rule(&mut cluster, first, "c");
    cluster.mend(first);
    cluster.run_for(Duration::from_mins(3));
    let second = cluster.hire(Settings::default());
    cluster.run_for(Duration::from_secs(1));
    assert_eq!(watched_rules(&cluster, second), ["b", "c"]);
}

#[test]
fn what_an_earlier_version_has_kept_as_watched_is_read_and_each_can_be_switched_off() {
    let mut cluster = demo();
    let record = |key: &str, value: &str| CacheEntry {
        key: key.to_owned(),
        value: value.to_owned(),
        at: Boot::from_secs(1),
        active: false,
    };
    let old = vec![
        record("watched-rules", r#"{"WatchedRules":["a","b"]}"#),
        record("watched", r#"{"Watched":[{"r1":"p1"},["p1","p2"]]}"#),
    ];
    let mut store = cluster::open(&cluster.location("this boot", Session(77)));
    store.answer(StoreRequest::Put(old), cluster.now).unwrap();
    let first = cluster.hire(Settings::default());
    cluster.run_for(Duration::from_millis(50));
    assert_eq!(watched_rules(&cluster, first), ["a", "b"]);
    assert_eq!(cluster.processes[first].model.watched(), [1, 2]);
    watch_rule(&mut cluster, first, "a");
    cluster.tell(first, Msg::Intent(Intent::WatchProject(ProjectId::new("p2"))));
    cluster.run_for(Duration::from_secs(1));
    let second = cluster.hire(Settings::default());
    cluster.run_for(Duration::from_millis(50));
    assert_eq!(watched_rules(&cluster, second), ["b"]);
    assert!(cluster.processes[second].model.watches_project(&ProjectId::new("p1")));
    assert!(!cluster.processes[second].model.watches_project(&ProjectId::new("p2")));
}

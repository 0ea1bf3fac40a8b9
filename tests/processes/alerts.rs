//! Alerts over a restart: what was told is not told again, and what is watched stays so.

use std::time::Duration;

use hextop::domain::{ProjectId, RunId};
use hextop::engine::alerts::{AlertItem, AlertKind};
use hextop::engine::{Event, Intent, Msg, Settings};

use crate::cluster::TestCluster;
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

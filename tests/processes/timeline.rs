//! The timeline: what any of the processes has seen stands in it once.

use std::collections::BTreeSet;
use std::time::Duration;

use hextop::domain::{RunId, RunStatus};
use hextop::engine::sync::session::Session;
use hextop::engine::timeline::{ChangeRange, SeenChange};
use hextop::engine::{Event, Intent, Msg, Settings};
use jiff::Timestamp;

use super::cluster::{self, TestCluster};
use super::demo;

fn timeline(cluster: &TestCluster) -> Vec<SeenChange> {
    let mut store = cluster::open(&cluster.location("this boot", Session(99)));
    let mut changes = Vec::new();
    let (since, until) = (Timestamp::MIN, Timestamp::MAX);
    let mut next = Some(ChangeRange { since, until, most: 50, ..ChangeRange::default() });
    while let Some(range) = next {
        let page = store.changes(range, cluster.now).unwrap();
        changes.extend(page.changes);
        next = page.next;
    }
    changes
}

fn named(changes: &[SeenChange]) -> BTreeSet<(RunId, RunStatus)> {
    changes.iter().map(|change| (change.run.clone(), change.to.clone())).collect()
}

/// What a process has told.
fn told(cluster: &TestCluster, number: usize) -> BTreeSet<(RunId, RunStatus)> {
    let events = &cluster.processes[number].events;
    let changes = events.iter().filter_map(|event| match event {
        Event::RunChanged(change) => Some((change.run.clone(), change.to.clone())),
        _ => None,
    });
    changes.collect()
}

#[test]
fn what_any_process_has_seen_stands_in_it_once_whoever_polls() {
    let mut cluster = demo();
    let first = cluster.hire(Settings::default());
    cluster.run_for(Duration::from_mins(2));
    let second = cluster.hire(Settings::default());
    cluster.run_for(Duration::from_mins(2));
    // Both look at the same time.
    let (project, _) = cluster.active(first);
    for number in [first, second] {
        cluster.tell(number, Msg::Intent(Intent::Refresh(project.clone())));
    }
    cluster.run_for(Duration::from_secs(2));
    let before = told(&cluster, first);
    cluster.kill(first);
    cluster.run_for(Duration::from_mins(3));
    let changes = timeline(&cluster);
    let seen = named(&changes);
    assert_eq!(changes.len(), seen.len(), "each once");
    let everything = before.union(&told(&cluster, second)).cloned().collect();
    assert_eq!(seen, everything);
    assert!(before.len() > 20 && seen.len() > before.len(), "{} of {}", before.len(), seen.len());
    assert!(changes.is_sorted_by_key(|change| change.seen));
    let opening = changes.iter().filter(|change| change.first_look).count();
    assert!(opening > 0 && opening < changes.len(), "{opening}");
    // One that begins anew hears all that goes on, and writes nothing of it again.
    let third = cluster.hire(Settings::default());
    cluster.run_for(Duration::from_secs(2));
    assert!(!told(&cluster, third).is_empty());
    assert_eq!(timeline(&cluster)[..changes.len()], changes);
}

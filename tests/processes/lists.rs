//! The list of projects is read by one process for all.

use std::time::Duration;

use hextop::api::Call;
use hextop::engine::Settings;
use hextop::engine::model::Poller;
use hextop::sim::{ProjectSpec, Scenario};

use crate::cluster::TestCluster;

/// Projects, on pages of a hundred.
const PROJECTS: usize = 1150;
const PAGES: usize = 12;

fn secs(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// So many processes that were started one after another within a second.
fn started(count: usize) -> TestCluster {
    let project =
        |number| ProjectSpec { past: 2, ..ProjectSpec::titled(format!("Project {number}")) };
    let scenario =
        Scenario { projects: (0..PROJECTS).map(project).collect(), ..Scenario::default() };
    let mut cluster = TestCluster::new(&scenario);
    for _ in 0..count {
        cluster.hire(Settings::default());
        cluster.run_for(Duration::from_millis(100));
    }
    cluster
}

/// Requests for a page of the list that all have sent.
fn pages(cluster: &TestCluster) -> usize {
    let sent = cluster.processes.iter().flat_map(|process| &process.sent);
    sent.filter(|(_, call)| matches!(call, Call::ListProjects { .. })).count()
}

/// How many projects each that is alive knows.
fn known(cluster: &TestCluster) -> Vec<usize> {
    let alive = cluster.processes.iter().filter(|process| process.alive);
    alive.map(|process| process.model.projects().count()).collect()
}

#[test]
fn processes_that_start_together_read_the_list_once_and_know_each_page_at_once() {
    let mut cluster = started(8);
    let mut most = Vec::new();
    for step in 0..300_usize {
        cluster.run_for(Duration::from_millis(500));
        let known = known(&cluster);
        most.push(known.iter().max().copied().unwrap());
        let a_second_ago = most[step.saturating_sub(2)];
        assert!(known.iter().all(|known| *known >= a_second_ago), "{known:?} {a_second_ago}");
    }
    assert_eq!(known(&cluster), [PROJECTS; 8]);
    assert!(pages(&cluster) < 8 + PAGES + 3, "{} requests for {PAGES} pages", pages(&cluster));
    // Whoever comes later needs no page.
    let before = pages(&cluster);
    cluster.hire(Settings::default());
    cluster.run_for(secs(10));
    assert_eq!((known(&cluster), pages(&cluster)), (vec![PROJECTS; 9], before));
    assert_eq!(cluster.world.refused(), 0);
}

/// Whoever was told of a project that there is not reads the list to its end to say so, once.
#[test]
fn names_that_no_project_has_are_said_to_be_missing_whoever_reads_the_list() {
    let mut cluster = started(1);
    let missing = ["No such", "Nor this", "Nor that"].map(str::to_owned);
    for name in &missing {
        cluster.hire(Settings { watch: vec![name.clone()], ..Settings::default() });
    }
    cluster.run_for(secs(400));
    let said: Vec<_> = cluster.processes.iter().map(|one| one.model.missing().to_vec()).collect();
    let each: Vec<_> = missing.into_iter().map(|name| vec![name]).collect();
    assert_eq!((&said[0], &said[1..]), (&Vec::new(), &each[..]));
    assert!(pages(&cluster) < 4 * PAGES + 8, "{} requests", pages(&cluster));
    assert_eq!(cluster.world.refused(), 0);
}

#[test]
fn the_others_read_on_when_the_reader_of_the_list_is_killed() {
    let mut cluster = started(4);
    for _ in 0..600 {
        if known(&cluster).iter().max().unwrap() >= &650 {
            break;
        }
        cluster.run_for(Duration::from_millis(200));
    }
    let now = cluster.now.boot;
    let reader =
        cluster.processes.iter().position(|process| process.model.poller(now) == Poller::Here);
    let reader = reader.unwrap();
    cluster.kill(reader);
    cluster.run_for(secs(240));
    assert_eq!(known(&cluster), [PROJECTS; 3]);
    assert_eq!(cluster.world.refused(), 0);
}

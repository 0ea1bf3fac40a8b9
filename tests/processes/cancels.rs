//! Cancels of processes that die: taken up, read first, and not sent again by surprise.

use std::time::Duration;

use hextop::api::Call;
use hextop::domain::{ProjectId, RunId};
use hextop::engine::model::CancelStage;
use hextop::engine::{Intent, Msg, Settings};

use crate::cluster::TestCluster;
use crate::demo;

/// How often a process has sent a DELETE of a run.
fn deletes(cluster: &TestCluster, number: usize, target: &(ProjectId, RunId)) -> usize {
    let sent = &cluster.processes[number].sent;
    let is = |call: &Call| matches!(call, Call::Cancel { run, .. } if *run == target.1);
    sent.iter().filter(|(_, call)| is(call)).count()
}

fn stage(cluster: &TestCluster, number: usize) -> CancelStage {
    let model = &cluster.processes[number].model;
    model.cancel_entries().last().unwrap().stage.clone()
}

/// A process confirms a cancel, lives on for so many milliseconds, and is killed; another is
/// started so many seconds later. Whether Hex can be reached in between.
fn crash(lives: u64, cut: bool, later: u64) -> (TestCluster, usize, (ProjectId, RunId)) {
    let mut cluster = demo();
    let first = cluster.hire(Settings::default());
    cluster.run_for(Duration::from_mins(1));
    // The one that started first goes on for longer than the test.
    let active = cluster.processes[first].model.active_runs().map(|(_, seen)| &seen.run);
    let longest = active.filter(|run| run.start.is_some()).min_by_key(|run| run.start).unwrap();
    let target = (longest.project.clone(), longest.id.clone());
    cluster.cut = cut;
    cluster.tell(first, Msg::Intent(Intent::Cancel(vec![target.clone()].into())));
    cluster.run_for(Duration::from_millis(lives));
    cluster.kill(first);
    cluster.run_for(Duration::from_secs(later));
    cluster.cut = false;
    let second = cluster.hire(Settings::default());
    cluster.run_for(Duration::from_mins(2));
    (cluster, second, target)
}

#[test]
fn a_cancel_whose_process_died_at_any_step_is_settled_by_the_next_one() {
    for lives in [1, 2, 5, 40, 81, 120, 1_100, 3_000] {
        let (cluster, second, target) = crash(lives, false, 3);
        assert!(cluster.knows_as_killed(second, &target), "{lives}");
        let model = &cluster.processes[second].model;
        assert_eq!((model.open_cancels(), model.stuck_cancels().count()), (0, 0), "{lives}");
        assert_eq!(stage(&cluster, second), CancelStage::Killed, "{lives}");
    }
}

#[test]
fn one_that_did_not_get_through_is_sent_again_only_soon_after_it_was_confirmed() {
    for (later, is_sent) in [(20, true), (150, false), (7_200, false)] {
        let (cluster, second, target) = crash(30, true, later);
        assert_eq!(deletes(&cluster, second, &target) > 0, is_sent, "{later}");
        let model = &cluster.processes[second].model;
        let is_active = model.run(&target.0, &target.1).is_some_and(|seen| seen.run.is_active());
        let is_stuck = model.stuck_cancels().count() == 1;
        assert!(is_sent || is_stuck || !is_active, "{later}: it is shown");
        assert_eq!(is_stuck, is_active && !is_sent, "{later}");
    }
}

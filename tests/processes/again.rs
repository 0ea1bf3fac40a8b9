//! Cancel and start again, where several processes want it or the one that does ends: the run is started again at most
//! once, and only after Hex has said that it was killed.

use std::time::Duration;

use hextop::api::Call;
use hextop::domain::{Boot, ProjectId, RunId, RunStatus, StartRun};
use hextop::engine::model::{StartId, StartStage};
use hextop::engine::sync::session::Session;
use hextop::engine::{Intent, Msg, Settings};

use crate::cluster::TestCluster;
use crate::demo;

fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// The run that has gone on for longest, as a process knows it.
fn longest(cluster: &TestCluster, number: usize) -> (ProjectId, RunId) {
    let active = cluster.processes[number].model.active_runs().map(|(_, seen)| &seen.run);
    let longest = active.filter(|run| run.start.is_some()).min_by_key(|run| run.start).unwrap();
    (longest.project.clone(), longest.id.clone())
}

/// Has a process cancel a run and start its project again once that is done.
fn again(cluster: &mut TestCluster, number: usize, (project, run): &(ProjectId, RunId)) -> StartId {
    let session = Session(u32::try_from(number).unwrap() + 1);
    let queue = StartId::new(cluster.now.wall, session, 1);
    let order = vec![(project.clone(), run.clone())];
    cluster.tell(number, Msg::Intent(Intent::Cancel(order.into())));
    let queued = Intent::Queue {
        queue,
        project: project.clone(),
        starts: vec![StartRun::default()],
        reason: None,
        after: Some(run.clone()),
    };
    cluster.tell(number, Msg::Intent(queued));
    queue
}

/// When POSTs left, in all processes.
fn posts(cluster: &TestCluster) -> Vec<Boot> {
    let sent = cluster.processes.iter().flat_map(|process| &process.sent);
    let mut posts: Vec<_> =
        sent.filter(|(_, call)| matches!(call, Call::Trigger { .. })).map(|(at, _)| *at).collect();
    posts.sort();
    posts
}

fn stage(cluster: &TestCluster, number: usize, queue: StartId) -> StartStage {
    cluster.processes[number].model.start_of(queue).unwrap().entry.stage.clone()
}

fn status(cluster: &TestCluster, run: &RunId) -> RunStatus {
    let run = cluster.world.runs().find(|known| known.id() == *run).unwrap();
    run.status().clone()
}

#[test]
fn of_two_processes_that_start_one_run_again_only_one_does() {
    for between in [0, 1, 20, 60, 150, 400, 1_500, 4_000] {
        let mut cluster = demo();
        let processes = [cluster.hire(Settings::default()), cluster.hire(Settings::default())];
        cluster.run_for(Duration::from_mins(1));
        let target = longest(&cluster, processes[0]);
        let first = again(&mut cluster, processes[0], &target);
        cluster.run_for(millis(between));
        let second = again(&mut cluster, processes[1], &target);
        cluster.run_for(Duration::from_mins(3));
        assert_eq!(status(&cluster, &target.1), RunStatus::Killed);
        assert_eq!(posts(&cluster).len(), 1, "{between} ms between them");
        let stages = [stage(&cluster, processes[0], first), stage(&cluster, processes[1], second)];
        let begun = stages.iter().filter(|stage| stage.started().is_some()).count();
        let never = stages.iter().filter(|stage| matches!(stage, StartStage::NeverSent(_))).count();
        assert_eq!((begun, never), (1, 1), "{between}: {stages:?}");
    }
}

#[test]
fn a_start_after_a_cancel_whose_process_died_leaves_once_it_is_resumed_and_only_if_the_run_was_killed()
 {
    for lives in [1, 5, 45, 90, 400, 1_200, 3_000, 8_000] {
        let mut cluster = demo();
        let first = cluster.hire(Settings::default());
        cluster.run_for(Duration::from_mins(1));
        let target = longest(&cluster, first);
        let queue = again(&mut cluster, first, &target);
        cluster.run_for(millis(lives));
        cluster.kill(first);
        let before = posts(&cluster).len();
        let second = cluster.hire(Settings::default());
        cluster.run_for(Duration::from_mins(1));
        assert_eq!(posts(&cluster).len(), before, "{lives}: nothing leaves by itself");
        cluster.tell(second, Msg::Intent(Intent::ResumeQueue(queue)));
        cluster.run_for(Duration::from_mins(2));
        assert_eq!(status(&cluster, &target.1), RunStatus::Killed, "{lives}");
        let known = cluster.processes[second].model.start_of(queue);
        // Within the first millisecond the journal need not have it.
        let expected = usize::from(known.is_some());
        assert!(lives < 10 || known.is_some(), "{lives}");
        assert_eq!(posts(&cluster).len(), expected, "{lives}: {known:?}");
    }
}

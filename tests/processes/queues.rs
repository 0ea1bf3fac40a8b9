//! Queues: whatever happens to the processes, the network and the limits, each start of a queue
//! leaves once or is said to have come to nothing.

use std::time::Duration;

use hextop::api::{ApiError, Call, Failure};
use hextop::domain::inputs::Body;
use hextop::domain::{Boot, StartRun};
use hextop::engine::model::{QueueState, QueueView, StartId, StartStage};
use hextop::engine::sync::session::Session;
use hextop::engine::{Intent, Msg, Settings};
use hextop::sim::{InputKind, InputSpec, ProjectSpec, Scenario};
use proptest::prelude::*;
use serde_json::json;

use crate::cluster::TestCluster;

fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}

fn secs(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// One project that takes a number, and whose runs take `takes` seconds.
fn scenario(takes: u64, faults: &[&str]) -> Scenario {
    let input = InputSpec { name: "n".to_owned(), kind: InputKind::Number, ..InputSpec::default() };
    let project = ProjectSpec {
        median: secs(takes),
        spread: 0.01,
        failure: 0.0,
        past: 5,
        inputs: vec![input],
        ..ProjectSpec::titled("Weekly revenue".to_owned())
    };
    let mut scenario = Scenario { projects: vec![project], ..Scenario::default() };
    scenario.faults.extend(faults.iter().map(|fault| fault.parse().unwrap()));
    scenario
}

fn start(n: usize) -> StartRun {
    Body::of(&json!({"inputParams": {"n": n}})).unwrap().into_start().unwrap()
}

/// A cluster with one process, and its queue of `count` starts, just confirmed.
fn queued(scenario: &Scenario, settings: Settings, count: usize) -> (TestCluster, usize, StartId) {
    let mut cluster = TestCluster::new(scenario);
    let first = cluster.hire(settings);
    cluster.run_for(secs(5));
    let queue = StartId::new(cluster.now.wall, Session(1), 1);
    let project = cluster.world.projects().next().unwrap().id();
    let starts = (1..=count).map(start).collect();
    let reason = Some("a backfill".to_owned());
    cluster.tell(first, Msg::Intent(Intent::Queue { queue, project, starts, reason, after: None }));
    (cluster, first, queue)
}

fn intend(cluster: &mut TestCluster, number: usize, intent: Intent) {
    cluster.tell(number, Msg::Intent(intent));
}

/// The numbers that runs were started with, in the order of their beginning.
fn begun(cluster: &TestCluster) -> Vec<u64> {
    let with_number = |run: &&hextop::sim::SimRun| run.inputs().contains_key("n");
    let mut runs: Vec<_> = cluster.world.runs().filter(with_number).collect();
    runs.sort_by_key(|run| run.created());
    runs.iter().map(|run| run.inputs()["n"].as_u64().unwrap()).collect()
}

fn posts(cluster: &TestCluster, number: usize) -> usize {
    let sent = cluster.processes[number].sent.iter();
    sent.filter(|(_, call)| matches!(call, Call::Trigger { .. })).count()
}

fn view(cluster: &TestCluster, number: usize, queue: StartId) -> QueueView {
    let queues = cluster.processes[number].model.queues(cluster.now);
    queues.into_iter().find(|view| view.id == queue).unwrap()
}

/// Lets time pass in small steps until something holds.
#[track_caller]
fn wait(cluster: &mut TestCluster, seconds: u64, holds: impl Fn(&TestCluster) -> bool) {
    for _ in 0..seconds * 100 {
        if holds(cluster) {
            return;
        }
        cluster.run_for(millis(10));
    }
    assert!(holds(cluster), "it did not come about in {seconds} s");
}

#[test]
fn a_paused_queue_stands_still_and_goes_on_where_it_was() {
    let (mut cluster, first, queue) = queued(&scenario(20, &[]), Settings::default(), 6);
    wait(&mut cluster, 10, |cluster| begun(cluster).len() == 2);
    intend(&mut cluster, first, Intent::PauseQueue(queue));
    cluster.run_for(secs(2));
    let left = begun(&cluster).len();
    assert!((2..=3).contains(&left), "{left}");
    cluster.run_for(secs(120));
    assert_eq!(begun(&cluster).len(), left);
    assert_eq!(view(&cluster, first, queue).state, QueueState::Paused("by you".to_owned()));
    intend(&mut cluster, first, Intent::ResumeQueue(queue));
    cluster.run_for(secs(30));
    assert_eq!(begun(&cluster), [1, 2, 3, 4, 5, 6]);
    let over = view(&cluster, first, queue);
    assert_eq!((over.state, over.started, over.waiting), (QueueState::Over, 6, 0));
    let reasons = cluster.processes[first].model.starts().map(|start| start.entry.reason.clone());
    assert!(reasons.flatten().all(|reason| reason == "a backfill"));
}

#[test]
fn a_queue_that_is_cut_short_leaves_what_has_left_alone() {
    let (mut cluster, first, queue) = queued(&scenario(20, &[]), Settings::default(), 8);
    wait(&mut cluster, 10, |cluster| begun(cluster).len() == 3);
    intend(&mut cluster, first, Intent::CutQueue(queue));
    cluster.run_for(secs(90));
    let left = begun(&cluster);
    assert!(left.len() <= 4 && left == [1, 2, 3, 4][..left.len()], "{left:?}");
    let over = view(&cluster, first, queue);
    assert_eq!((over.started, over.withdrawn), (left.len(), 8 - left.len()));
    let killed = |(_, call): &&(Boot, Call)| matches!(call, Call::Cancel { .. });
    assert_eq!(cluster.processes[first].sent.iter().filter(killed).count(), 0);
    // Another process, and a later one, know that as well.
    let second = cluster.hire(Settings::default());
    cluster.run_for(secs(5));
    assert_eq!(view(&cluster, second, queue).withdrawn, 8 - left.len());
    intend(&mut cluster, second, Intent::ResumeQueue(queue));
    cluster.run_for(secs(60));
    assert_eq!(begun(&cluster), left);
}

#[test]
fn a_queue_survives_its_process_and_only_one_of_two_that_resume_it_sends_the_rest() {
    for after in [1, 2, 5] {
        let (mut cluster, first, queue) = queued(&scenario(20, &[]), Settings::default(), 8);
        wait(&mut cluster, 10, |cluster| posts(cluster, first) == after);
        // The last request may be on its way.
        cluster.kill(first);
        let (second, third) =
            (cluster.hire(Settings::default()), cluster.hire(Settings::default()));
        cluster.run_for(secs(3));
        for number in [second, third] {
            let state = view(&cluster, number, queue).state;
            let ended = "the hextop that sent it has ended".to_owned();
            assert_eq!(state, QueueState::Paused(ended), "{number}");
        }
        cluster.run_for(secs(60));
        assert!(begun(&cluster).len() <= after, "nothing goes on by itself");
        intend(&mut cluster, second, Intent::ResumeQueue(queue));
        intend(&mut cluster, third, Intent::ResumeQueue(queue));
        cluster.run_for(secs(300));
        assert_eq!(begun(&cluster), [1, 2, 3, 4, 5, 6, 7, 8], "killed after {after}");
        let sent = [posts(&cluster, second), posts(&cluster, third)];
        assert!(sent[0] == 0 || sent[1] == 0, "{sent:?}");
        for number in [second, third] {
            let over = view(&cluster, number, queue);
            assert_eq!((over.state, over.waiting), (QueueState::Over, 0), "{number}");
        }
        assert_eq!(cluster.world.refused(), 0);
    }
}

#[test]
fn what_a_dead_process_has_left_can_be_taken_back() {
    let (mut cluster, first, queue) = queued(&scenario(20, &[]), Settings::default(), 8);
    wait(&mut cluster, 10, |cluster| begun(cluster).len() == 2);
    cluster.kill(first);
    let (second, third) = (cluster.hire(Settings::default()), cluster.hire(Settings::default()));
    cluster.run_for(secs(2));
    // Others have just written, so that what is known here is old; what a person wants is not
    // forgotten for that.
    let project = cluster.world.projects().next().unwrap().id();
    let ticket = StartId::new(cluster.now.wall, Session(3), 1);
    let (start, reason) = (start(99), None);
    intend(&mut cluster, third, Intent::Start { ticket, project, start, reason });
    intend(&mut cluster, second, Intent::CutQueue(queue));
    cluster.run_for(secs(60));
    let left = begun(&cluster).iter().filter(|n| **n < 99).count();
    assert!((2..=3).contains(&left), "{left}");
    for number in [second, third] {
        let over = view(&cluster, number, queue);
        assert_eq!((over.state, over.withdrawn), (QueueState::Over, 8 - left), "{number}");
    }
}

#[test]
fn a_refusal_in_the_middle_is_waited_out_and_nothing_is_doubled() {
    let faults = ["trigger:429=#3"];
    let (mut cluster, first, queue) = queued(&scenario(20, &faults), Settings::default(), 5);
    wait(&mut cluster, 10, |cluster| {
        matches!(view(cluster, first, queue).state, QueueState::Going(Some(_)))
    });
    let waiting = view(&cluster, first, queue);
    assert_eq!((waiting.started, waiting.waiting, waiting.failed), (2, 3, 0));
    assert!(waiting.next.is_some_and(|at| at > cluster.now.boot), "{waiting:?}");
    cluster.run_for(secs(300));
    assert_eq!(begun(&cluster), [1, 2, 3, 4, 5]);
    assert_eq!(posts(&cluster, first), 6, "the refused one twice");
}

#[test]
fn the_kernels_that_are_kept_free_stay_free() {
    let mut scenario = scenario(60, &[]);
    scenario.kernels.total = 6;
    let settings = Settings { kernels: 6, kernels_kept_free: 2, ..Settings::default() };
    let (mut cluster, first, queue) = queued(&scenario, settings, 10);
    let mut most = 0;
    for _ in 0..600 {
        cluster.run_for(millis(500));
        most = most.max(cluster.world.kernels_taken());
        let active = cluster.world.runs().filter(|run| run.is_active()).count();
        assert!(active <= 4, "{active} runs at once");
    }
    assert_eq!(most, 4, "all that it may have are used");
    assert_eq!(begun(&cluster).len(), 10);
    assert_eq!(view(&cluster, first, queue).state, QueueState::Over);
    assert_eq!(posts(&cluster, first), 10, "none was refused");
}

#[test]
fn a_lost_answer_is_settled_before_the_next_start_leaves() {
    let (mut cluster, first, queue) = queued(&scenario(20, &[]), Settings::default(), 5);
    wait(&mut cluster, 10, |cluster| begun(cluster).len() == 3);
    cluster.spoil(first, &ApiError::from(Failure::Broken("connection reset".to_owned())));
    let mut was_lost = false;
    for _ in 0..8000 {
        cluster.run_for(millis(50));
        let stages = cluster.processes[first].model.points(queue).map(|start| &start.entry.stage);
        let open: Vec<_> = stages
            .filter(|stage| matches!(stage, StartStage::Sent | StartStage::Unconfirmed(_)))
            .collect();
        assert!(open.len() <= 1, "{open:?}");
        was_lost |= open.iter().any(|stage| matches!(stage, StartStage::Unconfirmed(_)));
    }
    assert!(was_lost);
    assert_eq!(begun(&cluster), [1, 2, 3, 4, 5]);
    assert_eq!(posts(&cluster, first), 5);
    let over = view(&cluster, first, queue);
    assert_eq!((over.state, over.started, over.probable), (QueueState::Over, 4, 1));
}

#[test]
fn a_refused_token_pauses_the_queue_until_a_person_goes_on() {
    let faults = ["trigger:revoked=#3"];
    let (mut cluster, first, queue) = queued(&scenario(20, &faults), Settings::default(), 5);
    cluster.run_for(secs(120));
    let paused = view(&cluster, first, queue);
    let says = |state: &QueueState| matches!(state, QueueState::Paused(why) if why.contains("401"));
    assert!(says(&paused.state), "{paused:?}");
    assert_eq!((begun(&cluster).len(), paused.waiting), (2, 3));
    intend(&mut cluster, first, Intent::RefreshAll);
    cluster.run_for(secs(5));
    assert_eq!(begun(&cluster).len(), 2, "a look is not yet the wish to go on");
    intend(&mut cluster, first, Intent::ResumeQueue(queue));
    cluster.run_for(secs(60));
    assert_eq!(begun(&cluster), [1, 2, 3, 4, 5]);
}

#[test]
fn a_mistake_that_is_in_every_start_is_not_made_a_hundred_times() {
    let mut scenario = scenario(20, &[]);
    // What the project takes is called otherwise.
    scenario.projects[0].inputs[0].name = "m".to_owned();
    let (mut cluster, first, queue) = queued(&scenario, Settings::default(), 9);
    cluster.run_for(secs(60));
    let paused = view(&cluster, first, queue);
    assert_eq!((posts(&cluster, first), paused.failed, paused.waiting), (1, 1, 8));
    let says = |state: &QueueState| matches!(state, QueueState::Paused(why) if why.contains("422"));
    assert!(says(&paused.state), "{paused:?}");
    for (sent, why) in [
        (3, "a person has seen the first: only three in a row stop it again"),
        (4, "one more tells whether it has been mended"),
    ] {
        intend(&mut cluster, first, Intent::ResumeQueue(queue));
        cluster.run_for(secs(60));
        assert_eq!(posts(&cluster, first), sent, "{why}");
    }
}

#[test]
fn a_queue_leaves_sixty_an_hour_and_twenty_a_minute_and_the_server_refuses_nothing() {
    let settings = Settings { kernels: 100, ..Settings::default() };
    let mut scenario = scenario(5, &[]);
    scenario.kernels.total = 100;
    let (mut cluster, first, queue) = queued(&scenario, settings, 70);
    let from = cluster.now.boot;
    let forecast = {
        let model = &cluster.processes[first].model;
        model.forecast(&view(&cluster, first, queue).project, 70, from)
    };
    cluster.run_for(forecast.leaves - from + secs(60));
    assert_eq!(begun(&cluster).len(), 70, "as was forecast");
    assert!(forecast.leaves - from >= secs(3600), "{forecast:?}");
    assert_eq!(cluster.world.refused(), 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(hextop::testkit::cases(4)))]

    /// As many kernels as the user has are used, and no run of another holds a start back.
    #[test]
    fn whatever_others_run_a_queue_takes_no_longer_than_the_users_own_kernels_make_it(
        foreign in 0..60_u32,
        an_hour in 0..120_u32,
        kernels in 3..30_u32,
    ) {
        let mut scenario = scenario(20, &[]);
        let project = &mut scenario.projects[0];
        (project.running, project.api_per_hour) = (foreign, f64::from(an_hour));
        project.refreshes_per_hour = f64::from(an_hour) / 2.0;
        scenario.kernels.total = kernels;
        let (mut cluster, first, queue) = queued(&scenario, Settings::default(), 12);
        // Four rounds at the least kernels, each a run and the wait for the one before it.
        cluster.run_for(secs(300));
        prop_assert_eq!(begun(&cluster).len(), 12, "{:?}", view(&cluster, first, queue));
    }
}

/// One thing that happens to a queue; processes are numbered round.
#[derive(Clone, Debug)]
enum Turn {
    Wait(u64),
    Pause(usize),
    Resume(usize),
    Hire,
    Kill(usize),
    /// What a process has asked so far is never answered.
    Lose(usize),
}

fn turn() -> impl Strategy<Value = Turn> {
    prop_oneof![
        6 => (0..900_u64).prop_map(Turn::Wait),
        1 => (900..60_000_u64).prop_map(Turn::Wait),
        1 => any::<usize>().prop_map(Turn::Pause),
        3 => any::<usize>().prop_map(Turn::Resume),
        2 => Just(Turn::Hire),
        1 => any::<usize>().prop_map(Turn::Kill),
        1 => any::<usize>().prop_map(Turn::Lose),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig {
        max_shrink_iters: 200,
        ..ProptestConfig::with_cases(hextop::testkit::cases(16))
    })]

    #[test]
    fn whatever_happens_no_start_of_a_queue_leaves_twice_and_none_is_forgotten(
        turns in prop::collection::vec(turn(), 1..30),
    ) {
        let (mut cluster, _, queue) = queued(&scenario(20, &[]), Settings::default(), 8);
        let alive = |cluster: &TestCluster| -> Vec<usize> {
            (0..cluster.processes.len()).filter(|n| cluster.processes[*n].alive).collect()
        };
        for turn in turns {
            let there = alive(&cluster);
            let which = |number: usize| there.get(number % there.len().max(1)).copied();
            match turn {
                Turn::Wait(time) => cluster.run_for(millis(time)),
                Turn::Hire if there.len() < 4 => {
                    cluster.hire(Settings::default());
                }
                Turn::Hire => {}
                Turn::Pause(number) => {
                    if let Some(number) = which(number) {
                        intend(&mut cluster, number, Intent::PauseQueue(queue));
                    }
                }
                Turn::Resume(number) => {
                    if let Some(number) = which(number) {
                        intend(&mut cluster, number, Intent::ResumeQueue(queue));
                    }
                }
                Turn::Kill(number) => {
                    if let Some(number) = which(number) {
                        cluster.kill(number);
                    }
                }
                Turn::Lose(number) => {
                    let lost = ApiError::from(Failure::Broken("connection reset".to_owned()));
                    if let Some(number) = which(number) {
                        cluster.spoil(number, &lost);
                    }
                }
            }
        }
        let last = cluster.hire(Settings::default());
        for _ in 0..10 {
            cluster.run_for(secs(60));
            for number in alive(&cluster) {
                intend(&mut cluster, number, Intent::ResumeQueue(queue));
            }
        }
        cluster.run_for(secs(300));
        let all = begun(&cluster);
        let mut once = all.clone();
        once.sort_unstable();
        once.dedup();
        prop_assert_eq!(once.len(), all.len(), "twice: {:?}", all);
        let over = view(&cluster, last, queue);
        prop_assert_eq!((over.waiting, &over.state), (0, &QueueState::Over), "{:?}", over);
        // What did not begin a run is told as such.
        prop_assert!(all.len() + over.failed + over.open >= 8, "{all:?} {over:?}");
    }
}

//! Rules that end runs, where several processes have them: each run is cancelled once, by one of them,
//! and nothing else is.

use std::collections::BTreeMap;
use std::time::Duration;

use hextop::api::Call;
use hextop::domain::rules::{Action, MaxDuration, Pattern, Rule};
use hextop::domain::{Boot, ProjectId, RunId, RunStatus, StartRun};
use hextop::engine::model::{
    Automatic, CancelStage, ProjectState, RuleNews, RuleStep, StartId, StartStage,
};
use hextop::engine::sync::session::Session;
use hextop::engine::{Event, Intent, Msg, Settings};

use crate::cluster::TestCluster;
use crate::demo;

const LIMIT: Duration = Duration::from_mins(20);

/// A rule that ends every run after twenty minutes.
fn limit() -> Rule {
    let max_duration = Some(MaxDuration { limit: LIMIT, action: Action::Cancel });
    Rule { max_duration, ..Rule::named("limit") }
}

fn acting(rules: Vec<Rule>) -> Settings {
    Settings { rules, automatic: Automatic::On, cancels_an_hour: 1000, ..Settings::default() }
}

/// How often each run was cancelled, and when first.
fn deletes(cluster: &TestCluster) -> BTreeMap<RunId, (usize, Boot)> {
    let mut counts = BTreeMap::new();
    for (at, call) in cluster.processes.iter().flat_map(|process| &process.sent) {
        if let Call::Cancel { run, .. } = call {
            let (count, first) = counts.entry(run.clone()).or_insert((0, *at));
            (*count, *first) = (*count + 1, *at.min(first));
        }
    }
    counts
}

/// What a process was told of rules, with the runs' short ids left out.
fn steps(cluster: &TestCluster, number: usize) -> Vec<&RuleNews> {
    let events = cluster.processes[number].events.iter();
    let rules = events.filter_map(|event| match event {
        Event::Rule(news) => Some(news),
        _ => None,
    });
    rules.collect()
}

/// The countdowns that a process sees.
fn counting(cluster: &TestCluster, number: usize) -> Vec<(ProjectId, RunId)> {
    let model = &cluster.processes[number].model;
    let live = model.countdowns(cluster.now.boot);
    live.map(|it| (it.countdown.project.clone(), it.countdown.run.clone())).collect()
}

/// Lets time pass until a process sees a countdown; gives its run.
fn until_counting(cluster: &mut TestCluster, number: usize) -> (ProjectId, RunId) {
    for _ in 0..7200 {
        if !counting(cluster, number).is_empty() {
            break;
        }
        cluster.run_for(Duration::from_secs(1));
    }
    counting(cluster, number).swap_remove(0)
}

#[test]
fn with_two_dashboards_beside_it_each_run_is_cancelled_once_and_nothing_else_is() {
    let mut cluster = demo();
    let hung = Rule { cancel_runaway: true, ..Rule::named("hung") };
    for rules in [vec![limit()], vec![limit(), hung.clone()], vec![hung, limit()]] {
        // Few requests a minute, so that ten hours are soon over.
        cluster.hire(Settings { requests_per_minute: 12, ..acting(rules) });
        cluster.run_for(Duration::from_secs(1));
    }
    cluster.run_for(Duration::from_hours(10));
    let deletes = deletes(&cluster);
    assert!(deletes.len() >= 5, "{}", deletes.len());
    assert!(deletes.values().all(|(count, _)| *count == 1), "{deletes:?}");
    let model = &cluster.processes[0].model;
    let mut seen = 0;
    for entry in model.cancel_entries() {
        assert_eq!(entry.stage, CancelStage::Killed, "{entry:?}");
        let Some(state) = model.run(&entry.project, &entry.run) else { continue };
        let (start, rule) = (state.run.start.unwrap(), entry.rule.as_deref().unwrap());
        let took = entry.at.duration_since(start).unsigned_abs();
        assert!(rule != "limit" || took > LIMIT, "{entry:?}");
        assert!(rule != "hung" || took > Duration::from_mins(1), "{entry:?}");
        seen += 1;
    }
    assert!(seen >= 5 && model.cancel_entries().count() == deletes.len());
    let moment = model.moment(cluster.now);
    for (_, run) in model.active_runs() {
        let elapsed = moment.elapsed(run).unwrap_or_default();
        assert!(elapsed < LIMIT + Duration::from_mins(6), "{elapsed:?}: {:?}", run.run);
    }
    assert_eq!(cluster.world.refused(), 0);
}

#[test]
fn a_run_that_any_person_keeps_is_never_cancelled_also_not_by_a_process_that_comes_later() {
    let mut cluster = demo();
    let guard = cluster.hire(acting(vec![limit()]));
    let dashboard = cluster.hire(Settings::default());
    let kept = until_counting(&mut cluster, dashboard);
    cluster.tell(dashboard, Msg::Intent(Intent::KeepRuns(vec![kept.1.clone()])));
    cluster.run_for(Duration::from_mins(10));
    assert_eq!(deletes(&cluster).get(&kept.1), None);
    let told = steps(&cluster, guard);
    let of_kept: Vec<_> = told.iter().filter(|it| it.run == kept.1).map(|it| &it.step).collect();
    assert!(
        matches!(of_kept.as_slice(), [RuleStep::Begun(_, true), RuleStep::Kept]),
        "{of_kept:?}"
    );
    cluster.kill(guard);
    cluster.kill(dashboard);
    cluster.run_for(Duration::from_mins(2));
    let later = cluster.hire(acting(vec![limit()]));
    cluster.run_for(Duration::from_mins(10));
    assert_eq!(deletes(&cluster).get(&kept.1), None);
    let entries = cluster.processes[later].model.cancel_entries();
    let of_kept: Vec<_> = entries.filter(|entry| entry.run == kept.1).collect();
    assert_eq!(of_kept.len(), 1);
    assert_eq!(
        (&of_kept[0].stage, of_kept[0].rule.as_deref()),
        (&CancelStage::Withdrawn, Some("limit"))
    );
}

#[test]
fn a_run_that_a_person_cancels_during_the_countdown_is_cancelled_once() {
    let mut cluster = demo();
    cluster.hire(acting(vec![limit()]));
    let dashboard = cluster.hire(acting(vec![limit()]));
    let target = until_counting(&mut cluster, dashboard);
    cluster.tell(dashboard, Msg::Intent(Intent::Cancel(vec![target.clone()].into())));
    cluster.run_for(Duration::from_mins(5));
    assert_eq!(deletes(&cluster).get(&target.1).map(|(count, _)| *count), Some(1));
    assert!(cluster.knows_as_killed(dashboard, &target));
}

#[test]
fn when_the_one_that_counts_down_dies_another_begins_anew() {
    let mut cluster = demo();
    for _ in 0..2 {
        cluster.hire(acting(vec![limit()]));
        cluster.run_for(Duration::from_secs(5));
    }
    let target = until_counting(&mut cluster, 0);
    let begun = |cluster: &TestCluster, number| {
        steps(cluster, number).iter().any(|it| matches!(it.step, RuleStep::Begun(_, true)))
    };
    let owner = usize::from(!begun(&cluster, 0));
    assert!(begun(&cluster, owner) && !begun(&cluster, 1 - owner));
    cluster.kill(owner);
    let died = cluster.now.boot;
    cluster.run_for(Duration::from_mins(6));
    let (count, at) = deletes(&cluster)[&target.1];
    assert_eq!(count, 1);
    let later = at.saturating_sub(died);
    assert!(later > Duration::from_mins(1), "a person had the whole time once more: {later:?}");
}

#[test]
fn beyond_the_number_an_hour_runs_wait_and_it_is_told_once_of_each() {
    let mut cluster = demo();
    let rule = Rule {
        max_duration: Some(MaxDuration { limit: Duration::from_mins(2), action: Action::Cancel }),
        ..Rule::named("short")
    };
    let guard = cluster.hire(Settings { cancels_an_hour: 3, ..acting(vec![rule]) });
    let begun = cluster.now.boot;
    cluster.run_for(Duration::from_hours(3));
    let mut times: Vec<_> = deletes(&cluster).values().map(|(_, at)| *at).collect();
    times.sort_unstable();
    assert!(times.len() >= 9, "{}", times.len());
    for four in times.windows(4) {
        assert!(four[3] - four[0] >= Duration::from_hours(1), "{four:?}");
    }
    assert!(times[0] - begun < Duration::from_mins(5));
    let mut held = BTreeMap::new();
    for news in steps(&cluster, guard) {
        if matches!(&news.step, RuleStep::Held(why) if why.contains("at most 3 runs an hour")) {
            *held.entry(&news.run).or_insert(0) += 1;
        }
    }
    assert!(held.len() >= 3 && held.values().all(|count| *count == 1), "{held:?}");
}

#[test]
fn what_is_tried_out_protected_or_off_sends_nothing() {
    let protected = Rule { protected: true, ..Rule::named("all") };
    let read_only = Rule { read_only: true, ..Rule::named("all") };
    let elsewhere = Rule { projects: vec![Pattern::new("no such project")], ..limit() };
    for (settings, would) in [
        (Settings { automatic: Automatic::DryRun, ..acting(vec![limit()]) }, true),
        (Settings { automatic: Automatic::Off, ..acting(vec![limit()]) }, false),
        (Settings { cancels_an_hour: 0, ..acting(vec![limit()]) }, false),
        (acting(vec![limit(), protected]), false),
        (acting(vec![read_only, limit()]), false),
        (acting(vec![elsewhere]), false),
        (acting(vec![Rule { protected: true, ..Rule::named("no rule that ends runs") }]), false),
    ] {
        let mut cluster = demo();
        let guard = cluster.hire(settings.clone());
        cluster.run_for(Duration::from_hours(1));
        assert_eq!(deletes(&cluster), BTreeMap::new(), "{settings:?}");
        let told = steps(&cluster, guard);
        let runs: Vec<_> =
            told.iter().filter(|it| it.step == RuleStep::Would).map(|it| &it.run).collect();
        assert_eq!(!runs.is_empty(), would, "{settings:?}");
        let once: std::collections::BTreeSet<_> = runs.iter().collect();
        assert_eq!(once.len(), runs.len(), "each is told once");
    }
}

#[test]
fn while_the_store_fails_nothing_is_cancelled_because_nobody_knows_what_others_do() {
    let mut cluster = demo();
    let guard = cluster.hire(acting(vec![limit()]));
    until_counting(&mut cluster, guard);
    cluster.processes[guard].store = None;
    let before = deletes(&cluster).len();
    cluster.run_for(Duration::from_mins(20));
    assert_eq!(deletes(&cluster).len(), before);
    let told = steps(&cluster, guard);
    assert!(told.iter().any(|it| matches!(&it.step, RuleStep::Held(why) if why.contains("store"))));
    cluster.mend(guard);
    cluster.run_for(Duration::from_mins(5));
    assert!(deletes(&cluster).len() > before);
}

#[test]
fn a_run_that_ends_during_the_countdown_is_left_alone_and_an_old_sight_is_not_enough() {
    let mut cluster = demo();
    let guard = cluster.hire(acting(vec![limit()]));
    let target = until_counting(&mut cluster, guard);
    // Nothing gets through: what was seen is old, and nobody knows what has become of the run.
    cluster.cut = true;
    cluster.run_for(Duration::from_secs(80));
    assert_eq!(deletes(&cluster).get(&target.1), None);
    cluster.run_for(Duration::from_mins(3));
    let request = Call::Cancel { project: target.0.clone(), run: target.1.clone() };
    crate::cluster::ask(&mut cluster.world, &request, hextop::api::PathStyle::Current, cluster.now);
    cluster.cut = false;
    cluster.run_for(Duration::from_mins(6));
    assert_eq!(deletes(&cluster).get(&target.1), None, "somebody else has ended it");
    let seen = cluster.processes[guard].model.run(&target.0, &target.1).unwrap();
    assert_eq!(seen.run.status, RunStatus::Killed);
}

#[test]
fn after_a_sleep_of_the_machine_a_countdown_begins_anew() {
    for (counts, before, asleep) in [(30, 5, 60), (30, 21, 64), (120, 5, 60), (30, 5, 600)] {
        let mut cluster = demo();
        let countdown = Duration::from_secs(counts);
        let guard = cluster.hire(Settings { countdown, ..acting(vec![limit()]) });
        let target = until_counting(&mut cluster, guard);
        cluster.run_for(Duration::from_secs(before));
        cluster.sleep(Duration::from_secs(asleep));
        let woke = cluster.now.boot;
        cluster.run_for(Duration::from_mins(8));
        let Some((count, at)) = deletes(&cluster).get(&target.1).copied() else {
            let seen = cluster.processes[guard].model.run(&target.0, &target.1);
            assert!(seen.is_none_or(|seen| !seen.run.is_active()), "it ended by itself: {seen:?}");
            continue;
        };
        assert_eq!(count, 1);
        assert!(at - woke >= countdown, "{:?} after {asleep} s", at - woke);
    }
}

#[test]
fn a_dashboard_without_the_store_does_not_say_that_it_keeps_what_another_process_cancels() {
    let mut cluster = demo();
    cluster.hire(acting(vec![limit()]));
    let dashboard = cluster.hire(Settings::default());
    let target = until_counting(&mut cluster, dashboard);
    let can_keep = |cluster: &TestCluster| {
        let model = &cluster.processes[dashboard].model;
        model.countdown(&target.1, cluster.now.boot).map(|it| model.can_keep(it))
    };
    assert_eq!(can_keep(&cluster), Some(true));
    cluster.processes[dashboard].store = None;
    cluster.run_for(Duration::from_secs(15));
    assert_eq!(can_keep(&cluster), Some(false));
}

/// The project that can be started in which least happens.
fn idle(cluster: &TestCluster, number: usize) -> ProjectId {
    let projects = cluster.processes[number].model.projects();
    let is_quiet = |it: &&ProjectState| {
        let is_idle = it.project.schedules.is_empty() && it.active().next().is_none();
        it.project.is_runnable() && is_idle
    };
    projects.filter(is_quiet).min_by_key(|it| it.runs.len()).unwrap().project.id.clone()
}

/// How many starts have left.
fn posts(cluster: &TestCluster) -> usize {
    let sent = cluster.processes.iter().flat_map(|process| &process.sent);
    sent.filter(|(_, call)| matches!(call, Call::Trigger { .. })).count()
}

#[test]
fn where_one_run_may_be_active_a_second_start_is_refused_after_the_look_and_a_queue_waits() {
    let alone = Rule { max_concurrent: Some(1), ..Rule::named("alone") };
    let mut cluster = demo();
    let number = cluster.hire(acting(vec![alone]));
    cluster.run_for(Duration::from_mins(1));
    let project = idle(&cluster, number);
    let ticket =
        |cluster: &TestCluster, number: u32| StartId::new(cluster.now.wall, Session(1), number);
    let start = |cluster: &mut TestCluster, id: u32| {
        let ticket = ticket(cluster, id);
        let (project, start) = (project.clone(), StartRun::default());
        let intent = Intent::Start { ticket, project, start, reason: None };
        cluster.tell(number, Msg::Intent(intent));
        ticket
    };
    let first = start(&mut cluster, 900);
    let second = start(&mut cluster, 901);
    cluster.run_for(Duration::from_secs(20));
    let stage = |cluster: &TestCluster, id| {
        cluster.processes[number].model.start_of(id).unwrap().entry.stage.clone()
    };
    assert!(stage(&cluster, first).started().is_some(), "{:?}", stage(&cluster, first));
    let StartStage::NeverSent(why) = stage(&cluster, second) else {
        unreachable!("{:?}", stage(&cluster, second))
    };
    assert!(why.contains("the rule `alone` lets 1 run of"), "{why}");
    assert_eq!(posts(&cluster), 1);
    // A queue sends the next one only when no run is active.
    let queue = ticket(&cluster, 902);
    let starts = vec![StartRun::default(); 3];
    let intent =
        Intent::Queue { queue, project: project.clone(), starts, reason: None, after: None };
    cluster.tell(number, Msg::Intent(intent));
    for _ in 0..720 {
        cluster.run_for(Duration::from_secs(10));
        if posts(&cluster) == 4 {
            break;
        }
    }
    cluster.run_for(Duration::from_mins(30));
    let model = &cluster.processes[number].model;
    let own = model.starts().filter_map(|start| start.entry.stage.started());
    let own = own.map(|run| model.run(&project, run).unwrap().run.clone());
    let mut own: Vec<_> = own.map(|run| (run.start.unwrap(), run.end)).collect();
    own.sort_unstable();
    assert_eq!(own.len(), 4);
    for two in own.windows(2) {
        assert!(two[0].1.is_some_and(|end| end <= two[1].0), "{own:?}");
    }
}

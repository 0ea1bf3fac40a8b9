//! Several hextop processes with one token, in virtual time: their engines, one store in a file,
//! and one simulated workspace that counts every request.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::unchecked_time_subtraction,
    reason = "tests"
)]

mod again;
mod alerts;
mod anything;
mod cancels;
mod cluster;
mod kept;
mod large;
mod lists;
mod once;
mod queues;
mod rules;
mod timeline;

use std::collections::BTreeSet;
use std::time::Duration;

use hextop::api::error::Detail;
use hextop::api::{ApiError, Call, Kind, RateHint};
use hextop::domain::{Boot, Now, ProjectId};
use hextop::engine::model::{Health, PollScope};
use hextop::engine::sync::log::{LogEvent, LogRecord};
use hextop::engine::sync::protocol::StoreRequest;
use hextop::engine::sync::session::Session;
use hextop::engine::{CallId, Intent, Model, Msg, Priority, Settings};
use hextop::sim::Scenario;

use cluster::{DISK, TestCluster};

const TWO_MINUTES: Duration = Duration::from_mins(2);

fn demo() -> TestCluster {
    TestCluster::new(&Scenario::named("demo").unwrap())
}

#[test]
fn three_processes_send_what_one_would_and_are_equally_fresh() {
    let mut alone = demo();
    alone.hire(Settings::default());
    alone.run_for(TWO_MINUTES);
    let mut cluster = demo();
    for _ in 0..3 {
        cluster.hire(Settings::default());
        cluster.run_for(Duration::from_secs(3));
    }
    cluster.run_for(TWO_MINUTES - Duration::from_secs(9));
    let together: usize = (0..3).map(|number| cluster.sent(number)).sum();
    assert!(together <= alone.sent(0) + 2, "{together} for three, {} for one", alone.sent(0));
    assert!(cluster.sent(1) + cluster.sent(2) <= 2, "{} and {}", cluster.sent(1), cluster.sent(2));
    let oldest = |number| cluster.ages(number).into_iter().max().unwrap();
    for number in 1..3 {
        assert_eq!(cluster.ages(number).len(), cluster.ages(0).len());
        assert!(oldest(number) <= oldest(0) + Duration::from_secs(1));
    }
    assert_eq!(cluster.world.refused(), 0);
}

#[test]
fn when_the_one_that_polls_dies_another_takes_over_and_loses_nothing() {
    let mut cluster = demo();
    let first = cluster.hire(Settings::default());
    cluster.run_for(Duration::from_mins(1));
    let second = cluster.hire(Settings::default());
    cluster.run_for(Duration::from_secs(30));
    assert!(!cluster.ages(second).iter().any(|age| *age > Duration::from_mins(2)));
    assert_eq!(cluster.looks(second, Boot::ZERO), 0);
    cluster.kill(first);
    let killed = cluster.now.boot;
    cluster.run_for(Duration::from_secs(20));
    assert!(cluster.looks(second, killed) >= 3, "{} looks", cluster.looks(second, killed));
    cluster.run_for(Duration::from_mins(5));
    assert_eq!(cluster.world.refused(), 0);
}

#[test]
fn one_that_leaves_hands_over_at_once() {
    let mut cluster = demo();
    let (first, second) = (cluster.hire(Settings::default()), cluster.hire(Settings::default()));
    cluster.run_for(Duration::from_mins(1));
    let parting = cluster.processes[first].model.parting(cluster.now.boot).unwrap();
    let now = cluster.now;
    cluster.processes[first].store.as_mut().unwrap().answer(parting, now).unwrap();
    cluster.kill(first);
    cluster.run_for(Duration::from_secs(4));
    assert!(cluster.looks(second, now.boot) >= 1);
}

#[test]
fn a_cancel_in_any_process_leaves_at_once_and_all_see_how_it_ends() {
    let mut cluster = demo();
    let (first, second) = (cluster.hire(Settings::default()), cluster.hire(Settings::default()));
    cluster.run_for(Duration::from_mins(2));
    let target = cluster.active(second);
    cluster.tell(second, Msg::Intent(Intent::Cancel(vec![target.clone()].into())));
    let confirmed = cluster.now.boot;
    cluster.run_for(Duration::from_secs(30));
    let left = |(at, call): &(Boot, Call)| matches!(call, Call::Cancel { .. }).then_some(*at);
    let left = cluster.processes[second].sent.iter().find_map(left).unwrap();
    assert!(left <= confirmed + 5 * DISK, "{:?} later", left - confirmed);
    assert!(cluster.knows_as_killed(first, &target));
    assert!(cluster.knows_as_killed(second, &target));
}

#[test]
fn polls_of_one_stand_aside_while_a_person_at_another_waits() {
    let mut cluster = demo();
    let (first, second) = (cluster.hire(Settings::default()), cluster.hire(Settings::default()));
    cluster.run_for(Duration::from_mins(1));
    // A person asks for more than there is to spend.
    for number in 0..40 {
        let unlisted = ProjectId::new(format!("unlisted {number}"));
        cluster.tell(second, Msg::Intent(Intent::LookUp(unlisted)));
    }
    cluster.run_for(Duration::from_secs(2));
    let from = cluster.now.boot;
    cluster.run_for(Duration::from_secs(30));
    // They have their half of each minute, and no more.
    assert!(cluster.looks(first, from) <= 16, "{} looks", cluster.looks(first, from));
    cluster.run_for(Duration::from_mins(2));
    assert!(cluster.looks(first, from) >= 25, "{} looks", cluster.looks(first, from));
    assert_eq!(cluster.world.refused(), 0);
}

#[test]
fn each_sees_its_own_projects_whoever_polls() {
    let mut cluster = demo();
    let all: Vec<String> = cluster.world.projects().map(|p| p.title().to_owned()).collect();
    let only = |title: &str| Settings { watch: vec![title.to_owned()], ..Settings::default() };
    let first = cluster.hire(only(&all[0]));
    cluster.run_for(Duration::from_secs(5));
    let second = cluster.hire(only(&all[1]));
    cluster.run_for(Duration::from_mins(1));
    for number in [first, second] {
        let ages = cluster.ages(number);
        assert_eq!(ages.len(), 1);
        assert!(ages[0] < Duration::from_mins(1), "{ages:?}");
    }
}

#[test]
fn without_the_store_each_goes_on_with_its_part_and_cancels_leave_at_once() {
    let mut cluster = demo();
    let (first, second) = (cluster.hire(Settings::default()), cluster.hire(Settings::default()));
    cluster.run_for(Duration::from_mins(2));
    for process in &mut cluster.processes {
        process.store = None;
    }
    let broken = cluster.now.boot;
    cluster.run_for(Duration::from_mins(5));
    for number in [first, second] {
        assert!(cluster.processes[number].model.store_trouble().is_some());
        let looks = cluster.looks(number, broken);
        assert!((30..=125).contains(&looks), "{looks} looks of process {number}");
    }
    let target = cluster.active(second);
    cluster.tell(second, Msg::Intent(Intent::Cancel(vec![target].into())));
    assert!(matches!(cluster.processes[second].sent.last(), Some((_, Call::Cancel { .. }))));
    assert_eq!(cluster.world.refused(), 0);
    // The disk is back: they find each other again.
    for number in [first, second] {
        cluster.mend(number);
    }
    cluster.run_for(Duration::from_mins(1));
    assert!(cluster.processes.iter().all(|process| process.model.store_trouble().is_none()));
    let mended = cluster.now.boot;
    cluster.run_for(Duration::from_mins(1));
    let looking = [first, second].map(|number| cluster.looks(number, mended) > 0);
    assert!(looking == [true, false] || looking == [false, true], "{looking:?}");
    assert_eq!(cluster.world.refused(), 0);
}

#[test]
fn one_that_only_follows_says_whether_what_it_shows_is_live() {
    let mut cluster = demo();
    cluster.hire(Settings::default());
    cluster.run_for(Duration::from_secs(40));
    let second = cluster.hire(Settings::default());
    cluster.run_for(Duration::from_secs(40));
    let health = |cluster: &TestCluster| cluster.processes[second].model.health(cluster.now.boot);
    let is_live = |cluster: &TestCluster| match health(cluster) {
        Health::Live { at } => cluster.now.boot < at + Duration::from_secs(20),
        _ => false,
    };
    assert!(is_live(&cluster), "{:?}", health(&cluster));
    cluster.cut = true;
    cluster.run_for(Duration::from_secs(10));
    assert!(matches!(health(&cluster), Health::Offline { .. }), "{:?}", health(&cluster));
    cluster.cut = false;
    cluster.run_for(Duration::from_secs(20));
    assert!(is_live(&cluster), "{:?}", health(&cluster));
    assert_eq!(cluster.sent(second), 0);
}

#[test]
fn the_next_start_knows_what_was_read_and_asks_for_no_list_again() {
    let mut cluster = demo();
    let first = cluster.hire(Settings::default());
    cluster.run_for(Duration::from_mins(2));
    cluster.kill(first);
    cluster.run_for(Duration::from_secs(30));
    let second = cluster.hire(Settings::default());
    cluster.run_for(Duration::from_millis(20));
    let runs = |number: usize| cluster.processes[number].model.runs().count();
    assert_eq!(runs(second), runs(first));
    assert!(cluster.ages(second).iter().all(|age| *age >= Duration::from_secs(30)));
    cluster.run_for(Duration::from_secs(30));
    let asked = cluster.processes[second].sent.iter().map(|(_, call)| call);
    assert_eq!(asked.filter(|call| !matches!(call, Call::ListRuns { .. })).count(), 0);
}

#[test]
fn a_look_that_failed_last_takes_nothing_from_what_the_next_start_knows() {
    let mut cluster = demo();
    let first = cluster.hire(Settings::default());
    cluster.run_for(Duration::from_mins(1));
    let (project, _) = cluster.active(first);
    let fault = ApiError::Server { status: 500, detail: Detail::default() };
    cluster.tell(first, Msg::Intent(Intent::Refresh(project.clone())));
    for _ in 0..20 {
        cluster.run_for(Duration::from_millis(10));
        cluster.spoil(first, &fault);
    }
    assert!(cluster.processes[first].model.project(&project).unwrap().error.is_some());
    cluster.kill(first);
    let second = cluster.hire(Settings::default());
    cluster.run_for(DISK * 5);
    let known = |number: usize| cluster.processes[number].model.project(&project).unwrap();
    assert!(known(second).error.is_some());
    assert_eq!(known(second).runs.len(), known(first).runs.len());
}

#[test]
fn after_the_machine_was_started_anew_the_past_is_known_and_the_present_is_read() {
    let mut cluster = demo();
    let first = cluster.hire(Settings::default());
    cluster.run_for(Duration::from_mins(2));
    cluster.kill(first);
    let ended = |model: &Model| model.runs().filter(|(_, seen)| !seen.run.is_active()).count();
    let known = ended(&cluster.processes[first].model);
    // Two hours later the machine has run for a minute; the world has gone on.
    cluster.now = cluster.now.after(Duration::from_hours(2));
    let later = Now { boot: Boot::from_secs(60), wall: cluster.now.wall };
    let mut store = cluster::open(&cluster.location("another boot", Session(9)));
    let mut model = Model::new(Settings::default()).sharing(Session(9));
    model.update(Msg::Started, later);
    let mut ask = Some(StoreRequest::Join);
    while let Some(next) = ask.take() {
        let told = store.answer(next, later).unwrap();
        ask = told.more.then_some(StoreRequest::More);
        model.update(Msg::Store(Ok(told)), later);
    }
    assert_eq!(ended(&model), known);
    assert!(model.runs().all(|(_, seen)| !seen.run.is_active()), "nobody knows that now");
    assert!(model.projects().all(|watched| watched.read.is_none()));
}

#[test]
fn what_is_pinned_is_pinned_everywhere_and_at_the_next_start() {
    let mut cluster = demo();
    let (first, second) = (cluster.hire(Settings::default()), cluster.hire(Settings::default()));
    cluster.run_for(Duration::from_secs(5));
    let pinned = BTreeSet::from([cluster.active(first).0]);
    cluster.tell(first, Msg::Intent(Intent::Pin(pinned.clone())));
    cluster.run_for(Duration::from_secs(1));
    assert_eq!(cluster.processes[second].model.pinned(), &pinned);
    cluster.kill(first);
    cluster.kill(second);
    let third = cluster.hire(Settings::default());
    cluster.run_for(Duration::from_secs(1));
    assert_eq!(cluster.processes[third].model.pinned(), &pinned);
}

#[test]
fn what_two_processes_pin_before_they_have_heard_of_each_other_is_all_pinned() {
    let mut cluster = demo();
    let first = cluster.hire(Settings::default());
    cluster.run_for(Duration::from_secs(5));
    let projects = cluster.processes[first].model.projects();
    let all: Vec<_> = projects.map(|it| it.project.id.clone()).take(3).collect();
    let pin = |cluster: &mut TestCluster, number: usize, project: &ProjectId| {
        let mut pinned = cluster.processes[number].model.pinned().clone();
        pinned.insert(project.clone());
        cluster.tell(number, Msg::Intent(Intent::Pin(pinned)));
    };
    pin(&mut cluster, first, &all[0]);
    cluster.run_for(Duration::from_secs(1));
    let second = cluster.hire(Settings::default());
    // The store has not answered yet.
    pin(&mut cluster, second, &all[1]);
    pin(&mut cluster, first, &all[2]);
    cluster.run_for(Duration::from_secs(1));
    let third = cluster.hire(Settings::default());
    cluster.run_for(Duration::from_secs(1));
    for number in [first, second, third] {
        let pinned = cluster.processes[number].model.pinned();
        assert_eq!(pinned, &all.iter().cloned().collect(), "{number}");
    }
}

#[test]
fn one_that_polls_only_what_is_pinned_leaves_the_rest_to_the_others() {
    let mut cluster = demo();
    let (first, second) = (cluster.hire(Settings::default()), cluster.hire(Settings::default()));
    cluster.run_for(Duration::from_mins(1));
    let pinned = BTreeSet::from([cluster.active(first).0]);
    cluster.tell(first, Msg::Intent(Intent::Pin(pinned)));
    cluster.tell(first, Msg::Intent(Intent::Poll(PollScope::Pinned)));
    cluster.run_for(TWO_MINUTES);
    let oldest = cluster.ages(second).into_iter().max().unwrap();
    assert!(oldest < TWO_MINUTES, "{oldest:?}");
    assert!(cluster.looks(second, Boot::ZERO) > 0);
    assert_eq!(cluster.world.refused(), 0);
}

#[test]
fn a_name_that_an_old_list_does_not_have_is_asked_for_before_it_is_called_missing() {
    let mut cluster = demo();
    let first = cluster.hire(Settings::default());
    cluster.run_for(Duration::from_secs(5));
    cluster.kill(first);
    let watch = vec!["Made since then".to_owned()];
    let second = cluster.hire(Settings { watch, ..Settings::default() });
    cluster.run_for(DISK * 2);
    assert_eq!(cluster.processes[second].model.missing(), &[] as &[String]);
    cluster.run_for(Duration::from_secs(5));
    let lists = |(_, call): &&(Boot, Call)| matches!(call, Call::ListProjects { .. });
    assert_eq!(cluster.processes[second].sent.iter().filter(lists).count(), 1);
    assert_eq!(cluster.processes[second].model.missing(), &["Made since then".to_owned()]);
}

#[test]
fn two_hours_of_polling_before_the_machine_was_started_anew_keep_nobody_from_polling() {
    let mut cluster = demo();
    let mut store = cluster::open(&cluster.location("the boot before", Session(77)));
    let (session, priority) = (Session(77), Priority::Poll);
    for minute in 0..120_u64 {
        let now = cluster.now;
        let record = |what| LogRecord { by: session, at: now.boot, what };
        let sent = |number: u64| {
            let call = CallId::numbered(minute * 25 + number);
            let (kind, patience) = (Kind::Read, Duration::from_secs(30));
            let (hint, refused) = (RateHint::default(), false);
            [
                record(LogEvent::Sent { call, kind, priority, patience }),
                record(LogEvent::Done { call, hint, refused }),
            ]
        };
        store.answer(StoreRequest::Append((0..25).flat_map(sent).collect()), now).unwrap();
        cluster.now = cluster.now.after(Duration::from_mins(1));
    }
    // As the clock tells it: three hours stand for what was before the start.
    cluster.now.boot = Boot::from_secs((3 * 60 + 2) * 60);
    let first = cluster.hire(Settings::default());
    cluster.run_for(Duration::from_secs(30));
    assert!(cluster.looks(first, Boot::ZERO) >= 13, "{}", cluster.looks(first, Boot::ZERO));
}

#[test]
fn a_refused_process_holds_nobody_up_and_does_not_spin() {
    let mut cluster = demo();
    let first = cluster.hire(Settings::default());
    cluster.run_for(Duration::from_secs(5));
    let second = cluster.hire(Settings::default());
    cluster.run_for(Duration::from_secs(1));
    // Each of its own answers is a 401 from now on.
    let now = cluster.now;
    cluster.tell(first, Msg::Intent(Intent::RefreshAll));
    let refused_for = |cluster: &mut TestCluster, span: Duration| {
        let end = cluster.now.boot + span;
        while cluster.now.boot < end {
            cluster.run_for(Duration::from_millis(60));
            cluster.spoil(first, &ApiError::Unauthorized);
        }
    };
    refused_for(&mut cluster, Duration::from_secs(30));
    assert!(matches!(
        cluster.processes[first].model.health(cluster.now.boot),
        Health::TokenDoubted { .. }
    ));
    assert!(cluster.looks(second, now.boot) >= 3, "{}", cluster.looks(second, now.boot));
    refused_for(&mut cluster, Duration::from_mins(5));
    let model = &cluster.processes[first].model;
    assert_eq!(model.health(cluster.now.boot), Health::TokenRefused);
    assert!(model.deadline(cluster.now).is_none_or(|at| at > cluster.now.boot));
}

//! Several hextop processes with one token, in virtual time: their engines, one store in a file,
//! and one simulated workspace that counts every request.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::unchecked_time_subtraction,
    reason = "tests"
)]

mod anything;
mod cancels;
mod cluster;
mod kept;
mod large;
mod once;
mod queues;

use std::collections::BTreeSet;
use std::time::Duration;

use hextop::api::error::Detail;
use hextop::api::{ApiError, Call, Kind, RateHint};
use hextop::domain::{Boot, Now, ProjectId};
use hextop::engine::coordinator::{LogEvent, LogRecord, Session};
use hextop::engine::model::{Health, PollScope};
use hextop::engine::store::StoreRequest;
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
    let mut office = demo();
    for _ in 0..3 {
        office.hire(Settings::default());
        office.run_for(Duration::from_secs(3));
    }
    office.run_for(TWO_MINUTES - Duration::from_secs(9));
    let together: usize = (0..3).map(|number| office.sent(number)).sum();
    assert!(together <= alone.sent(0) + 2, "{together} for three, {} for one", alone.sent(0));
    assert!(office.sent(1) + office.sent(2) <= 2, "{} and {}", office.sent(1), office.sent(2));
    let oldest = |number| office.ages(number).into_iter().max().unwrap();
    for number in 1..3 {
        assert_eq!(office.ages(number).len(), office.ages(0).len());
        assert!(oldest(number) <= oldest(0) + Duration::from_secs(1));
    }
    assert_eq!(office.world.refused(), 0);
}

#[test]
fn when_the_one_that_polls_dies_another_takes_over_and_loses_nothing() {
    let mut office = demo();
    let first = office.hire(Settings::default());
    office.run_for(Duration::from_mins(1));
    let second = office.hire(Settings::default());
    office.run_for(Duration::from_secs(30));
    assert!(!office.ages(second).iter().any(|age| *age > Duration::from_mins(2)));
    assert_eq!(office.looks(second, Boot::ZERO), 0);
    office.kill(first);
    let killed = office.now.boot;
    office.run_for(Duration::from_secs(20));
    assert!(office.looks(second, killed) >= 3, "{} looks", office.looks(second, killed));
    office.run_for(Duration::from_mins(5));
    assert_eq!(office.world.refused(), 0);
}

#[test]
fn one_that_leaves_hands_over_at_once() {
    let mut office = demo();
    let (first, second) = (office.hire(Settings::default()), office.hire(Settings::default()));
    office.run_for(Duration::from_mins(1));
    let parting = office.processes[first].model.parting(office.now.boot).unwrap();
    let now = office.now;
    office.processes[first].shelf.as_mut().unwrap().answer(parting, now).unwrap();
    office.kill(first);
    office.run_for(Duration::from_secs(4));
    assert!(office.looks(second, now.boot) >= 1);
}

#[test]
fn a_cancel_in_any_process_leaves_at_once_and_all_see_how_it_ends() {
    let mut office = demo();
    let (first, second) = (office.hire(Settings::default()), office.hire(Settings::default()));
    office.run_for(Duration::from_mins(2));
    let target = office.active(second);
    office.tell(second, Msg::Intent(Intent::Cancel(vec![target.clone()].into())));
    let confirmed = office.now.boot;
    office.run_for(Duration::from_secs(30));
    let left = |(at, call): &(Boot, Call)| matches!(call, Call::Cancel { .. }).then_some(*at);
    let left = office.processes[second].sent.iter().find_map(left).unwrap();
    assert!(left <= confirmed + 5 * DISK, "{:?} later", left - confirmed);
    assert!(office.knows_as_killed(first, &target));
    assert!(office.knows_as_killed(second, &target));
}

#[test]
fn polls_of_one_stand_aside_while_a_person_at_another_waits() {
    let mut office = demo();
    let (first, second) = (office.hire(Settings::default()), office.hire(Settings::default()));
    office.run_for(Duration::from_mins(1));
    // A person asks for more than there is to spend.
    for number in 0..40 {
        let unlisted = ProjectId::new(format!("unlisted {number}"));
        office.tell(second, Msg::Intent(Intent::LookUp(unlisted)));
    }
    office.run_for(Duration::from_secs(2));
    let from = office.now.boot;
    office.run_for(Duration::from_secs(30));
    // They have their half of each minute, and no more.
    assert!(office.looks(first, from) <= 16, "{} looks", office.looks(first, from));
    office.run_for(Duration::from_mins(2));
    assert!(office.looks(first, from) >= 25, "{} looks", office.looks(first, from));
    assert_eq!(office.world.refused(), 0);
}

#[test]
fn each_sees_its_own_projects_whoever_polls() {
    let mut office = demo();
    let all: Vec<String> = office.world.projects().map(|p| p.title().to_owned()).collect();
    let only = |title: &str| Settings { watch: vec![title.to_owned()], ..Settings::default() };
    let first = office.hire(only(&all[0]));
    office.run_for(Duration::from_secs(5));
    let second = office.hire(only(&all[1]));
    office.run_for(Duration::from_mins(1));
    for number in [first, second] {
        let ages = office.ages(number);
        assert_eq!(ages.len(), 1);
        assert!(ages[0] < Duration::from_mins(1), "{ages:?}");
    }
}

#[test]
fn without_the_store_each_goes_on_with_its_part_and_cancels_leave_at_once() {
    let mut office = demo();
    let (first, second) = (office.hire(Settings::default()), office.hire(Settings::default()));
    office.run_for(Duration::from_mins(2));
    for process in &mut office.processes {
        process.shelf = None;
    }
    let broken = office.now.boot;
    office.run_for(Duration::from_mins(5));
    for number in [first, second] {
        assert!(office.processes[number].model.store_trouble().is_some());
        let looks = office.looks(number, broken);
        assert!((30..=125).contains(&looks), "{looks} looks of process {number}");
    }
    let target = office.active(second);
    office.tell(second, Msg::Intent(Intent::Cancel(vec![target].into())));
    assert!(matches!(office.processes[second].sent.last(), Some((_, Call::Cancel { .. }))));
    assert_eq!(office.world.refused(), 0);
    // The disk is back: they find each other again.
    for number in [first, second] {
        office.mend(number);
    }
    office.run_for(Duration::from_mins(1));
    assert!(office.processes.iter().all(|process| process.model.store_trouble().is_none()));
    let mended = office.now.boot;
    office.run_for(Duration::from_mins(1));
    let looking = [first, second].map(|number| office.looks(number, mended) > 0);
    assert!(looking == [true, false] || looking == [false, true], "{looking:?}");
    assert_eq!(office.world.refused(), 0);
}

#[test]
fn one_that_only_follows_says_whether_what_it_shows_is_live() {
    let mut office = demo();
    office.hire(Settings::default());
    office.run_for(Duration::from_secs(40));
    let second = office.hire(Settings::default());
    office.run_for(Duration::from_secs(40));
    let health = |office: &TestCluster| office.processes[second].model.health(office.now.boot);
    let is_live = |office: &TestCluster| match health(office) {
        Health::Live { at } => office.now.boot < at + Duration::from_secs(20),
        _ => false,
    };
    assert!(is_live(&office), "{:?}", health(&office));
    office.cut = true;
    office.run_for(Duration::from_secs(10));
    assert!(matches!(health(&office), Health::Offline { .. }), "{:?}", health(&office));
    office.cut = false;
    office.run_for(Duration::from_secs(20));
    assert!(is_live(&office), "{:?}", health(&office));
    assert_eq!(office.sent(second), 0);
}

#[test]
fn the_next_start_knows_what_was_read_and_asks_for_no_list_again() {
    let mut office = demo();
    let first = office.hire(Settings::default());
    office.run_for(Duration::from_mins(2));
    office.kill(first);
    office.run_for(Duration::from_secs(30));
    let second = office.hire(Settings::default());
    office.run_for(Duration::from_millis(20));
    let runs = |number: usize| office.processes[number].model.runs().count();
    assert_eq!(runs(second), runs(first));
    assert!(office.ages(second).iter().all(|age| *age >= Duration::from_secs(30)));
    office.run_for(Duration::from_secs(30));
    let asked = office.processes[second].sent.iter().map(|(_, call)| call);
    assert_eq!(asked.filter(|call| !matches!(call, Call::ListRuns { .. })).count(), 0);
}

#[test]
fn a_look_that_failed_last_takes_nothing_from_what_the_next_start_knows() {
    let mut office = demo();
    let first = office.hire(Settings::default());
    office.run_for(Duration::from_mins(1));
    let (project, _) = office.active(first);
    let fault = ApiError::Server { status: 500, detail: Detail::default() };
    office.tell(first, Msg::Intent(Intent::Refresh(project.clone())));
    for _ in 0..20 {
        office.run_for(Duration::from_millis(10));
        office.spoil(first, &fault);
    }
    assert!(office.processes[first].model.project(&project).unwrap().error.is_some());
    office.kill(first);
    let second = office.hire(Settings::default());
    office.run_for(DISK * 5);
    let known = |number: usize| office.processes[number].model.project(&project).unwrap();
    assert!(known(second).error.is_some());
    assert_eq!(known(second).runs.len(), known(first).runs.len());
}

#[test]
fn after_the_machine_was_started_anew_the_past_is_known_and_the_present_is_read() {
    let mut office = demo();
    let first = office.hire(Settings::default());
    office.run_for(Duration::from_mins(2));
    office.kill(first);
    let ended = |model: &Model| model.runs().filter(|(_, seen)| !seen.run.is_active()).count();
    let known = ended(&office.processes[first].model);
    // Two hours later the machine has run for a minute; the world has gone on.
    office.now = office.now.after(Duration::from_hours(2));
    let later = Now { boot: Boot::from_secs(60), wall: office.now.wall };
    let mut shelf = cluster::open(&office.place("another boot", Session(9)));
    let mut model = Model::new(Settings::default()).sharing(Session(9));
    model.update(Msg::Started, later);
    let mut ask = Some(StoreRequest::Join);
    while let Some(next) = ask.take() {
        let told = shelf.answer(next, later).unwrap();
        ask = told.more.then_some(StoreRequest::More);
        model.update(Msg::Store(Ok(told)), later);
    }
    assert_eq!(ended(&model), known);
    assert!(model.runs().all(|(_, seen)| !seen.run.is_active()), "nobody knows that now");
    assert!(model.projects().all(|watched| watched.read.is_none()));
}

#[test]
fn what_is_pinned_is_pinned_everywhere_and_at_the_next_start() {
    let mut office = demo();
    let (first, second) = (office.hire(Settings::default()), office.hire(Settings::default()));
    office.run_for(Duration::from_secs(5));
    let pinned = BTreeSet::from([office.active(first).0]);
    office.tell(first, Msg::Intent(Intent::Pin(pinned.clone())));
    office.run_for(Duration::from_secs(1));
    assert_eq!(office.processes[second].model.pinned(), &pinned);
    office.kill(first);
    office.kill(second);
    let third = office.hire(Settings::default());
    office.run_for(Duration::from_secs(1));
    assert_eq!(office.processes[third].model.pinned(), &pinned);
}

#[test]
fn one_that_polls_only_what_is_pinned_leaves_the_rest_to_the_others() {
    let mut office = demo();
    let (first, second) = (office.hire(Settings::default()), office.hire(Settings::default()));
    office.run_for(Duration::from_mins(1));
    let pinned = BTreeSet::from([office.active(first).0]);
    office.tell(first, Msg::Intent(Intent::Pin(pinned)));
    office.tell(first, Msg::Intent(Intent::Poll(PollScope::Pinned)));
    office.run_for(TWO_MINUTES);
    let oldest = office.ages(second).into_iter().max().unwrap();
    assert!(oldest < TWO_MINUTES, "{oldest:?}");
    assert!(office.looks(second, Boot::ZERO) > 0);
    assert_eq!(office.world.refused(), 0);
}

#[test]
fn a_name_that_an_old_list_does_not_have_is_asked_for_before_it_is_called_missing() {
    let mut office = demo();
    let first = office.hire(Settings::default());
    office.run_for(Duration::from_secs(5));
    office.kill(first);
    let watch = vec!["Made since then".to_owned()];
    let second = office.hire(Settings { watch, ..Settings::default() });
    office.run_for(DISK * 2);
    assert_eq!(office.processes[second].model.missing(), &[] as &[String]);
    office.run_for(Duration::from_secs(5));
    let lists = |(_, call): &&(Boot, Call)| matches!(call, Call::ListProjects { .. });
    assert_eq!(office.processes[second].sent.iter().filter(lists).count(), 1);
    assert_eq!(office.processes[second].model.missing(), &["Made since then".to_owned()]);
}

#[test]
fn two_hours_of_polling_before_the_machine_was_started_anew_keep_nobody_from_polling() {
    let mut office = demo();
    let mut shelf = cluster::open(&office.place("the boot before", Session(77)));
    let (session, priority) = (Session(77), Priority::Poll);
    for minute in 0..120_u64 {
        let now = office.now;
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
        shelf.answer(StoreRequest::Append((0..25).flat_map(sent).collect()), now).unwrap();
        office.now = office.now.after(Duration::from_mins(1));
    }
    // As the clock tells it: three hours stand for what was before the start.
    office.now.boot = Boot::from_secs((3 * 60 + 2) * 60);
    let first = office.hire(Settings::default());
    office.run_for(Duration::from_secs(30));
    assert!(office.looks(first, Boot::ZERO) >= 13, "{}", office.looks(first, Boot::ZERO));
}

#[test]
fn a_refused_process_holds_nobody_up_and_does_not_spin() {
    let mut office = demo();
    let first = office.hire(Settings::default());
    office.run_for(Duration::from_secs(5));
    let second = office.hire(Settings::default());
    office.run_for(Duration::from_secs(1));
    // Each of its own answers is a 401 from now on.
    let now = office.now;
    office.tell(first, Msg::Intent(Intent::RefreshAll));
    let refused_for = |office: &mut TestCluster, span: Duration| {
        let end = office.now.boot + span;
        while office.now.boot < end {
            office.run_for(Duration::from_millis(60));
            office.spoil(first, &ApiError::Unauthorized);
        }
    };
    refused_for(&mut office, Duration::from_secs(30));
    assert!(matches!(
        office.processes[first].model.health(office.now.boot),
        Health::TokenDoubted { .. }
    ));
    assert!(office.looks(second, now.boot) >= 3, "{}", office.looks(second, now.boot));
    refused_for(&mut office, Duration::from_mins(5));
    let model = &office.processes[first].model;
    assert_eq!(model.health(office.now.boot), Health::TokenRefused);
    assert!(model.deadline(office.now).is_none_or(|at| at > office.now.boot));
}

//! The kernels against any number of foreign runs, any mix of triggers and any limit.

use proptest::prelude::*;

use super::*;
use crate::domain::RunTrigger;
use crate::engine::sync::session::Session;

fn at(seconds: u64) -> Boot {
    Boot::from_secs(10_000 + seconds)
}

fn server(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_792_483_200 + seconds).unwrap()
}

fn start(number: u32) -> StartId {
    StartId::new(server(0), Session(1), number)
}

fn project() -> ProjectId {
    ProjectId::new("p")
}

fn run(id: impl Into<String>, status: RunStatus, trigger: RunTrigger) -> Run {
    let id = RunId::new(id.into());
    Run {
        project: project(),
        version: None,
        url: None,
        start: (status != RunStatus::Pending).then(|| server(0)),
        end: None,
        elapsed: None,
        trigger: Some(trigger),
        status,
        id,
    }
}

fn running(id: impl Into<String>) -> Run {
    run(id, RunStatus::Running, RunTrigger::Api)
}

/// Runs that are listed, `own` of which were started here.
fn listed(kernels: &mut Kernels, own: u32, foreign: u32, now: Boot) {
    for number in 0..own {
        let run = RunId::new(format!("own-{number}"));
        kernels.start_changed(start(number), Claim::Run(run), now);
    }
    let own = (0..own).map(|number| running(format!("own-{number}")));
    let foreign = (0..foreign).map(|number| running(format!("foreign-{number}")));
    let runs: Vec<_> = own.chain(foreign).collect();
    kernels.runs_changed(&project(), &runs, now);
}

fn held(certain: usize, possible: usize, limit: usize) -> Held {
    Held { certain, possible, limit }
}

#[test]
fn forty_foreign_runs_hold_nothing_back() {
    let mut kernels = Kernels::new(25);
    listed(&mut kernels, 0, 40, at(0));
    assert_eq!(kernels.room(2, at(0)), Room::Free);
    assert_eq!(kernels.held(), held(0, 25, 25));
    assert!(!kernels.is_full(at(0)));
    assert_eq!(kernels.free(2, at(0)), 23);
}

#[test]
fn own_runs_count_against_the_limit_and_leave_what_is_kept_free() {
    let mut kernels = Kernels::new(6);
    listed(&mut kernels, 4, 3, at(0));
    assert_eq!((kernels.room(2, at(0)), kernels.room(1, at(0))), (Room::Own, Room::Free));
    assert_eq!(kernels.held(), held(4, 6, 6));
    kernels.start_changed(start(90), Claim::OnWay(None), at(1));
    kernels.start_changed(start(91), Claim::OnWay(Some(server(30))), at(1));
    assert_eq!(kernels.room(0, at(1)), Room::Own, "two more are on their way");
    assert!(kernels.is_full(at(1)));
    kernels.pass(server(29), at(29));
    assert_eq!(kernels.held().certain, 6);
    kernels.pass(server(30), at(30));
    assert_eq!(kernels.room(0, at(30)), Room::Free, "its answer is overdue: nothing is certain");
    kernels.start_changed(start(90), Claim::None, at(31));
    listed(&mut kernels, 3, 0, at(40));
    assert_eq!(kernels.held(), held(3, 4, 6));
}

#[test]
fn a_refusal_with_three_own_runs_teaches_that_there_are_no_more_than_three() {
    let mut kernels = Kernels::new(25);
    listed(&mut kernels, 3, 9, at(0));
    kernels.refused(at(0));
    assert_eq!(kernels.room(2, at(0)), Room::Full { again: at(30) });
    let refusal = Refusal { ago: Duration::from_secs(20), certain: 3, possible: 12 };
    assert_eq!((kernels.refusal(at(20)), kernels.is_full(at(20))), (Some(refusal), true));
    // One of its own ends: its kernel is free for certain.
    listed(&mut kernels, 2, 9, at(5));
    assert_eq!((kernels.room(2, at(5)), kernels.is_full(at(5))), (Room::Free, false));
    listed(&mut kernels, 3, 9, at(6));
    let room = kernels.room(2, at(25));
    assert_eq!(room, Room::Full { again: at(30) }, "it was free for one, which has it");
}

#[test]
fn after_a_refusal_a_foreign_end_brings_the_next_try_forward() {
    let mut kernels = Kernels::new(25);
    listed(&mut kernels, 3, 9, at(0));
    kernels.refused(at(0));
    listed(&mut kernels, 3, 8, at(2));
    assert_eq!(kernels.room(2, at(2)), Room::Full { again: at(10) });
    assert!(!kernels.is_full(at(2)), "nobody knows whether it was a kernel of the user");
    assert_eq!(kernels.deadline(at(2)), Some(at(10)));
    assert_eq!(kernels.room(2, at(10)), Room::Free);
}

#[test]
fn an_own_run_that_comes_up_as_usual_brings_the_next_try_no_nearer() {
    let mut kernels = Kernels::new(25);
    kernels.start_changed(start(0), Claim::Run(RunId::new("own-0")), at(0));
    kernels.runs_changed(&project(), &[run("own-0", RunStatus::Pending, RunTrigger::Api)], at(0));
    kernels.refused(at(1));
    kernels.runs_changed(&project(), &[running("own-0")], at(3));
    assert_eq!(kernels.room(0, at(3)), Room::Full { again: at(31) });
    assert!(kernels.is_full(at(3)));
}

#[test]
fn each_refusal_in_a_row_makes_the_pause_longer_up_to_five_minutes() {
    let mut kernels = Kernels::new(25);
    listed(&mut kernels, 3, 9, at(0));
    let mut now = at(0);
    for pause in [30, 60, 120, 240, 300, 300, 300] {
        kernels.start_changed(start(99), Claim::OnWay(None), now);
        kernels.start_changed(start(99), Claim::None, now);
        kernels.refused(now);
        let again = now + Duration::from_secs(pause);
        assert_eq!(kernels.room(0, now), Room::Full { again });
        now = again;
    }
    let later = now + Duration::from_mins(20);
    kernels.refused(later);
    let again = later + Duration::from_secs(30);
    assert_eq!(kernels.room(0, later), Room::Full { again }, "the old word is forgotten");
}

#[test]
fn what_hex_has_said_is_forgotten_once_more_run_than_it_had_room_for() {
    let mut kernels = Kernels::new(25);
    listed(&mut kernels, 3, 9, at(0));
    kernels.refused(at(0));
    assert_eq!(kernels.room(2, at(30)), Room::Free, "one is tried");
    kernels.start_changed(start(3), Claim::OnWay(None), at(30));
    assert_eq!(kernels.room(2, at(31)), Room::Full { again: at(60) }, "and only one");
    listed(&mut kernels, 4, 9, at(33));
    assert_eq!(kernels.room(2, at(33)), Room::Free);
}

#[test]
fn starts_in_the_place_of_own_runs_do_not_put_off_the_next_try() {
    let mut kernels = Kernels::new(25);
    listed(&mut kernels, 3, 9, at(0));
    kernels.refused(at(0));
    // One ends, the next takes its place, before the pause is over and after it.
    for second in [20, 40] {
        listed(&mut kernels, 2, 9, at(second));
        kernels.start_changed(start(2), Claim::OnWay(None), at(second));
        listed(&mut kernels, 3, 9, at(second + 1));
    }
    assert_eq!(kernels.room(0, at(41)), Room::Free);
}

#[test]
fn an_own_run_that_stays_pending_says_that_no_kernel_is_free_without_a_word_of_hex() {
    let mut kernels = Kernels::new(25);
    for number in 0..3 {
        let run = RunId::new(format!("own-{number}"));
        kernels.start_changed(start(number), Claim::Run(run), at(0));
    }
    let pending = run("own-2", RunStatus::Pending, RunTrigger::Api);
    let two_run = [running("own-0"), running("own-1"), pending];
    kernels.runs_changed(&project(), &two_run, at(0));
    kernels.pass(server(59), at(59));
    assert_eq!((kernels.room(0, at(59)), kernels.deadline(at(59))), (Room::Free, Some(at(60))));
    kernels.pass(server(60), at(60));
    assert_eq!(kernels.room(0, at(60)), Room::Full { again: at(90) });
    assert!(!kernels.is_full(at(60)), "Hex has not said so");
    kernels.pass(server(80), at(80));
    assert_eq!(kernels.room(0, at(80)), Room::Full { again: at(90) }, "one run says it once");
    let three_run = [running("own-0"), running("own-1"), running("own-2")];
    kernels.runs_changed(&project(), &three_run, at(85));
    assert_eq!(kernels.room(0, at(85)), Room::Free, "it has found its kernel");
}

#[test]
fn more_own_runs_than_the_settings_say_raise_the_limit() {
    let mut kernels = Kernels::new(2);
    listed(&mut kernels, 4, 0, at(0));
    assert_eq!(kernels.held(), held(4, 4, 4));
    listed(&mut kernels, 3, 0, at(1));
    assert_eq!((kernels.held(), kernels.room(0, at(1))), (held(3, 3, 4), Room::Free));
}

#[test]
fn those_that_would_free_a_kernel_are_named_own_first_and_longest_first() {
    let mut kernels = Kernels::new(25);
    kernels.start_changed(start(1), Claim::Run(RunId::new("mine")), at(0));
    let since = |id: &str, second| Run { start: Some(server(second)), ..running(id) };
    let pending = run("waits", RunStatus::Pending, RunTrigger::Scheduled);
    let runs = [since("old", 1), since("mine", 9), since("older", 0), pending];
    kernels.runs_changed(&project(), &runs, at(0));
    let named: Vec<_> = kernels.holders().map(|holder| holder.run.as_str().to_owned()).collect();
    assert_eq!(named, ["mine", "older", "old"]);
    kernels.start_changed(start(1), Claim::None, at(1));
    let named: Vec<_> = kernels.holders().map(|holder| holder.run.as_str().to_owned()).collect();
    assert_eq!(named, ["older", "old", "mine"], "it was another's after all");
    assert_eq!((kernels.running(), kernels.held().certain), (3, 0));
}

/// What becomes known of one of some runs: not listed any more, or listed as this.
fn status() -> impl Strategy<Value = Option<RunStatus>> {
    let status = [None, Some(RunStatus::Pending), Some(RunStatus::Running)];
    prop::sample::select(status.to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(crate::testkit::cases(150)))]

    /// Whatever becomes of others' runs, a start that is not the user's own limit's matter leaves;
    /// and what is counted as it changes is what counting anew gives.
    #[test]
    fn foreign_runs_never_hold_a_start_back_and_counts_are_those_of_counting_anew(
        limit in 1..40_u32,
        kept in 0..5_usize,
        steps in prop::collection::vec((0..3_u8, 0..40_usize, status(), any::<bool>()), 1..120),
    ) {
        let mut kernels = Kernels::new(limit);
        let mut runs: BTreeMap<(u8, usize), RunStatus> = BTreeMap::new();
        let mut own: BTreeSet<(u8, usize)> = BTreeSet::new();
        let triggers = RunTrigger::KNOWN;
        for (second, (project, number, status, is_own)) in steps.into_iter().enumerate() {
            let now = at(u64::try_from(second).unwrap());
            let key = (project, number);
            let ticket = start(u32::from(project) * 100 + u32::try_from(number).unwrap());
            match status {
                Some(status) => drop(runs.insert(key, status)),
                None => drop(runs.remove(&key)),
            }
            let claim = if is_own {
                own.insert(key);
                Claim::Run(RunId::new(format!("{project}-{number}")))
            } else {
                own.remove(&key);
                Claim::None
            };
            kernels.start_changed(ticket, claim, now);
            let listed: Vec<_> = runs
                .iter()
                .filter(|((of, _), _)| *of == project)
                .map(|((of, number), status)| {
                    let trigger = triggers[number % triggers.len()].clone();
                    run(format!("{of}-{number}"), status.clone(), trigger)
                })
                .collect();
            kernels.runs_changed(&ProjectId::new(project.to_string()), &listed, now);
            let certain = runs.keys().filter(|key| own.contains(*key)).count();
            let told = kernels.held();
            prop_assert_eq!(told.certain, certain);
            prop_assert_eq!(told.possible, runs.len().min(told.limit));
            let executing = runs.values().filter(|status| **status == RunStatus::Running).count();
            prop_assert_eq!(kernels.running(), executing);
            prop_assert_eq!(kernels.holders().count(), executing);
            let room = if certain >= told.limit.saturating_sub(kept) { Room::Own } else { Room::Free };
            prop_assert_eq!(kernels.room(kept, now), room, "no word of Hex, no pause");
        }
    }
}

//! Cancels from the dashboard's keys: what reaches Hex, and what is said of it.

use std::time::Duration;

use crate::dashboard::{END, play};
use crate::hex::Hex;
use crate::hex::knobs::{API, ERAS, ORDERS};
use crate::hex::life::Life;
use crate::hex::reply::Reply;
use crate::hex::request::Op;
use crate::hex::rule::{Act, Rule};
use crate::hex::world::ME;

/// `X` at five seconds, `y` a little later, and then so many seconds.
fn cancel_and_wait(seconds: u64) -> [(u64, &'static str); 3] {
    [(5_000, "X"), (300, "y"), (seconds * 1_000, END)]
}

/// When the cancel was confirmed.
const CONFIRMED: Duration = Duration::from_millis(5_300);

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A workspace with one run that goes on; gives its id.
fn running(hex: &Hex) -> String {
    hex.project("Churn model", Life::endless());
    hex.begin("Churn model", ME)
}

#[test]
fn a_confirmed_cancel_is_one_delete_within_a_second_whatever_the_order_and_the_era() {
    for order in ORDERS {
        for era in ERAS {
            let hex = Hex::with(|knobs| (knobs.order, knobs.era) = (order, era));
            let run = running(&hex);
            let played = play(&hex, &cancel_and_wait(30));
            let deletes = hex.requests_of(Op::Cancel);
            let told: Vec<_> = deletes.iter().map(|request| request.run.clone()).collect();
            assert_eq!(told, [Some(run.clone())], "{order:?} {era:?}");
            assert!(deletes[0].at < CONFIRMED + secs(1), "{:?}", deletes[0].at);
            assert_eq!(hex.status(&run), "KILLED");
            assert!(played.last().contains("■ killed"), "{order:?} {era:?} {}", played.last());
            assert!(played.ever_said("1 cancelled"), "{}", played.last());
            assert_eq!(hex.caused_429(), 0);
        }
    }
}

#[test]
fn a_run_that_hex_does_not_end_is_never_said_to_be_killed() {
    let hex = Hex::with(|knobs| knobs.killed_after = None);
    let run = running(&hex);
    let played = play(&hex, &cancel_and_wait(600));
    assert_eq!(hex.status(&run), "RUNNING");
    assert!(!played.ever_said("■ killed"));
    assert!(!played.ever_said("1 cancelled"));
    let deletes = hex.requests_of(Op::Cancel);
    assert!((2..=12).contains(&deletes.len()), "{} in ten minutes", deletes.len());
    assert_eq!(hex.caused_429(), 0);
}

#[test]
fn a_run_that_is_killed_late_is_said_to_be_so_then_and_not_before() {
    let hex = Hex::with(|knobs| knobs.killed_after = Some(secs(40)));
    running(&hex);
    let played = play(&hex, &cancel_and_wait(70));
    assert!(!played.screen_at(CONFIRMED + secs(39)).contains("■ killed"));
    assert!(played.last().contains("■ killed"), "{}", played.last());
    assert_eq!(hex.requests_of(Op::Cancel).len(), 1);
}

#[test]
fn a_run_that_ended_meanwhile_is_already_ended_and_nothing_fails() {
    for order in ORDERS {
        let hex = Hex::with(|knobs| knobs.order = order);
        hex.project("Churn model", Life::ends(4_100, "COMPLETED"));
        let run = hex.begin("Churn model", ME);
        let played = play(&hex, &cancel_and_wait(60));
        let deletes = hex.requests_of(Op::Cancel);
        assert!(deletes.iter().all(|request| request.status == Some(422)), "{deletes:?}");
        assert!(deletes.len() <= 1);
        assert_eq!(hex.status(&run), "COMPLETED");
        let said = played.screen_at(CONFIRMED + secs(5));
        assert!(said.contains("1 already ended"), "{order:?} {said}");
        assert!(played.last().contains("✓ completed"), "{}", played.last());
    }
}

#[test]
fn a_cancel_whose_answer_is_lost_or_late_still_ends_settled() {
    for act in [
        Act::Lost(Reply::bad_gateway()),
        Act::Broken,
        Act::Unanswered,
        Act::AnsweredAfter(secs(15)),
        Act::AnsweredAfter(secs(25)),
        Act::CarriedOutAfter(secs(15)),
        Act::CarriedOutAfter(secs(25)),
    ] {
        let hex = Hex::new();
        let run = running(&hex);
        hex.next(Op::Cancel, act.clone());
        let played = play(&hex, &cancel_and_wait(90));
        assert_eq!(hex.status(&run), "KILLED", "{act:?}");
        assert!(played.last().contains("■ killed"), "{act:?} {}", played.last());
        assert!(played.ever_said("1 cancelled"), "{act:?} {}", played.last());
        assert!(hex.requests_of(Op::Cancel).len() <= 3, "{act:?}");
        assert_eq!(played.state.model().open_cancels(), 0, "{act:?}");
    }
}

#[test]
fn a_cancel_that_hex_fails_for_a_while_is_repeated_with_growing_pauses() {
    for reply in [Reply::server_error(), Reply::bad_gateway(), Reply::too_many(Some("10"))] {
        let hex = Hex::new();
        let run = running(&hex);
        hex.rule(Rule::on(Op::Cancel, Act::Instead(reply.clone())).until(65));
        play(&hex, &cancel_and_wait(120));
        assert_eq!(hex.status(&run), "KILLED", "{reply:?}");
        let deletes = hex.requests_of(Op::Cancel);
        assert!((3..=14).contains(&deletes.len()), "{} {reply:?}", deletes.len());
    }
}

#[test]
fn an_older_snapshot_does_not_bring_a_killed_run_back() {
    let hex = Hex::new();
    let run = running(&hex);
    // Every second read is thirty seconds old.
    for after in 0..40 {
        let old = Rule::on_all(&[Op::Runs, Op::Run], Act::Stale(secs(30)));
        hex.rule(old.after(2 * after + 1).times(1).from(6));
    }
    let played = play(&hex, &cancel_and_wait(60));
    assert_eq!(hex.status(&run), "KILLED");
    assert!(played.last().contains("■ killed"), "{}", played.last());
    assert_eq!(played.state.model().open_cancels(), 0);
}

#[test]
fn a_bulk_cancel_ends_every_run_of_the_project_and_of_no_other() {
    for order in ORDERS {
        let hex = Hex::with(|knobs| knobs.order = order);
        let alpha = hex.project("Alpha", Life::runs_at_once());
        hex.project("Beta", Life::runs_at_once());
        let own: Vec<_> = (0..12).map(|_| hex.begin("Alpha", ME)).collect();
        let other = hex.begin("Beta", ME);
        let keys = ["shift-Tab", "X", "1", "2", "y"].map(|key| (300, key));
        let mut keys = keys.to_vec();
        keys[0].0 = 10_000;
        keys.push((120_000, END));
        let played = play(&hex, &keys);
        let deletes = hex.requests_of(Op::Cancel);
        let mut told: Vec<_> = deletes.iter().filter_map(|request| request.run.clone()).collect();
        assert!(deletes.iter().all(|request| request.project.as_ref() == Some(&alpha)));
        told.sort();
        let mut expected = own.clone();
        expected.sort();
        assert_eq!(told, expected, "{order:?} {}", played.last());
        assert!(own.iter().all(|run| hex.status(run) == "KILLED"), "{order:?}");
        assert_eq!(hex.status(&other), "RUNNING");
        assert!(hex.most_a_minute(API) <= 30, "{order:?}");
        assert_eq!(hex.caused_429(), 0, "{order:?}");
    }
}

#[test]
fn answers_out_of_order_settle_every_cancel() {
    let hex = Hex::with(|knobs| knobs.latency = vec![40, 4_000, 900, 7_000, 10]);
    hex.project("Alpha", Life::runs_at_once());
    let runs: Vec<_> = (0..5).map(|_| hex.begin("Alpha", ME)).collect();
    let keys = [(15_000, "shift-Tab"), (300, "X"), (300, "5"), (300, "y"), (120_000, END)];
    let played = play(&hex, &keys);
    assert!(runs.iter().all(|run| hex.status(run) == "KILLED"), "{}", played.last());
    assert_eq!(played.state.model().open_cancels(), 0, "{}", played.last());
    assert_eq!(hex.caused_429(), 0);
}

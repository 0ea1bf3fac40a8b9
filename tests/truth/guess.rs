//! *Probably ours* is a guess: it is never said to be started, never cancelled, and ends with 6.

use serde_json::json;

use crate::hex::Hex;
use crate::hex::knobs::Order;
use crate::hex::life::Life;
use crate::hex::reply::Reply;
use crate::hex::request::Op;
use crate::hex::rule::Act;
use crate::workspace::{Ended, Workspace};

/// A start that never became a run and whose answer is lost, while a stranger starts one by API.
fn stranger_instead(order: Order, life: Life) -> Hex {
    let hex = Hex::with(|knobs| knobs.order = order);
    hex.project("Busy", life);
    hex.next(Op::Start, Act::Instead(Reply::bad_gateway()));
    hex.when(Op::Start, 1, |world| {
        world.begin("Busy", "bob@acme.test", "API");
    });
    hex
}

#[track_caller]
fn is_a_guess(hex: &Hex, ended: &Ended) {
    assert_eq!(ended.code, Some(6), "{ended:?}");
    assert_eq!(hex.requests_of(Op::Start).len(), 1, "{ended:?}");
    assert_eq!(hex.requests_of(Op::Cancel), [], "{ended:?}");
    assert!(ended.err.contains("probably"), "{ended:?}");
    let claims =
        ended.err.lines().any(|line| line.trim_start_matches("hextop: ").starts_with("started "));
    assert!(!claims, "{ended:?}");
    let (stranger, _) = hex.runs()[0].clone();
    assert!(!["KILLED"].contains(&hex.status(&stranger).as_str()));
}

#[test]
fn a_guess_is_not_cancelled_when_the_time_is_up() {
    for order in [Order::NewestFirst, Order::OldestFirst] {
        let hex = stranger_instead(order, Life::endless());
        let arguments =
            ["run", "Busy", "--wait", "--timeout", "8s", "--cancel-on-timeout", "--json"];
        let ended = Workspace::open(&hex).run(&arguments);
        is_a_guess(&hex, &ended);
        assert_eq!(ended.json()["state"], json!("probably_ours"));
    }
}

#[test]
fn a_guess_that_ends_well_is_still_a_guess() {
    for status in ["COMPLETED", "ERRORED"] {
        let hex = stranger_instead(Order::NewestFirst, Life::ends(6_000, status));
        let ended = Workspace::open(&hex).run(&["run", "Busy", "--wait", "--json"]);
        is_a_guess(&hex, &ended);
    }
}

#[test]
fn a_guess_without_waiting_ends_with_6_and_the_journal_says_that_it_is_one() {
    for order in [Order::NewestFirst, Order::OldestFirst] {
        let hex = stranger_instead(order, Life::endless());
        let workspace = Workspace::open(&hex);
        let ended = workspace.run(&["run", "Busy", "--json"]);
        is_a_guess(&hex, &ended);
        assert_eq!(ended.json()["state"], json!("probably_ours"));
        assert_eq!(workspace.journal()[0]["state"], json!("probably_ours"));
    }
}

#[test]
fn a_guess_that_is_right_is_treated_as_one_too() {
    let hex = Hex::new();
    hex.project("Busy", Life::endless());
    hex.next(Op::Start, Act::Broken);
    let arguments = ["run", "Busy", "--wait", "--timeout", "8s", "--cancel-on-timeout"];
    let ended = Workspace::open(&hex).run(&arguments);
    is_a_guess(&hex, &ended);
}

//! `hextop run … --wait` and `hextop run` in the real program: how it ends, and with which code.

use serde_json::json;

use crate::hex::Hex;
use crate::hex::knobs::{ERAS, NextPage, Order};
use crate::hex::life::Life;
use crate::hex::reply::Reply;
use crate::hex::request::Op;
use crate::hex::rule::Act;
use crate::hex::world::ME;
use crate::workspace::Workspace;

#[test]
fn the_exit_code_says_how_the_run_has_ended_in_every_documented_way() {
    for (status, code, words) in [
        ("COMPLETED", 0, ""),
        ("ERRORED", 1, "the run failed"),
        ("KILLED", 1, "the run was cancelled"),
        ("UNABLE_TO_ALLOCATE_KERNEL", 1, "no kernel"),
    ] {
        // With a start and an end, and without either.
        for life in [Life::ends(500, status), Life::pending().then(800, status, false, false)] {
            let hex = Hex::new();
            hex.project("Alpha", life.clone());
            let ended = Workspace::open(&hex).run(&["run", "Alpha", "--wait", "--json"]);
            assert_eq!((ended.code, &ended.json()["status"]), (Some(code), &json!(status)));
            assert!(ended.err.contains(words), "{life:?} {ended:?}");
            assert_eq!(hex.requests_of(Op::Start).len(), 1);
        }
    }
}

#[test]
fn waiting_works_in_every_era_with_lists_in_any_order() {
    for (era, order, page) in [
        (ERAS[0], Order::OldestFirst, NextPage::Relative),
        (ERAS[1], Order::Shuffled(5), NextPage::Token),
        (ERAS[2], Order::NullsLast, NextPage::Null),
    ] {
        let hex = Hex::with(|knobs| (knobs.era, knobs.order, knobs.next_page) = (era, order, page));
        hex.project("Alpha", Life::ends(1_000, "COMPLETED"));
        for _ in 0..60 {
            hex.begin("Alpha", "bob@acme.test");
        }
        let ended = Workspace::open(&hex).run(&["run", "Alpha", "--wait", "--json"]);
        assert_eq!(ended.code, Some(0), "{era:?} {ended:?}");
        let own = hex.runs().into_iter().filter(|(_, owner)| owner == ME);
        let own: Vec<_> = own.map(|(run, _)| run).collect();
        assert_eq!(json!(own), json!([ended.json()["run_id"]]), "{era:?}");
    }
}

#[test]
fn an_unknown_status_without_an_end_goes_on() {
    let hex = Hex::new();
    let life = Life::pending()
        .then(300, "QUEUED_FOR_APPROVAL", false, false)
        .then(1_500, "RUNNING", true, false)
        .then(500, "WARMING_DOWN", true, false)
        .then(1_500, "COMPLETED", true, true);
    hex.project("Alpha", life);
    let ended = Workspace::open(&hex).run(&["run", "Alpha", "--wait", "--json"]);
    assert_eq!((ended.code, &ended.json()["status"]), (Some(0), &json!("COMPLETED")));
}

#[test]
fn a_run_that_takes_too_long_is_cancelled_once_where_that_was_asked_for() {
    let hex = Hex::new();
    hex.project("Alpha", Life::endless());
    let workspace = Workspace::open(&hex);
    let arguments = ["run", "Alpha", "--wait", "--timeout", "3s", "--json"];
    let late = workspace.run(&arguments);
    assert_eq!((late.code, &late.json()["timed_out"]), (Some(1), &json!(true)), "{late:?}");
    assert_eq!(hex.requests_of(Op::Cancel), []);
    let stopped = workspace.run(&[&arguments[..], &["--cancel-on-timeout"]].concat());
    assert_eq!((stopped.code, &stopped.json()["status"]), (Some(1), &json!("KILLED")));
    let deletes = hex.requests_of(Op::Cancel);
    let told: Vec<_> = deletes.iter().map(|request| request.run.clone()).collect();
    assert_eq!(json!(told), json!([stopped.json()["run_id"]]));
}

#[test]
fn a_cancel_on_timeout_whose_204_is_lost_is_settled_by_looking() {
    for act in [Act::Lost(Reply::bad_gateway()), Act::Broken, Act::Unanswered] {
        let hex = Hex::new();
        hex.project("Alpha", Life::endless());
        hex.next(Op::Cancel, act.clone());
        let arguments = ["run", "Alpha", "--wait", "--timeout", "3s", "--cancel-on-timeout"];
        let stopped = Workspace::open(&hex).run(&arguments);
        assert_eq!(stopped.code, Some(1), "{act:?} {stopped:?}");
        assert!(stopped.err.contains("the run is cancelled"), "{act:?} {stopped:?}");
    }
}

#[test]
fn without_waiting_a_lost_answer_and_two_candidates_are_for_a_person_to_look_at() {
    for order in [Order::NewestFirst, Order::OldestFirst] {
        let hex = Hex::with(|knobs| knobs.order = order);
        hex.project("Alpha", Life::endless());
        hex.next(Op::Start, Act::Broken);
        hex.when(Op::Start, 1, |world| {
            world.begin("Alpha", "bob@acme.test", "API");
        });
        let workspace = Workspace::open(&hex);
        let ended = workspace.run(&["run", "Alpha", "--json"]);
        assert_eq!(ended.code, Some(6), "{order:?} {ended:?}");
        assert_eq!(hex.requests_of(Op::Start).len(), 1);
        assert_eq!(workspace.journal()[0]["state"], json!("ambiguous"), "{order:?} {ended:?}");
    }
}

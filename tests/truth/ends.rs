//! What has ended, and what only cannot be read yet.

use serde_json::json;
use std::time::Duration;

use crate::dashboard::{END, play};
use crate::hex::Hex;
use crate::hex::life::Life;
use crate::hex::request::Op;
use crate::hex::world::ME;
use crate::workspace::Workspace;

#[test]
fn an_unknown_status_with_an_end_has_ended_and_is_named() {
    for life in [
        Life::ends(1_000, "EXPIRED"),
        Life::pending().then(1_500, "EXPIRED", false, true),
        Life::endless().then(700, "WARMING_DOWN", true, false).then(700, "EXPIRED", true, true),
    ] {
        let hex = Hex::new();
        hex.project("Alpha", life.clone());
        let arguments = ["run", "Alpha", "--wait", "--timeout", "15s", "--json"];
        let ended = Workspace::open(&hex).run(&arguments);
        assert_eq!(ended.code, Some(1), "{life:?} {ended:?}");
        assert_eq!(ended.json()["status"], json!("EXPIRED"), "{life:?}");
        assert_eq!(ended.json()["timed_out"], json!(false), "{life:?}");
        assert!(ended.err.contains("EXPIRED"), "{life:?} {ended:?}");
    }
}

#[test]
fn a_run_with_an_unknown_status_and_an_end_is_not_cancelled_and_holds_no_kernel() {
    let hex = Hex::new();
    hex.project("Alpha", Life::ends(2_000, "EXPIRED"));
    let run = hex.begin("Alpha", ME);
    let played = play(&hex, &[(30_000, "X"), (300, "y"), (60_000, END)]);
    assert_eq!(hex.requests_of(Op::Cancel), [], "{}", played.last());
    assert_eq!(hex.status(&run), "EXPIRED");
    assert_eq!(played.state.model().running_runs(), 0);
}

#[test]
fn a_cancelled_run_that_ends_with_an_unknown_status_is_settled() {
    let hex = Hex::with(|knobs| knobs.killed_after = None);
    hex.project("Alpha", Life::endless().then(10_000, "STOPPED_BY_USER", true, true));
    hex.begin("Alpha", ME);
    let played = play(&hex, &[(5_000, "X"), (300, "y"), (120_000, END)]);
    assert_eq!(played.state.model().open_cancels(), 0, "{}", played.last());
    assert!(hex.requests_of(Op::Cancel).len() <= 2, "{}", played.last());
}

#[test]
fn a_run_that_cannot_be_read_right_after_its_201_is_waited_for() {
    for unlisted in [0, 8] {
        let hex = Hex::with(|knobs| {
            knobs.unknown_for = Duration::from_secs(8);
            knobs.unlisted_for = Duration::from_secs(unlisted);
        });
        hex.project("Alpha", Life::ends(9_000, "COMPLETED"));
        let ended = Workspace::open(&hex).run(&["run", "Alpha", "--wait", "--json"]);
        assert_eq!(ended.code, Some(0), "{unlisted} {ended:?}");
        assert_eq!(ended.json()["status"], json!("COMPLETED"));
        assert_eq!(hex.requests_of(Op::Start).len(), 1);
    }
}

#[test]
fn a_run_that_hex_does_not_know_yet_is_cancelled_as_soon_as_it_does() {
    let hex = Hex::with(|knobs| knobs.unknown_for = Duration::from_secs(6));
    hex.project("Alpha", Life::endless());
    let arguments = ["run", "Alpha", "--wait", "--timeout", "3s", "--cancel-on-timeout"];
    let ended = Workspace::open(&hex).run(&arguments);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.err.contains("the run is cancelled"), "{ended:?}");
    let run = hex.runs()[0].0.clone();
    assert_eq!(hex.status(&run), "KILLED", "{ended:?}");
}

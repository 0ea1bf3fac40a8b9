//! Cancels that come to no end: how often they are sent, that they are shown and cost nothing
//! then, and that a person tries them again or lets them go.

use std::time::Duration;

use hextop::engine::Settings;
use serde_json::json;

use crate::dashboard::{END, play, play_with};
use crate::hex::Hex;
use crate::hex::life::Life;
use crate::hex::reply::Reply;
use crate::hex::request::Op;
use crate::hex::rule::{Act, Rule};
use crate::hex::world::ME;
use crate::workspace::Workspace;

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A Hex that answers every DELETE so, with one run that goes on.
fn refusing(status: u16) -> Hex {
    let hex = Hex::new();
    hex.project("Churn model", Life::endless());
    hex.begin("Churn model", ME);
    let reply = match status {
        204 => Reply::no_content(),
        502 => Reply::bad_gateway(),
        status => Reply::error(status, "NO", "No."),
    };
    hex.rule(Rule::on(Op::Cancel, Act::Instead(reply)));
    hex
}

#[test]
fn a_cancel_that_hex_never_carries_out_is_stuck_says_so_and_costs_nothing() {
    for (status, deletes) in [
        (204, 3),
        (400, 3),
        (403, 1),
        // The run has just begun to run: for two minutes not all servers may know of it.
        (404, 11),
        (405, 8),
        (409, 3),
        (410, 3),
        (422, 3),
        (500, 8),
        (502, 8),
        (503, 8),
    ] {
        let hex = refusing(status);
        let played = play(&hex, &[(5_000, "X"), (300, "y"), (900_000, END)]);
        let sent = hex.requests_of(Op::Cancel);
        assert_eq!(sent.len(), deletes, "{status}: {}", played.last());
        let last = sent.last().unwrap().at;
        let read = hex.requests_of(Op::Run).into_iter().filter(|read| read.at > last + secs(90));
        assert_eq!(read.count(), 0, "{status}: reads of its own");
        assert!(played.last().contains("cancel stuck"), "{status}: {}", played.last());
        assert!(played.last().contains("1 cancel stuck (X tries again"), "{}", played.last());
        assert!(played.ever_said("1 stuck"), "{status}");
        assert!(!played.ever_said("■ killed"), "{status}");
        assert_eq!(hex.caused_429(), 0);
    }
}

#[test]
fn a_stuck_cancel_is_tried_again_with_x_and_let_go_with_l() {
    let hex = refusing(403);
    let keys = [(5_000, "X"), (300, "y"), (5_000, "X"), (300, "y"), (5_000, "L"), (60_000, END)];
    let played = play(&hex, &keys);
    assert_eq!(hex.requests_of(Op::Cancel).len(), 2, "{}", played.last());
    assert!(played.screen_at(secs(9)).contains("cancel stuck"));
    assert!(played.ever_said("1 cancel let go: sent already, so Hex may still end it"));
    assert!(!played.last().contains("stuck"), "{}", played.last());
    assert!(played.last().contains("▶ running"), "{}", played.last());
}

#[test]
fn a_cancel_is_withdrawn_while_it_is_repeated_and_nothing_more_is_sent() {
    for status in [204, 422, 500] {
        let hex = refusing(status);
        let played = play(&hex, &[(5_000, "X"), (300, "y"), (1_500, "L"), (600_000, END)]);
        assert_eq!(hex.requests_of(Op::Cancel).len(), 1, "{status}: {}", played.last());
        assert_eq!(played.state.model().open_cancels(), 0);
        assert!(played.ever_said("1 cancel let go: sent already"), "{status}");
    }
}

#[test]
fn a_hundred_cancels_without_an_end_leave_the_polls_their_part_of_the_window() {
    for status in [204, 422, 500] {
        let hex = Hex::new();
        for number in 0..10 {
            let title = format!("Project {number}");
            hex.project(&title, Life::endless());
            for _ in 0..10 {
                hex.begin(&title, ME);
            }
        }
        let reply =
            if status == 204 { Reply::no_content() } else { Reply::error(status, "NO", "") };
        hex.rule(Rule::on(Op::Cancel, Act::Instead(reply)));
        let keys = ["ctrl-a", "X", "1", "0", "0", "y"].map(|key| (300, key));
        let mut keys = keys.to_vec();
        keys[0].0 = 60_000;
        keys.push((3_600_000, END));
        let played = play_with(&hex, Settings::default(), &keys);
        assert_eq!(hex.caused_429(), 0, "{status}");
        // The first DELETE of each leaves as fast as the limit allows; from then on polls have at
        // least half of the window of 30 that they have alone.
        let first = hex.requests_of(Op::Cancel)[99].at;
        let follow = |from: u64, seconds: u64| {
            let (from, to) = (first + secs(from), first + secs(from + seconds));
            let of = |op| {
                let all = hex.requests_of(op).into_iter();
                all.filter(|request| request.at >= from && request.at < to).count()
            };
            (of(Op::Cancel) + of(Op::Run), of(Op::Runs))
        };
        for minute in 2..30 {
            let (own, looks) = follow(60 * minute, 60);
            assert!(own <= 15, "{status}: {own} requests for cancels in minute {minute}");
            assert!(looks >= 5, "{status}: {looks} looks in minute {minute}");
        }
        assert!(!played.ever_said("■ killed"), "{status}");
    }
}

#[test]
fn a_protected_run_is_cancelled_without_a_person_only_by_whoever_names_the_project() {
    let hex = Hex::new();
    hex.project("Café close", Life::endless());
    let workspace = Workspace::open(&hex);
    workspace.set("protected = [\"café CLOSE\"]\n");
    let run = ["run", "Café close", "--wait", "--timeout", "2s"];
    let with = |more: &[&str]| workspace.run(&[&run[..], more].concat());
    for more in [
        &["--cancel-on-timeout"] as &[&str],
        &["--cancel-on-timeout", "--protected", "yes"],
        &["--cancel-on-timeout", "--protected", ""],
    ] {
        let refused = with(more);
        assert_eq!(refused.code, Some(2), "{refused:?}");
        assert!(refused.err.contains("--protected 'Café close'"), "{refused:?}");
        assert!(refused.err.contains("Nothing was started"), "{refused:?}");
    }
    assert_eq!(hex.requests_of(Op::Start), [], "it is checked before the start leaves");
    assert_eq!(with(&[]).code, Some(1), "without the cancel nothing is to be named");
    let stopped = with(&["--cancel-on-timeout", "--protected", " Cafe\u{301}  close"]);
    assert!(stopped.err.contains("the run is cancelled"), "{stopped:?}");
    assert_eq!(hex.requests_of(Op::Cancel).len(), 1);
}

#[test]
fn the_journal_has_who_cancelled_what_why_and_what_came_of_it() {
    for (status, state) in [(None, "killed"), (Some(403), "stuck")] {
        let hex = Hex::new();
        hex.project("Alpha", Life::endless());
        if let Some(status) = status {
            hex.rule(Rule::on(Op::Cancel, Act::Instead(Reply::error(status, "NO", "No."))));
        }
        let workspace = Workspace::open(&hex);
        let arguments = ["run", "Alpha", "--wait", "--timeout", "2s", "--cancel-on-timeout"];
        let ended = workspace.run(&arguments);
        assert_eq!(ended.code, Some(1), "{ended:?}");
        let journal = workspace.journal();
        let kinds: Vec<_> = journal.iter().map(|line| line["kind"].clone()).collect();
        assert_eq!(kinds, ["start", "cancel"], "{ended:?}");
        let cancel = &journal[1];
        assert_eq!((&cancel["state"], &cancel["deletes"]), (&json!(state), &json!(1)), "{cancel}");
        assert_eq!((&cancel["run_id"], &cancel["who"]), (&journal[0]["run_id"], &json!(ME)));
        assert!(cancel["reason"].as_str().unwrap().contains("--cancel-on-timeout"));
        let plain = workspace.run(&["journal"]).out;
        assert!(plain.contains(&format!("cancel {state}")), "{plain}");
        let csv = workspace.run(&["journal", "--csv"]).out;
        assert!(csv.lines().nth(2).is_some_and(|line| line.ends_with(",cancel")), "{csv}");
    }
}

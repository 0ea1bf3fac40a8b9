//! Lists whose newest runs are not on the first page.

use std::time::Duration;

use hextop::engine::model::StartStage;

use crate::dashboard::{END, play};
use crate::hex::Hex;
use crate::hex::knobs::Order;
use crate::hex::life::Life;
use crate::hex::reply::Reply;
use crate::hex::request::Op;
use crate::hex::rule::Act;
use crate::hex::world::ME;
use crate::watch::{is_told_of_the_newest_of_many, told};
use crate::watcher::changes;
use crate::workspace::Workspace;

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A Hex that lists in this order a project whose runs take a second, and of which so many have
/// ended long before anybody looks.
fn with_many(order: Order, runs: u64) -> Hex {
    let hex = Hex::with(|knobs| (knobs.order, knobs.kernels) = (order, 10_000));
    hex.project("Alpha", Life::ends(1_000, "COMPLETED"));
    for _ in 0..runs {
        hex.begin("Alpha", "bob@acme.test");
    }
    hex
}

#[test]
fn a_new_run_is_noticed_where_the_list_begins_with_the_oldest_and_has_more_than_a_page() {
    is_told_of_the_newest_of_many(Order::OldestFirst);
}

#[test]
fn every_new_run_of_a_growing_list_is_told_once_and_nothing_that_was_over_before() {
    for order in [Order::NewestFirst, Order::OldestFirst] {
        for before in [300, 1_000] {
            let hex = with_many(order, 0);
            for number in 0..before {
                hex.at(Duration::from_millis(10 * number), |world| {
                    world.begin("Alpha", "bob@acme.test", "API");
                });
            }
            for number in 0..60 {
                hex.at(secs(60 + 3 * number), |world| {
                    world.begin("Alpha", "bob@acme.test", "SCHEDULED");
                });
            }
            let told = told(&changes(&hex, 400));
            let runs = hex.runs();
            let (name, later) = (format!("{order:?} {before}"), runs.iter().rev().take(60));
            for (run, _) in later {
                let words = told.get(run).cloned().unwrap_or_default();
                assert_eq!(words.last().map(String::as_str), Some("COMPLETED"), "{name} {run}");
                let mut once = words.clone();
                once.dedup();
                assert_eq!(words, once, "{name} {run}");
            }
            assert_eq!(hex.caused_429(), 0, "{name}");
        }
    }
}

#[test]
fn a_list_that_begins_with_the_oldest_costs_one_request_a_look() {
    let looks = |order| {
        let hex = with_many(order, 1_000);
        changes(&hex, 900);
        let asked = hex.requests_of(Op::Runs).into_iter();
        asked.filter(|request| request.at >= secs(120)).count()
    };
    let (oldest, newest) = (looks(Order::OldestFirst), looks(Order::NewestFirst));
    assert!(oldest <= newest + newest / 10 + 2, "{oldest} requests instead of {newest}");
}

#[test]
fn a_start_whose_answer_is_lost_is_found_at_the_end_of_a_long_list() {
    for order in [Order::NewestFirst, Order::OldestFirst] {
        for act in [Act::Lost(Reply::bad_gateway()), Act::Unanswered, Act::AnsweredAfter(secs(30))]
        {
            let hex = with_many(order, 1_000);
            hex.next(Op::Start, act.clone());
            let keys =
                [(59_900, "shift-Tab"), (100, "t"), (200, "ctrl-s"), (300, "Enter"), (90_000, END)];
            let played = play(&hex, &keys);
            let stages: Vec<_> =
                played.state.model().starts().map(|start| start.entry.stage.clone()).collect();
            let own: Vec<_> = hex.runs().into_iter().filter(|(_, owner)| owner == ME).collect();
            let found =
                stages.iter().filter_map(StartStage::probable).map(hextop::domain::RunId::as_str);
            let found: Vec<_> = found.collect();
            assert_eq!(found, [own[0].0.as_str()], "{order:?} {act:?} {stages:?}");
        }
    }
}

#[test]
fn the_real_program_waits_for_a_run_at_the_end_of_a_long_list() {
    let hex = with_many(Order::OldestFirst, 300);
    let ended = Workspace::open(&hex).run(&["run", "Alpha", "--wait", "--json"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let own: Vec<_> = hex.runs().into_iter().filter(|(_, owner)| owner == ME).collect();
    assert_eq!(ended.json()["run_id"], *own[0].0);
    assert_eq!(ended.json()["status"], "COMPLETED");
}

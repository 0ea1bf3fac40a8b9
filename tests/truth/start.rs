//! Starts from the dashboard's form: never more than one POST for one confirmation, and the truth
//! about the run.

use std::time::Duration;

use hextop::engine::model::StartStage;

use crate::dashboard::{END, Played, play};
use crate::hex::Hex;
use crate::hex::knobs::{ERAS, NextPage, ORDERS, Order, WhenFull};
use crate::hex::life::Life;
use crate::hex::reply::Reply;
use crate::hex::request::Op;
use crate::hex::rule::Act;
use crate::hex::world::ME;

/// The start of the selected project at five seconds, and then so many seconds.
fn start_and_wait(seconds: u64) -> [(u64, &'static str); 5] {
    [(4_900, "shift-Tab"), (100, "t"), (200, "ctrl-s"), (300, "Enter"), (seconds * 1_000, END)]
}

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// What hextop says of its only start.
fn stage(played: &Played) -> StartStage {
    let starts: Vec<_> = played.state.model().starts().collect();
    assert_eq!(starts.len(), 1, "{}", played.last());
    starts[0].entry.stage.clone()
}

/// The id of the run that this stage names.
fn run_of(stage: &StartStage) -> String {
    stage.run().map(|run| run.as_str().to_owned()).unwrap_or_default()
}

/// The runs that the token's user has begun, the oldest first.
fn own_runs(hex: &Hex) -> Vec<String> {
    hex.runs().into_iter().filter(|(_, owner)| owner == ME).map(|(id, _)| id).collect()
}

#[test]
fn a_start_is_one_post_and_its_run_is_followed_in_every_era_order_and_form_of_pages() {
    let pages = [NextPage::Absolute, NextPage::Relative, NextPage::Token, NextPage::Null];
    let kinds = ERAS.iter().flat_map(|era| ORDERS.map(|order| (*era, order)));
    for ((era, order), page) in kinds.zip(pages.into_iter().cycle()) {
        let hex = Hex::with(|knobs| (knobs.era, knobs.order, knobs.next_page) = (era, order, page));
        hex.project("Alpha", Life::ends(20_000, "COMPLETED"));
        let played = play(&hex, &start_and_wait(45));
        let name = format!("{era:?} {order:?} {page:?}");
        assert_eq!(hex.requests_of(Op::Start).len(), 1, "{name}");
        let stage = stage(&played);
        assert!(matches!(stage, StartStage::Started(_)), "{name} {stage:?}");
        assert_eq!([run_of(&stage)], *own_runs(&hex), "{name}");
        assert!(played.last().contains("✓ completed"), "{name} {}", played.last());
        assert_eq!(hex.caused_429(), 0, "{name}");
    }
}

#[test]
fn a_start_whose_answer_is_lost_is_found_and_said_to_be_probable() {
    for order in [Order::NewestFirst, Order::OldestFirst, Order::Shuffled(1)] {
        for act in [
            Act::Lost(Reply::bad_gateway()),
            Act::Broken,
            Act::Unanswered,
            Act::AnsweredAfter(secs(30)),
            Act::CarriedOutAfter(secs(25)),
        ] {
            let hex = Hex::with(|knobs| knobs.order = order);
            hex.project("Alpha", Life::endless());
            hex.next(Op::Start, act.clone());
            let played = play(&hex, &start_and_wait(60));
            let stage = stage(&played);
            assert!(matches!(stage, StartStage::ProbablyOurs(_)), "{order:?} {act:?} {stage:?}");
            assert_eq!([run_of(&stage)], *own_runs(&hex), "{order:?} {act:?}");
            assert_eq!(hex.requests_of(Op::Start).len(), 1, "{order:?} {act:?}");
        }
    }
}

#[test]
fn a_start_that_never_arrived_is_not_seen_and_not_sent_again() {
    for act in [Act::NeverArrives, Act::Instead(Reply::bad_gateway())] {
        let hex = Hex::new();
        hex.project("Alpha", Life::endless());
        hex.next(Op::Start, act.clone());
        let played = play(&hex, &start_and_wait(600));
        assert_eq!(stage(&played), StartStage::NotSeen, "{act:?}");
        assert_eq!(hex.requests_of(Op::Start).len(), 1, "{act:?}");
        assert_eq!(hex.runs(), []);
    }
}

#[test]
fn a_strangers_run_at_the_same_time_is_never_said_to_be_the_started_one() {
    for order in [Order::NewestFirst, Order::OldestFirst, Order::Shuffled(1)] {
        for (act, is_ours_there) in [
            (Act::Lost(Reply::bad_gateway()), true),
            (Act::Unanswered, true),
            (Act::Instead(Reply::bad_gateway()), false),
            (Act::NeverArrives, false),
        ] {
            let hex = Hex::with(|knobs| knobs.order = order);
            hex.project("Alpha", Life::endless());
            hex.next(Op::Start, act.clone());
            hex.when(Op::Start, 1, |world| {
                world.begin("Alpha", "bob@acme.test", "API");
            });
            let played = play(&hex, &start_and_wait(60));
            let name = format!("{order:?} {act:?}");
            let stage = stage(&played);
            match &stage {
                StartStage::Ambiguous(runs) => assert!(is_ours_there && runs.len() == 2, "{name}"),
                StartStage::ProbablyOurs(_) => assert!(!is_ours_there, "{name} {stage:?}"),
                other => panic!("{name} {other:?}"),
            }
            assert!(!played.last().contains("started "), "{name} {}", played.last());
            assert_eq!(hex.requests_of(Op::Start).len(), 1, "{name}");
            assert_eq!(hex.requests_of(Op::Cancel), [], "{name}");
        }
    }
}

#[test]
fn a_strangers_run_does_not_change_whose_run_a_201_names() {
    for order in ORDERS {
        let hex = Hex::with(|knobs| knobs.order = order);
        hex.project("Alpha", Life::endless());
        hex.when(Op::Start, 1, |world| {
            world.begin("Alpha", "bob@acme.test", "API");
        });
        hex.at(secs(6), |world| {
            world.begin("Alpha", "bob@acme.test", "API");
        });
        let played = play(&hex, &start_and_wait(60));
        let stage = stage(&played);
        assert!(matches!(stage, StartStage::Started(_)), "{order:?} {stage:?}");
        assert_eq!([run_of(&stage)], *own_runs(&hex), "{order:?}");
    }
}

#[test]
fn kernels_of_others_do_not_keep_a_start_from_running() {
    let hex = Hex::with(|knobs| knobs.order = Order::OldestFirst);
    hex.project("Alpha", Life::endless());
    for _ in 0..25 {
        hex.begin("Alpha", "bob@acme.test");
    }
    let played = play(&hex, &start_and_wait(60));
    let stage = stage(&played);
    assert!(matches!(stage, StartStage::Started(_)), "{stage:?} {}", played.last());
    assert_eq!(hex.status(&run_of(&stage)), "RUNNING");
}

#[test]
fn without_a_kernel_a_start_is_refused_or_pending_as_hex_does_it() {
    for when_full in [WhenFull::Refuses, WhenFull::Waits] {
        let hex = Hex::with(|knobs| (knobs.when_full, knobs.kernels) = (when_full, 2));
        hex.project("Alpha", Life::endless());
        let own: Vec<_> = (0..2).map(|_| hex.begin("Alpha", ME)).collect();
        let played = play(&hex, &start_and_wait(60));
        assert_eq!(hex.requests_of(Op::Start).len(), 1);
        match (when_full, stage(&played)) {
            (WhenFull::Refuses, StartStage::Refused(_)) => {
                assert_eq!(own_runs(&hex), own);
                assert!(played.ever_said("no run was created"), "{}", played.last());
            }
            (WhenFull::Waits, StartStage::Started(run)) => {
                assert_eq!(hex.status(run.as_str()), "PENDING");
                assert!(played.last().contains("◌ pending"), "{}", played.last());
            }
            (when_full, other) => panic!("{when_full:?} {other:?}"),
        }
    }
}

#[test]
fn a_run_that_cannot_be_read_right_after_its_201_stays_started_and_is_followed() {
    for (unknown_for, unlisted_for) in
        [(secs(10), secs(0)), (secs(0), secs(10)), (secs(10), secs(10))]
    {
        let hex = Hex::with(|knobs| {
            (knobs.unknown_for, knobs.unlisted_for) = (unknown_for, unlisted_for);
        });
        hex.project("Alpha", Life::endless());
        let played = play(&hex, &start_and_wait(60));
        let stage = stage(&played);
        assert!(matches!(stage, StartStage::Started(_)), "{stage:?}");
        assert!(played.last().contains("▶ running"), "{}", played.last());
        assert_eq!(hex.requests_of(Op::Start).len(), 1);
    }
}

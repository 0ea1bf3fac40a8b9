//! A read that shows an older state than an earlier read did tells nothing.

use std::time::Duration;

use crate::dashboard::{END, play};
use crate::hex::Hex;
use crate::hex::knobs::Order;
use crate::hex::life::Life;
use crate::hex::request::Op;
use crate::hex::rule::{Act, Rule};
use crate::hex::world::ME;
use crate::watch::{told, with_old_snapshots};
use crate::watcher::changes;

#[test]
fn older_snapshots_and_answers_out_of_order_tell_nothing_twice_and_nothing_backwards() {
    for order in [Order::NewestFirst, Order::OldestFirst, Order::Shuffled(3)] {
        let hex = with_old_snapshots(order);
        for (run, words) in told(&changes(&hex, 240)) {
            let rank = |word: &String| {
                ["PENDING", "RUNNING", "COMPLETED"].iter().position(|known| known == word).unwrap()
            };
            let ranks: Vec<_> = words.iter().map(rank).collect();
            assert!(ranks.is_sorted_by(|one, next| one < next), "{order:?} {run} {words:?}");
        }
    }
}

#[test]
fn a_cancel_of_a_run_that_has_ended_is_not_said_to_have_failed_while_reads_lag_behind() {
    let hex = Hex::new();
    hex.project("Alpha", Life::ends(4_200, "COMPLETED"));
    let run = hex.begin("Alpha", ME);
    let lag = Act::Stale(Duration::from_secs(3));
    hex.rule(Rule::on_all(&[Op::Runs, Op::Run], lag));
    let played = play(&hex, &[(5_000, "X"), (300, "y"), (60_000, END)]);
    assert_eq!(hex.status(&run), "COMPLETED");
    assert!(!played.ever_said("1 failed"), "{}", played.screen_at(Duration::from_secs(9)));
    assert!(played.ever_said("1 already ended"));
}

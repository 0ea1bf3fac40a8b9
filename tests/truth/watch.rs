//! Watching: each change of a run is told once, and is true, whatever the lists look like.

use std::collections::BTreeMap;
use std::time::Duration;

use hextop::api::words::status_word;
use hextop::engine::model::Change;

use crate::hex::Hex;
use crate::hex::knobs::{ERAS, NextPage, ORDERS, Order};
use crate::hex::life::Life;
use crate::hex::request::{OPS, Op};
use crate::hex::rule::{Act, Rule};
use crate::hex::world::ME;
use crate::watcher::changes;
use crate::workspace::Workspace;

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// What was told of each run, in the order in which it was told.
pub(crate) fn told(changes: &[Change]) -> BTreeMap<String, Vec<String>> {
    let mut told: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for change in changes {
        let words = told.entry(change.run.as_str().to_owned()).or_default();
        words.push(status_word(&change.to).to_owned());
    }
    told
}

/// A project with three runs that have ended, one that goes on, and one of somebody else that
/// begins at twenty seconds.
fn busy(hex: &Hex) {
    hex.project("Alpha", Life::ends(1_000, "COMPLETED"));
    for _ in 0..3 {
        hex.begin("Alpha", ME);
    }
    hex.project("Beta", Life::endless().then(40_000, "COMPLETED", true, true));
    hex.begin("Beta", ME);
    hex.at(secs(20), |world| {
        world.begin("Beta", "bob@acme.test", "API");
    });
}

/// The same with answers out of order, of which every third is eight seconds old.
pub(crate) fn with_old_snapshots(order: Order) -> Hex {
    let hex = Hex::with(|knobs| {
        knobs.order = order;
        knobs.latency = vec![40, 3_000, 10, 1_500];
    });
    busy(&hex);
    for after in 0..100 {
        let old = Rule::on_all(&[Op::Runs, Op::Run], Act::Stale(secs(8)));
        hex.rule(old.after(3 * after + 2).times(1));
    }
    hex
}

#[test]
fn each_change_is_told_once_whatever_the_order_the_pages_and_the_era() {
    for order in ORDERS {
        for era in ERAS {
            for page in [NextPage::Relative, NextPage::Token] {
                let hex = Hex::with(|knobs| {
                    (knobs.order, knobs.era, knobs.next_page) = (order, era, page);
                });
                busy(&hex);
                let told = told(&changes(&hex, 180));
                let name = format!("{order:?} {era:?} {page:?}");
                assert_eq!(told.len(), hex.runs().len(), "{name} {told:?}");
                for (run, words) in &told {
                    let mut once = words.clone();
                    once.dedup();
                    assert_eq!(words, &once, "{name} {run}");
                    assert_eq!(words.last().unwrap(), &hex.status(run), "{name} {run}");
                    assert!(
                        words.iter().filter(|word| *word == "COMPLETED").count() == 1,
                        "{name}"
                    );
                }
                assert_eq!(hex.caused_429(), 0, "{name}");
            }
        }
    }
}

#[test]
fn more_runs_than_a_page_are_all_told_once() {
    for order in [Order::NewestFirst, Order::NullsLast] {
        is_told_of_the_newest_of_many(order);
    }
}

/// 130 runs are there when another one begins, which is told as all are, once.
pub(crate) fn is_told_of_the_newest_of_many(order: Order) {
    let hex = Hex::with(|knobs| (knobs.order, knobs.kernels) = (order, 1_000));
    hex.project("Alpha", Life::ends(1_000, "COMPLETED"));
    for number in 0..130 {
        hex.at(Duration::from_millis(100 * number), |world| {
            world.begin("Alpha", "bob@acme.test", "API");
        });
    }
    hex.at(secs(60), |world| {
        world.begin("Alpha", "bob@acme.test", "SCHEDULED");
    });
    let told = told(&changes(&hex, 240));
    let newest = hex.runs().last().unwrap().0.clone();
    let of_newest = told.get(&newest).and_then(|words| words.last());
    assert_eq!(of_newest.map(String::as_str), Some("COMPLETED"), "{order:?}");
    for (run, words) in &told {
        let mut once = words.clone();
        once.dedup();
        assert_eq!(words, &once, "{order:?} {run}");
    }
}

#[test]
fn an_older_snapshot_never_takes_an_end_back() {
    for order in [Order::NewestFirst, Order::OldestFirst, Order::Shuffled(3)] {
        let hex = with_old_snapshots(order);
        for (run, words) in told(&changes(&hex, 240)) {
            let ends = words.iter().filter(|word| *word == "COMPLETED").count();
            assert_eq!((ends, words.last().unwrap().as_str()), (1, "COMPLETED"), "{run} {words:?}");
        }
    }
}

#[test]
fn an_hour_of_watching_thirty_projects_of_others_causes_no_refusal() {
    for order in [Order::NewestFirst, Order::OldestFirst] {
        let hex = Hex::with(|knobs| knobs.order = order);
        for number in 0..30 {
            let title = format!("P{number}");
            hex.project(&title, Life::ends(120_000, "COMPLETED"));
            for minute in 0..6 {
                let title = title.clone();
                hex.at(secs(600 * minute + 13 * number), move |world| {
                    world.begin(&title, "bob@acme.test", "SCHEDULED");
                });
            }
        }
        let told = told(&changes(&hex, 3_600));
        assert_eq!(hex.caused_429(), 0, "{order:?}");
        assert!(hex.most_a_minute(crate::hex::knobs::API) <= 30, "{order:?}");
        assert!(told.len() >= 170, "{order:?}: {} of 180 runs were noticed", told.len());
    }
}

#[test]
fn the_real_program_prints_each_change_once_as_a_line_of_json() {
    for order in [Order::OldestFirst, Order::Shuffled(1)] {
        let hex = Hex::with(|knobs| knobs.order = order);
        hex.project("Alpha", Life::endless().then(4_000, "ERRORED", true, true));
        let run = hex.begin("Alpha", "bob@acme.test");
        let workspace = Workspace::open(&hex);
        let ended = workspace.run(&["watch", "--json", "--for", "12s"]);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        let lines = ended.lines();
        let changes: Vec<_> = lines
            .iter()
            .filter(|line| line["event"] == "run" && line["run"] == *run)
            .map(|line| line["to"].as_str().unwrap())
            .collect();
        let mut once = changes.clone();
        once.dedup();
        assert_eq!(changes, once, "{order:?}");
        assert_eq!(changes.last(), Some(&"ERRORED"), "{order:?}");
        assert_eq!(hex.caused_429(), 0);
    }
}

#[test]
fn nothing_is_asked_but_what_there_is() {
    let hex = Hex::new();
    busy(&hex);
    changes(&hex, 120);
    assert!(hex.requests().iter().all(|request| OPS.contains(&request.op)));
}

//! The real program against `hextop sim`, killed at each step of a start, and robbed of its answer
//! at each: never more runs than confirmations, no run claimed twice, and what the journal says of
//! a start in the end is true.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod proxy;
mod world;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use proxy::Step;
use world::Workspace;

/// Steps of one world: below the client's own limit of twenty starts a minute.
const STEPS: [Step; 16] = [
    Step::BeforeJournal,
    Step::AfterJournal,
    Step::AfterJournal,
    Step::OnItsWay,
    Step::OnItsWay,
    Step::Arrived,
    Step::Arrived,
    Step::Arrived,
    Step::Answered,
    Step::Answered,
    Step::RequestLost,
    Step::RequestLost,
    Step::AnswerLost,
    Step::AnswerLost,
    Step::Unanswered,
    Step::Whole,
];

/// Whether a run was made at this step.
fn is_started(step: Step) -> bool {
    matches!(
        step,
        Step::Arrived | Step::Answered | Step::AnswerLost | Step::Unanswered | Step::Whole
    )
}

/// The steps in an order that the seed decides.
fn shuffled(seed: u64) -> Vec<Step> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut keyed: Vec<_> = STEPS
        .into_iter()
        .map(|step| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33, step)
        })
        .collect();
    keyed.sort_by_key(|(key, _)| *key);
    keyed.into_iter().map(|(_, step)| step).collect()
}

/// Plays one world to its end and checks what is left.
fn play(seed: u64) {
    let workspace = Workspace::open(seed, STEPS.len());
    let mut steps = BTreeMap::new();
    let mut waiting = Vec::new();
    for (number, step) in shuffled(seed).into_iter().enumerate() {
        let project = workspace.projects[number].clone();
        let child = workspace.start(&project, step);
        steps.insert(project, step);
        // Whoever is not killed settles its own start while the next ones are confirmed.
        if step.kills() {
            child.wait();
        } else {
            waiting.push(child);
        }
    }
    for child in waiting {
        child.wait();
    }
    let (code, entries) = workspace.settle();
    assert_eq!(code, Some(0), "each has its project to itself, so nothing is ambiguous");
    let by_project: BTreeMap<&str, &Value> =
        entries.iter().map(|entry| (entry["project_id"].as_str().unwrap(), entry)).collect();
    assert_eq!(by_project.len(), entries.len(), "one entry for each confirmation");
    let mut claimed = BTreeSet::new();
    for (project, step) in &steps {
        let runs = workspace.runs(project);
        let entry = by_project.get(project.as_str());
        let made = usize::from(is_started(*step));
        let said = workspace.said(project);
        assert_eq!(runs.len(), made, "{step:?}, seed {seed}: {runs:?}, {entry:?}, {said}");
        let Some(entry) = entry else {
            assert_eq!(*step, Step::BeforeJournal, "seed {seed}: nothing is written of it: {said}");
            continue;
        };
        let state = entry["state"].as_str().unwrap();
        // Without Hex's own answer a run is only a candidate.
        let run = match state {
            "probably_ours" => entry["candidates"][0].as_str(),
            _ => entry["run_id"].as_str(),
        };
        match step {
            Step::BeforeJournal => panic!("seed {seed}: {entry}"),
            Step::AfterJournal | Step::OnItsWay | Step::RequestLost => {
                assert_eq!(state, "not_seen", "{step:?}, seed {seed}: {entry}");
            }
            Step::Arrived | Step::AnswerLost | Step::Unanswered => {
                assert_eq!((state, run), ("probably_ours", Some(&*runs[0])), "{step:?}: {entry}");
            }
            // Between the answer and its entry in the journal lies the kill.
            Step::Answered => {
                assert!(matches!(state, "started" | "probably_ours"), "seed {seed}: {entry}");
                assert_eq!(run, Some(&*runs[0]));
            }
            Step::Whole => assert_eq!((state, run), ("started", Some(&*runs[0]))),
        }
        assert!(entry["posts"].as_u64().unwrap() <= 1);
        assert!(run.is_none_or(|run| claimed.insert(run.to_owned())), "claimed twice: {entry}");
    }
}

#[test]
fn a_world_whose_lists_lag_and_whose_clock_is_off() {
    play(1);
}

// The profile of kills: each plays three worlds, of 16 starts each, 192 in all.

#[test]
#[ignore = "profile of kills: cargo test --locked --test kills -- --ignored"]
fn the_first_sixteenths() {
    (0..3).for_each(play);
}

#[test]
#[ignore = "profile of kills: cargo test --locked --test kills -- --ignored"]
fn the_second_sixteenths() {
    (3..6).for_each(play);
}

#[test]
#[ignore = "profile of kills: cargo test --locked --test kills -- --ignored"]
fn the_third_sixteenths() {
    (6..9).for_each(play);
}

#[test]
#[ignore = "profile of kills: cargo test --locked --test kills -- --ignored"]
fn the_fourth_sixteenths() {
    (9..12).for_each(play);
}

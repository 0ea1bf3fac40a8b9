//! The indices against walks over all starts.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::api::{ApiError, Failure};
use crate::domain::inputs::RunOptions;
use crate::domain::{Boot, StartRun};
use crate::engine::start::journal::{BatchItem, Entry, StartStage};
use crate::engine::start::lifecycle::Recording;

fn start(number: u32) -> Start {
    let at = jiff::Timestamp::UNIX_EPOCH;
    let entry = Entry {
        id: StartId::new(at, Session(1), number),
        by: Session(1),
        who: None,
        project: ProjectId::new(format!("p-{}", number % 3)),
        title: crate::domain::Text::default(),
        body: json!({}),
        secrets: BTreeSet::new(),
        at,
        reason: None,
        queue: None,
        after: None,
        stage: StartStage::Waiting,
        attempts: 0,
        sent: None,
        deadline: None,
        known: BTreeSet::new(),
        trace: None,
    };
    Start::new(entry, StartRun::default(), Boot::ZERO)
}

/// Changes a start in one of the ways in which the engine does.
fn change(start: &mut Start, how: u8, number: u64) {
    let run = RunId::new(format!("r-{}", number % 4));
    let lost = || ApiError::from(Failure::Broken("reset".to_owned()));
    let id = start.entry.id;
    match how {
        0 => start.call = Some(CallId::numbered(number)),
        1 => start.call = None,
        2 => start.entry.stage = StartStage::Sent,
        3 => start.entry.stage = StartStage::Unconfirmed(lost()),
        4 => start.entry.stage = StartStage::Started(run),
        5 => start.entry.stage = StartStage::ProbablyOurs(run),
        6 => start.entry.stage = StartStage::NotSeen,
        7 => start.entry.stage = StartStage::Waiting,
        8 => start.sought = Some(Boot::from_secs(number)),
        9 => start.sought = None,
        10 => start.departure = Some(start.entry.clone()),
        11 => start.departure = None,
        12 => start.recording = Recording { owed: true, asked: 1, ..Recording::default() },
        13 => start.recording = Recording::written(),
        14 => start.entry.by = Session(u32::try_from(number % 3).unwrap()),
        _ => {
            let of = 1 + u16::from(number.is_multiple_of(2));
            start.entry.queue = Some(BatchItem { queue: id, index: 0, of });
        }
    }
}

fn ids<'a>(starts: impl Iterator<Item = &'a Start>) -> Vec<StartId> {
    starts.map(|start| start.entry.id).collect()
}

/// What a walk over all starts finds.
fn walk(starts: &Starts, such: impl Fn(&Start) -> bool) -> Vec<StartId> {
    ids(starts.iter().filter(|start| such(start)))
}

fn check(starts: &Starts) {
    assert_eq!(starts.open_count(), walk(starts, Start::is_open).len());
    assert_eq!(ids(starts.departing()), walk(starts, |s| s.departure.is_some()));
    assert_eq!(ids(starts.owed()), walk(starts, |s| s.recording.owed));
    assert_eq!(ids(starts.asked()), walk(starts, |s| s.recording.asked > 0));
    for number in 0..3 {
        let id = ProjectId::new(format!("p-{number}"));
        let walk = |such: &dyn Fn(&Start) -> bool| {
            walk(starts, |start| start.entry.project == id && such(start))
        };
        let lost = |start: &Start| {
            let stage = &start.entry.stage;
            *stage == StartStage::NotSeen || stage.is_open() && *stage != StartStage::Waiting
        };
        assert_eq!(ids(starts.of_project(&id)), walk(&|_| true));
        assert_eq!(ids(starts.open_of(&id)), walk(&Start::is_open));
        assert_eq!(ids(starts.at_work_of(&id)), walk(&Start::is_at_work));
        assert_eq!(ids(starts.lost_of(&id)), walk(&lost));
        assert_eq!(starts.has_open(&id), !walk(&Start::is_open).is_empty());
        assert_eq!(starts.has_work(&id), !walk(&Start::is_at_work).is_empty());
    }
    for number in 0..4 {
        let run = RunId::new(format!("r-{number}"));
        let claims = walk(starts, |start| start.entry.stage.run() == Some(&run));
        assert_eq!(ids(starts.claims(&run)), claims);
        let has = walk(starts, |start| start.entry.stage.started() == Some(&run));
        let newest = has.last().or(claims.last()).copied();
        assert_eq!(starts.of_run(&run).map(|start| start.entry.id), newest);
        assert_eq!(starts.claimed_twice().any(|one| *one == run), claims.len() > 1);
    }
    for start in starts.iter() {
        if let Some(call) = start.call {
            assert_eq!(starts.of_call(call), Some(start.entry.id));
        }
    }
    let runless = walk(starts, |s| match s.entry.stage {
        StartStage::Waiting => s.call.is_some() || s.entry.queue.is_some_and(|point| point.of == 1),
        StartStage::Sent
        | StartStage::NotSeen
        | StartStage::Unconfirmed(_)
        | StartStage::Ambiguous(_) => true,
        _ => false,
    });
    assert_eq!(ids(starts.runless()), runless);
    assert_eq!(starts.with_call().count(), walk(starts, |s| s.call.is_some()).len());
    let mut unattended: Vec<_> = starts.unattended().flat_map(|(_, s)| ids(s)).collect();
    unattended.sort_unstable();
    let is_queued = |s: &Start| s.entry.stage == StartStage::Waiting && s.entry.queue.is_some();
    let left = walk(starts, |s| s.is_open() && s.sought.is_none() && !is_queued(s));
    assert_eq!(unattended, left);
    assert!(starts.unattended().all(|(by, mut theirs)| theirs.all(|s| s.entry.by == by)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(crate::testkit::cases(200)))]

    #[test]
    fn the_indices_of_starts_have_what_a_walk_over_all_finds(
        changes in prop::collection::vec((0..6_u32, 0..16_u8), 0..60),
    ) {
        let mut starts = Starts::default();
        for (number, (which, how)) in (1..).zip(changes) {
            let start = start(which);
            let ticket = start.entry.id;
            if starts.get(ticket).is_none() {
                starts.insert(start);
            } else {
                starts.change(ticket, |start| change(start, how, number));
            }
            check(&starts);
        }
    }
}

#[test]
fn a_secret_is_lost_that_the_journal_names_and_the_body_does_not_have() {
    let lost = |body: StartRun| -> Vec<String> {
        let mut start = Start { start: body, ..start(1) };
        start.entry.secrets = ["key", "token"].map(str::to_owned).into();
        start.lost_secrets().cloned().collect()
    };
    let secrets = ["key".to_owned()].into();
    let kept = StartRun::new(serde_json::Map::new(), RunOptions::default(), secrets);
    assert_eq!(lost(StartRun::default()), ["key", "token"]);
    assert_eq!(lost(kept), ["token"]);
}

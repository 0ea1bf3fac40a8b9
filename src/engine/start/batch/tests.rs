//! Batches by themselves: what is counted, what leaves next, and what lets one stand still.

use jiff::Timestamp;
use proptest::prelude::*;

use super::drive::PAUSE;
use super::*;
use crate::api::ApiError;
use crate::api::error::{Detail, ParamIssues};
use crate::domain::Boot;

const NOW: u64 = 5_000;

fn now() -> Boot {
    Boot::from_secs(NOW)
}

fn batch() -> StartId {
    StartId::new(Timestamp::UNIX_EPOCH, Session(1), 7)
}

fn item(fate: Fate) -> Item {
    Item {
        batch: batch(),
        of: 9,
        project: ProjectId::new("p"),
        by: Session(1),
        fate,
        run: None,
        is_running: false,
    }
}

/// A driven batch whose items have these fates.
fn of(fates: &[Fate]) -> Batches {
    let mut batches = Batches::default();
    for (index, fate) in (0..).zip(fates) {
        batches.start_changed(batch().point(index), Some(item(*fate)));
    }
    batches.drive(batch());
    batches
}

fn rejected() -> ApiError {
    let detail = Detail { message: "no such input".to_owned(), trace: None };
    ApiError::Rejected { status: 422, detail, params: ParamIssues::default() }
}

#[test]
fn the_first_that_waits_leaves_next_unless_one_is_on_its_way() {
    use Fate::{Failed, LinedUp, Open, Started, Unsettled, Waiting};
    let due = |fates: &[Fate]| of(fates).due(now());
    let second = vec![(batch(), batch().point(1))];
    assert_eq!(due(&[Started, Waiting, Waiting]), second);
    assert_eq!(due(&[Failed, Waiting]), second);
    assert_eq!(due(&[Unsettled, Waiting]), second);
    assert_eq!(due(&[LinedUp, Waiting]), []);
    assert_eq!(due(&[Open, Waiting]), []);
    assert_eq!(due(&[Started, Started]), []);
}

#[test]
fn a_refusal_for_want_of_room_goes_back_and_one_of_the_limit_waits_half_a_minute() {
    let mut batches = of(&[Fate::Open, Fate::Waiting]);
    let full = ApiError::KernelsFull(Detail { message: "full".to_owned(), trace: None });
    assert!(batches.goes_back(batch(), &full, now()));
    assert_eq!(batches.driven(batch()), Some(&Drive::default()), "the kernels say when");
    assert!(batches.goes_back(batch(), &ApiError::RateLimited, now()));
    batches.start_changed(batch(), Some(item(Fate::Waiting)));
    assert_eq!((batches.due(now()), batches.deadline(now())), (vec![], Some(now() + PAUSE)));
    assert_eq!(batches.due(now() + PAUSE), [(batch(), batch())]);
}

#[test]
fn the_first_refusal_and_three_in_a_row_let_it_stand_still_and_withdrawn_items_break_no_row() {
    use Fate::{Open, Refused, Started, Waiting, Withdrawn};
    for (before, stands_still) in [
        (vec![Refused, Refused], true),
        (vec![Refused, Withdrawn, Refused], true),
        (vec![Refused, Started, Refused], false),
        (vec![Started, Refused], false),
        (vec![Refused], false),
        (vec![Started, Withdrawn], true),
        (vec![], true),
    ] {
        let last = u16::try_from(before.len()).unwrap();
        let fates: Vec<_> = before.iter().copied().chain([Open, Waiting]).collect();
        let mut batches = of(&fates);
        assert!(!batches.goes_back(batch().point(last), &rejected(), now()));
        let paused = batches.driven(batch()).unwrap().paused.is_some();
        assert_eq!(paused, stands_still, "{before:?}");
    }
}

#[test]
fn a_refused_token_lets_it_stand_still_and_keeps_the_start() {
    let mut batches = of(&[Fate::Open, Fate::Waiting]);
    assert!(batches.goes_back(batch(), &ApiError::Unauthorized, now()));
    assert!(batches.driven(batch()).unwrap().paused.is_some());
    assert_eq!((batches.due(now()), batches.unsent_going()), (vec![], 0));
}

#[test]
fn a_run_that_fails_makes_its_start_a_failed_one_and_it_stays_so_when_it_is_forgotten() {
    let id = RunId::new("r");
    let started = Item { run: Some(id.clone()), is_running: true, ..item(Fate::Started) };
    let mut batches = Batches::default();
    batches.start_changed(batch(), Some(started.clone()));
    assert_eq!(batches.running(batch()).collect::<Vec<_>>(), [&id]);
    let errored = Run {
        project: ProjectId::new("p"),
        id: id.clone(),
        version: None,
        url: None,
        status: RunStatus::Errored,
        trigger: None,
        start: None,
        end: None,
        elapsed: None,
    };
    batches.runs_changed([&errored]);
    assert_eq!((batches.count(batch(), Fate::Failed), batches.running(batch()).count()), (1, 0));
    batches.runs_changed([]);
    assert_eq!(batches.items(batch(), Fate::Failed).collect::<Vec<_>>(), [batch()]);
    let completed = Run { status: RunStatus::Completed, ..errored };
    batches.runs_changed([&completed]);
    assert_eq!(batches.count(batch(), Fate::Started), 1);
}

#[test]
fn what_is_wanted_stays_wanted_until_the_journal_has_it() {
    let mut batches = Batches::default();
    batches.want(batch(), Wish::Resume);
    batches.taking(batch(), Wish::Resume);
    batches.not_taken();
    assert_eq!((batches.has_taken(), batches.wanted()), (None, Some((batch(), Wish::Resume))));
    batches.taking(batch(), Wish::Resume);
    assert_eq!((batches.has_taken(), batches.wanted()), (Some(batch()), None));
    assert!(batches.driven(batch()).is_some());
    batches.want(batch(), Wish::Cut);
    batches.taking(batch(), Wish::Resume);
    assert_eq!(batches.has_taken(), Some(batch()));
    assert_eq!(batches.wanted(), Some((batch(), Wish::Cut)), "changed while it was written");
}

const FATES: [Fate; 9] = [
    Fate::Waiting,
    Fate::LinedUp,
    Fate::Open,
    Fate::Unsettled,
    Fate::Probable,
    Fate::Withdrawn,
    Fate::Refused,
    Fate::Failed,
    Fate::Started,
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(crate::testkit::cases(100)))]

    #[test]
    fn what_batches_count_as_it_changes_is_what_counting_anew_gives(
        steps in prop::collection::vec(
            (0..4_u32, 0..6_u16, prop::option::of(prop::sample::select(FATES.to_vec())), 1..3_u32),
            1..100,
        ),
    ) {
        let mut batches = Batches::default();
        let mut all: BTreeMap<StartId, Item> = BTreeMap::new();
        for (number, index, fate, by) in steps {
            let queue = StartId::new(Timestamp::UNIX_EPOCH, Session(1), number);
            let new = fate.map(|fate| Item { batch: queue, by: Session(by), ..item(fate) });
            batches.start_changed(queue.point(index), new.clone());
            match new {
                Some(new) => drop(all.insert(queue.point(index), new)),
                None => drop(all.remove(&queue.point(index))),
            }
            let ids: BTreeSet<_> = all.values().map(|item| item.batch).collect();
            prop_assert_eq!(batches.ids().collect::<BTreeSet<_>>(), ids.clone());
            for id in &ids {
                for fate in FATES {
                    let of_fate = all.iter().filter(|(_, one)| one.batch == *id && one.fate == fate);
                    let expected: Vec<_> = of_fate.map(|(start, _)| *start).collect();
                    prop_assert_eq!(batches.count(*id, fate), expected.len());
                    prop_assert_eq!(batches.items(*id, fate).collect::<Vec<_>>(), expected);
                }
            }
            let waits = |item: &&Item| matches!(item.fate, Fate::Waiting | Fate::LinedUp);
            let waiting: BTreeSet<_> = all.values().filter(waits).map(|item| item.batch).collect();
            prop_assert_eq!(batches.waiting().collect::<BTreeSet<_>>(), waiting);
            prop_assert_eq!(batches.unsent_count(), all.values().filter(waits).count());
            let own = all.values().filter(waits).filter(|item| item.by == Session(1)).count();
            prop_assert_eq!(batches.unsent_by(Session(1)), own);
        }
    }
}

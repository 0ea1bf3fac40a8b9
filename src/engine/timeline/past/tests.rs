use proptest::prelude::*;

use super::*;

const DAY: i64 = 24 * 3600;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_792_483_200 + second).unwrap()
}

fn change(run: &str, to: RunStatus, second: i64) -> SeenChange {
    SeenChange {
        project: ProjectId::new("p"),
        title: "P".into(),
        run: RunId::new(run),
        from: None,
        to,
        seen: at(second + 5),
        happened: Some(at(second)),
        trigger: None,
        version: None,
        first_look: false,
    }
}

/// A run that was seen to begin and to end.
fn ran(run: &str, from: i64, to: i64) -> [SeenChange; 2] {
    [change(run, RunStatus::Running, from), change(run, RunStatus::Errored, to)]
}

/// A store that keeps changes and tells them as the real one does; it counts what it was asked for.
struct Store {
    changes: Vec<(i64, SeenChange)>,
    asked: usize,
    most: usize,
}

impl Store {
    fn keeping(changes: impl IntoIterator<Item = SeenChange>) -> Self {
        Self { changes: (0..).zip(changes).collect(), asked: 0, most: usize::from(PAGE) }
    }

    fn page(&mut self, of: ChangeRange) -> ChangePage {
        self.asked += 1;
        let place = |(number, change): &(i64, SeenChange)| (change.seen, *number);
        let is_in = |change: &&(i64, SeenChange)| {
            let is_after = of.after.is_none_or(|after| match of.order {
                ChangeOrder::OldestFirst => place(change) > after,
                ChangeOrder::NewestFirst => place(change) < after,
            });
            (of.since..of.until).contains(&change.1.seen) && is_after
        };
        let mut found: Vec<_> = self.changes.iter().filter(is_in).collect();
        found.sort_by_key(|change| place(change));
        if of.order == ChangeOrder::NewestFirst {
            found.reverse();
        }
        found.truncate(usize::from(of.most).min(self.most));
        let last = found.last().filter(|_| found.len() == self.most).map(|last| place(last));
        let next = last.map(|last| ChangeRange { after: Some(last), ..of.clone() });
        ChangePage {
            of,
            changes: found.into_iter().map(|(_, change)| change.clone()).collect(),
            next,
        }
    }

    /// Answers until nothing more is asked for; gives how often it was.
    fn answer(&mut self, past: &mut Past) -> usize {
        let before = self.asked;
        while let Some(range) = past.ask() {
            assert_eq!(past.ask(), None, "one page at a time");
            let page = self.page(range);
            past.answered(page);
        }
        self.asked - before
    }
}

/// The runs within a stretch, with when they began and ended.
fn within(past: &Past, from: i64, to: i64) -> Vec<(&str, Option<i64>, Option<i64>)> {
    let second = |at: Timestamp| at.as_second() - 1_792_483_200;
    let project = ProjectId::new("p");
    let runs = past.of_project(&project).filter(|(_, run)| run.is_within(at(from), at(to)));
    let runs: Vec<_> = runs.map(|(id, _)| id.clone()).collect();
    let known = |id: RunId| {
        let (id, run) = past.runs[&project].get_key_value(&id).unwrap();
        (id.as_str(), run.start.map(second), run.end.map(second))
    };
    runs.into_iter().map(known).collect()
}

#[test]
fn a_stretch_is_read_page_by_page_and_a_small_move_reads_nothing_more() {
    let mut store = Store::keeping([ran("a", 10, 70), ran("b", -900, 80)].concat());
    store.most = 1;
    let mut past = Past::default();
    assert_eq!(past.reading(), Reading::Nothing);
    past.want(at(0), at(3600), at(DAY));
    assert_eq!(past.reading(), Reading::Going);
    assert!(store.answer(&mut past) >= 4);
    assert_eq!(past.reading(), Reading::Whole);
    let expected = [("a", Some(10), Some(70)), ("b", Some(-900), Some(80))];
    assert_eq!(within(&past, 0, 3600), expected);
    let revision = past.revision();
    for (from, to) in [(900, 4500), (-3600, 0), (-3 * 3600, -2 * 3600), (0, 3600)] {
        past.want(at(from), at(to), at(DAY));
        assert_eq!((store.answer(&mut past), past.reading()), (0, Reading::Whole));
    }
    assert_eq!(past.revision(), revision);
    let b = past.run(&ProjectId::new("p"), &RunId::new("b")).unwrap();
    assert_eq!(b.status, RunStatus::Errored, "the newest change came first");
}

#[test]
fn an_empty_timeline_is_whole_and_what_is_to_come_is_not_asked_for() {
    let mut store = Store::keeping([]);
    let mut past = Past::default();
    past.want(at(0), at(60), at(DAY));
    assert!(store.answer(&mut past) > 0);
    assert_eq!(past.reading(), Reading::Whole);
    past.want(at(3 * DAY), at(3 * DAY + 60), at(DAY));
    assert_eq!((past.ask(), past.reading()), (None, Reading::Whole));
}

#[test]
fn of_a_huge_timeline_the_newest_in_sight_is_read_and_from_when_on_it_is_whole_is_known() {
    // One change a minute, before, within and after what is in sight.
    let minutes = 40 * 24 * 60;
    let change = |minute: i64| change(&format!("{minute}"), RunStatus::Completed, minute * 60);
    let mut store = Store::keeping((0..minutes).map(change));
    let mut past = Past::default();
    let (from, to) = (5 * DAY, 35 * DAY);
    past.want(at(from), at(to), at(to));
    assert_eq!(store.answer(&mut past), MOST / usize::from(PAGE));
    let Reading::Cut(whole_from) = past.reading() else { panic!("{:?}", past.reading()) };
    let read = within(&past, from, to).len();
    assert_eq!(read, MOST, "all that is read is in sight");
    let left = whole_from.duration_since(at(to)).as_secs().unsigned_abs() / 60;
    assert!(left.abs_diff(MOST as u64) <= 1, "{left} minutes are whole");
    // The same, or as much a little later, would be cut as well.
    past.want(at(from), at(to), at(to));
    past.want(at(from + 120), at(to + 120), at(to + 120));
    assert_eq!(store.answer(&mut past), 1, "only what came in at its end");
    assert_eq!(past.reading(), Reading::Cut(whole_from));
    // A part that is read is whole at once; one that is not is read.
    past.want(at(30 * DAY), at(32 * DAY), at(40 * DAY));
    assert_eq!((store.answer(&mut past), past.reading()), (0, Reading::Whole));
    past.want(at(6 * DAY), at(7 * DAY), at(40 * DAY));
    assert!(store.answer(&mut past) > 0);
    assert_eq!(past.reading(), Reading::Whole);
    assert_eq!(within(&past, 6 * DAY, 7 * DAY).len(), 24 * 60 - 1, "one ended as it begins");
}

#[test]
fn what_came_since_it_was_read_is_read_on_when_it_is_wanted_again() {
    let mut store = Store::keeping(ran("a", 10, 70));
    let mut past = Past::default();
    past.want(at(-3600), at(900), at(200));
    store.answer(&mut past);
    store.changes.extend((7..).zip(ran("b", 600, 700)));
    past.want(at(-3600), at(900), at(210));
    assert_eq!(store.answer(&mut past), 0, "that was a moment ago");
    past.want(at(-3600), at(900), at(800));
    assert_eq!(store.answer(&mut past), 1, "no more than is new");
    assert_eq!(within(&past, -3600, 900).len(), 2);
}

#[test]
fn what_cannot_be_read_again_and_again_is_left_alone_until_another_span_is_wanted() {
    let mut store = Store::keeping(ran("a", 1, 2));
    let mut past = Past::default();
    past.want(at(0), at(60), at(DAY));
    for _ in 0..2 {
        assert!(past.ask().is_some());
        past.failed();
        past.resume(at(DAY));
    }
    past.want(at(1), at(61), at(DAY));
    assert_eq!((past.ask(), past.reading()), (None, Reading::Failed));
    past.want(at(0), at(120), at(DAY));
    store.answer(&mut past);
    assert_eq!(past.reading(), Reading::Whole);
}

#[test]
fn what_is_wanted_no_more_is_not_taken_in_and_one_page_is_read_at_a_time() {
    let mut store =
        Store::keeping([ran("old", 1, 2), ran("new", 40 * DAY + 1, 40 * DAY + 2)].concat());
    let mut past = Past::default();
    past.want(at(0), at(60), at(50 * DAY));
    let first = past.ask().unwrap();
    past.want(at(40 * DAY), at(40 * DAY + 60), at(50 * DAY));
    assert_eq!(past.ask(), None, "the page comes first");
    let old = store.page(first);
    past.answered(old);
    assert_eq!(within(&past, 0, 60), []);
    store.answer(&mut past);
    assert_eq!(within(&past, 40 * DAY, 40 * DAY + 60).len(), 1);
}

#[test]
fn after_a_failure_the_same_is_read_when_the_store_works_again_or_it_is_wanted_again() {
    let mut store = Store::keeping(ran("a", 1, 2));
    let mut past = Past::default();
    past.failed();
    assert_eq!(past.reading(), Reading::Nothing);
    for resumes in [true, false] {
        past.want(at(0), at(60), at(DAY));
        let late = past.ask().unwrap();
        past.failed();
        assert_eq!(past.reading(), Reading::Failed);
        let late = store.page(late);
        past.answered(late);
        assert_eq!((past.reading(), within(&past, 0, 60).len()), (Reading::Failed, 0));
        if resumes {
            past.resume(at(DAY));
        } else {
            past.want(at(0), at(60), at(DAY));
        }
        store.answer(&mut past);
        assert_eq!((past.reading(), within(&past, 0, 60).len()), (Reading::Whole, 1));
        past = Past::default();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(crate::testkit::cases(200)))]

    /// Whatever is moved and zoomed to, and however many the pages have: once nothing is asked for any more, all runs
    /// in sight are known as they were, and what is said to be whole is.
    #[test]
    fn what_is_said_to_be_whole_is_so(
        began in prop::collection::vec((-3 * DAY..3 * DAY, 1..DAY / 2), 0..60),
        moves in prop::collection::vec((-3 * DAY..3 * DAY, 60..2 * DAY, 0..5_usize), 1..8),
        most in 1..20_usize,
    ) {
        let runs: Vec<_> = (0..).zip(&began).map(|(number, (from, took))| {
            (format!("{number:03}"), *from, from + took)
        }).collect();
        let changes = runs.iter().flat_map(|(id, from, to)| ran(id, *from, *to));
        let mut store = Store::keeping(changes);
        store.most = most;
        let mut past = Past::default();
        for (from, length, answered) in moves {
            past.want(at(from), at(from + length), at(10 * DAY));
            for _ in 0..answered {
                if let Some(range) = past.ask() {
                    let page = store.page(range);
                    past.answered(page);
                }
            }
        }
        store.answer(&mut past);
        let (from, to) = past.wanted.unwrap();
        prop_assert_eq!(past.reading(), Reading::Whole);
        let second = |at: Timestamp| at.as_second() - 1_792_483_200;
        let (from, to) = (second(from), second(to));
        // Of a run that goes on throughout, neither end need be near enough to be read.
        let expected: Vec<_> = runs
            .iter()
            .filter(|(_, began, ended)| (from + 1..to).contains(began) || (from + 1..to).contains(ended))
            .map(|(id, began, ended)| (id.as_str(), Some(*began), Some(*ended)))
            .collect();
        let known = within(&past, from, to);
        for one in &expected {
            let (_, began, ended) = *one;
            let is_short = ended.zip(began).is_some_and(|(ended, began)| ended - began < 3 * 3600);
            let same = |it: &(&str, Option<i64>, Option<i64>)| {
                it.0 == one.0 && (!is_short || (it.1, it.2) == (began, ended))
            };
            prop_assert!(known.iter().any(same), "{one:?} in {known:?}");
        }
    }
}

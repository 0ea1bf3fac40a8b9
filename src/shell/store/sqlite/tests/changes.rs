//! The timeline of seen changes in the store.

use jiff::Timestamp;
use rusqlite::params;

use super::super::changes::{MOST, PAGE};
use super::*;
use crate::domain::{RunStatus, RunTrigger};
use crate::engine::timeline::{ChangeOrder, ChangePage, ChangeRange, SeenChange};

const DAY: i64 = 24 * 3600;

/// A time so many seconds after the one that `at(_, 0)` has as its wall clock's.
fn time(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_000_000 + seconds).unwrap()
}

fn change(run: &str, to: RunStatus, seen: i64) -> SeenChange {
    SeenChange {
        project: ProjectId::new("p"),
        title: "Churn model".into(),
        run: RunId::new(run),
        from: None,
        to,
        seen: time(seen),
        happened: None,
        trigger: None,
        version: None,
        first_look: false,
    }
}

fn running(run: &str, seen: i64) -> SeenChange {
    change(run, RunStatus::Running, seen)
}

fn append(store: &mut SqliteStore, changes: &[SeenChange], now: Now) {
    let told = store.answer(StoreRequest::AppendChanges(changes.to_vec()), now).unwrap();
    assert_eq!(told.answer, Answer::News);
}

fn all() -> ChangeRange {
    ChangeRange {
        since: Timestamp::MIN,
        until: Timestamp::MAX,
        most: u16::MAX,
        ..ChangeRange::default()
    }
}

/// The changes of a range, page by page, and how many pages there were.
fn pages(store: &mut SqliteStore, range: ChangeRange) -> (Vec<SeenChange>, usize) {
    let (mut changes, mut pages) = (Vec::new(), 0);
    let mut next = Some(range);
    while let Some(range) = next {
        let page: ChangePage = store.changes(range, at(100, 0)).unwrap();
        changes.extend(page.changes);
        (next, pages) = (page.next, pages + 1);
    }
    (changes, pages)
}

fn runs(store: &mut SqliteStore) -> Vec<String> {
    pages(store, all()).0.into_iter().map(|change| change.run.to_string()).collect()
}

#[test]
fn what_is_written_is_read_as_it_was_whoever_asks() {
    let dir = tempfile::tempdir().unwrap();
    let (mut one, mut two) = (store(&dir, 1), store(&dir, 2));
    let full = SeenChange {
        from: Some(RunStatus::Unknown("PAUSED".into())),
        to: RunStatus::NoKernel,
        seen: "1970-01-12T13:46:40.123Z".parse().unwrap(),
        happened: Some("1970-01-12T13:46:39.999Z".parse().unwrap()),
        trigger: Some(RunTrigger::Unknown("WEBHOOK".into())),
        version: Some("14".to_owned()),
        first_look: true,
        ..running("b", 0)
    };
    append(&mut one, &[full.clone(), running("a", 5)], at(100, 0));
    for store in [&mut one, &mut two] {
        assert_eq!(pages(store, all()), (vec![full.clone(), running("a", 5)], 1));
    }
    // It is no news: whoever wants it asks for it.
    let told = two.answer(StoreRequest::Join, at(100, 0)).unwrap();
    assert_eq!((told.facts, told.answer), (vec![], Answer::Joined));
}

#[test]
fn of_a_run_and_a_status_the_first_writing_counts() {
    let dir = tempfile::tempdir().unwrap();
    let (mut one, mut two) = (store(&dir, 1), store(&dir, 2));
    let first = SeenChange { first_look: true, ..running("a", 1) };
    append(&mut one, std::slice::from_ref(&first), at(100, 0));
    append(&mut one, &[running("a", 2)], at(100, 0));
    append(&mut two, &[running("a", 3), change("a", RunStatus::Errored, 3)], at(100, 0));
    let expected = vec![first, change("a", RunStatus::Errored, 3)];
    assert_eq!(pages(&mut one, all()).0, expected);
    let numbers: Vec<i64> = {
        let mut query = one.connection.prepare("SELECT number FROM change").unwrap();
        query.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    assert_eq!(numbers, [1, 2], "and takes no number");
}

#[test]
fn a_range_has_what_was_seen_from_then_until_before_then_page_by_page() {
    let dir = tempfile::tempdir().unwrap();
    let mut one = store(&dir, 1);
    // Several were seen at once, and some are written later than what was seen after them.
    let written = [("e", 9), ("a", 1), ("b", 4), ("c", 4), ("d", 4), ("f", 10)];
    append(&mut one, &written.map(|(run, seen)| running(run, seen)), at(100, 0));
    let range = ChangeRange { since: time(4), until: time(10), ..all() };
    for (most, count) in [(1, 5), (2, 3), (3, 2), (4, 2), (5, 1)] {
        let (changes, pages) = self::pages(&mut one, ChangeRange { most, ..range.clone() });
        let runs: Vec<_> = changes.iter().map(|change| change.run.as_str()).collect();
        assert_eq!((runs, pages), (vec!["b", "c", "d", "e"], count), "{most} at a time");
        let order = ChangeOrder::NewestFirst;
        let (mut turned, _) = self::pages(&mut one, ChangeRange { order, most, ..range.clone() });
        turned.reverse();
        assert_eq!(turned, changes, "{most} at a time, the newest first");
    }
    assert_eq!(runs(&mut one), ["a", "b", "c", "d", "e", "f"]);
    let nothing = ChangeRange { since: time(11), ..all() };
    assert_eq!(pages(&mut one, nothing), (vec![], 1));
}

#[test]
fn no_answer_has_more_than_a_page() {
    let dir = tempfile::tempdir().unwrap();
    let mut one = store(&dir, 1);
    let count = usize::from(PAGE) + 1;
    let many: Vec<_> = (0..count).map(|number| running(&format!("{number}"), 1)).collect();
    append(&mut one, &many, at(100, 0));
    let page = one.changes(all(), at(100, 0)).unwrap();
    assert_eq!(page.changes.len(), usize::from(PAGE));
    assert_eq!(pages(&mut one, ChangeRange { most: 0, ..all() }).0.len(), count, "one by one");
    assert_eq!(pages(&mut one, all()), (many, 2));
}

#[test]
fn a_change_is_kept_for_thirty_days() {
    let dir = tempfile::tempdir().unwrap();
    let mut one = store(&dir, 1);
    let now = at(100, 31 * DAY);
    append(&mut one, &[running("old", DAY - 1), running("kept", DAY)], at(100, DAY));
    append(&mut one, &[running("new", 31 * DAY)], now);
    assert_eq!(runs(&mut one), ["kept", "new"]);
    // Nothing else has to be written for it but what is written anyway.
    append(&mut one, &[running("newer", 31 * DAY + 1)], now);
    one.answer(StoreRequest::Append(Vec::new()), at(101, 31 * DAY + 1)).unwrap();
    assert_eq!(runs(&mut one), ["new", "newer"]);
}

#[test]
fn a_clock_that_is_ahead_takes_no_change_away() {
    let dir = tempfile::tempdir().unwrap();
    let mut one = store(&dir, 1);
    append(&mut one, &[running("a", 0)], at(100, 0));
    append(&mut one, &[running("b", 1)], at(100, 400 * DAY));
    assert_eq!(runs(&mut one), ["a", "b"], "this machine's");
    append(&mut one, &[running("c", 400 * DAY)], at(101, 2));
    assert_eq!(runs(&mut one), ["a", "b", "c"], "the server's");
}

#[test]
fn no_more_changes_are_kept_than_so_many_and_the_oldest_leave_step_by_step() {
    let dir = tempfile::tempdir().unwrap();
    let mut one = store(&dir, 1);
    let count = i64::from(STEP) + 3;
    let many: Vec<_> = (1..=count).map(|number| running(&format!("{number}"), number)).collect();
    append(&mut one, &many, at(100, 0));
    // As if so many more had been written as are kept, but for one.
    let sql = "UPDATE change SET number = number + ? WHERE number > ?";
    one.connection.execute(sql, params![MOST - 1 - count, count - 1]).unwrap();
    append(&mut one, &[running("last but one", count + 1)], at(100, 0));
    assert_eq!(runs(&mut one).len(), many.len() + 1, "as many as are kept");
    append(&mut one, &[running("last", count + 2)], at(100, 0));
    assert_eq!(runs(&mut one).first().map(String::as_str), Some("2"), "one too many");
    one.connection
        .execute("UPDATE change SET number = number + ? WHERE run = 'last'", [MOST])
        .unwrap();
    one.answer(StoreRequest::Append(Vec::new()), at(100, 0)).unwrap();
    assert_eq!(runs(&mut one).len(), many.len() + 1 - usize::from(STEP), "no more in one step");
    one.answer(StoreRequest::Append(Vec::new()), at(100, 0)).unwrap();
    one.answer(StoreRequest::Append(Vec::new()), at(100, 0)).unwrap();
    assert_eq!(runs(&mut one), ["last"]);
}

#[test]
fn changes_go_with_their_owner_step_by_step_and_nobody_else_sees_them() {
    let dir = tempfile::tempdir().unwrap();
    let now = at(100, 0);
    let mut one = store(&dir, 1);
    let count = usize::from(STEP) + 1;
    let many: Vec<_> = (0..count).map(|number| running(&format!("{number}"), 1)).collect();
    append(&mut one, &many, now);
    one.answer(StoreRequest::Belongs("ana".to_owned()), now).unwrap();
    assert_eq!(pages(&mut one, all()).0.len(), usize::from(STEP), "the rest comes later");
    one.answer(StoreRequest::Put(Vec::new()), now).unwrap();
    assert_eq!(pages(&mut one, all()).0, many);
    let mut other = SqliteStore::open(&location(&dir, "boot 1", 2), "another token").unwrap();
    assert_eq!(pages(&mut other, all()).0, []);
    append(&mut other, &[running("0", 2), running("theirs", 3)], now);
    other.answer(StoreRequest::Belongs("ana".to_owned()), now).unwrap();
    let both = runs(&mut other);
    assert_eq!((both.len(), both.last().map(String::as_str)), (count + 1, Some("theirs")));
    assert_eq!(runs(&mut one), both);
}

#[test]
fn a_file_without_a_timeline_gets_one_and_keeps_what_it_has() {
    let dir = tempfile::tempdir().unwrap();
    let mut one = store(&dir, 1);
    let now = at(100, 0);
    one.answer(StoreRequest::Put(vec![fact("run/p/a", "1", 90)]), now).unwrap();
    // As the version before this one has left the file.
    one.connection.execute_batch("DROP TABLE change; PRAGMA user_version = 4;").unwrap();
    drop(one);
    let mut one = store(&dir, 1);
    append(&mut one, &[running("a", 1)], now);
    assert_eq!(runs(&mut one), ["a"]);
    assert_eq!(one.answer(StoreRequest::Join, now).unwrap().facts, [fact("run/p/a", "1", 90)]);
}

#[test]
fn a_change_that_was_spoilt_hides_no_other() {
    let dir = tempfile::tempdir().unwrap();
    let mut one = store(&dir, 1);
    append(&mut one, &["a", "b", "c"].map(|run| running(run, 1)), at(100, 0));
    let spoil = "UPDATE change SET title = CAST(x'41ff1b' AS TEXT), happened = 9223372036854775807
                 WHERE run = 'a';
                 UPDATE change SET seen = 9223372036854775806 WHERE run = 'b';";
    one.connection.execute_batch(spoil).unwrap();
    let range = ChangeRange { most: 1, ..all() };
    let (changes, _) = pages(&mut one, range);
    let spoilt = SeenChange { title: "A\u{fffd}·".into(), ..running("a", 1) };
    assert_eq!(changes, [spoilt, running("c", 1)]);
}

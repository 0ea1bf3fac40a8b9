//! The journal of cancels in the store.

use super::*;
use crate::engine::cancel::{CancelEntry, CancelId, CancelStage};
use crate::engine::start::journal::AfterCancel;

fn cancel(by: u32, number: u32, stage: CancelStage) -> CancelEntry {
    let at = jiff::Timestamp::from_second(1_000_000).unwrap();
    CancelEntry {
        id: CancelId::new(at, Session(by), number),
        by: Session(by),
        who: Some("ana@acme.test".to_owned()),
        project: ProjectId::new("p"),
        title: "P".into(),
        run: RunId::new(format!("run-{number}")),
        at,
        reason: None,
        rule: None,
        stage,
        tries: 1,
        changed: None,
    }
}

#[test]
fn cancels_are_kept_told_to_others_once_and_told_whole_to_one_that_joins() {
    let dir = tempfile::tempdir().unwrap();
    let (mut one, mut two) = (store(&dir, 1), store(&dir, 2));
    let now = at(100, 0);
    let sent = cancel(1, 1, CancelStage::Sent);
    let told = one.answer(StoreRequest::RecordCancels(vec![sent.clone()]), now).unwrap();
    assert_eq!((told.answer, told.cancels), (Answer::CancelsRecorded(vec![sent.id]), vec![]));
    assert_eq!(two.news(now).unwrap().unwrap().cancels, std::slice::from_ref(&sent));
    assert_eq!(two.news(now).unwrap(), None);
    let killed = CancelEntry { stage: CancelStage::Killed, ..sent };
    one.answer(StoreRequest::RecordCancels(vec![killed.clone()]), now).unwrap();
    assert_eq!(two.news(now).unwrap().unwrap().cancels, std::slice::from_ref(&killed));
    let mut three = store(&dir, 3);
    assert_eq!(
        three.answer(StoreRequest::Join, now).unwrap().cancels,
        std::slice::from_ref(&killed)
    );
    assert_eq!(three.cancels(now), Ok(vec![killed]));
    assert_eq!(three.journal(now), Ok(vec![]), "starts are by themselves");
}

#[test]
fn one_that_joins_is_told_the_cancels_that_open_starts_wait_for_however_old_they_are() {
    let dir = tempfile::tempdir().unwrap();
    let mut one = store(&dir, 1);
    let now = at(100, 0);
    let many: Vec<_> = (1..=1100).map(|number| cancel(1, number, CancelStage::Killed)).collect();
    let [first, second, third] = [0, 1, 2].map(|place| many[place].id);
    one.answer(StoreRequest::RecordCancels(many), now).unwrap();
    let start = |number, cancel, stage| {
        let after = Some(AfterCancel { run: RunId::new("r"), cancel: Some(cancel) });
        Entry { after, ..entry(1, number, stage) }
    };
    let starts =
        vec![start(1, second, StartStage::Waiting), start(2, third, StartStage::Withdrawn)];
    one.answer(StoreRequest::LogRecord(starts), now).unwrap();
    // A record that cannot be read hides no other.
    let sql = "INSERT INTO journal SELECT owner, 'x', 99, sender, writer, 1, '{' FROM journal";
    one.connection.execute(&format!("{sql} LIMIT 1"), []).unwrap();
    let told = store(&dir, 2).answer(StoreRequest::Join, now).unwrap().cancels;
    let has = |id| told.iter().any(|entry| entry.id == id);
    assert_eq!([has(first), has(second), has(third)], [false, true, false]);
    assert_eq!(told.len(), 1001);
}

#[test]
fn one_that_joins_is_told_which_processes_with_open_cancels_are_gone() {
    let dir = tempfile::tempdir().unwrap();
    let locations = [1, 2, 3].map(|session| location(&dir, "boot 1", session));
    let open = |location: &StoreLocation| SqliteStore::open(location, "token").unwrap();
    let now = at(100, 0);
    let [first, second, third] = locations;
    let (mut one, mut two) = (open(&first), open(&second));
    let stuck = CancelStage::Stuck("Hex failed".to_owned());
    one.answer(StoreRequest::RecordCancels(vec![cancel(1, 1, stuck)]), now).unwrap();
    two.answer(StoreRequest::RecordCancels(vec![cancel(2, 1, CancelStage::Killed)]), now).unwrap();
    drop((one, two, first, second));
    let mut later = open(&third);
    assert_eq!(
        later.answer(StoreRequest::Join, now).unwrap().gone,
        [Session(1)],
        "2 has none open"
    );
}

#[test]
fn cancels_go_with_their_owner_and_a_file_without_them_gets_their_table() {
    let dir = tempfile::tempdir().unwrap();
    let one = store(&dir, 1);
    let now = at(100, 0);
    // As the version before this one has left the file.
    one.connection
        .execute_batch("DROP TABLE cancel; DROP TABLE change; PRAGMA user_version = 3;")
        .unwrap();
    drop(one);
    let mut one = store(&dir, 1);
    let killed = cancel(1, 1, CancelStage::Killed);
    one.answer(StoreRequest::RecordCancels(vec![killed.clone()]), now).unwrap();
    one.answer(StoreRequest::Belongs("ana".to_owned()), now).unwrap();
    assert_eq!(one.cancels(now), Ok(vec![killed.clone()]));
    let mut other = SqliteStore::open(&location(&dir, "boot 1", 2), "another token").unwrap();
    assert_eq!(other.cancels(now), Ok(vec![]));
    let theirs = cancel(2, 2, CancelStage::Sent);
    other.answer(StoreRequest::RecordCancels(vec![theirs.clone()]), now).unwrap();
    other.answer(StoreRequest::Belongs("ana".to_owned()), now).unwrap();
    assert_eq!(other.cancels(now), Ok(vec![killed, theirs]));
}

#[test]
fn a_cancel_that_cannot_be_read_is_set_aside_and_the_others_stay() {
    let dir = tempfile::tempdir().unwrap();
    let mut one = store(&dir, 1);
    let now = at(100, 0);
    let kept = cancel(1, 2, CancelStage::Killed);
    let both = vec![cancel(1, 1, CancelStage::Sent), kept.clone()];
    one.answer(StoreRequest::RecordCancels(both), now).unwrap();
    one.connection.execute("UPDATE cancel SET entry = '{' WHERE number = 1", []).unwrap();
    let mut two = store(&dir, 2);
    let told = two.answer(StoreRequest::Join, now).unwrap();
    assert_eq!(told.cancels, [kept]);
    assert!(told.notes[0].contains("1 record of the store could not be read"), "{:?}", told.notes);
    let aside = two.aside().unwrap();
    assert_eq!((aside[0].kind.as_str(), aside[0].record.as_str()), ("cancel", "{"));
    assert!(two.answer(StoreRequest::Join, now).unwrap().notes.is_empty(), "once");
}

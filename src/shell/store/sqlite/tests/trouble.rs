//! The store under a live process: gone, replaced, upgraded, or with records that cannot be read.

use super::*;
use crate::engine::budget::Priority;

/// A start that waits, and how it stands in the journal when it leaves.
fn start(by: u32, number: u32) -> (Entry, Entry) {
    let waiting = entry(by, number, StartStage::Waiting);
    let sent = Entry { stage: StartStage::Sent, attempts: 1, ..waiting.clone() };
    (waiting, sent)
}

/// A claim with which a start leaves.
fn leave(after: i64, sent: &Entry) -> StoreRequest {
    StoreRequest::Claim { after, records: vec![done(1, 99)], entries: vec![sent.clone()] }
}

fn file(dir: &TempDir) -> std::path::PathBuf {
    location(dir, "", 1).file.unwrap().unwrap()
}

fn raw(dir: &TempDir) -> Connection {
    Connection::open(file(dir)).unwrap()
}

/// Something that is done to a store while a process has it open.
type Harm = fn(&TempDir);

const HARMS: [(&str, Harm, &str); 6] = [
    ("removed", |dir| std::fs::remove_file(file(dir)).unwrap(), "was removed or moved"),
    (
        "removed with its directory",
        |dir| std::fs::remove_dir_all(dir.path().join("a")).unwrap(),
        "was removed or moved",
    ),
    (
        "moved with its directory",
        |dir| std::fs::rename(dir.path().join("a"), dir.path().join("b")).unwrap(),
        "was removed or moved",
    ),
    (
        "replaced",
        |dir| {
            let other = tempfile::tempdir().unwrap();
            drop(store(&other, 9));
            let new = dir.path().join("new");
            std::fs::copy(file(&other), &new).unwrap();
            std::fs::rename(new, file(dir)).unwrap();
        },
        "was replaced by another file",
    ),
    (
        "restored from another",
        |dir| raw(dir).execute_batch("UPDATE store SET id = 'another'").unwrap(),
        "another store was copied over",
    ),
    (
        "upgraded",
        |dir| raw(dir).pragma_update(None, "user_version", 7).unwrap(),
        "newer hextop (version 7",
    ),
];

/// What SQLite has not yet taken into the store's file is lost.
const ROBBED: (&str, Harm, &str) = (
    "robbed of the files beside it",
    |dir| {
        for path in identity::beside(&file(dir)) {
            std::fs::remove_file(path).unwrap();
        }
    },
    "sqlite3-wal was removed or moved",
);

#[test]
fn no_start_is_recorded_or_leaves_in_a_file_that_is_not_the_stores_any_more() {
    for (name, harm, said) in HARMS {
        let dir = tempfile::tempdir().unwrap();
        let now = at(100, 0);
        let here = location(&dir, "boot 1", 1);
        let [mut one, mut two] = [(); 2].map(|()| SqliteStore::open(&here, "token").unwrap());
        let (waiting, sent) = start(1, 1);
        one.answer(StoreRequest::LogRecord(vec![waiting.clone()]), now).unwrap();
        two.answer(StoreRequest::Join, now).unwrap();
        harm(&dir);
        for (asked, refused) in [
            ("a claim", two.answer(leave(0, &sent), now)),
            ("an entry", one.answer(StoreRequest::LogRecord(vec![start(1, 2).0]), now)),
            ("a fact", one.answer(StoreRequest::Put(vec![fact("a/b", "1", 99)]), now)),
        ] {
            let reason = refused.expect_err(&format!("{name}: {asked}"));
            assert!(reason.contains(said), "{name}: {asked}: {reason}");
        }
        // What is at the path now is opened anew, unless it is for a newer hextop.
        let again = SqliteStore::open(&here, "token");
        assert_eq!(again.is_err(), name == "upgraded", "{name}");
    }
}

#[test]
fn a_store_that_went_is_noticed_without_writing() {
    for (name, harm, said) in HARMS.into_iter().take(4).chain([ROBBED]) {
        let dir = tempfile::tempdir().unwrap();
        let mut one = store(&dir, 1);
        one.answer(StoreRequest::Join, at(100, 0)).unwrap();
        harm(&dir);
        let reason = one.news(at(101, 1)).expect_err(name);
        assert!(reason.contains(said), "{name}: {reason}");
    }
}

#[test]
fn a_process_whose_store_was_moved_shows_anew_that_it_is_alive() {
    let dir = tempfile::tempdir().unwrap();
    let locations = [1, 2].map(|session| location(&dir, "boot 1", session));
    let open = |location: &StoreLocation| SqliteStore::open(location, "token").unwrap();
    let first = open(&locations[0]);
    std::fs::rename(dir.path().join("a"), dir.path().join("b")).unwrap();
    let mut again = open(&locations[0]);
    again.answer(StoreRequest::LogRecord(vec![start(1, 1).0]), at(100, 0)).unwrap();
    let mut other = open(&locations[1]);
    assert_eq!(other.answer(StoreRequest::Join, at(100, 0)).unwrap().gone, []);
    drop((first, again));
}

#[test]
fn a_place_that_cannot_be_used_says_why_and_nothing_is_written_there() {
    let location = StoreLocation::unusable("no home directory".to_owned(), Session(1));
    assert_eq!(SqliteStore::open(&location, "token").unwrap_err(), "no home directory");
    let dir = tempfile::tempdir().unwrap();
    let shared = dir.path().join("shared");
    std::fs::create_dir(&shared).unwrap();
    set_mode(&shared, 0o1777);
    let location =
        StoreLocation::new(Some(shared.join("store.sqlite3")), String::new(), Session(1));
    let refusal = SqliteStore::open(&location, "token").unwrap_err();
    assert!(refusal.contains("shared by all users"), "{refusal}");
    assert!(refusal.contains("set data_dir"), "{refusal}");
    assert_eq!(std::fs::read_dir(&shared).unwrap().count(), 0);
}

#[test]
fn modes_that_let_others_write_are_mended_and_that_is_said() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    drop(store(&dir, 1));
    set_mode(&dir.path().join("a"), 0o777);
    set_mode(&file(&dir), 0o666);
    let told = store(&dir, 1).answer(StoreRequest::Join, at(100, 0)).unwrap();
    assert_eq!(told.notes.len(), 2, "{:?}", told.notes);
    assert!(told.notes.iter().all(|note| note.contains("its mode is now")), "{:?}", told.notes);
    let mode = std::fs::metadata(file(&dir)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(
        store(&dir, 2).answer(StoreRequest::Join, at(100, 0)).unwrap().notes,
        [] as [&str; 0]
    );
}

fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// Ways in which a text cannot be read.
const SPOILT: [&str; 3] = ["'{\"cut'", "CAST(x'ff00' AS TEXT)", "'{}'"];

#[test]
fn a_record_that_cannot_be_read_is_set_aside_and_blocks_neither_starts_nor_the_journal() {
    for spoilt in SPOILT {
        let dir = tempfile::tempdir().unwrap();
        let now = at(100, 0);
        let mut one = store(&dir, 1);
        let (waiting, sent) = start(1, 1);
        let ended = entry(1, 2, StartStage::NotSeen);
        one.answer(StoreRequest::LogRecord(vec![waiting.clone(), ended.clone()]), now).unwrap();
        one.answer(StoreRequest::Append(vec![done(1, 98), lease(1, 98)]), now).unwrap();
        one.answer(StoreRequest::Put(vec![fact("a/b", "1", 97), fact("a/c", "2", 97)]), now)
            .unwrap();
        raw(&dir)
            .execute_batch(&format!(
                "UPDATE log SET record = {spoilt};
                 UPDATE fact SET value = CAST(x'ff' AS TEXT) WHERE key = 'a/b';
                 UPDATE journal SET entry = {spoilt} WHERE id = '{}';",
                ended.id
            ))
            .unwrap();
        let mut two = store(&dir, 2);
        let told = two.answer(StoreRequest::Join, now).unwrap();
        assert_eq!(told.facts, [fact("a/c", "2", 97)], "{spoilt}");
        let [note] = <[String; 1]>::try_from(told.notes).unwrap();
        assert!(note.contains("4 records") && note.contains("journal --set-aside"), "{note}");
        let unreadable = StartStage::Unreadable { open: false };
        let stages: Vec<_> = told.entries.iter().map(|e| (e.id, e.stage.clone())).collect();
        assert_eq!(stages, [(waiting.id, StartStage::Waiting), (ended.id, unreadable)]);
        assert_eq!(two.journal(now).unwrap().len(), 2);
        let aside: Vec<_> = two.aside().unwrap().into_iter().map(|a| (a.kind, a.key)).collect();
        let expected = [("journal", ended.id.to_string()), ("log", String::new())];
        let more = [("log", "lease".to_owned()), ("fact", "a/b".to_owned())];
        let all = expected.into_iter().chain(more).map(|(kind, key)| (kind.to_owned(), key));
        assert_eq!(aside, all.collect::<Vec<_>>(), "{spoilt}");
        // It is named once, and nothing stands in the way of the start any more.
        let head = one.answer(StoreRequest::Join, now).unwrap();
        assert_eq!(head.notes, [] as [&str; 0]);
        let after = head.records.last().unwrap().0;
        let left = one.answer(leave(after, &sent), now).unwrap();
        assert_eq!(left.answer, Answer::Claimed(after), "{spoilt}");
    }
}

#[test]
fn a_record_of_the_log_that_cannot_be_read_takes_a_slot_in_every_process() {
    let dir = tempfile::tempdir().unwrap();
    let now = at(100, 0);
    let (mut one, mut two) = (store(&dir, 1), store(&dir, 2));
    one.answer(StoreRequest::Append(vec![done(1, 98)]), now).unwrap();
    raw(&dir).execute("UPDATE log SET record = '{'", []).unwrap();
    let first = two.answer(StoreRequest::Join, now).unwrap().records;
    let later = store(&dir, 3).answer(StoreRequest::Join, now).unwrap().records;
    assert_eq!(first.last(), later.last());
    let (_, LogRecord { at: when, what, .. }) = later.last().unwrap();
    assert_eq!(*when, Boot::from_secs(98));
    assert!(matches!(what, LogEvent::Sent { priority: Priority::Person, .. }), "{what:?}");
}

#[test]
fn an_open_start_whose_record_cannot_be_read_never_leaves_and_is_taken_over_by_nobody() {
    for spoilt in SPOILT {
        let dir = tempfile::tempdir().unwrap();
        let now = at(100, 0);
        let (mut one, mut two) = (store(&dir, 1), store(&dir, 2));
        let (waiting, sent) = start(1, 1);
        one.answer(StoreRequest::LogRecord(vec![waiting.clone()]), now).unwrap();
        let known = two.answer(StoreRequest::Join, now).unwrap().journal;
        raw(&dir).execute(&format!("UPDATE journal SET entry = {spoilt}"), []).unwrap();
        let told = one.answer(leave(0, &sent), now).unwrap();
        assert_eq!(told.answer, Answer::Behind { after: 0, refused: vec![waiting.id] });
        let unreadable = StartStage::Unreadable { open: true };
        assert_eq!(told.entries.first().map(|e| &e.stage), Some(&unreadable), "{spoilt}");
        assert!(told.notes[0].contains("may have begun a run"), "{:?}", told.notes);
        // One that knows it as waiting must hear of that before it may take it over.
        let taken = Entry { by: Session(2), ..waiting.clone() };
        let told = two
            .answer(StoreRequest::CompareAndSet { after: known, entries: vec![taken] }, now)
            .unwrap();
        assert_eq!(told.answer, Answer::Overtaken, "{spoilt}");
        assert_eq!(told.entries.first().map(|e| &e.stage), Some(&unreadable));
        // So it is for whoever joins later, with what can still be told of it.
        let [kept] = <[Entry; 1]>::try_from(store(&dir, 3).journal(now).unwrap()).unwrap();
        assert_eq!((kept.id, kept.by, &kept.stage), (waiting.id, Session(1), &unreadable));
        assert_eq!(kept.at, waiting.at);
        let aside = two.aside().unwrap();
        assert!(aside[0].open && aside[0].key == waiting.id.to_string(), "{aside:?}");
    }
}

#[test]
fn a_start_that_waits_with_a_body_that_cannot_be_sent_is_not_taken_for_one_without_inputs() {
    let dir = tempfile::tempdir().unwrap();
    let now = at(100, 0);
    let body = serde_json::json!({"inputParams": 5});
    let odd = Entry { body, ..entry(1, 1, StartStage::Waiting) };
    store(&dir, 1).answer(StoreRequest::LogRecord(vec![odd]), now).unwrap();
    let told = store(&dir, 2).answer(StoreRequest::Join, now).unwrap();
    assert_eq!(told.entries[0].stage, StartStage::Unreadable { open: true });
}

#[test]
fn what_was_set_aside_is_put_back_once_it_can_be_read_unless_there_is_something_newer() {
    let dir = tempfile::tempdir().unwrap();
    let now = at(100, 0);
    let entries = [1, 2].map(|number| entry(1, number, StartStage::Sent));
    let mut one = store(&dir, 1);
    one.answer(StoreRequest::LogRecord(entries.to_vec()), now).unwrap();
    raw(&dir).execute("UPDATE journal SET entry = '?' || entry", []).unwrap();
    assert_eq!(store(&dir, 2).answer(StoreRequest::Join, now).unwrap().entries.len(), 2);
    let started = Entry { stage: StartStage::Started(RunId::new("a")), ..entries[1].clone() };
    one.answer(StoreRequest::LogRecord(vec![started.clone()]), now).unwrap();
    // Mended by hand, or read by a version that knows more.
    let mend = "UPDATE set_aside SET record = CAST(substr(CAST(record AS TEXT), 2) AS BLOB)";
    raw(&dir).execute(mend, []).unwrap();
    let mut two = store(&dir, 2);
    let told = two.answer(StoreRequest::Join, now).unwrap();
    assert_eq!(two.journal(now).unwrap(), [entries[0].clone(), started]);
    assert!(told.notes.iter().any(|note| note.contains("can be read again")), "{:?}", told.notes);
}

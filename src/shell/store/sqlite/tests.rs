//! What the SQLite store promises, on files of its own.

use super::facts::PIECE;
use super::open::TABLES;
use super::*;
use crate::domain::{Boot, ProjectId, RunId};
use crate::engine::start::journal::{StartId, StartStage};
use crate::engine::sync::log::Presence;
use crate::engine::sync::log::{LogEvent, LogRecord};
use crate::engine::sync::protocol::CacheEntry;
use crate::engine::sync::session::Session;
use std::time::Duration;
use tempfile::TempDir;

mod cancels;
mod changes;
mod large;
mod trouble;

fn at(boot: u64, wall: i64) -> Now {
    let wall = jiff::Timestamp::from_second(1_000_000 + wall).unwrap();
    Now { boot: Boot::from_secs(boot), wall }
}

fn location(dir: &TempDir, boot: &str, session: u32) -> StoreLocation {
    let file = dir.path().join("a/store.sqlite3");
    StoreLocation::new(Some(file), boot.to_owned(), Session(session))
}

fn store(dir: &TempDir, session: u32) -> SqliteStore {
    SqliteStore::open(&location(dir, "boot 1", session), "token").unwrap()
}

#[test]
fn a_store_that_one_person_has_used_is_opened_without_a_token_and_no_other() {
    let dir = tempfile::tempdir().unwrap();
    let here = location(&dir, "boot 1", 9);
    let owner = || SqliteStore::open_only_users(&here).unwrap().map(|store| store.owner);
    assert_eq!(owner(), None, "there is no file");
    let mut one = store(&dir, 1);
    assert_eq!(owner(), None, "nobody has said who that is");
    let belongs = |name: &str| StoreRequest::Belongs(name.to_owned());
    one.answer(belongs("ana"), at(100, 0)).unwrap();
    assert_eq!(owner(), Some("ana".to_owned()));
    // A second token of hers.
    let open = |token| SqliteStore::open(&location(&dir, "boot 1", 2), token).unwrap();
    open("later").answer(belongs("ana"), at(100, 0)).unwrap();
    assert_eq!(owner(), Some("ana".to_owned()));
    open("his").answer(belongs("ben"), at(100, 0)).unwrap();
    assert_eq!(owner(), None);
}

/// A claim without any starts.
fn claim(after: i64, records: Vec<LogRecord>) -> StoreRequest {
    StoreRequest::Claim { after, records, entries: Vec::new() }
}

fn record(by: u32, at: u64, what: LogEvent) -> LogRecord {
    LogRecord { by: Session(by), at: Boot::from_secs(at), what }
}

fn lease(by: u32, at: u64) -> LogRecord {
    record(by, at, LogEvent::Lease { lasts: Duration::from_secs(10) })
}

fn done(by: u32, at: u64) -> LogRecord {
    let (call, hint) = (crate::engine::CallId::numbered(1), crate::api::RateHint::default());
    record(by, at, LogEvent::Done { call, hint, refused: false })
}

fn fact(key: &str, value: &str, at: u64) -> CacheEntry {
    CacheEntry {
        key: key.to_owned(),
        value: value.to_owned(),
        at: Boot::from_secs(at),
        active: false,
    }
}

fn records(told: StoreEvent) -> Vec<LogRecord> {
    told.records.into_iter().map(|(_, record)| record).collect()
}

#[test]
fn a_claim_is_written_only_by_who_knows_all_before_it() {
    let dir = tempfile::tempdir().unwrap();
    let (mut one, mut two) = (store(&dir, 1), store(&dir, 2));
    let now = at(100, 0);
    let told = one.answer(claim(0, vec![done(1, 99)]), now).unwrap();
    assert_eq!(told.answer, Answer::Claimed(0));
    let head = told.records.last().unwrap().0;
    assert_eq!(records(told), [done(1, 99)], "the log tells of one's own as well");
    let late = claim(0, vec![done(2, 99)]);
    let told = two.answer(late, now).unwrap();
    assert_eq!(told.answer, Answer::Behind { after: 0, refused: vec![] });
    assert_eq!(records(told), [done(1, 99)]);
    let again = claim(head, vec![done(2, 99)]);
    assert_eq!(two.answer(again, now).unwrap().answer, Answer::Claimed(head));
    assert_eq!(records(one.news(now).unwrap().unwrap()), [done(2, 99)]);
    assert_eq!(one.news(now).unwrap(), None);
}

#[test]
fn what_others_care_for_stands_in_nobodys_way_and_only_the_last_of_it_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let (mut one, mut two) = (store(&dir, 1), store(&dir, 2));
    let now = at(100, 0);
    let cares = |by, at| record(by, at, LogEvent::Presence(Presence::default()));
    two.answer(StoreRequest::Append(vec![cares(2, 1), cares(2, 2), cares(3, 3)]), now).unwrap();
    let told = one.answer(claim(0, vec![lease(1, 4)]), now).unwrap();
    assert_eq!(told.answer, Answer::Claimed(0));
    assert_eq!(records(told), [cares(2, 2), cares(3, 3), lease(1, 4)]);
    let told = two.answer(claim(3, vec![lease(2, 5)]), now).unwrap();
    assert_eq!(told.answer, Answer::Behind { after: 3, refused: vec![] }, "a lease does");
}

#[test]
fn facts_have_one_value_a_key_and_are_not_told_to_who_wrote_them() {
    let dir = tempfile::tempdir().unwrap();
    let (mut one, mut two) = (store(&dir, 1), store(&dir, 2));
    let now = at(100, 0);
    let keep = vec![fact("run/p/a", "1", 90), fact("run/p/b", "2", 91)];
    one.answer(StoreRequest::Put(keep), now).unwrap();
    one.answer(StoreRequest::Put(vec![fact("run/p/a", "3", 92)]), now).unwrap();
    assert_eq!(one.answer(StoreRequest::Append(Vec::new()), now).unwrap().facts, []);
    let told = two.answer(StoreRequest::Put(vec![fact("look/p", "4", 93)]), now).unwrap();
    assert_eq!(told.facts, [fact("run/p/b", "2", 91), fact("run/p/a", "3", 92)]);
    assert_eq!(one.news(now).unwrap().unwrap().facts, [fact("look/p", "4", 93)]);
}

#[test]
fn times_of_another_boot_go_by_the_wall_clock_and_are_never_in_the_future() {
    let dir = tempfile::tempdir().unwrap();
    store(&dir, 1).answer(StoreRequest::Append(vec![done(1, 99)]), at(100, 0)).unwrap();
    let read = |now| {
        let mut later = SqliteStore::open(&location(&dir, "boot 2", 1), "token").unwrap();
        records(later.answer(StoreRequest::Join, now).unwrap())
    };
    assert_eq!(read(at(50, 20)), [done(1, 30)]);
    assert_eq!(read(at(50, 3600)), [done(1, 0)], "before this boot");
    assert_eq!(read(at(50, -5)), [done(1, 50)], "the wall clock was set back");
}

#[test]
fn tokens_of_one_person_share_what_they_have_but_not_who_polls() {
    let dir = tempfile::tempdir().unwrap();
    let now = at(100, 0);
    let open =
        |token, session| SqliteStore::open(&location(&dir, "boot 1", session), token).unwrap();
    let mut one = open("token 1", 1);
    one.answer(StoreRequest::Append(vec![done(1, 98)]), now).unwrap();
    one.answer(StoreRequest::Belongs("ana".to_owned()), now).unwrap();
    let mut two = open("token 2", 2);
    two.answer(StoreRequest::Append(vec![done(2, 99), lease(2, 99)]), now).unwrap();
    two.answer(StoreRequest::Put(vec![fact("me", "1", 99)]), now).unwrap();
    assert_eq!(one.answer(StoreRequest::Join, now).unwrap().facts, []);
    let told = two.answer(StoreRequest::Belongs("ana".to_owned()), now).unwrap();
    assert_eq!(told.answer, Answer::Joined);
    assert_eq!(told.facts, [fact("me", "1", 99)]);
    assert_eq!(records(told), [done(1, 98), done(2, 99)]);
    assert_eq!(records(one.news(now).unwrap().unwrap()), [done(2, 99)]);
    assert_eq!(records(open("token 2", 3).answer(StoreRequest::Join, now).unwrap()).len(), 2);
    assert_eq!(records(open("token 3", 4).answer(StoreRequest::Join, now).unwrap()).len(), 0);
}

#[test]
fn one_process_that_learns_whose_token_it_is_takes_nobody_out_of_the_log() {
    let dir = tempfile::tempdir().unwrap();
    let (mut one, mut two) = (store(&dir, 1), store(&dir, 2));
    let now = at(100, 0);
    one.answer(claim(0, vec![done(1, 98), lease(1, 98)]), now).unwrap();
    let head = two.answer(StoreRequest::Join, now).unwrap().records.last().unwrap().0;
    one.answer(StoreRequest::Belongs("ana".to_owned()), now).unwrap();
    let told = two.answer(claim(head, vec![done(2, 99)]), now).unwrap();
    assert_eq!(told.answer, Answer::Claimed(head));
    assert_eq!(records(told), [done(2, 99)], "and nothing is told twice");
    assert_eq!(records(one.news(now).unwrap().unwrap()), [done(2, 99)]);
    assert_eq!(
        two.answer(StoreRequest::Belongs("ana".to_owned()), now).unwrap().answer,
        Answer::News
    );
}

#[test]
fn several_processes_may_say_whose_token_it_is_and_nothing_is_lost() {
    let dir = tempfile::tempdir().unwrap();
    let now = at(100, 0);
    let mut shelves = [1, 2, 3].map(|session| store(&dir, session));
    let started = entry(1, 1, StartStage::Started(RunId::new("a")));
    shelves[0].answer(StoreRequest::Append(vec![done(1, 98), lease(1, 98)]), now).unwrap();
    shelves[0].answer(StoreRequest::LogRecord(vec![started.clone()]), now).unwrap();
    shelves[0].answer(StoreRequest::Put(vec![fact("me", "1", 99)]), now).unwrap();
    for store in &mut shelves[1..] {
        store.answer(StoreRequest::Join, now).unwrap();
    }
    // The lease is said anew, so what the others have read last is there no more.
    shelves[0].answer(StoreRequest::Append(vec![lease(1, 99)]), now).unwrap();
    for store in &mut shelves {
        store.answer(StoreRequest::Belongs("ana".to_owned()), now).unwrap();
        assert_eq!(store.journal(at(100, 0)), Ok(vec![started.clone()]));
    }
    let mut next = store(&dir, 4);
    let told = next.answer(StoreRequest::Join, now).unwrap();
    assert_eq!((told.entries, told.facts), (vec![started], vec![fact("me", "1", 99)]));
    assert_eq!(told.records.len(), 2);
}

#[test]
fn who_has_read_what_is_gone_hears_all_of_the_log_anew() {
    let dir = tempfile::tempdir().unwrap();
    let (mut one, mut two) = (store(&dir, 1), store(&dir, 2));
    let now = at(100, 0);
    one.answer(StoreRequest::Append(vec![done(1, 98), lease(1, 98)]), now).unwrap();
    let head = two.answer(StoreRequest::Join, now).unwrap().records.last().unwrap().0;
    one.answer(StoreRequest::Belongs("ana".to_owned()), now).unwrap();
    one.answer(StoreRequest::Append(vec![lease(1, 99)]), now).unwrap();
    let told = two.answer(claim(head, vec![done(2, 99)]), now).unwrap();
    assert!(told.anew, "its last record was replaced");
    assert_eq!(told.answer, Answer::Behind { after: head, refused: vec![] });
    assert_eq!(records(told), [done(1, 98), lease(1, 99)]);
}

#[test]
fn processes_that_make_the_store_at_the_same_time_all_get_it() {
    for _ in 0..20 {
        let dir = tempfile::tempdir().unwrap();
        let open = |session| {
            let location = location(&dir, "boot 1", session);
            std::thread::spawn(move || {
                let mut store = SqliteStore::open(&location, "token")?;
                store.answer(
                    StoreRequest::LogRecord(vec![entry(session, 1, StartStage::Waiting)]),
                    at(100, 0),
                )
            })
        };
        let opened: Vec<_> = (1..=6).map(open).collect();
        let told = opened.into_iter().map(|thread| thread.join().unwrap().map(|told| told.answer));
        let told: Result<Vec<_>, _> = told.collect();
        assert_eq!(told.map(|answers| answers.len()), Ok(6));
    }
}

#[test]
fn what_counts_no_more_is_thrown_away() {
    let dir = tempfile::tempdir().unwrap();
    let mut one = store(&dir, 1);
    one.answer(StoreRequest::Append(vec![done(1, 99), lease(1, 99)]), at(100, 0)).unwrap();
    let facts = (0..400).map(|n| fact(&format!("run/p/{n}"), "1", 99)).collect();
    one.answer(StoreRequest::Put(facts), at(100, 0)).unwrap();
    one.answer(StoreRequest::Append(Vec::new()), at(100 + 7201, 7201)).unwrap();
    let told = one.answer(StoreRequest::Join, at(8000, 7900)).unwrap();
    assert_eq!(told.facts.len(), 300);
    assert_eq!(told.facts.first().unwrap().key, "run/p/100", "the newest are kept");
    assert_eq!(records(told), []);
}

#[test]
fn a_newer_hextops_file_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    drop(store(&dir, 1));
    let file = location(&dir, "", 1).file.unwrap().unwrap();
    Connection::open(&file).unwrap().pragma_update(None, "user_version", 7).unwrap();
    let before = std::fs::read(&file).unwrap();
    let refusal = SqliteStore::open(&location(&dir, "boot 1", 1), "token").unwrap_err();
    assert!(refusal.contains("newer hextop (version 7"), "{refusal}");
    assert_eq!(std::fs::read(&file).unwrap(), before);
}

#[test]
fn what_is_no_store_is_refused_by_its_name() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("store.sqlite3");
    std::fs::write(&file, "these are the notes of somebody else".repeat(200)).unwrap();
    let location = StoreLocation::new(Some(file.clone()), String::new(), Session(1));
    let refusal = SqliteStore::open(&location, "token").unwrap_err();
    assert!(refusal.contains(&file.display().to_string()), "{refusal}");
}

#[test]
fn only_its_owner_may_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    drop(store(&dir, 1));
    let file = location(&dir, "", 1).file.unwrap().unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&file), 0o600);
    assert_eq!(mode(file.parent().unwrap()), 0o700);
}

fn entry(by: u32, number: u32, stage: StartStage) -> Entry {
    let at = jiff::Timestamp::from_second(1_000_000).unwrap();
    Entry {
        id: StartId::new(at, Session(by), number),
        by: Session(by),
        who: None,
        project: ProjectId::new("p"),
        title: "P".into(),
        body: serde_json::json!({}),
        secrets: BTreeSet::new(),
        at,
        reason: None,
        queue: None,
        after: None,
        stage,
        attempts: 0,
        sent: None,
        deadline: None,
        known: BTreeSet::new(),
        trace: None,
    }
}

#[test]
fn the_first_versions_file_gets_a_journal_and_keeps_what_it_has() {
    let dir = tempfile::tempdir().unwrap();
    let file = location(&dir, "", 1).file.unwrap().unwrap();
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    let old = Connection::open(&file).unwrap();
    old.execute_batch(TABLES).unwrap();
    old.execute("INSERT INTO owner VALUES ('token', 'ana')", []).unwrap();
    old.execute(
        "INSERT INTO fact VALUES ('ana', 'run/p/a', 'run/p', 1, 'boot 1', 1000000000, 90, '1')",
        [],
    )
    .unwrap();
    drop(old);
    let now = at(100, 0);
    let waiting = entry(1, 1, StartStage::Waiting);
    let told = store(&dir, 1).answer(StoreRequest::LogRecord(vec![waiting.clone()]), now).unwrap();
    assert_eq!(told.answer, Answer::Recorded(vec![waiting.id]));
    assert_eq!(told.facts.len(), 1, "what was there still is");
    let mut next = store(&dir, 2);
    assert_eq!(next.journal(at(100, 0)), Ok(vec![waiting]));
    let version: i64 =
        next.connection.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    assert_eq!(version, VERSION);
}

#[test]
fn a_start_leaves_only_if_the_journal_has_it_as_waiting_for_this_process() {
    let dir = tempfile::tempdir().unwrap();
    let (mut one, mut two) = (store(&dir, 1), store(&dir, 2));
    let now = at(100, 0);
    let waiting = entry(1, 1, StartStage::Waiting);
    let sent = Entry { stage: StartStage::Sent, attempts: 1, ..waiting.clone() };
    let refused = |refused| Answer::Behind { after: 0, refused };
    let leave = |store: &mut SqliteStore| {
        let (records, entries) = (vec![done(1, 99)], vec![sent.clone()]);
        store.answer(StoreRequest::Claim { after: 0, records, entries }, now).unwrap().answer
    };
    assert_eq!(leave(&mut one), refused(vec![sent.id]), "it was never written down");
    assert_eq!(one.journal(at(100, 0)), Ok(vec![]), "nor is it now");
    one.answer(StoreRequest::LogRecord(vec![waiting.clone()]), now).unwrap();
    assert_eq!(leave(&mut two), refused(vec![sent.id]), "another process confirmed it");
    let taken = Entry { stage: StartStage::Withdrawn, ..waiting.clone() };
    two.answer(StoreRequest::LogRecord(vec![taken]), now).unwrap();
    assert_eq!(leave(&mut one), refused(vec![sent.id]), "it was taken back");
    one.answer(StoreRequest::LogRecord(vec![waiting]), now).unwrap();
    assert_eq!(leave(&mut one), Answer::Claimed(0));
    assert_eq!(two.journal(at(100, 0)), Ok(vec![sent]));
}

#[test]
fn what_was_found_out_is_written_only_by_who_knows_the_whole_journal() {
    let dir = tempfile::tempdir().unwrap();
    let (mut one, mut two) = (store(&dir, 1), store(&dir, 2));
    let now = at(100, 0);
    let lost = entry(1, 1, StartStage::Sent);
    let known = one.answer(StoreRequest::LogRecord(vec![lost.clone()]), now).unwrap().journal;
    let guess = Entry { stage: StartStage::NotSeen, ..lost };
    let settle = |after| StoreRequest::CompareAndSet { after, entries: vec![guess.clone()] };
    two.answer(StoreRequest::LogRecord(vec![entry(2, 1, StartStage::Waiting)]), now).unwrap();
    let told = one.answer(settle(known), now).unwrap();
    assert_eq!(told.answer, Answer::Overtaken);
    assert_eq!(told.entries, [entry(2, 1, StartStage::Waiting)], "and is told what it missed");
    assert_eq!(one.answer(settle(told.journal), now).unwrap().answer, Answer::Settled);
    assert_eq!(two.news(now).unwrap().unwrap().entries, [guess]);
}

#[test]
fn one_that_joins_is_told_which_senders_are_gone() {
    let dir = tempfile::tempdir().unwrap();
    let locations = [1, 2, 3].map(|session| location(&dir, "boot 1", session));
    let open = |location: &StoreLocation| SqliteStore::open(location, "token").unwrap();
    let now = at(100, 0);
    let mut one = open(&locations[0]);
    one.answer(StoreRequest::LogRecord(vec![entry(1, 1, StartStage::Sent)]), now).unwrap();
    let mut two = open(&locations[1]);
    two.answer(StoreRequest::LogRecord(vec![entry(2, 1, StartStage::Sent)]), now).unwrap();
    drop(two);
    let [first, second, third] = locations;
    drop(second);
    let mut later = open(&third);
    assert_eq!(later.answer(StoreRequest::Join, now).unwrap().gone, [Session(2)]);
    drop((one, first));
    assert_eq!(later.news(now).unwrap().unwrap().gone, [Session(1)], "told once it has ended");
    assert_eq!(later.news(now).unwrap(), None);
}

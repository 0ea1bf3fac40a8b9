//! A store with many facts: told in pieces, tidied in steps, and not broken because it is busy.

use super::*;
use std::collections::BTreeMap;

/// Rows that one writing may touch: a step of facts, of records and of what was set aside, and as
/// many facts that are moved.
const FEW: u64 = 700;

fn told_facts(told: &StoreEvent) -> Vec<String> {
    told.facts.iter().map(|fact| fact.key.clone()).collect()
}

fn raw(dir: &TempDir) -> Connection {
    Connection::open(location(dir, "", 1).file.unwrap().unwrap()).unwrap()
}

/// A store of so many projects with so many runs each; every fifth project has an active one.
fn filled(dir: &TempDir, projects: u32, runs: u32) -> BTreeSet<String> {
    let mut store = store(dir, 9);
    let mut keys = BTreeSet::new();
    let mut keep = |facts: Vec<CacheEntry>| {
        keys.extend(facts.iter().map(|fact| fact.key.clone()));
        store.answer(StoreRequest::Put(facts), at(100, 0)).unwrap();
    };
    keep(vec![fact("projects", "[]", 90), fact("me", "{}", 90), fact("zz/new", "1", 90)]);
    for number in 0..projects {
        let project = format!("p{number:04}");
        let mut facts: Vec<CacheEntry> = (0..runs)
            .map(|run| CacheEntry {
                active: run == 0 && number % 5 == 0,
                ..fact(&format!("run/{project}/{run}"), "1", 90)
            })
            .collect();
        facts.push(fact(&format!("preset/{project}/usual"), "1", 90));
        facts.push(fact(&format!("inputs/{project}"), "1", 90));
        if number != 7 {
            facts.push(fact(&format!("look/{project}"), "1", 90));
        }
        keep(facts);
    }
    keys
}

#[test]
fn a_large_store_is_told_in_pieces_project_by_project_and_nothing_is_left_out() {
    let dir = tempfile::tempdir().unwrap();
    let keys = filled(&dir, 60, 100);
    let now = at(100, 0);
    let (mut one, mut writer) = (store(&dir, 1), store(&dir, 2));
    let mut told = one.answer(StoreRequest::Join, now).unwrap();
    assert_eq!(told.answer, Answer::Joined);
    assert!(told.more);
    assert!(told_facts(&told).contains(&"projects".to_owned()), "the list comes first");
    let (mut counts, mut order) = (BTreeMap::<String, usize>::new(), Vec::new());
    let mut pieces = 0;
    loop {
        pieces += 1;
        assert!(told.facts.len() <= usize::from(PIECE) + 110, "{} facts", told.facts.len());
        let mut here = BTreeSet::new();
        for key in told_facts(&told) {
            if let Some(project) = backlog::project_of(&key) {
                here.insert(project.to_owned());
            }
            *counts.entry(key).or_default() += 1;
        }
        order.extend(here);
        if !told.more {
            break;
        }
        // Others write meanwhile.
        writer
            .answer(StoreRequest::Put(vec![fact(&format!("new/{pieces}"), "1", 99)]), now)
            .unwrap();
        told = one.answer(StoreRequest::More, now).unwrap();
    }
    let unique: BTreeSet<_> = order.iter().collect();
    assert_eq!(order.len(), unique.len(), "no project is parted");
    let active: Vec<_> = order.iter().take(12).map(|project| &project[4..]).collect();
    assert!(active.iter().all(|last| ["0", "5"].contains(last)), "active ones first: {active:?}");
    assert!(pieces > 10, "{pieces}");
    let mut expected = keys;
    expected.extend((1..pieces).map(|piece| format!("new/{piece}")));
    assert_eq!(counts.keys().cloned().collect::<BTreeSet<_>>(), expected);
    assert!(counts.values().all(|count| *count == 1), "{counts:?}");
    assert_eq!(one.news(now).unwrap(), None);
}

#[test]
fn one_that_joins_again_is_told_the_log_and_only_what_it_has_missed_of_the_facts() {
    let dir = tempfile::tempdir().unwrap();
    let now = at(100, 0);
    let (mut one, mut two) = (store(&dir, 1), store(&dir, 2));
    one.answer(StoreRequest::Put(vec![fact("a/b", "1", 90)]), now).unwrap();
    two.answer(StoreRequest::Append(vec![done(2, 99)]), now).unwrap();
    assert_eq!(two.answer(StoreRequest::Join, now).unwrap().facts, [fact("a/b", "1", 90)]);
    one.answer(StoreRequest::Put(vec![fact("a/c", "2", 91)]), now).unwrap();
    let told = two.answer(StoreRequest::Join, now).unwrap();
    assert_eq!((told.facts, told.more), (vec![], true));
    assert_eq!(
        records(StoreEvent { records: told.records, ..StoreEvent::default() }),
        [done(2, 99)]
    );
    let told = two.answer(StoreRequest::More, now).unwrap();
    assert_eq!(told.answer, Answer::More { before: false });
    assert_eq!((told.facts, told.more), (vec![fact("a/c", "2", 91)], false));
}

#[test]
fn what_counts_no_more_leaves_step_by_step_and_a_claim_waits_for_none_of_it() {
    let dir = tempfile::tempdir().unwrap();
    let mut one = store(&dir, 1);
    one.answer(StoreRequest::Join, at(100, 0)).unwrap();
    let record = serde_json::to_string(&done(2, 1)).unwrap();
    let fill = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 3000)";
    raw(&dir)
        .execute_batch(&format!(
            "INSERT INTO log (owner, boot, wall, at, record)
                 {fill} SELECT 'token', 'boot 1', 1, 1, '{record}' FROM n;
             INSERT INTO fact (owner, key, topic, number, boot, wall, at, value)
                 {fill} SELECT 'token', 'run/p/' || n, 'run/p', n, 'boot 1', 1, 1, '1' FROM n;
             INSERT INTO fact (owner, key, topic, number, boot, wall, at, value)
                 {fill} SELECT 'token', 'run/gone/' || n, 'run/gone', 3000 + n, 'boot 1', 1, 1, '1'
                 FROM n;"
        ))
        .unwrap();
    let (now, mut steps) = (at(100 + 7201, 100_000), 0);
    one.answer(StoreRequest::Listed(BTreeSet::from([ProjectId::new("p")])), now).unwrap();
    let left = || -> (i64, i64) {
        let count = |sql: &str| raw(&dir).query_row(sql, [], |row| row.get(0)).unwrap();
        (count("SELECT count(*) FROM log WHERE at = 1"), count("SELECT count(*) FROM fact"))
    };
    let touched = |store: &mut SqliteStore, ask: StoreRequest| {
        let before = store.connection.total_changes();
        let told = store.answer(ask, now).unwrap();
        (store.connection.total_changes() - before, told)
    };
    while left() != (0, 300) {
        steps += 1;
        assert!(steps < 100, "{:?} are left", left());
        let news = vec![fact("run/p/new", &format!("{steps}"), 7300)];
        let (rows, told) = touched(&mut one, StoreRequest::Put(news));
        assert!(rows <= FEW, "{rows} rows in one writing");
        if left().0 > 0 {
            let after = told.records.last().map_or(one.told.0, |(number, _)| *number);
            let (rows, told) = touched(&mut one, claim(after, vec![done(1, 7300)]));
            assert_eq!((rows, told.answer), (1, Answer::Claimed(after)));
        }
    }
    assert!(steps >= 15, "{steps} steps");
}

#[test]
fn what_was_read_of_a_project_that_is_gone_leaves_but_not_what_persons_have_made() {
    let dir = tempfile::tempdir().unwrap();
    let mut one = store(&dir, 1);
    let keep = |projects: &[&str]| {
        let kinds = |project: &&str| {
            ["run/{}/a", "look/{}", "inputs/{}", "preset/{}/usual"]
                .map(|kind| fact(&kind.replace("{}", project), "1", 90))
        };
        StoreRequest::Put(projects.iter().flat_map(kinds).collect())
    };
    let day = 24 * 3600;
    one.answer(keep(&["gone", "listed", "hidden"]), at(100, 0)).unwrap();
    // It is not on the list, but watched by its id.
    let look = StoreRequest::Put(vec![fact("look/hidden", "2", 90)]);
    one.answer(look, at(100 + 86_400, day)).unwrap();
    one.answer(keep(&["new"]), at(100 + 86_400, day)).unwrap();
    let later = at(101 + 86_400, day + 1);
    one.answer(StoreRequest::Listed(BTreeSet::from([ProjectId::new("listed")])), later).unwrap();
    for _ in 0..5 {
        one.answer(StoreRequest::Append(Vec::new()), later).unwrap();
    }
    let told = store(&dir, 2).answer(StoreRequest::Join, later).unwrap();
    let of = |project: &str| {
        let keys = told_facts(&told);
        keys.iter().filter(|key| key.split('/').nth(1) == Some(project)).count()
    };
    assert_eq!(["listed", "hidden", "new", "gone"].map(of), [4, 4, 4, 1]);
    assert!(told_facts(&told).contains(&"preset/gone/usual".to_owned()));
}

#[test]
fn a_fact_that_says_what_it_said_before_is_not_written_again_for_a_while() {
    let dir = tempfile::tempdir().unwrap();
    let (mut one, mut two) = (store(&dir, 1), store(&dir, 2));
    let page: Vec<CacheEntry> = (0..100).map(|n| fact(&format!("run/p/{n}"), "1", 90)).collect();
    one.answer(StoreRequest::Put(page.clone()), at(100, 0)).unwrap();
    two.answer(StoreRequest::Join, at(100, 0)).unwrap();
    let again =
        |at: u64| page.iter().map(move |f| CacheEntry { at: Boot::from_secs(at), ..f.clone() });
    let before = one.connection.total_changes();
    one.answer(StoreRequest::Put(again(120).collect()), at(120, 20)).unwrap();
    assert_eq!(one.connection.total_changes(), before);
    assert_eq!(two.answer(StoreRequest::Append(Vec::new()), at(120, 20)).unwrap().facts, []);
    one.answer(StoreRequest::Put(again(400).collect()), at(400, 300)).unwrap();
    let told = two.answer(StoreRequest::Append(Vec::new()), at(400, 300)).unwrap().facts;
    assert_eq!(told, again(400).collect::<Vec<_>>(), "that it is still so is told again");
    let ended = vec![fact("run/p/3", "2", 401)];
    one.answer(StoreRequest::Put(ended.clone()), at(401, 301)).unwrap();
    assert_eq!(two.news(at(401, 301)).unwrap().unwrap().facts, ended);
}

#[test]
fn many_rows_are_written_in_several_transactions_and_all_are_told() {
    let dir = tempfile::tempdir().unwrap();
    let (mut one, mut two) = (store(&dir, 1), store(&dir, 2));
    let now = at(100, 0);
    two.answer(StoreRequest::Join, now).unwrap();
    let missed: Vec<LogRecord> = (0..500).map(|_| done(1, 99)).collect();
    assert_eq!(one.answer(StoreRequest::Append(missed), now).unwrap().records.len(), 500);
    let waiting: Vec<Entry> = (0..500).map(|n| entry(1, n, StartStage::Waiting)).collect();
    let told = one.answer(StoreRequest::LogRecord(waiting.clone()), now).unwrap();
    let ids = waiting.iter().map(|entry| entry.id).collect();
    assert_eq!(told.answer, Answer::Recorded(ids));
    let told = two.news(now).unwrap().unwrap();
    assert_eq!((told.records.len(), told.entries.len()), (500, 500));
}

#[test]
fn of_a_long_journal_what_is_open_is_told_at_once_and_the_rest_in_pieces() {
    let dir = tempfile::tempdir().unwrap();
    let now = at(100, 0);
    let started = |n: u32| entry(1, n, StartStage::Started(RunId::new(n.to_string())));
    let mut entries: Vec<Entry> = (0..1000).map(started).collect();
    entries[3].stage = StartStage::Sent;
    store(&dir, 1).answer(StoreRequest::LogRecord(entries.clone()), now).unwrap();
    let mut two = store(&dir, 2);
    let mut told = two.answer(StoreRequest::Join, now).unwrap();
    assert!(told.entries.contains(&entries[3]), "it may have to be taken up");
    let mut ids = BTreeSet::new();
    let mut most = 0;
    loop {
        most = most.max(told.entries.len());
        ids.extend(told.entries.iter().map(|entry| entry.id));
        if !told.more {
            break;
        }
        told = two.answer(StoreRequest::More, now).unwrap();
    }
    assert_eq!(ids, entries.iter().map(|entry| entry.id).collect());
    assert!(most <= 401, "{most} at once");
}

#[test]
fn what_was_written_under_a_token_goes_to_its_user_step_by_step() {
    let dir = tempfile::tempdir().unwrap();
    filled(&dir, 20, 100);
    let now = at(100, 0);
    let (mut one, mut two) = (store(&dir, 1), store(&dir, 2));
    let before = one.connection.total_changes();
    one.answer(StoreRequest::Belongs("ana".to_owned()), now).unwrap();
    let rows = one.connection.total_changes() - before;
    assert!(rows <= FEW, "{rows} rows in one writing");
    for _ in 0..20 {
        one.answer(StoreRequest::Append(Vec::new()), now).unwrap();
    }
    let mut keys = BTreeSet::new();
    let mut told = two.answer(StoreRequest::Join, now).unwrap();
    keys.extend(told_facts(&told));
    while told.more {
        told = two.answer(StoreRequest::More, now).unwrap();
        keys.extend(told_facts(&told));
    }
    assert_eq!(keys.len(), 3 + 20 * 103 - 1);
}

#[test]
fn a_store_that_another_process_writes_to_is_busy_and_not_broken_and_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let now = at(100, 0);
    let (mut one, mut two) = (store(&dir, 1), store(&dir, 2));
    one.answer(StoreRequest::Join, now).unwrap();
    two.answer(StoreRequest::Put(vec![fact("a/b", "1", 99)]), now).unwrap();
    one.connection.busy_timeout(Duration::ZERO).unwrap();
    let other = raw(&dir);
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut ask = StoreRequest::Append(vec![done(1, 99)]);
    assert!(one.try_answer(&mut ask, now).unwrap_err().is_busy());
    assert!(one.try_answer(&mut ask, now).unwrap_err().is_busy());
    other.execute_batch("COMMIT").unwrap();
    let told = one.try_answer(&mut ask, now).unwrap();
    assert_eq!(told.facts, [fact("a/b", "1", 99)], "it was read while the file was held");
    assert_eq!(records(told), [done(1, 99)], "it is written once");
}

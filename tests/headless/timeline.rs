//! `hextop timeline`: what it prints of the changes in the store, without asking Hex.

use std::io::Read;

use rusqlite::params;
use serde_json::{Value, json};

use super::{Ended, Stdio, Workspace};

/// The time of the written changes, long before any that this machine sees.
const PAST: [&str; 4] = ["--since", "2001-09-09T01:46Z", "--until", "2001-09-09T01:47Z"];
/// The same in milliseconds: 2001-09-09T01:46:40Z.
const AT: i64 = 1_000_000_000_000;

/// One row of the store's table, without its owner.
type Row<'a> =
    (&'a str, &'a str, Option<&'a str>, i64, Option<i64>, &'a str, &'a str, &'a str, bool);

const ROWS: [Row<'static>; 4] = [
    (
        "b7e19c30-1",
        "RUNNING",
        None,
        0,
        Some(-3_723_000),
        "3f1c2b9e",
        "Churn model",
        "SCHEDULED",
        true,
    ),
    ("c8f20d41-2", "PENDING", None, 2_500, None, "77aa0c55", "=Café\u{202e}", "API", false),
    (
        "c8f20d41-2",
        "ERRORED",
        Some("PENDING"),
        9_000,
        Some(5_000),
        "77aa0c55",
        "=Café\u{202e}",
        "API",
        false,
    ),
    (
        "b7e19c30-1",
        "COMPLETED",
        Some("RUNNING"),
        9_000,
        Some(8_000),
        "3f1c2b9e",
        "Churn",
        "SCHEDULED",
        false,
    ),
];

/// A workspace that nobody can reach any more, after a start in it, with these changes in its store.
fn with_rows(count: usize) -> Workspace {
    let mut workspace = Workspace::open(&[]);
    assert_eq!(workspace.run(&["run", "Endless"]).code, Some(0));
    workspace.sim.kill().unwrap();
    workspace.sim.wait().unwrap();
    let mut store = workspace.store();
    let transaction = store.transaction().unwrap();
    for number in 0..count {
        let (run, status, previous, seen, happened, project, title, cause, first) =
            ROWS[number % ROWS.len()];
        let run = if number < ROWS.len() { run.to_owned() } else { format!("{run}{number}") };
        let sql =
            "INSERT INTO change (owner, run, status, previous, seen, happened, project, title,
                       cause, version, first_look)
                   SELECT owner, ?, ?, ?, ?, ?, ?, ?, ?, '3', ? FROM journal";
        let happened = happened.map(|at| AT + at);
        let values =
            params![run, status, previous, AT + seen, happened, project, title, cause, first];
        assert_eq!(transaction.execute(sql, values), Ok(1));
    }
    transaction.commit().unwrap();
    workspace
}

/// The past's changes, asked for with more arguments.
fn past(workspace: &Workspace, more: &[&str]) -> Ended {
    workspace.run(&[&["timeline"], &PAST[..], more].concat())
}

fn objects(ended: &Ended) -> Vec<Value> {
    ended.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn what_a_run_went_through_is_in_the_timeline() {
    let workspace = Workspace::open(&[]);
    let started = workspace.run(&["run", "Weekly revenue", "--wait"]);
    assert_eq!(started.code, Some(0), "{started:?}");
    // What a slow disk did not take before that process had ended, the next one sees.
    let watched = workspace.run(&["watch", "--project", "Weekly revenue", "--for", "2s"]);
    assert_eq!(watched.code, Some(0), "{watched:?}");
    let seen = workspace.run(&["timeline", "--json"]);
    assert_eq!((seen.code, seen.err.as_str()), (Some(0), ""));
    let changes = objects(&seen);
    for change in &changes {
        assert_eq!(change["runId"], started.out.trim(), "{change}");
        assert_eq!(change["title"], "Weekly revenue", "{change}");
    }
    let statuses: Vec<_> =
        changes.iter().map(|change| change["status"].as_str().unwrap()).collect();
    assert_eq!((statuses.first(), statuses.last()), (Some(&"PENDING"), Some(&"COMPLETED")));
    assert_eq!(changes[0]["runTrigger"], "API");
}

#[test]
fn it_prints_rows_objects_or_csv_the_oldest_first() {
    let workspace = with_rows(ROWS.len());
    let plain = past(&workspace, &[]);
    assert_eq!((plain.code, plain.err.as_str()), (Some(0), ""));
    assert_eq!(
        plain.out,
        "2001-09-09 01:46:40Z  Churn model                   b7e19c30  running already         for 1h02m    scheduled\n\
         2001-09-09 01:46:42Z  =Café·                        c8f20d41  → pending                            API\n\
         2001-09-09 01:46:49Z  =Café·                        c8f20d41  pending → errored       4s late      API\n\
         2001-09-09 01:46:49Z  Churn                         b7e19c30  running → completed     1s late      scheduled\n"
    );
    let json = past(&workspace, &["--json"]);
    assert_eq!((json.code, json.err.as_str()), (Some(0), ""));
    let first = json!({
        "seenTime": "2001-09-09T01:46:40.000Z", "happenedTime": "2001-09-09T00:44:37.000Z",
        "projectId": "3f1c2b9e", "title": "Churn model", "runId": "b7e19c30-1",
        "previousStatus": null, "status": "RUNNING", "runTrigger": "SCHEDULED",
        "projectVersion": "3", "firstLook": true,
    });
    let third = json!({
        "seenTime": "2001-09-09T01:46:49.000Z", "happenedTime": "2001-09-09T01:46:45.000Z",
        "projectId": "77aa0c55", "title": "=Café·", "runId": "c8f20d41-2",
        "previousStatus": "PENDING", "status": "ERRORED", "runTrigger": "API",
        "projectVersion": "3", "firstLook": false,
    });
    let lines = objects(&json);
    assert_eq!((lines.len(), &lines[0], &lines[2]), (4, &first, &third));
    let csv = past(&workspace, &["--csv", "--filter", "status:pending"]).out;
    assert_eq!(
        csv,
        "seenTime,happenedTime,projectId,title,runId,previousStatus,status,runTrigger,\
         projectVersion,firstLook\r\n\
         2001-09-09T01:46:42.500Z,,77aa0c55,'=Café·,c8f20d41-2,,PENDING,API,3,false\r\n"
    );
}

#[test]
fn a_project_and_a_filter_choose_among_them_and_what_is_wrong_with_either_is_said() {
    let workspace = with_rows(ROWS.len());
    let chosen = |more: &[&str]| {
        let ended = past(&workspace, &[more, &["--json"]].concat());
        assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""), "{more:?}");
        let statuses = objects(&ended).into_iter().map(|line| line["status"].clone());
        statuses.map(|status| status.as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    // A project is meant by any title that it had.
    assert_eq!(chosen(&["--project", "churn MODEL"]), ["RUNNING", "COMPLETED"]);
    assert_eq!(chosen(&["--project", "77aa"]), ["PENDING", "ERRORED"]);
    assert_eq!(chosen(&["--filter", "status:ended"]), ["ERRORED", "COMPLETED"]);
    assert_eq!(chosen(&["--project", "churn", "--filter", "not status:running"]), ["COMPLETED"]);
    assert_eq!(chosen(&["--filter", "nowhere"]), [""; 0]);
    let between = |since, until| {
        let arguments = ["timeline", "--since", since, "--until", until, "--json"];
        objects(&workspace.run(&arguments)).len()
    };
    assert_eq!(between("2001-09-09T01:46:40Z", "2001-09-09T01:46:42.5Z"), 1);
    assert_eq!(between("2001-09-09T01:46:40.001Z", "2001-09-09T01:46:42.501Z"), 1);
    assert_eq!(between("2001-09-09T01:46:42.5Z", "2001-09-10T00:00Z"), 3);
    for (more, code, words) in [
        (&["--project", "Nowhere"][..], 2, "no change of a project called Nowhere was seen since"),
        (&["--filter", "age>3m"], 2, "--filter: `age>` says nothing about seen changes"),
        (&["--filter", "("], 2, "--filter: "),
        (&["--json", "--csv"], 2, "cannot be used with"),
    ] {
        let refused = past(&workspace, more);
        assert_eq!((refused.code, refused.out.as_str()), (Some(code), ""), "{refused:?}");
        assert!(refused.err.contains(words), "{refused:?}");
    }
    let when = workspace.run(&["timeline", "--since", "soon"]);
    assert_eq!(when.code, Some(2));
    assert!(when.err.contains("`soon` is no time; write 90s, 24h or 7d ago"), "{when:?}");
}

#[test]
fn where_nothing_was_seen_that_is_said_and_no_failure() {
    let workspace = Workspace::open(&[]);
    let none = workspace.run(&["timeline", "--since", "2026-01-01T00:00Z"]);
    assert_eq!((none.code, none.out.as_str()), (Some(0), ""));
    assert!(none.err.contains("no such change was seen since 2026-01-01 00:00:00Z"), "{none:?}");
    let none = workspace.run(&["timeline", "--json"]);
    assert_eq!((none.code, none.out.as_str(), none.err.as_str()), (Some(0), "", ""));
    let none = workspace.run(&["timeline", "--csv"]);
    assert_eq!((none.code, none.out.lines().count()), (Some(0), 1), "the headings");
    let demo = workspace.run(&["timeline", "--demo"]);
    assert_eq!((demo.code, demo.out.as_str()), (Some(0), ""));
}

#[test]
fn many_are_printed_page_by_page_and_a_reader_that_goes_away_is_no_error() {
    let workspace = with_rows(1_300);
    for (flag, headings) in [("--json", 0), ("--csv", 1)] {
        let all = past(&workspace, &[flag]);
        assert_eq!((all.code, all.out.lines().count()), (Some(0), 1_300 + headings), "{flag}");
    }
    let arguments = [&["timeline", "--json"], &PAST[..]].concat();
    let mut command = workspace.command(&arguments);
    let mut printing = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = [0];
    printing.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let ended = Ended::from(printing.wait_with_output().unwrap());
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
}

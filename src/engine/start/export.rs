//! Entries of the journal as JSON lines and as CSV, for scripts and spreadsheets.

use serde::Serialize;
use serde_json::Value;

use super::journal::{BatchItem, Entry, StartStage};
use crate::domain::RunId;
use crate::engine::export;

/// One line. Later versions may add keys.
#[derive(Serialize)]
struct Line<'a> {
    kind: &'static str,
    id: String,
    at: String,
    who: Option<&'a str>,
    project_id: &'a str,
    project: &'a str,
    state: &'static str,
    /// What the state leaves open, or why it is so.
    why: Option<String>,
    /// Only what Hex itself has answered: a script may act on it.
    run_id: Option<&'a RunId>,
    /// Where the answer was lost, all runs that it may be.
    candidates: &'a [RunId],
    trace_id: Option<&'a str>,
    reason: Option<&'a str>,
    body: &'a Value,
    /// Names of inputs that are in the request and not in `body`.
    secrets: Vec<&'a str>,
    /// How many requests have left.
    #[serde(rename = "posts")]
    attempts: u32,
    sent_at: Option<String>,
    queue: Option<Queue>,
    /// The cancel that comes first.
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<After<'a>>,
}

#[derive(Serialize)]
struct After<'a> {
    run_id: &'a RunId,
    /// As the journal's line of that cancel has it.
    cancel_id: Option<String>,
}

#[derive(Serialize)]
struct Queue {
    id: String,
    place: u16,
    of: u16,
}

impl<'a> From<&'a Entry> for Line<'a> {
    fn from(entry: &'a Entry) -> Self {
        let queue =
            |BatchItem { queue, index, of }| Queue { id: queue.to_string(), place: index, of };
        let candidates: &[RunId] = match &entry.stage {
            StartStage::Ambiguous(runs) => runs,
            StartStage::ProbablyOurs(run) => std::slice::from_ref(run),
            _ => &[],
        };
        Self {
            kind: "start",
            id: entry.id.to_string(),
            at: entry.at.to_string(),
            who: entry.who.as_deref(),
            project_id: entry.project.as_str(),
            project: &entry.title,
            state: entry.stage.word(),
            why: entry.stage.why(),
            run_id: entry.stage.started(),
            candidates,
            trace_id: entry.trace.as_deref(),
            reason: entry.reason.as_deref(),
            body: &entry.body,
            secrets: entry.secrets.iter().map(String::as_str).collect(),
            attempts: entry.attempts,
            sent_at: entry.sent.map(|at| at.to_string()),
            queue: entry.queue.map(queue),
            after: entry.after.as_ref().map(|after| After {
                run_id: &after.run,
                cancel_id: after.cancel.map(|cancel| cancel.to_string()),
            }),
        }
    }
}

/// The columns of the CSV, in their order.
const COLUMNS: [&str; 13] = [
    "at",
    "who",
    "project_id",
    "project",
    "state",
    "why",
    "run_id",
    "candidates",
    "trace_id",
    "reason",
    "body",
    "id",
    "kind",
];

/// What is called otherwise in Hex's API, of a start as of a cancel.
pub const HEX_NAMES: [(&str, &str); 7] = [
    ("at", "time"),
    ("project_id", "projectId"),
    ("project", "title"),
    ("run_id", "runId"),
    ("trace_id", "traceId"),
    ("sent_at", "sentTime"),
    ("changed_at", "changedTime"),
];

impl Entry {
    /// It as one JSON object.
    pub fn json(&self) -> Value {
        // It has no form that JSON cannot take.
        let line = serde_json::to_value(Line::from(self)).unwrap_or_default();
        export::also_named(line, &HEX_NAMES)
    }
}

/// Entries as one JSON object a line.
pub fn json_lines<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> String {
    json_lines_of(entries.into_iter().map(Entry::json))
}

/// Entries as CSV (RFC 4180) with a line of headings.
pub fn csv<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> String {
    csv_of(entries.into_iter().map(Entry::json))
}

/// Entries of any kind, each given as a JSON object, with one a line.
pub fn json_lines_of(entries: impl IntoIterator<Item = Value>) -> String {
    export::json_lines(entries)
}

/// Entries of any kind, each given as a JSON object, as CSV (RFC 4180) with a line of headings.
pub fn csv_of(entries: impl IntoIterator<Item = Value>) -> String {
    export::csv_headings(&COLUMNS) + &export::csv_rows(&COLUMNS, entries)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ProjectId;
    use crate::engine::start::journal::{AfterCancel, StartId};
    use crate::engine::sync::entry_id::CancelId;
    use crate::engine::sync::session::Session;
    use serde_json::json;
    use std::collections::BTreeSet;

    fn entry() -> Entry {
        let at = "2026-10-20T08:00:00Z".parse().unwrap();
        Entry {
            id: StartId::new(at, Session(7), 1),
            by: Session(7),
            who: Some("ana@acme.test".to_owned()),
            project: ProjectId::new("p-1"),
            title: "Revenue, \"weekly\"".into(),
            body: json!({"inputParams": {"region": "emea"}}),
            secrets: BTreeSet::from(["key".to_owned()]),
            at,
            reason: None,
            queue: None,
            after: None,
            stage: StartStage::Ambiguous(vec![RunId::new("a"), RunId::new("b")]),
            attempts: 1,
            sent: Some(at),
            deadline: None,
            known: BTreeSet::new(),
            trace: Some("trc-1".to_owned()),
        }
    }

    #[test]
    fn a_line_says_what_is_known_and_null_where_nothing_is() {
        let line = entry().json();
        assert_eq!(line["state"], "ambiguous");
        assert_eq!(line["run_id"], Value::Null);
        assert_eq!(line["candidates"], json!(["a", "b"]));
        assert_eq!(line["body"], json!({"inputParams": {"region": "emea"}}));
        assert_eq!(line["secrets"], json!(["key"]));
        assert_eq!(line["at"], "2026-10-20T08:00:00Z");
        for (own, hex) in &HEX_NAMES[..6] {
            assert_eq!(line[*own], line[*hex], "{own} is also called {hex}");
            assert!(line.get(hex).is_some(), "{hex}");
        }
        let started = Entry { stage: StartStage::Started(RunId::new("a")), ..entry() };
        assert_eq!(started.json()["run_id"], "a");
        assert_eq!(started.json().get("after"), None);
        let cancel = CancelId::new(started.at, Session(1), 2);
        let after = Some(AfterCancel { run: RunId::new("b"), cancel: Some(cancel) });
        let again = Entry { after, ..entry() };
        let expected = json!({"run_id": "b", "cancel_id": cancel.to_string()});
        assert_eq!(again.json()["after"], expected);
        let probably = Entry { stage: StartStage::ProbablyOurs(RunId::new("a")), ..entry() };
        assert_eq!(probably.json()["state"], "probably_ours");
        assert_eq!(probably.json()["run_id"], Value::Null, "nobody acts on a guess");
        assert_eq!(probably.json()["candidates"], json!(["a"]));
        assert!(csv([&probably]).contains(",probably_ours,"));
        assert_eq!(json_lines([&started, &entry()]).lines().count(), 2);
    }

    #[test]
    fn csv_quotes_what_needs_it() {
        let text = csv([&entry()]);
        let lines: Vec<_> = text.split("\r\n").collect();
        assert_eq!(lines[0], COLUMNS.join(","));
        assert_eq!(
            lines[1],
            "2026-10-20T08:00:00Z,ana@acme.test,p-1,\"Revenue, \"\"weekly\"\"\",ambiguous,\"its \
             answer was lost, and it may be any of 2 runs\",,a b,trc-1,,\
             \"{\"\"inputParams\"\":{\"\"region\"\":\"\"emea\"\"}}\",\
             ID,start"
                .replace("ID", &entry().id.to_string())
        );
        assert_eq!(lines[2], "");
    }

    #[test]
    fn no_cell_is_run_by_a_spreadsheet_or_acts_on_a_terminal() {
        let cells = |title: &str, reason: &str| {
            let (title, reason) = (title.into(), Some(reason.to_owned()));
            let body = json!({"inputParams": {"=cmd": "=1\u{9b}2J\u{202e}"}});
            let text = csv([&Entry { title, body, reason, ..entry() }]);
            assert!(!text.contains(['\u{1b}', '\u{9b}', '\u{202e}', '\t']), "{text:?}");
            let mut reader = csv::Reader::from_reader(text.as_bytes());
            let rows: Vec<_> = reader.records().collect::<Result<_, _>>().unwrap();
            assert_eq!(rows.len(), 1, "one line an entry: {text:?}");
            let cell = |name| {
                let at = COLUMNS.iter().position(|column| *column == name).unwrap();
                rows[0][at].to_owned()
            };
            let body = serde_json::from_str::<Value>(&cell("body")).unwrap();
            assert_eq!(body["inputParams"]["=cmd"], "=1\u{9b}2J\u{202e}");
            [cell("project"), cell("reason")]
        };
        for (text, shown) in [
            ("=HYPERLINK(\"http://x\")", "'=HYPERLINK(\"http://x\")"),
            ("+1+1", "'+1+1"),
            ("-2+3", "'-2+3"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "' =1"),
            ("\r=1", "' =1"),
            ("＝1+1", "'＝1+1"),
            ("-5", "'-5"),
            ("5", "5"),
            ("a=1", "a=1"),
            ("a\u{1b}[31m\u{202e}b", "a·[31m·b"),
            ("one\ntwo\r\nthree", "one two three"),
        ] {
            assert_eq!(cells(text, text), [shown, shown], "{text:?}");
        }
        let raw = Entry { reason: Some("\u{9b}2J\u{202e}".to_owned()), ..entry() };
        assert!(json_lines([&raw]).contains(r"\u009b2J\u202e"));
    }
}

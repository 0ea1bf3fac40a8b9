//! Entries of the journal as JSON lines and as CSV, for scripts and spreadsheets.

use serde::Serialize;
use serde_json::{Map, Value};

use super::{Entry, Point, StartStage};
use crate::domain::RunId;

/// One line. Later versions may add keys.
#[derive(Serialize)]
struct Line<'a> {
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
    posts: u32,
    sent_at: Option<String>,
    queue: Option<Queue>,
}

#[derive(Serialize)]
struct Queue {
    id: String,
    place: u16,
    of: u16,
}

impl<'a> From<&'a Entry> for Line<'a> {
    fn from(entry: &'a Entry) -> Self {
        let queue = |Point { queue, index, of }| Queue { id: queue.to_string(), place: index, of };
        let candidates: &[RunId] = match &entry.stage {
            StartStage::Ambiguous(runs) => runs,
            StartStage::ProbablyOurs(run) => std::slice::from_ref(run),
            _ => &[],
        };
        Self {
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
            posts: entry.posts,
            sent_at: entry.sent.map(|at| at.to_string()),
            queue: entry.queue.map(queue),
        }
    }
}

/// The columns of the CSV, in their order.
const COLUMNS: [&str; 12] = [
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
];

impl Entry {
    /// It as one JSON object.
    pub fn json(&self) -> Value {
        // It has no form that JSON cannot take.
        serde_json::to_value(Line::from(self)).unwrap_or_default()
    }
}

/// Entries as one JSON object a line.
pub fn json_lines<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> String {
    entries.into_iter().map(|entry| entry.json().to_string() + "\n").collect()
}

/// Entries as CSV (RFC 4180) with a line of headings.
pub fn csv<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> String {
    let mut text = row(COLUMNS.into_iter().map(str::to_owned));
    for entry in entries {
        let Value::Object(line) = entry.json() else { continue };
        text += &row(COLUMNS.into_iter().map(|column| cell(&line, column)));
    }
    text
}

fn cell(line: &Map<String, Value>, column: &str) -> String {
    match line.get(column) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(list)) => {
            list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" ")
        }
        Some(other) => other.to_string(),
    }
}

fn row(cells: impl Iterator<Item = String>) -> String {
    let quoted = |cell: String| {
        if cell.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", cell.replace('"', "\"\""))
        } else {
            cell
        }
    };
    cells.map(quoted).collect::<Vec<_>>().join(",") + "\r\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ProjectId;
    use crate::engine::journal::TicketId;
    use crate::engine::ledger::Session;
    use serde_json::json;
    use std::collections::BTreeSet;

    fn entry() -> Entry {
        let at = "2026-10-20T08:00:00Z".parse().unwrap();
        Entry {
            id: TicketId::new(at, Session(7), 1),
            by: Session(7),
            who: Some("ana@acme.test".to_owned()),
            project: ProjectId::new("p-1"),
            title: "Revenue, \"weekly\"".to_owned(),
            body: json!({"inputParams": {"region": "emea"}}),
            secrets: BTreeSet::from(["key".to_owned()]),
            at,
            reason: None,
            queue: None,
            stage: StartStage::Ambiguous(vec![RunId::new("a"), RunId::new("b")]),
            posts: 1,
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
        let started = Entry { stage: StartStage::Started(RunId::new("a")), ..entry() };
        assert_eq!(started.json()["run_id"], "a");
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
             ID"
            .replace("ID", &entry().id.to_string())
        );
        assert_eq!(lines[2], "");
    }
}

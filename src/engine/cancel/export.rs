//! A cancel of the journal as a JSON object, for scripts and spreadsheets.

use serde::Serialize;
use serde_json::Value;

use super::entry::CancelEntry;
use crate::domain::RunId;
use crate::engine::export;
use crate::engine::start::export::HEX_NAMES;

/// One line. It has the keys of a start's line, as far as they mean anything for a cancel. Later
/// versions may add keys.
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
    run_id: &'a RunId,
    reason: Option<&'a str>,
    /// The rule that ordered it.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<&'a str>,
    /// How many DELETEs have left.
    deletes: u32,
    changed_at: Option<String>,
}

impl CancelEntry {
    /// It as one JSON object.
    pub fn json(&self) -> Value {
        let line = Line {
            kind: "cancel",
            id: self.id.to_string(),
            at: self.at.to_string(),
            who: self.who.as_deref(),
            project_id: self.project.as_str(),
            project: &self.title,
            state: self.stage.word(),
            why: self.why(),
            run_id: &self.run,
            reason: self.reason.as_deref(),
            rule: self.rule.as_deref(),
            deletes: self.tries,
            changed_at: self.changed.map(|at| at.to_string()),
        };
        // It has no form that JSON cannot take.
        let line = serde_json::to_value(line).unwrap_or_default();
        export::also_named(line, &HEX_NAMES)
    }
}

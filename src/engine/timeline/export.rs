//! Seen changes as JSON lines and as CSV, in Hex's own names.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::SeenChange;
use crate::api::words::{status_word, trigger_word};
use crate::engine::export;

/// One line. Later versions may add keys.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    seen_time: String,
    happened_time: Option<String>,
    project_id: &'a str,
    title: &'a str,
    run_id: &'a str,
    previous_status: Option<&'a str>,
    status: &'a str,
    run_trigger: Option<&'a str>,
    project_version: Option<&'a str>,
    first_look: bool,
}

/// The columns of the CSV, in their order.
pub const COLUMNS: &[&str] = &[
    "seenTime",
    "happenedTime",
    "projectId",
    "title",
    "runId",
    "previousStatus",
    "status",
    "runTrigger",
    "projectVersion",
    "firstLook",
];

impl SeenChange {
    /// It as one JSON object.
    pub fn json(&self) -> Value {
        let line = Line {
            seen_time: stamp(self.seen),
            happened_time: self.happened.map(stamp),
            project_id: self.project.as_str(),
            title: &self.title,
            run_id: self.run.as_str(),
            previous_status: self.from.as_ref().map(status_word),
            status: status_word(&self.to),
            run_trigger: self.trigger.as_ref().map(trigger_word),
            project_version: self.version.as_deref(),
            first_look: self.first_look,
        };
        // It has no form that JSON cannot take.
        serde_json::to_value(line).unwrap_or_default()
    }
}

/// Changes as one JSON object a line.
pub fn json_lines<'a>(changes: impl IntoIterator<Item = &'a SeenChange>) -> String {
    export::json_lines(changes.into_iter().map(SeenChange::json))
}

/// Changes as lines of CSV, without the line of headings.
pub fn csv<'a>(changes: impl IntoIterator<Item = &'a SeenChange>) -> String {
    export::csv_rows(COLUMNS, changes.into_iter().map(SeenChange::json))
}

fn stamp(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ProjectId, RunId, RunStatus, RunTrigger};
    use serde_json::json;

    #[test]
    fn a_line_has_hexs_names_and_words_and_null_where_nothing_is_known() {
        let change = SeenChange {
            project: ProjectId::new("3f1c"),
            title: "=Revenue, \"weekly\"".into(),
            run: RunId::new("b7e1"),
            from: Some(RunStatus::Pending),
            to: RunStatus::NoKernel,
            seen: "2026-11-27T08:00:01.2Z".parse().unwrap(),
            happened: Some("2026-11-27T08:00:00Z".parse().unwrap()),
            trigger: Some(RunTrigger::AppRefresh),
            version: Some("3".to_owned()),
            first_look: false,
        };
        let line = json!({
            "seenTime": "2026-11-27T08:00:01.200Z",
            "happenedTime": "2026-11-27T08:00:00.000Z",
            "projectId": "3f1c",
            "title": "=Revenue, \"weekly\"",
            "runId": "b7e1",
            "previousStatus": "PENDING",
            "status": "UNABLE_TO_ALLOCATE_KERNEL",
            "runTrigger": "APP_REFRESH",
            "projectVersion": "3",
            "firstLook": false,
        });
        assert_eq!(change.json(), line);
        assert_eq!(
            csv([&change]),
            "2026-11-27T08:00:01.200Z,2026-11-27T08:00:00.000Z,3f1c,\"'=Revenue, \"\"weekly\"\"\",\
             b7e1,PENDING,UNABLE_TO_ALLOCATE_KERNEL,APP_REFRESH,3,false\r\n"
        );
        let mut keys: Vec<_> = line.as_object().unwrap().keys().map(String::as_str).collect();
        let mut columns = COLUMNS.to_vec();
        keys.sort_unstable();
        columns.sort_unstable();
        assert_eq!(columns, keys, "each key has its column");
        let little = SeenChange {
            from: None,
            to: RunStatus::Unknown("PAUSED".into()),
            happened: None,
            trigger: None,
            version: None,
            first_look: true,
            ..change
        };
        let line = little.json();
        for key in ["previousStatus", "happenedTime", "runTrigger", "projectVersion"] {
            assert_eq!(line[key], Value::Null, "{key}");
        }
        assert_eq!((&line["status"], &line["firstLook"]), (&json!("PAUSED"), &json!(true)));
        assert_eq!(json_lines([&little, &little]).lines().count(), 2);
    }
}

//! A small workspace in which nothing is wrong.

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::server::{Op, Request};

/// The project that is started.
pub(crate) const PROJECT: &str = "3f1c2b9e-8a47-4d55-9f0e-6b1d7c20a911";
/// Another project.
pub(crate) const OTHER: &str = "7a1c2b9e-8a47-4d55-9f0e-6b1d7c20a912";
/// The run that a start gives.
pub(crate) const RUN: &str = "c1000000-0000-4000-8000-000000000001";

/// The harmless answer to a request.
pub(crate) fn answer(request: &Request) -> Answer {
    let body = match request.op {
        Op::Projects => projects(&[project(PROJECT, "Weekly revenue"), project(OTHER, "Churn")]),
        Op::Project => project(PROJECT, "Weekly revenue"),
        Op::Runs if request.target.contains(PROJECT) => runs(&[run(RUN, "RUNNING")]),
        Op::Runs => runs(&[]),
        Op::Run => run(RUN, "COMPLETED"),
        Op::Trigger => started(),
        Op::Me => json!({"id": "u-1", "email": "ana@acme.test", "name": "Ana"}),
        Op::Cancel => return Answer::json("").status("204 No Content"),
        Op::Export => {
            return Answer::json(r#"{"reason": "export is not allowed"}"#).status("403 Forbidden");
        }
    };
    Answer::json(body.to_string())
}

/// A page of projects, the last one.
pub(crate) fn projects(values: &[Value]) -> Value {
    json!({"values": values, "pagination": {"after": null, "before": null}})
}

/// A published project.
pub(crate) fn project(id: &str, title: &str) -> Value {
    json!({
        "id": id, "title": title, "type": "PROJECT", "status": null, "archivedAt": null,
        "trashedAt": null, "lastPublishedAt": "2026-10-19T08:00:00Z", "schedules": [],
        "creator": {"email": "ana@acme.test"}, "owner": {"email": "ana@acme.test"},
    })
}

/// A page of runs, the last one.
pub(crate) fn runs(runs: &[Value]) -> Value {
    json!({"runs": runs, "nextPage": null, "previousPage": null, "traceId": "t-1"})
}

/// A run that has begun some time ago.
pub(crate) fn run(id: &str, status: &str) -> Value {
    let end = (status == "COMPLETED").then_some("2026-10-20T08:10:00Z");
    json!({
        "projectId": PROJECT, "projectVersion": 7, "runId": id, "status": status,
        "runUrl": format!("https://app.hex.tech/acme/app/{PROJECT}/run/{id}"),
        "startTime": "2026-10-20T08:00:00Z", "endTime": end, "elapsedTime": 60000,
        "traceId": "t-1", "notifications": [],
    })
}

/// The answer to a start.
pub(crate) fn started() -> Value {
    json!({
        "projectId": PROJECT, "projectVersion": 7, "runId": RUN,
        "runUrl": format!("https://app.hex.tech/acme/app/{PROJECT}/run/{RUN}"),
        "runStatusUrl": format!("https://app.hex.tech/api/v1/projects/{PROJECT}/runs/{RUN}"),
        "traceId": "t-1", "notifications": [],
    })
}

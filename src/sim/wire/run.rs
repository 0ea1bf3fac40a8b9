//! A run as `GetProjectRuns` and `GetRunStatus` show it.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::domain::RunStatus;
use crate::domain::time::between;
use crate::sim::run::{SimRun, Version};
use crate::sim::scenario::{Answers, Era};
use crate::sim::trace::Trace;
use crate::sim::uuid::Uuid;

use super::{maybe, time, words};

/// What the body of a run depends on besides the run.
pub(crate) struct View<'a> {
    pub(crate) project: Uuid,
    pub(crate) origin: &'a str,
    pub(crate) rules: &'a Answers,
    pub(crate) now: Timestamp,
    pub(crate) trace: Trace,
    /// With what `enable-expanded-stats` adds.
    pub(crate) expanded: bool,
}

/// A project's version: a number until July 2026, a word since.
#[derive(Serialize)]
#[serde(untagged)]
enum VersionBody {
    Number(u32),
    Word(String),
}

/// `ProjectRun`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RunBody<'a> {
    project_id: Uuid,
    project_version: VersionBody,
    run_id: Uuid,
    run_url: String,
    status: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    run_trigger: Option<&'a str>,
    #[serde(serialize_with = "maybe")]
    start_time: Option<Timestamp>,
    #[serde(serialize_with = "maybe")]
    end_time: Option<Timestamp>,
    elapsed_time: Option<u64>,
    trace_id: Trace,
    #[serde(skip_serializing_if = "Option::is_none")]
    notifications: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    flag_config_override: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state_events: Option<Vec<StateEvent<'a>>>,
}

/// One of `stateEvents`. Hex documents no words for them; these are made up.
#[derive(Serialize)]
struct StateEvent<'a> {
    r#type: &'static str,
    value: &'a str,
    #[serde(serialize_with = "time")]
    timestamp: Timestamp,
}

/// Where a person sees a run in a browser.
pub(crate) fn run_url(origin: &str, project: Uuid, run: Uuid) -> String {
    format!("{origin}/acme/hex/{project}/run/{run}")
}

impl<'a> RunBody<'a> {
    pub(crate) fn of(run: &'a SimRun, view: &View<'_>) -> Self {
        let (before, numbered) = (view.rules.era == Era::Before, view.rules.era != Era::Now);
        // Clients of that time took it for granted that a run has a start, however early.
        let start = run.start.or(before.then_some(run.created));
        let end = run.end.or((run.is_active() && view.rules.elapsed_ticks).then_some(view.now));
        let elapsed = start.zip(end).map(|(start, end)| between(start, end).as_millis());
        Self {
            project_id: view.project,
            project_version: match run.version {
                Version::Published(number) if numbered => VersionBody::Number(number),
                Version::Published(number) => VersionBody::Word(number.to_string()),
                Version::Draft => VersionBody::Word("draft".to_owned()),
            },
            run_id: run.id,
            run_url: run_url(view.origin, view.project, run.id),
            status: words::status(&run.status),
            run_trigger: (!before).then(|| words::trigger(&run.trigger)),
            start_time: start,
            end_time: run.end,
            elapsed_time: elapsed.and_then(|millis| u64::try_from(millis).ok()),
            trace_id: view.trace,
            notifications: run.notifications.as_deref(),
            flag_config_override: view.expanded.then_some(""),
            state_events: view.expanded.then(|| events(run)),
        }
    }
}

fn events(run: &SimRun) -> Vec<StateEvent<'_>> {
    let event = |r#type, value, at: Option<Timestamp>| {
        at.map(|timestamp| StateEvent { r#type, value, timestamp })
    };
    let ended = if run.is_active() { None } else { run.end };
    [
        event("status", words::status(&RunStatus::Pending), Some(run.created)),
        event("kernel", "allocated", run.start),
        event("status", words::status(&RunStatus::Running), run.start),
        event("cancel", "requested", run.cancelled),
        event("status", words::status(&run.status), ended),
    ]
    .into_iter()
    .flatten()
    .collect()
}

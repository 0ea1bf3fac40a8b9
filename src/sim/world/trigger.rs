//! `RunProject`: starting a run.

use http::{StatusCode, header};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::sim::project::SimProject;
use crate::sim::reply::{Reply, Shape};
use crate::sim::route::Style;
use crate::sim::scenario::{Access, Era, KernelsFull};
use crate::sim::trace::Trace;
use crate::sim::uuid::Uuid;
use crate::sim::validation;
use crate::sim::wire::run::run_url;

use super::World;
use super::ask::Ask;
use super::{inputs, notifications};

/// The body of a start, read.
#[derive(Default)]
struct Start {
    inputs: Map<String, Value>,
    dry_run: bool,
    update_published: bool,
    has_view: bool,
    notifications: Option<Value>,
}

/// `RunProjectResponse`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Started<'a> {
    project_id: Uuid,
    run_id: Uuid,
    run_url: String,
    run_status_url: String,
    trace_id: Trace,
    project_version: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    notifications: Option<&'a Value>,
}

impl World {
    pub(super) fn trigger(
        &mut self,
        id: &str,
        style: Style,
        ask: &Ask<'_>,
    ) -> Result<Reply, Reply> {
        let shape = self.shape(style);
        let project = self.named_project(id, shape, ask)?;
        let strict = style == Style::Legacy || self.rules.answers.era != Era::Now;
        let start = Start::read(ask, shape, strict)?;
        self.check(project, &start, style, ask)?;
        let (project_id, version) = (project.id, project.version);
        let full = self.life.is_full() && self.rules.kernels.full == KernelsFull::Refuse;
        if full && !start.dry_run {
            let why = "Maximum number of running kernels reached";
            return Err(Reply::because(shape, StatusCode::SERVICE_UNAVAILABLE, why, ask.trace));
        }
        let run_id = self.chance.uuid();
        if !start.dry_run
            && let Some(run) = self.life.start(project_id, run_id)
        {
            run.inputs = start.inputs;
            run.notifications = start.notifications.clone().map(Box::new);
        }
        let (origin, runs) = match style {
            Style::Current => (&ask.origin, format!("projects/{project_id}/runs")),
            Style::Legacy => (&ask.origin, format!("project/{project_id}/run")),
        };
        let body = Started {
            project_id,
            run_id,
            run_url: run_url(origin, project_id, run_id),
            run_status_url: format!("{origin}/api/v1/{runs}/{run_id}"),
            trace_id: ask.trace,
            project_version: version,
            notifications: start.notifications.as_ref(),
        };
        Ok(Reply::json(StatusCode::CREATED, &body))
    }

    /// Refuses what is well formed but cannot be started.
    fn check(
        &self,
        project: &SimProject,
        start: &Start,
        style: Style,
        ask: &Ask<'_>,
    ) -> Result<(), Reply> {
        let shape = self.shape(style);
        if !project.is_runnable() {
            return Err(ask.unprocessable(shape, "Project has no published version"));
        }
        if start.update_published && project.spec.access != Access::Edit {
            return Err(ask.forbidden(shape));
        }
        if !start.inputs.is_empty() && start.has_view {
            return Err(ask.unprocessable(shape, "inputParams and viewId cannot be used together"));
        }
        if !start.inputs.is_empty() && start.update_published {
            let why = "inputParams and updatePublishedResults cannot be used together";
            return Err(ask.unprocessable(shape, why));
        }
        let wrong = inputs::check(&project.spec.inputs, &start.inputs);
        if wrong.is_empty() {
            return Ok(());
        }
        Err(wrong.refusal(&self.rules.answers, style, ask.trace))
    }
}

impl Start {
    /// Reads the body; a strict server refuses fields it does not know.
    fn read(ask: &Ask<'_>, shape: Shape, strict: bool) -> Result<Self, Reply> {
        let body = ask.request.body();
        if body.is_empty() {
            return Ok(Self::default());
        }
        let fields = read_object(ask, shape)?;
        let mut start = Self::default();
        let mut update_cache = None;
        let mut newer = None;
        for (name, value) in fields {
            let issue =
                |expected| format!("{name}: {}", validation::wrong_type(shape, expected, &value));
            let bad = |expected| ask.bad(shape, issue(expected));
            let boolean = || flag(&value).ok_or_else(|| bad("boolean"));
            match (name.as_str(), &value) {
                ("inputParams", Value::Object(inputs)) => start.inputs.clone_from(inputs),
                ("inputParams", _) => {
                    let status = StatusCode::UNPROCESSABLE_ENTITY;
                    return Err(Reply::error(shape, status, &[issue("object")], ask.trace));
                }
                ("dryRun", _) => start.dry_run = boolean()?,
                ("updatePublishedResults", _) => newer = Some(boolean()?),
                ("updateCache", _) => update_cache = Some(boolean()?),
                ("useCachedSqlResults", _) => drop(boolean()?),
                ("viewId", Value::String(_)) => start.has_view = true,
                ("viewId", _) => return Err(bad("string")),
                ("notifications", value) => {
                    let read = notifications::read(value, shape);
                    start.notifications = Some(read.map_err(|issue| ask.bad(shape, issue))?);
                }
                (other, _) if strict => return Err(ask.bad(shape, validation::excess(other))),
                _ => {}
            }
        }
        // Besides inputs the deprecated field is ignored.
        let older = update_cache.filter(|_| start.inputs.is_empty());
        start.update_published = newer.or(older).unwrap_or(false);
        Ok(start)
    }
}

/// A body that has to be a JSON object.
pub(super) fn read_object(ask: &Ask<'_>, shape: Shape) -> Result<Map<String, Value>, Reply> {
    let kind = ask.request.headers().get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or("application/json");
    if !kind.to_ascii_lowercase().starts_with("application/json") {
        return Err(ask.bad(shape, "the body must be application/json"));
    }
    match serde_json::from_slice(ask.request.body()) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(other) => Err(ask.bad(shape, validation::wrong_type(shape, "object", &other))),
        Err(error) => Err(ask.bad(shape, format!("the body is not JSON: {error}"))),
    }
}

/// A boolean; the documentation's own examples write it as a string.
fn flag(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::String(word) if word == "true" => Some(true),
        Value::String(word) if word == "false" => Some(false),
        _ => None,
    }
}

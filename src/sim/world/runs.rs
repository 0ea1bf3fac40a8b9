//! `GetProjectRuns` and `GetRunStatus`.

use http::StatusCode;
use serde::Serialize;

use crate::domain::{RunStatus, RunTrigger};
use crate::sim::project::SimProject;
use crate::sim::reply::{Reply, Shape};
use crate::sim::route::Style;
use crate::sim::run::{SimRun, Version};
use crate::sim::scenario::{Era, NextPage, Order, RunScope, Unpublished};
use crate::sim::trace::Trace;
use crate::sim::wire::run::{RunBody, View};
use crate::sim::wire::words;

use super::World;
use super::ask::Ask;

/// The greatest offset: it is a signed number of 32 bits.
const LAST_OFFSET: usize = 0x7fff_ffff;

/// Which page of which runs.
struct Page<'a> {
    limit: usize,
    offset: usize,
    status: Option<&'a str>,
    trigger: Option<&'a str>,
}

/// The body of a list of runs.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PageBody<'a> {
    runs: Vec<RunBody<'a>>,
    next_page: Option<String>,
    previous_page: Option<String>,
    trace_id: Trace,
}

impl<'a> Page<'a> {
    fn read(ask: &'a Ask<'_>, shape: Shape) -> Result<Self, Reply> {
        let params = &ask.params;
        let bad = |issue| ask.bad(shape, issue);
        let statuses = RunStatus::KNOWN;
        let statuses: Vec<_> = statuses.iter().map(words::status).collect();
        let triggers = RunTrigger::KNOWN;
        let triggers: Vec<_> = triggers.iter().map(words::trigger).chain(["ALL"]).collect();
        Ok(Self {
            limit: params.number("limit", (1, 100), 25, shape).map_err(bad)?,
            offset: params.number("offset", (0, LAST_OFFSET), 0, shape).map_err(bad)?,
            status: params.word("statusFilter", &statuses, shape).map_err(bad)?,
            trigger: params
                .word("runTriggerFilter", &triggers, shape)
                .map_err(bad)?
                .filter(|word| *word != "ALL"),
        })
    }

    fn wants(&self, run: &SimRun) -> bool {
        self.status.is_none_or(|status| status == words::status(&run.status))
            && self.trigger.is_none_or(|trigger| trigger == words::trigger(&run.trigger))
    }

    /// The address of the page that begins at `offset`.
    fn address(&self, offset: usize, form: NextPage, base: &str, origin: &str) -> Option<String> {
        let mut path = format!("{base}?limit={}&offset={offset}", self.limit);
        if let Some(status) = self.status {
            path = format!("{path}&statusFilter={status}");
        }
        if let Some(trigger) = self.trigger {
            path = format!("{path}&runTriggerFilter={trigger}");
        }
        match form {
            NextPage::Absolute => Some(format!("{origin}{path}")),
            NextPage::Relative => Some(path),
            NextPage::Token => Some(format!("page-{offset}")),
            NextPage::Null => None,
        }
    }
}

impl World {
    pub(super) fn list_runs(&self, id: &str, style: Style, ask: &Ask<'_>) -> Result<Reply, Reply> {
        let shape = self.shape(style);
        let rules = &self.rules.answers;
        let mut page = Page::read(ask, shape)?;
        if rules.era == Era::Before {
            page.trigger = None;
        }
        let project = self.named_project(id, shape, ask)?;
        if project.published.is_none() && rules.unpublished == Unpublished::Refuse {
            return Err(ask.unprocessable(shape, "Project has no published version"));
        }
        let offset = if ask.repeats_rows { page.offset.saturating_sub(1) } else { page.offset };
        let mut rows = self.in_order(project).filter(|run| page.wants(run)).skip(offset);
        let view = self.view(project, ask, false);
        let runs: Vec<_> =
            rows.by_ref().take(page.limit).map(|run| RunBody::of(run, &view)).collect();
        let base = match style {
            Style::Current => format!("/api/v1/projects/{}/runs", project.id),
            Style::Legacy => format!("/api/v1/project/{}/runs", project.id),
        };
        let address = |offset| page.address(offset, rules.next_page, &base, &ask.origin);
        let body = PageBody {
            next_page: rows.next().and_then(|_| address(page.offset + page.limit)),
            previous_page: (page.offset > 0)
                .then(|| page.offset.saturating_sub(page.limit))
                .and_then(address),
            runs,
            trace_id: ask.trace,
        };
        Ok(Reply::json(StatusCode::OK, &body))
    }

    pub(super) fn run_status(
        &self,
        project: &str,
        run: &str,
        style: Style,
        ask: &Ask<'_>,
    ) -> Result<Reply, Reply> {
        let shape = self.shape(style);
        let id = ask.id("runId", run, shape)?;
        let project = self.named_project(project, shape, ask)?;
        let run = self.life.run(project.id, id).filter(|run| self.shows(run));
        let run = run.ok_or_else(|| self.unknown(shape, ask))?;
        let asked = ask.request.headers().get("enable-expanded-stats");
        let expanded = asked.is_some_and(|value| value.as_bytes() == b"true");
        let view = self.view(project, ask, expanded);
        Ok(Reply::json(StatusCode::OK, &RunBody::of(run, &view)))
    }

    fn view<'a>(&'a self, project: &SimProject, ask: &'a Ask<'_>, expanded: bool) -> View<'a> {
        View {
            project: project.id,
            origin: &ask.origin,
            rules: &self.rules.answers,
            now: self.life.now,
            trace: ask.trace,
            expanded,
        }
    }

    /// The runs that a list of this project shows.
    fn in_order<'a>(&'a self, project: &'a SimProject) -> impl Iterator<Item = &'a SimRun> {
        let newest_first = self.rules.answers.order == Order::NewestFirst;
        let only_api = self.rules.answers.list == RunScope::ApiOnly;
        let lag = self.rules.answers.list_lag;
        let made_by = self.life.now.saturating_sub(lag).unwrap_or(self.life.now);
        let count = project.runs.len();
        (0..count)
            .map(move |place| if newest_first { count - 1 - place } else { place })
            .filter_map(|place| self.life.runs.get(*project.runs.get(place)?))
            .filter(move |run| !only_api || run.trigger == RunTrigger::Api)
            .filter(move |run| run.created <= made_by && self.shows(run))
    }

    /// Whether a run is told of at all: a version that is a number cannot be the draft.
    fn shows(&self, run: &SimRun) -> bool {
        self.rules.answers.era == Era::Now || run.version != Version::Draft
    }
}

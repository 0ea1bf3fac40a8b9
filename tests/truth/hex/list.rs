//! The list of a project's runs: order, pages, and runs as JSON in each era.

use std::cmp::Reverse;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use serde_json::{Value, json};

use super::knobs::{Era, NextPage, Order};
use super::life::Run;
use super::request::Asked;
use super::world::{ADDRESS, World};

/// The published version of every project.
pub(super) const VERSION: u64 = 14;

impl World {
    /// `GET …/runs` as of a moment.
    pub(super) fn list(&self, project: &str, asked: &Asked, moment: Duration) -> Value {
        let number = |name, default| asked.value(name).map_or(default, |n| n.parse().unwrap());
        let (limit, offset): (usize, usize) = (number("limit", 25), number("offset", 0));
        let mut runs: Vec<&Run> = self
            .runs
            .iter()
            .filter(|run| run.project == project && run.at(moment).is_some())
            .filter(|run| self.now >= run.created + self.knobs.unlisted_for)
            .filter(|run| self.knobs.era != Era::Y2025 || run.trigger == "API")
            .filter(|run| fits(asked.value("statusFilter"), &run.at(moment).unwrap().status))
            .filter(|run| fits(asked.value("runTriggerFilter"), &run.trigger))
            .collect();
        self.sort(&mut runs, moment);
        let page = runs.iter().skip(offset).take(limit);
        let page: Vec<_> = page.map(|run| self.show(run, moment)).collect();
        let more = runs.len() > offset + page.len();
        json!({
            "runs": page,
            "nextPage": more.then(|| self.page(project, limit, offset + limit)),
            "previousPage": (offset > 0)
                .then(|| self.page(project, limit, offset.saturating_sub(limit))),
            "traceId": self.trace(),
        })
    }

    fn page(&self, project: &str, limit: usize, offset: usize) -> Value {
        let path = format!("/api/v1/projects/{project}/runs?limit={limit}&offset={offset}");
        match self.knobs.next_page {
            NextPage::Absolute => Value::from(format!("{ADDRESS}{path}")),
            NextPage::Relative => Value::from(path),
            NextPage::Token => Value::from(format!("page-{offset}")),
            NextPage::Null => Value::Null,
        }
    }

    fn sort(&self, runs: &mut [&Run], moment: Duration) {
        let start = |run: &Run| run.at(moment).and_then(|shown| shown.start);
        match self.knobs.order {
            Order::NewestFirst => runs.sort_by_key(|run| {
                (start(run).is_some(), Reverse(start(run)), Reverse(run.created))
            }),
            Order::NullsLast => runs.sort_by_key(|run| {
                (start(run).is_none(), Reverse(start(run)), Reverse(run.created))
            }),
            Order::OldestFirst => {
                runs.sort_by_key(|run| (start(run).is_none(), start(run), run.created));
            }
            Order::Shuffled(seed) => runs.sort_by_key(|run| {
                let mut hasher = DefaultHasher::new();
                (seed, &run.id).hash(&mut hasher);
                hasher.finish()
            }),
        }
    }

    /// A run as it was at a moment.
    pub(super) fn show(&self, run: &Run, moment: Duration) -> Value {
        let shown = run.at(moment).unwrap();
        let elapsed = shown.end.zip(shown.start).map(|(end, start)| (end - start).as_millis());
        let mut value = json!({
            "projectId": run.project,
            "projectVersion": VERSION.to_string(),
            "runId": run.id,
            "runUrl": format!("{ADDRESS}/acme/hex/{}/run/{}", run.project, run.id),
            "status": shown.status,
            "runTrigger": run.trigger,
            "startTime": shown.start.map(|at| self.stamp(at)),
            "endTime": shown.end.map(|at| self.stamp(at)),
            "elapsedTime": elapsed.map(|millis| u64::try_from(millis).unwrap()),
            "traceId": self.trace(),
        });
        if self.knobs.era != Era::October2026 {
            value["projectVersion"] = json!(VERSION);
        }
        if self.knobs.era == Era::Y2025 {
            value.as_object_mut().unwrap().remove("runTrigger");
        }
        value
    }
}

fn fits(filter: Option<&str>, value: &str) -> bool {
    filter.is_none_or(|filter| filter == "ALL" || filter == value)
}

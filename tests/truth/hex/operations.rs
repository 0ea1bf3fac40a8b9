//! Each operation on the workspace, and the bodies that answer it.

use std::time::Duration;

use serde_json::{Value, json};

use super::knobs::{Era, WhenFull};
use super::life::{Run, Shown};
use super::list::VERSION;
use super::reply::Reply;
use super::request::{Asked, Op};
use super::world::{ADDRESS, ME, World};

impl World {
    pub(super) fn answer(&mut self, asked: &Asked, moment: Duration) -> Reply {
        let (op, project, run) = asked.target();
        let known = project.is_none_or(|id| self.projects.iter().any(|project| project.id == id));
        if !known {
            return self.error(404, "NOT_FOUND", "Not found");
        }
        match (op, project, run) {
            (Op::Me, ..) => Reply::json(200, &self.me()),
            (Op::Projects, ..) => Reply::json(200, &self.page_of_projects(asked)),
            (Op::Project, Some(id), _) => {
                let index = self.projects.iter().position(|project| project.id == id).unwrap();
                Reply::json(200, &self.show_project(index))
            }
            (Op::Export, ..) => self.error(403, "FORBIDDEN", "Insufficient access"),
            (Op::Runs, Some(id), _) => Reply::json(200, &self.list(id, asked, moment)),
            (Op::Run, Some(project), Some(run)) => self.read(project, run, moment),
            (Op::Start, Some(project), _) => self.start(project, &asked.body),
            (Op::Cancel, Some(project), Some(run)) => self.cancel(project, run),
            _ => self.error(404, "NOT_FOUND", "Not found"),
        }
    }

    fn read(&self, project: &str, run: &str, moment: Duration) -> Reply {
        let mut runs = self.runs.iter().filter(|run| run.project == project);
        let found = runs.find(|found| found.id == run && found.at(moment).is_some());
        match found.filter(|run| self.now >= run.created + self.knobs.unknown_for) {
            Some(run) => Reply::json(200, &self.show(run, moment)),
            None => self.error(404, "NOT_FOUND", "Not found"),
        }
    }

    fn start(&mut self, project: &str, body: &[u8]) -> Reply {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        if self.projects.iter().any(|p| p.id == project && !p.published) {
            return self.error(422, "UNPROCESSABLE_CONTENT", "Project has no published version");
        }
        let full = self.kernels_of(ME) >= self.knobs.kernels;
        if full && self.knobs.when_full == WhenFull::Refuses {
            let message = "Maximum number of running kernels reached";
            return self.error(503, "SERVICE_UNAVAILABLE", message);
        }
        let id = if body["dryRun"] == true {
            "00000000-0000-4000-8000-000000000000".to_owned()
        } else {
            let id = self.begin(project, ME, "API");
            self.runs.last_mut().unwrap().body = body;
            id
        };
        let created = json!({
            "projectId": project,
            "runId": id,
            "runUrl": format!("{ADDRESS}/acme/hex/{project}/run/{id}"),
            "runStatusUrl": format!("{ADDRESS}/api/v1/projects/{project}/runs/{id}"),
            "traceId": self.trace(),
            "projectVersion": VERSION,
        });
        Reply::json(201, &created)
    }

    fn cancel(&mut self, project: &str, id: &str) -> Reply {
        let (now, trace, unknown_for) = (self.now, self.trace(), self.knobs.unknown_for);
        let mut runs = self.runs.iter_mut().filter(|run| run.project == project);
        let known = |run: &&mut Run| run.id == id && now >= run.created + unknown_for;
        let Some(run) = runs.find(known) else {
            return Reply::old_error(404, "Not found", &trace);
        };
        if run.at(now).is_some_and(Shown::is_over) {
            return Reply::old_error(422, "Run is not active", &trace);
        }
        if let Some(after) = self.knobs.killed_after {
            let id = id.to_owned();
            let event = move |world: &mut Self| {
                let at = world.now;
                let mut runs = world.runs.iter_mut();
                runs.find(|run| run.id == id).unwrap().kill(at);
            };
            self.schedule(now + after, Box::new(event));
        }
        Reply::no_content()
    }

    fn me(&self) -> Value {
        json!({
            "id": "0d9e8c7b-6a5f-4e3d-9c2b-1a0f9e8d7c6b", "name": "Ana", "email": ME,
            "role": "EDITOR", "lastLoginDate": self.stamp(Duration::ZERO),
            "org": {"id": "5c4b3a29-1807-4f6e-9d5c-4b3a29180706"}, "token": {"exp": null},
        })
    }

    fn page_of_projects(&self, asked: &Asked) -> Value {
        let number = |name, default| asked.value(name).map_or(default, |n| n.parse().unwrap());
        let (limit, from): (usize, usize) = (number("limit", 25), number("after", 0));
        let page = (from..self.projects.len()).take(limit);
        let values: Vec<_> = page.map(|index| self.show_project(index)).collect();
        let next = from + values.len();
        let after = (next < self.projects.len()).then(|| next.to_string());
        json!({"values": values, "pagination": {"after": after, "before": null}})
    }

    fn show_project(&self, index: usize) -> Value {
        let project = &self.projects[index];
        let stamp = self.stamp(Duration::ZERO);
        json!({
            "id": project.id, "title": project.title, "description": null, "type": "PROJECT",
            "creator": {"email": ME}, "owner": {"email": ME}, "status": null, "categories": [],
            "reviews": {"required": false},
            "analytics": {
                "appViews": {
                    "allTime": 4, "lastSevenDays": 3, "lastFourteenDays": 3, "lastThirtyDays": 4,
                },
                "lastViewedAt": null, "publishedResultsUpdatedAt": null,
            },
            "lastEditedAt": stamp, "lastPublishedAt": project.published.then(|| stamp.clone()),
            "createdAt": stamp, "archivedAt": null, "trashedAt": null, "schedules": [],
        })
    }

    /// An error as this era writes it.
    fn error(&self, status: u16, code: &str, message: &str) -> Reply {
        match self.knobs.era {
            Era::October2026 => Reply::error(status, code, message),
            Era::Y2025 | Era::July2026 => Reply::old_error(status, message, &self.trace()),
        }
    }
}

//! A project as `ListProjects` and `GetProject` show it.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use crate::domain::Schedule;
use crate::domain::schedule::Cadence;
use crate::sim::project::SimProject;
use crate::sim::scenario::{DAYS, ProjectState};
use crate::sim::uuid::Uuid;

use super::{maybe, time};

#[derive(Serialize)]
struct Person<'a> {
    email: &'a str,
}

#[derive(Serialize)]
struct Label<'a> {
    name: &'a str,
}

#[derive(Serialize)]
struct Category<'a> {
    name: &'a str,
    description: Option<&'a str>,
}

#[derive(Serialize)]
struct Reviews {
    required: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AppViews {
    all_time: u32,
    last_seven_days: u32,
    last_fourteen_days: u32,
    last_thirty_days: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Analytics {
    app_views: AppViews,
    #[serde(serialize_with = "maybe")]
    last_viewed_at: Option<Timestamp>,
    #[serde(serialize_with = "maybe")]
    published_results_updated_at: Option<Timestamp>,
}

/// `Project`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProjectBody<'a> {
    id: Uuid,
    title: &'a str,
    description: Option<&'a str>,
    r#type: &'static str,
    creator: Person<'a>,
    owner: Person<'a>,
    status: Option<Label<'a>>,
    categories: Vec<Category<'a>>,
    reviews: Reviews,
    analytics: Analytics,
    #[serde(serialize_with = "time")]
    last_edited_at: Timestamp,
    #[serde(serialize_with = "maybe")]
    last_published_at: Option<Timestamp>,
    #[serde(serialize_with = "time")]
    created_at: Timestamp,
    #[serde(serialize_with = "maybe")]
    archived_at: Option<Timestamp>,
    #[serde(serialize_with = "maybe")]
    trashed_at: Option<Timestamp>,
    schedules: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sharing: Option<Value>,
}

impl<'a> ProjectBody<'a> {
    pub(crate) fn of(project: &'a SimProject, with_sharing: bool) -> Self {
        let spec = &project.spec;
        let views = project.views;
        Self {
            id: project.id,
            title: &spec.title,
            description: spec.description.as_deref(),
            r#type: if spec.component { "COMPONENT" } else { "PROJECT" },
            creator: Person { email: &project.creator },
            owner: Person { email: &project.owner },
            status: spec.label.as_deref().map(|name| Label { name }),
            categories: spec
                .categories
                .iter()
                .map(|name| Category { name, description: None })
                .collect(),
            reviews: Reviews { required: false },
            analytics: Analytics {
                app_views: AppViews {
                    all_time: views,
                    last_seven_days: views / 40,
                    last_fourteen_days: views / 20,
                    last_thirty_days: views / 9,
                },
                last_viewed_at: project.viewed,
                published_results_updated_at: project.refreshed.or(project.published),
            },
            last_edited_at: project.edited,
            last_published_at: project.published,
            created_at: project.created,
            archived_at: project.retired(ProjectState::Archived),
            trashed_at: project.retired(ProjectState::Trashed),
            schedules: spec.schedules.iter().map(schedule).collect(),
            sharing: with_sharing.then(|| sharing(&project.owner)),
        }
    }
}

fn schedule(schedule: &Schedule) -> Value {
    let zone = &schedule.zone;
    let (cadence, key, times) = match &schedule.cadence {
        Cadence::Hourly { minute } => {
            ("HOURLY", "hourly", json!({ "minute": minute, "timezone": zone }))
        }
        Cadence::Daily { hour, minute } => {
            ("DAILY", "daily", json!({ "hour": hour, "minute": minute, "timezone": zone }))
        }
        Cadence::Weekly { day, hour, minute } => {
            let name = DAYS.iter().find(|(other, _)| other == day).map(|(_, name)| name);
            let times =
                json!({ "dayOfWeek": name, "hour": hour, "minute": minute, "timezone": zone });
            ("WEEKLY", "weekly", times)
        }
        Cadence::Monthly { day, hour, minute } => (
            "MONTHLY",
            "monthly",
            json!({ "day": day, "hour": hour, "minute": minute, "timezone": zone }),
        ),
        Cadence::Cron(cron) => {
            ("CUSTOM", "custom", json!({ "cron": cron.as_str(), "timezone": zone }))
        }
        Cadence::Unknown(cron) => ("CUSTOM", "custom", json!({ "cron": cron, "timezone": zone })),
    };
    let mut body = json!({
        "cadence": cadence, "enabled": schedule.enabled,
        "hourly": null, "daily": null, "weekly": null, "monthly": null, "custom": null,
    });
    if let Some(fields) = body.as_object_mut() {
        fields.insert(key.to_owned(), times);
    }
    body
}

/// Who may do what; the shape beyond its name is not part of the contract.
fn sharing(owner: &str) -> Value {
    json!({
        "workspace": { "access": "CAN_VIEW" },
        "publicWeb": { "access": "NONE" },
        "support": { "access": "NONE" },
        "users": [{ "user": { "email": owner }, "access": "FULL_ACCESS" }],
        "collections": [],
        "groups": [],
    })
}

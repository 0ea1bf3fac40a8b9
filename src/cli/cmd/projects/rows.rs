//! Projects as JSON in Hex's own names, as CSV, and as rows for people.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::text::Span;
use serde_json::{Value, json};

use crate::cli::run_rows::stamp;
use crate::cli::table::{Column, Row};
use crate::domain::schedule::{Cadence, Schedule};
use crate::domain::{Project, Published};
use crate::ui::clock::full;

/// The columns of the CSV, in their order; each is a key of the JSON.
pub(super) const KEYS: &[&str] = &[
    "projectId",
    "title",
    "owner",
    "status",
    "categories",
    "published",
    "lastPublishedAt",
    "nextScheduledTime",
    "schedules",
];

/// The columns of the table.
pub(super) const COLUMNS: &[Column] = &[
    Column::cut("PROJECT", 12),
    Column::whole("ID"),
    Column::cut("OWNER", 8).spare(3),
    Column::cut("STATUS", 6).spare(4),
    Column::cut("CATEGORIES", 8).spare(5),
    Column::whole("PUBLISHED").spare(2),
    Column::whole("NEXT START").spare(1),
];

/// As one object, at this time of the server. Later versions may add keys.
pub(super) fn json(project: &Project, now: Timestamp) -> Value {
    let schedules: Vec<_> = project.schedules.iter().map(|one| schedule(one, now)).collect();
    json!({
        "projectId": project.id,
        "title": project.title,
        "owner": project.owner,
        "status": project.label,
        "categories": project.categories,
        "published": project.published != Published::Never,
        "lastPublishedAt": project.published.at().map(stamp),
        "nextScheduledTime": project.next_due(now).map(stamp),
        "schedules": schedules,
    })
}

fn schedule(schedule: &Schedule, now: Timestamp) -> Value {
    let cadence = match &schedule.cadence {
        Cadence::Hourly { .. } => "HOURLY",
        Cadence::Daily { .. } => "DAILY",
        Cadence::Weekly { .. } => "WEEKLY",
        Cadence::Monthly { .. } => "MONTHLY",
        Cadence::Cron(_) => "CUSTOM",
        Cadence::Unknown(word) => word,
    };
    json!({
        "cadence": cadence,
        "enabled": schedule.enabled,
        "timezone": schedule.zone,
        "text": words(&schedule.cadence),
        "nextTime": schedule.next_after(now).map(stamp),
    })
}

/// What the columns hold at this time of the server.
pub(super) fn cells(project: &Project, zone: &TimeZone, now: Timestamp) -> Row {
    let next = match project.next_due(now) {
        Some(at) => full(at, zone),
        None if project.schedules.iter().any(|schedule| schedule.enabled) => "unknown".to_owned(),
        None => String::new(),
    };
    let published = match project.published {
        Published::Never => "never".to_owned(),
        Published::AtUnknownTime => "unknown".to_owned(),
        Published::At(at) => full(at, zone),
    };
    let cells = [
        project.title.to_string(),
        project.id.as_str().chars().take(8).collect(),
        project.owner.clone().unwrap_or_default(),
        project.label.clone().unwrap_or_default(),
        project.categories.join(", "),
        published,
        next,
    ];
    cells.map(Span::raw).to_vec()
}

/// How often it fires, in words.
fn words(cadence: &Cadence) -> String {
    match cadence {
        Cadence::Hourly { minute } => format!("hourly at :{minute:02}"),
        Cadence::Daily { hour, minute } => format!("daily at {hour:02}:{minute:02}"),
        Cadence::Weekly { day, hour, minute } => format!("{day:?} at {hour:02}:{minute:02}"),
        Cadence::Monthly { day, hour, minute } => {
            format!("monthly on {day} at {hour:02}:{minute:02}")
        }
        Cadence::Cron(expression) => format!("cron {}", expression.as_str()),
        Cadence::Unknown(word) => word.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ProjectId;
    use jiff::civil::Weekday;

    fn project() -> Project {
        let zone = "+02:00".to_owned();
        Project {
            id: ProjectId::new("3f1c2b9e-8a47-4d55-9f0e-6b1d7c20a911"),
            title: "Weekly revenue".into(),
            published: Published::At("2026-10-18T10:05:00Z".parse().unwrap()),
            retired: false,
            owner: Some("ben@acme.test".to_owned()),
            categories: vec!["Finance".to_owned(), "Ops".to_owned()],
            label: Some("Production".to_owned()),
            schedules: vec![
                Schedule {
                    enabled: false,
                    cadence: Cadence::Hourly { minute: 5 },
                    zone: zone.clone(),
                },
                Schedule { enabled: true, cadence: Cadence::Daily { hour: 7, minute: 0 }, zone },
            ],
        }
    }

    const NOW: &str = "2026-10-20T08:00:00Z";

    #[test]
    fn an_object_has_hexs_names_and_each_key_has_its_column() {
        let line = json(&project(), NOW.parse().unwrap());
        let expected = json!({
            "projectId": "3f1c2b9e-8a47-4d55-9f0e-6b1d7c20a911", "title": "Weekly revenue",
            "owner": "ben@acme.test", "status": "Production", "categories": ["Finance", "Ops"],
            "published": true, "lastPublishedAt": "2026-10-18T10:05:00.000Z",
            "nextScheduledTime": "2026-10-21T05:00:00.000Z",
            "schedules": [
                {"cadence": "HOURLY", "enabled": false, "timezone": "+02:00",
                 "text": "hourly at :05", "nextTime": null},
                {"cadence": "DAILY", "enabled": true, "timezone": "+02:00",
                 "text": "daily at 07:00", "nextTime": "2026-10-21T05:00:00.000Z"},
            ],
        });
        assert_eq!(line, expected);
        let keys: Vec<_> = line.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(keys, KEYS);
        let nothing = Project {
            published: Published::Never,
            owner: None,
            label: None,
            categories: Vec::new(),
            schedules: Vec::new(),
            ..project()
        };
        let line = json(&nothing, NOW.parse().unwrap());
        for key in ["owner", "status", "lastPublishedAt", "nextScheduledTime"] {
            assert_eq!(line[key], Value::Null, "{key}");
        }
    }

    #[test]
    fn a_row_says_when_it_starts_next_as_far_as_that_is_known() {
        let cells = |project: &Project| -> Vec<String> {
            let row = cells(project, &TimeZone::UTC, NOW.parse().unwrap());
            row.into_iter().map(|cell| cell.content.into_owned()).collect()
        };
        assert_eq!(
            cells(&project()),
            [
                "Weekly revenue",
                "3f1c2b9e",
                "ben@acme.test",
                "Production",
                "Finance, Ops",
                "2026-10-18 10:05:00Z",
                "2026-10-21 05:00:00Z"
            ]
        );
        let cadence = Cadence::Unknown("FORTNIGHTLY".to_owned());
        let schedules = vec![Schedule { enabled: true, cadence, zone: "UTC".to_owned() }];
        assert_eq!(cells(&Project { schedules, ..project() })[6], "unknown");
        let monday = Cadence::Weekly { day: Weekday::Monday, hour: 6, minute: 30 };
        assert_eq!(words(&monday), "Monday at 06:30");
    }
}

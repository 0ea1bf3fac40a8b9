//! Projects: a page of them, and one, with their schedules.

use jiff::civil::Weekday;
use serde_json::Value;

use crate::api::Reply;
use crate::domain::schedule::Cadence;
use crate::domain::title::plain;
use crate::domain::{Project, ProjectId, Published, Schedule, Text};

use super::{elements, fields};

/// Schedules of one project; those behind them are not foreseen. The planner goes through all of
/// them again and again.
const MOST_SCHEDULES: usize = 32;

/// Categories of one project that are read.
const MOST_CATEGORIES: usize = 32;

/// A page of projects and the cursor of the next one.
pub(super) fn page(body: &Value) -> Result<Reply, String> {
    let list = fields::list(body, "values").ok_or("no list of projects in it")?;
    Ok(Reply::Projects { projects: elements(list, project)?, after: after(body)? })
}

/// The cursor of the next page. Without it the listing would be taken for whole.
fn after(body: &Value) -> Result<Option<String>, String> {
    let pagination = fields::at(body, "pagination");
    match (pagination, fields::at(pagination, "after")) {
        (Value::Null, _) | (_, Value::Null) => Ok(None),
        (_, Value::String(text)) if text.is_empty() => Ok(None),
        (_, Value::Number(number)) => Ok(Some(number.to_string())),
        _ => match fields::exact(pagination, "after") {
            Some(cursor) => Ok(Some(cursor)),
            None => Err("no readable cursor of the next page in it".to_owned()),
        },
    }
}

/// One project; nothing without an id.
pub(super) fn project(body: &Value) -> Option<Project> {
    let id = fields::id(body, "id")?;
    let is_set = |name| !fields::at(body, name).is_null();
    Some(Project {
        title: title(body).unwrap_or_else(|| id.as_str().into()),
        id: ProjectId::new(id),
        published: published(body),
        retired: is_set("archivedAt") || is_set("trashedAt"),
        owner: fields::text(fields::at(body, "owner"), "email"),
        categories: fields::list(body, "categories")
            .unwrap_or_default()
            .iter()
            .filter_map(|category| fields::text(category, "name"))
            .take(MOST_CATEGORIES)
            .collect(),
        label: fields::text(fields::at(body, "status"), "name"),
        schedules: fields::list(body, "schedules")
            .unwrap_or_default()
            .iter()
            .filter_map(schedule)
            .take(MOST_SCHEDULES)
            .collect(),
    })
}

/// The title, unless there is nothing to see in it.
fn title(body: &Value) -> Option<Text> {
    let title = Text::from(fields::raw(body, "title")?);
    (!plain(&title).is_empty()).then_some(title)
}

/// That the moment is there says that there is a published version, even where it cannot be read.
fn published(body: &Value) -> Published {
    match (fields::at(body, "lastPublishedAt"), fields::time(body, "lastPublishedAt")) {
        (Value::Null, _) => Published::Never,
        (_, Some(at)) => Published::At(at),
        (_, None) => Published::AtUnknownTime,
    }
}

/// One schedule; nothing if it is no object. What its cadence says is in the field of the same
/// name in small letters; without that, or with hours that no clock shows, it is unknown.
fn schedule(body: &Value) -> Option<Schedule> {
    body.as_object()?;
    let word = fields::text(body, "cadence").unwrap_or_default();
    let at = fields::at(body, &word.to_lowercase());
    Some(Schedule {
        enabled: fields::at(body, "enabled").as_bool().unwrap_or(true),
        cadence: cadence(&word, at).unwrap_or(Cadence::Unknown(word)),
        zone: fields::text(at, "timezone").unwrap_or_else(|| "UTC".to_owned()),
    })
}

fn cadence(word: &str, at: &Value) -> Option<Cadence> {
    let hour = || fields::small(at, "hour", 0..=23);
    let minute = || fields::small(at, "minute", 0..=59);
    Some(match word {
        "HOURLY" => Cadence::Hourly { minute: minute()? },
        "DAILY" => Cadence::Daily { hour: hour()?, minute: minute()? },
        "WEEKLY" => Cadence::Weekly {
            day: weekday(fields::at(at, "dayOfWeek"))?,
            hour: hour()?,
            minute: minute()?,
        },
        "MONTHLY" => Cadence::Monthly {
            day: fields::small(at, "day", 1..=28)?,
            hour: hour()?,
            minute: minute()?,
        },
        "CUSTOM" => Cadence::Cron(fields::text(at, "cron")?.into()),
        _ => return None,
    })
}

/// Reads `MONDAY`, `Mon`, or a number counted from Sunday as 0; Hex does not document which.
fn weekday(value: &Value) -> Option<Weekday> {
    const DAYS: [(Weekday, &str); 7] = [
        (Weekday::Sunday, "sun"),
        (Weekday::Monday, "mon"),
        (Weekday::Tuesday, "tue"),
        (Weekday::Wednesday, "wed"),
        (Weekday::Thursday, "thu"),
        (Weekday::Friday, "fri"),
        (Weekday::Saturday, "sat"),
    ];
    if let Some(number) = value.as_i64() {
        return Weekday::from_sunday_zero_offset(i8::try_from(number).ok()?).ok();
    }
    let name = value.as_str()?.to_lowercase();
    DAYS.iter().find(|(_, start)| name.starts_with(start)).map(|(day, _)| *day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_cadence_is_read_from_the_field_of_its_name() {
        let cron = "*/20 6-18 * * 1-5";
        let weekly = |day: Value| {
            json!({"cadence": "WEEKLY", "enabled": true, "weekly":
                {"dayOfWeek": day, "hour": 8, "minute": 5, "timezone": "Europe/Berlin"}})
        };
        let on_monday = Cadence::Weekly { day: Weekday::Monday, hour: 8, minute: 5 };
        let table = [
            (
                json!({"cadence": "HOURLY", "hourly": {"minute": 30, "timezone": "+05:30"}}),
                Cadence::Hourly { minute: 30 },
                "+05:30",
            ),
            (
                json!({"cadence": "DAILY", "daily": {"hour": 7, "minute": 0, "timezone": "-03:00"}}),
                Cadence::Daily { hour: 7, minute: 0 },
                "-03:00",
            ),
            (weekly(json!("MONDAY")), on_monday.clone(), "Europe/Berlin"),
            (weekly(json!("Mon")), on_monday.clone(), "Europe/Berlin"),
            (weekly(json!(1)), on_monday, "Europe/Berlin"),
            (
                json!({"cadence": "MONTHLY", "monthly": {"day": 28, "hour": 0, "minute": 1}}),
                Cadence::Monthly { day: 28, hour: 0, minute: 1 },
                "UTC",
            ),
            (
                json!({"cadence": "CUSTOM", "custom": {"cron": cron, "timezone": "+00:00"}}),
                Cadence::Cron(cron.into()),
                "+00:00",
            ),
        ];
        for (body, cadence, zone) in table {
            let expected = Schedule { enabled: true, cadence, zone: zone.to_owned() };
            assert_eq!(schedule(&body), Some(expected), "{body}");
        }
    }

    #[test]
    fn a_schedule_that_cannot_be_understood_is_kept_as_unknown() {
        let table = [
            (
                json!({"cadence": "FORTNIGHTLY", "fortnightly": {"timezone": "+01:00"}}),
                "FORTNIGHTLY",
                "+01:00",
            ),
            (json!({"cadence": "DAILY", "daily": null}), "DAILY", "UTC"),
            (json!({"cadence": "DAILY", "daily": {"hour": 24, "minute": 0}}), "DAILY", "UTC"),
            (
                json!({"cadence": "MONTHLY", "monthly": {"day": 31, "hour": 1, "minute": 0}}),
                "MONTHLY",
                "UTC",
            ),
            (
                json!({"cadence": "WEEKLY", "weekly": {"dayOfWeek": 7, "hour": 1, "minute": 0}}),
                "WEEKLY",
                "UTC",
            ),
            (json!({}), "", "UTC"),
        ];
        for (body, word, zone) in table {
            let expected = Schedule {
                enabled: true,
                cadence: Cadence::Unknown(word.to_owned()),
                zone: zone.to_owned(),
            };
            assert_eq!(schedule(&body), Some(expected), "{body}");
        }
        assert_eq!(schedule(&json!("DAILY")), None);
    }

    #[test]
    fn a_project_has_a_bounded_number_of_schedules() {
        let hourly = json!({"cadence": "HOURLY", "hourly": {"minute": 30}});
        let with = |count: usize| json!({"id": "p", "schedules": vec![hourly.clone(); count]});
        let count = |body: Value| project(&body).unwrap().schedules.len();
        assert_eq!((count(with(31)), count(with(2000))), (31, MOST_SCHEDULES));
    }

    #[test]
    fn a_project_needs_nothing_but_its_id() {
        let bare = Project {
            id: ProjectId::new("p"),
            title: "p".into(),
            published: Published::Never,
            retired: false,
            owner: None,
            categories: Vec::new(),
            label: None,
            schedules: vec![],
        };
        assert_eq!(project(&json!({"id": "p"})), Some(bare.clone()));
        let nulls = json!({"id": "p", "title": null, "owner": null, "creator": null,
            "status": null, "lastPublishedAt": null, "archivedAt": null, "schedules": null});
        assert_eq!(project(&nulls), Some(bare));
        assert_eq!(project(&json!({"title": "no id"})), None);
    }

    #[test]
    fn a_moment_of_publishing_that_cannot_be_read_is_still_one() {
        let published = |at: Value| {
            let project = project(&json!({"id": "p", "lastPublishedAt": at})).unwrap();
            assert_eq!(project.is_runnable(), project.published != Published::Never);
            project.published
        };
        assert_eq!(published(json!(null)), Published::Never);
        let moment = "2026-10-20T08:00:00Z";
        assert_eq!(published(json!(moment)), Published::At(moment.parse().unwrap()));
        for odd in
            [json!("soon"), json!(""), json!(1_792_484_430), json!({}), json!([]), json!(true)]
        {
            assert_eq!(published(odd.clone()), Published::AtUnknownTime, "{odd}");
        }
    }

    #[test]
    fn a_listing_whose_next_page_cannot_be_told_is_not_taken_for_whole() {
        let after =
            |pagination: Value| match page(&json!({"values": [], "pagination": pagination}))? {
                Reply::Projects { after, .. } => Ok(after),
                other => panic!("{other:?}"),
            };
        for last in [json!(null), json!({}), json!({"after": null}), json!({"after": ""})] {
            assert_eq!(after(last), Ok(None));
        }
        assert_eq!(after(json!({"after": 7})), Ok(Some("7".to_owned())));
        for odd in [json!({}), json!([]), json!(true), json!("caf\u{fffd}")] {
            let reason = "no readable cursor of the next page in it".to_owned();
            assert_eq!(after(json!({ "after": odd })), Err(reason));
        }
    }

    #[test]
    fn a_title_is_clean_and_short_and_an_id_that_cannot_be_sent_costs_its_project() {
        let read = |title: &str| project(&json!({"id": "p", "title": title})).unwrap().title;
        assert_eq!(read("Q3\u{1b}[2J\u{202e}\n"), "Q3·[2J· ");
        assert_eq!(read(&"x".repeat(1_000_000)).chars().count(), 1_000);
        for blank in ["\u{200b}\u{2800}", " \t", "\u{3164}\u{1b}"] {
            assert_eq!(read(blank), "p", "{blank:?}");
        }
        let long = "x".repeat(1_000);
        let body = json!({"values": [{"id": "a\u{1b}[2J"}, {"id": "b"}, {"id": long}, {"id": "c\u{202e}"}]});
        let Ok(Reply::Projects { projects, .. }) = page(&body) else { panic!("no page") };
        let ids: Vec<_> = projects.iter().map(|project| project.id.as_str()).collect();
        assert_eq!(ids, ["b"]);
    }

    #[test]
    fn archived_and_trashed_projects_are_retired() {
        for name in ["archivedAt", "trashedAt"] {
            let body = json!({"id": "p", name: "2026-10-20T08:00:00Z"});
            assert!(project(&body).unwrap().retired, "{name}");
        }
    }

    #[test]
    fn a_page_keeps_what_can_be_read() {
        let body = json!({"values": [{"id": "a"}, null, {"title": "no id"}, {"id": "b"}],
            "pagination": {"after": "cursor"}});
        let ids = |reply| match reply {
            Ok(Reply::Projects { projects, after }) => {
                let ids: Vec<_> = projects.iter().map(|project| project.id.to_string()).collect();
                (ids, after)
            }
            other => panic!("{other:?}"),
        };
        assert_eq!(
            ids(page(&body)),
            (vec!["a".to_owned(), "b".to_owned()], Some("cursor".to_owned()))
        );
        assert_eq!(ids(page(&json!({"values": []}))), (vec![], None));
        assert_eq!(page(&json!({"projects": []})), Err("no list of projects in it".to_owned()));
    }
}

//! Runs: a page of them, and one.

use std::cmp::Reverse;
use std::collections::HashSet;

use serde_json::Value;

use crate::api::{PageOrder, Reply, words};
use crate::domain::{ProjectId, Run, RunId};

use super::{elements, fields};

/// A page of runs of `project`, sorted here because Hex documents no order.
pub(super) fn page(body: &Value, project: &ProjectId) -> Result<Reply, String> {
    let list = fields::list(body, "runs").ok_or("no list of runs in it")?;
    let mut runs = elements(list, |element| run(element, project))?;
    let order = order(&runs);
    let mut seen = HashSet::new();
    runs.retain(|run| seen.insert(run.id.clone()));
    // Newest first. A run that has not started is newer than all that have; one that ended
    // without ever starting belongs where it ended.
    runs.sort_by_key(|run| Reverse(run.start.or(run.end).map_or((1, None), |at| (0, Some(at)))));
    Ok(Reply::Runs {
        runs,
        // What it holds is not documented and may point anywhere; that it is there says enough.
        more: !matches!(fields::at(body, "nextPage"), Value::Null | Value::Bool(false))
            && fields::at(body, "nextPage") != "",
        order,
    })
}

/// In which order runs come, by when they started. Runs half a page apart are compared, because
/// neighbours may have started in another order than the one in which they were created.
fn order(runs: &[Run]) -> PageOrder {
    let starts: Vec<_> = runs.iter().filter_map(|run| run.start).collect();
    let apart = (starts.len() / 2).max(1);
    let pairs = || starts.iter().zip(starts.iter().skip(apart));
    let (rise, fall) =
        (pairs().filter(|(a, b)| a < b).count(), pairs().filter(|(a, b)| a > b).count());
    if rise + fall == 0 || fall >= 3 * rise {
        PageOrder::NewestFirst
    } else if rise >= 3 * fall {
        PageOrder::OldestFirst
    } else {
        PageOrder::Mixed
    }
}

/// One run; nothing without an id and a status. It belongs to the project it was asked of,
/// whatever the body says, so that a project has one id everywhere.
pub(super) fn run(body: &Value, project: &ProjectId) -> Option<Run> {
    Some(Run {
        project: project.clone(),
        id: RunId::new(fields::id(body, "runId")?),
        version: fields::text_or_number(body, "projectVersion"),
        url: fields::exact(body, "runUrl"),
        status: words::status(&fields::text(body, "status")?),
        trigger: fields::text(body, "runTrigger").map(|word| words::trigger(&word)),
        start: fields::time(body, "startTime"),
        end: fields::time(body, "endTime"),
        elapsed: fields::milliseconds(body, "elapsedTime"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{RunStatus, RunTrigger};
    use serde_json::json;
    use std::time::Duration;

    fn read(body: &Value) -> Result<(Vec<String>, bool), String> {
        match page(body, &ProjectId::new("p"))? {
            Reply::Runs { runs, more, .. } => {
                Ok((runs.into_iter().map(|run| run.id.to_string()).collect(), more))
            }
            other => panic!("{other:?}"),
        }
    }

    fn entry(id: &str, start: Option<&str>, end: Option<&str>) -> Value {
        json!({"runId": id, "status": "RUNNING", "startTime": start, "endTime": end})
    }

    #[test]
    fn runs_come_newest_first_with_those_not_started_on_top_and_each_once() {
        let body = json!({"runs": [
            entry("old", Some("2026-10-20T06:00:00Z"), None),
            entry("new", Some("2026-10-20T08:00:00Z"), None),
            entry("never started", None, Some("2026-10-20T07:00:00Z")),
            entry("waiting", None, None),
            entry("new", Some("2026-10-20T08:00:00Z"), None),
            entry("waiting too", None, None),
        ]});
        let expected = ["waiting", "waiting too", "new", "never started", "old"];
        assert_eq!(read(&body), Ok((expected.map(str::to_owned).to_vec(), false)));
    }

    #[test]
    fn the_order_of_a_page_is_told_by_when_its_runs_started() {
        let order = |minutes: &[i64]| {
            let runs = minutes.iter().enumerate().map(|(number, minute)| {
                let start = (*minute >= 0).then(|| format!("2026-10-20T08:{minute:02}:00Z"));
                entry(&format!("r{number}"), start.as_deref(), None)
            });
            match page(&json!({"runs": runs.collect::<Vec<_>>()}), &ProjectId::new("p")) {
                Ok(Reply::Runs { order, .. }) => order,
                other => panic!("{other:?}"),
            }
        };
        for newest in [&[][..], &[-1, -1], &[5], &[5, 5, 5], &[9, 4], &[9, 8, 6, 7, 3, 2, -1]] {
            assert_eq!(order(newest), PageOrder::NewestFirst, "{newest:?}");
        }
        for oldest in [&[4, 9][..], &[1, 2, 4, 3, 6, 8, 7, -1], &[-1, 1, 1, 2]] {
            assert_eq!(order(oldest), PageOrder::OldestFirst, "{oldest:?}");
        }
        assert_eq!(order(&[3, 9, 1, 7, 5, 2, 8, 4, 6]), PageOrder::Mixed);
    }

    #[test]
    fn there_is_more_whatever_form_the_next_page_has() {
        let table = [
            (json!("https://app.hex.tech/api/v1/projects/p/runs?offset=2"), true),
            (json!("/v1/projects/p/runs?offset=2"), true),
            (json!("cursor123"), true),
            (json!(2), true),
            (json!({}), true),
            (json!(false), false),
            (json!(null), false),
            (json!(""), false),
        ];
        for (next, more) in table {
            let body = json!({"runs": [], "nextPage": next});
            assert_eq!(read(&body), Ok((vec![], more)), "{next}");
        }
        assert_eq!(read(&json!({"runs": []})), Ok((vec![], false)));
    }

    #[test]
    fn an_entry_that_cannot_be_read_costs_only_itself() {
        let body = json!({"runs": [
            null, 7, [], {}, {"runId": "no status"}, {"status": "RUNNING"},
            {"runId": 4, "status": "RUNNING"}, {"runId": "", "status": "RUNNING"},
            {"runId": "good", "status": "RUNNING"},
        ]});
        assert_eq!(read(&body), Ok((vec!["good".to_owned()], false)));
        let hopeless = json!({"runs": [{}, null]});
        assert_eq!(read(&hopeless), Err("none of its 2 entries has an id".to_owned()));
        for body in [json!({}), json!([]), json!({"runs": null}), json!("runs")] {
            assert_eq!(read(&body), Err("no list of runs in it".to_owned()));
        }
    }

    #[test]
    fn every_field_but_id_and_status_may_be_missing_or_nonsense() {
        let bare = Run {
            project: ProjectId::new("p"),
            id: RunId::new("r"),
            version: None,
            url: None,
            status: RunStatus::Unknown("PAUSED".into()),
            trigger: None,
            start: None,
            end: None,
            elapsed: None,
        };
        let nonsense = json!({
            "runId": "r", "status": "PAUSED", "projectVersion": [], "runUrl": 5,
            "runTrigger": null, "startTime": "soon", "endTime": 12, "elapsedTime": -4.5,
            "projectId": {}, "notifications": "?",
        });
        for body in [json!({"runId": "r", "status": "PAUSED"}), nonsense] {
            assert_eq!(run(&body, &ProjectId::new("p")), Some(bare.clone()));
        }
    }

    #[test]
    fn elapsed_is_milliseconds_with_or_without_a_fraction() {
        let elapsed = |number: Value| {
            let body = json!({"runId": "r", "status": "COMPLETED", "elapsedTime": number});
            run(&body, &ProjectId::new("p")).unwrap().elapsed
        };
        assert_eq!(elapsed(json!(60000)), Some(Duration::from_mins(1)));
        assert_eq!(elapsed(json!(60000.0)), Some(Duration::from_mins(1)));
        assert_eq!(elapsed(json!(8200.5)), Some(Duration::from_micros(8_200_500)));
        assert_eq!(elapsed(json!(1e300)), None);
        assert_eq!(elapsed(json!("60000")), None);
    }

    #[test]
    fn an_unknown_trigger_is_kept_by_name() {
        let body = json!({"runId": "r", "status": "PENDING", "runTrigger": "WEBHOOK"});
        assert_eq!(
            run(&body, &ProjectId::new("p")).unwrap().trigger,
            Some(RunTrigger::Unknown("WEBHOOK".into()))
        );
    }
}

//! Lists that are too long or never end, and entries that cannot be.

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::dashboard;
use crate::harmless::{self, OTHER, PROJECT, RUN, project, projects, run, runs};
use crate::server::{Op, Request};

/// Runs that each have an id of their own.
fn many(count: usize, first: usize) -> Vec<Value> {
    (first..first + count)
        .map(|n| run(&format!("c1000000-0000-4000-8000-{n:012}"), "RUNNING"))
        .collect()
}

/// A page of projects behind which there is always another.
fn followed(values: &[Value], request: &Request) -> Answer {
    let mut page = projects(values);
    page["pagination"]["after"] = json!(format!("cursor-{}", request.number + 1));
    Answer::json(page.to_string())
}

/// Runs in the order of the page that is asked for, behind which there is always another.
fn endless_runs(request: &Request) -> Answer {
    let offset = request.query("offset").map_or(0, |text| text.parse().unwrap());
    let mut page = runs(&many(100, offset));
    page["nextPage"] = json!(format!("?offset={}", offset + 100));
    Answer::json(page.to_string())
}

scenarios! {
    a_page_of_180_000_small_runs: dashboard, Runs => |_| {
        let rows: Vec<_> = (0..180_000).map(|n| format!("{{\"runId\":\"r{n}\",\"status\":\"RUNNING\"}}")).collect();
        Answer::json(format!("{{\"runs\": [{}], \"nextPage\": null}}", rows.join(",")))
    };
    a_page_of_9_000_runs: dashboard, Runs => |_| Answer::json(runs(&many(9_000, 0)).to_string());
    a_page_of_9_000_projects: dashboard, Projects => |_| {
        let values: Vec<_> = (0..9_000).map(|n| project(&format!("p-{n}"), &format!("Project {n}"))).collect();
        Answer::json(projects(&values).to_string())
    };
    a_run_a_hundred_times: dashboard, Runs =>
        |_| Answer::json(runs(&vec![run(RUN, "RUNNING"); 100]).to_string());
    a_project_a_hundred_times: dashboard, Projects =>
        |_| Answer::json(projects(&vec![project(PROJECT, "Weekly revenue"); 100]).to_string());
    a_run_of_all_statuses_at_once: dashboard, Runs => |_| {
        let statuses = ["PENDING", "RUNNING", "COMPLETED", "ERRORED", "KILLED", "UNHEARD"];
        Answer::json(runs(&statuses.map(|status| run(RUN, status))).to_string())
    };
    runs_behind_runs_without_end: dashboard, Runs => endless_runs;
    times_at_the_ends_of_time: dashboard, Runs => |_| {
        let times = ["-009999-01-02T01:59:59Z", "9999-12-30T22:00:00Z", "1970-01-01T00:00:00Z", ""];
        let row = |(n, at): (usize, &str)| {
            let mut run = run(&format!("r-{n}"), "RUNNING");
            (run["startTime"], run["endTime"], run["elapsedTime"]) = (json!(at), json!(at), json!(1e300));
            run
        };
        Answer::json(runs(&times.into_iter().enumerate().map(row).collect::<Vec<_>>()).to_string())
    };
    schedules_without_end: dashboard, Projects => |_| {
        let daily = json!({"cadence": "CUSTOM", "enabled": true, "custom": {"cron": "0 0 30 2 *", "timezone": "+00:00"}});
        let mut one = project(PROJECT, "Weekly revenue");
        one["schedules"] = json!(vec![daily; 500]);
        Answer::json(projects(&[one]).to_string())
    };
}

#[test]
fn a_listing_whose_pages_never_end_leaves_requests_for_the_runs() {
    let lived = dashboard::survives(Op::Projects, |request| {
        let first = request.number * 100;
        let values: Vec<_> =
            (first..first + 100).map(|n| project(&format!("p-{n}"), "One of many")).collect();
        followed(&values, request)
    });
    assert_ne!(lived.server.asked(Op::Runs), 0);
}

#[test]
fn a_listing_of_empty_pages_ends() {
    let lived = dashboard::survives(Op::Projects, |request| match request.number {
        0 => followed(&[project(PROJECT, "Weekly revenue")], request),
        _ => followed(&[], request),
    });
    assert_ne!(lived.server.asked(Op::Runs), 0);
    let pages = lived.server.asked(Op::Projects);
    assert!(pages <= 6, "{pages} pages, of which all but the first are empty");
}

#[test]
fn a_listing_that_only_repeats_itself_ends() {
    let lived = dashboard::survives(Op::Projects, |request| {
        followed(&[project(PROJECT, "Weekly revenue"), project(OTHER, "Churn")], request)
    });
    assert_ne!(lived.server.asked(Op::Runs), 0);
    let pages = lived.server.asked(Op::Projects);
    assert!(pages <= 6, "{pages} pages, which are all the same");
}

#[test]
fn a_harmless_workspace_passes() {
    let lived = dashboard::survives(Op::Runs, harmless::answer);
    assert!(lived.text.contains("Weekly revenue"), "{}", lived.text);
}

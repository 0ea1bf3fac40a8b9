//! Every example body of the contract, read into exactly the value it means.

use std::time::Duration;

use hextop::api::{Call, Me, PageOrder, Reply, Started};
use hextop::domain::schedule::Cadence;
use hextop::domain::{Project, ProjectId, Published, Run, RunId, RunStatus, RunTrigger, Schedule};
use http::Response;
use jiff::Timestamp;

use crate::{at, body, list_runs, project, run_status, start, trigger};

fn read(call: &Call, status: u16, body: &str) -> Reply {
    let response = Response::builder().status(status).body(body.as_bytes().to_vec()).unwrap();
    call.read(&response, Timestamp::UNIX_EPOCH).result.unwrap()
}

/// A run as the examples of single runs have it.
fn run(last_digit: u8, status: RunStatus, trigger: RunTrigger) -> Run {
    Run {
        project: project(),
        id: RunId::new(format!("c1000000-0000-4000-8000-00000000000{last_digit}")),
        version: Some("14".to_owned()),
        url: Some(format!("https://app.hex.tech/r/{last_digit}")),
        status,
        trigger: Some(trigger),
        start: None,
        end: None,
        elapsed: None,
    }
}

/// The runs of the example page.
pub(crate) fn runs_page() -> Vec<Run> {
    let url = "https://app.hex.tech/acme/hex/3f1c2b9e-8a47-4d55-9f0e-6b1d7c20a911/run";
    vec![
        Run {
            id: RunId::new("a0d4c6f2-1b3e-4c5d-8e9f-0a1b2c3d4e5f"),
            url: Some(format!("{url}/a0d4c6f2")),
            start: Some(at("2026-10-20T08:15:04.211Z")),
            ..run(0, RunStatus::Running, RunTrigger::Api)
        },
        Run {
            id: RunId::new("b7e19c30-52d8-4f61-a0b4-93c6d2e8f715"),
            url: Some(format!("{url}/b7e19c30")),
            start: Some(at("2026-10-20T07:00:00Z")),
            end: Some(at("2026-10-20T07:02:41.530Z")),
            elapsed: Some(Duration::from_millis(161_530)),
            ..run(0, RunStatus::Completed, RunTrigger::Scheduled)
        },
    ]
}

/// The running run of the examples.
pub(crate) fn running() -> Run {
    Run {
        start: Some(at("2026-10-20T08:15:04.211Z")),
        elapsed: Some(Duration::from_micros(8_200_500)),
        ..run(2, RunStatus::Running, RunTrigger::Api)
    }
}

/// The start of the examples.
pub(crate) fn started() -> Started {
    Started {
        run: RunId::new("c1000000-0000-4000-8000-000000000001"),
        url: Some("https://app.hex.tech/r/1".to_owned()),
        version: Some("14".to_owned()),
        trace: Some("trc-n1".to_owned()),
    }
}

/// The projects of the example page.
pub(crate) fn projects_page() -> Vec<Project> {
    vec![
        Project {
            id: project(),
            title: "Weekly revenue".into(),
            published: Published::At(at("2026-10-18T10:05:00Z")),
            retired: false,
            owner: Some("ben@acme.test".to_owned()),
            categories: vec!["Finance".to_owned()],
            label: Some("Production".to_owned()),
            schedules: vec![Schedule {
                enabled: true,
                cadence: Cadence::Daily { hour: 7, minute: 0 },
                zone: "+00:00".to_owned(),
            }],
        },
        Project {
            id: ProjectId::new("77aa0c55-9d3b-4b0e-8f7a-1e2d3c4b5a69"),
            title: "Scratchpad (never published)".into(),
            published: Published::Never,
            retired: false,
            owner: Some("ana@acme.test".to_owned()),
            categories: Vec::new(),
            label: None,
            schedules: vec![],
        },
    ]
}

/// The person of the examples.
pub(crate) fn person() -> Me {
    Me {
        id: Some("0d9e8c7b-6a5f-4e3d-9c2b-1a0f9e8d7c6b".to_owned()),
        email: Some("ana@acme.test".to_owned()),
        role: Some("EDITOR".to_owned()),
        org: Some("5c4b3a29-1807-4f6e-9d5c-4b3a29180706".to_owned()),
        expires: Some(at("2026-10-28T00:00:00Z")),
    }
}

#[test]
fn a_page_of_runs_is_read_whole() {
    assert_eq!(
        read(&list_runs(), 200, body!("runs_page")),
        Reply::Runs { runs: runs_page(), more: true, order: PageOrder::NewestFirst }
    );
    assert_eq!(
        read(&list_runs(), 200, body!("runs_empty")),
        Reply::Runs { runs: vec![], more: false, order: PageOrder::NewestFirst }
    );
}

#[test]
fn a_run_is_read_in_every_state() {
    let seconds = |seconds| Some(Duration::from_secs(seconds));
    let table = [
        (body!("run_pending"), run(1, RunStatus::Pending, RunTrigger::Api)),
        (body!("run_running"), running()),
        (
            body!("run_completed"),
            Run {
                start: Some(at("2026-10-20T07:00:00Z")),
                end: Some(at("2026-10-20T07:01:00Z")),
                elapsed: seconds(60),
                ..run(3, RunStatus::Completed, RunTrigger::Scheduled)
            },
        ),
        (
            body!("run_errored"),
            Run {
                version: Some("13".to_owned()),
                start: Some(at("2026-10-19T22:10:00Z")),
                end: Some(at("2026-10-19T22:10:07.250Z")),
                elapsed: Some(Duration::from_millis(7250)),
                ..run(4, RunStatus::Errored, RunTrigger::AppRefresh)
            },
        ),
        (
            body!("run_killed"),
            Run {
                version: Some("draft".to_owned()),
                start: Some(at("2026-10-20T06:00:00Z")),
                end: Some(at("2026-10-20T06:00:30Z")),
                elapsed: seconds(30),
                ..run(5, RunStatus::Killed, RunTrigger::Api)
            },
        ),
        (
            body!("run_no_kernel"),
            Run {
                end: Some(at("2026-10-20T06:05:00Z")),
                ..run(6, RunStatus::NoKernel, RunTrigger::Api)
            },
        ),
        (
            body!("run_legacy"),
            Run {
                trigger: None,
                start: Some(at("2025-05-01T00:00:00Z")),
                end: Some(at("2025-05-01T00:01:00Z")),
                elapsed: seconds(60),
                ..run(7, RunStatus::Completed, RunTrigger::Api)
            },
        ),
    ];
    for (body, run) in table {
        assert_eq!(read(&run_status(), 200, body), Reply::Run(run));
    }
}

#[test]
fn a_start_is_read_with_either_good_status_and_asked_for_with_the_examples_inputs() {
    for status in [200, 201] {
        let reply = read(&trigger(), status, body!("started"));
        assert_eq!(reply, Reply::Started(started()));
    }
    let example: serde_json::Value = serde_json::from_str(body!("start_request")).unwrap();
    assert_eq!(start().body()["inputParams"], example["inputParams"]);
}

#[test]
fn a_page_of_projects_is_read_whole() {
    assert_eq!(
        read(&Call::ListProjects { after: None, unlisted: true }, 200, body!("projects_page")),
        Reply::Projects {
            projects: projects_page(),
            after: Some("b3BhcXVlLWN1cnNvci0y".to_owned()),
        }
    );
}

#[test]
fn one_project_is_read_as_on_the_page() {
    let page: serde_json::Value = serde_json::from_str(body!("projects_page")).unwrap();
    for (body, project) in page["values"].as_array().unwrap().iter().zip(projects_page()) {
        let call = Call::GetProject { project: project.id.clone() };
        assert_eq!(read(&call, 200, &body.to_string()), Reply::Project(project));
    }
}

#[test]
fn the_tokens_user_is_a_person_or_a_workspace() {
    assert_eq!(read(&Call::Me, 200, body!("me_person")), Reply::Me(person()));
    let workspace = Me { id: None, email: None, role: None, expires: None, ..person() };
    assert_eq!(read(&Call::Me, 200, body!("me_workspace")), Reply::Me(workspace));
}

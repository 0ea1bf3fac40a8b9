//! The real client against the simulated workspace, over a real socket.

#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "door/trouble.rs"]
mod trouble;
#[path = "door/truth.rs"]
mod truth;

use std::time::Duration;

use hextop::api::client::Timeouts;
use hextop::api::token::Token;
use hextop::api::{ApiError, BaseUrl, Call, Client, Failure, PathStyle, Reply};
use hextop::domain::inputs::Body;
use hextop::domain::{ProjectId, RunId, RunStatus, StartRun};
use hextop::sim::scenario::{Access, HeaderStyle, KernelsFull, Paths, ResetForm, WrongInputs};
use hextop::sim::server::ANY_PORT;
use hextop::sim::{
    InputKind, InputSpec, ProjectSpec, Scenario, SimProject, SimRun, SimServer, World,
};
use serde_json::json;

const STYLES: [PathStyle; 2] = [PathStyle::Current, PathStyle::Legacy];

/// Whether an error is of the kind that was expected.
type Fits = dyn Fn(&ApiError) -> bool;

/// One project that takes a region and a threshold.
fn scenario() -> Scenario {
    let input =
        |name: &str, kind| InputSpec { name: name.to_owned(), kind, ..InputSpec::default() };
    let weekly = ProjectSpec {
        inputs: vec![input("region", InputKind::Text), input("threshold", InputKind::Number)],
        median: Duration::from_mins(10),
        past: 30,
        failure: 0.0,
        ..ProjectSpec::titled("Weekly revenue")
    };
    Scenario { projects: vec![weekly], ..Scenario::default() }
}

fn with_fault(fault: &str) -> Scenario {
    Scenario { faults: vec![fault.parse().unwrap()], ..scenario() }
}

async fn open(scenario: &Scenario) -> (SimServer, Client) {
    let world = World::new(scenario, 3, hextop::clock::now());
    let door = SimServer::open(world, ANY_PORT, None).await.unwrap();
    let client = client(&door, &door.token);
    (door, client)
}

fn client(door: &SimServer, token: &str) -> Client {
    client_within(door, token, Timeouts::default().total)
}

/// A client for servers that do not answer in time.
fn hasty(door: &SimServer) -> Client {
    client_within(door, &door.token, Duration::from_millis(700))
}

fn client_within(door: &SimServer, token: &str, total: Duration) -> Client {
    let base = BaseUrl::parse(&door.base_url).unwrap();
    let timeouts = Timeouts { total, ..Timeouts::default() };
    Client::new(base, &Token::new(token).unwrap(), timeouts).unwrap()
}

fn project(door: &SimServer) -> ProjectId {
    door.look(|world| world.projects().next().unwrap().id())
}

fn list(door: &SimServer) -> Call {
    Call::ListRuns { project: project(door), limit: 100, offset: 0, status: None }
}

fn trigger(door: &SimServer, inputs: serde_json::Value) -> Call {
    let inputs = serde_json::from_value(inputs).unwrap();
    let body = Body { inputs, ..Body::default() };
    let start = body.into_start().unwrap();
    Call::Trigger { project: project(door), start }
}

async fn ask(client: &Client, call: &Call, style: PathStyle) -> Result<Reply, ApiError> {
    client.send(call, style).await.result
}

fn active(door: &SimServer) -> usize {
    door.look(|world| world.runs().filter(|run| run.is_active()).count())
}

#[tokio::test]
async fn a_run_is_started_listed_looked_at_and_cancelled_on_both_generations_of_paths() {
    for style in STYLES {
        let (door, client) = open(&scenario()).await;
        let project = project(&door);
        let call = trigger(&door, json!({"region": "emea", "threshold": 0.5}));
        let Ok(Reply::Started(started)) = ask(&client, &call, style).await else {
            panic!("{style:?}")
        };
        let inputs = door.look(|world| {
            let run = world.runs().find(|run| run.id() == started.run).unwrap();
            serde_json::Value::Object(run.inputs().clone())
        });
        assert_eq!(inputs["region"], "emea", "{style:?}");
        assert_eq!(inputs["threshold"], 0.5, "{style:?}");

        let Ok(Reply::Runs { runs, more: false, .. }) = ask(&client, &list(&door), style).await
        else {
            panic!("{style:?}")
        };
        assert_eq!(runs.len(), 31);
        assert!(runs.iter().any(|run| run.id == started.run && run.is_active()));
        let page = Call::ListRuns { project: project.clone(), limit: 10, offset: 25, status: None };
        let Ok(Reply::Runs { runs: rest, more: false, .. }) = ask(&client, &page, style).await
        else {
            panic!("{style:?}")
        };
        assert_eq!(rest.len(), 6);
        let page = Call::ListRuns { project: project.clone(), limit: 10, offset: 0, status: None };
        let first = ask(&client, &page, style).await.unwrap();
        assert!(matches!(first, Reply::Runs { ref runs, more: true, .. } if runs.len() == 10));

        let run = started.run.clone();
        let cancel = Call::Cancel { project: project.clone(), run: run.clone() };
        assert_eq!(ask(&client, &cancel, style).await, Ok(Reply::Cancelled));
        // The simulated kernel takes its time; each look is an answer, so nothing sleeps.
        let status = Call::RunStatus { project, run };
        let killed = loop {
            let Ok(Reply::Run(run)) = ask(&client, &status, style).await else {
                panic!("{style:?}")
            };
            if run.status.is_terminal() {
                break run;
            }
            door.look(|world| {
                let later = hextop::clock::now().after(Duration::from_secs(30));
                world.advance(later);
            });
        };
        assert_eq!(killed.status, RunStatus::Killed, "{style:?}");
        let again = ask(&client, &cancel, style).await.unwrap_err();
        assert!(matches!(again, ApiError::Rejected { status: 422, .. }), "{again:?}");
    }
}

#[tokio::test]
async fn projects_come_in_pages_each_alone_and_the_token_has_a_user() {
    let mut scenario = scenario();
    scenario.resize(230);
    let (door, client) = open(&scenario).await;
    let (mut after, mut seen) = (None, Vec::new());
    loop {
        let call = Call::ListProjects { after: after.clone(), unlisted: true };
        let Ok(Reply::Projects { projects, after: next }) = ask(&client, &call, STYLES[0]).await
        else {
            panic!("page {after:?}")
        };
        seen.extend(projects);
        match next {
            Some(cursor) => after = Some(cursor),
            None => break,
        }
    }
    let mut ids: Vec<_> = seen.iter().map(|project| project.id.clone()).collect();
    let mut truth: Vec<_> = door.look(|world| world.projects().map(SimProject::id).collect());
    ids.sort();
    truth.sort();
    assert_eq!(ids, truth);
    let first = seen.swap_remove(0);
    let call = Call::GetProject { project: first.id.clone() };
    assert_eq!(ask(&client, &call, STYLES[0]).await, Ok(Reply::Project(first)));
    let Ok(Reply::Me(me)) = ask(&client, &Call::Me, STYLES[0]).await else { panic!("no user") };
    assert!(me.email.unwrap().contains('@'));
}

#[tokio::test]
async fn a_server_of_one_generation_answers_404_on_the_others_paths() {
    for (paths, good, bad) in [
        (Paths::Current, PathStyle::Current, PathStyle::Legacy),
        (Paths::Legacy, PathStyle::Legacy, PathStyle::Current),
    ] {
        let (door, client) = open(&Scenario { paths, ..scenario() }).await;
        assert!(ask(&client, &list(&door), good).await.is_ok());
        let refusal = ask(&client, &list(&door), bad).await.unwrap_err();
        assert!(matches!(refusal, ApiError::NotFound(_)), "{refusal:?}");
    }
}

#[tokio::test]
async fn the_limit_is_read_from_every_spelling_of_the_headers_and_429_is_told_apart() {
    for headers in [
        HeaderStyle::XRatelimit,
        HeaderStyle::XRateLimit,
        HeaderStyle::Ratelimit,
        HeaderStyle::Combined,
    ] {
        for reset in [ResetForm::Delta, ResetForm::Unix, ResetForm::UnixMillis] {
            let mut scenario = scenario();
            scenario.limits.per_minute = 2;
            (scenario.limits.headers, scenario.limits.reset) = (headers, reset);
            let (door, client) = open(&scenario).await;
            let first = client.send(&list(&door), STYLES[0]).await;
            assert_eq!((first.rate.limit, first.rate.remaining), (Some(2), Some(1)), "{headers:?}");
            let wait = first.rate.reset.unwrap();
            let minute = Duration::from_secs(57)..=Duration::from_secs(61);
            assert!(minute.contains(&wait), "{headers:?} {reset:?}: {wait:?}");
            assert!(first.date.is_some());
            client.send(&list(&door), STYLES[0]).await;
            let third = client.send(&list(&door), STYLES[0]).await;
            assert_eq!(third.result, Err(ApiError::RateLimited));
            assert_eq!(door.look(|world| world.refused()), 1);
        }
    }
}

#[tokio::test]
async fn every_refusal_is_the_error_that_says_what_to_do() {
    let (door, good) = open(&scenario()).await;
    let stranger = client(&door, &format!("hxtp_{}", "0".repeat(96)));
    assert_eq!(ask(&stranger, &list(&door), STYLES[0]).await, Err(ApiError::Unauthorized));
    let nowhere = ProjectId::new("00000000-0000-4000-8000-000000000000");
    let call = Call::ListRuns { project: nowhere, limit: 100, offset: 0, status: None };
    assert!(matches!(ask(&good, &call, STYLES[0]).await, Err(ApiError::NotFound(_))));
    let bad = Call::RunStatus { project: project(&door), run: RunId::new("no-uuid") };
    assert!(ask(&good, &bad, STYLES[0]).await.is_err_and(|error| error.had_no_effect()));

    let mut hidden = scenario();
    hidden.projects[0].access = Access::None;
    let (door, client) = open(&hidden).await;
    let refusal = ask(&client, &list(&door), STYLES[0]).await.unwrap_err();
    assert!(matches!(refusal, ApiError::Forbidden(_) | ApiError::NotFound(_)), "{refusal:?}");

    let mut unpublished = scenario();
    unpublished.projects[0].published = false;
    let (door, client) = open(&unpublished).await;
    let refusal = ask(&client, &trigger(&door, json!({})), STYLES[0]).await.unwrap_err();
    assert!(matches!(refusal, ApiError::Rejected { status: 422, .. }), "{refusal:?}");

    let mut full = scenario();
    full.projects[0].running = 1;
    (full.kernels.total, full.kernels.full) = (1, KernelsFull::Refuse);
    full.users.others = 0;
    let (door, client) = open(&full).await;
    let refusal = ask(&client, &trigger(&door, json!({})), STYLES[0]).await.unwrap_err();
    assert!(matches!(refusal, ApiError::KernelsFull(_)), "{refusal:?}");
    assert_eq!(active(&door), 1);
}

#[tokio::test]
async fn wrong_inputs_are_named_in_both_shapes() {
    for (shape, style) in [
        (WrongInputs::Params, STYLES[0]),
        (WrongInputs::Params, STYLES[1]),
        (WrongInputs::Issues, STYLES[0]),
    ] {
        let mut scenario = scenario();
        scenario.answers.wrong_inputs = shape;
        let (door, client) = open(&scenario).await;
        let call = trigger(&door, json!({"threshold": "high", "regoin": "emea"}));
        let refusal = ask(&client, &call, style).await.unwrap_err();
        let text = refusal.to_string();
        assert!(text.contains("threshold") && text.contains("regoin"), "{shape:?}: {text}");
        let ApiError::Rejected { params, .. } = refusal else { panic!("{text}") };
        let named = shape == WrongInputs::Params;
        assert_eq!(params.not_found == ["regoin"], named, "{shape:?}");
        assert_eq!(active(&door), 0);
    }
}

#[tokio::test]
async fn whatever_goes_wrong_on_the_way_is_an_error_of_its_kind() {
    let is_server = |error: &ApiError| matches!(error, ApiError::Server { .. });
    let is_unreadable = |error: &ApiError| matches!(error, ApiError::Unreadable { .. });
    let is_broken = |error: &ApiError| matches!(error, ApiError::Transport(Failure::Broken(_)));
    let is_late = |error: &ApiError| matches!(error, ApiError::Transport(Failure::Timeout(_)));
    let table: [(&str, &Fits); 10] = [
        ("500", &is_server),
        ("502-html", &is_server),
        ("503", &is_server),
        ("not-json", &is_unreadable),
        ("empty-body", &is_unreadable),
        ("truncated", &is_broken),
        ("reset", &is_broken),
        ("timeout", &is_late),
        ("slow-body", &is_late),
        ("latency", &is_late),
    ];
    for (fault, fits) in table {
        for style in STYLES {
            let (door, _) = open(&with_fault(&format!("list-runs:{fault}=1"))).await;
            let error = ask(&hasty(&door), &list(&door), style).await.unwrap_err();
            assert!(fits(&error), "{fault}: {error:?}");
            assert!(error.is_transient(), "{fault}: {error:?}");
        }
    }
}

#[tokio::test]
async fn odd_but_readable_answers_are_read() {
    for fault in ["extra-fields", "unknown-enums", "repeat-rows", "wrong-type", "missing-fields"] {
        let (door, client) = open(&with_fault(&format!("list-runs:{fault}=1"))).await;
        let reply = ask(&client, &list(&door), STYLES[0]).await;
        let Ok(Reply::Runs { runs, .. }) = reply else { panic!("{fault}: {reply:?}") };
        let mut ids: Vec<_> = runs.iter().map(|run| run.id.clone()).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), runs.len(), "{fault}: each run once");
    }
}

#[tokio::test]
async fn a_start_whose_answer_is_lost_has_happened_once_and_is_no_refusal() {
    for fault in ["answer-lost", "truncated", "answer-stuck"] {
        for style in STYLES {
            let (door, _) = open(&with_fault(&format!("trigger:{fault}=1"))).await;
            let call = Call::Trigger { project: project(&door), start: StartRun::default() };
            match ask(&hasty(&door), &call, style).await {
                Err(error) => assert!(!error.had_no_effect(), "{fault}: {error:?}"),
                // The run's id may have come before the rest was lost.
                Ok(Reply::Started(started)) => {
                    let is_it = |run: &SimRun| run.id() == started.run;
                    assert!(door.look(|world| world.runs().any(is_it)), "{fault}: {started:?}");
                }
                other => panic!("{fault}: {other:?}"),
            }
            assert_eq!(active(&door), 1, "{fault}");
        }
    }
}

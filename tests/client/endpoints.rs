//! Every endpoint over a socket, in both generations of paths.

use hextop::api::{Call, PageOrder, PathStyle, RateHint, Reply, Response, Started};
use hextop::domain::RunId;

use crate::stub::{Answer, Seen, Stub, answer, json};
use crate::{
    PROJECT, RUN, TOKEN, at, body, cancel, client, contract, list_runs, project, run_status, send,
    start, trigger,
};

/// A call, its line on the current and on the older paths, what comes and what it means.
type Row = (Call, String, String, Answer, Reply);

fn one_project() -> String {
    let page: serde_json::Value = serde_json::from_str(body!("projects_page")).unwrap();
    page["values"][0].to_string()
}

fn rows() -> Vec<Row> {
    let new = format!("/api/v1/projects/{PROJECT}");
    let old = format!("/api/v1/project/{PROJECT}");
    let both = |call: Call, line: &str, came: Answer, reply: Reply| {
        (call, line.to_owned(), line.to_owned(), came, reply)
    };
    let projects = contract::projects_page();
    vec![
        both(
            Call::ListProjects { after: Some("a+b/c=".to_owned()), unlisted: true },
            "GET /api/v1/projects?limit=100&includeUnlisted=true&after=a%2Bb%2Fc%3D HTTP/1.1",
            json(200, body!("projects_page")),
            Reply::Projects {
                projects: projects.clone(),
                after: Some("b3BhcXVlLWN1cnNvci0y".to_owned()),
            },
        ),
        both(
            Call::GetProject { project: project() },
            &format!("GET {new} HTTP/1.1"),
            json(200, &one_project()),
            Reply::Project(projects[0].clone()),
        ),
        (
            list_runs(),
            format!("GET {new}/runs?limit=25&offset=0 HTTP/1.1"),
            format!("GET {old}/runs?limit=25&offset=0 HTTP/1.1"),
            json(200, body!("runs_page")),
            Reply::Runs { runs: contract::runs_page(), more: true, order: PageOrder::NewestFirst },
        ),
        (
            run_status(),
            format!("GET {new}/runs/{RUN} HTTP/1.1"),
            format!("GET {old}/run/{RUN} HTTP/1.1"),
            json(200, body!("run_running")),
            Reply::Run(contract::running()),
        ),
        (
            trigger(),
            format!("POST {new}/runs HTTP/1.1"),
            format!("POST {old}/run HTTP/1.1"),
            json(201, body!("started")),
            Reply::Started(contract::started()),
        ),
        (
            cancel(),
            format!("DELETE {new}/runs/{RUN} HTTP/1.1"),
            format!("DELETE {old}/run/{RUN} HTTP/1.1"),
            answer(204, &[], ""),
            Reply::Cancelled,
        ),
        both(
            Call::Me,
            "GET /api/v1/users/me HTTP/1.1",
            json(200, body!("me_person")),
            Reply::Me(contract::person()),
        ),
    ]
}

/// What the server should see of `call`: nothing more, nothing less.
fn expected(call: &Call, line: String, stub: &Stub) -> Seen {
    let mut headers = vec![
        "accept: application/json".to_owned(),
        format!("authorization: Bearer {TOKEN}"),
        format!("host: {}", stub.authority()),
        format!("user-agent: hextop/{}", env!("CARGO_PKG_VERSION")),
    ];
    let mut body = String::new();
    if let Call::Trigger { .. } = call {
        body = start().body().to_string();
        headers.push("content-type: application/json".to_owned());
        headers.push(format!("content-length: {}", body.len()));
    }
    headers.sort();
    Seen { connection: 0, line, headers, body }
}

#[tokio::test]
async fn every_endpoint_sends_exactly_its_request_and_reads_its_answer_in_both_generations() {
    for style in [PathStyle::Current, PathStyle::Legacy] {
        for (call, current, legacy, came, reply) in rows() {
            let stub = Stub::serve([came]).await;
            let response = client(&stub).send(&call, style).await;
            let good = Response {
                result: Ok(reply),
                rate: RateHint::default(),
                date: Some(at("2026-10-20T08:20:00Z")),
            };
            assert_eq!(response, good, "{call}");
            let line = match style {
                PathStyle::Current => current,
                PathStyle::Legacy => legacy,
            };
            assert_eq!(stub.seen(), [expected(&call, line, &stub)], "{call}");
        }
    }
}

#[tokio::test]
async fn a_cancel_is_accepted_with_whatever_body_comes() {
    let answers = [
        answer(204, &[], ""),
        answer(200, &[], ""),
        json(200, "{}"),
        json(202, r#"{"status": "accepted"}"#),
        answer(200, &[("content-type", "text/plain")], "OK"),
    ];
    let stub = Stub::serve(answers).await;
    let client = client(&stub);
    for _ in 0..5 {
        let response = client.send(&cancel(), PathStyle::Current).await;
        assert_eq!(response.result, Ok(Reply::Cancelled));
    }
    assert_eq!(stub.seen().len(), 5);
}

#[tokio::test]
async fn a_start_needs_nothing_but_the_runs_id() {
    let came = answer(201, &[("x-trace-id", "trc-h2")], r#"{"runId": "r"}"#);
    let stub = Stub::serve([came]).await;
    let started = Started {
        run: RunId::new("r"),
        url: None,
        version: None,
        trace: Some("trc-h2".to_owned()),
    };
    assert_eq!(send(&stub, &trigger()).await.result, Ok(Reply::Started(started)));
}

#[tokio::test]
async fn reads_share_a_connection_and_each_start_and_cancel_has_its_own() {
    let answers = [
        json(200, body!("runs_empty")),
        json(201, body!("started")),
        answer(204, &[], ""),
        json(201, body!("started")),
        json(200, body!("runs_empty")),
    ];
    let stub = Stub::serve(answers).await;
    let client = client(&stub);
    for call in [list_runs(), trigger(), cancel(), trigger(), list_runs()] {
        client.send(&call, PathStyle::Current).await.result.unwrap();
    }
    let connections: Vec<_> = stub.seen().iter().map(|seen| seen.connection).collect();
    assert_eq!(connections, [0, 1, 2, 3, 0]);
}

//! Every error body of the contract over a socket, with and without `Retry-After`.

use std::time::Duration;

use hextop::api::error::{Detail, InvalidInput, ParamIssues};
use hextop::api::{ApiError, Call, PathStyle, RateHint, Response};

use crate::stub::{Stub, answer};
use crate::{at, body, cancel, client, list_runs, send, trigger};

const JSON: &str = "application/json";
const TEXT: &str = "text/plain";
const HTML: &str = "text/html; charset=utf-8";

fn said(message: &str) -> Detail {
    Detail { message: message.to_owned(), trace: None }
}

fn rejected(status: u16, detail: Detail) -> ApiError {
    ApiError::Rejected { status, detail, params: ParamIssues::default() }
}

fn server(status: u16, message: &str) -> ApiError {
    ApiError::Server { status, detail: said(message) }
}

/// A call, what comes (status, content type, body) and what it means.
type Row = (Call, u16, &'static str, &'static str, ApiError);

/// What was wrong with the token or its rights.
fn refusals() -> Vec<Row> {
    let projects = || Call::ListProjects { after: None, unlisted: true };
    vec![
        (list_runs(), 401, JSON, "", ApiError::Unauthorized),
        (
            list_runs(),
            403,
            JSON,
            body!("error_forbidden"),
            ApiError::Forbidden(said("Insufficient access")),
        ),
        (
            projects(),
            403,
            JSON,
            body!("error_message_only"),
            ApiError::Forbidden(said("Requires a higher plan")),
        ),
        (list_runs(), 404, JSON, body!("error_not_found"), ApiError::NotFound(said("Not found"))),
        (list_runs(), 404, TEXT, "Not Found", ApiError::NotFound(said(""))),
    ]
}

/// What was wrong with the request.
fn rejections() -> Vec<Row> {
    vec![
        (
            list_runs(),
            400,
            JSON,
            body!("error_bad_request"),
            ApiError::Rejected {
                status: 400,
                detail: said("Invalid input data: limit must be at most 100"),
                params: ParamIssues {
                    issues: vec!["limit must be at most 100".to_owned()],
                    ..ParamIssues::default()
                },
            },
        ),
        (list_runs(), 401, TEXT, "Unauthorized", ApiError::Unauthorized),
        (list_runs(), 401, JSON, body!("error_unauthorized"), ApiError::Unauthorized),
        (
            trigger(),
            422,
            JSON,
            body!("error_unprocessable"),
            rejected(422, said("Project has no published version")),
        ),
        (
            trigger(),
            422,
            JSON,
            body!("error_params"),
            ApiError::Rejected {
                status: 422,
                detail: Detail { message: String::new(), trace: Some("trc-x1".to_owned()) },
                params: ParamIssues {
                    invalid: vec![InvalidInput {
                        name: "threshold".to_owned(),
                        data_type: Some("number".to_owned()),
                        input: Some("slider".to_owned()),
                    }],
                    not_found: vec!["regoin".to_owned()],
                    issues: Vec::new(),
                },
            },
        ),
        (
            cancel(),
            422,
            JSON,
            body!("error_old_shape"),
            rejected(
                422,
                Detail {
                    message: "Run is not active: The run has already finished".to_owned(),
                    trace: Some("trc-o1".to_owned()),
                },
            ),
        ),
    ]
}

/// What Hex, or the way to it, could not do now.
fn failures() -> Vec<Row> {
    vec![
        (list_runs(), 500, JSON, body!("error_internal"), server(500, "Internal server error")),
        (list_runs(), 502, HTML, "<html>\n<TITLE>Bad <b>", server(502, "a web page titled `Bad`")),
        (list_runs(), 504, TEXT, "", server(504, "")),
        (
            trigger(),
            503,
            JSON,
            body!("error_kernels_full"),
            ApiError::KernelsFull(said("Maximum number of running kernels reached")),
        ),
        (
            list_runs(),
            503,
            JSON,
            body!("error_kernels_full"),
            server(503, "Maximum number of running kernels reached"),
        ),
        (trigger(), 503, HTML, "<html></html>", server(503, "a web page")),
        (trigger(), 503, TEXT, "no healthy upstream", server(503, "no healthy upstream")),
        (trigger(), 503, TEXT, "", server(503, "")),
        (list_runs(), 429, TEXT, "", ApiError::RateLimited),
        (list_runs(), 429, TEXT, "Too many requests", ApiError::RateLimited),
        (list_runs(), 429, JSON, body!("error_bad_request"), ApiError::RateLimited),
        (trigger(), 429, JSON, body!("error_old_shape"), ApiError::RateLimited),
    ]
}

#[tokio::test]
async fn every_error_shape_is_told_by_what_to_do_next() {
    let rows: Vec<_> = [refusals(), rejections(), failures()]
        .concat()
        .into_iter()
        .flat_map(|row| [(row.clone(), None), (row, Some("30"))])
        .collect();
    let answers = rows.iter().map(|((_, status, kind, body, _), wait)| {
        let mut headers = vec![("content-type", *kind)];
        headers.extend(wait.map(|wait| ("Retry-After", wait)));
        answer(*status, &headers, body)
    });
    let stub = Stub::serve(answers).await;
    let client = client(&stub);
    let mut asked = 0;
    for ((call, status, _, body, error), wait) in rows {
        let expected = Response {
            result: Err(error),
            rate: RateHint {
                retry_after: wait.map(|_| Duration::from_secs(30)),
                ..RateHint::default()
            },
            date: Some(at("2026-10-20T08:20:00Z")),
        };
        let response = client.send(&call, PathStyle::Current).await;
        assert_eq!(response, expected, "{call}: {status} {body}");
        asked += 1;
        assert_eq!(stub.seen().len(), asked, "{call}: {status} {body}");
    }
}

#[tokio::test]
async fn limits_are_read_beside_the_error_against_the_servers_time() {
    let headers = [
        ("X-RateLimit-Limit", "60"),
        ("X-RateLimit-Remaining", "0"),
        ("X-RateLimit-Reset", "1792484430"),
        ("Retry-After", "Tue, 20 Oct 2026 08:20:45 GMT"),
    ];
    let stub = Stub::serve([answer(429, &headers, "")]).await;
    let expected = RateHint {
        limit: Some(60),
        remaining: Some(0),
        reset: Some(Duration::from_secs(30)),
        retry_after: Some(Duration::from_secs(45)),
    };
    assert_eq!(send(&stub, &list_runs()).await.rate, expected);
}

#[tokio::test]
async fn a_trace_id_of_the_header_reaches_the_sentence() {
    let stub = Stub::serve([answer(500, &[("X-Trace-Id", "trc-h1")], "")]).await;
    let error = send(&stub, &list_runs()).await.result.unwrap_err();
    assert_eq!(
        error.to_string(),
        "Hex failed (500): if it stays, tell Hex support the trace id trc-h1"
    );
}

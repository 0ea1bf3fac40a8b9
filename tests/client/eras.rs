//! The bodies of July 2026, between those of the contract's other two eras: versions are numbers
//! beside a trigger, errors have the old shape, a 422 names the inputs.

use serde_json::{Value, json};

use hextop::api::error::{Detail, InvalidInput, ParamIssues};
use hextop::api::{ApiError, Call, PageOrder, PathStyle, Reply};
use hextop::domain::{Run, RunTrigger};

use crate::contract::runs_page;
use crate::stub::{Stub, answer};
use crate::{body, cancel, client, list_runs, run_status, trigger};

/// The page of the contract as July 2026 wrote it.
fn page() -> Value {
    let mut page: Value = serde_json::from_str(body!("runs_page")).unwrap();
    for run in page["runs"].as_array_mut().unwrap() {
        run["projectVersion"] = json!(14);
    }
    page
}

/// What the client makes of an answer, on both generations of paths.
async fn asked(call: &Call, status: u16, body: &Value) -> Result<Reply, ApiError> {
    let came = || answer(status, &[("content-type", "application/json")], &body.to_string());
    let stub = Stub::serve([came(), came()]).await;
    let client = client(&stub);
    let current = client.send(call, PathStyle::Current).await.result;
    let legacy = client.send(call, PathStyle::Legacy).await.result;
    assert_eq!(current, legacy);
    current
}

#[tokio::test]
async fn runs_with_a_number_for_their_version_have_their_trigger() {
    let runs: Vec<Run> = runs_page();
    assert!(runs.iter().all(|run| run.version.as_deref() == Some("14")));
    let triggers: Vec<_> = runs.iter().map(|run| run.trigger.clone()).collect();
    assert_eq!(triggers, [Some(RunTrigger::Api), Some(RunTrigger::Scheduled)]);
    let reply = asked(&list_runs(), 200, &page()).await;
    let order = PageOrder::NewestFirst;
    assert_eq!(reply, Ok(Reply::Runs { runs: runs.clone(), more: true, order }));
    let alone = asked(&run_status(), 200, &page()["runs"][0]).await;
    assert_eq!(alone, Ok(Reply::Run(runs[0].clone())));
}

#[tokio::test]
async fn errors_of_the_old_shape_are_told_by_what_to_do_next_whatever_was_asked() {
    let said = json!({ "reason": "No", "details": "limit: max 100", "traceId": "trc-j1" });
    let detail =
        || Detail { message: "No: limit: max 100".to_owned(), trace: Some("trc-j1".to_owned()) };
    let rejected =
        |status| ApiError::Rejected { status, detail: detail(), params: ParamIssues::default() };
    for call in [list_runs(), run_status(), trigger(), cancel()] {
        for (status, error) in [
            (400, rejected(400)),
            (403, ApiError::Forbidden(detail())),
            (404, ApiError::NotFound(detail())),
            (422, rejected(422)),
        ] {
            assert_eq!(asked(&call, status, &said).await, Err(error), "{call} {status}");
        }
    }
    let full = json!({ "reason": "Maximum number of running kernels reached" });
    let message = "Maximum number of running kernels reached".to_owned();
    let expected = ApiError::KernelsFull(Detail { message, trace: None });
    assert_eq!(asked(&trigger(), 503, &full).await, Err(expected));
}

#[tokio::test]
async fn inputs_that_a_422_names_are_read_on_both_paths() {
    let body = serde_json::from_str(body!("error_params")).unwrap();
    let invalid = InvalidInput {
        name: "threshold".to_owned(),
        data_type: Some("number".to_owned()),
        input: Some("slider".to_owned()),
    };
    let Err(ApiError::Rejected { status: 422, params, .. }) = asked(&trigger(), 422, &body).await
    else {
        panic!("not rejected")
    };
    let not_found = vec!["regoin".to_owned()];
    assert_eq!(params, ParamIssues { invalid: vec![invalid], not_found, issues: Vec::new() });
}

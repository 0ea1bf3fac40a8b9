//! Networks and servers that misbehave: what is known of the call afterwards, and that nothing is
//! ever sent twice.

use std::time::Duration;

use hextop::api::error::Detail;
use hextop::api::{
    ApiError, Call, Client, Failure, Kind, PageOrder, PathStyle, Reply, Timeouts, Token,
};
use hextop::domain::{ProjectId, RunId, StartRun};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use crate::stub::{Answer, Stub, answer, bytes, json};
use crate::{TOKEN, body, cancel, client, client_within, every_call, list_runs, send, trigger};

/// The failure of a call that got no answer.
async fn failure(stub: &Stub, call: &Call) -> Failure {
    match send(stub, call).await.result {
        Err(ApiError::Transport(failure)) => failure,
        other => panic!("{other:?}"),
    }
}

fn short() -> Timeouts {
    Timeouts { connect: Duration::from_millis(150), total: Duration::from_millis(300) }
}

#[tokio::test]
async fn a_connection_closed_before_the_answer_leaves_the_outcome_unknown_and_is_not_repeated() {
    for call in every_call() {
        let stub = Stub::serve([Answer::ThenClose(vec![])]).await;
        let failure = failure(&stub, &call).await;
        assert!(matches!(failure, Failure::Broken(_)), "{call}: {failure:?}");
        assert!(!ApiError::from(failure).had_no_effect());
        assert_eq!(stub.seen().len(), 1, "{call}");
    }
}

#[tokio::test]
async fn a_kept_connection_that_closes_under_a_request_is_not_an_excuse_to_repeat_it() {
    for call in every_call() {
        let answers = [json(200, body!("runs_empty")), Answer::ThenClose(vec![])];
        let stub = Stub::serve(answers).await;
        let client = client(&stub);
        client.send(&list_runs(), PathStyle::Current).await.result.unwrap();
        let response = client.send(&call, PathStyle::Current).await;
        assert!(
            matches!(response.result, Err(ApiError::Transport(Failure::Broken(_)))),
            "{call}: {response:?}"
        );
        assert_eq!(stub.seen().len(), 2, "{call}");
    }
}

#[tokio::test]
async fn an_answer_cut_in_the_middle_is_no_answer_but_its_headers_count() {
    let headers = [("x-ratelimit-remaining", "7")];
    let page = bytes(200, &headers, body!("runs_page"));
    let start = bytes(201, &headers, r#"{"projectId": "p", "runId": "r"}"#);
    for (call, answer, missing) in [(list_runs(), page, 20), (trigger(), start, 3)] {
        let cut = answer[..answer.len() - missing].to_vec();
        let stub = Stub::serve([Answer::ThenClose(cut)]).await;
        let response = send(&stub, &call).await;
        assert!(
            matches!(response.result, Err(ApiError::Transport(Failure::Broken(_)))),
            "{response:?}"
        );
        assert_eq!(response.rate.remaining, Some(7));
        assert_eq!(stub.seen().len(), 1);
    }
}

#[tokio::test]
async fn a_start_counts_as_soon_as_its_run_id_has_come() {
    let answer = bytes(201, &[], r#"{"runId": "r", "runUrl": "https://app.hex.tech/r"}"#);
    let cut = answer[..answer.len() - 5].to_vec();
    for answer in [Answer::ThenClose(cut.clone()), Answer::ThenSilence(cut)] {
        let stub = Stub::serve([answer]).await;
        let response = client_within(&stub, short()).send(&trigger(), PathStyle::Current).await;
        let Ok(Reply::Started(started)) = response.result else { panic!("{response:?}") };
        assert_eq!(started.run, RunId::new("r"));
    }
}

#[tokio::test]
async fn an_error_cut_in_the_middle_still_is_that_error() {
    let mut error = bytes(422, &[], body!("error_unprocessable"));
    error.truncate(error.len() - 20);
    let stub = Stub::serve([Answer::ThenClose(error)]).await;
    let response = send(&stub, &trigger()).await;
    assert!(matches!(response.result, Err(ApiError::Rejected { status: 422, .. })), "{response:?}");
}

#[tokio::test]
async fn bytes_that_are_not_http_are_told_as_such() {
    let stub = Stub::serve([Answer::ThenClose(b"SSH-2.0-OpenSSH_9.9\r\n".to_vec())]).await;
    assert_eq!(failure(&stub, &list_runs()).await, Failure::NotHttp);
    assert!(!ApiError::from(Failure::NotHttp).had_no_effect());
}

#[tokio::test]
async fn a_server_that_is_too_slow_is_a_timeout_with_unknown_outcome() {
    let half = bytes(201, &[], body!("started"))[..60].to_vec();
    for start in [vec![], half] {
        let stub = Stub::serve([Answer::ThenSilence(start)]).await;
        let client = client_within(&stub, short());
        let response = client.send(&trigger(), PathStyle::Current).await;
        let error = ApiError::Transport(Failure::Timeout(0));
        assert_eq!(response.result, Err(error.clone()));
        assert!(!error.had_no_effect());
        assert_eq!(stub.seen().len(), 1);
    }
}

#[tokio::test]
async fn a_server_that_drips_without_end_is_a_timeout_too() {
    let endless = b"HTTP/1.1 201 Created\r\ncontent-length: 9000000\r\n\r\n".to_vec();
    let stub = Stub::serve([Answer::ThenDrip(endless)]).await;
    let client = client_within(&stub, short());
    let call = trigger();
    let sent = client.send(&call, PathStyle::Current);
    let response = tokio::time::timeout(Duration::from_secs(10), sent).await.unwrap();
    assert_eq!(response.result, Err(ApiError::Transport(Failure::Timeout(0))));
}

#[tokio::test]
async fn where_nobody_listens_nothing_has_left() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap()).parse_base();
    drop(listener);
    let client = Client::new(base, &Token::new(TOKEN).unwrap(), Timeouts::default()).unwrap();
    let error = client.send(&trigger(), PathStyle::Current).await.result.unwrap_err();
    assert!(matches!(error, ApiError::Transport(Failure::Connect(_))), "{error:?}");
    assert!(error.had_no_effect());
    let sentence = error.to_string();
    assert!(sentence.contains("refuses connections: check"), "{sentence}");
}

#[tokio::test]
async fn a_server_without_tls_where_tls_must_be_gets_no_request() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("https://{}", listener.local_addr().unwrap()).parse_base();
    let client = Client::new(base, &Token::new(TOKEN).unwrap(), Timeouts::default()).unwrap();
    let server = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        drop(stream);
    };
    let call = trigger();
    let (response, ()) = tokio::join!(client.send(&call, PathStyle::Current), server);
    let error = response.result.unwrap_err();
    assert!(matches!(error, ApiError::Transport(Failure::Connect(_))), "{error:?}");
}

#[tokio::test]
async fn a_connection_that_never_comes_about_has_sent_nothing_either() {
    // The kernel accepts the connection; the TLS handshake is never answered.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("https://{}", listener.local_addr().unwrap()).parse_base();
    // On a busy machine both may be over when they are looked at: the whole takes far longer.
    let timeouts = Timeouts { total: Timeouts::default().total, ..short() };
    let client = Client::new(base, &Token::new(TOKEN).unwrap(), timeouts).unwrap();
    let error = client.send(&trigger(), PathStyle::Current).await.result.unwrap_err();
    assert!(matches!(error, ApiError::Transport(Failure::Connect(_))), "{error:?}");
    assert!(error.had_no_effect());
}

#[tokio::test]
async fn a_good_status_with_the_wrong_body_is_unreadable_and_says_why() {
    let login = "<!DOCTYPE html>\n<html><head><title>Log in to Hex</title></head></html>";
    let told = |reason: &str, message: &str| ApiError::Unreadable {
        status: 200,
        reason: reason.to_owned(),
        detail: Detail { message: message.to_owned(), trace: None },
    };
    let page = told("a web page", "a web page titled `Log in to Hex`");
    let table = [
        (list_runs(), "", told("an empty body", "")),
        (list_runs(), "hello", told("not JSON", "hello")),
        (list_runs(), r#"{"runs": ["#, told("JSON that ends in the middle", "")),
        (list_runs(), r#"{"status": "ok"}"#, told("no list of runs in it", "")),
        (list_runs(), login, page.clone()),
        (trigger(), login, page.clone()),
        (cancel(), login, page),
        (trigger(), "{}", told("no run id in it", "")),
        (Call::Me, "{}", told("neither a user nor a workspace in it", "")),
    ];
    for (call, body, error) in table {
        let stub = Stub::serve([answer(200, &[], body)]).await;
        assert_eq!(send(&stub, &call).await.result, Err(error.clone()), "{call}: {body}");
        assert!(!error.had_no_effect());
    }
}

#[tokio::test]
async fn a_huge_body_is_not_taken_in() {
    let project = ProjectId::new("p");
    for (call, mebibytes) in [
        (list_runs(), 4),
        (Call::Me, 1),
        (Call::Export { project: project.clone() }, 16),
        (Call::DryRun { project, start: StartRun::default() }, 1),
    ] {
        let huge = " ".repeat(mebibytes * 1024 * 1024 + 1);
        let stub = Stub::serve([answer(200, &[], &huge)]).await;
        let expected = ApiError::Unreadable {
            status: 200,
            reason: format!("larger than {mebibytes} MiB"),
            detail: Detail::default(),
        };
        let result = send(&stub, &call).await.result;
        if call.kind() == Kind::Read {
            assert_eq!(result, Err(expected), "{call}");
        } else {
            assert_eq!(result, Ok(Reply::Checked), "its status says enough");
        }
    }
}

#[tokio::test]
async fn large_answers_at_the_same_time_are_all_taken_in() {
    let page = format!("{}{}", " ".repeat(2 * 1024 * 1024), body!("runs_empty"));
    let stub = Stub::serve(vec![answer(200, &[], &page); 5]).await;
    let (client, call) = (client(&stub), list_runs());
    let sent = (0..5).map(|_| client.send(&call, PathStyle::Current));
    for response in futures_util::future::join_all(sent).await {
        assert!(response.result.is_ok(), "{response:?}");
    }
}

#[tokio::test]
async fn a_large_body_in_pieces_is_taken_in() {
    let mut bytes =
        format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n", 1 << 20)
            .into_bytes();
    bytes.extend(std::iter::repeat_n(b' ', 1 << 20));
    let body = body!("runs_empty");
    bytes.extend(format!("\r\n{:x}\r\n{body}\r\n0\r\n\r\n", body.len()).into_bytes());
    let stub = Stub::serve([Answer::Whole(bytes)]).await;
    assert_eq!(
        send(&stub, &list_runs()).await.result,
        Ok(Reply::Runs { runs: vec![], more: false, order: PageOrder::NewestFirst })
    );
}

#[tokio::test]
async fn a_redirect_is_never_followed_and_the_other_host_never_hears_of_the_token() {
    for status in [301, 302, 303, 307, 308] {
        for call in [list_runs(), trigger(), cancel()] {
            let other = Stub::serve([json(200, body!("runs_empty"))]).await;
            let target = format!("http://{}/login?next=%2Fapi", other.authority());
            let stub = Stub::serve([answer(status, &[("Location", &target)], "")]).await;
            let expected =
                ApiError::Redirected { status, to: format!("http://{}", other.authority()) };
            assert_eq!(send(&stub, &call).await.result, Err(expected), "{status} {call}");
            assert_eq!(stub.seen().len(), 1);
            assert_eq!(other.seen(), []);
        }
    }
}

#[tokio::test]
async fn an_address_in_an_answer_is_never_asked() {
    let other = Stub::serve([json(200, body!("runs_empty"))]).await;
    let page = format!(
        r#"{{"runs": [], "nextPage": "http://{}/api/v1/projects/p/runs?offset=25"}}"#,
        other.authority()
    );
    let started = format!(
        r#"{{"runId": "r", "runStatusUrl": "http://{}/api/v1/projects/p/runs/r"}}"#,
        other.authority()
    );
    let stub = Stub::serve([json(200, &page), json(201, &started)]).await;
    let client = client(&stub);
    for call in [list_runs(), trigger()] {
        client.send(&call, PathStyle::Current).await.result.unwrap();
    }
    assert_eq!(stub.seen().len(), 2);
    assert_eq!(other.seen(), []);
}

#[tokio::test]
async fn cookies_are_not_kept() {
    let answers = [
        answer(200, &[("Set-Cookie", "session=abc; Path=/")], body!("runs_empty")),
        json(200, body!("runs_empty")),
    ];
    let stub = Stub::serve(answers).await;
    let client = client(&stub);
    for _ in 0..2 {
        client.send(&list_runs(), PathStyle::Current).await.result.unwrap();
    }
    let seen = stub.seen();
    assert_eq!(seen[1].headers, seen[0].headers);
}

/// Reads an address that a listener gave.
trait ParseBase {
    fn parse_base(&self) -> hextop::api::BaseUrl;
}

impl ParseBase for String {
    fn parse_base(&self) -> hextop::api::BaseUrl {
        hextop::api::BaseUrl::parse(self).unwrap()
    }
}

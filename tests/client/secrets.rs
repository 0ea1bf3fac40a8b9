//! The token, and inputs that are secret, are shown nowhere, whatever a server does with them.

use hextop::api::{BaseUrl, Call, Client, PathStyle, Timeouts, Token};
use hextop::domain::param::{ParamSpec, Source};
use hextop::domain::{Draft, ProjectId};
use jiff::Timestamp;

use crate::stub::{Answer, Stub, answer, bytes};
use crate::{TOKEN, client, every_call};

/// Everything a person or a log could be shown of `value`.
fn shown(value: &impl std::fmt::Debug) -> String {
    format!("{value:?} {value:#?}")
}

#[tokio::test]
async fn a_server_that_repeats_the_token_does_not_get_it_onto_the_screen() {
    let page = format!("<html><title>{TOKEN}</title></html>");
    let answers = [
        answer(400, &[], &format!(r#"{{"code": "BAD_REQUEST", "message": "bad {TOKEN}"}}"#)),
        answer(403, &[], &format!(r#"{{"reason": "{TOKEN}", "traceId": "{TOKEN}"}}"#)),
        answer(422, &[], &format!(r#"{{"notFound": ["{TOKEN}"]}}"#)),
        answer(500, &[], &format!("Authorization: Bearer {TOKEN}")),
        answer(502, &[], &page),
        answer(200, &[], &page),
        answer(418, &[], TOKEN),
        answer(302, &[("location", &format!("https://{TOKEN}@sso.test/{TOKEN}"))], ""),
        answer(200, &[], &format!(r#"{{"runId": "r", "status": "{TOKEN}"}}"#)),
        Answer::ThenClose(bytes(200, &[], TOKEN)[..80].to_vec()),
        Answer::ThenClose(format!("HTTP/1.1 {TOKEN}\r\n\r\n").into_bytes()),
        Answer::ThenClose(vec![]),
    ];
    for call in every_call() {
        let stub = Stub::serve(answers.clone()).await;
        let client = client(&stub);
        for came in &answers {
            let exchange = client.send(&call, PathStyle::Current).await;
            assert!(!shown(&exchange).contains(TOKEN), "{call}: {came:?}");
            if let Err(error) = exchange.result {
                assert!(!error.to_string().contains(TOKEN), "{call}: {came:?}");
            }
        }
        assert_eq!(stub.seen().len(), answers.len());
    }
}

#[test]
fn neither_a_client_nor_a_token_shows_it() {
    let token = Token::new(TOKEN).unwrap();
    let client = Client::new(BaseUrl::default(), token.clone(), Timeouts::default()).unwrap();
    let shown = shown(&token) + &shown(&client);
    assert!(!shown.contains(TOKEN));
    assert!(shown.contains("https://app.hex.tech"), "{shown}");
}

#[test]
fn a_text_that_is_no_token_is_not_repeated() {
    for text in ["hxtp_secret\nhxtp_second", "Bearer hxtp_secret"] {
        let error = Token::new(text).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("secret"));
    }
}

#[test]
fn a_secret_input_that_a_server_repeats_reaches_neither_log_nor_journal() {
    let spec = ParamSpec { secret: true, ..ParamSpec::named("key", Source::Config) };
    let mut draft = Draft::fresh(vec![spec]);
    (draft.rows[0].text, draft.rows[0].set) = ("hunter2".to_owned(), true);
    let start = draft.finish(&"2026-10-20T08:00:00[UTC]".parse().unwrap()).unwrap();
    let body = r#"{"code": "UNPROCESSABLE_CONTENT", "message": "hunter2 is no key",
        "issues": [{"message": "key: got hunter2"}]}"#;
    let answer = http::Response::builder().status(422).body(body.as_bytes().to_vec()).unwrap();
    let project = ProjectId::new("p");
    for call in [
        Call::Trigger { project: project.clone(), start: start.clone() },
        Call::DryRun { project, start },
    ] {
        let error = call.read(&answer, Timestamp::UNIX_EPOCH).result.unwrap_err();
        let said = format!("{error} {error:?} {}", serde_json::to_string(&error).unwrap());
        assert!(said.contains("is no key") && !said.contains("hunter2"), "{said}");
    }
}

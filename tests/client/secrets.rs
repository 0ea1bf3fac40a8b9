//! The token, and inputs that are secret, are shown nowhere, whatever a server does with them.

use hextop::api::{BaseUrl, Call, Client, PathStyle, Reply, Timeouts, Token};
use hextop::domain::inputs::{ParamSpec, Source};
use hextop::domain::{Draft, ProjectId, RunId};
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
    let escape = |text: String, letter| text + &format!("\\u{:04x}", u32::from(letter));
    let escaped = TOKEN.chars().fold(String::new(), escape);
    let in_header = [("x-trace-id", TOKEN)];
    let deep = format!(
        r#"{{"values": [{{"id": "{escaped}", "title": "{escaped}"}},
        {{"id": "p", "title": "{escaped}", "owner": {{"email": "{escaped}"}}}}]}}"#
    );
    let started = format!(r#"{{"runId": "r", "runUrl": "https://app.hex.tech/{TOKEN}"}}"#);
    let whole = bytes(500, &[], &format!("said {TOKEN}"));
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
        answer(500, &in_header, "{}"),
        answer(201, &in_header, &started),
        answer(200, &[], &deep),
        answer(
            422,
            &[],
            &format!(r#"{{"invalid": [{{"paramName": "{escaped}", "{escaped}": 1}}]}}"#),
        ),
        answer(403, &[], &TOKEN.to_uppercase()),
        Answer::ThenClose(whole[..whole.len() - 1].to_vec()),
        Answer::ThenClose(bytes(200, &[], TOKEN)[..80].to_vec()),
        Answer::ThenClose(format!("HTTP/1.1 {TOKEN}\r\n\r\n").into_bytes()),
        Answer::ThenClose(vec![]),
    ];
    for call in every_call() {
        let stub = Stub::serve(answers.clone()).await;
        let client = client(&stub);
        for came in &answers {
            let response = client.send(&call, PathStyle::Current).await;
            let shown = shown(&response).to_lowercase();
            assert!(!shown.contains(&TOKEN[..12].to_lowercase()), "{call}: {came:?}: {shown}");
            if let Err(error) = response.result {
                assert!(!error.to_string().contains(TOKEN), "{call}: {came:?}");
            }
        }
        assert_eq!(stub.seen().len(), answers.len());
    }
}

#[test]
fn an_id_or_a_number_that_holds_the_letters_of_a_short_secret_stays_what_it_is() {
    let spec = ParamSpec { secret: true, ..ParamSpec::named("pin", Source::Config) };
    let mut draft = Draft::fresh(vec![spec]);
    (draft.rows[0].text, draft.rows[0].set) = ("1234".to_owned(), true);
    let start = draft.finish(&"2026-10-20T08:00:00[UTC]".parse().unwrap()).unwrap();
    let body = r#"{"runId": "a1234567", "projectVersion": 1234, "traceId": "t-1234"}"#;
    let answer = http::Response::builder().status(201).body(body.as_bytes().to_vec()).unwrap();
    let call = Call::Trigger { project: ProjectId::new("p"), start };
    let reply = call.read(&answer, Timestamp::UNIX_EPOCH).result.unwrap();
    let Reply::Started(started) = reply else { panic!("{reply:?}") };
    assert_eq!(started.run, RunId::new("a1234567"));
    assert_eq!(started.version.as_deref(), Some("1234"));
    assert!(!started.trace.unwrap().contains("1234"));
}

#[test]
fn neither_a_client_nor_a_token_shows_it() {
    let token = Token::new(TOKEN).unwrap();
    let client = Client::new(BaseUrl::default(), &token, Timeouts::default()).unwrap();
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
        "issues": [{"message": "key: got hunter2"}], "traceId": "of-hunter2", "notFound": ["hunter2"],
        "invalid": [{"paramName": "hunter2", "dataType": "hunter2", "inputCellType": "h\u0075nter2"}]}"#;
    let started = r#"{"runId": "r", "runUrl": "https://hunter2.test/hunter2"}"#;
    let page = "<html><title>hunter2</title>";
    let project = ProjectId::new("p");
    for call in [
        Call::Trigger { project: project.clone(), start: start.clone() },
        Call::DryRun { project, start },
    ] {
        for (status, body) in
            [(422, body), (201, started), (302, ""), (500, "hunter2"), (418, page)]
        {
            let answer = http::Response::builder().status(status);
            let answer = answer
                .header("x-trace-id", "hunter2")
                .header("location", "https://hunter2/login")
                .body(body.as_bytes().to_vec())
                .unwrap();
            let result = call.read(&answer, Timestamp::UNIX_EPOCH).result;
            let sentence = result.as_ref().map_or_else(ToString::to_string, |_| String::new());
            let said = sentence + &shown(&result);
            assert!(!said.contains("hunter2"), "{status}: {said}");
            assert_eq!(said.contains("is no key"), status == 422, "{status}: {said}");
        }
    }
}

//! Servers that repeat the token, wherever they can.

use serde_json::{Value, json};

use crate::answer::{Answer, Framing, Piece};
use crate::harmless::{PROJECT, RUN, project, projects, run, runs};
use crate::leaving::{self, TOKEN};

/// The token in the ways in which it can be written into JSON or an address.
fn written() -> Vec<String> {
    let percent = |pattern: fn(u8) -> String| leaving::written(TOKEN, pattern);
    vec![
        TOKEN.to_owned(),
        format!("Bearer {TOKEN}."),
        percent(|byte| format!("%{byte:02x}")),
        percent(|byte| format!("%{byte:02X}")),
        format!("https://app.hex.tech/?token={}", TOKEN.replace('_', "%5F")),
        format!("{}{TOKEN}", "x".repeat(485)),
        format!("{}{TOKEN}", "x".repeat(185)),
    ]
}

/// JSON in which each letter of the token is an escape.
fn escaped(json: &str) -> String {
    let escapes: String = leaving::written(TOKEN, |byte| format!("\\u{byte:04x}"));
    let first = TOKEN.replacen('h', "\\u0068", 1);
    json.replacen(TOKEN, &escapes, 1)
        .replacen(TOKEN, &first, 1)
        .replace(TOKEN, &escapes.to_uppercase().replace("\\U", "\\u"))
}

/// Runs in whose every field the token stands.
fn everywhere() -> Vec<Value> {
    let row = |text: &String| {
        json!({
            "projectId": text, "projectVersion": text, "runId": format!("r-{text}"), "status": text,
            "runTrigger": text, "runUrl": text, "startTime": text, "traceId": text, text: text,
        })
    };
    written().iter().map(row).collect()
}

fn titles() -> Vec<Value> {
    let named = |(n, text): (usize, &String)| {
        let mut project = project(&format!("p-{n}-{text}"), text);
        (project["owner"], project["creator"]) = (json!({"email": text}), json!({"email": text}));
        project
    };
    written().iter().enumerate().map(named).collect()
}

fn said(number: usize) -> String {
    let texts = written();
    let text = &texts[number % texts.len()];
    json!({
        "code": text, "message": text, "reason": text, "details": text, "traceId": text,
        "issues": [{"message": text}], "notFound": [text],
        "invalid": [{"paramName": text, "paramValue": text, "dataType": text, "inputCellType": text}],
    })
    .to_string()
}

fn in_headers(answer: Answer) -> Answer {
    let names = [
        "x-trace-id",
        "location",
        "date",
        "retry-after",
        "ratelimit",
        "server",
        "www-authenticate",
        TOKEN,
    ];
    names
        .iter()
        .fold(answer, |answer, name| answer.header(name, format!("https://{TOKEN}/{TOKEN}")))
}

scenarios! {
    runs_that_hold_the_token: dashboard, Runs => |_| Answer::json(runs(&everywhere()).to_string());
    runs_that_hold_the_token_in_escapes: dashboard, Runs =>
        |_| Answer::json(escaped(&runs(&everywhere()).to_string()));
    projects_that_hold_the_token: dashboard, Projects => |_| Answer::json(projects(&titles()).to_string());
    projects_that_hold_the_token_in_escapes: dashboard, Projects =>
        |_| Answer::json(escaped(&projects(&titles()).to_string()));
    errors_that_hold_the_token: dashboard, Runs =>
        |request| Answer::json(said(request.number)).status("500 Internal Server Error");
    errors_that_hold_the_token_in_escapes: dashboard, Projects =>
        |request| Answer::json(escaped(&said(request.number))).status("403 Forbidden");
    a_refused_export_that_holds_the_token: dashboard, Export =>
        |request| Answer::json(escaped(&said(request.number))).status("403 Forbidden");
    headers_that_hold_the_token: dashboard, Runs =>
        |_| in_headers(Answer::json(runs(&[run(RUN, "RUNNING")]).to_string()));
    headers_of_an_error_that_hold_the_token: dashboard, Runs =>
        |_| in_headers(Answer::json("{}").status("500 Internal Server Error"));
    headers_of_a_redirect_that_hold_the_token: dashboard, Runs =>
        |_| in_headers(Answer::json("").status("302 Found"));
    a_reason_phrase_that_is_the_token: dashboard, Runs => |_| Answer::json("").status(format!("500 {TOKEN}"));
    a_trailer_that_holds_the_token: dashboard, Runs => |_| {
        let trailers = format!("x-trace-id: {TOKEN}\r\n{TOKEN}: {TOKEN}\r\n").into_bytes();
        Answer::json("{}").status("500 Oh").framed(Framing::Chunked { trailers })
    };
    an_error_that_is_cut_within_the_token: dashboard, Runs => |_| {
        let start = format!("{{\"message\": \"you sent {}", &TOKEN[..TOKEN.len() - 3]);
        Answer::json(start).status("500 Oh").framed(Framing::Claimed(9_000))
    };
    a_text_that_is_cut_within_the_token: dashboard, Runs => |_| {
        let start = format!("you sent Bearer {}", &TOKEN[..TOKEN.len() - 3]);
        Answer::json(start).status("403 Forbidden").framed(Framing::Claimed(9_000))
    };
    a_token_that_comes_letter_by_letter: dashboard, Runs =>
        |_| Answer::pieces(vec![Piece::Slowly(TOKEN.as_bytes().to_vec())]).status("500 Oh");
    a_status_line_that_is_the_token: dashboard, Runs => |_| Answer::json("").after(format!("{TOKEN}\r\n"));
    a_person_named_by_the_token: dashboard, Me => |request| {
        let text = &written()[request.number % 7];
        Answer::json(json!({"id": text, "email": text, "role": text, "org": {"id": text}}).to_string())
    };
    lines_of_runs_that_hold_the_token: headless, Runs =>
        |_| Answer::json(escaped(&runs(&everywhere()).to_string()));
    lines_of_projects_that_hold_the_token: headless, Projects =>
        |_| Answer::json(escaped(&projects(&titles()).to_string()));
    lines_of_errors_that_hold_the_token: headless, Runs =>
        |request| in_headers(Answer::json(said(request.number))).status("500 Internal Server Error");
    a_start_whose_answer_holds_the_token: headless, Trigger => |_| {
        let body = json!({"projectId": PROJECT, "runId": format!("r-{TOKEN}"), "runUrl": TOKEN, "traceId": TOKEN, "projectVersion": TOKEN});
        in_headers(Answer::json(escaped(&body.to_string())))
    };
    a_refused_start_whose_answer_holds_the_token: headless, Trigger =>
        |request| in_headers(Answer::json(escaped(&said(request.number)))).status("422 Unprocessable Entity");
}

//! Servers that repeat a secret input, or say harmful things of a start.

use serde_json::{Value, json};

use crate::answer::{Answer, Framing};
use crate::harmless::{RUN, run};
use crate::leaving::{FORGED, SECRET, written};

/// The answer to a wrong input, with a text in one field after the other, so that each of them
/// has to be clean by itself.
fn refusal(field: &str, text: &str) -> Value {
    let mut body = json!({
        "traceId": "t-1", "notFound": [],
        "invalid": [{"paramName": "key", "paramValue": "x", "dataType": "string", "inputCellType": "text"}],
    });
    match field {
        "notFound" => body["notFound"] = json!([text]),
        "issues" => body["issues"] = json!([{"message": text}]),
        "paramName" | "paramValue" | "dataType" | "inputCellType" => {
            body["invalid"][0][field] = json!(text);
        }
        _ => body[field] = json!(text),
    }
    body
}

fn refused(field: &str, text: &str) -> Answer {
    Answer::json(refusal(field, text).to_string()).status("422 Unprocessable Entity")
}

fn percent() -> String {
    written(SECRET, |byte| format!("%{byte:02x}"))
}

/// A start that has gone well, with a text in every other field.
fn started(text: &str) -> Answer {
    let body = json!({
        "projectId": text, "projectVersion": text, "runId": RUN, "runUrl": text, "runStatusUrl": text,
        "traceId": text, "notifications": [text],
    });
    Answer::json(body.to_string())
}

const HARM: &str = "\u{1b}[2J\u{1b}]0;a\u{7}=1\u{202e}\u{9b}m";

scenarios! {
    a_secret_in_the_message: headless, Trigger => |_| refused("message", SECRET);
    a_secret_in_the_reason: headless, Trigger => |_| refused("reason", SECRET);
    a_secret_in_the_details: headless, Trigger => |_| refused("details", SECRET);
    a_secret_in_the_issues: headless, Trigger => |_| refused("issues", SECRET);
    a_secret_in_the_type: headless, Trigger => |_| refused("dataType", SECRET);
    a_secret_in_the_kind_of_input: headless, Trigger => |_| refused("inputCellType", SECRET);
    a_secret_in_the_value: headless, Trigger => |_| refused("paramValue", SECRET);
    a_secret_in_the_name: headless, Trigger => |_| refused("paramName", SECRET);
    a_secret_among_what_was_not_found: headless, Trigger => |_| refused("notFound", SECRET);
    a_secret_in_the_trace: headless, Trigger => |_| refused("traceId", SECRET);
    a_secret_in_the_code: headless, Trigger => |_| refused("code", SECRET);
    a_secret_in_the_trace_of_a_header: headless, Trigger =>
        |_| Answer::json("{}").status("422 No").header("x-trace-id", SECRET);
    a_secret_in_percents: headless, Trigger => |_| refused("message", &percent());
    a_secret_in_escapes: headless, Trigger => |_| {
        let escapes: String = written(SECRET, |byte| format!("\\u{byte:04X}"));
        Answer::json(refusal("message", SECRET).to_string().replace(SECRET, &escapes)).status("400 Bad Request")
    };
    a_secret_where_the_message_is_cut: headless, Trigger =>
        |_| refused("message", &format!("{}{SECRET}", "x".repeat(485)));
    a_secret_where_the_body_is_cut: headless, Trigger => |_| {
        let start = format!("the key is {}", &SECRET[..SECRET.len() - 3]);
        Answer::json(start).status("400 Bad Request").framed(Framing::Claimed(9_000))
    };
    a_secret_in_a_redirect: headless, Trigger => |_| {
        let to = format!("https://sso.test/{}?{SECRET}", percent());
        Answer::json("").status("302 Found").header("location", to)
    };
    a_secret_in_the_answer_to_a_start: headless, Trigger => |_| started(SECRET);
    a_secret_in_the_id_of_a_run: headless, Trigger =>
        |_| Answer::json(json!({"runId": SECRET, "runUrl": SECRET}).to_string());
    a_secret_in_the_run_that_is_waited_for: headless, Run => |_| {
        let mut run = run(RUN, "COMPLETED");
        (run["runUrl"], run["runTrigger"], run["projectVersion"]) = (json!(SECRET), json!(SECRET), json!(SECRET));
        Answer::json(run.to_string())
    };
    a_secret_in_a_failure: headless, Trigger => |_| refused("message", SECRET).status("500 Oh");
    a_secret_in_a_status_that_nobody_knows: headless, Trigger => |_| refused("message", SECRET).status("418 Oh");
    a_secret_in_a_conflict: headless, Trigger => |_| refused("message", SECRET).status("409 Conflict");
    a_secret_on_a_web_page: headless, Trigger =>
        |_| Answer::json(format!("<html><title>{SECRET}</title>")).status("502 Bad Gateway");
    a_refusal_that_draws: headless, Trigger => |_| refused("message", HARM);
    a_refused_name_that_draws: headless, Trigger => |_| refused("notFound", HARM);
    a_refused_type_that_draws: headless, Trigger => |_| refused("dataType", HARM);
    a_trace_that_draws: headless, Trigger => |_| refused("traceId", HARM);
    a_refusal_that_forges_a_line: headless, Trigger =>
        |_| refused("traceId", &format!("a\n{FORGED}  INFO hextop: forged"));
    a_refusal_of_4_mb: headless, Trigger => |_| refused("dataType", &"d".repeat(4_000_000));
    a_trace_of_4_mb: headless, Trigger => |_| refused("traceId", &"d".repeat(4_000_000));
    a_start_whose_answer_draws: headless, Trigger => |_| started(HARM);
    a_run_id_that_draws: headless, Trigger => |_| Answer::json(json!({"runId": HARM, "runUrl": HARM}).to_string());
    a_run_id_of_a_megabyte: headless, Trigger => |_| Answer::json(json!({"runId": "r".repeat(1_000_000)}).to_string());
    a_formula_as_the_trace: headless, Trigger => |_| started("=HYPERLINK(\"http://a.test\")");
}

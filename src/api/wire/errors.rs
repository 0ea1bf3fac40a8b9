//! What went wrong, from whatever body came with it.
//!
//! The status decides; the body only explains.

use http::header;
use serde_json::Value;
use url::Url;

use crate::api::error::UNDOCUMENTED;
use crate::api::error::{Detail, InvalidInput, ParamIssues};
use crate::api::{ApiError, Call, Kind};
use crate::domain::Text;
use crate::domain::text::cut;

use super::{Answer, fields, said};

/// The error that an answer with other than a good status means.
pub(super) fn error(call: &Call, answer: &Answer<'_>) -> ApiError {
    let body = body(answer);
    let detail = detail(&body, answer);
    let status = answer.status.as_u16();
    match status {
        300..=399 => ApiError::Redirected { status, to: target(answer) },
        401 => ApiError::Unauthorized,
        403 => ApiError::Forbidden(detail),
        404 => ApiError::NotFound(detail),
        400 | 422 => ApiError::Rejected { status, detail, params: params(&body) },
        429 => ApiError::RateLimited,
        503 if call.kind() == Kind::Trigger && is_hexs_own(&body) => ApiError::KernelsFull(detail),
        500..=599 => ApiError::Server { status, detail },
        _ => unreadable(answer, UNDOCUMENTED.to_owned()),
    }
}

/// The error that an answer means which does not hold what it should.
pub(super) fn unreadable(answer: &Answer<'_>, reason: String) -> ApiError {
    ApiError::Unreadable {
        status: answer.status.as_u16(),
        reason,
        detail: detail(&body(answer), answer),
    }
}

/// The request's id, for Hex's support.
pub(super) fn trace(body: &Value, answer: &Answer<'_>) -> Option<String> {
    fields::text(body, "traceId").or_else(|| {
        let text = answer.header("x-trace-id")?;
        let text = text.trim();
        (!text.is_empty()).then(|| Text::word(text).into())
    })
}

/// The body, as far as it is JSON; null otherwise.
fn body(answer: &Answer<'_>) -> Value {
    answer.json().map(|document| document.value).unwrap_or_default()
}

/// Proxies answer 503 too, some of them in JSON with a `message` alone; a `code` in words or a
/// `reason` is only Hex's.
fn is_hexs_own(body: &Value) -> bool {
    fields::text(body, "code").is_some() || fields::text(body, "reason").is_some()
}

fn detail(body: &Value, answer: &Answer<'_>) -> Detail {
    Detail {
        message: said::message(body, &answer.text(), answer.status),
        trace: trace(body, answer),
    }
}

/// Inputs of a 422 that are looked at.
const MOST_ISSUES: usize = 50;

/// The inputs that a 422 names, in the older shape or in the newer.
fn params(body: &Value) -> ParamIssues {
    let list = |name| {
        let list = fields::list(body, name).unwrap_or_default();
        list.get(..MOST_ISSUES).unwrap_or(list)
    };
    let misfit = |issue: &Value| {
        let name = fields::text(issue, "paramName")?;
        let (data_type, input) =
            (fields::text(issue, "dataType"), fields::text(issue, "inputCellType"));
        Some(InvalidInput { name, data_type, input })
    };
    ParamIssues {
        invalid: list("invalid").iter().filter_map(misfit).collect(),
        not_found: list("notFound")
            .iter()
            .filter_map(|name| name.as_str().map(|name| Text::from(name).into()))
            .collect(),
        issues: list("issues").iter().filter_map(|issue| fields::text(issue, "message")).collect(),
    }
}

/// Where a redirect points, by its origin alone: the rest may hold secrets.
fn target(answer: &Answer<'_>) -> String {
    let Some(location) = answer.header(header::LOCATION.as_str()) else {
        return "nowhere".to_owned();
    };
    let origin = |url: Url| cut(&url.origin().ascii_serialization(), LONGEST_ORIGIN);
    match Url::parse(&location) {
        Ok(url) if url.origin().is_tuple() => origin(url),
        Err(url::ParseError::RelativeUrlWithoutBase) if !location.starts_with("//") => {
            "another path of the same host".to_owned()
        }
        Err(_) if location.starts_with("//") => {
            Url::parse(&format!("https:{location}")).map_or_else(|_| SOMEWHERE.to_owned(), origin)
        }
        _ => SOMEWHERE.to_owned(),
    }
}

/// Characters of an origin; a host's name has 253 at most.
const LONGEST_ORIGIN: usize = 300;
/// A redirect that no browser follows either.
const SOMEWHERE: &str = "something that is no web address";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Redactor;
    use crate::domain::{ProjectId, StartRun};

    fn trigger() -> Call {
        Call::Trigger { project: ProjectId::new("p"), start: StartRun::default() }
    }

    fn error(call: &Call, response: &http::Response<Vec<u8>>) -> ApiError {
        super::error(call, &Answer::new(response, &Redactor::default()))
    }

    fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> http::Response<Vec<u8>> {
        let mut response = http::Response::builder().status(status);
        for (name, value) in headers {
            response = response.header(*name, *value);
        }
        response.body(body.as_bytes().to_vec()).unwrap()
    }

    #[test]
    fn a_full_house_is_told_from_a_proxy_that_cannot_reach_hex() {
        let full =
            [r#"{"code": "SERVICE_UNAVAILABLE", "message": "full"}"#, r#"{"reason": "full"}"#];
        for body in full {
            let expected =
                ApiError::KernelsFull(Detail { message: "full".to_owned(), trace: None });
            assert_eq!(error(&trigger(), &answer(503, &[], body)), expected, "{body}");
        }
        let proxies = [
            "",
            "upstream connect error",
            "<html><title>503</title></html>",
            r#"{"message": "Service Unavailable"}"#,
            r#"{"code": 503, "message": "no backend"}"#,
        ];
        for body in proxies {
            let error = error(&trigger(), &answer(503, &[], body));
            assert!(matches!(error, ApiError::Server { status: 503, .. }), "{body}");
            assert!(!error.had_no_effect(), "{body}");
        }
        let read = error(&Call::Me, &answer(503, &[], full[0]));
        assert!(matches!(read, ApiError::Server { status: 503, .. }));
    }

    #[test]
    fn a_trace_id_is_taken_from_the_body_or_else_from_the_header() {
        let header = [("X-Trace-Id", "from-header")];
        let both = answer(500, &header, r#"{"traceId": "from-body"}"#);
        assert_eq!(error(&Call::Me, &both).trace(), Some("from-body"));
        assert_eq!(error(&Call::Me, &answer(500, &header, "")).trace(), Some("from-header"));
        assert_eq!(error(&Call::Me, &answer(500, &[], "")).trace(), None);
    }

    #[test]
    fn a_redirect_is_told_by_its_origin_alone() {
        let table = [
            ("https://sso.test/login?token=abc", "https://sso.test"),
            ("http://me:secret@sso.test:8080/x", "http://sso.test:8080"),
            ("//sso.test/login", "https://sso.test"),
            ("/login?next=abc", "another path of the same host"),
            ("login", "another path of the same host"),
            ("data:text/html,abc", SOMEWHERE),
            ("https://", SOMEWHERE),
            ("//", SOMEWHERE),
        ];
        for (location, to) in table {
            let expected = ApiError::Redirected { status: 302, to: to.to_owned() };
            let response = answer(302, &[("location", location)], "");
            assert_eq!(error(&Call::Me, &response), expected, "{location}");
        }
        for start in ["https://", "//"] {
            let long = format!("{start}{}.test/", "a".repeat(5_000));
            let told = error(&Call::Me, &answer(302, &[("location", &long)], ""));
            let ApiError::Redirected { to, .. } = told else { panic!("{told:?}") };
            assert!(to.ends_with('…') && to.chars().count() == LONGEST_ORIGIN, "{to}");
        }
        let nowhere = error(&Call::Me, &answer(304, &[], ""));
        assert!(matches!(nowhere, ApiError::Redirected { status: 304, to } if to == "nowhere"));
    }

    #[test]
    fn what_the_server_says_of_an_error_is_shown_clean_and_nothing_is_promised() {
        let body = r#"{"message": "the run\u001b[2J is locked\u202e", "traceId": "t-\u009b1"}"#;
        for status in 400..600 {
            let error = error(&Call::Me, &answer(status, &[("x-trace-id", "t-2")], body));
            let text = error.to_string();
            assert!(!text.contains(['\u{1b}', '\u{9b}', '\u{202e}']), "{text:?}");
            for promise in ["trying again", "waiting", "sending"] {
                assert!(!text.contains(promise), "{status}: {text}");
            }
            // What these mean is said in hextop's own words.
            if ![401, 429].contains(&status) {
                assert!(text.contains("the run·[2J is locked·"), "{status}: {text}");
            }
        }
        let named = r#"{"invalid": [{"paramName": "a\u001b", "dataType": "n\u202e"}], "notFound": ["b\u009b"]}"#;
        let text = error(&Call::Me, &answer(422, &[], named)).to_string();
        assert!(text.contains("`a·` must be a n·") && text.contains("no input `b·`"), "{text:?}");
    }

    #[test]
    fn what_would_fit_an_input_reads_as_words() {
        let body = serde_json::json!({"invalid": [
            {"paramName": "a", "dataType": "number", "inputCellType": "slider"},
            {"paramName": "b", "dataType": "array"},
            {"paramName": "c"},
            {"dataType": "no name"},
        ], "notFound": ["regoin", 7]});
        assert_eq!(
            params(&body).to_string(),
            "; `a` must be a number (slider); `b` must be an array; `c` must be another value; \
             the project has no input `regoin`"
        );
    }

    #[test]
    fn a_status_that_nobody_documents_says_so_and_keeps_what_was_said() {
        for status in [100, 405, 409, 410, 418, 451, 600, 999] {
            let expected = ApiError::Unreadable {
                status,
                reason: UNDOCUMENTED.to_owned(),
                detail: Detail { message: "odd".to_owned(), trace: None },
            };
            assert_eq!(error(&Call::Me, &answer(status, &[], "odd")), expected);
            assert_eq!(
                expected.to_string(),
                format!(
                    "the server answered {status}: odd (a status that Hex does not document): if it \
                     stays, tell Hex support"
                )
            );
        }
    }
}

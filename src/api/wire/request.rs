//! Requests: method, path and body of every call.
//!
//! Ids and cursors come from servers and config files, so each is escaped and cannot leave its
//! place in the path or the query.

use std::fmt::Write;

use http::{HeaderValue, Method, Request, Uri, header};
use serde_json::{Value, json};

use crate::api::{Call, PathStyle, words};
use crate::domain::ProjectId;

/// Stands for a path segment that cannot be written; no server knows such an id.
const NO_SEGMENT: &str = "-";

/// The request of `call`, its URI relative to the API's root. An id too long for any URI (64
/// KiB) leaves the bare root, which no server answers.
pub(in crate::api) fn request(call: &Call, style: PathStyle) -> Request<Vec<u8>> {
    let (method, path) = line(call, style);
    let mut request = Request::new(Vec::new());
    *request.method_mut() = method;
    *request.uri_mut() = path.parse().unwrap_or(Uri::from_static("/v1/"));
    if let Some(body) = body(call) {
        *request.body_mut() = body.to_string().into_bytes();
        request
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    request
}

fn body(call: &Call) -> Option<Value> {
    match call {
        Call::Trigger { start, .. } => Some(start.body()),
        Call::DryRun { start, .. } => Some(start.dry_body()),
        Call::Export { project } => {
            Some(json!({ "projectId": project.as_str(), "version": "latest" }))
        }
        _ => None,
    }
}

fn line(call: &Call, style: PathStyle) -> (Method, String) {
    match call {
        Call::ListProjects { after, unlisted } => {
            let mut path = "/v1/projects?limit=100".to_owned();
            if *unlisted {
                path.push_str("&includeUnlisted=true");
            }
            if let Some(after) = after {
                path.push_str("&after=");
                path.push_str(&escaped(after));
            }
            (Method::GET, path)
        }
        Call::GetProject { project } => {
            (Method::GET, format!("/v1/projects/{}", segment(project.as_str())))
        }
        Call::ListRuns { project, limit, offset, status } => {
            let limit = limit.clamp(&1, &100);
            let filter = status.as_ref();
            let filter =
                filter.map(|only| format!("&statusFilter={}", escaped(words::status_word(only))));
            let filter = filter.unwrap_or_default();
            let root = root(project, style);
            let path = format!("{root}/runs?limit={limit}&offset={offset}{filter}");
            (Method::GET, path)
        }
        Call::RunStatus { project, run } => (Method::GET, one(project, run.as_str(), style)),
        Call::Cancel { project, run } => (Method::DELETE, one(project, run.as_str(), style)),
        Call::Trigger { project, .. } | Call::DryRun { project, .. } => {
            let word = run_word(style);
            (Method::POST, format!("{}/{word}", root(project, style)))
        }
        Call::Export { .. } => (Method::POST, "/v1/projects/export".to_owned()),
        Call::Me => (Method::GET, "/v1/users/me".to_owned()),
    }
}

/// Under which the run operations of a project are.
fn root(project: &ProjectId, style: PathStyle) -> String {
    let word = match style {
        PathStyle::Current => "projects",
        PathStyle::Legacy => "project",
    };
    format!("/v1/{word}/{}", segment(project.as_str()))
}

/// The word before a run's id; the list is plural in both generations.
fn run_word(style: PathStyle) -> &'static str {
    match style {
        PathStyle::Current => "runs",
        PathStyle::Legacy => "run",
    }
}

fn one(project: &ProjectId, run: &str, style: PathStyle) -> String {
    let word = run_word(style);
    format!("{}/{word}/{}", root(project, style), segment(run))
}

/// `text` as one path segment. URL parsers take out `.` and `..` even when they are escaped (WHATWG
/// URL, "double-dot URL path segment"), and servers merge empty segments, so those cannot be
/// written at all.
fn segment(text: &str) -> String {
    match text {
        "" | "." | ".." => NO_SEGMENT.to_owned(),
        _ => escaped(text),
    }
}

/// `text` with everything but the unreserved characters of RFC 3986 §2.3 escaped.
fn escaped(text: &str) -> String {
    text.bytes().fold(String::new(), |mut done, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            done.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(done, "%{byte:02X}");
        }
        done
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::inputs::Body;
    use crate::domain::inputs::Origin;
    use crate::domain::{Draft, RunId, StartRun};
    use proptest::prelude::*;

    fn every_call(project: &str, run: &str) -> [Call; 10] {
        let project = ProjectId::new(project);
        let run = RunId::new(run);
        [
            Call::ListProjects { after: Some("b3Bh+/=&x".to_owned()), unlisted: true },
            Call::GetProject { project: project.clone() },
            Call::ListRuns { project: project.clone(), limit: 25, offset: 50, status: None },
            Call::ListRuns {
                project: project.clone(),
                limit: 100,
                offset: 0,
                status: Some(crate::domain::RunStatus::Running),
            },
            Call::RunStatus { project: project.clone(), run: run.clone() },
            Call::Trigger { project: project.clone(), start: StartRun::default() },
            Call::DryRun { project: project.clone(), start: StartRun::default() },
            Call::Export { project: project.clone() },
            Call::Cancel { project, run },
            Call::Me,
        ]
    }

    fn lines(style: PathStyle) -> Vec<String> {
        every_call("p-1", "r-1")
            .iter()
            .map(|call| {
                let request = call.request(style);
                format!("{} {}", request.method(), request.uri())
            })
            .collect()
    }

    #[test]
    fn only_the_run_operations_differ_between_the_generations() {
        assert_eq!(
            lines(PathStyle::Current),
            [
                "GET /v1/projects?limit=100&includeUnlisted=true&after=b3Bh%2B%2F%3D%26x",
                "GET /v1/projects/p-1",
                "GET /v1/projects/p-1/runs?limit=25&offset=50",
                "GET /v1/projects/p-1/runs?limit=100&offset=0&statusFilter=RUNNING",
                "GET /v1/projects/p-1/runs/r-1",
                "POST /v1/projects/p-1/runs",
                "POST /v1/projects/p-1/runs",
                "POST /v1/projects/export",
                "DELETE /v1/projects/p-1/runs/r-1",
                "GET /v1/users/me",
            ]
        );
        assert_eq!(
            lines(PathStyle::Legacy),
            [
                "GET /v1/projects?limit=100&includeUnlisted=true&after=b3Bh%2B%2F%3D%26x",
                "GET /v1/projects/p-1",
                "GET /v1/project/p-1/runs?limit=25&offset=50",
                "GET /v1/project/p-1/runs?limit=100&offset=0&statusFilter=RUNNING",
                "GET /v1/project/p-1/run/r-1",
                "POST /v1/project/p-1/run",
                "POST /v1/project/p-1/run",
                "POST /v1/projects/export",
                "DELETE /v1/project/p-1/run/r-1",
                "GET /v1/users/me",
            ]
        );
    }

    #[test]
    fn a_start_has_exactly_the_body_the_form_showed_and_nothing_else_has_one() {
        let mut draft = Draft::default();
        let now = "2026-11-24T10:00:00[UTC]".parse().unwrap();
        let body = Body::parse(r#"{"inputParams": {"region": "emea"}}"#).unwrap();
        draft.take(&body, &Origin::Typed, &now);
        let start = draft.finish(&now).unwrap();
        let call = Call::Trigger { project: ProjectId::new("p"), start };
        let request = call.request(PathStyle::Current);
        assert_eq!(request.body(), br#"{"inputParams":{"region":"emea"}}"#);
        assert_eq!(request.headers()["content-type"], "application/json");
        for call in every_call("p", "r") {
            let expected: &[u8] = match call {
                Call::Trigger { .. } => b"{}",
                Call::DryRun { .. } => br#"{"dryRun":true}"#,
                Call::Export { .. } => br#"{"projectId":"p","version":"latest"}"#,
                _ => b"",
            };
            assert_eq!(call.request(PathStyle::Current).body(), expected, "{call}");
        }
    }

    #[test]
    fn a_page_size_stays_within_what_hex_takes() {
        for (limit, sent) in [(0, 1), (100, 100), (255, 100)] {
            let call =
                Call::ListRuns { project: ProjectId::new("p"), limit, offset: 0, status: None };
            assert_eq!(
                call.request(PathStyle::Current).uri().to_string(),
                format!("/v1/projects/p/runs?limit={sent}&offset=0")
            );
        }
    }

    #[test]
    fn an_id_that_is_no_segment_is_sent_as_one_that_no_server_knows() {
        for id in ["", ".", ".."] {
            let call = Call::GetProject { project: ProjectId::new(id) };
            assert_eq!(call.request(PathStyle::Current).uri(), "/v1/projects/-");
        }
    }

    #[test]
    fn an_id_too_long_to_be_kept_is_sent_as_one_that_no_server_knows() {
        let call = Call::GetProject { project: ProjectId::new("x".repeat(70_000)) };
        let sent = call.request(PathStyle::Current).uri().to_string();
        assert!(sent.len() < 300 && sent.ends_with("x%E2%80%A6"), "{sent}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(crate::testkit::cases(256)))]

        #[test]
        fn no_id_leaves_its_segment(project in ".{0,12}", run in "[./?#%\\\\ a-z]{0,8}") {
            for (call, depth) in every_call(&project, &run).iter().zip([2, 3, 4, 4, 5, 4, 4, 3, 5, 3]) {
                let relative = call.request(PathStyle::Current).uri().to_string();
                let whole = url::Url::parse(&format!("https://host.test/api{relative}")).unwrap();
                let segments = whole.path_segments().unwrap().count();
                prop_assert_eq!(segments, depth + 1, "{} as {}", call, whole);
                prop_assert_eq!(whole.as_str(), format!("https://host.test/api{relative}"));
            }
        }
    }
}

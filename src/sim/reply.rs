//! Answers before they are bytes on their way: a status, a body and its type.
//!
//! Errors come in the shapes that Hex has had; each operation says which is its own.

use http::StatusCode;
use serde::Serialize;
use serde_json::{Value, json};

use super::trace::Trace;

/// One answer without the headers that every answer has.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) kind: Option<&'static str>,
    pub(crate) allow: Option<&'static str>,
    pub(crate) body: Vec<u8>,
}

/// The shape of an error's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `{code, message, issues}`.
    New,
    /// `{reason, details, traceId}`.
    Old,
}

pub(crate) const JSON: &str = "application/json; charset=utf-8";
pub(crate) const TEXT: &str = "text/plain; charset=utf-8";
pub(crate) const HTML: &str = "text/html; charset=utf-8";

impl Reply {
    /// A JSON body.
    pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Self {
        Self {
            status,
            kind: Some(JSON),
            allow: None,
            // Nothing that is written here can fail: keys are strings, numbers are finite.
            body: serde_json::to_vec(body).unwrap_or_default(),
        }
    }

    /// No body.
    pub(crate) fn empty(status: StatusCode) -> Self {
        Self { status, kind: None, allow: None, body: Vec::new() }
    }

    /// A body that is not JSON.
    pub(crate) fn text(status: StatusCode, kind: &'static str, body: &str) -> Self {
        Self { status, kind: Some(kind), allow: None, body: body.as_bytes().to_vec() }
    }

    /// An error with what is wrong in detail.
    pub(crate) fn error(shape: Shape, status: StatusCode, issues: &[String], trace: Trace) -> Self {
        let (code, message) = words(status);
        let told = issues.join("; ");
        Self::said(shape, status, code, message, issues, &told, trace)
    }

    /// An error that says more than its status does.
    pub(crate) fn because(shape: Shape, status: StatusCode, message: &str, trace: Trace) -> Self {
        let (code, _) = words(status);
        Self::said(shape, status, code, message, &[], "", trace)
    }

    fn said(
        shape: Shape,
        status: StatusCode,
        code: &str,
        message: &str,
        issues: &[String],
        details: &str,
        trace: Trace,
    ) -> Self {
        let body = match shape {
            Shape::New => {
                let issues: Vec<Value> =
                    issues.iter().map(|issue| json!({ "message": issue })).collect();
                json!({ "code": code, "message": message, "issues": issues })
            }
            Shape::Old if details.is_empty() => json!({ "reason": message, "traceId": trace }),
            Shape::Old => json!({ "reason": message, "details": details, "traceId": trace }),
        };
        Self::json(status, &body)
    }
}

/// What a status means, as Hex words it.
fn words(status: StatusCode) -> (&'static str, &'static str) {
    match status {
        StatusCode::UNAUTHORIZED => ("UNAUTHORIZED", "Authorization not provided"),
        StatusCode::FORBIDDEN => ("FORBIDDEN", "Insufficient access"),
        StatusCode::NOT_FOUND => ("NOT_FOUND", "Not found"),
        StatusCode::UNPROCESSABLE_ENTITY => ("UNPROCESSABLE_CONTENT", "Unprocessable content"),
        StatusCode::INTERNAL_SERVER_ERROR => ("INTERNAL_SERVER_ERROR", "Internal server error"),
        StatusCode::SERVICE_UNAVAILABLE => ("SERVICE_UNAVAILABLE", "Service unavailable"),
        StatusCode::TOO_MANY_REQUESTS => ("TOO_MANY_REQUESTS", "Too many requests"),
        StatusCode::METHOD_NOT_ALLOWED => ("METHOD_NOT_ALLOWED", "Method not allowed"),
        _ => ("BAD_REQUEST", "Invalid input data"),
    }
}

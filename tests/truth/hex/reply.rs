//! Answers, written by hand after hex-api.md §4 and §11.

use serde_json::{Value, json};

/// What goes back to the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// Names in small letters.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Reply {
    fn new(status: u16, kind: &str, body: String) -> Self {
        let headers = vec![("content-type".to_owned(), kind.to_owned())];
        Self { status, headers, body }
    }

    /// JSON.
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::new(status, "application/json; charset=utf-8", body.to_string())
    }

    /// 204 without a body.
    pub(crate) fn no_content() -> Self {
        Self { status: 204, headers: Vec::new(), body: String::new() }
    }

    /// 401 as the server in front of Hex says it.
    pub(crate) fn unauthorized() -> Self {
        Self::new(401, "text/plain", "Unauthorized".to_owned())
    }

    /// The page of a proxy that had no answer.
    pub(crate) fn bad_gateway() -> Self {
        let page = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>";
        Self::new(502, "text/html", page.to_owned())
    }

    /// An error of shape N.
    pub(crate) fn error(status: u16, code: &str, message: &str) -> Self {
        Self::json(status, &json!({"code": code, "message": message, "issues": []}))
    }

    /// An error of shape O.
    pub(crate) fn old_error(status: u16, reason: &str, trace: &str) -> Self {
        Self::json(status, &json!({"reason": reason, "traceId": trace}))
    }

    /// 500 as Hex says it.
    pub(crate) fn server_error() -> Self {
        Self::error(500, "INTERNAL_SERVER_ERROR", "Internal server error")
    }

    /// 429 with what `Retry-After` says, if it says anything.
    pub(crate) fn too_many(retry_after: Option<&str>) -> Self {
        let reply = Self::new(429, "text/plain", "Too Many Requests".to_owned());
        match retry_after {
            Some(wait) => reply.header("retry-after", wait),
            None => reply,
        }
    }

    /// The same with one header more.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

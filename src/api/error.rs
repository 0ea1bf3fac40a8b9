//! Why a call gave no reply, sorted by what the caller does next.

mod no_connection;

use serde::{Deserialize, Serialize};
use std::fmt;

pub use no_connection::{ConnectFault, NoConnection};

/// Reasons of a bad response that have a sentence of their own.
pub(super) const EMPTY: &str = "an empty body";
/// See [`EMPTY`].
pub(super) const NOT_JSON: &str = "not JSON";
/// See [`EMPTY`].
pub(super) const WEB_PAGE: &str = "a web page";
/// See [`EMPTY`].
pub(super) const UNDOCUMENTED: &str = "not a status that Hex documents";

/// Why no answer came. `Display` is a plain sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum Failure {
    /// No connection came about, so the request never left.
    #[error("{0}")]
    Connect(NoConnection),
    /// The request left and no whole answer came in time.
    #[error("no answer within {0} s")]
    Timeout(u64),
    /// The connection broke after the request may have left.
    #[error("the connection broke ({0})")]
    Broken(String),
    /// What answered does not speak HTTP.
    #[error(
        "what answers does not speak HTTP: check the host and the port in base_url, and whether a \
         proxy or a login page of the network is in between"
    )]
    NotHttp,
}

/// A call that failed. `Display` is a plain sentence that says what happened and what a person can
/// do, never what hextop does next: whoever shows it adds that, and knows whether it tries again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum ApiError {
    /// 401: stop asking until a person has mended the token or the address.
    #[error(
        "Hex refused the token (401): it is expired, revoked or wrong, or the address is another \
         workspace's. Make a new one in Hex under Settings, API keys"
    )]
    Unauthorized,
    /// 403: the token may not do this.
    #[error("the token may not do this (403{}): ask an admin for access or another scope", said(.0))]
    Forbidden(Detail),
    /// 404: it is not there, or the token may not see it.
    #[error("not found (404{}): it is gone, or the token may not see it", said(.0))]
    NotFound(Detail),
    /// 400 or 422: the request itself is wrong; sending it again changes nothing.
    #[error("Hex rejected the request ({status}{}){}", said(.detail), .params)]
    Rejected {
        /// 400 or 422.
        status: u16,
        /// What Hex said.
        detail: Detail,
        /// What is wrong with which input.
        params: ParamIssues,
    },
    /// 429: too many requests; wait as the response's rate hint says.
    #[error("too many requests (429)")]
    RateLimited,
    /// 503 in Hex's own shape: all kernels are in use and no run was created.
    #[error(
        "all kernels are in use (503): no run was created; cancel a run or wait for one to end"
    )]
    KernelsFull(Detail),
    /// 5xx: Hex or something before it failed; reads may be repeated.
    #[error("Hex failed ({status}{}): if it stays, tell Hex support{}", said(.detail), traced(.detail))]
    Server {
        /// The status.
        status: u16,
        /// What was said.
        detail: Detail,
    },
    /// A good status with a body that cannot be read, or a status nobody documented.
    #[error("{}", unreadable(*.status, .reason, .detail))]
    Unreadable {
        /// The status.
        status: u16,
        /// What is wrong with it.
        reason: String,
        /// What was said, as far as it can be read.
        detail: Detail,
    },
    /// A redirect, which is never followed because the token would go with it.
    #[error(
        "the address redirects ({status}) to {to}: set base_url to the workspace's own address"
    )]
    Redirected {
        /// The status.
        status: u16,
        /// Origin it points to, or a word for none.
        to: String,
    },
    /// No answer came.
    #[error(transparent)]
    Transport(#[from] Failure),
}

impl ApiError {
    /// Whether asking again may help without anybody doing anything.
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::RateLimited
                | Self::KernelsFull(_)
                | Self::Server { .. }
                | Self::Unreadable { .. }
                | Self::Redirected { .. }
                | Self::Transport(_)
        )
    }

    /// Whether a request that changes something certainly did not: the server refused it, or it
    /// never left. What stands in between and redirects may have passed it on.
    pub fn had_no_effect(&self) -> bool {
        matches!(
            self,
            Self::Unauthorized
                | Self::Forbidden(_)
                | Self::NotFound(_)
                | Self::Rejected { .. }
                | Self::RateLimited
                | Self::KernelsFull(_)
                | Self::Transport(Failure::Connect(_))
        )
    }

    /// The id under which Hex's support finds the request.
    pub fn trace(&self) -> Option<&str> {
        match self {
            Self::Forbidden(detail)
            | Self::NotFound(detail)
            | Self::KernelsFull(detail)
            | Self::Rejected { detail, .. }
            | Self::Server { detail, .. }
            | Self::Unreadable { detail, .. } => detail.trace.as_deref(),
            _ => None,
        }
    }
}

/// What the body of an error said, whatever its shape.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detail {
    /// Its message, reasons and issues joined to one line; empty if it said nothing.
    pub message: String,
    /// The request's id, for Hex's support.
    pub trace: Option<String>,
}

/// What a 422 said about the inputs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParamIssues {
    /// Inputs whose value does not fit.
    pub invalid: Vec<InvalidInput>,
    /// Names the project does not have.
    pub not_found: Vec<String>,
    /// What the newer shape says, one sentence each; nothing but the words tell which input is
    /// meant.
    pub issues: Vec<String>,
}

/// An input whose value does not fit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvalidInput {
    /// Its name.
    pub name: String,
    /// The type that would fit, as Hex calls it.
    pub data_type: Option<String>,
    /// The kind of input, as Hex calls it.
    pub input: Option<String>,
}

impl InvalidInput {
    /// What would fit, as in `a number (slider)`.
    pub fn wanted(&self) -> String {
        let kind = match &self.data_type {
            None => "another value".to_owned(),
            Some(kind) if kind.starts_with(['a', 'e', 'i', 'o', 'u']) => format!("an {kind}"),
            Some(kind) => format!("a {kind}"),
        };
        match &self.input {
            Some(input) => format!("{kind} ({input})"),
            None => kind,
        }
    }
}

impl fmt::Display for ParamIssues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for misfit in &self.invalid {
            write!(f, "; `{}` must be {}", misfit.name, misfit.wanted())?;
        }
        for name in &self.not_found {
            write!(f, "; the project has no input `{name}`")?;
        }
        Ok(())
    }
}

fn said(detail: &Detail) -> String {
    if detail.message.is_empty() { String::new() } else { format!(": {}", detail.message) }
}

/// A status that nobody documented with what was said, or a body that cannot be read.
fn unreadable(status: u16, reason: &str, detail: &Detail) -> String {
    let trace = traced(detail);
    if reason == UNDOCUMENTED {
        let said = said(detail);
        return format!(
            "the server answered {status}{said} (a status that Hex does not document): if it stays, \
             tell Hex support{trace}"
        );
    }
    format!("the answer could not be read ({status}: {reason}): {}{trace}", advice(reason))
}

/// What to do about a body that cannot be read: only one that is no JSON is somebody else's.
fn advice(reason: &str) -> &'static str {
    if [NOT_JSON, WEB_PAGE, EMPTY].contains(&reason) {
        "is a proxy or login page in between?"
    } else {
        "if it stays, tell Hex support"
    }
}

fn traced(detail: &Detail) -> String {
    detail.trace.as_ref().map(|trace| format!(" the trace id {trace}")).unwrap_or_default()
}

//! The tables of a scenario that are about the server rather than about its projects.
//!
//! Each default is what the newest documentation says, or where it is silent, what most
//! clients expect.

use std::time::Duration;

use jiff::SignedDuration;
use serde::Deserialize;

use super::span;

/// Which generation of paths the server knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Paths {
    /// `/projects/{id}/runs/{id}` and `/project/{id}/run/{id}`.
    #[default]
    Both,
    /// Only `/projects/{id}/runs/{id}`.
    Current,
    /// Only `/project/{id}/run/{id}`; the list of projects is where it always was.
    Legacy,
}

/// How long an answer takes: log-normal.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Latency {
    /// Half of the answers take longer.
    #[serde(deserialize_with = "span::required")]
    pub median: Duration,
    /// Deviation of the logarithm; 0 makes all alike.
    pub spread: f64,
}

/// What a workspace token may do; a personal token may do what its person may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// All reading calls.
    ReadProjects,
    /// Starting and cancelling runs.
    RunProjects,
}

/// The one token that the workspace accepts.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct TokenSpec {
    /// A workspace token (`hxtw_`) rather than a person's (`hxtp_`).
    pub workspace: bool,
    /// What a workspace token may do.
    pub scopes: Vec<Scope>,
    /// From the start until it expires; absent: never.
    #[serde(deserialize_with = "span::optional")]
    pub expires_after: Option<Duration>,
    /// From the start until somebody revokes it; absent: never. In real time.
    #[serde(deserialize_with = "span::optional")]
    pub revoked_after: Option<Duration>,
}

impl Default for TokenSpec {
    fn default() -> Self {
        Self {
            workspace: false,
            scopes: vec![Scope::ReadProjects, Scope::RunProjects],
            expires_after: Some(Duration::from_hours(24 * 30)),
            revoked_after: None,
        }
    }
}

/// How the headers that tell about the limits are called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HeaderStyle {
    /// `X-RateLimit-Limit`, `-Remaining`, `-Reset`.
    #[default]
    XRatelimit,
    /// `X-Rate-Limit-Limit`, `-Remaining`, `-Reset`.
    XRateLimit,
    /// `RateLimit-Limit`, `-Remaining`, `-Reset` (IETF draft 03).
    Ratelimit,
    /// `RateLimit` and `RateLimit-Policy` (IETF draft 08 and later).
    Combined,
    /// None at all.
    None,
}

/// How a reset time is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResetForm {
    /// Seconds from now.
    #[default]
    Delta,
    /// Unix time in seconds.
    Unix,
    /// Unix time in milliseconds.
    UnixMillis,
}

/// Whether a 429 says when to come back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RetryAfter {
    /// It does not.
    #[default]
    None,
    /// In seconds.
    Seconds,
    /// As a date.
    Date,
}

/// The body of a 429, which no source documents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refused {
    /// `{"reason": …}`.
    #[default]
    Old,
    /// `{"code": …, "message": …}`.
    New,
    /// Plain text.
    Text,
    /// Nothing.
    Empty,
}

/// How many requests are granted. A window begins with its first request.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Limits {
    /// Requests in 60 seconds; 0 switches the limit off.
    pub per_minute: u32,
    /// Requests in an hour; 0 switches the limit off.
    pub per_hour: u32,
    /// Triggers in 60 seconds; 0 switches the limit off.
    pub triggers_per_minute: u32,
    /// Triggers in an hour; 0 switches the limit off.
    pub triggers_per_hour: u32,
    /// How answers tell about it.
    pub headers: HeaderStyle,
    /// How they write the reset time.
    pub reset: ResetForm,
    /// Whether a 429 says when to come back.
    pub retry_after: RetryAfter,
    /// The body of a 429.
    pub refused: Refused,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            per_minute: 60,
            per_hour: 0,
            triggers_per_minute: 20,
            triggers_per_hour: 60,
            headers: HeaderStyle::default(),
            reset: ResetForm::default(),
            retry_after: RetryAfter::default(),
            refused: Refused::default(),
        }
    }
}

/// What happens to a trigger when its user has no kernel left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KernelsFull {
    /// The run waits (until about 2023).
    Pending,
    /// 503 and no run (now).
    #[default]
    Refuse,
}

/// Who is in the workspace besides the token's owner.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct UsersSpec {
    /// How many others there are. Each has kernels and limits of their own; their runs are in the
    /// same lists, and nothing there tells whose a run is. Without any, all runs are the owner's.
    pub others: u32,
    /// Share of the runs by other tools that are the token owner's own. Scheduled runs are those
    /// of the project's owner.
    pub own_share: f64,
}

impl Default for UsersSpec {
    fn default() -> Self {
        Self { others: 5, own_share: 0.0 }
    }
}

/// What runs need to run.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Kernels {
    /// How many each user may hold.
    pub total: u32,
    /// What happens to a trigger when its user holds all; scheduled runs always wait.
    pub full: KernelsFull,
    /// How many the token's owner holds on average with notebooks open in the browser.
    pub people: f64,
    /// How long one takes to come up, roughly.
    #[serde(deserialize_with = "span::required")]
    pub boot: Duration,
    /// How long a run waits for one before it gives up; absent: for ever.
    #[serde(deserialize_with = "span::optional")]
    pub patience: Option<Duration>,
    /// How long a cancelled run takes to stop, roughly.
    #[serde(deserialize_with = "span::required")]
    pub stop: Duration,
}

impl Default for Kernels {
    fn default() -> Self {
        Self {
            total: 25,
            full: KernelsFull::default(),
            people: 0.0,
            boot: Duration::from_millis(1800),
            patience: None,
            stop: Duration::from_millis(1400),
        }
    }
}

/// A stretch of time in which runs that begin go wrong.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Outage {
    /// When it begins, from the start of the world; may be before it.
    #[serde(deserialize_with = "span::signed")]
    pub from: SignedDuration,
    /// When it ends.
    #[serde(deserialize_with = "span::signed")]
    pub until: SignedDuration,
    /// Share of the runs that hang.
    pub hang: f64,
    /// Share of the others that fail.
    pub failure: f64,
}

impl Default for Outage {
    fn default() -> Self {
        Self {
            from: SignedDuration::ZERO,
            until: SignedDuration::from_hours(1),
            hang: 0.5,
            failure: 0.5,
        }
    }
}

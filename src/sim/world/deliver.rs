//! The last step of every answer: headers, and what faults do to it on its way.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;

use crate::sim::answer::{Answer, Fate};
use crate::sim::call::CallKind;
use crate::sim::fault::{FaultName, FaultSpec};
use crate::sim::limit::Standing;
use crate::sim::reply::{HTML, Reply, Shape, TEXT};
use crate::sim::scenario::{HeaderStyle, Refused, ResetForm, RetryAfter};
use crate::sim::trace::Trace;

use super::{World, garble};

/// What is known of an answer before it is written.
pub(super) struct Outgoing {
    kind: CallKind,
    delay: Duration,
    trace: Trace,
    pub(super) standing: Option<Standing>,
    pub(super) struck: Option<FaultSpec>,
    /// A 429, which may say when to come back.
    pub(super) is_refusal: bool,
}

impl Outgoing {
    pub(super) fn new(kind: CallKind, delay: Duration, trace: Trace) -> Self {
        Self { kind, delay, trace, standing: None, struck: None, is_refusal: false }
    }

    pub(super) fn slow_down(&mut self, by: Duration) {
        self.delay += by;
    }
}

impl World {
    /// The answer to a request that a limit refuses.
    pub(super) fn refuse(&mut self, going: Outgoing, full: Standing) -> Answer {
        let reply = self.too_many(going.trace);
        let going = Outgoing { standing: Some(full), is_refusal: true, ..going };
        self.deliver(&going, reply)
    }

    pub(super) fn too_many(&self, trace: Trace) -> Reply {
        let status = StatusCode::TOO_MANY_REQUESTS;
        match self.rules.limits.refused {
            Refused::Old => Reply::error(Shape::Old, status, &[], trace),
            Refused::New => Reply::error(Shape::New, status, &[], trace),
            Refused::Text => Reply::text(status, TEXT, "Too Many Requests"),
            Refused::Empty => Reply::empty(status),
        }
    }

    /// Writes the answer.
    pub(super) fn deliver(&mut self, going: &Outgoing, mut reply: Reply) -> Answer {
        let mut fate = Fate::Whole;
        let name = going.struck.as_ref().map(|spec| spec.name);
        match name {
            Some(FaultName::Timeout | FaultName::AnswerStuck) => fate = Fate::Hang,
            Some(FaultName::Reset | FaultName::AnswerLost) => fate = Fate::Reset,
            Some(FaultName::Truncated) => fate = Fate::Truncated,
            Some(FaultName::SlowBody) => {
                fate = Fate::Slow(going.struck.as_ref().map(FaultSpec::takes).unwrap_or_default());
            }
            Some(name) => garble::garble(&mut reply, name, &mut self.chance),
            None => {}
        }
        let mut response = Response::new(reply.body);
        *response.status_mut() = reply.status;
        let headers = response.headers_mut();
        put(headers, header::DATE, &http_date(self.life.now));
        if let Some(kind) = reply.kind {
            put(headers, header::CONTENT_TYPE, kind);
        }
        if let Some(allow) = reply.allow {
            put(headers, header::ALLOW, allow);
        }
        put(headers, HeaderName::from_static("x-trace-id"), &going.trace.to_string());
        if let Some(standing) = going.standing {
            self.tell(headers, standing, going.is_refusal);
        }
        Answer {
            response,
            delay: going.delay,
            fate,
            kind: going.kind,
            remaining: going.standing.map(|standing| standing.remaining),
            fault: name,
        }
    }

    /// Tells what is left of a limit, in the words the scenario chose.
    fn tell(&self, headers: &mut HeaderMap, standing: Standing, is_refusal: bool) {
        let limits = &self.rules.limits;
        let seconds = standing.reset.as_millis().div_ceil(1000);
        let end = self.life.now.checked_add(standing.reset).unwrap_or(Timestamp::MAX);
        let reset = match limits.reset {
            ResetForm::Delta => seconds.to_string(),
            ResetForm::Unix => ceil_seconds(end).to_string(),
            ResetForm::UnixMillis => end.as_millisecond().to_string(),
        };
        let Standing { limit, remaining, length, .. } = standing;
        let names = match limits.headers {
            HeaderStyle::XRatelimit => Some("x-ratelimit"),
            HeaderStyle::XRateLimit => Some("x-rate-limit"),
            HeaderStyle::Ratelimit => Some("ratelimit"),
            HeaderStyle::Combined => {
                let policy = format!("\"default\";q={limit};w={}", length.as_secs());
                let left = format!("\"default\";r={remaining};t={seconds}");
                put(headers, HeaderName::from_static("ratelimit-policy"), &policy);
                put(headers, HeaderName::from_static("ratelimit"), &left);
                None
            }
            HeaderStyle::None => None,
        };
        if let Some(prefix) = names {
            let values = [
                ("limit", limit.to_string()),
                ("remaining", remaining.to_string()),
                ("reset", reset),
            ];
            for (what, value) in values {
                if let Ok(name) = HeaderName::try_from(format!("{prefix}-{what}")) {
                    put(headers, name, &value);
                }
            }
        }
        let retry_after = match limits.retry_after {
            RetryAfter::None => None,
            RetryAfter::Seconds => Some(seconds.to_string()),
            RetryAfter::Date => {
                Some(http_date(Timestamp::from_second(ceil_seconds(end)).unwrap_or(end)))
            }
        };
        if let Some(value) = retry_after.filter(|_| is_refusal) {
            put(headers, header::RETRY_AFTER, &value);
        }
    }
}

fn ceil_seconds(at: Timestamp) -> i64 {
    let whole = at.as_second();
    if at.subsec_nanosecond() > 0 { whole + 1 } else { whole }
}

/// What a proxy says when nobody answers it.
pub(super) fn bad_gateway() -> Reply {
    let page = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n\
                <center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n";
    Reply::text(StatusCode::BAD_GATEWAY, HTML, page)
}

fn put(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    // Nothing that is written here has characters that a header may not have.
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

fn http_date(at: Timestamp) -> String {
    DateTimePrinter::new().timestamp_to_rfc9110_string(&at).unwrap_or_default()
}

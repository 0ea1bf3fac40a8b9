//! How calls and replies look on the wire.
//!
//! Writing is strict, reading is tolerant: a field that is missing, null, of another type or
//! unreadable costs only itself, and an element without an id costs only itself. Only what makes
//! an answer no answer at all is an error: no JSON, no list where a list must be, no id, and a
//! list that ends in the middle or whose next page cannot be told, because it would be believed
//! to be whole. A start's run counts as soon as its id is there, however the body ends.

mod account;
mod errors;
mod export;
mod fields;
mod json;
mod project;
mod request;
mod run;
mod said;

use std::borrow::Cow;

use http::{HeaderMap, StatusCode, header};
use jiff::Timestamp;
use serde_json::Value;

use crate::api::error::WEB_PAGE;
use crate::domain::RunId;

use super::{Call, RateHint, Redactor, Reply, Response, Started, times};

pub(super) use request::request;

/// What a server answered. Every text of it is read without what nothing may show: a server may
/// repeat the token, and the inputs that it refuses.
struct Answer<'a> {
    status: StatusCode,
    headers: &'a HeaderMap,
    body: &'a [u8],
    redactor: &'a Redactor,
}

impl<'a> Answer<'a> {
    fn new(response: &'a http::Response<Vec<u8>>, redactor: &'a Redactor) -> Self {
        let (status, headers, body) = (response.status(), response.headers(), response.body());
        Self { status, headers, body, redactor }
    }

    fn header(&self, name: &str) -> Option<Cow<'a, str>> {
        Some(self.redactor.clean(self.headers.get(name)?.to_str().ok()?))
    }

    fn json(&self) -> Result<json::Document, String> {
        json::read(self.body, self.redactor)
    }

    /// The body as text. JSON is never read from it: a number could be a secret's too.
    fn text(&self) -> Cow<'a, [u8]> {
        self.redactor.clean_bytes(self.body)
    }
}

/// Reads what the server answered to `call`; `now` counts where the answer has no `Date`.
pub(super) fn read(
    call: &Call,
    response: &http::Response<Vec<u8>>,
    now: Timestamp,
    redactor: &Redactor,
) -> Response {
    let own = call.start().map(|start| redactor.with_inputs(start));
    let own = own.as_ref().unwrap_or(redactor);
    // Short inputs are only taken out of words: an id may hold the same letters by chance.
    let is_good = response.status().is_success();
    let answer = Answer::new(response, if is_good { redactor } else { own });
    let date = answer.header(header::DATE.as_str()).and_then(|text| times::http_date(&text));
    // What comes from a cache has the date of when it was put there (RFC 9111 §5.1).
    let date = date.filter(|_| answer.header(header::AGE.as_str()).is_none_or(|age| age == "0"));
    let result = if is_good {
        reply(call, &answer, own)
            .map_err(|reason| errors::unreadable(&Answer::new(response, own), reason))
    } else {
        Err(errors::error(call, &answer))
    };
    Response { result, rate: RateHint::read(answer.headers, date.unwrap_or(now)), date }
}

fn reply(call: &Call, answer: &Answer<'_>, own: &Redactor) -> Result<Reply, String> {
    let document = answer.json();
    let body = match call {
        Call::Trigger { .. } => document.map(|document| document.value),
        _ => document.and_then(json::Document::whole),
    };
    match call {
        // Documented as 204 without a body; what other body comes does not matter, unless it
        // shows that somebody else answered.
        Call::Cancel { .. } => match body {
            Err(reason) if reason == WEB_PAGE => Err(reason),
            _ => Ok(Reply::Cancelled),
        },
        Call::ListProjects { .. } => project::page(&body?),
        Call::GetProject { .. } => project::project(&body?)
            .map(Reply::Project)
            .ok_or_else(|| "no project in it".to_owned()),
        Call::ListRuns { project, .. } => run::page(&body?, project),
        Call::RunStatus { project, .. } => {
            run::run(&body?, project).map(Reply::Run).ok_or_else(|| "no run in it".to_owned())
        }
        Call::Trigger { .. } => started(&body?, answer, own)
            .map(Reply::Started)
            .ok_or_else(|| "no run id in it".to_owned()),
        // What a dry run answers besides its status is documented nowhere.
        Call::DryRun { .. } => match body {
            Err(reason) if reason == WEB_PAGE => Err(reason),
            _ => Ok(Reply::Checked),
        },
        Call::Export { .. } => export::inputs(&body?).map(Reply::Inputs),
        Call::Me => account::me(&body?)
            .map(Reply::Me)
            .ok_or_else(|| "neither a user nor a workspace in it".to_owned()),
    }
}

fn started(body: &Value, answer: &Answer<'_>, own: &Redactor) -> Option<Started> {
    let clean = |text: String| own.clean(&text).into_owned();
    Some(Started {
        run: RunId::new(fields::id(body, "runId")?),
        url: fields::exact(body, "runUrl").map(clean),
        version: fields::text_or_number(body, "projectVersion"),
        trace: errors::trace(body, answer).map(clean),
    })
}

/// Reads the elements that can be read; an error if there are some and none can.
fn elements<T>(list: &[Value], read: impl Fn(&Value) -> Option<T>) -> Result<Vec<T>, String> {
    let good: Vec<_> = list.iter().filter_map(read).collect();
    if good.is_empty() && !list.is_empty() {
        return Err(format!("none of its {} entries has an id", list.len()));
    }
    Ok(good)
}

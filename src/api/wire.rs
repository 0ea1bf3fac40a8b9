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

use http::{HeaderMap, Response, header};
use jiff::Timestamp;
use serde_json::Value;

use crate::domain::RunId;

use super::{Call, Exchange, RateHint, Reply, Started, times};

pub(super) use errors::{UNDOCUMENTED, unreadable};
pub(super) use json::{EMPTY, NOT_JSON};
pub(super) use request::request;
pub(super) use said::WEB_PAGE;

/// Reads what the server answered to `call`; `now` counts where the answer has no `Date`.
pub(super) fn read(call: &Call, response: &Response<Vec<u8>>, now: Timestamp) -> Exchange {
    let date = header_text(response.headers(), header::DATE.as_str()).and_then(times::http_date);
    let result = if response.status().is_success() {
        reply(call, response).map_err(|reason| unreadable(response, reason))
    } else {
        Err(errors::error(call, response))
    };
    // A server may repeat what it refuses.
    let result = result.map_err(|error| match call {
        Call::Trigger { start, .. } | Call::DryRun { start, .. } => {
            error.with_words(|words| start.redact(words))
        }
        _ => error,
    });
    Exchange { result, rate: RateHint::read(response.headers(), date.unwrap_or(now)), date }
}

fn header_text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn reply(call: &Call, response: &Response<Vec<u8>>) -> Result<Reply, String> {
    let document = json::read(response.body());
    let body = match call {
        Call::Trigger { .. } => document.map(|document| document.value),
        _ => document.and_then(json::Document::whole),
    };
    match call {
        // Documented as 204 without a body; what other body comes does not matter, unless it
        // shows that somebody else answered.
        Call::Cancel { .. } => match body {
            Err(reason) if reason == said::WEB_PAGE => Err(reason),
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
        Call::Trigger { .. } => started(&body?, response.headers())
            .map(Reply::Started)
            .ok_or_else(|| "no run id in it".to_owned()),
        // What a dry run answers besides its status is documented nowhere.
        Call::DryRun { .. } => match body {
            Err(reason) if reason == said::WEB_PAGE => Err(reason),
            _ => Ok(Reply::Checked),
        },
        Call::Export { .. } => export::inputs(&body?).map(Reply::Inputs),
        Call::Me => account::me(&body?)
            .map(Reply::Me)
            .ok_or_else(|| "neither a user nor a workspace in it".to_owned()),
    }
}

fn started(body: &Value, headers: &HeaderMap) -> Option<Started> {
    Some(Started {
        run: RunId::new(fields::id(body, "runId")?),
        url: fields::exact(body, "runUrl"),
        version: fields::text_or_number(body, "projectVersion"),
        trace: errors::trace(body, headers),
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

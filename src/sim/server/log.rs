//! The log: one line of JSON for each request, written as it arrives.

use std::io::Write;

use http::Method;
use jiff::Timestamp;
use serde::Serialize;

use crate::sim::answer::{Answer, Fate};
use crate::sim::fault::FaultName;

/// One line.
#[derive(Serialize)]
struct Line<'a> {
    /// When the request arrived, in real time whatever the speed of the world.
    time: Timestamp,
    method: &'a str,
    path: &'a str,
    /// What was answered, also where the answer was lost on its way; null where there is none.
    status: Option<u16>,
    remaining: Option<u32>,
    fault: Option<&'static str>,
}

/// Where the lines go.
pub(super) struct Log(Box<dyn Write + Send>);

impl Log {
    pub(super) fn new(to: Box<dyn Write + Send>) -> Self {
        Self(to)
    }

    pub(super) fn write(&mut self, time: Timestamp, method: &Method, path: &str, answer: &Answer) {
        let prevented = answer.fault.is_some_and(FaultName::prevents);
        let silent = matches!(answer.fate, Fate::Hang | Fate::Reset) && prevented;
        let line = Line {
            time,
            method: method.as_str(),
            path,
            status: (!silent).then(|| answer.response.status().as_u16()),
            remaining: answer.remaining,
            fault: answer.fault.map(FaultName::name),
        };
        let mut text = serde_json::to_vec(&line).unwrap_or_default();
        text.push(b'\n');
        // A full disk must not stop the server that is being logged.
        let _ = self.0.write_all(&text).and_then(|()| self.0.flush());
    }
}

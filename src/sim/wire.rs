//! The bodies of answers, written from the contract and from nothing else.

pub(crate) mod project;
pub(crate) mod run;
pub(crate) mod words;

use jiff::Timestamp;
use serde::Serializer;

/// Writes a time as Hex does: UTC with milliseconds.
fn time<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{at:.3}"))
}

/// Writes a time that may be absent.
#[expect(clippy::ref_option, reason = "serde hands over a reference to the field")]
fn maybe<S: Serializer>(at: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => time(at, serializer),
        None => serializer.serialize_none(),
    }
}

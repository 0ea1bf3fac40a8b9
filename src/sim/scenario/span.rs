//! Lengths of time as a scenario writes them: `1.5s`, `2m30s`, `3d`. A day has 24 hours.

use std::time::Duration;

use jiff::{SignedDuration, Span, SpanRelativeTo};
use serde::de::Error;
use serde::{Deserialize, Deserializer};

/// Reads one that may be negative.
///
/// # Errors
/// A sentence that says how to write it.
pub(crate) fn parse(text: &str) -> Result<SignedDuration, String> {
    let span = text.parse::<Span>().ok();
    let days = SpanRelativeTo::days_are_24_hours();
    span.and_then(|span| span.to_duration(days).ok())
        .ok_or_else(|| format!("`{text}` is no length of time; write 90s, 2m30s or 3d"))
}

/// Reads one that is not negative.
///
/// # Errors
/// A sentence that says how to write it.
pub(crate) fn parse_positive(text: &str) -> Result<Duration, String> {
    Duration::try_from(parse(text)?).map_err(|_| format!("`{text}` must not be negative"))
}

/// For a field that may be negative.
pub(crate) fn signed<'de, D: Deserializer<'de>>(from: D) -> Result<SignedDuration, D::Error> {
    parse(&String::deserialize(from)?).map_err(D::Error::custom)
}

/// For a field.
pub(crate) fn required<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    parse_positive(&String::deserialize(from)?).map_err(D::Error::custom)
}

/// For a field that may be absent.
pub(crate) fn optional<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
    required(from).map(Some)
}

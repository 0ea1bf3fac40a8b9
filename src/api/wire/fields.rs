//! Fields of a JSON object, read one by one, so that a bad one costs only itself.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use super::super::redact::is_redacted;
use super::super::times;

/// A field of whatever type; null if it is not there or `body` is no object.
pub(super) fn at<'a>(body: &'a Value, name: &str) -> &'a Value {
    static NULL: Value = Value::Null;
    body.get(name).unwrap_or(&NULL)
}

/// A text that is not empty.
pub(super) fn text(body: &Value, name: &str) -> Option<String> {
    let text = at(body, name).as_str()?;
    (!text.is_empty()).then(|| text.to_owned())
}

/// An id. A text of which a part could not be read, or may not be shown, is none: it would be
/// another's.
pub(super) fn id(body: &Value, name: &str) -> Option<String> {
    text(body, name).filter(|id| !id.contains(char::REPLACEMENT_CHARACTER) && !is_redacted(id))
}

/// A text that is not empty, or a number in its JSON form.
pub(super) fn text_or_number(body: &Value, name: &str) -> Option<String> {
    match at(body, name) {
        Value::Number(number) => Some(number.to_string()),
        _ => text(body, name),
    }
}

/// A list.
pub(super) fn list<'a>(body: &'a Value, name: &str) -> Option<&'a [Value]> {
    at(body, name).as_array().map(Vec::as_slice)
}

/// An ISO 8601 time.
pub(super) fn time(body: &Value, name: &str) -> Option<Timestamp> {
    times::iso(at(body, name).as_str()?)
}

/// A number of milliseconds, whole or fractional.
pub(super) fn milliseconds(body: &Value, name: &str) -> Option<Duration> {
    let number = at(body, name);
    match number.as_u64() {
        Some(whole) => Some(Duration::from_millis(whole)),
        None => Duration::try_from_secs_f64(number.as_f64()? / 1000.0).ok(),
    }
}

/// A whole number within `range`.
pub(super) fn small(body: &Value, name: &str, range: std::ops::RangeInclusive<i8>) -> Option<i8> {
    let number = i8::try_from(at(body, name).as_i64()?).ok()?;
    range.contains(&number).then_some(number)
}

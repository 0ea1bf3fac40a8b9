//! Fields of a JSON object, read one by one, so that a bad one costs only itself.
//!
//! What is to be shown comes in by [`text`], cleaned and cut; what is to be sent again comes in by
//! [`id`] or [`exact`], as it is or not at all.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use super::super::redact::is_redacted;
use super::super::times;
use crate::domain::Text;
use crate::domain::ids::is_id;
use crate::domain::text::is_clean;

/// Characters of a name, a cursor or an address, which are kept whole or not at all.
pub(super) const LONGEST_EXACT: usize = 2_000;

/// A field of whatever type; null if it is not there or `body` is no object.
pub(super) fn at<'a>(body: &'a Value, name: &str) -> &'a Value {
    static NULL: Value = Value::Null;
    body.get(name).unwrap_or(&NULL)
}

/// A text that is not empty, exactly as it came: neither to be shown nor to be kept.
pub(super) fn raw<'a>(body: &'a Value, name: &str) -> Option<&'a str> {
    at(body, name).as_str().filter(|text| !text.is_empty())
}

/// A text that is not empty, clean and of bounded length.
pub(super) fn text(body: &Value, name: &str) -> Option<String> {
    raw(body, name).map(|text| Text::from(text).into())
}

/// An id. A text of which a part could not be read, or may not be shown, is none: it would be
/// another's. Nor is one that cannot be shown: requests would have to hold what nobody has seen.
pub(super) fn id(body: &Value, name: &str) -> Option<String> {
    let id = raw(body, name).filter(|id| is_whole(id) && is_id(id))?;
    Some(id.to_owned())
}

/// A text that has to be sent as it came, such as a name or a cursor; under the same conditions.
pub(super) fn exact(body: &Value, name: &str) -> Option<String> {
    let text = raw(body, name).filter(|text| is_whole(text) && is_clean(text, LONGEST_EXACT))?;
    Some(text.to_owned())
}

fn is_whole(text: &str) -> bool {
    !text.contains(char::REPLACEMENT_CHARACTER) && !is_redacted(text)
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_text_is_cleaned_and_cut_and_what_must_be_exact_is_that_or_nothing() {
        let long = "x".repeat(1_000_000);
        let body = json!({
            "raw": "a\u{1b}]0;b\u{7}\u{202e}", "half": "a\u{fffd}", "long": long, "good": "g\u{fc}t-1",
            "empty": "", "cursor": "c".repeat(LONGEST_EXACT),
        });
        assert_eq!(text(&body, "raw").unwrap(), "a\u{b7}]0;b\u{b7}\u{b7}");
        assert_eq!(text(&body, "long").unwrap().chars().count(), crate::domain::text::LONGEST);
        assert_eq!(text(&body, "half").unwrap(), "a\u{fffd}");
        for name in ["raw", "half", "long", "empty", "none"] {
            assert_eq!((id(&body, name), exact(&body, name)), (None, None), "{name}");
        }
        assert_eq!(id(&body, "cursor"), None, "longer than an id");
        assert!(exact(&body, "cursor").is_some());
        assert_eq!(id(&body, "good").as_deref(), Some("g\u{fc}t-1"));
    }
}

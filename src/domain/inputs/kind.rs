//! The types that a parameter can have, and how each is read from what was typed.
//!
//! A type never changes what it does not understand: text stays text, and a value that a type
//! would send differently is refused with the reason.

use jiff::Zoned;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::spec::ParamSpec;
use super::{JsonError, choice, dates, exact, from_json};

/// How the text of a parameter is to be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ParamKind {
    /// Kept as typed: `0123` stays a string.
    #[default]
    Text,
    /// A JSON number.
    Number,
    /// `true` or `false`.
    Checkbox,
    /// A civil date, `2026-10-20`, also by words such as `yesterday`.
    Date,
    /// A moment, ISO 8601 with its offset.
    DateTime,
    /// Two dates, sent as `<name>_start` and `<name>_end`.
    DateRange,
    /// One of some values; where those are unknown, a text.
    Choice,
    /// Some of some values, sent as a list.
    MultiChoice,
    /// Any JSON value.
    Json,
    /// Null and nothing else.
    Null,
}

impl ParamKind {
    /// All types, in the order a form offers them.
    pub const ALL: [Self; 10] = [
        Self::Text,
        Self::Number,
        Self::Checkbox,
        Self::Date,
        Self::DateTime,
        Self::DateRange,
        Self::Choice,
        Self::MultiChoice,
        Self::Json,
        Self::Null,
    ];

    /// The word a person reads.
    pub fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::Checkbox => "checkbox",
            Self::Date => "date",
            Self::DateTime => "date-time",
            Self::DateRange => "dates",
            Self::Choice => "choice",
            Self::MultiChoice => "choices",
            Self::Json => "JSON",
            Self::Null => "null",
        }
    }

    /// The type that shows `value` best where nothing is known of its parameter.
    pub fn of(value: &Value) -> Self {
        match value {
            Value::String(_) => Self::Text,
            Value::Number(_) => Self::Number,
            Value::Bool(_) => Self::Checkbox,
            Value::Null => Self::Null,
            Value::Array(_) | Value::Object(_) => Self::Json,
        }
    }

    /// The type after this one, or before it, round the ends.
    #[must_use]
    pub fn turned(self, by: isize) -> Self {
        let count = Self::ALL.len();
        let at = Self::ALL.iter().position(|kind| *kind == self).unwrap_or(0);
        let to = (at + count).saturating_add_signed(by) % count;
        Self::ALL.get(to).copied().unwrap_or(self)
    }

    /// Words that can be written in a value of this type, and what each of them means at `now`.
    pub fn words(self, now: &Zoned) -> Vec<(&'static str, String)> {
        let words: &[_] = match self {
            Self::Date => &["today", "yesterday", "tomorrow", "-7d", "-1mo", "monday"],
            Self::DateTime => &["now", "-1h", "today", "yesterday 06:30"],
            Self::DateRange => &["today", "yesterday", "-7d..today", "-1mo..today"],
            _ => &[],
        };
        let meaning = |word: &&'static str| {
            let shown = match self {
                Self::DateRange => {
                    let (first, last) = dates::range(word, now).ok()?;
                    format!("{first}..{last}")
                }
                Self::DateTime => dates::moment(word, now).ok()?,
                _ => dates::date(word, now).ok()?.to_string(),
            };
            Some((*word, shown))
        };
        words.iter().filter_map(meaning).collect()
    }

    /// Reads `text` as one value of this type. Words such as `today` mean what they mean at
    /// `now`, in its zone. A range of dates is two values, which [`dates::range`] reads.
    ///
    /// # Errors
    /// A sentence that says what would be accepted.
    pub(super) fn read(self, text: &str, spec: &ParamSpec, now: &Zoned) -> Result<Value, String> {
        match self {
            Self::Text => Ok(Value::String(text.to_owned())),
            Self::Number => number(text, spec),
            Self::Checkbox => match text.trim() {
                "true" => Ok(Value::Bool(true)),
                "false" => Ok(Value::Bool(false)),
                _ => Err("neither true nor false: change it".to_owned()),
            },
            Self::Date => dates::date(text, now).map(|date| Value::String(date.to_string())),
            Self::DateTime => dates::moment(text, now).map(Value::String),
            Self::DateRange => Err("write two dates, such as -7d..today".to_owned()),
            Self::Choice => choice::read_one(text, &spec.choices),
            Self::MultiChoice => choice::read_some(text, &spec.choices),
            Self::Json => from_json(text.trim()).map_err(|error| json_error(&error)),
            Self::Null => match text.trim() {
                "" | "null" => Ok(Value::Null),
                _ => Err("null has no text: take it out, or choose another type".to_owned()),
            },
        }
    }

    /// The text that this type reads as `value`, if there is one.
    pub fn show(self, value: &Value) -> String {
        match (self, value) {
            (Self::MultiChoice, Value::Array(items)) => choice::show_some(items),
            (Self::Json, other) => other.to_string(),
            (_, Value::String(text)) => text.clone(),
            (_, other) => other.to_string(),
        }
    }
}

/// A number as JSON writes it, within the bounds of its parameter.
fn number(text: &str, spec: &ParamSpec) -> Result<Value, String> {
    let text = text.trim();
    let value = match exact::number(text) {
        Some(value) => value.map_err(|error| format!("{error}: write it shorter, or as a text"))?,
        None if spec.integer => return Err("not a whole number: write 12 or -3".to_owned()),
        None => return Err("not a number: write 12, -0.5 or 1e6".to_owned()),
    };
    let is_whole = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let size = value.as_f64().unwrap_or(f64::NAN);
    if spec.integer && !is_whole {
        return Err("not a whole number: write 12 or -3".to_owned());
    }
    match (spec.min, spec.max) {
        (Some(min), Some(max)) if size < min || size > max => Err(format!("{min} to {max}")),
        (Some(min), None) if size < min => Err(format!("at least {min}")),
        (None, Some(max)) if size > max => Err(format!("at most {max}")),
        _ => Ok(value),
    }
}

/// What is wrong with JSON in a field of one line: the column says where.
fn json_error(error: &JsonError) -> String {
    let text = error.to_string();
    let JsonError::Syntax(error) = error else { return text };
    let what = text.split(" at line ").next().unwrap_or(&text);
    format!("not JSON: {what} (column {})", error.column())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(kind: ParamKind, text: &str, spec: &ParamSpec) -> Result<Value, String> {
        let now = "2026-11-24T10:00:00[UTC]".parse().unwrap();
        kind.read(text, spec, &now)
    }

    #[test]
    fn each_type_reads_what_it_means_and_says_what_it_wants() {
        let any = ParamSpec::default();
        for (kind, text, expected) in [
            (ParamKind::Text, "0123", Ok(json!("0123"))),
            (ParamKind::Text, " a\n", Ok(json!(" a\n"))),
            (ParamKind::Number, " 0.95 ", Ok(json!(0.95))),
            (ParamKind::Number, "-9007199254740993", Ok(json!(-9_007_199_254_740_993_i64))),
            (ParamKind::Number, "0123", Err("not a number")),
            (ParamKind::Number, "\"1\"", Err("not a number")),
            (ParamKind::Number, "NaN", Err("not a number")),
            (ParamKind::Number, "123456789012345678901234567890", Err("exactly: write it shorter")),
            (ParamKind::Number, "1e400", Err("1e400 cannot be sent exactly")),
            (ParamKind::Number, "-0", Ok(json!(0))),
            (ParamKind::Json, "{\"a\": [12345678901234567890123]}", Err("write it in quotes")),
            (ParamKind::Json, "[-0, 1e6]", Ok(json!([0, 1e6]))),
            (ParamKind::MultiChoice, "[12345678901234567890123]", Err("cannot be sent exactly")),
            (ParamKind::Checkbox, "true", Ok(json!(true))),
            (ParamKind::Checkbox, "yes", Err("neither true nor false")),
            (ParamKind::Date, "yesterday", Ok(json!("2026-11-23"))),
            (ParamKind::DateTime, "today 06:30", Ok(json!("2026-11-24T06:30:00Z"))),
            (ParamKind::Json, r#" {"a":[1]} "#, Ok(json!({"a": [1]}))),
            (ParamKind::Json, "{\"a\":}", Err("column 6")),
            (ParamKind::Null, "", Ok(Value::Null)),
            (ParamKind::Null, "nil", Err("has no text")),
        ] {
            match (read(kind, text, &any), expected) {
                (Ok(value), Ok(wanted)) => assert_eq!(value, wanted, "{text}"),
                (Err(reason), Err(part)) => assert!(reason.contains(part), "{text}: {reason}"),
                (got, _) => panic!("{kind:?} {text}: {got:?}"),
            }
        }
    }

    #[test]
    fn a_number_keeps_within_its_bounds() {
        let between = ParamSpec { min: Some(0.0), max: Some(1.0), ..ParamSpec::default() };
        assert_eq!(read(ParamKind::Number, "1.5", &between), Err("0 to 1".to_owned()));
        assert_eq!(read(ParamKind::Number, "1", &between), Ok(json!(1)));
        let whole = ParamSpec { integer: true, min: Some(1.0), ..ParamSpec::default() };
        assert_eq!(read(ParamKind::Number, "0", &whole), Err("at least 1".to_owned()));
        assert!(read(ParamKind::Number, "1.5", &whole).unwrap_err().contains("whole"));
        assert_eq!(read(ParamKind::Number, "7", &whole), Ok(json!(7)));
        let any = ParamSpec { integer: true, ..ParamSpec::default() };
        assert_eq!(read(ParamKind::Number, "-0", &any), Ok(json!(0)));
    }
}

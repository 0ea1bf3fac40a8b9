//! Several values in one field, and the starts that all combinations of them are.
//!
//! Nothing is spelt out before it is asked for: a sweep knows how many starts it is and makes the
//! n-th. More than [`MOST`] are refused, because each costs a request and a kernel.

use jiff::civil::Date;
use jiff::{Span, Zoned};
use serde_json::{Map, Value};

use super::spec::ParamSpec;
use super::{ParamKind, dates};

/// The most starts that one sweep may be.
pub const MOST: usize = 1000;

/// The values of one field.
#[derive(Clone, Debug, PartialEq)]
pub enum Several {
    /// These.
    List(Vec<Value>),
    /// Whole numbers, both ends included.
    Numbers {
        /// The first.
        first: i64,
        /// How many.
        count: usize,
    },
    /// Days, one after the other.
    Days {
        /// The first.
        first: Date,
        /// How many.
        count: usize,
    },
}

impl Several {
    /// Reads the values of a field: `1..10` for numbers, `-7d..yesterday` for dates, and
    /// `a, b` for any type but text, whose commas are its own; a text's list is JSON.
    ///
    /// # Errors
    /// A sentence that says what would be accepted.
    pub fn parse(
        kind: ParamKind,
        text: &str,
        spec: &ParamSpec,
        now: &Zoned,
    ) -> Result<Self, String> {
        match (kind, text.split_once("..")) {
            (ParamKind::Number, Some((first, last))) => numbers(first, last, spec, now),
            (ParamKind::Date, Some(_)) => days(text, now),
            (ParamKind::Text, _) if !text.trim_start().starts_with('[') => {
                Ok(Self::List(vec![Value::from(text)]))
            }
            (ParamKind::Text, _) => {
                let items: Vec<String> = serde_json::from_str(text)
                    .map_err(|_| "not a list of texts: write [\"a\", \"b\"]".to_owned())?;
                Self::list(items.into_iter().map(Value::from).collect())
            }
            (
                ParamKind::Number | ParamKind::Date | ParamKind::DateTime | ParamKind::Choice,
                None,
            ) => {
                let values = words(text)?.map(|word| kind.read(word.trim(), spec, now));
                Self::list(values.collect::<Result<_, _>>()?)
            }
            _ => Ok(Self::List(vec![kind.read(text, spec, now)?])),
        }
    }

    pub(super) fn list(values: Vec<Value>) -> Result<Self, String> {
        match values.len() {
            0 => Err("an empty list is no value".to_owned()),
            1..=MOST => Ok(Self::List(values)),
            many => Err(too_many(many)),
        }
    }

    /// How many values there are.
    pub fn count(&self) -> usize {
        match self {
            Self::List(values) => values.len(),
            Self::Numbers { count, .. } | Self::Days { count, .. } => *count,
        }
    }

    /// The `n`-th value, from 0.
    pub fn nth(&self, n: usize) -> Option<Value> {
        if n >= self.count() {
            return None;
        }
        let step = i64::try_from(n).ok()?;
        match self {
            Self::List(values) => values.get(n).cloned(),
            Self::Numbers { first, .. } => Some(Value::from(first.checked_add(step)?)),
            Self::Days { first, .. } => {
                let day = first.checked_add(Span::new().try_days(step).ok()?).ok()?;
                Some(Value::from(day.to_string()))
            }
        }
    }
}

fn numbers(first: &str, last: &str, spec: &ParamSpec, now: &Zoned) -> Result<Several, String> {
    let end = |text: &str| {
        let value = ParamKind::Number.read(text, spec, now)?;
        match value.as_i64() {
            Some(end) => Ok(end),
            None if value.is_u64() => Err(format!("the ends of a range go up to {}", i64::MAX)),
            None => Err("a range has whole ends, such as 1..10".to_owned()),
        }
    };
    let (first, last) = (end(first)?, end(last)?);
    let span = i128::from(last) - i128::from(first);
    match usize::try_from(span) {
        Err(_) => Err(format!("{first} is after {last}")),
        Ok(span) if span >= MOST => Err(too_many(span.saturating_add(1))),
        Ok(span) => Ok(Several::Numbers { first, count: span + 1 }),
    }
}

fn days(text: &str, now: &Zoned) -> Result<Several, String> {
    let (first, last) = dates::range(text, now)?;
    let days = first.until(last).map_or(0, |span| span.get_days());
    let count = usize::try_from(days).unwrap_or(0) + 1;
    if count > MOST { Err(too_many(count)) } else { Ok(Several::Days { first, count }) }
}

/// The words between commas. They are counted before any is read: there may be half a million.
pub(super) fn words(text: &str) -> Result<impl Iterator<Item = &str>, String> {
    match text.split(',').count() {
        0..=MOST => Ok(text.split(',')),
        many => Err(too_many(many)),
    }
}

pub(super) fn too_many(count: usize) -> String {
    format!("{count} starts, but at most {MOST} go in one sweep")
}

/// All combinations of the values of some fields; the last field changes first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sweep(Vec<(String, Several)>);

impl Sweep {
    /// A sweep over these fields.
    ///
    /// # Errors
    /// If they are more than [`MOST`] starts.
    pub fn new(fields: Vec<(String, Several)>) -> Result<Self, String> {
        let counts = fields.iter().map(|(_, several)| several.count());
        let count = counts.fold(1_usize, usize::saturating_mul);
        if count > MOST { Err(too_many(count)) } else { Ok(Self(fields)) }
    }

    /// How many starts it is.
    pub fn count(&self) -> usize {
        self.0.iter().map(|(_, several)| several.count()).product()
    }

    /// The inputs of the `n`-th start, from 0.
    pub fn nth(&self, n: usize) -> Option<Map<String, Value>> {
        if n >= self.count() {
            return None;
        }
        let mut rest = n;
        let mut inputs = Vec::new();
        for (name, several) in self.0.iter().rev() {
            inputs.push((name.clone(), several.nth(rest % several.count())?));
            rest /= several.count();
        }
        Some(inputs.into_iter().rev().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn parse(kind: ParamKind, text: &str) -> Result<Several, String> {
        let now = "2026-11-24T10:00:00[UTC]".parse().unwrap();
        let choices = vec![json!("a"), json!(1)];
        Several::parse(kind, text, &ParamSpec { choices, ..ParamSpec::default() }, &now)
    }

    fn all(several: &Several) -> Vec<Value> {
        (0..several.count()).filter_map(|n| several.nth(n)).collect()
    }

    #[test]
    fn lists_and_ranges_are_the_values_they_name() {
        for (kind, text, expected) in [
            (ParamKind::Number, "-1..2", json!([-1, 0, 1, 2])),
            (ParamKind::Number, "-0..1", json!([0, 1])),
            (ParamKind::Number, "1, 2.5", json!([1, 2.5])),
            (ParamKind::Date, "-2d..today", json!(["2026-11-22", "2026-11-23", "2026-11-24"])),
            (ParamKind::Date, "today, 2024-02-29", json!(["2026-11-24", "2024-02-29"])),
            (ParamKind::Choice, "a, 1", json!(["a", 1])),
            (ParamKind::Text, "a, b..c", json!(["a, b..c"])),
            (ParamKind::Text, r#"["a", "b"]"#, json!(["a", "b"])),
            (ParamKind::Json, "[1, 2]", json!([[1, 2]])),
            (ParamKind::Checkbox, "true", json!([true])),
        ] {
            assert_eq!(json!(all(&parse(kind, text).unwrap())), expected, "{text}");
        }
    }

    #[test]
    fn what_is_none_or_too_many_is_refused() {
        for (kind, text, part) in [
            (ParamKind::Number, "3..1", "3 is after 1"),
            (ParamKind::Number, "1.5..3", "whole ends"),
            (ParamKind::Number, "1,,2", "not a number"),
            (ParamKind::Number, "1..1001", "at most 1000"),
            (ParamKind::Number, "1..12345678901234567890123", "cannot be sent exactly"),
            (ParamKind::Number, "1..18446744073709551615", "up to 9223372036854775807"),
            (ParamKind::Number, "-9223372036854775808..9223372036854775807", "at most 1000"),
            (ParamKind::Date, "-9y..today", "at most 1000"),
            (ParamKind::Date, "today..-1d", "is after"),
            (ParamKind::Choice, "a, c", "none of"),
            (ParamKind::Text, "[]", "empty"),
            (ParamKind::Text, "[1]", "list of texts"),
        ] {
            let reason = parse(kind, text).unwrap_err();
            assert!(reason.contains(part), "{text}: {reason}");
        }
        let hundred = || ("n".to_owned(), parse(ParamKind::Number, "1..100").unwrap());
        assert!(Sweep::new(vec![hundred(), hundred()]).unwrap_err().contains("10000 starts"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(crate::testkit::cases(256)))]

        #[test]
        fn a_sweep_is_every_combination_once(sizes in prop::collection::vec(1_i64..8, 0..4)) {
            let field = |(at, size): (usize, &i64)| {
                (format!("f{at}"), parse(ParamKind::Number, &format!("1..{size}")).unwrap())
            };
            let Ok(sweep) = Sweep::new(sizes.iter().enumerate().map(field).collect()) else {
                return Err(TestCaseError::reject("too many"));
            };
            let wanted: i64 = sizes.iter().product();
            prop_assert_eq!(i64::try_from(sweep.count()).unwrap(), wanted);
            let starts: std::collections::BTreeSet<_> = (0..sweep.count())
                .map(|n| Value::Object(sweep.nth(n).unwrap()).to_string())
                .collect();
            prop_assert_eq!(starts.len(), sweep.count(), "each once");
            prop_assert_eq!(sweep.nth(sweep.count()), None);
        }
    }
}

//! Whether a row holds one value or several, and how its text is read as several.
//!
//! A row that a person has marked has a list where another has a value, so commas part the values
//! of a text as well. What could then be misread is written as a JSON list.

use jiff::Zoned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::choice::{read_one, show_some, word_of};
use super::row::{ParamRow, name_error};
use super::value_list::{Several, words};
use super::{JsonError, ParamKind, from_json};

/// Values that a sentence names before it leaves the rest out.
const NAMED: usize = 3;

/// How many values the text of a row is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cardinality {
    /// One.
    #[default]
    One,
    /// A list or a range: one start for each.
    Several,
}

impl Cardinality {
    /// Whether it is one, as it is unless somebody has said otherwise.
    pub fn is_one(&self) -> bool {
        *self == Self::One
    }
}

impl ParamRow {
    /// Whether its text is a list or a range.
    pub fn is_several(&self) -> bool {
        self.holds == Cardinality::Several
    }

    /// Turns it between one value and several; its text stays.
    ///
    /// # Errors
    /// Why it cannot hold several.
    pub fn turn(&mut self) -> Result<(), &'static str> {
        if self.is_several() {
            self.holds = Cardinality::One;
            return Ok(());
        }
        if let Some(reason) = self.refuses_several() {
            return Err(reason);
        }
        self.holds = Cardinality::Several;
        if self.kind == ParamKind::Checkbox {
            // There is nothing else that several of it could be.
            "false, true".clone_into(&mut self.text);
        }
        Ok(())
    }

    fn refuses_several(&self) -> Option<&'static str> {
        match self.kind {
            _ if self.spec.secret => Some("a secret holds one value"),
            ParamKind::DateRange => {
                Some("two dates are one value here: take several from a CSV file")
            }
            ParamKind::MultiChoice => {
                Some("some choices are one value here: take several from a CSV file")
            }
            ParamKind::Null => Some("null holds one value"),
            _ => None,
        }
    }

    /// Its values, for a row that holds several: each is one that the row could hold by itself.
    ///
    /// # Errors
    /// Why its values cannot be sent.
    pub fn several(&self, now: &Zoned) -> Result<Several, String> {
        let reason = name_error(&self.spec.name).or(self.refuses_several());
        if let Some(reason) = reason {
            return Err(reason.to_owned());
        }
        let text = self.text.trim();
        if text.is_empty() {
            return Err(format!("no value yet: write {}", self.example()));
        }
        let several = match self.kind {
            ParamKind::Json => Several::list(json_list(text)?)?,
            ParamKind::Choice if text.starts_with('[') => {
                let items = json_list(text)?.into_iter();
                Several::list(items.map(|item| self.offered(item)).collect::<Result<_, _>>()?)?
            }
            ParamKind::Text if text.starts_with('[') => {
                Several::parse(self.kind, text, &self.spec, now)?
            }
            ParamKind::Text | ParamKind::Choice | ParamKind::Checkbox => {
                let value = |word: &str| match word.trim() {
                    "" => Err("a value is missing between two commas".to_owned()),
                    word => self.kind.read(word, &self.spec, now),
                };
                Several::list(words(text)?.map(value).collect::<Result<_, _>>()?)?
            }
            kind => Several::parse(kind, text, &self.spec, now)?,
        };
        match &several {
            Several::List(values) => twice(values).map_or(Ok(()), Err)?,
            Several::Numbers { .. } | Several::Days { .. } => {}
        }
        Ok(several)
    }

    /// A value of a JSON list, if it may be chosen.
    fn offered(&self, item: Value) -> Result<Value, String> {
        match &item {
            item if self.spec.choices.contains(item) => {}
            Value::String(_) if self.spec.choices.is_empty() => {}
            item => {
                read_one(&word_of(item), &self.spec.choices)?;
            }
        }
        Ok(item)
    }

    /// What could be written into it.
    pub fn example(&self) -> &'static str {
        match self.kind {
            ParamKind::Number => "1..10 or 1, 2, 5",
            ParamKind::Date => "-7d..yesterday or 2026-01-01, 2026-02-01",
            ParamKind::DateTime => "today 06:00, today 18:00",
            ParamKind::Checkbox => "false, true",
            ParamKind::Json => "a list, such as [1, {\"a\": 2}]",
            _ => "a, b or [\"a\", \"b\"]",
        }
    }

    /// What a row that holds several comes to: `10 values: 1, 2, 3 … 10`.
    pub fn comes_to(&self, now: &Zoned) -> Option<String> {
        let several = self.several(now).ok()?;
        let count = several.count();
        let words = |from: usize, to: usize| {
            (from..to).filter_map(|n| several.nth(n)).map(|value| word_of(&value))
        };
        let shown = words(0, count.min(NAMED)).collect::<Vec<_>>().join(", ");
        let last = words(count.saturating_sub(1).max(NAMED), count).next();
        let rest = match last {
            Some(last) if count > NAMED + 1 => format!(" … {last}"),
            Some(last) => format!(", {last}"),
            None => String::new(),
        };
        Some(format!("{count} value{}: {shown}{rest}", if count == 1 { "" } else { "s" }))
    }

    /// The text that a row with several reads as these values.
    pub fn show_several(values: &[Value]) -> String {
        show_some(values)
    }
}

fn json_list(text: &str) -> Result<Vec<Value>, String> {
    from_json(text).map_err(|error| match error {
        JsonError::Syntax(_) => "not a list: write [1, 2]".to_owned(),
        JsonError::Inexact(reason) => format!("{reason}: write it in quotes"),
    })
}

/// A value that is there twice: two starts that are the same are hardly ever meant.
fn twice(values: &[Value]) -> Option<String> {
    let mut seen = std::collections::BTreeSet::new();
    let again = values.iter().find(|value| !seen.insert(value.to_string()))?;
    Some(format!("`{}` is there twice: take one out", word_of(again)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::inputs::{Origin, ParamSpec, Source};
    use serde_json::json;

    fn row(kind: ParamKind, text: &str) -> ParamRow {
        let choices = match kind {
            ParamKind::Choice => vec![json!("a"), json!(1), json!("x, y")],
            _ => Vec::new(),
        };
        let spec = ParamSpec { choices, ..ParamSpec::named("p", Source::Export) };
        let (text, holds) = (text.to_owned(), Cardinality::Several);
        ParamRow { kind, text, set: true, holds, origin: Origin::Typed, spec }
    }

    fn now() -> Zoned {
        "2026-11-24T10:00:00[UTC]".parse().unwrap()
    }

    #[test]
    fn a_marked_row_is_the_values_that_stand_in_it() {
        for (kind, text, expected) in [
            (ParamKind::Text, "emea, amer", json!(["emea", "amer"])),
            (ParamKind::Text, r#"["a, b", "c"]"#, json!(["a, b", "c"])),
            (ParamKind::Number, "1..3", json!([1, 2, 3])),
            (ParamKind::Number, "2, 0.5", json!([2, 0.5])),
            (ParamKind::Date, "-1d..today", json!(["2026-11-23", "2026-11-24"])),
            (ParamKind::Choice, "1, a", json!([1, "a"])),
            (ParamKind::Choice, r#"["x, y", 1]"#, json!(["x, y", 1])),
            (ParamKind::Checkbox, "false, true", json!([false, true])),
            (ParamKind::Json, "[[1], null]", json!([[1], null])),
        ] {
            let several = row(kind, text).several(&now()).unwrap();
            let all: Vec<_> = (0..several.count()).filter_map(|n| several.nth(n)).collect();
            assert_eq!(json!(all), expected, "{text}");
        }
    }

    #[test]
    fn what_a_single_value_could_not_be_several_cannot_be_either() {
        for (kind, text, part) in [
            (ParamKind::Text, "a,, b", "missing between"),
            (ParamKind::Text, "", "no value yet"),
            (ParamKind::Text, "a, a", "`a` is there twice"),
            (ParamKind::Number, "1, many", "not a number"),
            (ParamKind::Choice, "a, c", "none of"),
            (ParamKind::Choice, "[\"c\"]", "none of"),
            (ParamKind::Checkbox, "true, maybe", "neither"),
            (ParamKind::Json, "{}", "not a list"),
            (ParamKind::Json, "[1, 12345678901234567890123]", "cannot be sent exactly"),
            (ParamKind::Choice, "[12345678901234567890123]", "cannot be sent exactly"),
            (ParamKind::Number, "1, 12345678901234567890123", "cannot be sent exactly"),
            (ParamKind::DateRange, "a..b", "CSV"),
            (ParamKind::MultiChoice, "a", "CSV"),
            (ParamKind::Null, "", "one value"),
        ] {
            let reason = row(kind, text).several(&now()).unwrap_err();
            assert!(reason.contains(part), "{kind:?} {text}: {reason}");
        }
        let mut bounded = row(ParamKind::Number, "1..11");
        (bounded.spec.min, bounded.spec.max) = (Some(0.0), Some(10.0));
        assert_eq!(bounded.several(&now()).unwrap_err(), "0 to 10");
        let mut secret = row(ParamKind::Text, "a, b");
        secret.spec.secret = true;
        assert!(secret.several(&now()).unwrap_err().contains("secret"));
        secret.holds = Cardinality::One;
        assert_eq!(secret.turn(), Err("a secret holds one value"));
    }

    #[test]
    fn it_says_what_it_comes_to() {
        for (text, said) in [
            ("1..10", "10 values: 1, 2, 3 … 10"),
            ("1..4", "4 values: 1, 2, 3, 4"),
            ("7", "1 value: 7"),
        ] {
            assert_eq!(row(ParamKind::Number, text).comes_to(&now()).unwrap(), said);
        }
        assert_eq!(row(ParamKind::Number, "many").comes_to(&now()), None);
    }
}

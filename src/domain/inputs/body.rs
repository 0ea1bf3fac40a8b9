//! The body of a start, read from JSON that a person or an earlier start wrote.
//!
//! Only what Hex knows is taken, and each mistake has its line.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::exact;
use super::row::name_error;
use super::start::{Conflict, RunOptions, StartRun};

/// A body, read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Body {
    /// Its input parameters.
    pub inputs: Map<String, Value>,
    /// What else it says.
    pub options: RunOptions,
}

/// What is wrong with a body.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct BodyError {
    /// Line of the text, from 1.
    pub line: usize,
    /// What to do about it.
    pub reason: String,
}

impl Body {
    /// Reads what a person wrote.
    ///
    /// # Errors
    /// The first mistake, with its line.
    pub fn parse(text: &str) -> Result<Self, BodyError> {
        let sent = exact::checked(text).map_err(|error| BodyError {
            line: text.get(..error.at).unwrap_or_default().matches('\n').count() + 1,
            reason: format!("{error}: write it in quotes, as a text"),
        })?;
        let Unique(value) = serde_json::from_str(&sent).map_err(|error| {
            let said = error.to_string();
            let reason = said.split(" at line ").next().unwrap_or(&said).to_owned();
            BodyError { line: error.line().max(1), reason }
        })?;
        Self::of(&value).map_err(|(key, reason)| BodyError { line: line_of(text, &key), reason })
    }

    /// Reads a body.
    ///
    /// # Errors
    /// The key that is wrong, and what to do about it.
    pub fn of(value: &Value) -> Result<Self, (String, String)> {
        let wrong = |key: &str, reason: &str| (key.to_owned(), format!("`{key}` {reason}"));
        let Value::Object(fields) = value else {
            return Err((String::new(), "the body must be an object: {}".to_owned()));
        };
        let mut body = Self::default();
        for (key, value) in fields {
            let flag =
                || value.as_bool().map(Some).ok_or_else(|| wrong(key, "must be true or false"));
            let options = &mut body.options;
            match (key.as_str(), value) {
                ("inputParams", Value::Object(inputs)) => body.inputs.clone_from(inputs),
                ("inputParams", _) => return Err(wrong(key, "must be an object")),
                ("updatePublishedResults", _) => options.update_published = flag()?,
                ("useCachedSqlResults", _) => options.use_cached_sql = flag()?,
                ("updateCache", _) => options.update_cache = flag()?,
                ("viewId", Value::String(view)) if !view.is_empty() => {
                    options.view = Some(view.clone());
                }
                ("viewId", _) => return Err(wrong(key, "must be the id of a saved view")),
                ("notifications", Value::Array(list)) => {
                    for item in list {
                        check_notification(item).map_err(|reason| wrong(key, reason))?;
                    }
                    options.notifications = Some(value.clone());
                }
                ("notifications", _) => return Err(wrong(key, "must be a list")),
                // False is what it is without it.
                ("dryRun", Value::Bool(false)) => {}
                ("dryRun", _) => {
                    return Err(wrong(key, "does not belong here: the review asks for a dry run"));
                }
                _ => return Err(wrong(key, "is nothing that Hex knows")),
            }
        }
        let bad = body.inputs.keys().find_map(|name| Some((name, name_error(name)?)));
        match bad {
            Some((name, reason)) => Err((name.clone(), format!("`{name}`: {reason}"))),
            None => Ok(body),
        }
    }
}

impl Body {
    /// The start that this is, without any secrets.
    ///
    /// # Errors
    /// If it has inputs beside what excludes them.
    pub fn into_start(self) -> Result<StartRun, Conflict> {
        match self.options.excludes_inputs() {
            Some(conflict) if !self.inputs.is_empty() => Err(conflict),
            _ => Ok(StartRun::new(self.inputs, self.options, BTreeSet::new())),
        }
    }
}

/// Hex's `ProjectRunNotification`, as far as a mistake in it can be told before Hex does.
fn check_notification(item: &Value) -> Result<(), &'static str> {
    let kind = item.get("type").and_then(Value::as_str);
    if !matches!(kind, Some("SUCCESS" | "FAILURE" | "ALL")) {
        return Err("needs a `type` in each entry: SUCCESS, FAILURE or ALL");
    }
    if !item.get("includeSuccessScreenshot").is_some_and(Value::is_boolean) {
        return Err("needs `includeSuccessScreenshot` in each entry: true or false");
    }
    Ok(())
}

/// The first line where a key stands.
fn line_of(text: &str, key: &str) -> usize {
    let quoted = Value::from(key).to_string();
    let is_key = |line: &str| {
        line.match_indices(&quoted).any(|(at, _)| {
            line.get(at + quoted.len()..).is_some_and(|rest| rest.trim_start().starts_with(':'))
        })
    };
    text.lines().position(is_key).map_or(1, |index| index + 1)
}

/// JSON in which no object names a key twice: of two, one would silently be lost.
struct Unique(Value);

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UniqueVisitor).map(Self)
    }
}

struct UniqueVisitor;

impl<'de> Visitor<'de> for UniqueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Unique(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = fields.next_key::<String>()? {
            if map.contains_key(&key) {
                return Err(de::Error::custom(format!("`{key}` stands here twice")));
            }
            let Unique(value) = fields.next_value()?;
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_mistake_has_its_line() {
        for (text, line, part) in [
            ("", 1, "EOF"),
            ("{\n \"inputParams\": {\n  \"a\": 1,\n }\n}", 4, "trailing comma"),
            ("{\n\"inputParams\": {\n\"a\": 1,\n\"a\": 2\n}}", 4, "`a` stands here twice"),
            ("[]", 1, "must be an object"),
            ("{\n\n\"inputParams\": null}", 3, "must be an object"),
            ("{\"inputParams\": {},\n\"dryRun\": true}", 2, "dry run"),
            ("{\n\"inputparams\": {}}", 2, "nothing that Hex knows"),
            ("{\"viewId\": \"\"}", 1, "saved view"),
            ("{\"inputParams\":\n{\"a b\": 1}}", 2, "only letters"),
            ("{\"useCachedSqlResults\": \"no\"}", 1, "true or false"),
            ("{\"notifications\":\n[{\"type\": \"SOME\"}]}", 1, "SUCCESS, FAILURE or ALL"),
            ("{\"notifications\": [{\"type\": \"ALL\"}]}", 1, "includeSuccessScreenshot"),
            ("{\"notifications\": {}}", 1, "must be a list"),
            (
                "{\n\"inputParams\": {\n\"a\": 12345678901234567890123}}",
                3,
                "12345678901234567890123 cannot be sent exactly: write it in quotes",
            ),
            ("{\"inputParams\": {\"a\": [[\n1e400]]}}", 2, "1e400 cannot be sent exactly"),
        ] {
            let error = Body::parse(text).unwrap_err();
            assert_eq!(error.line, line, "{text}: {error}");
            assert!(error.reason.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn a_whole_body_is_read() {
        let text = json!({
            "inputParams": {"a": [1, 2.5, -3, null, true, {"b": "c"}]},
            "updatePublishedResults": false,
            "useCachedSqlResults": true,
            "notifications": [{"type": "ALL", "includeSuccessScreenshot": false, "userIds": ["u"]}],
        });
        let body = Body::parse(&serde_json::to_string_pretty(&text).unwrap()).unwrap();
        assert_eq!(Value::Object(body.inputs), text["inputParams"]);
        assert_eq!(body.options.update_published, Some(false));
        assert_eq!(body.options.use_cached_sql, Some(true));
        assert_eq!(body.options.notifications.as_ref(), Some(&text["notifications"]));
    }
}

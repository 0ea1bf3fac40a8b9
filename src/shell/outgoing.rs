//! The one place through which text leaves the process: log, store, standard output and error.
//!
//! Tokens and secret inputs are taken out of it. What comes from the server is read without them
//! already (`api::redact`); this also holds what other crates log, and what nobody thought of.

use std::borrow::Cow;
use std::sync::LazyLock;

use serde_json::Value;

use crate::api::Redactor;

/// One a process, because there is one log and one standard output.
static REDACTOR: LazyLock<Redactor> = LazyLock::new(Redactor::default);

/// Knows the tokens and secret inputs that this process uses.
pub fn redactor() -> &'static Redactor {
    &REDACTOR
}

/// A text as it may leave.
pub fn clean(text: &str) -> Cow<'_, str> {
    REDACTOR.clean(text)
}

/// JSON as it may leave, and still JSON: only its texts change.
pub fn clean_json(json: &str) -> Cow<'_, str> {
    cleaned_json(&REDACTOR, json)
}

fn cleaned_json<'a>(redactor: &Redactor, json: &'a str) -> Cow<'a, str> {
    // Nearly always there is nothing to find.
    if let Cow::Borrowed(_) = redactor.clean(json) {
        return Cow::Borrowed(json);
    }
    let Ok(mut value) = serde_json::from_str::<Value>(json) else {
        return redactor.clean(json);
    };
    let mut open = vec![&mut value];
    while let Some(value) = open.pop() {
        match value {
            Value::String(text) => *text = redactor.clean(text).into_owned(),
            Value::Array(items) => open.extend(items),
            Value::Object(fields) => open.extend(fields.values_mut()),
            _ => {}
        }
    }
    Cow::Owned(value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Token;

    #[test]
    fn json_stays_json_whatever_is_taken_out_of_it() {
        let redactor = Redactor::default();
        redactor.add_token(&Token::new("1234567890").unwrap());
        for (json, clean) in [
            (
                r#"{"at":12345678901,"title":"a 1234567890"}"#,
                r#"{"at":12345678901,"title":"a [token]"}"#,
            ),
            (r#"["1234567890",{"a":["x1234567890"]}]"#, r#"["[token]",{"a":["x[token]"]}]"#),
            (r#"{"at":12345678901}"#, r#"{"at":12345678901}"#),
            (r#"{ "b": 1, "a": "as it is" }"#, r#"{ "b": 1, "a": "as it is" }"#),
        ] {
            assert_eq!(cleaned_json(&redactor, json), clean);
        }
    }
}

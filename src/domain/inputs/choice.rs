//! Values that are chosen from a list, and how several are written in one field.
//!
//! Several are words with commas between them; where a word could be misread, the whole field is
//! a JSON list instead.

use serde_json::Value;

use super::{JsonError, from_json};

/// How a value to choose is shown and typed: a text as it is, all else as JSON.
pub fn word_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

pub(super) fn read_one(text: &str, choices: &[Value]) -> Result<Value, String> {
    if choices.is_empty() {
        return Ok(Value::String(text.to_owned()));
    }
    let exact = choices.iter().find(|choice| word_of(choice) == text);
    exact.cloned().ok_or_else(|| format!("none of {}", list(choices)))
}

pub(super) fn read_some(text: &str, choices: &[Value]) -> Result<Value, String> {
    let text = text.trim();
    if text.starts_with('[') {
        let items: Vec<Value> = from_json(text).map_err(|error| match error {
            JsonError::Syntax(_) => "not a list: write a, b or [\"a\"]".to_owned(),
            JsonError::Inexact(reason) => format!("{reason}: write it in quotes"),
        })?;
        return match items.iter().find(|item| !choices.is_empty() && !choices.contains(item)) {
            Some(odd) => Err(format!("`{}` is none of {}", word_of(odd), list(choices))),
            None => Ok(Value::Array(items)),
        };
    }
    if text.is_empty() {
        return Ok(Value::Array(Vec::new()));
    }
    let item = |word: &str| {
        let word = word.trim();
        if word.is_empty() {
            return Err("a value is missing between two commas".to_owned());
        }
        if choices.is_empty() {
            return Ok(Value::String(word.to_owned()));
        }
        let choice = choices.iter().find(|choice| word_of(choice) == word);
        choice.cloned().ok_or_else(|| format!("`{word}` is none of {}", list(choices)))
    };
    text.split(',').map(item).collect::<Result<_, _>>().map(Value::Array)
}

/// The text that [`read_some`] reads as these items.
pub(super) fn show_some(items: &[Value]) -> String {
    let plain = |item: &Value| match item {
        Value::String(text) => {
            !text.is_empty() && text.trim() == text && !text.contains(',') && !text.starts_with('[')
        }
        // A list of choices may hold numbers, but never both 1 and "1" in one field.
        Value::Number(_) => true,
        _ => false,
    };
    let words: Vec<_> = items.iter().map(word_of).collect();
    let is_plain = items.iter().all(plain)
        && !(items.iter().any(Value::is_number) && items.iter().any(Value::is_string));
    if is_plain { words.join(", ") } else { Value::Array(items.to_vec()).to_string() }
}

/// The first choices, for a sentence.
fn list(choices: &[Value]) -> String {
    const SHOWN: usize = 6;
    let mut words: Vec<_> = choices.iter().take(SHOWN).map(word_of).collect();
    if choices.len() > SHOWN {
        words.push(format!("… ({} in all)", choices.len()));
    }
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_choice_is_the_value_behind_its_word() {
        let choices = [json!("emea"), json!(7), json!("a, b")];
        assert_eq!(read_one("7", &choices), Ok(json!(7)));
        assert_eq!(read_one("7", &[]), Ok(json!("7")), "nothing says that it is a number");
        assert_eq!(read_one("emae", &choices), Err("none of emea, 7, a, b".to_owned()));
        assert_eq!(read_some("emea, 7", &choices), Ok(json!(["emea", 7])));
        assert_eq!(read_some(r#"["a, b"]"#, &choices), Ok(json!(["a, b"])));
        assert_eq!(read_some("", &choices), Ok(json!([])));
        assert!(read_some("emea, b", &choices).unwrap_err().starts_with("`b` is none of"));
        assert!(read_some("emea,, 7", &choices).unwrap_err().contains("missing"));
        assert!(read_some("[1", &choices).unwrap_err().contains("not a list"));
        assert!(read_some("[1]", &choices).unwrap_err().contains("`1` is none of"));
    }

    #[test]
    fn what_words_could_not_say_is_shown_as_json() {
        assert_eq!(show_some(&[json!("smb"), json!("ent")]), "smb, ent");
        for items in [
            json!(["a, b"]),
            json!([" a"]),
            json!([""]),
            json!(["[x"]),
            json!([true]),
            json!([1, "1"]),
        ] {
            let items = items.as_array().unwrap();
            assert_eq!(show_some(items), json!(items).to_string());
            assert_eq!(read_some(&show_some(items), &[]), Ok(json!(items)));
        }
    }
}

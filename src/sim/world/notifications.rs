//! Who is told when a run ends: as a start asks for it, and as a run shows it.

use serde_json::{Map, Value, json};

use crate::sim::reply::Shape;
use crate::sim::validation;

/// The lists of recipients in a request: their field, their type in an answer.
const RECIPIENTS: [(&str, &str); 3] =
    [("slackChannelIds", "SLACK_CHANNEL"), ("userIds", "USER"), ("groupIds", "GROUP")];

/// Reads `notifications` of a start; gives it as a run shows it, one item for each recipient.
///
/// # Errors
/// What is wrong with it, for the `issues` of a 400.
pub(super) fn read(asked: &Value, shape: Shape) -> Result<Value, String> {
    const KINDS: [&str; 3] = ["SUCCESS", "FAILURE", "ALL"];
    let wrong_type = |value: &Value, expected| validation::wrong_type(shape, expected, value);
    let items = asked.as_array();
    let items = items.ok_or_else(|| format!("notifications: {}", wrong_type(asked, "array")))?;
    let mut shown = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let at = |field: &str, what: String| format!("notifications.{index}{field}: {what}");
        let object = item.as_object().ok_or_else(|| at("", wrong_type(item, "object")))?;
        let kind = object.get("type").and_then(Value::as_str).unwrap_or_default();
        if !KINDS.contains(&kind) {
            return Err(at(".type", validation::no_such_word(shape, &KINDS, kind)));
        }
        let screenshot = object.get("includeSuccessScreenshot").unwrap_or(&Value::Null);
        let wrong = || at(".includeSuccessScreenshot", wrong_type(screenshot, "boolean"));
        let screenshot = screenshot.as_bool().ok_or_else(wrong)?;
        let item = object;
        for (field, recipient) in RECIPIENTS {
            for id in ids(item, field, shape).map_err(|what| at(&format!(".{field}"), what))? {
                let mut one = json!({
                    "type": kind,
                    "recipientType": recipient,
                    "includeSuccessScreenshot": screenshot,
                    "recipient": { "id": id, "name": format!("{} {id}", recipient.to_lowercase()) },
                });
                if let Some(one) = one.as_object_mut() {
                    copy_words(item, one);
                }
                shown.push(one);
            }
        }
    }
    Ok(Value::Array(shown))
}

fn ids<'a>(
    item: &'a Map<String, Value>,
    field: &str,
    shape: Shape,
) -> Result<Vec<&'a str>, String> {
    let wrong = |value, expected| validation::wrong_type(shape, expected, value);
    match item.get(field) {
        None => Ok(Vec::new()),
        Some(Value::Array(ids)) => {
            ids.iter().map(|id| id.as_str().ok_or_else(|| wrong(id, "string"))).collect()
        }
        Some(other) => Err(wrong(other, "array")),
    }
}

fn copy_words(from: &Map<String, Value>, to: &mut Map<String, Value>) {
    for name in ["subject", "body"] {
        if let Some(word) = from.get(name) {
            to.insert(name.to_owned(), word.clone());
        }
    }
    // A single word in a request, an array in an answer.
    if let Some(format) = from.get("screenshotFormat") {
        to.insert("screenshotFormat".to_owned(), json!([format]));
    }
}

//! Who is told when a run ends: as a start asks for it, and as a run shows it.

use serde_json::{Map, Value, json};

/// The lists of recipients in a request: their field, their type in an answer.
const RECIPIENTS: [(&str, &str); 3] =
    [("slackChannelIds", "SLACK_CHANNEL"), ("userIds", "USER"), ("groupIds", "GROUP")];

/// Reads `notifications` of a start; gives it as a run shows it, one item for each recipient.
///
/// # Errors
/// What is wrong with it, for the `issues` of a 400.
pub(super) fn read(asked: &Value) -> Result<Value, String> {
    let items = asked.as_array().ok_or("notifications must be an array")?;
    let mut shown = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let at = |what: &str| format!("notifications[{index}]{what}");
        let item = item.as_object().ok_or_else(|| at(" must be an object"))?;
        let kind = item.get("type").and_then(Value::as_str).unwrap_or_default();
        if !["SUCCESS", "FAILURE", "ALL"].contains(&kind) {
            return Err(at(".type must be one of SUCCESS, FAILURE, ALL"));
        }
        let screenshot = item.get("includeSuccessScreenshot").and_then(Value::as_bool);
        let screenshot =
            screenshot.ok_or_else(|| at(".includeSuccessScreenshot must be a boolean"))?;
        for (field, recipient) in RECIPIENTS {
            for id in ids(item, field).map_err(|what| at(&what))? {
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

fn ids<'a>(item: &'a Map<String, Value>, field: &str) -> Result<Vec<&'a str>, String> {
    let wrong = || format!(".{field} must be an array of strings");
    match item.get(field) {
        None => Ok(Vec::new()),
        Some(Value::Array(ids)) => ids.iter().map(|id| id.as_str().ok_or_else(wrong)).collect(),
        Some(_) => Err(wrong()),
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

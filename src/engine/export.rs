//! JSON lines and CSV, for scripts and spreadsheets.
//!
//! Neither holds a character that acts on a terminal. In JSON it is escaped, and means the same; in
//! CSV it is replaced, and a text that a spreadsheet would run as a formula begins with `'`.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::domain::text::{clean, harmless_json};

/// The object with some of its values once more under the names that Hex's API has for such things, and
/// lengths of time in milliseconds as there: `(own, Hex's)`. The own names are older, and scripts read
/// them.
pub fn also_named(mut object: Value, names: &[(&str, &str)]) -> Value {
    if let Value::Object(line) = &mut object {
        for (own, hex) in names {
            let Some(value) = line.get(*own) else { continue };
            let value = match value.as_f64().filter(|_| own.ends_with("_seconds")) {
                Some(seconds) => millis(seconds),
                None => value.clone(),
            };
            line.insert((*hex).to_owned(), value);
        }
    }
    object
}

fn millis(seconds: f64) -> Value {
    let took = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
    Value::from(u64::try_from(took.as_millis()).unwrap_or(u64::MAX))
}

/// Objects, one a line.
pub fn json_lines(objects: impl IntoIterator<Item = Value>) -> String {
    objects.into_iter().map(|object| harmless_json(&object.to_string()) + "\n").collect()
}

/// The line of headings of a CSV (RFC 4180).
pub fn csv_headings(columns: &[&str]) -> String {
    written(|rows| {
        // Memory cannot refuse to be written.
        let _ = rows.write_record(columns);
    })
}

/// Objects as the lines of a CSV (RFC 4180) that has these columns.
pub fn csv_rows(columns: &[&str], objects: impl IntoIterator<Item = Value>) -> String {
    written(|rows| {
        for object in objects {
            let Value::Object(line) = object else { continue };
            // Neither can a row of as many cells as the headings.
            let _ = rows.write_record(columns.iter().map(|column| cell(&line, column)));
        }
    })
}

fn written(write: impl FnOnce(&mut csv::Writer<Vec<u8>>)) -> String {
    let mut builder = csv::WriterBuilder::new();
    let mut rows = builder.terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    write(&mut rows);
    rows.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}

fn cell(line: &Map<String, Value>, column: &str) -> String {
    match line.get(column) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => inert(clean(text)),
        Some(Value::Array(list)) => {
            inert(clean(&list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" ")))
        }
        Some(other) => harmless_json(&other.to_string()),
    }
}

/// The text as one that no spreadsheet runs (OWASP, "CSV Injection").
fn inert(text: String) -> String {
    let is_formula = text.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    if is_formula { format!("'{text}") } else { text }
}

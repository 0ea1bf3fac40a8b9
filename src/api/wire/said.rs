//! What a body says, as one short line.
//!
//! Five shapes are known: `reason` and `details`; `message` alone; `code`, `message` and `issues`;
//! bare text; and the `invalid` and `notFound` inputs of a 422, which have no line. Whatever else
//! comes is not Hex's, and of a web page only the title is told.

use http::StatusCode;
use serde_json::Value;

use super::fields;
use crate::api::error::WEB_PAGE;
use crate::domain::text::cut;

/// Characters kept of what a server says.
const LONGEST_MESSAGE: usize = 500;
/// Characters kept of a web page's title, and bytes in which it is looked for.
const LONGEST_TITLE: usize = 80;
const TITLE_WITHIN: usize = 4096;

/// The line for a body, given as JSON (null if it is none) and as it came.
pub(super) fn message(json: &Value, body: &[u8], status: StatusCode) -> String {
    let message = if json.is_object() { in_json(json) } else { in_text(body, status) };
    shortened(&message, LONGEST_MESSAGE)
}

/// Whether a body that is not JSON is a page for a browser.
pub(super) fn is_web_page(body: &[u8]) -> bool {
    body.trim_ascii_start().starts_with(b"<")
}

/// The head line of any of the shapes, then what it says in particular.
fn in_json(body: &Value) -> String {
    let head = ["message", "reason", "error", "code"]
        .iter()
        .find_map(|name| fields::text(body, name))
        .unwrap_or_default();
    let issues = fields::list(body, "issues").unwrap_or_default();
    let particulars: Vec<_> = fields::text(body, "details")
        .into_iter()
        .chain(issues.iter().filter_map(|issue| fields::text(issue, "message")))
        .filter(|text| *text != head)
        .collect();
    match (head.is_empty(), particulars.is_empty()) {
        (_, true) => head,
        (true, false) => particulars.join("; "),
        (false, false) => format!("{head}: {}", particulars.join("; ")),
    }
}

/// Bare text as it is, unless it only repeats the status; a web page by its title.
fn in_text(body: &[u8], status: StatusCode) -> String {
    if is_web_page(body) {
        return match title(body) {
            Some(title) => format!("{WEB_PAGE} titled `{title}`"),
            None => WEB_PAGE.to_owned(),
        };
    }
    let text = String::from_utf8_lossy(body);
    let text = text.trim();
    match status.canonical_reason() {
        Some(reason) if text.eq_ignore_ascii_case(reason) => String::new(),
        _ => text.to_owned(),
    }
}

fn title(page: &[u8]) -> Option<String> {
    let start = page.get(..TITLE_WITHIN).unwrap_or(page);
    let text = String::from_utf8_lossy(start);
    // Lower case of ASCII only, so that positions stay the same.
    let at = text.to_ascii_lowercase().find("<title>")? + "<title>".len();
    let title = shortened(text.get(at..)?.split('<').next()?, LONGEST_TITLE);
    (!title.is_empty()).then_some(title)
}

/// `text` on one line, clean, of at most `limit` characters.
fn shortened(text: &str, limit: usize) -> String {
    // No word is looked at that is left out.
    let line = text.split_whitespace().take(limit).collect::<Vec<_>>().join(" ");
    cut(&line, limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(body: &str) -> String {
        let json = serde_json::from_str(body).unwrap_or_default();
        message(&json, body.as_bytes(), StatusCode::BAD_GATEWAY)
    }

    #[test]
    fn a_body_is_said_in_one_short_line_whatever_it_is() {
        let page = "<!DOCTYPE html>\n<HTML><head><Title> 502  Bad Gateway\n</title>…";
        let long = "a ".repeat(2000);
        let table = [
            ("", String::new()),
            ("  \n", String::new()),
            ("Bad Gateway", String::new()),
            ("no healthy\r\nupstream", "no healthy upstream".to_owned()),
            (page, "a web page titled `502 Bad Gateway`".to_owned()),
            ("<html></html>", "a web page".to_owned()),
            (long.as_str(), format!("{}a…", "a ".repeat(249))),
            ("no\u{1b}[2J \u{202e}route", "no·[2J ·route".to_owned()),
            (r#"{"code": "X"}"#, "X".to_owned()),
            (r#"{"error": "broken"}"#, "broken".to_owned()),
            (
                r#"{"message": "m", "issues": [{"message": "a"}, {"message": "m"}, 7, {"message": "b"}]}"#,
                "m: a; b".to_owned(),
            ),
            (r#"{"details": "only details"}"#, "only details".to_owned()),
            (r#"{"message": {"text": "m"}}"#, String::new()),
            (r#"["a list"]"#, r#"["a list"]"#.to_owned()),
        ];
        for (body, expected) in table {
            assert_eq!(said(body), expected, "{body}");
        }
    }
}

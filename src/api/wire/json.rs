//! The JSON of an answer, read so that one bad value costs only itself, within bounds.
//!
//! `serde_json` decides what is JSON; [`repair`] only replaces, before it reads, single tokens
//! that would make it refuse the whole, and [`bounded`] limits what is kept:
//!
//! | in the body | is read as |
//! |---|---|
//! | bytes that are no UTF-8, half of a surrogate pair, an unknown escape | U+FFFD in the text |
//! | a raw control character in a text | a space |
//! | `1e400`, `NaN`, `01`, an integer that 64 bits do not hold | [`unreadable`] |
//! | what nests too deep, a text that is too long | [`unreadable`] |
//! | the second of two equal names in an object | goes over the first |
//! | a byte order mark; anything after the end of the object or list | left out |
//!
//! What is unreadable is not null, because null says something: that nothing was published, that
//! there is no further page. A body that ends in the middle is marked as cut: a list in it may
//! lack entries and must not be believed.

mod bounded;
mod repair;

use serde_json::{Map, Value};

use super::said;
use crate::api::Redactor;
use crate::api::error::{EMPTY, NOT_JSON, WEB_PAGE};

/// The value of a body.
#[derive(Debug, PartialEq)]
pub(super) struct Document {
    /// What could be read of it.
    pub(super) value: Value,
    /// Whether the body ends in the middle of it.
    pub(super) is_cut: bool,
}

impl Document {
    /// The value of a body that is whole.
    pub(super) fn whole(self) -> Result<Value, String> {
        if self.is_cut { Err("JSON that ends in the middle".to_owned()) } else { Ok(self.value) }
    }
}

/// Stands for a value that is there but cannot be read: an object without fields is no text, no
/// number and no list, and is not null.
pub(super) fn unreadable() -> Value {
    Value::Object(Map::new())
}

/// Reads a body, each text and name in it without what the redactor knows: JSON can spell a text
/// in many ways, of which only the reader sees the meaning.
///
/// # Errors
/// The reason, in words that go on "the answer could not be read: …".
pub(super) fn read(body: &[u8], redactor: &Redactor) -> Result<Document, String> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    if body.trim_ascii().is_empty() {
        return Err(EMPTY.to_owned());
    }
    if is_utf16(body) {
        return Err("text in UTF-16, but JSON is UTF-8".to_owned());
    }
    let repaired = repair::repair(String::from_utf8_lossy(body));
    match bounded::read(&repaired.text, redactor) {
        Ok(value) => Ok(Document { value, is_cut: repaired.is_cut }),
        Err(bounded::Error::TooLarge(reason)) => Err(reason),
        Err(bounded::Error::Syntax) if said::is_web_page(body) => Err(WEB_PAGE.to_owned()),
        Err(bounded::Error::Syntax) => Err(NOT_JSON.to_owned()),
    }
}

/// Whether it begins with a byte order mark of UTF-16, or with a zero byte beside its first
/// character, which JSON in UTF-8 never has.
fn is_utf16(body: &[u8]) -> bool {
    matches!(body, [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, 1..=255, ..] | [1..=255, 0, ..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn read(body: &[u8]) -> Result<Document, String> {
        super::read(body, &Redactor::default())
    }

    fn value(body: impl AsRef<[u8]>) -> Value {
        read(body.as_ref()).unwrap().whole().unwrap()
    }

    #[test]
    fn one_bad_value_costs_only_itself() {
        for (bad, seen) in [
            (&br#""caf\ud83d""#[..], json!("caf\u{fffd}")),
            (br#""\udc00\ud83d\ud83d\ude00""#, json!("\u{fffd}\u{fffd}\u{1f600}")),
            (br#""\ud83d\n""#, json!("\u{fffd}\n")),
            (br#""\u12""#, json!("\u{fffd}u12")),
            (br#""\x41 \q \" ""#, json!("\u{fffd}x41 \u{fffd}q \" ")),
            (b"-", unreadable()),
            (b"\"caf\xe9\"", json!("caf\u{fffd}")),
            (b"\"\xff\xc3\xa9\xf0\x9f\"", json!("\u{fffd}é\u{fffd}")),
            (b"\"a\tb\nc\0\"", json!("a b c ")),
            (b"1e400", unreadable()),
            (b"-1e400", unreadable()),
            (b"NaN", unreadable()),
            (b"-Infinity", unreadable()),
            (b"01", unreadable()),
            (b"+1", unreadable()),
            (b".5", unreadable()),
            (b"1.", unreadable()),
            (b"0x1F", unreadable()),
            (b"12345678901234567890123", unreadable()),
            (b"-9223372036854775809", unreadable()),
            (b"18446744073709551615", json!(u64::MAX)),
            (b"-9223372036854775808", json!(i64::MIN)),
            (b"-0", json!(-0.0)),
            (b"1e-400", json!(0.0)),
            (b"2.5E+3", json!(2500.0)),
        ] {
            for (before, after) in [("{\"a\": ", "}"), ("{\"a\":", ",\"b\":1}")] {
                let body = [before.as_bytes(), bad, after.as_bytes()].concat();
                let text = String::from_utf8_lossy(bad).into_owned();
                assert_eq!(value(&body)["a"], seen, "{text}");
                assert_eq!(value(&body).get("b").is_some(), after.contains('b'), "{text}");
            }
            let list = [b"[1,", bad, b", 2]"].concat();
            assert_eq!(value(list), json!([1, seen, 2]));
        }
    }

    #[test]
    fn what_is_around_the_value_does_not_matter() {
        for body in [
            "\u{feff}{\"a\":1}",
            " {\"a\":1}\n",
            "{\"a\":1}\0\0",
            "{\"a\":1}<!-- x -->",
            "{\"a\":1}{\"a\":2}",
            "{\"a\":1}}",
            "{\"a\":0,\"a\":1}",
        ] {
            assert_eq!(value(body), json!({"a": 1}), "{body}");
        }
    }

    #[test]
    fn what_is_no_json_says_what_it_is() {
        let utf16 = |to_bytes: fn(u16) -> [u8; 2], mark: &str| {
            let text = format!("{mark}{{\"runs\": []}}");
            text.encode_utf16().flat_map(to_bytes).collect::<Vec<_>>()
        };
        let in_utf16 = "text in UTF-16, but JSON is UTF-8";
        for (body, reason) in [
            (b"".to_vec(), EMPTY),
            (b" \n".to_vec(), EMPTY),
            (b"\xef\xbb\xbf".to_vec(), EMPTY),
            (b"<html>".to_vec(), WEB_PAGE),
            (b"502 Bad Gateway".to_vec(), NOT_JSON),
            (b"OK".to_vec(), NOT_JSON),
            (b"runs: []".to_vec(), NOT_JSON),
            (b"{\"a\": 1 2}".to_vec(), NOT_JSON),
            (b"{\"a\": yes}".to_vec(), NOT_JSON),
            (b"{a: 1}".to_vec(), NOT_JSON),
            (b"{\"a\" \"b\"}".to_vec(), NOT_JSON),
            (b"[1}".to_vec(), NOT_JSON),
            (b"\xe9\xe9".to_vec(), NOT_JSON),
            (b"\"caf".to_vec(), NOT_JSON),
            (utf16(u16::to_le_bytes, ""), in_utf16),
            (utf16(u16::to_be_bytes, ""), in_utf16),
            (utf16(u16::to_le_bytes, "\u{feff}"), in_utf16),
            (utf16(u16::to_be_bytes, "\u{feff}"), in_utf16),
        ] {
            assert_eq!(read(&body).unwrap_err(), reason, "{}", String::from_utf8_lossy(&body));
        }
    }

    #[test]
    fn a_body_that_ends_in_the_middle_keeps_its_whole_values_and_says_so() {
        for (body, kept) in [
            (r#"{"a": "x", "b": "y"#, json!({"a": "x"})),
            (r#"{"a": "x", "b": "\ud83"#, json!({"a": "x"})),
            (r#"{"a": "x", "b": 12"#, json!({"a": "x"})),
            (r#"{"a": "x""#, json!({})),
            (r#"{"a": [1, {"b": 2}, {"c": 3, "d"#, json!({"a": [1, {"b": 2}, {"c": 3}]})),
            ("[[[", json!([[[]]])),
        ] {
            let document = read(body.as_bytes()).unwrap();
            assert_eq!(document, Document { value: kept, is_cut: true }, "{body}");
            assert_eq!(document.whole(), Err("JSON that ends in the middle".to_owned()));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(crate::testkit::cases(256)))]

        #[test]
        fn json_is_read_as_serde_json_reads_it(
            texts in prop::collection::vec(".{0,12}", 0..5),
            number in any::<f64>(), whole in any::<i64>(), large in any::<u64>(),
        ) {
            let good = json!({"texts": texts, "n": [number, whole, large], "o": {"t": true}});
            for text in [good.to_string(), serde_json::to_string_pretty(&good).unwrap()] {
                prop_assert_eq!(value(&text), serde_json::from_str::<Value>(&text).unwrap());
            }
        }

        #[test]
        fn whatever_serde_json_accepts_is_accepted(
            text in "[\\[\\]{}:,\" a1e.\\\\u0d8-]{0,24}",
        ) {
            if let Ok(Value::Object(_) | Value::Array(_)) = serde_json::from_str::<Value>(&text) {
                prop_assert!(!read(text.as_bytes()).unwrap().is_cut);
            }
        }

        #[test]
        fn any_bytes_are_read_or_refused(
            body in prop::collection::vec(any::<u8>(), 0..64),
            json in "[\\[\\]{}:,\" a1e.\\\\u0d8-]{0,40}",
        ) {
            let _ = (read(&body), read(json.as_bytes()));
        }
    }
}

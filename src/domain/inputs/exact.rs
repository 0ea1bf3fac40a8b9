//! Numbers that are sent exactly as they were written, or not at all.
//!
//! JSON has numbers of any size, but `serde_json` keeps integers of 64 bits and `f64`, and turns
//! the rest into the nearest `f64`. So each number is compared with the text that would be sent:
//!
//! * a whole number, in whatever notation, is sent with exactly its value or refused. What fits
//!   in 64 bits is sent exactly, also beyond 2^53, where a reader in JavaScript rounds it;
//! * a fraction is sent as the shortest text of the nearest `f64` (0.1 as 0.1), as any reader of
//!   JSON takes it; it is refused where that is infinite, or zero;
//! * `-0` is sent as `0`.

use serde::de::DeserializeOwned;
use serde_json::{Number, Value};

/// A number that would be sent as another one. `Display` says which; the way out of it depends on
/// where the number stands.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} cannot be sent exactly", shortened(.number))]
pub(super) struct Inexact {
    number: String,
    /// Where it begins, in bytes of the text.
    pub(super) at: usize,
}

/// Why a text is no JSON that can be sent.
#[derive(Debug, thiserror::Error)]
pub enum JsonError {
    /// It is no JSON, or not of the type that is wanted.
    #[error(transparent)]
    Syntax(#[from] serde_json::Error),
    /// One of its numbers would be sent as another one.
    #[error("{0}: write it in quotes, as a text")]
    Inexact(String),
}

/// Reads JSON that a person wrote.
///
/// # Errors
/// If it is none, or has a number that would be sent as another one.
pub fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, JsonError> {
    let text = checked(text).map_err(|error| JsonError::Inexact(error.to_string()))?;
    Ok(serde_json::from_str(&text)?)
}

/// The text with `0` for each `-0`, at the same columns; an error for the first number that would
/// be sent as another one. What is no JSON stays for the reader to refuse.
pub(super) fn checked(text: &str) -> Result<String, Inexact> {
    let mut sent = text.as_bytes().to_vec();
    let mut at = 0;
    while let Some(byte) = text.as_bytes().get(at) {
        let length = match byte {
            b'"' => string_length(text.as_bytes().get(at..).unwrap_or_default()),
            b'-' | b'0'..=b'9' => {
                let length = text.get(at..).map_or(1, number_length);
                let token = text.get(at..at + length).unwrap_or_default();
                if !is_exact(token) {
                    return Err(Inexact { number: token.to_owned(), at });
                }
                if let ("-0", Some(sign)) = (token, sent.get_mut(at)) {
                    *sign = b' ';
                }
                length
            }
            _ => 1,
        };
        at += length;
    }
    // Only signs have become blanks.
    Ok(String::from_utf8(sent).unwrap_or_else(|_| text.to_owned()))
}

/// The number that a text without anything around it is; nothing for what JSON does not call a
/// number.
pub(super) fn number(text: &str) -> Option<Result<Value, Inexact>> {
    decimal(text)?;
    Some(match checked(text) {
        Ok(sent) => Ok(serde_json::from_str(&sent).ok()?),
        Err(error) => Err(error),
    })
}

/// Bytes of the string at the start of `text`, with its quotes.
fn string_length(text: &[u8]) -> usize {
    let mut escaped = false;
    let end = text.iter().skip(1).position(|byte| {
        let is_end = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        is_end
    });
    end.map_or(text.len(), |end| end + 2)
}

/// Bytes of the number at the start of `text`.
fn number_length(text: &str) -> usize {
    let is_in_number = |letter: char| letter.is_ascii_alphanumeric() || "+-.".contains(letter);
    text.find(|letter| !is_in_number(letter)).unwrap_or(text.len())
}

/// Whether a token is sent with the value that it has; true for what is no number.
fn is_exact(token: &str) -> bool {
    let Some(written) = decimal(token) else { return true };
    let Ok(number) = serde_json::from_str::<Number>(token) else { return false };
    let is_zero = |decimal: &Decimal<'_>| decimal.digits.is_empty();
    match decimal(&number.to_string()) {
        Some(sent) if sent == written => true,
        Some(sent) => !written.is_whole() && !is_zero(&sent),
        None => false,
    }
}

/// A decimal number, `0.digits × 10^exponent`, without zeros at either end of its digits.
#[derive(PartialEq)]
struct Decimal<'a> {
    is_negative: bool,
    digits: std::borrow::Cow<'a, str>,
    exponent: i64,
}

impl Decimal<'_> {
    fn is_whole(&self) -> bool {
        i64::try_from(self.digits.len()).is_ok_and(|digits| digits <= self.exponent)
    }
}

/// Reads a JSON number (RFC 8259 §6). Zero is positive and has no digits.
fn decimal(text: &str) -> Option<Decimal<'_>> {
    let (is_negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (mantissa, power) = match rest.split_once(['e', 'E']) {
        Some((mantissa, power)) => (mantissa, Some(power)),
        None => (rest, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let leads = whole.len() > 1 && whole.starts_with('0');
    if !is_digits(whole) || leads || !fraction.is_none_or(is_digits) {
        return None;
    }
    let power = match power {
        None => 0,
        Some(power) => exponent(power)?,
    };
    let fraction = fraction.unwrap_or_default();
    let all = [whole, fraction].concat();
    let digits = all.trim_start_matches('0');
    let zeros = i64::try_from(all.len() - digits.len()).ok()?;
    let digits = digits.trim_end_matches('0').to_owned();
    if digits.is_empty() {
        return Some(Decimal { is_negative: false, digits: digits.into(), exponent: 0 });
    }
    let exponent = power.saturating_add(i64::try_from(whole.len()).ok()?).saturating_sub(zeros);
    Some(Decimal { is_negative, digits: digits.into(), exponent })
}

/// The digits after `e`, with their sign; those that no `i64` holds are its ends.
fn exponent(text: &str) -> Option<i64> {
    let (is_negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let size = digits.parse().unwrap_or(i64::MAX / 2);
    Some(if is_negative { -size } else { size })
}

/// A number for a sentence: one that fills the line is cut.
fn shortened(number: &str) -> String {
    const SHOWN: usize = 40;
    match number.get(..SHOWN) {
        Some(start) if number.len() > SHOWN => format!("{start}…"),
        _ => number.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn a_number_is_sent_with_its_value_or_refused() {
        for (text, sent) in [
            ("0", "0"),
            ("-0", "0"),
            ("12", "12"),
            ("-9223372036854775808", "-9223372036854775808"),
            ("18446744073709551615", "18446744073709551615"),
            ("9007199254740993", "9007199254740993"),
            ("0.1", "0.1"),
            ("-0.50", "-0.5"),
            ("1e6", "1000000.0"),
            ("1E+23", "1e+23"),
            ("3.14159265358979323846", "3.141592653589793"),
            ("0.10000000000000001", "0.1"),
            ("5e-324", "5e-324"),
            ("1.0", "1.0"),
            ("0e999999999999999999999", "0.0"),
        ] {
            let value = number(text).unwrap().unwrap();
            assert_eq!(value.to_string(), sent, "{text}");
        }
    }

    #[test]
    fn a_number_that_would_become_another_one_is_refused_in_any_notation() {
        for text in [
            "12345678901234567890123",
            "-12345678901234567890123",
            "18446744073709551616",
            "-9223372036854775809",
            "12345678901234567890123.0",
            "1.2345678901234567890123e22",
            "1e400",
            "-1e400",
            "1e-400",
            "1e99999999999999999999",
            "1e-99999999999999999999",
        ] {
            let error = number(text).unwrap().unwrap_err();
            assert_eq!(error.to_string(), format!("{text} cannot be sent exactly"));
            for json in [text.to_owned(), format!("{{\"a\": [1, {text}]}}")] {
                let error = from_json::<Value>(&json).unwrap_err().to_string();
                assert!(error.starts_with(&format!("{text} cannot be sent exactly: write")));
            }
        }
        let long = number(&"9".repeat(5000)).unwrap().unwrap_err().to_string();
        assert_eq!(long, format!("{}… cannot be sent exactly", "9".repeat(40)));
    }

    #[test]
    fn what_is_no_number_of_json_is_none() {
        for text in ["", "-", "01", "1.", ".5", "+1", "1e", "1e+", "0x1", "NaN", "1 2", "--1", "é"]
        {
            assert_eq!(number(text), None, "{text}");
        }
    }

    #[test]
    fn digits_inside_of_strings_and_names_stay_text() {
        let text = r#"{"12345678901234567890123": "1e400 \" 1e400 \\", "a": -0, "b": [-0, 2]}"#;
        let value: Value = from_json(text).unwrap();
        let expected = json!({"12345678901234567890123": "1e400 \" 1e400 \\", "a": 0, "b": [0, 2]});
        assert_eq!(value.to_string(), expected.to_string());
        for text in ["", "{", "\"", "\"\\", "[1,]", "1e400x", "é1"] {
            assert!(matches!(from_json::<Value>(text), Err(JsonError::Syntax(_))), "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(crate::testkit::cases(256)))]

        #[test]
        fn whatever_rust_holds_is_accepted_and_unchanged(
            whole in any::<i64>(), large in any::<u64>(), float in any::<f64>(),
        ) {
            for value in [json!(whole), json!(large), json!(float)] {
                let sent: Value = from_json(&value.to_string()).unwrap();
                if value.as_f64() != Some(0.0) {
                    prop_assert_eq!(sent, value);
                }
            }
        }

        #[test]
        fn a_whole_number_in_any_notation_is_exact_or_refused(
            digits in "[1-9][0-9]{0,30}", shift in 0..12_usize,
        ) {
            let text = format!("{digits}.0e{shift}");
            let plain = format!("{digits}{}", "0".repeat(shift));
            if let Some(Ok(value)) = number(&text) {
                let sent = value.to_string();
                prop_assert!(decimal(&sent).unwrap() == decimal(&plain).unwrap(), "{} {}", text, sent);
            }
            let fits = plain.parse::<u64>().is_ok();
            prop_assert_eq!(number(&plain).unwrap().is_ok(), fits || number(&text).unwrap().is_ok());
        }

        #[test]
        fn any_text_is_read_without_a_panic(text in ".{0,40}|[-0-9.eE\"\\\\{}:,\\[\\]]{0,20}") {
            let _ = number(&text);
            let ours = from_json::<Value>(&text);
            if let Err(JsonError::Syntax(_)) = ours {
                prop_assert!(serde_json::from_str::<Value>(&text).is_err());
            }
        }
    }
}

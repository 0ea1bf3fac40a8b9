//! Replaces what would make a strict reader refuse a whole body because of one value.
//!
//! One pass over the text, without recursion. Brackets, commas and names stay as they are; what
//! is wrong with those is for the reader to refuse.

use std::borrow::Cow;

use serde_json::Number;

/// What an unreadable value is replaced by: see `unreadable`.
const UNREADABLE: &str = "{}";

/// A body that a strict reader accepts or refuses for its structure alone.
#[derive(Debug)]
pub(super) struct Repaired<'a> {
    pub(super) text: Cow<'a, str>,
    /// Whether the body ended inside of its value: what was whole by then has been closed.
    pub(super) is_cut: bool,
}

pub(super) fn repair(text: Cow<'_, str>) -> Repaired<'_> {
    let mut repair = Repair::new(&text);
    repair.value();
    let is_cut = !repair.open.is_empty();
    match repair.finish() {
        Some(changed) => Repaired { text: Cow::Owned(changed), is_cut },
        None => Repaired { text, is_cut },
    }
}

struct Repair<'a> {
    text: &'a str,
    /// Where it is in `text`.
    at: usize,
    /// Where what has not been copied into `done` begins.
    copied: usize,
    done: String,
    /// The brackets that close what is open, the innermost last.
    open: Vec<char>,
    /// Up to where the result is whole once everything open is closed.
    whole: usize,
}

impl<'a> Repair<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, at: 0, copied: 0, done: String::new(), open: Vec::new(), whole: 0 }
    }

    /// Goes to the end of the first object or list.
    fn value(&mut self) {
        while let Some(byte) = self.byte(0) {
            match byte {
                b'"' => self.string(),
                b'{' | b'[' => {
                    self.open.push(if byte == b'{' { '}' } else { ']' });
                    self.at += 1;
                    self.mark();
                }
                b'}' | b']' => {
                    self.open.pop();
                    self.at += 1;
                    self.mark();
                    if self.open.is_empty() {
                        return;
                    }
                }
                b',' => {
                    self.mark();
                    self.at += 1;
                }
                _ if is_in_word(byte) && !self.open.is_empty() => self.word(),
                _ => self.at += 1,
            }
        }
    }

    fn byte(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at + ahead).copied()
    }

    fn mark(&mut self) {
        self.whole = self.done.len() + (self.at - self.copied);
    }

    /// Puts `by` in place of the next `length` bytes.
    fn replace(&mut self, length: usize, by: &str) {
        self.done.push_str(self.text.get(self.copied..self.at).unwrap_or_default());
        self.done.push_str(by);
        self.at += length;
        self.copied = self.at;
    }

    fn string(&mut self) {
        self.at += 1;
        while let Some(byte) = self.byte(0) {
            match byte {
                b'"' => {
                    self.at += 1;
                    return;
                }
                b'\\' => self.escape(),
                0..=0x1f => self.replace(1, " "),
                _ => self.at += 1,
            }
        }
    }

    fn escape(&mut self) {
        match self.byte(1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 2,
            Some(b'u') => match (self.unit(2), self.byte(6), self.byte(7), self.unit(8)) {
                (Some(0xd800..=0xdbff), Some(b'\\'), Some(b'u'), Some(0xdc00..=0xdfff)) => {
                    self.at += 12;
                }
                (Some(0xd800..=0xdfff), ..) => self.replace(6, "\\ufffd"),
                (Some(_), ..) => self.at += 6,
                (None, ..) => self.replace(1, "\u{fffd}"),
            },
            _ => self.replace(1, "\u{fffd}"),
        }
    }

    /// The four hexadecimal digits that stand `ahead`.
    fn unit(&self, ahead: usize) -> Option<u16> {
        let digits = self.text.get(self.at + ahead..self.at + ahead + 4)?;
        let are_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        are_hex.then(|| u16::from_str_radix(digits, 16).ok())?
    }

    /// A number, or a word such as `true`.
    fn word(&mut self) {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let length = rest.bytes().position(|byte| !is_in_word(byte)).unwrap_or(rest.len());
        let word = rest.get(..length).unwrap_or_default();
        if is_bad_number(word) {
            self.replace(length, UNREADABLE);
        } else {
            self.at += length;
        }
    }

    /// The result, if it is another than the text.
    fn finish(mut self) -> Option<String> {
        if self.copied == 0 && self.at == self.text.len() && self.open.is_empty() {
            return None;
        }
        self.replace(0, "");
        if !self.open.is_empty() {
            self.done.truncate(self.whole);
            self.done.extend(self.open.iter().rev());
        }
        Some(self.done)
    }
}

fn is_in_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+-._".contains(&byte)
}

/// Whether a word stands for a number, but for none that can be kept: beyond all bounds, an
/// integer that would be rounded, not written as JSON writes it, or not finite.
fn is_bad_number(word: &str) -> bool {
    let unsigned = word.trim_start_matches(['-', '+']);
    let is_like_one = unsigned.is_empty()
        || unsigned.starts_with(|first: char| first == '.' || first.is_ascii_digit())
        || ["nan", "inf", "infinity"].iter().any(|name| unsigned.eq_ignore_ascii_case(name));
    let is_integer = unsigned.bytes().all(|byte| byte.is_ascii_digit());
    is_like_one
        && !serde_json::from_str(word)
            .is_ok_and(|number: Number| word == "-0" || !(is_integer && number.is_f64()))
}

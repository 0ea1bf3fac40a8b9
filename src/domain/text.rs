//! Text from outside, made fit to be shown and kept.
//!
//! What a server, a file or a store gives in words is cleaned and cut once, when it comes in:
//! [`Text`] and the ids hold nothing else. Text that people write stays readable, because it is
//! looked at by grapheme clusters (Unicode Standard Annex 29): an accent after its letter, a vowel
//! sign, an emoji of several parts are one thing each.
//!
//! | in the text | becomes |
//! |---|---|
//! | a tab, a line break | a space |
//! | other control characters, what changes the direction of text or is invisible | `·` |
//! | letters that look like blanks, a mark without a letter | `·` |
//! | more than `MOST_MARKS` marks in a row | the first of them |
//! | a cluster of more than `LONGEST_CLUSTER` characters | its beginning |

use std::fmt;
use std::ops::Deref;

use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Characters kept of a text, such as a title.
pub const LONGEST: usize = 1_000;
/// Characters kept of a word, such as a status.
const LONGEST_WORD: usize = 80;
/// Marks kept in a row on one letter; Vietnamese, Hindi, Thai and pointed Hebrew need no more.
const MOST_MARKS: usize = 4;
/// Characters kept of one cluster; the longest emoji has ten, a Hindi conjunct fewer.
const LONGEST_CLUSTER: usize = 32;
/// Stands for what cannot be shown.
pub(super) const REPLACED: char = '·';

/// Text from outside: clean as [`clean`] leaves it, and of [`LONGEST`] characters at most.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String")]
pub struct Text(String);

impl Text {
    /// A word that Hex may use in place of those it documents: shorter than other texts.
    pub fn word(text: &str) -> Self {
        Self(cut(text, LONGEST_WORD))
    }

    /// The text as a `str`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(cut(text, LONGEST))
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.0
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The text on one line, without anything that acts on a terminal, hides or piles up.
pub fn clean(text: &str) -> String {
    cut(text, usize::MAX)
}

/// The same, of at most so many characters; the last of them is an ellipsis if any were left out.
pub fn cut(text: &str, most: usize) -> String {
    if text.len() <= most && text.bytes().all(is_plain) {
        return text.to_owned();
    }
    let mut line = String::new();
    let mut left = most;
    // Where it ends if the rest does not fit.
    let mut end = 0;
    for cluster in text.graphemes(true) {
        let before = line.len();
        push_clean(&mut line, cluster);
        let length = line.get(before..).map_or(0, |added| added.chars().count());
        if length > left {
            line.truncate(end);
            line.push('…');
            break;
        }
        left -= length;
        if left > 0 {
            end = line.len();
        }
    }
    line
}

/// Whether the text is clean already, and of at most so many characters: nothing else may be kept
/// of what has to be sent exactly as it came.
pub fn is_clean(text: &str, most: usize) -> bool {
    cut(text, most) == text
}

/// The text of a file without the byte order mark that some editors put before it.
pub fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// JSON with everything escaped that acts on a terminal; inside of strings, the only place where
/// it can be, an escape means the same.
pub fn harmless_json(json: &str) -> String {
    let mut line = String::with_capacity(json.len());
    for letter in json.chars() {
        if letter.is_ascii() && !letter.is_control() || is_clean(letter.encode_utf8(&mut [0; 4]), 1)
        {
            line.push(letter);
        } else {
            let mut units = [0; 2];
            for unit in letter.encode_utf16(&mut units) {
                line += &format!("\\u{unit:04x}");
            }
        }
    }
    line
}

fn is_plain(byte: u8) -> bool {
    matches!(byte, b' '..=b'~')
}

fn push_clean(line: &mut String, cluster: &str) {
    let first = cluster.chars().next().unwrap_or(REPLACED);
    if cluster.len() == 1 && first.is_ascii_graphic() || first == ' ' && cluster.len() == 1 {
        return line.push(first);
    }
    if cluster.chars().all(is_break) {
        return line.push(' ');
    }
    let tags = first == FLAG;
    let mut last = None;
    let is_bad = |letter: char| {
        let before = last.replace(letter);
        is_hidden(letter)
            || !tags && is_tag(letter)
            // A joiner is needed between emoji and inside words of some scripts, none of them Latin.
            || is_joiner(letter) && before.is_none_or(|before| before.is_ascii() || is_joiner(before))
    };
    if cluster.chars().take(LONGEST_CLUSTER).any(is_bad) || columns(cluster) == 0 {
        if first.width().is_some_and(|width| width > 0) && !is_hidden(first) {
            line.push(first);
        }
        return line.push(REPLACED);
    }
    let mut marks = 0;
    line.extend(cluster.chars().take(LONGEST_CLUSTER).filter(|letter| {
        marks = if is_mark(*letter) { marks + 1 } else { 0 };
        marks <= MOST_MARKS
    }));
}

/// The columns that a cluster takes. The half-width sound marks of Japanese take one each, though
/// Unicode counts them as marks.
fn columns(cluster: &str) -> usize {
    let is_sound = |letter: &char| matches!(letter, '\u{ff9e}' | '\u{ff9f}');
    cluster.width() + cluster.chars().filter(is_sound).count()
}

fn is_break(letter: char) -> bool {
    letter.is_whitespace() && letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}')
}

/// The flag that tags make a region's.
const FLAG: char = '\u{1f3f4}';

fn is_tag(letter: char) -> bool {
    matches!(letter, '\u{e0020}'..='\u{e007f}')
}

fn is_joiner(letter: char) -> bool {
    matches!(letter, '\u{200c}' | '\u{200d}')
}

/// A mark on the letter before it. The later letters of a Korean syllable have no width either.
fn is_mark(letter: char) -> bool {
    letter.width() == Some(0)
        && !is_tag(letter)
        && !matches!(letter, '\u{1160}'..='\u{11ff}' | '\u{d7b0}'..='\u{d7ff}')
}

/// Controls, what changes the direction of text, and what shows as nothing or as a blank.
fn is_hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}'
            | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e001f}'
            | '\u{e0080}'..='\u{e00ff}' | '\u{e01f0}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests;

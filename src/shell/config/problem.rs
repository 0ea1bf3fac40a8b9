//! What is wrong with settings, and where.

use std::fmt;
use std::path::PathBuf;

use crate::domain::nearest::nearest;
use crate::domain::text::cut;

/// Characters of what is wrong with one setting.
const LONGEST: usize = 500;

/// Where a text of settings comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The person's file.
    File(PathBuf),
    /// A file that it names in `rules_file`.
    Rules(PathBuf),
    /// A file that it names in `include`.
    Included(PathBuf),
    /// A variable of the environment.
    Variable(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(file) | Self::Rules(file) | Self::Included(file) => file.display().fmt(f),
            Self::Variable(name) => f.write_str(name),
        }
    }
}

/// One thing that is wrong. `Display` says where, which setting it is about, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The text, with line and column in it, both from 1; none if it is about no place in a text.
    pub at: Option<(Place, (usize, usize))>,
    /// What is wrong, which begins with the setting's name where it is about one.
    pub why: String,
}

impl Problem {
    pub(super) fn new(at: Option<(Place, (usize, usize))>, key: &str, why: &str) -> Self {
        let why = match known_names(why) {
            Some((wrong, near)) => format!("unknown setting `{wrong}`{near}"),
            None => in_words(why).unwrap_or_else(|| why.to_owned()),
        };
        let is_named = key.is_empty() || is_token(key) || why.starts_with(key);
        let why = if is_named {
            why
        } else {
            format!("{key}{} {why}", if why.starts_with("is ") { "" } else { ":" })
        };
        Self { at, why: cut(&without_tokens(&why), LONGEST) }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((place, (line, column))) = &self.at {
            match place {
                Place::Variable(name) => write!(f, "{name}: ")?,
                file => write!(f, "{file}:{line}:{column}: ")?,
            }
        }
        f.write_str(&self.why)
    }
}

/// Line and column, both from 1, the latter in characters, of a byte of a text.
pub(super) fn position(text: &str, byte: usize) -> (usize, usize) {
    let before = text.get(..byte).unwrap_or(text);
    let line = before.rsplit('\n').next().unwrap_or_default();
    (before.matches('\n').count() + 1, line.chars().count() + 1)
}

/// The name of the setting in the line of a byte, where that cannot be parsed.
pub(super) fn name_at(text: &str, byte: usize) -> &str {
    let start = text.get(..byte).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let line = text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    let name = line.split_once('=').map_or("", |(name, _)| name.trim());
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let is_name = name.len() < 40 && name.chars().all(is_plain);
    if is_name && !is_token(name) { name } else { "" }
}

/// Of serde's sentence about an unknown field: its name, and which known one is meant.
fn known_names(why: &str) -> Option<(&str, String)> {
    let (wrong, rest) = why.strip_prefix("unknown field `")?.split_once('`')?;
    let names: Vec<_> = rest.split('`').skip(1).step_by(2).collect();
    if is_token(wrong) {
        return Some(("…", String::new()));
    }
    let near = nearest(wrong, names.iter().copied());
    let there_are = || format!(": there are {}", names.join(", "));
    Some((wrong, near.map_or_else(there_are, |near| format!(": did you mean `{near}`?"))))
}

/// serde's sentence about a value that does not fit, in the words of a settings file.
fn in_words(why: &str) -> Option<String> {
    if let Some(rest) = why.strip_prefix("unknown variant `") {
        let (wrong, rest) = rest.split_once('`')?;
        let names: Vec<_> = rest.split('`').skip(1).step_by(2).collect();
        let near = nearest(wrong, names.iter().copied());
        let near = near.map_or_else(String::new, |near| format!(": did you mean \"{near}\"?"));
        return Some(format!("is \"{wrong}\", but must be one of {}{near}", names.join(", ")));
    }
    let rest =
        why.strip_prefix("invalid type: ").or_else(|| why.strip_prefix("invalid value: "))?;
    let (found, expected) = rest.split_once(", expected ")?;
    let found = match found.split_once(' ') {
        Some(("string", text)) => text.to_owned(),
        Some(("integer" | "boolean", value)) => value.trim_matches('`').to_owned(),
        Some(("floating", value)) => {
            value.trim_start_matches("point ").trim_matches('`').to_owned()
        }
        _ => match found {
            "sequence" => "a list".to_owned(),
            "map" => "a table".to_owned(),
            other => other.to_owned(),
        },
    };
    let expected = match expected {
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number, 0 or more",
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "f32" | "f64" => "a number",
        "a string" => "a text in quotes",
        "a boolean" => "true or false",
        "a sequence" => "a list: [\"…\", \"…\"]",
        "a map" => "a table",
        nonzero if nonzero.starts_with("a nonzero u") => "a whole number, 1 or more",
        table if table.starts_with("struct ") => "a table",
        other => other,
    };
    Some(format!("is {found}, but must be {expected}"))
}

fn is_token(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    ["hxtp_", "hxtw_", "hextop_hxtp_", "hextop_hxtw_"]
        .iter()
        .any(|start| text.strip_prefix(start).is_some_and(|rest| !rest.is_empty()))
}

/// A text without a token that stands in the wrong place.
pub fn without_tokens(why: &str) -> String {
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let parts = why.split_inclusive(|letter: char| !is_letter(letter));
    let hidden = |part: &str| match part.trim_end_matches(|letter: char| !is_letter(letter)) {
        word if is_token(word) => format!("…{}", part.get(word.len()..).unwrap_or_default()),
        _ => part.to_owned(),
    };
    parts.map(hidden).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_counted_in_lines_and_characters() {
        let text = "a = 1\nbö = \"ü\"\n";
        for (byte, expected) in [(0, (1, 1)), (5, (1, 6)), (6, (2, 1)), (9, (2, 3)), (999, (3, 1))]
        {
            assert_eq!(position(text, byte), expected, "{byte}");
        }
    }

    #[test]
    fn a_token_is_not_repeated_and_a_near_name_is_offered() {
        let of = |why: &str| Problem::new(None, "k", why).to_string();
        assert_eq!(
            of("invalid type: string \"hxtp_12ab\", expected"),
            "k: invalid type: string \"…\", expected"
        );
        let unknown = "unknown field `projcts`, expected one of `name`, `projects`";
        assert_eq!(of(unknown), "k: unknown setting `projcts`: did you mean `projects`?");
        let far = "unknown field `x`, expected `rules`";
        assert_eq!(of(far), "k: unknown setting `x`: there are rules");
        assert_eq!(of("unknown field `hxtp_12`, expected `rules`"), "k: unknown setting `…`");
        assert_eq!(of("k is 7"), "k is 7");
        for (why, words) in [
            (
                "invalid type: string \"abc\", expected u32",
                "\"abc\", but must be a whole number, 0 or more",
            ),
            (
                "invalid value: integer `-3`, expected usize",
                "-3, but must be a whole number, 0 or more",
            ),
            ("invalid type: floating point `1.5`, expected i64", "1.5, but must be a whole number"),
            ("invalid type: sequence, expected a boolean", "a list, but must be true or false"),
            ("invalid type: integer `7`, expected a string", "7, but must be a text in quotes"),
            (
                "unknown variant `darc`, expected `dark` or `light`",
                "\"darc\", but must be one of dark, light: did you mean \"dark\"?",
            ),
        ] {
            assert_eq!(of(why), format!("k is {words}"));
        }
        let token = "invalid type: string \"hxtp_12ab\", expected u32";
        assert!(!of(token).contains("hxtp"), "{}", of(token));
    }
}

//! Keys as the program knows them, whatever library read them.

use std::fmt;
use std::str::FromStr;

/// A key without its modifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// A character as typed, with Shift applied.
    Char(char),
    /// Return.
    Enter,
    /// Escape.
    Esc,
    /// Tab.
    Tab,
    /// Shift and Tab.
    BackTab,
    /// The key that deletes backwards.
    Backspace,
    /// The key that deletes forwards.
    Delete,
    /// Arrow.
    Up,
    /// Arrow.
    Down,
    /// Arrow.
    Left,
    /// Arrow.
    Right,
    /// To the beginning.
    Home,
    /// To the end.
    End,
    /// A page back.
    PageUp,
    /// A page on.
    PageDown,
    /// A function key.
    F(u8),
}

/// A key with Control, or without.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Chord {
    /// The key.
    pub key: Key,
    /// Whether Control is held.
    pub ctrl: bool,
}

const NAMES: [(&str, Key); 16] = [
    ("Enter", Key::Enter),
    ("Esc", Key::Esc),
    ("Tab", Key::Tab),
    ("shift-Tab", Key::BackTab),
    ("Backspace", Key::Backspace),
    ("Delete", Key::Delete),
    ("Up", Key::Up),
    ("Down", Key::Down),
    ("Left", Key::Left),
    ("Right", Key::Right),
    ("Home", Key::Home),
    ("End", Key::End),
    ("PageUp", Key::PageUp),
    ("PageDown", Key::PageDown),
    ("Space", Key::Char(' ')),
    ("F1", Key::F(1)),
];

impl Chord {
    /// A key by itself.
    pub fn plain(key: Key) -> Self {
        Self { key, ctrl: false }
    }

    /// Control and a character.
    pub fn ctrl(letter: char) -> Self {
        Self { key: Key::Char(letter), ctrl: true }
    }
}

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ctrl {
            f.write_str("ctrl-")?;
        }
        if let Some((name, _)) = NAMES.iter().find(|(_, key)| *key == self.key) {
            return f.write_str(name);
        }
        match self.key {
            Key::Char(letter) => write!(f, "{letter}"),
            Key::F(number) => write!(f, "F{number}"),
            key => write!(f, "{key:?}"),
        }
    }
}

impl FromStr for Chord {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (ctrl, name) = text.strip_prefix("ctrl-").map_or((false, text), |rest| (true, rest));
        let named = NAMES.iter().find(|(known, _)| *known == name).map(|(_, key)| *key);
        let mut letters = name.chars();
        let key = match (named, letters.next(), letters.as_str()) {
            (Some(key), ..) => key,
            (None, Some(letter), "") => Key::Char(letter),
            (None, Some('F'), number) => number.parse().map(Key::F).map_err(|_| unknown(text))?,
            _ => return Err(unknown(text)),
        };
        Ok(Self { key, ctrl })
    }
}

/// How chords that are pressed one after the other are written.
pub fn show_sequence(chords: &[Chord]) -> String {
    chords.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

fn unknown(text: &str) -> String {
    format!("`{text}` is no key; write a, ctrl-a, Enter, Space or F5")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chord_survives_being_shown_and_read() {
        for name in ["a", "X", "ctrl-a", "Space", "shift-Tab", "F10", "/", "?", "[", "PageDown"] {
            assert_eq!(name.parse::<Chord>().unwrap().to_string(), name);
        }
        assert!("meta-a".parse::<Chord>().is_err());
    }
}

//! A line of text that is being edited.

use tui_input::{Input, InputRequest};

use super::chord::{Chord, Key};

/// A line of text with its cursor.
#[derive(Clone, Debug, Default)]
pub(crate) struct Field {
    input: Input,
}

impl Field {
    /// A field that holds `text`, the cursor at its end.
    pub(crate) fn holding(text: &str) -> Self {
        Self { input: Input::new(text.to_owned()) }
    }

    /// What it holds.
    pub(crate) fn text(&self) -> &str {
        self.input.value()
    }

    /// Where the cursor is, in characters.
    pub(crate) fn cursor(&self) -> usize {
        self.input.cursor()
    }

    /// Takes in a key; tells whether it was for a field.
    pub(crate) fn press(&mut self, chord: Chord) -> bool {
        let request = match (chord.ctrl, chord.key) {
            (false, Key::Char(letter)) => InputRequest::InsertChar(letter),
            (false, Key::Backspace) | (true, Key::Char('h')) => InputRequest::DeletePrevChar,
            (false, Key::Delete) | (true, Key::Char('d')) => InputRequest::DeleteNextChar,
            (false, Key::Left) | (true, Key::Char('b')) => InputRequest::GoToPrevChar,
            (false, Key::Right) | (true, Key::Char('f')) => InputRequest::GoToNextChar,
            (true, Key::Left) => InputRequest::GoToPrevWord,
            (true, Key::Right) => InputRequest::GoToNextWord,
            (false, Key::Home) | (true, Key::Char('a')) => InputRequest::GoToStart,
            (false, Key::End) | (true, Key::Char('e')) => InputRequest::GoToEnd,
            (true, Key::Char('w')) => InputRequest::DeletePrevWord,
            (true, Key::Char('u')) => InputRequest::DeleteLine,
            (true, Key::Char('k')) => InputRequest::DeleteTillEnd,
            _ => return false,
        };
        self.input.handle(request);
        true
    }

    /// Takes in pasted text; line breaks become spaces, because a field is one line.
    pub(crate) fn paste(&mut self, text: &str) {
        for letter in text.trim_end_matches(['\r', '\n']).chars() {
            let letter = if letter.is_control() { ' ' } else { letter };
            self.input.handle(InputRequest::InsertChar(letter));
        }
    }
}

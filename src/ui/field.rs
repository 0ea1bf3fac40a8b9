//! A line of text that is being edited.

use tui_input::{Input, InputRequest, InputResponse};

use super::chord::{Chord, Key};

/// How many changes can be taken back.
const UNDOS: usize = 100;

/// A line of text with its cursor.
#[derive(Clone, Debug, Default)]
pub(crate) struct Field {
    input: Input,
    /// What it held before each change, the last one last.
    before: Vec<Input>,
}

impl Field {
    /// A field that holds `text`, the cursor at its end.
    pub(crate) fn holding(text: &str) -> Self {
        Self { input: Input::new(text.to_owned()), before: Vec::new() }
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
        self.change(request);
        true
    }

    fn change(&mut self, request: InputRequest) {
        let before = self.input.clone();
        let changed: InputResponse = self.input.handle(request);
        if changed.is_some_and(|change| change.value) {
            self.keep(before);
        }
    }

    fn keep(&mut self, before: Input) {
        if self.before.len() == UNDOS {
            self.before.remove(0);
        }
        self.before.push(before);
    }

    /// Holds another text; this can be taken back as well.
    pub(crate) fn replace(&mut self, text: &str) {
        if self.text() != text {
            let before = std::mem::replace(&mut self.input, Input::new(text.to_owned()));
            self.keep(before);
        }
    }

    /// Takes the last change back; tells whether there was one.
    pub(crate) fn undo(&mut self) -> bool {
        let before = self.before.pop();
        before.map(|before| self.input = before).is_some()
    }

    /// Takes in pasted text; line breaks become spaces, because a field is one line.
    pub(crate) fn paste(&mut self, text: &str) {
        let before = self.input.clone();
        for letter in text.trim_end_matches(['\r', '\n']).chars() {
            let letter = if letter.is_control() { ' ' } else { letter };
            self.input.handle(InputRequest::InsertChar(letter));
        }
        if before.value() != self.text() {
            self.keep(before);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_change_can_be_taken_back_and_a_paste_is_one() {
        let mut field = Field::holding("ab");
        field.press(Chord::plain(Key::Char('c')));
        field.press(Chord::plain(Key::Left));
        field.paste("x\ny");
        field.replace("other");
        let mut seen = Vec::new();
        while field.undo() {
            seen.push(field.text().to_owned());
        }
        assert_eq!(seen, ["abx yc", "abc", "ab"]);
        for _ in 0..2 * UNDOS {
            field.press(Chord::plain(Key::Char('z')));
        }
        assert_eq!(std::iter::from_fn(|| field.undo().then_some(())).count(), UNDOS);
    }
}

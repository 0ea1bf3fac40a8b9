//! A line of text that is being edited.
//!
//! A key costs at most a few passes over the text, and a paste is one change, however long it is.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use tui_input::{Input, InputRequest};
use unicode_segmentation::UnicodeSegmentation;

use crate::ui::chord::{Chord, Key};
use crate::ui::text::{self, end, fit, safe, start};

/// How many changes can be taken back.
const UNDOS: usize = 100;
/// How much text that was taken out is kept for that, in bytes.
const KEPT: usize = 2 * VALUE;
/// The most that is typed or pasted into a name, a filter, a path or a reason, in bytes.
const LINE: usize = 4096;
/// The same for a value, which is as much as the editor gives back.
const VALUE: usize = 1024 * 1024;

/// A line of text with its cursor.
#[derive(Clone, Debug)]
pub(crate) struct TextField {
    input: Input,
    /// The most that it takes, in bytes; what it held from the start may be more.
    most: usize,
    /// What takes each change back, the last one last.
    undos: VecDeque<Undo>,
}

/// What takes a change back: `removed` in place of the bytes that came for it.
#[derive(Clone, Debug)]
struct Undo {
    at: usize,
    inserted: usize,
    removed: String,
    cursor: usize,
}

impl Undo {
    /// From one text to another, the cursor being where it was in the first.
    fn between(before: &str, after: &str, cursor: usize) -> Self {
        let same = before.bytes().zip(after.bytes()).take_while(|(a, b)| a == b).count();
        let at = before.floor_char_boundary(same).min(after.floor_char_boundary(same));
        let (old, new) = (before.split_at(at).1, after.split_at(at).1);
        let same = old.bytes().rev().zip(new.bytes().rev()).take_while(|(a, b)| a == b).count();
        let end = old.ceil_char_boundary(old.len() - same);
        let removed = old.split_at(end).0.to_owned();
        Self { at, inserted: new.len() - (old.len() - end), removed, cursor }
    }
}

impl Default for TextField {
    fn default() -> Self {
        Self::holding("")
    }
}

impl TextField {
    /// A field that holds `text`, the cursor at its end, for a name, a filter, a path or a reason.
    pub(crate) fn holding(text: &str) -> Self {
        Self { input: Input::new(text.to_owned()), most: LINE, undos: VecDeque::new() }
    }

    /// The same for a value.
    pub(crate) fn for_value(text: &str) -> Self {
        Self { most: VALUE, ..Self::holding(text) }
    }

    /// What it holds.
    pub(crate) fn text(&self) -> &str {
        self.input.value()
    }

    /// Where the cursor is, in characters.
    pub(crate) fn cursor(&self) -> usize {
        self.input.cursor()
    }

    /// The text before the cursor, and the rest.
    pub(crate) fn halves(&self) -> (&str, &str) {
        let text = self.text();
        // Of a megabyte that is found out a hundred times faster than characters are counted.
        let at = if text.is_ascii() {
            self.cursor().min(text.len())
        } else {
            text.char_indices().nth(self.cursor()).map_or(text.len(), |(at, _)| at)
        };
        text.split_at(at)
    }

    /// Why not everything was taken that was typed or pasted.
    pub(crate) fn full(&self) -> String {
        let most = if self.most == VALUE { "1 MiB" } else { "4 KiB" };
        format!("this field takes {most}: what would be more was left out, whole")
    }

    /// Whether it takes not even one more character of any kind.
    pub(crate) fn is_full(&self) -> bool {
        self.text().len() + char::MAX.len_utf8() > self.most
    }

    /// Takes in a key; tells whether it was for a field. A letter that has no room is left out.
    pub(crate) fn press(&mut self, chord: Chord) -> bool {
        let request = match (chord.ctrl, chord.key) {
            (false, Key::Char(_)) if self.is_full() => return true,
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
        let (before, cursor) = (self.text().to_owned(), self.cursor());
        self.handle(request);
        if self.text() != before {
            self.keep(&before, cursor);
        }
        true
    }

    /// Words are looked for around the cursor alone, because that costs much for a long text.
    fn handle(&mut self, request: InputRequest) {
        let is_near = matches!(
            request,
            InputRequest::GoToPrevWord | InputRequest::GoToNextWord | InputRequest::DeletePrevWord
        );
        if !is_near || self.text().len() <= LINE {
            self.input.handle(request);
            return;
        }
        let (before, after) = self.halves();
        let (far, near) = before.split_at(before.len() - end(before).len());
        let (next, rest) = after.split_at(start(after).len());
        let mut part = Input::new([near, next].concat()).with_cursor(near.chars().count());
        part.handle(request);
        let cursor = far.chars().count() + part.cursor();
        self.input = Input::new([far, part.value(), rest].concat()).with_cursor(cursor);
    }

    /// Keeps what takes the last change back.
    fn keep(&mut self, before: &str, cursor: usize) {
        self.undos.push_back(Undo::between(before, self.text(), cursor));
        let mut kept: usize = self.undos.iter().map(|undo| undo.removed.len()).sum();
        while self.undos.len() > UNDOS || (kept > KEPT && self.undos.len() > 1) {
            kept -= self.undos.pop_front().map_or(0, |undo| undo.removed.len());
        }
    }

    /// Holds another text; this can be taken back as well.
    pub(crate) fn replace(&mut self, text: &str) {
        if self.text() != text {
            let cursor = self.cursor();
            let before = std::mem::replace(&mut self.input, Input::new(text.to_owned()));
            self.keep(before.value(), cursor);
        }
    }

    /// Takes the last change back; tells whether there was one.
    pub(crate) fn undo(&mut self) -> bool {
        let Some(undo) = self.undos.pop_back() else { return false };
        let mut text = self.text().to_owned();
        text.replace_range(undo.at..undo.at + undo.inserted, &undo.removed);
        self.input = Input::new(text).with_cursor(undo.cursor);
        true
    }

    /// Takes in pasted text, as one change; line breaks become spaces, because a field is one line.
    ///
    /// # Errors
    /// A sentence for the person, if there is no room for all of it: a part would look like the
    /// whole, so the field stays as it was.
    pub(crate) fn paste(&mut self, text: &str) -> Result<(), String> {
        let plain = |letter: char| if letter.is_control() { ' ' } else { letter };
        let pasted: String = text.trim_end_matches(['\r', '\n']).chars().map(plain).collect();
        if pasted.is_empty() {
            return Ok(());
        }
        if self.text().len() + pasted.len() > self.most {
            return Err(self.full());
        }
        let (before, after) = self.halves();
        let cursor = self.cursor();
        let whole = [before, &pasted, after].concat();
        let input = Input::new(whole).with_cursor(cursor + pasted.chars().count());
        let before = std::mem::replace(&mut self.input, input);
        self.keep(before.value(), cursor);
        Ok(())
    }

    /// As much of the text as `room` columns hold, with the cursor in sight, and the cursor's
    /// column in that. `show` makes a part of the text printable. Costs the same for a text of any
    /// length.
    pub(crate) fn in_sight(&self, room: usize, show: impl Fn(&str) -> String) -> (String, usize) {
        let (before, after) = self.halves();
        let (before, after) = (show(end(before)), show(start(after)));
        // The cursor takes a column, also behind the last character.
        let room = room.saturating_sub(1);
        // Where the text does not fit, some of what follows the cursor stays in sight.
        let follows = text::width(&after).min(room / 4);
        let mut left = text::width(&before);
        let mut from = 0;
        let most = room - follows;
        for (at, cluster) in before.grapheme_indices(true) {
            if left <= most {
                break;
            }
            left -= text::width(cluster);
            from = at + cluster.len();
        }
        let mut shown = before.get(from..).unwrap_or_default().to_owned();
        let mut used = left;
        for cluster in after.graphemes(true) {
            used += text::width(cluster);
            if used > room {
                break;
            }
            shown.push_str(cluster);
        }
        (shown, left)
    }

    /// Draws it as one line: what it is for, the text with the terminal's cursor in it, and behind
    /// it a hint as far as there is room.
    pub(crate) fn draw(
        &self,
        frame: &mut Frame<'_>,
        area: Rect,
        (label, style): (&str, Style),
        hint: (&str, Style),
    ) {
        let width = usize::from(area.width);
        // The typed text has at least a third of the line.
        let label = fit(label, width - width / 3);
        let room = width.saturating_sub(text::width(&label));
        let (shown, column) = self.in_sight(room, safe);
        let column = text::width(&label) + column;
        let rest = room.saturating_sub(text::width(&shown) + 3);
        let hint = Span::styled(fit(hint.0, rest), hint.1);
        let line = vec![Span::styled(label, style), Span::raw(format!("{shown}   ")), hint];
        frame.render_widget(Line::from(line), area);
        let column = u16::try_from(column).unwrap_or(0).min(area.width.saturating_sub(1));
        frame.set_cursor_position(Position::new(area.x + column, area.y));
    }
}

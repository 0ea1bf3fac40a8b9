//! Keys on the form's own page.
//!
//! What would build something that Hex refuses or ignores does nothing, and says why.

use super::list::{List, ListWish};
use super::{Cell, Editing, Form, FormWish, Page};
use crate::domain::ParamKind;
use crate::domain::inputs::{Origin, ParamRow, Place};
use crate::ui::chord::{Chord, Key};

impl Form {
    pub(super) fn press_edit(&mut self, chord: Chord) -> FormWish {
        if self.list.is_some() && self.press_list(chord) {
            return FormWish::Stay;
        }
        match (chord.key, chord.ctrl) {
            (Key::Esc, _) if self.dirty => self.page = Page::Discard,
            (Key::Esc, _) => return FormWish::Close,
            (Key::Char('s'), true) | (Key::F(10), _) => self.review(),
            (Key::F(1), _) => self.page = Page::Keys(0),
            (Key::Char('n'), true) => self.add(),
            (Key::Char('x'), true) => self.reset(),
            (Key::Char('t'), true) => self.turn_kind(1),
            (Key::Char('l'), true) => self.turn_several(),
            (Key::Char('f'), true) => self.ask_for_file(),
            (Key::Char('_' | '/'), true) => self.undo(),
            (Key::Char('r'), true) => return self.want_inputs(),
            (Key::Char('o'), true) => self.open_presets(),
            (Key::Char('e'), true) => {
                let text = self.draft.to_json(&self.now);
                return self.open_editor(text);
            }
            (Key::Char('g'), true) => return self.edit_value(),
            (Key::Tab | Key::Enter, _) => self.go_on(1),
            (Key::BackTab, _) => self.go_on(-1),
            (Key::Down, _) => self.open_list(""),
            (Key::Up, _) => self.go_row(-1),
            (Key::PageDown, _) => self.go_row(5),
            (Key::PageUp, _) => self.go_row(-5),
            _ => self.edit(chord),
        }
        FormWish::Stay
    }

    /// The row in focus, to be changed: it is the person's own from now on.
    fn row_to_change(&mut self) -> Option<&mut ParamRow> {
        let Place::Row(index) = self.place else { return None };
        let row = self.draft.rows.get_mut(index)?;
        (row.set, row.origin, self.dirty) = (true, Origin::Typed, true);
        let keys = row.spec.keys(row.kind);
        self.refused.retain(|(refused, _)| !keys.contains(refused) && *refused != row.spec.name);
        Some(row)
    }

    /// Whether inputs may be set; says why not.
    pub(super) fn may_set_inputs(&mut self) -> bool {
        if let Some(conflict) = self.draft.excludes_inputs() {
            self.say(format!("{}: turn that off first", conflict.reason()));
            return false;
        }
        true
    }

    /// A key for the cell in focus.
    fn edit(&mut self, chord: Chord) {
        let turns = !chord.ctrl && matches!(chord.key, Key::Left | Key::Right | Key::Char(' '));
        let Some(row) = self.row() else { return self.edit_option(chord, turns) };
        let (kind, has_choices) = (row.kind, !row.spec.choices.is_empty());
        let ticks = kind == ParamKind::Checkbox && !row.is_several();
        match self.cell {
            Cell::Kind if turns => self.turn_kind(if chord.key == Key::Left { -1 } else { 1 }),
            Cell::Kind => {}
            Cell::Value if ticks => {
                if !turns {
                    self.say("Space changes it");
                } else if self.may_set_inputs() {
                    self.tick();
                }
            }
            Cell::Value
                if has_choices && matches!(kind, ParamKind::Choice | ParamKind::MultiChoice) =>
            {
                match chord.key {
                    Key::Char(letter) if !chord.ctrl => {
                        self.open_list(letter.encode_utf8(&mut [0; 4]));
                    }
                    _ => self.type_in(chord),
                }
            }
            Cell::Name | Cell::Value => self.type_in(chord),
        }
    }

    fn type_in(&mut self, chord: Chord) {
        let before = self.field.text().to_owned();
        if self.cell == Cell::Value && self.draft.excludes_inputs().is_some() {
            self.may_set_inputs();
        } else if self.field.press(chord) && self.field.text() != before {
            self.store();
        } else if matches!(chord.key, Key::Char(_)) && !chord.ctrl && self.field.is_full() {
            self.say(self.field.full());
        }
    }

    /// A checkbox is on, off, on …; one that is not set begins with the opposite of its default.
    fn tick(&mut self) {
        let Some(row) = self.row() else { return };
        let was = if row.set { row.text == "true" } else { row.spec.default == Some(true.into()) };
        self.field.replace(if was { "false" } else { "true" });
        self.store();
    }

    pub(super) fn turn_kind(&mut self, by: isize) {
        if self.row().is_none() || !self.may_set_inputs() {
            return;
        }
        let Some(row) = self.row_to_change() else { return };
        row.kind = row.kind.turned(by);
        let said = format!("type: {}", row.kind.word());
        self.load();
        self.say(said);
    }

    /// Turns the row in focus between one value and several.
    fn turn_several(&mut self) {
        let Some(row) = self.row() else {
            return self.say("ctrl-l lets an input hold several values: go to one first");
        };
        let mut turned = row.clone();
        if let Err(reason) = turned.turn() {
            return self.say(reason);
        }
        if !self.may_set_inputs() {
            return;
        }
        let said = if turned.is_several() {
            format!("several values, one start for each: write {}", turned.example())
        } else {
            "one value".to_owned()
        };
        if let Some(row) = self.row_to_change() {
            (row.holds, row.text) = (turned.holds, turned.text);
        }
        self.go_to(self.place, Cell::Value);
        self.say(said);
    }

    fn undo(&mut self) {
        if self.field.undo() {
            self.store();
        } else {
            self.say("nothing to take back in this field");
        }
    }

    fn add(&mut self) {
        if !self.may_set_inputs() {
            return;
        }
        let at = match self.place {
            Place::Row(index) => (index + 1).min(self.draft.rows.len()),
            _ => self.draft.rows.len(),
        };
        self.draft.rows.insert(at, ParamRow::added());
        self.dirty = true;
        self.go_to(Place::Row(at), Cell::Name);
    }

    /// Back to what it was at first; what is that already is not sent, and a row of one's own is
    /// taken out.
    fn reset(&mut self) {
        let Place::Row(index) = self.place else { return self.reset_option() };
        let Some(row) = self.draft.rows.get_mut(index) else { return };
        self.dirty = true;
        if row.is_own() {
            self.draft.rows.remove(index);
            let last = self.draft.rows.len().checked_sub(1);
            let to = last.map_or(Place::CachedSql, |last| Place::Row(index.min(last)));
            self.go_to(to, Cell::Value);
            return;
        }
        let before = row.clone();
        row.reset();
        if *row == before {
            row.clear();
        }
        let name = row.spec.name.clone();
        self.refused.retain(|(refused, _)| !refused.starts_with(&name));
        self.load();
    }

    /// Takes the field's text into the draft.
    pub(super) fn store(&mut self) {
        let text = self.field.text().to_owned();
        if self.place == Place::View {
            return self.store_view(text);
        }
        let is_name = self.cell == Cell::Name;
        let Some(row) = self.row_to_change() else { return };
        if is_name {
            row.spec.name = text;
        } else {
            row.text = text;
        }
    }

    pub(super) fn paste_into_cell(&mut self, text: &str) -> Result<(), String> {
        let is_text = match self.row() {
            Some(row) => {
                self.cell == Cell::Name
                    || (self.cell == Cell::Value
                        && (row.kind != ParamKind::Checkbox || row.is_several()))
            }
            None => self.place == Place::View && self.draft.set_rows() == 0,
        };
        let locked = self.cell == Cell::Value && self.row().is_some() && !self.may_set_inputs();
        if is_text && !locked {
            self.field.paste(text)?;
            self.store();
        }
        Ok(())
    }

    /// The editor opens on the value in focus, which may then have several lines.
    fn edit_value(&mut self) -> FormWish {
        let Some(row) = self.row() else {
            self.say("ctrl-g edits an input's value; ctrl-e edits everything");
            return FormWish::Stay;
        };
        if row.spec.secret {
            self.say("a secret is not written to a file");
            return FormWish::Stay;
        }
        let ending = if row.kind == ParamKind::Json { "json" } else { "txt" };
        let text = row.text.clone();
        if !self.may_set_inputs() {
            return FormWish::Stay;
        }
        self.go_to(self.place, Cell::Value);
        self.editing = Some(Editing::Value);
        FormWish::Edit { text, ending }
    }

    /// Opens the values to choose from; where there are none, goes on to the next row.
    pub(super) fn open_list(&mut self, filter: &str) {
        let Some(row) = self.row().filter(|_| self.cell == Cell::Value) else {
            return self.go_row(1);
        };
        let list = List::of(row, &self.inputs.recent, filter);
        if list.is_empty() {
            return self.go_row(1);
        }
        if self.may_set_inputs() {
            self.list = Some(list);
        }
    }

    /// A key for the open list; tells whether it was for it.
    fn press_list(&mut self, chord: Chord) -> bool {
        let (Some(list), Place::Row(index)) = (&mut self.list, self.place) else { return false };
        let Some(row) = self.draft.rows.get(index) else { return false };
        match list.press(chord, row) {
            ListWish::Stay => {}
            ListWish::Close => self.list = None,
            ListWish::Pass => {
                self.list = None;
                return false;
            }
            ListWish::Take(value) => {
                let now = self.now.clone();
                let keeps_open = list.is_many();
                let mut taken = row.clone();
                match value.as_array().filter(|_| row.is_several()) {
                    Some(values) => taken.text = ParamRow::show_several(values),
                    None => taken.take(&value, Origin::Typed, &now),
                }
                if let Some(row) = self.row_to_change() {
                    row.kind = taken.kind;
                }
                self.field.replace(&taken.text);
                self.store();
                if !keeps_open {
                    self.list = None;
                }
            }
            ListWish::TakeRange(text) => {
                if let Some(row) = self.row_to_change() {
                    row.kind = ParamKind::DateRange;
                }
                self.field.replace(&text);
                self.store();
                self.list = None;
            }
        }
        true
    }
}

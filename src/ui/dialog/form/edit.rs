//! Keys on the form's own page.
//!
//! What would build something that Hex refuses or ignores does nothing, and says why.

use super::list::{List, Pick, Typed};
use super::{Cell, Editing, Form};
use crate::domain::ParamKind;
use crate::domain::inputs::{Origin, ParamRow, Place};
use crate::ui::Effect;
use crate::ui::chord::{Chord, Key};
use crate::ui::command::{Context, Verb};
use crate::ui::layer::{Cx, Outcome};
use crate::ui::widget::confirm::Question;

impl Form {
    pub(super) fn edit_context(&self) -> Context {
        match &self.list {
            _ if self.discards.is_some() => Context::Question,
            Some(list) if list.is_many() && list.filter.is_empty() => Context::FormPicks,
            Some(_) => Context::FormValues,
            None if self.turns() => Context::FormOption,
            None => Context::Form,
        }
    }

    /// Whether what is in focus is one of a few values.
    fn turns(&self) -> bool {
        match (self.row(), self.cell) {
            (None, _) => !matches!(self.place, Place::View | Place::Table),
            (Some(_), Cell::Kind) => true,
            (Some(row), Cell::Value) => row.kind == ParamKind::Checkbox && !row.is_several(),
            (Some(_), Cell::Name) => false,
        }
    }

    pub(super) fn run_edit(&mut self, verb: Verb, cx: &mut Cx<'_>) -> Outcome {
        if let Some(question) = self.discards.take() {
            let lost = question.answer(verb).is_some();
            return if lost { Outcome::Close } else { Outcome::Consumed };
        }
        if self.list.is_some() && self.run_list(verb) {
            return Outcome::Consumed;
        }
        match verb {
            Verb::Close if self.dirty => {
                self.discards = Some(Question::new("Throw the edits away?", ()));
            }
            Verb::Close => return Outcome::Close,
            Verb::Review => self.review(),
            Verb::AddParameter => self.add(),
            Verb::Reset => self.reset(),
            Verb::NextType => self.turn_kind(1),
            Verb::Turn => self.turn(1),
            Verb::TurnBack => self.turn(-1),
            Verb::Several => self.turn_several(),
            Verb::LoadFile => self.ask_for_file(),
            Verb::Undo => self.undo(),
            Verb::ReadInputs => self.want_inputs(cx),
            Verb::Presets => self.open_presets(),
            Verb::EditBody => {
                let text = self.draft.to_json(&self.now);
                self.open_editor(text, cx);
            }
            Verb::EditValue => self.edit_value(cx),
            Verb::NextField => self.go_on(1),
            Verb::PreviousField => self.go_on(-1),
            Verb::Choose => self.open_list(""),
            Verb::PreviousRow => self.go_row(-1),
            Verb::PageDown => self.go_row(5),
            Verb::PageUp => self.go_row(-5),
            _ => return Outcome::Ignored,
        }
        Outcome::Consumed
    }

    pub(super) fn type_in_edit(&mut self, chord: Chord) -> Outcome {
        if self.discards.is_some() {
            return Question::decline(&mut self.discards);
        }
        let list = self.list.take();
        match list.map(|list| list.type_in(chord)) {
            Some(Typed::Kept(list)) => self.list = Some(list),
            Some(Typed::Over) => {}
            Some(Typed::NotForIt) | None => self.edit(chord),
        }
        Outcome::Consumed
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
        let Some(row) = self.row() else { return self.edit_option(chord) };
        let offers = matches!(row.kind, ParamKind::Choice | ParamKind::MultiChoice)
            && !row.spec.choices.is_empty();
        match (self.cell, chord.key) {
            _ if self.turns() => {
                let key = self.keys.key(Context::FormOption, Verb::Turn);
                self.say(format!("{key} changes it"));
            }
            (Cell::Value, Key::Char(letter)) if offers && !chord.ctrl => {
                self.open_list(letter.encode_utf8(&mut [0; 4]));
            }
            _ => self.type_in_cell(chord),
        }
    }

    /// The next or the previous value of what is in focus.
    fn turn(&mut self, by: isize) {
        match (self.place, self.cell) {
            (Place::Row(_), Cell::Kind) => self.turn_kind(by),
            (Place::Row(_), _) if self.may_set_inputs() => self.tick(),
            (Place::Row(_), _) => {}
            _ => self.turn_option(),
        }
    }

    fn type_in_cell(&mut self, chord: Chord) {
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
            let key = self.key(Verb::Several);
            return self.say(format!("{key} lets an input hold several values: go to one first"));
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
    fn edit_value(&mut self, cx: &mut Cx<'_>) {
        let Some(row) = self.row() else {
            let (value, body) = (self.key(Verb::EditValue), self.key(Verb::EditBody));
            return self.say(format!("{value} edits an input's value; {body} edits everything"));
        };
        if row.spec.secret {
            return self.say("a secret is not written to a file");
        }
        let ending = if row.kind == ParamKind::Json { "json" } else { "txt" };
        let text = row.text.clone();
        if !self.may_set_inputs() {
            return;
        }
        self.go_to(self.place, Cell::Value);
        self.editing = Some(Editing::Value);
        cx.effect(Effect::Edit { text, ending });
    }

    /// Opens the values to choose from; where there are none, goes on to the next row.
    pub(super) fn open_list(&mut self, filter: &str) {
        let Some(row) = self.row().filter(|_| self.cell == Cell::Value) else {
            return self.go_row(1);
        };
        let list = List::of(row, &self.inputs.recent, filter, &self.now);
        if list.is_empty() {
            return self.go_row(1);
        }
        if self.may_set_inputs() {
            self.list = Some(list);
        }
    }

    /// A verb for the open list; tells whether it was for it.
    fn run_list(&mut self, verb: Verb) -> bool {
        let (Some(list), Place::Row(index)) = (&mut self.list, self.place) else { return false };
        let Some(row) = self.draft.rows.get(index) else { return false };
        match verb {
            Verb::Close => self.list = None,
            Verb::Down => list.step(1),
            Verb::Up if list.at == 0 => self.list = None,
            Verb::Up => list.step(-1),
            Verb::Take => {
                let Some(picked) = list.take(row) else { return true };
                let keeps_open = list.is_many();
                self.take_picked(picked);
                if !keeps_open {
                    self.list = None;
                }
            }
            _ => {
                self.list = None;
                return false;
            }
        }
        true
    }

    /// Takes a value of the list into the row.
    fn take_picked(&mut self, picked: Pick) {
        let Some(mut taken) = self.row().cloned() else { return };
        match picked {
            Pick::Value(value) => match value.as_array().filter(|_| taken.is_several()) {
                Some(values) => taken.text = ParamRow::show_several(values),
                None => taken.take(&value, Origin::Typed, &self.now),
            },
            Pick::Text(kind, text) => (taken.kind, taken.text) = (kind, text),
        }
        if let Some(row) = self.row_to_change() {
            row.kind = taken.kind;
        }
        self.field.replace(&taken.text);
        self.store();
    }
}

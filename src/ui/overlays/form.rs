//! The trigger form: edit the parameters, review the exact body, send it once.
//!
//! Nothing but a key closes it: refreshes, messages and errors only change what it says.

mod page;

use serde_json::{Map, Value};

use crate::api::ApiError;
use crate::domain::param::{Draft, ParamRow};
use crate::domain::{ParamKind, ProjectId, StartRun};
use crate::engine::model::{StartStage, TicketId};
use crate::ui::chord::{Chord, Key};
use crate::ui::field::Field;

/// What a key in the form comes to.
#[derive(Debug)]
pub(crate) enum FormWish {
    Stay,
    Close,
    /// Send this; the form then waits for [`Form::sent`].
    Send(StartRun),
    /// Do not send what has not left yet.
    TakeBack(TicketId),
}

/// The part of a row that is being edited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cell {
    Name,
    Kind,
    Value,
}

impl Cell {
    const ALL: [Self; 3] = [Self::Name, Self::Kind, Self::Value];
}

/// Where in the form one is.
#[derive(Clone, Debug, PartialEq)]
enum Page {
    Edit,
    /// Closing would lose edits: yes or no.
    Discard,
    Review {
        start: StartRun,
        top: u16,
    },
    /// Confirmed; waiting for its slot or its answer.
    Sending {
        ticket: TicketId,
    },
    /// Confirmed, and its answer went missing.
    Lost {
        why: String,
    },
    /// It has been started, or there is nothing left to wait for.
    Done,
}

/// The open form.
#[derive(Debug)]
pub(crate) struct Form {
    project: ProjectId,
    title: String,
    draft: Draft,
    row: usize,
    cell: Cell,
    /// The text of the cell being edited.
    field: Field,
    dirty: bool,
    /// The review was asked for, so that rows not yet touched show their errors too.
    checked: bool,
    page: Page,
    /// Why Hex refused the last try, and what it said of single inputs.
    refusal: Option<String>,
    refused: Vec<(String, String)>,
}

impl Form {
    pub(crate) fn new(project: ProjectId, title: String, inputs: &Map<String, Value>) -> Self {
        let mut form = Self {
            project,
            title,
            draft: Draft::from_inputs(inputs),
            row: 0,
            cell: Cell::Value,
            field: Field::default(),
            dirty: false,
            checked: false,
            page: Page::Edit,
            refusal: None,
            refused: Vec::new(),
        };
        form.load();
        form
    }

    pub(crate) fn project(&self) -> &ProjectId {
        &self.project
    }

    /// The start that it waits for.
    pub(crate) fn ticket(&self) -> Option<TicketId> {
        match self.page {
            Page::Sending { ticket } => Some(ticket),
            _ => None,
        }
    }

    /// Whether closing it would lose something.
    pub(crate) fn is_dirty(&self) -> bool {
        self.dirty && !matches!(self.page, Page::Done | Page::Lost { .. })
    }

    pub(crate) fn is_done(&self) -> bool {
        self.page == Page::Done
    }

    /// Its start has been handed over.
    pub(crate) fn sent(&mut self, ticket: TicketId) {
        self.page = Page::Sending { ticket };
    }

    /// Takes in how its start went on; tells whether it shows that to the person.
    pub(crate) fn hear(&mut self, stage: &StartStage) -> bool {
        match stage {
            StartStage::Refused(error) => {
                self.refusal = Some(match error {
                    ApiError::RateLimited => {
                        "Hex takes no more starts at the moment (429): no run \
                                              was created; review and send it again later"
                            .to_owned()
                    }
                    error => error.to_string(),
                });
                if let ApiError::Rejected { params, .. } = error {
                    let invalid = params.invalid.iter();
                    let unfit =
                        invalid.map(|(name, kind)| (name.clone(), format!("must be {kind}")));
                    let unknown = params.not_found.iter();
                    let unknown = unknown
                        .map(|name| (name.clone(), "the project has no such input".to_owned()));
                    self.refused = unfit.chain(unknown).collect();
                }
                self.page = Page::Edit;
            }
            StartStage::Withdrawn => self.page = Page::Edit,
            StartStage::Unconfirmed(error) => self.page = Page::Lost { why: error.to_string() },
            StartStage::Waiting | StartStage::Sent => {}
            _ => self.page = Page::Done,
        }
        true
    }

    pub(crate) fn paste(&mut self, text: &str) {
        if self.page == Page::Edit && self.cell != Cell::Kind && self.row < self.draft.rows.len() {
            self.field.paste(text);
            self.store();
        }
    }

    pub(crate) fn press(&mut self, chord: Chord) -> FormWish {
        match &mut self.page {
            Page::Edit => return self.press_edit(chord),
            Page::Discard => {
                if chord == Chord::plain(Key::Char('y')) {
                    return FormWish::Close;
                }
                self.page = Page::Edit;
            }
            Page::Review { start, top } => match chord.key {
                Key::Enter => return FormWish::Send(start.clone()),
                Key::Esc => self.page = Page::Edit,
                Key::Down | Key::Char('j') => *top = top.saturating_add(1),
                Key::Up | Key::Char('k') => *top = top.saturating_sub(1),
                _ => {}
            },
            Page::Sending { ticket } => {
                if chord.key == Key::Esc {
                    return FormWish::TakeBack(*ticket);
                }
            }
            Page::Lost { .. } | Page::Done => {
                if matches!(chord.key, Key::Esc | Key::Enter) {
                    return FormWish::Close;
                }
            }
        }
        FormWish::Stay
    }

    fn press_edit(&mut self, chord: Chord) -> FormWish {
        match (chord.key, chord.ctrl) {
            (Key::Esc, _) if self.dirty => self.page = Page::Discard,
            (Key::Esc, _) => return FormWish::Close,
            (Key::Char('s'), true) | (Key::F(10), _) => self.review(),
            (Key::Char('n'), true) => self.add(),
            (Key::Char('x'), true) => self.remove(),
            (Key::Tab | Key::Enter, _) => self.go_on(1),
            (Key::BackTab, _) => self.go_on(-1),
            (Key::Down, _) => self.go_down(1),
            (Key::Up, _) => self.go_down(-1),
            _ => self.edit(chord),
        }
        FormWish::Stay
    }

    /// A key for the cell in focus.
    fn edit(&mut self, chord: Chord) {
        let Some(row) = self.draft.rows.get_mut(self.row) else { return };
        let turns = !chord.ctrl && matches!(chord.key, Key::Left | Key::Right | Key::Char(' '));
        match self.cell {
            Cell::Kind if turns => {
                let step = if chord.key == Key::Left { 3 } else { 1 };
                let at = ParamKind::ALL.iter().position(|kind| *kind == row.kind).unwrap_or(0);
                row.kind = ParamKind::ALL.into_iter().cycle().nth(at + step).unwrap_or(row.kind);
                if row.kind == ParamKind::Boolean && row.text.is_empty() {
                    "false".clone_into(&mut row.text);
                }
                self.dirty = true;
            }
            Cell::Value if turns && row.kind == ParamKind::Boolean => {
                let turned = if row.text == "true" { "false" } else { "true" };
                turned.clone_into(&mut row.text);
                self.dirty = true;
                self.load();
            }
            Cell::Kind => {}
            Cell::Name | Cell::Value => {
                if self.field.press(chord) {
                    self.store();
                }
            }
        }
    }

    fn review(&mut self) {
        self.checked = true;
        match self.draft.finish() {
            Ok(start) => {
                self.refusal = None;
                self.page = Page::Review { start, top: 0 };
            }
            Err(errors) => {
                if let Some(first) = errors.first() {
                    self.row = first.row;
                    self.cell = Cell::Value;
                    if self.draft.rows.get(first.row).is_some_and(|row| row.name.is_empty()) {
                        self.cell = Cell::Name;
                    }
                    self.load();
                }
            }
        }
    }

    fn add(&mut self) {
        let empty = ParamRow { name: String::new(), kind: ParamKind::Text, text: String::new() };
        let at = (self.row + 1).min(self.draft.rows.len());
        self.draft.rows.insert(at, empty);
        (self.row, self.cell, self.dirty) = (at, Cell::Name, true);
        self.load();
    }

    fn remove(&mut self) {
        if self.row < self.draft.rows.len() {
            self.draft.rows.remove(self.row);
            self.row = self.row.min(self.draft.rows.len().saturating_sub(1));
            self.dirty = true;
            self.load();
        }
    }

    /// To the next or previous cell, over the ends of rows.
    fn go_on(&mut self, by: isize) {
        let cells = self.draft.rows.len() * 3;
        let here = self.row * 3 + Cell::ALL.iter().position(|cell| *cell == self.cell).unwrap_or(0);
        let there = here.saturating_add_signed(by).min(cells.saturating_sub(1));
        self.row = there / 3;
        self.cell = Cell::ALL.get(there % 3).copied().unwrap_or(Cell::Value);
        self.load();
    }

    fn go_down(&mut self, by: isize) {
        let last = self.draft.rows.len().saturating_sub(1);
        self.row = self.row.saturating_add_signed(by).min(last);
        self.load();
    }

    /// Takes the cell's text into the field.
    fn load(&mut self) {
        let row = self.draft.rows.get(self.row);
        let text = match self.cell {
            Cell::Name => row.map(|row| row.name.as_str()),
            Cell::Kind => None,
            Cell::Value => row.map(|row| row.text.as_str()),
        };
        self.field = Field::holding(text.unwrap_or_default());
    }

    /// Takes the field's text into the draft.
    fn store(&mut self) {
        let Some(row) = self.draft.rows.get_mut(self.row) else { return };
        let cell = if self.cell == Cell::Name { &mut row.name } else { &mut row.text };
        if cell.as_str() != self.field.text() {
            self.field.text().clone_into(cell);
            self.dirty = true;
            let name = row.name.clone();
            self.refused.retain(|(refused, _)| *refused != name);
        }
    }

    /// What stands under a row, if anything is wrong with it.
    fn error_of(&self, index: usize) -> Option<String> {
        let row = self.draft.rows.get(index)?;
        let untouched = row.name.is_empty() && row.text.is_empty();
        let refused = || self.refused.iter().find(|(name, _)| *name == row.name);
        let own = self.draft.check(index).filter(|_| self.checked || !untouched);
        own.or_else(|| refused().map(|(_, reason)| format!("Hex: {reason}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn form() -> Form {
        Form::new(ProjectId::new("p"), "Weekly revenue".to_owned(), &Map::new())
    }

    fn press(form: &mut Form, keys: &str) -> FormWish {
        let mut wish = FormWish::Stay;
        for name in keys.split(' ') {
            wish = form.press(name.parse().unwrap());
        }
        wish
    }

    fn type_in(form: &mut Form, text: &str) {
        for letter in text.chars() {
            form.press(Chord::plain(Key::Char(letter)));
        }
    }

    #[test]
    fn a_filled_form_sends_exactly_what_the_review_shows() {
        let mut form = form();
        press(&mut form, "ctrl-n");
        type_in(&mut form, "region");
        press(&mut form, "Tab Tab");
        type_in(&mut form, "emea");
        press(&mut form, "ctrl-n");
        type_in(&mut form, "threshold");
        press(&mut form, "Tab Right Tab");
        type_in(&mut form, "0.95");
        press(&mut form, "ctrl-n");
        type_in(&mut form, "fresh");
        press(&mut form, "Tab Space Space Tab Space");
        let FormWish::Send(start) = press(&mut form, "ctrl-s Enter") else { panic!("not sent") };
        assert_eq!(
            start.body(),
            json!({"inputParams": {"region": "emea", "threshold": 0.95, "fresh": true}})
        );
    }

    #[test]
    fn a_wrong_value_keeps_one_in_the_form_with_its_reason() {
        let mut form = form();
        press(&mut form, "ctrl-n");
        type_in(&mut form, "n");
        press(&mut form, "Tab Right Tab");
        type_in(&mut form, "many");
        assert!(matches!(press(&mut form, "ctrl-s Enter"), FormWish::Stay));
        assert_eq!(form.page, Page::Edit);
        assert!(form.error_of(0).unwrap().starts_with("not a number"));
    }

    #[test]
    fn edits_are_not_lost_by_one_escape() {
        let mut form = form();
        press(&mut form, "ctrl-n");
        type_in(&mut form, "region");
        assert!(matches!(press(&mut form, "Esc"), FormWish::Stay));
        assert!(matches!(press(&mut form, "n"), FormWish::Stay));
        assert_eq!(form.draft.rows[0].name, "region");
        assert!(matches!(press(&mut form, "Esc y"), FormWish::Close));
    }

    #[test]
    fn a_refusal_brings_the_form_back_with_the_reason_on_its_field() {
        let mut form = form();
        press(&mut form, "ctrl-n");
        type_in(&mut form, "regoin");
        assert!(matches!(press(&mut form, "ctrl-s Enter"), FormWish::Send(_)));
        form.sent(TicketId(1));
        let params = crate::api::error::ParamIssues {
            not_found: vec!["regoin".to_owned()],
            ..Default::default()
        };
        let error = ApiError::Rejected {
            status: 422,
            detail: crate::api::error::Detail::default(),
            params,
        };
        form.hear(&StartStage::Refused(error));
        assert_eq!(form.error_of(0).unwrap(), "Hex: the project has no such input");
        press(&mut form, "Backspace");
        assert_eq!(form.error_of(0), None, "an edited name is another one");
    }

    #[test]
    fn an_untouched_form_starts_with_the_apps_defaults_after_a_review() {
        let mut form = form();
        let FormWish::Send(start) = press(&mut form, "F10 Enter") else { panic!("not sent") };
        assert_eq!(start.body(), json!({}));
    }
}

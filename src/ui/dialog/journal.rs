//! The journal: every start and every cancel that there was, and what came of it.
//!
//! The selection is an entry's name, so it stays on its entry when others come. Only the entries in
//! sight are drawn, and which those are is found out when something has changed, because there may
//! be thousands.

mod cancel;
mod details;
mod export;
mod list;
mod verbs;

use std::mem;

use ratatui::Frame;

use crate::domain::Now;
use crate::domain::filter::Subject;
use crate::engine::Model;
use crate::engine::model::StartId;
use crate::engine::queries::journal_rows::{JournalRow, JournalRowId, newest_first};
use crate::ui::State;
use crate::ui::chord::Chord;
use crate::ui::command::{Command, Context, Verb};
use crate::ui::journal_facts::facts;
use crate::ui::layer::{Cx, Layer, Outcome};
use crate::ui::mouse::Item;
use crate::ui::view::cursor::Cursor;
use crate::ui::view::filter::{Filter, complete};
use crate::ui::widget::scroll_text::{ScrollText, moved};
use crate::ui::widget::text_field::TextField;
use export::{Format, export};

use verbs::annotate;

/// What is being typed.
#[derive(Debug)]
enum Typed {
    Nothing,
    Filter(TextField),
    Reason(StartId, TextField),
}

/// The open journal.
#[derive(Debug)]
pub(crate) struct JournalPane {
    /// The entries under the filter, newest first.
    pub(crate) rows: Vec<JournalRowId>,
    /// How many starts and how many cancels there are without it.
    starts: usize,
    cancels: usize,
    cursor: Cursor<JournalRowId>,
    filter: Filter,
    typed: Typed,
    /// The page of the selected entry, while it is shown.
    details: Option<ScrollText>,
    /// The revision of the journal that the rows were made from, and whether it was known then whose the token
    /// is.
    rows_of: Option<(u64, bool)>,
}

impl Default for JournalPane {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            starts: 0,
            cancels: 0,
            cursor: Cursor { settled: true, ..Cursor::default() },
            filter: Filter::of(Subject::Journal),
            typed: Typed::Nothing,
            details: None,
            rows_of: None,
        }
    }
}

impl JournalPane {
    /// Finds out anew which entries there are, if anything has changed, and keeps the selected one
    /// in sight of `height` rows.
    fn refresh(&mut self, model: &Model, height: usize) {
        let rows_of = (model.journal_revision(), model.me().is_some());
        if self.rows_of != Some(rows_of) {
            self.rows_of = Some(rows_of);
            let starts = model.starts().rev().map(|start| &start.entry);
            let all = newest_first(starts, model.cancel_entries().rev());
            let query = &self.filter.query;
            let me = model.me().and_then(|me| me.email.as_deref());
            let passes = |row| query.is_empty() || query.admits_entry(&facts(row, me));
            let admitted = all.filter(|row| passes(*row));
            self.rows = admitted.map(JournalRow::id).collect();
            (self.starts, self.cancels) = (model.starts().count(), model.cancel_entries().count());
        }
        self.cursor.follow(&self.rows, height);
    }

    /// Scrolls the details, or goes to another entry.
    fn go(&mut self, verb: Verb, page: usize) {
        if let Some(details) = &mut self.details {
            details.run(verb);
            return;
        }
        if let Some(index) = moved(verb, self.cursor.index, page) {
            self.cursor.go(&self.rows, index);
        }
    }

    /// A command for the line that is being typed.
    fn run_line(&mut self, typed: Typed, verb: Verb, cx: &mut Cx<'_>) {
        match (typed, verb) {
            (Typed::Filter(mut field), Verb::Complete) => {
                complete(&mut field, Subject::Journal, &cx.state.saved, Vec::new);
                self.set_filter(field.text(), cx.state);
                self.typed = Typed::Filter(field);
            }
            (Typed::Filter(_), Verb::Close) => self.set_filter("", cx.state),
            (Typed::Reason(ticket, field), Verb::Accept) => {
                let text = field.text().trim();
                let reason = (!text.is_empty()).then(|| text.to_owned());
                annotate(ticket, reason, cx);
            }
            _ => {}
        }
    }

    /// Reads a filter; what cannot be read leaves the one in force.
    fn set_filter(&mut self, text: &str, state: &State) {
        self.filter.set(text, &state.saved);
        self.rows_of = None;
    }

    /// What is typed has changed.
    fn typed(&mut self, state: &State) {
        if let Typed::Filter(field) = &self.typed {
            let text = field.text().to_owned();
            self.set_filter(&text, state);
        }
    }
}

impl Layer for JournalPane {
    fn context(&self) -> Context {
        match (&self.typed, &self.details) {
            (Typed::Filter(_), _) => Context::FilterLine,
            (Typed::Reason(..), _) => Context::Line,
            (Typed::Nothing, Some(_)) => Context::Entry,
            (Typed::Nothing, None) => Context::Journal,
        }
    }

    fn why_not(&self, verb: Verb, state: &State) -> Option<String> {
        match (verb, &self.typed) {
            // A filter that cannot be read keeps its line open, with the reason.
            (Verb::Accept, Typed::Filter(_)) => self.filter.error.clone(),
            (Verb::Accept, Typed::Reason(ticket, _)) => {
                verbs::why_not(Verb::EditReason, Some(JournalRowId::Start(*ticket)), state)
            }
            _ => verbs::why_not(verb, self.cursor.key, state),
        }
    }

    fn run(&mut self, command: &Command, cx: &mut Cx<'_>) -> Outcome {
        let verb = command.verb;
        let typed = mem::replace(&mut self.typed, Typed::Nothing);
        if !matches!(typed, Typed::Nothing) {
            self.run_line(typed, verb, cx);
            return Outcome::Consumed;
        }
        match (verb, self.cursor.key) {
            (Verb::Close, _) if self.details.is_some() => self.details = None,
            (Verb::Close, _) if !self.filter.text.is_empty() => self.set_filter("", cx.state),
            (Verb::Close, _) => return Outcome::Close,
            (Verb::Filter, _) => {
                if let Some(text) = &command.argument {
                    self.set_filter(text, cx.state);
                }
                // One that cannot be read stays open, with the reason.
                if command.argument.is_none() || self.filter.error.is_some() {
                    self.typed = Typed::Filter(TextField::holding(&self.filter.text));
                }
            }
            (Verb::Details, Some(_)) => self.details = Some(ScrollText::default()),
            (Verb::EditReason, Some(JournalRowId::Start(here))) => {
                let start = cx.state.model.start_of(here);
                let reason = start.and_then(|start| start.entry.reason.as_deref());
                let field = TextField::holding(reason.unwrap_or_default());
                self.typed = Typed::Reason(here, field);
            }
            (Verb::ExportJson, _) => export(Format::JsonLines, &self.rows, cx),
            (Verb::ExportCsv, _) => export(Format::Csv, &self.rows, cx),
            (_, Some(here)) if verbs::is_of_entry(verb) => return verbs::run(verb, here, cx),
            _ => self.go(verb, Self::height(cx.state)),
        }
        Outcome::Consumed
    }

    fn point(&mut self, item: &Item, _cx: &mut Cx<'_>) -> Outcome {
        match (item, &self.typed) {
            // What is typed is about the entry under the cursor.
            (Item::Entry(_), Typed::Reason(..)) => Outcome::Consumed,
            (Item::Entry(id), _) if self.cursor.go_to(&self.rows, id) => Outcome::Consumed,
            _ => Outcome::Ignored,
        }
    }

    fn type_in(&mut self, chord: Chord, cx: &mut Cx<'_>) -> Outcome {
        let (Typed::Filter(field) | Typed::Reason(_, field)) = &mut self.typed else {
            return Outcome::Ignored;
        };
        if !field.press(chord) {
            return Outcome::Ignored;
        }
        self.typed(cx.state);
        Outcome::Consumed
    }

    fn paste(&mut self, text: &str, cx: &mut Cx<'_>) -> Outcome {
        let (Typed::Filter(field) | Typed::Reason(_, field)) = &mut self.typed else {
            return Outcome::Ignored;
        };
        if let Err(reason) = field.paste(text) {
            cx.warn(reason);
        }
        self.typed(cx.state);
        Outcome::Consumed
    }

    fn settle(&mut self, state: &State) {
        self.refresh(&state.model, Self::height(state));
    }

    fn draw(&self, state: &State, frame: &mut Frame<'_>, now: Now) {
        self.draw_all(state, frame, now);
    }
}

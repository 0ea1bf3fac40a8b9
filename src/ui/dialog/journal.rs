//! The journal: every start and every cancel that there was, and what came of it.
//!
//! The selection is an entry's name, so it stays on its entry when others come. Only the entries in
//! sight are drawn, and which those are is found out when something has changed, because there may
//! be thousands.

mod cancel;
mod details;
mod list;
mod search;

use std::mem;

use crate::engine::Model;
use crate::engine::model::{CancelId, StartId};
use crate::engine::queries::journal_rows::{JournalRow, JournalRowId, newest_first};
use crate::ui::chord::{Chord, Key};
use crate::ui::view::cursor::Cursor;
use crate::ui::widget::text_field::TextField;
use search::Search;

/// What a key in the journal comes to.
#[derive(Debug)]
pub(crate) enum JournalWish {
    Stay,
    Close,
    /// Open the form on what this start has sent.
    Rerun(StartId),
    /// Write down why it was started; none takes that out.
    Annotate(StartId, Option<String>),
    /// Open its run in the browser.
    Open(StartId),
    /// Copy the id of its run, or its own.
    Copy(StartId),
    /// Do not send it.
    TakeBack(StartId),
    /// Send it once there is room for it.
    Wait(StartId),
    /// Write these into a file.
    Export(Format, Vec<JournalRowId>),
    /// Open the run of this cancel in the browser.
    OpenCancelled(CancelId),
    /// Copy the id of its run.
    CopyCancelled(CancelId),
    /// Take it back.
    LetGo(CancelId),
    /// A key that means something only for a start.
    OnlyForStarts,
}

/// How entries are exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    JsonLines,
    Csv,
}

/// What is being typed.
#[derive(Debug)]
enum Typed {
    Nothing,
    Filter(TextField),
    Reason(StartId, TextField),
}

/// What fills the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Page {
    List,
    /// One entry, from this line on.
    Details(u16),
    /// The keys, from this line on.
    Keys(u16),
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
    filter: String,
    search: Search,
    /// What is wrong with the filter, while it is.
    error: Option<String>,
    typed: Typed,
    page: Page,
    /// The revision of the journal that the rows were made from.
    rows_of: Option<u64>,
}

impl Default for JournalPane {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            starts: 0,
            cancels: 0,
            cursor: Cursor { settled: true, ..Cursor::default() },
            filter: String::new(),
            search: Search::default(),
            error: None,
            typed: Typed::Nothing,
            page: Page::List,
            rows_of: None,
        }
    }
}

impl JournalPane {
    /// Finds out anew which entries there are, if anything has changed, and keeps the selected one
    /// in sight of `height` rows.
    pub(crate) fn refresh(&mut self, model: &Model, height: usize) {
        let revision = model.journal_revision();
        if self.rows_of != Some(revision) {
            self.rows_of = Some(revision);
            let starts = model.starts().rev().map(|start| &start.entry);
            let all = newest_first(starts, model.cancel_entries().rev());
            let admitted = all.filter(|row| self.search.admits_row(*row));
            self.rows = admitted.map(JournalRow::id).collect();
            (self.starts, self.cancels) = (model.starts().count(), model.cancel_entries().count());
        }
        self.cursor.follow(&self.rows, height);
    }

    /// Takes in a key; `page` is how far a page goes.
    pub(crate) fn press(&mut self, chord: Chord, page: usize, model: &Model) -> JournalWish {
        match mem::replace(&mut self.typed, Typed::Nothing) {
            Typed::Filter(field) => self.type_filter(field, chord),
            Typed::Reason(ticket, field) => return self.type_reason(ticket, field, chord),
            Typed::Nothing if matches!(self.page, Page::Keys(_)) => self.press_keys(chord),
            Typed::Nothing => return self.press_page(chord, page, model),
        }
        JournalWish::Stay
    }

    pub(crate) fn paste(&mut self, text: &str) -> Result<(), String> {
        match &mut self.typed {
            Typed::Nothing => Ok(()),
            Typed::Reason(_, field) => field.paste(text),
            Typed::Filter(field) => {
                let pasted = field.paste(text);
                let text = field.text().to_owned();
                self.set_filter(&text);
                pasted
            }
        }
    }

    fn press_keys(&mut self, chord: Chord) {
        let Page::Keys(top) = &mut self.page else { return };
        match chord.key {
            Key::Down | Key::Char('j') => *top = top.saturating_add(1),
            Key::Up | Key::Char('k') => *top = top.saturating_sub(1),
            _ => self.page = Page::List,
        }
    }

    fn press_page(&mut self, chord: Chord, page: usize, model: &Model) -> JournalWish {
        let by = isize::try_from(page.max(1)).unwrap_or(1);
        let here = self.cursor.key;
        match (chord.key, chord.ctrl) {
            (Key::Esc, _) if self.page != Page::List => self.page = Page::List,
            (Key::Esc, _) if !self.filter.is_empty() => self.set_filter(""),
            (Key::Esc, _) | (Key::Char('@' | 'q'), false) => return JournalWish::Close,
            (Key::Down, _) | (Key::Char('j'), false) => self.go(1),
            (Key::Up, _) | (Key::Char('k'), false) => self.go(-1),
            (Key::PageDown, _) | (Key::Char('d'), true) => self.go(by),
            (Key::PageUp, _) | (Key::Char('u'), true) => self.go(-by),
            (Key::Home, _) | (Key::Char('g'), false) => self.go(isize::MIN),
            (Key::End, _) | (Key::Char('G'), false) => self.go(isize::MAX),
            (Key::Char('/'), false) => {
                self.page = Page::List;
                self.typed = Typed::Filter(TextField::holding(&self.filter));
            }
            (Key::Char('?') | Key::F(1), false) => self.page = Page::Keys(0),
            (Key::Char('x'), false) => {
                return JournalWish::Export(Format::JsonLines, self.rows.clone());
            }
            (Key::Char('c'), false) => return JournalWish::Export(Format::Csv, self.rows.clone()),
            (key, false) => {
                return match here {
                    Some(JournalRowId::Start(here)) => self.press_entry(key, here, model),
                    Some(JournalRowId::Cancel(here)) => self.press_cancel(key, here),
                    None => JournalWish::Stay,
                };
            }
            _ => {}
        }
        JournalWish::Stay
    }

    /// A key about the selected start.
    fn press_entry(&mut self, key: Key, here: StartId, model: &Model) -> JournalWish {
        match key {
            Key::Enter if self.page == Page::List => self.page = Page::Details(0),
            Key::Enter => self.page = Page::List,
            Key::Char('e') => {
                let start = model.start_of(here);
                let reason = start.and_then(|start| start.entry.reason.as_deref());
                self.typed = Typed::Reason(here, TextField::holding(reason.unwrap_or_default()));
            }
            Key::Char('T') => return JournalWish::Rerun(here),
            Key::Char('o') => return JournalWish::Open(here),
            Key::Char('y') => return JournalWish::Copy(here),
            Key::Char('X' | 'L') => return JournalWish::TakeBack(here),
            Key::Char('w') => return JournalWish::Wait(here),
            _ => {}
        }
        JournalWish::Stay
    }

    /// A key about the selected cancel.
    fn press_cancel(&mut self, key: Key, here: CancelId) -> JournalWish {
        match key {
            Key::Enter if self.page == Page::List => self.page = Page::Details(0),
            Key::Enter => self.page = Page::List,
            Key::Char('o') => return JournalWish::OpenCancelled(here),
            Key::Char('y') => return JournalWish::CopyCancelled(here),
            Key::Char('X' | 'L') => return JournalWish::LetGo(here),
            Key::Char('e' | 'T' | 'w') => return JournalWish::OnlyForStarts,
            _ => {}
        }
        JournalWish::Stay
    }

    /// Scrolls the details, or goes to another entry.
    fn go(&mut self, by: isize) {
        if let Page::Details(top) = &mut self.page {
            let by = i16::try_from(by).unwrap_or(if by < 0 { i16::MIN } else { i16::MAX });
            *top = top.saturating_add_signed(by);
        } else {
            let index = self.cursor.index.saturating_add_signed(by);
            self.cursor.go(&self.rows, index);
        }
    }

    fn type_filter(&mut self, mut field: TextField, chord: Chord) {
        match chord.key {
            // A filter that cannot be read keeps its line open, with the reason.
            Key::Enter if self.error.is_none() => {}
            Key::Esc => self.set_filter(""),
            _ => {
                if field.press(chord) {
                    let text = field.text().to_owned();
                    self.set_filter(&text);
                }
                self.typed = Typed::Filter(field);
            }
        }
    }

    fn type_reason(&mut self, ticket: StartId, mut field: TextField, chord: Chord) -> JournalWish {
        match chord.key {
            Key::Esc => {}
            Key::Enter => {
                let text = field.text().trim();
                return JournalWish::Annotate(ticket, (!text.is_empty()).then(|| text.to_owned()));
            }
            _ => {
                field.press(chord);
                self.typed = Typed::Reason(ticket, field);
            }
        }
        JournalWish::Stay
    }

    /// Reads a filter; what cannot be read leaves the one in force.
    fn set_filter(&mut self, text: &str) {
        text.clone_into(&mut self.filter);
        match Search::parse(text) {
            Ok(search) => (self.search, self.error, self.rows_of) = (search, None, None),
            Err(error) => self.error = Some(error),
        }
    }
}

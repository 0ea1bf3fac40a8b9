//! The trigger form: edit the parameters, review the exact body, send it once.
//!
//! Nothing but a key closes it, and nothing but a key changes what stands in its fields:
//! refreshes, messages and errors only change what it says beside them.

mod answers;
mod draw;
mod edit;
mod focus;
mod hint;
mod keep;
mod list;
mod options;
mod rerun;
mod review;
mod rows;
#[cfg(test)]
mod tests;

use jiff::Zoned;

use crate::domain::param::{Body, Draft, Origin, ParamSpec, Place, Preset};
use crate::domain::{ProjectId, StartRun};
use crate::engine::model::TicketId;
use crate::ui::chord::{Chord, Key};
use crate::ui::field::Field;
use keep::Shelf;
use list::List;
pub(crate) use rerun::Again;
use review::Review;

/// What a key in the form comes to.
#[derive(Debug)]
pub(crate) enum FormWish {
    Stay,
    Close,
    /// Send this; the form then waits for [`Form::sent`].
    Send(StartRun),
    /// Have Hex check this; the form then waits for [`Form::checking`].
    Check(StartRun),
    /// Do not send what has not left yet.
    TakeBack(TicketId),
    /// Read the app's inputs again.
    ReadInputs,
    /// Open the editor on this text, a file with this ending.
    Edit {
        text: String,
        ending: &'static str,
    },
    /// Put the command that sends this into the clipboard.
    CopyCurl(StartRun),
    SavePreset(String, Preset),
    /// From the one name to the other.
    RenamePreset(String, String),
    DeletePreset(String),
}

/// The part of a row that is being edited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cell {
    Name,
    Kind,
    Value,
}

/// Where in the form one is.
#[derive(Debug)]
enum Page {
    Edit,
    /// Closing would lose edits: yes or no.
    Discard,
    Presets(Shelf),
    /// The keys that work here, from this line on.
    Keys(u16),
    /// What the editor gave back cannot be read.
    Unread {
        text: String,
        why: String,
    },
    Review(Review),
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

/// What the editor is open on.
#[derive(Debug)]
enum Editing {
    Body(String),
    Value,
}

/// What is new about the app's inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum News {
    None,
    /// A person has asked for them and waits.
    Asked,
    /// They were read after something had been edited: a person takes them over.
    Here,
}

/// What the form is told of the project.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lore {
    /// The parameters that are known.
    pub(crate) specs: Vec<ParamSpec>,
    /// Bodies of earlier starts, newest first.
    pub(crate) recent: Vec<Body>,
    pub(crate) presets: Vec<(String, Preset)>,
}

/// What servers know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Server {
    /// The two fields for cached results.
    #[default]
    Current,
    /// Only the deprecated one field, `updateCache`.
    Old,
}

/// The open form.
#[derive(Debug)]
pub(crate) struct Form {
    project: ProjectId,
    title: String,
    draft: Draft,
    lore: Lore,
    server: Server,
    place: Place,
    cell: Cell,
    /// The text of the cell being edited.
    field: Field,
    /// Open below the field: values to choose from.
    list: Option<List>,
    dirty: bool,
    /// The review was asked for, so that rows not yet touched show their errors too.
    checked: bool,
    page: Page,
    /// Why Hex refused the last try, and what it said of single inputs.
    refusal: Option<String>,
    refused: Vec<(String, String)>,
    /// Why the last key did nothing, or what it did elsewhere.
    said: Option<String>,
    editing: Option<Editing>,
    news: News,
    /// The start that it repeats.
    again: Option<Again>,
    /// The moment of the last message, in the zone where days are counted.
    now: Zoned,
}

impl Form {
    /// The form of a project; it begins with the values of the last start.
    pub(crate) fn new(
        project: ProjectId,
        title: String,
        lore: Lore,
        server: Server,
        now: Zoned,
    ) -> Self {
        let mut form = Self {
            project,
            title,
            draft: Draft::default(),
            lore,
            server,
            place: Place::CachedSql,
            cell: Cell::Value,
            field: Field::default(),
            list: None,
            dirty: false,
            checked: false,
            page: Page::Edit,
            refusal: None,
            refused: Vec::new(),
            said: None,
            editing: None,
            news: News::None,
            again: None,
            now,
        };
        form.begin();
        form
    }

    /// All rows anew: what is known, with the values of the last start, or of the one that is
    /// repeated. Secrets are in none, so those of the settings stay.
    fn begin(&mut self) {
        self.draft = Draft::fresh(self.lore.specs.clone());
        if self.again.is_some() {
            self.repeat();
        } else if let Some(last) = self.lore.recent.first() {
            let fresh = self.draft.rows.clone();
            self.draft.take(last, &Origin::Last, &self.now);
            for row in &mut self.draft.rows {
                if let Some(old) = fresh.iter().find(|old| old.spec.secret && old.spec == row.spec)
                {
                    row.clone_from(old);
                }
            }
        }
        let lost = self.draft.rows.iter().position(|row| row.origin == Origin::Lost);
        let first = self.stops().first().map_or(Place::CachedSql, |(place, _)| *place);
        self.go_to(lost.map_or(first, Place::Row), Cell::Value);
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
        matches!(self.page, Page::Done)
    }

    /// Its start has been handed over.
    pub(crate) fn sent(&mut self, ticket: TicketId) {
        self.page = Page::Sending { ticket };
    }

    /// Says something until the next key.
    pub(crate) fn say(&mut self, text: impl Into<String>) {
        self.said = Some(text.into());
    }

    pub(crate) fn paste(&mut self, text: &str) {
        match &mut self.page {
            Page::Edit if self.list.is_none() => self.paste_into_cell(text),
            Page::Presets(kept) => kept.paste(text),
            _ => {}
        }
    }

    pub(crate) fn press(&mut self, chord: Chord, now: Zoned) -> FormWish {
        self.now = now;
        self.said = None;
        match &mut self.page {
            Page::Edit => return self.press_edit(chord),
            Page::Presets(_) => return self.press_presets(chord),
            Page::Review(_) => return self.press_review(chord),
            Page::Keys(top) => match chord.key {
                Key::Down | Key::Char('j') => *top = top.saturating_add(1),
                Key::Up | Key::Char('k') => *top = top.saturating_sub(1),
                _ => self.page = Page::Edit,
            },
            Page::Discard => {
                if chord == Chord::plain(Key::Char('y')) {
                    return FormWish::Close;
                }
                self.page = Page::Edit;
            }
            Page::Unread { text, .. } => {
                if chord == Chord::ctrl('e') {
                    let text = std::mem::take(text);
                    return self.open_editor(text);
                } else if chord.key == Key::Esc {
                    self.page = Page::Edit;
                    self.say("what was written in the editor is thrown away");
                }
            }
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

    /// The editor opens on the whole body.
    fn open_editor(&mut self, text: String) -> FormWish {
        self.page = Page::Edit;
        self.editing = Some(Editing::Body(text.clone()));
        FormWish::Edit { text, ending: "json" }
    }
}

//! The trigger form: edit the parameters, review the exact body, send it once.
//!
//! Nothing but a key closes it, and nothing but a key changes what stands in its fields:
//! refreshes, messages and errors only change what it says beside them.

mod answers;
mod draw;
mod edit;
mod file;
mod focus;
mod hint;
mod list;
mod options;
mod page;
mod presets;
mod rerun;
mod review;
mod room;
mod rows;
mod sweep;
#[cfg(test)]
mod tests;

use jiff::Zoned;

use crate::domain::inputs::{Body, Draft, Origin, ParamSpec, Place, Preset, Starts};
use crate::domain::{ProjectId, StartRun};
use crate::engine::model::StartId;
use crate::ui::chord::{Chord, Key};
use crate::ui::widget::text_field::TextField;
use list::List;
use page::Page;
pub(crate) use rerun::Again;

/// What a key in the form comes to.
#[derive(Debug)]
pub(crate) enum FormWish {
    Stay,
    Close,
    /// Send this; the form then waits for [`Form::sent`].
    Send(StartRun),
    /// Send these one after the other, which is the form's end.
    SendAll(Starts),
    /// Send this refused start when there is room.
    Queue(StartId),
    /// Have Hex check these; the form then waits for [`Form::checking`].
    Check(Vec<StartRun>),
    /// Read the file at this path; the form then waits for [`Form::hear_file`].
    Read(String),
    /// Do not send what has not left yet.
    TakeBack(StartId),
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
pub(crate) struct ProjectInputs {
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
    inputs: ProjectInputs,
    server: Server,
    place: Place,
    cell: Cell,
    /// The text of the cell being edited.
    field: TextField,
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
    /// What is written down beside the start, if anything.
    note: String,
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
        inputs: ProjectInputs,
        server: Server,
        now: Zoned,
    ) -> Self {
        let mut form = Self {
            project,
            title,
            draft: Draft::default(),
            inputs,
            server,
            place: Place::CachedSql,
            cell: Cell::Value,
            field: TextField::default(),
            list: None,
            dirty: false,
            checked: false,
            page: Page::Edit,
            refusal: None,
            refused: Vec::new(),
            said: None,
            editing: None,
            note: String::new(),
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
        self.draft = Draft::fresh(self.inputs.specs.clone());
        if self.again.is_some() {
            self.repeat();
        } else if let Some(last) = self.inputs.recent.first() {
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
    pub(crate) fn ticket(&self) -> Option<StartId> {
        match self.page {
            Page::Sending { ticket } | Page::Queued { ticket } => Some(ticket),
            _ => None,
        }
    }

    /// Whether closing it would lose something.
    pub(crate) fn is_dirty(&self) -> bool {
        self.dirty && !matches!(self.page, Page::Done | Page::Lost { .. } | Page::Queued { .. })
    }

    pub(crate) fn is_done(&self) -> bool {
        matches!(self.page, Page::Done)
    }

    /// Its start has been handed over.
    pub(crate) fn sent(&mut self, ticket: StartId) {
        self.page = Page::Sending { ticket };
    }

    /// What a person has written down beside the start.
    pub(crate) fn note(&self) -> Option<String> {
        Some(self.note.trim().to_owned()).filter(|note| !note.is_empty())
    }

    /// Says something until the next key.
    pub(crate) fn say(&mut self, text: impl Into<String>) {
        self.said = Some(text.into());
    }

    /// Takes in pasted text.
    ///
    /// # Errors
    /// A sentence for the person, if there is no room for it.
    pub(crate) fn paste(&mut self, text: &str) -> Result<(), String> {
        let pasted = match &mut self.page {
            Page::Edit if self.list.is_none() => self.paste_into_cell(text),
            Page::Presets(kept) => kept.paste(text),
            Page::File(page) => page.paste(text),
            Page::Review(review) => review.paste(text),
            _ => Ok(()),
        };
        if let Err(reason) = &pasted {
            self.say(reason.clone());
        }
        pasted
    }

    pub(crate) fn press(&mut self, chord: Chord, now: Zoned) -> FormWish {
        self.now = now;
        self.said = None;
        match &mut self.page {
            Page::Edit => return self.press_edit(chord),
            Page::Presets(_) => return self.press_presets(chord),
            Page::Review(_) => return self.press_review(chord),
            Page::File(_) => return self.press_file(chord),
            Page::NoRoom { ticket } => {
                let ticket = *ticket;
                return self.press_no_room(ticket, chord);
            }
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
            Page::Queued { ticket } => match chord.key {
                Key::Esc => return FormWish::TakeBack(*ticket),
                Key::Enter => return FormWish::Close,
                _ => {}
            },
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

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
mod open;
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
use ratatui::Frame;

use crate::domain::inputs::{Body, Draft, Origin, ParamSpec, Place, Preset};
use crate::domain::{Now, ProjectId, RunId};
use crate::engine::Intent;
use crate::engine::model::StartId;
use crate::ui::chord::Chord;
use crate::ui::command::{Command, Context, Keymap, Verb};
use crate::ui::layer::{Cx, Layer, News, Outcome};
use crate::ui::mouse::Item;
use crate::ui::widget::confirm::Question;
use crate::ui::widget::text_field::TextField;
use crate::ui::{Effect, State};
use list::List;
use page::Page;
pub(crate) use rerun::Again;

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
enum InputNews {
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
    /// Whether the newest of them was one of several that were made together.
    pub(crate) is_swept: bool,
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
    /// Whether to lose the edits, while that is asked.
    discards: Option<Question<()>>,
    editing: Option<Editing>,
    /// What is written down beside the start, if anything.
    note: String,
    news: InputNews,
    /// The start that it repeats.
    again: Option<Again>,
    /// The run whose cancel comes first.
    after: Option<RunId>,
    /// The moment of the last message, in the zone where days are counted.
    now: Zoned,
    /// The keys in force, for what it says of them.
    keys: Keymap,
}

impl Form {
    /// The form of a project; it begins with the values of the last start.
    pub(crate) fn new(
        project: ProjectId,
        title: String,
        inputs: ProjectInputs,
        server: Server,
        now: Zoned,
        keys: Keymap,
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
            discards: None,
            editing: None,
            note: String::new(),
            news: InputNews::None,
            again: None,
            after: None,
            now,
            keys,
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
            let origin = if self.inputs.is_swept { Origin::Sweep } else { Origin::Last };
            self.draft.take(last, &origin, &self.now);
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

    /// The start that it waits for.
    fn ticket(&self) -> Option<StartId> {
        match self.page {
            Page::Sending { ticket } | Page::Queued { ticket } => Some(ticket),
            _ => None,
        }
    }

    /// Whether closing it would lose something.
    fn is_dirty(&self) -> bool {
        self.dirty && !matches!(self.page, Page::Done | Page::Lost { .. } | Page::Queued { .. })
    }

    /// How the first key of a verb on its page is written.
    fn key(&self, verb: Verb) -> String {
        self.keys.key(Context::Form, verb)
    }

    /// What a person has written down beside the start.
    fn note(&self) -> Option<String> {
        Some(self.note.trim().to_owned()).filter(|note| !note.is_empty())
    }

    /// Says something until the next key.
    fn say(&mut self, text: impl Into<String>) {
        self.said = Some(text.into());
    }

    /// The editor opens on the whole body.
    fn open_editor(&mut self, text: String, cx: &mut Cx<'_>) {
        self.page = Page::Edit;
        self.editing = Some(Editing::Body(text.clone()));
        cx.effect(Effect::Edit { text, ending: "json" });
    }

    /// A command while a start is on its way, or cannot be sent or read.
    fn run_page(&mut self, verb: Verb, cx: &mut Cx<'_>) -> Outcome {
        match (&mut self.page, verb) {
            (Page::NoRoom { ticket }, Verb::WaitForRoom) => {
                let ticket = *ticket;
                self.refusal = None;
                self.page = Page::Queued { ticket };
                cx.intend(Intent::Requeue(ticket));
            }
            (Page::NoRoom { .. }, Verb::Close) => self.page = Page::Edit,
            (Page::Sending { ticket } | Page::Queued { ticket }, Verb::TakeBack) => {
                cx.intend(Intent::WithdrawStart(*ticket));
            }
            (Page::Unread { text, .. }, Verb::EditBody) => {
                let text = std::mem::take(text);
                self.open_editor(text, cx);
            }
            (Page::Unread { .. }, Verb::Discard) => {
                self.page = Page::Edit;
                self.say("what was written in the editor is thrown away");
            }
            (Page::Queued { .. } | Page::Lost { .. } | Page::Done, Verb::Close) => {
                return Outcome::Close;
            }
            _ => return Outcome::Ignored,
        }
        Outcome::Consumed
    }
}

impl Layer for Form {
    fn context(&self) -> Context {
        match &self.page {
            Page::Edit => self.edit_context(),
            Page::Presets(list) => list.context(),
            Page::Review(review) => review.context(),
            Page::File(_) => Context::Line,
            Page::NoRoom { .. } => Context::NoRoom,
            Page::Queued { .. } => Context::Waiting,
            Page::Sending { .. } => Context::Sending,
            Page::Unread { .. } => Context::Unread,
            Page::Lost { .. } | Page::Done => Context::Answered,
        }
    }

    fn why_not(&self, verb: Verb, state: &State) -> Option<String> {
        match &self.page {
            Page::Presets(list) => self.why_not_preset(list, verb),
            Page::Review(review) => review.why_not(verb, state),
            _ => None,
        }
    }

    fn run(&mut self, command: &Command, cx: &mut Cx<'_>) -> Outcome {
        self.now = cx.state.civil(cx.now);
        self.said = None;
        match &self.page {
            Page::Edit => self.run_edit(command.verb, cx),
            Page::Presets(_) => self.run_presets(command.verb, cx),
            Page::Review(_) => self.run_review(command.verb, cx),
            Page::File(_) => self.run_file(command.verb, cx),
            _ => self.run_page(command.verb, cx),
        }
    }

    fn point(&mut self, item: &Item, _cx: &mut Cx<'_>) -> Outcome {
        let is_there = match (item, &self.page) {
            // A question is answered first.
            _ if self.discards.is_some() => true,
            (Item::Field(place), Page::Edit) => {
                self.go_to(*place, Cell::Value);
                self.place == *place
            }
            (Item::Value(at), Page::Edit) => self.list.as_mut().is_some_and(|list| list.go_to(*at)),
            (Item::Preset(name), Page::Presets(_)) => self.point_at_preset(name),
            _ => false,
        };
        if is_there { Outcome::Consumed } else { Outcome::Ignored }
    }

    fn type_in(&mut self, chord: Chord, cx: &mut Cx<'_>) -> Outcome {
        self.now = cx.state.civil(cx.now);
        self.said = None;
        match &mut self.page {
            Page::Edit => self.type_in_edit(chord),
            Page::Presets(list) => list.type_in(chord),
            Page::Review(review) => review.type_in(chord),
            Page::File(page) => page.type_in(chord),
            _ => Outcome::Ignored,
        }
    }

    fn paste(&mut self, text: &str, _cx: &mut Cx<'_>) -> Outcome {
        let pasted = match &mut self.page {
            Page::Edit if self.list.is_none() && self.discards.is_none() => {
                self.paste_into_cell(text)
            }
            Page::Presets(kept) => kept.paste(text),
            Page::File(page) => page.paste(text),
            Page::Review(review) => review.paste(text),
            _ => return Outcome::Ignored,
        };
        if let Err(reason) = pasted {
            self.say(reason);
        }
        Outcome::Consumed
    }

    fn hear(&mut self, news: &News<'_>, cx: &mut Cx<'_>) -> Outcome {
        match news {
            News::Start(ticket, stage) if self.ticket() == Some(*ticket) => {
                let waits = |run| cx.state.model.may_start_after(run);
                self.hear_stage(stage, self.after.as_ref().is_some_and(waits));
                return match self.page {
                    Page::Done => Outcome::CloseAll,
                    _ => Outcome::Consumed,
                };
            }
            News::Checked(ticket, verdict) => self.hear_check(*ticket, verdict),
            News::Inputs(project) if **project == self.project => {
                self.learn(ProjectInputs::of(cx.state, project));
            }
            News::Presets(project) if **project == self.project => {
                self.presets_changed(ProjectInputs::of(cx.state, project).presets);
            }
            News::Edited(result) => self.edited((*result).clone()),
            News::File(read) => self.hear_file((*read).clone()),
            _ => {}
        }
        Outcome::Ignored
    }

    fn unsaved(&self) -> Option<&'static str> {
        self.is_dirty().then_some("an edited form")
    }

    fn draw(&self, state: &State, frame: &mut Frame<'_>, now: Now) {
        self.draw_all(state, frame, now);
    }
}

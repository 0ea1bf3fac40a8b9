//! What a person sees and does: selection, panes, sheets and forms.
//!
//! [`State::update`] owns every change; [`State::draw`] changes nothing. Selection, marks and
//! sheets hold ids, never row numbers: rows may move, targets may not.

pub mod action;
mod again;
mod age;
pub mod chord;
mod curl;
mod dialog;
mod forms;
mod journal;
mod kernels;
mod keys;
mod layout;
pub(crate) mod listing;
mod pane;
mod pins;
mod queues;
mod rows;
mod started;
#[cfg(test)]
mod tests;
pub mod text;
pub mod theme;
mod verbs;
mod view;
mod widget;

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::tz::TimeZone;
use ratatui::Frame;
use ratatui::layout::Size;

use crate::api::{ApiError, Call, Connection, PathStyle};
use crate::domain::{Boot, Now, ProjectId, RunId};
use crate::engine::model::{Batch, Entry, PollScope, StartId, StartStage};
use crate::engine::sync::protocol::StoreRequest;
use crate::engine::{self, CallId, Intent, Model};

use chord::Chord;
pub use dialog::Server;
use dialog::{BudgetPanel, CancelDialog, Compare, Form, Help, JournalPane, QueuePanel};
use rows::RowsOf;
use text::count;
use theme::Theme;
use view::cursor::Cursor;
use view::filter::Filter;
use view::project_rows::ProjectRows;
use view::run_rows::{RowId, RunRows};
use view::sort::Sort;
use widget::text_field::TextField;

/// How long a notice that is no warning stays.
const NOTICE: Duration = Duration::from_secs(8);
/// How long a row that has changed is pointed out.
pub(crate) const FRESH: Duration = Duration::from_secs(5);

/// What the screen must be told from outside.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// How to draw.
    pub theme: Theme,
    /// The workspace's name or address, for the header.
    pub workspace: String,
    /// Where the configuration is, for messages that ask to change it.
    pub config: String,
    /// The API's root, such as `https://app.hex.tech/api`, for commands to copy.
    pub root: String,
    /// The zone in which the form counts days.
    pub zone: TimeZone,
    /// What the server knows.
    pub server: Server,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            theme: Theme::default(),
            workspace: String::new(),
            config: String::new(),
            root: String::new(),
            zone: TimeZone::UTC,
            server: Server::Current,
        }
    }
}

/// All that can happen to the screen.
#[derive(Clone, Debug, PartialEq)]
pub enum Msg {
    /// A key was pressed.
    Key(Chord),
    /// Text was pasted.
    Paste(String),
    /// The terminal has this size.
    Resize(Size),
    /// Something for the engine.
    Engine(Box<engine::Msg>),
    /// Something asked of the host, such as opening a browser, failed.
    HostFailed(String),
    /// What the editor gave back, or why it could not.
    Edited(Result<String, String>),
    /// Where a file was saved, or why it could not be.
    Saved(Result<String, String>),
    /// The text of the file that was to be read, or why it cannot be.
    FileRead(Result<String, String>),
    /// The process was asked to end.
    Terminate,
    /// The process was asked to stop for a while: the loop sees to it.
    Stop,
    /// The process goes on, stopped or not: the loop takes the terminal back.
    Continued,
}

/// All that the screen can ask for.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Send this call and answer with [`engine::Msg::Replied`].
    Send(CallId, Call, PathStyle, Connection),
    /// Read the token from where it is kept and answer with [`engine::Msg::TokenRead`].
    ReadToken,
    /// Open this address in the browser.
    Open(String),
    /// Open the editor on this text, a file with this ending, and answer with [`Msg::Edited`].
    Edit {
        /// The text.
        text: String,
        /// What the file's name ends with, so that the editor knows what it is.
        ending: &'static str,
    },
    /// Read the file at this path and answer with [`Msg::FileRead`].
    Read(String),
    /// Put this text into the clipboard.
    Copy(String),
    /// Save this text in a new file of about this name, which replaces none, and answer with
    /// [`Msg::Saved`].
    Save {
        /// What the file is called if nothing has that name.
        name: String,
        /// The text.
        text: String,
    },
    /// Ask this of the store and answer with [`engine::Msg::Store`].
    Store(StoreRequest),
    /// Have the process stopped for a while; answered with [`Msg::Stop`].
    Suspend,
    /// End.
    Quit,
}

/// The panes that can have the focus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pane {
    Projects,
    Runs,
    Detail,
}

/// How much a notice matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    Info,
    Warning,
}

/// A sentence for the person, shown in the footer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Notice {
    pub(crate) level: Level,
    pub(crate) text: String,
    at: Boot,
}

/// What lies over the panes.
#[derive(Debug)]
pub(crate) enum Overlay {
    Help(Help),
    Budget(BudgetPanel),
    Queues(QueuePanel),
    Cancel(CancelDialog),
    Form(Box<Form>),
    Compare(Compare),
    Journal(Box<JournalPane>),
}

/// The pane of projects.
#[derive(Debug, Default)]
pub(crate) struct Projects {
    pub(crate) rows: ProjectRows,
    pub(crate) cursor: Cursor<ProjectId>,
    pub(crate) filter: Filter,
}

/// The pane of runs.
#[derive(Debug, Default)]
pub(crate) struct Runs {
    pub(crate) rows: RunRows,
    pub(crate) cursor: Cursor<RowId>,
    pub(crate) filter: Filter,
    /// The shown status; 0 is all.
    pub(crate) tab: usize,
    /// Show only runs of this project.
    pub(crate) scope: Option<ProjectId>,
    pub(crate) sort: Sort,
    pub(crate) marks: BTreeSet<(ProjectId, RunId)>,
    /// Where a range of marks began, and what was marked before.
    pub(crate) anchor: Option<(RowId, BTreeSet<(ProjectId, RunId)>)>,
}

/// The state of the screen, with the engine's inside.
#[derive(Debug)]
pub struct State {
    pub(crate) model: Model,
    pub(crate) options: Options,
    /// The moment and the model that a frozen screen shows.
    frozen: Option<(Now, Box<Model>)>,
    pub(crate) size: Size,
    pub(crate) focus: Pane,
    pub(crate) zoom: bool,
    pub(crate) projects: Projects,
    pub(crate) runs: Runs,
    pub(crate) overlay: Option<Overlay>,
    /// The journal from which the form was opened: closing the form goes back to it.
    behind: Option<Box<JournalPane>>,
    /// The filter line, while it is being edited.
    pub(crate) prompt: Option<TextField>,
    pub(crate) notice: Option<Notice>,
    /// What was unsettled when quitting was first asked for.
    quit_asked: bool,
    /// Refreshing all was asked for once, and its cost said.
    sweep_asked: bool,
    /// What was polled after the last message.
    scope: PollScope,
    last_ticket: u32,
    /// The started run that the cursor goes to as soon as it has a row.
    await_run: Option<(ProjectId, RunId)>,
    rows_of: Option<RowsOf>,
    /// The moment of the last message.
    pub(crate) last: Now,
    attended: (Option<ProjectId>, Vec<ProjectId>),
}

impl State {
    /// A screen on an engine that has not started.
    pub fn new(model: Model, options: Options, size: Size, now: Now) -> Self {
        Self {
            model,
            options,
            frozen: None,
            size: layout::drawable(size),
            focus: Pane::Runs,
            zoom: false,
            projects: Projects::default(),
            runs: Runs::default(),
            overlay: None,
            behind: None,
            prompt: None,
            notice: None,
            quit_asked: false,
            sweep_asked: false,
            scope: PollScope::All,
            last_ticket: 0,
            await_run: None,
            rows_of: None,
            last: now,
            attended: (None, Vec::new()),
        }
    }

    /// Takes in what happened; tells what to do.
    pub fn update(&mut self, msg: Msg, now: Now) -> Vec<Effect> {
        let mut effects = Vec::new();
        self.last = now;
        match msg {
            Msg::Key(chord) => self.press(chord, now, &mut effects),
            Msg::Paste(text) => self.paste(&text, now),
            Msg::Resize(size) => self.size = layout::drawable(size),
            Msg::Engine(msg) => self.tell_engine(*msg, now, &mut effects),
            Msg::HostFailed(reason) => self.warn(reason, now),
            Msg::Edited(result) => self.edited(result),
            Msg::Saved(result) => self.saved(result, now),
            Msg::FileRead(result) => self.hear_file(result),
            Msg::Terminate => effects.push(Effect::Quit),
            Msg::Stop | Msg::Continued => {}
        }
        self.settle_down(now, &mut effects);
        effects
    }

    /// When something shown or planned changes by itself: the engine's next deadline, or the
    /// next second of the clocks on the screen.
    pub fn deadline(&self, now: Now) -> Boot {
        let second = Boot::from_secs(now.boot.since_boot().as_secs() + 1);
        self.model.deadline(now).map_or(second, |at| at.min(second))
    }

    /// Draws the state.
    pub fn draw(&self, frame: &mut Frame<'_>, now: Now) {
        pane::draw(self, frame, now);
        if !self.options.theme.unicode {
            theme::to_ascii(frame.buffer_mut());
        }
    }

    /// How much of the window is drawn on.
    pub fn size(&self) -> Size {
        self.size
    }

    /// The engine's state.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The model on the screen, which may be a frozen one.
    pub(crate) fn shown(&self) -> &Model {
        self.frozen.as_ref().map_or(&self.model, |(_, model)| model)
    }

    /// The moment on the screen, which may be a frozen one.
    pub(crate) fn shown_now(&self, now: Now) -> Now {
        self.frozen.as_ref().map_or(now, |(at, _)| *at)
    }

    pub(crate) fn is_frozen(&self) -> bool {
        self.frozen.is_some()
    }

    /// The project that the cursor is on, by the pane in focus.
    pub(crate) fn selected_project(&self) -> Option<ProjectId> {
        match self.focus {
            Pane::Projects => self.projects.cursor.key.clone(),
            Pane::Runs | Pane::Detail => match &self.runs.cursor.key {
                Some(RowId::Run(project, _)) => Some(project.clone()),
                Some(RowId::Start(ticket)) => {
                    Some(self.model.start_of(*ticket)?.entry.project.clone())
                }
                // Among no runs it is the one whose runs are shown, or the one of the other pane.
                None => self.runs.scope.clone().or_else(|| self.projects.cursor.key.clone()),
            },
        }
    }

    fn tell_engine(&mut self, msg: engine::Msg, now: Now, effects: &mut Vec<Effect>) {
        for effect in self.model.update(msg, now) {
            match effect {
                engine::Effect::Send(id, call, style, connection) => {
                    effects.push(Effect::Send(id, call, style, connection));
                }
                engine::Effect::ReadToken => effects.push(Effect::ReadToken),
                engine::Effect::Store(ask) => effects.push(Effect::Store(ask)),
                engine::Effect::Tell(event) => self.hear(event, now),
            }
        }
    }

    fn intend(&mut self, intent: Intent, now: Now, effects: &mut Vec<Effect>) {
        self.tell_engine(engine::Msg::Intent(intent), now, effects);
    }

    fn hear(&mut self, event: engine::Event, now: Now) {
        match event {
            engine::Event::CancelsSettled(batch) => self.hear_batch(&batch, now),
            engine::Event::CancelRefused(refusal) => {
                self.warn(text::safe(&refusal.to_string()), now);
            }
            engine::Event::StartMoved(ticket) => self.hear_start(ticket, now),
            // The model marks what has changed; the rows show it.
            engine::Event::RunChanged(_) | engine::Event::QueueMoved(_) => {}
            engine::Event::Checked(ticket, verdict) => self.hear_check(ticket, &verdict),
            engine::Event::InputsRead(project) => self.hear_inputs(&project),
            engine::Event::PresetsChanged(project) => self.hear_presets(&project),
            engine::Event::StoreNote(note) => self.warn(text::safe(&note), now),
        }
    }

    /// One summary of a confirmation; what failed stays marked for another try.
    fn hear_batch(&mut self, batch: &Batch, now: Now) {
        let is_stuck = |run: &RunId| self.model.cancelling(run).is_some();
        let stuck = batch.failed.iter().filter(|(run, _)| is_stuck(run)).count();
        let mut parts = Vec::new();
        for (number, word) in [
            (batch.killed, "cancelled"),
            (batch.already_ended, "already ended"),
            (batch.under_way, "being cancelled already"),
            (batch.withdrawn, "not sent"),
            (batch.let_go, "let go"),
            (stuck, "stuck"),
            (batch.failed.len() - stuck, "failed"),
        ] {
            if number > 0 {
                parts.push(format!("{number} {word}"));
            }
        }
        let failed: BTreeSet<_> = batch.failed.iter().map(|(run, _)| run.clone()).collect();
        let rows = self.model.runs().map(|(_, seen)| &seen.run);
        let again: Vec<_> = rows
            .filter(|run| failed.contains(&run.id))
            .map(|run| (run.project.clone(), run.id.clone()))
            .collect();
        self.runs.marks.extend(again);
        match batch.failed.first() {
            Some((run, reason)) => {
                let advice = if stuck > 0 { ". X tries again, L lets it go" } else { "" };
                let text = format!("{}: {} — {reason}{advice}", parts.join(", "), run.short());
                self.warn(text, now);
            }
            None => self.inform(parts.join(", "), now),
        }
    }

    fn hear_start(&mut self, ticket: StartId, now: Now) {
        let Some(start) = self.model.start_of(ticket) else { return };
        let Entry { stage, project, queue, .. } = start.entry.clone();
        let title = self.title(&project);
        let shown_by_form = match &mut self.overlay {
            Some(Overlay::Form(form)) if form.ticket() == Some(ticket) => form.hear(&stage),
            _ => false,
        };
        if matches!(&self.overlay, Some(Overlay::Form(form)) if form.is_done()) {
            (self.overlay, self.behind) = (None, None);
        }
        // Of a sweep nobody follows each start: the cursor stays where the person has put it.
        let is_swept = queue.is_some_and(|point| point.of > 1);
        match stage {
            StartStage::Started(_) | StartStage::ProbablyOurs(_) | StartStage::Withdrawn
                if is_swept => {}
            StartStage::Started(run) => {
                self.await_run = Some((project, run.clone()));
                self.inform(format!("started {} of {title}", run.short()), now);
            }
            StartStage::ProbablyOurs(run) => {
                let text = format!("found {}, probably the start of {title}", run.short());
                self.inform(text, now);
            }
            StartStage::Withdrawn => self.inform(format!("{title} was not started"), now),
            StartStage::Refused(ApiError::KernelsFull(_)) => {
                let limit = self.model.kernels().held().limit;
                let free = kernels::to_free_one(self, now);
                let free = free.map(|words| format!("; {words}")).unwrap_or_default();
                let wait = if shown_by_form { "" } else { "; @ w sends it when there is room" };
                let text =
                    format!("all {limit} kernels are in use; no run was created{free}{wait}");
                self.warn(text, now);
            }
            StartStage::Refused(error) if !shown_by_form => {
                let wait = if error == ApiError::RateLimited { "; @ w sends it then" } else { "" };
                self.warn(format!("{title} was not started: {error}{wait}"), now);
            }
            StartStage::Unconfirmed(_) if !shown_by_form => self.warn(
                format!("{title}: no answer; it may have started. Looking for it; it is never sent twice"),
                now,
            ),
            StartStage::Ambiguous(runs) => self.warn(
                format!("{title}: {} may be the start whose answer was lost", count(runs.len(), "run")),
                now,
            ),
            StartStage::NotSeen => self.warn(
                format!("{title}: no run appeared for the start whose answer was lost; you may start it again"),
                now,
            ),
            StartStage::Unreadable { .. } if !shown_by_form => {
                self.warn(format!("{title}: {}", stage.why().unwrap_or_default()), now);
            }
            _ => {}
        }
    }

    pub(crate) fn title(&self, project: &ProjectId) -> String {
        self.model
            .project(project)
            .map_or_else(|| project.short().to_owned(), |w| text::safe(&w.project.title))
    }

    pub(crate) fn inform(&mut self, text: String, now: Now) {
        self.notice = Some(Notice { level: Level::Info, text, at: now.boot });
    }

    pub(crate) fn warn(&mut self, text: String, now: Now) {
        self.notice = Some(Notice { level: Level::Warning, text, at: now.boot });
    }

    /// After each message: rows follow the model, cursors follow their rows, and the engine
    /// hears what is being looked at.
    fn settle_down(&mut self, now: Now, effects: &mut Vec<Effect>) {
        if self.notice.as_ref().is_some_and(|n| n.level == Level::Info && n.at + NOTICE <= now.boot)
        {
            self.notice = None;
        }
        self.note_incident(now);
        self.refresh_rows(now);
        self.refresh_journal();
        let dialog = match &self.overlay {
            Some(Overlay::Cancel(dialog)) => dialog.projects(),
            _ => Vec::new(),
        };
        let attended = (self.selected_project(), dialog);
        if attended != self.attended {
            self.attended.clone_from(&attended);
            let (selected, dialog) = attended;
            self.intend(Intent::Focus { selected, dialog }, now, effects);
        }
    }
}

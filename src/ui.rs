//! What a person sees and does: panes, the layers over them, selection, commands.
//!
//! [`State::update`] owns every change; [`State::draw`] changes nothing but what it notes of where it drew. Selection, marks and
//! dialogs hold ids, never row numbers: rows may move, targets may not.

mod age;
mod cancels;
pub mod chord;
pub mod clock;
pub mod command;
mod curl;
mod dialog;
mod dispatch;
mod forms;
pub(crate) mod journal_facts;
mod kernels;
pub mod label;
mod layer;
mod layout;
mod let_go;
pub(crate) mod listing;
pub mod manual;
pub mod mouse;
mod navigate;
mod news;
mod pane;
mod pins;
mod queues;
mod reload;
mod repeat;
mod report;
mod rows;
mod rules;
mod started;
#[cfg(test)]
mod tests;
pub mod text;
pub mod theme;
mod tour;
mod verbs;
mod view;
mod watching;
mod widget;

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::Frame;
use ratatui::layout::Size;

use crate::api::{Call, Connection, PathStyle};
use crate::domain::filter::{Saved, Subject};
use crate::domain::{Boot, Now, ProjectId, RunId};
use crate::engine::alerts::Alert;
use crate::engine::model::PollScope;
use crate::engine::sync::protocol::StoreRequest;
use crate::engine::{self, CallId, Intent, Model};

use chord::Chord;
use clock::DateFormat;
use command::{Context, Keymap};
pub use dialog::Server;
use label::Label;
use layer::{Layer, News};
use mouse::{Mouse, Pointer, Zones};
pub use pane::RunColumn;
use reload::Leaving;
pub use reload::Reload;
use theme::{Roles, Theme};
use tour::{Step, Tour};
pub use view::Order;
use view::alarms::Alarms;
use view::cursor::Cursor;
use view::filter::Filter;
use view::project_rows::{ProjectRows, ProjectSort};
use view::run_cursor::{Place, RunCursor};
use view::run_rows::{RowId, RunRows};
use view::sort::Sort;
use watching::Watching;
use widget::scroll_text::ScrollText;

/// How long a notice that is no warning stays.
const NOTICE: Duration = Duration::from_secs(8);

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
    /// The keys in force.
    pub keys: Keymap,
    /// Command lines of earlier times, the last one last.
    pub history: Vec<String>,
    /// Filters that are kept.
    pub saved: Saved,
    /// Whether the mouse is listened to at first.
    pub mouse: bool,
    /// Whether a newcomer is led through what there is to do.
    pub tour: bool,
    /// How days are written in lists.
    pub dates: DateFormat,
    /// The columns of runs that are shown where there is room, besides those that always are.
    pub columns: Vec<RunColumn>,
    /// What runs and projects are sorted by at first.
    pub sort: [Order; 2],
    /// What the person calls the workspace.
    pub label: Label,
    /// The profile in use; empty for none.
    pub profile: String,
    /// The profiles that there are.
    pub profiles: Vec<String>,
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
            keys: Keymap::default(),
            history: Vec::new(),
            saved: Saved::new(),
            mouse: true,
            tour: false,
            dates: DateFormat::default(),
            columns: RunColumn::ALL.to_vec(),
            sort: [Order::default(), Order::default()],
            label: Label::default(),
            profile: String::new(),
            profiles: Vec::new(),
        }
    }
}

impl Options {
    /// A moment as lists have it: see [`clock::brief`].
    pub(crate) fn brief(&self, at: Timestamp, now: Timestamp, seconds: bool) -> String {
        clock::brief(at, now, (&self.zone, self.dates), seconds)
    }
}
/// What is said where a token cannot be read anew, before the reason.
pub(crate) const TOKEN_KEPT: &str = "The token was not read anew, the one before stays in use";

/// All that can happen to the screen.
#[derive(Clone, Debug, PartialEq)]
pub enum Msg {
    /// A key was pressed.
    Key(Chord),
    /// Text was pasted.
    Paste(String),
    /// The mouse has done something.
    Mouse(Mouse),
    /// The terminal has this size.
    Resize(Size),
    /// Something for the engine.
    Engine(Box<engine::Msg>),
    /// Something asked of the host, such as opening a browser, failed.
    HostFailed(String),
    /// How a text was copied, or why it was not.
    Copied(Result<String, String>),
    /// What the editor gave back, or why it could not.
    Edited(Result<String, String>),
    /// The terminal has got the focus, or lost it; none if that is not known any more.
    Focus(Option<bool>),
    /// The settings were read anew, or why that could not be done.
    Settings(Result<Box<Reload>, String>),
    /// Another profile was opened, which this screen makes room for, or why it could not be.
    ProfileOpened(Result<(), String>),
    /// Go on with what [`State::has_more`] tells of.
    GoOn,
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
    /// Keep this command line for the next time.
    Remember(String),
    /// Keep this filter under this name for the next time; an empty one is forgotten.
    KeepFilter {
        /// The name.
        name: String,
        /// The filter.
        text: String,
    },
    /// Tell the person of this outside of the screen.
    Notify(Alert),
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
    /// Open this profile and answer with [`Msg::ProfileOpened`].
    OpenProfile(String),
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

/// The pane of projects.
#[derive(Debug)]
pub(crate) struct Projects {
    pub(crate) rows: ProjectRows,
    /// Whether they are to be made anew.
    is_stale: bool,
    pub(crate) cursor: Cursor<ProjectId>,
    pub(crate) filter: Filter,
    pub(crate) sort: ProjectSort,
}

/// The pane of runs.
#[derive(Debug)]
pub(crate) struct Runs {
    pub(crate) rows: RunRows,
    /// Whether they are to be made anew.
    is_stale: bool,
    /// Whether the journal was read when they were.
    has_journal: bool,
    pub(crate) cursor: RunCursor,
    /// Where the cursor was left in the lists of each tab and scope.
    places: BTreeMap<(usize, Option<ProjectId>), Place>,
    /// How many runs are read at once when all rows are made anew: a millisecond's work.
    slice: usize,
    pub(crate) filter: Filter,
    /// The number of the shown [`RunTab`](view::run_rows::RunTab).
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
    pub(crate) model: Box<Model>,
    pub(crate) options: Options,
    /// The moment and the model that a frozen screen shows.
    frozen: Option<(Now, Box<Model>)>,
    pub(crate) size: Size,
    pub(crate) focus: Pane,
    /// The list that had the focus last.
    list: Pane,
    pub(crate) zoom: bool,
    pub(crate) projects: Projects,
    pub(crate) runs: Runs,
    /// What lies over the panes; the last one has the keys.
    layers: Vec<Box<dyn Layer>>,
    /// Since when the keys go where they go.
    context_since: (Context, Boot),
    /// Command lines that were carried out, the last one last.
    history: Vec<String>,
    pointer: Pointer,
    /// Filters that are kept.
    pub(crate) saved: Saved,
    /// Where everything was drawn last.
    pub(crate) zones: Zones,
    /// The last key.
    last_chord: Option<Chord>,
    /// The key that has opened what has the keys, and when it was pressed last.
    opener: Option<(Chord, Boot)>,
    /// Keys that may become a command with those that follow.
    pub(crate) pressed: Vec<Chord>,
    pub(crate) notice: Option<Notice>,
    /// What a newcomer is still to be shown.
    tour: Option<Tour>,
    /// What was unsettled when quitting was first asked for.
    quit_asked: bool,
    /// How far going over to another profile is.
    leaving: Leaving,
    /// The looks that the settings name.
    own_roles: &'static Roles,
    /// Refreshing all was asked for once, and its cost said.
    sweep_asked: bool,
    /// What was polled after the last message.
    scope: PollScope,
    /// The number of the last start that was named here.
    last_ticket: Cell<u32>,
    /// What of the details is in sight.
    pub(crate) detail: ScrollText,
    /// Runs out of hand, counted.
    pub(crate) alarms: Alarms,
    /// Runs that failed while hextop watched and were not on the screen of a person since.
    pub(crate) unread: BTreeSet<(ProjectId, RunId)>,
    /// Alerts, and whether the terminal is looked at.
    pub(crate) watching: Watching,
    /// Projects that have changed since the screen was frozen.
    behind: BTreeSet<ProjectId>,
    /// When the person moved last.
    moved: Boot,
    /// What the details are of: a project or a row of the runs.
    detail_of: (Option<ProjectId>, Option<RowId>),
    /// The looks that were chosen; a theme that is only being tried may be in force.
    roles: &'static Roles,
    /// The start that was just made here, or its run, to which the cursor goes as soon as it has a row, unless
    /// that takes long or the person moves; and since when.
    awaited: Option<(RowId, Boot)>,
    /// The start that was just made here, or its run, until the person presses a key: rows leave no gap around it.
    followed: Option<RowId>,
    /// The revision of the model that the rows were made of.
    rows_of: u64,
    /// When the row under the cursor of the projects and of the runs has left by itself.
    lost_row: [Option<Boot>; 2],
    /// The moment of the last message.
    pub(crate) last: Now,
    attended: (Option<ProjectId>, Vec<ProjectId>),
    /// The stretch of the kept timeline that was wanted last.
    looked_back: Option<(Timestamp, Timestamp)>,
}

impl State {
    /// A screen on an engine that has not started.
    pub fn new(model: Model, options: Options, size: Size, now: Now) -> Self {
        let roles = options.theme.roles;
        Self {
            model: Box::new(model),
            frozen: None,
            size: layout::drawable(size),
            focus: Pane::Runs,
            list: Pane::Runs,
            zoom: false,
            projects: Projects {
                rows: ProjectRows::default(),
                is_stale: true,
                cursor: Cursor::default(),
                filter: Filter::of(Subject::Projects),
                sort: ProjectSort::ordered(&options.sort[1]),
            },
            runs: Runs {
                rows: RunRows::default(),
                is_stale: true,
                cursor: RunCursor::default(),
                places: BTreeMap::new(),
                slice: 2000,
                has_journal: false,
                filter: Filter::of(Subject::Runs),
                tab: 0,
                scope: None,
                sort: Sort::ordered(&options.sort[0]),
                marks: BTreeSet::new(),
                anchor: None,
            },
            layers: Vec::new(),
            context_since: (Context::Panes, now.boot),
            history: options.history.clone(),
            pointer: Pointer::new(options.mouse),
            saved: options.saved.clone(),
            zones: Zones::default(),
            tour: options.tour.then(Tour::begun),
            options,
            last_chord: None,
            opener: None,
            pressed: Vec::new(),
            notice: None,
            quit_asked: false,
            leaving: Leaving::No,
            own_roles: roles,
            sweep_asked: false,
            scope: PollScope::All,
            last_ticket: Cell::new(0),
            detail: ScrollText::default(),
            alarms: Alarms::default(),
            unread: BTreeSet::new(),
            watching: Watching::default(),
            behind: BTreeSet::new(),
            moved: now.boot,
            detail_of: (None, None),
            roles,
            awaited: None,
            followed: None,
            rows_of: 0,
            lost_row: [None; 2],
            last: now,
            attended: (None, Vec::new()),
            looked_back: None,
        }
    }

    /// Takes in what happened; tells what to do.
    pub fn update(&mut self, msg: Msg, now: Now) -> Vec<Effect> {
        let mut effects = Vec::new();
        self.last = now;
        let by_person = !matches!(
            msg,
            Msg::Engine(_) | Msg::GoOn | Msg::Focus(_) | Msg::Settings(_) | Msg::ProfileOpened(_)
        );
        if matches!(msg, Msg::Key(_) | Msg::Mouse(_)) {
            self.note_what_is_read(now);
        }
        if matches!(msg, Msg::Key(_) | Msg::Mouse(_) | Msg::Paste(_)) {
            self.followed = None;
        }
        match msg {
            Msg::Key(chord) => self.press(chord, now, &mut effects),
            Msg::Paste(text) => self.paste(&text, now, &mut effects),
            Msg::Mouse(mouse) => self.mouse(mouse, now, &mut effects),
            Msg::Resize(size) => {
                let before = std::mem::replace(&mut self.size, layout::drawable(size));
                if before != self.size {
                    self.runs.cursor.note_resize();
                }
            }
            Msg::Engine(msg) => self.tell_engine(*msg, now, &mut effects),
            Msg::Edited(result) => {
                self.tell_layers(&News::Edited(&result), now, &mut effects);
            }
            Msg::Saved(Ok(path)) => self.inform(format!("exported to {path}"), now),
            Msg::Copied(Ok(by)) => {
                // What was to be copied has been said.
                let what = self.notice.take().filter(|notice| notice.level == Level::Info);
                let what = what.map(|notice| format!(": {}", notice.text)).unwrap_or_default();
                self.inform(by + &what, now);
            }
            Msg::HostFailed(reason) | Msg::Saved(Err(reason)) | Msg::Copied(Err(reason)) => {
                self.warn(reason, now);
            }
            Msg::FileRead(result) => {
                self.tell_layers(&News::File(&result), now, &mut effects);
            }
            Msg::Settings(read) => self.reload(read, now),
            Msg::ProfileOpened(Ok(())) => self.leave_for_profile(now, &mut effects),
            Msg::Terminate => effects.push(Effect::Quit),
            Msg::ProfileOpened(Err(why)) => self.warn(format!("still here: {why}"), now),
            Msg::Focus(focus) => self.note_focus(focus, now),
            Msg::GoOn | Msg::Stop | Msg::Continued => {}
        }
        self.settle_down(by_person, now, &mut effects);
        effects
    }

    /// When something shown or planned changes by itself: the engine's next deadline, or the
    /// next second of the clocks on the screen.
    pub fn deadline(&self, now: Now) -> Boot {
        if self.has_more() {
            return now.boot;
        }
        let second = Boot::from_secs(now.boot.since_boot().as_secs() + 1);
        self.model.deadline(now).map_or(second, |at| at.min(second))
    }

    /// Draws the state.
    pub fn draw(&self, frame: &mut Frame<'_>, now: Now) {
        self.zones.clear();
        let area = frame.area();
        frame.buffer_mut().set_style(area, self.options.theme.screen());
        pane::draw(self, frame, now);
        if !layout::is_too_small(frame.area().as_size()) {
            for layer in &self.layers {
                self.zones.rise();
                layer.draw(self, frame, now);
            }
        }
        if !self.options.theme.unicode {
            theme::to_ascii(frame.buffer_mut());
        }
    }

    /// Draws with these looks from now on.
    pub fn show_in(&mut self, roles: &'static Roles) {
        self.roles = roles;
        self.options.theme.roles = roles;
    }

    /// How much of the window is drawn on.
    pub fn size(&self) -> Size {
        self.size
    }

    /// Whether the mouse is listened to.
    pub fn listens_to_mouse(&self) -> bool {
        self.pointer.is_on
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

    /// The list that has the focus, or whose details have it.
    pub(crate) fn list(&self) -> Pane {
        if self.focus == Pane::Detail { self.list } else { self.focus }
    }

    /// The project that the cursor is on, by the list in focus.
    pub(crate) fn selected_project(&self) -> Option<ProjectId> {
        match self.list() {
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
                engine::Effect::Tell(event) => self.hear(event, now, effects),
            }
        }
    }

    fn intend(&mut self, intent: Intent, now: Now, effects: &mut Vec<Effect>) {
        if let Intent::Start { ticket, .. } | Intent::Requeue(ticket) = &intent {
            self.awaited = Some((RowId::Start(*ticket), now.boot));
            self.followed = Some(RowId::Start(*ticket));
            self.tour_done(Step::Start, now);
        }
        if matches!(intent, Intent::Cancel(_)) {
            self.tour_done(Step::Cancel, now);
        }
        self.tell_engine(engine::Msg::Intent(intent), now, effects);
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
    fn settle_down(&mut self, by_person: bool, now: Now, effects: &mut Vec<Effect>) {
        if self.notice.as_ref().is_some_and(|n| n.level == Level::Info && n.at + NOTICE <= now.boot)
        {
            self.notice = None;
        }
        self.note_incident(now);
        self.refresh_rows(by_person, now);
        self.settle_layers(now.boot);
        let tried = self.layers.last().and_then(|layer| layer.theme());
        self.options.theme.roles = tried.unwrap_or(self.roles);
        self.list = self.list();
        let detail_of = match self.list {
            Pane::Projects => (self.projects.cursor.key.clone(), None),
            Pane::Runs | Pane::Detail => (None, self.runs.cursor.key.clone()),
        };
        if detail_of != self.detail_of {
            self.detail_of = detail_of;
            self.detail.reset();
        }
        let dialog: Vec<_> = self.layers.iter().flat_map(|layer| layer.decides()).collect();
        let attended = (self.selected_project(), dialog);
        if attended != self.attended {
            self.attended.clone_from(&attended);
            let (selected, dialog) = attended;
            self.intend(Intent::Focus { selected, dialog }, now, effects);
        }
        let looked_back = self.layers.last().and_then(|layer| layer.looks_back(self));
        if looked_back != self.looked_back {
            self.looked_back = looked_back;
            if let Some((from, to)) = looked_back {
                self.intend(Intent::ReadPast { from, to }, now, effects);
            }
        }
        self.uncover_rows();
    }
}

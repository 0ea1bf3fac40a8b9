//! The mouse: what was drawn where, and what a click, a second one or the wheel does there.
//!
//! A click means what was on the screen when it was made: rows are found by their ids, and a command
//! counts only while that is in force for which it was drawn. Nothing is started or stopped by a click that may
//! have been meant for what was there before.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::time::Duration;

use ratatui::layout::{Position, Rect};

use crate::domain::inputs::Place;
use crate::domain::{Boot, Now, ProjectId, RunId};
use crate::engine::model::StartId;
use crate::engine::queries::journal_rows::JournalRowId;

use super::command::{Command, Context, Verb};
use super::dispatch::HELD;
use super::view::run_rows::RowId;
use super::{Effect, Pane, State, layout};

/// How soon the second click of a double click comes.
const DOUBLE: Duration = Duration::from_millis(400);
/// Rows for one notch of the wheel.
const NOTCH: usize = 3;
/// What a double click does: the first of these that a place has.
const INWARDS: [Verb; 4] = [Verb::Enter, Verb::Details, Verb::LoadPreset, Verb::Take];

/// What the mouse has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The left button was pressed.
    Click,
    /// The wheel was turned by one notch, away from the hand.
    WheelUp,
    /// The same, towards it.
    WheelDown,
}

/// What the mouse has done, and in which cell; the top left one is at 0, 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mouse {
    /// What it has done.
    pub action: Action,
    /// Where.
    pub at: Position,
}

/// What is somewhere on the screen.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Target {
    /// A pane, beside its rows.
    Pane(Pane),
    /// A project among the projects.
    Project(ProjectId),
    /// A run or a start among the runs.
    Run(RowId),
    /// A layer, beside its rows.
    Layer,
    /// A row of the top layer.
    Item(Item),
    /// A command of a place.
    Command(Context, Command),
}

/// A row of a layer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Item {
    /// Of the journal.
    Entry(JournalRowId),
    /// Of the queues.
    Queue(StartId),
    /// Of the palette.
    Command(Command),
    /// Of the form: a field.
    Field(Place),
    /// Of the values below a field, counted from 0.
    Value(usize),
    /// Of the presets, by its name.
    Preset(String),
    /// Of the timeline: a project.
    Project(ProjectId),
    /// The same: a run.
    Run(RunId),
}

/// Where everything was drawn last; what was drawn later lies above.
#[derive(Default)]
pub(crate) struct Zones {
    zones: RefCell<Vec<(Rect, Target)>>,
    /// From which zone on they are of the top layer.
    top: Cell<usize>,
}

impl fmt::Debug for Zones {
    /// What was drawn is no part of what a person has chosen.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Zones")
    }
}

impl Zones {
    /// Forgets all, because a new frame begins.
    pub(super) fn clear(&self) {
        self.zones.borrow_mut().clear();
        self.top.set(0);
    }

    /// What is drawn from now on lies over all that was drawn so far.
    pub(super) fn rise(&self) {
        self.top.set(self.zones.borrow().len());
    }

    /// Notes what is drawn in an area.
    pub(crate) fn add(&self, area: Rect, target: Target) {
        if !area.is_empty() {
            self.zones.borrow_mut().push((area, target));
        }
    }

    /// All that was drawn.
    #[cfg(test)]
    pub(super) fn all(&self) -> Vec<(Rect, Target)> {
        self.zones.borrow().clone()
    }

    /// What of the top layer, or of the panes if there is none, is at a place.
    fn find(&self, at: Position) -> Option<Target> {
        let zones = self.zones.borrow();
        let mut on_top = zones.get(self.top.get()..)?.iter().rev();
        on_top.find(|(area, _)| area.contains(at)).map(|(_, target)| target.clone())
    }
}

/// The line of an area that is so many below its first one.
pub(crate) fn line_of(area: Rect, number: usize) -> Rect {
    let line = Rect {
        y: area.y.saturating_add(u16::try_from(number).unwrap_or(u16::MAX)),
        height: 1,
        ..area
    };
    line.intersection(area)
}

/// The mouse, as far as it is remembered.
#[derive(Debug)]
pub(super) struct Pointer {
    /// Whether it is listened to.
    pub(super) is_on: bool,
    /// A click that may be the first of two, and when it was made.
    last_click: Option<(Target, Boot)>,
}

impl Pointer {
    pub(super) fn new(is_on: bool) -> Self {
        Self { is_on, last_click: None }
    }
}

impl State {
    /// Listens to the mouse, or no longer.
    pub(super) fn turn_mouse(&mut self, now: Now) {
        self.pointer.is_on = !self.pointer.is_on;
        let key = self.key(Context::Panes, Verb::Mouse);
        self.inform(
            if self.pointer.is_on {
                "the mouse is on: click, double click, wheel".to_owned()
            } else {
                format!(
                    "the mouse is off, and selects text as the terminal has it; {key} turns it on"
                )
            },
            now,
        );
    }

    /// Takes in what the mouse has done.
    pub(super) fn mouse(&mut self, mouse: Mouse, now: Now, effects: &mut Vec<Effect>) {
        // A terminal that reports the mouse though it was told not to is not listened to.
        if !self.pointer.is_on || layout::is_too_small(self.size) {
            return;
        }
        // What was drawn may be of a moment at which other layers were open.
        let is_here = |target: &Target| match target {
            Target::Pane(_) | Target::Project(_) | Target::Run(_) => self.layers.is_empty(),
            Target::Layer | Target::Item(_) => !self.layers.is_empty(),
            Target::Command(context, _) => *context == self.context(),
        };
        let target = self.zones.find(mouse.at).filter(is_here);
        self.pressed.clear();
        match (mouse.action, target) {
            (_, None) => {}
            (Action::Click, Some(target)) => self.click(target, now, effects),
            (Action::WheelDown, Some(target)) => self.turn(&target, Verb::Down, now, effects),
            (Action::WheelUp, Some(target)) => self.turn(&target, Verb::Up, now, effects),
        }
    }

    fn click(&mut self, target: Target, now: Now, effects: &mut Vec<Effect>) {
        self.settle_cursors();
        (self.notice, self.awaited) = (None, None);
        let last = self.pointer.last_click.take();
        let is_second = last.is_some_and(|(last, at)| last == target && now.boot < at + DOUBLE);
        let is_row = matches!(target, Target::Project(_) | Target::Run(_) | Target::Item(_));
        if is_row && !self.point(&target, now, effects) {
            return self
                .warn("what was there has just left: look, and click again".to_owned(), now);
        }
        match &target {
            Target::Pane(pane) => self.focus = *pane,
            Target::Command(_, command) => {
                if command.verb == Verb::Sort {
                    // The headings are those of the runs.
                    self.focus = Pane::Runs;
                }
                // The second of two clicks may have been meant for what has opened this.
                if command.verb.is_final() && now.boot < self.confirms_from(HELD) {
                    self.say_too_soon(now);
                } else {
                    self.obey(command, now, effects);
                }
            }
            _ if is_row && is_second => return self.go_in(now, effects),
            _ => {}
        }
        self.pointer.last_click = Some((target, now.boot));
    }

    /// Moves the cursor to a row; tells whether that is still there.
    fn point(&mut self, target: &Target, now: Now, effects: &mut Vec<Effect>) -> bool {
        match target {
            Target::Project(project) => {
                self.focus = Pane::Projects;
                self.projects.cursor.go_to(&self.projects.rows, project)
            }
            Target::Run(row) => {
                self.focus = Pane::Runs;
                let is_there = self.runs.cursor.go_to(&self.runs.rows, row);
                self.extend_range();
                is_there
            }
            Target::Item(item) => self.point_in_layer(item, now, effects),
            _ => false,
        }
    }

    /// What the key does that leads into a row.
    fn go_in(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let bound = self.options.keys.of(self.context());
        let has = |verb: &Verb| bound.iter().any(|bound| bound.command.verb == *verb);
        // Elsewhere what is accepted is a text that is being typed, and not the row.
        let accepts = (self.context() == Context::Palette).then_some(Verb::Accept);
        if let Some(verb) = INWARDS.into_iter().find(has).or(accepts) {
            self.obey(&Command::from(verb), now, effects);
        }
    }

    /// Moves by a notch of the wheel what is under the mouse.
    fn turn(&mut self, target: &Target, verb: Verb, now: Now, effects: &mut Vec<Effect>) {
        match target {
            Target::Pane(pane) => self.focus = *pane,
            Target::Project(_) => self.focus = Pane::Projects,
            Target::Run(_) => self.focus = Pane::Runs,
            Target::Layer | Target::Item(_) => {}
            Target::Command(..) => return,
        }
        self.settle_cursors();
        let bound = self.options.keys.of(self.context());
        // In the form the arrows do other things as well.
        let page = if verb == Verb::Down { Verb::PageDown } else { Verb::PageUp };
        let has = |(verb, _): &(Verb, usize)| bound.iter().any(|b| b.command.verb == *verb);
        if let Some((verb, times)) = [(verb, NOTCH), (page, 1)].into_iter().find(has) {
            for _ in 0..times {
                self.obey(&Command::from(verb), now, effects);
            }
        }
    }
}

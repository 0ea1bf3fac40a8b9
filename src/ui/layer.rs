//! Screens over the panes: each is a layer of one stack, and the top one has the keys.

use std::fmt;

use jiff::Timestamp;
use ratatui::Frame;

use super::chord::Chord;
use super::command::{Command, Context, Verb};
use super::mouse::Item;
use super::theme::Roles;
use super::widget::scroll_text::ScrollText;
use super::{Effect, Level, State};
use crate::domain::{Now, ProjectId, RunId};
use crate::engine::Intent;
use crate::engine::model::{StartId, StartStage, Verdict};

/// A screen over the panes. It changes only itself; what else is to happen it asks of [`Cx`].
pub(crate) trait Layer: fmt::Debug {
    /// Which bindings are in force.
    fn context(&self) -> Context;

    /// Why a verb of this context would do nothing now, if so.
    fn why_not(&self, _verb: Verb, _state: &State) -> Option<String> {
        None
    }

    /// The text that can be scrolled, where that and closing is all that there is to do.
    fn text(&mut self) -> Option<&mut ScrollText> {
        None
    }

    /// Carries out a command that is bound in this context.
    fn run(&mut self, command: &Command, _cx: &mut Cx<'_>) -> Outcome {
        if command.verb == Verb::Close {
            return Outcome::Close;
        }
        let moved = self.text().is_some_and(|text| text.run(command.verb));
        if moved { Outcome::Consumed } else { Outcome::Ignored }
    }

    /// Takes in a key that is bound to nothing.
    fn type_in(&mut self, _chord: Chord, _cx: &mut Cx<'_>) -> Outcome {
        Outcome::Ignored
    }

    /// Takes in pasted text.
    fn paste(&mut self, _text: &str, _cx: &mut Cx<'_>) -> Outcome {
        Outcome::Ignored
    }

    /// Goes to one of its rows, which was clicked; [`Outcome::Ignored`] if it is not there any more.
    fn point(&mut self, _item: &Item, _cx: &mut Cx<'_>) -> Outcome {
        Outcome::Ignored
    }

    /// Takes in what has happened. [`Outcome::Consumed`] if it shows that to the person.
    fn hear(&mut self, _news: &News<'_>, _cx: &mut Cx<'_>) -> Outcome {
        Outcome::Ignored
    }

    /// Follows the model, after each message.
    fn settle(&mut self, _state: &State) {}

    /// The projects in which something is about to be decided here.
    fn decides(&self) -> Vec<ProjectId> {
        Vec::new()
    }

    /// The stretch of time of which it shows what the kept timeline has.
    fn looks_back(&self, _state: &State) -> Option<(Timestamp, Timestamp)> {
        None
    }

    /// The looks that are being tried in it, if any are.
    fn theme(&self) -> Option<&'static Roles> {
        None
    }

    /// What would be lost by leaving it, if anything.
    fn unsaved(&self) -> Option<&'static str> {
        None
    }

    /// Whether the panes behind it are out of reach.
    fn covers(&self) -> bool {
        true
    }

    /// Draws it, and notes in [`State::zones`] what the mouse finds where.
    fn draw(&self, state: &State, frame: &mut Frame<'_>, now: Now);
}

/// What became of a key, a paste or news.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// The layer has taken it.
    Consumed,
    /// It means nothing there.
    Ignored,
    /// The layer is over.
    Close,
    /// The layer and all that lies below it are over.
    CloseAll,
    /// Another one takes its place.
    Replace(Box<dyn Layer>),
    /// Another one comes over it.
    Open(Box<dyn Layer>),
}

/// What a layer may hear of.
#[derive(Clone, Copy, Debug)]
pub(crate) enum News<'a> {
    /// A start has got further.
    Start(StartId, &'a StartStage),
    /// A dry run was answered.
    Checked(StartId, &'a Verdict),
    /// The inputs of a project were read.
    Inputs(&'a ProjectId),
    /// The presets of a project have changed.
    Presets(&'a ProjectId),
    /// The editor gave a text back, or why it could not.
    Edited(&'a Result<String, String>),
    /// A file was read, or why it could not be.
    File(&'a Result<String, String>),
}

/// What a layer asks for besides its own change.
#[derive(Debug)]
pub(crate) enum Ask {
    /// Of the engine.
    Intent(Intent),
    /// Of the host.
    Effect(Effect),
    /// A sentence for the person.
    Notice(Level, String),
    /// A command, of whoever has the keys then.
    Run(Command),
    /// These runs are marked no longer.
    Unmark(Vec<(ProjectId, RunId)>),
    /// The row of a run is gone to among the runs.
    ShowRun(ProjectId, RunId),
    /// Another filter of the pane in focus.
    Filter(String),
    /// A command line to be kept for later.
    Remember(String),
}

/// The screen as a layer sees it, and what the layer asks of it.
#[derive(Debug)]
pub(crate) struct Cx<'a> {
    /// The screen, without the layer.
    pub(crate) state: &'a State,
    /// The moment.
    pub(crate) now: Now,
    pub(in crate::ui) asks: Vec<Ask>,
}

impl<'a> Cx<'a> {
    pub(in crate::ui) fn new(state: &'a State, now: Now) -> Self {
        Self { state, now, asks: Vec::new() }
    }

    /// Has the engine do this once the layer is in its place again.
    pub(crate) fn intend(&mut self, intent: Intent) {
        self.asks.push(Ask::Intent(intent));
    }

    /// Has the host do this.
    pub(crate) fn effect(&mut self, effect: Effect) {
        self.asks.push(Ask::Effect(effect));
    }

    /// Says what has been done.
    pub(crate) fn inform(&mut self, text: impl Into<String>) {
        self.asks.push(Ask::Notice(Level::Info, text.into()));
    }

    /// Says what is wrong.
    pub(crate) fn warn(&mut self, text: impl Into<String>) {
        self.asks.push(Ask::Notice(Level::Warning, text.into()));
    }

    /// Has a command carried out by whoever has the keys once the layer has taken this.
    pub(crate) fn run(&mut self, command: Command) {
        self.asks.push(Ask::Run(command));
    }

    /// Takes the marks from these runs.
    pub(crate) fn unmark(&mut self, runs: Vec<(ProjectId, RunId)>) {
        self.asks.push(Ask::Unmark(runs));
    }

    /// Has the cursor of the runs go to this one.
    pub(crate) fn show_run(&mut self, project: ProjectId, run: RunId) {
        self.asks.push(Ask::ShowRun(project, run));
    }

    /// Filters the pane in focus.
    pub(crate) fn filter(&mut self, text: &str) {
        self.asks.push(Ask::Filter(text.to_owned()));
    }

    /// Keeps a command line for later.
    pub(crate) fn remember(&mut self, line: &str) {
        self.asks.push(Ask::Remember(line.to_owned()));
    }
}

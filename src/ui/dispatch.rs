//! Where keys, pastes and news go: to the top layer first, then to the panes.

use std::time::Duration;

use crate::domain::{Boot, Now};

use super::chord::{Chord, Key, show_sequence};
use super::command::keymap::Found;
use super::command::{Command, Context, Verb};
use super::dialog::{CommandLine, Palette, help};
use super::layer::{Ask, Cx, Layer, News, Outcome};
use super::mouse::Item;
use super::tour::Step;
use super::{Effect, Level, Pane, State, layout};

/// How long after a dialog has appeared nothing is confirmed in it: what is pressed sooner was meant
/// How much later news may be drawn than it is known.
const UNDRAWN: Duration = Duration::from_millis(100);
/// for what was there before.
const UNSEEN: Duration = Duration::from_millis(200);
/// A key that is held is repeated at the latest after so long.
pub(super) const HELD: Duration = Duration::from_millis(700);

/// What a layer has made of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Taken {
    No,
    Yes,
    /// It is over, and so is what lies below it.
    Over,
}

impl State {
    /// What has the keys.
    pub(crate) fn context(&self) -> Context {
        self.layers.last().map_or(Context::Panes, |layer| layer.context())
    }

    /// Why a verb can do nothing in what lies below the top layer, if so.
    pub(crate) fn why_not_below(&self, verb: Verb) -> Option<String> {
        match self.layers.iter().rev().nth(1) {
            Some(layer) => layer.why_not(verb, self),
            None => self.why_not(verb),
        }
    }

    /// Whether the panes are out of reach.
    pub(crate) fn is_covered(&self) -> bool {
        self.layers.iter().any(|layer| layer.covers())
    }

    /// Until when a key does nothing, because it confirms something that has just appeared.
    pub fn unseen_until(&self, chord: Chord) -> Boot {
        match self.options.keys.find(self.context(), &[chord]) {
            Found::Command(command) if command.verb.is_final() => {
                let opener = self.opener.filter(|(opener, _)| *opener == chord);
                self.confirms_from(UNSEEN).max(opener.map_or(Boot::ZERO, |(_, at)| at + HELD))
            }
            _ => Boot::ZERO,
        }
    }

    /// From when on something is confirmed in what has the keys: so long after that has appeared.
    pub(super) fn confirms_from(&self, pause: Duration) -> Boot {
        match self.context_since {
            (Context::Panes, _) => Boot::ZERO,
            (_, since) => since + pause,
        }
    }

    /// How the first key of a verb is written.
    pub(crate) fn key(&self, context: Context, verb: Verb) -> String {
        self.options.keys.key(context, verb)
    }

    pub(super) fn press(&mut self, chord: Chord, now: Now, effects: &mut Vec<Effect>) {
        self.settle_cursors();
        self.notice = None;
        let is_too_small = layout::is_too_small(self.size);
        // Below the smallest size nothing is shown, and nothing but leaving works.
        let context = if is_too_small { Context::Panes } else { self.context() };
        self.pressed.push(chord);
        let mut found = self.options.keys.find(context, &self.pressed);
        if found == Found::Prefix {
            return;
        }
        let pressed = std::mem::take(&mut self.pressed);
        if found == Found::Nothing && pressed.len() > 1 {
            // What works everywhere also works in the middle of a sequence.
            found = self.options.keys.find(Context::Everywhere, &[chord]);
        }
        let is_held = self.is_held(chord, now.boot);
        let verb = match &found {
            Found::Command(command) => Some(command.verb),
            _ => None,
        };
        match (found, verb) {
            (_, Some(Verb::Suspend)) => effects.push(Effect::Suspend),
            _ if is_too_small => {
                if matches!(verb, Some(Verb::Quit | Verb::QuitNow)) {
                    self.quit(now, effects);
                }
            }
            (_, Some(verb)) if verb.is_final() && is_held => self.say_too_soon(now),
            (Found::Command(command), _) => self.obey(&command, now, effects),
            _ if pressed.len() > 1 && chord.key == Key::Esc => {}
            _ if pressed.len() > 1 => self.say_unknown(&pressed, now),
            _ => self.type_in(chord, now, effects),
        }
    }

    /// Carries out a command, here or in the top layer.
    pub(super) fn obey(&mut self, command: &Command, now: Now, effects: &mut Vec<Effect>) {
        let context = self.context();
        self.forget_questions(context, Some(command.verb));
        if command.verb.moves() && context == Context::Panes {
            self.tour_done(Step::Move, now);
        }
        match command.verb {
            Verb::QuitNow => return self.quit(now, effects),
            Verb::Suspend => return effects.push(Effect::Suspend),
            Verb::Help if context != Context::Help => {
                self.tour_done(Step::Help, now);
                return self.layers.push(help(command.argument.as_deref(), context));
            }
            Verb::CommandLine if !context.takes_text() => {
                return self.layers.push(Box::new(CommandLine::holding(context, "")));
            }
            Verb::Palette if context != Context::Palette => {
                let palette = Palette::of(context, self);
                return self.layers.push(Box::new(palette));
            }
            // Time runs out wherever a person is.
            Verb::Keep => {
                return match self.why_not_keep() {
                    Some(why) => self.warn(why, now),
                    None => self.keep(now, effects),
                };
            }
            verb if verb.is_final() && now.boot < self.confirms_from(UNSEEN) => {
                return self.say_too_soon(now);
            }
            _ => {}
        }
        let Some(layer) = self.layers.pop() else {
            let project = match self.subject(command) {
                Ok(project) => project,
                Err(why) => return self.warn(why, now),
            };
            if command.argument.is_none() && self.has_just_lost_its_row(command.verb, now.boot) {
                let text =
                    "what was under the cursor has just left the list: look, and press again";
                return self.warn(text.to_owned(), now);
            }
            // What is named is not what is under the cursor.
            if let (Verb::Cancel, Some(filter)) = (command.verb, &command.argument) {
                return self.cancel_filtered(filter, now);
            }
            return match self.why_not_for(command.verb, project.as_ref()) {
                Some(why) => self.warn(why, now),
                None => self.act(command, project, now, effects),
            };
        };
        match layer.why_not(command.verb, self) {
            Some(why) => {
                self.layers.push(layer);
                self.warn(why, now);
            }
            None => {
                self.with(layer, now, effects, |layer, cx| layer.run(command, cx));
            }
        }
    }

    /// Whether a verb would act on a row that has taken the place of another before that could be seen.
    fn has_just_lost_its_row(&self, verb: Verb, now: Boot) -> bool {
        let [project, run] = self.lost_row;
        let lost = if self.list() == Pane::Projects { project } else { run };
        let is_new = lost.is_some_and(|at| now < at + UNDRAWN + UNSEEN);
        let is_under_cursor = self.list() == Pane::Projects || self.runs.marks.is_empty();
        is_new && verb.acts_on_row() && is_under_cursor
    }

    /// What was asked for once counts no longer when something else is done; asking for it by name
    /// takes several keys.
    fn forget_questions(&mut self, context: Context, verb: Option<Verb>) {
        let by_name = matches!(context, Context::CommandLine | Context::Palette);
        if by_name || verb.is_some_and(Verb::asks) {
            return;
        }
        self.quit_asked &= matches!(verb, Some(Verb::Quit | Verb::QuitNow));
        self.sweep_asked &= verb == Some(Verb::RefreshAll);
    }

    /// Whether this is the key that has opened what has the keys, and it may not have been let go.
    fn is_held(&mut self, chord: Chord, now: Boot) -> bool {
        self.last_chord = Some(chord);
        match &mut self.opener {
            Some((opener, at)) if *opener == chord && now < *at + HELD => {
                *at = now;
                true
            }
            _ => {
                self.opener = None;
                false
            }
        }
    }

    pub(super) fn say_too_soon(&mut self, now: Now) {
        self.warn("too soon after it has opened: look, and press again".to_owned(), now);
    }

    /// A key that is bound to nothing.
    fn type_in(&mut self, chord: Chord, now: Now, effects: &mut Vec<Effect>) {
        self.forget_questions(self.context(), None);
        let taken = match self.layers.pop() {
            Some(layer) => self.with(layer, now, effects, |layer, cx| layer.type_in(chord, cx)),
            None => Taken::No,
        };
        if taken == Taken::No {
            self.say_unknown(&[chord], now);
        }
    }

    /// Says that keys mean nothing here, and which nearby one does; never one that starts or stops
    /// something.
    fn say_unknown(&mut self, pressed: &[Chord], now: Now) {
        let (context, keys) = (self.context(), &self.options.keys);
        let near = pressed.last().and_then(|chord| {
            let Key::Char(letter) = chord.key else { return None };
            let is_near = |other: &Chord| {
                matches!(other.key, Key::Char(known) if known.eq_ignore_ascii_case(&letter))
            };
            let known = keys.of(context).iter().filter(|bound| !bound.command.verb.is_grave());
            let mut known = known.filter_map(|bound| {
                let near = bound.keys.iter().find(|keys| keys.len() == 1 && keys.iter().all(is_near));
                near.map(|keys| format!("{} is {}", show_sequence(keys), bound.command.verb.name()))
            });
            known.next()
        });
        let near =
            near.unwrap_or_else(|| format!("{} shows the keys", keys.key(context, Verb::Help)));
        self.warn(format!("{} does nothing here: {near}", show_sequence(pressed)), now);
    }

    /// A paste outside a field does nothing.
    pub(super) fn paste(&mut self, text: &str, now: Now, effects: &mut Vec<Effect>) {
        if let Some(layer) = self.layers.pop() {
            self.with(layer, now, effects, |layer, cx| layer.paste(text, cx));
        }
    }

    /// Has the top layer go to one of its rows; tells whether that is still there.
    pub(super) fn point_in_layer(
        &mut self,
        item: &Item,
        now: Now,
        effects: &mut Vec<Effect>,
    ) -> bool {
        self.layers.pop().is_some_and(|layer| {
            self.with(layer, now, effects, |layer, cx| layer.point(item, cx)) != Taken::No
        })
    }

    /// Tells all layers what has happened; gives whether one of them shows it.
    pub(super) fn tell_layers(
        &mut self,
        news: &News<'_>,
        now: Now,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let mut is_shown = false;
        for layer in std::mem::take(&mut self.layers) {
            match self.with(layer, now, effects, |layer, cx| layer.hear(news, cx)) {
                // It and what lay below it: what lies above has the keys, and stays.
                Taken::Over => {
                    is_shown = true;
                    self.lost_row = [Some(now.boot); 2];
                }
                taken => is_shown |= taken == Taken::Yes,
            }
        }
        is_shown
    }

    /// Lets a layer that was taken from the stack do something, and carries out what comes of it.
    fn with(
        &mut self,
        mut layer: Box<dyn Layer>,
        now: Now,
        effects: &mut Vec<Effect>,
        does: impl FnOnce(&mut dyn Layer, &mut Cx<'_>) -> Outcome,
    ) -> Taken {
        let mut cx = Cx::new(self, now);
        let outcome = does(layer.as_mut(), &mut cx);
        let asks = cx.asks;
        let taken = match outcome {
            Outcome::Ignored => Taken::No,
            Outcome::CloseAll => Taken::Over,
            _ => Taken::Yes,
        };
        match outcome {
            Outcome::Consumed | Outcome::Ignored => self.layers.push(layer),
            Outcome::Close => {}
            Outcome::CloseAll => self.layers.clear(),
            Outcome::Replace(other) => self.layers.push(other),
            Outcome::Open(other) => self.layers.extend([layer, other]),
        }
        self.carry_out(asks, now, effects);
        taken
    }

    /// Opens a layer that asks for something at once.
    pub(super) fn open(
        &mut self,
        now: Now,
        effects: &mut Vec<Effect>,
        make: impl FnOnce(&mut Cx<'_>) -> Option<Box<dyn Layer>>,
    ) {
        let mut cx = Cx::new(self, now);
        let layer = make(&mut cx);
        let asks = cx.asks;
        self.layers.extend(layer);
        self.carry_out(asks, now, effects);
    }

    fn carry_out(&mut self, asks: Vec<Ask>, now: Now, effects: &mut Vec<Effect>) {
        for ask in asks {
            match ask {
                Ask::Intent(intent) => self.intend(intent, now, effects),
                Ask::Unmark(runs) => {
                    self.runs.marks.retain(|run| !runs.contains(run));
                    self.runs.anchor = None;
                }
                Ask::ShowRun(project, run) => {
                    self.show_run(project, run, now);
                }
                Ask::Effect(effect) => effects.push(effect),
                Ask::Notice(Level::Info, text) => self.inform(text, now),
                Ask::Notice(Level::Warning, text) => self.warn(text, now),
                Ask::Run(command) => self.obey(&command, now, effects),
                Ask::Filter(text) => self.set_filter(&text),
                Ask::Remember(line) => {
                    if self.history.last() != Some(&line) {
                        self.history.push(line.clone());
                        effects.push(Effect::Remember(line));
                    }
                }
            }
        }
    }

    /// Lets the layers follow the model, and notes since when the keys go where they go.
    pub(super) fn settle_layers(&mut self, now: Boot) {
        let mut layers = std::mem::take(&mut self.layers);
        for layer in &mut layers {
            layer.settle(self);
        }
        self.layers = layers;
        if self.context_since.0 != self.context() {
            self.context_since = (self.context(), now);
            self.opener = self.last_chord.map(|chord| (chord, now));
            self.pressed.clear();
        }
    }
}

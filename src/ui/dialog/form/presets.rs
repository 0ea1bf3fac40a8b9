//! Presets: values kept under a name, to be loaded, saved, renamed and deleted.
//!
//! What is asked about is a preset, not a place in the list: another process may change what there
//! is meanwhile, and then nothing is done to it.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use super::{Form, Page};
use crate::domain::inputs::Preset;
use crate::engine::Intent;
use crate::ui::State;
use crate::ui::chord::Chord;
use crate::ui::command::{Context, Verb};
use crate::ui::layer::{Cx, Outcome};
use crate::ui::mouse::{Item, Target, line_of};
use crate::ui::text::{count, fit, safe};
use crate::ui::view::cursor::Cursor;
use crate::ui::widget::confirm::Question;
use crate::ui::widget::hint_bar::draw_hints;
use crate::ui::widget::text_field::TextField;

/// The page of presets.
#[derive(Debug)]
pub(super) struct PresetPage {
    cursor: Cursor<String>,
    asks: Ask,
}

/// A preset as it was when something was asked about it.
type Kept = (String, Preset);

/// What the page asks for.
#[derive(Debug)]
enum Ask {
    Nothing,
    /// The name under which the form is saved.
    Save(TextField),
    /// The new name of this one.
    Rename(Kept, TextField),
    /// Whether to do something with one.
    Whether(Question<Subject>),
}

#[derive(Clone, Debug)]
enum Subject {
    Delete(Kept),
    Load(Kept),
}

impl PresetPage {
    pub(super) fn context(&self) -> Context {
        match &self.asks {
            Ask::Nothing => Context::Presets,
            Ask::Save(_) | Ask::Rename(..) => Context::Line,
            Ask::Whether(_) => Context::Question,
        }
    }

    fn field(&mut self) -> Option<&mut TextField> {
        match &mut self.asks {
            Ask::Save(field) | Ask::Rename(_, field) => Some(field),
            _ => None,
        }
    }

    pub(super) fn type_in(&mut self, chord: Chord) -> Outcome {
        if matches!(self.asks, Ask::Whether(_)) {
            self.asks = Ask::Nothing;
            return Outcome::Consumed;
        }
        let taken = self.field().is_some_and(|field| field.press(chord));
        if taken { Outcome::Consumed } else { Outcome::Ignored }
    }

    pub(super) fn paste(&mut self, text: &str) -> Result<(), String> {
        self.field().map_or(Ok(()), |field| field.paste(text))
    }
}

impl Form {
    /// Takes in which presets there are.
    pub(super) fn presets_changed(&mut self, presets: Vec<(String, Preset)>) {
        self.inputs.presets = presets;
        let names = self.preset_names();
        if let Page::Presets(list) = &mut self.page {
            list.cursor.follow(&names, usize::MAX);
        }
    }

    fn preset_names(&self) -> Vec<String> {
        self.inputs.presets.iter().map(|(name, _)| name.clone()).collect()
    }

    pub(super) fn open_presets(&mut self) {
        let names = self.preset_names();
        let asks = if names.is_empty() { Ask::Save(TextField::default()) } else { Ask::Nothing };
        let mut cursor = Cursor { settled: true, ..Cursor::default() };
        cursor.follow(&names, usize::MAX);
        self.page = Page::Presets(PresetPage { cursor, asks });
    }

    /// The preset under the cursor.
    fn preset_here(&self, list: &PresetPage) -> Option<Kept> {
        let here = list.cursor.key.as_ref()?;
        self.inputs.presets.iter().find(|(name, _)| name == here).cloned()
    }

    pub(super) fn why_not_preset(&self, list: &PresetPage, verb: Verb) -> Option<String> {
        let is_of_one = matches!(verb, Verb::LoadPreset | Verb::RenamePreset | Verb::DeletePreset);
        match &list.asks {
            Ask::Nothing if is_of_one && self.preset_here(list).is_none() => {
                Some("there is no preset here".to_owned())
            }
            Ask::Save(field) | Ask::Rename(_, field)
                if verb == Verb::Accept && field.text().trim().is_empty() =>
            {
                Some("a preset wants a name".to_owned())
            }
            Ask::Rename((from, _), field) if verb == Verb::Accept => {
                let to = field.text().trim();
                let taken = to != from && self.inputs.presets.iter().any(|(name, _)| name == to);
                taken.then(|| format!("there is a preset `{}` already", safe(to)))
            }
            _ => None,
        }
    }

    pub(super) fn run_presets(&mut self, verb: Verb, cx: &mut Cx<'_>) -> Outcome {
        let names = self.preset_names();
        let Page::Presets(list) = &mut self.page else { return Outcome::Ignored };
        let asks = std::mem::replace(&mut list.asks, Ask::Nothing);
        if !matches!(asks, Ask::Nothing) {
            self.answer(asks, verb, cx);
            return Outcome::Consumed;
        }
        let here = list.cursor.index;
        match verb {
            Verb::Close => self.page = Page::Edit,
            Verb::Down => list.cursor.go(&names, here.saturating_add(1)),
            Verb::Up => list.cursor.go(&names, here.saturating_sub(1)),
            Verb::Top | Verb::PageUp => list.cursor.go(&names, 0),
            Verb::Bottom | Verb::PageDown => list.cursor.go(&names, usize::MAX),
            Verb::SavePreset => {
                let name = list.cursor.key.clone().unwrap_or_default();
                list.asks = Ask::Save(TextField::holding(&name));
            }
            Verb::LoadPreset | Verb::RenamePreset | Verb::DeletePreset => self.ask(verb),
            _ => return Outcome::Ignored,
        }
        Outcome::Consumed
    }

    /// Asks what is to be known before something is done with the preset under the cursor.
    fn ask(&mut self, verb: Verb) {
        let Page::Presets(list) = &self.page else { return };
        let Some(kept) = self.preset_here(list) else { return };
        let name = safe(&kept.0);
        let whether = |text: String, subject| Ask::Whether(Question::new(text, subject));
        let asks = match verb {
            Verb::LoadPreset if !self.dirty => return self.load_preset(&kept),
            Verb::LoadPreset => {
                whether("Replace what is in the form?".to_owned(), Subject::Load(kept))
            }
            Verb::RenamePreset => {
                let field = TextField::holding(&kept.0);
                Ask::Rename(kept, field)
            }
            _ => whether(format!("Delete `{name}`?"), Subject::Delete(kept)),
        };
        if let Page::Presets(list) = &mut self.page {
            list.asks = asks;
        }
    }

    fn answer(&mut self, asks: Ask, verb: Verb, cx: &mut Cx<'_>) {
        let project = self.project.clone();
        match asks {
            Ask::Nothing => {}
            Ask::Save(_) if verb != Verb::Accept => {
                if self.inputs.presets.is_empty() {
                    self.page = Page::Edit;
                }
            }
            Ask::Save(field) => {
                let name = field.text().trim().to_owned();
                self.page = Page::Edit;
                self.say(format!("saved as `{}`, without secrets", safe(&name)));
                cx.intend(Intent::SavePreset { project, name, preset: self.draft.preset() });
            }
            Ask::Rename(kept, field) => {
                let to = field.text().trim().to_owned();
                if verb == Verb::Accept && to != kept.0 && self.is_unchanged(&kept) {
                    cx.intend(Intent::RenamePreset { project, from: kept.0, to });
                }
            }
            Ask::Whether(question) => match question.answer(verb) {
                Some(Subject::Delete(kept)) if self.is_unchanged(&kept) => {
                    cx.intend(Intent::DeletePreset { project, name: kept.0 });
                }
                Some(Subject::Load(kept)) if self.is_unchanged(&kept) => self.load_preset(&kept),
                _ => {}
            },
        }
    }

    /// Whether a preset is still what it was when something was asked about it; says so if not.
    fn is_unchanged(&mut self, kept: &Kept) -> bool {
        let same = self.inputs.presets.contains(kept);
        if !same {
            let name = safe(&kept.0);
            self.say(format!("another hextop has changed `{name}` meanwhile: nothing was done"));
        }
        same
    }

    fn load_preset(&mut self, (name, preset): &Kept) {
        self.page = Page::Edit;
        self.draft.load(name, preset);
        self.dirty = true;
        self.refused.clear();
        self.go_to(
            self.stops().first().map_or(self.place, |(place, _)| *place),
            super::Cell::Value,
        );
        self.say(format!("loaded `{}`", safe(name)));
    }

    /// The presets, the one under the cursor in sight.
    pub(super) fn draw_presets(
        &self,
        state: &State,
        list: &PresetPage,
        frame: &mut Frame<'_>,
        area: Rect,
    ) {
        let theme = state.options.theme;
        let mut lines = vec![Line::styled("Presets of this project:", theme.dim())];
        if self.inputs.presets.is_empty() {
            lines.push(Line::raw("none yet: give this form's values a name to keep them"));
        }
        let room = usize::from(area.height).saturating_sub(lines.len()).max(1);
        let top = (list.cursor.index + 1).saturating_sub(room);
        for (name, preset) in self.inputs.presets.iter().skip(top) {
            let target = Target::Item(Item::Preset(name.clone()));
            state.zones.add(line_of(area, lines.len()), target);
            let text = format!("{}  ({})", safe(name), count(preset.rows.len(), "input"));
            let is_here = list.cursor.key.as_ref() == Some(name);
            let line = Line::raw(fit(&text, area.width.into()));
            lines.push(if is_here { theme.select(line) } else { line });
        }
        frame.render_widget(Paragraph::new(lines), area);
    }

    /// Goes to a preset; tells whether it is there.
    pub(super) fn point_at_preset(&mut self, name: &String) -> bool {
        let names = self.preset_names();
        match &mut self.page {
            Page::Presets(list) if matches!(list.asks, Ask::Nothing) => {
                list.cursor.go_to(&names, name)
            }
            _ => true,
        }
    }

    pub(super) fn draw_preset_foot(
        &self,
        state: &State,
        list: &PresetPage,
        frame: &mut Frame<'_>,
        area: Rect,
    ) {
        let theme = state.options.theme;
        let key = |verb| state.key(Context::Line, verb);
        let keys = format!("{} keeps it, {} leaves it", key(Verb::Accept), key(Verb::Close));
        match &list.asks {
            Ask::Nothing => draw_hints(state, frame, area, Line::default(), Context::Presets),
            Ask::Whether(question) => question.draw(state, frame, area),
            Ask::Save(field) => {
                let typed = field.text().trim();
                let replaces = self.inputs.presets.iter().any(|(name, _)| name == typed);
                let hint = if replaces { "replaces the old one" } else { &keys };
                let label = ("Save as: ", theme.strong());
                field.draw(frame, area, label, (hint, theme.dim()));
            }
            Ask::Rename(_, field) => {
                let label = ("New name: ", theme.strong());
                field.draw(frame, area, label, (&keys, theme.dim()));
            }
        }
    }
}

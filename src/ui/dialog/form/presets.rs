//! Presets: values kept under a name, to be loaded, saved, renamed and deleted.

use ratatui::text::Line;

use super::{Form, FormWish, Page};
use crate::domain::inputs::Preset;
use crate::ui::chord::{Chord, Key};
use crate::ui::text::{count, fit, safe};
use crate::ui::theme::Theme;
use crate::ui::widget::text_field::TextField;

/// The page of presets.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    at: usize,
    asks: Option<Ask>,
}

/// What the page asks for.
#[derive(Debug)]
enum Ask {
    /// The name under which the form is saved.
    Save(TextField),
    Rename(TextField),
    /// Whether to delete.
    Delete,
    /// Whether to lose what was edited.
    Load,
}

impl Shelf {
    pub(super) fn paste(&mut self, text: &str) -> Result<(), String> {
        match &mut self.asks {
            Some(Ask::Save(field) | Ask::Rename(field)) => field.paste(text),
            _ => Ok(()),
        }
    }
}

impl Form {
    /// Takes in which presets there are.
    pub(crate) fn presets_changed(&mut self, presets: Vec<(String, Preset)>) {
        self.inputs.presets = presets;
    }

    pub(super) fn open_presets(&mut self) {
        let asks = self.inputs.presets.is_empty().then(|| Ask::Save(TextField::default()));
        self.page = Page::Presets(Shelf { at: 0, asks });
    }

    pub(super) fn press_presets(&mut self, chord: Chord) -> FormWish {
        let Page::Presets(kept) = &mut self.page else { return FormWish::Stay };
        if let Some(ask) = kept.asks.take() {
            return self.answer(ask, chord);
        }
        let last = self.inputs.presets.len().saturating_sub(1);
        let here = self.inputs.presets.get(kept.at).map(|(name, _)| name.clone());
        match (chord.key, here) {
            (Key::Esc, _) => self.page = Page::Edit,
            (Key::Down | Key::Char('j'), _) => kept.at = (kept.at + 1).min(last),
            (Key::Up | Key::Char('k'), _) => kept.at = kept.at.saturating_sub(1),
            (Key::Char('s'), here) => {
                kept.asks = Some(Ask::Save(TextField::holding(&here.unwrap_or_default())));
            }
            (Key::Char('r'), Some(name)) => {
                kept.asks = Some(Ask::Rename(TextField::holding(&name)))
            }
            (Key::Char('x'), Some(_)) => kept.asks = Some(Ask::Delete),
            (Key::Enter, Some(_)) if self.dirty => kept.asks = Some(Ask::Load),
            (Key::Enter, Some(_)) => self.load_preset(),
            _ => {}
        }
        FormWish::Stay
    }

    fn answer(&mut self, ask: Ask, chord: Chord) -> FormWish {
        let Page::Presets(kept) = &mut self.page else { return FormWish::Stay };
        let yes = chord == Chord::plain(Key::Char('y'));
        let at = kept.at;
        let here = || self.inputs.presets.get(at).map(|(name, _)| name.clone());
        match ask {
            Ask::Delete if yes => {
                kept.at = at.saturating_sub(1);
                return here().map_or(FormWish::Stay, FormWish::DeletePreset);
            }
            Ask::Load if yes => self.load_preset(),
            Ask::Delete | Ask::Load => {}
            Ask::Save(mut field) => match chord.key {
                Key::Esc if self.inputs.presets.is_empty() => self.page = Page::Edit,
                Key::Esc => {}
                Key::Enter if !field.text().trim().is_empty() => {
                    let name = field.text().trim().to_owned();
                    self.page = Page::Edit;
                    self.say(format!("saved as `{}`, without secrets", safe(&name)));
                    return FormWish::SavePreset(name, self.draft.preset());
                }
                _ => {
                    field.press(chord);
                    kept.asks = Some(Ask::Save(field));
                }
            },
            Ask::Rename(mut field) => match (chord.key, here()) {
                (Key::Esc, _) | (_, None) => {}
                (Key::Enter, Some(from)) if !field.text().trim().is_empty() => {
                    let to = field.text().trim().to_owned();
                    let taken =
                        self.inputs.presets.iter().any(|(name, _)| *name == to && *name != from);
                    if taken {
                        kept.asks = Some(Ask::Rename(field));
                        self.say(format!("there is a preset `{}` already", safe(&to)));
                    } else if to != from {
                        return FormWish::RenamePreset(from, to);
                    }
                }
                _ => {
                    field.press(chord);
                    kept.asks = Some(Ask::Rename(field));
                }
            },
        }
        FormWish::Stay
    }

    fn load_preset(&mut self) {
        let Page::Presets(kept) = &self.page else { return };
        let Some((name, preset)) = self.inputs.presets.get(kept.at).cloned() else { return };
        self.page = Page::Edit;
        self.draft.load(&name, &preset);
        self.dirty = true;
        self.refused.clear();
        self.go_to(
            self.stops().first().map_or(self.place, |(place, _)| *place),
            super::Cell::Value,
        );
        self.say(format!("loaded `{}`", safe(&name)));
    }

    pub(super) fn preset_lines(
        &self,
        kept: &Shelf,
        theme: Theme,
        width: usize,
    ) -> Vec<Line<'static>> {
        let mut lines = vec![Line::styled("Presets of this project:", theme.dim())];
        if self.inputs.presets.is_empty() {
            lines.push(Line::raw("none yet: give this form's values a name to keep them"));
        }
        for (index, (name, preset)) in self.inputs.presets.iter().enumerate() {
            let text = format!("{}  ({})", safe(name), count(preset.rows.len(), "input"));
            let style =
                if index == kept.at { theme.selected() } else { ratatui::style::Style::new() };
            lines.push(Line::styled(fit(&text, width), style));
        }
        lines.push(Line::raw(""));
        let name = |field: &TextField| format!("{}{}", safe(field.text()), theme.glyph("▏", "_"));
        let replaces =
            |field: &TextField| self.inputs.presets.iter().any(|(n, _)| n == field.text().trim());
        let asked = match &kept.asks {
            None => return lines,
            Some(Ask::Save(field)) if replaces(field) => {
                format!("Save as: {}  (replaces the old one)", name(field))
            }
            Some(Ask::Save(field)) => format!("Save as: {}", name(field)),
            Some(Ask::Rename(field)) => format!("New name: {}", name(field)),
            Some(Ask::Delete) => "Delete it?  y yes   any other key no".to_owned(),
            Some(Ask::Load) => "Replace what is in the form?  y yes   any other key no".to_owned(),
        };
        lines.push(Line::styled(fit(&asked, width), theme.strong()));
        lines
    }

    pub(super) fn preset_foot(kept: &Shelf) -> &'static str {
        match kept.asks {
            Some(Ask::Save(_) | Ask::Rename(_)) => "Enter keep   Esc back",
            Some(_) => "y yes   any other key no",
            None => "Enter load  s save  r rename  x delete  Esc back",
        }
    }
}

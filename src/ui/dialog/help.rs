//! Help for where one is: the table of keys, searchable.

use ratatui::Frame;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::window;
use crate::ui::State;
use crate::ui::action::{COMMANDS, SHEET_KEYS};
use crate::ui::chord::{Chord, Key};
use crate::ui::text::{pad, wrap};
use crate::ui::widget::text_field::TextField;

/// Width of the column of keys.
const KEYS: usize = 23;

/// The help page.
#[derive(Debug, Default)]
pub(crate) struct Help {
    search: TextField,
    top: u16,
}

impl Help {
    /// Takes in a key; tells whether the page stays open.
    pub(crate) fn press(&mut self, chord: Chord) -> bool {
        match chord.key {
            Key::Esc | Key::Enter | Key::F(1) => return false,
            Key::Char('?' | 'q') if self.search.text().is_empty() => return false,
            Key::Down => self.top = self.top.saturating_add(1),
            Key::Up => self.top = self.top.saturating_sub(1),
            Key::PageDown => self.top = self.top.saturating_add(10),
            Key::PageUp => self.top = self.top.saturating_sub(10),
            _ => {
                if self.search.press(chord) {
                    self.top = 0;
                }
            }
        }
        true
    }

    fn lines(&self, state: &State, width: usize) -> Vec<Line<'static>> {
        let theme = state.options.theme;
        let wanted = self.search.text().to_lowercase();
        let matches = |texts: &[&str]| {
            wanted.is_empty() || texts.iter().any(|text| text.to_lowercase().contains(&wanted))
        };
        let entry = |keys: &str, help: &str| {
            let texts = wrap(help, width.saturating_sub(KEYS)).into_iter().enumerate();
            let row = |(index, text)| {
                let keys = if index == 0 { keys } else { "" };
                Line::from(vec![Span::styled(pad(keys, KEYS), theme.strong()), Span::raw(text)])
            };
            texts.map(row).collect::<Vec<_>>()
        };
        let mut lines: Vec<_> = COMMANDS
            .iter()
            .filter(|command| matches(&[command.keys, command.help]))
            .flat_map(|command| entry(command.keys, command.help))
            .collect();
        let mut place = "";
        for (name, keys, help) in
            SHEET_KEYS.iter().filter(|(name, keys, help)| matches(&[name, keys, help]))
        {
            if std::mem::replace(&mut place, name) != *name {
                lines.push(Line::styled(format!("in the {name}"), theme.dim()));
            }
            lines.extend(entry(keys, help));
        }
        if lines.is_empty() {
            lines.push(Line::raw(format!(
                "no key has to do with \"{wanted}\": Backspace to search anew"
            )));
        }
        lines
    }

    pub(super) fn draw(&self, state: &State, frame: &mut Frame<'_>) {
        let title = match self.search.text() {
            "" => " Help: type to search, Up Down to scroll, Esc to close ".to_owned(),
            text => format!(" Help on \"{text}\" "),
        };
        let width = frame.area().width.min(110);
        let lines = self.lines(state, usize::from(width.saturating_sub(2)));
        let length = u16::try_from(lines.len()).unwrap_or(u16::MAX);
        let inside = window(state, frame, title, width, length.saturating_add(2));
        let top = self.top.min(length.saturating_sub(inside.height));
        frame.render_widget(Paragraph::new(lines).scroll((top, 0)), inside);
    }
}

/// The keys that work in these places, for a page of their own. The first place needs no name: it
/// is where one is.
pub(super) fn sheet_keys(state: &State, places: &[&str], width: usize) -> Vec<Line<'static>> {
    let keys_width = (width / 3).min(24);
    let mut lines = Vec::new();
    for (place, keys, help) in SHEET_KEYS.iter().filter(|(place, ..)| places.contains(place)) {
        let name = match places.first() {
            Some(first) if first != place => format!("{place}: "),
            _ => String::new(),
        };
        let room = width.saturating_sub(keys_width + 1).max(12);
        let mut words = wrap(&format!("{name}{help}"), room).into_iter();
        let first = words.next().unwrap_or_default();
        lines.push(Line::from(vec![
            Span::styled(pad(keys, keys_width), state.options.theme.strong()),
            Span::raw(format!(" {first}")),
        ]));
        let indent = " ".repeat(keys_width + 1);
        lines.extend(words.map(|more| Line::raw(format!("{indent}{more}"))));
    }
    lines
}

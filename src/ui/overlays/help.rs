//! Help for where one is: the table of keys, searchable.

use ratatui::Frame;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::window;
use crate::ui::State;
use crate::ui::action::{COMMANDS, SHEET_KEYS};
use crate::ui::chord::{Chord, Key};
use crate::ui::field::Field;
use crate::ui::text::pad;

/// The help page.
#[derive(Debug, Default)]
pub(crate) struct Help {
    search: Field,
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

    fn lines(&self, state: &State) -> Vec<Line<'static>> {
        let theme = state.options.theme;
        let wanted = self.search.text().to_lowercase();
        let matches = |texts: &[&str]| {
            wanted.is_empty() || texts.iter().any(|text| text.to_lowercase().contains(&wanted))
        };
        let line = |keys: &str, help: &str| {
            Line::from(vec![
                Span::styled(pad(keys, 22), theme.strong()),
                Span::raw(help.to_owned()),
            ])
        };
        let mut lines: Vec<_> = COMMANDS
            .iter()
            .filter(|command| matches(&[command.keys, command.help]))
            .map(|command| line(command.keys, command.help))
            .collect();
        let mut place = "";
        for (name, keys, help) in
            SHEET_KEYS.iter().filter(|(name, keys, help)| matches(&[name, keys, help]))
        {
            if std::mem::replace(&mut place, name) != *name {
                lines.push(Line::styled(format!("in the {name}"), theme.dim()));
            }
            lines.push(line(keys, help));
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
        let lines = self.lines(state);
        let length = u16::try_from(lines.len()).unwrap_or(u16::MAX);
        let inside = window(state, frame, title, 110, length.saturating_add(2));
        let top = self.top.min(length.saturating_sub(inside.height));
        frame.render_widget(Paragraph::new(lines).scroll((top, 0)), inside);
    }
}

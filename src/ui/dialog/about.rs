//! What this program is, and where it keeps what.

use ratatui::Frame;
use ratatui::text::{Line, Span};

use crate::domain::Now;
use crate::ui::State;
use crate::ui::command::Context;
use crate::ui::layer::Layer;
use crate::ui::text::{fold, pad, safe};
use crate::ui::widget::scroll_text::ScrollText;
use crate::ui::widget::window;

/// The widest that the window and its column of names get.
const WIDEST: u16 = 90;
const NAMES: usize = 12;

/// The open page.
#[derive(Debug, Default)]
pub(crate) struct About {
    text: ScrollText,
}

impl Layer for About {
    fn context(&self) -> Context {
        Context::About
    }

    fn text(&mut self) -> Option<&mut ScrollText> {
        Some(&mut self.text)
    }

    fn draw(&self, state: &State, frame: &mut Frame<'_>, _now: Now) {
        let options = &state.options;
        let width = frame.area().width.min(WIDEST);
        let me = state.model.me().and_then(|me| me.email.as_deref()).unwrap_or("not known yet");
        let profile = if options.profile.is_empty() { "none" } else { &options.profile };
        let facts = [
            ("hextop", env!("CARGO_PKG_VERSION")),
            ("workspace", &options.workspace),
            ("API", &options.root),
            ("token of", me),
            ("profile", profile),
            ("settings", &options.config),
        ];
        let room = usize::from(width.saturating_sub(2)).saturating_sub(NAMES);
        let fact = |(name, value): &(&'static str, &str)| {
            let parts = fold(&safe(value), room).into_iter().enumerate();
            let line = |(nth, part)| {
                let name = pad(if nth == 0 { name } else { "" }, NAMES);
                Line::from(vec![Span::styled(name, options.theme.dim()), Span::raw(part)])
            };
            parts.map(line).collect::<Vec<_>>()
        };
        let lines = facts.iter().flat_map(fact).collect();
        window::page(state, frame, (Context::About, "About"), width, &self.text, lines);
    }
}

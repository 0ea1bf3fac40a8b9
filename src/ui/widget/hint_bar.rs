//! The line of keys: what there is to press in a place, the more important first.

use ratatui::text::{Line, Span};

use crate::ui::State;
use crate::ui::command::Context;
use crate::ui::text::width as width_of;

/// As many of a place's keys with their words as fit into `width` columns.
pub(crate) fn hints(state: &State, context: Context, width: usize) -> Line<'static> {
    let theme = state.options.theme;
    let mut spans = Vec::new();
    let mut left = width;
    for bound in state.options.keys.of(context) {
        let Some(word) = bound.hint else { continue };
        let Some(name) = bound.names().next() else { continue };
        let key = if name == "Space" { theme.glyph("␣", "Space").to_owned() } else { name };
        let gap = if spans.is_empty() { 0 } else { 2 };
        let used = gap + width_of(&key) + 1 + width_of(word);
        if used > left {
            break;
        }
        left -= used;
        spans.push(Span::raw(" ".repeat(gap)));
        spans.push(Span::styled(key, theme.strong()));
        spans.push(Span::raw(format!(" {word}")));
    }
    Line::from(spans)
}

//! The line of keys: what there is to press in a place, the more important first.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::ui::State;
use crate::ui::command::Context;
use crate::ui::mouse::Target;
use crate::ui::text::width as width_of;

/// Draws a line that has a place's keys behind a text.
pub(crate) fn draw_hints(
    state: &State,
    frame: &mut Frame<'_>,
    area: Rect,
    mut line: Line<'static>,
    context: Context,
) {
    line.extend(hints(state, behind(area, line.width()), context));
    frame.render_widget(line, area);
}

/// What is left of a line behind so many columns.
pub(crate) fn behind(area: Rect, width: usize) -> Rect {
    let width = u16::try_from(width).unwrap_or(u16::MAX).min(area.width);
    Rect { x: area.x + width, width: area.width - width, ..area }
}

/// As many of a place's keys with their words as fit into a line that is drawn there; a click on one does the
/// same as the key.
pub(crate) fn hints(state: &State, area: Rect, context: Context) -> Line<'static> {
    let theme = state.options.theme;
    let mut spans = Vec::new();
    let mut left = usize::from(area.width);
    for bound in state.options.keys.of(context) {
        let Some(word) = bound.hint else { continue };
        let Some(name) = bound.names().next() else { continue };
        let key = if name == "Space" { theme.glyph("␣", "Space").to_owned() } else { name };
        let gap = if spans.is_empty() { 0 } else { 2 };
        let used = gap + width_of(&key) + 1 + width_of(word);
        if used > left {
            break;
        }
        let x = area.right() - u16::try_from(left - gap).unwrap_or(0);
        let width = u16::try_from(used - gap).unwrap_or(0);
        let target = Target::Command(context, bound.command.clone());
        state.zones.add(Rect::new(x, area.y, width, 1), target);
        left -= used;
        spans.push(Span::raw(" ".repeat(gap)));
        spans.push(Span::styled(key, theme.strong()));
        spans.push(Span::raw(format!(" {word}")));
    }
    Line::from(spans)
}

//! The frame of a dialog, in the middle of the screen.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::Line;
use ratatui::widgets::{Block, Clear};

use super::scroll_text::ScrollText;
use crate::ui::State;
use crate::ui::command::{Context, Verb};
use crate::ui::mouse::Target;
use crate::ui::pane::{LOW, notice_rows};

/// How high a window may be. Where there is room, the first and the last line stay in sight: they
/// say what is live, and answer.
pub(crate) fn room(screen: u16) -> u16 {
    if screen < LOW { screen } else { screen - 2 }
}

/// How high a window of this context may be now: a notice that needs more than the last line has the rows above it.
pub(crate) fn room_now(state: &State, context: Context) -> u16 {
    room(state.size.height).saturating_sub(notice_rows(state, context))
}

/// Clears the last line of the screen, and gives its place.
pub(crate) fn last_line(state: &State, frame: &mut Frame<'_>) -> Rect {
    let screen = frame.area();
    let area = Rect { y: screen.height.saturating_sub(1), height: 1, ..screen };
    frame.render_widget(Clear, area);
    frame.buffer_mut().set_style(area, state.options.theme.screen());
    area
}

/// Clears a box of at most this size in the middle of the screen, frames it, and gives its
/// inside.
pub(crate) fn window(
    state: &State,
    frame: &mut Frame<'_>,
    title: String,
    width: u16,
    height: u16,
) -> Rect {
    let screen = frame.area();
    let notice = notice_rows(state, state.context());
    let room = room(screen.height).saturating_sub(notice);
    let (width, height) = (width.min(screen.width), height.min(room));
    // In the middle, but for a notice.
    let first = u16::from(screen.height >= LOW);
    let y = ((screen.height - height) / 2).min(first + room - height);
    let area = Rect::new((screen.width - width) / 2, y, width, height);
    let theme = state.options.theme;
    // What lies behind is not what the keys are for; the first and the last line still say what is so.
    let behind = Style { bg: None, ..theme.dim() }.add_modifier(Modifier::DIM);
    let panes = Rect { y: 1, height: screen.height.saturating_sub(2 + notice), ..screen };
    frame.buffer_mut().set_style(panes, behind);
    let block = Block::bordered()
        .border_set(theme.lines(true))
        .border_style(theme.border(true))
        .title(Line::styled(title, theme.strong()));
    let block = match state.options.label.span(theme) {
        Some(label) => block.title_bottom(Line::from(label).right_aligned()),
        None => block,
    };
    let inside = block.inner(area);
    frame.render_widget(Clear, area);
    frame.buffer_mut().set_style(area, theme.screen());
    frame.render_widget(block, area);
    state.zones.add(area, Target::Layer);
    inside
}

/// Draws a page of lines as a window of its own, whose title says how it is closed and, if there is
/// more than fits, how it is scrolled.
pub(crate) fn page(
    state: &State,
    frame: &mut Frame<'_>,
    (context, name): (Context, &str),
    width: u16,
    text: &ScrollText,
    lines: Vec<Line<'static>>,
) {
    let key = |verb| state.key(context, verb);
    let length = u16::try_from(lines.len()).unwrap_or(u16::MAX);
    let height = length.saturating_add(2);
    let scroll = if height > room_now(state, state.context()) {
        format!(", {} {} scroll", key(Verb::Down), key(Verb::Up))
    } else {
        String::new()
    };
    let title = format!(" {name}: {} closes{scroll} ", key(Verb::Close));
    let inside = window(state, frame, title, width, height);
    text.draw(frame, inside, lines);
}

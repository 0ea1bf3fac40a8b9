//! The panes: each draws one part of the state and changes nothing.

mod detail;
mod footer;
mod header;
mod projects;
mod run_row;
mod runs;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Block, Paragraph, Wrap};

use super::command::{Context, Verb};
use super::layout::{self, SMALLEST};
use super::mouse::Target;
use super::{Pane, State};
use crate::domain::{Boot, Now};

pub(crate) use footer::{LOW, notice_rows};
pub(crate) use header::banner_lines;
pub use run_row::RunColumn;

/// Draws the whole screen.
pub(crate) fn draw(state: &State, frame: &mut Frame<'_>, now: Now) {
    let area = frame.area();
    if layout::is_too_small(area.as_size()) {
        let text = format!(
            "hextop needs {}×{} characters; this window has {}×{}. Make it larger, or press {} to quit.",
            SMALLEST.width,
            SMALLEST.height,
            area.width,
            area.height,
            state.key(Context::Panes, Verb::Quit)
        );
        frame.render_widget(Paragraph::new(text).wrap(Wrap { trim: true }), area);
        return;
    }
    let areas = layout::areas(state);
    header::draw(state, frame, areas.header, now);
    let panes = [
        (areas.projects, projects::draw as fn(&State, &mut Frame<'_>, Rect, Now)),
        (areas.runs, runs::draw),
        (areas.detail, detail::draw),
    ];
    for (area, draw) in panes {
        if area.height >= 2 {
            draw(state, frame, area, now);
        }
    }
    footer::draw(state, frame, areas.footer, now);
}

/// Frames a pane and gives its inside.
fn framed(
    state: &State,
    frame: &mut Frame<'_>,
    pane: Pane,
    title: Line<'static>,
    area: Rect,
) -> Rect {
    let focused = state.focus == pane && !state.is_covered();
    let theme = state.options.theme;
    let block = Block::bordered()
        .border_set(theme.lines(focused))
        .border_style(theme.border(focused))
        .title(title.style(if focused { theme.screen() } else { theme.dim() }));
    let inside = block.inner(area);
    frame.render_widget(block, area);
    state.zones.add(area, Target::Pane(pane));
    inside
}

/// Draws on the lower border of a pane where one is in a list.
fn draw_place(
    state: &State,
    frame: &mut Frame<'_>,
    area: Rect,
    (first, last, all): (usize, usize, usize),
) {
    let text = format!(" {first}–{last} of {all} ");
    let width = u16::try_from(super::text::width(&text)).unwrap_or(0);
    let x = area.right().saturating_sub(width + 2);
    let place = Rect { x, y: area.bottom().saturating_sub(1), width, height: 1 };
    let line = Line::styled(text, state.options.theme.dim());
    frame.render_widget(line, place.intersection(area));
}

/// How long ago a moment was, as an age.
fn since(at: Boot, now: Now) -> String {
    super::text::age(now.boot.saturating_sub(at))
}

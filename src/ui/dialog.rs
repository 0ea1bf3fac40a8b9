//! What lies over the panes and has the keys first.

mod budget;
mod cancel;
mod compare;
mod form;
mod help;
mod journal;
mod queues;

pub(crate) use budget::BudgetPanel;
pub(crate) use cancel::{CancelDialog, SheetWish};
pub(crate) use compare::Compare;
pub use form::Server;
pub(crate) use form::{Again, Form, FormWish, ProjectInputs};
pub(crate) use help::Help;
pub(crate) use journal::{Format, JournalPane, JournalWish};
pub(crate) use queues::{QueuePanel, QueueWish};

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Block, Clear};

use super::{Overlay, State};
use crate::domain::Now;

/// Draws what lies over the panes.
pub(crate) fn draw(state: &State, frame: &mut Frame<'_>, now: Now) {
    match &state.overlay {
        Some(Overlay::Help(help)) => help.draw(state, frame),
        Some(Overlay::Budget(panel)) => panel.draw(state, frame, now),
        Some(Overlay::Queues(panel)) => panel.draw(state, frame, now),
        Some(Overlay::Cancel(dialog)) => dialog.draw(state, frame, now),
        Some(Overlay::Form(form)) => form.draw(state, frame, now),
        Some(Overlay::Compare(compare)) => compare.draw(state, frame, now),
        Some(Overlay::Journal(pane)) => pane.draw(state, frame, now),
        None => {}
    }
}

/// How high a window may be. Where there is room, the first and the last line stay in sight: they
/// say what is live, and answer.
fn room(screen: u16) -> u16 {
    if screen < 16 { screen } else { screen - 2 }
}

/// Clears a box of at most this size in the middle of the screen, frames it, and gives its
/// inside.
fn window(state: &State, frame: &mut Frame<'_>, title: String, width: u16, height: u16) -> Rect {
    let screen = frame.area();
    let (width, height) = (width.min(screen.width), height.min(room(screen.height)));
    let area = Rect::new((screen.width - width) / 2, (screen.height - height) / 2, width, height);
    let theme = state.options.theme;
    let block = Block::bordered()
        .border_set(theme.lines(true))
        .border_style(theme.border(true))
        .title(Line::styled(title, theme.strong()));
    let inside = block.inner(area);
    frame.render_widget(Clear, area);
    frame.render_widget(block, area);
    inside
}

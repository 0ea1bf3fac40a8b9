//! Where the panes are, at any size.

use ratatui::layout::{Constraint, Layout, Rect, Size};

use super::{Pane, State, panes};

/// Below this nothing useful fits.
pub(crate) const SMALLEST: Size = Size { width: 40, height: 12 };
/// From this width on the projects stand beside the runs.
const SIDE_BY_SIDE: u16 = 110;

/// Whether a screen of this size shows nothing but that it is too small.
pub(crate) fn is_too_small(size: Size) -> bool {
    size.width < SMALLEST.width || size.height < SMALLEST.height
}

/// The places of everything; a pane that is not shown has no area.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Areas {
    pub(crate) header: Rect,
    pub(crate) projects: Rect,
    pub(crate) runs: Rect,
    pub(crate) detail: Rect,
    pub(crate) footer: Rect,
}

/// Shares the screen out among the panes.
pub(crate) fn areas(state: &State) -> Areas {
    let Size { width, height } = state.size;
    if is_too_small(state.size) {
        return Areas::default();
    }
    let screen = Rect::new(0, 0, width, height);
    let banner = panes::banner_lines(state);
    let [header, body, footer] = Layout::vertical([
        Constraint::Length(1 + banner),
        Constraint::Min(0),
        Constraint::Length(1),
    ])
    .areas(screen);
    let mut areas = Areas { header, footer, ..Areas::default() };
    if state.zoom {
        match state.focus {
            Pane::Projects => areas.projects = body,
            Pane::Runs => areas.runs = body,
            Pane::Detail => areas.detail = body,
        }
        return areas;
    }
    let detail = match body.height {
        0..16 => 0,
        16..28 => 6,
        28..44 => 8,
        _ => 11,
    };
    let [lists, detail] =
        Layout::vertical([Constraint::Min(0), Constraint::Length(detail)]).areas(body);
    areas.detail = detail;
    [areas.projects, areas.runs] = if width >= SIDE_BY_SIDE {
        let projects = (width * 3 / 10).min(46);
        Layout::horizontal([Constraint::Length(projects), Constraint::Min(0)]).areas(lists)
    } else if lists.height >= 14 {
        let projects = (lists.height / 3).min(10);
        Layout::vertical([Constraint::Length(projects), Constraint::Min(0)]).areas(lists)
    } else if state.focus == Pane::Projects {
        [lists, Rect::ZERO]
    } else {
        [Rect::ZERO, lists]
    };
    areas
}

/// Rows that fit between the borders of a pane, below `headings` of them.
pub(crate) fn rows_in(pane: Rect, headings: u16) -> usize {
    usize::from(pane.height.saturating_sub(2 + headings))
}

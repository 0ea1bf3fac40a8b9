//! Where the panes are, at any size.

use ratatui::layout::{Constraint, Layout, Rect, Size};

use super::{Pane, State, pane};

/// Below this nothing useful fits.
pub(crate) const SMALLEST: Size = Size { width: 40, height: 12 };
/// From this width on the projects stand beside the runs.
const SIDE_BY_SIDE: u16 = 110;
/// From this width on the details stand beside the runs.
const DETAILS_BESIDE: u16 = 160;
/// From this width on the projects have all their words.
const ROOMY: u16 = 220;

/// What a window is taken for that tells no width or no height, as a serial line or a pseudo-terminal
/// without a window does.
const USUAL: Size = Size { width: 80, height: 24 };
/// The most that is drawn, in characters: each costs about 100 bytes in the two buffers of a screen,
/// and is looked at for each frame. A 4K screen in the smallest type has half as many. A
/// pseudo-terminal can tell up to 65535×65535, which would take 400 GB.
const MOST: u32 = 250_000;
const WIDEST: u16 = 2000;

/// The part of a window that is drawn on: all of it at any size that a person could read.
pub(crate) fn drawable(window: Size) -> Size {
    let or = |told: u16, usual| if told == 0 { usual } else { told };
    let width = or(window.width, USUAL.width).min(WIDEST);
    let highest = u16::try_from(MOST / u32::from(width)).unwrap_or(u16::MAX);
    Size { width, height: or(window.height, USUAL.height).min(highest) }
}

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
    let banner = pane::banner_lines(state);
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
    let (side, beside) = (width >= SIDE_BY_SIDE, width >= DETAILS_BESIDE);
    let detail = match body.height {
        _ if beside => 0,
        // Who looks at the details has half of the screen for them, or all of it where that leaves no run in sight.
        0..9 if state.focus == Pane::Detail => body.height,
        0..28 if state.focus == Pane::Detail => body.height / 2,
        0..14 => 0,
        14..28 => 3,
        28..44 => 8,
        _ => 11,
    };
    let [lists, detail] =
        Layout::vertical([Constraint::Min(0), Constraint::Length(detail)]).areas(body);
    areas.detail = detail;
    if side {
        let projects = (width * 27 / 100).min(if width < ROOMY { 32 } else { 40 });
        let detail = if beside { (40 + width.saturating_sub(200) / 4).min(64) } else { 0 };
        let detail = Constraint::Length(detail);
        let parts = [Constraint::Length(projects), Constraint::Min(0), detail];
        let [projects, runs, detail] = Layout::horizontal(parts).areas(lists);
        (areas.projects, areas.runs) = (projects, runs);
        if beside {
            areas.detail = detail;
        }
    } else if lists.height >= 24 {
        let projects = (lists.height / 3).min(10);
        [areas.projects, areas.runs] =
            Layout::vertical([Constraint::Length(projects), Constraint::Min(0)]).areas(lists);
    } else if state.list() == Pane::Projects {
        areas.projects = lists;
    } else {
        areas.runs = lists;
    }
    areas
}

/// Rows that fit between the borders of a pane, below `headings` of them.
pub(crate) fn rows_in(pane: Rect, headings: u16) -> usize {
    usize::from(pane.height.saturating_sub(2 + headings))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_drawn_on_whole_within_bounds_and_has_a_size_where_it_tells_none() {
        let size = |(width, height)| Size { width, height };
        for (told, drawn) in [
            ((120, 36), (120, 36)),
            ((640, 200), (640, 200)),
            ((1, 1), (1, 1)),
            ((0, 0), (80, 24)),
            ((0, 50), (80, 50)),
            ((50, 0), (50, 24)),
            ((65_535, 65_535), (2000, 125)),
            ((65_535, 1), (2000, 1)),
            ((1, 65_535), (1, 65_535)),
            ((1000, 1000), (1000, 250)),
        ] {
            assert_eq!(drawable(size(told)), size(drawn), "{told:?}");
        }
    }
}

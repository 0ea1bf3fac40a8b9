//! Lines of which those in sight can be moved.

use std::cell::Cell;
use std::fmt;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use crate::ui::command::Verb;

/// Where a verb leads from a place, a page being so many; none if it does not move. May be past the
/// end.
pub(crate) fn moved(verb: Verb, here: usize, page: usize) -> Option<usize> {
    let page = page.max(1);
    Some(match verb {
        Verb::Down => here.saturating_add(1),
        Verb::Up => here.saturating_sub(1),
        Verb::PageDown => here.saturating_add(page),
        Verb::PageUp => here.saturating_sub(page),
        Verb::Top => 0,
        Verb::Bottom => usize::MAX,
        _ => return None,
    })
}

/// Which lines are in sight. A move goes by what was drawn last, and never past the ends.
#[derive(Clone, Default)]
pub(crate) struct ScrollText {
    top: usize,
    /// How many lines there were, and how many of them fitted, when they were drawn last.
    drawn: Cell<(usize, usize)>,
}

impl fmt::Debug for ScrollText {
    /// What a person has chosen, and not what was drawn.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ScrollText({})", self.top)
    }
}

impl ScrollText {
    /// Moves as a verb says; tells whether it is one that moves.
    pub(crate) fn run(&mut self, verb: Verb) -> bool {
        let (length, room) = self.drawn.get();
        let last = length.saturating_sub(room);
        let Some(top) = moved(verb, self.top.min(last), room.saturating_sub(1)) else {
            return false;
        };
        self.top = top.min(last);
        true
    }

    /// The same; tells whether other lines are in sight by that.
    pub(crate) fn has_moved(&mut self, verb: Verb) -> bool {
        let (length, room) = self.drawn.get();
        let before = self.top.min(length.saturating_sub(room));
        self.run(verb) && self.top != before
    }

    /// Back to the beginning, because the lines are others.
    pub(crate) fn reset(&mut self) {
        self.top = 0;
    }

    /// The first line in sight, of so many of which so many fit.
    pub(crate) fn top(&self, length: usize, room: usize) -> usize {
        self.drawn.set((length, room));
        self.top.min(length.saturating_sub(room))
    }

    /// Draws the lines that are in sight.
    pub(crate) fn draw(&self, frame: &mut Frame<'_>, area: Rect, lines: Vec<Line<'static>>) {
        let room = usize::from(area.height);
        let top = self.top(lines.len(), room);
        let shown: Vec<_> = lines.into_iter().skip(top).take(room).collect();
        frame.render_widget(Paragraph::new(shown), area);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_move_past_an_end_does_not_have_to_be_taken_back_first() {
        let mut text = ScrollText::default();
        text.run(Verb::Bottom);
        assert_eq!(text.top(20, 5), 0, "what was never drawn is not moved");
        for (verb, top) in [
            (Verb::Up, 0),
            (Verb::Bottom, 15),
            (Verb::Down, 15),
            (Verb::Up, 14),
            (Verb::PageUp, 10),
            (Verb::PageDown, 14),
            (Verb::PageDown, 15),
            (Verb::Top, 0),
        ] {
            assert!(text.run(verb));
            assert_eq!(text.top(20, 5), top, "{verb:?}");
        }
        text.run(Verb::Bottom);
        assert_eq!(text.top(8, 5), 3, "fewer lines");
        text.run(Verb::Up);
        assert_eq!(text.top(8, 5), 2);
        assert!(text.has_moved(Verb::Down) && !text.has_moved(Verb::Down), "at the end");
        assert!(!text.run(Verb::Close));
        assert_eq!(text.top(3, 5), 0, "all fit");
    }
}

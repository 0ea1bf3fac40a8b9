//! Where a moment falls: in cells of the terminal, or in eighths of them.

use jiff::Timestamp;

use super::Span;

/// The parts of a cell that block glyphs tell apart.
pub(super) const PARTS: usize = 8;

/// What turns time into places. A place before the window is -1, one behind it is the number of places in it, or
/// one more where a moment is rounded up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    /// Nanoseconds.
    from: i128,
    /// Nanoseconds, positive.
    length: i128,
    cells: u16,
    /// The cell of now; -1 or `cells` if that is not in the window.
    now: i32,
}

impl Scale {
    /// None if there is no time or no room to show.
    pub(super) fn of(span: Span, now: Timestamp, cells: u16) -> Option<Self> {
        let from = span.from.as_nanosecond();
        let length = span.to.as_nanosecond() - from;
        let mut scale =
            (length > 0 && cells > 0).then_some(Self { from, length, cells, now: 0 })?;
        // The end of the window is in its last cell if it is now: nothing is cut off there.
        let is_at_end = now == span.to;
        scale.now = if is_at_end { i32::from(cells) - 1 } else { scale.down(now, 1) };
        Some(scale)
    }

    /// The cells of the window.
    pub(super) fn cells(self) -> usize {
        usize::from(self.cells)
    }

    /// The cell of now, if it is in the window.
    pub(super) fn now_cell(self) -> Option<usize> {
        usize::try_from(self.now).ok().filter(|cell| *cell < self.cells())
    }

    /// How many cells are wholly or partly of the past.
    pub(super) fn past(self) -> usize {
        usize::try_from(self.now + 1).unwrap_or(0).min(self.cells())
    }

    /// The place that a moment lies in, each cell having so many of them.
    pub(super) fn down(self, at: Timestamp, parts: usize) -> i32 {
        let (place, places) = self.exact(at, parts);
        narrow(place.div_euclid(self.length), places)
    }

    /// The first place that begins at a moment or behind it.
    pub(super) fn up(self, at: Timestamp, parts: usize) -> i32 {
        let (place, places) = self.exact(at, parts);
        narrow(-(-place).div_euclid(self.length), places + 1)
    }

    /// How many of so many seconds there are in a window, in cells each.
    pub(super) fn cells_of(self, seconds: i64) -> i128 {
        i128::from(seconds) * 1_000_000_000 * i128::from(self.cells) / self.length
    }

    /// The place times the length of the window, and the number of places.
    fn exact(self, at: Timestamp, parts: usize) -> (i128, i128) {
        let places = i128::from(self.cells) * i128::try_from(parts).unwrap_or(1);
        ((at.as_nanosecond() - self.from) * places, places)
    }
}

fn narrow(place: i128, most: i128) -> i32 {
    i32::try_from(place.clamp(-1, most)).unwrap_or(i32::MAX)
}

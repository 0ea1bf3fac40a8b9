//! The cells of a lane, and what lies in each.

use std::ops::Range;

use super::super::scale::PARTS;

/// How much of a cell is drawn, in eighths from one of its edges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Filled {
    Whole,
    Left(usize),
    Right(usize),
}

/// One cell.
#[derive(Clone, Debug, Default)]
pub(super) struct Slot {
    /// The bar that it looks like.
    pub(super) owner: Option<usize>,
    /// The gravest bar of those that end in it.
    pub(super) ended: Option<usize>,
    /// The gravest bar of those that end in the cell before it, if it is grave.
    pub(super) mark: Option<usize>,
    /// What bars cover of it; none where there are none, or only what is expected.
    pub(super) filled: Option<Filled>,
    pub(super) is_start: bool,
    pub(super) is_gap: bool,
    /// Bars that fill the cells from this one on, less those that fill the cells up to it.
    step: i32,
}

impl Slot {
    /// Whether it has room for its mark.
    pub(super) fn shows_mark(&self) -> bool {
        self.mark.is_some() && self.owner.is_none() && !self.is_start
    }

    fn add(&mut self, more: Filled) {
        let size = |filled| match filled {
            Filled::Whole => PARTS,
            Filled::Left(parts) | Filled::Right(parts) => parts,
        };
        if self.filled.is_none_or(|filled| size(filled) < size(more)) {
            self.filled = Some(more);
        }
    }
}

/// Notes the eighths of a bar at its ends; [`settle`] fills what is between them.
pub(super) fn touch(slots: &mut [Slot], parts: &Range<usize>) {
    if parts.is_empty() {
        return;
    }
    let (first, last) = (parts.start / PARTS, (parts.end - 1) / PARTS);
    let (blank, used) = (parts.start % PARTS, (parts.end - 1) % PARTS + 1);
    let mut add = |cell: usize, filled| {
        if let Some(slot) = slots.get_mut(cell) {
            slot.add(filled);
        }
    };
    // Within a cell it goes to the edge that is nearer.
    if first == last && used - blank < PARTS {
        let to = if blank <= PARTS - used { Filled::Left } else { Filled::Right };
        return add(first, to(used - blank));
    }
    if blank > 0 {
        add(first, Filled::Right(PARTS - blank));
    }
    if used < PARTS {
        add(last, Filled::Left(used));
    }
    let whole = first + usize::from(blank > 0)..last + usize::from(used == PARTS);
    if whole.is_empty() {
        return;
    }
    for (cell, step) in [(whole.start, 1), (whole.end, -1)] {
        if let Some(slot) = slots.get_mut(cell) {
            slot.step += step;
        }
    }
}

/// Fills the cells between the ends of bars.
pub(super) fn settle(slots: &mut [Slot]) {
    let mut depth = 0;
    for slot in slots {
        depth += slot.step;
        if depth > 0 {
            slot.filled = Some(Filled::Whole);
        }
    }
}

/// Cells that are still free: each leads to the first of them that is at it or behind it.
pub(super) struct Free(Vec<usize>);

impl Free {
    /// So many cells.
    pub(super) fn new(cells: usize) -> Self {
        Self((0..=cells).collect())
    }

    /// Takes those of a range, each of which is given to `found`.
    pub(super) fn take(&mut self, range: Range<usize>, mut found: impl FnMut(usize)) {
        let mut cell = self.first(range.start);
        while cell < range.end && cell + 1 < self.0.len() {
            found(cell);
            self.lead(cell, cell + 1);
            cell = self.first(cell + 1);
        }
    }

    fn first(&mut self, mut cell: usize) -> usize {
        while let Some(next) = self.0.get(cell).copied().filter(|next| *next != cell) {
            // Ways get shorter each time they are gone.
            let further = self.0.get(next).copied().unwrap_or(next);
            self.lead(cell, further);
            cell = further;
        }
        cell
    }

    fn lead(&mut self, cell: usize, to: usize) {
        if let Some(next) = self.0.get_mut(cell) {
            *next = to;
        }
    }
}

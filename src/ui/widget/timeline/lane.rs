//! One lane: its runs, what is expected of those that go on, its schedule, its gaps, its note.
//!
//! A cell has the look of the gravest run that touches it. Two runs in one cell never fill it, so that a blank parts
//! them.

mod bars;
mod cells;

use std::borrow::Cow;

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::style::{Modifier, Style};

use self::bars::{Gravity, Piece, pieces};
use self::cells::{Filled, Free, Slot};
use super::scale::PARTS;
use super::{Lane, Plot, Span};
use crate::domain::RunStatus;
use crate::ui::text::width;

/// Parts of a cell from its left edge, one to eight.
const LEFT: [&str; PARTS] = ["▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"];

/// A glyph and its look.
type Look = (Cow<'static, str>, Style);

impl Plot<'_> {
    /// Draws the bars of a lane in a row, and all that belongs to it.
    pub(super) fn draw_lane(&self, buffer: &mut Buffer, y: u16, lane: &Lane) {
        let pieces = pieces(self, &lane.bars);
        let mut slots = vec![Slot::default(); self.scale.cells()];
        fill(&mut slots, &pieces);
        self.add_gaps(&mut slots, &lane.gaps);
        self.add_coming(&mut slots, &lane.coming);
        let mut free = 0;
        let mut note = (!lane.note.is_empty()).then(|| (width(&lane.note), lane.note.as_str()));
        let first = pieces.iter().map(|piece| piece.cells.end).max().unwrap_or(0);
        for (cell, slot) in slots.iter().enumerate() {
            let next = slots.get(cell + 1);
            if let Some((glyph, style)) = self.look(&pieces, cell, slot, next) {
                self.put(buffer, y, cell, &glyph, style);
                free = 0;
                continue;
            }
            let is_free = cell >= first && self.scale.now_cell() != Some(cell);
            free = if is_free { free + 1 } else { 0 };
            if let Some((_, text)) = note.take_if(|(used, _)| free == *used + 2) {
                self.write(buffer, y, cell + 2 - free, text, self.chart.theme.dim());
            }
        }
    }

    /// Marks the cells of which nothing was seen.
    fn add_gaps(&self, slots: &mut [Slot], gaps: &[Span]) {
        let past = self.scale.past();
        let mut free = Free::new(slots.len());
        for gap in gaps {
            // Only what is wholly unknown; at the edges of the window that is what can be seen.
            let (from, to) = (self.scale.up(gap.from, 1), self.scale.down(gap.to, 1));
            let place = |cell: i32| usize::try_from(cell).unwrap_or(0).min(past);
            free.take(place(from)..place(to), |cell| {
                if let Some(slot) = slots.get_mut(cell) {
                    slot.is_gap = true;
                }
            });
        }
    }

    /// Marks the cells in which runs are to start; one that starts at once has the first cell behind now.
    fn add_coming(&self, slots: &mut [Slot], coming: &[Timestamp]) {
        for at in coming.iter().filter(|at| **at > self.chart.now) {
            let Ok(cell) = usize::try_from(self.scale.down(*at, 1)) else { continue };
            if let Some(slot) = slots.get_mut(cell.max(self.scale.past())) {
                slot.is_start = cell < self.scale.cells();
            }
        }
    }

    /// What a cell shows; nothing where it is blank, and where only now is.
    fn look(
        &self,
        pieces: &[Piece],
        cell: usize,
        slot: &Slot,
        next: Option<&Slot>,
    ) -> Option<Look> {
        let theme = self.chart.theme;
        let piece = |index: Option<usize>| index.and_then(|index| pieces.get(index));
        let owner = piece(slot.owner);
        if let (Some(filled), Some(owner)) = (slot.filled, owner) {
            let told = piece(slot.ended).filter(|ended| self.is_told(ended, cell, next));
            return Some(match told {
                Some(ended) => (ended.glyph.clone(), owner.style),
                None => self.look_of_bar(cell, filled, owner.style),
            });
        }
        if self.scale.now_cell() == Some(cell) {
            return None;
        }
        if slot.is_start {
            return Some((theme.glyph("◇", "^").into(), theme.status(&RunStatus::Pending)));
        }
        if let Some(owner) = owner {
            let is_last = cell + 1 == self.scale.cells();
            let glyph = match () {
                () if owner.is_open && is_last => theme.glyph("→", ">"),
                () if cell < owner.median => theme.glyph("▒", "-"),
                () if cell < owner.p90 => theme.glyph("░", "."),
                () => theme.glyph("╌", "."),
            };
            return Some((glyph.into(), owner.style));
        }
        if let Some(marked) = piece(slot.mark).filter(|_| theme.unicode) {
            return Some((marked.glyph.clone(), marked.style));
        }
        slot.is_gap.then(|| (theme.glyph("·", ".").into(), theme.dim()))
    }

    /// A cell that a bar fills as far as that; what is at its right is the rest of what is at its left, reversed.
    fn look_of_bar(&self, cell: usize, filled: Filled, style: Style) -> Look {
        let theme = self.chart.theme;
        let glyph = match filled {
            _ if !theme.unicode => "=",
            _ if self.scale.now_cell() == Some(cell) => "┃",
            Filled::Left(parts) => left(parts),
            Filled::Right(parts) if theme.colour => {
                return (left(PARTS - parts).into(), reversed(style));
            }
            // Without colours nothing is reversed, and there are but these.
            Filled::Right(1..=2) => "▕",
            Filled::Right(3..=6) => "▐",
            Filled::Right(_) | Filled::Whole => "█",
        };
        (glyph.into(), style)
    }

    /// Whether the end of a bar is drawn as the glyph of its status: in ASCII, where nothing else parts it from the
    /// next one, and without colours if it is grave and its mark has no room behind it.
    fn is_told(&self, ended: &Piece, cell: usize, next: Option<&Slot>) -> bool {
        let theme = self.chart.theme;
        let has_mark =
            next.is_some_and(Slot::shows_mark) && self.scale.now_cell() != Some(cell + 1);
        !theme.unicode || !theme.colour && ended.gravity > Gravity::None && !has_mark
    }
}

/// Fills the cells that the bars touch. Which bar a cell belongs to is settled from the gravest on.
fn fill(slots: &mut [Slot], pieces: &[Piece]) {
    for (index, piece) in pieces.iter().enumerate() {
        cells::touch(slots, &piece.solid);
        let graver = |old: Option<usize>| {
            let old = old.and_then(|old| pieces.get(old));
            old.is_none_or(|old| old.gravity <= piece.gravity)
        };
        let Some(last) = piece.last_solid() else { continue };
        if let Some(slot) = slots.get_mut(last).filter(|slot| graver(slot.ended)) {
            slot.ended = Some(index);
        }
        let behind = slots.get_mut(last + 1).filter(|_| piece.gravity > Gravity::None);
        if let Some(slot) = behind.filter(|slot| graver(slot.mark)) {
            slot.mark = Some(index);
        }
    }
    cells::settle(slots);
    let mut free = Free::new(slots.len());
    for gravity in Gravity::ALL.into_iter().rev() {
        let bars = pieces.iter().enumerate().rev().filter(|(_, piece)| piece.gravity == gravity);
        for (index, piece) in bars {
            free.take(piece.cells.clone(), |cell| {
                if let Some(slot) = slots.get_mut(cell) {
                    slot.owner = Some(index);
                }
            });
        }
    }
}

fn left(parts: usize) -> &'static str {
    LEFT.get(parts.saturating_sub(1)).copied().unwrap_or("█")
}

/// Ink and ground changed for each other.
fn reversed(style: Style) -> Style {
    if style.add_modifier.contains(Modifier::REVERSED) {
        style.remove_modifier(Modifier::REVERSED)
    } else {
        style.add_modifier(Modifier::REVERSED)
    }
}

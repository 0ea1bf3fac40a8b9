//! Where the bars of a lane fall, and how they look.

use std::borrow::Cow;
use std::ops::Range;

use jiff::Timestamp;
use ratatui::style::Style;

use super::super::scale::PARTS;
use super::super::{Bar, BarEnd, Plot};
use crate::domain::RunStatus;
use crate::domain::runaway::Verdict;
use crate::ui::theme::Theme;

/// The fewest eighths of a bar, so that the shortest run is seen.
const LEAST: usize = 2;

/// How much a run wants to be looked at; later ones are graver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Gravity {
    None,
    Killed,
    Slow,
    /// It has failed, or is out of hand.
    Bad,
}

impl Gravity {
    /// All of them, the mildest first.
    pub(super) const ALL: [Self; 4] = [Self::None, Self::Killed, Self::Slow, Self::Bad];

    fn of(status: &RunStatus, verdict: Option<Verdict>) -> Self {
        match (status, verdict) {
            (_, Some(Verdict::Runaway)) | (RunStatus::Errored | RunStatus::NoKernel, _) => {
                Self::Bad
            }
            (_, Some(Verdict::Waiting | Verdict::Late | Verdict::Slow)) => Self::Slow,
            (RunStatus::Killed, _) => Self::Killed,
            _ => Self::None,
        }
    }
}

/// A bar as it falls into the window.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    /// The eighths from the start to the end, or to now.
    pub(super) solid: Range<usize>,
    /// All cells that are drawn in, those of what is expected among them.
    pub(super) cells: Range<usize>,
    /// The cell before which half of its like have ended.
    pub(super) median: usize,
    /// The same for nine of ten.
    pub(super) p90: usize,
    /// It may end beyond the window, as far as is known.
    pub(super) is_open: bool,
    pub(super) gravity: Gravity,
    pub(super) glyph: Cow<'static, str>,
    pub(super) style: Style,
}

impl Piece {
    fn of(plot: &Plot<'_>, bar: &Bar) -> Option<Self> {
        let (scale, now) = (plot.scale, plot.chart.now);
        let (start, end, goes_on) = match bar.end {
            BarEnd::At(end) => (bar.start, end.max(bar.start), false),
            _ => (bar.start.min(now), now, true),
        };
        let edge = scale.cells();
        let solid = solid(scale.down(start, PARTS), scale.up(end, PARTS), edge * PARTS);
        let mut cells = solid.start / PARTS..solid.end.div_ceil(PARTS);
        let place = |at: Timestamp| usize::try_from(scale.up(at, 1)).unwrap_or(0);
        let (median, p90, is_open) = match bar.end {
            BarEnd::At(_) => (0, 0, false),
            BarEnd::Expected { median, p90 } if p90.max(median) > now => {
                let p90 = p90.max(median);
                (place(median), place(p90), p90 > plot.chart.span.to)
            }
            // Past all that was expected nothing is known either.
            _ => (0, 0, true),
        };
        if goes_on {
            let reach = if is_open { edge } else { p90.min(edge) };
            if solid.is_empty() {
                cells.start = scale.past();
            }
            cells.end = reach.max(cells.end);
        }
        if cells.is_empty() {
            return None;
        }
        let verdict = bar.verdict.filter(|_| goes_on);
        let (glyph, style) = look(plot.chart.theme, &bar.status, verdict);
        let gravity = Gravity::of(&bar.status, verdict);
        Some(Self { solid, cells, median, p90, is_open, gravity, glyph, style })
    }

    /// The last cell that the run has touched so far.
    pub(super) fn last_solid(&self) -> Option<usize> {
        (!self.solid.is_empty()).then(|| (self.solid.end - 1) / PARTS)
    }

    /// Leaves an eighth free before a bar that starts where this one ends.
    fn part_from(&mut self, start: usize) {
        let meets = (start..=start + 1).contains(&self.solid.end);
        if !meets || self.solid.start + 1 >= start {
            return;
        }
        let ends_here = self.cells.end == self.solid.end.div_ceil(PARTS);
        self.solid.end = start - 1;
        if ends_here {
            self.cells.end = self.solid.end.div_ceil(PARTS);
        }
    }
}

/// The bars that are seen, in their order.
pub(super) fn pieces(plot: &Plot<'_>, bars: &[Bar]) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for piece in bars.iter().filter_map(|bar| Piece::of(plot, bar)) {
        if let Some(before) = pieces.last_mut() {
            before.part_from(piece.solid.start);
        }
        pieces.push(piece);
    }
    pieces
}

/// The eighths between two places, either of which may be outside the window of `most`: at least [`LEAST`], none if
/// all is outside. The shortest bars stay in the cell that they start in.
fn solid(start: i32, end: i32, most: usize) -> Range<usize> {
    let place = |part: i32| usize::try_from(part).unwrap_or(0).min(most);
    if place(start) >= most || start < 0 && end < 1 {
        return 0..0;
    }
    let (start, end) = (place(start), place(end));
    if end >= start + LEAST {
        return start..end;
    }
    let border = (start / PARTS + 1) * PARTS;
    let end = (start + LEAST).min(border);
    end - LEAST..end
}

/// The glyph and the colour of a run.
fn look(theme: Theme, status: &RunStatus, verdict: Option<Verdict>) -> (Cow<'static, str>, Style) {
    let Some(verdict) = verdict else {
        return (theme.status_glyph(status).into(), theme.status(status));
    };
    let (words, style) = theme.verdict(verdict);
    let glyph = words.split(' ').next().unwrap_or_default();
    (glyph.to_owned().into(), style)
}

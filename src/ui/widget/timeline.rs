//! A chart of runs over time: what ran to the left of now, what is expected to its right.
//!
//! Every look has a glyph of its own besides its colour, in UTF-8 as in ASCII. A chart costs as much as its width and
//! the bars of the lanes that fit, whatever the window.

mod axis;
mod kernels;
mod lane;
mod scale;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span as TextSpan};
use ratatui::widgets::Widget as _;

use self::scale::Scale;
use crate::domain::RunStatus;
use crate::domain::runaway::Verdict;
use crate::ui::text::{fit, width};
use crate::ui::theme::Theme;

/// The fewest columns that anything but labels is drawn in.
const LEAST: u16 = 10;
/// The most rows of the kernels.
const MOST_ROWS: u16 = 3;

/// A stretch of time; one that does not end after its start is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
}

/// Where a bar ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BarEnd {
    /// The run has ended.
    At(Timestamp),
    /// It goes on; half of its like end by `median`, nine of ten by `p90`.
    Expected { median: Timestamp, p90: Timestamp },
    /// It goes on, and nothing is known of its like.
    Unknown,
}

/// One run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bar {
    pub(crate) start: Timestamp,
    pub(crate) end: BarEnd,
    pub(crate) status: RunStatus,
    /// Only heeded while the run goes on.
    pub(crate) verdict: Option<Verdict>,
}

/// One row of the chart.
#[derive(Clone, Debug)]
pub(crate) struct Lane {
    pub(crate) label: Line<'static>,
    /// Drawn whole in the first free place behind the last bar, or not at all.
    pub(crate) note: String,
    /// By ascending start: where two are in one place, the later one is seen, unless the other is graver.
    pub(crate) bars: Vec<Bar>,
    /// When the schedule starts runs; those that are not after now are not drawn.
    pub(crate) coming: Vec<Timestamp>,
    pub(crate) is_selected: bool,
    /// When nobody looked; only what is not after now is drawn.
    pub(crate) gaps: Vec<Span>,
}

/// Kernels in use: by runs that hold one for certain, and with those that may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InUse {
    pub(crate) certain: u32,
    /// Counts the certain ones too; if less, they count.
    pub(crate) possible: u32,
}

/// A step: how many are in use from a moment until the next step; none where nobody looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Level {
    pub(crate) at: Timestamp,
    pub(crate) in_use: Option<InUse>,
}

/// How many kernels were in use.
#[derive(Clone, Debug)]
pub(crate) struct Kernels {
    /// In ascending order. Before the first of them nothing is known; the last of them holds until now.
    pub(crate) levels: Vec<Level>,
    /// How many there are; 0 if that is not known.
    pub(crate) limit: u32,
    /// Rows of the terminal, 1 to 3.
    pub(crate) rows: u16,
}

/// All that is drawn: the axis, the lanes that fit, the kernels in the last rows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chart<'a> {
    pub(crate) theme: Theme,
    pub(crate) zone: &'a TimeZone,
    pub(crate) span: Span,
    pub(crate) now: Timestamp,
    /// Columns of the labels, the last of which stays free.
    pub(crate) label_width: u16,
    pub(crate) lanes: &'a [Lane],
    pub(crate) kernels: Option<&'a Kernels>,
}

impl Chart<'_> {
    /// Draws it. In fewer columns than a chart needs, the labels have them all.
    pub(crate) fn draw(&self, buffer: &mut Buffer, area: Rect) {
        let area = area.intersection(buffer.area);
        let room = area.width.saturating_sub(self.label_width);
        let label_width = if room < LEAST { area.width } else { self.label_width };
        let (labels, columns) = (
            Rect { width: label_width, ..area },
            Rect { x: area.x + label_width, width: area.width - label_width, ..area },
        );
        let scale = Scale::of(self.span, self.now, columns.width);
        let plot = scale.map(|scale| Plot { chart: self, scale, area: columns });
        let wanted = self.kernels.map_or(0, |kernels| kernels.rows.clamp(1, MOST_ROWS));
        // The axis and a lane go before them.
        let kernel_rows = wanted.min(area.height.saturating_sub(2));
        if let Some(plot) = &plot {
            plot.draw_now(buffer);
            plot.draw_axis(buffer);
            self.draw_first_day(buffer, Rect { height: area.height.min(1), ..labels });
        }
        let last = area.bottom() - kernel_rows;
        for (y, lane) in (area.y.saturating_add(1)..last).zip(self.lanes) {
            self.draw_label(buffer, Rect { y, height: 1, ..labels }, lane);
            if let Some(plot) = &plot {
                plot.draw_lane(buffer, y, lane);
            }
        }
        if let (Some(kernels), 1..) = (self.kernels, kernel_rows) {
            let text = self.held(kernels);
            let row = Rect { y: area.bottom() - 1, height: 1, ..labels };
            draw_text(buffer, row, Line::styled(text, self.theme.dim()));
            if let Some(plot) = &plot {
                plot.draw_kernels(buffer, kernels, kernel_rows);
            }
        }
    }

    /// The day at the left edge, where a label would stand.
    fn draw_first_day(&self, buffer: &mut Buffer, area: Rect) {
        let format = match area.width {
            11.. => "%a %d %b",
            7.. => "%d %b",
            _ => return,
        };
        let day = self.span.from.to_zoned(self.zone.clone()).strftime(format).to_string();
        draw_text(buffer, area, Line::styled(day, self.theme.dim()));
    }

    fn draw_label(&self, buffer: &mut Buffer, area: Rect, lane: &Lane) {
        if !lane.is_selected {
            return draw_text(buffer, area, lane.label.clone());
        }
        let label = cut(lane.label.clone(), room(area));
        self.theme.select(label).render(area, buffer);
    }
}

fn draw_text(buffer: &mut Buffer, area: Rect, line: Line<'static>) {
    cut(line, room(area)).render(area, buffer);
}

/// The columns of a label that are written in.
fn room(area: Rect) -> usize {
    usize::from(area.width).saturating_sub(1)
}

/// The line cut to so many columns.
fn cut(mut line: Line<'static>, most: usize) -> Line<'static> {
    if line.width() <= most {
        return line;
    }
    let mut left = most;
    let mut kept = Vec::new();
    for piece in line.spans {
        let used = width(&piece.content);
        if used < left {
            left -= used;
            kept.push(piece);
        } else {
            // One column too many, so that the end is an ellipsis whatever follows.
            kept.push(TextSpan::styled(fit(&format!("{}…", piece.content), left), piece.style));
            break;
        }
    }
    line.spans = kept;
    line
}

/// The part of the chart that has a time for each column.
struct Plot<'a> {
    chart: &'a Chart<'a>,
    scale: Scale,
    /// From the axis to the last row.
    area: Rect,
}

impl Plot<'_> {
    /// Writes into a cell of a row; what is beyond the right edge is left out.
    fn put(&self, buffer: &mut Buffer, y: u16, cell: usize, symbol: &str, style: Style) {
        let Ok(x) = u16::try_from(cell) else { return };
        if x >= self.area.width || y < self.area.y || y >= self.area.bottom() {
            return;
        }
        if let Some(cell) = buffer.cell_mut((self.area.x + x, y)) {
            cell.set_symbol(symbol).set_style(style);
        }
    }

    /// Writes a text from a cell on, as much as there are columns for.
    fn write(&self, buffer: &mut Buffer, y: u16, cell: usize, text: &str, style: Style) {
        let Ok(x) = u16::try_from(cell) else { return };
        if x < self.area.width && y >= self.area.y && y < self.area.bottom() {
            let most = usize::from(self.area.width - x);
            buffer.set_stringn(self.area.x + x, y, text, most, style);
        }
    }

    /// The line below the axis that parts what was from what will be.
    fn draw_now(&self, buffer: &mut Buffer) {
        let theme = self.chart.theme;
        let Some(now) = self.scale.now_cell() else { return };
        for y in self.area.top().saturating_add(1)..self.area.bottom() {
            self.put(buffer, y, now, theme.glyph("│", "|"), theme.strong());
        }
    }
}

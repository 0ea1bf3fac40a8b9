//! How many kernels were in use: columns as high as their number, the certain ones below the possible ones.

use ratatui::buffer::Buffer;
use ratatui::style::Style;

use super::scale::PARTS;
use super::{Chart, InUse, Kernels, Plot};
use crate::domain::RunStatus;

/// Parts of a cell from its bottom, one to eight.
const LOW: [&str; PARTS] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/// The most of each at any time in a cell; none where nobody looked all the time.
type Column = Option<InUse>;

impl Chart<'_> {
    /// `kernels 8 of 25`, or `kernels 8-12 of 25` if up to so many may be in use.
    pub(super) fn held(&self, kernels: &Kernels) -> String {
        let known = kernels.levels.partition_point(|level| level.at <= self.now);
        let last = known.checked_sub(1).and_then(|last| kernels.levels.get(last)?.in_use);
        let number = match last {
            None => "?".to_owned(),
            Some(InUse { certain, possible }) if possible <= certain => certain.to_string(),
            Some(InUse { certain, possible }) => {
                format!("{certain}{}{possible}", self.theme.glyph("–", "-"))
            }
        };
        match kernels.limit {
            0 => format!("kernels {number}"),
            limit => format!("kernels {number} of {limit}"),
        }
    }
}

impl Plot<'_> {
    /// Draws the columns in the last rows of the chart, up to now.
    pub(super) fn draw_kernels(&self, buffer: &mut Buffer, kernels: &Kernels, rows: u16) {
        let columns = self.columns(kernels);
        let highest = columns.iter().flatten().map(|column| column.possible).max();
        let top = if kernels.limit > 0 { kernels.limit } else { highest.unwrap_or(0) };
        for (cell, column) in columns.into_iter().enumerate() {
            if self.scale.now_cell() == Some(cell) {
                continue;
            }
            let Some(column) = column else {
                let theme = self.chart.theme;
                self.put(buffer, self.area.bottom() - 1, cell, theme.glyph("·", "."), theme.dim());
                continue;
            };
            let is_full = kernels.limit > 0 && column.certain >= kernels.limit;
            let [certain, possible] =
                [column.certain, column.possible].map(|number| height(number, top, rows));
            for row in 0..rows {
                let part =
                    |height: usize| height.saturating_sub(usize::from(row) * PARTS).min(PARTS);
                let look = self.part(part(certain), part(possible), is_full);
                if let Some((glyph, style)) = look {
                    self.put(buffer, self.area.bottom() - 1 - row, cell, glyph, style);
                }
            }
        }
    }

    /// A cell that is filled so far. Where the possible ones are more than the certain ones, it looks like them.
    fn part(
        &self,
        certain: usize,
        possible: usize,
        is_full: bool,
    ) -> Option<(&'static str, Style)> {
        let theme = self.chart.theme;
        let is_light = certain < possible - certain.min(possible);
        let glyph = LOW.get(possible.checked_sub(1)?).copied()?;
        Some(match (is_light, is_full) {
            (_, true) => (theme.glyph(glyph, "#"), theme.bad()),
            (true, _) if !theme.colour && possible * 2 >= PARTS => {
                (theme.glyph("░", ":"), theme.dim())
            }
            (true, _) => (theme.glyph(glyph, ":"), theme.dim()),
            (false, _) => {
                let ascii = if possible * 2 >= PARTS { "=" } else { "_" };
                (theme.glyph(glyph, ascii), theme.status(&RunStatus::Running))
            }
        })
    }

    /// The cells up to now.
    fn columns(&self, kernels: &Kernels) -> Vec<Column> {
        let mut columns: Vec<Column> = vec![None; self.scale.past()];
        let ends = kernels.levels.iter().skip(1).map(|level| level.at);
        let ends = ends.chain([self.chart.now]);
        for (level, end) in kernels.levels.iter().zip(ends) {
            let end = end.min(self.chart.now);
            let Some(in_use) = level.in_use.filter(|_| level.at < end) else { continue };
            let first = usize::try_from(self.scale.down(level.at, 1)).unwrap_or(0);
            let behind = usize::try_from(self.scale.up(end, 1)).unwrap_or(0);
            let touched = behind.saturating_sub(first);
            for column in columns.iter_mut().skip(first).take(touched) {
                let most = column.get_or_insert(InUse { certain: 0, possible: 0 });
                most.certain = most.certain.max(in_use.certain);
                most.possible = most.possible.max(in_use.possible).max(most.certain);
            }
        }
        columns
    }
}

/// The height of a number in eighths of a row: none only for 0, all only from `top` on.
fn height(number: u32, top: u32, rows: u16) -> usize {
    let all = u64::from(rows) * 8;
    if number >= top {
        return usize::try_from(if number == 0 { 0 } else { all }).unwrap_or(0);
    }
    let exact = u64::from(number) * all / u64::from(top.max(1));
    usize::try_from(exact.max(u64::from(number > 0))).unwrap_or(0)
}

//! Rows for people, in columns that fit the terminal: the widest that may be cut give way first, names
//! lose their middle, and what says least is left out where even that is not enough.

use ratatui::text::Span;

use super::output::Output;
use crate::ui::text::{fit, fold, middle, safe, width};

/// Blanks between columns.
const GAP: usize = 2;

/// A column.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    heading: &'static str,
    /// So wide it must be to be worth anything.
    least: usize,
    /// So wide it may be.
    most: usize,
    /// Those with a higher number are left out first; never, if it is zero.
    spare: u8,
    is_right: bool,
    is_rest: bool,
}

/// A last column narrower than this begins on a line of its own.
const REST: usize = 20;
/// How far such a line is indented.
const INDENT: usize = 4;

impl Column {
    /// A column that is never cut.
    pub(super) const fn whole(heading: &'static str) -> Self {
        Self {
            heading,
            least: usize::MAX,
            most: usize::MAX,
            spare: 0,
            is_right: false,
            is_rest: false,
        }
    }

    /// A column that may be cut to so many columns of the terminal.
    pub(super) const fn cut(heading: &'static str, least: usize) -> Self {
        Self { least, ..Self::whole(heading) }
    }

    /// The last column, of sentences: they go on in further lines, and nothing of them is left out.
    pub(super) const fn rest(heading: &'static str) -> Self {
        Self { least: 0, most: 0, is_rest: true, ..Self::whole(heading) }
    }

    /// It is no wider than this.
    pub(super) const fn at_most(self, most: usize) -> Self {
        Self { most, ..self }
    }

    /// It is left out where there is no room; the higher numbers first.
    pub(super) const fn spare(self, spare: u8) -> Self {
        Self { spare, ..self }
    }

    /// What it holds stands at its right end.
    pub(super) const fn right(self) -> Self {
        Self { is_right: true, ..self }
    }
}

/// A row: what each column holds.
pub(super) type Row = Vec<Span<'static>>;

/// Columns as wide as they are.
#[derive(Clone, Debug)]
pub(super) struct Table {
    /// None for those that are left out.
    columns: Vec<(Column, Option<usize>)>,
    output: Output,
}

impl Table {
    /// For these rows and their headings.
    pub(super) fn of(columns: &[Column], rows: &[Row], output: Output) -> Self {
        let needed = |(place, column): (usize, &Column)| {
            let cells = rows.iter().filter_map(|row| row.get(place));
            let widest = cells.map(|cell| width(&safe(&cell.content))).max().unwrap_or(0);
            widest.max(width(column.heading)).min(column.most)
        };
        Self::wide(columns, &columns.iter().enumerate().map(needed).collect::<Vec<_>>(), output)
    }

    /// For rows that are not known yet: each column as wide as it may be.
    pub(super) fn unseen(columns: &[Column], output: Output) -> Self {
        Self::wide(columns, &columns.iter().map(|column| column.most).collect::<Vec<_>>(), output)
    }

    fn wide(columns: &[Column], needed: &[usize], output: Output) -> Self {
        let mut left: Vec<bool> = columns.iter().map(|column| !column.is_rest).collect();
        loop {
            let widths = narrowed(columns, needed, &left, output.width);
            let is_least = |place: &usize| columns.get(*place).map_or(0, |column| column.spare);
            let used = widths.iter().flatten().map(|width| width + GAP).sum::<usize>();
            let fits = output.width.is_none_or(|most| used <= most + GAP);
            let spare = (0..columns.len()).filter(|place| left.get(*place) == Some(&true));
            let spare = spare.max_by_key(is_least).filter(|place| is_least(place) > 0);
            match spare.filter(|_| !fits).and_then(|place| left.get_mut(place)) {
                Some(stays) => *stays = false,
                None => {
                    return Self { columns: columns.iter().copied().zip(widths).collect(), output };
                }
            }
        }
    }

    /// The line of headings.
    pub(super) fn headings(&self) -> String {
        self.line(&self.columns.iter().map(|(column, _)| Span::raw(column.heading)).collect())
    }

    /// A row as a line, or as several where its last column takes them; without an end.
    pub(super) fn line(&self, row: &Row) -> String {
        let (mut line, mut used, mut blank) = (String::new(), 0, 0);
        for ((column, size), cell) in self.columns.iter().zip(row) {
            if column.is_rest {
                self.end(&mut line, used, blank, cell);
                break;
            }
            let Some(size) = *size else { continue };
            let text = self.output.shown(&middle(&safe(&cell.content), size));
            let missing = size.saturating_sub(width(&text));
            let before = if column.is_right { missing } else { 0 };
            if text.trim_end().is_empty() {
                blank += size + GAP;
            } else {
                let start = used + blank + before;
                let room = self.output.width.map_or(usize::MAX, |most| most.saturating_sub(start));
                let text = self.output.shown(&fit(text.trim_end(), room));
                line.extend(std::iter::repeat_n(' ', blank + before));
                used = start + width(&text);
                line += &self.output.painted(&text, cell.style);
                blank = size.saturating_sub(before + width(&text)) + GAP;
            }
        }
        line.truncate(line.trim_end_matches(' ').len());
        line
    }

    /// Ends a line that is so wide with a cell that begins behind so many blanks and may take several
    /// lines.
    fn end(&self, line: &mut String, used: usize, blank: usize, cell: &Span<'_>) {
        let text = self.output.shown(&safe(&cell.content));
        let text = text.trim_end();
        let room = |start| self.output.width.map_or(usize::MAX, |most| most.saturating_sub(start));
        let mut indent = used + blank;
        if room(indent) < REST.min(width(text)) {
            indent = INDENT.min(room(REST));
            line.truncate(line.trim_end_matches(' ').len());
            line.push('\n');
            line.extend(std::iter::repeat_n(' ', indent));
        } else {
            line.extend(std::iter::repeat_n(' ', blank));
        }
        let is_short = width(text) <= room(indent);
        let pieces = if is_short { vec![text.to_owned()] } else { fold(text, room(indent)) };
        let pieces = pieces.iter().map(|piece| self.output.painted(piece, cell.style));
        line.push_str(&pieces.collect::<Vec<_>>().join(&format!("\n{:indent$}", "")));
    }
}

/// How wide the columns are that are there: the widest of those that may be cut gives way, until all
/// fit or each has its least.
fn narrowed(
    columns: &[Column],
    needed: &[usize],
    left: &[bool],
    most: Option<usize>,
) -> Vec<Option<usize>> {
    let mut widths: Vec<_> =
        needed.iter().zip(left).map(|(needed, left)| left.then_some(*needed)).collect();
    let Some(most) = most else { return widths };
    loop {
        let used: usize = widths.iter().flatten().map(|width| width + GAP).sum();
        let over = used.saturating_sub(most + GAP);
        let mut yielding: Vec<(usize, &mut usize)> = columns
            .iter()
            .zip(&mut widths)
            .filter_map(|(column, width)| width.as_mut().map(|width| (column.least, width)))
            .filter(|(least, width)| **width > *least)
            .collect();
        yielding.sort_by_key(|(_, width)| std::cmp::Reverse(**width));
        let next = yielding.get(1).map_or(0, |(_, width)| **width);
        let Some((least, widest)) = yielding.first_mut().filter(|_| over > 0) else {
            return widths;
        };
        // Down to the next widest, then by one at a time in turn.
        let step = widest.saturating_sub(next.max(*least)).clamp(1, over);
        **widest -= step;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use ratatui::style::{Color, Style};

    const COLUMNS: [Column; 5] = [
        Column::whole("STATUS"),
        Column::cut("PROJECT", 8),
        Column::whole("TOOK").right(),
        Column::cut("OWNER", 4).spare(1),
        Column::rest(""),
    ];

    fn rows() -> Vec<Row> {
        let row = |cells: [&'static str; 4]| cells.map(Span::raw).to_vec();
        vec![
            row(["running", "A report of the week with a long name", "52m09s", "ana@acme.test"]),
            row(["completed", "表計算\u{1b}[2J", "8s", ""]),
        ]
    }

    fn lines(width: Option<usize>, unicode: bool) -> Vec<String> {
        let output = Output { width, unicode, colour: false };
        let table = Table::of(&COLUMNS, &rows(), output);
        let rows = rows();
        std::iter::once(table.headings()).chain(rows.iter().map(|row| table.line(row))).collect()
    }

    #[test]
    fn columns_are_as_wide_as_what_they_hold_where_there_is_room() {
        let expected = [
            "STATUS     PROJECT                                  TOOK  OWNER",
            "running    A report of the week with a long name  52m09s  ana@acme.test",
            "completed  表計算·[2J                                 8s",
        ];
        assert_eq!(lines(None, true), expected);
        assert_eq!(lines(Some(200), true), expected);
    }

    #[test]
    fn the_widest_gives_way_first_and_what_says_least_goes() {
        assert_eq!(
            lines(Some(60), true),
            [
                "STATUS     PROJECT                       TOOK  OWNER",
                "running    A report of the w…ong name  52m09s  ana@acme.test",
                "completed  表計算·[2J                      8s",
            ]
        );
        assert_eq!(
            lines(Some(30), true),
            [
                "STATUS     PROJECT        TOOK",
                "running    A repor…ame  52m09s",
                "completed  表計算·[2J       8s",
            ]
        );
        assert!(lines(Some(80), false).iter().all(|line| line.is_ascii()));
    }

    #[test]
    fn a_sentence_at_the_end_goes_on_below_with_nothing_left_out() {
        let columns = [Column::whole("RUN").at_most(8), Column::rest("WHY")];
        let row: Row = ["b7e19c30", "longer than all 61 runs of v14"].map(Span::raw).to_vec();
        let line = |most| {
            let output = Output { width: most, unicode: true, colour: false };
            Table::unseen(&columns, output).line(&row)
        };
        assert_eq!(line(None), "b7e19c30  longer than all 61 runs of v14");
        assert_eq!(line(Some(30)), "b7e19c30  longer than all 61\n          runs of v14");
        assert_eq!(line(Some(24)), "b7e19c30\n    longer than all 61\n    runs of v14");
    }

    #[test]
    fn colours_take_no_room_and_are_only_where_they_are_wanted() {
        let cell = Span::styled("ok", Style::new().fg(Color::Green));
        let row = vec![cell, Span::raw("x")];
        let columns = [Column::whole("STATUS"), Column::whole("P")];
        let line = |colour| {
            let output = Output { width: Some(9), unicode: true, colour };
            Table::of(&columns, std::slice::from_ref(&row), output).line(&row)
        };
        assert_eq!(line(false), "ok      x");
        let painted = line(true);
        assert!(painted.starts_with("\u{1b}[") && painted.ends_with("      x"), "{painted:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(crate::testkit::cases(128)))]
        #[test]
        fn no_line_is_wider_than_the_terminal(
            most in 0..120_usize,
            texts in prop::collection::vec(".{0,40}", 5),
        ) {
            let row: Row = texts.into_iter().map(Span::raw).collect();
            for unicode in [true, false] {
                let output = Output { width: Some(most), unicode, colour: false };
                let table = Table::of(&COLUMNS, std::slice::from_ref(&row), output);
                prop_assert!(width(&table.headings()) <= most);
                let line = table.line(&row);
                let wide = |line: &str| width(line) > most.max(2);
                prop_assert!(!line.lines().any(wide), "{line:?}");
            }
        }
    }
}

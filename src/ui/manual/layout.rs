//! Blocks as lines of at most so many columns.

use super::markdown::{Block, Mark, Piece, Text, plain};
use crate::ui::text::{pieces, width};

/// Spaces between the columns of a table.
const GAP: usize = 2;
/// How far code stands in.
const INDENT: usize = 2;
/// The narrowest that a column gets whose cells are wrapped.
const NARROWEST: usize = 12;

/// What a page is laid out for.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// Columns.
    pub width: usize,
    /// Whether lines of code are broken as well; what is copied from there must not be.
    pub folds_code: bool,
    /// What the line below the head of a table is made of.
    pub rule: char,
}

/// A line.
pub type Line = Vec<Piece>;

/// The lines of a page.
pub fn lines(blocks: &[Block], layout: Layout) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut was_item = false;
    for block in blocks {
        let is_item = matches!(block, Block::Item { .. });
        let follows_item = is_item && was_item;
        if !lines.is_empty() && !follows_item {
            lines.push(Line::new());
        }
        was_item = is_item;
        match block {
            Block::Heading(_, text) | Block::Paragraph(text) => {
                lines.extend(wrap(text, layout.width));
            }
            Block::Item { depth, marker, text } => {
                let before = " ".repeat(2 * depth);
                let marker = format!("{before}{marker:<width$} ", width = marker.len().max(1));
                let room = layout.width.saturating_sub(marker.len());
                lines.extend(hanging(&marker, wrap(text, room)));
            }
            Block::Code(text) => lines.extend(code(text, layout)),
            Block::Table { head, rows } => lines.extend(table(head, rows, layout)),
        }
    }
    lines
}

/// Lines behind a marker that stands before the first.
fn hanging(marker: &str, lines: Vec<Line>) -> impl Iterator<Item = Line> {
    let below = " ".repeat(marker.len());
    let marker = marker.to_owned();
    lines.into_iter().enumerate().map(move |(nth, line)| {
        let before = if nth == 0 { &marker } else { &below };
        [vec![Piece::new(before, Mark::Plain)], line].concat()
    })
}

fn code(text: &str, layout: Layout) -> Vec<Line> {
    let room = layout.width.saturating_sub(INDENT).max(1);
    let mut lines = Vec::new();
    for line in text.lines() {
        let parts = if layout.folds_code { pieces(line, room) } else { vec![line.to_owned()] };
        for part in parts {
            let indent = Piece::new(" ".repeat(INDENT), Mark::Plain);
            lines.push(vec![indent, Piece::new(part, Mark::Code)]);
        }
    }
    lines
}

/// What stays together, and how the space before it is told apart.
struct Word {
    pieces: Line,
    space: Mark,
}

impl Word {
    fn width(&self) -> usize {
        length(&self.pieces)
    }
}

/// The columns of a line.
pub fn length(line: &[Piece]) -> usize {
    line.iter().map(|piece| width(&piece.text)).sum()
}

fn words(text: &[Piece]) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut is_open = false;
    let mut space = Mark::Plain;
    for piece in text {
        for (nth, part) in piece.text.split(' ').enumerate() {
            if nth > 0 {
                (is_open, space) = (false, piece.mark);
            }
            if part.is_empty() {
                continue;
            }
            let part = Piece::new(part, piece.mark);
            match words.last_mut().filter(|_| is_open) {
                Some(word) => word.pieces.push(part),
                None => words.push(Word { pieces: vec![part], space }),
            }
            is_open = true;
        }
    }
    words
}

/// A text in lines of at most so many columns, broken between words where that is possible.
pub fn wrap(text: &[Piece], most: usize) -> Vec<Line> {
    let mut lines = vec![Line::new()];
    let mut used = 0;
    for word in words(text) {
        let wide = word.width();
        if used > 0 && used + 1 + wide > most {
            lines.push(Line::new());
            used = 0;
        }
        let Some(line) = lines.last_mut() else { break };
        if used > 0 {
            line.push(Piece::new(" ", word.space));
            used += 1;
        }
        if used + wide <= most {
            line.extend(word.pieces);
            used += wide;
            continue;
        }
        // Longer than a line.
        for piece in word.pieces {
            for (nth, part) in pieces(&piece.text, most.max(1)).into_iter().enumerate() {
                let wide = width(&part);
                if nth > 0 || used + wide > most {
                    lines.push(Line::new());
                    used = 0;
                }
                used += wide;
                if let Some(line) = lines.last_mut() {
                    line.push(Piece::new(part, piece.mark));
                }
            }
        }
    }
    lines.into_iter().map(joined).collect()
}

/// The line with as few pieces as it can have.
fn joined(line: Line) -> Line {
    let mut joined = Line::new();
    for piece in line {
        match joined.last_mut() {
            Some(last) if last.mark == piece.mark => last.text.push_str(&piece.text),
            _ => joined.push(piece),
        }
    }
    joined
}

fn table(head: &[Text], rows: &[Vec<Text>], layout: Layout) -> Vec<Line> {
    match widths(head, rows, layout.width) {
        Some(widths) => columns(head, rows, &widths, layout.rule),
        None => stacked(head, rows, layout.width),
    }
}

/// How wide each column is; none if there is no room for them beside each other.
fn widths(head: &[Text], rows: &[Vec<Text>], most: usize) -> Option<Vec<usize>> {
    let count = head.len();
    let cells = |nth: usize| {
        let column = rows.iter().filter_map(move |row| row.get(nth));
        head.get(nth).into_iter().chain(column)
    };
    let natural: Vec<_> =
        (0..count).map(|nth| cells(nth).map(|cell| length(cell)).max().unwrap_or(0)).collect();
    let mut room = most.checked_sub(GAP * count.saturating_sub(1))?;
    let mut widths = vec![None; count];
    // Who needs less than an equal share leaves the rest to the others.
    loop {
        let open: Vec<_> = (0..count).filter(|nth| widths.get(*nth) == Some(&None)).collect();
        let Some(share) = room.checked_div(open.len()) else { break };
        let small = |nth: &usize| natural.get(*nth).is_some_and(|natural| *natural <= share);
        let fixed: Vec<_> = open.iter().copied().filter(small).collect();
        for nth in if fixed.is_empty() { &open } else { &fixed } {
            let wide = natural.get(*nth).copied().unwrap_or(0).min(share);
            room -= wide;
            if let Some(width) = widths.get_mut(*nth) {
                *width = Some(wide);
            }
        }
    }
    let widths: Vec<usize> = widths.into_iter().flatten().collect();
    let longest =
        |nth| cells(nth).flat_map(|cell| words(cell)).map(|word| word.width()).max().unwrap_or(0);
    let fits = widths.iter().zip(&natural).enumerate().all(|(nth, (wide, natural))| {
        wide == natural || (*wide >= NARROWEST && *wide >= longest(nth))
    });
    fits.then_some(widths)
}

fn columns(head: &[Text], rows: &[Vec<Text>], widths: &[usize], rule: char) -> Vec<Line> {
    let mut lines = row(head, widths);
    let total = widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1);
    lines.push(vec![Piece::new(rule.to_string().repeat(total), Mark::Rule)]);
    lines.extend(rows.iter().flat_map(|cells| row(cells, widths)));
    lines
}

/// A row, whose cells may have several lines.
fn row(cells: &[Text], widths: &[usize]) -> Vec<Line> {
    let cells: Vec<_> = cells.iter().zip(widths).map(|(cell, wide)| wrap(cell, *wide)).collect();
    let height = cells.iter().map(Vec::len).max().unwrap_or(0);
    let line = |nth: usize| {
        let mut line = Line::new();
        let mut missing = 0;
        for (cell, wide) in cells.iter().zip(widths) {
            let cell = cell.get(nth).map(Vec::as_slice).unwrap_or_default();
            if !cell.is_empty() && missing > 0 {
                line.push(Piece::new(" ".repeat(missing), Mark::Plain));
                missing = 0;
            }
            line.extend(cell.iter().cloned());
            missing += wide.saturating_sub(length(cell)) + GAP;
        }
        line
    };
    (0..height).map(line).collect()
}

/// The rows below each other, each cell behind the name of its column.
fn stacked(head: &[Text], rows: &[Vec<Text>], most: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    for row in rows {
        for (nth, (name, cell)) in head.iter().zip(row).enumerate() {
            if cell.is_empty() {
                continue;
            }
            if nth == 0 {
                lines.extend(wrap(cell, most));
                continue;
            }
            let name = format!("{}: ", plain(name));
            let text = if head.len() > 2 {
                [vec![Piece::new(name, Mark::Emphasis)], cell.clone()].concat()
            } else {
                cell.clone()
            };
            lines.extend(hanging("  ", wrap(&text, most.saturating_sub(2))));
        }
    }
    lines
}

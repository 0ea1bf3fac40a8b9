//! A screen as an SVG picture: text in a grid, so that it stays sharp and can be searched.
//!
//! Each word has a place of its own for each character: no renderer spaces its font as another does.

use std::fmt::Write;

use ratatui::buffer::{Buffer, Cell, CellWidth};
use ratatui::style::{Color, Modifier};

/// Size of a character cell in the picture, in pixels.
const WIDTH: u16 = 8;
const HEIGHT: u16 = 17;
/// The colours of the terminal that the picture shows, where a theme has none of its own.
const PAPER: &str = "#16181d";
const INK: &str = "#d6d9e0";

/// Draws the buffer.
pub(super) fn draw(buffer: &Buffer) -> String {
    let area = buffer.area;
    let (width, height) = (area.width * WIDTH, area.height * HEIGHT);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace\" \
         font-size=\"13\">\n<rect width=\"{width}\" height=\"{height}\" fill=\"{PAPER}\"/>\n"
    );
    for y in 0..area.height {
        let cells = || (0..area.width).filter_map(|x| Some((x, buffer.cell((x, y))?)));
        grounds(&mut svg, cells(), y);
        inks(&mut svg, cells(), y);
    }
    svg.push_str("</svg>\n");
    svg
}

/// The grounds of a line, as long as they are the same.
fn grounds<'a>(svg: &mut String, cells: impl Iterator<Item = (u16, &'a Cell)>, line: u16) {
    let mut runs: Vec<(u16, u16, String)> = Vec::new();
    let mut covered = 0;
    for (x, cell) in cells {
        let (_, paper) = colours(cell);
        let is_covered = x < covered;
        if !is_covered {
            covered = x + cell.cell_width().max(1);
        }
        match runs.last_mut() {
            // What a wide character covers has its ground.
            Some((_, length, last)) if is_covered || *last == paper => *length += 1,
            _ => runs.push((x, 1, paper)),
        }
    }
    for (x, length, paper) in runs.into_iter().filter(|(.., paper)| paper != PAPER) {
        let (x, y, width) = (x * WIDTH, line * HEIGHT, length * WIDTH);
        let _ = writeln!(
            svg,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{HEIGHT}\" fill=\"{paper}\"/>"
        );
    }
}

/// The characters of a line, each in its cell; neighbours of the same look share their attributes.
fn inks<'a>(svg: &mut String, cells: impl Iterator<Item = (u16, &'a Cell)>, line: u16) {
    let mut open: Option<String> = None;
    let mut covered = 0;
    for (x, cell) in cells {
        if x < covered {
            continue;
        }
        let is_blank = cell.symbol().trim().is_empty();
        let look = (!is_blank).then(|| look(cell));
        if look != open {
            if open.take().is_some() {
                svg.push_str("</g>\n");
            }
            if let Some(look) = &look {
                let _ = write!(svg, "<g{look}>");
            }
            open = look;
        }
        if is_blank {
            continue;
        }
        covered = x + cell.cell_width().max(1);
        if let Some((left, top, width, height)) = block(cell.symbol()) {
            let (x, y) = (x * WIDTH + left, line * HEIGHT + top);
            let _ =
                write!(svg, "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"/>");
            continue;
        }
        let text = cell.symbol().replace('&', "&amp;").replace('<', "&lt;");
        let _ = write!(
            svg,
            "<text x=\"{}\" y=\"{}\">{text}</text>",
            x * WIDTH,
            (line + 1) * HEIGHT - 4
        );
    }
    if open.is_some() {
        svg.push_str("</g>\n");
    }
}

/// The part of its cell that a block element fills (Unicode, Block Elements, U+2580 to U+2595): left, top, width
/// and height. No font is sure to fill a cell of this height.
fn block(symbol: &str) -> Option<(u16, u16, u16, u16)> {
    let mut letters = symbol.chars();
    let (letter, None) = (letters.next()?, letters.next()) else { return None };
    let eighths = |of: u16, parts: u32| u16::try_from(u32::from(of) * parts / 8).unwrap_or(of);
    match u32::from(letter) {
        // From the bottom, one eighth to all.
        code @ 0x2581..=0x2588 => {
            let height = eighths(HEIGHT, code - 0x2580);
            Some((0, HEIGHT - height, WIDTH, height))
        }
        // From the left, seven eighths to one.
        code @ 0x2589..=0x258F => Some((0, 0, eighths(WIDTH, 0x2590 - code), HEIGHT)),
        0x2590 => Some((WIDTH / 2, 0, WIDTH / 2, HEIGHT)),
        0x2595 => Some((WIDTH - eighths(WIDTH, 1), 0, eighths(WIDTH, 1), HEIGHT)),
        _ => None,
    }
}

/// The attributes of a character.
fn look(cell: &Cell) -> String {
    let (ink, _) = colours(cell);
    let has = |modifier, attribute| if cell.modifier.contains(modifier) { attribute } else { "" };
    format!(
        " fill=\"{ink}\"{}{}{}{}",
        has(Modifier::BOLD, " font-weight=\"bold\""),
        has(Modifier::ITALIC, " font-style=\"italic\""),
        has(Modifier::UNDERLINED, " text-decoration=\"underline\""),
        has(Modifier::DIM, " opacity=\"0.6\"")
    )
}

/// Ink and paper.
fn colours(cell: &Cell) -> (String, String) {
    let (ink, paper) = (colour(cell.fg, INK), colour(cell.bg, PAPER));
    if cell.modifier.contains(Modifier::REVERSED) { (paper, ink) } else { (ink, paper) }
}

fn colour(colour: Color, plain: &str) -> String {
    let named = match colour {
        Color::Rgb(r, g, b) => return format!("#{r:02x}{g:02x}{b:02x}"),
        Color::Black => "#1c1f26",
        Color::Red => "#f0716b",
        Color::LightRed => "#ff958f",
        Color::Green => "#7fc97a",
        Color::LightGreen => "#a3e09f",
        Color::Yellow => "#e5c15c",
        Color::LightYellow => "#f5da8b",
        Color::Blue => "#6f9fe8",
        Color::LightBlue => "#9cbff5",
        Color::Cyan => "#5cc4d6",
        Color::LightCyan => "#8fdfec",
        Color::Magenta => "#c58fe0",
        Color::LightMagenta => "#dcb4f0",
        Color::Gray => "#a7adb8",
        Color::DarkGray => "#6a707c",
        Color::White => "#ffffff",
        Color::Reset | Color::Indexed(_) => plain,
    };
    named.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    #[test]
    fn text_is_escaped_and_placed_in_its_cells() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 8, 2));
        buffer.set_string(2, 1, "a<b&", Style::new().fg(Color::Red));
        let svg = draw(&buffer);
        let row = "<g fill=\"#f0716b\"><text x=\"16\" y=\"30\">a</text><text x=\"24\" y=\"30\">&lt;</text>\
                   <text x=\"32\" y=\"30\">b</text><text x=\"40\" y=\"30\">&amp;</text></g>";
        assert!(svg.contains(row), "{svg}");
    }

    #[test]
    fn block_elements_fill_the_part_of_the_cell_that_they_stand_for() {
        for (symbol, part) in [
            ("█", Some((0, 0, 8, 17))),
            ("▁", Some((0, 15, 8, 2))),
            ("▏", Some((0, 0, 1, 17))),
            ("▉", Some((0, 0, 7, 17))),
            ("▐", Some((4, 0, 4, 17))),
            ("▕", Some((7, 0, 1, 17))),
            ("░", None),
            ("x", None),
        ] {
            assert_eq!(block(symbol), part, "{symbol}");
        }
    }

    #[test]
    fn a_wide_character_has_its_two_cells_and_a_ground_is_one_piece() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 5, 1));
        buffer.set_string(0, 0, "世x", Style::new().bg(Color::Rgb(1, 2, 3)));
        let svg = draw(&buffer);
        assert!(
            svg.contains("<text x=\"0\" y=\"13\">世</text><text x=\"16\" y=\"13\">x</text>"),
            "{svg}"
        );
        assert!(
            svg.contains("<rect x=\"0\" y=\"0\" width=\"24\" height=\"17\" fill=\"#010203\"/>"),
            "{svg}"
        );
    }
}

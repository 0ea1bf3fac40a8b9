//! A screen as an SVG picture: text in a grid, so that it stays sharp and can be searched.

use std::fmt::Write;

use ratatui::buffer::{Buffer, Cell, CellWidth};
use ratatui::style::{Color, Modifier};

/// Size of a character cell in the picture, in pixels.
const WIDTH: u16 = 8;
const HEIGHT: u16 = 17;
/// Colours of the terminal that the picture shows.
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
        let mut x = 0;
        while x < area.width {
            let Some(cell) = buffer.cell((x, y)) else { break };
            let start = x;
            let mut text = String::new();
            // Neighbours of the same look become one piece of text.
            while let Some(next) = buffer.cell((x, y)).filter(|next| same_look(next, cell)) {
                text.push_str(next.symbol());
                x += next.cell_width().max(1);
            }
            piece(&mut svg, cell, &text, start, x, y);
        }
    }
    svg.push_str("</svg>\n");
    svg
}

fn same_look(a: &Cell, b: &Cell) -> bool {
    (a.fg, a.bg, a.modifier) == (b.fg, b.bg, b.modifier)
}

fn piece(svg: &mut String, cell: &Cell, text: &str, from: u16, to: u16, line: u16) {
    let (mut ink, mut paper) = (colour(cell.fg, INK), colour(cell.bg, PAPER));
    if cell.modifier.contains(Modifier::REVERSED) {
        std::mem::swap(&mut ink, &mut paper);
    }
    let (x, y, width) = (from * WIDTH, line * HEIGHT, (to - from) * WIDTH);
    if paper != PAPER {
        let _ = writeln!(
            svg,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{HEIGHT}\" fill=\"{paper}\"/>"
        );
    }
    if text.trim().is_empty() {
        return;
    }
    let bold = if cell.modifier.contains(Modifier::BOLD) { " font-weight=\"bold\"" } else { "" };
    let dim = if cell.modifier.contains(Modifier::DIM) { " opacity=\"0.6\"" } else { "" };
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    let _ = writeln!(
        svg,
        "<text x=\"{x}\" y=\"{}\" fill=\"{ink}\"{bold}{dim} textLength=\"{width}\" \
         xml:space=\"preserve\">{text}</text>",
        y + HEIGHT - 4
    );
}

fn colour(colour: Color, plain: &'static str) -> &'static str {
    match colour {
        Color::Red => "#f0716b",
        Color::Green => "#7fc97a",
        Color::Yellow => "#e5c15c",
        Color::Cyan => "#5cc4d6",
        Color::Magenta => "#c58fe0",
        _ => plain,
    }
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
        assert!(svg.contains(
            "<text x=\"16\" y=\"30\" fill=\"#f0716b\" textLength=\"32\" xml:space=\"preserve\">a&lt;b&amp;</text>"
        ), "{svg}");
    }
}

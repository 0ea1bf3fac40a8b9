//! A page of help as lines.

use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

use crate::ui::manual::layout::{self, lines};
use crate::ui::manual::markdown::{Block, Mark, Piece, blocks, saying};
use crate::ui::manual::{NAMES, Topic};
use crate::ui::theme::Theme;

/// A page.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) name: &'static str,
    blocks: Vec<Block>,
}

impl Page {
    /// That of a topic.
    pub(super) fn of(topic: &'static Topic) -> Self {
        Self { name: topic.name, blocks: blocks(topic.text) }
    }

    /// What of it has to do with a text in small letters.
    pub(super) fn lines(&self, wanted: &str, theme: Theme, width: usize) -> Vec<Line<'static>> {
        let found = saying(&self.blocks, wanted);
        if found.is_empty() {
            let text = format!("nothing on this page has \"{wanted}\"; there is also:");
            let pages = NAMES.iter().map(|name| Line::raw(format!("  help {name}")));
            return std::iter::once(Line::raw(text)).chain(pages).collect();
        }
        let rule = if theme.unicode { '─' } else { '-' };
        let layout = layout::Layout { width, folds_code: true, rule };
        let drawn = |line: Vec<Piece>| line.into_iter().map(|piece| span(piece, theme));
        lines(&found, layout).into_iter().map(|line| drawn(line).collect()).collect()
    }
}

/// How a piece looks.
fn span(piece: Piece, theme: Theme) -> Span<'static> {
    let look = match piece.mark {
        Mark::Plain => Style::new(),
        Mark::Heading => theme.strong().add_modifier(Modifier::BOLD),
        Mark::Code => theme.strong(),
        Mark::Strong => Style::new().add_modifier(Modifier::BOLD),
        Mark::Emphasis => Style::new().add_modifier(Modifier::ITALIC),
        Mark::Link => Style::new().add_modifier(Modifier::UNDERLINED),
        Mark::Rule => theme.dim(),
    };
    Span::styled(piece.text, look)
}

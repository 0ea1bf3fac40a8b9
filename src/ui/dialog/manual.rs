//! A page of help, searchable.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

use crate::domain::Now;
use crate::ui::State;
use crate::ui::chord::Chord;
use crate::ui::command::{Context, Verb};
use crate::ui::layer::{Cx, Layer, Outcome};
use crate::ui::manual::layout::{self, lines};
use crate::ui::manual::markdown::{Block, Mark, Piece, blocks, saying};
use crate::ui::manual::{NAMES, Topic};
use crate::ui::theme::Theme;
use crate::ui::widget::scroll_text::ScrollText;
use crate::ui::widget::text_field::TextField;
use crate::ui::widget::window::window;

/// The widest that the window gets.
const WIDEST: u16 = 110;

/// An open page.
#[derive(Debug)]
pub(crate) struct Manual {
    name: &'static str,
    page: Vec<Block>,
    search: TextField,
    text: ScrollText,
}

impl Manual {
    /// The page of a topic.
    pub(crate) fn of(topic: &'static Topic) -> Self {
        let (search, text) = (TextField::default(), ScrollText::default());
        Self { name: topic.name, page: blocks(topic.text), search, text }
    }

    fn lines(&self, state: &State, width: usize) -> Vec<Line<'static>> {
        let theme = state.options.theme;
        let wanted = self.search.text().to_lowercase();
        let found = saying(&self.page, &wanted);
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

impl Layer for Manual {
    fn context(&self) -> Context {
        Context::Help
    }

    fn text(&mut self) -> Option<&mut ScrollText> {
        Some(&mut self.text)
    }

    fn type_in(&mut self, chord: Chord, _cx: &mut Cx<'_>) -> Outcome {
        if !self.search.press(chord) {
            return Outcome::Ignored;
        }
        self.text.reset();
        Outcome::Consumed
    }

    fn paste(&mut self, text: &str, cx: &mut Cx<'_>) -> Outcome {
        if let Err(reason) = self.search.paste(text) {
            cx.warn(reason);
        }
        self.text.reset();
        Outcome::Consumed
    }

    fn draw(&self, state: &State, frame: &mut Frame<'_>, _now: Now) {
        let theme = state.options.theme;
        let width = frame.area().width.min(WIDEST);
        let lines = self.lines(state, usize::from(width.saturating_sub(2)));
        let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(3);
        let key = |verb| state.key(Context::Help, verb);
        let title = format!(" Help {}: type to search, {} to close ", self.name, key(Verb::Close));
        let inside = window(state, frame, title, width, height);
        let [body, foot] =
            Layout::vertical([Constraint::Min(0), Constraint::Length(1)]).areas(inside);
        self.text.draw(frame, body, lines);
        let hint = format!("{} {} scroll", key(Verb::Down), key(Verb::Up));
        self.search.draw(frame, foot, ("SEARCH ", theme.strong()), (&hint, theme.dim()));
    }
}

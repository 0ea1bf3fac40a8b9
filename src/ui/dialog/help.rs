//! Help for where one is: the keys of that place first, then all others, searchable.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout};
use ratatui::text::{Line, Span};

use super::manual::Page;
use crate::domain::Now;
use crate::ui::State;
use crate::ui::chord::Chord;
use crate::ui::command::keymap::Bound;
use crate::ui::command::{Context, Verb};
use crate::ui::layer::{Cx, Layer, Outcome};
use crate::ui::manual::{self, Topic};
use crate::ui::text::{pad, wrap};
use crate::ui::widget::scroll_text::ScrollText;
use crate::ui::widget::text_field::TextField;
use crate::ui::widget::window::window;

/// The widest that the window and its column of keys get.
const WIDEST: u16 = 110;
const KEYS: usize = 23;

/// The page of a topic, or without one the help of a place.
pub(crate) fn help(name: Option<&str>, of: Context) -> Box<dyn Layer> {
    let page = name.and_then(manual::topic).map(Page::of);
    let content = page.map_or(Content::Keys(of), Content::Page);
    Box::new(Help { content, search: TextField::default(), text: ScrollText::default() })
}

/// What can be read and searched.
#[derive(Debug)]
enum Content {
    /// The keys of this place and all others, and which pages there are.
    Keys(Context),
    Page(Page),
}

#[derive(Debug)]
struct Help {
    content: Content,
    search: TextField,
    text: ScrollText,
}

impl Help {
    fn lines(&self, state: &State, width: usize) -> Vec<Line<'static>> {
        let theme = state.options.theme;
        let wanted = self.search.text().to_lowercase();
        let here = match &self.content {
            Content::Keys(here) => *here,
            Content::Page(page) => return page.lines(&wanted, theme, width),
        };
        let mut lines = Vec::new();
        // What several places share is told once.
        let mut told: Vec<&Bound> = Vec::new();
        let all = state.options.keys.contexts().collect::<Vec<_>>();
        let places = |is_here: bool| {
            all.iter().filter(move |(c, _)| is_here == [here, Context::Everywhere].contains(c))
        };
        for (context, bounds) in places(true).chain(places(false)) {
            let place = context.name();
            let new: Vec<_> = bounds.iter().filter(|bound| !told.contains(bound)).collect();
            let shown: Vec<_> = new.iter().filter(|bound| matches(bound, place, &wanted)).collect();
            if !shown.is_empty() {
                lines.push(Line::styled(place, theme.dim()));
            }
            lines.extend(shown.into_iter().flat_map(|bound| entry(state, bound, width)));
            told.extend(new);
        }
        let is_wanted = |topic: &&Topic| {
            let has = |text: &str| text.to_lowercase().contains(&wanted);
            has(topic.name) || has(topic.summary)
        };
        let pages: Vec<_> = manual::TOPICS.iter().filter(is_wanted).collect();
        if !pages.is_empty() {
            lines.push(Line::styled("pages", theme.dim()));
        }
        for topic in pages {
            let name = format!("help {}", topic.name);
            lines.extend(row(state, &name, topic.summary, width));
        }
        if lines.is_empty() {
            lines.push(Line::raw(format!("no key has to do with \"{wanted}\"")));
        }
        lines
    }
}

fn matches(bound: &Bound, place: &str, wanted: &str) -> bool {
    let verb = bound.command.verb.name();
    let has = |text: &str| text.to_lowercase().contains(wanted);
    has(place) || has(verb) || has(&bound.help) || bound.names().any(|name| has(&name))
}

fn entry(state: &State, bound: &Bound, width: usize) -> Vec<Line<'static>> {
    let keys = bound.names().collect::<Vec<_>>().join("  ");
    row(state, &keys, &bound.help, width)
}

/// A name, and beside it what it does.
fn row(state: &State, name: &str, help: &str, width: usize) -> Vec<Line<'static>> {
    let column = KEYS.min(width / 3);
    let texts = wrap(help, width.saturating_sub(column)).into_iter().enumerate();
    let line = |(index, text)| {
        let name = if index == 0 { name } else { "" };
        let name = Span::styled(pad(name, column), state.options.theme.strong());
        Line::from(vec![name, Span::raw(text)])
    };
    texts.map(line).collect()
}

impl Layer for Help {
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
        let close = state.key(Context::Help, Verb::Close);
        let name = match &self.content {
            Content::Keys(_) => String::new(),
            Content::Page(page) => format!(" {}", page.name),
        };
        let title = format!(" Help{name}: type to search, {close} to close ");
        let inside = window(state, frame, title, width, height);
        let [body, foot] =
            Layout::vertical([Constraint::Min(0), Constraint::Length(1)]).areas(inside);
        self.text.draw(frame, body, lines);
        let (down, up) = (state.key(Context::Help, Verb::Down), state.key(Context::Help, Verb::Up));
        let hint = format!("{down} {up} scroll");
        self.search.draw(frame, foot, ("SEARCH ", theme.strong()), (&hint, theme.dim()));
    }
}

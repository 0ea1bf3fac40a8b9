//! The palette: all that can be done here, found by a few letters, with its key and, if it is not
//! possible now, why.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::CommandLine;
use crate::domain::Now;
use crate::ui::State;
use crate::ui::chord::Chord;
use crate::ui::command::keymap::Bound;
use crate::ui::command::parse::offered;
use crate::ui::command::verb::Takes;
use crate::ui::command::{Command, Context, Verb};
use crate::ui::layer::{Cx, Layer, Outcome};
use crate::ui::mouse::{Item, Target, line_of};
use crate::ui::text::{fit, pad};
use crate::ui::view::cursor::Cursor;
use crate::ui::widget::scroll_text::moved;
use crate::ui::widget::text_field::TextField;
use crate::ui::widget::window::window;

/// The widest that the window, its column of names and that of keys get.
const WIDEST: u16 = 110;
const NAMES: usize = 18;
const KEYS: usize = 10;
/// Rows of a page.
const PAGE: usize = 10;

/// The open palette.
#[derive(Debug)]
pub(crate) struct Palette {
    /// Where the command is carried out.
    of: Context,
    search: TextField,
    /// What is found, the best first.
    found: Vec<Command>,
    cursor: Cursor<Command>,
}

impl Palette {
    /// The palette of a place.
    pub(crate) fn of(of: Context, state: &State) -> Self {
        let cursor = Cursor { settled: true, ..Cursor::default() };
        let mut palette = Self { of, search: TextField::default(), found: Vec::new(), cursor };
        palette.find(state);
        palette
    }

    /// Finds anew what fits the letters.
    fn find(&mut self, state: &State) {
        let keys = &state.options.keys;
        let offered = offered(keys, self.of);
        let all = keys.of(self.of).iter().chain(keys.of(Context::Everywhere));
        let all: Vec<_> = all.filter(|bound| offered.contains(&bound.command.verb)).collect();
        let pattern =
            Pattern::parse(self.search.text(), CaseMatching::Ignore, Normalization::Smart);
        let mut matcher = Matcher::new(Config::DEFAULT);
        let mut buffer = Vec::new();
        let mut score = |bound: &Bound| {
            let mut of = |text: &str| {
                pattern.score(Utf32Str::new(text, &mut buffer), &mut matcher).unwrap_or(0)
            };
            // A name says more than what is written about it.
            (2 * of(&bound.command.to_string())).max(of(&bound.help))
        };
        let mut found: Vec<_> = all.iter().map(|bound| (score(bound), &bound.command)).collect();
        if !pattern.atoms.is_empty() {
            found.retain(|(score, _)| *score > 0);
            found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        }
        self.found = found.into_iter().map(|(_, command)| command.clone()).collect();
        self.cursor.go(&self.found, 0);
    }

    fn line(&self, state: &State, command: &Command, width: usize) -> Line<'static> {
        let theme = state.options.theme;
        let is_here = self.cursor.key.as_ref() == Some(command);
        let keys = &state.options.keys;
        let all = keys.of(self.of).iter().chain(keys.of(Context::Everywhere));
        let bound = all.into_iter().find(|bound| bound.command == *command);
        let key = bound.and_then(|bound| bound.names().next()).unwrap_or_default();
        let why = state.why_not_below(command.verb);
        let (about, style) = match &why {
            Some(why) => (why.as_str(), theme.warn()),
            None => (bound.map_or("", |bound| bound.help.as_str()), theme.dim()),
        };
        let rest = width.saturating_sub(NAMES + KEYS);
        let line = Line::from(vec![
            Span::raw(pad(&command.to_string(), NAMES)),
            Span::styled(pad(&key, KEYS), theme.strong()),
            Span::styled(pad(&fit(about, rest), rest), style),
        ]);
        if is_here { theme.select(line) } else { line }
    }
}

impl Layer for Palette {
    fn context(&self) -> Context {
        Context::Palette
    }

    fn run(&mut self, command: &Command, cx: &mut Cx<'_>) -> Outcome {
        match command.verb {
            Verb::Close => return Outcome::Close,
            Verb::Accept => {
                let Some(wanted) = self.cursor.key.clone() else { return Outcome::Consumed };
                let needs = matches!(wanted.verb.takes(), Takes::Project { optional: false });
                if needs && wanted.argument.is_none() {
                    let line = CommandLine::holding(self.of, &format!("{wanted} "));
                    return Outcome::Replace(Box::new(line));
                }
                cx.remember(&wanted.to_string());
                cx.run(wanted);
                return Outcome::Close;
            }
            verb => {
                let Some(index) = moved(verb, self.cursor.index, PAGE) else {
                    return Outcome::Ignored;
                };
                self.cursor.go(&self.found, index);
            }
        }
        Outcome::Consumed
    }

    fn point(&mut self, item: &Item, _cx: &mut Cx<'_>) -> Outcome {
        match item {
            Item::Command(command) if self.cursor.go_to(&self.found, command) => Outcome::Consumed,
            _ => Outcome::Ignored,
        }
    }

    fn type_in(&mut self, chord: Chord, cx: &mut Cx<'_>) -> Outcome {
        if !self.search.press(chord) {
            return Outcome::Ignored;
        }
        self.find(cx.state);
        Outcome::Consumed
    }

    fn paste(&mut self, text: &str, cx: &mut Cx<'_>) -> Outcome {
        if let Err(reason) = self.search.paste(text) {
            cx.warn(reason);
        }
        self.find(cx.state);
        Outcome::Consumed
    }

    fn draw(&self, state: &State, frame: &mut Frame<'_>, _now: Now) {
        let theme = state.options.theme;
        let width = frame.area().width.min(WIDEST);
        let height = u16::try_from(self.found.len()).unwrap_or(u16::MAX).saturating_add(3);
        let inside = window(state, frame, " Commands ".to_owned(), width, height.max(8));
        let [body, foot] =
            Layout::vertical([Constraint::Min(0), Constraint::Length(1)]).areas(inside);
        let room = usize::from(body.height);
        let top = (self.cursor.index + 1).saturating_sub(room);
        let mut lines = Vec::new();
        for command in self.found.iter().skip(top).take(room) {
            let target = Target::Item(Item::Command(command.clone()));
            state.zones.add(line_of(body, lines.len()), target);
            lines.push(self.line(state, command, usize::from(body.width)));
        }
        if lines.is_empty() {
            lines.push(Line::styled("no command is called so", theme.dim()));
        }
        frame.render_widget(Paragraph::new(lines), body);
        let key = |verb| state.key(Context::Palette, verb);
        let keys = format!("{} does it, {} leaves", key(Verb::Accept), key(Verb::Close));
        self.search.draw(frame, foot, ("COMMAND ", theme.strong()), (&keys, theme.dim()));
    }
}

//! The command line, in place of the footer: everything that can be done, by name.

use ratatui::Frame;

use crate::domain::Now;
use crate::ui::State;
use crate::ui::chord::Chord;
use crate::ui::command::parse::{common, completions, offered, parse};
use crate::ui::command::{Command, Context, Verb};
use crate::ui::layer::{Cx, Layer, Outcome};
use crate::ui::text::{safe, width as width_of};
use crate::ui::theme::Roles;
use crate::ui::widget::text_field::TextField;
use crate::ui::widget::window::last_line;

/// The open command line.
#[derive(Debug)]
pub(crate) struct CommandLine {
    /// Where the command is carried out.
    of: Context,
    field: TextField,
    /// Why the command cannot be read, or what it may become.
    said: Option<Said>,
    /// Which of the earlier commands is shown, counted from the last, and what had been typed before.
    earlier: Option<(usize, String)>,
}

#[derive(Debug)]
enum Said {
    Wrong(String),
    Choices(String),
}

impl CommandLine {
    /// A line that holds the beginning of a command for a place.
    pub(crate) fn holding(of: Context, text: &str) -> Self {
        Self { of, field: TextField::holding(text), said: None, earlier: None }
    }

    fn complete(&mut self, state: &State) {
        let offered = offered(&state.options.keys, self.of);
        let titles: Vec<_> =
            state.model.projects().map(|watched| safe(&watched.project.title)).collect();
        let (before, _) = self.field.halves();
        let profiles = &state.options.profiles;
        let titles = titles.iter().map(String::as_str);
        let found = completions(before, &offered, titles, profiles, &state.saved, || {
            state.model.sweep_names()
        });
        self.said = match found.as_slice() {
            [] => Some(Said::Wrong("nothing begins so".to_owned())),
            [one] => {
                self.field.replace(&format!("{one} "));
                None
            }
            many => {
                let longest = common(many);
                if longest.len() > before.len() {
                    self.field.replace(longest);
                }
                Some(Said::Choices(many.join("  ")))
            }
        };
    }

    /// Shows the command before the one that is shown, or after it.
    fn recall(&mut self, verb: Verb, state: &State) {
        let shown = self.earlier.as_ref().map(|(shown, _)| *shown);
        let next = match (verb, shown) {
            (Verb::Older, None) => Some(0),
            (Verb::Older, Some(shown)) => Some(shown + 1),
            (_, Some(shown)) => shown.checked_sub(1),
            (_, None) => return,
        };
        let typed = self.earlier.take().map_or_else(|| self.field.text().to_owned(), |(_, t)| t);
        match next {
            None => self.field = TextField::holding(&typed),
            Some(next) => {
                let last = state.history.len().saturating_sub(1);
                let next = next.min(last);
                if let Some(line) = state.history.iter().rev().nth(next) {
                    self.field = TextField::holding(line);
                    self.earlier = Some((next, typed));
                }
            }
        }
    }
}

impl Layer for CommandLine {
    fn context(&self) -> Context {
        Context::CommandLine
    }

    fn theme(&self) -> Option<&'static Roles> {
        let command = parse(self.field.text(), &[Verb::Theme]).ok()?;
        Roles::named(&command.argument?)
    }

    fn run(&mut self, command: &Command, cx: &mut Cx<'_>) -> Outcome {
        self.said = None;
        match command.verb {
            Verb::Close => return Outcome::Close,
            Verb::Complete => self.complete(cx.state),
            verb @ (Verb::Older | Verb::Newer) => self.recall(verb, cx.state),
            Verb::Accept => {
                let text = self.field.text().trim();
                match parse(text, &offered(&cx.state.options.keys, self.of)) {
                    Ok(command) => {
                        cx.remember(text);
                        cx.run(command);
                        return Outcome::Close;
                    }
                    Err(why) => self.said = Some(Said::Wrong(why)),
                }
            }
            _ => return Outcome::Ignored,
        }
        Outcome::Consumed
    }

    fn type_in(&mut self, chord: Chord, _cx: &mut Cx<'_>) -> Outcome {
        if !self.field.press(chord) {
            return Outcome::Ignored;
        }
        (self.said, self.earlier) = (None, None);
        Outcome::Consumed
    }

    fn paste(&mut self, text: &str, _cx: &mut Cx<'_>) -> Outcome {
        self.said = self.field.paste(text).err().map(Said::Wrong);
        self.earlier = None;
        Outcome::Consumed
    }

    fn covers(&self) -> bool {
        false
    }

    fn draw(&self, state: &State, frame: &mut Frame<'_>, _now: Now) {
        let theme = state.options.theme;
        let area = last_line(state, frame);
        let key = |verb| state.key(Context::CommandLine, verb);
        let [accept, complete, older, close] =
            [Verb::Accept, Verb::Complete, Verb::Older, Verb::Close].map(key);
        let whole = format!(
            "{accept} does it, {complete} completes, {older} the one before, {close} leaves"
        );
        let typed = width_of(self.field.text()) + 4;
        let keys = if typed + width_of(&whole) <= usize::from(area.width) {
            whole
        } else {
            format!("{accept} does it, {complete} completes, {close} leaves")
        };
        let hint = match &self.said {
            None => (keys.as_str(), theme.dim()),
            Some(Said::Wrong(why)) => (why.as_str(), theme.bad()),
            Some(Said::Choices(choices)) => (choices.as_str(), theme.dim()),
        };
        self.field.draw(frame, area, (":", theme.strong()), hint);
    }
}

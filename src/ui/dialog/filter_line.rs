//! The filter line of a pane, in place of the footer: what is typed filters at once.

use ratatui::Frame;

use crate::domain::Now;
use crate::domain::filter::completions;
use crate::ui::State;
use crate::ui::chord::Chord;
use crate::ui::command::{Command, Context, Verb};
use crate::ui::layer::{Cx, Layer, Outcome};
use crate::ui::view::filter::complete;
use crate::ui::widget::text_field::TextField;
use crate::ui::widget::window::last_line;

/// The open filter line of the pane in focus.
#[derive(Debug)]
pub(crate) struct FilterLine {
    field: TextField,
}

impl FilterLine {
    /// A line that holds the filter in force.
    pub(crate) fn holding(filter: &str) -> Self {
        Self { field: TextField::holding(filter) }
    }

    fn apply(&self, cx: &mut Cx<'_>) -> Outcome {
        cx.filter(self.field.text());
        Outcome::Consumed
    }
}

impl Layer for FilterLine {
    fn context(&self) -> Context {
        Context::FilterLine
    }

    fn why_not(&self, verb: Verb, state: &State) -> Option<String> {
        // A filter that cannot be read keeps its line open, with the reason.
        state.filter().error.clone().filter(|_| verb == Verb::Accept)
    }

    fn run(&mut self, command: &Command, cx: &mut Cx<'_>) -> Outcome {
        match command.verb {
            Verb::Complete => {
                let model = &cx.state.model;
                let subject = cx.state.filter().subject;
                complete(&mut self.field, subject, &cx.state.saved, || model.sweep_names());
                return self.apply(cx);
            }
            Verb::Close => cx.filter(""),
            _ => {}
        }
        Outcome::Close
    }

    fn type_in(&mut self, chord: Chord, cx: &mut Cx<'_>) -> Outcome {
        if self.field.press(chord) { self.apply(cx) } else { Outcome::Ignored }
    }

    fn paste(&mut self, text: &str, cx: &mut Cx<'_>) -> Outcome {
        if let Err(reason) = self.field.paste(text) {
            cx.warn(reason);
        }
        self.apply(cx)
    }

    fn covers(&self) -> bool {
        false
    }

    fn draw(&self, state: &State, frame: &mut Frame<'_>, _now: Now) {
        let theme = state.options.theme;
        let area = last_line(state, frame);
        let error = state.filter().error.as_deref();
        let key = |verb| state.key(Context::FilterLine, verb);
        let (keep, clear, more) = (key(Verb::Accept), key(Verb::Close), key(Verb::Complete));
        let (before, _) = self.field.halves();
        let mut choices =
            completions(before, state.filter().subject, &state.saved, || state.model.sweep_names());
        choices.retain(|choice| choice != before);
        let keys = match choices.as_slice() {
            [] => format!("{keep} keeps it, {clear} clears it"),
            choices => {
                let words: Vec<_> =
                    choices.iter().filter_map(|text| text.split_whitespace().next_back()).collect();
                format!("{more} completes: {}", words.join(" "))
            }
        };
        let hint = error.map_or((keys.as_str(), theme.dim()), |error| (error, theme.bad()));
        self.field.draw(frame, area, ("FILTER /", theme.strong()), hint);
    }
}

//! A question that is answered with yes or no, in the last line of a dialog.

use ratatui::text::{Line, Span};

use super::hint_bar::hints;
use crate::ui::State;
use crate::ui::command::{Context, Verb};
use crate::ui::layer::Outcome;
use crate::ui::text::{self, fit};

/// Columns that the keys want.
const KEYS: usize = 20;

/// A question, and what yes means.
#[derive(Clone, Debug)]
pub(crate) struct Question<T> {
    /// What is asked, without the keys.
    text: String,
    subject: T,
}

impl<T> Question<T> {
    /// Where the keys go while it stands.
    pub(crate) const CONTEXT: Context = Context::Question;

    /// Asks about something.
    pub(crate) fn new(text: impl Into<String>, subject: T) -> Self {
        Self { text: text.into(), subject }
    }

    /// What it was about, if the answer is yes.
    pub(crate) fn answer(self, verb: Verb) -> Option<T> {
        (verb == Verb::Confirm).then_some(self.subject)
    }

    /// It with the keys that answer it.
    pub(crate) fn line(&self, state: &State, width: usize) -> Line<'static> {
        let text = fit(&self.text, width.saturating_sub(KEYS)) + "  ";
        let room = width.saturating_sub(text::width(&text));
        let mut line = Line::from(Span::styled(text, state.options.theme.warn()));
        line.extend(hints(state, Self::CONTEXT, room));
        line
    }

    /// What any other key comes to: no, if there is a question.
    pub(crate) fn decline(slot: &mut Option<Self>) -> Outcome {
        if slot.take().is_some() { Outcome::Consumed } else { Outcome::Ignored }
    }
}

//! A question that is answered with yes or no, in the last line of a dialog.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::hint_bar::draw_hints;
use crate::ui::State;
use crate::ui::command::{Context, Verb};
use crate::ui::layer::Outcome;
use crate::ui::text::fit;

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

    /// Draws it with the keys that answer it.
    pub(crate) fn draw(&self, state: &State, frame: &mut Frame<'_>, area: Rect) {
        let text = fit(&self.text, usize::from(area.width).saturating_sub(KEYS)) + "  ";
        let text = Line::from(Span::styled(text, state.options.theme.warn()));
        draw_hints(state, frame, area, text, Self::CONTEXT);
    }

    /// What any other key comes to: no, if there is a question.
    pub(crate) fn decline(slot: &mut Option<Self>) -> Outcome {
        if slot.take().is_some() { Outcome::Consumed } else { Outcome::Ignored }
    }
}

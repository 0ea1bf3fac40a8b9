//! What a workspace is called by the person, in a colour of its own, so that one is never taken for another.

use ratatui::style::{Color, Modifier, Style};
use ratatui::text::Span;

use super::theme::Theme;

/// Columns that a label may take.
const LONGEST: usize = 24;

/// The name and the colour of a workspace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Label {
    /// The name; empty for none.
    pub text: String,
    /// The colour; none for the terminal's own.
    pub colour: Option<Color>,
}

impl Label {
    /// The label as it is drawn: on its colour, and reversed where there are no colours. None without a name.
    pub(super) fn span(&self, theme: Theme) -> Option<Span<'static>> {
        // The alarms beside it matter more.
        let text = super::text::fit(&super::text::safe(&self.text), LONGEST);
        let style = Style::new().add_modifier(Modifier::BOLD | Modifier::REVERSED);
        let style = match self.colour.filter(|_| theme.colour) {
            Some(colour) => style.fg(colour).bg(Color::Black),
            None => style,
        };
        (!text.trim().is_empty()).then(|| Span::styled(format!(" {text} "), style))
    }
}

//! What a workspace is called by the person, in a colour of its own, so that one is never taken for another.

use ratatui::style::{Color, Modifier, Style};
use ratatui::text::Span;

use super::theme::Theme;

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
        let text = super::text::safe(&self.text);
        let style = Style::new().add_modifier(Modifier::BOLD | Modifier::REVERSED);
        let style = match self.colour.filter(|_| theme.colour) {
            Some(colour) => style.fg(colour).bg(Color::Black),
            None => style,
        };
        (!text.trim().is_empty()).then(|| Span::styled(format!(" {text} "), style))
    }
}

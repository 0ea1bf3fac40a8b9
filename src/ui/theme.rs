//! Colours and glyphs.
//!
//! A status is a glyph, a word and a colour, so that it survives a terminal without colour, one
//! without UTF-8, and eyes that tell fewer colours apart.

use ratatui::style::{Color, Modifier, Style};
use ratatui::symbols::border;

use crate::domain::RunStatus;

/// How the terminal can be drawn on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme {
    /// Whether colours are wanted (`NO_COLOR` is not set).
    pub colour: bool,
    /// Whether the terminal shows UTF-8.
    pub unicode: bool,
}

impl Default for Theme {
    fn default() -> Self {
        Self { colour: true, unicode: true }
    }
}

impl Theme {
    fn fg(self, colour: Color) -> Style {
        if self.colour { Style::new().fg(colour) } else { Style::new() }
    }

    /// One of two texts, by what the terminal shows.
    pub fn glyph(self, unicode: &'static str, ascii: &'static str) -> &'static str {
        if self.unicode { unicode } else { ascii }
    }

    /// The glyph of a status.
    pub fn status_glyph(self, status: &RunStatus) -> &'static str {
        match status {
            RunStatus::Pending => self.glyph("◌", "o"),
            RunStatus::Running => self.glyph("▶", ">"),
            RunStatus::Errored => self.glyph("✗", "x"),
            RunStatus::Completed => self.glyph("✓", "+"),
            RunStatus::Killed => self.glyph("■", "#"),
            RunStatus::NoKernel => self.glyph("⊘", "!"),
            RunStatus::Unknown(_) => "?",
        }
    }

    /// The colour of a status.
    pub fn status(self, status: &RunStatus) -> Style {
        match status {
            RunStatus::Pending => self.fg(Color::Yellow),
            RunStatus::Running => self.fg(Color::Cyan),
            RunStatus::Errored | RunStatus::NoKernel => self.fg(Color::Red),
            RunStatus::Completed => self.fg(Color::Green),
            RunStatus::Killed => self.fg(Color::Magenta),
            RunStatus::Unknown(_) => Style::new(),
        }
    }

    /// Something is fine.
    pub fn good(self) -> Style {
        self.fg(Color::Green)
    }

    /// Something wants to be looked at.
    pub fn warn(self) -> Style {
        self.fg(Color::Yellow).add_modifier(Modifier::BOLD)
    }

    /// Something is wrong.
    pub fn bad(self) -> Style {
        self.fg(Color::Red).add_modifier(Modifier::BOLD)
    }

    /// Less important, or old.
    pub fn dim(self) -> Style {
        Style::new().add_modifier(Modifier::DIM)
    }

    /// The selected row of the pane in focus.
    pub fn selected(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    /// A heading or a key.
    pub fn strong(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// The border of a pane.
    pub fn border(self, focused: bool) -> Style {
        if focused { self.fg(Color::Cyan).add_modifier(Modifier::BOLD) } else { self.dim() }
    }

    /// The lines of borders: a focused pane's are thick, so that focus needs no colour.
    pub fn lines(self, focused: bool) -> border::Set<'static> {
        const ASCII: border::Set<'static> = border::Set {
            top_left: "+",
            top_right: "+",
            bottom_left: "+",
            bottom_right: "+",
            vertical_left: "|",
            vertical_right: "|",
            horizontal_top: "-",
            horizontal_bottom: "-",
        };
        match (self.unicode, focused) {
            (false, _) => ASCII,
            (true, true) => border::THICK,
            (true, false) => border::PLAIN,
        }
    }
}

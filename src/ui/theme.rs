//! Colours and glyphs.
//!
//! A status is a glyph, a word and a colour, so that it survives a terminal without colour, one
//! without UTF-8, and eyes that tell fewer colours apart.

use std::sync::LazyLock;

use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier, Style};
use ratatui::symbols::border;
use ratatui::text::{Line, Span};
use unicode_segmentation::UnicodeSegmentation;

use crate::domain::RunStatus;
use crate::domain::runaway::Verdict;

mod roles;

pub use roles::{NAMES, Roles};

/// How the terminal can be drawn on, and how each role looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Theme {
    /// Whether colours are wanted (`NO_COLOR` is not set).
    pub colour: bool,
    /// Whether the terminal shows UTF-8.
    pub unicode: bool,
    /// The looks.
    pub roles: &'static Roles,
}

impl Default for Theme {
    fn default() -> Self {
        static NONE: LazyLock<Roles> = LazyLock::new(Roles::default);
        Self { colour: true, unicode: true, roles: Roles::named("terminal").unwrap_or(&NONE) }
    }
}

impl Theme {
    /// A look as the terminal can show it.
    fn plain(self, look: Style) -> Style {
        if self.colour { look } else { Style { fg: None, bg: None, ..look } }
    }

    /// All that is drawn.
    pub fn screen(self) -> Style {
        self.plain(self.roles.screen)
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
            RunStatus::NoKernel => self.glyph("⊘", "%"),
            RunStatus::Unknown(_) => "?",
        }
    }

    /// The glyph and the word of a verdict, and its look.
    pub(crate) fn verdict(self, verdict: Verdict) -> (String, Style) {
        let (glyph, style) = match verdict {
            Verdict::Runaway => (self.glyph("‼", "!"), self.bad()),
            Verdict::Waiting | Verdict::Late | Verdict::Slow => (self.glyph("!", "&"), self.warn()),
        };
        (format!("{glyph} {}", verdict.word()), style)
    }

    /// The look of a status.
    pub fn status(self, status: &RunStatus) -> Style {
        self.plain(match status {
            RunStatus::Pending => self.roles.pending,
            RunStatus::Running => self.roles.running,
            RunStatus::Errored | RunStatus::NoKernel => self.roles.errored,
            RunStatus::Completed => self.roles.completed,
            RunStatus::Killed => self.roles.killed,
            RunStatus::Unknown(_) => Style::new(),
        })
    }

    /// Something is fine.
    pub fn good(self) -> Style {
        self.plain(self.roles.good)
    }

    /// Something wants to be looked at.
    pub fn warn(self) -> Style {
        self.plain(self.roles.warn)
    }

    /// Something is wrong.
    pub fn bad(self) -> Style {
        self.plain(self.roles.bad)
    }

    /// Less important, or old.
    pub fn dim(self) -> Style {
        self.plain(self.roles.dim)
    }

    /// A word that is pointed out.
    pub fn badge(self) -> Style {
        self.marked(self.roles.badge)
    }

    /// A heading or a key.
    pub fn strong(self) -> Style {
        self.plain(self.roles.strong)
    }

    /// The border of a pane.
    pub fn border(self, focused: bool) -> Style {
        self.plain(if focused { self.roles.focus } else { self.roles.border })
    }

    /// What is told apart by its ground; without colours that is by being reversed.
    fn marked(self, look: Style) -> Style {
        if self.colour || look.bg.is_none() {
            return look;
        }
        self.plain(look).add_modifier(Modifier::REVERSED)
    }

    /// A row under the cursor: one ground for all of it. Where that is the terminal's ink, which no colour is
    /// sure to be told from, the colours of the row give way.
    pub fn select(self, line: Line<'static>) -> Line<'static> {
        let look = self.marked(self.roles.selection);
        if !look.add_modifier.contains(Modifier::REVERSED) {
            return line.patch_style(look);
        }
        let plain = |span: Span<'static>| {
            let bold = span.style.add_modifier & Modifier::BOLD;
            Span::styled(span.content, Style::new().add_modifier(bold))
        };
        line.spans.into_iter().map(plain).collect::<Line<'_>>().style(look)
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

/// The escape sequence that begins a look, and ends the one before.
pub fn sgr(look: Style) -> String {
    let mut numbers = vec!["0".to_owned()];
    numbers.extend(look.fg.and_then(|colour| number(colour, 30)));
    numbers.extend(look.bg.and_then(|colour| number(colour, 40)));
    let modifiers = [
        (Modifier::BOLD, "1"),
        (Modifier::DIM, "2"),
        (Modifier::ITALIC, "3"),
        (Modifier::UNDERLINED, "4"),
        (Modifier::REVERSED, "7"),
    ];
    let is_set = |(modifier, _): &&(Modifier, &str)| look.add_modifier.contains(*modifier);
    numbers.extend(modifiers.iter().filter(is_set).map(|(_, number)| (*number).to_owned()));
    format!("\u{1b}[{}m", numbers.join(";"))
}

/// What stands for a colour in such a sequence: from 30 on for text, from 40 on for the ground.
fn number(colour: Color, base: u8) -> Option<String> {
    let named = match colour {
        Color::Reset => return None,
        Color::Rgb(r, g, b) => return Some(format!("{};2;{r};{g};{b}", base + 8)),
        Color::Indexed(index) => return Some(format!("{};5;{index}", base + 8)),
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 60,
        Color::LightRed => 61,
        Color::LightGreen => 62,
        Color::LightYellow => 63,
        Color::LightBlue => 64,
        Color::LightMagenta => 65,
        Color::LightCyan => 66,
        Color::White => 67,
    };
    Some((base + named).to_string())
}

/// Replaces what a terminal without UTF-8 cannot show, in texts of ours as of the server's.
pub(crate) fn to_ascii(buffer: &mut Buffer) {
    for cell in buffer.content.iter_mut().filter(|cell| !cell.symbol().is_ascii()) {
        let plain = plain(cell.symbol());
        cell.set_symbol(plain);
    }
}

/// A text as a terminal without UTF-8 can show it.
pub fn ascii(text: &str) -> String {
    let shown = |part| if str::is_ascii(part) { part } else { plain(part) };
    text.graphemes(true).map(shown).collect()
}

/// What stands for a character that is not of ASCII.
fn plain(symbol: &str) -> &'static str {
    match symbol {
        "…" => "~",
        "–" | "—" | "─" => "-",
        "·" | "░" => ".",
        "×" => "x",
        "→" => ">",
        "█" => "#",
        _ => "?",
    }
}

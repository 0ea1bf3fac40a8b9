//! The roles that a theme gives looks to, and the file that says which.

use std::sync::LazyLock;

use ratatui::style::{Color, Modifier, Style};
use serde::{Deserialize, Deserializer};

/// The themes that come with hextop, each with its file.
pub(super) const THEMES: [(&str, &str); 5] = [
    ("terminal", include_str!("../../../assets/themes/terminal.toml")),
    ("dark", include_str!("../../../assets/themes/dark.toml")),
    ("light", include_str!("../../../assets/themes/light.toml")),
    ("high-contrast", include_str!("../../../assets/themes/high-contrast.toml")),
    ("colour-blind", include_str!("../../../assets/themes/colour-blind.toml")),
];

/// The same, read.
static OWN: LazyLock<Vec<(&str, Roles)>> = LazyLock::new(|| {
    THEMES.iter().map(|(name, text)| (*name, Roles::read(text).unwrap_or_default())).collect()
});

/// The names of the themes that come with hextop.
pub const NAMES: &[&str] = &["terminal", "dark", "light", "high-contrast", "colour-blind"];

/// How each role looks. What a file does not name has no look of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Roles {
    /// All that is drawn; a ground of its own only if this has one.
    #[serde(deserialize_with = "look")]
    pub(super) screen: Style,
    /// Headings and keys.
    #[serde(deserialize_with = "look")]
    pub(super) strong: Style,
    /// What is less important.
    #[serde(deserialize_with = "look")]
    pub(super) dim: Style,
    /// Something is fine.
    #[serde(deserialize_with = "look")]
    pub(super) good: Style,
    /// Something wants to be looked at.
    #[serde(deserialize_with = "look")]
    pub(super) warn: Style,
    /// Something is wrong.
    #[serde(deserialize_with = "look")]
    pub(super) bad: Style,
    #[serde(deserialize_with = "look")]
    pub(super) pending: Style,
    #[serde(deserialize_with = "look")]
    pub(super) running: Style,
    #[serde(deserialize_with = "look")]
    pub(super) errored: Style,
    #[serde(deserialize_with = "look")]
    pub(super) completed: Style,
    #[serde(deserialize_with = "look")]
    pub(super) killed: Style,
    /// The row under the cursor.
    #[serde(deserialize_with = "look")]
    pub(super) selection: Style,
    /// A word that is pointed out: the mode, the tab that is shown.
    #[serde(deserialize_with = "look")]
    pub(super) badge: Style,
    /// The border of a pane.
    #[serde(deserialize_with = "look")]
    pub(super) border: Style,
    /// The border of the pane in focus.
    #[serde(deserialize_with = "look")]
    pub(super) focus: Style,
}

impl Roles {
    /// Reads a theme's file.
    ///
    /// # Errors
    /// A sentence with the place in the file.
    pub fn read(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| error.to_string())
    }

    /// A theme that comes with hextop.
    pub fn named(name: &str) -> Option<&'static Self> {
        OWN.iter().find(|(known, _)| *known == name).map(|(_, roles)| roles)
    }

    /// What each role is called in a file, and its look.
    pub fn looks(&self) -> [(&'static str, Style); 15] {
        [
            ("screen", self.screen),
            ("strong", self.strong),
            ("dim", self.dim),
            ("good", self.good),
            ("warn", self.warn),
            ("bad", self.bad),
            ("pending", self.pending),
            ("running", self.running),
            ("errored", self.errored),
            ("completed", self.completed),
            ("killed", self.killed),
            ("selection", self.selection),
            ("badge", self.badge),
            ("border", self.border),
            ("focus", self.focus),
        ]
    }

    /// A look as it is drawn, on the ground of the screen where it has none of its own.
    pub fn on_screen(&self, look: Style) -> Style {
        Style { fg: look.fg.or(self.screen.fg), bg: look.bg.or(self.screen.bg), ..look }
    }

    /// The looks for the whole run of the program.
    #[must_use]
    pub fn kept(self) -> &'static Self {
        Box::leak(Box::new(self))
    }
}

fn look<'de, D: Deserializer<'de>>(from: D) -> Result<Style, D::Error> {
    let text = String::deserialize(from)?;
    style(&text).map_err(serde::de::Error::custom)
}

/// Reads a look: a colour, `on` and a colour of the ground, and words such as bold, in any order.
fn style(text: &str) -> Result<Style, String> {
    let mut style = Style::new();
    let mut words = text.split_whitespace();
    while let Some(word) = words.next() {
        style = match word {
            "on" => style.bg(colour(words.next().ok_or("a colour is missing behind `on`")?)?),
            "bold" => style.add_modifier(Modifier::BOLD),
            "dim" => style.add_modifier(Modifier::DIM),
            "italic" => style.add_modifier(Modifier::ITALIC),
            "underlined" => style.add_modifier(Modifier::UNDERLINED),
            "reversed" => style.add_modifier(Modifier::REVERSED),
            word => style.fg(colour(word)?),
        };
    }
    Ok(style)
}

fn colour(word: &str) -> Result<Color, String> {
    word.parse().map_err(|_| {
        format!(
            "`{word}` is no colour: write a name such as red or light-blue, #rrggbb or a number up to 255; \
             before it `on` for the ground; besides bold, dim, italic, underlined, reversed"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_is_read_in_any_order_and_what_is_wrong_is_named() {
        let wanted = Style::new().fg(Color::Rgb(1, 2, 255)).bg(Color::Red);
        for text in ["#0102ff on red bold", "bold on red  #0102ff"] {
            assert_eq!(style(text), Ok(wanted.add_modifier(Modifier::BOLD)), "{text}");
        }
        assert_eq!(style(""), Ok(Style::new()));
        assert_eq!(style("214"), Ok(Style::new().fg(Color::Indexed(214))));
        assert!(style("purpel").unwrap_err().contains("`purpel` is no colour"));
        assert!(style("red on").unwrap_err().contains("missing behind `on`"));
        assert!(Roles::read("bad = \"rde\"").unwrap_err().contains("bad = \"rde\""));
        assert!(Roles::read("worse = \"red\"").unwrap_err().contains("worse"));
    }

    #[test]
    fn every_theme_can_be_read_and_is_named() {
        assert_eq!(THEMES.map(|(name, _)| name).as_slice(), NAMES);
        for (name, text) in THEMES {
            assert_ne!(Roles::read(text), Ok(Roles::default()), "{name}");
        }
    }

    /// The contrast of two colours, from 1 to 21 (WCAG 2.2, relative luminance).
    fn contrast(a: Color, b: Color) -> f64 {
        let luminance = |colour| {
            let Color::Rgb(r, g, b) = colour else { panic!("{colour} is not exact") };
            let part = |value: u8| {
                let value = f64::from(value) / 255.0;
                if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
            };
            0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b)
        };
        let (a, b): (f64, f64) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn every_text_of_a_theme_can_be_read_on_its_ground_and_under_the_cursor() {
        for (name, least) in
            [("dark", 4.5), ("light", 4.5), ("high-contrast", 7.0), ("colour-blind", 4.5)]
        {
            let roles = *Roles::named(name).unwrap();
            let grounds = [roles.screen.bg.unwrap(), roles.selection.bg.unwrap()];
            let Roles { strong, dim, good, warn, bad, errored, completed, killed, .. } = roles;
            let Roles { screen, pending, running, .. } = roles;
            let looks = [
                screen, strong, dim, good, warn, bad, errored, completed, killed, pending, running,
            ];
            for ink in looks.iter().filter_map(|look| look.fg) {
                for ground in grounds {
                    let found = contrast(ink, ground);
                    assert!(found >= least, "{name}: {ink} on {ground} has {found:.1}");
                }
            }
            let badge = contrast(roles.badge.fg.unwrap(), roles.badge.bg.unwrap());
            assert!(badge >= least, "{name}: {badge:.1}");
        }
    }

    #[test]
    fn the_theme_of_the_terminal_has_no_colour_that_some_ground_swallows() {
        let roles = *Roles::named("terminal").unwrap();
        let Roles { screen, strong, dim, good, warn, bad, border, focus, .. } = roles;
        let Roles { pending, running, errored, completed, killed, .. } = roles;
        for look in [
            screen, strong, dim, good, warn, bad, border, focus, pending, running, errored,
            completed, killed,
        ] {
            assert!(matches!(look.fg, None | Some(Color::Red | Color::Magenta)), "{look:?}");
            assert_eq!(look.bg, None);
        }
    }
}

//! Which terminal it is, as far as the environment tells, and what that terminal understands.
//!
//! | terminal | reads | source |
//! |---|---|---|
//! | kitty | OSC 99, OSC 9 | sw.kovidgoyal.net/kitty/desktop-notifications |
//! | iTerm2 | OSC 9 | iterm2.com/documentation-escape-codes.html |
//! | WezTerm | OSC 777, OSC 9 | wezterm.org/config/lua/config/notification_handling.html |
//! | Ghostty | OSC 777, OSC 9 | ghostty.org/docs/vt |
//! | foot | OSC 777; OSC 99 from 1.18 | foot-ctlseqs(7) |
//! | urxvt | OSC 777, with its extension `notify` | urxvt(7) |
//! | VTE (GNOME) | OSC 777 where the distribution has it; else it ignores it | vte, `vteseq.cc` |
//! | Windows Terminal | OSC 9 for progress; a text is ignored by older versions | microsoft/terminal#7718 |
//! | ConEmu | commands by OSC 9, no notification | conemu.github.io/en/AnsiEscapeCodes.html |

use std::ffi::OsString;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Notice;
use super::sequence::{self, Passage, Way};

/// What the person wants of the terminal. Everything but [`Setting::Off`] rings the bell too, which
/// is all that a multiplexer passes on without being told to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Setting {
    /// Whatever the terminal seems to understand.
    #[default]
    Auto,
    /// OSC 9: one text.
    Osc9,
    /// OSC 777: a title and a text.
    Osc777,
    /// OSC 99: a title, a text and an urgency.
    Osc99,
    /// The bell alone.
    Bell,
    /// Nothing.
    Off,
}

/// How this terminal is told something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terminal {
    way: Option<Way>,
    passage: Passage,
}

impl Terminal {
    /// The terminal that the environment describes.
    pub fn new(setting: Setting, variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let value = |name: &str| match variable(name) {
            Some(value) => value.to_string_lossy().to_lowercase(),
            None => String::new(),
        };
        let passage = match (value("TMUX").is_empty(), value("STY").is_empty()) {
            (true, true) => Passage::Direct,
            (false, true) => Passage::Tmux,
            (true, false) => Passage::Screen,
            (false, false) => Passage::Nested,
        };
        let way = match setting {
            Setting::Auto => Some(detected(passage, value)),
            Setting::Osc9 => Some(Way::Osc9),
            Setting::Osc777 => Some(Way::Osc777),
            Setting::Osc99 => Some(Way::Osc99),
            Setting::Bell => Some(Way::Bell),
            Setting::Off => None,
        };
        Self { way, passage }
    }

    /// What it is told by, in words.
    pub fn words(self) -> String {
        let way = match self.way {
            None => return "off".to_owned(),
            Some(Way::Bell) => "the bell",
            Some(Way::Osc9) => "the bell and OSC 9",
            Some(Way::Osc777) => "the bell and OSC 777",
            Some(Way::Osc99) => "the bell and OSC 99",
        };
        let through = match self.passage {
            Passage::Direct => "",
            Passage::Tmux => {
                ", through tmux (which passes on only the bell unless allow-passthrough is on)"
            }
            Passage::Screen => ", through GNU Screen",
            Passage::Nested => ", the bell alone: within tmux and GNU Screen at once",
        };
        format!("{way}{through}")
    }

    /// What is written to the terminal, all at once; nothing if the person wants nothing. The number
    /// tells OSC 99 which notices are one and which are not: each needs its own, also among those of
    /// other programs, so it is best begun at random.
    pub fn bytes(self, notice: &Notice, number: u64) -> Vec<u8> {
        self.way.map_or_else(Vec::new, |way| sequence::bytes(way, self.passage, notice, number))
    }
}

/// Told by how `TERM` begins. A terminal sets it itself, and SSH passes it on.
const BY_TERM: [(&str, Way); 10] = [
    ("xterm-kitty", Way::Osc99),
    ("xterm-ghostty", Way::Osc777),
    ("wezterm", Way::Osc777),
    ("foot", Way::Osc777),
    ("rxvt-unicode", Way::Osc777),
    ("vte", Way::Osc777),
    ("linux", Way::Bell),
    ("dumb", Way::Bell),
    ("eterm", Way::Bell),
    ("vt", Way::Bell),
];
/// Told by `TERM_PROGRAM`.
const BY_PROGRAM: [(&str, Way); 5] = [
    ("iterm.app", Way::Osc9),
    ("ghostty", Way::Osc777),
    ("wezterm", Way::Osc777),
    ("kitty", Way::Osc99),
    ("apple_terminal", Way::Bell),
];
/// Told by which variables there are, the surest first: a terminal that was started out of another
/// inherits its variables.
const BY_VARIABLE: [(&str, Way); 6] = [
    ("WT_SESSION", Way::Osc9),
    ("ConEmuPID", Way::Bell),
    ("GHOSTTY_RESOURCES_DIR", Way::Osc777),
    ("KITTY_WINDOW_ID", Way::Osc99),
    ("WEZTERM_PANE", Way::Osc777),
    ("VTE_VERSION", Way::Osc777),
];

/// OSC 9 where nothing is known: most terminals read it, the others ignore it. So too within a
/// multiplexer, whose variables are of the terminal that it was started in, which may be another
/// than the one that shows it now.
fn detected(passage: Passage, value: impl Fn(&str) -> String) -> Way {
    let is_set = |name: &str| !value(name).is_empty();
    if passage != Passage::Direct || is_set("ZELLIJ") {
        return Way::Osc9;
    }
    let (term, program) = (value("TERM"), value("TERM_PROGRAM"));
    let way = |found: Option<&(&str, Way)>| found.map(|(_, way)| *way);
    way(BY_TERM.iter().find(|(beginning, _)| term.starts_with(beginning)))
        // Emacs' own terminals do not show notifications, and inherit everything else.
        .or_else(|| is_set("INSIDE_EMACS").then_some(Way::Bell))
        .or_else(|| way(BY_PROGRAM.iter().find(|(name, _)| program == *name)))
        .or_else(|| way(BY_VARIABLE.iter().find(|(name, _)| is_set(name))))
        .unwrap_or(Way::Osc9)
}

#[cfg(test)]
mod tests {
    use super::super::Urgency;
    use super::*;

    fn terminal(setting: Setting, variables: &[(&str, &str)]) -> Terminal {
        Terminal::new(setting, |name| {
            let found = variables.iter().find(|(other, _)| *other == name);
            found.map(|(_, value)| OsString::from(value))
        })
    }

    #[test]
    fn the_terminal_is_known_by_what_it_says_of_itself() {
        let xterm = ("TERM", "xterm-256color");
        let table: &[(&[(&str, &str)], Way)] = &[
            (&[], Way::Osc9),
            (&[xterm], Way::Osc9),
            (&[("TERM", "xterm-kitty")], Way::Osc99),
            (&[("TERM", "xterm-ghostty")], Way::Osc777),
            (&[("TERM", "foot-extra")], Way::Osc777),
            (&[("TERM", "rxvt-unicode-256color")], Way::Osc777),
            (&[("TERM", "vte-256color")], Way::Osc777),
            (&[("TERM", "vt220")], Way::Bell),
            (&[("TERM", "linux"), ("KITTY_WINDOW_ID", "1")], Way::Bell),
            (&[("TERM", "dumb")], Way::Bell),
            (&[xterm, ("TERM_PROGRAM", "iTerm.app"), ("KITTY_WINDOW_ID", "1")], Way::Osc9),
            (&[xterm, ("TERM_PROGRAM", "WezTerm")], Way::Osc777),
            (&[xterm, ("TERM_PROGRAM", "ghostty")], Way::Osc777),
            (&[xterm, ("TERM_PROGRAM", "Apple_Terminal")], Way::Bell),
            (&[xterm, ("TERM_PROGRAM", "vscode")], Way::Osc9),
            (&[xterm, ("TERM_PROGRAM", "WezTerm"), ("INSIDE_EMACS", "30.1,vterm")], Way::Bell),
            (&[xterm, ("WT_SESSION", "0b"), ("VTE_VERSION", "7600")], Way::Osc9),
            (&[xterm, ("ConEmuPID", "42")], Way::Bell),
            (&[xterm, ("GHOSTTY_RESOURCES_DIR", "/usr/share/ghostty")], Way::Osc777),
            (&[xterm, ("KITTY_WINDOW_ID", "1")], Way::Osc99),
            (&[xterm, ("WEZTERM_PANE", "0")], Way::Osc777),
            (&[xterm, ("VTE_VERSION", "7600")], Way::Osc777),
            (&[xterm, ("VTE_VERSION", "")], Way::Osc9),
            (&[("ZELLIJ", "0"), ("TERM", "xterm-kitty")], Way::Osc9),
        ];
        for (variables, way) in table {
            let expected = Terminal { way: Some(*way), passage: Passage::Direct };
            assert_eq!(terminal(Setting::Auto, variables), expected, "{variables:?}");
        }
    }

    #[test]
    fn a_multiplexer_is_passed_by_what_every_terminal_may_read() {
        let (tmux, screen) = (("TMUX", "/tmp/tmux-0/default,1,0"), ("STY", "1.pts-0.vm"));
        let kitty = ("KITTY_WINDOW_ID", "1");
        for (variables, passage) in [
            (&[tmux, kitty][..], Passage::Tmux),
            (&[screen, kitty], Passage::Screen),
            (&[tmux, screen], Passage::Nested),
        ] {
            let expected = Terminal { way: Some(Way::Osc9), passage };
            assert_eq!(terminal(Setting::Auto, variables), expected);
        }
        let named = terminal(Setting::Osc99, &[tmux]);
        assert_eq!(named, Terminal { way: Some(Way::Osc99), passage: Passage::Tmux });
    }

    #[test]
    fn a_setting_goes_before_what_the_terminal_seems_to_be() {
        let notice = Notice { title: "t".into(), body: String::new(), urgency: Urgency::Low };
        let kitty = [("TERM", "xterm-kitty")];
        let bytes = |setting| terminal(setting, &kitty).bytes(&notice, 0);
        assert_eq!(bytes(Setting::Off), b"");
        assert_eq!(bytes(Setting::Bell), b"\x07");
        assert_eq!(bytes(Setting::Osc9), b"\x07\x1b]9;hextop: t\x1b\\");
        let named: Setting = serde_json::from_str(r#""osc777""#).unwrap();
        assert_eq!(bytes(named), b"\x07\x1b]777;notify;hextop: t;\x1b\\");
    }
}

//! How an alert reaches the person: by what the terminal shows ([`Terminal`]), and by a program of
//! theirs ([`NotifyCommand`]), but not in [`Notifier::quiet`]. What is an alert, and how often one is
//! given, is decided elsewhere.
//!
//! The terminal's focus tells whether the person is looking; xterm's control sequences, section
//! "FocusIn/FocusOut" (<https://invisible-island.net/xterm/ctlseqs/ctlseqs.html>), define what is
//! written for that and what comes back. tmux passes it on only with `set -g focus-events on`.

mod command;
mod notifier;
mod sequence;
mod terminal;

use serde::{Deserialize, Serialize};

pub use command::{CommandFailure, EmptyCommand, NotifyCommand};
pub use notifier::Notifier;
pub use terminal::{Setting, Terminal};

/// Has the terminal report its focus: DEC private mode 1004.
pub const FOCUS_REPORTS_ON: &[u8] = b"\x1b[?1004h";
/// Has it no longer do so.
pub const FOCUS_REPORTS_OFF: &[u8] = b"\x1b[?1004l";
/// What the terminal sends when it has got the focus.
pub const FOCUS_GAINED: &[u8] = b"\x1b[I";
/// What the terminal sends when it has lost the focus.
pub const FOCUS_LOST: &[u8] = b"\x1b[O";

/// What the person is to be told. The texts may come from a server; whatever they hold, it is made
/// harmless where they are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What has happened, in a few words.
    pub title: String,
    /// More about it; may be empty.
    pub body: String,
    /// How much it matters.
    pub urgency: Urgency,
}

/// How much a notice matters. Only OSC 99 and the command tell it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Urgency {
    /// It may be missed.
    Low,
    /// It is worth a look.
    #[default]
    Normal,
    /// It should stay on the screen until it is seen.
    Critical,
}

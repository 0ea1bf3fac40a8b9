//! The clipboard, by whatever reaches it from here: a program that says whether it has taken the text, or else
//! the terminal, which says nothing.

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::child::without_token;

/// How a text gets into the clipboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// A program that reads it.
    Program(&'static str, &'static [&'static str]),
    /// The terminal, by OSC 52.
    Terminal,
    /// The same through GNU Screen, which passes on what is wrapped for it.
    Screen,
}

/// The ways from here, the best first: the last one is always possible. Programs of the desktop reach that of
/// the machine where hextop runs, so not over SSH.
pub(super) fn ways(variable: impl Fn(&str) -> Option<OsString>) -> Vec<Way> {
    let has = |name| variable(name).is_some_and(|value| !value.is_empty());
    let mut ways = Vec::new();
    if has("TMUX") {
        // tmux tells its terminal itself; what programs write it ignores by default.
        ways.push(Way::Program("tmux", &["load-buffer", "-w", "-"]));
    }
    if !has("SSH_CONNECTION") && !has("SSH_TTY") {
        if has("WAYLAND_DISPLAY") {
            ways.push(Way::Program("wl-copy", &[]));
        }
        if has("DISPLAY") {
            ways.push(Way::Program("xclip", &["-selection", "clipboard"]));
        }
        if cfg!(target_os = "macos") {
            ways.push(Way::Program("pbcopy", &[]));
        }
    }
    ways.push(if has("STY") { Way::Screen } else { Way::Terminal });
    ways
}

/// How a text gets into the clipboard from here, in words.
pub fn words(variable: impl Fn(&str) -> Option<OsString>) -> String {
    let names = ways(variable).into_iter().map(|way| match way {
        Way::Program(program, _) => program.to_owned(),
        Way::Terminal => "the terminal (OSC 52)".to_owned(),
        Way::Screen => "the terminal (OSC 52, through GNU Screen)".to_owned(),
    });
    "by ".to_owned() + &names.collect::<Vec<_>>().join(", else ")
}

impl Way {
    /// What is written to the terminal, if this is the way.
    pub(super) fn bytes(self, text: &str) -> Option<Vec<u8>> {
        let sequence = format!("\u{1b}]52;c;{}\u{7}", STANDARD.encode(text));
        match self {
            Self::Program(..) => None,
            Self::Terminal => Some(sequence.into_bytes()),
            Self::Screen => Some(format!("\u{1b}P{sequence}\u{1b}\\").into_bytes()),
        }
    }
}

/// Gives a text to a program, and waits until that has taken it, so this must not run in the loop's own thread.
///
/// # Errors
/// If the program is not there or fails.
pub(super) fn give(text: &str, program: &str, arguments: &[&str]) -> io::Result<()> {
    let mut command = Command::new(program);
    without_token(command.args(arguments));
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn()?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(text.as_bytes())?;
    }
    let status = child.wait()?;
    if status.success() { Ok(()) } else { Err(io::Error::other(format!("it ended with {status}"))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ways_with(names: &[&str]) -> Vec<Way> {
        ways(|name| names.contains(&name).then(|| OsString::from("x")))
    }

    #[cfg(not(target_os = "macos"))]
    #[test]
    fn the_nearest_program_comes_first_and_the_terminal_last() {
        let tmux = Way::Program("tmux", &["load-buffer", "-w", "-"]);
        let wayland = Way::Program("wl-copy", &[]);
        assert_eq!(ways_with(&[]), [Way::Terminal]);
        assert_eq!(ways_with(&["TMUX", "SSH_TTY", "DISPLAY"]), [tmux, Way::Terminal]);
        assert_eq!(ways_with(&["WAYLAND_DISPLAY"]), [wayland, Way::Terminal]);
        assert_eq!(ways_with(&["STY", "SSH_CONNECTION"]), [Way::Screen]);
    }

    #[test]
    fn the_terminal_is_told_in_a_sequence_that_screen_passes_on() {
        assert_eq!(Way::Terminal.bytes("run"), Some(b"\x1b]52;c;cnVu\x07".to_vec()));
        assert_eq!(Way::Screen.bytes("run"), Some(b"\x1bP\x1b]52;c;cnVu\x07\x1b\\".to_vec()));
        assert_eq!(Way::Program("x", &[]).bytes("run"), None);
    }

    #[test]
    fn a_program_that_takes_the_text_has_done_so_and_another_has_not() {
        assert!(give("run", "cat", &[]).is_ok());
        assert!(give("run", "false", &[]).is_err());
        assert!(give("run", "hextop-no-such-program", &[]).is_err());
    }
}

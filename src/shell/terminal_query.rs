//! Questions to the terminal, and to tmux, whose answers are read here and shown nowhere.

use std::io::{self, IsTerminal, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

use super::child;
use crate::clock;

/// How long the terminal's answer may take, and tmux's.
const PATIENCE: Duration = Duration::from_millis(300);
const TMUX_PATIENCE: Duration = Duration::from_secs(1);
/// Whether it has synchronized output (DECRQM of mode 2026), and then what it is (DA1), which every
/// terminal answers: so that there is something to wait for.
const QUESTION: &[u8] = b"\x1b[?2026$p\x1b[c";
/// More bytes than any answer has.
const LONGEST: usize = 256;

/// Whether the terminal has synchronized output; none if there is no terminal or it does not tell.
pub fn has_synchronized_output() -> Option<bool> {
    let (input, mut output) = (io::stdin(), io::stdout());
    if !(input.is_terminal() && output.is_terminal()) {
        return None;
    }
    let raw = Raw::begin()?;
    output.write_all(QUESTION).and_then(|()| output.flush()).ok()?;
    let until = clock::now().boot + PATIENCE;
    let mut answer = Vec::new();
    while !is_whole(&answer) && answer.len() < LONGEST {
        let left = until.saturating_sub(clock::now().boot);
        let left = Timespec::try_from(left).ok()?;
        let mut ready = [PollFd::new(&input, PollFlags::IN)];
        if !matches!(poll(&mut ready, Some(&left)), Ok(number) if number > 0) {
            break;
        }
        let mut bytes = [0; LONGEST];
        let read = rustix::io::read(&input, &mut bytes).ok().filter(|read| *read > 0)?;
        answer.extend_from_slice(bytes.get(..read)?);
    }
    drop(raw);
    mode_of(&answer)
}

/// The tmux that hextop runs in: its version, and the options that decide what reaches the terminal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tmux {
    /// As in `3.4`.
    pub version: Option<String>,
    /// Options and their values, as far as it tells them.
    pub options: Vec<(&'static str, String)>,
}

/// The options that matter.
const OPTIONS: [&str; 3] = ["focus-events", "allow-passthrough", "set-clipboard"];

/// Asks the tmux around; none where there is none.
pub async fn tmux() -> Option<Tmux> {
    std::env::var_os("TMUX").filter(|value| !value.is_empty())?;
    let names = ["version"].into_iter().chain(OPTIONS).map(|name| format!("#{{{name}}}"));
    let mut command = Command::new("tmux");
    child::without_token(command.args(["display-message", "-p"]));
    command.arg(names.collect::<Vec<_>>().join("|")).stdin(Stdio::null()).stderr(Stdio::null());
    let mut command = tokio::process::Command::from(command);
    let told = tokio::time::timeout(TMUX_PATIENCE, command.kill_on_drop(true).output()).await;
    let text = match told {
        Ok(Ok(output)) => String::from_utf8_lossy(&output.stdout).into_owned(),
        _ => String::new(),
    };
    Some(told_by_tmux(&text))
}

/// Reads `3.4|1|off|external`: flags are told as numbers, and options that it lacks as nothing.
fn told_by_tmux(text: &str) -> Tmux {
    let mut values = text.trim().split('|').map(|value| match value {
        "0" => "off".to_owned(),
        "1" => "on".to_owned(),
        value => value.to_owned(),
    });
    let version = values.next().filter(|version| !version.is_empty());
    let options = OPTIONS.into_iter().zip(values).filter(|(_, value)| !value.is_empty());
    Tmux { version, options: options.collect() }
}

/// Whether the last of the answers is there.
fn is_whole(answer: &[u8]) -> bool {
    let text = String::from_utf8_lossy(answer);
    text.rsplit("\x1b[?").next().is_some_and(|last| last != text && last.ends_with('c'))
}

/// What an answer says of the mode: 1 to 3 say that the terminal knows it.
fn mode_of(answer: &[u8]) -> Option<bool> {
    let text = String::from_utf8_lossy(answer);
    let (_, rest) = text.split_once("\x1b[?2026;")?;
    let (value, _) = rest.split_once("$y")?;
    Some(matches!(value, "1" | "2" | "3"))
}

/// The terminal without echo and without waiting for whole lines; as it was when this is dropped.
struct Raw(Termios);

impl Raw {
    fn begin() -> Option<Self> {
        let input = io::stdin();
        let before = tcgetattr(&input).ok()?;
        let mut raw = before.clone();
        raw.local_modes.remove(LocalModes::ECHO | LocalModes::ICANON);
        tcsetattr(&input, OptionalActions::Now, &raw).ok()?;
        Some(Self(before))
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        // What comes late is thrown away.
        let _ = tcsetattr(io::stdin(), OptionalActions::Flush, &self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tmux_tells_flags_as_numbers_and_nothing_of_what_it_lacks() {
        let told = told_by_tmux("3.4|1|off|external\n");
        let options =
            [("focus-events", "on"), ("allow-passthrough", "off"), ("set-clipboard", "external")];
        assert_eq!(told.version.as_deref(), Some("3.4"));
        assert_eq!(told.options, options.map(|(name, value)| (name, value.to_owned())));
        assert_eq!(told_by_tmux("2.9|0||on").options.len(), 2);
        assert_eq!(told_by_tmux(""), Tmux::default());
    }

    #[test]
    fn an_answer_is_whole_with_what_every_terminal_tells_and_may_lack_the_other() {
        for (answer, whole, mode) in [
            ("", false, None),
            ("\x1b[?2026;2$y", false, Some(true)),
            ("\x1b[?2026;2$y\x1b[?62;22c", true, Some(true)),
            ("\x1b[?2026;0$y\x1b[?6c", true, Some(false)),
            ("\x1b[?2026;4$y\x1b[?6c", true, Some(false)),
            ("\x1b[?62;c", true, None),
            ("c", false, None),
        ] {
            let bytes = answer.as_bytes();
            assert_eq!((is_whole(bytes), mode_of(bytes)), (whole, mode), "{answer:?}");
        }
    }
}

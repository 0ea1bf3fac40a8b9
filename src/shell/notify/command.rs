//! A program of the person's that is told of an alert: JSON on its standard input.
//!
//! It is started without a shell, without the token, and in a process group of its own, so that it
//! gets none of the terminal's signals and cannot read the person's keys.

use std::fmt;
use std::io;
use std::pin::pin;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, ChildStderr, ChildStdin, Command};
use tokio::time::timeout;

use crate::domain::text::cut;
use crate::shell::child::{end, without_token};
use crate::shell::outgoing;

/// How long the program may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long is waited for what comes right after the program's end.
const SHORTLY: Duration = Duration::from_millis(200);
/// How much is kept of what the program says on its standard error, in bytes.
const KEPT: usize = 4 * 1024;
/// How much of that is shown, and of the program's name, in characters.
const SHOWN: usize = 200;

/// The program and its arguments.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<String>")]
pub struct NotifyCommand {
    program: String,
    arguments: Vec<String>,
}

/// There is no program in a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EmptyCommand;

impl fmt::Display for EmptyCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "notify_command names no program: write it as [\"program\", \"argument\"], or leave it out",
        )
    }
}

impl std::error::Error for EmptyCommand {}

impl TryFrom<Vec<String>> for NotifyCommand {
    type Error = EmptyCommand;

    fn try_from(mut words: Vec<String>) -> Result<Self, EmptyCommand> {
        if words.first().is_none_or(String::is_empty) {
            return Err(EmptyCommand);
        }
        let arguments = words.split_off(1);
        Ok(Self { program: words.concat(), arguments })
    }
}

/// Why the program may not have told anybody.
#[derive(Debug)]
pub struct CommandFailure {
    program: String,
    reason: Reason,
}

#[derive(Debug)]
enum Reason {
    NotStarted(io::Error),
    TooLong(Duration, String),
    NotWatched(io::Error),
    Ended(ExitStatus, String),
}

impl fmt::Display for CommandFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = |line: &str| if line.is_empty() { String::new() } else { format!(": {line}") };
        write!(f, "notify_command: {} ", cut(&self.program, SHOWN))?;
        match &self.reason {
            Reason::NotStarted(error) => {
                write!(f, "cannot be started ({error}); check its name, or give its whole path")
            }
            Reason::TooLong(limit, line) => write!(
                f,
                "was ended because it took longer than {} s{}; have it leave what takes long to \
                 another program",
                limit.as_secs(),
                said(line)
            ),
            Reason::NotWatched(error) => {
                write!(f, "may not have ended well ({error}); run it by hand to see")
            }
            Reason::Ended(status, line) => {
                write!(f, "ended with {status}{}; run it by hand to see more", said(line))
            }
        }
    }
}

impl std::error::Error for CommandFailure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.reason {
            Reason::NotStarted(error) | Reason::NotWatched(error) => Some(error),
            Reason::TooLong(..) | Reason::Ended(..) => None,
        }
    }
}

impl NotifyCommand {
    /// Runs the program with this JSON, in one line, and waits until it has ended, ten seconds at
    /// most; then it is ended with all that it has started. If this is dropped, the program is ended.
    ///
    /// # Errors
    /// If it cannot be started, takes longer, or fails.
    pub async fn run(&self, alert: &Value) -> Result<(), CommandFailure> {
        self.run_within(PATIENCE, alert).await
    }

    async fn run_within(&self, limit: Duration, alert: &Value) -> Result<(), CommandFailure> {
        let fail = |reason| CommandFailure { program: self.program.clone(), reason };
        let json = format!("{}\n", outgoing::clean_json(&alert.to_string()));
        let started = self.command().spawn();
        let mut child = started.map_err(|error| fail(Reason::NotStarted(error)))?;
        let mut said = Vec::new();
        let ended = timeout(limit, attend(&mut child, &json, &mut said)).await;
        match ended {
            Ok(Ok(status)) if status.success() => Ok(()),
            Ok(Ok(status)) => Err(fail(Reason::Ended(status, first_line(&said)))),
            Ok(Err(error)) => Err(fail(Reason::NotWatched(error))),
            Err(_) => {
                // Before it is waited for: until then nobody else can have its number.
                end(child.id());
                let _ = timeout(SHORTLY, child.wait()).await;
                Err(fail(Reason::TooLong(limit, first_line(&said))))
            }
        }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        without_token(command.as_std_mut());
        command.args(&self.arguments).process_group(0).kill_on_drop(true);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        command
    }
}

/// Gives the program its input, hears what it says, and waits for its end. Something that it has
/// started and left behind may hold both open, and is not waited for.
async fn attend(child: &mut Child, json: &str, said: &mut Vec<u8>) -> io::Result<ExitStatus> {
    let (input, errors) = (child.stdin.take(), child.stderr.take());
    let mut talk = pin!(async { tokio::join!(give(input, json), hear(errors, said)) });
    let status = tokio::select! {
        _ = &mut talk => return child.wait().await,
        status = child.wait() => status,
    };
    let _ = timeout(SHORTLY, talk).await;
    status
}

/// A program need not read what it is told.
async fn give(input: Option<ChildStdin>, json: &str) {
    if let Some(mut input) = input {
        let _ = input.write_all(json.as_bytes()).await;
    }
}

/// Reads everything, so that the program does not wait for it, and keeps the beginning.
async fn hear(errors: Option<ChildStderr>, said: &mut Vec<u8>) {
    let Some(mut errors) = errors else { return };
    let mut part = Vec::with_capacity(KEPT);
    while errors.read_buf(&mut part).await.is_ok_and(|length| length > 0) {
        said.extend(part.drain(..).take(KEPT.saturating_sub(said.len())));
    }
}

/// The first line that is not empty, as it can be shown.
fn first_line(said: &[u8]) -> String {
    let said = String::from_utf8_lossy(said);
    let line = said.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    cut(&outgoing::clean(line), SHOWN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn sh(script: &str) -> NotifyCommand {
        let words = ["sh", "-c", script].map(str::to_owned).to_vec();
        NotifyCommand::try_from(words).unwrap()
    }

    async fn failure(script: &str, limit: Duration) -> String {
        let failure = sh(script).run_within(limit, &json!({"title": "t"})).await.unwrap_err();
        failure.to_string()
    }

    #[tokio::test]
    async fn the_program_gets_the_alert_as_one_line_of_json() {
        let alert = json!({"title": "2 runs failed", "runs": [{"status": "ERRORED"}]});
        let failure = sh("cat >&2; exit 3").run(&alert).await.unwrap_err().to_string();
        assert_eq!(
            failure,
            format!(
                "notify_command: sh ended with exit status: 3: {alert}; run it by hand to see more"
            )
        );
    }

    #[tokio::test]
    async fn a_program_that_ends_well_has_done_so_whatever_it_reads_says_or_leaves_behind() {
        let long = json!({"body": "x".repeat(1_000_000)});
        for script in [
            "cat >/dev/null",
            "exec <&-; exit 0",
            "head -c 1000000 /dev/zero >&2; cat >/dev/null",
            "head -c 1000000 /dev/zero; cat >/dev/null",
            "sleep 30 & exit 0",
        ] {
            let run = sh(script).run(&long).await;
            assert!(run.is_ok(), "{script}: {run:?}");
        }
    }

    #[tokio::test]
    async fn a_program_that_fails_is_told_with_the_first_line_of_what_it_says() {
        let failure =
            failure("echo >&2; printf 'no\\033[2J route\\nmore\\n' >&2; exit 1", PATIENCE);
        assert_eq!(
            failure.await,
            "notify_command: sh ended with exit status: 1: no·[2J route; run it by hand to see more"
        );
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_program_that_hangs_is_ended_with_what_it_has_started() {
        let failure = failure("sleep 60 & echo $! >&2; wait", Duration::from_secs(2)).await;
        let rest =
            failure.strip_prefix("notify_command: sh was ended because it took longer than 2 s: ");
        let number = rest.unwrap().split(';').next().unwrap();
        let is_alive = || {
            let stat = std::fs::read_to_string(format!("/proc/{number}/stat")).unwrap_or_default();
            stat.rsplit(") ").next().is_some_and(|rest| !rest.is_empty() && !rest.starts_with('Z'))
        };
        for _ in 0..40 {
            if !is_alive() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{number} is still there");
    }

    #[tokio::test]
    async fn a_program_that_is_not_there_is_named() {
        let words = vec!["hextop-no-such-program".to_owned()];
        let failure = NotifyCommand::try_from(words).unwrap().run(&json!({})).await.unwrap_err();
        assert_eq!(
            failure.to_string(),
            "notify_command: hextop-no-such-program cannot be started (No such file or directory \
             (os error 2)); check its name, or give its whole path"
        );
    }

    #[test]
    fn a_command_needs_a_program_and_does_not_get_the_token() {
        let read = serde_json::from_str::<NotifyCommand>;
        assert!(read("[]").is_err() && read(r#"["", "x"]"#).is_err());
        let command = read(r#"["notify-send", "a b"]"#).unwrap().command();
        let command = command.as_std();
        assert_eq!(command.get_program(), "notify-send");
        assert_eq!(command.get_args().collect::<Vec<_>>(), ["a b"]);
        let mut removed = command.get_envs().filter(|(_, value)| value.is_none());
        assert!(removed.any(|(name, _)| name == "HEX_API_TOKEN"));
    }
}

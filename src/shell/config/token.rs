//! Where the token is kept, and reading it from there.

use std::ffi::OsString;
use std::io::Read as _;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use tokio::io::AsyncReadExt;

use super::ConfigError;
use crate::api::token::{Token, Wrapping};
use crate::domain::text::without_mark;
use crate::shell::child::{end, without_token};

/// How long the command may take at the start, where it may ask the person something, and when the
/// token is read anew, where nobody can answer it.
const PATIENCE_AT_START: Duration = Duration::from_mins(1);
const PATIENCE: Duration = Duration::from_secs(10);
/// The most that it may print, in bytes.
const LARGEST: u64 = 64 * 1024;

/// Where the token is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenSource {
    /// In this variable of the environment, which does not change while the program runs.
    Environment(String),
    /// In this file, which nobody else may read.
    File(PathBuf),
    /// This command prints it.
    Command(Vec<OsString>),
    /// Nowhere: it is the simulated workspace's.
    Simulated,
}

impl TokenSource {
    /// Reads the token. The command may ask the person something, on the terminal and not by its
    /// input, and is ended if it takes longer than a minute.
    ///
    /// # Errors
    /// If there is nothing usable.
    pub fn read(&self) -> Result<Token, ConfigError> {
        self.read_noted().map(|(token, _)| token)
    }

    /// The same, with a sentence where something stands around the token that is no part of it.
    ///
    /// # Errors
    /// If there is nothing usable.
    pub fn read_noted(&self) -> Result<(Token, Option<String>), ConfigError> {
        match self {
            Self::Environment(name) => {
                let text = std::env::var(name).unwrap_or_default();
                let (token, wrapping) = token(name, &text)?;
                Ok((token, wrapping.map(|wrapping| noted(name, wrapping))))
            }
            Self::File(file) => {
                let text = read_secret(file);
                let text = text.map_err(|why| ConfigError::TokenFile(file.clone(), why))?;
                let (token, wrapping) = token("token_file", &text)?;
                // Nearly every editor ends a file with a line break.
                let wrapping = wrapping.filter(|wrapping| *wrapping != Wrapping::LineBreak);
                Ok((token, wrapping.map(|wrapping| noted(&file.display().to_string(), wrapping))))
            }
            Self::Command(words) => {
                let words = words.clone();
                // The caller may be in a runtime, which must not be entered twice.
                let read = std::thread::spawn(move || {
                    let mut runtime = tokio::runtime::Builder::new_current_thread();
                    let runtime = runtime.enable_all().build();
                    let runtime = runtime.map_err(|error| failed("its thread", &error))?;
                    runtime.block_on(print(&words, PATIENCE_AT_START, Asks::ThePerson))
                });
                let read = read.join().unwrap_or_else(|_| Err(failed("its thread", &"it failed")));
                read.map(|token| (token, None))
            }
            Self::Simulated => Err(ConfigError::NoToken),
        }
    }

    /// Whether the file can be used, if there is one; a command is not run.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        match self {
            Self::File(_) => self.read().map(|_| ()),
            _ => Ok(()),
        }
    }

    /// By what a change of the file is known; none where there is no file, or it cannot be looked at.
    pub fn stamp(&self) -> Option<Stamp> {
        let Self::File(file) = self else { return None };
        let meta = std::fs::metadata(file).ok()?;
        Some(Stamp([meta.dev(), meta.ino(), meta.size()], [meta.mtime(), meta.mtime_nsec()]))
    }

    /// Reads the token while the program has the terminal: the command can ask nobody, and is
    /// ended if it takes longer than ten seconds. None where the token cannot have changed.
    ///
    /// # Errors
    /// If there is nothing usable.
    pub async fn read_anew(&self) -> Result<Option<Token>, ConfigError> {
        match self {
            Self::Environment(_) | Self::Simulated => Ok(None),
            Self::File(file) => {
                let (source, place) = (self.clone(), file.clone());
                let read = tokio::task::spawn_blocking(move || source.read()).await;
                read.map_err(|error| ConfigError::TokenFile(place, error.to_string()))?.map(Some)
            }
            Self::Command(words) => print(words, PATIENCE, Asks::Nobody).await.map(Some),
        }
    }
}

/// Whom the command may ask something, by way of the terminal.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asks {
    ThePerson,
    Nobody,
}

/// What a file's metadata say of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp([u64; 3], [i64; 2]);

fn token(place: &str, text: &str) -> Result<(Token, Option<Wrapping>), ConfigError> {
    Token::unwrap_from(text).map_err(|error| ConfigError::Token(place.to_owned(), error))
}

/// That something stands around the token, which is sent without it.
fn noted(place: &str, wrapping: Wrapping) -> String {
    format!("the token in {place} has {}, which is not sent: take it out", wrapping.words())
}

/// Reads what the command prints. Its input is empty: what hextop's own holds is not meant for it.
async fn print(words: &[OsString], patience: Duration, asks: Asks) -> Result<Token, ConfigError> {
    let (program, arguments) = words.split_first().ok_or(ConfigError::NoToken)?;
    let name = program.to_string_lossy();
    let mut command = Command::new(program);
    without_token(command.args(arguments));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(match asks {
        Asks::ThePerson => Stdio::inherit(),
        Asks::Nobody => Stdio::null(),
    });
    if asks == Asks::Nobody {
        // In the background of the terminal it cannot read the person's keys.
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
    }
    let mut command = tokio::process::Command::from(command);
    let mut child = command.kill_on_drop(true).spawn().map_err(|error| failed(&name, &error))?;
    let group = child.id().filter(|_| asks == Asks::Nobody);
    let printed = tokio::time::timeout(patience, output(&mut child)).await;
    let text = match printed {
        Ok(Ok(text)) => return token("token_command", &text).map(|(token, _)| token),
        Ok(Err(reason)) => reason,
        Err(_) => format!("takes too long: it was ended after {} s", patience.as_secs()),
    };
    end(group);
    Err(ConfigError::TokenCommand(format!("{name} {text}")))
}

/// What a program prints until it ends, or why that is no token.
async fn output(child: &mut tokio::process::Child) -> Result<String, String> {
    let mut bytes = Vec::new();
    if let Some(stdout) = child.stdout.take() {
        let read = stdout.take(LARGEST + 1).read_to_end(&mut bytes).await;
        read.map_err(|error| format!("cannot be read: {error}"))?;
    }
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > LARGEST {
        return Err(format!(
            "prints more than {} KiB: it must print the token alone",
            LARGEST >> 10
        ));
    }
    let status = child.wait().await.map_err(|error| format!("failed: {error}"))?;
    if !status.success() {
        return Err(format!("ended with {status}"));
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn failed(program: &str, reason: &impl ToString) -> ConfigError {
    ConfigError::TokenCommand(format!("{program}: {}", reason.to_string()))
}

/// Reads a file that nobody else may read; gives what is wrong with it if it cannot be used.
pub(super) fn read_secret(file: &Path) -> Result<String, String> {
    let failed = |error: std::io::Error| error.to_string();
    // A pipe would be waited for.
    if !std::fs::metadata(file).map_err(failed)?.is_file() {
        return Err("it is no file".to_owned());
    }
    let opened = std::fs::File::open(file).map_err(failed)?;
    let meta = opened.metadata().map_err(failed)?;
    if meta.permissions().mode() & 0o077 != 0 {
        return Err(format!("others may read it; run: chmod 600 {}", file.display()));
    }
    let mut text = String::new();
    opened.take(LARGEST).read_to_string(&mut text).map_err(failed)?;
    Ok(without_mark(&text).to_owned())
}

#[cfg(test)]
mod tests {
    use rustix::process::Pid;

    use super::super::TOKEN_VARIABLE;
    use super::*;

    #[test]
    fn a_token_that_others_may_read_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "hxtp_1234\n").unwrap();
        let mode = |mode| std::fs::set_permissions(file.path(), PermissionsExt::from_mode(mode));
        mode(0o644).unwrap();
        let refusal = read_secret(file.path()).unwrap_err();
        assert!(refusal.contains("chmod 600"), "{refusal}");
        mode(0o600).unwrap();
        assert_eq!(read_secret(file.path()).unwrap(), "hxtp_1234\n");
        std::fs::write(file.path(), "\u{feff}hxtp_1234\n").unwrap();
        assert_eq!(read_secret(file.path()).unwrap(), "hxtp_1234\n", "without a byte order mark");
    }

    #[test]
    fn what_stands_around_the_token_of_a_file_is_told_but_for_the_last_line_break() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("token");
        let source = TokenSource::File(file.clone());
        let noted = |text: &str| {
            std::fs::write(&file, text).unwrap();
            std::fs::set_permissions(&file, PermissionsExt::from_mode(0o600)).unwrap();
            source.read_noted().unwrap().1
        };
        assert_eq!((noted("hxtp_12"), noted("hxtp_12\n")), (None, None));
        let note = noted("\"hxtp_12\"\n").unwrap();
        assert!(note.contains("quotation marks") && !note.contains("hxtp_12"), "{note}");
        assert!(noted(" hxtp_12\n").unwrap().contains("white space around it"));
    }

    #[test]
    fn another_file_in_its_place_or_other_text_in_it_is_a_change() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("token");
        let source = TokenSource::File(file.clone());
        assert_eq!(source.stamp(), None);
        std::fs::write(&file, "hxtp_12").unwrap();
        let first = source.stamp();
        assert_eq!(source.stamp(), first);
        std::fs::write(&file, "hxtp_123").unwrap();
        let longer = source.stamp();
        std::fs::write(dir.path().join("new"), "hxtp_124").unwrap();
        std::fs::rename(dir.path().join("new"), &file).unwrap();
        assert!(first.is_some() && longer != first && source.stamp() != longer);
        assert_eq!(TokenSource::Environment(TOKEN_VARIABLE.to_owned()).stamp(), None);
    }

    #[tokio::test]
    async fn a_token_is_read_anew_from_where_it_may_have_changed() {
        let digest = |read: Result<Option<Token>, ConfigError>| read.unwrap().unwrap().digest();
        let expected = Token::new("hxtp_2").unwrap().digest();
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "hxtp_2\n").unwrap();
        let kept = TokenSource::File(file.path().to_owned());
        assert_eq!(digest(kept.read_anew().await), expected);
        let sh =
            |script: &str| TokenSource::Command(["sh", "-c", script].map(OsString::from).to_vec());
        assert_eq!(digest(sh("echo hxtp_2").read_anew().await), expected);
        let failed = sh("echo asked >&2; exit 3").read_anew().await.unwrap_err().to_string();
        assert!(failed.contains("sh ended with exit status: 3"), "{failed}");
        let asks = sh("read answer && echo hxtp_2").read_anew().await;
        assert!(asks.is_err(), "nobody can answer it");
        assert!(
            TokenSource::Environment(TOKEN_VARIABLE.to_owned())
                .read_anew()
                .await
                .unwrap()
                .is_none()
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_command_that_never_ends_is_given_up() {
        let words = ["sh", "-c", "exec sleep 1000"].map(OsString::from).to_vec();
        let late = TokenSource::Command(words).read_anew().await.unwrap_err().to_string();
        assert!(late.contains("takes too long"), "{late}");
    }

    #[tokio::test]
    async fn what_prints_without_end_is_ended_and_what_it_has_started_with_it() {
        let dir = tempfile::tempdir().unwrap();
        let number = dir.path().join("number");
        let script = format!("sleep 1000 & echo $! >{}; exec yes", number.display());
        let words = ["sh", "-c", &script].map(OsString::from).to_vec();
        let endless = TokenSource::Command(words).read_anew().await.unwrap_err().to_string();
        assert!(endless.contains("prints more than 64 KiB"), "{endless}");
        let number = std::fs::read_to_string(number).unwrap().trim().parse().unwrap();
        let started = Pid::from_raw(number).unwrap();
        let is_gone = || rustix::process::test_kill_process(started).is_err() || is_dead(number);
        for _ in 0..1_000_000 {
            if is_gone() {
                break;
            }
            tokio::task::yield_now().await;
        }
        assert!(is_gone(), "{number} goes on");
    }

    /// Whether a process has ended and only waits for whoever has started it.
    fn is_dead(number: i32) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{number}/stat")).unwrap_or_default();
        stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('Z'))
    }
}

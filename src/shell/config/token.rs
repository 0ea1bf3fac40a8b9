//! Where the token is kept, and reading it from there.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use super::{ConfigError, TOKEN_VARIABLE};
use crate::api::token::Token;
use crate::domain::text::without_mark;

/// How long the command may take when the token is read anew. Nobody can answer it then.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where the token is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenSource {
    /// In the environment, which does not change while the program runs.
    Environment,
    /// In this file, which nobody else may read.
    File(PathBuf),
    /// This command prints it.
    Command(Vec<String>),
    /// Nowhere: it is the simulated workspace's.
    Simulated,
}

impl TokenSource {
    /// Reads the token. The command may ask the person something.
    ///
    /// # Errors
    /// If there is nothing usable.
    pub fn read(&self) -> Result<Token, ConfigError> {
        match self {
            Self::Environment => {
                token(TOKEN_VARIABLE, &std::env::var(TOKEN_VARIABLE).unwrap_or_default())
            }
            Self::File(file) => token("token_file", &read_secret(file)?),
            Self::Command(words) => {
                let (name, mut command) = command(words)?;
                command.stdin(Stdio::inherit()).stderr(Stdio::inherit());
                let output = command.output().map_err(|error| failed(&name, &error))?;
                printed(&name, &output)
            }
            Self::Simulated => Err(ConfigError::NoToken),
        }
    }

    /// Reads the token while the program has the terminal: the command can ask nobody, and is
    /// ended if it takes longer than ten seconds. None where the token cannot have changed.
    ///
    /// # Errors
    /// If there is nothing usable.
    pub async fn read_anew(&self) -> Result<Option<Token>, ConfigError> {
        match self {
            Self::Environment | Self::Simulated => Ok(None),
            Self::File(file) => {
                let (source, place) = (self.clone(), file.clone());
                let read = tokio::task::spawn_blocking(move || source.read()).await;
                read.map_err(|error| ConfigError::TokenFile(place, error.to_string()))?.map(Some)
            }
            Self::Command(words) => {
                let (name, mut command) = command(words)?;
                command.stdin(Stdio::null()).stderr(Stdio::null());
                // In the background of the terminal it cannot read the person's keys.
                #[cfg(unix)]
                std::os::unix::process::CommandExt::process_group(&mut command, 0);
                let mut command = tokio::process::Command::from(command);
                let output = tokio::time::timeout(PATIENCE, command.kill_on_drop(true).output());
                let late = || ConfigError::TokenCommand(format!("{name} takes too long"));
                let output = output.await.map_err(|_| late())?;
                printed(&name, &output.map_err(|error| failed(&name, &error))?).map(Some)
            }
        }
    }
}

fn token(place: &'static str, text: &str) -> Result<Token, ConfigError> {
    Token::new(text).map_err(|error| ConfigError::Token(place, error))
}

fn command(words: &[String]) -> Result<(String, Command), ConfigError> {
    let (program, arguments) = words.split_first().ok_or(ConfigError::NoToken)?;
    let mut command = Command::new(program);
    command.args(arguments);
    Ok((program.clone(), command))
}

fn failed(program: &str, reason: &impl ToString) -> ConfigError {
    ConfigError::TokenCommand(format!("{program}: {}", reason.to_string()))
}

fn printed(program: &str, output: &Output) -> Result<Token, ConfigError> {
    if !output.status.success() {
        return Err(failed(program, &output.status));
    }
    token("token_command", &String::from_utf8_lossy(&output.stdout))
}

/// Reads a file that nobody else may read.
fn read_secret(file: &Path) -> Result<String, ConfigError> {
    let fail = |reason: String| ConfigError::TokenFile(file.to_owned(), reason);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let meta = std::fs::metadata(file).map_err(|error| fail(error.to_string()))?;
        if meta.permissions().mode() & 0o077 != 0 {
            let hint = format!("others may read it; run: chmod 600 {}", file.display());
            return Err(fail(hint));
        }
    }
    let text = std::fs::read_to_string(file).map_err(|error| fail(error.to_string()))?;
    Ok(without_mark(&text).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_token_that_others_may_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "hxtp_1234\n").unwrap();
        let mode = |mode| std::fs::set_permissions(file.path(), PermissionsExt::from_mode(mode));
        mode(0o644).unwrap();
        let refusal = read_secret(file.path()).unwrap_err().to_string();
        assert!(refusal.contains("chmod 600"), "{refusal}");
        mode(0o600).unwrap();
        assert_eq!(read_secret(file.path()).unwrap(), "hxtp_1234\n");
        std::fs::write(file.path(), "\u{feff}hxtp_1234\n").unwrap();
        assert_eq!(read_secret(file.path()).unwrap(), "hxtp_1234\n", "without a byte order mark");
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
            |script: &str| TokenSource::Command(["sh", "-c", script].map(str::to_owned).to_vec());
        assert_eq!(digest(sh("echo hxtp_2").read_anew().await), expected);
        let failed = sh("echo asked >&2; exit 3").read_anew().await.unwrap_err().to_string();
        assert!(failed.contains("sh: exit status: 3"), "{failed}");
        let asks = sh("read answer && echo hxtp_2").read_anew().await;
        assert!(asks.is_err(), "nobody can answer it");
        assert!(TokenSource::Environment.read_anew().await.unwrap().is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_command_that_never_ends_is_given_up() {
        let words = ["sh", "-c", "exec sleep 1000"].map(str::to_owned).to_vec();
        let late = TokenSource::Command(words).read_anew().await.unwrap_err().to_string();
        assert!(late.contains("takes too long"), "{late}");
    }
}

//! The environment of programs that hextop starts: they do not get the token.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use rustix::process::{Pid, Signal, kill_process_group};

use super::config::TOKEN_VARIABLE;
use super::outgoing;

/// How Hex's tokens begin, but for old ones.
const PREFIXES: [&str; 2] = ["hxtp_", "hxtw_"];

/// Takes the token out of what a program inherits: the variable that hextop reads it from, and
/// every other one that holds a token or a secret input which is in use, or what looks like a token.
pub(super) fn without_token(command: &mut Command) -> &mut Command {
    for name in NAMED.lock().unwrap_or_else(PoisonError::into_inner).iter() {
        command.env_remove(name);
    }
    remove_tokens(command, std::env::vars_os(), |value| outgoing::clean(value) != value)
}

/// Variables that hold tokens of workspaces, by the settings.
static NAMED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Has programs that are started from now on not inherit this variable: the settings say that a token is in it.
pub(super) fn keep_from_children(variable: &str) {
    NAMED.lock().unwrap_or_else(PoisonError::into_inner).insert(variable.to_owned());
}

fn remove_tokens(
    command: &mut Command,
    variables: impl IntoIterator<Item = (OsString, OsString)>,
    is_secret: impl Fn(&str) -> bool,
) -> &mut Command {
    let variables: Vec<_> = variables.into_iter().collect();
    let own = variables.iter().find(|(name, _)| name == TOKEN_VARIABLE);
    let token = own.and_then(|(_, value)| value.to_str()).map(str::trim).unwrap_or_default();
    let holds_token = |value: &OsStr| {
        let value = value.to_string_lossy();
        !token.is_empty() && value.contains(token)
            || is_secret(&value)
            || PREFIXES.iter().any(|prefix| value.contains(prefix))
    };
    command.env_remove(TOKEN_VARIABLE);
    for (name, _) in variables.iter().filter(|(_, value)| holds_token(value)) {
        command.env_remove(name);
    }
    command
}

/// Ends a program's process group, and so all that it has started.
pub(super) fn end(group: Option<u32>) {
    let group = group.and_then(|group| i32::try_from(group).ok()).and_then(Pid::from_raw);
    if let Some(group) = group {
        // It may have ended by itself.
        let _ = kill_process_group(group, Signal::KILL);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_variable_that_holds_a_token_is_inherited() {
        let variables = [
            ("HEX_API_TOKEN", " 0123456789abcdef0123\n"),
            ("HEADER", "Bearer 0123456789abcdef0123"),
            ("OTHER", "hxtw_aa"),
            ("CURL_ARGS", "-H 'Authorization: Bearer hxtp_bb'"),
            ("FROM_FILE", "used by this process"),
            ("EDITOR", "vi"),
        ];
        let removed = |variables: &[(&str, &str)]| -> Vec<String> {
            let mut command = Command::new("true");
            let variables = variables.iter().map(|(name, value)| (name.into(), value.into()));
            remove_tokens(&mut command, variables, |value| value.contains("used by this"));
            let removed = command.get_envs().filter(|(_, value)| value.is_none());
            removed.map(|(name, _)| name.to_str().unwrap().to_owned()).collect()
        };
        assert_eq!(
            removed(&variables),
            ["CURL_ARGS", "FROM_FILE", "HEADER", "HEX_API_TOKEN", "OTHER"]
        );
        let empty = [("HEX_API_TOKEN", ""), ("EDITOR", "vi")];
        assert_eq!(removed(&empty), ["HEX_API_TOKEN"]);
    }
}

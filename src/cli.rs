//! Arguments and subcommands: the only layer that knows them all.

mod cmd;
mod dashboard;
mod output;
mod patience;
mod probe;
mod profiles;
mod progress;
mod reading;
mod run_rows;
mod search;
mod settings_args;
mod svg;
mod table;
pub mod test_app;
mod when;
mod workspace;

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::error::{ContextKind, ContextValue};
use clap::{CommandFactory, Parser};
use color_eyre::config::{HookBuilder, Theme};
use color_eyre::eyre::Result;
use jiff::SignedDuration;

use crate::domain::text::harmless_json as harmless;
use crate::shell::config::{self, BASE_URL_VARIABLE, TOKEN_VARIABLE, without_tokens};
use crate::shell::{core_dumps, outgoing, terminal};
use cmd::Command;
use dashboard::DashboardArgs;

/// Exit code for wrong arguments or settings.
pub const USAGE: u8 = 2;
/// Exit code for a missing or refused token.
pub const AUTH: u8 = 3;
/// Exit code where Hex cannot be reached, or lets nothing through.
pub const NETWORK: u8 = 4;
/// Exit code where a run failed, or a part of what was wanted.
pub const FAILED: u8 = 1;
/// Exit code for what is not there.
pub const NOT_FOUND: u8 = 5;
/// Exit code where nobody knows whether a run was started.
pub const UNCONFIRMED: u8 = 6;

/// Watch the runs of Hex projects live, stop a runaway run in seconds, and start runs with the
/// right parameters, within Hex's rate limit.
#[derive(Debug, Parser)]
#[command(
    name = "hextop",
    version,
    after_help = after_help(),
    args_conflicts_with_subcommands = true,
    disable_help_subcommand = true
)]
struct Args {
    /// Draw and print without colours, as `NO_COLOR` does
    #[arg(long, global = true)]
    no_color: bool,
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    dashboard: DashboardArgs,
}

/// All arguments and subcommands, as clap knows them.
fn command() -> clap::Command {
    Args::command()
}

fn after_help() -> String {
    format!(
        "Settings: {}\nLog:      {}\nToken:    {TOKEN_VARIABLE}, or token_file or token_command in \
         the settings\nAddress:  --base-url, {BASE_URL_VARIABLE}, or base_url in the settings\nHelp:     hextop help TOPIC; hextop help lists the topics",
        shown(config::default_file()),
        shown(config::state_dir().ok().map(|dir| dir.join("hextop.log"))),
    )
}

fn shown(path: Option<PathBuf>) -> String {
    path.map_or_else(
        || "none, as no home directory is known".to_owned(),
        |p| p.display().to_string(),
    )
}

/// Runs the program.
///
/// # Errors
/// Whatever cannot be said more plainly; the terminal is restored before it is printed.
pub fn main() -> Result<ExitCode> {
    core_dumps::disable();
    reports(colours(io::stderr().is_terminal(), |name| std::env::var(name).ok())).install()?;
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if terminal::give_back() {
            report(panic);
        } else {
            // A terminal that takes nothing would keep the program from ending.
            tracing::error!(%panic, "a part of hextop has failed");
        }
    }));
    let arguments = options_behind(&command(), std::env::args_os().collect());
    let args = match Args::try_parse_from(arguments) {
        Ok(args) => args,
        Err(error) if error.use_stderr() => harmless_suggestions(error).exit(),
        // The help or the version, which go to standard output.
        Err(error) => {
            let printed = error.print().and_then(|()| io::stdout().flush());
            return Ok(ExitCode::from(written(printed)));
        }
    };
    if args.no_color {
        terminal::without_colours();
    }
    let ended = match args.command {
        None => dashboard::run(&args.dashboard),
        Some(command) => command.run(),
    };
    ended.or_else(|error| match error.downcast_ref::<Usage>() {
        Some(_) => {
            let causes: Vec<_> = error.chain().skip(1).map(ToString::to_string).collect();
            Ok(complain(&causes.join(": "), USAGE))
        }
        None => Err(error),
    })
}

/// Options that may also stand before a subcommand, and whether a value follows.
const ANYWHERE: [(&str, bool); 5] = [
    ("--no-color", false),
    ("--demo", false),
    ("--config", true),
    ("--profile", true),
    ("--base-url", true),
];

/// The arguments with such options moved behind the subcommand that follows them: clap lets no option
/// stand before one where the dashboard's own must not.
fn options_behind(known: &clap::Command, mut arguments: Vec<OsString>) -> Vec<OsString> {
    let text = |at: usize| arguments.get(at).and_then(|argument| argument.to_str());
    let mut end = 1;
    while let Some(argument) = text(end) {
        let name = argument.split_once('=').map_or(argument, |(name, _)| name);
        let Some((_, has_value)) = ANYWHERE.iter().find(|(known, _)| *known == name) else { break };
        end += if *has_value && name == argument { 2 } else { 1 };
    }
    let (mut behind, mut parent) = (end, known);
    while let Some(child) = text(behind).and_then(|name| parent.find_subcommand(name)) {
        (behind, parent) = (behind + 1, child);
    }
    if behind > end {
        let options: Vec<_> = arguments.drain(1..end).collect();
        let behind = behind - options.len();
        arguments.splice(behind..behind, options);
    }
    arguments
}

/// The subcommands that start or end runs.
const ACTING: [&str; 4] = ["run", "rerun", "cancel", "guard"];

/// The error without the suggestion of a subcommand that would start or end something: what is run
/// without another look at it must do no harm.
fn harmless_suggestions(mut error: clap::Error) -> clap::Error {
    let suggested = match error.remove(ContextKind::SuggestedSubcommand) {
        Some(ContextValue::String(name)) => vec![name],
        Some(ContextValue::Strings(names)) => names,
        _ => return error,
    };
    let is_harmless = |name: &String| !ACTING.contains(&name.as_str());
    let harmless: Vec<_> = suggested.into_iter().filter(is_harmless).collect();
    if !harmless.is_empty() {
        error.insert(ContextKind::SuggestedSubcommand, ContextValue::Strings(harmless));
    }
    error
}

/// How errors and panics are reported on standard error: as the terminal can show them.
fn reports(colours: bool) -> HookBuilder {
    let hooks = HookBuilder::default();
    if colours { hooks } else { hooks.theme(Theme::new()) }
}

/// Whether colours are shown: on a terminal that has them, or anywhere if `CLICOLOR_FORCE` says so, and
/// nowhere if `NO_COLOR` does.
fn colours(is_terminal: bool, variable: impl Fn(&str) -> Option<String>) -> bool {
    let is_set = |name| variable(name).is_some_and(|value| !value.is_empty());
    let is_forced = variable("CLICOLOR_FORCE").is_some_and(|value| !["", "0"].contains(&&*value));
    let is_fit = || is_terminal && variable("TERM").is_none_or(|term| term != "dumb");
    !is_set("NO_COLOR") && (is_forced || is_fit())
}

/// Marks an error that lies in the arguments: it is told in one sentence, without a backtrace.
#[derive(Debug, thiserror::Error)]
#[error("the arguments do not fit")]
struct Usage;

/// Everything runs on one thread: there is little to do, and order is easier to trust.
fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

/// Prints to standard output; the exit code is 0 or says that this failed.
fn print(text: &str) -> u8 {
    let mut out = io::stdout().lock();
    written(out.write_all(outgoing::clean(text).as_bytes()).and_then(|()| out.flush()))
}

/// The exit code of what was written to standard output; says why where that failed. A reader that
/// has gone away is no error.
fn written(result: io::Result<()>) -> u8 {
    match result {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            complain(&format!("the output cannot be written: {error}"), FAILED);
            FAILED
        }
        _ => 0,
    }
}

/// Says in plain words why nothing was done.
fn complain(text: &str, code: u8) -> ExitCode {
    let text = without_tokens(text);
    let _ = writeln!(io::stderr().lock(), "hextop: {}", outgoing::clean(&text));
    ExitCode::from(code)
}

/// A length of time as people write it.
fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no length of time; write 90s, 2m or 1h30m");
    let span: SignedDuration = text.parse().map_err(|_| wrong())?;
    Duration::try_from(span).ok().filter(|span| !span.is_zero()).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use crate::cli::colours;
    use crate::cli::{command, options_behind};

    #[test]
    fn colours_are_for_a_terminal_that_wants_them() {
        let on = |is_terminal, set: &[(&str, &str)]| {
            let variable = |name: &str| {
                set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
            };
            colours(is_terminal, variable)
        };
        assert!(on(true, &[]) && on(true, &[("TERM", "xterm"), ("NO_COLOR", "")]));
        assert!(!on(false, &[("TERM", "xterm")]));
        assert!(!on(true, &[("NO_COLOR", "1")]) && !on(true, &[("TERM", "dumb")]));
        assert!(on(false, &[("CLICOLOR_FORCE", "1"), ("TERM", "dumb")]));
        assert!(!on(false, &[("CLICOLOR_FORCE", "0")]) && !on(false, &[("CLICOLOR_FORCE", "")]));
        assert!(!on(true, &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    }

    #[test]
    fn what_says_which_workspace_may_stand_before_the_command() {
        let moved = |line: &str| {
            let words = line.split(' ').map(std::ffi::OsString::from).collect();
            let moved = options_behind(&command(), words);
            moved.iter().map(|word| word.to_str().unwrap()).collect::<Vec<_>>().join(" ")
        };
        for (line, expected) in [
            ("hextop --profile eu runs --json", "hextop runs --profile eu --json"),
            (
                "hextop --config=a.toml --demo config check",
                "hextop config check --config=a.toml --demo",
            ),
            ("hextop --no-color projects", "hextop projects --no-color"),
            ("hextop --profile runs", "hextop --profile runs"),
            ("hextop --profile", "hextop --profile"),
            ("hextop --demo --seed 7", "hextop --demo --seed 7"),
            ("hextop --seed 7 runs", "hextop --seed 7 runs"),
            ("hextop runs --demo", "hextop runs --demo"),
            ("hextop", "hextop"),
        ] {
            assert_eq!(moved(line), expected);
        }
    }
}

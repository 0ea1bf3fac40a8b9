//! Arguments and subcommands: the only layer that knows them all.

mod dashboard;
mod journal;
mod place;
mod run;
mod screenshot;
pub mod sim;
pub mod stage;
mod svg;
mod watch;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use color_eyre::eyre::Result;
use jiff::SignedDuration;

use crate::shell::config::{self, BASE_URL_VARIABLE, TOKEN_VARIABLE};
use crate::shell::{core_dumps, outgoing, terminal};
use crate::ui::text::safe;

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
#[command(name = "hextop", version, after_help = after_help(), args_conflicts_with_subcommands = true)]
struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    dashboard: dashboard::DashboardArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start one run with the given inputs, once, and perhaps wait for its end
    Run(run::RunArgs),
    /// Start again what the journal knows of a run, with changes
    Rerun(run::RerunArgs),
    /// Print what was started from this machine, and what became of it
    Journal(journal::JournalArgs),
    /// Print each change of a run as one line, without a screen
    Watch(watch::WatchArgs),
    /// Serve a simulated Hex workspace to any client, until interrupted
    Sim(sim::SimArgs),
    /// Draw the dashboard of a simulated workspace as text or SVG
    Screenshot(screenshot::ScreenshotArgs),
    /// Print every setting with its default and its explanation
    Config,
}

fn after_help() -> String {
    format!(
        "Settings: {}\nLog:      {}\nToken:    {TOKEN_VARIABLE}, or token_file or token_command in \
         the settings\nAddress:  --base-url, {BASE_URL_VARIABLE}, or base_url in the settings",
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
    color_eyre::install()?;
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if terminal::give_back() {
            report(panic);
        } else {
            // A terminal that takes nothing would keep the program from ending.
            tracing::error!(%panic, "a part of hextop has failed");
        }
    }));
    let args = Args::parse();
    let ended = match args.command {
        None => dashboard::run(&args.dashboard),
        Some(Command::Run(args)) => run::run(args),
        Some(Command::Rerun(args)) => run::rerun(args),
        Some(Command::Journal(args)) => journal::run(&args),
        Some(Command::Watch(args)) => watch::run(&args),
        Some(Command::Sim(sim)) => runtime()?.block_on(sim::run(sim)),
        Some(Command::Screenshot(shot)) => screenshot::run(&shot),
        Some(Command::Config) => Ok(print(config::DEFAULTS)),
    };
    ended.or_else(|error| match error.downcast_ref::<Usage>() {
        Some(_) => {
            let causes: Vec<_> = error.chain().skip(1).map(ToString::to_string).collect();
            Ok(complain(&causes.join(": "), USAGE))
        }
        None => Err(error),
    })
}

/// Marks an error that lies in the arguments: it is told in one sentence, without a backtrace.
#[derive(Debug, thiserror::Error)]
#[error("the arguments do not fit")]
struct Usage;

/// Everything runs on one thread: there is little to do, and order is easier to trust.
fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

/// Prints to standard output; a reader that has gone away is no error.
fn print(text: &str) -> ExitCode {
    use std::io::Write;
    match std::io::stdout().lock().write_all(outgoing::clean(text).as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            complain(&error.to_string(), 1)
        }
        _ => ExitCode::SUCCESS,
    }
}

/// Says in plain words why nothing was done.
fn complain(text: &str, code: u8) -> ExitCode {
    use std::io::Write;
    let _ = writeln!(std::io::stderr().lock(), "hextop: {}", outgoing::clean(text));
    ExitCode::from(code)
}

/// A length of time as people write it.
fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no length of time; write 90s, 2m or 1h30m");
    let span: SignedDuration = text.parse().map_err(|_| wrong())?;
    Duration::try_from(span).ok().filter(|span| !span.is_zero()).ok_or_else(wrong)
}

/// JSON with everything escaped that acts on a terminal; inside of strings, the only place where
/// it can be, an escape means the same.
fn harmless(json: &str) -> String {
    let mut line = String::new();
    for letter in json.chars() {
        if letter.is_ascii_graphic()
            || letter == ' '
            || safe(letter.encode_utf8(&mut [0; 4])) == letter.to_string()
        {
            line.push(letter);
        } else {
            let mut units = [0; 2];
            for unit in letter.encode_utf16(&mut units) {
                line += &format!("\\u{unit:04x}");
            }
        }
    }
    line
}

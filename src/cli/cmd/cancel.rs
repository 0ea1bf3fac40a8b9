//! `hextop cancel`: runs are cancelled from the command line, by the same engine, guard and journal
//! as in the dashboard.

mod confirm;
mod console;
mod end;
mod follow;
mod lines;
mod plan;
mod task;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::io::{self, IsTerminal};
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use color_eyre::eyre::Result;

use crate::cli::search::Search;
use crate::cli::search::selection::Selection;
use crate::cli::workspace::{self, WatchedArgs, Workspace, WorkspaceArgs, interrupted};
use crate::cli::{USAGE, complain, duration, runtime, written};
use crate::clock::{self, Clock};
use crate::engine::{Model, Settings};
use crate::shell::headless::Headless;
use crate::shell::terminal;
use crate::ui::text::safe;
use console::Console;
use end::{End, Tally, Why};
use plan::{Consent, Plan};
use task::CancelTask;

/// What is cancelled, and how.
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
#[derive(Args, Debug)]
pub(in crate::cli) struct CancelArgs {
    #[command(flatten)]
    selection: Selection,
    /// Ask nothing; needed where there is no terminal to ask at
    #[arg(long)]
    yes: bool,
    /// Print what would be cancelled, and cancel nothing
    #[arg(long, conflicts_with = "no_wait")]
    dry_run: bool,
    /// Print one JSON object for each run, as soon as it is known what came of it
    #[arg(long)]
    json: bool,
    /// End once Hex has accepted the cancels, without waiting until the runs have ended
    #[arg(long)]
    no_wait: bool,
    /// Give up after this time, such as 90s, 2m or 1h30m: what has not been sent then never is
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    timeout: Option<Duration>,
    /// Name a protected project of which runs are cancelled, by its title; may be repeated
    #[arg(long, value_name = "TITLE")]
    protected: Vec<String>,
    /// Write this into the journal beside each
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

/// What is said where nobody can be asked.
const NOBODY: &str = "there is no terminal to ask at, so nothing is cancelled: give --yes if that is \
                      what you want, or --dry-run to see what it would be";

pub(super) fn run(args: CancelArgs) -> Result<ExitCode> {
    if let Some(mistake) = args.selection.mistake() {
        return Ok(complain(&safe(&mistake), USAGE));
    }
    let is_watched = io::stderr().is_terminal();
    let consent = match (args.dry_run, args.yes) {
        (true, _) => Consent::DryRun,
        (false, true) => Consent::Given,
        (false, false) if is_watched && io::stdin().is_terminal() => Consent::Asked,
        (false, false) => return Ok(complain(NOBODY, USAGE)),
    };
    runtime()?.block_on(async {
        let workspace = match workspace::open(&args.workspace, &WatchedArgs::default()).await {
            Ok(workspace) => workspace,
            Err(code) => return Ok(code),
        };
        let plan = Plan {
            consent,
            waits: !args.no_wait,
            time_up: args.timeout.map(|span| clock::now().boot + span),
            protected: args.protected,
            reason: args.reason,
        };
        let search = match Search::new(args.selection, workspace.options.saved.clone()) {
            Ok(search) => search,
            Err(mistake) => return Ok(complain(&safe(&mistake), USAGE)),
        };
        let trouble = RefCell::new(None);
        let console = Console::new(args.json, terminal::theme().unicode, is_watched, &trouble);
        let end = Box::pin(go(workspace, CancelTask::new(search, plan, console))).await?;
        Ok(tell(&end, trouble.take()))
    })
}

async fn go(mut workspace: Workspace, task: CancelTask<Console<'_>>) -> Result<End> {
    // The runs may be of other projects than those that the dashboard watches.
    workspace.config.projects.clear();
    workspace.config.watch.clear();
    let interrupted = interrupted()?;
    let stop = Box::pin(async { End::Left(Why::Signal(interrupted.await), Tally::default()) });
    // The list of projects is read only if nothing else tells where the runs are.
    let settings = Settings { reads_list: false, ..workspace.config.engine() };
    let model = Model::new(settings).sharing(workspace.session);
    let (wire, store, clock) = (workspace.wire, workspace.store, Clock::System);
    let run = Headless { model, task, wire, stop, store, clock }.run();
    let (end, _) = Box::pin(run).await?;
    Ok(end)
}

/// Says what is left to say; gives the exit code.
fn tell(end: &End, trouble: Option<io::Error>) -> ExitCode {
    for sentence in end.sentences() {
        complain(&safe(&sentence), 0);
    }
    let printed = trouble.map_or(0, |error| written(Err(error)));
    ExitCode::from(if end.code() == 0 { printed } else { end.code() })
}

//! `hextop status`: one run as it is now, or once it has ended.

mod task;

use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use color_eyre::eyre::Result;
use jiff::tz::TimeZone;

use crate::api::ApiError;
use crate::cli::output::Output;
use crate::cli::progress::Progress;
use crate::cli::reading::{Waiter, drive};
use crate::cli::run_rows::RunRow;
use crate::cli::search::Search;
use crate::cli::search::choice::Target;
use crate::cli::search::selection::{Selection, too_short};
use crate::cli::workspace::{self, WatchedArgs, Workspace, WorkspaceArgs};
use crate::cli::{AUTH, FAILED, NOT_FOUND, USAGE, complain, duration, harmless, print, runtime};
use crate::clock;
use crate::domain::{Now, RunStatus};
use crate::engine::Model;
use crate::ui::clock::full;
use crate::ui::text::{pad, safe, span};
use crate::ui::theme::Theme;
use task::{Look, StatusTask};

const EXAMPLES: &str = "Examples:
  hextop status b7e19c30
  hextop status b7e19c30 --project 'Churn model' --wait --timeout 2h && ./next-step
  hextop status \"$(hextop run 'Weekly revenue')\" --wait --json

The JSON object has the keys of `hextop runs --json`.

Exit codes: 0 the run has completed, or goes on and nobody waits; 1 it failed, was cancelled, got no
kernel, or was not over in time; 2 wrong arguments, 3 no token or not a good one, 4 Hex cannot be
reached, 5 no such run can be seen.";

/// Which run, and whether its end is waited for.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct StatusArgs {
    /// The run: its id, the beginning of it (8 characters, or 4 where only one run begins so), or
    /// its address in Hex
    run: String,
    /// Look only in this project: its id, the beginning of it, its title, or its address in Hex
    #[arg(long, value_name = "PROJECT")]
    project: Option<String>,
    /// Wait until the run has ended; the exit code then says how
    #[arg(long)]
    wait: bool,
    /// Give up after this time, such as 90s, 2m or 1h30m
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    timeout: Option<Duration>,
    /// Print one JSON object, for scripts
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

pub(super) fn run(args: &StatusArgs) -> Result<ExitCode> {
    if let Some(mistake) = too_short(&args.run) {
        return Ok(complain(&safe(&mistake), USAGE));
    }
    runtime()?.block_on(async {
        match workspace::open(&args.workspace, &WatchedArgs::default()).await {
            Ok(workspace) => go(args, workspace).await,
            Err(code) => Ok(code),
        }
    })
}

async fn go(args: &StatusArgs, mut workspace: Workspace) -> Result<ExitCode> {
    workspace.config.projects.clear();
    workspace.config.watch.clear();
    let runs = vec![args.run.clone()];
    let selection = Selection { runs, project: args.project.clone(), ..Selection::default() };
    let search = match Search::new(selection, workspace.options.saved.clone()) {
        Ok(search) => search,
        Err(mistake) => return Ok(complain(&safe(&mistake), USAGE)),
    };
    let (zone, theme) = (workspace.config.zone(), workspace.options.theme);
    let settings = workspace.config.engine();
    let time_up = args.timeout.map(|span| clock::now().boot + span);
    let task = StatusTask::new(search, args.wait, Waiter::new(Progress::new(), time_up));
    let (ended, model) = Box::pin(drive(workspace, settings, task)).await?;
    let look = match ended {
        Ok(look) => look,
        Err(failure) => return Ok(failure.tell()),
    };
    let now = clock::now();
    let row = row_of(&look.target, &model, now);
    let printed = match &row {
        None => 0,
        Some(row) if args.json => print(&format!("{}\n", harmless(&row.json().to_string()))),
        Some(row) => print(&plain(row, theme, &zone, Output::here())),
    };
    let status = row.as_ref().map(|row| &row.run.status);
    let (code, text) = outcome(&look, row.as_ref(), args.wait);
    if let Some(text) = text.or_else(|| status.and_then(ended_badly)) {
        complain(&safe(&text), code);
    }
    Ok(ExitCode::from(if code == 0 { printed } else { code }))
}

fn row_of((project, run): &Target, model: &Model, now: Now) -> Option<RunRow> {
    let (watched, seen) = model.project(project).zip(model.run(project, run))?;
    Some(RunRow::of(watched, seen, model, now))
}

/// The exit code, and what is said besides how the run has ended.
fn outcome(look: &Look, row: Option<&RunRow>, waits: bool) -> (u8, Option<String>) {
    let Some(row) = row else {
        let text = format!("Hex does not know the run {} any more", look.target.1);
        return (NOT_FOUND, Some(text));
    };
    if look.is_shut_out {
        return (AUTH, Some(format!("{}.", ApiError::Unauthorized)));
    }
    match &row.run.status {
        _ if row.run.is_active() && !waits => (0, None),
        _ if row.run.is_active() => (FAILED, Some("the time was up; the run goes on".to_owned())),
        RunStatus::Completed => (0, None),
        _ => (FAILED, None),
    }
}

/// What is said of a run that has not completed.
fn ended_badly(status: &RunStatus) -> Option<String> {
    Some(match status {
        RunStatus::Errored => "the run failed".to_owned(),
        RunStatus::Killed => "the run was cancelled".to_owned(),
        RunStatus::NoKernel => "the run got no kernel".to_owned(),
        _ => return None,
    })
}

/// What is known of a run, a line each.
fn plain(row: &RunRow, theme: Theme, zone: &TimeZone, output: Output) -> String {
    let run = &row.run;
    let at = |at| full(at, zone);
    let (status, style) = row.status(theme);
    let usual = row.usual.zip(row.ratio);
    let lines = [
        ("status", Some(status)),
        ("run", Some(run.id.to_string())),
        ("project", Some(format!("{} ({})", row.title, run.project))),
        ("version", run.version.clone()),
        ("started by", run.trigger.as_ref().map(|trigger| trigger.word().to_owned())),
        ("started", run.start.map(at)),
        ("ended", run.end.map(at)),
        ("elapsed", row.elapsed.map(span)),
        (
            "usual",
            usual.map(|(usual, ratio)| format!("{}, this is {ratio:.1} times that", span(usual))),
        ),
        (
            "expected",
            row.ends.filter(|_| run.is_active()).map(|ends| format!("to end at {}", at(ends))),
        ),
        ("seen", row.seen.filter(|_| run.is_active()).map(at)),
        ("address", run.url.clone()),
    ];
    let known = lines.into_iter().filter_map(|(name, value)| Some((name, value?)));
    let line = |(name, value): (&str, String)| {
        let value = output.shown(&safe(&value));
        let value = if name == "status" { output.painted(&value, style) } else { value };
        pad(name, 12) + &value + "\n"
    };
    known.map(line).collect()
}

//! `hextop runs`: runs of some projects or of all that are watched, newest first.

mod task;
#[cfg(test)]
mod tests;

use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use color_eyre::eyre::Result;
use jiff::Timestamp;

use crate::cli::output::{Format, FormatArgs};
use crate::cli::progress::Progress;
use crate::cli::reading::{Waiter, drive};
use crate::cli::run_rows::{COLUMNS, KEYS, RunRow};
use crate::cli::search::choice::admits;
use crate::cli::search::title;
use crate::cli::when::{self, When};
use crate::cli::workspace::{self, WatchedArgs, Workspace, WorkspaceArgs};
use crate::cli::{FAILED, USAGE, complain, duration, print, runtime};
use crate::clock;
use crate::domain::filter::Subject;
use crate::domain::{Boot, Now, Query};
use crate::engine::Model;
use crate::engine::model::{ProjectState, ReadBack, RunState, newer};
use crate::ui::text::{count, safe, span};
use task::{Found, RunsTask};

/// Runs printed of each project if nobody says how many: what one request shows.
const NEWEST: usize = 100;

const EXAMPLES: &str = "Examples:
  hextop runs
  hextop runs 'Churn model' --since 7d --filter 'status:errored'
  hextop runs --filter 'verdict:runaway' --json | jq -r .runUrl
  hextop runs 3f1c2b9e --all-pages --csv > runs.csv

Without --since, --limit or --all-pages the newest 100 runs of each project are read, which takes
one request a project. Projects that a hextop on this machine has read within the last half minute
are not read again; seenTime (SEEN) says how old each row is. Ratio and verdict are those of the
dashboard, by what is usual for the project.

Each JSON object has projectId, title, runId, runUrl, projectVersion, status, runTrigger, startTime,
endTime, elapsedTime and usualTime in milliseconds, ratio, verdict, expectedEndTime and seenTime.
Nothing known is null.

Exit codes: 0 all was read, 1 something was not seen, which is said, 2 wrong arguments, 3 no token
or not a good one, 4 Hex cannot be reached, 5 there is no such project.";

/// Which runs are printed, and how.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct RunsArgs {
    /// A project: its id, the beginning of it, its title, or its address in Hex; all that are
    /// watched, if none is given
    #[arg(value_name = "PROJECT")]
    named: Vec<String>,
    /// Only runs that pass this filter, such as 'status:errored age>10m' or @NAME
    #[arg(long, value_name = "FILTER")]
    filter: Option<String>,
    /// Only runs that started since: so long ago, such as 2h or 7d, or a time such as
    /// 2026-11-27T00:00Z; reads as many pages as that takes
    #[arg(long, value_name = "WHEN", value_parser = when::parse)]
    since: Option<When>,
    /// Only the newest so many of those that pass; at least so many of each project are read
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    limit: Option<u32>,
    /// Read every run there ever was
    #[arg(long, conflicts_with_all = ["since", "limit"])]
    all_pages: bool,
    /// Give up after this time, such as 90s, 2m or 1h30m, and print what was read
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    timeout: Option<Duration>,
    #[command(flatten)]
    format: FormatArgs,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

impl RunsArgs {
    /// How far back the runs of each project are read, if `now` is the time; none if nobody says.
    fn back(&self, now: Timestamp) -> Option<ReadBack> {
        let since = self.since.map(|since| since.before(now));
        let is_said = since.is_some() || self.limit.is_some() || self.all_pages;
        is_said.then_some(ReadBack { since, most: self.limit.unwrap_or(u32::MAX) })
    }
}

pub(super) fn run(args: &RunsArgs) -> Result<ExitCode> {
    runtime()?.block_on(async {
        match workspace::open(&args.workspace, &WatchedArgs::default()).await {
            Ok(workspace) => go(args, workspace).await,
            Err(code) => Ok(code),
        }
    })
}

async fn go(args: &RunsArgs, mut workspace: Workspace) -> Result<ExitCode> {
    if !args.named.is_empty() {
        // They may be others than those that the dashboard watches.
        workspace.config.projects.clear();
        workspace.config.watch.clear();
    }
    let text = args.filter.as_deref().unwrap_or_default();
    let query = match Query::parse(text, Subject::Runs, &workspace.options.saved) {
        Ok(query) => query,
        Err(error) => return Ok(complain(&safe(&format!("--filter: {error}")), USAGE)),
    };
    let (zone, theme) = (workspace.config.zone(), workspace.options.theme);
    let settings = workspace.config.engine();
    let began = clock::now();
    let back = args.back(began.wall);
    let waiter = Waiter::new(Progress::new(), args.timeout.map(|span| began.boot + span));
    let task = RunsTask::new(args.named.clone(), query.clone(), back, waiter, began.boot);
    let (ended, model) = Box::pin(drive(workspace, settings, task)).await?;
    let found = match ended {
        Ok(found) => found,
        Err(failure) => return Ok(failure.tell()),
    };
    let now = clock::now();
    let rows = rows(&found, &query, back, &model, now);
    let objects = rows.iter().map(RunRow::json);
    let server = model.server_now(now);
    let cells = || rows.iter().map(|row| row.cells(theme, &zone, server)).collect();
    let format = args.format.format();
    let printed = print(&format.text(KEYS, objects, COLUMNS, cells));
    if rows.is_empty() && format == Format::Table {
        complain(&format!("no such run of {}", count(found.projects.len(), "project")), 0);
    }
    let code = tell_rest(&found, back, &model, began.boot, now);
    Ok(ExitCode::from(if code == 0 { printed } else { code }))
}

/// The rows, newest first.
fn rows(
    found: &Found,
    query: &Query,
    back: Option<ReadBack>,
    model: &Model,
    now: Now,
) -> Vec<RunRow> {
    let since = back.and_then(|back| back.since);
    let limit = back.map(|back| usize::try_from(back.most).unwrap_or(usize::MAX));
    let is_in = |seen: &&RunState| {
        let at = seen.run.start.or(seen.run.end);
        seen.run.is_active() || since.is_none_or(|since| at >= Some(since))
    };
    let watched = found.projects.iter().filter_map(|project| model.project(project));
    let of_each = if back.is_none() { NEWEST } else { usize::MAX };
    let mut rows: Vec<_> = watched
        .flat_map(|watched| {
            let newest = watched.newest_first().filter(is_in).take(of_each);
            newest.map(move |seen| (watched, seen))
        })
        .filter(|(watched, seen)| admits(query, watched, seen, model, now))
        .collect();
    rows.sort_by(|(_, a), (_, b)| newer(&b.run, &a.run));
    rows.truncate(limit.unwrap_or(usize::MAX));
    rows.into_iter().map(|(watched, seen)| RunRow::of(watched, seen, model, now)).collect()
}

/// Says what was not seen, and how old what was seen is; gives the exit code.
fn tell_rest(found: &Found, back: Option<ReadBack>, model: &Model, began: Boot, now: Now) -> u8 {
    let mut code = 0;
    let mut miss = |text: &str| {
        complain(&safe(text), FAILED);
        code = FAILED;
    };
    for (project, why) in &found.failed {
        miss(&format!("{} could not be read: {why}", title(model, project)));
    }
    if found.unread > 0 {
        miss(&format!("{} were not read any more", count(found.unread, "project")));
    }
    let is_cut = |watched: &&ProjectState| {
        let is_failed = found.failed.contains_key(&watched.project.id);
        let is_read = back.is_none_or(|back| watched.reaches_back(back));
        watched.read.is_some() && !is_failed && !is_read
    };
    let known = || found.projects.iter().filter_map(|project| model.project(project));
    for watched in known().filter(is_cut) {
        miss(&format!("older runs of {} were not read", watched.project.title));
    }
    if let Some(cut) = model.listing_cut().filter(|_| found.is_all) {
        let projects = count(cut.projects, "project");
        miss(&format!("the list of projects goes on after {projects}, which were not looked at"));
    }
    if let Some(failure) = &found.failure {
        failure.tell();
        code = failure.code();
    }
    let heard: Vec<_> = known().filter_map(|w| w.read).filter(|at| *at < began).collect();
    if let Some(oldest) = heard.iter().min() {
        let ago = span(now.boot.saturating_sub(*oldest));
        let of = count(heard.len(), "project");
        complain(&format!("{of} as they were read up to {ago} ago"), 0);
    }
    code
}

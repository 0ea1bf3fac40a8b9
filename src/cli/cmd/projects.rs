//! `hextop projects`: which projects there are, from the list that the dashboard reads.

mod rows;
mod task;

use std::process::ExitCode;

use clap::Args;
use color_eyre::eyre::Result;

use crate::cli::output::{Format, FormatArgs};
use crate::cli::progress::Progress;
use crate::cli::reading::{Waiter, drive};
use crate::cli::workspace::{self, WatchedArgs, Workspace, WorkspaceArgs};
use crate::cli::{FAILED, USAGE, complain, print, runtime};
use crate::clock;
use crate::domain::filter::Subject;
use crate::domain::{Boot, Query};
use crate::engine::Model;
use crate::ui::text::{count, safe, span};
use task::ListTask;

const EXAMPLES: &str = "Examples:
  hextop projects
  hextop projects --filter 'owner:ana category:Finance'
  hextop projects --json | jq -r 'select(.nextScheduledTime != null) | .projectId'

The list is asked of Hex, 100 projects a request, unless a hextop on this machine has read it within
the last minute: then that is used, and its age is said.

Each JSON object has projectId, title, owner, status (what the workspace calls the state of the
work), categories, published, lastPublishedAt, nextScheduledTime and schedules, each of which has
cadence, enabled, timezone, text and nextTime. Nothing known is null.

Exit codes: 0 all was read, 1 a part of the list could not be read, 2 wrong arguments, 3 no token or
not a good one, 4 Hex cannot be reached.";

/// Which projects are printed, and how.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct ProjectsArgs {
    /// Only projects that pass this filter, such as 'owner:ana label:production' or @NAME
    #[arg(long, value_name = "FILTER")]
    filter: Option<String>,
    /// Also projects without a published version, which cannot be run
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    format: FormatArgs,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

pub(super) fn run(args: &ProjectsArgs) -> Result<ExitCode> {
    runtime()?.block_on(async {
        match workspace::open(&args.workspace, &WatchedArgs::default()).await {
            Ok(workspace) => Box::pin(go(args, workspace)).await,
            Err(code) => Ok(code),
        }
    })
}

async fn go(args: &ProjectsArgs, mut workspace: Workspace) -> Result<ExitCode> {
    workspace.config.projects.clear();
    workspace.config.watch.clear();
    let text = args.filter.as_deref().unwrap_or_default();
    let query = match Query::parse(text, Subject::Projects, &workspace.options.saved) {
        Ok(query) => query,
        Err(error) => return Ok(complain(&safe(&format!("--filter: {error}")), USAGE)),
    };
    let (zone, settings) = (workspace.config.zone(), workspace.config.engine());
    let began = clock::now().boot;
    let task = ListTask::new(Waiter::new(Progress::new(), None), began);
    let (ended, model) = Box::pin(drive(workspace, settings, task)).await?;
    if let Err(failure) = ended {
        return Ok(failure.tell());
    }
    let now = model.server_now(clock::now());
    let mut found: Vec<_> = model
        .projects()
        .map(|watched| &watched.project)
        .filter(|project| (args.all || project.is_runnable()) && query.admits_project(project))
        .collect();
    found.sort_by_cached_key(|it| (it.title.to_lowercase(), it.title.to_string(), it.id.clone()));
    let objects = found.iter().map(|project| rows::json(project, now));
    let cells = || found.iter().map(|project| rows::cells(project, &zone, now)).collect();
    let format = args.format.format();
    let printed = print(&format.text(rows::KEYS, objects, rows::COLUMNS, cells));
    let code = tell_rest(&model, began);
    if found.is_empty() && format == Format::Table {
        let published = if args.all { "" } else { "published " };
        complain(&format!("there is no such {published}project that the token may see"), code);
    }
    Ok(ExitCode::from(if code == 0 { printed } else { code }))
}

/// Says what was not read, and how old what was read is; gives the exit code.
fn tell_rest(model: &Model, began: Boot) -> u8 {
    let listed = model.listed_at();
    if let Some(at) = listed.filter(|at| *at < began) {
        let ago = span(clock::now().boot.saturating_sub(at));
        complain(&format!("the list is as it was read {ago} ago"), 0);
    }
    if let Some(error) = model.listing_error() {
        complain(&safe(&format!("the list could not be read anew: {error}")), FAILED);
        return FAILED;
    }
    if let Some(cut) = model.listing_cut() {
        let (projects, pages) = (count(cut.projects, "project"), count(cut.pages, "page"));
        complain(&format!("the list goes on after {projects} on {pages}, and no more are read"), 0);
        return FAILED;
    }
    0
}

//! `hextop inputs`: the inputs of a project's app, as the form of the dashboard knows them.

mod rows;
mod task;

use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use color_eyre::eyre::Result;

use crate::cli::output::{Format, Output};
use crate::cli::progress::Progress;
use crate::cli::reading::{Waiter, drive};
use crate::cli::table::Table;
use crate::cli::workspace::{self, WatchedArgs, Workspace, WorkspaceArgs};
use crate::cli::{complain, duration, print, runtime};
use crate::clock;
use crate::domain::ProjectId;
use crate::engine::Model;
use crate::ui::clock::full;
use crate::ui::text::{count, safe};
use task::InputsTask;

const EXAMPLES: &str = "Examples:
  hextop inputs 'Weekly revenue'
  hextop inputs 3f1c2b9e --json | jq -r 'select(.required) | .name'

Known is what Hex's export of the published app says, which is read once and again after the app was
published anew; what [[inputs]] in the settings say; what a refusal by Hex has taught; and what was
given to earlier starts. Of a secret input neither the default nor the choices are printed.

Each JSON object has projectId, name, label, type, hexType, default, preset (from the settings),
choices, min, max, required, secret, help, sources (any of export, settings, refusal, history) and
readTime, when the export was read. Nothing known is null.

Exit codes: 0 all that is known was printed, 2 wrong arguments, 3 no token or not a good one, 4 Hex
cannot be reached, 5 there is no such project.";

/// Of which project.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct InputsArgs {
    /// The project: its id, the beginning of it, its title, or its address in Hex
    project: String,
    /// Read the export of the app anew, whatever is known
    #[arg(long)]
    fresh: bool,
    /// Give up after this time, such as 90s, 2m or 1h30m
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    timeout: Option<Duration>,
    /// One JSON object an input, for scripts
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

pub(super) fn run(args: &InputsArgs) -> Result<ExitCode> {
    runtime()?.block_on(async {
        match workspace::open(&args.workspace, &WatchedArgs::default()).await {
            Ok(workspace) => go(args, workspace).await,
            Err(code) => Ok(code),
        }
    })
}

async fn go(args: &InputsArgs, mut workspace: Workspace) -> Result<ExitCode> {
    workspace.config.projects.clear();
    workspace.config.watch.clear();
    let (zone, settings) = (workspace.config.zone(), workspace.config.engine());
    let time_up = args.timeout.map(|span| clock::now().boot + span);
    let waiter = Waiter::new(Progress::new(), time_up);
    let task = InputsTask::new(args.project.clone(), args.fresh, waiter);
    let (ended, model) = Box::pin(drive(workspace, settings, task)).await?;
    let project = match ended {
        Ok(project) => project,
        Err(failure) => return Ok(failure.tell()),
    };
    let printed = print(&text(&project, args.json, &model));
    let known = model.known_inputs(&project);
    let exported = known.and_then(|known| known.exported.as_ref());
    if let Some(off) = known.and_then(|known| known.off.as_ref()) {
        complain(&safe(&off.reason), 0);
    }
    match exported {
        Some(exported) if !args.json => {
            complain(&format!("the app's inputs were read {}", full(exported.at, &zone)), 0);
        }
        None if model.specs(&project).is_empty() => {
            complain("nothing is known of its inputs: [[inputs]] in the settings can say them", 0);
        }
        _ => {}
    }
    Ok(ExitCode::from(printed))
}

/// All inputs, as lines.
fn text(project: &ProjectId, json: bool, model: &Model) -> String {
    let specs = model.specs(project);
    if json {
        let objects = specs.iter().map(|spec| rows::json(project, spec, model));
        return Format::JsonLines.text(&[], objects, &[], Vec::new);
    }
    let title = crate::cli::search::title(model, project);
    let cells: Vec<_> = specs.iter().map(|spec| rows::cells(project, spec, model)).collect();
    let output = Output::here();
    let table = Table::of(rows::COLUMNS, &cells, output);
    let head = format!("{}: {}", output.shown(&safe(&title)), count(specs.len(), "input"));
    let headings = (!cells.is_empty()).then(|| table.headings());
    let lines = headings.into_iter().chain(cells.iter().map(|row| table.line(row)));
    std::iter::once(head).chain(lines).map(|line| line + "\n").collect()
}

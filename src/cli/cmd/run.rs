//! `hextop run` and `hextop rerun`: one start from the command line, by the same journal and the
//! same rules as in the dashboard.

mod args;
mod end;
mod find;
mod start_task;
mod told;

use std::io::Read;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use color_eyre::eyre::Result;
use serde_json::{Map, Value};

use crate::cli::progress::Progress;
use crate::cli::workspace::{self, WatchedArgs, Workspace, WorkspaceArgs, interrupted};
use crate::cli::{USAGE, complain, duration, runtime};
use crate::clock::{self, Clock};
use crate::domain::inputs::{JsonError, from_json};
use crate::domain::text::without_mark;
use crate::engine::{Model, Settings};
use crate::shell::headless::Headless;
use crate::shell::path;
use args::StartArgs;
use end::End;
use find::Target;
use start_task::{Late, Plan, StartTask, Until};
use told::{Form, tell};

/// What is given to a start.
#[derive(Args, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
struct GivenArgs {
    /// Give an input as text, which is read by the input's type; dates may be words, such as
    /// yesterday or -7d
    #[arg(short = 'p', long = "param", value_name = "NAME=TEXT", value_parser = pair)]
    texts: Vec<(String, String)>,
    /// Give an input as JSON
    #[arg(short = 'P', long = "json-param", value_name = "NAME=JSON", value_parser = json_pair)]
    values: Vec<(String, Value)>,
    /// Give the inputs of this file, a JSON object; - for standard input
    #[arg(long, value_name = "FILE")]
    params: Option<String>,
    /// Begin with the values of a preset of the project's form
    #[arg(long, value_name = "NAME")]
    preset: Option<String>,
    /// Run SQL anew instead of using cached results
    #[arg(long)]
    fresh_sql: bool,
    /// Show this run's results in the published app; takes no inputs
    #[arg(long)]
    update_published: bool,
    /// Use the inputs of this saved view; takes no others
    #[arg(long, value_name = "ID")]
    view: Option<String>,
    /// Have Hex check it, and start nothing
    #[arg(long)]
    dry_run: bool,
    /// Wait until the run has ended; the exit code then says how
    #[arg(long, conflicts_with = "dry_run")]
    wait: bool,
    /// Give up after this time, such as 90s, 2m or 1h30m
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    timeout: Option<Duration>,
    /// Cancel the run if it has not ended by then
    #[arg(long, requires = "timeout", requires = "wait")]
    cancel_on_timeout: bool,
    /// Name the project where it is protected: without its title --cancel-on-timeout is refused
    #[arg(long, value_name = "TITLE", requires = "cancel_on_timeout")]
    protected: Vec<String>,
    /// Write this into the journal beside it
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Print what came of it as one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

/// What is started.
#[derive(Args, Debug)]
pub(in crate::cli) struct RunArgs {
    /// The project: its id, the beginning of it, its title, or its address in Hex
    project: String,
    #[command(flatten)]
    given: GivenArgs,
}

/// What is started again.
#[derive(Args, Debug)]
pub(in crate::cli) struct RerunArgs {
    /// A run that hextop has started: its id, the beginning of it, or its address in Hex
    run: String,
    #[command(flatten)]
    given: GivenArgs,
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write NAME=TEXT, such as region=emea".to_owned()),
    }
}

fn json_pair(text: &str) -> Result<(String, Value), String> {
    let (name, value) =
        pair(text).map_err(|_| "write NAME=JSON, such as list='[1, 2]'".to_owned())?;
    let value = from_json(&value).map_err(|error| match error {
        JsonError::Syntax(error) => {
            format!("no JSON: {error}; a text is written with quotes, or with -p")
        }
        error @ JsonError::Inexact(_) => error.to_string(),
    })?;
    Ok((name, value))
}

pub(super) fn run(args: RunArgs) -> Result<ExitCode> {
    start(Target::Project(args.project), args.given)
}

pub(super) fn rerun(args: RerunArgs) -> Result<ExitCode> {
    start(Target::Run(args.run), args.given)
}

fn start(target: Target, given: GivenArgs) -> Result<ExitCode> {
    let mut values = match given.params.as_deref().map(read_params).transpose() {
        Ok(values) => values.unwrap_or_default(),
        Err(reason) => return Ok(complain(&reason, USAGE)),
    };
    values.extend(given.values);
    let order = StartArgs {
        texts: given.texts,
        values,
        preset: given.preset,
        fresh_sql: given.fresh_sql,
        update_published: given.update_published,
        view: given.view,
    };
    let until = match (given.dry_run, given.wait) {
        (true, _) => Until::Checked,
        (_, true) => Until::Ended,
        _ => Until::Started,
    };
    let late = if given.cancel_on_timeout { Late::Cancelled } else { Late::Left };
    runtime()?.block_on(async {
        let workspace = match workspace::open(&given.workspace, &WatchedArgs::default()).await {
            Ok(workspace) => workspace,
            Err(code) => return Ok(code),
        };
        let plan = Plan {
            target,
            order,
            reason: given.reason,
            until,
            time_up: given.timeout.map(|span| clock::now().boot + span),
            late,
            protected: given.protected,
            server: workspace.config.server(),
            zone: workspace.config.zone(),
        };
        Box::pin(go(workspace, plan, if given.json { Form::Json } else { Form::Plain })).await
    })
}

/// The inputs in a file.
fn read_params(file: &str) -> Result<Map<String, Value>, String> {
    let mut text = String::new();
    let read = if file == "-" {
        std::io::stdin().lock().read_to_string(&mut text).map(|_| ())
    } else {
        std::fs::read_to_string(path::expand(file)).map(|read| text = read)
    };
    read.map_err(|error| format!("cannot read the inputs in {file}: {error}"))?;
    from_json(without_mark(&text)).map_err(|error| match error {
        JsonError::Syntax(error) => {
            format!("the inputs in {file} must be one JSON object: {error}")
        }
        error @ JsonError::Inexact(_) => format!("the inputs in {file}: {error}"),
    })
}

async fn go(mut workspace: Workspace, plan: Plan, form: Form) -> Result<ExitCode> {
    // The project may be another than those that the dashboard watches.
    workspace.config.projects.clear();
    workspace.config.watch.clear();
    let interrupted = interrupted()?;
    let stop = Box::pin(async { End::Signal(interrupted.await) });
    let settings = Settings { reads_list: plan.target.needs_list(), ..workspace.config.engine() };
    let model = Model::new(settings).sharing(workspace.session);
    let ticket = std::cell::Cell::new(None);
    let task = StartTask::new(plan, &ticket, Progress::new());
    let (wire, store, clock) = (workspace.wire, workspace.store, Clock::System);
    let (end, model) = Headless { model, task, wire, stop, store, clock }.run().await?;
    let start = ticket.get().and_then(|ticket| model.start_of(ticket));
    let code = tell(&end, start, &model, form);
    Ok(ExitCode::from(code))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use serde_json::json;

    use super::*;

    #[test]
    fn a_file_of_inputs_may_begin_with_a_byte_order_mark() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        write!(file, "\u{feff}{{\"region\": \"emea\"}}").unwrap();
        let read = read_params(file.path().to_str().unwrap()).unwrap();
        assert_eq!(Value::Object(read), json!({"region": "emea"}));
    }

    #[test]
    fn a_number_that_would_be_rounded_is_refused_on_the_command_line_and_in_a_file() {
        let refused =
            "12345678901234567890123 cannot be sent exactly: write it in quotes, as a text";
        for json in ["12345678901234567890123", "[{\"a\": 12345678901234567890123}]"] {
            assert_eq!(json_pair(&format!("n={json}")), Err(refused.to_owned()));
            let mut file = tempfile::NamedTempFile::new().unwrap();
            write!(file, "{{\"n\": {json}}}").unwrap();
            let name = file.path().to_str().unwrap();
            assert_eq!(read_params(name), Err(format!("the inputs in {name}: {refused}")));
        }
        let exact = json_pair("n=[-0, 9007199254740993, 0.1]");
        assert_eq!(exact, Ok(("n".to_owned(), json!([0, 9_007_199_254_740_993_i64, 0.1]))));
    }
}

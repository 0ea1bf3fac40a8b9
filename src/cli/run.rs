//! `hextop run` and `hextop rerun`: one start from the command line, by the same journal and the
//! same rules as in the dashboard.

mod order;
mod trip;

use std::io::Read;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use clap::Args;
use color_eyre::eyre::Result;
use futures_util::StreamExt;
use serde_json::{Map, Value, json};

use super::place::{self, Place, PlaceArgs, signals};
use super::{
    AUTH, FAILED, NETWORK, NOT_FOUND, UNCONFIRMED, USAGE, complain, duration, harmless, print,
    runtime,
};
use crate::api::ApiError;
use crate::clock::{self, Clock};
use crate::domain::RunStatus;
use crate::engine::Model;
use crate::engine::model::{Start, StartStage, Verdict};
use crate::shell::headless::Headless;
use crate::ui::text::safe;
use order::Order;
use trip::{Checked, End, Late, Plan, Target, Trip, Until};

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
    /// Write this into the journal beside it
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Print what came of it as one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: PlaceArgs,
}

/// What is started.
#[derive(Args, Debug)]
pub(super) struct RunArgs {
    /// The project: its id, the beginning of it, its title, or its address in Hex
    project: String,
    #[command(flatten)]
    given: GivenArgs,
}

/// What is started again.
#[derive(Args, Debug)]
pub(super) struct RerunArgs {
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
    let value = serde_json::from_str(&value)
        .map_err(|error| format!("no JSON: {error}; a text is written with quotes, or with -p"))?;
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
    let order = Order {
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
        let place = match place::open(&given.place, &[]).await {
            Ok(place) => place,
            Err(code) => return Ok(code),
        };
        let plan = Plan {
            target,
            order,
            reason: given.reason,
            until,
            time_up: given.timeout.map(|span| clock::now().boot + span),
            late,
            server: place.config.server(),
            zone: place.config.zone(),
        };
        go(place, plan, if given.json { Form::Json } else { Form::Plain }).await
    })
}

/// The inputs in a file.
fn read_params(file: &str) -> Result<Map<String, Value>, String> {
    let mut text = String::new();
    let read = if file == "-" {
        std::io::stdin().lock().read_to_string(&mut text).map(|_| ())
    } else {
        std::fs::read_to_string(Path::new(file)).map(|read| text = read)
    };
    read.map_err(|error| format!("cannot read the inputs in {file}: {error}"))?;
    serde_json::from_str(&text)
        .map_err(|error| format!("the inputs in {file} must be one JSON object: {error}"))
}

/// How the result is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Plain,
    Json,
}

async fn go(mut place: Place, plan: Plan, form: Form) -> Result<ExitCode> {
    // The project may be another than those that the dashboard watches.
    place.config.projects.clear();
    let signal = Arc::new(AtomicU8::new(0));
    let mut signals = signals(&signal, || true)?;
    let stop = Box::pin(async {
        // A stream of signals does not end.
        let _ = signals.next().await;
        End::Signal(signal.load(Ordering::SeqCst))
    });
    let model = Model::new(place.config.engine()).sharing(place.session);
    let ticket = std::cell::Cell::new(None);
    let errand = Trip::new(plan, &ticket, |text: &str| {
        complain(&safe(text), 0);
    });
    let (wire, store, clock) = (Arc::new(place.client), place.store, Clock::System);
    let (end, model) = Headless { model, errand, wire, stop, store, clock }.run().await?;
    let start = ticket.get().and_then(|ticket| model.start_of(ticket));
    let code = tell(&end, start, &model, form);
    Ok(ExitCode::from(code))
}

/// Says what came of it; gives the exit code.
fn tell(end: &End, start: Option<&Start>, model: &Model, form: Form) -> u8 {
    let code = code_of(end, start);
    if let End::Checked(checked) = end {
        return tell_check(checked, form, code);
    }
    if let (Form::Json, Some(start)) = (form, start) {
        let line = line_of(start, end, model);
        print(&format!("{}\n", harmless(&line.to_string())));
    } else if let Some(run) = start.and_then(|start| start.entry.stage.run()) {
        print(&format!("{}\n", safe(run.as_str())));
    }
    let reasons = match end {
        End::Wrong(reasons) => reasons.clone(),
        end => sentence(end, start).into_iter().collect(),
    };
    for reason in reasons {
        complain(&safe(&reason), code);
    }
    code
}

fn tell_check(checked: &Checked, form: Form, code: u8) -> u8 {
    let error = match &checked.verdict {
        Verdict::Good => None,
        Verdict::Bad(error) => Some(error.to_string()),
    };
    if form == Form::Json {
        let line = json!({
            "dry_run": true, "ok": error.is_none(), "project_id": checked.project,
            "body": checked.start.shown_body(), "why": error,
        });
        print(&format!("{}\n", harmless(&line.to_string())));
    }
    match (error, form) {
        (Some(error), _) => {
            complain(&safe(&format!("{error}. Nothing was started")), code);
        }
        (None, Form::Plain) => {
            print("Hex would start this. Nothing was started.\n");
        }
        (None, Form::Json) => {}
    }
    code
}

/// The line of the journal, and what is known of the run.
fn line_of(start: &Start, end: &End, model: &Model) -> Value {
    let mut line = start.entry.json();
    let run = start.entry.stage.run().and_then(|run| model.run(&start.entry.project, run));
    let status = match end {
        End::Ended(status) => Some(status.as_wire().to_owned()),
        _ => run.map(|seen| seen.run.status.as_wire().to_owned()),
    };
    let elapsed = run.and_then(|seen| seen.run.elapsed).map(|elapsed| elapsed.as_secs_f64());
    if let Value::Object(fields) = &mut line {
        fields.insert("run_url".to_owned(), json!(run.and_then(|seen| seen.run.url.clone())));
        fields.insert("status".to_owned(), json!(status));
        fields.insert("elapsed_seconds".to_owned(), json!(elapsed));
        fields.insert("timed_out".to_owned(), json!(matches!(end, End::TimeUp | End::Stopped(_))));
    }
    line
}

fn code_of(end: &End, start: Option<&Start>) -> u8 {
    match end {
        // By convention 128 and the signal's number.
        End::Signal(number) => 128 + number,
        End::Wrong(_) => USAGE,
        End::Nothing(_) => NOT_FOUND,
        End::TokenRefused => AUTH,
        End::Unreachable(_) => NETWORK,
        End::Ended(RunStatus::Completed) => 0,
        End::Checked(checked) => match &checked.verdict {
            Verdict::Good => 0,
            Verdict::Bad(error) => code_of_refusal(error),
        },
        End::Ended(_) | End::TimeUp | End::Stopped(_) => FAILED,
        End::Settled => start.map_or(UNCONFIRMED, |start| match &start.entry.stage {
            StartStage::Started(_) | StartStage::ProbablyOurs(_) => 0,
            StartStage::Refused(error) => code_of_refusal(error),
            StartStage::NeverSent(_) => FAILED,
            StartStage::Withdrawn | StartStage::Waiting => NETWORK,
            StartStage::Sent
            | StartStage::Unconfirmed(_)
            | StartStage::Ambiguous(_)
            | StartStage::NotSeen => UNCONFIRMED,
        }),
    }
}

fn code_of_refusal(error: &ApiError) -> u8 {
    match error {
        ApiError::Unauthorized | ApiError::Forbidden(_) => AUTH,
        ApiError::NotFound(_) => NOT_FOUND,
        ApiError::Rejected { .. } => USAGE,
        _ => NETWORK,
    }
}

/// What a person is told of how it ended, beside the run's id.
fn sentence(end: &End, start: Option<&Start>) -> Option<String> {
    let stage = start.map(|start| &start.entry.stage);
    match end {
        End::Signal(_) => Some(match stage {
            None | Some(StartStage::Waiting) => {
                "interrupted before anything was sent: nothing was started".to_owned()
            }
            Some(StartStage::Started(run) | StartStage::ProbablyOurs(run)) => {
                format!("interrupted; the run {run} goes on")
            }
            Some(_) => "interrupted before it was known whether it has started: `hextop journal \
                        --settle` finds out, and nothing is ever sent again"
                .to_owned(),
        }),
        End::Nothing(text) | End::Unreachable(text) => Some(text.clone()),
        End::TokenRefused => Some(format!("{}.", ApiError::Unauthorized)),
        End::Wrong(_) | End::Checked(..) | End::Ended(RunStatus::Completed) => None,
        End::Ended(RunStatus::Errored) => Some("the run failed".to_owned()),
        End::Ended(RunStatus::Killed) => Some("the run was cancelled".to_owned()),
        End::Ended(RunStatus::NoKernel) => Some("the run got no kernel".to_owned()),
        End::Ended(status) => Some(format!("the run has ended as {}", status.as_wire())),
        End::TimeUp => Some("the time was up; the run goes on".to_owned()),
        End::Stopped(None) => Some("the time was up; the run is cancelled".to_owned()),
        End::Stopped(Some(why)) => {
            Some(format!("the time was up; cancelling the run failed: {why}"))
        }
        End::Settled => match stage? {
            StartStage::Started(_) => None,
            StartStage::ProbablyOurs(run) => Some(format!(
                "its answer was lost; {run} appeared where its own run would be: probably it"
            )),
            StartStage::Refused(error) => Some(format!("not started: {error}")),
            StartStage::NeverSent(why) => Some(format!("not started: {why}")),
            StartStage::Withdrawn | StartStage::Waiting => {
                Some("the time was up before it could be sent: nothing was started".to_owned())
            }
            StartStage::Ambiguous(runs) => {
                let runs: Vec<_> = runs.iter().map(ToString::to_string).collect();
                Some(format!(
                    "its answer was lost, and it may be any of {}: look at them in Hex before you \
                     send it again",
                    runs.join(", ")
                ))
            }
            StartStage::NotSeen => {
                Some("its answer was lost, and no run appeared: you may send it again".to_owned())
            }
            StartStage::Sent | StartStage::Unconfirmed(_) => Some(
                "the time was up before it was known whether it has started: `hextop journal \
                 --settle` finds out"
                    .to_owned(),
            ),
        },
    }
}

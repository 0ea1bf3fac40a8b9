//! What came of a start, for a person or a script, and as an exit code.

use serde_json::{Value, json};

use super::end::{Checked, End};
use crate::api::ApiError;
use crate::api::words::status_word;
use crate::cli::{AUTH, FAILED, NETWORK, NOT_FOUND, UNCONFIRMED, USAGE, complain, harmless, print};
use crate::domain::{RunId, RunStatus};
use crate::engine::Model;
use crate::engine::export::also_named;
use crate::engine::model::{Start, StartStage, Verdict};
use crate::ui::text::safe;

/// What is called otherwise in Hex's API.
const NAMES: [(&str, &str); 6] = [
    ("project_id", "projectId"),
    ("run_id", "runId"),
    ("run_url", "runUrl"),
    ("elapsed_seconds", "elapsedTime"),
    ("timed_out", "timedOut"),
    ("dry_run", "dryRun"),
];

/// How the result is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Plain,
    Json,
}

/// Says what came of it; gives the exit code.
pub(super) fn tell(end: &End, start: Option<&Start>, model: &Model, form: Form) -> u8 {
    let code = code_of(end, start);
    if let End::Checked(checked) = end {
        return tell_check(checked, form, code);
    }
    let run = start.and_then(|start| start.entry.stage.started());
    let printed = match (form, start, run) {
        (Form::Json, Some(start), _) => {
            print(&format!("{}\n", harmless(&line_of(start, end, model).to_string())))
        }
        (_, _, Some(run)) => print(&format!("{run}\n")),
        _ => 0,
    };
    if let Some(run) = run.filter(|_| printed > 0) {
        complain(&format!("the run {run} was started all the same: `hextop journal` has it"), code);
    }
    let reasons = match end {
        End::Wrong(reasons) => reasons.clone(),
        end => sentence(end, start).into_iter().collect(),
    };
    for reason in reasons {
        complain(&safe(&reason), code);
    }
    if code == 0 { printed } else { code }
}

fn tell_check(checked: &Checked, form: Form, code: u8) -> u8 {
    let error = match &checked.verdict {
        Verdict::Good => None,
        Verdict::Bad(error) => Some(error.to_string()),
    };
    let mut printed = 0;
    if form == Form::Json {
        let line = json!({
            "dry_run": true, "ok": error.is_none(), "project_id": checked.project,
            "body": checked.start.shown_body(), "why": error,
        });
        let line = also_named(line, &NAMES);
        printed = print(&format!("{}\n", harmless(&line.to_string())));
    }
    match (error, form) {
        (Some(error), _) => {
            complain(&safe(&format!("{error}. Nothing was started")), code);
        }
        (None, Form::Plain) => {
            printed = print("Hex would start this. Nothing was started.\n");
        }
        (None, Form::Json) => {}
    }
    if code == 0 { printed } else { code }
}

/// The line of the journal, and what is known of the run. Of a run that is only probably that of
/// this start the same stands under `probable`, so that no script takes it for a fact.
fn line_of(start: &Start, end: &End, model: &Model) -> Value {
    let mut line = start.entry.json();
    let stage = &start.entry.stage;
    let known = |run: &RunId| {
        let seen = model.run(&start.entry.project, run).map(|seen| &seen.run);
        let status = match end {
            End::Ended(status) => Some(status),
            _ => seen.map(|run| &run.status),
        };
        let elapsed = seen.and_then(|run| run.elapsed).map(|elapsed| elapsed.as_secs_f64());
        let url = seen.and_then(|run| run.url.as_ref());
        json!({"run_url": url, "status": status.map(status_word), "elapsed_seconds": elapsed})
    };
    let unknown = json!({"run_url": null, "status": null, "elapsed_seconds": null});
    let certain = stage.started().map_or(unknown, known);
    let probable = stage.probable().map(|run| {
        let mut probable = known(run);
        if let Value::Object(fields) = &mut probable {
            fields.insert("run_id".to_owned(), json!(run));
        }
        also_named(probable, &NAMES)
    });
    if let (Value::Object(fields), Value::Object(certain)) = (&mut line, certain) {
        fields.extend(certain);
        fields.insert("probable".to_owned(), json!(probable));
        fields.insert("timed_out".to_owned(), json!(matches!(end, End::TimeUp | End::Stopped(_))));
    }
    also_named(line, &NAMES)
}

fn code_of(end: &End, start: Option<&Start>) -> u8 {
    match end {
        // By convention 128 and the signal's number.
        End::Signal(number) => 128 + number,
        End::Wrong(_) => USAGE,
        // What becomes of another person's run says nothing of this start.
        End::Nothing(_) | End::Ended(_) | End::TimeUp if probable(start).is_some() => UNCONFIRMED,
        End::Nothing(_) => NOT_FOUND,
        End::TokenRefused => AUTH,
        End::Unreachable(_) => NETWORK,
        End::Probable(_) => UNCONFIRMED,
        End::Ended(RunStatus::Completed) => 0,
        End::Checked(checked) => match &checked.verdict {
            Verdict::Good => 0,
            Verdict::Bad(error) => code_of_refusal(error),
        },
        End::Ended(_) | End::TimeUp | End::Stopped(_) => FAILED,
        End::Settled => start.map_or(UNCONFIRMED, |start| match &start.entry.stage {
            StartStage::Started(_) => 0,
            StartStage::Refused(error) => code_of_refusal(error),
            StartStage::NeverSent(_) => FAILED,
            StartStage::Withdrawn | StartStage::Waiting => NETWORK,
            StartStage::Sent
            | StartStage::Unconfirmed(_)
            | StartStage::ProbablyOurs(_)
            | StartStage::Ambiguous(_)
            | StartStage::NotSeen
            | StartStage::Unreadable { .. } => UNCONFIRMED,
        }),
    }
}

/// The run that is only probably that of this start.
fn probable(start: Option<&Start>) -> Option<&RunId> {
    start.and_then(|start| start.entry.stage.probable())
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
            Some(StartStage::Started(run)) => format!("interrupted; the run {run} goes on"),
            Some(StartStage::ProbablyOurs(run)) => {
                format!("interrupted; {run}, which is probably the run of this start, goes on")
            }
            Some(_) => "interrupted before it was known whether it has started: `hextop journal \
                        --settle` finds out, and nothing is ever sent again"
                .to_owned(),
        }),
        End::Nothing(_) | End::Ended(_) | End::TimeUp if probable(start).is_some() => {
            let run = probable(start)?;
            let what = match end {
                End::Nothing(text) => text.clone(),
                End::Ended(status) => format!("{run} has ended as {}", status_word(status)),
                _ => format!("the time was up; {run} goes on"),
            };
            Some(format!(
                "{what}. It is only probably the run of this start, whose answer was lost: look at \
                 it in Hex before you rely on it"
            ))
        }
        End::Nothing(text) | End::Unreachable(text) | End::Probable(text) => Some(text.clone()),
        End::TokenRefused => Some(format!("{}.", ApiError::Unauthorized)),
        End::Wrong(_) | End::Checked(..) | End::Ended(RunStatus::Completed) => None,
        End::Ended(RunStatus::Errored) => Some("the run failed".to_owned()),
        End::Ended(RunStatus::Killed) => Some("the run was cancelled".to_owned()),
        End::Ended(RunStatus::NoKernel) => Some("the run got no kernel".to_owned()),
        End::Ended(status) => Some(format!("the run has ended as {}", status_word(status))),
        End::TimeUp => Some("the time was up; the run goes on".to_owned()),
        End::Stopped(None) => Some("the time was up; the run is cancelled".to_owned()),
        End::Stopped(Some(why)) => {
            Some(format!("the time was up; cancelling the run failed: {why}"))
        }
        End::Settled => match stage? {
            StartStage::Started(_) => None,
            StartStage::ProbablyOurs(run) => Some(format!(
                "its answer was lost; {run} appeared where its own run would be: probably it, but \
                 it may be another person's. Look at it in Hex before you rely on it"
            )),
            StartStage::Refused(error) => Some(format!("not started: {error}")),
            StartStage::NeverSent(why) => Some(format!("not started: {why}")),
            StartStage::Withdrawn | StartStage::Waiting => {
                Some("it could not be sent in time: nothing was started".to_owned())
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
            stage @ StartStage::Unreadable { .. } => stage.why(),
            StartStage::Sent | StartStage::Unconfirmed(_) => Some(
                "nobody knows yet whether it has started: `hextop journal --settle` finds out once \
                 its runs can be read, and nothing is ever sent again"
                    .to_owned(),
            ),
        },
    }
}

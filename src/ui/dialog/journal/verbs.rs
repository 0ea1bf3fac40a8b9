//! What can be done with an entry of the journal, and why not.

use crate::engine::Intent;
use crate::engine::model::{CancelEntry, Start, StartId, StartStage};
use crate::engine::queries::journal_rows::JournalRowId;
use crate::ui::command::{Context, Verb};
use crate::ui::dialog::Form;
use crate::ui::layer::{Cx, Outcome};
use crate::ui::{Effect, State, let_go, started};

/// Whether a verb is about the selected entry.
pub(super) fn is_of_entry(verb: Verb) -> bool {
    use Verb::{CopyId, Details, EditReason, Open, Rerun, TakeBack, WaitForRoom};
    matches!(verb, Details | EditReason | Rerun | Open | CopyId | TakeBack | WaitForRoom)
}

/// Why a verb cannot be carried out on the selected entry.
pub(super) fn why_not(verb: Verb, here: Option<JournalRowId>, state: &State) -> Option<String> {
    if !is_of_entry(verb) {
        return None;
    }
    let gone = || Some("there is no entry here".to_owned());
    match here {
        None => gone(),
        Some(JournalRowId::Start(id)) => match state.model.start_of(id) {
            Some(start) => why_not_start(verb, start, state),
            None => gone(),
        },
        Some(JournalRowId::Cancel(id)) => match state.model.cancel_entry(id) {
            Some(entry) => why_not_cancel(verb, entry, state),
            None => gone(),
        },
    }
}

fn why_not_start(verb: Verb, start: &Start, state: &State) -> Option<String> {
    let is_own = start.entry.by == state.model.session();
    let reached = &start.entry.stage;
    match verb {
        // What another process may still write of it could be written over.
        Verb::EditReason if !is_own && start.is_open() => {
            Some("another hextop is still busy with this: write the reason there, or later".into())
        }
        Verb::Rerun => state.why_not_rerun(start),
        Verb::Open => State::why_not_open(url_of_start(start, state).as_deref()),
        Verb::TakeBack if *reached == StartStage::Waiting && is_own => None,
        Verb::TakeBack if *reached == StartStage::Waiting => {
            Some("another hextop is to send this: it can be taken back only there".into())
        }
        Verb::TakeBack => Some(format!(
            "only what has not left can be taken back; this is {}. A run is cancelled with {} \
             among the runs",
            started::word(reached),
            state.key(Context::Panes, Verb::Cancel)
        )),
        Verb::WaitForRoom if !reached.wants_room() || !is_own => Some(format!(
            "only a start that Hex refused to this hextop for want of room can wait for some: {} \
             starts this again",
            state.key(Context::Journal, Verb::Rerun)
        )),
        _ => None,
    }
}

fn why_not_cancel(verb: Verb, entry: &CancelEntry, state: &State) -> Option<String> {
    let is_own = entry.by == state.model.session();
    match verb {
        Verb::Open => {
            let seen = state.model.run(&entry.project, &entry.run);
            State::why_not_open(seen.and_then(|seen| seen.run.url.as_deref()))
        }
        Verb::TakeBack if !is_own || !entry.stage.is_open() => {
            Some("only a cancel that is open in this hextop can be let go".into())
        }
        Verb::EditReason | Verb::Rerun | Verb::WaitForRoom => {
            Some("this entry is a cancel: that key is for starts".into())
        }
        _ => None,
    }
}

/// Carries out a verb on an entry, which is possible.
pub(super) fn run(verb: Verb, here: JournalRowId, cx: &mut Cx<'_>) -> Outcome {
    let model = &cx.state.model;
    match here {
        JournalRowId::Start(id) => {
            let Some(start) = model.start_of(id) else { return Outcome::Consumed };
            run_start(verb, id, start, cx)
        }
        JournalRowId::Cancel(id) => {
            let Some(entry) = model.cancel_entry(id) else { return Outcome::Consumed };
            run_cancel(verb, entry, cx);
            Outcome::Consumed
        }
    }
}

fn run_start(verb: Verb, id: StartId, start: &Start, cx: &mut Cx<'_>) -> Outcome {
    match verb {
        Verb::Rerun => {
            if let Some(form) = Form::of_start(start, cx) {
                return Outcome::Open(Box::new(form));
            }
        }
        Verb::Open => {
            if let Some(url) = url_of_start(start, cx.state) {
                cx.inform("opening the run in the browser");
                cx.effect(Effect::Open(url));
            }
        }
        Verb::CopyId => {
            let (what, copied) = match start.entry.stage.run() {
                Some(run) => ("run id", run.to_string()),
                None => ("id of this entry", id.to_string()),
            };
            cx.inform(format!("the {what} {copied}"));
            cx.effect(Effect::Copy(copied));
        }
        Verb::TakeBack => cx.intend(Intent::WithdrawStart(id)),
        Verb::WaitForRoom => {
            let key = cx.state.key(Context::Journal, Verb::TakeBack);
            cx.inform(format!("it is sent when there is room; {key} takes it back"));
            cx.intend(Intent::Requeue(id));
        }
        _ => {}
    }
    Outcome::Consumed
}

fn run_cancel(verb: Verb, entry: &CancelEntry, cx: &mut Cx<'_>) {
    match verb {
        Verb::Open => {
            let seen = cx.state.model.run(&entry.project, &entry.run);
            if let Some(url) = seen.and_then(|seen| seen.run.url.clone()) {
                cx.inform("opening the run in the browser");
                cx.effect(Effect::Open(url));
            }
        }
        Verb::CopyId => {
            let run = entry.run.to_string();
            cx.inform(format!("the run id {run}"));
            cx.effect(Effect::Copy(run));
        }
        Verb::TakeBack => {
            let runs = vec![entry.run.clone()];
            cx.inform(let_go::words(&cx.state.model, &runs));
            cx.intend(Intent::LetGoCancel(runs));
        }
        _ => {}
    }
}

/// Writes down why something was started.
pub(super) fn annotate(ticket: StartId, reason: Option<String>, cx: &mut Cx<'_>) {
    cx.inform(if reason.is_some() { "the reason is kept" } else { "the reason is taken out" });
    cx.intend(Intent::Annotate { ticket, reason });
}

fn url_of_start(start: &Start, state: &State) -> Option<String> {
    let run = start.entry.stage.run()?;
    state.model.run(&start.entry.project, run)?.run.url.clone()
}

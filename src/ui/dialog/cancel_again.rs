//! What the cancel dialog starts once its run is cancelled: nothing, the same once more, or what the form says.
//!
//! The inputs are frozen when the dialog opens, as the run is. Only inputs that the journal has for certain are offered.

use ratatui::text::Line;

use super::form::{Again, Form};
use super::rerun::{given, start_of};
use crate::domain::{Now, ProjectId, RunId, StartRun};
use crate::engine::Intent;
use crate::ui::State;
use crate::ui::command::{Context, Verb};
use crate::ui::kernels;
use crate::ui::layer::{Cx, Layer};
use crate::ui::text::{count, safe, wrap};

/// The most lines that say with which inputs.
const LINES: usize = 6;

/// What is started once the run is cancelled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Then {
    #[default]
    Nothing,
    /// The same inputs.
    Same,
    /// The form opens with them.
    Form,
}

/// What can be started again, and what is.
#[derive(Debug)]
pub(super) struct StartAgain {
    project: ProjectId,
    run: RunId,
    /// The same start; or why it cannot be sent as it is.
    same: Result<StartRun, String>,
    /// What the form opens with; or why it does not.
    form: Result<Again, String>,
    then: Then,
}

impl StartAgain {
    /// What is known of the inputs of a run.
    pub(super) fn of(state: &State, target: &(ProjectId, RunId), now: Now) -> Self {
        let same = start_of(state, target, now);
        let told = state.model.start_of_run(&target.1).and_then(Again::of);
        let form = match (&same, told) {
            (_, Some(told)) if told.is_sure() && state.why_not_start(&target.0).is_none() => {
                Ok(told)
            }
            (Err(why), _) => Err(why.clone()),
            (Ok(_), _) => Err("inputs unknown, not started from here".to_owned()),
        };
        let (project, run) = target.clone();
        Self { project, run, same, form, then: Then::Nothing }
    }

    /// Why nothing can be started again, if so.
    pub(super) fn why_not(&self, state: &State) -> Option<String> {
        if state.model.is_started_again(&self.run) {
            return Some("another start waits for the end of this run already".to_owned());
        }
        let why = self.same.as_ref().err().filter(|_| self.form.is_err())?;
        Some(format!("it cannot be started again from here: {why}"))
    }

    /// Whether something is.
    pub(super) fn is_wanted(&self) -> bool {
        self.then != Then::Nothing
    }

    /// On to the next that is possible.
    pub(super) fn turn(&mut self) {
        self.then = match self.then {
            Then::Nothing if self.same.is_ok() => Then::Same,
            Then::Nothing | Then::Same if self.form.is_ok() => Then::Form,
            _ => Then::Nothing,
        };
    }

    /// Has it started once the run is cancelled, which has just been ordered; gives the form, if it goes on there.
    pub(super) fn confirm(&self, cx: &mut Cx<'_>) -> Option<Box<dyn Layer>> {
        match (self.then, &self.same, &self.form) {
            (Then::Same, Ok(start), _) => {
                let (queue, project) = (cx.new_ticket(), self.project.clone());
                let (starts, after) = (vec![start.clone()], Some(self.run.clone()));
                let reason = Some(format!("again after the cancel of run {}", self.run.short()));
                cx.intend(Intent::Queue { queue, project, starts, reason, after });
                let key = cx.state.key(Context::Panes, Verb::Queues);
                let run = safe(self.run.short());
                cx.inform(format!("cancelling {run}; it starts again once that is done ({key})"));
                None
            }
            (Then::Form, _, Ok(again)) => {
                let form = Form::open(self.project.clone(), Some(again.clone()), cx);
                let run = safe(self.run.short());
                cx.inform(format!("cancelling {run}; what is started here waits for that"));
                Some(Box::new(form.after(self.run.clone())))
            }
            _ => None,
        }
    }

    /// What it comes to.
    pub(super) fn lines(&self, state: &State, width: usize, now: Now) -> Vec<Line<'static>> {
        let theme = state.options.theme;
        let text = match (self.then, &self.same) {
            (Then::Nothing, _) => return Vec::new(),
            (Then::Same, Ok(start)) => {
                format!("then starts again, once it is cancelled, with {}", given(start))
            }
            (Then::Form, Err(why)) => {
                format!("then opens the form; its start waits for the cancel ({why})")
            }
            _ => "then opens the form with its inputs; its start waits for the cancel".to_owned(),
        };
        let mut said = wrap(&text, width);
        if said.len() > LINES {
            let more = said.split_off(LINES - 1).len();
            let next = state.key(Context::Cancel, Verb::StartAgain);
            said.push(format!(
                "… and {} of inputs: {next} goes on to the form",
                count(more, "line")
            ));
        }
        let publishes =
            matches!((self.then, &self.same), (Then::Same, Ok(start)) if start.publishes());
        let publishes =
            publishes.then(|| "it updates the published app for all its readers".to_owned());
        let forbidden = state.model.start_forbidden_after(&self.project, &self.run, now);
        let forbidden =
            forbidden.map(|why| format!("a rule holds the start back: {}", safe(&why.to_string())));
        let warnings = publishes.into_iter().chain(forbidden).chain(kernels::warning(state, now));
        let warnings = warnings.flat_map(|text| wrap(&text, width));
        let said = said.into_iter().map(|line| Line::styled(line, theme.strong()));
        said.chain(warnings.map(|line| Line::styled(line, theme.warn()))).collect()
    }
}

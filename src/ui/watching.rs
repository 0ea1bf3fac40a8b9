//! What a person is told of while looking elsewhere: watched runs and projects, alerts, and whether the terminal
//! has the focus.

use std::collections::VecDeque;

use super::text::{count, safe};
use super::view::run_rows::RowId;
use super::{Effect, Pane, State};
use crate::domain::{Now, ProjectId, RunId, RunStatus};
use crate::engine::Intent;
use crate::engine::alerts::{Alert, AlertKind};
use crate::engine::model::{Change, News};

/// Alerts that are kept.
const KEPT: usize = 100;

/// Alerts, and what has happened while the terminal was not looked at.
#[derive(Debug, Default)]
pub(crate) struct Watching {
    /// The newest first.
    pub(crate) alerts: VecDeque<Alert>,
    /// Whether the terminal has the focus; none until it has told that it lost it, since not every one
    /// tells.
    focus: Option<bool>,
    /// Runs that have ended, failed and got out of hand since the focus was lost.
    away: [usize; 3],
}

impl State {
    /// The terminal has got or lost the focus, or nobody knows any more. That it has it counts only once it has
    /// told that it lost it.
    pub(super) fn note_focus(&mut self, focus: Option<bool>, now: Now) {
        let watching = &mut self.watching;
        if watching.focus == focus || (watching.focus, focus) == (None, Some(true)) {
            return;
        }
        watching.focus = focus;
        let [ended, failed, runaways] = std::mem::take(&mut watching.away);
        let told = [(ended, "ended"), (failed, "failed"), (runaways, "out of hand")];
        let told = told.into_iter().filter(|(number, _)| *number > 0);
        let told: Vec<_> = told.map(|(number, word)| format!("{number} {word}")).collect();
        if focus != Some(false) && !told.is_empty() {
            self.inform(format!("while you were away: {}", told.join(", ")), now);
        }
    }

    /// Counts what happens while the terminal does not have the focus.
    pub(super) fn note_away(&mut self, change: &Change) {
        if self.watching.focus != Some(false) || change.news == News::FirstLook {
            return;
        }
        let [ended, failed, _] = &mut self.watching.away;
        match change.to {
            RunStatus::Errored | RunStatus::NoKernel => *failed += 1,
            _ if change.to.is_terminal() => *ended += 1,
            _ => {}
        }
    }

    /// An alert: it stays in the list, and is told outside of the screen unless the person has that before
    /// them.
    pub(super) fn hear_alert(&mut self, alert: Alert, effects: &mut Vec<Effect>) {
        let [.., runaways] = &mut self.watching.away;
        *runaways += alert.items.iter().filter(|item| item.kind == AlertKind::Runaway).count();
        if self.watching.focus != Some(true) {
            effects.push(Effect::Notify(alert.clone()));
        }
        self.watching.alerts.push_front(alert);
        self.watching.alerts.truncate(KEPT);
    }

    /// The runs that would be watched: the marked ones or the selected one, as far as they go on.
    fn watch_targets(&self) -> Vec<(ProjectId, RunId)> {
        let goes_on = |(project, run): &(ProjectId, RunId)| {
            self.model.run(project, run).is_some_and(|seen| seen.run.is_active())
        };
        if !self.runs.marks.is_empty() {
            return self.runs.marks.iter().filter(|run| goes_on(run)).cloned().collect();
        }
        match &self.runs.cursor.key {
            Some(RowId::Run(project, run)) => {
                Some((project.clone(), run.clone())).filter(goes_on).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    /// Why nothing can be watched here, if so.
    pub(super) fn why_not_watch(&self) -> Option<String> {
        match self.list() {
            Pane::Projects => {
                let project = self.projects.cursor.key.as_ref();
                project
                    .is_none()
                    .then(|| "there is no project to watch: select one first".to_owned())
            }
            _ => self
                .watch_targets()
                .is_empty()
                .then(|| "only a run that goes on can be watched for its end".to_owned()),
        }
    }

    /// Watches the marked runs, the selected run or the selected project, or no longer.
    pub(super) fn watch(&mut self, now: Now, effects: &mut Vec<Effect>) {
        if self.list() == Pane::Projects {
            let Some(project) = self.projects.cursor.key.clone() else { return };
            let title = self.title(&project);
            let text = if self.model.watches_project(&project) {
                format!("{title} is watched no longer")
            } else {
                format!("{title} is watched: you are told when a run of it fails")
            };
            self.inform(text, now);
            return self.intend(Intent::WatchProject(project), now, effects);
        }
        let runs = self.watch_targets();
        // All of them are watched then, or none.
        let is_on = runs.iter().any(|(project, run)| !self.model.watches_run(project, run));
        for (project, run) in &runs {
            if self.model.watches_run(project, run) != is_on {
                self.intend(Intent::WatchRun(project.clone(), run.clone()), now, effects);
            }
        }
        let what = match runs.as_slice() {
            [(project, run)] => format!("{} of {}", safe(run.short()), self.title(project)),
            several => count(several.len(), "run"),
        };
        let text = if is_on {
            format!("watching {what}: you are told of the end")
        } else {
            format!("{what}: watched no longer")
        };
        self.inform(text, now);
    }
}

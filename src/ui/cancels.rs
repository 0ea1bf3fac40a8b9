//! Cancelling what is under the cursor, what is marked, or what a filter admits.

use std::collections::BTreeSet;

use super::dialog::CancelDialog;
use super::navigate::run_of;
use super::text::{count, safe};
use super::view::run_rows::{RowId, group};
use super::{Effect, Pane, State, let_go};
use crate::domain::filter::Subject;
use crate::domain::{Now, ProjectId, Query, RunId};
use crate::engine::Intent;
use crate::engine::model::{Cancelling, Moment, ProjectState, Start, StartStage};

impl State {
    /// The runs under the cursor or the marks whose cancels are open.
    pub(super) fn open_cancels_here(&self) -> Vec<RunId> {
        let wanted = self.cancel_targets().into_iter().map(|(_, run)| run);
        wanted.filter(|run| self.model.cancelling(run).is_some()).collect()
    }

    /// Takes back the cancels of the marks, of the selected run or of the selected project, however
    /// far they are.
    pub(super) fn let_go(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let runs = self.open_cancels_here();
        let text = let_go::words(&self.model, &runs);
        self.intend(Intent::LetGoCancel(runs), now, effects);
        self.inform(text, now);
    }

    /// The start under the cursor, if that has no run yet and no run is marked.
    fn start_here(&self) -> Option<&Start> {
        match &self.runs.cursor.key {
            Some(RowId::Start(ticket))
                if self.list() != Pane::Projects && self.runs.marks.is_empty() =>
            {
                self.model.start_of(*ticket)
            }
            _ => None,
        }
    }

    pub(super) fn why_not_cancel(&self) -> Option<String> {
        if let Some(start) = self.start_here() {
            let is_waiting = start.entry.stage == StartStage::Waiting;
            return (!is_waiting)
                .then(|| "no run is known for this start yet: it cannot be cancelled".to_owned());
        }
        let wanted = self.cancel_targets();
        if wanted.is_empty() {
            return Some("there is no run to cancel here".to_owned());
        }
        let open: Vec<_> = wanted.iter().filter(|target| self.may_cancel(target)).collect();
        if open.is_empty() {
            let runs = count(wanted.len(), "run");
            return Some(format!("nothing to cancel: {runs} ended or on the way"));
        }
        self.why_not_together(open.iter().copied())
    }

    fn why_not_together<'a>(
        &self,
        runs: impl IntoIterator<Item = &'a (ProjectId, RunId)> + Clone,
    ) -> Option<String> {
        let projects: BTreeSet<_> = runs.clone().into_iter().map(|(project, _)| project).collect();
        if let Some(refusal) = projects.iter().find_map(|project| self.model.read_only(project)) {
            return Some(safe(&refusal.to_string()));
        }
        (self.guards(runs).len() > 1).then(|| {
            "these runs are of several protected projects: cancel one project's at a time"
                .to_owned()
        })
    }

    /// Opens the cancel dialog on all active runs that a filter admits.
    pub(super) fn cancel_filtered(&mut self, filter: &str, now: Now) {
        let query = match Query::parse(filter, Subject::Runs, &self.saved) {
            Ok(query) => query,
            Err(error) => return self.warn(error.to_string(), now),
        };
        if query.asks_for_past() && !self.model.has_read_store() {
            let text = "the store is still being read, so it is not known which runs that admits: \
                        try again in a moment";
            return self.warn(text.to_owned(), now);
        }
        let moment = self.model.moment(now);
        let (mut wanted, mut undecided) = (Vec::new(), 0);
        for (watched, seen) in self.model.active_runs() {
            let start = self.model.start_facts(&query, &seen.run);
            match query.judges(&moment.facts(watched, seen, start)) {
                Some(true) => wanted.push((seen.run.project.clone(), seen.run.id.clone())),
                Some(false) => {}
                None => undecided += 1,
            }
        }
        let left_out = match undecided {
            0 => String::new(),
            number => {
                let runs = count(number, "active run");
                format!("{runs} left out: it is not known whether `{}` admits that", safe(filter))
            }
        };
        let wanted = self.in_order(wanted, moment);
        let total = wanted.len();
        let open: Vec<_> = wanted.into_iter().filter(|target| self.may_cancel(target)).collect();
        if open.is_empty() {
            let text = match total {
                0 if undecided > 0 => format!("nothing to cancel: {left_out}"),
                0 => format!("no active run is known that `{}` admits", safe(filter)),
                number => format!("nothing to cancel: {} on the way", count(number, "cancel")),
            };
            return self.warn(text, now);
        }
        match self.why_not_together(&open) {
            Some(why) => return self.warn(why, now),
            None => self.open_cancel(open, total, now),
        }
        if !left_out.is_empty() {
            self.warn(left_out, now);
        }
    }

    fn open_cancel(&mut self, open: Vec<(ProjectId, RunId)>, wanted: usize, now: Now) {
        let guard = self.guards(&open).into_iter().next();
        let dialog = CancelDialog::new(open, wanted, guard, (self, now));
        self.layers.push(Box::new(dialog));
    }

    /// The titles to type before these runs are cancelled.
    fn guards<'a>(
        &self,
        runs: impl IntoIterator<Item = &'a (ProjectId, RunId)>,
    ) -> BTreeSet<String> {
        runs.into_iter().filter_map(|(project, _)| self.model.protected_name(project)).collect()
    }

    /// Opens the dialog on the marks, on the selected run, or on all active runs of the selected
    /// project. A start that has not left yet is simply taken back.
    pub(super) fn cancel(&mut self, now: Now, effects: &mut Vec<Effect>) {
        if let Some(ticket) = self.start_here().map(|start| start.entry.id) {
            return self.intend(Intent::WithdrawStart(ticket), now, effects);
        }
        let wanted = self.cancel_targets();
        let total = wanted.len();
        let open: Vec<_> = wanted.into_iter().filter(|target| self.may_cancel(target)).collect();
        self.open_cancel(open, total, now);
    }

    fn cancel_targets(&self) -> Vec<(ProjectId, RunId)> {
        if self.list() == Pane::Projects {
            let project = self.projects.cursor.key.as_ref();
            let watched = project.and_then(|id| self.model.project(id));
            let active = watched.into_iter().flat_map(ProjectState::active);
            return active.map(|seen| (seen.run.project.clone(), seen.run.id.clone())).collect();
        }
        if !self.runs.marks.is_empty() {
            return self.marks_in_order();
        }
        self.runs.cursor.key.iter().filter_map(run_of).collect()
    }

    /// The marked runs in the order of the list.
    pub(super) fn marks_in_order(&self) -> Vec<(ProjectId, RunId)> {
        self.in_order(self.runs.marks.iter().cloned().collect(), self.model.moment(self.last))
    }

    /// Runs in the order that the list has, or would have if it showed them; those that are not known any
    /// more come last.
    fn in_order(
        &self,
        mut runs: Vec<(ProjectId, RunId)>,
        moment: Moment,
    ) -> Vec<(ProjectId, RunId)> {
        let place = |(project, run): &(ProjectId, RunId)| {
            let known = self.model.project(project).zip(self.model.run(project, run));
            let key = known.map(|(watched, seen)| {
                self.runs.sort.key(watched, seen, group(&self.model, watched, seen, moment), moment)
            });
            (key.is_none(), key)
        };
        runs.sort_by_cached_key(place);
        runs
    }

    fn may_cancel(&self, (project, run): &(ProjectId, RunId)) -> bool {
        let active = self.model.run(project, run).is_some_and(|seen| seen.run.is_active());
        active && !self.model.cancelling(run).is_some_and(Cancelling::is_open)
    }
}

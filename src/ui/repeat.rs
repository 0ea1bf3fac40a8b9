//! Starting, re-running and comparing what is under the cursor, or marked.

use super::command::{Context, Verb};
use super::dialog::{Again, Compare, Form, RerunDialog};
use super::view::run_rows::RowId;
use super::{Effect, Pane, State};
use crate::domain::{Now, ProjectId};
use crate::engine::model::Start;

impl State {
    pub(super) fn trigger(
        &mut self,
        project: Option<ProjectId>,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let Some(project) = project else { return };
        self.open(now, effects, |cx| Some(Box::new(Form::open(project, None, cx))));
    }

    /// Why a project cannot be run, if it cannot.
    pub(super) fn why_not_start(&self, project: &ProjectId) -> Option<String> {
        let why = match self.model.project(project).map(|watched| watched.project.is_runnable()) {
            Some(true) => return self.model.read_only(project).map(|refusal| refusal.to_string()),
            Some(false) => "only a published project can be run: publish it in Hex first",
            None => "this project is not watched here, or is gone: it cannot be run from here",
        };
        Some(why.to_owned())
    }

    pub(super) fn why_not_repeat(&self) -> Option<String> {
        if !self.runs.marks.is_empty() && self.list() != Pane::Projects {
            return None;
        }
        let row = self.runs.cursor.key.as_ref().filter(|_| self.list() != Pane::Projects);
        match row {
            Some(RowId::Start(ticket)) => self.why_not_rerun(self.model.start_of(*ticket)?),
            Some(RowId::Run(project, _)) => self.why_not_start(project),
            None => {
                let key = |verb| self.key(Context::Panes, verb);
                let (again, start) = (key(Verb::Rerun), key(Verb::Trigger));
                Some(format!(
                    "{again} repeats a run: select one among the runs first ({start} starts a project)"
                ))
            }
        }
    }

    /// Why the form cannot be opened on what a start has sent, if so.
    pub(super) fn why_not_rerun(&self, start: &Start) -> Option<String> {
        if Again::of(start).is_none() {
            return Some("a later hextop has written this: it cannot be read here".to_owned());
        }
        self.why_not_start(&start.entry.project)
    }

    /// Opens the form on what the selected run was started with, or the review of the marked runs.
    /// Nothing is sent by that.
    pub(super) fn rerun(&mut self, now: Now, effects: &mut Vec<Effect>) {
        if !self.runs.marks.is_empty() && self.list() != Pane::Projects {
            let review = RerunDialog::new(self, self.marks_in_order(), now);
            match review.why_empty() {
                Some(reason) => self.warn(reason, now),
                None => self.layers.push(Box::new(review)),
            }
            return;
        }
        let row = self.runs.cursor.key.clone();
        self.open(now, effects, |cx| match row? {
            RowId::Start(ticket) => {
                let start = cx.state.model.start_of(ticket)?;
                Form::of_start(start, cx).map(|form| Box::new(form) as _)
            }
            RowId::Run(project, run) => {
                let told = cx.state.model.start_of_run(&run).and_then(Again::of);
                let again = told.unwrap_or(Again::Untold(run));
                Some(Box::new(Form::open(project, Some(again), cx)))
            }
        });
    }

    pub(super) fn why_not_compare(&self) -> Option<String> {
        let key = |verb| self.key(Context::Panes, verb);
        let (two, mark) = (key(Verb::Compare), key(Verb::Mark));
        match self.runs.marks.len() {
            0 => Some(format!("{two} compares two runs: mark both with {mark} first")),
            1 => Some(format!("{two} compares two runs: mark one more with {mark}")),
            2 => None,
            number => Some(format!(
                "{two} compares two runs and {number} are marked: {} clears the marks",
                key(Verb::Back)
            )),
        }
    }

    /// Opens what two marked runs have different.
    pub(super) fn compare(&mut self) {
        let marks: Vec<_> = self.runs.marks.iter().cloned().collect();
        if let Ok(pair) = <[_; 2]>::try_from(marks) {
            self.layers.push(Box::new(Compare::new(pair, &self.model)));
        }
    }
}

//! Running again and comparing: what a person wants of runs that there were.

use super::dialog::{Again, Compare};
use super::view::run_rows::RowId;
use super::{Effect, Overlay, Pane, State};
use crate::domain::{Now, ProjectId};
use crate::engine::model::StartId;

impl State {
    /// Opens the form on what the selected run was started with. Nothing is sent by that.
    pub(super) fn rerun(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let row = self.runs.cursor.key.clone().filter(|_| self.focus != Pane::Projects);
        match row {
            Some(RowId::Start(ticket)) => {
                self.rerun_start(ticket, now, effects);
            }
            Some(RowId::Run(project, run)) => {
                let told = self.model.start_of_run(&run).and_then(Again::of);
                let again = told.unwrap_or(Again::Untold(run));
                self.repeat(project, again, now, effects);
            }
            None => {
                let text = "T repeats a run: select one among the runs first (t starts a project)";
                self.warn(text.to_owned(), now);
            }
        }
    }

    /// The same for a start that the journal has; tells whether the form is open.
    pub(super) fn rerun_start(
        &mut self,
        ticket: StartId,
        now: Now,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let Some(start) = self.model.start_of(ticket) else { return false };
        let project = start.entry.project.clone();
        let Some(again) = Again::of(start) else {
            self.warn("a later hextop has written this: it cannot be read here".to_owned(), now);
            return false;
        };
        self.repeat(project, again, now, effects)
    }

    fn repeat(
        &mut self,
        project: ProjectId,
        again: Again,
        now: Now,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let may = self.may_start(&project, now);
        if may {
            self.show_form(project, Some(again), now, effects);
        }
        may
    }

    /// Opens what two marked runs have different.
    pub(super) fn compare(&mut self, now: Now) {
        let marks: Vec<_> = self.runs.marks.iter().cloned().collect();
        match <[_; 2]>::try_from(marks) {
            Ok(pair) => self.overlay = Some(Overlay::Compare(Compare::new(pair, &self.model))),
            Err(marks) => {
                let text = match marks.len() {
                    0 => "D compares two runs: mark both with Space first".to_owned(),
                    1 => "D compares two runs: mark one more with Space".to_owned(),
                    number => {
                        format!("D compares two runs and {number} are marked: Esc clears the marks")
                    }
                };
                self.warn(text, now);
            }
        }
    }
}

//! How the rows and the cursors follow the model.

use crate::domain::Now;

use super::State;
use super::layout::{self, Areas};
use super::view::cursor::Rows as _;
use super::view::project_rows::ProjectRows;
use super::view::run_rows::{RowId, RunRows, Wanted};

/// How often rows are put in order anew where time alone changes it, in seconds.
const REORDER: u64 = 5;

/// What the rows were made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RowsOf {
    revision: u64,
    /// Counts the moments at which time changes the order.
    period: u64,
    /// The revision of the journal, if the filter asks for what was started from here.
    journal: Option<u64>,
}

impl State {
    /// Changes the rows if what they show has changed, and lets the cursors follow.
    ///
    /// `by_person`: a key has changed what is shown, and not news.
    pub(super) fn refresh_rows(&mut self, by_person: bool, now: Now) {
        let now = self.shown_now(now);
        let revision = self.shown().revision();
        let asks = self.runs.filter.query.asks_for_mine();
        let journal = asks.then(|| self.shown().journal_revision());
        let period = now.boot.since_boot().as_secs() / REORDER;
        let rows_of = RowsOf { revision, period, journal };
        if self.rows_of != Some(rows_of) {
            self.change_rows(rows_of, now);
        }
        if let Some((project, run)) = self.await_run.take() {
            match self.runs.rows.position(&RowId::Run(project.clone(), run.clone())) {
                Some(index) => self.runs.cursor.go(&self.runs.rows, index),
                None => self.await_run = Some((project, run)),
            }
        }
        if self.model.is_caught_up(now) {
            self.settle_cursors();
        }
        let Areas { projects, runs, .. } = layout::areas(self);
        let lost = [
            self.projects.cursor.follow(&self.projects.rows, layout::rows_in(projects, 0)),
            self.runs.cursor.follow(&self.runs.rows, layout::rows_in(runs, 1)),
        ];
        for (at, is_lost) in self.lost_row.iter_mut().zip(lost) {
            if is_lost && !by_person {
                *at = Some(now.boot);
            }
        }
    }

    fn change_rows(&mut self, rows_of: RowsOf, now: Now) {
        let changed = self.model.take_changed_projects();
        let model = self.frozen.as_ref().map_or(&self.model, |(_, model)| model);
        let server_now = model.server_now(now);
        let (projects, runs) = (&mut self.projects, &mut self.runs);
        let same_journal = |before: &RowsOf| before.journal == rows_of.journal;
        if let Some(before) = self.rows_of.filter(same_journal) {
            projects.rows.update(model, &changed);
            runs.rows.update(model, &changed, server_now);
            if before.period != rows_of.period {
                runs.rows.pass_time(model, server_now);
            }
        } else {
            projects.rows = ProjectRows::of(model, projects.filter.query.clone(), projects.sort);
            let (query, scope) = (runs.filter.query.clone(), runs.scope.clone());
            let wanted = Wanted { query, tab: runs.tab, scope, sort: runs.sort };
            runs.rows = RunRows::of(model, wanted, server_now);
        }
        self.rows_of = Some(rows_of);
    }

    /// From now on the cursors stay on their rows.
    pub(super) fn settle_cursors(&mut self) {
        self.projects.cursor.settled = true;
        self.runs.cursor.settled = true;
    }

    /// Makes the next refresh build the rows anew: filter, tab, scope or order have changed. A
    /// cursor whose row is among them no longer goes to the top.
    pub(super) fn forget_rows(&mut self) {
        self.rows_of = None;
        (self.runs.cursor.index, self.runs.cursor.top) = (0, 0);
        (self.projects.cursor.index, self.projects.cursor.top) = (0, 0);
    }
}

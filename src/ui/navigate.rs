//! Moving on the panes: cursor, tabs, focus, zoom, and marks.

use crate::domain::{Boot, Now, ProjectId, RunId};
use crate::engine::Intent;

use super::command::verb::TABS;
use super::command::{Command, Verb};
use super::layout::{self, rows_in};
use super::tour::Step;
use super::view::cursor::Rows as _;
use super::view::filter::Filter;
use super::view::run_cursor::Parted as _;
use super::view::run_rows::RowId;
use super::view::sort::{SortBy, SortColumn};
use super::{Effect, Pane, State};

impl State {
    /// Carries out a command that only moves, or changes what is shown.
    pub(super) fn navigate(&mut self, command: &Command) {
        (self.awaited, self.moved) = (None, self.last.boot);
        if command.verb.moves() {
            // The person has chosen the row.
            self.lost_row = [None; 2];
        }
        if self.focus == Pane::Detail && self.detail.run(command.verb) {
            return;
        }
        match command.verb {
            Verb::Down => self.step(1),
            Verb::Up => self.step(-1),
            Verb::PageDown => self.step(self.page()),
            Verb::PageUp => self.step(-self.page()),
            Verb::Top => self.step(isize::MIN),
            Verb::Bottom => self.step(isize::MAX),
            Verb::NextMatch => self.round(1),
            Verb::PreviousMatch => self.round(-1),
            Verb::NextPane => self.focus = self.other_pane(1),
            Verb::PreviousPane => self.focus = self.other_pane(2),
            Verb::NextTab => self.show_tab((self.runs.tab + 1) % TABS.len()),
            Verb::PreviousTab => self.show_tab((self.runs.tab + TABS.len() - 1) % TABS.len()),
            Verb::Tab => {
                let tab = command.argument.as_deref().and_then(tab_named);
                self.show_tab(tab.unwrap_or_default());
            }
            Verb::Enter => self.enter(),
            Verb::Zoom => self.zoom = !self.zoom,
            Verb::Mark => self.mark(),
            Verb::MarkRange => self.mark_range(),
            Verb::MarkAll => self.mark_first(usize::MAX),
            Verb::MarkOutOfHand => self.mark_out_of_hand(),
            Verb::SortDirection => {
                let list = self.list();
                let (projects, runs) = (&mut self.projects.sort, &mut self.runs.sort);
                let reversed = match list {
                    Pane::Projects => &mut projects.reversed,
                    Pane::Runs | Pane::Detail => &mut runs.reversed,
                };
                *reversed = !*reversed;
                self.change_rows_here();
            }
            _ => {}
        }
    }

    /// Sorts the pane in focus by the next column, or by one that is named; by the same once more, in the
    /// other direction.
    pub(super) fn sort(&mut self, named: Option<&str>, now: Now) {
        let (what, is_sorted) = match self.list() {
            Pane::Projects => ("projects", turn(&mut self.projects.sort, named)),
            Pane::Runs | Pane::Detail => ("runs", turn(&mut self.runs.sort, named)),
        };
        if !is_sorted {
            let name = named.unwrap_or_default();
            return self.warn(format!("{what} are not sorted by {name}"), now);
        }
        self.change_rows_here();
    }

    /// Filters the pane in focus.
    pub(super) fn set_filter(&mut self, text: &str) {
        let filter = match self.list() {
            Pane::Projects => &mut self.projects.filter,
            Pane::Runs | Pane::Detail => &mut self.runs.filter,
        };
        filter.set(text, &self.saved);
        if !text.is_empty() {
            self.tour_done(Step::Filter, self.last);
        }
        self.change_rows_here();
    }

    /// The filter of the pane in focus.
    pub(crate) fn filter(&self) -> &Filter {
        match self.list() {
            Pane::Projects => &self.projects.filter,
            Pane::Runs | Pane::Detail => &self.runs.filter,
        }
    }

    fn page(&self) -> isize {
        let areas = layout::areas(self);
        let rows = match self.list() {
            Pane::Projects => rows_in(areas.projects, 0),
            Pane::Runs | Pane::Detail => self.runs.cursor.page(),
        };
        isize::try_from(rows.max(2) - 1).unwrap_or(1)
    }

    fn step(&mut self, by: isize) {
        let to = |index: usize| index.saturating_add_signed(by);
        match self.list() {
            Pane::Projects => {
                let index = to(self.projects.cursor.index);
                self.projects.cursor.go(&self.projects.rows, index);
            }
            Pane::Runs | Pane::Detail => {
                let index = to(self.runs.cursor.index);
                self.runs.cursor.go(&self.runs.rows, index);
            }
        }
    }

    /// Goes on by one row, from the last to the first.
    fn round(&mut self, by: isize) {
        let (index, rows) = match self.list() {
            Pane::Projects => (self.projects.cursor.index, self.projects.rows.len()),
            Pane::Runs | Pane::Detail => (self.runs.cursor.index, self.runs.rows.len()),
        };
        let last = rows.saturating_sub(1);
        match (by > 0, index) {
            (true, at) if at >= last => self.step(isize::MIN),
            (false, 0) => self.step(isize::MAX),
            _ => self.step(by),
        }
    }

    fn other_pane(&self, by: usize) -> Pane {
        let panes = [Pane::Projects, Pane::Runs, Pane::Detail];
        let at = panes.iter().position(|pane| *pane == self.focus).unwrap_or(0);
        panes.into_iter().cycle().nth(at + by).unwrap_or(Pane::Runs)
    }

    fn show_tab(&mut self, tab: usize) {
        self.change_list(|runs| runs.tab = tab);
    }

    /// Goes to the row of a run. What hides it is taken away: the filter, the tab, another project.
    pub(super) fn show_run(&mut self, project: ProjectId, run: RunId, now: Now) {
        self.focus = Pane::Runs;
        let row = RowId::Run(project.clone(), run);
        if !self.runs.cursor.go_to(&self.runs.rows, &row) {
            self.set_filter("");
            self.show_tab(0);
            self.show_project(Some(project));
            self.awaited = Some((row, now.boot));
        }
    }

    /// Shows the runs of a project alone.
    pub(super) fn show_project(&mut self, project: Option<ProjectId>) {
        self.change_list(|runs| runs.scope = project);
        self.focus = Pane::Runs;
    }

    fn enter(&mut self) {
        match self.focus {
            Pane::Projects => self.show_project(self.projects.cursor.key.clone()),
            Pane::Runs => {
                // Where there is no room for the details beside the runs, they take all of it.
                self.zoom |= layout::areas(self).detail.is_empty();
                self.focus = Pane::Detail;
            }
            Pane::Detail => self.zoom = !self.zoom,
        }
    }

    /// Undoes the innermost thing: unsent cancels, marks, filter, and then what [`Self::retreat`]
    /// undoes.
    pub(super) fn back(&mut self, now: Now, effects: &mut Vec<Effect>) {
        if self.model.unsent_cancels() > 0 {
            self.intend(Intent::WithdrawCancels, now, effects);
        } else if !self.runs.marks.is_empty() || self.runs.anchor.is_some() {
            self.runs.marks.clear();
            self.runs.anchor = None;
        } else if !self.filter().text.is_empty() {
            self.set_filter("");
        } else {
            self.retreat();
        }
    }

    /// Leaves zoom, the details, or a project's own runs; tells whether there was any to leave.
    pub(super) fn retreat(&mut self) -> bool {
        if self.zoom {
            self.zoom = false;
            if self.focus == Pane::Detail && layout::areas(self).detail.is_empty() {
                self.focus = self.list();
            }
        } else if self.focus == Pane::Detail {
            self.focus = self.list();
        } else if self.runs.scope.is_some() {
            self.change_list(|runs| runs.scope = None);
            self.focus = Pane::Projects;
        } else {
            return false;
        }
        true
    }

    fn mark(&mut self) {
        let Some(RowId::Run(project, run)) = self.runs.cursor.key.clone() else { return };
        if self.list() == Pane::Projects {
            return;
        }
        let mark = (project, run);
        if !self.runs.marks.remove(&mark) {
            self.runs.marks.insert(mark);
        }
        self.step(1);
    }

    fn mark_range(&mut self) {
        let row = self.runs.cursor.key.clone().filter(|_| self.list() != Pane::Projects);
        self.runs.anchor = match (&self.runs.anchor, row) {
            (None, Some(row)) => Some((row, self.runs.marks.clone())),
            _ => None,
        };
        self.extend_range();
    }

    /// While a range is open, what was marked before and everything between its beginning and
    /// the cursor is marked.
    pub(super) fn extend_range(&mut self) {
        let Some((anchor, before)) = &self.runs.anchor else { return };
        let Some(start) = self.runs.rows.position(anchor) else { return };
        let here = self.runs.cursor.index;
        let rows = self.runs.rows.from(start.min(here)).take(start.abs_diff(here) + 1);
        let range = rows.filter_map(|row| run_of(&row));
        self.runs.marks = before.iter().cloned().chain(range).collect();
    }

    /// Marks the first so many rows.
    fn mark_first(&mut self, number: usize) {
        let rows = self.runs.rows.from(0).take(number);
        self.runs.marks.extend(rows.filter_map(|row| run_of(&row)));
    }

    /// Marks the runs out of hand that are listed, and says how many are not.
    fn mark_out_of_hand(&mut self) {
        let (here, all) = (self.runs.rows.parts().out_of_hand, self.alarms.all());
        self.mark_first(here);
        match all.saturating_sub(here) {
            0 if all == 0 => self.inform("no run is known to be out of hand".to_owned(), self.last),
            0 => {}
            rest => {
                let text = format!("{rest} more out of hand: not listed here, so not marked");
                self.warn(text, self.last);
            }
        }
    }

    /// Marked runs that are not among the rows.
    pub(crate) fn hidden_marks(&self) -> usize {
        let row = |(project, run): &(ProjectId, RunId)| RowId::Run(project.clone(), run.clone());
        let is_hidden = |mark: &&(ProjectId, RunId)| self.runs.rows.position(&row(mark)).is_none();
        self.runs.marks.iter().filter(is_hidden).count()
    }

    /// Seconds until a moment, rounded up.
    pub(crate) fn seconds_until(at: Boot, now: Now) -> u64 {
        let left = at.saturating_sub(now.boot);
        left.as_secs() + u64::from(left.subsec_nanos() > 0)
    }
}

/// Changes an order; tells whether there is such a one.
fn turn<C: SortColumn>(sort: &mut SortBy<C>, named: Option<&str>) -> bool {
    sort.turned(named).inspect(|turned| *sort = *turned).is_some()
}

/// The tab of a status, by its name.
fn tab_named(name: &str) -> Option<usize> {
    TABS.iter().position(|known| *known == name)
}

pub(super) fn run_of(row: &RowId) -> Option<(ProjectId, RunId)> {
    match row {
        RowId::Run(project, run) => Some((project.clone(), run.clone())),
        RowId::Start(_) => None,
    }
}

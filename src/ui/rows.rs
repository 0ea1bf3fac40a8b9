//! Which rows the panes show, in which order, and where the cursors are.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::domain::{Now, ProjectId, Query, RunId, RunStatus};
use crate::engine::Model;
use crate::engine::model::{ProjectState, RunState, Start, StartId, StartStage, newer};
use crate::engine::sync::coordinator::Session;

use super::layout::{self, Areas};
use super::text::safe;
use super::{Runs, State};

/// Names a row of the pane of runs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum RowId {
    /// A start that has no run yet.
    Start(StartId),
    /// A run.
    Run(ProjectId, RunId),
}

/// A filter as typed, and as last understood.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    pub(crate) text: String,
    pub(crate) query: Query,
    /// What is wrong with the text, while it is.
    pub(crate) error: Option<String>,
}

impl Filter {
    /// Reads `text`; what cannot be read leaves the filter in force as it was.
    pub(crate) fn set(&mut self, text: &str) {
        text.clone_into(&mut self.text);
        match Query::parse(text) {
            Ok(query) => (self.query, self.error) = (query, None),
            Err(error) => self.error = Some(error),
        }
    }
}

/// A cursor that stays on its row when rows move.
#[derive(Debug)]
pub(crate) struct Cursor<K> {
    pub(crate) key: Option<K>,
    pub(crate) index: usize,
    /// First row on the screen.
    pub(crate) top: usize,
    /// Whether it stays on its row; before that it stays on top, so that the first rows to be
    /// read do not carry it away.
    pub(crate) settled: bool,
}

impl<K> Default for Cursor<K> {
    fn default() -> Self {
        Self { key: None, index: 0, top: 0, settled: false }
    }
}

impl<K: Clone + PartialEq> Cursor<K> {
    /// Finds its row again; if it is gone, the row that took its place.
    pub(crate) fn follow(&mut self, rows: &[K], height: usize) {
        let key = self.key.as_ref().filter(|_| self.settled);
        let found = key.and_then(|key| rows.iter().position(|row| row == key));
        self.index = found.unwrap_or(self.index).min(rows.len().saturating_sub(1));
        self.key = rows.get(self.index).cloned();
        let highest = self.index.saturating_sub(height.saturating_sub(1));
        let lowest = rows.len().saturating_sub(height);
        self.top = self.top.clamp(highest, self.index.max(highest)).min(lowest.max(highest));
    }

    /// Goes to a row.
    pub(crate) fn go(&mut self, rows: &[K], index: usize) {
        self.index = index.min(rows.len().saturating_sub(1));
        self.key = rows.get(self.index).cloned();
    }
}

/// What the runs are sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Column {
    /// Active ones first, those far beyond their usual duration before all; then the newest.
    #[default]
    Status,
    Project,
    Started,
    Elapsed,
    Usual,
    RunState,
}

impl Column {
    const ALL: [Self; 6] =
        [Self::Status, Self::Project, Self::Started, Self::Elapsed, Self::Usual, Self::RunState];

    /// The column's heading.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Status => "STATUS",
            Self::Project => "PROJECT",
            Self::Started => "STARTED",
            Self::Elapsed => "ELAPSED",
            Self::Usual => "USUAL",
            Self::RunState => "SEEN",
        }
    }

    pub(crate) fn next(self) -> Self {
        let at = Self::ALL.iter().position(|column| *column == self).unwrap_or(0);
        Self::ALL.get(at + 1).copied().unwrap_or_default()
    }
}

/// The order of the runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sort {
    pub(crate) column: Column,
    pub(crate) reversed: bool,
}

impl Sort {
    /// Whether the order changes by itself while time passes.
    fn by_time(self) -> bool {
        matches!(self.column, Column::Status | Column::Elapsed | Column::Usual)
    }
}

/// How often rows are put in order anew where time alone changes it, in seconds.
const REORDER: u64 = 5;

/// The statuses of the tabs after "all".
pub(crate) const TABS: [RunStatus; 6] = RunStatus::KNOWN;

impl State {
    /// Builds the rows anew if what they show has changed, and lets the cursors follow.
    pub(super) fn refresh_rows(&mut self, now: Now) {
        let now = self.shown_now(now);
        let revision = self.shown().revision();
        let timed = !self.runs.filter.query.is_empty() || self.runs.sort.by_time();
        let period = timed.then_some(now.boot.since_boot().as_secs() / REORDER);
        if self.rows_of != Some((revision, period)) {
            let model = self.frozen.as_ref().map_or(&self.model, |(_, model)| model);
            let (rows, counts) = run_rows(model, &self.runs, model.server_now(now));
            let projects = project_rows(model, &self.projects.filter.query);
            (self.runs.rows, self.runs.counts) = (rows, counts);
            self.projects.rows = projects;
            self.runs.doubtful = doubtful(model);
            self.rows_of = Some((revision, period));
        }
        if let Some(run) = &self.await_run {
            let is_it = |row: &RowId| matches!(row, RowId::Run(_, id) if id == run);
            if let Some(index) = self.runs.rows.iter().position(is_it) {
                self.runs.cursor.go(&self.runs.rows, index);
                self.await_run = None;
            }
        }
        if self.model.is_caught_up(now) {
            self.settle_cursors();
        }
        let Areas { projects, runs, .. } = layout::areas(self);
        self.projects.cursor.follow(&self.projects.rows, layout::rows_in(projects, 0));
        self.runs.cursor.follow(&self.runs.rows, layout::rows_in(runs, 1));
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

fn project_rows(model: &Model, query: &Query) -> Vec<ProjectId> {
    let mut rows: Vec<_> = model.projects().filter(|w| query.admits_project(&w.project)).collect();
    rows.sort_by_cached_key(|w| {
        let idle = w.active().next().is_none();
        let pinned = model.pinned().contains(&w.project.id);
        (!pinned, !w.project.is_runnable(), idle, safe(&w.project.title).to_lowercase())
    });
    rows.into_iter().map(|w| w.project.id.clone()).collect()
}

fn run_rows(model: &Model, runs: &Runs, server_now: Timestamp) -> (Vec<RowId>, [usize; 7]) {
    let mut counts = [0; 7];
    let in_scope = |project: &ProjectId| runs.scope.as_ref().is_none_or(|scope| scope == project);
    let mut shown: Vec<Row<'_>> = Vec::new();
    for (watched, seen) in model.runs() {
        let title = &watched.project.title;
        if !in_scope(&watched.project.id) || !runs.filter.query.admits(&seen.run, title, server_now)
        {
            continue;
        }
        let tab = TABS.iter().position(|status| *status == seen.run.status).map_or(0, |at| at + 1);
        for (index, count) in counts.iter_mut().enumerate() {
            *count += usize::from(index == 0 || index == tab);
        }
        if runs.tab == 0 || runs.tab == tab {
            let urgency = seen.run.is_active().then(|| is_far_beyond(watched, seen, server_now));
            shown.push((urgency, watched, seen));
        }
    }
    sort(&mut shown, runs.sort, server_now);
    let starts = model
        .starts()
        .filter(|start| runs.tab == 0 && in_scope(&start.entry.project))
        .filter(|start| has_row(start, model.session()))
        .map(|start| RowId::Start(start.entry.id));
    let runs = shown
        .into_iter()
        .map(|(_, watched, seen)| RowId::Run(watched.project.id.clone(), seen.run.id.clone()));
    (starts.chain(runs).collect(), counts)
}

/// An active run that has taken this many times its usual duration is pointed out.
const FAR_BEYOND: f64 = 3.0;

/// Whether an active run has taken far longer than its project's runs usually do.
pub(crate) fn is_far_beyond(
    watched: &ProjectState,
    seen: &RunState,
    server_now: Timestamp,
) -> bool {
    let ratio = || watched.ratio(seen.run.elapsed_at(server_now));
    seen.run.is_active() && ratio().is_some_and(|ratio| ratio >= FAR_BEYOND)
}

/// Whether a start is shown as a row of its own: it is on its way, or nobody knows its run. What
/// waits in a queue has its place there, and what earlier sessions never found out in the journal.
fn has_row(start: &Start, session: Session) -> bool {
    match &start.entry.stage {
        // One that waits for room by itself is no queue that anybody would look for.
        StartStage::Waiting => {
            start.is_lined_up() || start.entry.queue.is_some_and(|point| point.of == 1)
        }
        StartStage::Sent | StartStage::Unconfirmed(_) => true,
        StartStage::Ambiguous(_) | StartStage::NotSeen => start.entry.by == session,
        _ => false,
    }
}

/// Runs that appeared where those of starts whose answers were lost would be.
fn doubtful(model: &Model) -> BTreeSet<RunId> {
    let runs = model.starts().filter_map(|start| match &start.entry.stage {
        StartStage::ProbablyOurs(run) => Some(run.clone()),
        _ => None,
    });
    runs.collect()
}

/// A run with its project, and whether it is far beyond its usual duration, if it is active.
type Row<'a> = (Option<bool>, &'a ProjectState, &'a RunState);

fn sort(rows: &mut [Row<'_>], sort: Sort, server_now: Timestamp) {
    let newest = |a: &RunState, b: &RunState| newer(&b.run, &a.run);
    let ratio =
        |w: &ProjectState, s: &RunState| w.ratio(s.run.elapsed_at(server_now)).unwrap_or(-1.0);
    rows.sort_by(|(urgency_a, wa, a), (urgency_b, wb, b)| {
        let order = match sort.column {
            Column::Status => urgency_b.cmp(urgency_a),
            Column::Project => wa.project.title.cmp(&wb.project.title),
            Column::Started => newest(a, b),
            Column::Elapsed => b.run.elapsed_at(server_now).cmp(&a.run.elapsed_at(server_now)),
            Column::Usual => ratio(wb, b).partial_cmp(&ratio(wa, a)).unwrap_or(Ordering::Equal),
            Column::RunState => b.at.cmp(&a.at),
        };
        let order = if sort.reversed { order.reverse() } else { order };
        order.then_with(|| newest(a, b))
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_stays_on_its_row_when_rows_move_and_near_it_when_it_leaves() {
        let mut cursor = Cursor::default();
        cursor.follow(&['a', 'b', 'c'], 10);
        cursor.settled = true;
        cursor.go(&['a', 'b', 'c'], 1);
        cursor.follow(&['x', 'y', 'a', 'b', 'c'], 10);
        assert_eq!((cursor.key, cursor.index), (Some('b'), 3));
        cursor.follow(&['x', 'y', 'a', 'c'], 10);
        assert_eq!(cursor.key, Some('c'));
        cursor.follow(&[], 10);
        assert_eq!((cursor.key, cursor.index), (None, 0));
    }

    #[test]
    fn the_cursor_is_always_within_what_is_shown() {
        let rows: Vec<usize> = (0..50).collect();
        let mut cursor = Cursor { settled: true, ..Cursor::default() };
        for index in [0, 9, 10, 49, 20, 3, 0, 30] {
            cursor.go(&rows, index);
            cursor.follow(&rows, 10);
            assert!((cursor.top..cursor.top + 10).contains(&index), "{index} from {}", cursor.top);
            assert!(cursor.top <= 40, "no empty rows below the last");
        }
    }
}

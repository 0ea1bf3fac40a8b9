//! The rows of the pane of runs.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::domain::filter::RunFacts;
use crate::domain::{ProjectId, Query, RunId, RunStatus};
use crate::engine::Model;
use crate::engine::model::{ProjectState, RunState, Start, StartId, StartStage};
use crate::engine::sync::session::Session;

use super::cursor::Rows;
use super::sort::{Sort, SortKey};
use super::sorted::SortedList;

/// The statuses of the tabs after "all".
pub(crate) const TABS: [RunStatus; 6] = RunStatus::KNOWN;

/// Names a row of the pane of runs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum RowId {
    /// A start that has no run yet.
    Start(StartId),
    /// A run.
    Run(ProjectId, RunId),
}

/// What is shown of the runs, and in which order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    pub(crate) query: Query,
    /// The shown status: a place in [`TABS`], counted from 1; 0 is all.
    pub(crate) tab: usize,
    /// Only runs of this project.
    pub(crate) scope: Option<ProjectId>,
    pub(crate) sort: Sort,
}

/// The rows, kept in order.
#[derive(Debug, Default)]
pub(crate) struct RunRows {
    wanted: Wanted,
    /// They come before all runs.
    starts: Vec<StartId>,
    order: SortedList<SortKey>,
    by_project: BTreeMap<ProjectId, OfProject>,
    /// Runs of each tab under scope and filter; the first is all.
    counts: [usize; 7],
}

/// The runs of one project that are admitted, by id.
#[derive(Debug, Default)]
struct OfProject {
    /// Where they stand changes with time.
    active: Vec<Entry>,
    ended: Vec<Entry>,
}

/// A run that is admitted.
#[derive(Clone, Debug, PartialEq)]
struct Entry {
    tab: usize,
    key: SortKey,
}

impl Rows for RunRows {
    type Id = RowId;

    fn len(&self) -> usize {
        self.starts.len() + self.order.len()
    }

    fn at(&self, place: usize) -> Option<RowId> {
        match place.checked_sub(self.starts.len()) {
            None => self.starts.get(place).copied().map(RowId::Start),
            Some(place) => self.order.get(place).map(row_of),
        }
    }

    fn position(&self, id: &RowId) -> Option<usize> {
        match id {
            RowId::Start(id) => self.starts.iter().position(|start| start == id),
            RowId::Run(project, run) => {
                let key = self.by_project.get(project)?.key_of(run)?;
                Some(self.starts.len() + self.order.position(key)?)
            }
        }
    }
}

impl RunRows {
    /// All rows anew.
    pub(crate) fn of(model: &Model, wanted: Wanted, server_now: Timestamp) -> Self {
        let mut rows = Self { wanted, ..Self::default() };
        let projects: Box<dyn Iterator<Item = &ProjectState>> = match &rows.wanted.scope {
            None => Box::new(model.projects()),
            Some(project) => Box::new(model.project(project).into_iter()),
        };
        let mut keys = Vec::new();
        for watched in projects {
            let theirs = OfProject::of(model, watched, &rows.wanted, server_now);
            for entry in theirs.active.iter().chain(&theirs.ended) {
                entry.count(&mut rows.counts, 1);
                keys.extend(rows.wanted.shows(entry).then(|| entry.key.clone()));
            }
            rows.by_project.insert(watched.project.id.clone(), theirs);
        }
        rows.order = keys.into_iter().collect();
        rows.take_starts(model);
        rows
    }

    /// Takes in what has changed of some projects, and of the starts.
    pub(crate) fn update(
        &mut self,
        model: &Model,
        changed: &BTreeSet<ProjectId>,
        server_now: Timestamp,
    ) {
        for id in changed {
            if !self.wanted.has(id) {
                continue;
            }
            let watched = model.project(id);
            let of = |watched| OfProject::of(model, watched, &self.wanted, server_now);
            let theirs = watched.map(of).unwrap_or_default();
            let before = self.by_project.remove(id).unwrap_or_default();
            // Out before in: a run that has ended may stand where it stood while it was active.
            self.take_out(&before.active, &theirs.active);
            self.take_out(&before.ended, &theirs.ended);
            self.put_in(&before.active, &theirs.active);
            self.put_in(&before.ended, &theirs.ended);
            if watched.is_some() {
                self.by_project.insert(id.clone(), theirs);
            }
        }
        self.take_starts(model);
    }

    /// Takes in what time alone changes: how long active runs have taken.
    pub(crate) fn pass_time(&mut self, model: &Model, server_now: Timestamp) {
        for watched in model.projects_with_active() {
            let id = &watched.project.id;
            let Some(theirs) = self.by_project.get_mut(id) else { continue };
            if theirs.stands(watched, &self.wanted, server_now) {
                continue;
            }
            let active = self.wanted.entries(model, watched, watched.active(), server_now);
            let before = std::mem::replace(&mut theirs.active, active.clone());
            self.take_out(&before, &active);
            self.put_in(&before, &active);
        }
    }

    /// Runs of each tab under scope and filter; the first is all.
    pub(crate) fn counts(&self) -> [usize; 7] {
        self.counts
    }

    /// The rows from a place on.
    pub(crate) fn from(&self, place: usize) -> impl Iterator<Item = RowId> {
        let starts = self.starts.iter().skip(place).copied().map(RowId::Start);
        starts.chain(self.order.from(place.saturating_sub(self.starts.len())).map(row_of))
    }

    /// Takes out those entries of a project that are not the same any more.
    fn take_out(&mut self, before: &[Entry], after: &[Entry]) {
        for entry in before.iter().filter(|entry| !has(after, entry)) {
            entry.count(&mut self.counts, -1);
            self.order.remove(&entry.key);
        }
    }

    /// Puts in those entries of a project that were not there before.
    fn put_in(&mut self, before: &[Entry], after: &[Entry]) {
        for entry in after.iter().filter(|entry| !has(before, entry)) {
            entry.count(&mut self.counts, 1);
            if self.wanted.shows(entry) {
                self.order.insert(entry.key.clone());
            }
        }
    }

    fn take_starts(&mut self, model: &Model) {
        let shown = model.runless_starts().filter(|start| {
            self.wanted.tab == 0
                && self.wanted.has(&start.entry.project)
                && is_here(start, model.session())
        });
        self.starts = shown.map(|start| start.entry.id).collect();
    }
}

impl Wanted {
    /// Whether runs of a project are shown.
    fn has(&self, project: &ProjectId) -> bool {
        self.scope.as_ref().is_none_or(|scope| scope == project)
    }

    /// Whether a run that is admitted is of the shown tab.
    fn shows(&self, entry: &Entry) -> bool {
        self.tab == 0 || self.tab == entry.tab
    }

    /// Entries of those runs of a project that are admitted, in the same order.
    fn entries<'a>(
        &self,
        model: &Model,
        watched: &ProjectState,
        runs: impl Iterator<Item = &'a RunState>,
        server_now: Timestamp,
    ) -> Vec<Entry> {
        // Found out only if the filter asks for it.
        let (asks_ratio, asks_mine) = (self.query.is_timed(), self.query.asks_for_mine());
        let is_sure = |start: &Start| start.entry.stage.probable().is_none();
        let facts = |seen: &'a RunState| RunFacts {
            run: &seen.run,
            project: &watched.project,
            ratio: asks_ratio.then(|| watched.ratio(seen.run.elapsed_at(server_now))).flatten(),
            is_mine: asks_mine && model.start_of_run(&seen.run.id).is_some_and(is_sure),
            server_now,
        };
        let admitted = runs.filter(|seen| self.query.admits(&facts(seen)));
        let entry = |seen: &RunState| Entry {
            tab: TABS.iter().position(|status| *status == seen.run.status).map_or(0, |at| at + 1),
            key: self.sort.key(watched, seen, server_now),
        };
        admitted.map(entry).collect()
    }
}

impl OfProject {
    fn of(model: &Model, watched: &ProjectState, wanted: &Wanted, server_now: Timestamp) -> Self {
        let ended = watched.runs.values().filter(|seen| !seen.run.is_active());
        Self {
            active: wanted.entries(model, watched, watched.active(), server_now),
            ended: wanted.entries(model, watched, ended, server_now),
        }
    }

    /// Whether the active runs still stand where they stood, though time has passed.
    fn stands(&self, watched: &ProjectState, wanted: &Wanted, server_now: Timestamp) -> bool {
        let mut entries = self.active.iter().peekable();
        let same = |seen: &RunState| {
            // What the filter leaves out has no entry.
            let entry = entries.next_if(|entry| *entry.run() == seen.run.id);
            entry.is_none_or(|e| e.key.first == wanted.sort.first(watched, seen, server_now))
        };
        !wanted.query.is_timed() && watched.active().all(same)
    }

    fn key_of(&self, run: &RunId) -> Option<&SortKey> {
        [&self.active, &self.ended].into_iter().find_map(|entries| {
            let place = entries.binary_search_by(|entry| entry.run().cmp(run)).ok()?;
            entries.get(place).map(|entry| &entry.key)
        })
    }
}

impl Entry {
    fn run(&self) -> &RunId {
        self.key.run()
    }

    /// Adds to the counts of the tabs that it is in.
    fn count(&self, counts: &mut [usize; 7], by: isize) {
        for (tab, count) in counts.iter_mut().enumerate() {
            if tab == 0 || tab == self.tab {
                *count = count.saturating_add_signed(by);
            }
        }
    }
}

/// Whether entries, ordered by run, have this one as it is.
fn has(entries: &[Entry], entry: &Entry) -> bool {
    let place = entries.binary_search_by(|known| known.run().cmp(entry.run()));
    place.is_ok_and(|place| entries.get(place) == Some(entry))
}

fn row_of(key: &SortKey) -> RowId {
    RowId::Run(key.project().clone(), key.run().clone())
}

/// Whether a start without a run has a row: what earlier sessions never found out has its place in the
/// journal.
fn is_here(start: &Start, session: Session) -> bool {
    match &start.entry.stage {
        StartStage::Ambiguous(_) | StartStage::NotSeen => start.entry.by == session,
        _ => true,
    }
}

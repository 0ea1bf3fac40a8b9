//! The rows of the pane of runs.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::runaway::Verdict;
use crate::domain::{ProjectId, Query, Run, RunId, RunStatus};
use crate::engine::Model;
use crate::engine::model::{Moment, ProjectState, RunState, Stage, Start, StartId, StartStage};
use crate::engine::sync::session::Session;

use super::cursor::Rows;
use super::run_cursor::Parted;
use super::sort::{Group, Sort, SortKey};
use super::sorted::SortedList;

/// What a tab shows. There are eight, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RunTab {
    All,
    OutOfHand,
    /// The runs of one of the known statuses.
    Status(usize),
}

impl RunTab {
    /// How many there are.
    pub(crate) const NUMBER: usize = 2 + RunStatus::KNOWN.len();

    /// The tab of this number.
    pub(crate) fn numbered(number: usize) -> Self {
        match number {
            0 => Self::All,
            1 => Self::OutOfHand,
            _ => Self::Status(number - 2),
        }
    }

    /// The status that it shows, if it shows one.
    pub(crate) fn status(self) -> Option<&'static RunStatus> {
        match self {
            Self::Status(place) => RunStatus::KNOWN.get(place),
            _ => None,
        }
    }
}

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
    /// The number of the shown [`RunTab`].
    pub(crate) tab: usize,
    /// Only runs of this project.
    pub(crate) scope: Option<ProjectId>,
    pub(crate) sort: Sort,
    /// How many runs are read at once.
    pub(crate) slice: usize,
}

/// How many rows each part of the list has, in the order in which they stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Parts {
    /// Runs that want a person.
    pub(crate) out_of_hand: usize,
    /// Starts that have no run yet, and the other runs that go on.
    pub(crate) active: usize,
    /// Runs that are over.
    pub(crate) ended: usize,
}

impl Parts {
    /// The group of the row at a place.
    pub(crate) fn group(&self, place: usize) -> Group {
        match place.checked_sub(self.out_of_hand) {
            None => Group::OutOfHand,
            Some(place) if place < self.active => Group::Active,
            Some(_) => Group::Ended,
        }
    }
}

/// The rows, kept in order: runs out of hand, starts without a run, active runs, ended runs.
#[derive(Debug, Default)]
pub(crate) struct RunRows {
    wanted: Wanted,
    /// Projects whose ended runs are still to be read.
    unread: Vec<ProjectId>,
    starts: Vec<StartId>,
    order: SortedList<SortKey>,
    /// How many there are in the order that are out of hand, and how many that go on besides.
    heads: usize,
    actives: usize,
    by_project: BTreeMap<ProjectId, OfProject>,
    /// Runs of each tab under scope and filter.
    counts: [usize; RunTab::NUMBER],
}

/// The runs of one project that are admitted, by id.
#[derive(Debug, Default)]
struct OfProject {
    active: Vec<Entry>,
    /// None until they are read.
    ended: Option<Vec<Entry>>,
}

/// A run that is admitted.
#[derive(Clone, Debug, PartialEq)]
struct Entry {
    /// The number of the tab of its status, if that has one.
    tab: Option<usize>,
    key: SortKey,
}

impl Rows for RunRows {
    type Id = RowId;

    fn len(&self) -> usize {
        self.starts.len() + self.order.len()
    }

    fn at(&self, place: usize) -> Option<RowId> {
        self.from(place).next()
    }

    fn position(&self, id: &RowId) -> Option<usize> {
        match id {
            RowId::Start(id) => {
                Some(self.heads + self.starts.iter().position(|start| start == id)?)
            }
            RowId::Run(project, run) => {
                let place = self.order.position(self.by_project.get(project)?.key_of(run)?)?;
                Some(if place < self.heads { place } else { place + self.starts.len() })
            }
        }
    }
}

impl Parted for RunRows {
    fn parts(&self) -> Parts {
        let ended = self.order.len() - self.heads - self.actives;
        Parts { out_of_hand: self.heads, active: self.starts.len() + self.actives, ended }
    }

    fn is_whole(&self) -> bool {
        self.unread.is_empty()
    }
}

impl RunRows {
    /// All rows anew: those of active runs and of the project `first`, and with [`Self::go_on`] the
    /// others.
    pub(crate) fn begin(
        model: &Model,
        wanted: Wanted,
        first: Option<&ProjectId>,
        moment: Moment,
    ) -> Self {
        let mut rows = Self { wanted, ..Self::default() };
        rows.unread = match &rows.wanted.scope {
            None => model.projects().map(|watched| watched.project.id.clone()).collect(),
            Some(project) => vec![project.clone()],
        };
        let active =
            model.projects_with_active().filter(|watched| rows.wanted.has(&watched.project.id));
        let read = |watched: &ProjectState| {
            let active = rows.wanted.entries(model, watched, watched.active(), moment);
            (watched.project.id.clone(), OfProject { active, ended: None })
        };
        let active: Vec<_> = active.map(read).collect();
        for (project, theirs) in active {
            rows.replace(project, theirs);
        }
        rows.update(model, &first.into_iter().cloned().collect(), moment);
        rows.go_on(model, moment);
        rows
    }

    /// Reads the next runs of those that are still to be read.
    pub(crate) fn go_on(&mut self, model: &Model, moment: Moment) {
        let (mut read, mut keys) = (0, Vec::new());
        while read < self.wanted.slice
            && let Some(project) = self.unread.pop()
        {
            let Some(watched) = model.project(&project) else { continue };
            if self.by_project.get(&project).is_some_and(|theirs| theirs.ended.is_some()) {
                continue;
            }
            read += 1 + watched.runs.len();
            let ended = watched.runs.values().filter(|seen| !seen.run.is_active());
            let ended = self.wanted.entries(model, watched, ended, moment);
            for entry in &ended {
                self.count(entry, 1);
                keys.extend(self.wanted.shows(entry).then(|| entry.key.clone()));
            }
            self.by_project.entry(project).or_default().ended = Some(ended);
        }
        // Those that stand beside each other are put in one after the other.
        keys.sort_unstable();
        for key in keys {
            self.order.insert(key);
        }
    }

    /// Takes in what has changed of some projects, and of the starts.
    pub(crate) fn update(&mut self, model: &Model, changed: &BTreeSet<ProjectId>, moment: Moment) {
        for id in changed {
            if !self.wanted.has(id) {
                continue;
            }
            let of = |watched| OfProject::of(model, watched, &self.wanted, moment);
            let theirs = model.project(id).map(of).unwrap_or_default();
            self.replace(id.clone(), theirs);
        }
        self.take_starts(model);
    }

    /// Puts the entries of a project in the place of those that were there.
    fn replace(&mut self, project: ProjectId, theirs: OfProject) {
        let before = self.by_project.remove(&project).unwrap_or_default();
        // Out before in: a run that has ended may stand where it stood while it was active.
        self.take_out(&before.active, &theirs.active);
        self.take_out(before.ended(), theirs.ended());
        self.put_in(&before.active, &theirs.active);
        self.put_in(before.ended(), theirs.ended());
        if !theirs.active.is_empty() || theirs.ended.is_some() {
            self.by_project.insert(project, theirs);
        }
    }

    /// How many starts without a run have a row, behind the runs out of hand.
    pub(crate) fn starts(&self) -> usize {
        self.starts.len()
    }

    /// Runs of each tab under scope and filter.
    pub(crate) fn counts(&self) -> [usize; RunTab::NUMBER] {
        self.counts
    }

    /// The rows from a place on.
    pub(crate) fn from(&self, place: usize) -> impl Iterator<Item = RowId> {
        let heads = self.order.from(place).take(self.heads.saturating_sub(place)).map(row_of);
        let place = place.saturating_sub(self.heads);
        let starts = self.starts.iter().skip(place).copied().map(RowId::Start);
        let place = place.saturating_sub(self.starts.len());
        heads.chain(starts).chain(self.order.from(self.heads + place).map(row_of))
    }

    /// Takes out those entries of a project that are not the same any more.
    fn take_out(&mut self, before: &[Entry], after: &[Entry]) {
        for entry in before.iter().filter(|entry| !has(after, entry)) {
            self.count(entry, -1);
            self.order.remove(&entry.key);
        }
    }

    /// Puts in those entries of a project that were not there before.
    fn put_in(&mut self, before: &[Entry], after: &[Entry]) {
        for entry in after.iter().filter(|entry| !has(before, entry)) {
            self.count(entry, 1);
            if self.wanted.shows(entry) {
                self.order.insert(entry.key.clone());
            }
        }
    }

    /// Counts an entry in its tabs and, if it is shown, in its part; or no longer.
    fn count(&mut self, entry: &Entry, by: isize) {
        let tabs = [Some(0), entry.is_out_of_hand().then_some(1), entry.tab];
        for tab in tabs.into_iter().flatten() {
            if let Some(count) = self.counts.get_mut(tab) {
                *count = count.saturating_add_signed(by);
            }
        }
        if self.wanted.shows(entry) {
            match entry.key.group {
                Group::OutOfHand => self.heads = self.heads.saturating_add_signed(by),
                Group::Active => self.actives = self.actives.saturating_add_signed(by),
                Group::Ended => {}
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
        match RunTab::numbered(self.tab) {
            RunTab::All => true,
            RunTab::OutOfHand => entry.is_out_of_hand(),
            RunTab::Status(_) => entry.tab == Some(self.tab),
        }
    }

    /// Entries of those runs of a project that are admitted, in the same order.
    fn entries<'a>(
        &self,
        model: &Model,
        watched: &ProjectState,
        runs: impl Iterator<Item = &'a RunState>,
        moment: Moment,
    ) -> Vec<Entry> {
        let start = |run: &Run| model.start_facts(&self.query, run);
        let admits = |seen: &&RunState| {
            self.query.is_empty()
                || self.query.admits(&moment.facts(watched, seen, start(&seen.run)))
        };
        let admitted = runs.filter(admits);
        let tab = |status: &RunStatus| {
            RunStatus::KNOWN.iter().position(|known| known == status).map(|place| place + 2)
        };
        let entry = |seen: &RunState| Entry {
            tab: tab(&seen.run.status),
            key: self.sort.key(watched, seen, group(model, watched, seen, moment), moment),
        };
        admitted.map(entry).collect()
    }
}

/// The group of a run, by what was seen of it.
pub(crate) fn group(
    model: &Model,
    watched: &ProjectState,
    seen: &RunState,
    moment: Moment,
) -> Group {
    if !seen.run.is_active() {
        Group::Ended
    } else if is_stuck(model, &seen.run.id)
        || moment.verdict(watched, seen) == Some(Verdict::Runaway)
    {
        Group::OutOfHand
    } else {
        Group::Active
    }
}

/// Whether Hex keeps refusing the cancel of a run.
fn is_stuck(model: &Model, run: &RunId) -> bool {
    model.cancelling(run).is_some_and(|cancel| matches!(cancel.stage, Stage::Stuck { .. }))
}

impl OfProject {
    fn of(model: &Model, watched: &ProjectState, wanted: &Wanted, moment: Moment) -> Self {
        let ended = watched.runs.values().filter(|seen| !seen.run.is_active());
        Self {
            active: wanted.entries(model, watched, watched.active(), moment),
            ended: Some(wanted.entries(model, watched, ended, moment)),
        }
    }

    fn ended(&self) -> &[Entry] {
        self.ended.as_deref().unwrap_or_default()
    }

    fn key_of(&self, run: &RunId) -> Option<&SortKey> {
        [&self.active, self.ended()].into_iter().find_map(|entries| {
            let place = entries.binary_search_by(|entry| entry.run().cmp(run)).ok()?;
            entries.get(place).map(|entry| &entry.key)
        })
    }
}

impl Entry {
    fn run(&self) -> &RunId {
        self.key.run()
    }

    fn is_out_of_hand(&self) -> bool {
        self.key.group == Group::OutOfHand
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

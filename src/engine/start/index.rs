//! All starts that are known, and the indices over them.

mod keys;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Start;
use crate::domain::{ProjectId, RunId};
use crate::engine::request::CallId;
use crate::engine::start::journal::StartId;
use crate::engine::sync::session::Session;

use keys::Keys;

/// All starts that are known.
#[derive(Clone, Debug, Default)]
pub(in crate::engine) struct Starts {
    /// A copy of the whole, as a frozen screen keeps one, shares what has not changed since.
    all: BTreeMap<StartId, Arc<Start>>,
    /// Those of which more will be known.
    open: BTreeSet<StartId>,
    /// Those whose slots are being claimed.
    departing: BTreeSet<StartId>,
    /// Those that the journal does not have as they are now.
    owed: BTreeSet<StartId>,
    /// Those that are on their way by themselves, or whose run nobody knows.
    runless: BTreeSet<StartId>,
    /// Those whose writing is not answered.
    asked: BTreeSet<StartId>,
    /// Those whose record cannot be read.
    unreadable: BTreeSet<StartId>,
    by_project: BTreeMap<ProjectId, OfProject>,
    /// Projects with starts that have left and that this process is about to settle.
    away: BTreeSet<ProjectId>,
    by_call: BTreeMap<CallId, StartId>,
    /// Starts that have begun a run, or probably have.
    by_run: BTreeMap<RunId, BTreeSet<StartId>>,
    /// Starts that wait for the end of a run by its cancel, or have waited for it.
    by_after: BTreeMap<RunId, BTreeSet<StartId>>,
    /// Runs that more than one start claims.
    claimed_twice: BTreeSet<RunId>,
    /// Open ones that nobody looks for and that do not wait in a queue, by who is to send them.
    unattended: BTreeMap<Session, BTreeSet<StartId>>,
    /// Those that have changed since the last call of [`Self::take_changed`].
    changed: BTreeSet<StartId>,
    /// Counts changes.
    revision: u64,
}

/// Starts of one project.
#[derive(Clone, Debug, Default)]
struct OfProject {
    all: BTreeSet<StartId>,
    open: BTreeSet<StartId>,
    /// Those that this process is about to settle.
    at_work: BTreeSet<StartId>,
    /// Those of them that have left.
    away: BTreeSet<StartId>,
    /// Those that have left and to which nobody has an answer.
    lost: BTreeSet<StartId>,
}

impl Starts {
    pub(in crate::engine) fn get(&self, ticket: StartId) -> Option<&Start> {
        self.all.get(&ticket).map(Arc::as_ref)
    }

    pub(in crate::engine) fn insert(&mut self, start: Start) {
        let ticket = start.entry.id;
        if let Some(before) = self.all.remove(&ticket) {
            self.unindex(ticket, &before.entry.project, Keys::of(&before));
        }
        self.index(ticket, &start.entry.project, Keys::of(&start));
        if let Some(after) = &start.entry.after {
            self.by_after.entry(after.run.clone()).or_default().insert(ticket);
        }
        self.note_change(ticket);
        self.all.insert(ticket, Arc::new(start));
    }

    /// Changes one, and the indices with it. Its name and its project stay.
    pub(in crate::engine) fn change<T>(
        &mut self,
        ticket: StartId,
        change: impl FnOnce(&mut Start) -> T,
    ) -> Option<T> {
        let start = Arc::make_mut(self.all.get_mut(&ticket)?);
        let before = Keys::of(start);
        let project = start.entry.project.clone();
        let changed = change(start);
        let after = Keys::of(start);
        self.note_change(ticket);
        if before != after {
            self.unindex(ticket, &project, before);
            self.index(ticket, &project, after);
        }
        Some(changed)
    }

    fn note_change(&mut self, ticket: StartId) {
        self.revision += 1;
        self.changed.insert(ticket);
    }

    /// Grows with every change of a start.
    pub(in crate::engine) fn revision(&self) -> u64 {
        self.revision
    }

    fn index(&mut self, ticket: StartId, project: &ProjectId, keys: Keys) {
        let theirs = self.by_project.entry(project.clone()).or_default();
        theirs.all.insert(ticket);
        for (holds, set) in [
            (keys.open, &mut theirs.open),
            (keys.at_work, &mut theirs.at_work),
            (keys.away, &mut theirs.away),
            (keys.lost, &mut theirs.lost),
            (keys.open, &mut self.open),
            (keys.departing, &mut self.departing),
            (keys.owed, &mut self.owed),
            (keys.runless, &mut self.runless),
            (keys.asked, &mut self.asked),
            (keys.unreadable, &mut self.unreadable),
        ] {
            if holds {
                set.insert(ticket);
            }
        }
        if keys.away {
            self.away.insert(project.clone());
        }
        if let Some(call) = keys.call {
            self.by_call.insert(call, ticket);
        }
        if let Some(session) = keys.unattended {
            self.unattended.entry(session).or_default().insert(ticket);
        }
        if let Some(run) = keys.run {
            let claims = self.by_run.entry(run.clone()).or_default();
            claims.insert(ticket);
            if claims.len() > 1 {
                self.claimed_twice.insert(run);
            }
        }
    }

    fn unindex(&mut self, ticket: StartId, project: &ProjectId, keys: Keys) {
        if let Some(theirs) = self.by_project.get_mut(project) {
            let OfProject { open, at_work, away, lost, .. } = theirs;
            for set in [open, at_work, away, lost] {
                set.remove(&ticket);
            }
            if theirs.away.is_empty() {
                self.away.remove(project);
            }
        }
        let Self { open, departing, owed, runless, asked, unreadable, .. } = self;
        for set in [open, departing, owed, runless, asked, unreadable] {
            set.remove(&ticket);
        }
        if let Some(call) = keys.call {
            self.by_call.remove(&call);
        }
        if let Some(session) = keys.unattended
            && let Some(theirs) = self.unattended.get_mut(&session)
        {
            theirs.remove(&ticket);
            if theirs.is_empty() {
                self.unattended.remove(&session);
            }
        }
        if let Some(run) = keys.run
            && let Some(claims) = self.by_run.get_mut(&run)
        {
            claims.remove(&ticket);
            if claims.len() < 2 {
                self.claimed_twice.remove(&run);
            }
            if claims.is_empty() {
                self.by_run.remove(&run);
            }
        }
    }

    /// All of them, for lists that a person reads.
    pub(in crate::engine) fn iter(&self) -> impl DoubleEndedIterator<Item = &Start> {
        self.all.values().map(Arc::as_ref)
    }

    /// Those whose names are from `first` to `last`.
    pub(in crate::engine) fn range(
        &self,
        first: StartId,
        last: StartId,
    ) -> impl Iterator<Item = &Start> {
        self.all.range(first..=last).map(|(_, start)| start.as_ref())
    }

    /// How many there are.
    pub(in crate::engine) fn count(&self) -> usize {
        self.all.len()
    }

    /// How many there are of which more will be known.
    pub(in crate::engine) fn open_count(&self) -> usize {
        self.open.len()
    }

    /// The starts that have changed, for the parts that keep something of them.
    pub(in crate::engine) fn take_changed(&mut self) -> BTreeSet<StartId> {
        std::mem::take(&mut self.changed)
    }

    /// Those whose slots are being claimed.
    pub(in crate::engine) fn departing(&self) -> impl Iterator<Item = &Start> {
        self.named(&self.departing)
    }

    /// Those that the journal does not have as they are now.
    pub(in crate::engine) fn owed(&self) -> impl Iterator<Item = &Start> {
        self.named(&self.owed)
    }

    /// Those that are on their way by themselves, or whose run nobody knows.
    pub(in crate::engine) fn runless(&self) -> impl Iterator<Item = &Start> {
        self.named(&self.runless)
    }

    /// Those whose writing the store has not answered.
    pub(in crate::engine) fn asked(&self) -> impl Iterator<Item = &Start> {
        self.named(&self.asked)
    }

    /// Those whose record cannot be read.
    pub(super) fn unreadable(&self) -> impl DoubleEndedIterator<Item = &Start> {
        self.named(&self.unreadable)
    }

    /// Those that have a request, or whose answer it is.
    pub(in crate::engine) fn with_call(&self) -> impl Iterator<Item = &Start> {
        self.by_call.values().filter_map(|ticket| self.get(*ticket))
    }

    /// The start whose request this is.
    pub(in crate::engine) fn of_call(&self, call: CallId) -> Option<StartId> {
        self.by_call.get(&call).copied()
    }

    /// The newest start that has begun a run; if none has, the newest that probably has.
    pub(in crate::engine) fn of_run(&self, run: &RunId) -> Option<&Start> {
        let claims = || self.claims(run).rev();
        let is_its = |start: &&Start| start.entry.stage.started().is_some();
        claims().find(is_its).or_else(|| claims().next())
    }

    /// Starts that have begun a run, or probably have, the newest last.
    pub(in crate::engine) fn claims(&self, run: &RunId) -> impl DoubleEndedIterator<Item = &Start> {
        let claims = self.by_run.get(run).into_iter().flatten();
        claims.filter_map(|ticket| self.get(*ticket))
    }

    /// Starts that wait for the end of a run by its cancel, or have waited for it; the oldest first.
    pub(in crate::engine) fn after(&self, run: &RunId) -> impl Iterator<Item = &Start> {
        self.by_after.get(run).into_iter().flat_map(|starts| self.named(starts))
    }

    /// Runs that more than one start claims.
    pub(super) fn claimed_twice(&self) -> impl Iterator<Item = &RunId> {
        self.claimed_twice.iter()
    }

    /// Processes that are to send starts, with those that nobody looks for and that do not wait in
    /// a queue.
    pub(in crate::engine) fn unattended(
        &self,
    ) -> impl Iterator<Item = (Session, impl Iterator<Item = &Start>)> {
        self.unattended.iter().map(|(session, theirs)| (*session, self.named(theirs)))
    }

    /// Starts of a project, the newest last.
    pub(in crate::engine) fn of_project(
        &self,
        project: &ProjectId,
    ) -> impl DoubleEndedIterator<Item = &Start> {
        self.in_project(project, |theirs| &theirs.all)
    }

    /// Whether more will be known of a start of a project.
    pub(in crate::engine) fn has_open(&self, project: &ProjectId) -> bool {
        self.by_project.get(project).is_some_and(|theirs| !theirs.open.is_empty())
    }

    /// Whether this process is about to settle a start of a project.
    pub(in crate::engine) fn has_work(&self, project: &ProjectId) -> bool {
        self.by_project.get(project).is_some_and(|theirs| !theirs.at_work.is_empty())
    }

    /// Whether this process is about to settle a start of a project that has left.
    pub(in crate::engine) fn is_away(&self, project: &ProjectId) -> bool {
        self.away.contains(project)
    }

    /// The projects with such starts.
    pub(in crate::engine) fn away(&self) -> impl Iterator<Item = &ProjectId> {
        self.away.iter()
    }

    /// Open starts of a project.
    pub(super) fn open_of(&self, project: &ProjectId) -> impl Iterator<Item = &Start> {
        self.in_project(project, |theirs| &theirs.open)
    }

    /// Starts of a project that this process is about to settle.
    pub(in crate::engine) fn at_work_of(
        &self,
        project: &ProjectId,
    ) -> impl Iterator<Item = &Start> {
        self.in_project(project, |theirs| &theirs.at_work)
    }

    /// Starts of a project that have left, and to which nobody has an answer.
    pub(in crate::engine) fn lost_of(&self, project: &ProjectId) -> impl Iterator<Item = &Start> {
        self.in_project(project, |theirs| &theirs.lost)
    }

    fn in_project<'a>(
        &'a self,
        project: &ProjectId,
        which: impl Fn(&OfProject) -> &BTreeSet<StartId>,
    ) -> impl DoubleEndedIterator<Item = &'a Start> {
        let theirs = self.by_project.get(project);
        theirs.map(which).into_iter().flat_map(|set| self.named(set))
    }

    fn named<'a>(
        &'a self,
        tickets: &'a BTreeSet<StartId>,
    ) -> impl DoubleEndedIterator<Item = &'a Start> {
        tickets.iter().filter_map(|ticket| self.get(*ticket))
    }
}

#[cfg(test)]
mod tests;

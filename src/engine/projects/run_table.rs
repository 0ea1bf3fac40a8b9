//! The runs of one project with the orders and counts that are read from them, kept as they change.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;

use jiff::Timestamp;

use crate::domain::{Boot, Run, RunId, RunStatus};

/// What decides which of two runs is the newer, before their ids do; see [`newer`].
pub type AgeKey = (bool, Option<Timestamp>);

/// A run and when it was seen so.
#[derive(Clone, Debug, PartialEq)]
pub struct RunState {
    /// The run as the server described it.
    pub run: Run,
    /// When the request left whose answer described it.
    pub at: Boot,
    /// When it appeared or changed its status; none if it was so from the first look on.
    pub changed: Option<Boot>,
}

/// How many runs there are of each status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StatusCounts {
    /// In the order of [`RunStatus::KNOWN`], and last those of any other status.
    by_status: [usize; 7],
    active: usize,
}

impl StatusCounts {
    /// Runs of a status; all that this version does not know count together.
    pub fn of(&self, status: &RunStatus) -> usize {
        self.by_status.get(place(status)).copied().unwrap_or_default()
    }

    /// Runs that have not ended.
    pub fn active(&self) -> usize {
        self.active
    }

    /// All runs.
    pub fn all(&self) -> usize {
        self.by_status.iter().sum()
    }

    fn add(&mut self, run: &Run) {
        if let Some(count) = self.by_status.get_mut(place(&run.status)) {
            *count += 1;
        }
        self.active += usize::from(run.is_active());
    }

    fn take(&mut self, run: &Run) {
        if let Some(count) = self.by_status.get_mut(place(&run.status)) {
            *count -= 1;
        }
        self.active -= usize::from(run.is_active());
    }

    /// Takes the counts of one project out of the sum and puts others in their place.
    pub(in crate::engine) fn replace(&mut self, before: &Self, after: &Self) {
        let counts = self.by_status.iter_mut().zip(before.by_status.iter().zip(&after.by_status));
        for (sum, (before, after)) in counts {
            *sum = (*sum + after).saturating_sub(*before);
        }
        self.active = (self.active + after.active).saturating_sub(before.active);
    }
}

fn place(status: &RunStatus) -> usize {
    let known = RunStatus::KNOWN.iter().position(|known| known == status);
    known.unwrap_or(RunStatus::KNOWN.len())
}

/// The runs of one project by id.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunTable {
    by_id: BTreeMap<RunId, RunState>,
    active: BTreeSet<RunId>,
    /// Oldest first.
    by_age: BTreeSet<(AgeKey, RunId)>,
    counts: StatusCounts,
    /// Counts what has changed.
    changes: u64,
}

impl Deref for RunTable {
    type Target = BTreeMap<RunId, RunState>;

    fn deref(&self) -> &Self::Target {
        &self.by_id
    }
}

impl RunTable {
    /// Puts a run in, in place of what was known of it.
    pub(in crate::engine) fn put(&mut self, seen: RunState) {
        let id = seen.run.id.clone();
        self.remove(&id);
        self.changes += 1;
        self.counts.add(&seen.run);
        if seen.run.is_active() {
            self.active.insert(id.clone());
        }
        self.by_age.insert((age_key(&seen.run), id.clone()));
        self.by_id.insert(id, seen);
    }

    /// Takes a run out.
    pub(in crate::engine) fn remove(&mut self, id: &RunId) -> Option<RunState> {
        let seen = self.by_id.remove(id)?;
        self.changes += 1;
        self.counts.take(&seen.run);
        self.active.remove(id);
        self.by_age.remove(&(age_key(&seen.run), id.clone()));
        Some(seen)
    }

    /// Whether an answer to a request that left at `sent` says nothing new of this run; notes that it was
    /// so then. An answer that overtook a later one says nothing new, and neither does one that shows an
    /// older state.
    pub(in crate::engine) fn confirms(&mut self, run: &Run, sent: Boot) -> bool {
        let Some(seen) = self.by_id.get_mut(&run.id) else { return false };
        let is_past = seen.at > sent || run.is_behind(&seen.run);
        if !is_past && seen.run.says(run) {
            seen.at = sent;
            return true;
        }
        is_past
    }

    /// Notes that a run appeared, or changed its status, at `now`.
    pub(in crate::engine) fn mark_changed(&mut self, id: &RunId, now: Boot) {
        if let Some(seen) = self.by_id.get_mut(id) {
            seen.changed = Some(now);
            self.changes += 1;
        }
    }

    /// Runs that have not ended, by id.
    pub fn active(&self) -> impl Iterator<Item = &RunState> {
        self.active.iter().filter_map(|id| self.by_id.get(id))
    }

    /// All of them, oldest first; those that have not started come last.
    pub fn by_age(&self) -> impl DoubleEndedIterator<Item = &RunState> {
        self.by_age.iter().filter_map(|(_, id)| self.by_id.get(id))
    }

    /// Grows whenever anything of the runs has changed.
    pub(in crate::engine) fn changes(&self) -> u64 {
        self.changes
    }

    /// How many there are of each status.
    pub fn counts(&self) -> &StatusCounts {
        &self.counts
    }
}

/// Orders runs by age: the one not started, or started later, is the greater.
pub fn newer(a: &Run, b: &Run) -> std::cmp::Ordering {
    age_key(a).cmp(&age_key(b)).then_with(|| a.id.cmp(&b.id))
}

/// Greater for the newer run: the one not started, or started later.
pub fn age_key(run: &Run) -> AgeKey {
    (run.start.is_none() && run.is_active(), run.start.or(run.end))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::ProjectId;

    fn seen(id: u8, status: usize, start: Option<i64>) -> RunState {
        let unknown = RunStatus::Unknown("PAUSED".into());
        let run = Run {
            project: ProjectId::new("p"),
            id: RunId::new(format!("r{id}")),
            version: None,
            url: None,
            status: RunStatus::KNOWN.get(status).cloned().unwrap_or(unknown),
            trigger: None,
            start: start.map(|at| Timestamp::from_second(at).unwrap()),
            end: None,
            elapsed: None,
        };
        RunState { run, at: Boot::ZERO, changed: None }
    }

    #[test]
    fn a_run_that_never_started_stands_where_it_ended_and_one_that_waits_is_the_newest() {
        let run = |id: &str, status: RunStatus, start: Option<i64>, end: Option<i64>| {
            let at = |second: Option<i64>| second.map(|at| Timestamp::from_second(at).unwrap());
            let (start, end) = (at(start), at(end));
            let run = Run { id: RunId::new(id), status, start, end, ..seen(0, 0, None).run };
            RunState { run, ..seen(0, 0, None) }
        };
        let mut table = RunTable::default();
        table.put(run("waits", RunStatus::Pending, None, None));
        table.put(run("runs", RunStatus::Running, Some(30), None));
        table.put(run("no kernel", RunStatus::NoKernel, None, Some(20)));
        table.put(run("old", RunStatus::Completed, Some(10), Some(40)));
        let order: Vec<_> = table.by_age().map(|seen| seen.run.id.as_str()).collect();
        assert_eq!(order, ["old", "no kernel", "runs", "waits"]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(crate::testkit::cases(256)))]

        #[test]
        fn orders_and_counts_are_those_of_the_runs_that_are_there(
            changes in prop::collection::vec(
                (any::<bool>(), 0..12_u8, 0..8_usize, prop::option::of(0..5_i64)), 0..60,
            )
        ) {
            let mut table = RunTable::default();
            for (puts, id, status, start) in changes {
                if puts {
                    table.put(seen(id, status, start));
                } else {
                    table.remove(&RunId::new(format!("r{id}")));
                }
            }
            let mut runs: Vec<_> = table.values().collect();
            runs.sort_by(|a, b| newer(&a.run, &b.run));
            prop_assert_eq!(table.by_age().collect::<Vec<_>>(), runs.clone());
            let active: Vec<_> = table.values().filter(|seen| seen.run.is_active()).collect();
            prop_assert_eq!(table.active().collect::<Vec<_>>(), active.clone());
            prop_assert_eq!(table.counts().active(), active.len());
            prop_assert_eq!(table.counts().all(), runs.len());
            for run in &runs {
                let same = |other: &&&RunState| place(&other.run.status) == place(&run.run.status);
                prop_assert_eq!(table.counts().of(&run.run.status), runs.iter().filter(same).count());
            }
        }
    }
}

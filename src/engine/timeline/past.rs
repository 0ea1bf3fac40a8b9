//! Runs of a stretch of time as the kept timeline tells of them, for what is no longer in memory.
//!
//! What is in sight is read first, and the newest of it first; then what was seen soon after, which may tell how runs in
//! sight have ended, and what was seen before, which may tell when they began. One page is read at a time, and none
//! after so many: from when on all is here is known.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{ChangeOrder, ChangePage, ChangeRange, SeenChange};
use crate::domain::{ProjectId, RunId, RunStatus};

/// The most changes that are read of one stretch.
const MOST: usize = 20_000;
/// Changes asked for at once.
const PAGE: u16 = 500;
/// A change may be seen so long after it came to be so, at least.
const LATE: SignedDuration = SignedDuration::from_hours(6);
/// What was seen so near to what is in sight is here as well, before it is called whole.
const NEAR: SignedDuration = SignedDuration::from_hours(3);
/// What was read up to so long ago is read on when it is wanted again.
const FRESH: Duration = Duration::from_mins(1);
/// What was seen so long ago is written by now, whoever has seen it.
const WRITTEN: Duration = Duration::from_secs(30);

/// A run as the timeline tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastRun {
    /// When it began, if that was seen.
    pub start: Option<Timestamp>,
    /// When it ended, if that was seen.
    pub end: Option<Timestamp>,
    /// The last status that was seen.
    pub status: RunStatus,
    /// When that was seen.
    seen: Timestamp,
}

impl PastRun {
    /// Whether it went on within a stretch of time, as far as is known. One of which only one end is known counts
    /// there.
    pub fn is_within(&self, from: Timestamp, to: Timestamp) -> bool {
        let start = self.start.or(self.end);
        let end = self.end.or(self.start);
        start.is_some_and(|start| start < to) && end.is_some_and(|end| end > from)
    }
}

/// How far a stretch has been read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reading {
    /// Nothing was wanted, or there is no store.
    #[default]
    Nothing,
    /// It is being read.
    Going,
    /// All of it is here.
    Whole,
    /// It has more than is read: what was seen before this time is not here.
    Cut(Timestamp),
    /// The store could not be read, or cannot be now.
    Failed,
}

/// What cannot be read so often in succession is read again only where another span of time is wanted: each failure costs
/// the store for all else.
const TRIES: u32 = 2;

type Runs = BTreeMap<ProjectId, BTreeMap<RunId, PastRun>>;

/// From the first until before the second.
type Stretch = (Timestamp, Timestamp);

/// Runs of one stretch of time.
#[derive(Clone, Debug, Default)]
pub struct Past {
    /// A frozen screen shares them.
    runs: Arc<Runs>,
    /// Grows with every change of them.
    revision: u64,
    /// What is in sight.
    wanted: Option<Stretch>,
    /// All changes that were seen then are here.
    covered: Option<Stretch>,
    /// What is still to be read, in this order.
    left: VecDeque<ChangeRange>,
    /// The page that is being read.
    asked: Option<ChangeRange>,
    /// Changes that were read since nothing was here.
    taken: usize,
    /// What was in sight when there was too much to be read.
    cut: Option<Stretch>,
    is_failed: bool,
    /// How often in succession it could not be read.
    failures: u32,
}

impl Past {
    /// Wants what happened in a stretch of time, of which nothing is kept yet that comes after `now`.
    pub fn want(&mut self, from: Timestamp, to: Timestamp, now: Timestamp) {
        if self.wanted == Some((from, to)) && !self.is_failed && !self.left.is_empty() {
            return;
        }
        let length = |(from, to): Stretch| to.duration_since(from);
        let slides = self.wanted.is_some_and(|wanted| length(wanted) == length((from, to)));
        self.wanted = Some((from, to));
        if slides && self.failures >= TRIES {
            return;
        }
        self.is_failed = false;
        self.plan(now);
    }

    /// The store can be read again; what could not be read is wanted again.
    pub fn resume(&mut self, now: Timestamp) {
        if self.is_failed && self.failures < TRIES {
            self.is_failed = false;
            self.plan(now);
        }
    }

    /// Works out what is to be read of what is wanted.
    fn plan(&mut self, now: Timestamp) {
        self.left.clear();
        let Some((from, to)) = self.wanted else { return };
        let margin = to.duration_since(from).max(LATE);
        let since = from.saturating_sub(margin).unwrap_or(Timestamp::MIN);
        let now = now.saturating_sub(WRITTEN).unwrap_or(Timestamp::MIN);
        let until = to.saturating_add(LATE).unwrap_or(Timestamp::MAX).min(now);
        let near = (
            from.saturating_sub(NEAR).unwrap_or(Timestamp::MIN).min(until),
            to.saturating_add(NEAR).unwrap_or(Timestamp::MAX).min(until),
        );
        let sight = (from.min(until), to.min(until));
        let touches = |(start, end): &Stretch| *start <= sight.1 && sight.0 <= *end;
        let Some((start, end)) = self.covered.filter(touches) else {
            return self.restart(since, sight, until);
        };
        // What comes in at this moment is not asked for at every moment.
        let patience = if near.1 < now { Duration::ZERO } else { FRESH };
        let later = end.saturating_add(patience).is_ok_and(|end| end < near.1);
        let earlier = start > near.0 && !self.is_cut_as_well();
        if earlier && self.taken >= MOST || later && self.taken >= 2 * MOST {
            return self.restart(since, sight, until);
        }
        if earlier {
            self.left.push_back(range(ChangeOrder::NewestFirst, since, start));
        }
        if later {
            self.left.push_back(range(ChangeOrder::OldestFirst, end, until));
        }
    }

    /// Whether there is too much in sight, as there was before, so that reading it anew shows no more.
    fn is_cut_as_well(&self) -> bool {
        let wider = |(from, to): Stretch, (cut_from, cut_to): Stretch| {
            to >= cut_to && to.duration_since(from) >= cut_to.duration_since(cut_from)
        };
        self.wanted.zip(self.cut).is_some_and(|(wanted, cut)| wider(wanted, cut))
    }

    fn restart(&mut self, since: Timestamp, (from, to): Stretch, until: Timestamp) {
        (self.covered, self.cut, self.taken) = (None, None, 0);
        let ranges = [
            range(ChangeOrder::NewestFirst, from, to),
            range(ChangeOrder::OldestFirst, to, until),
            range(ChangeOrder::NewestFirst, since, from),
        ];
        self.left.extend(ranges.into_iter().filter(|range| range.since < range.until));
    }

    /// What to ask the store for now: one page at a time, since the store has other things to do for whoever waits.
    pub fn ask(&mut self) -> Option<ChangeRange> {
        if self.asked.is_some() {
            return None;
        }
        self.asked = self.left.front().cloned();
        self.asked.clone()
    }

    /// Takes in a page.
    pub fn answered(&mut self, page: ChangePage) {
        self.asked.take_if(|asked| *asked == page.of);
        // Something else may be wanted by now.
        if self.left.front() != Some(&page.of) {
            return;
        }
        if self.covered.is_none() {
            self.runs = Arc::default();
        }
        self.revision += 1;
        self.failures = 0;
        self.taken += page.changes.len();
        let runs = Arc::make_mut(&mut self.runs);
        page.changes.iter().for_each(|change| absorb(runs, change));
        self.cover(&page.of, page.next.as_ref());
        self.left.pop_front();
        let Some(next) = page.next else { return };
        match page.of.order {
            ChangeOrder::NewestFirst if self.taken >= MOST => {
                self.left.retain(|it| it.order == ChangeOrder::OldestFirst);
                self.cut = self.wanted;
            }
            _ => self.left.push_front(next),
        }
    }

    /// Notes that a page was read, after which comes `next`.
    fn cover(&mut self, read: &ChangeRange, next: Option<&ChangeRange>) {
        // Several may have been seen at the time of the last one, and not all be read.
        let last = next.and_then(|next| next.after).map(|(time, _)| time);
        let (start, end) = match read.order {
            ChangeOrder::OldestFirst => (read.since, last.unwrap_or(read.until)),
            ChangeOrder::NewestFirst => {
                let after = last.map(|last| last.saturating_add(MILLISECOND));
                (after.map_or(read.since, |it| it.unwrap_or(Timestamp::MAX)), read.until)
            }
        };
        self.covered = Some(
            self.covered.map_or((start, end), |(since, until)| (since.min(start), until.max(end))),
        );
    }

    /// The store has failed at something, which may have been the page.
    pub fn failed(&mut self) {
        if self.asked.take().is_some() || !self.left.is_empty() {
            self.left.clear();
            self.is_failed = true;
            self.failures += 1;
        }
    }

    /// How far what is wanted is read.
    pub fn reading(&self) -> Reading {
        let cut = || self.cut.filter(|_| self.is_cut_as_well()).zip(self.covered);
        match self.wanted {
            None => Reading::Nothing,
            Some(_) if self.is_failed => Reading::Failed,
            Some(_) if !self.left.is_empty() => Reading::Going,
            Some((from, _)) => match cut() {
                Some((_, (start, _))) if start > from => Reading::Cut(start),
                _ => Reading::Whole,
            },
        }
    }

    /// Grows whenever a run of it has changed.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// One run.
    pub fn run(&self, project: &ProjectId, run: &RunId) -> Option<&PastRun> {
        self.runs.get(project)?.get(run)
    }

    /// Runs of a project, by their ids.
    pub fn of_project(&self, project: &ProjectId) -> impl Iterator<Item = (&RunId, &PastRun)> {
        self.runs.get(project).into_iter().flatten()
    }
}

/// Times of the store are whole ones.
const MILLISECOND: Duration = Duration::from_millis(1);

fn range(order: ChangeOrder, since: Timestamp, until: Timestamp) -> ChangeRange {
    ChangeRange { since, until, order, after: None, most: PAGE }
}

/// Takes in a change, in whatever order they come.
fn absorb(runs: &mut Runs, change: &SeenChange) {
    let at = change.happened.unwrap_or(change.seen);
    let of_project = runs.entry(change.project.clone()).or_default();
    let run = of_project.entry(change.run.clone()).or_insert_with(|| PastRun {
        start: None,
        end: None,
        status: change.to.clone(),
        seen: change.seen,
    });
    let has_ended = !change.is_active();
    if change.to == RunStatus::Running {
        run.start = Some(run.start.map_or(at, |start| start.min(at)));
    }
    if has_ended && (run.end.is_none() || change.seen >= run.seen) {
        (run.end, run.status, run.seen) = (Some(at), change.to.clone(), change.seen);
    } else if run.end.is_none() && change.seen >= run.seen {
        (run.status, run.seen) = (change.to.clone(), change.seen);
    }
}

#[cfg(test)]
mod tests;

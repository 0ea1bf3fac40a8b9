//! Runs of a stretch of time as the kept timeline tells of them, for what is no longer in memory.
//!
//! One page is read at a time, and none after so many: what a huge timeline has beyond that is left out, which is said.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::{ChangePage, ChangeRange, SeenChange};
use crate::domain::{ProjectId, RunId, RunStatus};

/// The most changes that are read of one stretch.
const MOST: usize = 20_000;
/// Changes asked for at once.
const PAGE: u16 = 500;
/// A change may be seen so long after it came to be so, at least.
const LATE: SignedDuration = SignedDuration::from_hours(6);

/// A run as the timeline tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastRun {
    /// When it began, if that was seen.
    pub start: Option<Timestamp>,
    /// When it ended, if that was seen.
    pub end: Option<Timestamp>,
    /// The last status that was seen.
    pub status: RunStatus,
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
    /// It has more than is read.
    Cut,
    /// The store could not be read.
    Failed,
}

type Runs = BTreeMap<ProjectId, BTreeMap<RunId, PastRun>>;

/// Runs of one stretch of time.
#[derive(Clone, Debug, Default)]
pub struct Past {
    /// A frozen screen shares them.
    runs: Arc<Runs>,
    /// What is read: from when until when changes were seen.
    of: Option<(Timestamp, Timestamp)>,
    /// The page that is being read.
    asked: Option<ChangeRange>,
    /// The page after it.
    next: Option<ChangeRange>,
    /// Changes of this stretch that are here.
    taken: usize,
    reading: Reading,
}

impl Past {
    /// Wants what happened in a stretch of time; gives what to ask the store for, if anything.
    pub fn want(&mut self, from: Timestamp, to: Timestamp) -> Option<ChangeRange> {
        let covers = |(since, until): (Timestamp, Timestamp)| since <= from && until >= to;
        if self.of.is_some_and(covers) && self.reading != Reading::Failed {
            return None;
        }
        // Enough on both sides that a small move needs nothing more.
        let margin = to.duration_since(from).max(LATE);
        let since = from.saturating_sub(margin).unwrap_or(Timestamp::MIN);
        let until = to.saturating_add(margin).unwrap_or(Timestamp::MAX);
        self.of = Some((since, until));
        (self.taken, self.reading) = (0, Reading::Going);
        self.next = Some(ChangeRange { since, until, after: None, most: PAGE });
        self.ask()
    }

    /// One page at a time: the store has other things to do for whoever waits.
    fn ask(&mut self) -> Option<ChangeRange> {
        if self.asked.is_none() {
            self.asked = self.next.take();
            return self.asked.clone();
        }
        None
    }

    /// Takes in a page; gives what to ask for next, if anything.
    pub fn answered(&mut self, page: ChangePage) -> Option<ChangeRange> {
        let asked = self.asked.take()?;
        // Another stretch may be wanted by now.
        if self.of == Some((asked.since, asked.until)) {
            if self.taken == 0 {
                self.runs = Arc::default();
            }
            self.taken += page.changes.len();
            let runs = Arc::make_mut(&mut self.runs);
            page.changes.iter().for_each(|change| absorb(runs, change));
            let has_more = page.next.is_some();
            self.next = page.next.filter(|_| self.taken < MOST);
            self.reading = match (has_more, &self.next) {
                (false, _) => Reading::Whole,
                (true, None) => Reading::Cut,
                (true, Some(_)) => Reading::Going,
            };
        }
        self.ask()
    }

    /// The store has failed at something, which may have been the page.
    pub fn failed(&mut self) {
        if self.asked.take().is_some() {
            (self.next, self.reading) = (None, Reading::Failed);
        }
    }

    /// How far it is read.
    pub fn reading(&self) -> Reading {
        self.reading
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

fn absorb(runs: &mut Runs, change: &SeenChange) {
    let of_project = runs.entry(change.project.clone()).or_default();
    let run = of_project.entry(change.run.clone()).or_insert_with(|| PastRun {
        start: None,
        end: None,
        status: change.to.clone(),
    });
    let at = change.happened.unwrap_or(change.seen);
    if !change.is_active() {
        (run.end, run.status) = (Some(at), change.to.clone());
    } else if change.to == RunStatus::Running {
        run.start = Some(at);
        if run.end.is_none() {
            run.status = RunStatus::Running;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_792_483_200 + second).unwrap()
    }

    fn change(run: &str, to: RunStatus, second: i64) -> SeenChange {
        SeenChange {
            project: ProjectId::new("p"),
            title: "P".into(),
            run: RunId::new(run),
            from: None,
            to,
            seen: at(second + 5),
            happened: Some(at(second)),
            trigger: None,
            version: None,
            first_look: false,
        }
    }

    fn page(changes: Vec<SeenChange>, next: Option<&ChangeRange>) -> ChangePage {
        let next = next.map(|range| ChangeRange { after: Some((at(0), 9)), ..range.clone() });
        ChangePage { changes, next }
    }

    fn runs(past: &Past) -> Vec<(&str, Option<i64>, Option<i64>, &RunStatus)> {
        let second = |at: Timestamp| at.as_second() - 1_792_483_200;
        let runs = past.runs.values().flatten();
        runs.map(|(id, run)| (id.as_str(), run.start.map(second), run.end.map(second), &run.status))
            .collect()
    }

    #[test]
    fn a_stretch_is_read_page_by_page_and_a_small_move_reads_nothing_more() {
        let mut past = Past::default();
        assert_eq!(past.reading(), Reading::Nothing);
        let first = past.want(at(0), at(3600)).unwrap();
        assert_eq!((first.since, first.until), (at(-6 * 3600), at(7 * 3600)));
        assert_eq!(past.want(at(900), at(4500)), None);
        let started = page(vec![change("a", RunStatus::Running, 10)], Some(&first));
        let second = past.answered(started).unwrap();
        assert!(second.after.is_some());
        assert_eq!(past.reading(), Reading::Going);
        let ended = vec![change("a", RunStatus::Errored, 70), change("b", RunStatus::Killed, 80)];
        assert_eq!(past.answered(page(ended, None)), None);
        assert_eq!(past.reading(), Reading::Whole);
        assert_eq!(
            runs(&past),
            [
                ("a", Some(10), Some(70), &RunStatus::Errored),
                ("b", None, Some(80), &RunStatus::Killed)
            ]
        );
        let a = past.of_project(&ProjectId::new("p")).next().unwrap().1;
        assert!(a.is_within(at(0), at(20)) && a.is_within(at(60), at(99)));
        assert!(!a.is_within(at(70), at(99)) && !a.is_within(at(0), at(10)));
    }

    #[test]
    fn an_empty_timeline_is_whole_at_once() {
        let mut past = Past::default();
        past.want(at(0), at(60));
        assert_eq!(past.answered(ChangePage::default()), None);
        assert_eq!((past.reading(), runs(&past).len()), (Reading::Whole, 0));
    }

    #[test]
    fn of_a_huge_timeline_no_more_than_so_much_is_read_and_this_is_known() {
        let mut past = Past::default();
        let mut range = past.want(at(0), at(60));
        let mut asked = 0;
        while let Some(here) = range {
            asked += 1;
            let changes = (0..PAGE)
                .map(|number| change(&format!("{asked}-{number}"), RunStatus::Completed, 1));
            range = past.answered(page(changes.collect(), Some(&here)));
        }
        assert_eq!((asked, past.taken), (MOST / usize::from(PAGE), MOST));
        assert_eq!(past.reading(), Reading::Cut);
    }

    #[test]
    fn what_is_wanted_no_more_is_not_taken_in_and_one_page_is_read_at_a_time() {
        let mut past = Past::default();
        let first = past.want(at(0), at(60)).unwrap();
        let far = at(40 * 24 * 3600);
        assert_eq!(past.want(far, far.checked_add(LATE).unwrap()), None, "the page comes first");
        let old = page(vec![change("old", RunStatus::Running, 1)], Some(&first));
        let second = past.answered(old).unwrap();
        assert!(second.since > first.until && second.after.is_none());
        assert_eq!(runs(&past), []);
        assert_eq!(past.answered(page(vec![change("new", RunStatus::Running, 1)], None)), None);
        assert_eq!(runs(&past).len(), 1);
    }

    #[test]
    fn after_a_failure_the_same_is_asked_for_again_when_it_is_wanted_again() {
        let mut past = Past::default();
        past.failed();
        assert_eq!(past.reading(), Reading::Nothing);
        past.want(at(0), at(60)).unwrap();
        past.failed();
        assert_eq!(past.reading(), Reading::Failed);
        assert_eq!(past.answered(page(vec![change("a", RunStatus::Running, 1)], None)), None);
        assert_eq!(runs(&past), [], "nobody waits for it");
        assert!(past.want(at(0), at(60)).is_some());
    }
}

//! What a page of runs teaches: whether anything is missing between it and the last one, and what
//! is expected of the project from now on.
//!
//! All of it follows from the runs that are kept, since when they are complete, and the last
//! look; whoever keeps those three keeps everything that was learned.

use jiff::Timestamp;

use crate::api::Call;
use crate::domain::{Boot, Now, ProjectId, Run};
use crate::engine::budget::Tier;
use crate::engine::plan::{History, Pool};

use super::watched::{Gap, Reach, Watched};
use super::{Model, PAGE};

/// Pages that are read at most to find the last known run again; further ones are not worth
/// their requests.
const PAGES: u32 = 4;

/// One page of a project's runs, as far as learning is concerned.
#[derive(Clone, Copy, Debug)]
pub(super) struct Page {
    /// How many newer runs come before it.
    pub(super) offset: u32,
    /// How many runs are on it.
    pub(super) runs: u32,
    /// When the oldest of them started.
    pub(super) oldest: Option<Timestamp>,
    /// Whether older ones exist.
    pub(super) more: bool,
}

impl Page {
    pub(super) fn new(runs: &[Run], offset: u32, more: bool) -> Self {
        let oldest = runs.iter().filter_map(|run| run.start.or(run.end)).min();
        Self { offset, runs: u32::try_from(runs.len()).unwrap_or(u32::MAX), oldest, more }
    }
}

impl Model {
    /// Reads on until a known run is reached, so that nothing between two looks is missed.
    /// `known` is when the newest run started that was known before the page.
    pub(super) fn reach_back(
        &mut self,
        project: &ProjectId,
        page: Page,
        known: Option<Timestamp>,
        now: Boot,
    ) {
        let next = self.projects.get_mut(project).and_then(|mut it| it.reach_back(page, known));
        if let Some(offset) = next
            && !self.ledger.leaves(project, now)
        {
            let (project, limit, status) = (project.clone(), PAGE, None);
            let call = Call::ListRuns { project, limit, offset, status };
            self.outbox.want(call, Tier::Sweep, now);
        }
    }

    /// Learns from what is known of a project's runs and schedules now.
    pub(super) fn learn(&mut self, project: &ProjectId, now: Now) {
        let server_now = self.server_now(now);
        if let Some(mut watched) = self.projects.get_mut(project) {
            watched.learn(&self.pool, now.boot, server_now);
        }
        self.pages += 1;
        // What all have in common changes slowly: it is drawn anew some times in a round.
        if self.pages * 16 > self.projects.len() {
            self.pages = 0;
            self.pool = Pool::of(self.projects.values().filter_map(|one| one.history.as_ref()));
        }
    }
}

impl Watched {
    /// Takes in how far back a page reaches; tells the offset of the next page, if one is needed.
    fn reach_back(&mut self, page: Page, known: Option<Timestamp>) -> Option<u32> {
        let first = self.complete.is_none();
        let reach = match self.reach {
            Some(reach) => reach,
            None if page.offset > 0 => return None,
            None => Reach { known },
        };
        self.reach = None;
        let all = !page.more;
        if all || first {
            let published = self.project.published.at();
            // A page that is not full shows every run there ever was.
            let since = if all { page.oldest.min(published) } else { None };
            let since = since.or(page.oldest).or(published);
            self.complete = if first { since } else { self.complete };
            return None;
        }
        if page.oldest.zip(reach.known).is_some_and(|(oldest, newest)| oldest <= newest) {
            return None;
        }
        let next = page.offset + page.runs;
        if page.runs > 0 && next < PAGES * u32::from(PAGE) {
            self.reach = Some(reach);
            return Some(next);
        }
        self.gap = page.oldest.map(|to| Gap { from: reach.known, to });
        self.complete = page.oldest.or(self.complete);
        None
    }

    fn learn(&mut self, pool: &Pool, now: Boot, server_now: Timestamp) {
        let server =
            |at: Boot| server_now.saturating_sub(now.saturating_sub(at)).unwrap_or(server_now);
        let looked = self.read.map_or(server_now, server);
        let since = self.complete.unwrap_or(looked);
        let known = |changed: Option<Boot>| changed.map_or(looked, server);
        let runs = self.runs.values().map(|seen| (&seen.run, known(seen.changed)));
        let history = History::of(&self.project, runs, since, looked);
        self.outlook = history.outlook(pool);
        self.history = Some(history);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Published;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn watched(complete: Option<i64>) -> Watched {
        let project = crate::domain::Project {
            id: ProjectId::new("p"),
            title: crate::domain::Text::default(),
            published: Published::At(at(10)),
            retired: false,
            owner: None,
            schedules: Vec::new(),
        };
        Watched { complete: complete.map(at), ..Watched::new(project, Boot::ZERO) }
    }

    fn page(offset: u32, oldest: i64, more: bool) -> Page {
        Page { offset, runs: 100, oldest: Some(at(oldest)), more }
    }

    #[test]
    fn a_first_page_is_a_history_and_never_leads_to_another() {
        let mut full = watched(None);
        assert_eq!(full.reach_back(page(0, 500, true), None), None);
        assert_eq!(full.complete, Some(at(500)));
        let mut whole = watched(None);
        assert_eq!(whole.reach_back(page(0, 500, false), None), None);
        assert_eq!(whole.complete, Some(at(10)), "nothing ran since it was published");
    }

    #[test]
    fn pages_are_read_until_a_known_run_is_reached() {
        let mut watched = watched(Some(500));
        assert_eq!(watched.reach_back(page(0, 900, true), Some(at(950))), None);
        assert_eq!(watched.reach_back(page(0, 2000, true), Some(at(1000))), Some(100));
        // A new look in between knows runs of the first page, but not those before it.
        assert_eq!(watched.reach_back(page(0, 2100, true), Some(at(2200))), Some(100));
        assert_eq!(watched.reach_back(page(100, 1500, true), Some(at(2200))), Some(200));
        assert_eq!(watched.reach_back(page(200, 900, true), Some(at(2200))), None);
        assert_eq!((watched.complete, watched.gap), (Some(at(500)), None));
    }

    #[test]
    fn a_gap_too_wide_to_close_is_told_and_what_is_complete_begins_after_it() {
        let mut watched = watched(Some(500));
        let mut next = watched.reach_back(page(0, 9000, true), Some(at(1000)));
        let mut pages = 1;
        while let Some(offset) = next {
            next = watched.reach_back(page(offset, 9000 - i64::from(offset), true), None);
            pages += 1;
        }
        assert_eq!(pages, PAGES);
        assert_eq!(watched.gap, Some(Gap { from: Some(at(1000)), to: at(8700) }));
        assert_eq!(watched.complete, Some(at(8700)));
    }
}

//! What a look at a project's runs teaches: whether anything is missing between it and the last one,
//! and what is expected of the project from now on.
//!
//! All of it follows from the runs that are kept, since when they are complete, and the last
//! look; whoever keeps those three keeps everything that was learned.

use jiff::Timestamp;

use crate::domain::{Boot, Now, ProjectId};
use crate::engine::poll::{History, Prior};
use crate::engine::projects::paging::Covered;

use super::Model;
use crate::engine::projects::state::{Gap, ProjectState};

impl Model {
    /// Learns from what is known of a project's runs and schedules now.
    pub(super) fn learn(&mut self, project: &ProjectId, now: Now) {
        let (server_now, prior) = (self.server_now(now), self.projects.prior());
        if let Some(mut watched) = self.projects.get_mut(project) {
            watched.learn(&prior, now.boot, server_now);
        }
    }
}

impl ProjectState {
    /// Takes in what a look has read without a gap. `known` is when the newest run started that was
    /// known before it.
    pub(super) fn cover(&mut self, covered: Covered, known: Option<Timestamp>) {
        let Covered { oldest, all, reached, .. } = covered;
        if self.complete.is_none() {
            let published = self.project.published.at();
            // A list that is read whole shows every run there ever was.
            let since = if all { oldest.min(published) } else { None };
            self.complete = since.or(oldest).or(published);
        } else if !all && !reached {
            self.gap = oldest.map(|to| Gap { from: known, to });
            self.complete = oldest.or(self.complete);
        }
    }

    fn learn(&mut self, prior: &Prior, now: Boot, server_now: Timestamp) {
        let server =
            |at: Boot| server_now.saturating_sub(now.saturating_sub(at)).unwrap_or(server_now);
        let looked = self.read.map_or(server_now, server);
        let since = self.complete.unwrap_or(looked);
        let known = |changed: Option<Boot>| changed.map_or(looked, server);
        let runs = self.runs.values().map(|seen| (&seen.run, known(seen.changed)));
        let history = History::of(&self.project, runs, since, looked);
        self.expectation = history.expectation(prior);
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

    fn watched(complete: Option<i64>) -> ProjectState {
        let project = crate::domain::Project {
            id: ProjectId::new("p"),
            title: crate::domain::Text::default(),
            published: Published::At(at(10)),
            retired: false,
            owner: None,
            categories: Vec::new(),
            label: None,
            schedules: Vec::new(),
        };
        ProjectState { complete: complete.map(at), ..ProjectState::new(project, Boot::ZERO) }
    }

    fn covered(oldest: i64, all: bool, reached: bool) -> Covered {
        Covered { since: Boot::ZERO, oldest: Some(at(oldest)), all, reached }
    }

    #[test]
    fn a_first_look_is_a_history_since_its_oldest_run_or_since_the_project_was_published() {
        let mut full = watched(None);
        full.cover(covered(500, false, true), None);
        assert_eq!(full.complete, Some(at(500)));
        let mut whole = watched(None);
        whole.cover(covered(500, true, true), None);
        assert_eq!(whole.complete, Some(at(10)), "nothing ran since it was published");
    }

    #[test]
    fn a_gap_too_wide_to_close_is_told_and_what_is_complete_begins_after_it() {
        let mut watched = watched(Some(500));
        watched.cover(covered(900, false, true), Some(at(1000)));
        assert_eq!((watched.complete, watched.gap), (Some(at(500)), None));
        watched.cover(covered(8700, false, false), Some(at(1000)));
        assert_eq!(watched.gap, Some(Gap { from: Some(at(1000)), to: at(8700) }));
        assert_eq!(watched.complete, Some(at(8700)));
    }
}

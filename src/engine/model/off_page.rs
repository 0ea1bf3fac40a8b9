//! Active runs that are no longer on their project's newest page.
//!
//! They are found by one list of the project's runs of their status, not by one request each. What
//! is not on that list any more has ended, and only then is asked for by itself, once. All of it is
//! work in the background.

use std::collections::BTreeSet;
use std::time::Duration;

use super::looks::run_ids;
use super::{Effect, Event, Model, PAGE};
use crate::api::{ApiError, Call, Reply};
use crate::domain::{Boot, Now, ProjectId, Run, RunId, RunStatus};
use crate::engine::budget::Priority;
use crate::engine::request::Flight;

/// How old the last word on an active run that is no longer on its project's page may get.
const OFF_PAGE: Duration = Duration::from_secs(15);
/// Runs of one project that are asked for by themselves at a time.
const ONE_BY_ONE: usize = 5;
/// Requests of the background that may wait when another one is made.
const MOST_WAITING: usize = 8;

impl Model {
    /// Asks for active runs that are no longer on the newest page of their project, with one request
    /// for each status.
    pub(super) fn ask_off_page(&mut self, project: &ProjectId, on_page: &[RunId], now: Boot) {
        if self.coordinator.leaves(project, now) || self.is_background_full() {
            return; // The next look comes here again.
        }
        let on_page: BTreeSet<_> = on_page.iter().collect();
        let of_status = self.off_page(project, now, |run| !on_page.contains(&run.id));
        let statuses: BTreeSet<_> = of_status.into_iter().map(|(status, _)| status).collect();
        for status in statuses {
            let (project, limit, status) = (project.clone(), PAGE, Some(status));
            let call = Call::ListRuns { project, limit, offset: 0, status };
            self.requests.want(call, Priority::Sweep, now);
        }
    }

    /// Takes in a list of a project's runs of one active status.
    pub(super) fn active_replied(
        &mut self,
        project: &ProjectId,
        status: &RunStatus,
        flight: &Flight,
        result: Result<Reply, ApiError>,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let runs = match result {
            Ok(Reply::Runs { runs, .. }) => runs,
            // A server that does not know the filter is asked for the runs one by one.
            Err(ApiError::Rejected { .. } | ApiError::NotFound(_)) => Vec::new(),
            Ok(_) | Err(_) => return,
        };
        let on_list: BTreeSet<_> = run_ids(&runs).into_iter().collect();
        self.take_read_runs(project, runs, flight.sent, now, effects);
        let left = self
            .off_page(project, now.boot, |run| run.status == *status && !on_list.contains(&run.id));
        let may_read = |run: &RunId| {
            self.projects.get(project).is_some_and(|watched| watched.may_read(run, now.boot))
        };
        let left: Vec<_> = left.into_iter().filter(|(_, run)| may_read(run)).collect();
        for (_, run) in left.into_iter().take(ONE_BY_ONE) {
            let call = Call::RunStatus { project: project.clone(), run };
            self.requests.want(call, Priority::Sweep, now.boot);
        }
    }

    /// Takes in runs that were read by themselves by a request that left at `sent`.
    pub(super) fn take_read_runs(
        &mut self,
        project: &ProjectId,
        runs: Vec<Run>,
        sent: Boot,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let seen = self.server_now(now);
        let ids = run_ids(&runs);
        for run in runs {
            self.keep_run(&run, sent, effects);
            if let Some(mut watched) = self.projects.get_mut(project) {
                let told = watched.apply(run, sent, seen, now.boot);
                effects.extend(told.map(|change| Effect::Tell(Event::RunChanged(change))));
            }
        }
        for run in &ids {
            self.settle_cancel(project, run, sent, now.boot, effects);
        }
        // Only now: of a run that is forgotten nobody could say how its cancel ended.
        self.take_stock(project, now, effects);
        self.runs_changed(project, now.boot);
        self.learn(project, now);
    }

    /// Active runs of which nothing was heard lately, with their statuses, the longest
    /// unheard first.
    fn off_page(
        &self,
        project: &ProjectId,
        now: Boot,
        such: impl Fn(&Run) -> bool,
    ) -> Vec<(RunStatus, RunId)> {
        let active = self.projects.get(project).into_iter().flat_map(super::ProjectState::active);
        let mut old: Vec<_> =
            active.filter(|seen| seen.at + OFF_PAGE <= now && such(&seen.run)).collect();
        old.sort_by_key(|seen| seen.at);
        let named = |run: &Run| (run.status.clone(), run.id.clone());
        old.into_iter().map(|seen| named(&seen.run)).collect()
    }

    fn is_background_full(&self) -> bool {
        let waiting = self.requests.waiting().iter();
        waiting.filter(|waiting| waiting.priority == Priority::Sweep).count() >= MOST_WAITING
    }
}

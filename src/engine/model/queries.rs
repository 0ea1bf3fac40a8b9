//! What a screen or a command asks of the engine's state. Nothing here changes it.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;

use super::{
    Freshness, Health, ListingCut, Model, Moment, PollScope, ProjectState, RunState, SWEEP,
    Settings, Start, StartId, StatusCounts,
};
use crate::api::{ApiError, Me, PathStyle};
use crate::domain::filter::{StartFacts, SweepFacts};
use crate::domain::{Boot, Now, ProjectId, Query, Run, RunId};
use crate::engine::budget::Budget;
use crate::engine::kernels::Room;
use crate::engine::poll;
use crate::engine::sync::protocol::MOST_TOLD;
use crate::engine::sync::session::Session;

/// The most sweeps whose names are offered.
const MOST_NAMES: usize = 20;

/// Which of the processes that share a store polls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Poller {
    /// There is no store: this process knows of no other.
    Unshared,
    /// Nobody, as far as is known.
    Nobody,
    /// This one.
    Here,
    /// Another one polls all that this one watches.
    Elsewhere,
    /// Another one, and this one what the other does not watch.
    Both,
}

impl Model {
    /// The settings in force.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The request budget.
    pub fn budget(&self) -> &Budget {
        self.coordinator.budget()
    }

    /// The generation of paths in use; the current one until another is found out.
    pub fn path_style(&self) -> PathStyle {
        self.server.style.unwrap_or_default()
    }

    /// Who the token belongs to, once known.
    pub fn me(&self) -> Option<&Me> {
        self.account.me()
    }

    /// Every project of the workspace that is watched, published or not, by id.
    pub fn projects(&self) -> impl ExactSizeIterator<Item = &ProjectState> {
        self.projects.values()
    }

    /// One project.
    pub fn project(&self, id: &ProjectId) -> Option<&ProjectState> {
        self.projects.get(id)
    }

    /// One run.
    pub fn run(&self, project: &ProjectId, run: &RunId) -> Option<&RunState> {
        self.projects.get(project)?.runs.get(run)
    }

    /// All runs of all projects.
    pub fn runs(&self) -> impl Iterator<Item = (&ProjectState, &RunState)> {
        self.projects
            .values()
            .flat_map(|watched| watched.runs.values().map(move |run| (watched, run)))
    }

    /// The starts that the journal has, those of other processes and earlier ones among them; the
    /// oldest first.
    pub fn starts(&self) -> impl DoubleEndedIterator<Item = &Start> {
        self.starts.iter()
    }

    /// Starts that are on their way by themselves, or whose run nobody knows; the oldest first.
    pub fn runless_starts(&self) -> impl Iterator<Item = &Start> {
        self.starts.runless()
    }

    /// Changes whenever an entry of the journal has.
    pub fn journal_revision(&self) -> u64 {
        self.starts.revision() + self.cancels.revision()
    }

    /// The start that has begun a run, or probably has.
    pub fn start_of_run(&self, run: &RunId) -> Option<&Start> {
        self.starts.of_run(run)
    }

    /// What a filter asks of the start of a run, if it asks for anything of it.
    pub fn start_facts(&self, query: &Query, run: &Run) -> StartFacts<'_> {
        if !query.asks_for_start() {
            return StartFacts::Unknown;
        }
        match self.start_of_run(&run.id) {
            Some(start) => start.entry.facts(),
            None if self.has_starts_of(run) && !self.starts.may_have_begun(run) => {
                StartFacts::Elsewhere
            }
            None => StartFacts::Unknown,
        }
    }

    /// Whether the start of a run would be known if the journal had one. Of a long journal only the newest starts are
    /// known.
    fn has_starts_of(&self, run: &Run) -> bool {
        let is_cut = self.starts.count() >= usize::from(MOST_TOLD);
        let reaches =
            || run.start.zip(self.journal.reach()).is_some_and(|(at, oldest)| at > oldest.at());
        self.has_journal() && (!is_cut || reaches())
    }

    /// Whether the journal is read, and what others write there is heard of.
    pub fn has_journal(&self) -> bool {
        self.has_read_store() && !self.coordinator.is_apart()
    }

    /// What the newest sweeps are called, the newest first: by what was written down, if a filter that asks for that
    /// admits none of the others as well, else by the id.
    pub fn sweep_names(&self) -> Vec<String> {
        let sweeps = self.queues.sweeps().take(MOST_NAMES);
        let sweeps: Vec<_> =
            sweeps.filter_map(|sweep| self.points(sweep).next()?.entry.sweep()).collect();
        let name = |sweep: &SweepFacts<'_>| {
            let means_it = |name: &str| {
                sweeps.iter().all(|other| other.id == sweep.id || !other.is_called(name))
            };
            sweep.reason_name().filter(|name| means_it(name)).unwrap_or_else(|| sweep.id_name())
        };
        sweeps.iter().map(name).collect()
    }

    /// Whether a run is only probably that of a start from here: its answer was lost.
    pub fn is_probable(&self, run: &RunId) -> bool {
        self.start_of_run(run).is_some_and(|start| start.entry.stage.probable().is_some())
    }

    /// The number of this process, for the names of its starts.
    pub fn session(&self) -> Session {
        self.coordinator.session()
    }

    /// Whether all that the store has is known, or that it cannot be.
    pub fn has_joined(&self) -> bool {
        !self.coordinator.is_joining()
    }

    /// The same, and all pieces of what was there before.
    pub fn has_read_store(&self) -> bool {
        self.has_joined() && self.cache.has_all()
    }

    /// Whether something that was found out is being written into the journal.
    pub fn is_guessing(&self) -> bool {
        self.journal.is_guessing()
    }

    /// Whether the journal has a start as it is now, as far as it can be written.
    pub fn is_kept(&self, start: &Start) -> bool {
        self.coordinator.is_apart() || !start.recording.is_owed()
    }

    /// One start.
    pub fn start_of(&self, ticket: StartId) -> Option<&Start> {
        self.starts.get(ticket)
    }

    /// When a waiting start leaves if nothing comes in between.
    pub fn start_departs_at(&self, ticket: StartId, now: Boot) -> Option<Boot> {
        self.requests.departure(self.starts.get(ticket)?.call?, self.coordinator.budget(), now)
    }

    /// Runs that are known to be executing, whoever they belong to.
    pub fn running_runs(&self) -> usize {
        self.kernels.running()
    }

    /// Why the store failed, if it did: the budget is then kept without it.
    pub fn store_trouble(&self) -> Option<&str> {
        self.coordinator.broken()
    }

    /// Whether the store does not answer, though nothing is known to be wrong with it: the budget is
    /// then kept without it.
    pub fn is_store_busy(&self) -> bool {
        self.coordinator.is_busy()
    }

    /// hextop processes that share the budget and were heard of in the last minute, this one among
    /// them.
    pub fn processes(&self, now: Boot) -> usize {
        self.coordinator.processes(now)
    }

    /// Who polls, where there is a store to share.
    pub fn poller(&self, now: Boot) -> Poller {
        let left = |watched: &ProjectState| self.coordinator.leaves(&watched.project.id, now);
        if !self.coordinator.has_store() {
            Poller::Unshared
        } else if self.coordinator.polls(now) {
            Poller::Here
        } else if !self.coordinator.follows(now) {
            Poller::Nobody
        } else if self.runnable().all(left) {
            Poller::Elsewhere
        } else {
            Poller::Both
        }
    }

    /// The server's time.
    pub fn server_now(&self, now: Now) -> Timestamp {
        self.server.clock.at(now)
    }

    /// A moment by the server's clock and by ours.
    pub fn moment(&self, now: Now) -> Moment {
        let is_free = self.kernels.room(0, now.boot) == Room::Free;
        let longest_wait = is_free.then(|| self.waits.limit());
        Moment { server: self.server_now(now), boot: now.boot, longest_wait }
    }

    /// Whether what is shown is live.
    pub fn health(&self, now: Boot) -> Health {
        if let Some(health) = self.account.token.health() {
            return health;
        }
        if let Some(until) = self.coordinator.budget().locked_until(now) {
            return Health::Locked { until };
        }
        self.server.health()
    }

    /// Why the list of projects could not be read, if it could not.
    pub fn listing_error(&self) -> Option<&ApiError> {
        self.listing.error.as_ref()
    }

    /// Whether it is known which projects there are: the list of projects has been read as far as
    /// it goes, and of those that are named in full it was heard whether there are such.
    pub fn is_listed(&self) -> bool {
        self.listing.is_complete() && !self.awaits_named()
    }

    /// How far the list of projects was read, if not to its end.
    pub fn listing_cut(&self) -> Option<ListingCut> {
        self.listing.cut()
    }

    /// Whether it is known that no watched project has a published version: nothing can run.
    pub fn has_nothing_published(&self) -> bool {
        self.is_listed() && self.projects.runnable().len() == 0
    }

    /// Whether every project has been looked at, as far as it can be.
    pub fn is_swept(&self) -> bool {
        self.is_listed() && !self.projects.has_unseen()
    }

    /// Whether what is known of every project is no older than it may ever be, as far as it can
    /// be read at all. What an earlier process has left may be.
    pub fn is_caught_up(&self, now: Now) -> bool {
        let longest = self.slot(now).longest;
        self.is_swept() && self.projects.oldest_read().is_none_or(|at| now.boot <= at + longest)
    }

    /// How old what is known of the projects that are polled may be.
    pub fn freshness(&self, now: Now) -> Freshness {
        let polled: Vec<&ProjectState> = match self.scope() {
            PollScope::All => return self.freshness_of_all(now),
            PollScope::Pinned => self.polled_pins().collect(),
            PollScope::Selected => {
                self.focus.selected().and_then(|id| self.projects.get(id)).into_iter().collect()
            }
        };
        let of = polled.len();
        let read = polled.iter().filter(|watched| !watched.is_unseen()).count();
        let failing = polled.iter().filter(|watched| watched.error.is_some()).count();
        let oldest = polled.iter().filter_map(|watched| watched.read).min();
        self.freshness_by(now, (read, of), failing, oldest)
    }

    fn freshness_of_all(&self, now: Now) -> Freshness {
        let of = self.projects.runnable().len();
        let read = of - self.projects.unseen();
        if read == of && !self.is_listed() {
            return Freshness::Listing;
        }
        if of == 0 {
            // What can be looked at is the list, and that is read.
            return Freshness::Live;
        }
        self.freshness_by(now, (read, of), self.projects.failures(), self.projects.oldest_read())
    }

    fn freshness_by(
        &self,
        now: Now,
        (read, of): (usize, usize),
        failing: usize,
        oldest: Option<Boot>,
    ) -> Freshness {
        let bound = poll::longest(of, self.budget().polls_a_minute(now.boot));
        match oldest {
            _ if of == 0 => Freshness::Nothing,
            _ if read < of => Freshness::Unread { read, of },
            _ if failing > 0 => Freshness::Failing(failing),
            Some(at) if now.boot > at + bound => Freshness::Behind(now.boot.saturating_sub(at)),
            _ if bound > SWEEP => Freshness::Within(bound),
            _ => Freshness::Live,
        }
    }

    /// Configured names that no project has.
    pub fn missing(&self) -> &[String] {
        &self.named.missing
    }

    /// How many of the projects that can be polled were looked at successfully within `span`, and
    /// how many there are.
    pub fn seen_within(&self, span: Duration, now: Boot) -> (usize, usize) {
        (self.projects.read_within(span, now), self.projects.runnable().len())
    }

    /// The project whose last successful look is the longest ago among those that are polled; one
    /// that was never read comes before all.
    pub fn longest_unseen(&self) -> Option<&ProjectState> {
        match self.scope() {
            PollScope::All => self.projects.longest_unread(),
            PollScope::Pinned => self.polled_pins().min_by_key(|watched| watched.read),
            PollScope::Selected => self.projects.get(self.focus.selected()?),
        }
    }

    /// Requests that refreshing everything costs.
    pub fn refresh_cost(&self) -> usize {
        self.projects.runnable().len() + 1
    }

    /// How long one look at every project takes at this budget, if that is more than five
    /// minutes.
    pub fn long_sweep(&self, now: Boot) -> Option<Duration> {
        let polled = match self.scope() {
            PollScope::All => self.projects.runnable().len(),
            PollScope::Pinned => self.pins_in_sight(),
            PollScope::Selected => 1,
        };
        let looks = u32::try_from(polled).unwrap_or(u32::MAX);
        let sweep = Duration::from_mins(1).saturating_mul(looks)
            / self.coordinator.budget().polls_a_minute(now).max(1);
        (sweep > SWEEP).then_some(sweep)
    }

    /// Changes whenever what is shown of projects and runs has changed.
    pub fn revision(&self) -> u64 {
        self.revision + self.projects.revision()
    }

    /// How many runs of each status there are.
    pub fn run_counts(&self) -> &StatusCounts {
        self.projects.counts()
    }

    /// Projects that were added, removed or changed in any way, or of which a start was, since this was
    /// asked last; some may be the same as before.
    pub fn take_changed_projects(&mut self) -> BTreeSet<ProjectId> {
        self.projects.take_changed()
    }

    /// Projects with runs that have not ended.
    pub fn projects_with_active(&self) -> impl Iterator<Item = &ProjectState> {
        self.projects.with_active().filter_map(|id| self.projects.get(id))
    }

    /// All runs that have not ended.
    pub fn active_runs(&self) -> impl Iterator<Item = (&ProjectState, &RunState)> {
        self.projects.active_runs()
    }

    /// Whether there is a project that can have runs and at which no look was ever answered.
    pub fn has_unseen(&self) -> bool {
        self.projects.has_unseen()
    }

    /// Projects whose last look failed.
    pub fn failing(&self) -> impl Iterator<Item = &ProjectState> {
        self.projects.failing()
    }

    /// How many projects have runs that have not ended.
    pub fn active_projects(&self) -> usize {
        self.projects.with_active().len()
    }

    /// How many projects are known that were neither archived nor thrown away.
    pub fn present_projects(&self) -> usize {
        self.projects.present()
    }

    pub(super) fn runnable(&self) -> impl Iterator<Item = &ProjectState> {
        self.projects.runnable().filter_map(|id| self.projects.get(id))
    }

    pub(super) fn truth(&self, project: &ProjectId, run: &RunId) -> Option<&Run> {
        self.run(project, run).map(|seen| &seen.run)
    }
}

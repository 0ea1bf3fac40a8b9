//! The life of the workspace: runs begin, get kernels, run and end, whoever looks.
//!
//! What happens is decided by events in time order and by draws that belong to one project or
//! one run, so it does not depend on when or how often anybody looks.

mod begin;
mod event;
mod pools;

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;

use crate::domain::time::between;
use crate::domain::{RunStatus, RunTrigger};

use super::project::{Arrival, SimProject};
use super::rng::{Rng, times};
use super::run::{Outcome, SimRun, Version};
use super::scenario::{Kernels, KernelsFull, Outage, Scenario};
use super::users::{User, Users};
use super::uuid::Uuid;

use event::{Agenda, Event};
use pools::Pools;

/// Projects, runs and kernels, at one moment by the server's clock.
#[derive(Clone, Debug)]
pub(crate) struct Life {
    pub(crate) now: Timestamp,
    born: Timestamp,
    pub(crate) projects: Vec<SimProject>,
    pub(crate) runs: Vec<SimRun>,
    /// Indices of the projects, the oldest first.
    ages: Vec<usize>,
    project_of: HashMap<Uuid, usize>,
    run_of: HashMap<Uuid, usize>,
    agenda: Agenda,
    users: Users,
    kernels: Kernels,
    pools: Pools,
    outages: Vec<Outage>,
    chance: Rng,
}

/// How late the scheduler is, roughly.
const SCHEDULER_LAG: Duration = Duration::from_millis(300);

/// What came of asking for a run to be cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cancelled {
    /// It will stop in a moment.
    Stopping,
    /// It has ended before.
    Ended,
}

impl Life {
    /// The workspace of `scenario` at `now`, with its past behind it.
    pub(crate) fn new(scenario: &Scenario, seed: u64, now: Timestamp) -> Self {
        let mut life = Self {
            now,
            born: now,
            projects: Vec::new(),
            runs: Vec::new(),
            ages: Vec::new(),
            project_of: HashMap::new(),
            run_of: HashMap::new(),
            agenda: Agenda::default(),
            users: Users::new(&scenario.users, &scenario.token),
            kernels: scenario.kernels.clone(),
            pools: Pools::new(scenario.kernels.total),
            outages: scenario.outages.clone(),
            chance: Rng::stream(seed, 1),
        };
        life.populate(scenario, seed);
        life
    }

    /// Lets everything happen that is due up to `to`.
    pub(crate) fn advance(&mut self, to: Timestamp) {
        while let Some((at, event)) = self.agenda.due(to) {
            self.now = at;
            self.happen(event);
        }
        self.now = self.now.max(to);
    }

    /// All projects, the oldest first.
    pub(crate) fn by_age(&self) -> impl Iterator<Item = &SimProject> {
        self.ages.iter().filter_map(|index| self.projects.get(*index))
    }

    /// The project with this id.
    pub(crate) fn project(&self, id: Uuid) -> Option<&SimProject> {
        self.projects.get(*self.project_of.get(&id)?)
    }

    /// The run with this id, if it belongs to this project.
    pub(crate) fn run(&self, project: Uuid, id: Uuid) -> Option<&SimRun> {
        let run = self.runs.get(*self.run_of.get(&id)?)?;
        (self.projects.get(run.project)?.id == project).then_some(run)
    }

    /// Whether the token's owner has no kernel left.
    pub(crate) fn is_full(&self) -> bool {
        self.pools.is_full(User::TOKEN)
    }

    /// How many kernels the token's owner holds, with runs and with notebooks.
    pub(crate) fn kernels_taken(&self) -> u32 {
        self.pools.taken(User::TOKEN)
    }

    /// Who holds the kernel of a run.
    pub(crate) fn user_of(&self, run: &SimRun) -> &str {
        self.users.name(run.user)
    }

    /// Starts a run that the token's owner asked for; nothing if there is no such project.
    pub(crate) fn start(&mut self, project: Uuid, id: Uuid) -> Option<&mut SimRun> {
        let project = *self.project_of.get(&project)?;
        let run = self.begin(project, id, (RunTrigger::Api, None), User::TOKEN)?;
        self.runs.get_mut(run)
    }

    /// Asks for a run to be cancelled; nothing if there is no such run.
    pub(crate) fn cancel(&mut self, project: Uuid, id: Uuid) -> Option<Cancelled> {
        self.run(project, id)?;
        let index = *self.run_of.get(&id)?;
        let (now, stop) = (self.now, self.kernels.stop);
        let run = self.runs.get_mut(index)?;
        if !run.is_active() {
            return Some(Cancelled::Ended);
        }
        if run.cancelled.is_none() {
            run.cancelled = Some(now);
            let takes = times(stop, SimRun::chance(id).within(0.6, 1.6));
            self.agenda.add(now, takes, Event::Stopped(index));
        }
        Some(Cancelled::Stopping)
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Due(project, schedule) => {
                let (id, user) = (self.draw_id(project), self.owner(project));
                self.begin(project, id, (RunTrigger::Scheduled, None), user);
                self.expect_schedule(project, schedule);
            }
            Event::Comes(project, what) => self.arrive(project, what),
            Event::Ready(run) => self.ready(run),
            Event::GivesUp(run) => self.end(run, RunStatus::NoKernel),
            Event::Ends(run) => {
                let outcome = self.runs.get(run).map(|run| run.plan.outcome);
                let failed = outcome == Some(Outcome::Fails);
                self.end(run, if failed { RunStatus::Errored } else { RunStatus::Completed });
            }
            Event::Stopped(run) => self.end(run, RunStatus::Killed),
            Event::People => self.people_come_and_go(),
        }
    }

    fn arrive(&mut self, project: usize, what: Arrival) {
        let id = self.draw_id(project);
        let user = self.users.starter(id);
        let refuses = self.kernels.full == KernelsFull::Refuse;
        match &what {
            // It gets the same 503 as a start with the token.
            Arrival::Run(RunTrigger::Api) if refuses && self.pools.is_full(user) => {}
            Arrival::Run(trigger) => {
                self.begin(project, id, (trigger.clone(), None), user);
            }
            Arrival::Draft => {
                self.begin(project, id, (RunTrigger::Api, Some(Version::Draft)), user);
            }
            Arrival::Publish => {
                self.publish(project);
                let owner = self.owner(project);
                self.begin(project, id, (RunTrigger::AppRefresh, None), owner);
            }
        }
        self.expect_arrival(project, what);
    }

    /// A new version may be quicker or slower than the last.
    fn publish(&mut self, index: usize) {
        let now = self.now;
        let Some(project) = self.projects.get_mut(index) else {
            return;
        };
        let factor = project.chance.factor(0.4);
        project.median = times(project.median, factor);
        project.version += 1;
        project.edited = now;
        project.published = Some(now);
    }

    /// A run has its kernel and begins to run.
    fn ready(&mut self, index: usize) {
        let now = self.now;
        let Some(run) = self.runs.get_mut(index) else {
            return;
        };
        if run.status != RunStatus::Pending {
            return;
        }
        run.status = RunStatus::Running;
        run.start = Some(now);
        self.agenda.add(now, run.plan.takes, Event::Ends(index));
    }

    fn end(&mut self, index: usize, status: RunStatus) {
        let now = self.now;
        let Some(run) = self.runs.get_mut(index) else {
            return;
        };
        let gave_up_too_late = status == RunStatus::NoKernel && run.has_kernel;
        if !run.is_active() || gave_up_too_late {
            return;
        }
        let refreshes = status == RunStatus::Completed && run.trigger != RunTrigger::Api;
        run.status = status;
        run.end = Some(now);
        let (project, user) = (run.project, run.user);
        if std::mem::take(&mut run.has_kernel) {
            self.pools.give_back(user);
        }
        if refreshes && let Some(project) = self.projects.get_mut(project) {
            project.refreshed = Some(now);
        }
        self.hand_out(user);
    }

    /// Gives free kernels of a user to the runs that wait.
    fn hand_out(&mut self, user: User) {
        while let Some(index) = self.pools.next(user) {
            let Some(run) = self.runs.get_mut(index) else {
                continue;
            };
            if run.status == RunStatus::Pending {
                run.has_kernel = true;
                self.pools.take(user);
                self.agenda.add(self.now, run.plan.boot, Event::Ready(index));
            }
        }
    }

    fn people_come_and_go(&mut self) {
        let mean = self.kernels.people;
        let drawn = (mean + self.chance.normal() * mean.sqrt()).round();
        self.pools.open_notebooks(drawn);
        self.hand_out(User::TOKEN);
        if let Some(wait) = self.chance.wait(40.0) {
            self.agenda.add(self.now, wait, Event::People);
        }
    }

    /// The owner of a project, who runs its schedules.
    fn owner(&mut self, project: usize) -> User {
        let owner = self.projects.get(project).map_or("", |project| &project.owner);
        self.users.named(owner)
    }

    fn outage(&self, at: Timestamp) -> Option<&Outage> {
        let age = at.duration_since(self.born);
        self.outages.iter().find(|outage| (outage.from..outage.until).contains(&age))
    }

    fn draw_id(&mut self, project: usize) -> Uuid {
        self.projects.get_mut(project).map_or(Uuid::random(0, 0), |project| project.chance.uuid())
    }

    fn expect_schedule(&mut self, index: usize, schedule: usize) {
        let Some(project) = self.projects.get_mut(index) else {
            return;
        };
        let next = project.spec.schedules.get(schedule).and_then(|one| one.next_after(self.now));
        if let Some(next) = next {
            let lag = times(SCHEDULER_LAG, project.chance.within(0.2, 2.0));
            let due = between(self.now, next) + lag;
            self.agenda.add(self.now, due, Event::Due(index, schedule));
        }
    }

    fn expect_arrival(&mut self, index: usize, what: Arrival) {
        let Some(project) = self.projects.get_mut(index) else {
            return;
        };
        let rate = project.arrivals().into_iter().find(|(other, _)| *other == what);
        if let Some(wait) = rate.and_then(|(_, rate)| project.chance.wait(rate)) {
            self.agenda.add(self.now, wait, Event::Comes(index, what));
        }
    }
}

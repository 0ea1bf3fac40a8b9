//! How runs begin: at the beginning of the world with their past, later as they come.

use std::time::Duration;

use jiff::Timestamp;

use crate::domain::time::between;
use crate::domain::{RunStatus, RunTrigger};
use crate::sim::history;
use crate::sim::project::SimProject;
use crate::sim::rng::times;
use crate::sim::run::{Outcome, Plan, SimRun, Version};
use crate::sim::scenario::{ProjectSpec, Scenario};
use crate::sim::users::User;
use crate::sim::uuid::Uuid;

use super::{Event, Life};

impl Life {
    /// Makes the projects with their past, and everything that is to happen to them.
    pub(super) fn populate(&mut self, scenario: &Scenario, seed: u64) {
        let population = &scenario.population;
        let made_up = (0..population.count).map(|number| population.project(number, seed));
        let specs: Vec<_> = scenario.projects.iter().cloned().chain(made_up).collect();
        let runs = specs.iter().map(|spec| usize::try_from(spec.past).unwrap_or(0)).sum();
        self.runs.reserve(runs);
        self.run_of.reserve(runs);
        for (index, spec) in specs.into_iter().enumerate() {
            let project = SimProject::new(spec, index, seed, self.now);
            self.project_of.insert(project.id, index);
            self.projects.push(project);
            self.recall(index);
            self.found_in_the_middle(index);
            self.expect_everything(index);
        }
        let projects = &self.projects;
        self.ages = (0..projects.len()).collect();
        self.ages.sort_by_key(|index| projects.get(*index).map(|one| (one.created, one.id)));
        self.people_come_and_go();
    }

    /// Makes the runs of the past. Some of them are not over.
    fn recall(&mut self, index: usize) {
        let now = self.now;
        let Some(project) = self.projects.get_mut(index) else {
            return;
        };
        for begun in history::of(project, now) {
            let id = self.draw_id(index);
            self.past_run(index, id, begun);
        }
        let Some(project) = self.projects.get_mut(index) else {
            return;
        };
        let ends = project.runs.iter().rev().filter_map(|run| self.runs.get(*run)?.end);
        project.refreshed = ends.max();
    }

    fn past_run(&mut self, index: usize, id: Uuid, begun: history::Begun) {
        let (now, at) = (self.now, begun.at);
        let Some(project) = self.projects.get(index) else {
            return;
        };
        let mut chance = SimRun::chance(id);
        let mut plan = project.plan(&mut chance, &self.kernels, self.outage(at));
        let killed = chance.chance(0.02);
        if self.outage(at).is_none() {
            // A run that hung outside of an outage was noticed and cancelled.
            plan.takes = plan.takes.min(times(project.median, 20.0));
        }
        let start = at.saturating_add(plan.boot).unwrap_or(at);
        let end = start.saturating_add(plan.takes).unwrap_or(start);
        let user = match begun.trigger {
            RunTrigger::Scheduled => self.owner(index),
            _ => self.users.starter(id),
        };
        let mut run = SimRun::new(id, index, begun.trigger, plan, at);
        (run.version, run.user) = (begun.version, user);
        if end <= now {
            run.end = Some(end);
            run.start = (run.plan.outcome != Outcome::Starves).then_some(start);
            run.status = match run.plan.outcome {
                Outcome::Starves => RunStatus::NoKernel,
                _ if killed => RunStatus::Killed,
                Outcome::Fails => RunStatus::Errored,
                Outcome::Completes => RunStatus::Completed,
            };
            self.keep(run);
        } else if start <= now && run.plan.outcome != Outcome::Starves {
            if self.pools.held_by_runs(user) < self.kernels.total {
                self.keep_running(run, start);
            } else {
                self.keep_waiting(run);
            }
        }
    }

    /// Keeps a run that began in the past and has not ended.
    fn keep_running(&mut self, mut run: SimRun, start: Timestamp) {
        let left = run.plan.takes.saturating_sub(between(start, self.now));
        run.status = RunStatus::Running;
        run.start = Some(start);
        run.has_kernel = true;
        self.pools.take(run.user);
        let index = self.keep(run);
        self.agenda.add(self.now, left, Event::Ends(index));
    }

    /// Keeps a run that found no kernel in the past.
    fn keep_waiting(&mut self, mut run: SimRun) {
        let waited = between(run.created, self.now);
        let gave_up = self.kernels.patience.filter(|patience| *patience <= waited);
        if let Some(patience) = gave_up {
            run.status = RunStatus::NoKernel;
            run.end = run.created.checked_add(patience).ok();
            self.keep(run);
            return;
        }
        let user = run.user;
        let index = self.keep(run);
        self.pools.wait(user, index);
        if let Some(patience) = self.kernels.patience {
            let left = patience.saturating_sub(waited);
            self.agenda.add(self.now, left, Event::GivesUp(index));
        }
    }

    /// Makes the runs that the scenario wants to find running, hanging or waiting.
    fn found_in_the_middle(&mut self, index: usize) {
        let Some(project) = self.projects.get(index) else {
            return;
        };
        if !project.is_runnable() {
            return;
        }
        let ProjectSpec { running, pending, hung, .. } = project.spec.clone();
        let (median, version) = (project.median, Version::Published(project.version));
        let mut ages: Vec<_> = hung.iter().map(|medians| (times(median, *medians), true)).collect();
        for _ in 0..running {
            let chance = &mut self.chance;
            ages.push((times(median, chance.within(0.05, 0.6)), false));
        }
        ages.sort_by_key(|(age, _)| std::cmp::Reverse(*age));
        for (age, hangs) in ages {
            let id = self.draw_id(index);
            let Some(mut plan) = self.plan(index, id) else {
                return;
            };
            plan.outcome = Outcome::Completes;
            plan.takes = if hangs { Duration::from_hours(24 * 90) } else { median.max(age) };
            let start = self.now.saturating_sub(age).unwrap_or(self.now);
            let asked = start.saturating_sub(plan.boot).unwrap_or(start);
            let mut run = SimRun::new(id, index, RunTrigger::Api, plan, asked);
            (run.version, run.user) = (version, self.users.starter(id));
            self.keep_running(run, start);
        }
        for _ in 0..pending {
            let id = self.draw_id(index);
            let slow = times(Duration::from_secs(20), self.chance.within(0.5, 3.0));
            let user = self.users.starter(id);
            if let Some(mut run) = self.asked(index, id, (RunTrigger::Api, None), user) {
                run.plan.boot += slow;
                self.admit(run);
            }
        }
        if let Some(project) = self.projects.get_mut(index) {
            let runs = &self.runs;
            project.runs.sort_by_key(|run| runs.get(*run).map(|run| run.created));
        }
    }

    fn expect_everything(&mut self, index: usize) {
        let Some(project) = self.projects.get(index) else {
            return;
        };
        if !project.is_runnable() {
            return;
        }
        let schedules = project.spec.schedules.len();
        for (what, _) in project.arrivals() {
            self.expect_arrival(index, what);
        }
        for schedule in 0..schedules {
            self.expect_schedule(index, schedule);
        }
    }

    /// Begins a run of a user now, of the latest published version unless told otherwise; gives its
    /// index.
    pub(super) fn begin(
        &mut self,
        project: usize,
        id: Uuid,
        what: (RunTrigger, Option<Version>),
        user: User,
    ) -> Option<usize> {
        let run = self.asked(project, id, what, user)?;
        Some(self.admit(run))
    }

    /// A run that is asked for now.
    fn asked(
        &self,
        project: usize,
        id: Uuid,
        (trigger, version): (RunTrigger, Option<Version>),
        user: User,
    ) -> Option<SimRun> {
        let latest = Version::Published(self.projects.get(project)?.version);
        let mut run = SimRun::new(id, project, trigger, self.plan(project, id)?, self.now);
        (run.version, run.user) = (version.unwrap_or(latest), user);
        Some(run)
    }

    /// What becomes of the run `id` of a project if it begins now.
    fn plan(&self, project: usize, id: Uuid) -> Option<Plan> {
        let mut chance = SimRun::chance(id);
        let outage = self.outage(self.now);
        let project = self.projects.get(project)?;
        Some(project.plan(&mut chance, &self.kernels, outage))
    }

    /// Lets a run ask for its kernel.
    fn admit(&mut self, run: SimRun) -> usize {
        let starves = run.plan.outcome == Outcome::Starves;
        let gives_up = if starves { Some(run.plan.takes) } else { self.kernels.patience };
        let user = run.user;
        let index = self.keep(run);
        if let Some(patience) = gives_up {
            self.agenda.add(self.now, patience, Event::GivesUp(index));
        }
        if !starves {
            self.pools.wait(user, index);
            self.hand_out(user);
        }
        index
    }

    fn keep(&mut self, run: SimRun) -> usize {
        let index = self.runs.len();
        self.run_of.insert(run.id, index);
        if let Some(project) = self.projects.get_mut(run.project) {
            project.runs.push(index);
        }
        self.runs.push(run);
        index
    }
}

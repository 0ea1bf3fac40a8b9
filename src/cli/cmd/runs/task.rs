//! The task of `hextop runs`: to find the projects, and to have the runs of each read as far back as is
//! wanted.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::time::Duration;

use crate::cli::reading::{Failure, Waiter};
use crate::cli::search::looks::{LookStep, Looks};
use crate::cli::search::project::find_project;
use crate::domain::{Boot, Now, ProjectId, Query};
use crate::engine::model::{PollScope, ProjectState, ReadBack};
use crate::engine::{Event, Intent, Model};
use crate::shell::headless::{Step, Task};
use crate::ui::text::count;

/// What was read so short a time before is used as it is.
const FRESH: Duration = Duration::from_secs(30);
/// The same for the list of projects.
const LIST_FRESH: Duration = Duration::from_mins(10);
/// Looks that are under way at a time.
const AT_ONCE: usize = 4;

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// The projects that were meant.
    pub(super) projects: Vec<ProjectId>,
    /// Whether these are all that are watched, and not some that were named.
    pub(super) is_all: bool,
    /// Those that could not be read, and why.
    pub(super) failed: BTreeMap<ProjectId, String>,
    /// How many were not read before it ended.
    pub(super) unread: usize,
    /// Why it ended before all was read.
    pub(super) failure: Option<Failure>,
}

/// How far it is.
#[derive(Debug)]
enum Phase {
    Begin,
    Joining,
    Naming,
    /// Those that have not been told how far back they are read are left.
    Ordering(Vec<ProjectId>),
    Looking,
}

/// The task.
#[derive(Debug)]
pub(super) struct RunsTask {
    names: Vec<String>,
    query: Query,
    back: Option<ReadBack>,
    waiter: Waiter,
    began: Boot,
    phase: Phase,
    looked_up: BTreeSet<ProjectId>,
    is_list_asked: bool,
    looks: Looks,
    found: Found,
}

impl RunsTask {
    pub(super) fn new(
        names: Vec<String>,
        query: Query,
        back: Option<ReadBack>,
        waiter: Waiter,
        began: Boot,
    ) -> Self {
        let found = Found { is_all: names.is_empty(), ..Found::default() };
        Self {
            names,
            query,
            back,
            waiter,
            began,
            phase: Phase::Begin,
            looked_up: BTreeSet::new(),
            is_list_asked: false,
            looks: Looks::whole(),
            found,
        }
    }

    /// Finds out which projects are meant; gives what that takes.
    fn name(&mut self, model: &Model, now: Now) -> Step<Result<Found, Failure>> {
        let mut meant = Vec::new();
        for name in self.names.clone() {
            match find_project(&name, model) {
                None => return self.want_list(model, now),
                Some(Err(trouble)) => return Step::End(Err(trouble.into())),
                Some(Ok(project)) => {
                    if let Some(step) = self.look_up(&project, model, now) {
                        return step;
                    }
                    if !meant.contains(&project) {
                        meant.push(project);
                    }
                }
            }
        }
        if self.names.is_empty() {
            if !self.is_listed(model) {
                return self.want_list(model, now);
            }
            if let [missing, ..] = model.missing() {
                let text = format!("no project is called {missing}, which the settings name");
                return Step::End(Err(Failure::Nothing(text)));
            }
            let may_run = |watched: &&ProjectState| {
                watched.project.is_runnable() && self.query.may_admit_run_of(&watched.project)
            };
            let runnable = model.projects().filter(may_run);
            meant = runnable.map(|watched| watched.project.id.clone()).collect();
        }
        self.phase = Phase::Ordering(meant.clone());
        self.found.projects = meant;
        self.order(model, now)
    }

    /// Whether it is known which projects are watched, and not since too long.
    fn is_listed(&self, model: &Model) -> bool {
        let is_fresh = model.listed_at().is_none_or(|at| at + LIST_FRESH >= self.began);
        model.is_listed() && (is_fresh || self.is_list_asked && model.listing_error().is_some())
    }

    fn want_list(&mut self, model: &Model, now: Now) -> Step<Result<Found, Failure>> {
        if let Some(error) = model.listing_error().filter(|error| !error.is_transient()) {
            let text = format!(
                "the projects cannot be listed, {error}: give the projects by their whole ids"
            );
            return Step::End(Err(Failure::Forbidden(text)));
        }
        if !std::mem::replace(&mut self.is_list_asked, true) {
            return Step::StoreRequest(Intent::ListProjects(self.began - LIST_FRESH));
        }
        let failure = self.waiter.wait_for_list(model, now);
        failure.map_or(Step::Wait, |failure| Step::End(Err(failure)))
    }

    /// Has Hex describe a project of which nothing is known.
    fn look_up(
        &mut self,
        project: &ProjectId,
        model: &Model,
        now: Now,
    ) -> Option<Step<Result<Found, Failure>>> {
        if model.project(project).is_some() && !model.is_looked_up(project) {
            return None;
        }
        if self.looked_up.insert(project.clone()) {
            return Some(Step::StoreRequest(Intent::LookUp(project.clone())));
        }
        if model.is_looked_up(project) {
            return Some(self.wait(model, now, || format!("asking for {project}")));
        }
        let why = model.lookup_error(project).map(|error| format!(": {error}")).unwrap_or_default();
        let text = format!("there is no project {project} for this token{why}");
        Some(Step::End(Err(Failure::Nothing(text))))
    }

    fn wait(
        &mut self,
        model: &Model,
        now: Now,
        text: impl FnOnce() -> String,
    ) -> Step<Result<Found, Failure>> {
        self.waiter.wait(model, now, text).map_or(Step::Wait, |failure| Step::End(Err(failure)))
    }

    /// Says of each project how far back it is to be read.
    fn order(&mut self, model: &Model, now: Now) -> Step<Result<Found, Failure>> {
        if let Phase::Ordering(left) = &mut self.phase
            && let Some((project, back)) = left.pop().zip(self.back)
        {
            return Step::StoreRequest(Intent::ReadBack(project, back));
        }
        self.phase = Phase::Looking;
        let (fresh, back) = (self.began - FRESH, self.back);
        let is_fresh = |watched: &ProjectState| {
            watched.read.is_some_and(|at| at >= fresh)
                && back.is_none_or(|back| watched.reaches_back(back))
        };
        self.looks.want(&self.found.projects, is_fresh, model);
        let (over, of) = self.looks.progress();
        let what = format!("reading the runs of {}", count(of - over, "project"));
        self.waiter.announce(of - over, &what, model, now);
        self.look(model, now)
    }

    fn look(&mut self, model: &Model, now: Now) -> Step<Result<Found, Failure>> {
        match self.looks.next(AT_ONCE, model, now) {
            Ok(intent) => return Step::StoreRequest(intent),
            Err(LookStep::Over) => return self.end(None),
            Err(LookStep::Waits) => {}
        }
        let (over, of) = self.looks.progress();
        let projects = &self.found.projects;
        let text = || {
            let known = projects.iter().filter_map(|project| model.project(project));
            let runs: usize = known.map(|watched| watched.runs.len()).sum();
            format!("reading runs: {over} of {}, {}", count(of, "project"), count(runs, "run"))
        };
        match self.waiter.wait(model, now, text) {
            None => Step::Wait,
            // What was read is worth something.
            Some(failure) if over > 0 => self.end(Some(failure)),
            Some(failure) => Step::End(Err(failure)),
        }
    }

    fn end(&mut self, failure: Option<Failure>) -> Step<Result<Found, Failure>> {
        self.waiter.progress.clear();
        let (over, of) = self.looks.progress();
        let failed = self.looks.failed().clone();
        let found = std::mem::take(&mut self.found);
        Step::End(Ok(Found { failed, unread: of - over, failure, ..found }))
    }
}

impl Task for RunsTask {
    type End = Result<Found, Failure>;

    fn step(&mut self, _: &[Event], model: &Model, now: Now) -> io::Result<Step<Self::End>> {
        Ok(match &self.phase {
            // Nothing is polled but what this is about.
            Phase::Begin => {
                self.phase = Phase::Joining;
                Step::StoreRequest(Intent::Poll(PollScope::Selected))
            }
            Phase::Joining if !model.has_read_store() => Step::Wait,
            Phase::Joining | Phase::Naming => {
                self.phase = Phase::Naming;
                self.name(model, now)
            }
            Phase::Ordering(_) => self.order(model, now),
            Phase::Looking => self.look(model, now),
        })
    }

    fn note(&mut self, text: &str) {
        self.waiter.progress.say(text);
    }

    fn deadline(&self) -> Option<Boot> {
        self.waiter.deadline().into_iter().chain(self.looks.deadline()).min()
    }
}

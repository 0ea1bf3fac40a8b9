//! Finding the runs that are meant, with as few requests as that takes: what the store has is used
//! first, then the project that is named, then one look at each project that may have them.

pub(super) mod choice;
pub(super) mod looks;
mod meaning;
pub(super) mod project;
pub(super) mod selection;

use std::collections::BTreeSet;

use crate::domain::filter::Saved;
use crate::domain::{Boot, Now, ProjectId, Query, RunId};
use crate::engine::model::ProjectState;
use crate::engine::{Intent, Model};
use crate::ui::text::count;
use choice::{Choice, choose};
use looks::{FRESH, LookStep, Looks};
use meaning::{Meaning, known, meaning};
use project::find_project;
use selection::Selection;

/// Looks that are under way at a time for a filter, which needs the answers to all of them.
const AT_ONCE: usize = 4;
/// Runs that are read by themselves at most, because no look shows them any more.
const READS: usize = 20;

/// Why no run can be found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Trouble {
    /// The arguments do not fit, or it is not clear what they mean.
    Wrong(String),
    /// There is no such thing.
    Nothing(String),
}

/// How finding the runs goes on.
#[derive(Debug)]
pub(in crate::cli) enum Next {
    /// With what comes of this.
    Ask(Intent),
    /// With what happens next.
    Wait,
    /// They are found.
    Found(Choice),
    /// They cannot be.
    Failed(Trouble),
}

/// What is looked for, and how far that is.
#[derive(Debug)]
pub(in crate::cli) struct Search {
    selection: Selection,
    saved: Saved,
    /// What `--project` means, once that is known.
    project: Option<ProjectId>,
    /// All that must hold of a run.
    query: Query,
    looks: Looks,
    looked_up: BTreeSet<ProjectId>,
    read: BTreeSet<RunId>,
    is_list_asked: bool,
    began: Option<Boot>,
}

impl Search {
    /// A search.
    ///
    /// # Errors
    /// What cannot be read of the arguments.
    pub(in crate::cli) fn new(selection: Selection, saved: Saved) -> Result<Self, String> {
        Ok(Self {
            query: selection.query(None, &saved)?,
            selection,
            saved,
            project: None,
            looks: Looks::default(),
            looked_up: BTreeSet::new(),
            read: BTreeSet::new(),
            is_list_asked: false,
            began: None,
        })
    }

    /// Goes on with what is known now.
    pub(in crate::cli) fn next(&mut self, model: &Model, now: Now) -> Next {
        self.began.get_or_insert(now.boot);
        self.try_next(model, now).unwrap_or_else(Next::Found)
    }

    fn try_next(&mut self, model: &Model, now: Now) -> Result<Next, Choice> {
        if let Some(next) = self.find_project(model) {
            return Ok(next);
        }
        let meanings = self.meanings(model);
        if let Some(several) = self.unclear(&meanings, model) {
            return Ok(Next::Failed(Trouble::Wrong(several)));
        }
        let is_open = self.selection.runs.is_empty() || meanings.iter().any(Meaning::is_open);
        if self.project.is_none() && is_open && !model.is_listed() {
            return Ok(self.want_list(model));
        }
        if let Some(next) = self.look_up(&meanings, model) {
            return Ok(next);
        }
        let fresh = self.fresh();
        let is_fresh = |watched: &ProjectState| watched.read.is_some_and(|at| at >= fresh);
        self.looks.want(&self.concerned(&meanings, is_open, model), is_fresh, model);
        // Whoever looks for one run stops as soon as it is found.
        let at_once = if self.selection.runs.is_empty() { AT_ONCE } else { 1 };
        match self.looks.next(at_once, model, now) {
            Ok(intent) => return Ok(Next::Ask(intent)),
            Err(LookStep::Waits) => return Ok(Next::Wait),
            Err(LookStep::Over) => {}
        }
        if let Some(next) = self.read_alone(&meanings, model) {
            return Ok(next);
        }
        if self.query.asks_for_past() && !model.has_read_store() {
            return Ok(Next::Wait);
        }
        Err(choose(self, &meanings, model, now))
    }

    /// What `--project` means, if it says anything; none once that is known.
    fn find_project(&mut self, model: &Model) -> Option<Next> {
        let said = self.selection.project.clone().filter(|_| self.project.is_none())?;
        let project = match find_project(&said, model) {
            None => return Some(self.want_list(model)),
            Some(Ok(project)) => project,
            Some(Err(trouble)) => return Some(Next::Failed(trouble)),
        };
        match self.selection.query(Some(&project), &self.saved) {
            Ok(query) => self.query = query,
            Err(why) => return Some(Next::Failed(Trouble::Wrong(why))),
        }
        self.project = Some(project);
        None
    }

    fn want_list(&mut self, model: &Model) -> Next {
        if let Some(error) = model.listing_error().filter(|error| !error.is_transient()) {
            return Next::Failed(Trouble::Nothing(format!(
                "the projects cannot be listed, {error}: give the run's address in Hex, or \
                 --project with a whole id"
            )));
        }
        if std::mem::replace(&mut self.is_list_asked, true) {
            return Next::Wait;
        }
        Next::Ask(Intent::ListProjects(Boot::ZERO))
    }

    fn meanings(&self, model: &Model) -> Vec<Meaning> {
        if self.selection.runs.is_empty() {
            return Vec::new();
        }
        let of = self.project.as_ref();
        let known = known(model, of);
        // What Hex calls a run's address need not hold its id.
        let at = |said: &str| {
            let mut runs = model.runs().filter(|_| said.contains("://"));
            let (_, seen) = runs.find(|(_, seen)| seen.run.url.as_deref() == Some(said))?;
            let is_there = of.is_none_or(|of| *of == seen.run.project);
            is_there.then(|| Meaning::Run(seen.run.project.clone(), seen.run.id.clone()))
        };
        let meaning = |said: &String| at(said.trim()).unwrap_or_else(|| meaning(said, &known, of));
        self.selection.runs.iter().map(meaning).collect()
    }

    /// Says which runs a text may mean, if it may mean several.
    fn unclear(&self, meanings: &[Meaning], model: &Model) -> Option<String> {
        let mut said = self.selection.runs.iter().zip(meanings);
        let (said, several) = said.find_map(|(said, meaning)| match meaning {
            Meaning::Several(several) => Some((said, several)),
            _ => None,
        })?;
        let which = several.iter().map(|(project, run)| {
            let status = model.run(project, run).map(|seen| seen.run.status.word());
            format!("{run} ({}, {})", title(model, project), status.unwrap_or("status unknown"))
        });
        let which = which.collect::<Vec<_>>().join(", ");
        Some(format!("{said} may be any of {which}: give more of the id"))
    }

    /// Has Hex describe projects that nothing is known of, one after the other: whether one is
    /// protected is told by its title.
    fn look_up(&mut self, meanings: &[Meaning], model: &Model) -> Option<Next> {
        let named = meanings.iter().filter_map(Meaning::project);
        let unknown = named.chain(&self.project).find(|id| {
            model.project(id).is_none() && (model.is_looked_up(id) || !self.looked_up.contains(*id))
        })?;
        let is_new = self.looked_up.insert(unknown.clone());
        Some(if is_new { Next::Ask(Intent::LookUp(unknown.clone())) } else { Next::Wait })
    }

    /// The projects that are to be looked at.
    fn concerned(&self, meanings: &[Meaning], is_open: bool, model: &Model) -> Vec<ProjectId> {
        if let Some(project) = &self.project {
            return model.project(project).map(|_| project.clone()).into_iter().collect();
        }
        // How a run has ended does not change any more.
        let has_ended = |meaning: &Meaning| {
            let seen = meaning.run().and_then(|(project, run)| model.run(project, run));
            seen.is_some_and(|seen| !seen.run.is_active())
        };
        let named = meanings.iter().filter(|meaning| !has_ended(meaning));
        let named = named.filter_map(Meaning::project).filter(|id| model.project(id).is_some());
        let mut projects: Vec<_> = named.cloned().collect();
        if is_open {
            let is_named = !self.selection.runs.is_empty();
            let mut all: Vec<_> = model
                .projects()
                .filter(|watched| watched.project.is_runnable())
                .filter(|watched| is_named || self.query.may_admit_run_of(&watched.project))
                .collect();
            // What is cancelled goes on, so projects where anything does come first.
            all.sort_by_key(|watched| watched.active().next().is_none());
            projects.extend(all.into_iter().map(|watched| watched.project.id.clone()));
        }
        projects
    }

    /// What was seen since this is no news.
    fn fresh(&self) -> Boot {
        let began = self.began.unwrap_or(Boot::ZERO);
        began - FRESH
    }

    /// Reads runs that no look has shown: those that are named, and those that went on when they
    /// were last seen.
    fn read_alone(&mut self, meanings: &[Meaning], model: &Model) -> Option<Next> {
        let fresh = self.fresh();
        let is_stale = |project: &ProjectId, run: &RunId| match model.run(project, run) {
            Some(seen) => seen.run.is_active() && seen.at < fresh,
            None => model.project(project).is_some(),
        };
        let named = meanings.iter().filter_map(Meaning::run);
        let mut stale: Vec<(ProjectId, RunId)> = named
            .filter(|(project, run)| is_stale(project, run))
            .map(|(project, run)| (project.clone(), run.clone()))
            .collect();
        if self.selection.runs.is_empty() {
            let active =
                model.active_runs().map(|(watched, seen)| (&watched.project, &seen.run.id));
            let active = active.filter(|(project, run)| {
                self.query.may_admit_run_of(project) && is_stale(&project.id, run)
            });
            stale.extend(active.map(|(project, run)| (project.id.clone(), run.clone())));
        }
        if stale.iter().any(|(_, run)| self.read.contains(run) && model.awaits_run(run)) {
            return Some(Next::Wait);
        }
        let (project, run) = stale.into_iter().find(|(_, run)| !self.read.contains(run))?;
        if self.read.len() >= READS {
            return None;
        }
        self.read.insert(run.clone());
        Some(Next::Ask(Intent::ReadRun(project, run)))
    }

    /// When it wants to go on, if nothing happens before.
    pub(in crate::cli) fn deadline(&self) -> Option<Boot> {
        self.looks.deadline()
    }

    /// Whether it goes on only with the list of projects.
    pub(in crate::cli) fn awaits_list(&self, model: &Model) -> bool {
        self.is_list_asked && !model.is_listed()
    }

    /// How far it is, for a person who waits.
    pub(in crate::cli) fn progress(&self, model: &Model) -> String {
        match self.looks.progress() {
            (_, 0) => format!("reading the list of projects: {} so far", model.projects().len()),
            (over, of) => format!("looking for the runs: {over} of {}", count(of, "project")),
        }
    }

    /// What was selected.
    pub(in crate::cli) fn selection(&self) -> &Selection {
        &self.selection
    }

    /// All that must hold of a run.
    pub(in crate::cli) fn query(&self) -> &Query {
        &self.query
    }

    /// The looks that it took.
    pub(in crate::cli) fn looks(&self) -> &Looks {
        &self.looks
    }
}

/// What a project is called, as far as known.
pub(in crate::cli) fn title(model: &Model, project: &ProjectId) -> String {
    let watched = model.project(project);
    watched.map_or_else(|| project.to_string(), |watched| watched.project.title.to_string())
}

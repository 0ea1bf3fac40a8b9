//! Taking in what other processes, or earlier ones, have read.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;

use crate::domain::{Boot, Now, Project, ProjectId, Reference, Run, RunId};
use crate::engine::budget::Priority;
use crate::engine::sync::protocol::CacheEntry;
use crate::engine::sync::{Look, Shared};

use super::super::{Call, Effect, Event, Model, PAGE};
use crate::engine::projects::changes::Change;
use crate::engine::projects::listing::Listed;
use crate::engine::projects::run_table::newer;
use crate::engine::projects::state::ProjectState;

/// How long what was read tells something of the present.
const PRESENT: Duration = Duration::from_hours(1);

/// Runs of one project, each with the time at which it was read.
type Read = BTreeMap<RunId, (Run, Boot)>;

impl Model {
    /// Takes in what other processes, or earlier ones, have read; `is_past` if it was there before
    /// this process began. What a newer version has written and this one cannot read is passed over.
    pub(in crate::engine::model) fn take_facts(
        &mut self,
        facts: Vec<CacheEntry>,
        is_past: bool,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let mut runs: BTreeMap<ProjectId, Read> = BTreeMap::new();
        let mut looks = Vec::new();
        for fact in facts {
            let at = fact.at;
            match Shared::read(&fact) {
                Some(Shared::Run(run)) => {
                    let of_project = runs.entry(run.project.clone()).or_default();
                    of_project.insert(run.id.clone(), (run, at));
                }
                Some(Shared::Look(look)) => looks.push((look, at)),
                Some(Shared::Projects(projects)) => self.take_listing(projects, at, now),
                Some(Shared::Page(page)) if is_present(at, now.boot) => {
                    self.take_list_page(page, at, now);
                }
                Some(Shared::Style(style)) => {
                    self.server.style.get_or_insert(style);
                }
                Some(Shared::Me(me)) => {
                    self.account.hear(me, at);
                }
                Some(Shared::Pin(project, is_on)) => {
                    self.pins.hear(project, is_on, at);
                    self.take_pins();
                }
                Some(Shared::Pins(pinned)) => {
                    self.pins.hear_list(pinned);
                    self.take_pins();
                }
                Some(
                    choice @ (Shared::WatchedRun(..)
                    | Shared::WatchedProject(..)
                    | Shared::WatchedRule(..)
                    | Shared::Watched(..)
                    | Shared::WatchedRules(_)),
                ) => {
                    self.alerts.hear_choice(choice, at);
                    self.revision += 1;
                }
                // What another process tells now it tells to whoever is there.
                Some(Shared::Told(_, run, kind)) if is_past => self.alerts.remember(&run, kind),
                Some(Shared::Inputs(project, known)) => self.take_inputs(project, known, effects),
                Some(Shared::Preset(project, name, preset)) => {
                    self.take_preset(project, name, preset, effects);
                }
                Some(Shared::Gone(project, run)) => {
                    if self.is_young(&project, &run, now.boot) {
                        continue;
                    }
                    if let Some(mut watched) = self.projects.get_mut(&project) {
                        watched.forget(&run);
                    }
                    self.runs_changed(&project, now.boot);
                }
                Some(Shared::Page(_) | Shared::Told(..)) | None => {}
            }
        }
        for (look, at) in looks {
            let read = runs.remove(&look.project).unwrap_or_default();
            self.take_look(look, read, (at, is_past), now, effects);
        }
        for (project, read) in runs {
            self.take_runs(&project, read, is_past, now, effects);
        }
    }

    fn take_listing(&mut self, projects: Vec<Project>, at: Boot, now: Now) {
        // A project that was made since is no reason to say that there is none of that name.
        let has = |it: &Reference| projects.iter().any(|project| it.names(project));
        let all = self.settings.watch.iter().all(|name| has(&Reference::new(name)));
        let how = if all { Listed::Whole } else { Listed::Partly };
        let pages = u32::try_from(projects.len().div_ceil(usize::from(PAGE))).unwrap_or(u32::MAX);
        self.take_projects(projects, how, now);
        if how == Listed::Partly && self.listing.under_way {
            return; // A configured project is missing in it, and this process reads on.
        }
        let due = if is_present(at, now.boot) { at + self.relist_after(pages) } else { now.boot };
        self.requests.withdraw_all(|call| matches!(call, Call::ListProjects { .. }));
        self.listing.end();
        self.listing.read = Some(at);
        if self.reads_list() && !self.listing.is_complete() {
            self.list(now.boot);
        } else if self.reads_list() {
            self.requests.want(self.listing.first_page(), Priority::Poll, due);
        } else {
            self.look_up_again(Priority::Poll, due);
        }
    }

    fn take_look(
        &mut self,
        look: Look,
        read: Read,
        (at, is_past): (Boot, bool),
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let Some(mut watched) = self.projects.get_mut(&look.project) else { return };
        let is_late = watched.read.is_some_and(|read| at < read);
        if let Some(layout) = look.layout.filter(|_| !is_late) {
            watched.paging.apply(layout);
        }
        if !is_late {
            watched.complete = look.complete.or(watched.complete);
        }
        if is_late || !is_present(at, now.boot) {
            drop(watched);
            return self.take_runs(&look.project, read, is_past, now, effects);
        }
        watched.looked = watched.looked.max(Some(at));
        self.refresh.looked(&look.project, at);
        if is_past {
            // A look that came as news may have come before the runs that it shows.
            watched.read = None;
        }
        drop(watched);
        if let Some(error) = look.error_of_server {
            self.server.clock.apply(look.server, error, at);
        }
        self.server.note_heard(at, look.error.as_ref(), now.boot);
        if let Some(error) = look.error {
            // That this look failed takes nothing from what was read before.
            self.take_runs(&look.project, read, is_past, now, effects);
            return self.look_failed(&look.project, error, now.boot);
        }
        self.take_shown(&look, read, (at, is_past), now, effects);
    }

    /// Takes in the page of a look.
    fn take_shown(
        &mut self,
        look: &Look,
        mut read: Read,
        (at, is_past): (Boot, bool),
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let Some(watched) = self.projects.get(&look.project) else { return };
        let known = watched.runs.values().map(|seen| &seen.run);
        let known = known.filter(|run| !read.contains_key(&run.id));
        let known = known.chain(read.values().map(|(run, _)| run));
        let (page, is_exact) =
            look.shown.as_ref().map_or((Vec::new(), false), |shown| shown.select(known));
        let mut page: Vec<Run> = page.into_iter().cloned().collect();
        page.sort_by(|a, b| newer(b, a));
        for run in &page {
            read.remove(&run.id);
        }
        // Before the page: what is older than the first one is no news.
        self.take_runs(&look.project, read, is_past, now, effects);
        self.take_heard_page(&look.project, page, (at, is_exact), now, effects);
        if let Some(mut watched) = self.projects.get_mut(&look.project) {
            (watched.complete, watched.gap) = (look.complete, look.gap);
        }
    }

    /// Takes in runs that were read one by one, or too long ago to tell more than how they ended.
    fn take_runs(
        &mut self,
        project: &ProjectId,
        read: Read,
        is_past: bool,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let seen = self.server_now(now);
        let Some(mut watched) = self.projects.get_mut(project) else { return };
        let mut present = BTreeSet::new();
        for (id, (run, at)) in read {
            if is_present(at, now.boot) {
                let told = if is_past {
                    watched.recall(run, at, seen, now.boot)
                } else {
                    watched.apply(run, at, seen, now.boot)
                };
                effects.extend(told.map(|change| Effect::Tell(Event::RunChanged(change))));
                present.insert((id, at));
            } else if !run.is_active() {
                watched.recall(run, Boot::ZERO, seen, now.boot);
            }
        }
        let is_read = watched.read.is_some();
        drop(watched);
        if is_read {
            self.learn(project, now);
        }
        for (run, at) in present {
            self.settle_cancel(project, &run, at, now.boot, effects);
        }
        // Only now: of a run that is forgotten nobody could say how its cancel ended.
        self.take_stock(project, now, effects);
        self.runs_changed(project, now.boot);
    }
}

impl ProjectState {
    /// Takes in a run that was read before this process began: it has not just appeared.
    fn recall(&mut self, run: Run, at: Boot, seen: Timestamp, now: Boot) -> Option<Change> {
        let is_known = self.runs.contains_key(&run.id);
        let read = if is_known { self.read } else { self.read.take() };
        let told = self.apply(run, at, seen, now);
        self.read = read;
        told
    }
}

fn is_present(at: Boot, now: Boot) -> bool {
    at > Boot::ZERO && now < at + PRESENT
}

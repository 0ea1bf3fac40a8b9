//! What was read of the workspace, kept in the store for other processes and for the next start.
//!
//! A process that reads something keeps it; one that hears of it takes it in as if it had read it
//! itself then. What is an hour old tells nothing of the present any more, but of the past.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::api::{ApiError, Me, PageOrder, PathStyle};
use crate::domain::param::{KnownInputs, Preset};
use crate::domain::{Boot, Now, Project, ProjectId, Reference, Run, RunId};
use crate::engine::budget::Tier;
use crate::engine::store::{Ask, Fact};

use super::listing::Listed;
use super::reads::PageRead;
use super::watched::Gap;
use super::{Call, Effect, Event, Model, PAGE};

/// How long what was read tells something of the present.
const PRESENT: Duration = Duration::from_hours(1);
/// How long an answer tells whether Hex can be reached.
const LIVE: Duration = Duration::from_mins(1);
/// How long the last word on who the token belongs to spares asking again.
const KNOWN: Duration = Duration::from_mins(10);

/// A look at a project's newest runs.
#[derive(Debug, Serialize, Deserialize)]
struct Look {
    project: ProjectId,
    /// The runs that were on its page.
    page: Vec<RunId>,
    /// Since when its runs are known without a gap.
    complete: Option<Timestamp>,
    /// Between which runs others may be missing.
    gap: Option<Gap>,
    /// Why there is no page.
    error: Option<ApiError>,
    /// The server's time then.
    server: Timestamp,
    /// How far off that may be; none if nothing but this machine's clock was known.
    #[serde(default)]
    error_of_server: Option<Duration>,
}

/// Everything that is shared of the workspace.
#[derive(Debug, Serialize, Deserialize)]
enum Shared {
    Run(Run),
    Look(Look),
    Projects(Vec<Project>),
    Style(PathStyle),
    Me(Me),
    Pins(BTreeSet<ProjectId>),
    /// Hex knows this run no more.
    Gone(ProjectId, RunId),
    /// What is known of a project's inputs.
    Inputs(ProjectId, KnownInputs),
    /// What a project has under a name for its form; nothing any more where it was deleted.
    Preset(ProjectId, String, Option<Preset>),
}

impl Shared {
    fn key(&self) -> String {
        match self {
            Self::Run(run) => run_key(&run.project, &run.id),
            Self::Gone(project, run) => run_key(project, run),
            Self::Look(look) => format!("look/{}", look.project),
            Self::Projects(_) => "projects".to_owned(),
            Self::Style(_) => "style".to_owned(),
            Self::Me(_) => "me".to_owned(),
            Self::Pins(_) => "pins".to_owned(),
            Self::Inputs(project, _) => format!("inputs/{project}"),
            Self::Preset(project, name, _) => format!("preset/{project}/{name}"),
        }
    }
}

impl Model {
    /// What of a page is not known yet, before it is taken in.
    pub(super) fn news_in(&mut self, project: &ProjectId, runs: &[Run]) -> Vec<Run> {
        if !self.ledger.has_store() {
            return Vec::new();
        }
        if self.ledger.is_shared() && self.unkept.remove(project) {
            return runs.to_vec();
        }
        let known = self.projects.get(project).map(|watched| &watched.runs);
        let is_news =
            |run: &&Run| known.and_then(|k| k.get(&run.id)).is_none_or(|s| s.run != **run);
        runs.iter().filter(is_news).cloned().collect()
    }

    /// Keeps a page that has been taken in: its news, and if it is the first one, that it was read.
    pub(super) fn keep_page(
        &self,
        project: &ProjectId,
        news: Vec<Run>,
        page: Vec<RunId>,
        read: PageRead,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let watched = self.projects.get(project);
        let look = Look {
            project: project.clone(),
            page,
            complete: watched.and_then(|watched| watched.complete),
            gap: watched.and_then(|watched| watched.gap),
            error: None,
            server: self.server_at(read.sent, now),
            error_of_server: self.clock.error(now),
        };
        let look = (read.offset == 0).then_some(Shared::Look(look));
        self.keep(news.into_iter().map(Shared::Run).chain(look), read.sent, effects);
    }

    /// Keeps that a project could not be read.
    pub(super) fn keep_failed_look(
        &self,
        project: &ProjectId,
        error: &ApiError,
        sent: Boot,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let (project, error) = (project.clone(), Some(error.clone()));
        let (page, complete, gap) = (Vec::new(), None, None);
        let server = self.server_at(sent, now);
        let error_of_server = self.clock.error(now);
        let look = Look { project, page, complete, gap, error, server, error_of_server };
        self.keep([Shared::Look(look)], sent, effects);
    }

    /// The server's time when it was `at` here.
    pub(super) fn server_at(&self, at: Boot, now: Now) -> Timestamp {
        let ago = now.boot.saturating_sub(at);
        self.server_now(now).saturating_sub(ago).unwrap_or(Timestamp::MIN)
    }

    /// Keeps one run.
    pub(super) fn keep_run(&self, run: &Run, sent: Boot, effects: &mut Vec<Effect>) {
        self.keep([Shared::Run(run.clone())], sent, effects);
    }

    /// Keeps the whole list of projects.
    pub(super) fn keep_projects(&self, all: &[Project], sent: Boot, effects: &mut Vec<Effect>) {
        self.keep([Shared::Projects(all.to_vec())], sent, effects);
    }

    /// Keeps which path generation the server knows.
    pub(super) fn keep_style(&self, style: PathStyle, sent: Boot, effects: &mut Vec<Effect>) {
        self.keep([Shared::Style(style)], sent, effects);
    }

    /// Keeps that Hex knows a run no more.
    pub(super) fn keep_gone(
        &self,
        project: &ProjectId,
        run: &RunId,
        sent: Boot,
        effects: &mut Vec<Effect>,
    ) {
        self.keep([Shared::Gone(project.clone(), run.clone())], sent, effects);
    }

    /// Keeps what is pinned.
    pub(super) fn keep_pins(&self, at: Boot, effects: &mut Vec<Effect>) {
        self.keep([Shared::Pins(self.pinned.clone())], at, effects);
    }

    /// Keeps who the token belongs to, and from now on everything under that name.
    pub(super) fn keep_me(&self, me: &Me, sent: Boot, effects: &mut Vec<Effect>) {
        self.name_owner(me, effects);
        self.keep([Shared::Me(me.clone())], sent, effects);
    }

    /// Says whose store it is: a workspace's token has nobody but itself.
    pub(super) fn name_owner(&self, me: &Me, effects: &mut Vec<Effect>) {
        if let Some(id) = me.id.clone().filter(|_| self.ledger.has_store()) {
            effects.push(Effect::Store(Ask::Belongs(id)));
        }
    }

    /// Keeps what is known of a project's inputs.
    pub(super) fn keep_inputs(
        &self,
        project: &ProjectId,
        known: &KnownInputs,
        at: Boot,
        effects: &mut Vec<Effect>,
    ) {
        self.keep([Shared::Inputs(project.clone(), known.clone())], at, effects);
    }

    /// Keeps what a project has under a name, or that it has nothing any more.
    pub(super) fn keep_preset(
        &self,
        project: &ProjectId,
        name: &str,
        preset: Option<&Preset>,
        at: Boot,
        effects: &mut Vec<Effect>,
    ) {
        let preset = Shared::Preset(project.clone(), name.to_owned(), preset.cloned());
        self.keep([preset], at, effects);
    }

    fn keep(&self, shared: impl IntoIterator<Item = Shared>, at: Boot, effects: &mut Vec<Effect>) {
        if !self.ledger.has_store() {
            return;
        }
        let fact = |shared: Shared| {
            // Of these types none has a form that JSON cannot take.
            let value = serde_json::to_string(&shared).unwrap_or_default();
            Fact { key: shared.key(), value, at }
        };
        effects.push(Effect::Store(Ask::Keep(shared.into_iter().map(fact).collect())));
    }

    /// Takes in what other processes, or earlier ones, have read. What a newer version has
    /// written and this one cannot read is passed over.
    pub(super) fn take_facts(&mut self, facts: Vec<Fact>, now: Now, effects: &mut Vec<Effect>) {
        let mut runs: BTreeMap<ProjectId, BTreeMap<RunId, (Run, Boot)>> = BTreeMap::new();
        let mut looks = Vec::new();
        for Fact { value, at, .. } in facts {
            match read(&value) {
                Some(Shared::Run(run)) => {
                    let of_project = runs.entry(run.project.clone()).or_default();
                    of_project.insert(run.id.clone(), (run, at));
                }
                Some(Shared::Look(look)) => looks.push((look, at)),
                Some(Shared::Projects(projects)) => self.take_listing(projects, at, now),
                Some(Shared::Style(style)) => {
                    self.style.get_or_insert(style);
                }
                Some(Shared::Me(me)) => {
                    self.me = Some(me);
                    self.me_known = at;
                }
                Some(Shared::Pins(pinned)) => self.pin(pinned),
                Some(Shared::Inputs(project, known)) => self.take_inputs(project, known, effects),
                Some(Shared::Preset(project, name, preset)) => {
                    self.take_preset(project, name, preset, effects);
                }
                Some(Shared::Gone(project, run)) => {
                    if self.is_young(&project, &run, now.boot) {
                        continue;
                    }
                    if let Some(mut watched) = self.projects.get_mut(&project) {
                        watched.runs.remove(&run);
                    }
                    self.runs_changed(&project, now.boot);
                }
                None => {}
            }
        }
        for (look, at) in looks {
            let read = runs.remove(&look.project).unwrap_or_default();
            self.take_look(look, read, at, now, effects);
        }
        for (project, read) in runs {
            self.take_runs(&project, read, now, effects);
        }
    }

    fn take_listing(&mut self, projects: Vec<Project>, at: Boot, now: Now) {
        // A project that was made since is no reason to say that there is none of that name.
        let has = |it: &Reference| projects.iter().any(|project| it.names(project));
        let all = self.settings.watch.iter().all(|name| has(&Reference::new(name)));
        let how = if all { Listed::Whole } else { Listed::Partly };
        let pages = u32::try_from(projects.len().div_ceil(usize::from(PAGE))).unwrap_or(u32::MAX);
        self.take_projects(projects, how, now);
        let due = if is_present(at, now.boot) { at + self.relist_after(pages) } else { now.boot };
        self.outbox.withdraw_all(|call| matches!(call, Call::ListProjects { after: None, .. }));
        if self.reads_list() {
            self.outbox.want(self.listing.first_page(), Tier::Poll, due);
        } else {
            self.look_up_again(Tier::Poll, due);
        }
    }

    fn take_look(
        &mut self,
        look: Look,
        mut read: BTreeMap<RunId, (Run, Boot)>,
        at: Boot,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let Some(mut watched) = self.projects.get_mut(&look.project) else { return };
        let is_late = watched.read.is_some_and(|read| at < read);
        if !is_late {
            watched.complete = look.complete.or(watched.complete);
        }
        if is_late || !is_present(at, now.boot) {
            drop(watched);
            return self.take_runs(&look.project, read, now, effects);
        }
        watched.looked = watched.looked.max(Some(at));
        drop(watched);
        if let Some(error) = look.error_of_server {
            self.clock.hear(look.server, error, at);
        }
        self.hear_of_health(at, look.error.as_ref(), now.boot);
        if let Some(error) = look.error {
            // That this look failed takes nothing from what was read before.
            self.take_runs(&look.project, read, now, effects);
            return self.look_failed(&look.project, error, now.boot);
        }
        let watched = self.projects.get(&look.project);
        let known = |id: &RunId| Some(watched?.runs.get(id)?.run.clone());
        let page = look
            .page
            .iter()
            .filter_map(|id| read.remove(id).map(|(run, _)| run).or_else(|| known(id)));
        let page: Vec<Run> = page.collect();
        // Before the page: what is older than the first one is no news.
        self.take_runs(&look.project, read, now, effects);
        // Whoever has read it reads on where that is needed.
        let this = PageRead { offset: 0, more: false, order: PageOrder::NewestFirst, sent: at };
        self.take_page(&look.project, page, this, now, effects);
        if let Some(mut watched) = self.projects.get_mut(&look.project) {
            (watched.complete, watched.gap) = (look.complete, look.gap);
        }
    }

    /// What another process can reach, this one could: whoever only follows has no answers of its
    /// own to tell whether what it shows is live.
    fn hear_of_health(&mut self, at: Boot, error: Option<&ApiError>, now: Boot) {
        let overtaken = self.outage.as_ref().is_some_and(|outage| at < outage.since);
        if now < at + LIVE && !overtaken {
            let before = self.last_good;
            self.note_health(at, error, now);
            // This process may have just begun, and hear of it late.
            self.last_good = before.max(error.is_none().then_some(at));
        }
    }

    /// Takes in runs that were read one by one, or too long ago to tell more than how they ended.
    fn take_runs(
        &mut self,
        project: &ProjectId,
        read: BTreeMap<RunId, (Run, Boot)>,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let seen = self.server_now(now);
        let Some(mut watched) = self.projects.get_mut(project) else { return };
        let mut present = BTreeSet::new();
        for (id, (run, at)) in read {
            if is_present(at, now.boot) {
                let told = watched.hear(run, at, seen, now.boot);
                effects.extend(told.map(|change| Effect::Tell(Event::RunChanged(change))));
                present.insert((id, at));
            } else if !run.is_active() {
                watched.merge(run, Boot::ZERO, now.boot);
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
        if let Some(mut watched) = self.projects.get_mut(project) {
            watched.tidy();
        }
        self.runs_changed(project, now.boot);
    }

    /// Whether who the token belongs to was asked a short while ago.
    pub(super) fn knows_me(&self, now: Boot) -> bool {
        self.me.is_some() && self.me_known > Boot::ZERO && now < self.me_known + KNOWN
    }
}

fn run_key(project: &ProjectId, run: &RunId) -> String {
    format!("run/{project}/{run}")
}

fn read<T: DeserializeOwned>(json: &str) -> Option<T> {
    serde_json::from_str(json).ok()
}

fn is_present(at: Boot, now: Boot) -> bool {
    at > Boot::ZERO && now < at + PRESENT
}

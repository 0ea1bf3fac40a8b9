//! What was read of the workspace, kept in the store for other processes and for the next start.
//!
//! A process that reads something keeps it; one that hears of it takes it in as if it had read it
//! itself then. What is an hour old tells nothing of the present any more, but of the past.

mod taken;

use jiff::Timestamp;

use crate::api::{ApiError, Me, PathStyle};
use crate::domain::inputs::{KnownInputs, Preset};
use crate::domain::{Boot, Now, Project, ProjectId, Run, RunId};
use crate::engine::alerts::{Alert, AlertItem};
use crate::engine::sync::protocol::StoreRequest;
use crate::engine::sync::{ListPage, Look, PageDigest, Shared};
use crate::engine::timeline::SeenChange;

use super::{Effect, Event, Model, ProjectState};

impl Model {
    /// What of a page is not known yet, before it is taken in.
    pub(super) fn news_in(&mut self, project: &ProjectId, runs: &[Run]) -> Vec<Run> {
        if !self.coordinator.has_store() {
            return Vec::new();
        }
        if self.coordinator.is_shared() && self.cache.lacks(project) {
            return runs.to_vec();
        }
        let known = self.projects.get(project).map(|watched| &watched.runs);
        let is_news =
            |run: &&Run| known.and_then(|k| k.get(&run.id)).is_none_or(|s| s.run != **run);
        runs.iter().filter(is_news).cloned().collect()
    }

    /// Keeps a page that was asked for at `sent` and has been taken in: its news, and its runs if they
    /// complete a look at the newest.
    pub(super) fn keep_page(
        &self,
        project: &ProjectId,
        news: Vec<Run>,
        page: Option<&[RunId]>,
        sent: Boot,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        if !self.coordinator.has_store() {
            return;
        }
        let watched = self.projects.get(project);
        let told_since = watched.and_then(ProjectState::told_since);
        let is_told = |run: &Run| run.is_active() || run.start.or(run.end) >= told_since;
        let news = news.into_iter().filter(is_told);
        let known = watched.into_iter().flat_map(|watched| watched.runs.values());
        let look = |page| Look {
            project: project.clone(),
            shown: Some(PageDigest::of(page, known.map(|seen| &seen.run))),
            complete: watched.and_then(|watched| watched.complete).max(told_since),
            gap: watched.and_then(|watched| watched.gap),
            error: None,
            server: self.server_at(sent, now),
            error_of_server: self.server.clock.error(now),
            layout: watched.map(|watched| watched.paging.layout()),
        };
        let look = page.map(look).map(Shared::Look);
        self.keep(news.map(Shared::Run).chain(look), sent, effects);
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
        let (shown, complete, gap) = (None, None, None);
        let server = self.server_at(sent, now);
        let error_of_server = self.server.clock.error(now);
        let layout = None;
        let look = Look { project, shown, complete, gap, error, server, error_of_server, layout };
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

    /// Keeps the whole list of projects; what was kept of others may leave.
    pub(super) fn keep_projects(&self, all: &[Project], sent: Boot, effects: &mut Vec<Effect>) {
        if self.coordinator.has_store() {
            self.keep([Shared::Projects(all.to_vec())], sent, effects);
            let ids = all.iter().map(|project| project.id.clone()).collect();
            effects.push(Effect::Store(StoreRequest::Listed(ids)));
        }
    }

    /// Keeps a page of the list of projects.
    pub(super) fn keep_list(&self, page: ListPage, sent: Boot, effects: &mut Vec<Effect>) {
        self.keep([Shared::Page(page)], sent, effects);
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

    /// Keeps whether projects are pinned.
    pub(super) fn keep_pins(
        &self,
        pins: impl IntoIterator<Item = (ProjectId, bool)>,
        at: Boot,
        effects: &mut Vec<Effect>,
    ) {
        self.keep(
            pins.into_iter().map(|(project, is_on)| Shared::Pin(project, is_on)),
            at,
            effects,
        );
    }

    /// Keeps whether something is watched.
    pub(super) fn keep_watched(&self, watched: Shared, at: Boot, effects: &mut Vec<Effect>) {
        self.keep([watched], at, effects);
    }

    /// Keeps again what was chosen here, once all is known that others have chosen: the store may have failed when it
    /// was told, or did not yet know whose token it is.
    pub(super) fn keep_choices(&self, effects: &mut Vec<Effect>) {
        for (watched, at) in self.alerts.own_choices() {
            self.keep([watched], at, effects);
        }
        for (project, is_on, at) in self.pins.own() {
            self.keep_pins([(project.clone(), is_on)], at, effects);
        }
    }

    /// Keeps that a person was told of runs, and that those of them that were watched are so no longer.
    pub(super) fn keep_told(&self, alert: &Alert, at: Boot, effects: &mut Vec<Effect>) {
        let told =
            |item: &AlertItem| Shared::Told(item.project.clone(), item.run.clone(), item.kind);
        let over = alert.items.iter().filter(|item| self.alerts.was_watched(item));
        let over =
            over.map(|item| Shared::WatchedRun(item.project.clone(), item.run.clone(), false));
        self.keep(alert.items.iter().map(told).chain(over), at, effects);
    }

    /// Keeps who the token belongs to, and from now on everything under that name.
    pub(super) fn keep_me(&self, me: &Me, sent: Boot, effects: &mut Vec<Effect>) {
        self.name_owner(me, effects);
        self.keep([Shared::Me(me.clone())], sent, effects);
    }

    /// Says whose store it is: a workspace's token has nobody but itself.
    pub(super) fn name_owner(&self, me: &Me, effects: &mut Vec<Effect>) {
        if let Some(id) = me.id.clone().filter(|_| self.coordinator.has_store()) {
            effects.push(Effect::Store(StoreRequest::Belongs(id)));
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

    /// Keeps in the timeline what an answer of Hex has shown to have changed, all of it at once.
    pub(super) fn keep_changes(&self, effects: &mut Vec<Effect>) {
        if !self.coordinator.has_store() {
            return;
        }
        let told = effects.iter().filter_map(|effect| match effect {
            Effect::Tell(Event::RunChanged(change)) => Some(SeenChange::from(change)),
            _ => None,
        });
        let changes: Vec<_> = told.collect();
        if changes.is_empty() {
            return;
        }
        // Before the runs themselves: whoever finds those in the store takes the changes for written.
        let is_put = |effect: &Effect| matches!(effect, Effect::Store(StoreRequest::Put(_)));
        let first = effects.iter().position(is_put).unwrap_or(effects.len());
        effects.insert(first, Effect::Store(StoreRequest::AppendChanges(changes)));
    }

    fn keep(&self, shared: impl IntoIterator<Item = Shared>, at: Boot, effects: &mut Vec<Effect>) {
        if !self.coordinator.has_store() {
            return;
        }
        let facts = shared.into_iter().map(|shared| shared.fact(at)).collect();
        effects.push(Effect::Store(StoreRequest::Put(facts)));
    }
}

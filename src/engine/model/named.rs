//! Projects that are named by their id in full: in the settings, by a command, or pinned.
//!
//! They are used as they are, at once, before any list of projects is read, and are asked for one
//! by one where the list does not have them, because Hex hides them from it or refuses it.

use crate::api::error::Detail;
use crate::api::{ApiError, Call, Reply};
use crate::domain::{Boot, Now, ProjectId};
use crate::engine::budget::Priority;
use crate::engine::projects::listing::Extent;
use crate::engine::projects::named::{PATIENCE, untitled};
use crate::engine::request::Flight;

use super::{Model, RELIST, backoff};

/// Projects that are looked up at most after a listing that does not have them.
const MOST_LOOKUPS: usize = 20;

impl Model {
    /// Why Hex does not show a project that was looked up by its id.
    pub fn lookup_error(&self, project: &ProjectId) -> Option<&ApiError> {
        self.named.refused.get(project)
    }

    /// Whether a project is being looked up by its id.
    pub fn is_looked_up(&self, project: &ProjectId) -> bool {
        self.awaits(|call| matches!(call, Call::GetProject { project: asked } if asked == project))
    }

    /// Whether the list of projects is read at all.
    pub(super) fn reads_list(&self) -> bool {
        self.settings.reads_list && !self.named.is_all
    }

    /// Whether a project stays although the list does not have it, because a person named it.
    pub(super) fn is_named(&self, project: &ProjectId) -> bool {
        self.named.configured.contains(project)
            || self.settings.watches_all() && self.pinned().contains(project)
    }

    /// Whether it is still to be heard of a configured project whether there is such a one.
    pub(super) fn awaits_named(&self) -> bool {
        let is_awaited =
            |id: &&ProjectId| !self.is_titled(id) && !self.named.answered.contains(*id);
        self.named.configured.iter().any(|id| is_awaited(&id))
    }

    /// Whether Hex has described the project.
    fn is_titled(&self, project: &ProjectId) -> bool {
        self.projects.get(project).is_some_and(|watched| {
            !watched.project.title.is_empty() && watched.project.title != project.as_str()
        })
    }

    /// Takes configured projects up by their ids: they are polled at once, and their titles come
    /// with the list or are asked for.
    pub(super) fn take_up_named(&mut self, now: Boot) {
        for id in self.named.configured.clone() {
            if !self.is_titled(&id) && !self.named.is_unknown(&id) {
                self.projects.add(untitled(id.clone()), now);
                if !self.reads_list() {
                    self.look_up(id, Priority::Sweep, now);
                }
            }
        }
    }

    /// Asks Hex for one project.
    pub(super) fn look_up(&mut self, project: ProjectId, priority: Priority, at: Boot) {
        self.requests.want(Call::GetProject { project }, priority, at);
    }

    /// Looks up the projects that are named in full and that the list just read does not have.
    pub(super) fn look_up_missing(&mut self, now: Boot) {
        let pinned = self.pinned().iter().filter(|_| self.settings.watches_all());
        let named = self.named.configured.iter().chain(pinned).cloned();
        let (listed, mut missing): (Vec<_>, Vec<_>) = named.partition(|id| self.listing.has(id));
        self.named.answered.extend(listed);
        // Those of which nothing was heard yet come first.
        missing.sort_by_key(|id| self.named.answered.contains(id));
        for id in missing.into_iter().take(MOST_LOOKUPS) {
            self.look_up(id, Priority::Sweep, now);
        }
    }

    /// A token that may not list projects may still read those it is told of by id.
    pub(super) fn look_up_configured(&mut self, now: Boot) {
        for name in self.settings.watch.clone() {
            let id = ProjectId::named_in_full(&name).unwrap_or_else(|| ProjectId::new(name));
            if !self.is_titled(&id) {
                self.look_up(id, Priority::Sweep, now);
            }
        }
    }

    /// Asks anew for all that are named, where no list is read.
    pub(super) fn look_up_again(&mut self, priority: Priority, at: Boot) {
        if self.named.is_all {
            for id in self.named.configured.clone() {
                self.look_up(id, priority, at);
            }
        }
    }

    pub(super) fn project_replied(
        &mut self,
        asked: &ProjectId,
        flight: &Flight,
        result: Result<Reply, ApiError>,
        now: Now,
    ) {
        match result {
            Ok(Reply::Project(found)) if !found.retired => {
                self.named.failures = 0;
                self.named.refused.remove(asked);
                if found.id != *asked {
                    self.forget_named(asked);
                }
                self.take_project(found, now);
            }
            Ok(Reply::Project(_)) => {
                self.refuse_named(asked, ApiError::NotFound(Detail::default()));
            }
            Ok(_) => return,
            Err(error) if error.is_transient() => {
                self.named.failures += 1;
                if self.named.failures >= PATIENCE {
                    self.named.answered.insert(asked.clone());
                }
                if self.is_named(asked) {
                    let pause = backoff(self.named.failures);
                    self.look_up(asked.clone(), flight.priority, now.boot + pause);
                }
                return self.named_answered();
            }
            Err(error) => self.refuse_named(asked, error),
        }
        self.named.answered.insert(asked.clone());
        if self.named.is_all && self.named.configured.contains(asked) {
            let pause = self.relist_after(1);
            self.look_up(asked.clone(), Priority::Poll, now.boot + pause.min(RELIST));
        }
        self.named_answered();
    }

    fn refuse_named(&mut self, project: &ProjectId, error: ApiError) {
        if matches!(error, ApiError::NotFound(_)) {
            self.forget_named(project);
        }
        self.named.refused.insert(project.clone(), error);
    }

    /// Forgets a project of which nothing was read and in which nothing is to be settled.
    fn forget_named(&mut self, project: &ProjectId) {
        let has_open = self.starts.has_open(project);
        let is_read = self.projects.get(project).is_some_and(|watched| watched.read.is_some());
        if !(is_read || has_open || self.is_unsettled(project)) {
            self.projects.remove(project);
            self.runs_changed(project, Boot::ZERO);
        }
    }

    fn named_answered(&mut self) {
        if self.named.is_all && !self.awaits_named() {
            self.listing.extent = Extent::Whole;
        }
        if self.listing.is_complete() {
            self.find_missing(&[]);
        }
        self.revision += 1;
    }
}

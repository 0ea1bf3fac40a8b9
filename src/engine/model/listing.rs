//! The list of projects: read page by page, again every few minutes.
//!
//! Reading it is work in the background: it leaves persons and cancels their share of the budget, and
//! takes turns with the polls once there are projects to poll.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::api::{ApiError, Call, Reply};
use crate::domain::{Boot, Now, Project, ProjectId, Reference};
use crate::engine::budget::{MINUTE, Priority};
use crate::engine::projects::listing::{Extent, Listed, ListingCut};
use crate::engine::request::Flight;
use crate::engine::sync::ListPage;

use super::{Effect, Model, PollScope, RELIST, backoff};

/// Pages of the first listing that follow one another at once.
const FIRST_PAGES: usize = 10;
/// How often a list of one page is read again while nothing in it is published.
const UNPUBLISHED: Duration = Duration::from_secs(30);

impl Model {
    /// Wants the list of projects from its beginning, unless it is being read.
    pub(super) fn list(&mut self, at: Boot) {
        if !self.listing.under_way {
            self.requests.want(self.listing.first_page(), Priority::Sweep, at);
        }
    }

    /// Reads the list of projects from now on, if that was not to be done so far, and at once unless it
    /// was read since then.
    pub(super) fn list_after_all(&mut self, since: Boot, now: Boot) {
        self.settings.reads_list = true;
        if self.reads_list() && self.listed_at().is_none_or(|at| at < since) {
            self.list(now);
        }
    }

    /// When the list of projects was last read as far as it goes; zero if that was before the
    /// machine's last start.
    pub fn listed_at(&self) -> Option<Boot> {
        self.listing.read.filter(|_| self.listing.is_complete())
    }

    pub(super) fn page_replied(
        &mut self,
        (after, unlisted): (Option<&str>, bool),
        flight: &Flight,
        result: Result<Reply, ApiError>,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let is_current = after == self.listing.cursors.last().map(String::as_str);
        if !is_current || unlisted == self.listing.listed_only {
            return; // of a listing that was begun anew since
        }
        match result {
            Ok(Reply::Projects { projects, after: next }) => {
                if after.is_none() {
                    // Another process may have read all since it was asked for.
                    self.listing.begin();
                }
                self.page_listed(projects, next, flight.sent, now, effects);
            }
            Ok(_) => {}
            // A server that does not know of unlisted projects may refuse the question.
            Err(ApiError::Rejected { .. }) if unlisted && after.is_none() => {
                self.listing.listed_only = true;
                self.requests.want(self.listing.first_page(), flight.priority, now.boot);
            }
            Err(error) => self.listing_failed(error, after.is_none(), now.boot),
        }
    }

    fn page_listed(
        &mut self,
        projects: Vec<Project>,
        next: Option<String>,
        sent: Boot,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        (self.listing.error, self.listing.tries) = (None, 0);
        let fresh = self.listing.take(projects);
        let number = self.listing.cursors.len();
        let cut = next.as_ref().and_then(|cursor| self.listing.cut_before(cursor));
        if let Some(cursor) = next.filter(|_| cut.is_none()) {
            self.listing.cursors.push(cursor.clone());
            if self.listing.extent != Extent::Whole {
                self.keep_list_page(number, &fresh, None, sent, effects);
            }
            // The first screen need not wait for the last page.
            self.take_projects(fresh, Listed::Partly, now);
            let call =
                Call::ListProjects { after: Some(cursor), unlisted: !self.listing.listed_only };
            let at = now.boot + self.page_pause(now.boot);
            self.requests.want(call, Priority::Sweep, at);
            return;
        }
        let all = std::mem::take(&mut self.listing.found);
        let pages = u32::try_from(self.listing.cursors.len()).unwrap_or(u32::MAX).saturating_add(1);
        self.listing.under_way = false;
        self.listing.read = Some(sent);
        if let Some(cut) = cut {
            // Other processes would take a whole list for all there is.
            self.keep_list_page(number, &fresh, Some(cut), sent, effects);
            self.take_projects(all, Listed::Partly, now);
            self.listing.extent = Extent::Cut(cut);
            self.find_missing(&[]);
        } else {
            self.keep_projects(&all, sent, effects);
            self.empty_list_pages(sent, effects);
            self.take_projects(all, Listed::Whole, now);
        }
        self.look_up_missing(now.boot);
        let pause = self.relist_after(pages);
        self.requests.want(self.listing.first_page(), Priority::Poll, now.boot + pause);
    }

    /// Keeps a page for processes that do not know the list yet.
    fn keep_list_page(
        &mut self,
        number: usize,
        projects: &[Project],
        cut: Option<ListingCut>,
        sent: Boot,
        effects: &mut Vec<Effect>,
    ) {
        self.listing.kept = self.listing.kept.max(number + 1);
        let by = self.coordinator.session();
        self.keep_list(ListPage { by, number, projects: projects.to_vec(), cut }, sent, effects);
    }

    /// Empties the pages that were kept, because the whole list is there now.
    fn empty_list_pages(&mut self, sent: Boot, effects: &mut Vec<Effect>) {
        for number in 0..self.listing.kept {
            self.keep_list_page(number, &[], None, sent, effects);
        }
        self.listing.kept = 0;
    }

    /// Takes in a page that another process has read.
    pub(super) fn take_list_page(&mut self, page: ListPage, at: Boot, now: Now) {
        if self.listing.is_complete() || page.projects.is_empty() && page.cut.is_none() {
            return;
        }
        if self.coordinator.leaves_list_to(page.by, now.boot) {
            self.listing.led = self.listing.led.max(Some(at));
        }
        self.take_projects(page.projects, Listed::Partly, now);
        if let Some(cut) = page.cut {
            self.listing.end();
            self.listing.read = Some(at);
            self.listing.extent = Extent::Cut(cut);
            self.requests.withdraw_all(|call| matches!(call, Call::ListProjects { .. }));
            self.find_missing(&[]);
            self.requests.want(self.listing.first_page(), Priority::Poll, at + RELIST);
        }
    }

    /// The pause before the next page of a listing: none while there is nothing else to do, then
    /// so long that the polls have every second slot.
    fn page_pause(&self, now: Boot) -> Duration {
        let is_first = !self.listing.is_complete() && self.listing.cursors.len() <= FIRST_PAGES;
        if is_first || self.scope() == PollScope::Selected {
            return Duration::ZERO;
        }
        2 * MINUTE / self.budget().polls_a_minute(now).max(1)
    }

    /// How long after a listing of so many pages the next one begins: sooner while nothing is
    /// published, so that what is published next is seen soon.
    pub(super) fn relist_after(&self, pages: u32) -> Duration {
        if self.has_nothing_published() { (UNPUBLISHED * pages).min(RELIST) } else { RELIST }
    }

    fn listing_failed(&mut self, error: ApiError, is_first_page: bool, now: Boot) {
        self.listing.under_way = false;
        self.listing.tries += 1;
        let wait = if error.is_transient() { backoff(self.listing.tries) } else { RELIST };
        if is_first_page && matches!(error, ApiError::Rejected { .. }) {
            // It was not the question for unlisted projects that was refused.
            self.listing.listed_only = false;
        }
        if !error.is_transient() {
            self.look_up_configured(now);
        }
        self.listing.error = Some(error);
        self.list(now + wait);
    }

    /// Takes in listed projects: new ones come, and what is known of the others' runs stays. From
    /// the whole list those that are gone leave.
    pub(super) fn take_projects(&mut self, listed: Vec<Project>, how: Listed, now: Now) {
        let is_watched = self.settings.watches();
        let (watched, others): (Vec<_>, Vec<_>) =
            listed.into_iter().partition(|project| !project.retired && is_watched(project));
        drop(is_watched);
        if how == Listed::Whole {
            let ids: BTreeSet<_> = watched.iter().map(|project| project.id.clone()).collect();
            // What a person did there has to be settled, even if the project is gone from the list.
            let stays = |id: &&ProjectId| {
                ids.contains(*id)
                    || self.starts.has_open(id)
                    || self.is_unsettled(id)
                    || self.is_named(id) && !others.iter().any(|project| project.id == **id)
            };
            let gone: Vec<_> = self.projects.keys().filter(|id| !stays(id)).cloned().collect();
            for id in gone {
                self.projects.remove(&id);
            }
            self.listing.extent = Extent::Whole;
        }
        for project in watched {
            self.take_project(project, now);
        }
        if how == Listed::Whole {
            self.find_missing(&others);
            self.end_empty_incident();
        }
        self.revision += 1;
    }

    /// Takes in how Hex describes a project; what is known of its runs stays.
    pub(super) fn take_project(&mut self, project: Project, now: Now) {
        let id = project.id.clone();
        self.projects.add(project.clone(), now.boot);
        let Some(mut known) = self.projects.get_mut(&id) else { return };
        let rescheduled = known.history.is_none() || known.project.schedules != project.schedules;
        known.project = project;
        drop(known);
        if rescheduled {
            self.learn(&id, now);
        }
    }

    /// Finds out which configured names no project has. What was named in full may be hidden from
    /// the list: it is missing only when Hex says so.
    pub(super) fn find_missing(&mut self, others: &[Project]) {
        let has = |name: &String| {
            let (known, it) = (self.projects.values(), Reference::new(name));
            known.map(|watched| &watched.project).chain(others).any(|project| it.names(project))
                || ProjectId::named_in_full(name).is_some_and(|id| !self.named.is_unknown(&id))
        };
        self.named.missing =
            self.settings.watch.iter().filter(|name| !has(name)).cloned().collect();
    }
}

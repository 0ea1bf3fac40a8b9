//! Looks at a project's runs: what a page shows, and what is read on.

use crate::api::{Call, PageOrder};
use crate::domain::{Boot, Now, ProjectId, Run, RunId};

use super::responses::offset;
use super::{Effect, Event, Model, page_at};
use crate::engine::budget::Priority;
use crate::engine::projects::paging::{Goal, Next, Page, ReadBack};
use crate::engine::projects::state::Backfill;
use crate::engine::request::Flight;

impl Model {
    /// Wants one run of a project, for a person.
    pub(super) fn read_run(&mut self, project: ProjectId, run: RunId, at: Boot) {
        self.requests.want(Call::RunStatus { project, run }, Priority::Person, at);
    }

    /// Has the next looks at a project read its runs as far back as a person wants; the first of them
    /// is still to be asked for.
    pub(super) fn read_back(&mut self, project: &ProjectId, to: ReadBack) {
        if let Some(mut watched) = self.projects.get_mut(project)
            && watched.back.is_none_or(|(wanted, _)| wanted != to)
        {
            watched.back = Some((to, false));
        }
    }

    /// Whether a look at a project waits for its slot or its answer.
    pub fn awaits_look(&self, project: &ProjectId) -> bool {
        self.awaits(|call| {
            matches!(call, Call::ListRuns { project: asked, status: None, .. } if asked == project)
        })
    }

    /// Whether a read of one run by itself waits for its slot or its answer.
    pub fn awaits_run(&self, run: &RunId) -> bool {
        self.awaits(|call| matches!(call, Call::RunStatus { run: asked, .. } if asked == run))
    }

    /// Whether a request that is such waits for its slot or its answer.
    pub(super) fn awaits(&self, is_such: impl Fn(&Call) -> bool) -> bool {
        let mut unsent = self.requests.waiting().iter().chain(self.requests.claiming());
        unsent.any(|w| is_such(&w.call)) || self.requests.flights().any(|it| is_such(&it.call))
    }

    /// Takes in a page that this process has read, and keeps it for the others.
    pub(super) fn page_read(
        &mut self,
        project: &ProjectId,
        runs: Vec<Run>,
        (more, order): (bool, PageOrder),
        flight: &Flight,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let (news, ids) = (self.news_in(project, &runs), run_ids(&runs));
        let page = Page::new(&runs, offset(flight), (more, order), flight.sent);
        let shows_newest = self.take_page(project, runs, &page, flight.priority, now, effects);
        let shown = shows_newest.then_some(ids.as_slice());
        self.keep_page(project, news, shown, flight.sent, now, effects);
    }

    /// Takes in a page that was read here, and reads on if that is needed; tells whether the page
    /// completes a look at the newest runs.
    fn take_page(
        &mut self,
        project: &ProjectId,
        runs: Vec<Run>,
        page: &Page,
        priority: Priority,
        now: Now,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let sought = self.sought_back_to(project, page.sent, now.boot);
        let Some(watched) = self.projects.get(project) else { return false };
        let known = watched.reach.map_or_else(|| watched.newest(), |reach| reach.known);
        let goal = match sought {
            Some(from) => Goal::Search(known.map_or(from, |known| known.min(from))),
            None if let Some((back, _)) = watched.back => Goal::Back(back),
            None if watched.read.is_none() => Goal::First,
            None => Goal::Known(known),
        };
        let on_page = run_ids(&runs);
        self.hear_page(project, runs, page.sent, now, effects);
        let may_read_on = priority > Priority::Poll
            || sought.is_some()
            || !self.coordinator.leaves(project, now.boot);
        let since = self.server.clock.earliest(page.sent);
        let Some(mut watched) = self.projects.get_mut(project) else { return false };
        let next = watched.paging.take(page, goal);
        let shows_newest = watched.paging.shows_newest(page, &next);
        if shows_newest {
            watched.note_read(page.sent, since);
        }
        watched.reach = None;
        match next {
            Next::Done(covered) => {
                watched.cover(covered, known);
                watched.note_back(covered);
            }
            Next::Read(offset) if may_read_on => {
                watched.reach = Some(Backfill { known });
                let priority =
                    if sought.is_some() { Priority::Person } else { priority.max(Priority::Sweep) };
                self.requests.want(page_at(project, offset), priority, now.boot);
            }
            Next::Read(_) => watched.paging.give_up(),
            Next::Nothing => {}
        }
        drop(watched);
        self.page_taken(project, &on_page, page.sent, shows_newest, now, effects);
        // What was not read may be what is looked for.
        if let Next::Done(covered) = next
            && (covered.reached || covered.all)
        {
            self.settle_starts(project, covered.since, now, effects);
        }
        shows_newest
    }

    /// Takes in a page of the newest runs that another process has read, at `sent`; `is_exact` if it
    /// is certain which runs were on it. Whoever has read it reads on where that is needed.
    pub(super) fn take_heard_page(
        &mut self,
        project: &ProjectId,
        runs: Vec<Run>,
        (sent, is_exact): (Boot, bool),
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let on_page = run_ids(&runs);
        let oldest = runs.iter().filter_map(|run| run.start.or(run.end)).min();
        let sought = self.sought_back_to(project, sent, now.boot);
        self.hear_page(project, runs, sent, now, effects);
        let since = self.server.clock.earliest(sent);
        if let Some(mut watched) = self.projects.get_mut(project) {
            watched.note_read(sent, since);
        }
        self.page_taken(project, &on_page, sent, true, now, effects);
        if is_exact && oldest.zip(sought).is_some_and(|(oldest, sought)| oldest <= sought) {
            self.settle_starts(project, sent, now, effects);
        }
    }

    /// Takes in how the runs of a page were described, and tells what is new.
    fn hear_page(
        &mut self,
        project: &ProjectId,
        runs: Vec<Run>,
        sent: Boot,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let seen = self.server_now(now);
        let Some(mut watched) = self.projects.get_mut(project) else { return };
        // The page has the newest run first; what happened is told in its order.
        let told = runs.into_iter().rev().filter_map(|r| watched.apply(r, sent, seen, now.boot));
        effects.extend(told.map(|change| Effect::Tell(Event::RunChanged(change))));
        watched.error = None;
    }

    /// Learns from a page whose runs were taken in.
    fn page_taken(
        &mut self,
        project: &ProjectId,
        on_page: &[RunId],
        sent: Boot,
        shows_newest: bool,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        self.take_stock(project, now, effects);
        self.runs_changed(project, now.boot);
        self.learn(project, now);
        for run in on_page {
            self.settle_cancel(project, run, sent, now.boot, effects);
        }
        if shows_newest {
            self.cancels_off_page(project, on_page, now.boot);
            self.ask_off_page(project, on_page, now.boot);
        }
    }
}

pub(super) fn run_ids(runs: &[Run]) -> Vec<RunId> {
    runs.iter().map(|run| run.id.clone()).collect()
}

//! What the planner is told: each project as it is once something about it has changed, and who
//! cares for which.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{Model, PollScope};
use crate::api::Call;
use crate::domain::{Boot, Now, ProjectId};
use crate::engine::account::token::TokenGate;
use crate::engine::budget::Priority;
use crate::engine::poll::{self, Attention, GAP, Profile, Progress, Room, Slot};
use crate::engine::request::Waiting;
use crate::engine::sync::coordinator::LeftTo;

impl Model {
    /// Tells the planner what has changed.
    pub(super) fn sync_planner(&mut self, now: Now) {
        self.sync_focus(now.boot);
        self.sync_others(now.boot);
        for project in self.projects.take_touched() {
            self.planner.touch(&project);
        }
        for project in self.planner.take_touched() {
            let profile = self.profile(&project);
            if profile.is_none() {
                self.refresh.forget(&project);
            }
            let is_within = self.is_polled(&project);
            self.planner.set(&project, profile, is_within);
        }
        let here = self.focus.scope() != PollScope::Selected
            && self.planner.present().polls_any()
            && self.plans(now.boot)
            && self.server.next_try().is_none()
            && self.token_gate(now.boot) == TokenGate::Open;
        self.coordinator.keep_for_polls(here || self.coordinator.follows(now.boot));
    }

    /// Polls only this from now on.
    pub(super) fn narrow_polls(&mut self, scope: PollScope) {
        self.focus.poll_only(scope);
        if scope == PollScope::All {
            return self.planner.widen();
        }
        self.planner.narrow();
        let cared = self.cared.focus.iter().chain(self.cared.theirs.keys());
        cared.chain(self.focus.scoped()).for_each(|project| self.planner.touch(project));
    }

    fn sync_focus(&mut self, now: Boot) {
        let mut focus: BTreeSet<ProjectId> = self.unsettled_projects().cloned().collect();
        focus.extend(self.focus.in_dialog(now).cloned());
        if focus != self.cared.focus {
            focus.symmetric_difference(&self.cared.focus).for_each(|id| self.planner.touch(id));
            self.cared.focus = focus;
        }
    }

    fn sync_others(&mut self, now: Boot) {
        let (word, until) =
            (self.coordinator.presences().revision(), self.coordinator.presences().until(now));
        let is_known = |(known, until): (u64, Option<Boot>)| {
            known == word && until.is_none_or(|until| now < until)
        };
        if !self.cared.word.is_some_and(is_known) {
            let theirs = self.coordinator.attentions(now);
            let known = &self.cared.theirs;
            let changed = |id: &&ProjectId| theirs.get(*id) != known.get(*id);
            theirs.keys().chain(known.keys()).filter(changed).for_each(|id| self.planner.touch(id));
            self.cared.theirs = theirs;
            self.cared.word = Some((word, until));
        }
        let left_to = match self.coordinator.left_to(now) {
            LeftTo::Nobody => None,
            LeftTo::Some(by) => Some((by, word)),
            // Nothing is planned here; what was told holds until something is again.
            LeftTo::All => return,
        };
        if left_to != self.cared.left_to {
            let watched = left_to.and_then(|(by, _)| self.coordinator.watched_by(by));
            let left = watched.cloned().unwrap_or_default();
            left.symmetric_difference(&self.cared.left).for_each(|id| self.planner.touch(id));
            (self.cared.left, self.cared.left_to) = (left, left_to);
        }
    }

    /// A project as the planner sees it; none if it is not known.
    fn profile(&self, id: &ProjectId) -> Option<Profile> {
        let watched = self.projects.get(id)?;
        let is_left = self.cared.left.contains(id);
        let theirs = self.cared.theirs.get(id).copied();
        let here = self.attention(id);
        let is_runnable = watched.project.is_runnable();
        // Of one that is not listed nobody knows whether it can be run.
        let is_selected = self.focus.scope() == PollScope::Selected && self.is_polled(id);
        let is_awaited = self.cared.focus.contains(id) || theirs == Some(Attention::Unsettled);
        let can_be_polled = is_runnable || is_selected;
        let is_unsettled = here.max(theirs.unwrap_or(here)) == Attention::Unsettled;
        Some(Profile {
            listed: watched.listed,
            looked: watched.looked,
            not_before: watched.error.as_ref().map_or(Boot::ZERO, |error| error.next),
            expectation: watched.expectation.clone(),
            attention: theirs.map_or(here, |there| there.max(here)),
            is_runnable,
            is_polled: can_be_polled && !is_left,
            is_focus: is_awaited && (can_be_polled || is_unsettled) && !is_left,
        })
    }

    /// The moment for which a look is chosen.
    pub(super) fn slot(&self, now: Now) -> Slot {
        let polls = self.budget().polls_a_minute(now.boot);
        let longest = poll::longest(self.planner.runnable(), polls);
        Slot { boot: now.boot, server: self.server_now(now), longest }
    }

    /// The longest that any project is left alone, whatever persons leave open, while requests get
    /// through, outside incident mode.
    pub fn oldest_ever(&self, now: Now) -> Duration {
        poll::worst(self.slot(now).longest)
    }

    /// How much room polls have: less while a person waits, or is about to decide.
    pub(super) fn room(&self, now: Boot) -> Room {
        let waits = self.focus.is_deciding(now)
            || self.is_asked_for(now)
            || self.coordinator.others_wait(now);
        if waits { Room::Narrow(self.budget().limit() / 2) } else { Room::All }
    }

    /// Whether polls are planned here at all.
    pub(super) fn plans(&self, now: Boot) -> bool {
        !self.account.token.is_refused() && self.coordinator.left_to(now) != LeftTo::All
    }

    /// The next project to look at, if any may be looked at now.
    pub(super) fn next_look(&mut self, now: Now) -> Option<ProjectId> {
        if !self.plans(now.boot) {
            return None;
        }
        let (slot, room) = (self.slot(now), self.room(now.boot));
        loop {
            let project = self.planner.present_mut().choose(slot, room)?.clone();
            if !self.is_asked(&project) {
                return Some(project);
            }
            self.planner.present_mut().defer(&project, now.boot + GAP);
        }
    }

    /// When the next project may be looked at, if nothing comes in between.
    pub(super) fn next_look_at(&self, now: Boot) -> Option<Boot> {
        let decided = self.focus.is_deciding(now).then(|| self.focus.decided_at());
        let next = self.planner.present().soonest(self.room(now), now)?;
        Some(decided.map_or(next, |at| next.min(at))).filter(|_| self.plans(now))
    }

    /// Looks at every project once more, few at a time.
    pub(super) fn refresh_all(&mut self, now: Boot) {
        let runnable: Vec<_> = self.runnable().map(|w| w.project.id.clone()).collect();
        self.refresh.begin(runnable, now);
        self.look_up_again(Priority::Sweep, now);
        if self.reads_list() {
            self.list(now);
        }
        self.revision += 1;
    }

    /// Wants the next looks of a refresh of everything, if one goes on.
    pub(super) fn feed_refresh(&mut self, now: Boot) {
        while let Some(project) = self.refresh.next(now) {
            self.look(&project, Priority::Sweep, now);
        }
    }

    /// Takes a refresh of everything back; looks that have not left for it do not.
    pub(super) fn withdraw_refresh(&mut self) {
        let (_, under_way) = self.refresh.end();
        let is_its = |w: &&Waiting| {
            let looks = matches!(w.call, Call::ListRuns { status: None, .. });
            w.priority == Priority::Sweep
                && looks
                && w.call.project().is_some_and(|p| under_way.contains(p))
        };
        let calls: Vec<_> = self.requests.waiting().iter().filter(is_its).map(|w| w.id).collect();
        for call in calls {
            self.requests.withdraw(call);
        }
        self.revision += 1;
    }

    /// How far a refresh of everything is, while one goes on.
    pub fn refresh_progress(&self) -> Option<Progress> {
        self.refresh.progress()
    }

    /// Projects in which something that a person did is not settled yet.
    pub(super) fn unsettled_projects(&self) -> impl Iterator<Item = &ProjectId> {
        // A start that waits for its slot is not helped by looking.
        self.cancels.open_projects().chain(self.starts.away())
    }
}

//! Where cancels meet the rest of the model: orders pass the guard, requests go through the queue,
//! and what reads show of runs settles them. See [`crate::engine::cancel`].

use std::collections::BTreeSet;

use crate::api::{ApiError, Kind, Reply};
use crate::domain::{Boot, Now, ProjectId, RunId};

use super::{Effect, Event, Model};
use crate::engine::budget::Priority;
use crate::engine::cancel::{
    Batch, CancelEntry, CancelId, CancelOrder, Cancelling, Circumstances, Confirmation, Share,
    Target, Wanted,
};
use crate::engine::guard::Refusal;
use crate::engine::request::CallId;
use crate::engine::sync::protocol::StoreRequest;

/// Tells the person of each confirmation of which nothing is open any more.
fn report(settled: impl IntoIterator<Item = Batch>, effects: &mut Vec<Effect>) {
    effects.extend(settled.into_iter().map(|batch| Effect::Tell(Event::CancelsSettled(batch))));
}

impl Model {
    /// Carries out an order to cancel runs, if the guard lets it pass.
    pub(super) fn cancel(&mut self, order: CancelOrder, now: Now, effects: &mut Vec<Effect>) {
        if let Err(refusal) = self.check(&order) {
            return effects.push(Effect::Tell(Event::CancelRefused(refusal)));
        }
        let by = Confirmation {
            at: now,
            by: self.coordinator.session(),
            // A rule is nobody.
            who: if order.rule.is_some() { None } else { self.account.email() },
            reason: order.reason,
            rule: order.rule,
        };
        let target = |(project, run): (ProjectId, RunId)| Target {
            title: self
                .projects
                .get(&project)
                .map_or_else(Default::default, |watched| watched.project.title.clone()),
            has_ended: self.truth(&project, &run).is_some_and(|truth| !truth.is_active()),
            project,
            run,
        };
        let targets = order.runs.into_iter().map(target).collect();
        let settled = self.cancels.confirm(targets, &by);
        report(settled, effects);
        self.retry_token(now.boot, effects);
    }

    /// Whether the guard lets an order pass.
    ///
    /// # Errors
    /// The first protected project that it does not name.
    pub fn check(&self, order: &CancelOrder) -> Result<(), Refusal> {
        self.guard.check(order, |project| self.title_of(project))
    }

    /// The name that a project is to be confirmed by before runs of it are cancelled, if it is
    /// protected.
    pub fn protected_name(&self, project: &ProjectId) -> Option<String> {
        self.guard.name(self.subject(project))
    }

    pub(super) fn title_of(&self, project: &ProjectId) -> Option<&str> {
        self.projects.get(project).map(|watched| watched.project.title.as_str())
    }

    /// Takes back every cancel that has never left.
    pub(super) fn withdraw_cancels(&mut self, effects: &mut Vec<Effect>) {
        let requests = &mut self.requests;
        let settled = self.cancels.withdraw_unsent(|call| requests.withdraw(call));
        report(settled, effects);
    }

    /// Takes back the cancels of these runs, however far they are.
    pub(super) fn let_go_cancels(&mut self, runs: &[RunId], effects: &mut Vec<Effect>) {
        let settled: Vec<_> = runs.iter().filter_map(|run| self.cancels.let_go(run)).collect();
        report(settled, effects);
    }

    /// When each of `count` cancels confirmed now would leave.
    pub fn cancel_plan(&self, count: usize, now: Boot) -> Vec<Boot> {
        self.coordinator.budget().forecast(Kind::Cancel, Priority::Cancel, count, now)
    }

    /// Asks for what cancels want now, and takes back what nobody wants any more.
    pub(super) fn feed_cancels(&mut self, now: Boot) {
        let unwanted: Vec<_> = self.cancels.unwanted().collect();
        for call in unwanted {
            if self.requests.withdraw(call) || !self.requests.is_under_way(call) {
                self.cancels.taken_back(call);
            }
        }
        let share = self.cancel_share(now);
        if self.cancels.is_full(share, now) {
            let requests = &self.requests;
            self.cancels.keep_queued(|call| requests.is_under_way(call));
        }
        while let Some(wanted) = self.cancels.next_request(share, now) {
            let call = match &wanted {
                Wanted::Delete { call, priority, .. } | Wanted::Read(call, priority) => {
                    self.requests.want(call.clone(), *priority, now)
                }
                Wanted::Look(project, priority) => {
                    self.requests.want(self.look_at(project), *priority, now)
                }
            };
            self.cancels.queued(&wanted, call);
        }
    }

    /// When cancels want something that no message brings.
    pub(super) fn cancels_deadline(&self, now: Boot) -> Option<Boot> {
        self.cancels.deadline(self.cancel_share(now), now)
    }

    fn cancel_share(&self, now: Boot) -> Share {
        let budget = self.coordinator.budget();
        let strangers = usize::try_from(budget.strangers()).unwrap_or(usize::MAX);
        let processes = self.coordinator.processes(now).max(strangers);
        Share::of(budget.limit(), budget.hour_limit(now), processes)
    }

    pub(super) fn cancel_replied(
        &mut self,
        run: &RunId,
        call: CallId,
        result: &Result<Reply, ApiError>,
        now: Boot,
        effects: &mut Vec<Effect>,
    ) {
        let Some(project) = self.cancels.get(run).map(|cancel| cancel.project.clone()) else {
            return;
        };
        let known = Circumstances {
            is_young: self.is_young(&project, run, now),
            last_good: self.server.last_good(),
        };
        let settled = self.cancels.replied(run, call, result.as_ref().map(|_| ()), known, now);
        report(settled, effects);
    }

    /// Takes in what a read that left at `sent` has shown of a run that is being cancelled.
    pub(super) fn settle_cancel(
        &mut self,
        project: &ProjectId,
        run: &RunId,
        sent: Boot,
        now: Boot,
        effects: &mut Vec<Effect>,
    ) {
        if self.cancels.get(run).is_none() {
            return;
        }
        let Some(truth) = self.truth(project, run) else { return };
        let (status, has_ended) = (truth.status.clone(), !truth.is_active());
        let settled = self.cancels.seen(run, &status, has_ended, sent, now);
        report(settled, effects);
    }

    /// Open cancels of a project whose runs are not on its page are read one by one.
    pub(super) fn cancels_off_page(&mut self, project: &ProjectId, on_page: &[RunId], now: Boot) {
        if self.cancels.is_open_in(project) {
            let on_page: BTreeSet<_> = on_page.iter().cloned().collect();
            self.cancels.off_page(project, &on_page, now);
        }
    }

    /// A read told nothing of a run: it is read again after a growing pause.
    pub(super) fn cancel_unread(
        &mut self,
        run: &RunId,
        error: Option<&ApiError>,
        now: Boot,
        effects: &mut Vec<Effect>,
    ) {
        let settled = self.cancels.unread(run, is_answer(error), now);
        report(settled, effects);
    }

    /// The same for a look at a project.
    pub(super) fn cancels_unread(
        &mut self,
        project: &ProjectId,
        error: &ApiError,
        now: Boot,
        effects: &mut Vec<Effect>,
    ) {
        let settled = self.cancels.unlooked(project, is_answer(Some(error)), now);
        report(settled, effects);
    }

    /// Hex does not know a run any more.
    pub(super) fn cancel_gone(&mut self, run: &RunId, error: &ApiError, effects: &mut Vec<Effect>) {
        let settled = self.cancels.gone(run, error.to_string());
        report(settled, effects);
    }

    /// Writes what is owed to the journal. It is asked for after the slots of this moment were, so
    /// that no cancel waits for it.
    pub(super) fn record_cancels(&mut self, now: Now, effects: &mut Vec<Effect>) {
        self.revision += u64::from(self.cancels.stamp(now.wall));
        if self.coordinator.is_shared() {
            let entries = self.cancels.take_unwritten();
            if !entries.is_empty() {
                effects.push(Effect::Store(StoreRequest::RecordCancels(entries)));
            }
        }
    }

    /// Takes in what the journal tells of cancels.
    pub(super) fn take_cancels(&mut self, entries: Vec<CancelEntry>) {
        self.revision += u64::from(!entries.is_empty());
        let own = self.coordinator.session();
        for entry in entries {
            self.cancels.take(entry, own);
        }
    }

    /// Follows up cancels that processes which are gone have left open.
    pub(super) fn take_up_cancels(&mut self, now: Now) {
        if !self.journal.takes_up || !self.takes_up_cancels() {
            return;
        }
        let journal = &self.journal;
        let own = self.coordinator.session();
        let taken = self.cancels.take_up(|session| journal.is_gone(session), own, now);
        for entry in taken {
            self.see_to_it(&entry.project, &entry.title, now.boot);
        }
    }

    /// A command that is about something else leaves them to others.
    fn takes_up_cancels(&self) -> bool {
        self.scope() != super::PollScope::Selected
    }

    /// The cancel that a person confirmed for a run, as long as it is open or stuck.
    pub fn cancelling(&self, run: &RunId) -> Option<&Cancelling> {
        self.cancels.get(run)
    }

    /// The project of a run that was cancelled, by the newest entry about it.
    pub fn project_of_cancel(&self, run: &RunId) -> Option<&ProjectId> {
        self.cancels.last_entry(run).map(|entry| &entry.project)
    }

    /// Cancels that are not settled.
    pub fn open_cancels(&self) -> usize {
        self.cancels.open()
    }

    /// Confirmed cancels that have never left and can be taken back.
    pub fn unsent_cancels(&self) -> usize {
        self.cancels.unsent()
    }

    /// Runs whose cancels were given up, until a person tries again or lets them go.
    pub fn stuck_cancels(&self) -> impl Iterator<Item = &RunId> {
        self.cancels.stuck()
    }

    /// When a waiting cancel leaves if nothing comes in between.
    pub fn cancel_departs_at(&self, run: &RunId, now: Boot) -> Option<Boot> {
        match self.cancels.call(run) {
            Some(call) => self.requests.departure(call, self.coordinator.budget(), now),
            None => self.cancels.due(run),
        }
    }

    /// The cancels that the journal has, those of other processes and earlier ones among them; the
    /// oldest first.
    pub fn cancel_entries(&self) -> impl DoubleEndedIterator<Item = &CancelEntry> {
        self.cancels.entries()
    }

    /// One cancel that the journal has.
    pub fn cancel_entry(&self, id: CancelId) -> Option<&CancelEntry> {
        self.cancels.entry(id)
    }

    /// Whether the journal may yet lack something of a cancel, and can be written.
    pub fn owes_cancels(&self) -> bool {
        self.coordinator.is_shared() && self.cancels.owes()
    }
}

/// Whether a read that told nothing was answered by Hex, and not for the rate or the token.
fn is_answer(error: Option<&ApiError>) -> bool {
    !matches!(error, Some(ApiError::Transport(_) | ApiError::RateLimited | ApiError::Unauthorized))
}

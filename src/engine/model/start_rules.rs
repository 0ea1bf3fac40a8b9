//! What rules forbid of starts: asked when one is confirmed, and once more when it is about to leave, after the
//! look that tells how many runs are active.

use std::collections::BTreeSet;

use super::starts::never_sent;
use super::{Effect, Model, Start, StartId, StartStage};
use crate::domain::{Now, ProjectId, RunId};
use crate::engine::guard::Refusal;
use crate::engine::start::Withdrawal;

impl Model {
    /// Why nothing is started or cancelled in a project, if that is so.
    pub fn read_only(&self, project: &ProjectId) -> Option<Refusal> {
        self.guard.read_only(self.subject(project))
    }

    /// Why a start of a project would be refused now, as far as its runs are known.
    pub fn start_forbidden(&self, project: &ProjectId, now: Now) -> Option<Refusal> {
        self.start_refused(project, None, now)
    }

    /// The same once one of its runs has ended.
    pub fn start_forbidden_after(
        &self,
        project: &ProjectId,
        run: &RunId,
        now: Now,
    ) -> Option<Refusal> {
        let watched = self.projects.get(project)?;
        let goes_on = watched.runs.get(run).is_some_and(|seen| seen.run.is_active());
        let active = watched.runs.counts().active().saturating_sub(usize::from(goes_on));
        self.start_refused_with(project, active, now)
    }

    /// Why a run of a project is not started now, besides `start` itself, if that is so.
    pub(super) fn start_refused(
        &self,
        project: &ProjectId,
        start: Option<StartId>,
        now: Now,
    ) -> Option<Refusal> {
        if !self.guard.restricts_starts() {
            return None;
        }
        // What waits in a queue is not about to start; of what is unconfirmed a look shows the run.
        let is_about_to = |other: &&Start| match other.entry.stage {
            // Of two that wait for each other the one that was confirmed first goes first.
            StartStage::Waiting if start.is_some_and(|start| start < other.entry.id) => false,
            StartStage::Waiting => other.call.is_some(),
            StartStage::Sent => true,
            _ => false,
        };
        // Those of this process that are lined up or have left, and those of all that have left.
        let others = self.starts.at_work_of(project).chain(self.starts.lost_of(project));
        let others = others.filter(is_about_to).map(|other| other.entry.id);
        let others: BTreeSet<_> = others.filter(|other| Some(*other) != start).collect();
        let others = others.len();
        let watched = self.projects.get(project);
        let active = watched.map_or(0, |watched| watched.runs.counts().active());
        self.start_refused_with(project, active + others, now)
    }

    /// The same where so many runs are active or about to be.
    pub(super) fn start_refused_with(
        &self,
        project: &ProjectId,
        active: usize,
        now: Now,
    ) -> Option<Refusal> {
        let at = self.server_now(now);
        self.guard.check_start(self.subject(project), active, at, &self.settings.zone).err()
    }

    /// Takes back starts that are about to leave and that a rule forbids by now: one of a queue waits on, another
    /// one never leaves.
    pub(super) fn hold_back_starts(&mut self, now: Now, effects: &mut Vec<Effect>) {
        if !self.guard.restricts_starts() {
            return;
        }
        let is_ready = |start: &&Start| {
            start.entry.stage == StartStage::Waiting
                && start.unwanted.is_none()
                && start.after.is_none_or(|look| !self.requests.is_under_way(look))
        };
        let forbidden = |start: &Start| {
            let (id, project) = (start.entry.id, &start.entry.project);
            let refusal = self.start_refused(project, Some(id), now)?;
            Some((id, start.entry.queue.is_some() && refusal.passes(), refusal))
        };
        let ready = self.starts.with_call().filter(is_ready);
        let forbidden: Vec<_> = ready.filter_map(forbidden).collect();
        for (ticket, waits, refusal) in forbidden {
            if waits {
                self.withdraws(ticket, Withdrawal::Now);
            } else if self.withdraws(ticket, Withdrawal::Ever) {
                self.move_start(ticket, never_sent(&refusal), effects);
                self.record(&[ticket], effects);
            }
        }
    }
}

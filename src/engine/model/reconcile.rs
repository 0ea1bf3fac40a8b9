//! Looking for the runs of starts whose answers went missing, and for those of processes that
//! died before they knew.
//!
//! A look that finds nothing is repeated until the run would have appeared. What looking finds is
//! a guess, and written into the journal only by a process that knows all that stands there; so
//! no two starts claim the same run, in whichever processes.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;

use crate::api::{ApiError, Failure};
use crate::domain::{Boot, Now, ProjectId};

use super::{Effect, Model, ProjectState, RELIST};
use crate::engine::budget::Priority;
use crate::engine::start::journal::{Entry, StartId, StartStage};
use crate::engine::start::{Finding, Judging, SLACK};

/// The pause before a look whose predecessor could decide nothing.
const AGAIN: Duration = Duration::from_secs(3);
/// The same while the journal cannot be written.
const UNWRITABLE: Duration = Duration::from_secs(15);
impl Model {
    /// Looks for the run of a start from now on.
    pub(super) fn seek(&mut self, ticket: StartId, now: Boot) {
        self.starts.change(ticket, |start| start.sought = Some(now));
        let first = self.settings.settle_looks.first().copied().unwrap_or(AGAIN);
        if let Some(project) = self.starts.get(ticket).map(|start| start.entry.project.clone()) {
            self.look(&project, Priority::Person, now + first);
        }
    }

    /// A look that was to find a start's run failed: it is taken again. Where the project cannot
    /// be read at all, only as often as that may change.
    pub(super) fn starts_unlooked(&mut self, project: &ProjectId, now: Boot) {
        if self.starts.at_work_of(project).any(|start| start.sought.is_some()) {
            let is_unreadable = self.projects.get(project).is_some_and(ProjectState::is_unreadable);
            let pause = if is_unreadable { RELIST } else { AGAIN };
            self.look(project, Priority::Person, now + pause);
        }
    }

    /// How far back a look that left at `looked` is to read for the runs of starts, if any is looked
    /// for.
    pub(super) fn sought_back_to(
        &self,
        project: &ProjectId,
        looked: Boot,
        now: Boot,
    ) -> Option<Timestamp> {
        let sought = self.starts.sought(project, looked, self.judging(now));
        // Without a bound nothing is too old.
        let bound = |sent: Timestamp| sent.checked_sub(SLACK).unwrap_or(Timestamp::MIN);
        sought.iter().map(|start| start.entry.sent.map_or(Timestamp::MIN, bound)).min()
    }

    /// Looks for the runs of starts in what is known of a project after a look that left at `looked`.
    pub(super) fn settle_starts(
        &mut self,
        project: &ProjectId,
        looked: Boot,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let sought = self.starts.sought(project, looked, self.judging(now.boot));
        let ours: BTreeSet<StartId> = sought.iter().map(|start| start.entry.id).collect();
        if ours.is_empty() {
            return;
        }
        let judging = self.judging(now.boot);
        let is_gone = |session| self.journal.is_gone(session);
        let is_answered_soon = || self.starts.is_answered_soon(project, is_gone, judging);
        if self.journal.is_guessing() || is_answered_soon() || !self.can_guess() {
            return self.look_again(project, now.boot);
        }
        let runs = self.projects.get(project).into_iter().flat_map(|w| w.runs.values());
        let runs = runs.map(|seen| &seen.run);
        let findings = self.starts.findings(project, runs, looked, judging);
        let mut guesses = Vec::new();
        for (ticket, finding) in findings.into_iter().filter(|(ticket, _)| ours.contains(ticket)) {
            let stage = match finding {
                Finding::Wait => {
                    self.look_on(ticket, now.boot);
                    continue;
                }
                Finding::NotSeen => StartStage::NotSeen,
                Finding::Ours(run) => StartStage::ProbablyOurs(run),
                Finding::Ambiguous(runs) => StartStage::Ambiguous(runs),
            };
            guesses.extend(self.guess(ticket, stage));
        }
        self.settle(guesses, effects);
    }

    /// By what starts are judged now.
    fn judging(&self, now: Boot) -> Judging<'_> {
        let appears = self.settings.settle_looks.iter().max().copied().unwrap_or_default();
        Judging { clock: &self.server.clock, appears, now }
    }

    /// Looks again a little later, because nothing could be decided now.
    fn look_again(&mut self, project: &ProjectId, now: Boot) {
        if self.is_starting(project) {
            let pause = if self.can_guess() { AGAIN } else { UNWRITABLE };
            self.look(project, Priority::Person, now + pause);
        }
    }

    /// Plans the next look for a start's run.
    fn look_on(&mut self, ticket: StartId, now: Boot) {
        let Some(start) = self.starts.get(ticket).filter(|start| start.is_open()) else { return };
        let given_up = start.given_up_at(&self.server.clock, now).unwrap_or(now);
        let looks = self.settings.settle_looks.iter().map(|wait| given_up + *wait);
        let next = looks.filter(|at| *at > now).min().unwrap_or(now);
        let project = start.entry.project.clone();
        self.look(&project, Priority::Person, next.max(now + Duration::from_millis(500)));
    }

    /// How the journal would have a start after a guess, if that is new.
    fn guess(&self, ticket: StartId, stage: StartStage) -> Option<Entry> {
        let entry = &self.starts.get(ticket)?.entry;
        (entry.stage != stage).then(|| Entry { stage, ..entry.clone() })
    }

    /// Takes up what processes that are gone have left, but for what waits in a queue until somebody
    /// resumes it, and parts starts that claim the same run:
    /// of those, the one that has Hex's word keeps it.
    pub(super) fn take_up(&mut self, now: Now, effects: &mut Vec<Effect>) {
        if !self.journal.takes_up || self.journal.is_guessing() || !self.can_guess() {
            return;
        }
        let gone = self.starts.unattended().filter(|(by, _)| self.journal.is_gone(*by));
        let left: Vec<_> = gone.flat_map(|(_, starts)| starts.map(|s| s.entry.clone())).collect();
        // Its process is gone, so its request has left by now.
        let given_up = now.boot + self.settings.timeout;
        let mut guesses = Vec::new();
        for entry in left {
            if entry.stage == StartStage::Waiting {
                let why = "hextop ended before it was sent: no run was created".to_owned();
                guesses.extend(self.guess(entry.id, StartStage::NeverSent(why)));
                continue;
            }
            self.see_to_it(&entry.project, &entry.title, now.boot);
            let lost = Failure::Broken("hextop ended before the answer came".to_owned());
            let stage = StartStage::Unconfirmed(ApiError::from(lost));
            self.move_start(entry.id, stage, effects);
            self.starts.change(entry.id, |start| {
                start.sought = Some(now.boot);
                start.given_up = Some(start.given_up.map_or(given_up, |at| at.min(given_up)));
            });
            self.look(&entry.project, Priority::Person, now.boot);
        }
        guesses.extend(self.starts.doubled());
        self.settle(guesses, effects);
        self.write_reasons(effects);
    }
}

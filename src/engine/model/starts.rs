//! Starting runs: at most one request for each confirmation.
//!
//! There is no idempotency key, so an answer that went missing is never answered by a second
//! request. The start is *unconfirmed* until looking at the project's runs settles it: a run that
//! was not listed before, that was started by the API, and not before the request left, is
//! probably ours; if none appears, the person is told so and may start again.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;

use crate::api::{ApiError, Call, Reply, Started};
use crate::domain::{Boot, Now, ProjectId, Run, RunId, RunStatus, RunTrigger, StartRun};

use super::{Effect, Event, Model};
use crate::engine::budget::Tier;
use crate::engine::outbox::CallId;

/// When to look for the run of an unconfirmed start, after its request was given up. A person
/// waits, the project has the planner's attention besides, and lists may lag.
const LOOKS: [Duration; 4] = [
    Duration::from_secs(2),
    Duration::from_secs(10),
    Duration::from_secs(30),
    Duration::from_mins(2),
];
/// How long a run that appears may still be that of a start which was not seen.
const LATE: Duration = Duration::from_mins(5);
/// How much earlier than the request, by the server's clock, its run may seem to have started.
const SLACK: Duration = Duration::from_secs(5);

/// Names a start within one session; the caller chooses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TicketId(pub u64);

/// A confirmed start.
#[derive(Clone, Debug, PartialEq)]
pub struct Start {
    /// Of what.
    pub project: ProjectId,
    /// With what.
    pub start: StartRun,
    /// When it was confirmed.
    pub since: Boot,
    /// How far it is.
    pub stage: StartStage,
    pub(super) call: CallId,
    /// Runs that were listed before the request left; none if none were ever read.
    known: Option<BTreeSet<RunId>>,
    /// When the request left, by the server's clock.
    left: Timestamp,
    /// Looks taken since it was given up.
    looks: usize,
    /// When it was given up.
    given_up: Boot,
}

/// How far a start is.
#[derive(Clone, Debug, PartialEq)]
pub enum StartStage {
    /// Waiting for its slot.
    Waiting,
    /// On its way.
    Sent,
    /// Hex has started this run.
    Started(RunId),
    /// Hex has refused it, or it never left: no run was created.
    Refused(ApiError),
    /// Taken back before it left.
    Withdrawn,
    /// Its answer went missing: it may or may not have started.
    Unconfirmed(ApiError),
    /// Its answer went missing, and this run appeared where its own would be.
    ProbablyOurs(RunId),
    /// Its answer went missing, and any of these runs may be its own.
    Ambiguous(Vec<RunId>),
    /// Its answer went missing, and no run appeared.
    NotSeen,
}

impl Start {
    /// Whether more will be known of it without anybody doing anything.
    pub fn is_open(&self) -> bool {
        matches!(self.stage, StartStage::Waiting | StartStage::Sent | StartStage::Unconfirmed(_))
    }

    /// Whether `run` may be the one that this start began.
    fn may_be(&self, run: &Run) -> bool {
        let since = |start: Timestamp| start.saturating_add(SLACK).is_ok_and(|at| at >= self.left);
        let is_new = match (&self.known, run.start) {
            (Some(known), start) => !known.contains(&run.id) && start.is_none_or(since),
            // It may have waited there for long already.
            (None, start) => start.is_some_and(since),
        };
        is_new
            && matches!(run.trigger, None | Some(RunTrigger::Api))
            && run.version.as_deref() != Some("draft")
    }
}

impl Model {
    pub(super) fn start(
        &mut self,
        ticket: TicketId,
        project: ProjectId,
        start: StartRun,
        now: Boot,
    ) {
        if self.style.is_none() {
            self.look(&project, Tier::Person, now);
        }
        let call = Call::Trigger { project: project.clone(), start: start.clone() };
        let call = self.outbox.want(call, Tier::Person, now);
        let start = Start {
            project,
            start,
            since: now,
            stage: StartStage::Waiting,
            call,
            known: None,
            left: Timestamp::MIN,
            looks: 0,
            given_up: now,
        };
        self.starts.insert(ticket, start);
        self.revision += 1;
    }

    pub(super) fn withdraw_start(&mut self, ticket: TicketId, effects: &mut Vec<Effect>) {
        let waiting = self.starts.get(&ticket).map(|start| start.call);
        if waiting.is_some_and(|call| self.outbox.withdraw(call)) {
            self.move_start(ticket, StartStage::Withdrawn, effects);
        }
    }

    pub(super) fn start_departs(&mut self, call: CallId, now: Now) {
        let left = self.server_now(now);
        let Some(start) = self.starts.values_mut().find(|start| start.call == call) else {
            return;
        };
        start.stage = StartStage::Sent;
        start.left = left;
        if let Some(watched) = self.projects.get(&start.project).filter(|w| w.read.is_some()) {
            start.known = Some(watched.runs.keys().cloned().collect());
        }
        self.revision += 1;
    }

    pub(super) fn start_replied(
        &mut self,
        call: CallId,
        result: Result<Reply, ApiError>,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let Some((ticket, start)) = self.starts.iter_mut().find(|(_, s)| s.call == call) else {
            return;
        };
        let (ticket, project) = (*ticket, start.project.clone());
        let stage = match result {
            Ok(Reply::Started(started)) => {
                let run = started.run.clone();
                self.show_started(&project, started, now, effects);
                self.look(&project, Tier::Person, now.boot + Duration::from_secs(1));
                StartStage::Started(run)
            }
            Err(error) if error.had_no_effect() => StartStage::Refused(error),
            Err(error) => {
                self.await_run(ticket, now.boot);
                StartStage::Unconfirmed(error)
            }
            Ok(_) => return,
        };
        self.move_start(ticket, stage, effects);
    }

    /// Shows a started run before any look has: the 201 is the server's word that it exists.
    fn show_started(
        &mut self,
        project: &ProjectId,
        started: Started,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let seen = self.server_now(now);
        let Some(watched) = self.projects.get_mut(project) else {
            return;
        };
        let run = Run {
            project: project.clone(),
            id: started.run,
            version: started.version,
            url: started.url,
            status: RunStatus::Pending,
            trigger: Some(RunTrigger::Api),
            start: None,
            end: None,
            elapsed: None,
        };
        let id = run.id.clone();
        if watched.runs.contains_key(&run.id) {
            return;
        }
        let told = watched.hear(run, now.boot, seen, now.boot);
        effects.extend(told.map(|change| Effect::Tell(Event::RunChanged(change))));
        if let Some(seen) = watched.runs.get_mut(&id) {
            seen.changed = Some(now.boot);
        }
        self.revision += 1;
    }

    fn await_run(&mut self, ticket: TicketId, now: Boot) {
        let Some(start) = self.starts.get_mut(&ticket) else {
            return;
        };
        start.given_up = now;
        let project = start.project.clone();
        self.look(&project, Tier::Person, now + LOOKS[0]);
    }

    /// A look that was to find a start's run failed: it is taken again.
    pub(super) fn starts_unlooked(&mut self, project: &ProjectId, now: Boot) {
        let waits =
            |s: &Start| s.project == *project && matches!(s.stage, StartStage::Unconfirmed(_));
        if self.starts.values().any(waits) {
            self.look(project, Tier::Person, now + LOOKS[0]);
        }
    }

    /// Looks for the runs of unconfirmed starts in a page that was asked for at `sent`.
    pub(super) fn settle_starts(
        &mut self,
        project: &ProjectId,
        on_page: &[RunId],
        sent: Boot,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let open: Vec<TicketId> = self
            .starts
            .iter()
            .filter(|(_, s)| s.project == *project && s.given_up <= sent)
            .filter(|(_, s)| match s.stage {
                StartStage::Unconfirmed(_) => true,
                // A late arrival may still be ours, but what starts much later is somebody else's.
                StartStage::NotSeen => now.boot < s.given_up + LATE,
                _ => false,
            })
            .map(|(ticket, _)| *ticket)
            .collect();
        for ticket in open {
            let found = self.candidates(ticket, on_page);
            let rivals = self.unsettled_starts(project) > 1;
            let awaited = |s: &Start| s.project == *project && s.stage == StartStage::Sent;
            let claimed_soon = self.starts.values().any(awaited);
            let stage = match found.as_slice() {
                // Another start's answer will say which of them is its own.
                [_, ..] if claimed_soon => {
                    self.look_for_again(ticket, now.boot);
                    continue;
                }
                [only] if !rivals => StartStage::ProbablyOurs(only.clone()),
                [] => match self.look_for_again(ticket, now.boot) {
                    LookOn::Later => continue,
                    LookOn::Over => StartStage::NotSeen,
                },
                _ => StartStage::Ambiguous(found),
            };
            self.move_start(ticket, stage, effects);
        }
    }

    fn unsettled_starts(&self, project: &ProjectId) -> usize {
        let unsettled = |s: &&Start| {
            s.project == *project
                && matches!(
                    s.stage,
                    StartStage::Sent | StartStage::Unconfirmed(_) | StartStage::NotSeen
                )
        };
        self.starts.values().filter(unsettled).count()
    }

    fn candidates(&self, ticket: TicketId, on_page: &[RunId]) -> Vec<RunId> {
        let Some(start) = self.starts.get(&ticket) else {
            return Vec::new();
        };
        let claimed = |run: &RunId| {
            self.starts.values().any(|other| match &other.stage {
                StartStage::Started(theirs) | StartStage::ProbablyOurs(theirs) => theirs == run,
                _ => false,
            })
        };
        on_page
            .iter()
            .filter(|run| !claimed(run))
            .filter(|run| self.truth(&start.project, run).is_some_and(|truth| start.may_be(truth)))
            .cloned()
            .collect()
    }

    /// Plans the next look for a start's run. One page is enough: for ours not to be on it, a
    /// hundred others would have to have started since.
    fn look_for_again(&mut self, ticket: TicketId, now: Boot) -> LookOn {
        let Some(start) = self.starts.get_mut(&ticket) else {
            return LookOn::Over;
        };
        if start.stage == StartStage::NotSeen {
            return LookOn::Later;
        }
        while LOOKS.get(start.looks).is_some_and(|wait| start.given_up + *wait <= now) {
            start.looks += 1;
        }
        let Some(wait) = LOOKS.get(start.looks) else {
            return LookOn::Over;
        };
        let (project, at) = (start.project.clone(), start.given_up + *wait);
        self.look(&project, Tier::Person, at);
        LookOn::Later
    }

    fn move_start(&mut self, ticket: TicketId, stage: StartStage, effects: &mut Vec<Effect>) {
        if let Some(start) = self.starts.get_mut(&ticket) {
            start.stage = stage;
            self.revision += 1;
            effects.push(Effect::Tell(Event::StartMoved(ticket)));
        }
    }
}

enum LookOn {
    Later,
    Over,
}

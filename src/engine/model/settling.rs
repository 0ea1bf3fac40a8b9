//! Looking for the runs of starts whose answers went missing, and for those of processes that
//! died before they knew.
//!
//! A look that finds nothing is repeated until the run would have appeared. What looking finds is
//! a guess, and written into the journal only by a process that knows all that stands there; so
//! no two starts claim the same run, in whichever processes.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;

use crate::api::{ApiError, Call, Failure, PageOrder};
use crate::domain::{Boot, Now, ProjectId, RunId};

use super::start::Start;
use super::starts::later;
use super::{Effect, Model, PAGE, RELIST, Watched};
use crate::engine::budget::Tier;
use crate::engine::journal::{Entry, StartStage, TicketId};
use crate::engine::settle::{Case, Finding, judge, may_be};

/// How long a run that appears may still be that of a start which was not seen, or which of
/// several runs is a start's own may still become clear.
const LATE: Duration = Duration::from_mins(5);
/// The pause before a look whose predecessor could decide nothing.
const AGAIN: Duration = Duration::from_secs(3);
/// The same while the journal cannot be written.
const UNWRITABLE: Duration = Duration::from_secs(15);
/// How long a start that another process has sent is left to it after it is given up there.
const THEIRS: Duration = Duration::from_secs(10);

/// A page of runs, as far as it settles anything.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sight {
    /// When it was asked for.
    pub(super) sent: Boot,
    /// How many newer runs come before it.
    pub(super) offset: u32,
    /// How many runs are on it.
    pub(super) runs: usize,
    /// When the oldest of them started.
    pub(super) oldest: Option<Timestamp>,
    /// Whether any of them was not known before.
    pub(super) has_news: bool,
    /// In which order the pages come.
    pub(super) order: PageOrder,
}

impl Model {
    /// Looks for the run of a start from now on.
    pub(super) fn seek(&mut self, ticket: TicketId, now: Boot) {
        self.starts.change(ticket, |start| start.sought = Some(now));
        let first = self.settings.settle_looks.first().copied().unwrap_or(AGAIN);
        if let Some(project) = self.starts.get(ticket).map(|start| start.entry.project.clone()) {
            self.look(&project, Tier::Person, now + first);
        }
    }

    /// A look that was to find a start's run failed: it is taken again. Where the project cannot
    /// be read at all, only as often as that may change.
    pub(super) fn starts_unlooked(&mut self, project: &ProjectId, now: Boot) {
        if self.starts.open().any(|s| s.entry.project == *project && s.sought.is_some()) {
            let is_unreadable = self.projects.get(project).is_some_and(Watched::is_unreadable);
            let pause = if is_unreadable { RELIST } else { AGAIN };
            self.look(project, Tier::Person, now + pause);
        }
    }

    /// Looks for the runs of starts in what is known of a project after a page of its runs.
    pub(super) fn settle_starts(
        &mut self,
        project: &ProjectId,
        sight: Sight,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let ours = self.sought(project, sight.sent, now);
        if ours.is_empty() {
            return;
        }
        let sent = |ticket: &TicketId| self.starts.get(*ticket)?.entry.sent;
        let first = ours.iter().map(sent).min().flatten();
        let reaches = sight.oldest.zip(first).is_some_and(|(oldest, first)| oldest < first);
        // Where the newest of all are on the last page, all are read.
        let goes_on = sight.order == PageOrder::OldestFirst || sight.has_news && !reaches;
        if sight.runs >= usize::from(PAGE) && goes_on {
            let runs = u32::try_from(sight.runs).unwrap_or(0);
            let (project, limit, offset) = (project.clone(), PAGE, sight.offset + runs);
            self.outbox.want(Call::ListRuns { project, limit, offset }, Tier::Person, now.boot);
            return;
        }
        if self.journal.is_guessing() || self.is_answered_soon(project, now) || !self.can_guess() {
            return self.look_again(project, now.boot);
        }
        let findings = self.findings(project, sight.sent, now);
        let mut guesses = Vec::new();
        for (ticket, finding) in findings.into_iter().filter(|(ticket, _)| ours.contains(ticket)) {
            let stage = match finding {
                Finding::Wait => {
                    self.look_on(ticket, now);
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

    /// Starts whose runs this process looks for with a look that left at `sent`.
    fn sought(&self, project: &ProjectId, sent: Boot, now: Now) -> BTreeSet<TicketId> {
        let server_now = self.server_now(now);
        let is_sought = |start: &&Start| {
            start.entry.project == *project
                && start.sought.is_some_and(|since| since <= sent)
                && match start.entry.stage {
                    StartStage::Unconfirmed(_) => true,
                    StartStage::Ambiguous(_) | StartStage::NotSeen => {
                        server_now < later(self.over(&start.entry), LATE)
                    }
                    _ => false,
                }
        };
        self.starts.iter().filter(is_sought).map(|start| start.entry.id).collect()
    }

    /// When a run that has not appeared by then is not coming.
    fn over(&self, entry: &Entry) -> Timestamp {
        let last = self.settings.settle_looks.iter().max().copied().unwrap_or_default();
        later(entry.deadline.unwrap_or(entry.at), last)
    }

    /// Whether a request is on its way whose answer will say which run is its own.
    fn is_answered_soon(&self, project: &ProjectId, now: Now) -> bool {
        let server_now = self.server_now(now);
        self.starts.open().any(|start| {
            start.entry.project == *project
                && start.entry.stage == StartStage::Sent
                && (start.call.is_some()
                    || !self.journal.is_gone(start.entry.by)
                        && server_now < later(start.entry.deadline.unwrap_or_default(), THEIRS))
        })
    }

    /// What was found out of all starts of a project that nobody has an answer to. Those of other
    /// processes are rivals, which they settle themselves.
    fn findings(&self, project: &ProjectId, sent: Boot, now: Now) -> Vec<(TicketId, Finding)> {
        let server_now = self.server_now(now);
        let looked = self.server_at(sent, now);
        let theirs = || self.starts.iter().filter(|start| start.entry.project == *project);
        let claimed: BTreeSet<&RunId> =
            theirs().filter_map(|start| start.entry.stage.run()).collect();
        let mut runs: Vec<_> = self
            .projects
            .get(project)
            .into_iter()
            .flat_map(|watched| watched.runs.values().map(|seen| &seen.run))
            .filter(|run| !claimed.contains(&run.id))
            .collect();
        runs.sort_by_key(|run| (run.start.is_none(), run.start, run.id.clone()));
        let is_lost = |start: &&Start| match start.entry.stage {
            StartStage::Sent | StartStage::Unconfirmed(_) => true,
            StartStage::Ambiguous(_) | StartStage::NotSeen => {
                server_now < later(self.over(&start.entry), LATE)
            }
            _ => false,
        };
        let cases: Vec<_> = theirs()
            .filter(is_lost)
            .map(|start| Case {
                entry: &start.entry,
                is_over: looked >= self.over(&start.entry),
                candidates: runs
                    .iter()
                    .filter(|run| may_be(&start.entry, run))
                    .map(|run| run.id.clone())
                    .collect(),
            })
            .collect();
        judge(&cases)
    }

    /// Looks again a little later, because nothing could be decided now.
    fn look_again(&mut self, project: &ProjectId, now: Boot) {
        if self.is_starting(project) {
            let pause = if self.can_guess() { AGAIN } else { UNWRITABLE };
            self.look(project, Tier::Person, now + pause);
        }
    }

    /// Plans the next look for a start's run.
    fn look_on(&mut self, ticket: TicketId, now: Now) {
        let Some(start) = self.starts.get(ticket).filter(|start| start.is_open()) else { return };
        let (project, server_now) = (start.entry.project.clone(), self.server_now(now));
        let deadline = start.entry.deadline.unwrap_or(server_now);
        let looks = self.settings.settle_looks.iter().map(|wait| later(deadline, *wait));
        let next = looks.filter(|at| *at > server_now).min().unwrap_or(server_now);
        let wait = crate::domain::time::between(server_now, next).max(Duration::from_millis(500));
        self.look(&project, Tier::Person, now.boot + wait);
    }

    /// How the journal would have a start after a guess, if that is new.
    fn guess(&self, ticket: TicketId, stage: StartStage) -> Option<Entry> {
        let entry = &self.starts.get(ticket)?.entry;
        (entry.stage != stage).then(|| Entry { stage, ..entry.clone() })
    }

    /// Takes up what processes that are gone have left, and parts starts that claim the same run:
    /// of those, the one that has Hex's word keeps it.
    pub(super) fn take_up(&mut self, now: Now, effects: &mut Vec<Effect>) {
        if !self.takes_up || self.journal.is_guessing() || !self.can_guess() {
            return;
        }
        let left: Vec<_> = self
            .starts
            .open()
            .filter(|start| start.sought.is_none() && self.journal.is_gone(start.entry.by))
            .map(|start| start.entry.clone())
            .collect();
        let mut guesses = Vec::new();
        for entry in left {
            match entry.stage {
                StartStage::Waiting if entry.queue.is_none() => {
                    let why = "hextop ended before it was sent: no run was created".to_owned();
                    guesses.extend(self.guess(entry.id, StartStage::NeverSent(why)));
                }
                // What is left in a queue waits for somebody to resume it.
                StartStage::Waiting => {}
                _ => {
                    self.see_to_it(&entry.project, &entry.title, now.boot);
                    let lost = Failure::Broken("hextop ended before the answer came".to_owned());
                    let stage = StartStage::Unconfirmed(ApiError::from(lost));
                    self.move_start(entry.id, stage, effects);
                    self.starts.change(entry.id, |start| start.sought = Some(now.boot));
                    self.look(&entry.project, Tier::Person, now.boot);
                }
            }
        }
        guesses.extend(self.doubled());
        self.settle(guesses, effects);
        self.write_reasons(effects);
    }

    /// Starts that were thought to have begun a run that is another's.
    fn doubled(&self) -> Vec<Entry> {
        let certain: BTreeSet<&RunId> = self
            .starts
            .iter()
            .filter(|start| start.entry.stage.is_certain())
            .filter_map(|start| start.entry.stage.run())
            .collect();
        let is_doubled = |start: &&Start| match &start.entry.stage {
            StartStage::ProbablyOurs(run) => certain.contains(run),
            _ => false,
        };
        let lost = || Failure::Broken("the run that appeared was another start's".to_owned());
        self.starts
            .iter()
            .filter(is_doubled)
            .map(|start| {
                let stage = StartStage::Unconfirmed(ApiError::from(lost()));
                Entry { stage, ..start.entry.clone() }
            })
            .collect()
    }
}

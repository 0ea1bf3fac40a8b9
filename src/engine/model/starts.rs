//! Starting runs: at most one request for each confirmation.
//!
//! There is no idempotency key, so an answer that went missing is never answered by a second
//! request. A start leaves only after the journal has it, and after a look that tells which runs
//! there are; what became of one without an answer is found out in [`super::settling`].

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;

use crate::api::{ApiError, Call, Reply, Started};
use crate::domain::time::between;
use crate::domain::{Boot, Now, Project, ProjectId, Run, RunId, RunStatus, RunTrigger, StartRun};

use super::{Effect, Event, Model};
use crate::engine::budget::Priority;
use crate::engine::guard::Refusal;
use crate::engine::projects::named::untitled;
use crate::engine::request::CallId;
use crate::engine::start::journal::{BatchItem, Entry, StartId, StartStage};
use crate::engine::start::{Start, Withdrawal};
use crate::engine::sync::coordinator::LEASE;

/// How old the last look at a project may be when a start leaves. What was listed before the start
/// is not taken for its run, and the look tells the server's time.
const FRESH: Duration = Duration::from_mins(1);
/// Of the runs listed before a start, those are kept with it that started no longer ago; older
/// ones cannot be taken for its own.
const RECENT: Duration = Duration::from_hours(1);

impl Model {
    /// Takes in a confirmed start, which leaves as soon as it may.
    pub(super) fn start(
        &mut self,
        ticket: StartId,
        project: ProjectId,
        start: StartRun,
        reason: Option<String>,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        // How many runs are active is asked after the look before it leaves.
        let refused = self.start_refused_with(&project, 0, now);
        let entry = self.entry(ticket, project, &start, reason, None, now);
        self.starts.insert(Start::new(entry, start, now.boot));
        self.revision += 1;
        if let Some(refusal) = refused {
            self.move_start(ticket, never_sent(&refusal), effects);
            return self.record(&[ticket], effects);
        }
        if let Some(trouble) = self.coordinator.broken() {
            let why = unrecorded(trouble);
            return self.move_start(ticket, StartStage::NeverSent(why), effects);
        }
        self.line_up(ticket, Priority::Person, now.boot);
        self.record(&[ticket], effects);
    }

    /// Takes in confirmed starts that leave one after the other.
    pub(super) fn enqueue(
        &mut self,
        queue: StartId,
        project: &ProjectId,
        starts: Vec<StartRun>,
        (reason, after): (Option<&String>, Option<RunId>),
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let of = u16::try_from(starts.len()).unwrap_or(u16::MAX);
        let mut tickets = Vec::new();
        let after = after.map(|run| self.after_cancel(run));
        for (index, start) in (0..of).zip(starts) {
            let ticket = queue.point(index);
            let point = Some(BatchItem { queue, index, of });
            let entry = self.entry(ticket, project.clone(), &start, reason.cloned(), point, now);
            let entry = Entry { after: after.clone(), ..entry };
            self.starts.insert(Start::new(entry, start, now.boot));
            tickets.push(ticket);
        }
        self.revision += 1;
        if let Some(refusal) = self.read_only(project) {
            for ticket in &tickets {
                self.move_start(*ticket, never_sent(&refusal), effects);
            }
        }
        self.drive(queue);
        self.record(&tickets, effects);
        effects.push(Effect::Tell(Event::QueueMoved(queue)));
    }

    fn entry(
        &mut self,
        id: StartId,
        project: ProjectId,
        start: &StartRun,
        reason: Option<String>,
        queue: Option<BatchItem>,
        now: Now,
    ) -> Entry {
        let title = self.project(&project).map(|watched| watched.project.title.clone());
        let title = title.unwrap_or_default();
        self.see_to_it(&project, &title, now.boot);
        Entry {
            id,
            by: self.coordinator.session(),
            who: self.account.email(),
            project,
            title,
            body: start.kept_body(),
            secrets: start.secrets().clone(),
            at: now.wall,
            reason,
            queue,
            after: None,
            stage: StartStage::Waiting,
            attempts: 0,
            sent: None,
            deadline: None,
            known: BTreeSet::new(),
            trace: None,
        }
    }

    /// A project in which something is to be settled is known, whatever is watched.
    pub(super) fn see_to_it(&mut self, id: &ProjectId, title: &str, now: Boot) {
        if self.projects.contains_key(id) {
            return;
        }
        let title = title.into();
        self.projects.add(Project { title, ..untitled(id.clone()) }, now);
    }

    /// Wants the request of a start, and a look before it if the last one is old.
    pub(super) fn line_up(&mut self, ticket: StartId, priority: Priority, now: Boot) {
        let Some(start) = self.starts.get(ticket) else { return };
        let (project, run) = (start.entry.project.clone(), start.start.clone());
        let title = start.entry.title.clone();
        self.see_to_it(&project, &title, now);
        let read = self.projects.get(&project).and_then(|watched| watched.read);
        let is_fresh = read.is_some_and(|at| now < at + FRESH);
        let after = (!is_fresh).then(|| self.look(&project, priority, now));
        let call = self.requests.want(Call::Trigger { project, start: run }, priority, now);
        self.starts.change(ticket, |start| (start.call, start.after) = (Some(call), after));
        self.revision += 1;
    }

    pub(super) fn withdraw_start(&mut self, ticket: StartId, effects: &mut Vec<Effect>) {
        if self.withdraws(ticket, Withdrawal::Ever) {
            self.move_start(ticket, StartStage::Withdrawn, effects);
            self.record(&[ticket], effects);
        }
    }

    /// Takes a start's request back; tells whether it had not left. While its slot is being
    /// claimed that cannot be told yet.
    pub(super) fn withdraws(&mut self, ticket: StartId, unwanted: Withdrawal) -> bool {
        let session = self.coordinator.session();
        let is_mine =
            |start: &&Start| start.entry.by == session && start.entry.stage == StartStage::Waiting;
        let Some(start) = self.starts.get(ticket).filter(is_mine) else { return false };
        let unsent = start.call.is_none_or(|call| self.requests.withdraw(call));
        self.starts.change(ticket, |start| {
            start.unwanted = (!unsent).then_some(unwanted);
            if unsent {
                start.call = None;
            }
        });
        unsent
    }

    /// What was to leave stays, because its slot could not be taken. What nobody wants to leave
    /// any more does not line up again.
    pub(super) fn roll_back(&mut self, effects: &mut Vec<Effect>) {
        self.requests.roll_back();
        let session = self.coordinator.session();
        let mut taken_back = Vec::new();
        let claiming = self.starts.departing().chain(self.starts.with_call());
        let tickets: BTreeSet<_> = claiming.map(|start| start.entry.id).collect();
        for ticket in tickets {
            let Some(start) = self.starts.get(ticket) else { continue };
            let is_theirs = start.entry.by != session;
            let (call, unwanted) = (start.call, start.unwanted);
            if let Some(call) = call.filter(|_| is_theirs || unwanted.is_some()) {
                self.requests.withdraw(call);
                self.starts.change(ticket, |start| (start.call, start.unwanted) = (None, None));
            }
            self.starts.change(ticket, |start| start.departure = None);
            match unwanted.filter(|_| !is_theirs) {
                Some(Withdrawal::Ever) => taken_back.push(ticket),
                // The journal says so already.
                Some(Withdrawal::Unreadable { open }) => {
                    self.move_start(ticket, StartStage::Unreadable { open }, effects);
                }
                Some(Withdrawal::Now) | None => {}
            }
        }
        for ticket in &taken_back {
            self.move_start(*ticket, StartStage::Withdrawn, effects);
        }
        self.record(&taken_back, effects);
    }

    /// How the journal is to have the starts that are leaving, from before they leave.
    pub(super) fn departures(&mut self, now: Now) -> Vec<Entry> {
        let calls = self.requests.claiming().iter().filter(|w| is_trigger(&w.call)).map(|w| w.id);
        let tickets: Vec<_> = calls.filter_map(|call| self.starts.of_call(call)).collect();
        let entries = tickets.iter().filter_map(|ticket| {
            let entry = &self.starts.get(*ticket)?.entry;
            Some(self.departure(entry, now))
        });
        let entries: Vec<_> = entries.collect();
        for entry in &entries {
            self.starts.change(entry.id, |start| start.departure = Some(entry.clone()));
        }
        entries
    }

    fn departure(&self, entry: &Entry, now: Now) -> Entry {
        // It leaves when its slot is claimed, which takes at most as long as a lease.
        let longest = LEASE + self.settings.timeout;
        let latest = self.server.clock.latest(now.boot);
        Entry {
            stage: StartStage::Sent,
            attempts: entry.attempts + 1,
            sent: self.leaves_after(&entry.project, now.boot),
            deadline: latest.and_then(|latest| latest.checked_add(longest).ok()),
            known: self.listed(&entry.project, now.boot),
            ..entry.clone()
        }
    }

    /// A lower bound of the server's time when a request leaves now: without the server's clock, the
    /// newest time that it has told of the project's runs.
    fn leaves_after(&self, project: &ProjectId, now: Boot) -> Option<Timestamp> {
        let told = || {
            let runs = self.projects.get(project)?.runs.values();
            runs.filter_map(|seen| seen.run.start.max(seen.run.end)).max()
        };
        self.server.clock.earliest(now).or_else(told)
    }

    pub(super) fn start_departs(&mut self, call: CallId, now: Now) {
        let Some(ticket) = self.starts.of_call(call) else { return };
        // What was listed while its slot was claimed is not its own either.
        let listed =
            self.starts.get(ticket).map(|start| self.listed(&start.entry.project, now.boot));
        let given_up = now.boot + self.settings.timeout;
        self.starts.change(ticket, |start| {
            (start.unwanted, start.given_up) = (None, Some(given_up));
            if let Some(departure) = start.departure.take() {
                start.entry = departure;
                start.entry.known.extend(listed.into_iter().flatten());
            }
        });
        self.revision += 1;
    }

    /// Runs of a project that are listed already and could otherwise be taken for a start's own.
    fn listed(&self, project: &ProjectId, now: Boot) -> BTreeSet<RunId> {
        let earliest = self.server.clock.earliest(now);
        let is_recent = |start| earliest.is_none_or(|now| between(start, now) < RECENT);
        let recent = |run: &Run| run.is_active() || run.start.is_none_or(is_recent);
        let listed = self.projects.get(project).into_iter().flat_map(|w| w.runs.values());
        listed.filter(|seen| recent(&seen.run)).map(|seen| seen.run.id.clone()).collect()
    }

    pub(super) fn start_replied(
        &mut self,
        call: CallId,
        result: Result<Reply, ApiError>,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let Some(start) = self.starts.of_call(call).and_then(|ticket| self.starts.get(ticket))
        else {
            return;
        };
        let (ticket, project, point) =
            (start.entry.id, start.entry.project.clone(), start.entry.queue);
        let is_full = matches!(result, Err(ApiError::KernelsFull(_)));
        let (stage, trace) = match result {
            Ok(Reply::Started(started)) => {
                let (run, trace) = (started.run.clone(), started.trace.clone());
                self.show_started(&project, started, now, effects);
                self.look(&project, Priority::Person, now.boot + Duration::from_secs(1));
                (StartStage::Started(run), trace)
            }
            Err(error) => {
                let trace = error.trace().map(str::to_owned);
                let stage = match point {
                    Some(_) if self.waits_on(ticket, &error, now.boot) => StartStage::Waiting,
                    _ if error.had_no_effect() => StartStage::Refused(error),
                    _ => StartStage::Unconfirmed(error),
                };
                (stage, trace)
            }
            Ok(_) => return,
        };
        let is_lost = matches!(stage, StartStage::Unconfirmed(_));
        let latest = self.server.clock.latest(now.boot);
        self.starts.change(ticket, |start| {
            (start.call, start.entry.trace) = (None, trace);
            // After a sleep it may have arrived long after it was to be given up.
            if is_lost {
                start.entry.deadline = start.entry.deadline.max(latest);
                start.given_up = start.given_up.max(Some(now.boot));
            }
        });
        self.move_start(ticket, stage, effects);
        self.record(&[ticket], effects);
        if is_full {
            self.kernels_refused(now.boot);
        }
        if is_lost {
            self.seek(ticket, now.boot);
        }
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
        let Some(mut watched) = self.projects.get_mut(project) else {
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
        let told = watched.apply(run.clone(), now.boot, seen, now.boot);
        effects.extend(told.map(|change| Effect::Tell(Event::RunChanged(change))));
        watched.runs.mark_changed(&id, now.boot);
        drop(watched);
        self.keep_run(&run, now.boot, effects);
        self.runs_changed(project, now.boot);
    }

    pub(super) fn move_start(
        &mut self,
        ticket: StartId,
        stage: StartStage,
        effects: &mut Vec<Effect>,
    ) {
        let moved = self.starts.change(ticket, |start| {
            start.entry.stage = stage;
            start.entry.queue
        });
        if let Some(point) = moved {
            self.revision += 1;
            effects.push(Effect::Tell(Event::StartMoved(ticket)));
            let queue = point.map(|point| Effect::Tell(Event::QueueMoved(point.queue)));
            effects.extend(queue);
        }
    }

    /// Starts that are to leave next, or have, or whose run this process looks for.
    pub(super) fn is_starting(&self, project: &ProjectId) -> bool {
        self.starts.has_work(project)
    }

    /// Requests of starts that must not leave yet: the journal does not have them, or the look
    /// before them has no answer.
    pub(super) fn held_starts(&self) -> BTreeSet<CallId> {
        let can_record = !self.coordinator.has_store() || self.coordinator.is_shared();
        let is_held = |start: &&Start| {
            let may = can_record && start.recording.is_written(self.coordinator.has_store());
            let looks = || start.after.is_some_and(|look| self.requests.is_under_way(look));
            !may || looks() || self.is_held_by_rival(start)
        };
        self.starts.with_call().filter(is_held).filter_map(|start| start.call).collect()
    }

    /// What the journal has as sent has not left after all, and is written down so.
    pub(super) fn unleave(&mut self, effects: &mut Vec<Effect>) {
        let tickets: Vec<_> = self.starts.departing().map(|start| start.entry.id).collect();
        self.record(&tickets, effects);
    }

    /// Writes down what a person says of a start. While another process has it in hand that is
    /// not done: it would overwrite what that one finds out.
    pub(super) fn annotate(
        &mut self,
        ticket: StartId,
        reason: Option<String>,
        effects: &mut Vec<Effect>,
    ) {
        let session = self.coordinator.session();
        let Some(start) = self.starts.get(ticket) else { return };
        let is_theirs = start.entry.by != session;
        if is_theirs && start.is_open() {
            return;
        }
        if is_theirs || self.journal.guesses_at(ticket) {
            return self.annotate_safely(ticket, reason, effects);
        }
        let leaves = self.starts.change(ticket, |start| {
            if let Some(departure) = &mut start.departure {
                departure.reason.clone_from(&reason);
            }
            start.entry.reason = reason;
            start.departure.is_some()
        });
        self.revision += 1;
        // What the journal is about to have as sent must not become waiting again by this; the
        // answer to it writes the reason as well.
        if leaves == Some(false) {
            self.record(&[ticket], effects);
        }
        effects.push(Effect::Tell(Event::StartMoved(ticket)));
    }
}

/// What becomes of a start that a rule forbids.
pub(super) fn never_sent(refusal: &Refusal) -> StartStage {
    StartStage::NeverSent(format!("nothing was sent: {refusal}"))
}

/// Why a start is refused that the journal cannot take.
pub(super) fn unrecorded(trouble: &str) -> String {
    format!(
        "nothing was sent: the journal cannot be written ({trouble}), and without it a start could \
         be lost or doubled. Make room or mend the directory, then send again"
    )
}

fn is_trigger(call: &Call) -> bool {
    matches!(call, Call::Trigger { .. })
}

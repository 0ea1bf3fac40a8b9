//! How requests leave: chosen within the budget, entered in the log, then sent.
//!
//! Where processes share a log, those that are to leave are claimed together. If the log has gone
//! on meanwhile, nothing leaves, and the choice is made anew from what it tells. Without a store,
//! or when it has failed, they are entered in this process's own budget and leave at once.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::api::{Call, Connection, Kind, PathStyle, RateHint};
use crate::domain::{Boot, Now, ProjectId};
use crate::engine::Admission;
use crate::engine::budget::Priority;
use crate::engine::poll::Attention;
use crate::engine::request::{CallId, Flight, Waiting};
use crate::engine::sync::coordinator::LEASE;
use crate::engine::sync::log::{LogEvent, LogRecord, Presence};
use crate::engine::sync::protocol::{Answer, StoreEvent, StoreRequest};

use super::{Effect, Event, FLYING_POLLS, Model, PollScope, ProjectState, StartStage};
use crate::engine::account::token::TokenGate;

/// What is said once the store has not answered for a while.
const BUSY: &str = "the store is busy: another process may be writing to it, or its disk is slow. \
                    Cancels leave at once, starts wait for it, and the budget is kept lower until \
                    it answers";

/// What a person waits for leaves on a connection of its own: one that is kept open may have gone
/// silent without anybody knowing.
fn connection(priority: Priority) -> Connection {
    if priority >= Priority::Person { Connection::Fresh } else { Connection::Kept }
}

/// What keeps a waiting request where it is, whatever the budget says.
struct Holds {
    /// What the token lets leave.
    gate: TokenGate,
    /// The path generation, once it is known.
    style: Option<PathStyle>,
    /// Projects with a waiting start whose runs were never read, though they may be: the path
    /// generation is found out by reading, never by a start.
    unseen: Vec<ProjectId>,
    /// Polls that are left to another process, and starts that may not leave yet.
    held: BTreeSet<CallId>,
}

impl Holds {
    fn hold(&self, waiting: &Waiting) -> bool {
        match &waiting.call {
            Call::Trigger { project, .. } if self.style.is_none() => {
                self.gate.holds(&waiting.call)
                    || self.unseen.contains(project)
                    || self.held.contains(&waiting.id)
            }
            _ => self.gate.holds(&waiting.call) || self.held.contains(&waiting.id),
        }
    }
}

impl Model {
    /// When [`super::Msg::Woke`] is wanted at the latest, if nothing happens before.
    pub fn deadline(&self, now: Now) -> Option<Boot> {
        let coordinator = self.coordinator.deadline(self.is_urgent(now.boot));
        if self.coordinator.is_joining() || self.coordinator.is_asking() {
            return coordinator;
        }
        let budget = self.coordinator.budget();
        let holds = self.holds(now.boot);
        let queue = self.requests.next_departure(budget, |waiting| holds.hold(waiting), now.boot);
        let poll = self.next_look_at(now.boot).and_then(|ready| {
            if ready > now.boot {
                return Some(ready);
            }
            let at = self.server.next_try().map_or(now.boot, |next| next.max(now.boot));
            (self.flying_polls() < FLYING_POLLS)
                .then(|| budget.admit(Kind::Read, Priority::Poll, at).at(at))
        });
        let queues = self.queue_deadline(now);
        let gate = self.token_gate(now.boot);
        // Whoever may not poll wants no lease.
        let coordinator = coordinator.filter(|_| gate == TokenGate::Open);
        let sends = match gate {
            TokenGate::Shut => None,
            TokenGate::ShutUntil(until) => Some(until),
            TokenGate::Trial => queue,
            TokenGate::Open => queue.into_iter().chain(poll).min(),
        };
        let cancels = self.cancels_deadline(now.boot);
        let alerts = self.alerts.deadline();
        let rules = self.rules_deadline(now);
        sends
            .into_iter()
            .chain(coordinator)
            .chain(queues)
            .chain(cancels)
            .chain(alerts)
            .chain(rules)
            .min()
    }

    /// Does what is due now: sends requests and writes into the journal.
    pub(super) fn pump(&mut self, now: Now, effects: &mut Vec<Effect>) {
        self.mind_store(now, effects);
        self.carry_out_rules(now, effects);
        self.feed_cancels(now.boot);
        if !self.coordinator.is_joining() && !self.coordinator.is_asking() {
            self.send(now, effects);
        }
        self.record_cancels(now, effects);
    }

    /// Sends all that may leave now, or claims the slots for it.
    fn send(&mut self, now: Now, effects: &mut Vec<Effect>) {
        self.starts_changed(now.boot);
        self.take_over(now.boot, effects);
        self.feed(now, effects);
        self.hold_back_starts(now, effects);
        self.try_token();
        self.sync_planner(now);
        self.feed_refresh(now.boot);
        let records = self.choose(now);
        let entries = self.departures(now);
        if !self.coordinator.is_shared() {
            self.write(records, effects);
            self.leave(now, effects);
        } else if !records.is_empty() {
            self.coordinator.asked(now.boot);
            let after = self.coordinator.head();
            effects.push(Effect::Store(StoreRequest::Claim { after, records, entries }));
        }
        // Only now is it known who has to wait.
        if self.coordinator.may_tell(self.waits(now.boot), now.boot)
            && let Some(record) = self.coordinator.tell(self.cares(now.boot), now.boot)
        {
            effects.push(Effect::Store(StoreRequest::Append(vec![record])));
        }
    }

    /// Enters records that need no claim.
    pub(super) fn write(&mut self, records: Vec<LogRecord>, effects: &mut Vec<Effect>) {
        let records = self.coordinator.enter(records);
        if !records.is_empty() {
            effects.push(Effect::Store(StoreRequest::Append(records)));
        }
    }

    /// Sets everything that may leave now beside those whose slots are being claimed; gives the records.
    fn choose(&mut self, now: Now) -> Vec<LogRecord> {
        let mut records = Vec::new();
        let gate = self.token_gate(now.boot);
        if gate == TokenGate::Open && self.coordinator.wants_lease(now.boot) {
            records.push(self.coordinator.record(LogEvent::Lease { lasts: LEASE }, now.boot));
        }
        records.extend(self.new_countdowns(now));
        let holds = self.holds(now.boot);
        // What has been chosen already takes its slot in thought.
        loop {
            let budget = self.coordinator.budget();
            let held = |waiting: &Waiting| holds.hold(waiting);
            let Some(waiting) = self.requests.choose(budget, held, now.boot) else { break };
            let (id, kind, priority) = (waiting.id, waiting.call.kind(), waiting.priority);
            records.push(self.coordinator.claim(id, kind, priority, now.boot));
            if gate == TokenGate::Trial {
                break;
            }
        }
        while self.may_poll(now.boot) {
            let Some(project) = self.next_look(now) else { break };
            self.planner.present_mut().claim(&project, now.boot);
            let call = self.look_at(&project);
            // A look that somebody waits for already is that poll.
            let is_same = |w: &Waiting| w.not_before <= now.boot && w.call == call;
            let asked = self.requests.choose_as_poll(is_same);
            let id = asked.unwrap_or_else(|| self.requests.choose_poll(call));
            records.push(self.coordinator.claim(id, Kind::Read, Priority::Poll, now.boot));
        }
        self.coordinator.release_claims();
        records
    }

    /// Sends all whose slots were claimed.
    fn leave(&mut self, now: Now, effects: &mut Vec<Effect>) {
        self.planner.present_mut().commit();
        for (id, flight) in self.requests.leave(self.server.style.unwrap_or_default(), now.boot) {
            let Flight { call, style, priority, .. } = flight;
            self.departing(id, &call, now);
            effects.push(Effect::Send(id, call, style, connection(priority)));
        }
    }

    fn holds(&self, now: Boot) -> Holds {
        let unseen = self
            .starts
            .with_call()
            .filter(|start| start.entry.stage == StartStage::Waiting)
            .map(|start| &start.entry.project)
            .filter(|id| self.projects.get(id).is_none_or(ProjectState::is_unread))
            .cloned()
            .collect();
        let is_led = self.listing.is_led(now);
        let left = |w: &&Waiting| {
            let of_list = matches!(w.call, Call::ListProjects { .. });
            (w.priority == Priority::Poll || is_led && of_list && w.priority == Priority::Sweep)
                && match w.call.project() {
                    Some(project) => self.coordinator.leaves(project, now),
                    None => self.coordinator.leaves_list(now),
                }
        };
        let left = self.requests.waiting().iter().filter(left).map(|w| w.id);
        let held = left.chain(self.held_starts()).collect();
        Holds { gate: self.token_gate(now), style: self.server.style, unseen, held }
    }

    fn may_poll(&self, now: Boot) -> bool {
        let budget = self.coordinator.budget();
        self.server.next_try().is_none_or(|next| next <= now)
            && self.token_gate(now) == TokenGate::Open
            && self.flying_polls() < FLYING_POLLS
            && budget.admit(Kind::Read, Priority::Poll, now) == Admission::Granted
    }

    fn flying_polls(&self) -> usize {
        let leaving =
            self.requests.claiming().iter().filter(|w| w.priority == Priority::Poll).count();
        leaving + self.requests.flights().filter(|flight| flight.priority == Priority::Poll).count()
    }

    /// Whether a cancel waits for the store.
    fn is_urgent(&self, now: Boot) -> bool {
        let admitted = |w: &Waiting| {
            w.not_before <= now
                && self.coordinator.budget().admit(w.call.kind(), w.priority, now)
                    == Admission::Granted
        };
        let is_cancel = |w: &&Waiting| w.priority == Priority::Cancel;
        self.requests.claiming().iter().any(|w| is_cancel(&w))
            || self.requests.waiting().iter().filter(is_cancel).any(admitted)
    }

    /// Notes what leaving means for the thing it is about.
    fn departing(&mut self, id: CallId, call: &Call, now: Now) {
        let cancelled = match call {
            Call::Cancel { run, .. } => Some(run),
            _ => None,
        };
        self.cancels.departed(id, cancelled, now.boot);
        match call {
            Call::ListRuns { project, offset, status: None, .. } => {
                let watched = self.projects.get_mut(project);
                if let Some(mut watched) = watched.filter(|w| w.paging.head() == *offset) {
                    watched.looked = Some(now.boot);
                }
            }
            Call::ListProjects { after: None, .. } => self.listing.begin(),
            Call::Trigger { .. } => self.start_departs(id, now),
            _ => {}
        }
    }

    /// Asks the store for all it has, before anything else is done.
    pub(super) fn join(&mut self, now: Boot, effects: &mut Vec<Effect>) {
        self.coordinator.asked(now);
        effects.push(Effect::Store(StoreRequest::Join));
    }

    /// What to tell other processes when this one ends: that nobody waits here any more, and that
    /// another may poll and end runs by rules.
    pub fn parting(&self, now: Boot) -> Option<StoreRequest> {
        let cares = self.coordinator.record(LogEvent::Presence(Presence::default()), now);
        let lease = self.coordinator.record(LogEvent::Lease { lasts: Duration::ZERO }, now);
        let polls = self.coordinator.polls(now);
        let own = self.coordinator.session();
        let given_up = self.countdowns(now).filter(|it| it.by == own).map(|it| {
            let over = LogEvent::CountdownOver(it.countdown.run.clone());
            self.coordinator.record(over, now)
        });
        let lease = [lease].into_iter().filter(|_| polls);
        let records = [cares].into_iter().chain(lease).chain(given_up).collect();
        self.coordinator.is_shared().then_some(StoreRequest::Append(records))
    }

    /// Gives a silent store up, and tries a broken one again.
    fn mind_store(&mut self, now: Now, effects: &mut Vec<Effect>) {
        if !self.coordinator.has_store() {
            return;
        }
        if self.coordinator.is_silent(self.is_urgent(now.boot), now.boot) {
            self.store_silent(now.boot, effects);
        }
        self.coordinator.trust(now.boot);
        if self.coordinator.retries(now.boot) {
            self.coordinator.retrying(now.boot);
            effects.push(Effect::Store(StoreRequest::Join));
        }
    }

    /// Whether somebody at this process waits, or is about to decide.
    fn waits(&self, now: Boot) -> bool {
        self.token_gate(now) == TokenGate::Open
            && (self.is_asked_for(now) || self.focus.is_deciding(now))
    }

    fn cares(&self, now: Boot) -> Presence {
        let cared = |id: &ProjectId| (id.clone(), self.attention(id));
        let dialog = self.focus.in_dialog(now).map(|id| (id.clone(), Attention::Unsettled));
        let unsettled = self.unsettled_projects();
        let known = self.pinned().iter().chain(self.focus.selected()).chain(unsettled);
        let projects = known.filter(|id| self.projects.contains_key(id)).map(cared);
        Presence {
            waits: self.waits(now),
            projects: projects.chain(dialog).collect(),
            watched: self.polled_here(),
        }
    }

    /// The projects that are polled here; none if that is every project of the workspace.
    fn polled_here(&self) -> Option<BTreeSet<ProjectId>> {
        let of = |ids: &mut dyn Iterator<Item = &ProjectId>| {
            ids.filter(|id| self.projects.contains_key(id)).cloned().collect()
        };
        match self.scope() {
            PollScope::All if self.settings.watches_all() => None,
            PollScope::All => Some(self.projects.keys().cloned().collect()),
            PollScope::Pinned => Some(of(&mut self.pinned().iter())),
            PollScope::Selected => Some(of(&mut self.focus.selected().into_iter())),
        }
    }

    /// Takes in what the store tells, or that it failed.
    pub(super) fn store_told(
        &mut self,
        told: Result<StoreEvent, String>,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let StoreEvent {
            records,
            facts,
            more,
            entries,
            cancels,
            journal,
            gone,
            anew,
            notes,
            answer,
        } = match told {
            Ok(told) => told,
            Err(reason) => return self.store_failed(reason, now.boot, effects),
        };
        effects.extend(notes.into_iter().map(|note| Effect::Tell(Event::StoreNote(note))));
        let begins = self.coordinator.is_joining();
        let was_apart = self.coordinator.is_apart();
        if anew || answer == Answer::Joined {
            self.coordinator.reread();
        }
        self.coordinator.read(records);
        let is_past = matches!(answer, Answer::Joined | Answer::More { before: true });
        self.take_facts(facts, is_past, now, effects);
        if answer == (Answer::More { before: true }) {
            self.note_reach(&entries);
        }
        self.take_entries(entries, journal, gone, now, effects);
        self.take_cancels(cancels);
        let is_piece = matches!(answer, Answer::More { .. });
        match answer {
            Answer::News | Answer::More { .. } => {}
            Answer::Changes(page) => self.take_changes(page),
            Answer::Joined => {
                let missed = self.coordinator.joined(now.boot);
                self.write(missed, effects);
                self.write_owed(effects);
                self.past.resume(self.server_now(now));
                if was_apart {
                    self.keep_forms(now.boot, effects);
                }
                // It may have failed when it was told.
                self.account.me().iter().for_each(|me| self.name_owner(me, effects));
            }
            Answer::Claimed(after) => self.claimed(after, now, effects),
            // An answer to a claim that was given up is no answer to the one after it.
            Answer::Behind { after, refused } => {
                if self.coordinator.answered(after).is_some() {
                    self.planner.present_mut().roll_back();
                    self.roll_back(effects);
                    self.write_anew(refused, effects);
                }
            }
            Answer::Recorded(tickets) => self.recorded(tickets),
            Answer::CancelsRecorded(ids) => self.cancels.written(&ids),
            Answer::Settled => self.settled(effects),
            Answer::Overtaken => self.overtaken(now.boot),
        }
        if self.cache.asks_for_more(more, is_piece) {
            effects.push(Effect::Store(StoreRequest::More));
        }
        self.read_on(effects);
        if is_past && self.has_read_store() {
            self.keep_choices(effects);
        }
        self.take_up(now, effects);
        self.take_up_cancels(now);
        if begins && !self.coordinator.is_joining() {
            self.begin(now.boot);
        }
    }

    /// The slots of those that are leaving are theirs. If the machine has slept meanwhile, the
    /// slots may have ended by now: they are given back, and new ones claimed.
    fn claimed(&mut self, after: i64, now: Now, effects: &mut Vec<Effect>) {
        match self.coordinator.answered(after) {
            Some(at) if now.boot < at + LEASE => self.leave(now, effects),
            Some(_) => {
                let done = |w: &Waiting| {
                    let (call, hint, refused) = (w.id, RateHint::default(), false);
                    self.coordinator.record(LogEvent::Done { call, hint, refused }, now.boot)
                };
                let records = self.requests.claiming().iter().map(done).collect();
                self.write(records, effects);
                self.unleave(effects);
                self.planner.present_mut().roll_back();
                self.roll_back(effects);
            }
            None => {}
        }
    }

    fn store_failed(&mut self, reason: String, now: Boot, effects: &mut Vec<Effect>) {
        let begins = self.coordinator.is_joining();
        self.journal_failed(Some(&reason), effects);
        self.cancels.store_failed();
        self.coordinator.fail(reason, now);
        self.planner.present_mut().roll_back();
        self.roll_back(effects);
        // What was on its way to the store may be lost.
        self.cache.lose();
        self.past.failed();
        if begins {
            self.begin(now);
        }
    }

    /// The store does not answer in time. Whatever it was asked is done once it can, so nothing is
    /// lost, and starts wait for the journal; all else goes on without it.
    fn store_silent(&mut self, now: Boot, effects: &mut Vec<Effect>) {
        let begins = self.coordinator.is_joining();
        let is_urgent = self.is_urgent(now);
        self.journal_failed(None, effects);
        self.coordinator.give_up_waiting(now);
        self.roll_back(effects);
        if begins {
            self.begin(now);
        } else {
            effects.push(Effect::Store(StoreRequest::Join));
        }
        if !is_urgent {
            effects.push(Effect::Tell(Event::StoreNote(BUSY.to_owned())));
        }
    }
}

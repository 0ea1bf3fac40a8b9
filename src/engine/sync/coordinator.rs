//! The budget as all hextop processes of one user share it.
//!
//! What may leave, who polls and whom others wait for is worked out from the records of one log,
//! in their order; so every process that has read it comes to the same result. A request leaves
//! only after its record stands in the log, and a record that takes a slot is written only by a
//! process that knows all records before it. Without a store, a process goes by its own records.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::countdowns::Countdowns;
use super::log::{LogEvent, LogRecord, Presence};
use super::presences::{self, Presences};
use super::session::Session;
use crate::api::Kind;
use crate::domain::{Boot, ProjectId};
use crate::engine::budget::{Budget, MINUTE, Priority};
use crate::engine::poll::Attention;
use crate::engine::request::CallId;

/// How long whoever polls may go on without saying so again. If it dies, another takes over then.
pub const LEASE: Duration = Duration::from_secs(10);
/// How long a store may take to answer before it counts as failed.
const STORE_PATIENCE: Duration = Duration::from_secs(2);
/// The same while a cancel waits for it.
const CANCEL_PATIENCE: Duration = Duration::from_millis(250);
/// A process that looks so much later than it wanted to has itself been asleep or stopped: the
/// silence was its own.
const ASLEEP: Duration = Duration::from_secs(1);
/// How often a store that failed is tried again.
const RETRY: Duration = Duration::from_secs(15);
/// Records kept for a store that does not work: about two for each request of an hour.
const UNWRITTEN: usize = 7200;
/// Changes of what a session cares for are told no more often, unless somebody waits.
const CARES_PAUSE: Duration = Duration::from_secs(1);

/// How this process stands with the store.
#[derive(Clone, Debug, PartialEq)]
enum Standing {
    /// There is no store.
    Alone,
    /// It has been asked for what it has.
    Joining,
    /// It is in use.
    Shared,
    /// It does not answer: others may write, or its disk is slow. What it was asked is still to be
    /// done, so it is not asked again but to join, once.
    Busy,
    /// It failed.
    Broken { reason: String, retry: Boot },
}

/// That the store was asked to join, or for a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Question {
    /// The last record that was known then.
    after: i64,
    at: Boot,
    /// Since when its silence counts.
    silent: Boot,
}

/// What is left to another process that polls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeftTo {
    /// Nothing: no other process polls.
    Nobody,
    /// What this one watches.
    Some(Session),
    /// Everything.
    All,
}

/// The budget and what else the log tells.
#[derive(Clone, Debug)]
pub struct Coordinator {
    session: Session,
    /// Requests a minute that are never exceeded.
    most: u32,
    patience: Duration,
    budget: Budget,
    standing: Standing,
    /// The number of the last record taken in.
    head: i64,
    /// What the store was asked that it has not answered.
    asked: Option<Question>,
    lease: Option<(Session, Boot)>,
    presences: Presences,
    countdowns: Countdowns,
    /// What the store was asked to write without a claim, and has not told of yet.
    unread: Vec<LogRecord>,
    /// What this process could not write, because the store had failed.
    unwritten: Vec<LogRecord>,
    /// Until when others may have sent what stands in no log, for the same reason.
    unlogged: Boot,
    /// What this process last told of itself, and when.
    told: (Presence, Boot),
}

impl Coordinator {
    /// One without a store.
    pub fn alone(most: u32, patience: Duration) -> Self {
        Self {
            session: Session(0),
            most,
            patience,
            budget: Budget::new(most),
            standing: Standing::Alone,
            head: 0,
            asked: None,
            lease: None,
            presences: Presences::default(),
            countdowns: Countdowns::default(),
            unread: Vec::new(),
            unwritten: Vec::new(),
            unlogged: Boot::ZERO,
            told: (Presence::default(), Boot::ZERO),
        }
    }

    /// One that will know the budget when the store has answered [`super::protocol::StoreRequest::Join`].
    pub fn joining(session: Session, most: u32, patience: Duration) -> Self {
        let standing = Standing::Joining;
        Self { session, standing, ..Self::alone(most, patience) }
    }

    /// The number of this process.
    pub fn session(&self) -> Session {
        self.session
    }

    /// The budget as far as known.
    pub fn budget(&self) -> &Budget {
        &self.budget
    }

    /// The number of the last record taken in.
    pub fn head(&self) -> i64 {
        self.head
    }

    /// Whether nothing may be decided yet, because the store is still being asked.
    pub fn is_joining(&self) -> bool {
        self.standing == Standing::Joining
    }

    /// Whether slots are claimed from a store.
    pub fn is_shared(&self) -> bool {
        self.standing == Standing::Shared
    }

    /// Whether there is a store, even if it does not work now.
    pub fn has_store(&self) -> bool {
        self.standing != Standing::Alone
    }

    /// Whether this process goes on without the store that it has: it failed, or does not answer.
    pub fn is_apart(&self) -> bool {
        matches!(self.standing, Standing::Busy | Standing::Broken { .. })
    }

    /// Whether the store does not answer, though nothing is known to be wrong with it.
    pub fn is_busy(&self) -> bool {
        self.standing == Standing::Busy
    }

    /// Why the store failed, if it did.
    pub fn broken(&self) -> Option<&str> {
        match &self.standing {
            Standing::Broken { reason, .. } => Some(reason),
            _ => None,
        }
    }

    /// Whether another process polls.
    pub fn follows(&self, now: Boot) -> bool {
        self.poller(now).is_some_and(|by| by != self.session)
    }

    /// What is left to another process that polls.
    pub fn left_to(&self, now: Boot) -> LeftTo {
        match self.poller(now).filter(|by| *by != self.session) {
            None => LeftTo::Nobody,
            Some(by) if self.watched_by(by).is_some() => LeftTo::Some(by),
            Some(_) => LeftTo::All,
        }
    }

    /// The projects that a process watches; none if it watches all.
    pub fn watched_by(&self, by: Session) -> Option<&BTreeSet<ProjectId>> {
        self.presences.of(by)?.watched.as_ref()
    }

    /// Whether another process polls, and watches this project.
    pub fn leaves(&self, project: &ProjectId, now: Boot) -> bool {
        match self.left_to(now) {
            LeftTo::Nobody => false,
            LeftTo::Some(by) => self.watched_by(by).is_some_and(|it| it.contains(project)),
            LeftTo::All => true,
        }
    }

    /// Whether another process polls, and watches every project, so that it reads their list.
    pub fn leaves_list(&self, now: Boot) -> bool {
        self.left_to(now) == LeftTo::All
    }

    /// Whether that process polls, and reads the list of all projects.
    pub fn leaves_list_to(&self, by: Session, now: Boot) -> bool {
        self.poller(now) == Some(by) && self.leaves_list(now)
    }

    /// Whether this process holds the lease.
    pub fn polls(&self, now: Boot) -> bool {
        self.poller(now) == Some(self.session)
    }

    fn poller(&self, now: Boot) -> Option<Session> {
        self.lease.filter(|(_, until)| self.is_shared() && now < *until).map(|(by, _)| by)
    }

    /// Whether this process should claim the lease, or claim it anew.
    pub fn wants_lease(&self, now: Boot) -> bool {
        self.is_shared()
            && match self.lease {
                Some((by, until)) if by == self.session => until <= now + LEASE / 2,
                Some((_, until)) => until <= now,
                None => true,
            }
    }

    /// What persons at each process care for.
    pub fn presences(&self) -> &Presences {
        &self.presences
    }

    /// Runs that rules are about to end.
    pub fn countdowns(&self) -> &Countdowns {
        &self.countdowns
    }

    /// The same, to be changed by what no record tells.
    pub fn countdowns_mut(&mut self) -> &mut Countdowns {
        &mut self.countdowns
    }

    /// Whether a person waits at another process.
    pub fn others_wait(&self, now: Boot) -> bool {
        self.presences.others_wait(self.session, now)
    }

    /// The projects that persons at other processes care for, and how much.
    pub fn attentions(&self, now: Boot) -> BTreeMap<ProjectId, Attention> {
        self.presences.attentions(self.session, now)
    }

    /// Processes that have been heard of within the last minute, this one among them.
    pub fn processes(&self, now: Boot) -> usize {
        let lease = self.lease.filter(|l| now < l.1).map(|l| l.0);
        self.presences
            .sessions(now)
            .chain(lease)
            .chain([self.session])
            .collect::<BTreeSet<_>>()
            .len()
    }

    /// When this process has something to do that no message will bring; `urgent` if a cancel
    /// waits for the store.
    pub fn deadline(&self, urgent: bool) -> Option<Boot> {
        match &self.standing {
            Standing::Broken { retry, .. } => Some(*retry),
            Standing::Joining | Standing::Shared if self.asked.is_some() => {
                self.asked.map(|asked| asked.silent + silence(urgent))
            }
            Standing::Alone | Standing::Joining | Standing::Busy => None,
            Standing::Shared => {
                let lease = match self.lease {
                    Some((by, until)) if by == self.session => until - LEASE / 2,
                    Some((_, until)) => until,
                    None => Boot::ZERO,
                };
                Some(lease.min(self.told.1 + presences::LASTS / 2))
            }
        }
    }

    /// The record of a request that leaves if its slot can be had. Until [`Self::release_claims`] the
    /// budget is as if it had left.
    pub fn claim(&mut self, call: CallId, kind: Kind, priority: Priority, now: Boot) -> LogRecord {
        self.budget.claim(call, kind, priority, now);
        self.record(LogEvent::Sent { call, kind, priority, patience: self.patience }, now)
    }

    /// Gives back all slots that were only supposed to be taken.
    pub fn release_claims(&mut self) {
        self.budget.release_claims();
    }

    /// Something that this process writes.
    pub fn record(&self, what: LogEvent, now: Boot) -> LogRecord {
        LogRecord { by: self.session, at: now, what }
    }

    /// Whether the others may be told something of this process, where it is so that a person `waits`.
    pub fn may_tell(&self, waits: bool, now: Boot) -> bool {
        let (last, at) = &self.told;
        self.is_shared() && (waits != last.waits || now >= *at + CARES_PAUSE)
    }

    /// What to tell the others of this process, if it is time to.
    pub fn tell(&mut self, cares: Presence, now: Boot) -> Option<LogRecord> {
        let (last, at) = &self.told;
        let pause = if cares.waits == last.waits { CARES_PAUSE } else { Duration::ZERO };
        let pause = if cares == *last { presences::LASTS / 2 } else { pause };
        (self.is_shared() && now >= *at + pause).then(|| {
            self.told = (cares.clone(), now);
            self.record(LogEvent::Presence(cares), now)
        })
    }

    /// Notes that the store was asked for something that others wait for.
    pub fn asked(&mut self, now: Boot) {
        self.asked = Some(Question { after: self.head, at: now, silent: now });
    }

    /// Whether a claim is unanswered.
    pub fn is_asking(&self) -> bool {
        self.asked.is_some()
    }

    /// Whether the store has been silent for too long; `urgent` if a cancel waits for it. After a
    /// sleep of this process it is given the time anew: a store that is taken for a broken one here
    /// is used by all others, which then count on more than is left.
    pub fn is_silent(&mut self, urgent: bool, now: Boot) -> bool {
        let Some(asked) = &mut self.asked else { return false };
        let over = asked.silent + silence(urgent);
        if now >= over + ASLEEP {
            asked.silent = now;
            return false;
        }
        now >= over
    }

    /// Enters records that need no claim; gives those that can be written now.
    pub fn enter(&mut self, records: Vec<LogRecord>) -> Vec<LogRecord> {
        if self.is_shared() {
            self.unread.extend(records.iter().cloned());
            return records;
        }
        if self.has_store() {
            self.unwritten.extend(records.iter().cloned());
            let old = self.unwritten.len().saturating_sub(UNWRITTEN);
            self.unwritten.drain(..old);
        }
        for record in records {
            self.apply(record);
        }
        Vec::new()
    }

    /// The store has told all it has; from now on its log counts. Gives what it has missed.
    pub fn joined(&mut self, now: Boot) -> Vec<LogRecord> {
        if self.is_apart() {
            self.unlogged = now + MINUTE;
        }
        if !self.is_shared() {
            self.asked = None;
            self.standing = Standing::Shared;
        }
        std::mem::take(&mut self.unwritten)
    }

    /// Notes whether anybody polls, so that others leave polls their share.
    pub fn keep_for_polls(&mut self, is_polled: bool) {
        self.budget.keep_for_polls(is_polled);
    }

    /// Uses the whole limit again, once the log has told all that counts for long enough.
    pub fn trust(&mut self, now: Boot) {
        if self.is_shared() && self.unlogged <= now {
            self.budget.share_with_strangers(1);
        }
    }

    /// The store has answered a claim after this record; tells when it was made, if it is the one
    /// that waits.
    pub fn answered(&mut self, after: i64) -> Option<Boot> {
        let waits = self.is_shared() && self.asked.is_some_and(|asked| asked.after == after);
        if waits { self.asked.take().map(|asked| asked.at) } else { None }
    }

    /// The store has failed: this process goes on by its own records, with its part of the limit.
    pub fn fail(&mut self, reason: String, now: Boot) {
        match self.standing {
            // Whatever else fails now, fails for the same reason; and nobody is heard of any more.
            Standing::Alone | Standing::Broken { .. } => {}
            _ => self.go_on_apart(Standing::Broken { reason, retry: now + RETRY }, now),
        }
    }

    /// The store does not answer: the same, until it does.
    pub fn give_up_waiting(&mut self, now: Boot) {
        if !self.is_apart() && self.has_store() {
            self.go_on_apart(Standing::Busy, now);
        }
    }

    fn go_on_apart(&mut self, standing: Standing, now: Boot) {
        if !self.is_apart() {
            let strangers = u32::try_from(self.processes(now)).unwrap_or(u32::MAX).max(2);
            self.budget.share_with_strangers(strangers);
        }
        self.asked = None;
        self.standing = standing;
        // What was on its way to the log may be lost, but it has happened.
        let lost = std::mem::take(&mut self.unread);
        self.enter(lost);
    }

    /// Whether it is time to try a store that failed once more.
    pub fn retries(&self, now: Boot) -> bool {
        matches!(self.standing, Standing::Broken { retry, .. } if retry <= now)
    }

    /// Notes that a store that failed is being tried.
    pub fn retrying(&mut self, now: Boot) {
        if let Standing::Broken { retry, .. } = &mut self.standing {
            *retry = now + RETRY;
        }
    }

    /// Takes in records of the log, in their order.
    pub fn read(&mut self, records: Vec<(i64, LogRecord)>) {
        for (number, record) in records {
            if number > self.head {
                self.head = number;
                self.unread.retain(|asked| *asked != record);
                self.apply(record);
            }
        }
    }

    /// Another log begins, or the same from its beginning: all that it tells is worked out anew.
    pub fn reread(&mut self) {
        let mut budget = Budget::new(self.most);
        budget.share_with_strangers(self.budget.strangers());
        (self.head, self.lease, self.budget) = (0, None, budget);
        self.told = (Presence::default(), Boot::ZERO);
        self.countdowns.clear();
    }

    /// Takes in one record.
    pub fn apply(&mut self, LogRecord { by, at, what }: LogRecord) {
        match what {
            LogEvent::Sent { call, kind, priority, patience } => {
                self.budget.take_for(call, kind, priority, patience, at);
            }
            LogEvent::Done { call, hint, refused } => self.budget.settle(call, &hint, refused, at),
            LogEvent::Lease { lasts } => {
                if self.lease.is_none_or(|(holder, _)| holder != by) {
                    self.budget.start_anew(at);
                }
                self.lease = (!lasts.is_zero()).then_some((by, at + lasts));
            }
            LogEvent::Countdown(countdown) => self.countdowns.apply(by, at, countdown),
            LogEvent::CountdownOver(run) => self.countdowns.give_up(by, &run),
            LogEvent::Presence(cares) => {
                self.presences.apply(by, cares, at);
            }
        }
    }
}

/// How long a store may be silent; `urgent` if a cancel waits for it.
fn silence(urgent: bool) -> Duration {
    if urgent { CANCEL_PATIENCE } else { STORE_PATIENCE }
}

//! Requests that wait for their slot or for their answer.
//!
//! What a person wants goes before what the poller wants, and cancels go before all. The same
//! call never waits twice, and never waits while it is in flight.

use std::collections::{BTreeMap, BTreeSet};

use crate::api::{Call, Kind, PathStyle};
use crate::domain::{Boot, ProjectId};

use super::CallId;
use crate::engine::budget::{Admission, Budget, MINUTE, Priority};

/// A request that waits for its slot.
#[derive(Clone, Debug, PartialEq)]
pub struct Waiting {
    /// Its name.
    pub id: CallId,
    /// What it asks.
    pub call: Call,
    /// For whom.
    pub priority: Priority,
    /// Not to be sent before this.
    pub not_before: Boot,
    /// Paths to use instead of those in force: for finding out which the server knows.
    pub style: Option<PathStyle>,
    /// Whether the planner chose it for this slot: without the slot it is forgotten.
    planned: bool,
}

/// A request on its way.
#[derive(Clone, Debug, PartialEq)]
pub struct Flight {
    /// What it asks.
    pub call: Call,
    /// For whom.
    pub priority: Priority,
    /// With which paths.
    pub style: PathStyle,
    /// Since when.
    pub sent: Boot,
}

/// All requests that wait for their slot or their answer.
#[derive(Clone, Debug, Default)]
pub struct RequestQueue {
    waiting: Vec<Waiting>,
    /// Those whose slots are being claimed; they leave together or not at all.
    claiming: Vec<Waiting>,
    flights: BTreeMap<CallId, Flight>,
    /// How many lists of a project's runs are wanted or on their way; none where there is no entry.
    looks: BTreeMap<ProjectId, usize>,
    /// The number of the last request.
    last: u64,
}

impl RequestQueue {
    /// An empty one whose requests are numbered from `first` on.
    pub fn numbered_from(first: u64) -> Self {
        Self { last: first, ..Self::default() }
    }

    /// Wants a call, not before some time. If the same one waits already, it is moved up to the
    /// more urgent of the two; if it is in flight, nothing happens. A trigger is never the same
    /// as another: each stands for a confirmation of its own.
    pub fn want(&mut self, call: Call, priority: Priority, not_before: Boot) -> CallId {
        let repeatable = call.kind() != Kind::Trigger;
        if let Some(same) = self.waiting.iter_mut().find(|w| repeatable && w.call == call) {
            same.priority = same.priority.max(priority);
            same.not_before = same.not_before.min(not_before);
            return same.id;
        }
        if let Some(same) = self.claiming.iter_mut().find(|w| repeatable && w.call == call) {
            // Without its slot it is no longer forgotten.
            (same.planned, same.priority) = (false, same.priority.max(priority));
            return same.id;
        }
        let mut flights = self.flights.iter();
        if let Some((id, _)) = flights.find(|(_, flight)| repeatable && flight.call == call) {
            return *id;
        }
        let id = self.fresh();
        self.count_look(&call);
        self.waiting.push(Waiting { id, call, priority, not_before, style: None, planned: false });
        id
    }

    /// Wants a read on other paths than those in force.
    pub fn want_probe(&mut self, call: Call, style: PathStyle) {
        let id = self.fresh();
        let (priority, not_before) = (Priority::Person, Boot::ZERO);
        let style = Some(style);
        self.count_look(&call);
        self.waiting.push(Waiting { id, call, priority, not_before, style, planned: false });
    }

    /// Chooses the next request that may leave now and sets it beside those that are leaving.
    /// Those that `held` names stay where they are.
    pub fn choose(
        &mut self,
        budget: &Budget,
        held: impl Fn(&Waiting) -> bool,
        now: Boot,
    ) -> Option<&Waiting> {
        // Many wait for the same: what the budget says of one holds for all of its kind.
        let mut verdicts = BTreeMap::new();
        let mut granted = |w: &Waiting| {
            let of = (w.call.kind(), w.priority);
            let admit = || budget.admit(of.0, of.1, now) == Admission::Granted;
            *verdicts.entry(of).or_insert_with(admit)
        };
        let mut ready = |w: &Waiting| w.not_before <= now && !held(w) && granted(w);
        let index = (0..self.waiting.len())
            .filter(|index| self.waiting.get(*index).is_some_and(&mut ready))
            .max_by_key(|index| {
                let priority = self.waiting.get(*index).map(|w| w.priority);
                (priority, std::cmp::Reverse(*index))
            })?;
        self.claiming.push(self.waiting.remove(index));
        self.claiming.last()
    }

    /// Sets a poll of the planner beside those that are leaving; the caller has asked the budget.
    pub fn choose_poll(&mut self, call: Call) -> CallId {
        let (id, priority, not_before) = (self.fresh(), Priority::Poll, Boot::ZERO);
        self.count_look(&call);
        self.claiming.push(Waiting { id, call, priority, not_before, style: None, planned: true });
        id
    }

    /// Sets a waiting request that is such beside those that are leaving, in the place of a poll; the
    /// caller has asked the budget.
    pub fn choose_as_poll(&mut self, such: impl Fn(&Waiting) -> bool) -> Option<CallId> {
        let index = self.waiting.iter().position(such)?;
        self.claiming.push(self.waiting.remove(index));
        self.claiming.last().map(|waiting| waiting.id)
    }

    /// Moves all that are leaving into flight: their slots are taken.
    pub fn leave(&mut self, style: PathStyle, now: Boot) -> Vec<(CallId, Flight)> {
        let left = std::mem::take(&mut self.claiming).into_iter().map(|w| {
            let style = w.style.unwrap_or(style);
            let flight = Flight { call: w.call, priority: w.priority, style, sent: now };
            self.flights.insert(w.id, flight.clone());
            (w.id, flight)
        });
        left.collect()
    }

    /// Puts all that are leaving back to where they came from: their slots could not be taken.
    pub fn roll_back(&mut self) {
        let (planned, back): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.claiming).into_iter().partition(|w| w.planned);
        for w in &planned {
            self.discount_look(&w.call);
        }
        self.waiting.splice(0..0, back);
    }

    /// Requests whose slots are being claimed.
    pub fn claiming(&self) -> &[Waiting] {
        &self.claiming
    }

    /// Takes a request out of flight, because its answer has come.
    pub fn complete(&mut self, id: CallId) -> Option<Flight> {
        let flight = self.flights.remove(&id)?;
        self.discount_look(&flight.call);
        Some(flight)
    }

    /// Takes a request back that has not left; tells whether it had not.
    pub fn withdraw(&mut self, id: CallId) -> bool {
        let Some(index) = self.waiting.iter().position(|w| w.id == id) else { return false };
        let withdrawn = self.waiting.remove(index);
        self.discount_look(&withdrawn.call);
        true
    }

    /// Whether somebody's request waits for a slot that it will get within a minute. For one that
    /// waits longer, such as a start under the hour's limit, nobody else needs to stand aside.
    /// Only those count that `counts` names.
    pub fn person_waits(
        &self,
        budget: &Budget,
        counts: impl Fn(&Waiting) -> bool,
        now: Boot,
    ) -> bool {
        let soon = |of: &(Kind, Priority)| budget.admit(of.0, of.1, now).at(now) <= now + MINUTE;
        let due = |w: &&Waiting| w.priority > Priority::Poll && w.not_before <= now && counts(w);
        let kinds: BTreeSet<_> =
            self.waiting.iter().filter(due).map(|w| (w.call.kind(), w.priority)).collect();
        kinds.iter().any(soon)
    }

    /// When the next waiting request may leave, but for those that `held` names.
    pub fn next_departure(
        &self,
        budget: &Budget,
        held: impl Fn(&Waiting) -> bool,
        now: Boot,
    ) -> Option<Boot> {
        let free = self.waiting.iter().filter(|w| !held(w));
        let kinds: BTreeSet<_> =
            free.map(|w| (w.call.kind(), w.priority, now.max(w.not_before))).collect();
        let departs = |(kind, priority, ready)| budget.admit(kind, priority, ready).at(ready);
        kinds.into_iter().map(departs).min()
    }

    /// When this request will leave if nothing comes in between; none if it does not wait.
    pub fn departure(&self, id: CallId, budget: &Budget, now: Boot) -> Option<Boot> {
        let waiting = self.waiting.iter().find(|w| w.id == id)?;
        let ahead = self
            .waiting
            .iter()
            .take_while(|w| w.id != id)
            .filter(|w| w.priority >= waiting.priority && w.call.kind() == waiting.call.kind())
            .count();
        let from = now.max(waiting.not_before);
        let plan = budget.forecast(waiting.call.kind(), waiting.priority, ahead + 1, from);
        plan.last().copied()
    }

    /// Takes back all that have not left and are such.
    pub fn withdraw_all(&mut self, such: impl Fn(&Call) -> bool) {
        let (withdrawn, kept): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.waiting).into_iter().partition(|w| such(&w.call));
        self.waiting = kept;
        for w in &withdrawn {
            self.discount_look(&w.call);
        }
    }

    /// Whether a list of a project's runs is leaving or on its way.
    pub fn is_looking_at(&self, project: &ProjectId) -> bool {
        if !self.looks.contains_key(project) {
            return false;
        }
        let looks = |call: &Call| looked_at(call) == Some(project);
        self.claiming.iter().any(|w| looks(&w.call))
            || self.flights.values().any(|flight| looks(&flight.call))
    }

    fn count_look(&mut self, call: &Call) {
        if let Some(project) = looked_at(call) {
            *self.looks.entry(project.clone()).or_default() += 1;
        }
    }

    fn discount_look(&mut self, call: &Call) {
        let Some(project) = looked_at(call) else { return };
        if let Some(count) = self.looks.get_mut(project) {
            *count -= 1;
            if *count == 0 {
                self.looks.remove(project);
            }
        }
    }

    /// Whether a request waits for its slot or for its answer.
    pub fn is_under_way(&self, id: CallId) -> bool {
        let mut unsent = self.waiting.iter().chain(&self.claiming);
        unsent.any(|w| w.id == id) || self.flights.contains_key(&id)
    }

    /// Requests that wait for a slot.
    pub fn waiting(&self) -> &[Waiting] {
        &self.waiting
    }

    /// Requests that wait for their answer.
    pub fn flights(&self) -> impl Iterator<Item = &Flight> {
        self.flights.values()
    }

    fn fresh(&mut self) -> CallId {
        self.last += 1;
        CallId::numbered(self.last)
    }
}

/// The project whose runs a call lists.
fn looked_at(call: &Call) -> Option<&ProjectId> {
    match call {
        Call::ListRuns { project, status: None, .. } => Some(project),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{RunId, StartRun};

    fn cancel(run: &str) -> Call {
        Call::Cancel { project: ProjectId::new("p"), run: RunId::new(run) }
    }

    fn trigger() -> Call {
        Call::Trigger { project: ProjectId::new("p"), start: StartRun::default() }
    }

    fn released(requests: &mut RequestQueue, budget: &mut Budget) -> Vec<Call> {
        let now = Boot::from_secs(1);
        while let Some(Waiting { id, call, priority, .. }) = requests.choose(budget, |_| false, now)
        {
            budget.take(*id, call.kind(), *priority, now);
        }
        let left = requests.leave(PathStyle::Current, now);
        left.into_iter().map(|(_, flight)| flight.call).collect()
    }

    #[test]
    fn cancels_leave_before_persons_and_persons_in_their_order() {
        let (mut requests, mut budget) = (RequestQueue::default(), Budget::new(60));
        requests.want(Call::Me, Priority::Person, Boot::ZERO);
        requests.want(trigger(), Priority::Person, Boot::ZERO);
        requests.want(cancel("a"), Priority::Cancel, Boot::ZERO);
        requests.want(cancel("b"), Priority::Cancel, Boot::ZERO);
        assert_eq!(
            released(&mut requests, &mut budget),
            [cancel("a"), cancel("b"), Call::Me, trigger()]
        );
    }

    #[test]
    fn the_same_call_waits_once_but_every_trigger_is_its_own() {
        let (mut requests, mut budget) = (RequestQueue::default(), Budget::new(60));
        let first = requests.want(cancel("a"), Priority::Person, Boot::from_secs(99));
        assert_eq!(requests.want(cancel("a"), Priority::Cancel, Boot::ZERO), first);
        assert_ne!(
            requests.want(trigger(), Priority::Person, Boot::ZERO),
            requests.want(trigger(), Priority::Person, Boot::ZERO)
        );
        assert_eq!(released(&mut requests, &mut budget), [cancel("a"), trigger(), trigger()]);
        assert_eq!(requests.want(cancel("a"), Priority::Cancel, Boot::ZERO), first, "in flight");
        assert!(released(&mut requests, &mut budget).is_empty());
        requests.complete(first);
        assert_ne!(requests.want(cancel("a"), Priority::Cancel, Boot::ZERO), first);
    }

    #[test]
    fn what_finds_no_slot_stays_in_its_order_but_a_poll_is_forgotten() {
        let (mut requests, budget) = (RequestQueue::default(), Budget::new(60));
        let now = Boot::from_secs(1);
        requests.want(Call::Me, Priority::Person, Boot::ZERO);
        let first = requests.want(cancel("a"), Priority::Cancel, Boot::ZERO);
        requests.choose(&budget, |_| false, now);
        requests.choose_poll(Call::ListProjects { after: None, unlisted: true });
        assert_eq!(requests.want(cancel("a"), Priority::Cancel, Boot::ZERO), first, "is leaving");
        assert_eq!(requests.claiming().len(), 2);
        requests.roll_back();
        let waiting: Vec<_> = requests.waiting().iter().map(|w| w.call.clone()).collect();
        assert_eq!(waiting, [cancel("a"), Call::Me]);
        assert!(requests.leave(PathStyle::Current, now).is_empty());
    }

    fn look(project: &str) -> Call {
        Call::ListRuns { project: ProjectId::new(project), limit: 100, offset: 0, status: None }
    }

    #[test]
    fn a_project_is_looked_at_from_when_a_look_leaves_until_its_answer() {
        let (mut requests, mut budget) = (RequestQueue::default(), Budget::new(60));
        let looked = |requests: &RequestQueue| {
            ["p", "q"].map(|p| requests.is_looking_at(&ProjectId::new(p)))
        };
        let first = requests.want(look("p"), Priority::Poll, Boot::ZERO);
        let late = requests.want(look("q"), Priority::Poll, Boot::from_secs(9));
        assert_eq!(looked(&requests), [false, false], "both wait");
        assert_eq!(released(&mut requests, &mut budget), [look("p")]);
        assert_eq!(looked(&requests), [true, false]);
        requests.complete(first);
        assert_eq!(looked(&requests), [false, false]);
        requests.choose_poll(look("p"));
        assert_eq!(looked(&requests), [true, false]);
        requests.roll_back();
        assert!(requests.withdraw(late));
        requests.want(look("q"), Priority::Poll, Boot::ZERO);
        assert_eq!(looked(&requests), [false, false], "a poll without its slot is forgotten");
        requests.withdraw_all(|call| *call == look("q"));
        assert_eq!((looked(&requests), requests.looks.len()), ([false, false], 0));
    }

    #[test]
    fn what_has_left_cannot_be_taken_back() {
        let (mut requests, mut budget) = (RequestQueue::default(), Budget::new(60));
        let early = requests.want(cancel("a"), Priority::Cancel, Boot::ZERO);
        let late = requests.want(cancel("b"), Priority::Cancel, Boot::from_secs(9));
        assert_eq!(released(&mut requests, &mut budget), [cancel("a")]);
        assert!(!requests.withdraw(early));
        assert!(requests.withdraw(late));
        assert!(requests.waiting().is_empty());
    }

    #[test]
    fn a_person_waits_for_what_leaves_within_a_minute_and_no_poll_does() {
        let (mut requests, mut budget) = (RequestQueue::default(), Budget::new(60));
        let now = Boot::from_secs(1000);
        let waits = |requests: &RequestQueue, budget: &Budget| {
            requests.person_waits(budget, |w| w.call != Call::Me, now)
        };
        requests.want(look("p"), Priority::Poll, Boot::ZERO);
        requests.want(look("q"), Priority::Person, now + MINUTE);
        requests.want(Call::Me, Priority::Person, Boot::ZERO);
        assert!(!waits(&requests, &budget), "a poll, one that is not due, one that does not count");
        requests.want(trigger(), Priority::Person, Boot::ZERO);
        assert!(waits(&requests, &budget));
        // The hour's limit on starts is used up, by starts that left some time ago.
        for number in 0..60 {
            let (call, left) = (CallId::numbered(number), now - MINUTE * 2);
            budget.take(call, Kind::Trigger, Priority::Person, left);
            budget.settle(call, &crate::api::RateHint::default(), false, left);
        }
        assert!(!waits(&requests, &budget), "it will not leave for most of an hour");
    }
}

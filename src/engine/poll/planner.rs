//! The planner: every project in the orders that a choice needs.
//!
//! A project changes its place only when something about it changes, when it may be looked at again, or when
//! the bound of what a look at it is worth has ended. A choice looks at the heads of the orders: a
//! project that is due, else the one whose look is worth most. The latter is found by upper bounds
//! that hold until a stated time: they are compared from the highest on until none is above the best
//! worth that was found; after `COMPARED` of them one that is worth at least half of the highest bound is good
//! enough. So what is chosen is worth at least half of the best.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::candidate::{GAP, Slot};
use super::entry::{Entry, Profile, TIGHT};
use super::orders::{ByAge, ByWorth, Key};
use super::seconds::secs;
use super::turns::{Room, Turns};
use super::why::Why;
use crate::domain::{Boot, ProjectId};

/// Projects whose worth is compared at least before half of the best is good enough.
const COMPARED: usize = 16;
/// How fast the level of what is worth a look rises with each choice,
const RISE: f64 = 1.1;
/// and that it is at least such a part of the last.
const SPIKE: f64 = 16.0;
/// Projects that may be looked at again soon, of which a forecast considers so many for each choice.
const LATER: usize = 4;

/// Chooses what is looked at next.
#[derive(Clone, Debug, Default)]
pub struct Planner {
    keys: BTreeMap<ProjectId, Key>,
    entries: Vec<Option<Entry>>,
    free: Vec<Key>,
    runnable: usize,
    polled: usize,
    later: BTreeSet<(Boot, Key)>,
    focus: BTreeSet<(Boot, Key)>,
    by_age: ByAge,
    by_worth: ByWorth,
    /// What looks are worth lately that are chosen for their worth: falls at once, and rises slowly.
    level: f64,
    /// The bounds hold up to this `longest`, and at this difference of the clocks in seconds.
    holds: Option<(Duration, f64)>,
    turns: Turns,
    /// Whether what was chosen last has its turn.
    is_turn: bool,
    /// As it was before polls were chosen whose slots are not taken yet, and these.
    before: Option<(Turns, Vec<ProjectId>)>,
    #[cfg(test)]
    renewed: usize,
}

impl Planner {
    /// How many projects can be run.
    pub fn runnable(&self) -> usize {
        self.runnable
    }

    /// Whether any project is polled in its turn.
    pub fn polls_any(&self) -> bool {
        self.polled > 0
    }

    /// A planner of no projects that goes on where this one is with whose turn it is.
    #[must_use]
    pub(super) fn successor(&mut self) -> Self {
        Self { turns: self.turns.clone(), before: self.before.take(), ..Self::default() }
    }

    /// Goes on where a [`Self::successor`] has come to.
    pub(super) fn succeed(&mut self, successor: Self) {
        (self.turns, self.before) = (successor.turns, successor.before);
    }

    /// The projects that it knows.
    pub(super) fn projects(&self) -> impl Iterator<Item = &ProjectId> {
        self.keys.keys()
    }

    /// Takes in what a project is now; none if it is gone.
    pub fn set(&mut self, project: &ProjectId, profile: Option<Profile>) {
        let key = self.keys.get(project).copied();
        let deferred = key.and_then(|key| self.withdraw(key)).unwrap_or(Boot::ZERO);
        let Some(profile) = profile else {
            if let Some(key) = self.keys.remove(project) {
                self.free.push(key);
            }
            return;
        };
        let key = key.or_else(|| self.free.pop()).unwrap_or_else(|| {
            self.entries.push(None);
            self.entries.len() - 1
        });
        self.keys.entry(project.clone()).or_insert(key);
        self.runnable += usize::from(profile.is_runnable);
        self.polled += usize::from(profile.is_polled);
        if let Some(place) = self.entries.get_mut(key) {
            *place = Some(Entry::new(project.clone(), profile, deferred));
            self.line_up(key);
        }
    }

    /// Looks at a project no earlier than `until`, because one look is under way.
    pub fn defer(&mut self, project: &ProjectId, until: Boot) {
        let Some(key) = self.keys.get(project).copied() else { return };
        self.leave_orders(key);
        if let Some(entry) = self.entry_mut(key) {
            entry.deferred = until;
        }
        self.line_up(key);
    }

    /// Names the next project to look at, if any may be looked at now. Where that is left to
    /// another one because a look is under way, [`Self::defer`] it and ask again.
    pub fn choose(&mut self, slot: Slot, room: Room) -> Option<&ProjectId> {
        self.advance(slot);
        let focus = self.focus.first().map(|(_, key)| *key);
        let is_due = focus.is_none() || self.turns.is_owed();
        let has_room = self.turns.opens(room, slot.boot) <= slot.boot;
        let in_turn = if is_due && has_room { self.in_turn(slot) } else { None };
        self.is_turn = in_turn.is_some();
        self.project(in_turn.or(focus)?)
    }

    /// Why a project is looked at now.
    pub fn why(&self, project: &ProjectId, slot: Slot) -> Option<Why> {
        Some(self.entry(*self.keys.get(project)?)?.candidate().why(slot))
    }

    /// Notes that the chosen project is to be looked at now. That counts once its slot is taken, see
    /// [`Self::commit`], or else is taken back by [`Self::roll_back`].
    pub fn claim(&mut self, project: &ProjectId, now: Boot) {
        let turns = self.turns.clone();
        self.before.get_or_insert_with(|| (turns, Vec::new())).1.push(project.clone());
        if self.is_turn {
            self.turns.give_turn(now);
        } else {
            self.turns.give_focus();
        }
        self.defer(project, now + GAP);
    }

    /// A look at a project begins, as far as only the planner is concerned: for forecasts.
    pub fn look(&mut self, project: &ProjectId, now: Boot) {
        let key = self.keys.get(project).and_then(|key| self.entry(*key));
        let profile = key.map(|entry| Profile { looked: Some(now), ..entry.profile.clone() });
        self.set(project, profile);
    }

    /// The slots of all that was claimed are taken.
    pub fn commit(&mut self) {
        self.before = None;
    }

    /// The slots of what was claimed could not be taken.
    pub fn roll_back(&mut self) {
        let Some((turns, projects)) = self.before.take() else { return };
        self.turns = turns;
        for project in projects {
            self.defer(&project, Boot::ZERO);
        }
    }

    /// A planner of the few projects among which the next `count` choices most probably are, to make these
    /// choices in thought.
    #[must_use]
    pub fn excerpt(&self, count: usize, now: Boot) -> Self {
        let focus = self.focus.iter().take(count).map(|(_, key)| *key);
        let is_soon =
            |(number, (at, _)): &(usize, &(Boot, Key))| *at <= now || *number < LATER * count;
        let later = self.later.iter().enumerate().take_while(is_soon).map(|(_, (_, key))| *key);
        let worth = self.by_worth.highest().take(COMPARED + count).map(|(_, key)| key);
        let keys: BTreeSet<Key> =
            focus.chain(later).chain(worth).chain(self.by_age.oldest(count)).collect();
        let mut excerpt = Self {
            runnable: self.runnable,
            polled: self.polled,
            level: self.level,
            holds: self.holds,
            turns: self.turns.clone(),
            ..Self::default()
        };
        // In the order that they have here: of equal ones the first is chosen.
        for entry in keys.into_iter().filter_map(|key| self.entry(key)) {
            let key = excerpt.entries.len();
            excerpt.keys.insert(entry.project.clone(), key);
            excerpt.enter_orders(entry, key);
            excerpt.entries.push(Some(entry.clone()));
        }
        excerpt
    }

    /// A project as it is here, for the messages of tests.
    #[cfg(test)]
    pub(in crate::engine) fn describe(&self, project: &ProjectId) -> String {
        format!("{:?}", self.keys.get(project).and_then(|key| self.entry(*key)))
    }

    /// How many bounds were reckoned so far.
    #[cfg(test)]
    pub(super) fn renewed(&self) -> usize {
        self.renewed
    }

    /// When something may be looked at next.
    pub fn soonest(&self, room: Room, now: Boot) -> Option<Boot> {
        let focus = (!self.focus.is_empty()).then_some(now);
        let in_turn = (!self.by_worth.is_empty()).then(|| self.turns.opens(room, now));
        let later = self.later.first().map(|(at, _)| *at);
        focus.into_iter().chain(in_turn).chain(later).min()
    }

    /// Moves all that has become ready by now to where it is chosen from, and renews the bounds
    /// that have ended.
    fn advance(&mut self, slot: Slot) {
        self.turns.pass(slot.boot);
        let ahead = secs(slot.server) - slot.boot.saturating_sub(Boot::ZERO).as_secs_f64();
        let is_held = |(longest, clock): (Duration, f64)| {
            slot.longest <= longest && (ahead - clock).abs() < 0.25
        };
        if !self.holds.is_some_and(is_held) {
            // Rare: with a new limit, or a quarter more projects, or when a clock was set.
            self.holds = Some((slot.longest * 5 / 4, ahead));
            for key in self.by_worth.keys() {
                self.renew(key, slot);
            }
        }
        while let Some((at, key)) = self.later.first().copied().filter(|(at, _)| *at <= slot.boot) {
            self.later.remove(&(at, key));
            self.admit(key, slot);
        }
        while let Some(key) = self.by_worth.expired(slot.boot) {
            self.renew(key, slot);
        }
    }

    /// Among all that are polled in their turn: what is due, else what is worth most.
    fn in_turn(&mut self, slot: Slot) -> Option<Key> {
        if let Some(due) = self.by_age.due(slot) {
            return Some(due);
        }
        let mut best: Option<(f64, Key)> = None;
        // Those whose bounds turn out to be far too high, so that others are compared for nothing.
        let mut loose = Vec::new();
        for (compared, (most, key)) in self.by_worth.highest().enumerate() {
            let enough = if compared < COMPARED { most } else { most / 2.0 };
            if best.is_some_and(|(worth, _)| worth >= enough) {
                break;
            }
            let Some(entry) = self.entry(key) else { continue };
            let worth = entry.worth(slot);
            if best.is_none_or(|(most, _)| worth > most) {
                best = Some((worth, key));
            }
            if worth < most / TIGHT {
                loose.push(key);
            }
        }
        let (worth, key) = best?;
        // One look that is worth far more than others says nothing about them.
        self.level = worth.min((self.level * RISE).max(worth / SPIKE));
        for key in loose {
            self.renew(key, slot);
        }
        Some(key)
    }

    /// Sets a project among those that may be looked at.
    fn admit(&mut self, key: Key, slot: Slot) {
        let Some(Some(entry)) = self.entries.get_mut(key) else { return };
        entry.waits = None;
        entry.supposed = Some(before(entry.profile.listed, slot.longest));
        let Profile { listed, looked, is_polled, is_focus, .. } = entry.profile;
        if is_focus {
            self.focus.insert((entry.age_key(), key));
        }
        if is_polled {
            self.by_age.insert(entry.class, looked, listed, key);
            self.renew(key, slot);
        }
    }

    fn renew(&mut self, key: Key, slot: Slot) {
        let (level, longest) = (self.level, self.holds.map_or(slot.longest, |holds| holds.0));
        let Some(Some(entry)) = self.entries.get_mut(key) else { return };
        let bound = entry.most(slot, longest, level);
        let before = entry.bound.replace(bound);
        #[cfg(test)]
        (self.renewed += 1);
        if let Some(bound) = before {
            self.by_worth.remove(bound, key);
        }
        self.by_worth.insert(bound, key);
    }

    /// Has a project wait until it may be looked at.
    fn line_up(&mut self, key: Key) {
        let Some(Some(entry)) = self.entries.get_mut(key) else { return };
        if entry.profile.is_polled || entry.profile.is_focus {
            let at = entry.candidate().ready().max(entry.deferred);
            entry.waits = Some(at);
            self.later.insert((at, key));
        }
    }

    /// Forgets a project; gives until when it was deferred.
    fn withdraw(&mut self, key: Key) -> Option<Boot> {
        self.leave_orders(key);
        let entry = self.entries.get_mut(key)?.take()?;
        self.runnable -= usize::from(entry.profile.is_runnable);
        self.polled -= usize::from(entry.profile.is_polled);
        Some(entry.deferred)
    }

    /// Sets a project where it was in the orders of another planner.
    fn enter_orders(&mut self, entry: &Entry, key: Key) {
        let Profile { listed, looked, is_polled, is_focus, .. } = entry.profile;
        if let Some(at) = entry.waits {
            self.later.insert((at, key));
            return;
        }
        if is_focus {
            self.focus.insert((entry.age_key(), key));
        }
        if is_polled {
            self.by_age.insert(entry.class, looked, listed, key);
        }
        if let Some(bound) = entry.bound {
            self.by_worth.insert(bound, key);
        }
    }

    fn leave_orders(&mut self, key: Key) {
        let Some(Some(entry)) = self.entries.get_mut(key) else { return };
        let Profile { listed, looked, .. } = entry.profile;
        if let Some(at) = entry.waits.take() {
            self.later.remove(&(at, key));
        }
        if let Some(bound) = entry.bound.take() {
            self.by_worth.remove(bound, key);
        }
        self.by_age.remove(entry.class, looked, listed, key);
        self.focus.remove(&(entry.age_key(), key));
    }

    fn entry(&self, key: Key) -> Option<&Entry> {
        self.entries.get(key)?.as_ref()
    }

    fn entry_mut(&mut self, key: Key) -> Option<&mut Entry> {
        self.entries.get_mut(key)?.as_mut()
    }

    fn project(&self, key: Key) -> Option<&ProjectId> {
        self.entry(key).map(|entry| &entry.project)
    }
}

/// The moment so long before `at`, or the first there is.
fn before(at: Boot, span: Duration) -> Boot {
    Boot::ZERO + at.saturating_sub(Boot::ZERO).saturating_sub(span)
}

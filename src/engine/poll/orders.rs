//! Orders of the projects that may be looked at now.
//!
//! Each names its first in logarithmic time, for any moment: the one that was left alone for the
//! longest time, in each class of those that fall due after the same part of the longest time; and the one of
//! which a look may be worth most.

use std::cmp::{Ordering, Reverse};
use std::collections::BTreeSet;
use std::time::Duration;

use super::candidate::{DUE_CLASSES, ROUNDS, Slot, due_part};
use crate::domain::Boot;

/// Where the planner keeps a project.
pub(super) type Key = usize;

/// Numbers in their order; none is not a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Level(pub(super) f64);

impl Eq for Level {}

impl PartialOrd for Level {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Level {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

/// Projects by when a look at them is due whatever it is worth.
#[derive(Clone, Debug, Default)]
pub(super) struct ByAge {
    /// By the last look, one order for each class.
    looked: [BTreeSet<(Boot, Key)>; DUE_CLASSES],
    /// Those that were never looked at, by when they were listed.
    unseen: BTreeSet<(Boot, Key)>,
}

impl ByAge {
    pub(super) fn insert(&mut self, class: usize, looked: Option<Boot>, listed: Boot, key: Key) {
        match (looked, self.looked.get_mut(class)) {
            (Some(at), Some(order)) => order.insert((at, key)),
            _ => self.unseen.insert((listed, key)),
        };
    }

    pub(super) fn remove(&mut self, class: usize, looked: Option<Boot>, listed: Boot, key: Key) {
        match (looked, self.looked.get_mut(class)) {
            (Some(at), Some(order)) => order.remove(&(at, key)),
            _ => self.unseen.remove(&(listed, key)),
        };
    }

    /// The first of each order, at most `count` of each.
    pub(super) fn oldest(&self, count: usize) -> impl Iterator<Item = Key> {
        let orders = self.looked.iter().chain([&self.unseen]);
        orders.flat_map(move |order| order.iter().take(count).map(|(_, key)| *key))
    }

    /// The oldest of those that are due. One that was never looked at is due after one round.
    pub(super) fn due(&self, slot: Slot) -> Option<Key> {
        let ago = |at: Boot| slot.boot.saturating_sub(at);
        let longest = slot.longest.as_secs_f64();
        let heads = self.looked.iter().enumerate().filter_map(|(class, order)| {
            let (at, key) = order.first()?;
            let age = ago(*at);
            (age.as_secs_f64() > due_part(class) * longest).then_some((age, *key))
        });
        let unseen = self.unseen.first().map(|(listed, key)| (ago(*listed), *key));
        let unseen = unseen.filter(|(known, _)| *known > slot.longest / ROUNDS);
        let unseen = unseen.map(|(known, key)| (slot.longest + known, key));
        let oldest = heads.chain(unseen).max_by_key(|(age, key)| (*age, Reverse(*key)));
        oldest.map(|(_, key)| key)
    }
}

/// An upper bound of what a look is worth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bound {
    /// It is worth no more than this,
    pub(super) most: f64,
    /// until then.
    pub(super) until: Boot,
}

/// Projects by upper bounds of what a look at them is worth.
#[derive(Clone, Debug, Default)]
pub(super) struct ByWorth {
    /// The highest first; of equal ones the one that was known first.
    bounds: BTreeSet<(Reverse<Level>, Key)>,
    expiries: BTreeSet<(Boot, Key)>,
}

impl ByWorth {
    pub(super) fn insert(&mut self, bound: Bound, key: Key) {
        self.bounds.insert((Reverse(Level(bound.most)), key));
        self.expiries.insert((bound.until, key));
    }

    pub(super) fn remove(&mut self, bound: Bound, key: Key) {
        self.bounds.remove(&(Reverse(Level(bound.most)), key));
        self.expiries.remove(&(bound.until, key));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bounds.is_empty()
    }

    /// The first whose bound does not hold any more.
    pub(super) fn expired(&self, now: Boot) -> Option<Key> {
        self.expiries.first().filter(|(until, _)| *until <= now).map(|(_, key)| *key)
    }

    /// Those with the highest bounds first.
    pub(super) fn highest(&self) -> impl Iterator<Item = (f64, Key)> {
        self.bounds.iter().map(|(Reverse(level), key)| (level.0, *key))
    }

    /// All of them.
    pub(super) fn keys(&self) -> Vec<Key> {
        self.bounds.iter().map(|(_, key)| *key).collect()
    }
}

/// `seconds` as a span of time.
pub(super) fn span(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::ZERO)
}

//! What a world has been asked: the truth that tests compare with.

use std::collections::BTreeMap;

use crate::sim::call::CallKind;

/// How often each operation was asked for, whatever came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    asked: BTreeMap<CallKind, u64>,
    pub(super) refused: u64,
}

impl Tally {
    /// How often this operation was asked for.
    pub fn of(&self, kind: CallKind) -> u64 {
        self.asked.get(&kind).copied().unwrap_or_default()
    }

    /// How many requests there were.
    pub fn total(&self) -> u64 {
        self.asked.values().sum()
    }

    /// Counts one more; gives which one of its kind it is, from 1.
    pub(super) fn count(&mut self, kind: CallKind) -> u64 {
        let asked = self.asked.entry(kind).or_default();
        *asked += 1;
        *asked
    }
}

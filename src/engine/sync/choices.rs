//! What persons have switched on or off, each thing by itself, at this process and at others.
//!
//! The later choice of a thing counts, in whichever order choices are heard of. Earlier versions have shared one
//! list of all that was on: it counts for what nobody has chosen since by itself.

use std::collections::BTreeMap;

use crate::domain::Boot;

/// A choice about one thing.
#[derive(Clone, Copy, Debug)]
struct Choice {
    is_on: bool,
    /// When it was made; none if it comes from the list of an earlier version.
    at: Option<Boot>,
    /// Whether it was made at this process and no other has made a later one.
    is_own: bool,
}

/// The choices about things of one kind.
#[derive(Clone, Debug)]
pub(in crate::engine) struct Choices<K>(BTreeMap<K, Choice>);

impl<K> Default for Choices<K> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<K: Ord> Choices<K> {
    /// Whether a thing is on.
    pub(in crate::engine) fn has(&self, key: &K) -> bool {
        self.0.get(key).is_some_and(|choice| choice.is_on)
    }

    /// The things that are on.
    pub(in crate::engine) fn on(&self) -> impl Iterator<Item = &K> {
        self.0.iter().filter(|(_, choice)| choice.is_on).map(|(key, _)| key)
    }

    /// The choices that were made at this process: the thing, whether it is on, and when that was chosen.
    pub(in crate::engine) fn own(&self) -> impl Iterator<Item = (&K, bool, Boot)> {
        let own = self.0.iter().filter(|(_, choice)| choice.is_own);
        own.filter_map(|(key, choice)| Some((key, choice.is_on, choice.at?)))
    }

    /// Switches a thing on or off here.
    pub(in crate::engine) fn choose(&mut self, key: K, is_on: bool, at: Boot) {
        self.0.insert(key, Choice { is_on, at: Some(at), is_own: true });
    }

    /// Switches a thing to what it is not; gives whether it is on then.
    pub(in crate::engine) fn turn(&mut self, key: K, at: Boot) -> bool {
        let is_on = !self.has(&key);
        self.choose(key, is_on, at);
        is_on
    }

    /// Takes in a choice that another process, or an earlier one, has made.
    pub(in crate::engine) fn hear(&mut self, key: K, is_on: bool, at: Boot) {
        if self.0.get(&key).is_none_or(|known| known.at <= Some(at)) {
            self.0.insert(key, Choice { is_on, at: Some(at), is_own: false });
        }
    }

    /// Takes in the list of all that is on, as earlier versions have shared it.
    pub(in crate::engine) fn hear_list(&mut self, keys: impl IntoIterator<Item = K>) {
        self.0.retain(|_, choice| choice.at.is_some());
        for key in keys {
            let choice = Choice { is_on: true, at: None, is_own: false };
            self.0.entry(key).or_insert(choice);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: u64) -> Boot {
        Boot::from_secs(second)
    }

    fn on(choices: &Choices<char>) -> String {
        choices.on().collect()
    }

    #[test]
    fn the_later_choice_counts_in_whichever_order_they_are_heard_of() {
        let mut choices = Choices::default();
        choices.hear('a', true, at(1));
        assert!(!choices.turn('a', at(5)), "it was on");
        assert!(choices.turn('b', at(5)), "before what was chosen earlier is known");
        choices.hear('a', true, at(4));
        choices.hear('b', false, at(4));
        assert_eq!(on(&choices), "b");
        assert_eq!(choices.own().collect::<Vec<_>>(), [(&'a', false, at(5)), (&'b', true, at(5))]);
        choices.hear('a', true, at(6));
        assert_eq!(on(&choices), "ab");
        assert_eq!(choices.own().collect::<Vec<_>>(), [(&'b', true, at(5))]);
    }

    #[test]
    fn the_list_of_an_earlier_version_counts_for_what_nobody_has_chosen_by_itself() {
        for list_is_first in [true, false] {
            let mut choices = Choices::default();
            if list_is_first {
                choices.hear_list(['a', 'b', 'c']);
            }
            choices.hear('b', false, Boot::ZERO);
            choices.hear('d', true, Boot::ZERO);
            if !list_is_first {
                choices.hear_list(['a', 'b', 'c']);
            }
            assert_eq!(on(&choices), "acd");
            // The earlier version still runs beside this one, and has let one go.
            choices.hear_list(['a', 'b']);
            assert_eq!(on(&choices), "ad");
        }
    }
}

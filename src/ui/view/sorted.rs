//! A sorted list that is read by place as well as by value.

/// Entries of a piece at most; one that has more is cut in two.
const MOST: usize = 256;

/// Different values in ascending order. Putting one in, taking one out and finding its place cost a
/// binary search and a walk over the pieces, of which there is one for some hundred values.
#[derive(Clone, Debug)]
pub(super) struct SortedList<T> {
    /// None is empty.
    pieces: Vec<Vec<T>>,
    len: usize,
}

impl<T> Default for SortedList<T> {
    fn default() -> Self {
        Self { pieces: Vec::new(), len: 0 }
    }
}

impl<T: Ord> FromIterator<T> for SortedList<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        let mut values: Vec<T> = values.into_iter().collect();
        values.sort_unstable();
        values.dedup();
        let len = values.len();
        let mut values = values.into_iter();
        // Room is left in each piece for what comes later.
        let next =
            || Some(values.by_ref().take(MOST / 2).collect()).filter(|p: &Vec<T>| !p.is_empty());
        Self { pieces: std::iter::from_fn(next).collect(), len }
    }
}

impl<T: Ord> SortedList<T> {
    /// How many values there are.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Puts a value in.
    pub(super) fn insert(&mut self, value: T) {
        let at = self.piece_of(&value).min(self.pieces.len().saturating_sub(1));
        let Some(piece) = self.pieces.get_mut(at) else {
            (self.pieces, self.len) = (vec![vec![value]], 1);
            return;
        };
        let Err(place) = piece.binary_search(&value) else { return };
        piece.insert(place, value);
        self.len += 1;
        if piece.len() > MOST {
            let rest = piece.split_off(MOST / 2);
            self.pieces.insert(at + 1, rest);
        }
    }

    /// Takes a value out.
    pub(super) fn remove(&mut self, value: &T) {
        let at = self.piece_of(value);
        let Some(piece) = self.pieces.get_mut(at) else { return };
        let Ok(place) = piece.binary_search(value) else { return };
        piece.remove(place);
        self.len -= 1;
        if piece.is_empty() {
            self.pieces.remove(at);
        }
    }

    /// The value at a place.
    pub(super) fn get(&self, place: usize) -> Option<&T> {
        self.from(place).next()
    }

    /// The place of a value.
    pub(super) fn position(&self, value: &T) -> Option<usize> {
        let at = self.piece_of(value);
        let place = self.pieces.get(at)?.binary_search(value).ok()?;
        let before: usize = self.pieces.iter().take(at).map(Vec::len).sum();
        Some(before + place)
    }

    /// The values from a place on.
    pub(super) fn from(&self, place: usize) -> impl Iterator<Item = &T> {
        let (mut at, mut left) = (0, place);
        while let Some(piece) = self.pieces.get(at).filter(|piece| piece.len() <= left) {
            left -= piece.len();
            at += 1;
        }
        self.pieces.iter().skip(at).flatten().skip(left)
    }

    /// The piece that has a value, or would: the first one whose last value is not less.
    fn piece_of(&self, value: &T) -> usize {
        self.pieces.partition_point(|piece| piece.last().is_some_and(|last| last < value))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(crate::testkit::cases(60)))]

        #[test]
        fn a_sorted_list_has_what_a_set_has_at_the_same_places(
            first in prop::collection::vec(0..3000_u32, 0..700),
            changes in prop::collection::vec((any::<bool>(), 0..3000_u32), 0..1500),
        ) {
            let mut list: SortedList<u32> = first.iter().copied().collect();
            let mut set: BTreeSet<u32> = first.into_iter().collect();
            for (is_in, value) in changes {
                if is_in {
                    list.insert(value);
                    set.insert(value);
                } else {
                    list.remove(&value);
                    set.remove(&value);
                }
            }
            let all: Vec<u32> = set.into_iter().collect();
            prop_assert_eq!(list.len(), all.len());
            prop_assert_eq!(list.from(0).copied().collect::<Vec<_>>(), all.clone());
            for place in (0..=all.len()).step_by(37) {
                prop_assert_eq!(list.get(place), all.get(place));
                let rest: Vec<u32> = list.from(place).copied().collect();
                prop_assert_eq!(Some(rest.as_slice()), all.get(place..));
            }
            for value in (0..3000).step_by(7) {
                prop_assert_eq!(list.position(&value), all.binary_search(&value).ok());
            }
            let most = list.pieces.iter().map(Vec::len).max().unwrap_or(0);
            prop_assert!(most <= MOST && list.pieces.iter().all(|piece| !piece.is_empty()));
        }
    }
}

//! A cursor on rows that move.

/// Rows in their order, each with an id of its own.
pub(crate) trait Rows {
    /// What names a row.
    type Id;

    /// How many rows there are.
    fn len(&self) -> usize;

    /// The row at a place.
    fn at(&self, place: usize) -> Option<Self::Id>;

    /// The place of a row.
    fn position(&self, id: &Self::Id) -> Option<usize>;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<K: Clone + PartialEq> Rows for Vec<K> {
    type Id = K;

    fn len(&self) -> usize {
        self.len()
    }

    fn at(&self, place: usize) -> Option<K> {
        self.get(place).cloned()
    }

    fn position(&self, id: &K) -> Option<usize> {
        self.iter().position(|row| row == id)
    }
}

/// A cursor that stays on its row when rows move.
#[derive(Debug)]
pub(crate) struct Cursor<K> {
    pub(crate) key: Option<K>,
    pub(crate) index: usize,
    /// First row on the screen.
    pub(crate) top: usize,
    /// Whether it was moved since it was brought into view last.
    pub(crate) has_moved: bool,
    /// Whether it stays on its row; before that it stays on top, so that the first rows to be
    /// read do not carry it away.
    pub(crate) settled: bool,
}

impl<K> Default for Cursor<K> {
    fn default() -> Self {
        Self { key: None, index: 0, top: 0, has_moved: false, settled: false }
    }
}

impl<K: Clone + PartialEq> Cursor<K> {
    /// Finds its row again, as far as possible on the line of the screen where it was; if it is gone, the
    /// row that took its place. Tells whether it is gone.
    pub(crate) fn follow(&mut self, rows: &impl Rows<Id = K>, height: usize) -> bool {
        let key = self.key.as_ref().filter(|_| self.settled);
        let found = key.and_then(|key| rows.position(key));
        let is_lost = key.is_some() && found.is_none();
        let before = self.index;
        self.index = found.unwrap_or(before).min(rows.len().saturating_sub(1));
        self.key = rows.at(self.index);
        if height == 0 {
            return is_lost;
        }
        if !std::mem::take(&mut self.has_moved) {
            self.top = (self.top + self.index).saturating_sub(before);
        }
        let highest = self.index.saturating_sub(height.saturating_sub(1));
        let lowest = rows.len().saturating_sub(height);
        self.top = self.top.clamp(highest, self.index.max(highest)).min(lowest.max(highest));
        is_lost
    }

    /// Goes to a row by its id; tells whether it is there.
    pub(crate) fn go_to(&mut self, rows: &impl Rows<Id = K>, id: &K) -> bool {
        let place = rows.position(id);
        place.inspect(|place| self.go(rows, *place)).is_some()
    }

    /// Goes to a row.
    pub(crate) fn go(&mut self, rows: &impl Rows<Id = K>, index: usize) {
        self.index = index.min(rows.len().saturating_sub(1));
        self.key = rows.at(self.index);
        self.has_moved = true;
    }

    /// The list will be another one. The cursor stays on its row if that is in it, and else goes to the
    /// top.
    pub(crate) fn reset(&mut self) {
        (self.index, self.top, self.has_moved) = (0, 0, true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_stays_on_its_row_when_rows_move_and_near_it_when_it_leaves() {
        let mut cursor = Cursor::default();
        cursor.follow(&vec!['a', 'b', 'c'], 10);
        cursor.settled = true;
        cursor.go(&vec!['a', 'b', 'c'], 1);
        cursor.follow(&vec!['x', 'y', 'a', 'b', 'c'], 10);
        assert_eq!((cursor.key, cursor.index), (Some('b'), 3));
        cursor.follow(&vec!['x', 'y', 'a', 'c'], 10);
        assert_eq!(cursor.key, Some('c'));
        cursor.follow(&Vec::new(), 10);
        assert_eq!((cursor.key, cursor.index), (None, 0));
    }

    #[test]
    fn the_cursor_is_always_within_what_is_shown() {
        let rows: Vec<usize> = (0..50).collect();
        let mut cursor = Cursor { settled: true, ..Cursor::default() };
        for index in [0, 9, 10, 49, 20, 3, 0, 30] {
            cursor.go(&rows, index);
            cursor.follow(&rows, 10);
            assert!((cursor.top..cursor.top + 10).contains(&index), "{index} from {}", cursor.top);
            assert!(cursor.top <= 40, "no empty rows below the last");
        }
    }
}

//! The cursor on the runs, and what of them is on the screen.
//!
//! Runs out of hand stand above and scroll by themselves; the others stand below, the active ones apart from
//! the ended ones. News move rows, never the line of the screen that the cursor is on: where there is
//! nothing left to scroll, lines stay blank until the person moves, unless the cursor follows a start that was just made here.

use super::cursor::Rows;
use super::run_rows::{Parts, RowId};
use super::sort::Group;
use crate::domain::ProjectId;

/// Rows in parts that stand below each other.
pub(crate) trait Parted: Rows<Id = RowId> {
    /// How many rows each part has.
    fn parts(&self) -> Parts;

    /// Whether all rows are there; while not, more come without anything having changed.
    fn is_whole(&self) -> bool {
        true
    }
}

/// What a line of the pane shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// The row at this place.
    Row(usize),
    /// The border below the runs out of hand, of which so many are above and below what is shown.
    Border { above: usize, below: usize },
    /// The border between active and ended runs.
    Rule,
    /// Nothing.
    Blank,
}

/// Where the parts stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Split {
    parts: Parts,
    /// Lines of the runs out of hand.
    head: usize,
    /// The first line of the others.
    rest: usize,
    height: usize,
}

impl Split {
    /// Shares lines out; `blank` of those of the runs out of hand stay blank.
    fn of(parts: Parts, height: usize, blank: usize) -> Self {
        let others = parts.active + parts.ended;
        let head = match (parts.out_of_hand, others) {
            (0, _) => 0,
            (_, 0) => height,
            (number, _) => (number + blank).min((height / 2).max(1)),
        };
        // Of two lines the others have one: the header counts the runs out of hand.
        let has_border = head > 0 && others > 0 && height > 2;
        let rest = head + usize::from(has_border);
        Self { parts, head: head.min(height), rest: rest.min(height), height }
    }

    /// Whether there is a border between active and ended runs.
    fn has_rule(&self) -> bool {
        self.parts.active > 0 && self.parts.ended > 0
    }

    /// The line of a row of the others, counted from the first of them, or the other way round.
    fn line(&self, row: usize) -> usize {
        row + usize::from(self.has_rule() && row >= self.parts.active)
    }

    /// Lines of the others, on the screen or not.
    fn lines(&self) -> usize {
        self.parts.active + self.parts.ended + usize::from(self.has_rule())
    }
}

/// A cursor that stays on its row, and on its line of the screen.
#[derive(Debug, Default)]
pub(crate) struct RunCursor {
    pub(crate) key: Option<RowId>,
    pub(crate) index: usize,
    /// Whether it stays on its row; before that it stays on top, so that the first rows to be
    /// read do not carry it away.
    pub(crate) settled: bool,
    /// The first line of each part that is on the screen; blank ones are below 0.
    tops: [isize; 2],
    /// Whether the person has moved it since it was brought into view last.
    has_moved: bool,
    /// Its line on the screen, counted from the first one of that.
    line: usize,
    /// The group of its row.
    group: Option<Group>,
    /// The row below it.
    next: Option<RowId>,
    /// Where it is to be in a list that it has just come to, until that is whole.
    arrival: Option<Place>,
    parts: Parts,
    height: usize,
}

/// A place in a list to come back to; by itself the top.
#[derive(Clone, Debug, Default)]
pub(crate) struct Place {
    key: Option<RowId>,
    tops: [isize; 2],
}

impl RunCursor {
    /// Goes to a row.
    pub(crate) fn go(&mut self, rows: &impl Parted, index: usize) {
        self.index = index.min(rows.len().saturating_sub(1));
        self.key = rows.at(self.index);
        self.has_moved = true;
        self.arrival = None;
    }

    /// Goes to a row by its id; tells whether it is there.
    pub(crate) fn go_to(&mut self, rows: &impl Parted, id: &RowId) -> bool {
        let place = rows.position(id);
        place.inspect(|place| self.go(rows, *place)).is_some()
    }

    /// It is brought into view again: the pane is another one.
    pub(crate) fn note_resize(&mut self) {
        self.has_moved = true;
    }

    /// The list will be another one. The cursor stays on its row if that is in it, and else goes to the
    /// top.
    pub(crate) fn reset(&mut self) {
        self.arrival = Some(Place { key: self.key.clone(), tops: [0, 0] });
    }

    /// Where it is, or is to come to.
    pub(crate) fn place(&self) -> Place {
        let here = || Place { key: self.key.clone(), tops: self.tops };
        self.arrival.clone().unwrap_or_else(here)
    }

    /// Goes where it was once, or to the top.
    pub(crate) fn come_back(&mut self, place: Option<Place>) {
        self.arrival = Some(place.unwrap_or_default());
    }

    /// The project of the run that it is on, or is to come to.
    pub(crate) fn project(&self) -> Option<&ProjectId> {
        let key = self.arrival.as_ref().map_or(&self.key, |place| &place.key);
        match key.as_ref()? {
            RowId::Run(project, _) => Some(project),
            RowId::Start(_) => None,
        }
    }

    /// Finds its row again among rows that have changed, in a pane of so many lines, the first of which is this
    /// one of the screen; nothing is scrolled while there are none. Gives its row if that has left its group, or
    /// the list, by itself.
    pub(crate) fn follow(
        &mut self,
        rows: &impl Parted,
        height: usize,
        first: usize,
    ) -> Option<RowId> {
        if let Some(Place { key, tops }) = self.arrival.clone() {
            (self.key, self.tops, self.index, self.has_moved) = (key, tops, 0, true);
            self.arrival.take_if(|_| rows.is_whole());
        }
        let parts = rows.parts();
        let before = self.key.clone();
        let found = before.as_ref().and_then(|key| rows.position(key));
        let last = rows.len().saturating_sub(1);
        let has_left = before.is_some() && found.map(|place| parts.group(place)) != self.group;
        let left = if self.settled {
            before.filter(|_| has_left && !self.has_moved)
        } else {
            before.filter(|_| found != Some(0))
        };
        self.index = match (self.settled, &left) {
            (false, _) => 0,
            (true, None) => found.unwrap_or(self.index).min(last),
            // The row below has come to where it was, unless that has left its group as well.
            (true, Some(_)) => {
                let next = self.next.as_ref().and_then(|row| rows.position(row));
                let next = next.filter(|place| Some(parts.group(*place)) == self.group);
                next.unwrap_or(self.index).min(last)
            }
        };
        self.key = rows.at(self.index);
        self.next = rows.at(self.index + 1);
        self.group = self.key.as_ref().map(|_| parts.group(self.index));
        if height == 0 {
            return left;
        }
        if !self.settled {
            self.tops = [0, 0];
        } else if self.has_moved || self.height == 0 {
            self.bring_into_view(parts, height);
        } else {
            self.keep_line(parts, height, self.line.saturating_sub(first));
        }
        (self.parts, self.height, self.has_moved) = (parts, height, false);
        self.line = first + self.line_now();
        left
    }

    /// Scrolls so that no line is blank that a row could have. Only while the pane is shown.
    pub(crate) fn close_gaps(&mut self) {
        if !self.settled {
            return;
        }
        let first = self.line - self.line_now();
        self.bring_into_view(self.parts, self.height);
        self.line = first + self.line_now();
    }

    /// Scrolls so that its row is on one of the first lines of the pane, as far as its part has such a line: what is
    /// below them is covered. Only while the pane is shown.
    pub(crate) fn keep_above(&mut self, lines: usize) {
        let here = self.line_now();
        let is_head = self.index < self.parts.out_of_hand;
        let first = if is_head { 0 } else { self.split().rest };
        let by = (here + 1).saturating_sub(lines).min(here.saturating_sub(first));
        let [head, rest] = &mut self.tops;
        *(if is_head { head } else { rest }) += signed(by);
        self.line -= by;
    }

    /// What each line of the pane shows.
    pub(crate) fn lines(&self) -> impl Iterator<Item = Shown> {
        let split = self.split();
        let [top, below] = self.tops;
        let shown = move |line: usize| {
            if line < split.head {
                let place = line.checked_add_signed(top);
                let place = place.filter(|place| *place < split.parts.out_of_hand);
                return place.map_or(Shown::Blank, Shown::Row);
            }
            if line < split.rest {
                let above = usize::try_from(top).unwrap_or(0);
                let end = split.head.saturating_add_signed(top);
                return Shown::Border { above, below: split.parts.out_of_hand.saturating_sub(end) };
            }
            let Some(line) = (line - split.rest).checked_add_signed(below) else {
                return Shown::Blank;
            };
            let first = split.parts.out_of_hand;
            match line.checked_sub(split.parts.active).filter(|_| split.has_rule()) {
                Some(0) => Shown::Rule,
                _ if line >= split.lines() => Shown::Blank,
                Some(_) => Shown::Row(first + line - 1),
                None => Shown::Row(first + line),
            }
        };
        (0..split.height).map(shown)
    }

    /// How many rows a page has.
    pub(crate) fn page(&self) -> usize {
        let split = self.split();
        (split.height - split.rest).max(split.head)
    }

    fn split(&self) -> Split {
        let [top, _] = self.tops;
        Split::of(self.parts, self.height, top.min(0).unsigned_abs())
    }

    /// The line of the screen that the cursor's row is on.
    fn line_now(&self) -> usize {
        let split = self.split();
        match self.index.checked_sub(split.parts.out_of_hand) {
            None => self.index.saturating_add_signed(-self.tops[0]),
            Some(row) => split.rest + split.line(row).saturating_add_signed(-self.tops[1]),
        }
    }

    /// Scrolls no further than is needed, without blank lines.
    fn bring_into_view(&mut self, parts: Parts, height: usize) {
        let split = Split::of(parts, height, 0);
        let lowest = parts.out_of_hand.saturating_sub(split.head);
        let (mut head, mut rest) = (0, place_of(self.tops[1]));
        match self.index.checked_sub(parts.out_of_hand) {
            None => head = within(place_of(self.tops[0]), self.index, split.head),
            Some(row) => rest = within(rest, split.line(row), height - split.rest),
        }
        let last = split.lines().saturating_sub(height - split.rest);
        self.tops = [signed(head.min(lowest)), signed(rest.min(last))];
    }

    /// Scrolls so that the cursor's row is on this line of the pane, as far as its part has such a line.
    fn keep_line(&mut self, parts: Parts, height: usize, line: usize) {
        let Some(row) = self.index.checked_sub(parts.out_of_hand) else {
            let line = line.min(Split::of(parts, height, line).head.saturating_sub(1));
            let top = signed(self.index) - signed(line);
            // No run out of hand is hidden while there is room for all.
            let split = Split::of(parts, height, top.min(0).unsigned_abs());
            let last = split.lines().saturating_sub(height - split.rest);
            let head = top.min(signed(parts.out_of_hand.saturating_sub(split.head)));
            self.tops = [head, self.tops[1].clamp(0, signed(last))];
            return;
        };
        let split = Split::of(parts, height, 0);
        let line = line.clamp(split.rest, height.max(split.rest + 1) - 1);
        self.tops = [0, signed(split.line(row)) - signed(line - split.rest)];
    }
}

/// The nearest first line to `top` with which `line` is among `height` lines.
fn within(top: usize, line: usize, height: usize) -> usize {
    top.clamp((line + 1).saturating_sub(height).min(line), line)
}

fn signed(number: usize) -> isize {
    isize::try_from(number).unwrap_or(isize::MAX)
}

fn place_of(top: isize) -> usize {
    usize::try_from(top).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{ProjectId, RunId};

    /// Runs by number, those out of hand first.
    #[derive(Clone, Debug, Default)]
    struct Lists([Vec<u8>; 3]);

    fn row(number: u8) -> RowId {
        RowId::Run(ProjectId::new("p"), RunId::new(number.to_string()))
    }

    impl Rows for Lists {
        type Id = RowId;

        fn len(&self) -> usize {
            self.0.iter().map(Vec::len).sum()
        }

        fn at(&self, place: usize) -> Option<RowId> {
            self.0.iter().flatten().nth(place).map(|number| row(*number))
        }

        fn position(&self, id: &RowId) -> Option<usize> {
            self.0.iter().flatten().position(|number| row(*number) == *id)
        }
    }

    impl Parted for Lists {
        fn parts(&self) -> Parts {
            let [out_of_hand, active, ended] = [0, 1, 2].map(|part| self.0[part].len());
            Parts { out_of_hand, active, ended }
        }
    }

    #[derive(Clone, Debug)]
    enum Step {
        /// Runs are in this part from now on, or in none, at this place.
        Put(Vec<u8>, usize, usize),
        Go(usize),
        Resize(usize),
        /// What lies above the pane grows or shrinks by news.
        Above(usize),
        /// The pane is not shown for a while.
        Hide,
        /// No key is pressed for a while.
        Idle,
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            6 => (prop::collection::vec(0..40_u8, 1..4), 0..4_usize, 0..20_usize)
                .prop_map(|(runs, part, at)| Step::Put(runs, part, at)),
            2 => (0..40_usize).prop_map(Step::Go),
            1 => (4..30_usize).prop_map(Step::Resize),
            1 => (0..3_usize).prop_map(Step::Above),
            1 => Just(Step::Hide),
            1 => Just(Step::Idle),
        ]
    }

    /// What is on the screen is in order, has the cursor, and hides no run out of hand uncounted.
    fn check(cursor: &RunCursor, rows: &Lists, height: usize) {
        let lines: Vec<_> = cursor.lines().collect();
        assert_eq!(lines.len(), height);
        let shown: Vec<_> = lines
            .iter()
            .filter_map(|line| if let Shown::Row(place) = line { Some(*place) } else { None })
            .collect();
        assert!(shown.is_sorted() && shown.iter().all(|place| *place < rows.len()), "{lines:?}");
        if rows.is_empty() {
            return;
        }
        assert!(lines.contains(&Shown::Row(cursor.index)), "{cursor:?} {lines:?}");
        let first = rows.parts().out_of_hand;
        let seen = shown.iter().filter(|place| **place < first).count();
        let counted = lines.iter().find_map(|line| match line {
            Shown::Border { above, below } => Some(above + below),
            _ => None,
        });
        if rows.len() > first && height > 2 {
            assert_eq!(seen + counted.unwrap_or(0), first, "{lines:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(crate::testkit::cases(300)))]

        #[test]
        fn the_line_of_the_cursor_is_moved_by_the_person_and_by_runs_out_of_hand_above_it(
            steps in prop::collection::vec(step(), 1..120),
        ) {
            let (mut rows, mut screen, mut first) = (Lists::default(), 12, 0);
            let mut cursor = RunCursor { settled: true, ..RunCursor::default() };
            for step in steps {
                let before = (cursor.key.clone(), cursor.group, cursor.line);
                match &step {
                    Step::Put(runs, part, at) => {
                        rows.0.iter_mut().for_each(|part| part.retain(|run| !runs.contains(run)));
                        let runs: std::collections::BTreeSet<_> = runs.iter().copied().collect();
                        if let Some(part) = rows.0.get_mut(*part) {
                            let at = (*at).min(part.len());
                            part.splice(at..at, runs);
                        }
                    }
                    Step::Go(index) => cursor.go(&rows, *index),
                    Step::Resize(lines) => {
                        screen = *lines;
                        cursor.note_resize();
                    }
                    Step::Above(lines) => first = *lines,
                    Step::Hide => drop(cursor.follow(&rows, 0, 0)),
                    Step::Idle => {}
                }
                let height = screen - first;
                let left = cursor.follow(&rows, height, first);
                check(&cursor, &rows, height);
                if matches!(step, Step::Idle) {
                    cursor.close_gaps();
                    check(&cursor, &rows, height);
                    let lines: Vec<_> = cursor.lines().collect();
                    let is_blank = |line: &&Shown| **line == Shown::Blank;
                    let gaps = lines.iter().skip_while(|line| !is_blank(line));
                    prop_assert!(!gaps.clone().any(|line| !is_blank(&line)), "{:?}", lines);
                    let is_whole = lines.contains(&Shown::Row(rows.len().max(1) - 1));
                    prop_assert!(gaps.count() == 0 || is_whole || rows.is_empty(), "{:?}", lines);
                    let lines = if height > 4 { height - height / 4 } else { height };
                    cursor.keep_above(lines);
                    check(&cursor, &rows, height);
                    prop_assert!(cursor.line < first + lines, "{:?}", cursor);
                }
                let (Step::Put(..) | Step::Above(_) | Step::Hide, (Some(key), group, line)) =
                    (step, before)
                else {
                    continue;
                };
                let parts = rows.parts();
                let here = rows.position(&key);
                let stays = here.is_some_and(|place| Some(parts.group(place)) == group);
                prop_assert_eq!(left.is_none(), stays);
                prop_assert_eq!(left.clone().unwrap_or(key.clone()), key.clone());
                prop_assert!(!stays || cursor.key.as_ref() == Some(&key));
                let grown = first + Split::of(parts, height, 0).rest;
                let is_below = group != Some(Group::OutOfHand) && line >= grown;
                if cursor.group == group && is_below && height + first > grown && line < screen {
                    prop_assert_eq!(cursor.line, line, "{:?} {:?}", cursor, rows);
                }
            }
        }
    }

    #[test]
    fn a_cursor_that_nobody_has_moved_stays_on_top() {
        let mut rows = Lists([vec![], vec![1, 2], vec![3]]);
        let mut cursor = RunCursor::default();
        cursor.follow(&rows, 10, 0);
        assert_eq!(cursor.key, Some(row(1)));
        rows.0[0].push(9);
        assert_eq!(cursor.follow(&rows, 10, 0), Some(row(1)), "it is told what was there");
        assert_eq!((cursor.key.clone(), cursor.index), (Some(row(9)), 0));
    }

    #[test]
    fn a_place_is_found_as_it_was_left() {
        let rows = Lists([vec![], vec![], (0..50).collect()]);
        let mut cursor = RunCursor { settled: true, ..RunCursor::default() };
        for index in [40, 35] {
            cursor.go(&rows, index);
            cursor.follow(&rows, 10, 0);
        }
        let (place, lines) = (cursor.place(), cursor.lines().collect::<Vec<_>>());
        cursor.come_back(None);
        cursor.follow(&rows, 10, 0);
        assert_eq!(cursor.lines().next(), Some(Shown::Row(0)));
        cursor.come_back(Some(place));
        cursor.follow(&rows, 10, 0);
        assert_eq!((cursor.index, cursor.lines().collect::<Vec<_>>()), (35, lines));
    }
}

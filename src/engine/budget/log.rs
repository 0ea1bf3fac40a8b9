//! The log of requests that hold slots, with counts over it.
//!
//! A budget asks all the time how many requests of some sort hold a slot in the last minute or
//! hour. Requests that were sent within the window hold one for certain; those that were sent so
//! long before it that none of them can have ended within it hold none; only the few between them
//! are looked at one by one. The first are counted by the difference of two running counts.

use std::collections::{BinaryHeap, VecDeque};
use std::time::Duration;

use super::{Entry, HOUR, Priority};
use crate::api::Kind;
use crate::domain::Boot;
use crate::engine::request::CallId;

/// Every kind of request for each priority.
const SORTS: [(Kind, Priority); 12] = {
    use Kind::{Cancel, Read, Trigger};
    [
        (Read, Priority::Poll),
        (Read, Priority::Sweep),
        (Read, Priority::Person),
        (Read, Priority::Cancel),
        (Trigger, Priority::Poll),
        (Trigger, Priority::Sweep),
        (Trigger, Priority::Person),
        (Trigger, Priority::Cancel),
        (Cancel, Priority::Poll),
        (Cancel, Priority::Sweep),
        (Cancel, Priority::Person),
        (Cancel, Priority::Cancel),
    ]
};

/// How many requests of each sort there were, in the order of [`SORTS`].
type Counts = [u32; SORTS.len()];

/// A request, and what is known of all before it.
#[derive(Clone, Copy, Debug)]
struct Logged {
    entry: Entry,
    /// Neither it nor any before it was on its way later than this.
    latest: Boot,
    /// Those before it, since the log began.
    before: Counts,
}

/// All requests that hold a slot of an hour.
#[derive(Clone, Debug, Default)]
pub(super) struct Log {
    /// Oldest first by `sent`.
    logged: VecDeque<Logged>,
}

impl Log {
    /// Enters a request, and forgets those that hold no slot of an hour any more.
    pub(super) fn push(&mut self, entry: Entry, now: Boot) {
        while self.logged.front().is_some_and(|first| !first.entry.holds(HOUR, now)) {
            self.logged.pop_front();
        }
        // What another process sent may be heard of late.
        let later = self.logged.iter().rev().take_while(|l| l.entry.sent > entry.sent).count();
        let index = self.logged.len() - later;
        self.logged.insert(index, Logged { entry, latest: Boot::ZERO, before: Counts::default() });
        self.reckon(index, usize::MAX);
    }

    /// Whether this very request is in the log.
    pub(super) fn contains(&self, call: CallId, priority: Priority, sent: Boot) -> bool {
        let recent = self.logged.iter().rev().map(|l| l.entry).take_while(|e| e.sent >= sent);
        recent.into_iter().any(|e| (e.call, e.priority, e.sent) == (call, priority, sent))
    }

    /// Notes that a request is on its way no more; none if it was not, or was given up an hour ago.
    pub(super) fn close(&mut self, call: CallId, now: Boot) -> Option<Entry> {
        let is_open =
            |l: &Logged| l.entry.call == call && l.entry.done.is_none() && l.entry.holds(HOUR, now);
        let index = self.logged.iter().rposition(is_open)?;
        let closed = self.logged.get_mut(index)?;
        closed.entry.done = Some(now);
        let entry = closed.entry;
        self.reckon(index, 0);
        Some(entry)
    }

    /// Takes a request out that was entered last under this name.
    pub(super) fn remove(&mut self, call: CallId) {
        if let Some(index) = self.logged.iter().rposition(|l| l.entry.call == call) {
            self.logged.remove(index);
            self.reckon(index, usize::MAX);
        }
    }

    /// Ends all that are on their way; tells how many were.
    pub(super) fn end_all(&mut self, now: Boot) -> usize {
        let first = self.first_after(|latest| latest < now);
        let mut ended = 0;
        for logged in self.logged.range_mut(first..).filter(|l| l.entry.is_flying(now)) {
            logged.entry.done = Some(now);
            ended += 1;
        }
        self.reckon(first, usize::MAX);
        ended
    }

    /// Those that hold a slot of `window`, oldest first by when they were sent.
    pub(super) fn holding(&self, window: Duration, now: Boot) -> impl Iterator<Item = &Entry> {
        let first = self.first_after(|latest| latest + window <= now);
        self.logged.range(first..).map(|l| &l.entry).filter(move |e| e.holds(window, now))
    }

    /// Those that were on their way at `since` or later.
    pub(super) fn ended_since(&self, since: Boot, now: Boot) -> impl Iterator<Item = &Entry> {
        let first = self.first_after(|latest| latest < since);
        self.logged.range(first..).map(|l| &l.entry).filter(move |e| e.ended(now) >= since)
    }

    /// Those that are on their way, as far as known.
    pub(super) fn flying(&self, now: Boot) -> impl Iterator<Item = &Entry> {
        let first = self.first_after(|latest| latest <= now);
        self.logged.range(first..).map(|l| &l.entry).filter(move |e| e.is_flying(now))
    }

    /// How many `of` these sorts hold a slot of `window`.
    pub(super) fn count(
        &self,
        window: Duration,
        now: Boot,
        of: impl Fn(Kind, Priority) -> bool,
    ) -> u32 {
        let first = self.first_after(|latest| latest + window <= now);
        let sure = self.logged.partition_point(|l| l.entry.sent + window <= now).max(first);
        let is_held = |e: &Entry| of(e.kind, e.priority) && e.holds(window, now);
        let unsure = self.logged.range(first..sure).filter(|l| is_held(&l.entry)).count();
        let [from, to] = [self.before(sure), self.before(self.logged.len())];
        let counted = SORTS.iter().zip(from.iter().zip(to));
        let sure = counted.filter(|((kind, priority), _)| of(*kind, *priority));
        sure.map(|(_, (from, to))| to.wrapping_sub(*from)).sum::<u32>()
            + u32::try_from(unsure).unwrap_or(u32::MAX)
    }

    /// When one of `of` these sorts frees its slot of `window` before which `over` others do; none
    /// if no more hold one.
    pub(super) fn frees(
        &self,
        over: usize,
        window: Duration,
        now: Boot,
        of: impl Fn(Kind, Priority) -> bool,
    ) -> Option<Boot> {
        // The soonest so far, the latest of them first.
        let mut soonest = BinaryHeap::with_capacity(over + 2);
        for entry in self.holding(window, now).filter(|e| of(e.kind, e.priority)) {
            let is_settled = soonest.len() > over;
            if is_settled && soonest.peek().is_some_and(|at| entry.sent.min(now) + window >= *at) {
                break;
            }
            soonest.push(entry.frees(window, now));
            if is_settled {
                soonest.pop();
            }
        }
        soonest.pop().filter(|_| soonest.len() >= over)
    }

    /// Where the first is up to which somebody was on the way so late that it is not `past`.
    fn first_after(&self, past: impl Fn(Boot) -> bool) -> usize {
        self.logged.partition_point(|l| past(l.latest))
    }

    /// How many there were before the one at `index`.
    fn before(&self, index: usize) -> Counts {
        match self.logged.get(index) {
            Some(logged) => logged.before,
            None => self.logged.back().map_or_else(Counts::default, Logged::up_to),
        }
    }

    /// Reckons anew what the requests from `index` on know of those before them: at least `least` of
    /// them, and as far as it changes anything.
    fn reckon(&mut self, index: usize, least: usize) {
        let previous = index.checked_sub(1).and_then(|previous| self.logged.get(previous));
        let mut latest = previous.map_or(Boot::ZERO, |previous| previous.latest);
        let mut before = previous.map_or_else(|| self.before(index), Logged::up_to);
        for (number, logged) in self.logged.range_mut(index..).enumerate() {
            latest = latest.max(logged.entry.done.unwrap_or(logged.entry.given_up));
            if number > least && (latest, before) == (logged.latest, logged.before) {
                break;
            }
            (logged.latest, logged.before) = (latest, before);
            before = logged.up_to();
        }
    }
}

impl Logged {
    /// How many there were up to this one.
    fn up_to(&self) -> Counts {
        let mut counts = self.before;
        let sort = SORTS.iter().position(|sort| *sort == (self.entry.kind, self.entry.priority));
        if let Some(count) = sort.and_then(|sort| counts.get_mut(sort)) {
            *count = count.wrapping_add(1);
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Something that happens to the log, some milliseconds after the last.
    #[derive(Clone, Debug)]
    enum Step {
        /// A request leaves, or is heard of so many milliseconds late.
        Push {
            sort: usize,
            late: u64,
            patience: u64,
        },
        /// One of the last ones ends.
        Close(usize),
        /// One of the last ones is taken out.
        Remove(usize),
        EndAll,
    }

    fn steps() -> impl Strategy<Value = Vec<(u64, Step)>> {
        let pause =
            prop_oneof![4 => 0..3_000_u64, 2 => 3_000..90_000_u64, 1 => 90_000..2_000_000_u64];
        let late = prop_oneof![4 => Just(0), 1 => 0..20_000_u64];
        let patience = prop_oneof![4 => Just(40_000), 1 => 0..300_000_u64];
        let push = (0..SORTS.len(), late, patience).prop_map(|(sort, late, patience)| Step::Push {
            sort,
            late,
            patience,
        });
        let step = prop_oneof![
            8 => push,
            6 => (0..6_usize).prop_map(Step::Close),
            1 => (0..6_usize).prop_map(Step::Remove),
            1 => Just(Step::EndAll),
        ];
        prop::collection::vec((pause, step), 1..120)
    }

    /// The same without any index.
    #[derive(Default)]
    struct Naive(Vec<Entry>);

    impl Naive {
        fn held(&self, window: Duration, now: Boot) -> impl Iterator<Item = &Entry> {
            self.0.iter().filter(move |e| e.holds(window, now))
        }

        fn frees(&self, over: usize, window: Duration, now: Boot, kind: Kind) -> Option<Boot> {
            let of_kind = self.held(window, now).filter(|e| e.kind == kind);
            let mut frees: Vec<_> = of_kind.map(|e| e.frees(window, now)).collect();
            frees.sort_unstable();
            frees.get(over).copied()
        }
    }

    fn sorted(entries: impl Iterator<Item = Entry>) -> Vec<String> {
        let mut entries: Vec<_> = entries.map(|e| format!("{e:?}")).collect();
        entries.sort_unstable();
        entries
    }

    fn compare(log: &Log, naive: &Naive, now: Boot) -> Result<(), TestCaseError> {
        let minute = Duration::from_mins(1);
        for window in [minute, HOUR] {
            let held = sorted(naive.held(window, now).copied());
            prop_assert_eq!(sorted(log.holding(window, now).copied()), held);
            for (kind, priority) in SORTS {
                let of = |k, t| (k, t) == (kind, priority);
                let counted = naive.held(window, now).filter(|e| of(e.kind, e.priority)).count();
                prop_assert_eq!(log.count(window, now, of), u32::try_from(counted).unwrap());
            }
            for over in 0..4 {
                for kind in [Kind::Read, Kind::Trigger, Kind::Cancel] {
                    let frees = naive.frees(over, window, now, kind);
                    prop_assert_eq!(log.frees(over, window, now, |k, _| k == kind), frees);
                }
            }
        }
        let flying = naive.0.iter().filter(|e| e.is_flying(now)).copied();
        prop_assert_eq!(sorted(log.flying(now).copied()), sorted(flying));
        let since = now - minute;
        let ended = naive.0.iter().filter(|e| e.ended(now) >= since).copied();
        prop_assert_eq!(sorted(log.ended_since(since, now).copied()), sorted(ended));
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(crate::testkit::cases(400)))]

        #[test]
        fn what_the_log_counts_is_what_counting_one_by_one_gives(steps in steps()) {
            let (mut log, mut naive) = (Log::default(), Naive::default());
            let mut now = Boot::from_secs(50_000);
            for (number, (pause, step)) in steps.into_iter().enumerate() {
                now += Duration::from_millis(pause);
                let call = |back: usize| naive.0.iter().rev().nth(back).map(|e| e.call);
                match step {
                    Step::Push { sort, late, patience } => {
                        let (kind, priority) = SORTS[sort];
                        let sent = now - Duration::from_millis(late);
                        let given_up = sent + Duration::from_millis(patience);
                        let call = CallId::numbered(number as u64);
                        let entry = Entry { call, kind, priority, sent, done: None, given_up };
                        log.push(entry, now);
                        prop_assert!(log.contains(call, priority, sent));
                        naive.0.push(entry);
                    }
                    Step::Close(back) => {
                        let Some(call) = call(back) else { continue };
                        let mut open = naive.0.iter_mut();
                        let open = open.find(|e| e.call == call && e.done.is_none() && e.holds(HOUR, now));
                        let was_open = open.map(|entry| entry.done = Some(now)).is_some();
                        prop_assert!(log.close(call, now).is_some() == was_open);
                    }
                    Step::Remove(back) => {
                        let Some(call) = call(back) else { continue };
                        naive.0.retain(|e| e.call != call);
                        log.remove(call);
                    }
                    Step::EndAll => {
                        let flying = naive.0.iter_mut().filter(|e| e.is_flying(now));
                        let ended = flying.map(|e| e.done = Some(now)).count();
                        prop_assert_eq!(log.end_all(now), ended);
                    }
                }
                compare(&log, &naive, now)?;
            }
        }
    }
}

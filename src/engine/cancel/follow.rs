//! The requests that follow first DELETEs up: reads, and DELETEs that are sent again.
//!
//! However many cancels are open, these never take more than their share of a minute and of an
//! hour. What waits for its slot counts as sent already, so that a budget which was shut does not
//! let them leave all at once when it opens.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use crate::domain::{Boot, ProjectId, RunId};
use crate::engine::budget::{HOUR, MINUTE};
use crate::engine::request::CallId;

/// The part of a window that is left to follow-ups: one in so many requests.
const SHARE: u32 = 4;

/// How many follow-ups a minute and an hour may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    minute: usize,
    hour: usize,
}

impl Share {
    /// A quarter of each limit, divided among so many processes; at least one request.
    pub fn of(minute: u32, hour: u32, processes: usize) -> Self {
        let part = |limit: u32| {
            let limit = usize::try_from(limit / SHARE).unwrap_or(usize::MAX);
            (limit / processes.max(1)).max(1)
        };
        Self { minute: part(minute), hour: part(hour) }
    }
}

/// One request that is wanted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum FollowUp {
    /// The DELETE once more.
    Delete(RunId),
    /// A read of the run.
    Read(RunId),
    /// A look at the newest runs of the project, for all of its cancels.
    Look(ProjectId),
}

/// All that are wanted, and when the last ones left.
#[derive(Clone, Debug, Default)]
pub(super) struct FollowUps {
    due: BTreeSet<(Boot, FollowUp)>,
    at: BTreeMap<FollowUp, Boot>,
    /// Those that wait for a slot.
    queued: BTreeSet<CallId>,
    /// When those of the last hour left, the oldest first.
    left: VecDeque<Boot>,
}

impl FollowUps {
    /// Wants a request, not before some time; of two times the earlier counts.
    pub(super) fn want(&mut self, what: FollowUp, at: Boot) {
        if let Some(known) = self.at.get(&what).copied() {
            if known <= at {
                return;
            }
            self.due.remove(&(known, what.clone()));
        }
        self.at.insert(what.clone(), at);
        self.due.insert((at, what));
    }

    pub(super) fn forget(&mut self, what: &FollowUp) {
        if let Some(at) = self.at.remove(what) {
            self.due.remove(&(at, what.clone()));
        }
    }

    /// When a request is due, if it is wanted.
    pub(super) fn due(&self, what: &FollowUp) -> Option<Boot> {
        self.at.get(what).copied()
    }

    /// Takes out the next request that is due and has its share.
    pub(super) fn next(&mut self, share: Share, now: Boot) -> Option<FollowUp> {
        while self.left.front().is_some_and(|at| *at + HOUR <= now) {
            self.left.pop_front();
        }
        let is_due = self.due.first().is_some_and(|(at, _)| *at <= now);
        if !is_due || self.free(share, now).is_none_or(|at| at > now) {
            return None;
        }
        let (_, what) = self.due.pop_first()?;
        self.at.remove(&what);
        Some(what)
    }

    /// When [`Self::next`] may have one, if no request leaves and none is answered before.
    pub(super) fn deadline(&self, share: Share, now: Boot) -> Option<Boot> {
        let (due, _) = self.due.first()?;
        Some((*due).max(self.free(share, now)?))
    }

    /// Whether requests that wait for slots are all that keeps others from being wanted.
    pub(super) fn is_full(&self, share: Share, now: Boot) -> bool {
        self.due.first().is_some_and(|(at, _)| *at <= now) && self.free(share, now).is_none()
    }

    /// Notes that a request waits for its slot.
    pub(super) fn queued(&mut self, call: CallId) {
        self.queued.insert(call);
    }

    /// Notes that a request has left, if it is one of these.
    pub(super) fn departed(&mut self, call: CallId, now: Boot) {
        if self.queued.remove(&call) {
            self.left.push_back(now);
        }
    }

    /// Forgets a request that has its answer or was taken back.
    pub(super) fn landed(&mut self, call: CallId) {
        self.queued.remove(&call);
    }

    /// Forgets the requests that wait no more.
    pub(super) fn keep(&mut self, waits: impl Fn(CallId) -> bool) {
        self.queued.retain(|call| waits(*call));
    }

    /// When there is room for one more; none if that depends on what is queued.
    fn free(&self, share: Share, now: Boot) -> Option<Boot> {
        let minute = self.free_in(share.minute, MINUTE, now)?;
        Some(minute.max(self.free_in(share.hour, HOUR, now)?))
    }

    fn free_in(&self, most: usize, window: Duration, now: Boot) -> Option<Boot> {
        let room = most.checked_sub(self.queued.len()).filter(|room| *room > 0)?;
        let first = self.left.partition_point(|at| *at + window <= now);
        let held = self.left.len() - first;
        match held.checked_sub(room) {
            None => Some(now),
            Some(over) => self.left.get(first + over).map(|at| *at + window),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(number: usize) -> FollowUp {
        FollowUp::Read(RunId::new(format!("run-{number}")))
    }

    #[test]
    fn the_earlier_of_two_times_counts_and_what_is_forgotten_is_not_due() {
        let mut follow = FollowUps::default();
        let share = Share::of(60, 3600, 1);
        let at = Boot::from_secs;
        follow.want(read(1), at(9));
        follow.want(read(1), at(5));
        follow.want(read(1), at(7));
        follow.want(read(2), at(6));
        follow.forget(&read(2));
        assert_eq!(follow.next(share, at(4)), None);
        assert_eq!(follow.deadline(share, at(4)), Some(at(5)));
        assert_eq!(follow.next(share, at(5)), Some(read(1)));
        assert_eq!(follow.next(share, at(99)), None);
    }

    #[test]
    fn a_share_is_a_quarter_among_all_processes_and_at_least_one() {
        assert_eq!(Share::of(60, 3600, 1), Share { minute: 15, hour: 900 });
        assert_eq!(Share::of(30, 500, 2), Share { minute: 3, hour: 62 });
        assert_eq!(Share::of(3, 2, 9), Share { minute: 1, hour: 1 });
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(crate::testkit::cases(60)))]

        /// Whatever is wanted and however long each waits for its slot.
        #[test]
        fn follow_ups_never_take_more_than_their_share_and_all_get_their_turn(
            wanted in prop::collection::vec((0..200_usize, 0..300_u64), 1..200),
            slots in prop::collection::vec(0..30_u64, 1..50),
            minute in 1..20_usize,
        ) {
            let (mut follow, share) = (FollowUps::default(), Share { minute, hour: 100 });
            let mut all = BTreeSet::new();
            for (number, at) in wanted {
                follow.want(read(number), Boot::from_secs(at));
                all.insert(number);
            }
            let (mut waiting, mut left) = (Vec::new(), Vec::new());
            for second in 0..20_000 {
                let now = Boot::from_secs(second);
                waiting.retain(|(at, call)| {
                    if *at <= now {
                        follow.departed(*call, now);
                        left.push(second);
                    }
                    *at > now
                });
                while follow.next(share, now).is_some() {
                    let number = left.len() + waiting.len();
                    let call = CallId::numbered(number as u64);
                    follow.queued(call);
                    waiting.push((now + Duration::from_secs(slots[number % slots.len()]), call));
                }
            }
            prop_assert_eq!(left.len(), all.len());
            let held = |from: u64, window: u64| {
                left.iter().filter(|at| (from..from + window).contains(at)).count()
            };
            prop_assert!(left.iter().all(|at| held(*at, 60) <= minute && held(*at, 3600) <= 100));
        }
    }
}

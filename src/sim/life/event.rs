//! What is going to happen, in the order of time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use jiff::Timestamp;

use crate::sim::project::Arrival;

/// Something that happens by itself. Numbers are indices of runs, projects and schedules.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Event {
    /// A schedule fires.
    Due(usize, usize),
    /// Something happens to a project at random.
    Comes(usize, Arrival),
    /// A run's kernel is up.
    Ready(usize),
    /// A run has waited for a kernel long enough.
    GivesUp(usize),
    /// A run ends as planned.
    Ends(usize),
    /// A cancelled run stops.
    Stopped(usize),
    /// People open and close notebooks.
    People,
}

/// Events to come; those of the same moment in the order they were added.
#[derive(Clone, Debug, Default)]
pub(super) struct Agenda {
    heap: BinaryHeap<Reverse<(Timestamp, u64, Event)>>,
    added: u64,
}

impl Agenda {
    /// Adds what happens `after` a while from `now`; what lies beyond all time never happens.
    pub(super) fn add(&mut self, now: Timestamp, after: Duration, event: Event) {
        if let Ok(at) = now.checked_add(after) {
            self.added += 1;
            self.heap.push(Reverse((at, self.added, event)));
        }
    }

    /// Takes out the next event that happens no later than `by`.
    pub(super) fn due(&mut self, by: Timestamp) -> Option<(Timestamp, Event)> {
        let Reverse((at, _, _)) = self.heap.peek()?;
        if *at > by {
            return None;
        }
        self.heap.pop().map(|Reverse((at, _, event))| (at, event))
    }
}

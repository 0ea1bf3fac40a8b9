//! How long a sweep takes, and what it waits for most.
//!
//! Its starts are played through in thought: each leaves when the limits and a kernel let it, and
//! gives its kernel back after the usual time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use crate::api::Kind;
use crate::domain::Boot;
use crate::engine::budget::{Budget, Limit, MINUTE, Priority, TRIGGERS};

/// What a forecast is made for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sweep {
    /// How many starts.
    pub count: usize,
    /// Kernels that it may take besides those it holds; at least one is reckoned with.
    pub kernels: usize,
    /// When each of the kernels that it holds already is given back.
    pub held: Vec<Boot>,
    /// How long a run usually takes; if nobody knows, runs are taken to be short.
    pub usual: Option<Duration>,
}

/// What a sweep waits for most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// Nothing: all leave at once.
    Nothing,
    /// A limit on starts.
    Starts(Limit),
    /// The limit on all requests: so many a minute.
    Requests(u32),
    /// The kernels.
    Kernels,
}

/// How a sweep will go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forecast {
    /// When the last start leaves.
    pub leaves: Boot,
    /// When the last run ends; as far as nobody knows how long one takes, when it starts.
    pub ends: Boot,
    /// What it waits for most.
    pub bound: Bound,
}

/// Plays a sweep through from `now` on.
pub fn forecast(budget: &Budget, sweep: &Sweep, now: Boot) -> Forecast {
    let usual = sweep.usual.unwrap_or_default();
    let mut simulation = budget.simulate(now);
    let kernels = sweep.kernels.saturating_add(sweep.held.len()).max(1);
    let mut held: BinaryHeap<Reverse<Boot>> = sweep.held.iter().copied().map(Reverse).collect();
    let mut waits = Waits::default();
    let last = sweep.held.iter().max().copied().unwrap_or(now);
    let (mut leaves, mut ends) = (now, last.max(now));
    for _ in 0..sweep.count {
        let is_full = held.len() >= kernels;
        let freed = if is_full { held.pop() } else { None };
        let free = freed.map_or(leaves, |Reverse(at)| at.max(leaves));
        let fits = simulation.start_fits(free);
        let at = simulation.next(Kind::Trigger, Priority::Sweep, free);
        waits.kernels += free.saturating_sub(leaves);
        waits.starts += fits.saturating_sub(free);
        waits.longest = waits.longest.max(fits.saturating_sub(free));
        waits.requests += at.saturating_sub(fits);
        leaves = at;
        ends = ends.max(at + usual);
        held.push(Reverse(at + usual));
    }
    Forecast { leaves, ends, bound: waits.bound(budget) }
}

/// How long a sweep waits, and for what.
#[derive(Debug, Default)]
struct Waits {
    kernels: Duration,
    /// For the limits on starts, and the longest of these waits.
    starts: Duration,
    longest: Duration,
    /// For the limit on all requests, after that.
    requests: Duration,
}

impl Waits {
    fn bound(&self, budget: &Budget) -> Bound {
        let [minute, hour] = TRIGGERS;
        match self.kernels.max(self.starts).max(self.requests) {
            Duration::ZERO => Bound::Nothing,
            most if most == self.kernels => Bound::Kernels,
            most if most == self.requests => Bound::Requests(budget.limit()),
            _ if self.longest > MINUTE => Bound::Starts(hour),
            _ => Bound::Starts(minute),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::CallId;

    const NOW: Boot = Boot::from_secs(9 * 3600);

    fn mins(count: u64) -> Duration {
        Duration::from_mins(count)
    }

    /// Until the last leaves, until the last ends, and why.
    fn of(count: usize, kernels: usize, usual: Option<u64>) -> (Duration, Duration, Bound) {
        with(&Budget::new(60), count, kernels, usual)
    }

    fn with(
        budget: &Budget,
        count: usize,
        kernels: usize,
        usual: Option<u64>,
    ) -> (Duration, Duration, Bound) {
        let usual = usual.map(mins);
        let sweep = Sweep { count, kernels, held: Vec::new(), usual };
        let forecast = forecast(budget, &sweep, NOW);
        let after = |at: Boot| at.saturating_sub(NOW);
        (after(forecast.leaves), after(forecast.ends), forecast.bound)
    }

    #[test]
    fn two_hundred_short_runs_are_bound_by_the_starts_of_an_hour() {
        let [minute, hour] = TRIGGERS;
        // Sixty leave in the first three minutes of each hour, twenty a minute; the last twenty
        // follow when the fourth hour begins.
        assert_eq!(of(200, 500, None), (mins(180), mins(180), Bound::Starts(hour)));
        assert_eq!(of(200, 500, Some(20)), (mins(180), mins(200), Bound::Starts(hour)));
        assert_eq!(of(60, 500, None), (mins(2), mins(2), Bound::Starts(minute)));
        assert_eq!(of(61, 500, None), (mins(60), mins(60), Bound::Starts(hour)));
        assert_eq!(of(20, 23, Some(4)), (mins(0), mins(4), Bound::Nothing));
    }

    #[test]
    fn long_runs_are_bound_by_the_kernels() {
        // Ten at a time, each for half an hour.
        assert_eq!(of(40, 10, Some(30)), (mins(90), mins(120), Bound::Kernels));
        assert_eq!(of(3, 1, Some(10)), (mins(20), mins(30), Bound::Kernels));
        assert_eq!(of(3, 0, Some(10)), of(3, 1, Some(10)), "one will be free in the end");
        assert_eq!(of(40, 10, None).2, Bound::Starts(TRIGGERS[0]), "short runs hold none");
    }

    #[test]
    fn the_kernels_that_it_holds_come_back_to_it() {
        // One comes back after ten minutes, the other after twenty; each then goes on by itself.
        let held = vec![NOW + mins(20), NOW + mins(10)];
        let sweep = Sweep { count: 4, kernels: 0, held, usual: Some(mins(30)) };
        let forecast = forecast(&Budget::new(60), &sweep, NOW);
        let expected = (NOW + mins(50), NOW + mins(80), Bound::Kernels);
        assert_eq!((forecast.leaves, forecast.ends, forecast.bound), expected);
    }

    #[test]
    fn what_is_used_already_counts() {
        let mut budget = Budget::new(60);
        for n in 0..50 {
            let (call, at) = (CallId::numbered(n), NOW - mins(30));
            budget.take(call, Kind::Trigger, Priority::Person, at);
            budget.settle(call, &crate::api::RateHint::default(), false, at);
        }
        let (leaves, _, bound) = with(&budget, 20, 23, None);
        assert_eq!((leaves, bound), (mins(30), Bound::Starts(TRIGGERS[1])));
        assert_eq!(with(&budget, 10, 23, None).2, Bound::Nothing);
    }

    #[test]
    fn where_requests_are_scarcer_than_starts_they_are_what_it_waits_for() {
        let (leaves, _, bound) = with(&Budget::new(12), 20, 23, None);
        assert_eq!((leaves, bound), (mins(2), Bound::Requests(12)));
    }
}

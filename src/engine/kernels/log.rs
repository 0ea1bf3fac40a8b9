//! How many kernels were held, over time, as this process has known it.

use std::collections::VecDeque;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::Held;

/// How long it is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(48);
/// Steps that are kept at most.
const MOST: usize = 20_000;

/// From when on so many were held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeldSince {
    /// Since when, by the server's clock.
    pub at: Timestamp,
    /// How many; none while nobody looked.
    pub held: Option<Held>,
}

/// The steps, the oldest first.
#[derive(Clone, Debug, Default)]
pub struct KernelLog {
    /// A frozen screen shares them.
    steps: Arc<VecDeque<HeldSince>>,
}

impl KernelLog {
    /// Takes in how many are held now.
    pub fn note(&mut self, held: Option<Held>, at: Timestamp) {
        let last = self.steps.back();
        if last.map(|last| last.held) == Some(held) || last.is_none() && held.is_none() {
            return;
        }
        // The server's clock may turn out to be behind what was thought.
        let at = last.map_or(at, |last| last.at.max(at));
        let steps = Arc::make_mut(&mut self.steps);
        steps.push_back(HeldSince { at, held });
        let oldest = at.saturating_sub(KEPT).unwrap_or(Timestamp::MIN);
        // The step before the oldest moment says what was so then.
        while steps.len() > MOST || steps.get(1).is_some_and(|second| second.at <= oldest) {
            steps.pop_front();
        }
    }

    /// The steps from the one on that says what was so at `from`, the oldest first.
    pub fn since(&self, from: Timestamp) -> impl Iterator<Item = HeldSince> {
        let first = self.steps.partition_point(|step| step.at <= from).saturating_sub(1);
        self.steps.range(first..).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn held(certain: usize) -> Held {
        Held { certain, possible: certain, limit: 25 }
    }

    #[test]
    fn a_step_is_kept_only_where_the_number_changes_and_for_two_days() {
        let mut log = KernelLog::default();
        for (second, number) in
            [(10, None), (20, Some(held(1))), (30, Some(held(1))), (25, Some(held(2))), (50, None)]
        {
            log.note(number, at(second));
        }
        let steps = |log: &KernelLog, from| {
            log.since(at(from)).map(|step| (step.at.as_second(), step.held)).collect::<Vec<_>>()
        };
        assert_eq!(steps(&log, 0), [(20, Some(held(1))), (25, Some(held(2))), (50, None)]);
        assert_eq!(
            steps(&log, 30),
            [(25, Some(held(2))), (50, None)],
            "what was so then comes first"
        );
        assert_eq!(steps(&log, 60), [(50, None)]);
        let later = 50 + 48 * 3600;
        log.note(Some(held(3)), at(later));
        assert_eq!(steps(&log, 0).first(), Some(&(50, None)), "it was still so two days ago");
        log.note(Some(held(4)), at(later + 1));
        assert_eq!(steps(&log, 0).len(), 3);
        log.note(Some(held(5)), at(2 * later));
        assert_eq!(steps(&log, 0), [(later + 1, Some(held(4))), (2 * later, Some(held(5)))]);
    }

    #[test]
    fn the_clock_does_not_turn_back() {
        let mut log = KernelLog::default();
        log.note(Some(held(1)), at(100));
        log.note(Some(held(2)), at(90));
        let times: Vec<_> = log.since(at(0)).map(|step| step.at.as_second()).collect();
        assert_eq!(times, [100, 100]);
    }
}

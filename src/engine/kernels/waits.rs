//! How long runs of the workspace wait for their kernel: from when they were first seen to be pending until they
//! start.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use jiff::Timestamp;

use crate::domain::RunId;
use crate::domain::durations::{Prior, Summary};
use crate::domain::runaway::Limits;
use crate::domain::time::between;

/// Waits that count, the latest.
const MOST: usize = 200;
/// Runs that are pending and known to be; more are not followed.
const PENDING: usize = 10_000;
/// A run that waits for less is nothing that a person has to look at.
const LEAST: Duration = Duration::from_mins(2);
/// The limit before any wait is known.
const UNKNOWN: Duration = Duration::from_mins(5);

/// The waits, and who waits.
#[derive(Clone, Debug, Default)]
pub struct Waits {
    pending: BTreeMap<RunId, Timestamp>,
    known: VecDeque<Duration>,
    limit: Option<Duration>,
}

impl Waits {
    /// Takes in that a run appeared as pending, by the server's clock.
    pub fn begin(&mut self, run: &RunId, seen: Timestamp) {
        if self.pending.len() < PENDING {
            self.pending.entry(run.clone()).or_insert(seen);
        }
    }

    /// Takes in that a run is not pending any more; `start` is when it started, if it has.
    pub fn end(&mut self, run: &RunId, start: Option<Timestamp>) {
        let since = self.pending.remove(run);
        let Some((since, start)) = since.zip(start) else { return };
        self.known.push_back(between(since, start).max(Duration::from_secs(1)));
        if self.known.len() > MOST {
            self.known.pop_front();
        }
        let waits: Vec<_> = self.known.iter().copied().collect();
        let limits = Limits::of(&Prior::default(), &Summary::of(&waits), 1e-2);
        self.limit = Some(limits.slow.max(LEAST));
    }

    /// Beyond this a run waits for longer than is usual: 99 of 100 waits are shorter.
    pub fn limit(&self) -> Duration {
        self.limit.unwrap_or(UNKNOWN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn what_is_usual_is_learned_from_waits_that_were_seen_from_beginning_to_end() {
        let mut waits = Waits::default();
        assert_eq!(waits.limit(), UNKNOWN);
        let mut wait = |number: i64, seconds: i64| {
            let run = RunId::new(number.to_string());
            waits.begin(&run, at(number * 1000));
            waits.begin(&run, at(number * 1000 + 5));
            waits.end(&run, Some(at(number * 1000 + seconds)));
            waits.limit()
        };
        for number in 0..50 {
            wait(number, 8 + number % 5);
        }
        assert_eq!(wait(50, 10), LEAST, "nothing below it is worth a look");
        for number in 51..300 {
            wait(number, 300 + number % 60);
        }
        let limit = wait(300, 320);
        assert!((Duration::from_mins(6)..Duration::from_mins(12)).contains(&limit), "{limit:?}");
        waits.end(&RunId::new("unseen"), Some(at(10)));
        waits.begin(&RunId::new("ended"), at(10));
        waits.end(&RunId::new("ended"), None);
        assert_eq!(waits.limit(), limit);
    }
}

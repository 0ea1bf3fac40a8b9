//! Runs that a rule is about to end, as the log tells it: the first process to say so of a run carries it
//! out, and every one shows it.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::session::Session;
use crate::domain::{Boot, ProjectId, RunId};

/// How long after its end a countdown still keeps others from beginning one for the same run. Whoever
/// carries it out looks at the run once more before, which may take a while.
const GRACE: Duration = Duration::from_mins(1);

/// That a rule is about to end a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Countdown {
    /// The run's project.
    pub project: ProjectId,
    /// The run.
    pub run: RunId,
    /// The rule.
    pub rule: String,
    /// What about the run makes it do so.
    pub why: String,
    /// How long a person can stop it.
    pub lasts: Duration,
}

impl Countdown {
    /// What the journal says of why the run is cancelled.
    pub fn reason(&self) -> String {
        format!("by the rule `{}`: {}", self.rule, self.why)
    }
}

/// A countdown that goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counting {
    /// What is about to happen.
    pub countdown: Countdown,
    /// Who carries it out.
    pub by: Session,
    /// Since when.
    pub since: Boot,
}

impl Counting {
    /// When it is over.
    pub fn until(&self) -> Boot {
        self.since + self.countdown.lasts
    }

    fn is_live(&self, now: Boot) -> bool {
        now < self.until() + GRACE
    }
}

/// All countdowns.
#[derive(Clone, Debug, Default)]
pub struct Countdowns {
    by_run: BTreeMap<RunId, Counting>,
    /// Those that have begun and were not asked about.
    begun: Vec<RunId>,
}

impl Countdowns {
    /// Takes in that one begins; of several for a run the first counts.
    pub(super) fn apply(&mut self, by: Session, at: Boot, countdown: Countdown) {
        self.by_run.retain(|_, counting| counting.is_live(at));
        if !self.by_run.contains_key(&countdown.run) {
            self.begun.push(countdown.run.clone());
            let run = countdown.run.clone();
            self.by_run.insert(run, Counting { countdown, by, since: at });
        }
    }

    /// Forgets what the log has told.
    pub(super) fn clear(&mut self) {
        self.by_run.clear();
    }

    /// A process gives its countdown of a run up.
    pub(super) fn give_up(&mut self, by: Session, run: &RunId) {
        if self.by_run.get(run).is_some_and(|counting| counting.by == by) {
            self.by_run.remove(run);
        }
    }

    /// The countdown of a run is over, or its run is.
    pub fn end(&mut self, run: &RunId) {
        self.by_run.remove(run);
    }

    /// The countdown of a run.
    pub fn of(&self, run: &RunId, now: Boot) -> Option<&Counting> {
        self.by_run.get(run).filter(|counting| counting.is_live(now))
    }

    /// All that go on, by run.
    pub fn live(&self, now: Boot) -> impl Iterator<Item = &Counting> {
        self.by_run.values().filter(move |counting| counting.is_live(now))
    }

    /// Whether any has begun since [`Self::take_begun`].
    pub fn has_begun(&self) -> bool {
        !self.begun.is_empty()
    }

    /// Those that have begun since this was asked last, and go on.
    pub fn take_begun(&mut self, now: Boot) -> Vec<Counting> {
        let begun = std::mem::take(&mut self.begun);
        begun.iter().filter_map(|run| self.of(run, now).cloned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn countdown(rule: &str) -> Countdown {
        Countdown {
            project: ProjectId::new("p"),
            run: RunId::new("r"),
            rule: rule.to_owned(),
            why: "runaway".to_owned(),
            lasts: Duration::from_secs(30),
        }
    }

    #[test]
    fn the_first_to_say_so_carries_it_out_until_a_minute_after_its_end() {
        let mut countdowns = Countdowns::default();
        let (run, [first, other]) = (RunId::new("r"), [Session(1), Session(2)]);
        countdowns.apply(first, Boot::from_secs(10), countdown("a"));
        countdowns.apply(other, Boot::from_secs(10), countdown("b"));
        let at = |second| Boot::from_secs(second);
        let by = |countdowns: &Countdowns, now| countdowns.of(&run, now).map(|it| it.by);
        assert_eq!(by(&countdowns, at(99)), Some(first));
        assert_eq!(countdowns.take_begun(at(20)).len(), 1);
        assert_eq!(countdowns.take_begun(at(20)), []);
        assert_eq!((by(&countdowns, at(100)), countdowns.live(at(100)).count()), (None, 0));
        countdowns.apply(other, at(100), countdown("b"));
        assert_eq!(by(&countdowns, at(100)), Some(other));
        countdowns.give_up(first, &run);
        assert_eq!(by(&countdowns, at(101)), Some(other), "it is another's");
        countdowns.give_up(other, &run);
        assert_eq!(by(&countdowns, at(101)), None);
    }
}

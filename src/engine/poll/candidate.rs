//! Which project to look at next.
//!
//! The model describes every project that may be looked at; the planner names the look that is
//! worth most: the changes it is expected to show, times how long nobody would see them without
//! it. What is expected of a project is learned from its runs. No project is ever left alone for
//! longer than a bound.

use std::time::Duration;

use jiff::Timestamp;

use crate::domain::{Boot, ProjectId};

use super::expectation::{Expectation, Interest};
use super::seconds::{count_f, secs};
use super::why::{Attention, Why};

#[cfg(test)]
pub(super) mod tests;

/// Two looks at one project are at least this far apart.
pub(in crate::engine) const GAP: Duration = Duration::from_secs(3);
/// The longest a project is left alone, as a multiple of the time that a look at each project in
/// turn would take.
pub const ROUNDS: u32 = 3;
/// The parts of that after which a look is due whatever it is worth: the earliest and the latest.
/// Each project has its own part, so that those that nothing happens in, once looked at one after
/// the other, do not fall due together and keep all others waiting. The rest is for the queue.
const DUE: (f64, f64) = (0.68, 0.88);

/// A project that may be looked at.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// Which.
    pub project: &'a ProjectId,
    /// Since when it is known.
    pub listed: Boot,
    /// When the last look at it began; none before the first.
    pub looked: Option<Boot>,
    /// Not before this, because looking failed lately.
    pub not_before: Boot,
    /// What is expected of it.
    pub expectation: &'a Expectation,
    /// Who cares.
    pub attention: Attention,
}

/// The moment for which a look is chosen.
#[derive(Clone, Copy, Debug)]
pub struct Slot {
    /// By our clock.
    pub boot: Boot,
    /// By the server's.
    pub server: Timestamp,
    /// The longest that any project may be left alone; see [`longest`].
    pub longest: Duration,
}

/// The longest that any of so many projects is left alone at so many looks a minute, unless
/// projects in which a person waits for something take all looks.
pub fn longest(projects: usize, looks_a_minute: u32) -> Duration {
    let projects = u32::try_from(projects).unwrap_or(u32::MAX).max(1);
    let round = Duration::from_mins(1).saturating_mul(projects) / looks_a_minute.max(1);
    round.saturating_mul(ROUNDS).max(Duration::from_secs(30))
}

/// What to do with the next slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plan {
    /// Look at this project.
    Look(ProjectId),
    /// No project may be looked at before this.
    NotBefore(Boot),
    /// There is nothing to look at.
    Idle,
}

/// What decides between two looks, most important last compared first.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
enum Rank {
    /// So much is a look worth.
    Worth(f64),
    /// It was not looked at for too long; the number is its age. Whoever is interested, the oldest
    /// comes first: otherwise those of interest could keep all others waiting.
    Due(f64),
    /// A person waits for what a look will show; the number is its age.
    Awaited(f64),
}

/// Names the most valuable look among all of them, by comparing each with each: what
/// [`Planner`](super::Planner) does without, and is measured by.
pub fn next<'a>(candidates: impl Iterator<Item = Candidate<'a>>, slot: Slot) -> Plan {
    let mut best: Option<(Rank, &ProjectId)> = None;
    let mut soonest: Option<Boot> = None;
    for candidate in candidates {
        let ready = candidate.ready();
        if ready > slot.boot {
            soonest = Some(soonest.map_or(ready, |at| at.min(ready)));
            continue;
        }
        let most = best.map(|(most, _)| most);
        let rank = candidate.rank(slot, most);
        if most.is_none_or(|most| rank > most) {
            best = Some((rank, candidate.project));
        }
    }
    match (best, soonest) {
        (Some((_, project)), _) => Plan::Look(project.clone()),
        (None, Some(at)) => Plan::NotBefore(at),
        (None, None) => Plan::Idle,
    }
}

impl Candidate<'_> {
    /// When it may be looked at again.
    pub(super) fn ready(&self) -> Boot {
        self.looked.map_or(Boot::ZERO, |at| at + GAP).max(self.not_before)
    }

    /// How long ago it was looked at; one that never was is taken for one that has been left alone
    /// for the longest time since before it was listed.
    pub(super) fn age(&self, slot: Slot) -> Duration {
        let known = || slot.boot.saturating_sub(self.listed);
        self.looked.map_or_else(|| slot.longest + known(), |at| slot.boot.saturating_sub(at))
    }

    pub(super) fn interest(&self) -> Interest {
        match self.attention {
            Attention::Usual => Interest::NONE,
            Attention::Pinned => Interest { factor: 4.0, rate: 1.0 / 60.0 },
            Attention::Selected | Attention::Unsettled => Interest { factor: 4.0, rate: 0.1 },
        }
    }

    /// Whether it was left alone so long that a look is due whatever it is worth. One that was
    /// never looked at is due after one round.
    pub(super) fn is_due(&self, age: f64, slot: Slot) -> bool {
        let longest = slot.longest.as_secs_f64();
        if self.looked.is_none() {
            let known = slot.boot.saturating_sub(self.listed).as_secs_f64();
            return known > longest / f64::from(ROUNDS);
        }
        age > DUE.0 * longest && age > due_part(due_class(self.project)) * longest
    }

    /// Its rank; one that is below `most` may be given for any other below it.
    fn rank(&self, slot: Slot, most: Option<Rank>) -> Rank {
        let age = self.age(slot).as_secs_f64();
        if self.attention == Attention::Unsettled {
            return Rank::Awaited(age);
        }
        let interest = self.interest();
        if self.is_due(age, slot) {
            return Rank::Due(age);
        }
        let now = secs(slot.server);
        let longest = slot.longest.as_secs_f64();
        if interest == Interest::NONE {
            // Of most projects little is expected, and that is soon reckoned.
            let bound = Rank::Worth(self.expectation.worth_at_most(now - age, now, longest));
            if most.is_some_and(|most| bound <= most) {
                return bound;
            }
        }
        Rank::Worth(self.expectation.worth(now - age, now, interest, longest))
    }

    /// What a look at it is worth now.
    pub(super) fn worth(&self, slot: Slot) -> f64 {
        let (age, now) = (self.age(slot).as_secs_f64(), secs(slot.server));
        self.expectation.worth(now - age, now, self.interest(), slot.longest.as_secs_f64())
    }

    /// What a look at it is worth at most from now on until `later` seconds have passed.
    pub(super) fn worth_within(&self, slot: Slot, later: f64) -> f64 {
        let (age, now) = (self.age(slot).as_secs_f64(), secs(slot.server));
        let longest = slot.longest.as_secs_f64();
        self.expectation.worth_until(now - age, (now, now + later), self.interest(), longest)
    }

    /// Why it is chosen.
    pub fn why(&self, slot: Slot) -> Why {
        let age = self.age(slot).as_secs_f64();
        let now = secs(slot.server);
        match (self.attention, self.looked, self.rank(slot, None)) {
            (Attention::Unsettled, ..) => Why::Unsettled,
            (Attention::Selected, ..) => Why::Selected,
            (Attention::Pinned, ..) => Why::Pinned,
            (Attention::Usual, None, _) => Why::Unseen,
            (Attention::Usual, Some(_), Rank::Due(_)) => Why::Oldest,
            (Attention::Usual, ..) => self.expectation.why(now - age, now),
        }
    }
}

/// Classes of projects by when a look at them is due.
pub(super) const DUE_CLASSES: usize = 16;

/// The class of a project: evenly spread by its id.
pub(super) fn due_class(project: &ProjectId) -> usize {
    let hash = project.as_str().bytes().fold(0_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x9e37_79b1).rotate_left(15)
    });
    usize::try_from(hash >> 28).unwrap_or(0) % DUE_CLASSES
}

/// The part of the longest time after which a look at a project of this class is due.
pub(super) fn due_part(class: usize) -> f64 {
    DUE.0 + (DUE.1 - DUE.0) * (count_f(class) + 0.5) / count_f(DUE_CLASSES)
}

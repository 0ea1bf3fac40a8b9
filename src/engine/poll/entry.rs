//! A project as the planner has it.

use std::time::Duration;

use super::candidate::{Candidate, Slot, due_class};
use super::expectation::Expectation;
use super::orders::{Bound, span};
use super::why::Attention;
use crate::domain::{Boot, ProjectId};

/// A bound that is no more than so many times what a look is worth now is a tight one.
pub(super) const TIGHT: f64 = 2.0;
/// For such a part of the time since the last look a bound is sought at first,
const PART: f64 = 0.25;
/// within twice of which it mostly grows so many times,
const GROWTH: f64 = 1.4;
/// doubled at most so many times,
const DOUBLINGS: i32 = 4;
/// and halved to so many seconds at least.
const LEAST: f64 = 1.0;

/// What of a project matters for planning.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// Since when it is known.
    pub listed: Boot,
    /// When the last look at it began; none before the first.
    pub looked: Option<Boot>,
    /// Not before this, because looking failed lately.
    pub not_before: Boot,
    /// What is expected of it.
    pub expectation: Expectation,
    /// Who cares.
    pub attention: Attention,
    /// Whether it can be run.
    pub is_runnable: bool,
    /// Whether it is polled in its turn.
    pub is_polled: bool,
    /// Whether a person waits for what a look will show.
    pub is_focus: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) project: ProjectId,
    pub(super) profile: Profile,
    pub(super) class: usize,
    /// When it is supposed to have been looked at, if it never was.
    pub(super) supposed: Option<Boot>,
    /// Not before this, because a look is on its way.
    pub(super) deferred: Boot,
    /// The time under which it waits to be looked at again; none while it may be.
    pub(super) waits: Option<Boot>,
    pub(super) bound: Option<Bound>,
    /// How many times the time of a bound was doubled last; below zero if halved.
    doublings: i32,
}

impl Entry {
    pub(super) fn new(project: ProjectId, profile: Profile, deferred: Boot) -> Self {
        let class = due_class(&project);
        let (supposed, waits, bound) = (None, None, None);
        Self { project, profile, class, supposed, deferred, waits, bound, doublings: 0 }
    }

    /// As it is judged.
    pub(super) fn candidate(&self) -> Candidate<'_> {
        let Profile { listed, looked, not_before, expectation, attention, .. } = &self.profile;
        Candidate {
            project: &self.project,
            listed: *listed,
            looked: *looked,
            not_before: *not_before,
            expectation,
            attention: *attention,
        }
    }

    /// When the last look at it began, for the order of age.
    pub(super) fn age_key(&self) -> Boot {
        self.profile.looked.unwrap_or(Boot::ZERO)
    }

    /// As its worth is reckoned: one that was never looked at is taken for one that was, long ago.
    fn valued(&self) -> Candidate<'_> {
        let candidate = self.candidate();
        Candidate { looked: candidate.looked.or(self.supposed), ..candidate }
    }

    /// What a look at it is worth now.
    pub(super) fn worth(&self, slot: Slot) -> f64 {
        self.valued().worth(slot)
    }

    /// What it is worth at most for some time: the longest found for which that is not much more than it
    /// is worth now, or far below `level`. It holds up to this `longest`.
    pub(super) fn most(&mut self, slot: Slot, longest: Duration, level: f64) -> Bound {
        let candidate = self.valued();
        let most = Slot { longest, ..slot };
        let part = candidate.age(slot).as_secs_f64() * PART;
        let bound = |doublings: i32| {
            let lasts = (part * f64::from(doublings).exp2()).max(LEAST);
            Bound { most: candidate.worth_within(most, lasts), until: slot.boot + span(lasts) }
        };
        // It is mostly as long as it was last.
        let mut doublings = self.doublings;
        let mut found = bound(doublings);
        let mut good = level / 2.0;
        if found.most > good {
            good = good.max(TIGHT * candidate.worth(slot));
        }
        if found.most <= good {
            // It grows at least so much with each doubling, where it grows.
            while doublings < DOUBLINGS && found.most * GROWTH <= good {
                let longer = bound(doublings + 1);
                if longer.most > good {
                    break;
                }
                (doublings, found) = (doublings + 1, longer);
            }
        } else {
            while found.most > good && part * f64::from(doublings).exp2() > LEAST {
                doublings -= 1;
                found = bound(doublings);
            }
        }
        self.doublings = doublings;
        found
    }
}

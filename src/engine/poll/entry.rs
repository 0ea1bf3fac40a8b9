//! A project as the planner has it.

use super::orders::{Bound, shortest, span};
use crate::domain::{Boot, ProjectId};
use crate::engine::plan::{Attention, Candidate, Expectation, Slot, due_class};

/// Doublings of the time for which a bound is sought that is far below what was chosen lately.
const DOUBLINGS: u32 = 7;

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
}

impl Entry {
    pub(super) fn new(project: ProjectId, profile: Profile, deferred: Boot) -> Self {
        let class = due_class(&project);
        let (supposed, waits, bound) = (None, None, None);
        Self { project, profile, class, supposed, deferred, waits, bound }
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

    /// What it is worth at most for some time. What is far below `level` need not be known exactly.
    pub(super) fn most(&self, slot: Slot, level: f64) -> Bound {
        let candidate = self.valued();
        let shortest = shortest(candidate.age(slot).as_secs_f64());
        let bound = |doublings: u32| {
            let lasts = shortest * f64::from(1_u32 << doublings);
            Bound { most: candidate.worth_within(slot, lasts), until: slot.boot + span(lasts) }
        };
        // The most doublings after which the bound is still low, by halving what is left of them. Most
        // projects are either near that level or far below it.
        let is_low = |bound: &Bound| bound.most < level / 2.0;
        let (mut low, mut high, mut next) = (None, DOUBLINGS + 1, 1);
        let mut least = 0;
        while least + 1 < high {
            match Some(bound(next)).filter(is_low) {
                Some(bound) => (least, low) = (next, Some(bound)),
                None => high = next,
            }
            next = least.midpoint(high);
        }
        low.unwrap_or_else(|| bound(0))
    }
}

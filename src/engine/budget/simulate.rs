//! The budget in thought: when requests would leave that nobody has asked for yet.
//!
//! It supposes that nobody else asks for anything and that replies come at once.

use super::{Admission, Budget, Priority};
use crate::api::Kind;
use crate::domain::Boot;
use crate::engine::CallId;

/// A budget in thought; each request that is thought of takes its slot.
#[derive(Clone, Debug)]
pub struct Simulation {
    budget: Budget,
    at: Boot,
}

impl Budget {
    /// What would leave from `now` on.
    pub fn simulate(&self, now: Boot) -> Simulation {
        let mut budget = self.clone();
        // What is on its way frees its slot in time; were it left open, it never would.
        for _ in 0..budget.log.end_all(now) {
            budget.known.spend();
        }
        Simulation { budget, at: now }
    }

    /// Takes `count` slots of `kind` in thought and tells when each would leave.
    pub fn forecast(&self, kind: Kind, priority: Priority, count: usize, now: Boot) -> Vec<Boot> {
        let mut simulation = self.simulate(now);
        (0..count).map(|_| simulation.next(kind, priority, now)).collect()
    }
}

impl Simulation {
    /// When the limits on starts would let the next start leave, whatever else there is to wait
    /// for; none before `not_before`.
    pub fn start_fits(&self, not_before: Boot) -> Boot {
        let mut at = self.at.max(not_before);
        while let Admission::NotBefore(later) = self.budget.fits_starts(at) {
            at = later;
        }
        at
    }

    /// Takes the next slot, none before `not_before`, and tells when that is.
    pub fn next(&mut self, kind: Kind, priority: Priority, not_before: Boot) -> Boot {
        self.at = self.at.max(not_before);
        // A moment that is named may name a later one when its turn comes, because several
        // windows bind; each step passes at least one slot, so it ends.
        while let Admission::NotBefore(later) = self.budget.admit(kind, priority, self.at) {
            self.at = later;
        }
        self.budget.take(CallId::UNSENT, kind, priority, self.at);
        self.budget.log.close(CallId::UNSENT, self.at);
        self.budget.known.spend();
        self.budget.known.let_cancels_through();
        self.at
    }
}

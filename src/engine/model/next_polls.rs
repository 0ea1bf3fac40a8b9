//! The polls that come next and why, for a person to see what the budget goes to.
//!
//! It is the planner's own choice, made for one coming slot after the other as if each look had
//! shown nothing new.

use std::collections::BTreeMap;

use crate::api::Kind;
use crate::domain::Now;
use crate::engine::Tier;
use crate::engine::plan::{self, Candidate, NextPoll, Plan, Why};

use super::Model;

impl Model {
    /// The next polls, at most `count`, soonest first; none while nothing may be asked.
    pub fn next_polls(&self, count: usize, now: Now) -> Vec<NextPoll> {
        if self.token.is_refused() {
            return Vec::new();
        }
        let outage = self.outage.as_ref().map(|outage| outage.next);
        let ready = outage.max(self.token.next_try()).unwrap_or(now.boot).max(now.boot);
        let mut looked = BTreeMap::new();
        let mut polls = Vec::new();
        for at in self.ledger.budget().forecast(Kind::Read, Tier::Poll, count, ready) {
            let slot = now.after(at.saturating_sub(now.boot));
            let moment = self.slot(slot);
            let candidates = || {
                self.may_look(slot).map(|candidate| Candidate {
                    looked: looked.get(candidate.project).copied().or(candidate.looked),
                    ..candidate
                })
            };
            let Plan::Look(project) = plan::next(candidates(), moment) else {
                continue;
            };
            let chosen = candidates().find(|candidate| *candidate.project == project);
            let why = chosen.map_or(Why::Oldest, |candidate| candidate.why(moment));
            looked.insert(project.clone(), at);
            polls.push(NextPoll { project, at, why });
        }
        polls
    }
}

//! The polls that come next and why, for a person to see what the budget goes to.
//!
//! It is the planner's own choice, made for one coming slot after the other as if each look had
//! shown nothing new.

use std::collections::BTreeMap;

use crate::api::Kind;
use crate::domain::Now;
use crate::engine::Tier;
use crate::engine::plan::{Attention, Candidate, NextPoll, Plan, Planner, Why};

use super::{Model, Watched};

impl Model {
    /// The next polls, at most `count`, soonest first; none while nothing may be asked.
    pub fn next_polls(&self, count: usize, now: Now) -> Vec<NextPoll> {
        if self.refused {
            return Vec::new();
        }
        let ready = self.outage.as_ref().map_or(now.boot, |outage| outage.next.max(now.boot));
        let mut looked = BTreeMap::new();
        let mut polls = Vec::new();
        for at in self.ledger.budget().forecast(Kind::Read, Tier::Poll, count, ready) {
            let slot = now.after(at.saturating_sub(now.boot));
            let mut candidates = self.may_look(slot).map(|candidate| Candidate {
                looked: looked.get(candidate.project).copied().or(candidate.looked),
                ..candidate
            });
            let Plan::Look(project) = self.planner.next(&mut candidates, at) else {
                continue;
            };
            let why = self.projects.get(&project).map_or(Why::Oldest, |watched| {
                why(&self.candidate(watched, self.server_now(slot), slot.boot), watched)
            });
            looked.insert(project.clone(), at);
            polls.push(NextPoll { project, at, why });
        }
        polls
    }
}

/// What weighs most in a choice.
fn why(candidate: &Candidate<'_>, watched: &Watched) -> Why {
    match candidate.attention {
        Attention::Unsettled => return Why::Unsettled,
        Attention::Selected => return Why::Selected,
        Attention::Pinned => return Why::Pinned,
        Attention::Usual => {}
    }
    let scheduled = watched.due.filter(|_| candidate.due).map(Why::Scheduled);
    let ending = watched.active().next().map(|seen| Why::RunEndsAbout(seen.run.id.clone()));
    if candidate.looked.is_none() {
        Why::Unseen
    } else {
        scheduled.or(ending).unwrap_or(Why::Oldest)
    }
}

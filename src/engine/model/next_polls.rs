//! The polls that come next and why, for a person to see what the budget goes to.
//!
//! It is the planner's own choice, made for one coming slot after the other as if each look had
//! shown nothing new.

use crate::api::Kind;
use crate::domain::Now;
use crate::engine::Priority;
use crate::engine::poll::{NextPoll, Why};

use super::Model;

impl Model {
    /// The next polls, at most `count`, soonest first; none while nothing may be asked.
    pub fn next_polls(&self, count: usize, now: Now) -> Vec<NextPoll> {
        if !self.plans(now.boot) {
            return Vec::new();
        }
        let outage = self.server.next_try();
        let ready = outage.max(self.account.token.next_try()).unwrap_or(now.boot).max(now.boot);
        let mut planner = self.planner.present().excerpt(count, now.boot);
        let mut polls = Vec::new();
        let room = self.room(now.boot);
        for at in self.coordinator.budget().forecast(Kind::Read, Priority::Poll, count, ready) {
            let moment = self.slot(now.after(at.saturating_sub(now.boot)));
            let Some(project) = planner.choose(moment, room).cloned() else { continue };
            let why = planner.why(&project, moment).unwrap_or(Why::Oldest);
            planner.claim(&project, at);
            planner.look(&project, at);
            polls.push(NextPoll { project, at, why });
        }
        polls
    }
}

//! What forms and queues share: a name for each start, and the confirmation of many.

use jiff::Zoned;

use super::State;
use super::layer::Cx;
use crate::domain::{Now, ProjectId, RunId, StartRun};
use crate::engine::Intent;
use crate::engine::model::StartId;

impl State {
    /// The moment in the zone where the form counts days. It is the server's: this machine's
    /// clock may be wrong.
    pub(super) fn civil(&self, now: Now) -> Zoned {
        self.model.server_now(now).to_zoned(self.options.zone.clone())
    }
}

impl Cx<'_> {
    /// A name for another start.
    pub(crate) fn new_ticket(&mut self) -> StartId {
        let last = &self.state.last_ticket;
        last.set(last.get() + 1);
        StartId::new(self.now.wall, self.state.model.session(), last.get())
    }
}

/// Confirms starts that leave one after the other, where `after` is given once the cancel of that run has ended
/// it; gives their queue. One is no queue.
pub(super) fn queue(
    project: ProjectId,
    starts: Vec<StartRun>,
    reason: Option<String>,
    after: Option<RunId>,
    cx: &mut Cx<'_>,
) -> Option<StartId> {
    let ticket = cx.new_ticket();
    match <[StartRun; 1]>::try_from(starts) {
        Ok([start]) if after.is_none() => {
            cx.intend(Intent::Start { ticket, project, start, reason });
            None
        }
        starts => {
            let starts = starts.map_or_else(|several| several, Vec::from);
            cx.intend(Intent::Queue { queue: ticket, project, starts, reason, after });
            Some(ticket)
        }
    }
}

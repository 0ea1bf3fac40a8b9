//! What is said of queues outside their panel.

use super::State;
use super::command::{Context, Verb};
use super::text::{count, safe};
use crate::domain::Now;
use crate::engine::model::{Poller, QueueState, QueueView, Start};

impl State {
    /// The queue that goes on, else one that waits for a person.
    fn queue_in_sight(&self, now: Now) -> Option<QueueView> {
        let of = |wanted: fn(&QueueState) -> bool| {
            let mut queues = self.model.open_queues(now);
            queues.find(|queue| queue.of > 1 && wanted(&queue.state))
        };
        of(|state| matches!(state, QueueState::Going(_) | QueueState::AfterCancel(_)))
            .or_else(|| of(|state| matches!(state, QueueState::Paused(_))))
    }

    /// `queue 37/200, next in 12 s`
    pub(crate) fn queue_words(&self, now: Now) -> Option<String> {
        let queue = self.queue_in_sight(now)?;
        let far = format!("queue {}/{}", queue.left(), queue.of);
        let here = self.key(Context::Panes, Verb::Queues);
        Some(match (queue.state, queue.next) {
            (QueueState::Paused(_), _) => format!("{far} paused ({here})"),
            (_, Some(at)) if at > now.boot => {
                format!("{far}, next in {} s", Self::seconds_until(at, now))
            }
            (QueueState::Going(Some(_)) | QueueState::AfterCancel(_), _) => {
                format!("{far} waits ({here})")
            }
            _ => far,
        })
    }

    /// What is said of queues before the program ends.
    pub(crate) fn unsent_words(&self, now: Now) -> Option<String> {
        let unsent = self.model.unsent_in_queues();
        if unsent == 0 {
            return None;
        }
        let fate = if self.model.poller(now.boot) == Poller::Unshared {
            "lost, because nothing is kept here".to_owned()
        } else {
            let key = self.key(Context::Panes, Verb::Queues);
            format!("kept, and {key} resumes it next time")
        };
        Some(format!("a queue of {} not sent ({fate})", count(unsent, "start")))
    }

    /// What a start that has not left waits for.
    pub(crate) fn wait_words(&self, start: &Start, now: Now) -> String {
        let key = |verb| self.key(Context::Panes, verb);
        let (back, queues) = (key(Verb::Cancel), key(Verb::Queues));
        let Some(point) = start.entry.queue else {
            return format!("for the budget; {back} takes it back");
        };
        let queue = self.model.queue(point.queue, now);
        let next = queue.as_ref().and_then(|queue| queue.next);
        if point.of > 1 {
            let (nth, of) = (point.index + 1, point.of);
            return format!("start {nth} of {of} of its queue ({queues}); {back} takes it back");
        }
        match (next, queue.as_ref().map(|queue| &queue.state)) {
            (Some(at), _) => {
                let wait = Self::seconds_until(at, now);
                format!("for room, goes out in {wait} s; {back} takes it back")
            }
            (None, Some(QueueState::AfterCancel(run))) => {
                format!("until run {} is cancelled; {back} takes it back", safe(run.short()))
            }
            (None, Some(QueueState::Paused(why))) => format!("paused: {}", safe(why)),
            (None, _) => format!("for room; {back} takes it back"),
        }
    }
}

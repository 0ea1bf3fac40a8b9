//! Queues and the rest of the screen: what a key in their panel comes to, and what is said of them
//! elsewhere.

use super::dialog::{QueuePanel, QueueWish};
use super::text::{count, safe};
use super::{Effect, Overlay, State};
use crate::domain::Now;
use crate::engine::Intent;
use crate::engine::model::{Poller, QueueState, QueueView, Start};

impl State {
    pub(super) fn press_queues(
        &mut self,
        mut panel: QueuePanel,
        chord: super::chord::Chord,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let wish = panel.press(chord, &self.model, now);
        if wish != QueueWish::Close {
            self.overlay = Some(Overlay::Queues(panel));
        }
        let intent = match wish {
            QueueWish::Stay | QueueWish::Close => return,
            QueueWish::Pause(queue) => Intent::PauseQueue(queue),
            QueueWish::Resume(queue) => Intent::ResumeQueue(queue),
            QueueWish::Cut(queue) => Intent::CutQueue(queue),
            QueueWish::Retry(queue) => {
                let starts = self.model.retries(queue);
                let first = self.model.points(queue).next();
                let Some(entry) = first.map(|start| start.entry.clone()) else { return };
                let number = starts.len();
                if number > 0 {
                    self.queue(entry.project, starts, entry.reason, now, effects);
                    self.inform(format!("{} again", count(number, "start")), now);
                }
                return;
            }
        };
        self.intend(intent, now, effects);
    }

    /// The queue that goes on, else one that waits for a person.
    fn queue_in_sight(&self, now: Now) -> Option<QueueView> {
        let of = |wanted: fn(&QueueState) -> bool| {
            let mut queues = self.model.open_queues(now.boot);
            queues.find(|queue| queue.of > 1 && wanted(&queue.state))
        };
        of(|state| matches!(state, QueueState::Going(_)))
            .or_else(|| of(|state| matches!(state, QueueState::Paused(_))))
    }

    /// `queue 37/200, next in 12 s`
    pub(crate) fn queue_words(&self, now: Now) -> Option<String> {
        let queue = self.queue_in_sight(now)?;
        let far = format!("queue {}/{}", queue.left(), queue.of);
        Some(match (queue.state, queue.next) {
            (QueueState::Paused(_), _) => format!("{far} paused (Q)"),
            (_, Some(at)) if at > now.boot => {
                format!("{far}, next in {} s", Self::seconds_until(at, now))
            }
            (QueueState::Going(Some(_)), _) => format!("{far} waits (Q)"),
            _ => far,
        })
    }

    /// What is said of queues before the program ends.
    pub(crate) fn unsent_words(&self, now: Now) -> Option<String> {
        let unsent = self.model.unsent_in_queues();
        if unsent == 0 {
            return None;
        }
        let fate = match self.model.poller(now.boot) {
            Poller::Unshared => "lost, because nothing is kept here",
            _ => "kept, and Q resumes it next time",
        };
        Some(format!("a queue of {} not sent ({fate})", count(unsent, "start")))
    }

    /// What a start that has not left waits for.
    pub(crate) fn wait_words(&self, start: &Start, now: Now) -> String {
        let Some(point) = start.entry.queue else {
            return "for the budget; X takes it back".to_owned();
        };
        let queue = self.model.queue(point.queue, now.boot);
        let next = queue.as_ref().and_then(|queue| queue.next);
        if point.of > 1 {
            let (nth, of) = (point.index + 1, point.of);
            return format!("start {nth} of {of} of its queue (Q); X takes it back");
        }
        match (next, queue.as_ref().map(|queue| &queue.state)) {
            (Some(at), _) => {
                format!("for room, goes out in {} s; X takes it back", Self::seconds_until(at, now))
            }
            (None, Some(QueueState::Paused(why))) => format!("paused: {}", safe(why)),
            (None, _) => "for room; X takes it back".to_owned(),
        }
    }
}

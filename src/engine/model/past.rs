//! What is read of the kept timeline: asked of the store, and beside what is in memory.

use jiff::Timestamp;

use super::{Effect, Model};
use crate::domain::Now;
use crate::engine::sync::protocol::StoreRequest;
use crate::engine::timeline::{ChangePage, Past, Reading};

impl Model {
    /// Wants what the kept timeline has of a stretch of time, as soon as the store can be read. Without one there is
    /// none.
    pub(super) fn read_past(
        &mut self,
        from: Timestamp,
        to: Timestamp,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        if self.coordinator.has_store() {
            self.past.want(from, to, self.server_now(now));
            self.revision += 1;
            self.read_on(effects);
        }
    }

    /// Asks for what is still to be read of it, if the store can be read.
    pub(super) fn read_on(&mut self, effects: &mut Vec<Effect>) {
        if self.coordinator.is_shared() {
            let range = self.past.ask();
            effects.extend(range.map(|range| Effect::Store(StoreRequest::ReadChanges(range))));
        }
    }

    pub(super) fn take_changes(&mut self, page: ChangePage) {
        self.past.answered(page);
        self.revision += 1;
    }

    /// What was read of the kept timeline.
    pub fn past(&self) -> &Past {
        &self.past
    }

    /// How far the stretch of time is read that was wanted last.
    pub fn past_reading(&self) -> Reading {
        match self.past.reading() {
            Reading::Nothing => Reading::Nothing,
            _ if self.coordinator.is_apart() => Reading::Failed,
            reading => reading,
        }
    }
}

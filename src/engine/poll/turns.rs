//! Whose turn it is, so that nobody waits for ever.

use std::collections::VecDeque;

use super::FOCUS_TURN;
use crate::domain::Boot;
use crate::engine::budget::MINUTE;

/// How much room the polls have now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// All that is not kept for others.
    All,
    /// Projects have so many looks a minute in their turn: a person waits, or is about to decide.
    Narrow(u32),
}

/// Who had the last polls.
#[derive(Clone, Debug, Default)]
pub(super) struct Turns {
    /// Polls that the others have before the next one goes to where a person waits.
    owed: u32,
    /// When projects were looked at in their turn, within the last minute.
    recent: VecDeque<Boot>,
}

impl Turns {
    /// Whether those wait for their turn that the others owe.
    pub(super) fn is_owed(&self) -> bool {
        self.owed > 0
    }

    /// A project in which a person waits has had a poll.
    pub(super) fn give_focus(&mut self) {
        if self.owed == 0 {
            self.owed = FOCUS_TURN - 1;
        }
    }

    /// A project has had a poll in its turn.
    pub(super) fn give_turn(&mut self, now: Boot) {
        self.owed = self.owed.saturating_sub(1);
        self.recent.push_back(now);
    }

    /// Forgets what is longer ago than a minute.
    pub(super) fn pass(&mut self, now: Boot) {
        while self.recent.front().is_some_and(|at| *at + MINUTE <= now) {
            self.recent.pop_front();
        }
    }

    /// When projects may be looked at in their turn.
    pub(super) fn opens(&self, room: Room, now: Boot) -> Boot {
        let Room::Narrow(most) = room else { return now };
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let binding = self.recent.len().checked_sub(most).and_then(|at| self.recent.get(at));
        binding.map_or(now, |at| now.max(*at + MINUTE))
    }
}

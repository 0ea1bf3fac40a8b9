//! Pinning, and incident mode: what a person wants to be watched before all else.

use super::{Effect, State};
use crate::domain::Now;
use crate::engine::Intent;
use crate::engine::model::PollScope;

impl State {
    /// Pins the selected project, or lets it go.
    pub(super) fn pin(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let Some(project) = self.selected_project() else {
            return self.warn("there is no project to pin: select one first".to_owned(), now);
        };
        let title = self.title(&project);
        let mut pinned = self.model.pinned().clone();
        let runnable = self.model.project(&project).is_some_and(|w| w.project.is_runnable());
        if pinned.remove(&project) {
            self.inform(format!("{title} is no longer pinned"), now);
        } else if runnable {
            pinned.insert(project);
            self.inform(format!("pinned {title}: listed first, polled first"), now);
        } else {
            let text = "only a published project has runs to watch: publish it in Hex first";
            return self.warn(text.to_owned(), now);
        }
        self.intend(Intent::Pin(pinned), now, effects);
    }

    /// Turns incident mode on and off.
    pub(super) fn turn_incident(&mut self, now: Now, effects: &mut Vec<Effect>) {
        if self.model.is_incident() {
            return self.intend(Intent::Poll(PollScope::All), now, effects);
        }
        let pinned = match self.model.pins_in_sight() {
            0 => {
                let text = "nothing is pinned: p pins the selected project, then P polls only that";
                return self.warn(text.to_owned(), now);
            }
            1 => "1 pinned project is".to_owned(),
            number => format!("{number} pinned projects are"),
        };
        let text = format!("incident: only {pinned} polled; P ends it");
        self.inform(text, now);
        self.intend(Intent::Poll(PollScope::Pinned), now, effects);
    }

    /// Says that incident mode is over, however it ended.
    pub(super) fn note_incident(&mut self, now: Now) {
        let before = std::mem::replace(&mut self.scope, self.model.scope());
        if before == PollScope::Pinned && self.scope == PollScope::All {
            let why = if self.model.pins_in_sight() == 0 { ", nothing is pinned" } else { "" };
            self.inform(format!("incident mode is over{why}: everything is polled again"), now);
        }
    }
}

//! Pinning, and incident mode: what a person wants to be watched before all else.

use super::command::{Context, Verb};
use super::{Effect, State};
use crate::domain::{Now, ProjectId};
use crate::engine::Intent;
use crate::engine::model::PollScope;

impl State {
    /// Why a project cannot be pinned, if so.
    pub(super) fn why_not_pin(&self, project: &ProjectId) -> Option<String> {
        let runnable = self.model.project(project).is_some_and(|w| w.project.is_runnable());
        let may = runnable || self.model.pinned().contains(project);
        (!may).then(|| "only a published project has runs to watch: publish it in Hex first".into())
    }

    /// Pins a project, or lets it go.
    pub(super) fn pin(&mut self, project: Option<ProjectId>, now: Now, effects: &mut Vec<Effect>) {
        let Some(project) = project else { return };
        let title = self.title(&project);
        let mut pinned = self.model.pinned().clone();
        if pinned.remove(&project) {
            self.inform(format!("{title} is no longer pinned"), now);
        } else {
            pinned.insert(project);
            self.inform(format!("pinned {title}: listed first, polled first"), now);
        }
        self.intend(Intent::Pin(pinned), now, effects);
    }

    /// Turns incident mode on and off.
    pub(super) fn turn_incident(&mut self, now: Now, effects: &mut Vec<Effect>) {
        if self.model.is_incident() {
            return self.intend(Intent::Poll(PollScope::All), now, effects);
        }
        let pinned = match self.model.pins_in_sight() {
            1 => "1 pinned project is".to_owned(),
            number => format!("{number} pinned projects are"),
        };
        let key = self.key(Context::Panes, Verb::Incident);
        let text = format!("incident: only {pinned} polled; {key} ends it");
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

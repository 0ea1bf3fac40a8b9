//! The task of `hextop guard`: a watch that delivers alerts and says in a file how it is.

use std::io;
use std::time::Duration;

use super::super::watch::{Ended, Listener, WatchTask};
use super::status::{Status, StatusFile};
use crate::domain::{Boot, Now};
use crate::engine::alerts::Alert;
use crate::engine::{Event, Model};
use crate::shell::headless::{Step, Task};

/// The status is written at least this often, so that an old one says that nobody guards.
const PULSE: Duration = Duration::from_secs(10);

/// Who takes alerts to the person.
pub(super) trait Messenger {
    /// Takes one on its way, without waiting for it.
    fn tell(&self, alert: Alert);
}

/// A guard that goes on.
pub(super) struct GuardTask<L, M> {
    watch: WatchTask<L>,
    messenger: M,
    status: Option<StatusFile>,
    /// Whether the rules were looked at for projects that are not there.
    checked: bool,
    /// What the status last said, and when it is written anew at the latest.
    said: Option<(Status, Boot)>,
}

impl<L, M> GuardTask<L, M> {
    pub(super) fn new(watch: WatchTask<L>, messenger: M, status: Option<StatusFile>) -> Self {
        Self { watch, messenger, status, checked: false, said: None }
    }

    /// Writes the status if it is another one, or its time has come.
    fn write_status(&mut self, model: &Model, now: Now) {
        let Some(file) = &mut self.status else { return };
        let status = Status::of(model, now);
        let is_due = match &self.said {
            Some((said, until)) => *until <= now.boot || !said.says(&status),
            None => true,
        };
        if is_due {
            file.write(&status, model.server_now(now));
            self.said = Some((status, now.boot + PULSE));
        }
    }
}

impl<L: Listener, M: Messenger> Task for GuardTask<L, M> {
    type End = Ended;

    fn step(&mut self, events: &[Event], model: &Model, now: Now) -> io::Result<Step<Ended>> {
        let step = self.watch.step(events, model, now);
        for event in events {
            if let Event::Alert(alert) = event {
                self.messenger.tell(alert.clone());
            }
        }
        if let Ok(Step::End(_)) | Err(_) = &step {
            if let Some(file) = &mut self.status {
                file.end();
            }
            return step;
        }
        if !self.checked && model.is_listed() {
            self.checked = true;
            for rule in model.idle_rules() {
                let text = "names a project that is not known: look at how it is written";
                self.note(&format!("the rule `{}` {text}", rule.name));
            }
        }
        self.write_status(model, now);
        step
    }

    fn stopped(&mut self, end: Ended) -> Option<Ended> {
        if let Some(file) = &mut self.status {
            file.end();
        }
        Some(end)
    }

    fn deadline(&self) -> Option<Boot> {
        let status = self.said.as_ref().map(|(_, until)| *until);
        self.watch.deadline().into_iter().chain(status).min()
    }
}

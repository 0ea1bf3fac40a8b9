//! The headless loop in virtual time, with a task that writes down every change it is told.

use std::io;
use std::time::Duration;

use hextop::domain::{Boot, Now};
use hextop::engine::model::Change;
use hextop::engine::{Event, Model, Settings};
use hextop::shell::headless::{Headless, Step, Task};
use hextop::shell::store::Store;

use crate::dashboard::{Line, open, virtual_time};
use crate::hex::Hex;

/// Writes changes down until its time is up.
struct Notes {
    changes: Vec<Change>,
    until: Boot,
}

impl Task for Notes {
    type End = Vec<Change>;

    fn step(&mut self, events: &[Event], _: &Model, now: Now) -> io::Result<Step<Vec<Change>>> {
        for event in events {
            if let Event::RunChanged(change) = event {
                self.changes.push(change.clone());
            }
        }
        let is_over = now.boot >= self.until;
        Ok(if is_over { Step::End(std::mem::take(&mut self.changes)) } else { Step::Wait })
    }

    fn deadline(&self) -> Option<Boot> {
        Some(self.until)
    }
}

/// Every change of a run that is told within so many seconds from the opening of the workspace.
pub(crate) fn changes(hex: &Hex, seconds: u64) -> Vec<Change> {
    virtual_time(async {
        let clock = open(hex);
        let until = clock.now().boot + Duration::from_secs(seconds);
        let headless = Headless {
            model: Model::new(Settings::default()),
            task: Notes { changes: Vec::new(), until },
            wire: Line::new(hex.clone(), clock),
            stop: std::future::pending(),
            store: Store::none(),
            clock,
        };
        headless.run().await.unwrap().0
    })
}

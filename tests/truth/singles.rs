//! A run that cannot be read by itself, although the list has it.

use std::io;
use std::time::Duration;

use hextop::domain::{Boot, Now, RunStatus};
use hextop::engine::model::{Change, News};
use hextop::engine::{Event, Intent, Model, Settings};
use hextop::shell::headless::{Headless, Step, Task};
use hextop::shell::store::Store;

use crate::dashboard::{Line, open, virtual_time};
use crate::hex::Hex;
use crate::hex::life::Life;
use crate::hex::reply::Reply;
use crate::hex::request::Op;
use crate::hex::rule::{Act, Rule};
use crate::hex::world::ME;

/// Cancels every run that it sees at thirty seconds, and writes down what is told.
struct Canceller {
    from: Boot,
    until: Boot,
    cancelled: bool,
    changes: Vec<Change>,
}

impl Task for Canceller {
    type End = (Vec<Change>, usize);

    fn step(&mut self, events: &[Event], model: &Model, now: Now) -> io::Result<Step<Self::End>> {
        let changes = events.iter().filter_map(|event| match event {
            Event::RunChanged(change) => Some(change.clone()),
            _ => None,
        });
        self.changes.extend(changes);
        if now.boot >= self.until {
            return Ok(Step::End((std::mem::take(&mut self.changes), model.runs().count())));
        }
        if now.boot >= self.from && !std::mem::replace(&mut self.cancelled, true) {
            let all = model.runs().map(|(w, seen)| (w.project.id.clone(), seen.run.id.clone()));
            return Ok(Step::StoreRequest(Intent::Cancel(all.collect::<Vec<_>>().into())));
        }
        Ok(Step::Wait)
    }

    fn deadline(&self) -> Option<Boot> {
        Some(if self.cancelled { self.until } else { self.from })
    }
}

#[test]
fn a_run_that_cannot_be_read_by_itself_stays_and_is_not_told_as_new() {
    for status in [400, 404, 422] {
        let hex = Hex::with(|knobs| knobs.killed_after = None);
        hex.project("Alpha", Life::endless());
        hex.begin("Alpha", ME);
        let refused = Reply::error(status, "BAD_REQUEST", "Run cannot be read");
        hex.rule(Rule::on(Op::Run, Act::Instead(refused)));
        let (changes, runs) = virtual_time(async {
            let clock = open(&hex);
            let now = clock.now().boot;
            let (from, until) = (now + Duration::from_secs(150), now + Duration::from_mins(15));
            let task = Canceller { from, until, cancelled: false, changes: Vec::new() };
            let (model, wire) = (Model::new(Settings::default()), Line::new(hex.clone(), clock));
            let (stop, store) = (std::future::pending(), Store::none());
            Headless { model, task, wire, stop, store, clock }.run().await.unwrap().0
        });
        assert!(!hex.requests_of(Op::Cancel).is_empty());
        assert!(changes.iter().all(|change| change.news != News::Appeared), "{status} {changes:?}");
        let running = changes.iter().filter(|change| change.to == RunStatus::Running).count();
        assert_eq!((running, runs), (1, 1), "{status} {changes:?}");
    }
}

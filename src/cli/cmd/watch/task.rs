//! The task of `hextop watch`: to tell a listener what changes, and whether it would know.

use std::collections::BTreeSet;
use std::io;

use crate::domain::{Boot, Now, RunId};
use crate::engine::model::{CancelEntry, CancelStage, Health, RuleStep};
use crate::engine::queries::watch_reporter::{Report, WatchReporter};
use crate::engine::{Event, Model};
use crate::shell::headless::{Step, Task};

/// Who is told what changes.
pub(in crate::cli) trait Listener {
    /// Takes in one report.
    ///
    /// # Errors
    /// If it cannot be passed on; that ends the watch.
    fn hear(&mut self, report: &Report, model: &Model, now: Now) -> io::Result<()>;
}

/// Why the watch has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Ended {
    /// By this signal.
    Signal(u8),
    /// Nobody reads any more what it tells.
    Unread,
    /// Its time was up.
    TimeUp,
    /// Hex refused the token.
    TokenRefused,
    /// No project has one of the names that it was to watch.
    NoSuchProject(Vec<String>),
}

/// A watch that goes on.
#[derive(Debug)]
pub(in crate::cli) struct WatchTask<L> {
    listener: L,
    reporter: WatchReporter,
    /// Runs whose cancels rules have ordered here, and of which it was not told what became.
    ordered: BTreeSet<RunId>,
    /// Whether the list of projects was there at the last step.
    listed: bool,
    /// When it ends by itself.
    until: Option<Boot>,
}

impl<L: Listener> WatchTask<L> {
    pub(in crate::cli) fn new(listener: L, until: Option<Boot>) -> Self {
        Self {
            listener,
            reporter: WatchReporter::default(),
            ordered: BTreeSet::new(),
            listed: false,
            until,
        }
    }
}

impl<L> WatchTask<L> {
    /// Takes out what has become of cancels by rules. One that is stuck is told, and then no more.
    fn settled(&mut self, model: &Model) -> Vec<CancelEntry> {
        let settled = |run: &RunId| {
            let entry = model.last_cancel(run)?;
            let is_over = !entry.stage.is_open() || matches!(entry.stage, CancelStage::Stuck(_));
            is_over.then(|| entry.clone())
        };
        let entries: Vec<_> = self.ordered.iter().filter_map(settled).collect();
        for entry in &entries {
            self.ordered.remove(&entry.run);
        }
        entries
    }
}

impl<L: Listener> Task for WatchTask<L> {
    type End = Ended;

    fn step(&mut self, events: &[Event], model: &Model, now: Now) -> io::Result<Step<Ended>> {
        for event in events {
            // All others answer a person's intents, and there is no person here.
            let report = match event {
                Event::RunChanged(change) => Report::Run(change.clone()),
                Event::Verdict(news) => Report::Verdict(news.clone()),
                Event::Rule(news) => {
                    if news.step == RuleStep::Ordered {
                        self.ordered.insert(news.run.clone());
                    }
                    Report::Rule(news.clone())
                }
                _ => continue,
            };
            self.listener.hear(&report, model, now)?;
        }
        for entry in self.settled(model) {
            self.listener.hear(&Report::Cancelled(entry), model, now)?;
        }
        // A wrong name is a mistake when the first list shows it; later the project is gone.
        if !std::mem::replace(&mut self.listed, model.is_listed())
            && self.listed
            && !model.missing().is_empty()
        {
            return Ok(Step::End(Ended::NoSuchProject(model.missing().to_vec())));
        }
        for report in self.reporter.look(model, now) {
            self.listener.hear(&report, model, now)?;
        }
        if model.health(now.boot) == Health::TokenRefused {
            return Ok(Step::End(Ended::TokenRefused));
        }
        let is_over = self.until.is_some_and(|until| until <= now.boot);
        Ok(if is_over { Step::End(Ended::TimeUp) } else { Step::Wait })
    }

    fn deadline(&self) -> Option<Boot> {
        self.until
    }
}

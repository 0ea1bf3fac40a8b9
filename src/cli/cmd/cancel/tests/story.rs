//! One command in the simulated workspace, with a person who types what the test says.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::cli::cmd::cancel::lines::Line;
use crate::cli::cmd::cancel::plan::Person;
use crate::cli::cmd::cancel::*;
use crate::cli::cmd::watch::tests::Near;
use crate::domain::filter::Saved;
use crate::domain::rules::Rule;
use crate::domain::{Boot, Now};
use crate::shell::store::Store;
use crate::sim::{CallKind, Scenario, World};

const SCENARIO: &str = r#"
[kernels]
total = 100
stop = "1s"

[[project]]
title = "Churn model"
median = "60s"
spread = 0.0
past = 20
hung = [40.0, 30.0, 20.0]

[[project]]
title = "Finance close"
median = "10m"
hung = [5.0]

[[project]]
title = "Ad spend"
median = "5h"
running = 1
"#;

/// All that a person has seen and heard.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) lines: Vec<Value>,
    pub(super) heard: Vec<String>,
    pub(super) shown: Vec<String>,
    pub(super) asked: Vec<String>,
    /// The line that changes, and since when it said so.
    pub(super) watched: Vec<(Boot, String)>,
}

/// A person who types these answers, one to each question.
struct Typist {
    pub(super) answers: VecDeque<&'static str>,
    pub(super) seen: Arc<Mutex<Seen>>,
}

impl Person for Typist {
    fn take(&mut self, line: &Line) {
        self.seen.lock().unwrap().lines.push(serde_json::from_str(&line.json()).unwrap());
    }

    fn hear(&mut self, text: &str) {
        self.seen.lock().unwrap().heard.push(text.to_owned());
    }

    fn see(&mut self, text: &str) {
        self.seen.lock().unwrap().shown.push(text.to_owned());
    }

    fn watch(&mut self, now: Now, text: &dyn Fn() -> String) {
        let text = text();
        let mut seen = self.seen.lock().unwrap();
        if seen.watched.last().is_none_or(|(_, last)| *last != text) {
            seen.watched.push((now.boot, text));
        }
    }

    fn watch_again(&self) -> Option<Boot> {
        None
    }

    fn ask(&mut self, question: &str) {
        self.seen.lock().unwrap().asked.push(question.to_owned());
    }

    fn answer(&mut self) -> Option<String> {
        self.answers.pop_front().map(str::to_owned)
    }
}

/// What is left of a command that has ended.
pub(super) struct Ended {
    pub(super) end: End,
    pub(super) seen: Seen,
    pub(super) world: World,
}

impl Ended {
    pub(super) fn count(&self, kind: CallKind) -> u64 {
        self.world.tally().of(kind)
    }

    pub(super) fn states(&self) -> Vec<&str> {
        self.seen.lines.iter().map(|line| line["state"].as_str().unwrap_or("none")).collect()
    }
}

/// How a command is given.
pub(super) struct Story {
    pub(super) scenario: &'static str,
    pub(super) faults: &'static [&'static str],
    pub(super) answers: &'static [&'static str],
    pub(super) settings: Settings,
    /// When a signal comes.
    pub(super) stop: Option<u64>,
    pub(super) plan: Plan,
}

impl Default for Story {
    fn default() -> Self {
        Self {
            scenario: SCENARIO,
            faults: &[],
            answers: &[],
            settings: Settings { reads_list: false, ..Settings::default() },
            stop: None,
            plan: Plan {
                consent: Consent::Given,
                waits: true,
                time_up: None,
                protected: Vec::new(),
                reason: None,
            },
        }
    }
}

impl Story {
    pub(super) fn asked(answers: &'static [&'static str]) -> Self {
        let mut story = Self { answers, ..Self::default() };
        story.plan.consent = Consent::Asked;
        story
    }

    pub(super) fn protecting(mut self) -> Self {
        self.settings.rules = vec![Rule::protecting(&["Finance close".to_owned()])];
        self
    }

    pub(super) fn run(self, filter: &str) -> Ended {
        self.run_on(Selection { filter: Some(filter.to_owned()), ..Selection::default() })
    }

    /// The workspace as it is when the command begins.
    pub(super) fn world(&self) -> World {
        let mut scenario = Scenario::from_toml(self.scenario).unwrap();
        scenario.faults.extend(self.faults.iter().map(|fault| fault.parse().unwrap()));
        World::new(&scenario, 1, origin())
    }

    pub(super) fn run_on(self, selection: Selection) -> Ended {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(async {
            let clock = Clock::tokio(origin());
            let world = Arc::new(Mutex::new(self.world()));
            let seen = Arc::new(Mutex::new(Seen::default()));
            let person =
                Typist { answers: self.answers.iter().copied().collect(), seen: Arc::clone(&seen) };
            let search = Search::new(selection, Saved::new()).unwrap();
            let stop = self.stop;
            let stop = Box::pin(async move {
                match stop {
                    Some(seconds) => tokio::time::sleep(Duration::from_secs(seconds)).await,
                    None => std::future::pending().await,
                }
                End::Left(Why::Signal(2), Tally::default())
            });
            let (end, model) = Headless {
                model: Model::new(self.settings),
                task: CancelTask::new(search, self.plan, person),
                wire: Near { world: Arc::clone(&world), clock },
                stop,
                store: Store::none(),
                clock,
            }
            .run()
            .await
            .unwrap();
            drop(model);
            let mut world = world.lock().unwrap().clone();
            world.advance(clock.now());
            let seen = std::mem::take(&mut *seen.lock().unwrap());
            Ended { end, seen, world }
        })
    }
}

/// When every command begins.
fn origin() -> Now {
    Now { boot: Boot::from_secs(7200), wall: "2026-10-20T08:00:00Z".parse().unwrap() }
}

/// How many runs were cancelled in truth.
pub(super) fn killed(ended: &Ended) -> usize {
    ended.world.runs().filter(|run| run.status().word() == "killed").count()
}

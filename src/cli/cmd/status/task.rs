//! The task of `hextop status`: to find the run, and perhaps to wait until it has ended.

use std::io;

use crate::cli::reading::{Failure, Waiter};
use crate::cli::search::choice::Target;
use crate::cli::search::{Next, Search};
use crate::domain::{Boot, Now};
use crate::engine::model::{Health, PollScope};
use crate::engine::{Event, Intent, Model};
use crate::shell::headless::{Step, Task};
use crate::ui::text::span;

/// How the run was left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Look {
    pub(super) target: Target,
    /// Whether Hex refused the token while it was waited for.
    pub(super) is_shut_out: bool,
}

/// How far it is.
#[derive(Debug)]
enum Phase {
    Begin,
    Searching,
    Following(Target),
}

/// The task.
#[derive(Debug)]
pub(super) struct StatusTask {
    search: Search,
    waits: bool,
    waiter: Waiter,
    phase: Phase,
    /// Whether it was said that nothing gets through.
    is_outage_told: bool,
}

impl StatusTask {
    pub(super) fn new(search: Search, waits: bool, waiter: Waiter) -> Self {
        Self { search, waits, waiter, phase: Phase::Begin, is_outage_told: false }
    }

    fn search(&mut self, model: &Model, now: Now) -> Step<Result<Look, Failure>> {
        if !model.has_joined() {
            return Step::Wait;
        }
        match self.search.next(model, now) {
            Next::Ask(intent) => Step::StoreRequest(intent),
            Next::Failed(trouble) => Step::End(Err(trouble.into())),
            Next::Found(choice) => {
                let mut found = choice.targets.into_iter().chain(choice.ended);
                match found.next() {
                    Some(target) => self.follow(target, model),
                    None => Step::End(Err(Failure::Nothing(choice.missing.join("; ")))),
                }
            }
            Next::Wait => {
                let search = &self.search;
                let failure = if search.awaits_list(model) {
                    self.waiter.wait_for_list(model, now)
                } else {
                    self.waiter.wait(model, now, || search.progress(model))
                };
                failure.map_or(Step::Wait, |failure| Step::End(Err(failure)))
            }
        }
    }

    fn follow(&mut self, target: Target, model: &Model) -> Step<Result<Look, Failure>> {
        let is_over = |(project, run): &Target| {
            model.run(project, run).is_none_or(|seen| !seen.run.is_active())
        };
        if !self.waits || is_over(&target) {
            return self.end(target, false);
        }
        self.phase = Phase::Following(target.clone());
        Step::StoreRequest(Intent::Focus { selected: Some(target.0), dialog: Vec::new() })
    }

    fn look(&mut self, target: Target, model: &Model, now: Now) -> Step<Result<Look, Failure>> {
        let (project, run) = &target;
        let elapsed = match model.run(project, run) {
            Some(seen) if seen.run.is_active() => model.moment(now).elapsed(seen),
            _ => return self.end(target, false),
        };
        let health = model.health(now.boot);
        if let Health::Offline { error, .. } = &health
            && !std::mem::replace(&mut self.is_outage_told, true)
        {
            self.waiter.progress.say(&format!("{error}; trying again"));
        }
        let is_doubted = matches!(health, Health::TokenDoubted { .. });
        if health == Health::TokenRefused || is_doubted && self.waiter.is_late(now) {
            return self.end(target, true);
        }
        if self.waiter.is_late(now) {
            return self.end(target, false);
        }
        self.waiter.progress.update(now, || {
            let took = elapsed.map_or_else(|| "not started yet".to_owned(), span);
            format!("waiting for the end of {}: {took}", run.short())
        });
        self.phase = Phase::Following(target);
        Step::Wait
    }

    fn end(&mut self, target: Target, is_shut_out: bool) -> Step<Result<Look, Failure>> {
        self.waiter.progress.clear();
        Step::End(Ok(Look { target, is_shut_out }))
    }
}

impl Task for StatusTask {
    type End = Result<Look, Failure>;

    fn step(&mut self, _: &[Event], model: &Model, now: Now) -> io::Result<Step<Self::End>> {
        Ok(match std::mem::replace(&mut self.phase, Phase::Searching) {
            // Nothing but what this is about is polled.
            Phase::Begin => Step::StoreRequest(Intent::Poll(PollScope::Selected)),
            Phase::Searching => self.search(model, now),
            Phase::Following(target) => self.look(target, model, now),
        })
    }

    fn note(&mut self, text: &str) {
        self.waiter.progress.say(text);
    }

    fn deadline(&self) -> Option<Boot> {
        self.waiter.deadline().into_iter().chain(self.search.deadline()).min()
    }
}

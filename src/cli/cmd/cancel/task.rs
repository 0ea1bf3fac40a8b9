//! The task of `hextop cancel`: find the runs, have them confirmed, order the cancels, and wait for
//! what comes of each.

use std::io;

use super::confirm::{Answered, Confirm, listing};
use super::end::{End, Tally, Why};
use super::follow::{Follow, Settled, ended_as};
use super::lines::Line;
use super::plan::{AGAIN, Consent, PARTING, Person, Plan, TYPING};
use crate::cli::patience::Patience;
use crate::cli::search::choice::{Choice, Target};
use crate::cli::search::{Next, Search, Trouble};
use crate::domain::{Boot, Now};
use crate::engine::guard::Refusal;
use crate::engine::model::{CancelEntry, CancelOrder, CancelStage, PollScope};
use crate::engine::{Event, Intent, Model};
use crate::shell::headless::{Step, Task};

/// How far it is.
#[derive(Debug)]
enum Phase {
    Begin,
    Searching,
    /// It is looked again then whether an answer was typed.
    Asking(Confirm, Boot),
    Ordering(Vec<Target>),
    Following,
    /// What has not left is taken back, until then at the latest, which is not set at first; last
    /// tried at that time.
    Leaving(Why, Option<Boot>, Option<Boot>),
    /// It is over, but for what the journal lacks, which is waited for until then.
    Recording(End, Boot),
}

/// The task.
pub(super) struct CancelTask<P> {
    search: Search,
    plan: Plan,
    person: P,
    phase: Phase,
    follow: Follow,
    tally: Tally,
    patience: Patience,
}

impl<P: Person> CancelTask<P> {
    pub(super) fn new(search: Search, plan: Plan, person: P) -> Self {
        Self {
            search,
            plan,
            person,
            phase: Phase::Begin,
            follow: Follow::default(),
            tally: Tally::default(),
            patience: Patience::default(),
        }
    }

    /// Why it goes on no longer, if that is so.
    fn trouble(&mut self, model: &Model, now: Now) -> Option<Why> {
        let person = &mut self.person;
        let awaits_list = matches!(self.phase, Phase::Searching) && self.search.awaits_list(model);
        let outage = if awaits_list {
            self.patience.list_outage(model, now, |text| person.hear(text))
        } else {
            self.patience.outage(model, now, |text| person.hear(text))
        };
        if let Some(outage) = outage {
            return Some(Why::Outage(outage));
        }
        self.plan.time_up.is_some_and(|at| at <= now.boot).then_some(Why::TimeUp)
    }

    fn search(&mut self, model: &Model, now: Now) -> Step<End> {
        if !model.has_joined() {
            return Step::Wait;
        }
        match self.search.next(model, now) {
            Next::Ask(intent) => Step::StoreRequest(intent),
            Next::Found(choice) => self.choose(choice, model, now),
            Next::Failed(Trouble::Wrong(why)) => {
                Step::End(End::Wrong(format!("{why}. Nothing was cancelled")))
            }
            Next::Failed(Trouble::Nothing(why)) => Step::End(End::Nothing(vec![why])),
            Next::Wait => {
                if let Some(why) = self.trouble(model, now) {
                    return Step::End(End::Left(why, Tally::default()));
                }
                self.person.watch(now, &|| self.search.progress(model));
                Step::Wait
            }
        }
    }

    /// Goes on with what was found.
    fn choose(&mut self, choice: Choice, model: &Model, now: Now) -> Step<End> {
        let Choice { targets, ended, missing } = choice;
        if targets.is_empty() && ended.is_empty() {
            return Step::End(End::Nothing(missing));
        }
        for text in &missing {
            self.person.hear(text);
        }
        self.tally.missing = missing.len();
        for target in ended {
            self.tell((target.clone(), ended_as(&target, model), None), model, now);
        }
        if targets.is_empty() {
            return Step::End(End::Over(self.tally.clone()));
        }
        if self.plan.consent == Consent::DryRun {
            for target in &targets {
                self.person.take(&Line::of(target, None, None, model, now));
            }
            return Step::End(End::Listed(self.tally.clone()));
        }
        let order = CancelOrder {
            runs: targets,
            named: self.plan.protected.clone(),
            reason: self.plan.reason.clone(),
            rule: None,
        };
        for text in listing(&order.runs, model, now) {
            self.person.see(&text);
        }
        let is_final = |refusal: &Refusal| !matches!(refusal, Refusal::Protected { .. });
        if let Some(refusal) = model.check(&order).err().filter(is_final) {
            return Step::End(End::Wrong(format!("{refusal}. Nothing was cancelled")));
        }
        if self.plan.consent == Consent::Asked {
            let confirm = Confirm::new(order, model);
            return self.ask(confirm, now);
        }
        match model.check(&order) {
            Ok(()) => self.order(order),
            Err(refusal) => Step::End(End::Wrong(format!("{refusal}. Nothing was cancelled"))),
        }
    }

    /// Asks what is left to ask, or goes on where nothing is.
    fn ask(&mut self, confirm: Confirm, now: Now) -> Step<End> {
        let Some(question) = confirm.question() else { return self.order(confirm.order()) };
        self.person.ask(&question);
        self.phase = Phase::Asking(confirm, now.boot + TYPING);
        Step::Wait
    }

    fn hear_answer(&mut self, mut confirm: Confirm, model: &Model, now: Now) -> Step<End> {
        if self.plan.time_up.is_some_and(|at| at <= now.boot) {
            return Step::End(End::Left(Why::TimeUp, Tally::default()));
        }
        let Some(typed) = self.person.answer() else {
            self.phase = Phase::Asking(confirm, now.boot + TYPING);
            return Step::Wait;
        };
        if !typed.ends_with('\n') {
            // Nobody types any more, so the question's line has no end yet.
            self.person.see("");
        }
        match confirm.answer(&typed, model) {
            Answered::No => Step::End(End::Declined),
            Answered::On => self.ask(confirm, now),
        }
    }

    fn order(&mut self, order: CancelOrder) -> Step<End> {
        self.phase = Phase::Ordering(order.runs.clone());
        Step::StoreRequest(Intent::Cancel(order))
    }

    /// Takes in that the order was carried out, or that the guard refused it.
    fn ordered(
        &mut self,
        targets: &[Target],
        events: &[Event],
        model: &Model,
        now: Now,
    ) -> Step<End> {
        let refused = events.iter().find_map(|event| match event {
            Event::CancelRefused(refusal) => Some(refusal.to_string()),
            _ => None,
        });
        if let Some(why) = refused {
            return Step::End(End::Wrong(format!("{why}. Nothing was cancelled")));
        }
        let (follow, ended) = Follow::begin(targets, self.plan.waits, model);
        self.follow = follow;
        self.tell_all(ended, model, now);
        self.go_on(model, now)
    }

    /// Tells what has come of the cancels; ends once nothing more will.
    fn go_on(&mut self, model: &Model, now: Now) -> Step<End> {
        self.phase = Phase::Following;
        let settled = self.follow.settled(model);
        self.tell_all(settled, model, now);
        if self.follow.is_over() {
            return self.record(End::Over(self.tally.clone()), now.boot + PARTING, model, now);
        }
        if let Some(why) = self.trouble(model, now) {
            return self.leave(why, None, None, model, now);
        }
        self.person.watch(now, &|| self.follow.progress(&self.tally, model, now));
        Step::Wait
    }

    /// Takes back what has not left, then tells how far each is.
    fn leave(
        &mut self,
        why: Why,
        until: Option<Boot>,
        tried: Option<Boot>,
        model: &Model,
        now: Now,
    ) -> Step<End> {
        let until = until.unwrap_or(now.boot + PARTING);
        let settled = self.follow.settled(model);
        self.tell_all(settled, model, now);
        if model.unsent_cancels() > 0 && now.boot < until {
            // While its slot is being claimed it cannot be taken back: it is tried again.
            let waits = tried.is_some_and(|at| now.boot < at + AGAIN);
            let tried = if waits { tried } else { Some(now.boot) };
            self.phase = Phase::Leaving(why, Some(until), tried);
            return if waits { Step::Wait } else { Step::StoreRequest(Intent::WithdrawCancels) };
        }
        let rest = self.follow.rest(model);
        self.tell_all(rest, model, now);
        self.record(End::Left(why, self.tally.clone()), until, model, now)
    }

    fn record(&mut self, end: End, until: Boot, model: &Model, now: Now) -> Step<End> {
        if !model.owes_cancels() || until <= now.boot {
            return Step::End(end);
        }
        self.phase = Phase::Recording(end, until);
        Step::Wait
    }

    fn tell_all(&mut self, settled: Settled, model: &Model, now: Now) {
        for one in settled {
            self.tell(one, model, now);
        }
    }

    fn tell(
        &mut self,
        (target, stage, entry): (Target, CancelStage, Option<CancelEntry>),
        model: &Model,
        now: Now,
    ) {
        self.tally.take(&stage, self.plan.waits);
        self.person.take(&Line::of(&target, Some(stage), entry.as_ref(), model, now));
    }
}

impl<P: Person> Task for CancelTask<P> {
    type End = End;

    fn step(&mut self, events: &[Event], model: &Model, now: Now) -> io::Result<Step<End>> {
        Ok(match std::mem::replace(&mut self.phase, Phase::Searching) {
            // Nothing but what this is about is polled.
            Phase::Begin => Step::StoreRequest(Intent::Poll(PollScope::Selected)),
            Phase::Searching => self.search(model, now),
            Phase::Asking(confirm, _) => self.hear_answer(confirm, model, now),
            Phase::Ordering(targets) => self.ordered(&targets, events, model, now),
            Phase::Following => self.go_on(model, now),
            Phase::Leaving(why, until, tried) => self.leave(why, until, tried, model, now),
            Phase::Recording(end, until) => self.record(end, until, model, now),
        })
    }

    fn note(&mut self, text: &str) {
        self.person.hear(text);
    }

    fn stopped(&mut self, end: End) -> Option<End> {
        match (&self.phase, end) {
            (Phase::Following, End::Left(why, _)) => {
                self.phase = Phase::Leaving(why, None, None);
                None
            }
            (Phase::Leaving(..) | Phase::Recording(..), _) => None,
            (Phase::Asking(..), end) => {
                // The question has no answer, so its line has no end yet.
                self.person.see("");
                Some(end)
            }
            (_, end) => Some(end),
        }
    }

    fn deadline(&self) -> Option<Boot> {
        let phase = match &self.phase {
            Phase::Searching => {
                let search = [self.search.deadline(), self.patience.deadline()];
                search.into_iter().flatten().chain(self.person.watch_again()).min()
            }
            Phase::Following => self.person.watch_again(),
            Phase::Asking(_, at) => Some(*at),
            Phase::Leaving(_, until, tried) => return tried.map(|at| at + AGAIN).or(*until),
            Phase::Recording(_, until) => return Some(*until),
            _ => None,
        };
        phase.into_iter().chain(self.plan.time_up).min()
    }
}

//! The task of `hextop run` and `hextop rerun`: find the project, send the start once, and wait
//! for what is to be waited for.

use std::cell::Cell;
use std::io;
use std::time::Duration;

use jiff::tz::TimeZone;

use super::args::{KnownInputs, StartArgs};
use super::end::{Checked, End};
use super::find::{Target, find, starts_of, unrunnable};
use crate::cli::patience::{GIVE_UP, Outage, Patience, TOKEN_TRIES};
use crate::cli::progress::Progress;
use crate::domain::{Boot, Now, ProjectId, RunId, StartRun};
use crate::engine::model::{
    CancelOrder, Health, PollScope, ProjectState, Start, StartId, StartStage,
};
use crate::engine::{Event, Intent, Model};
use crate::shell::headless::{Step, Task};
use crate::ui::Server;
use crate::ui::text::span;

/// The pause before it is tried once more to take a start back.
const AGAIN: Duration = Duration::from_millis(100);
/// How long a project's description is waited for, without which it is started all the same.
const LOOKUP: Duration = Duration::from_secs(5);
/// How long a cancel after the time was up is followed.
const CANCEL: Duration = Duration::from_mins(2);
/// How long the end waits for the journal to have what became of the cancel.
const RECORD: Duration = Duration::from_secs(2);

/// What is done with the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Until {
    /// Hex checks it and starts nothing.
    Checked,
    /// Until it has started, or is known not to.
    Started,
    /// Until its run has ended.
    Ended,
}

/// What becomes of a run that takes too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Late {
    /// It goes on.
    Left,
    /// It is cancelled.
    Cancelled,
}

/// All that the arguments and the settings say.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) target: Target,
    pub(super) order: StartArgs,
    pub(super) reason: Option<String>,
    pub(super) until: Until,
    /// When it must be over.
    pub(super) time_up: Option<Boot>,
    pub(super) late: Late,
    /// Protected projects that are named, so that their runs may be cancelled.
    pub(super) protected: Vec<String>,
    pub(super) server: Server,
    pub(super) zone: TimeZone,
}

/// How far it is.
#[derive(Debug)]
enum Phase {
    Begin,
    Finding,
    /// Hex is asked what the project is called and whether it is published.
    LookingUp {
        project: ProjectId,
        until: Boot,
    },
    /// The project's inputs are being read.
    Reading(ProjectId),
    Checking(ProjectId, StartRun),
    Starting,
    Running(RunId),
    Cancelling {
        run: RunId,
        until: Boot,
    },
    /// It is over, but for what the journal lacks, which is waited for until then.
    Recording(End, Boot),
}

/// The task.
#[derive(Debug)]
pub(super) struct StartTask<'a> {
    plan: Plan,
    phase: Phase,
    /// The name of the start, once there is one.
    ticket: &'a Cell<Option<StartId>>,
    /// What was said of waiting, so that it is said once.
    told: Option<&'static str>,
    /// When it was last tried to take the start back.
    withdrawn: Option<Boot>,
    patience: Patience,
    progress: Progress,
}

impl<'a> StartTask<'a> {
    pub(super) fn new(plan: Plan, ticket: &'a Cell<Option<StartId>>, progress: Progress) -> Self {
        let patience = Patience::default();
        Self { plan, phase: Phase::Begin, ticket, told: None, withdrawn: None, patience, progress }
    }

    fn say_once(&mut self, key: &'static str, text: &str) {
        if self.told != Some(key) {
            self.told = Some(key);
            self.progress.say(text);
        }
    }

    /// Waits on, and says how far it is.
    fn wait(&mut self, now: Now, text: impl FnOnce() -> String) -> Step<End> {
        self.progress.update(now, text);
        Step::Wait
    }

    fn is_late(&self, now: Now) -> bool {
        self.plan.time_up.is_some_and(|at| at <= now.boot)
    }

    /// Whether Hex has refused the token for as long as a command waits that has sent nothing.
    fn is_shut_out(&self, model: &Model, now: Now) -> bool {
        match model.health(now.boot) {
            Health::TokenRefused => true,
            Health::TokenDoubted { tries, .. } => tries >= TOKEN_TRIES || self.is_late(now),
            _ => false,
        }
    }

    /// Why it cannot go on before anything was sent, if that is so.
    fn stuck(&mut self, model: &Model, now: Now) -> Option<End> {
        if self.is_shut_out(model, now) {
            return Some(End::TokenRefused);
        }
        let progress = &mut self.progress;
        let outage = if matches!(self.phase, Phase::Finding) {
            self.patience.list_outage(model, now, |text| progress.say(text))
        } else {
            self.patience.outage(model, now, |text| progress.say(text))
        };
        match outage {
            Some(Outage::TokenRefused) => return Some(End::TokenRefused),
            Some(Outage::Unreachable(error)) => {
                return Some(End::Unreachable(format!("nothing got through: {error}")));
            }
            None => {}
        }
        let text = "the time was up before anything was sent: nothing was started";
        self.is_late(now).then(|| End::Unreachable(text.to_owned()))
    }

    /// The start that is ordered.
    fn fill(&mut self, project: &ProjectId, model: &Model, now: Now) -> Result<StartRun, End> {
        let specs = model.specs(project);
        let is_read = model.known_inputs(project).is_some_and(|known| known.exported.is_some());
        let strangers = self.plan.order.strangers(&specs).join(", ");
        if is_read && !strangers.is_empty() {
            let names: Vec<_> = specs.iter().map(|spec| spec.name.as_str()).collect();
            self.progress.say(&format!(
                "the app has no input {strangers}: Hex ignores or refuses what it does not know. \
                 It has {}",
                if names.is_empty() { "none".to_owned() } else { names.join(", ") }
            ));
        }
        let off = model.known_inputs(project).and_then(|known| known.off.as_ref());
        if let Some(off) = off.filter(|_| self.plan.order.has_unknown(&specs)) {
            self.progress.say(&format!(
                "{}: what -p gives is sent as text where its type is not known",
                off.reason
            ));
        }
        let repeated = match &self.plan.target {
            Target::Run(said) => starts_of(said, model).first().copied(),
            Target::Project(_) => None,
        };
        let inputs = KnownInputs {
            specs,
            presets: model.presets(project).collect(),
            earlier: repeated.map(|start| (&start.entry.body, &start.entry.secrets)),
            server: self.plan.server,
        };
        let civil = model.server_now(now).to_zoned(self.plan.zone.clone());
        let start = self.plan.order.fill(inputs, &civil).map_err(End::Wrong)?;
        let same = model.same_active(project, &start);
        if let Some(run) = same.first() {
            let others = same.len() - 1;
            let more = if others > 0 { format!(" and {others} more") } else { String::new() };
            let probably = if model.is_probable(run) { "probably " } else { "" };
            self.progress
                .say(&format!("the same inputs are {probably}running already: {run}{more}"));
        }
        Ok(start)
    }

    /// Reads the project's inputs where that helps, else goes on with the start.
    fn prepare(&mut self, project: ProjectId, model: &Model, now: Now) -> Step<End> {
        if let Some(end) = unrunnable(&project, model).or_else(|| self.refusal(&project, model)) {
            return Step::End(end);
        }
        if self.plan.order.has_unknown(&model.specs(&project)) {
            self.phase = Phase::Reading(project.clone());
            return Step::StoreRequest(Intent::ReadInputs { project, insist: false });
        }
        self.confirm(project, model, now)
    }

    /// Hands the start over, or has it checked.
    fn confirm(&mut self, project: ProjectId, model: &Model, now: Now) -> Step<End> {
        let start = match self.fill(&project, model, now) {
            Ok(start) => start,
            Err(end) => return Step::End(end),
        };
        let ticket = StartId::new(now.wall, model.session(), 1);
        if self.plan.until == Until::Checked {
            self.phase = Phase::Checking(project.clone(), start.clone());
            return Step::StoreRequest(Intent::DryRun { ticket, project, start });
        }
        self.phase = Phase::Starting;
        self.ticket.set(Some(ticket));
        Step::StoreRequest(Intent::Start {
            ticket,
            project,
            start,
            reason: self.plan.reason.clone(),
        })
    }

    /// Says when the start leaves, if that is worth a word.
    fn say_when(&mut self, departs: Option<Boot>, now: Now) {
        let wait = departs.map(|at| at.saturating_sub(now.boot));
        if let Some(wait) = wait.filter(|wait| *wait > Duration::from_secs(3)) {
            let wait = span(wait);
            self.say_once("slot", &format!("it leaves in {wait}, when Hex's limits allow"));
        }
    }

    fn look_at_start(&mut self, model: &Model, now: Now) -> Step<End> {
        let Some(start) = self.ticket.get().and_then(|ticket| model.start_of(ticket)) else {
            return Step::Wait;
        };
        let (ticket, is_kept) = (start.entry.id, model.is_kept(start));
        let stage = start.entry.stage.clone();
        match stage {
            StartStage::Waiting => match self.stuck(model, now) {
                // While its slot is being claimed it cannot be taken back: it is tried again.
                Some(_) if self.withdrawn.is_some_and(|at| now.boot < at + AGAIN) => Step::Wait,
                Some(_) => {
                    self.withdrawn = Some(now.boot);
                    Step::StoreRequest(Intent::WithdrawStart(ticket))
                }
                None => {
                    let departs = model.start_departs_at(ticket, now.boot);
                    self.say_when(departs, now);
                    self.wait(now, || match departs.filter(|at| *at > now.boot) {
                        Some(at) => format!("leaves in {}", span(at.saturating_sub(now.boot))),
                        None => "waiting until it may leave".to_owned(),
                    })
                }
            },
            StartStage::Sent | StartStage::Unconfirmed(_) => {
                let project = model.project(&start.entry.project);
                let is_blind = project.is_some_and(ProjectState::is_unreadable)
                    || match model.health(now.boot) {
                        Health::TokenRefused => true,
                        Health::Offline { since, .. } => since + GIVE_UP <= now.boot,
                        _ => false,
                    };
                let is_lost = matches!(stage, StartStage::Unconfirmed(_));
                if self.is_late(now) || is_lost && is_blind {
                    return Step::End(End::Settled);
                }
                if let StartStage::Unconfirmed(error) = stage {
                    let text = format!(
                        "{error}. It may have started: looking for it; hextop does not send it a second time"
                    );
                    self.say_once("lost", &text);
                }
                self.wait(now, || {
                    let what =
                        if is_lost { "looking for its run" } else { "Hex has not answered yet" };
                    format!("sent: {what}")
                })
            }
            // What is not on the disk yet is written before the process may end.
            _ if !is_kept => Step::Wait,
            StartStage::Withdrawn if self.is_shut_out(model, now) => Step::End(End::TokenRefused),
            StartStage::Started(run) if self.plan.until == Until::Ended => {
                self.follow(run.clone(), start, &format!("started {run}"))
            }
            StartStage::ProbablyOurs(run) if self.plan.until == Until::Ended => {
                let text = format!(
                    "its answer was lost, and {run} appeared where its own run would be: following \
                     that, which is probably it"
                );
                self.follow(run, start, &text)
            }
            _ => Step::End(End::Settled),
        }
    }

    fn follow(&mut self, run: RunId, start: &Start, text: &str) -> Step<End> {
        self.progress.say(text);
        self.phase = Phase::Running(run);
        let selected = Some(start.entry.project.clone());
        Step::StoreRequest(Intent::Focus { selected, dialog: Vec::new() })
    }

    fn look_at_run(&mut self, run: RunId, model: &Model, now: Now) -> Step<End> {
        let start = self.ticket.get().and_then(|ticket| model.start_of(ticket));
        let stage = start.map(|start| &start.entry.stage);
        if stage.and_then(StartStage::run) != Some(&run) {
            // It has turned out to be another start's.
            self.phase = Phase::Starting;
            return self.look_at_start(model, now);
        }
        let is_probable = stage.and_then(StartStage::probable).is_some();
        let project = start.map(|start| start.entry.project.clone());
        let seen = project.as_ref().and_then(|project| model.run(project, &run));
        match seen {
            Some(seen) if !seen.run.is_active() => {
                return Step::End(End::Ended(seen.run.status.clone()));
            }
            None => {
                let text = format!("Hex does not know the run {run} any more");
                return Step::End(End::Nothing(text));
            }
            Some(_) => {}
        }
        match model.health(now.boot) {
            Health::TokenRefused => return Step::End(End::TokenRefused),
            Health::TokenDoubted { .. } if self.is_late(now) => {
                return Step::End(End::TokenRefused);
            }
            _ => {}
        }
        match (self.is_late(now), self.plan.late, project) {
            (false, ..) => {
                let elapsed = seen.and_then(|seen| model.moment(now).elapsed(seen));
                self.wait(now, || {
                    let took = elapsed.map_or_else(|| "not started yet".to_owned(), span);
                    format!("waiting for the end of {}: {took}", run.short())
                })
            }
            (true, Late::Cancelled, _) if is_probable => {
                self.progress.say(&format!(
                    "the time is up: {run} is not cancelled, because it is only probably the run \
                     of this start. Look at it, and cancel it in the dashboard if it is"
                ));
                Step::End(End::TimeUp)
            }
            (true, Late::Cancelled, Some(project)) => {
                self.progress.say("the time is up: cancelling the run");
                let until = now.boot + CANCEL;
                self.phase = Phase::Cancelling { run: run.clone(), until };
                Step::StoreRequest(Intent::Cancel(self.order(project, run)))
            }
            (true, ..) => Step::End(End::TimeUp),
        }
    }

    /// The order to cancel the run whose time is up.
    fn order(&self, project: ProjectId, run: RunId) -> CancelOrder {
        CancelOrder {
            runs: vec![(project, run)],
            named: self.plan.protected.clone(),
            reason: Some("it had not ended when the time was up (--cancel-on-timeout)".to_owned()),
            rule: None,
        }
    }

    /// Why nothing may be started that would be cancelled when its time is up, if that is so.
    fn refusal(&self, project: &ProjectId, model: &Model) -> Option<End> {
        if self.plan.late == Late::Left {
            return None;
        }
        // The run has no id yet, so only the project's name will do.
        let refusal = model.check(&self.order(project.clone(), RunId::new(""))).err()?;
        Some(End::Wrong(vec![format!("{refusal}. Nothing was started")]))
    }

    fn look_at_cancel(
        &mut self,
        run: RunId,
        until: Boot,
        events: &[Event],
        model: &Model,
        now: Now,
    ) -> Step<End> {
        let mut settled = None;
        for event in events {
            match event {
                Event::CancelsSettled(batch) => {
                    let failed = batch.failed.iter().find(|(failed, _)| *failed == run);
                    settled = Some(failed.map(|(_, why)| why.clone()));
                }
                Event::CancelRefused(refusal) => settled = Some(Some(refusal.to_string())),
                _ => {}
            }
        }
        if let Some(why) = settled {
            return self.record(End::Stopped(why), now.boot + RECORD, model, now);
        }
        match model.health(now.boot) {
            Health::TokenRefused => return Step::End(End::TokenRefused),
            Health::TokenDoubted { tries, .. } if tries >= TOKEN_TRIES => {
                return Step::End(End::TokenRefused);
            }
            _ => {}
        }
        if until <= now.boot {
            return Step::End(End::Stopped(Some("Hex has not confirmed it yet".to_owned())));
        }
        let text = format!("waiting until {} has been cancelled", run.short());
        self.phase = Phase::Cancelling { run, until };
        self.wait(now, || text)
    }

    fn record(&mut self, end: End, until: Boot, model: &Model, now: Now) -> Step<End> {
        if !model.owes_cancels() || until <= now.boot {
            return Step::End(end);
        }
        self.phase = Phase::Recording(end, until);
        Step::Wait
    }
}

impl Task for StartTask<'_> {
    type End = End;

    fn step(&mut self, events: &[Event], model: &Model, now: Now) -> io::Result<Step<End>> {
        Ok(match std::mem::replace(&mut self.phase, Phase::Finding) {
            // Nothing but what this is about is polled.
            Phase::Begin => Step::StoreRequest(Intent::Poll(PollScope::Selected)),
            Phase::Finding if !model.has_joined() => Step::Wait,
            Phase::Finding if self.is_shut_out(model, now) => Step::End(End::TokenRefused),
            Phase::Finding => match find(&self.plan.target, model) {
                None => match self.stuck(model, now) {
                    Some(end) => Step::End(end),
                    None => self.wait(now, || {
                        format!("reading the list of projects: {} so far", model.projects().len())
                    }),
                },
                Some(Err(end)) => Step::End(end),
                Some(Ok(project)) if model.project(&project).is_none() => {
                    let until = now.boot + LOOKUP;
                    self.phase = Phase::LookingUp { project: project.clone(), until };
                    Step::StoreRequest(Intent::LookUp(project))
                }
                Some(Ok(project)) => self.prepare(project, model, now),
            },
            Phase::LookingUp { project, until } => {
                if model.is_looked_up(&project) && now.boot < until {
                    self.phase = Phase::LookingUp { project, until };
                    self.stuck(model, now).map_or(Step::Wait, Step::End)
                } else {
                    self.prepare(project, model, now)
                }
            }
            Phase::Reading(project) if model.reads_inputs(&project) => {
                self.phase = Phase::Reading(project);
                match self.stuck(model, now) {
                    Some(end) => Step::End(end),
                    None => self.wait(now, || "reading which inputs the project has".to_owned()),
                }
            }
            Phase::Reading(project) => self.confirm(project, model, now),
            Phase::Checking(project, start) => {
                let verdict = events.iter().find_map(|event| match event {
                    Event::Checked(_, verdict) => Some(verdict.clone()),
                    _ => None,
                });
                if let Some(verdict) = verdict {
                    let checked = Checked { project, start, verdict };
                    return Ok(Step::End(End::Checked(Box::new(checked))));
                }
                self.phase = Phase::Checking(project, start);
                match self.stuck(model, now) {
                    Some(end) => Step::End(end),
                    None => self.wait(now, || "Hex has not checked it yet".to_owned()),
                }
            }
            Phase::Starting => {
                self.phase = Phase::Starting;
                self.look_at_start(model, now)
            }
            Phase::Running(run) => {
                self.phase = Phase::Running(run.clone());
                self.look_at_run(run, model, now)
            }
            Phase::Cancelling { run, until } => self.look_at_cancel(run, until, events, model, now),
            Phase::Recording(end, until) => self.record(end, until, model, now),
        })
    }

    fn note(&mut self, text: &str) {
        self.progress.say(text);
    }

    fn deadline(&self) -> Option<Boot> {
        let phase = match (&self.phase, self.withdrawn) {
            (Phase::Cancelling { until, .. } | Phase::Recording(_, until), _) => Some(*until),
            (Phase::LookingUp { until, .. }, _) => {
                Some(self.plan.time_up.map_or(*until, |at| at.min(*until)))
            }
            (_, Some(at)) => Some(at + AGAIN),
            (_, None) => self.plan.time_up,
        };
        [phase, self.progress.deadline(), self.patience.deadline()].into_iter().flatten().min()
    }
}

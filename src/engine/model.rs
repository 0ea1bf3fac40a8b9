//! What is known of the workspace, and what each message changes about it.
//!
//! Server truth is never overwritten by a wish: a run that is being cancelled stays as the
//! server last described it, with the cancel beside it. A failed refresh keeps the old rows and
//! puts the reason beside them.

mod after_cancel;
mod alerts;
mod batches;
mod cache_sync;
mod cancels;
mod dispatch;
mod held;
mod inputs;
mod journal_sync;
mod learn;
mod listing;
mod looks;
mod message;
mod named;
mod next_polls;
mod off_page;
mod past;
mod pins;
mod polling;
mod queries;
mod reconcile;
mod responses;
mod rules;
mod settings;
mod start_rules;
mod starts;
#[cfg(test)]
mod tests;
mod token;

use std::collections::BTreeMap;
use std::time::Duration;

use crate::api::Call;
use crate::domain::{Boot, Now, ProjectId, RunId, runaway};

pub use super::cancel::{
    Batch, CancelEntry, CancelId, CancelOrder, CancelStage, Cancelling, Stage,
};
pub use super::health::{Freshness, Health};
pub use super::poll::focus::PollScope;
pub use super::projects::changes::{Change, News};
pub use super::projects::durations::{Durations, ExpectedEnd};
pub use super::projects::listing::{CutReason, ListingCut};
pub use super::projects::moment::Moment;
pub use super::projects::paging::ReadBack;
pub use super::projects::run_table::{AgeKey, RunState, RunTable, StatusCounts, age_key, newer};
pub use super::projects::state::{Gap, LookError, ProjectState};
pub use super::projects::trouble::Trouble;
pub use super::start::Start;
pub use super::start::journal::{BatchItem, Entry, StartId, StartStage};
pub use alerts::VerdictNews;
pub use batches::view::{QueueState, QueueView};
pub use inputs::{ConfiguredInputs, Verdict};
pub use message::{Effect, Event, Intent, Msg};
pub use queries::Poller;
pub use rules::{RuleNews, RuleStep};
pub use settings::{Automatic, Settings};

use super::account::Account;
use super::alerts::Alerts;
use super::budget::Priority;
use super::cancel::Cancels;
use super::guard::Guard;
use super::kernels::{KernelLog, Kernels, Waits};
use super::poll::Attention;
use super::poll::focus::{Cared, Focus};
use super::poll::{Planners, Refresh};
use super::projects::index::Projects;
use super::projects::listing::Listing;
use super::projects::named::Named;
use super::projects::paging::PAGE;
use super::request::{CallId, RequestQueue, Waiting};
use super::server::{ServerState, backoff};
use super::start::Starts;
use super::start::batch::Batches;
use super::sync::coordinator::Coordinator;
use super::sync::session::Session;
use super::sync::{CacheSync, Choices};
use super::timeline::Past;
use journal_sync::Journal;

/// Polls that may wait for their answer at the same time.
const FLYING_POLLS: usize = 4;
/// How often the list of projects is read again.
const RELIST: Duration = Duration::from_mins(10);
/// The longest a sweep over all projects may take before hextop says so.
const SWEEP: Duration = Duration::from_mins(5);

/// The state of the engine.
#[derive(Clone, Debug)]
pub struct Model {
    settings: Settings,
    coordinator: Coordinator,
    requests: RequestQueue,
    planner: Planners,
    refresh: Refresh,
    focus: Focus,
    /// What the planner was told of who cares for what.
    cared: Cared,
    server: ServerState,
    account: Account,
    projects: Projects,
    alerts: Alerts,
    /// The gravest verdict that was told of each active run.
    verdicts: BTreeMap<ProjectId, BTreeMap<RunId, runaway::Verdict>>,
    listing: Listing,
    named: Named,
    guard: Guard,
    in_hand: rules::InHand,
    cancels: Cancels,
    starts: Starts,
    queues: Batches,
    kernels: Kernels,
    kernel_log: KernelLog,
    waits: Waits,
    journal: Journal,
    forms: inputs::Forms,
    cache: CacheSync,
    pins: Choices<ProjectId>,
    /// What the kept timeline tells of the stretch of time that was looked at last.
    past: Past,
    /// Counts changes to what is shown of projects and runs.
    revision: u64,
}

impl Model {
    /// An engine that knows nothing yet; it begins with [`Msg::Started`].
    pub fn new(settings: Settings) -> Self {
        Self {
            coordinator: Coordinator::alone(settings.requests_per_minute, patience(&settings)),
            requests: RequestQueue::default(),
            planner: Planners::default(),
            refresh: Refresh::default(),
            focus: Focus::default(),
            cared: Cared::default(),
            server: ServerState::with_style(settings.style),
            account: Account::default(),
            projects: Projects::new(settings.false_alarms),
            alerts: Alerts::default(),
            verdicts: BTreeMap::new(),
            listing: Listing::default(),
            named: Named::of(&settings.watch, settings.watch_filter.is_empty()),
            guard: Guard::of(settings.rules.clone()),
            in_hand: rules::InHand::default(),
            cancels: Cancels::default(),
            starts: Starts::default(),
            queues: Batches::default(),
            kernels: Kernels::new(settings.kernels),
            kernel_log: KernelLog::default(),
            waits: Waits::default(),
            journal: Journal::default(),
            forms: inputs::Forms::default(),
            cache: CacheSync::default(),
            pins: Choices::default(),
            past: Past::default(),
            revision: 0,
            settings,
        }
    }

    /// The same for one of several processes that share a store; `session` is this one's own
    /// number, drawn at random.
    #[must_use]
    pub fn sharing(mut self, session: Session) -> Self {
        let most = self.settings.requests_per_minute;
        self.coordinator = Coordinator::joining(session, most, patience(&self.settings));
        self.requests = RequestQueue::numbered_from(session.first_call());
        self
    }

    /// The same for one that takes up what processes that are gone have left unsettled.
    #[must_use]
    pub fn taking_up(mut self) -> Self {
        self.journal.takes_up = true;
        self
    }

    /// Takes in what happened; tells what to do.
    pub fn update(&mut self, msg: Msg, now: Now) -> Vec<Effect> {
        let mut effects = Vec::new();
        match msg {
            Msg::Started if self.coordinator.is_joining() => self.join(now.boot, &mut effects),
            Msg::Started => self.begin(now.boot),
            Msg::Store(told) => self.store_told(told, now, &mut effects),
            Msg::Intent(intent) => self.intend(intent, now, &mut effects),
            Msg::Replied(id, response) => {
                self.replied(id, response, now, &mut effects);
                self.keep_changes(&mut effects);
            }
            Msg::TokenRead(read) => self.token_read(read, now.boot),
            Msg::Woke => {}
        }
        self.pump(now, &mut effects);
        self.starts_changed(now.boot);
        self.tell_alerts(now, &mut effects);
        self.log_kernels(now);
        effects
    }

    fn begin(&mut self, now: Boot) {
        if !self.account.knows_owner(now) {
            self.requests.want(Call::Me, Priority::Person, now);
        }
        self.take_up_named(now);
        if !self.listing.is_complete() && self.reads_list() {
            self.list(now);
        }
    }

    fn intend(&mut self, intent: Intent, now: Now, effects: &mut Vec<Effect>) {
        match intent {
            Intent::Cancel(order) => self.cancel(order, now, effects),
            Intent::WithdrawCancels => self.withdraw_cancels(effects),
            Intent::KeepRuns(runs) => self.keep_runs(&runs, now, effects),
            Intent::LetGoCancel(runs) => self.let_go_cancels(&runs, effects),
            Intent::Start { ticket, project, start, reason } => {
                self.start(ticket, project, start, reason, now, effects);
            }
            Intent::Queue { queue, project, starts, reason, after } => {
                let about = (reason.as_ref(), after);
                self.enqueue(queue, &project, starts, about, now, effects);
            }
            Intent::Requeue(ticket) => self.requeue(ticket, effects),
            Intent::PauseQueue(queue) => self.pause_queue(queue, effects),
            Intent::ResumeQueue(queue) => self.resume_queue(queue, now.boot, effects),
            Intent::CutQueue(queue) => self.cut_queue(queue, now.boot, effects),
            Intent::Annotate { ticket, reason } => self.annotate(ticket, reason, effects),
            Intent::DryRun { ticket, project, start } => {
                self.dry_run(ticket, project, start, now.boot);
            }
            Intent::ReadInputs { project, insist } => self.read_inputs(project, insist, now.boot),
            Intent::WatchRun(project, run) => {
                let watched = self.alerts.turn_run(&project, &run, now.boot);
                self.keep_watched(watched, now.boot, effects);
                self.revision += 1;
            }
            Intent::WatchProject(project) => {
                let watched = self.alerts.turn_project(&project, now.boot);
                self.keep_watched(watched, now.boot, effects);
                self.revision += 1;
            }
            Intent::WatchRule(rule) => {
                let watched = self.alerts.turn_rule(&rule, now.boot);
                self.keep_watched(watched, now.boot, effects);
                self.revision += 1;
            }
            Intent::ReadPast { from, to } => self.read_past(from, to, now, effects),
            Intent::SavePreset { project, name, preset } => {
                self.save_preset(&project, &name, preset, now.boot, effects);
            }
            Intent::RenamePreset { project, from, to } => {
                self.rename_preset(&project, &from, &to, now.boot, effects);
            }
            Intent::DeletePreset { project, name } => {
                self.delete_preset(&project, &name, now.boot, effects);
            }
            Intent::WithdrawStart(ticket) => self.withdraw_start(ticket, effects),
            Intent::ListProjects(since) => self.list_after_all(since, now.boot),
            Intent::ReadBack(project, to) => self.read_back(&project, to),
            Intent::ReadRun(project, run) => self.read_run(project, run, now.boot),
            Intent::Refresh(project) => {
                self.reconnect(now.boot, effects);
                self.look(&project, Priority::Person, now.boot);
            }
            Intent::RefreshAll => {
                self.reconnect(now.boot, effects);
                self.refresh_all(now.boot);
            }
            Intent::WithdrawRefresh => self.withdraw_refresh(),
            Intent::LookUp(project) => self.look_up(project, Priority::Person, now.boot),
            Intent::Focus { selected, dialog } => {
                for project in self.focus.look_at(selected, dialog, now.boot) {
                    self.planner.touch(&project);
                }
            }
            Intent::Pin(pinned) => {
                let changed = self.choose_pins(&pinned, now.boot);
                self.keep_pins(changed, now.boot, effects);
            }
            Intent::Poll(scope) => self.poll_only(scope),
        }
    }

    /// After a refused token or an outage, a person's wish to look is a wish to try again.
    fn reconnect(&mut self, now: Boot, effects: &mut Vec<Effect>) {
        self.server.try_now(now);
        self.retry_token(now, effects);
        if !self.listing.is_complete() && !self.listing.under_way {
            self.begin(now);
        }
    }

    /// Wants the newest runs of a project.
    fn look(&mut self, project: &ProjectId, priority: Priority, at: Boot) -> CallId {
        self.requests.want(self.look_at(project), priority, at)
    }

    /// The request for the page of a project's runs at which a look begins.
    fn look_at(&self, project: &ProjectId) -> Call {
        let offset = self.projects.get(project).map_or(0, |watched| watched.paging.head());
        page_at(project, offset)
    }

    /// How much persons at this process care for a project.
    fn attention(&self, project: &ProjectId) -> Attention {
        if self.is_unsettled(project) {
            Attention::Unsettled
        } else {
            self.focus.attention(project)
        }
    }

    /// Whether a request of a person waits.
    fn is_asked_for(&self, now: Boot) -> bool {
        // A command waits for the list itself; otherwise that is work in the background.
        let is_waited_for =
            |w: &Waiting| self.scope() == PollScope::Selected || w.priority >= Priority::Person;
        self.requests.person_waits(self.coordinator.budget(), is_waited_for, now)
    }

    fn is_unsettled(&self, project: &ProjectId) -> bool {
        self.cancels.is_open_in(project) || self.starts.is_away(project)
    }

    /// Whether a look at the project is leaving or on its way.
    fn is_asked(&self, project: &ProjectId) -> bool {
        self.requests.is_looking_at(project)
    }
}

fn page_at(project: &ProjectId, offset: u32) -> Call {
    Call::ListRuns { project: project.clone(), limit: PAGE, offset, status: None }
}

/// How long a request is reckoned to be on its way at most: no process knows how long another's
/// may take to notice that it has timed out.
fn patience(settings: &Settings) -> Duration {
    settings.timeout + Duration::from_secs(10)
}

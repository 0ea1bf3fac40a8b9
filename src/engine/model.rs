//! What is known of the workspace, and what each message changes about it.
//!
//! Server truth is never overwritten by a wish: a run that is being cancelled stays as the
//! server last described it, with the cancel beside it. A failed refresh keeps the old rows and
//! puts the reason beside them.

mod asked;
mod cancels;
mod inputs;
mod reads;
mod server_clock;
mod starts;
#[cfg(test)]
mod tests;
mod watched;

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use crate::api::{ApiError, Call, Exchange, Kind, Me, PathStyle};
use crate::domain::param::Preset;
use crate::domain::{Boot, Now, ProjectId, RunId, StartRun};

pub use cancels::{Batch, Cancelling, Stage};
pub use inputs::{ConfiguredInputs, Verdict};
pub use starts::{Start, StartStage, TicketId};
pub use watched::{LookError, Seen, Watched, newer};

use super::budget::{Budget, Tier};
use super::outbox::{CallId, Outbox, Waiting};
use super::plan::{Attention, ByWeight, Candidate, Plan, Planner};
use server_clock::ServerClock;

/// Runs asked for in one look; the most Hex gives.
const PAGE: u8 = 100;
/// Polls that may wait for their answer at the same time.
const FLYING_POLLS: usize = 4;
/// How often the list of projects is read again.
const RELIST: Duration = Duration::from_mins(10);
/// The longest a sweep over all projects may take before hextop says so.
const SWEEP: Duration = Duration::from_mins(5);

/// What the engine may be told.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Ids or titles of the projects to watch; empty for all published ones.
    pub watch: Vec<String>,
    /// The path generation, or none to find it out.
    pub style: Option<PathStyle>,
    /// Requests a minute that are never exceeded, whatever a header allows.
    pub requests_per_minute: u32,
    /// Kernels that one user may hold at a time.
    pub kernels: u32,
    /// Inputs that the settings describe.
    pub inputs: Vec<ConfiguredInputs>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            watch: Vec::new(),
            style: None,
            requests_per_minute: 60,
            kernels: 25,
            inputs: Vec::new(),
        }
    }
}

/// All that can happen to the engine.
#[derive(Clone, Debug, PartialEq)]
pub enum Msg {
    /// The program has started.
    Started,
    /// A person wants something.
    Intent(Intent),
    /// A request has its answer, or has failed.
    Replied(CallId, Exchange),
    /// A deadline has come.
    Woke,
}

/// All that a person can want of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Intent {
    /// Cancel these runs.
    Cancel(Vec<(ProjectId, RunId)>),
    /// Send none of the cancels that have not left yet.
    WithdrawCancels,
    /// Start a run; `ticket` is the caller's name for it and must be new.
    Start {
        /// Names the start.
        ticket: TicketId,
        /// Of what.
        project: ProjectId,
        /// With what.
        start: StartRun,
    },
    /// Do not send a start that has not left yet.
    WithdrawStart(TicketId),
    /// Have Hex check a start without starting anything; `ticket` must be new.
    DryRun {
        /// Names the check.
        ticket: TicketId,
        /// Of what.
        project: ProjectId,
        /// With what.
        start: StartRun,
    },
    /// Read which inputs a project's app has.
    ReadInputs {
        /// Whose.
        project: ProjectId,
        /// Also if they are known, or could not be read before.
        insist: bool,
    },
    /// Keep the values of a form under a name.
    SavePreset {
        /// For which project.
        project: ProjectId,
        /// Under which name; what was there is replaced.
        name: String,
        /// What.
        preset: Preset,
    },
    /// Give a preset another name.
    RenamePreset {
        /// Of which project.
        project: ProjectId,
        /// Which.
        from: String,
        /// Its new name, which must be free.
        to: String,
    },
    /// Forget a preset.
    DeletePreset {
        /// Of which project.
        project: ProjectId,
        /// Which.
        name: String,
    },
    /// Look at one project now.
    Refresh(ProjectId),
    /// Look at all projects now, and list them anew.
    RefreshAll,
    /// What is on the screen has changed.
    Attend {
        /// The selected project.
        selected: Option<ProjectId>,
        /// Projects that an open sheet is about; while there are any, others wait.
        sheet: Vec<ProjectId>,
    },
}

/// All that the engine can ask for.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Send this call and answer with [`Msg::Replied`].
    Send(CallId, Call, PathStyle),
    /// Tell the person.
    Tell(Event),
}

/// Something a person wants to hear of.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// All cancels of one confirmation have ended.
    CancelsSettled(Batch),
    /// A start has gone on to another stage.
    StartMoved(TicketId),
    /// A dry run has its answer.
    Checked(TicketId, Verdict),
    /// Which inputs a project's app has is known, or that it cannot be.
    InputsRead(ProjectId),
    /// A preset of a project was saved or deleted.
    PresetsChanged(ProjectId),
}

/// Whether what is shown is live, and if not, why.
#[derive(Clone, Debug, PartialEq)]
pub enum Health {
    /// Nothing has been read yet.
    Starting,
    /// The last read was good.
    Live {
        /// When that was.
        at: Boot,
    },
    /// The server refuses everything until then.
    Locked {
        /// Until when.
        until: Boot,
    },
    /// Nothing gets through.
    Offline {
        /// Since when.
        since: Boot,
        /// When the next try is.
        next: Boot,
        /// What went wrong.
        error: ApiError,
    },
    /// The token was refused; nothing is asked until a person says so.
    TokenRefused,
}

/// Nothing gets through to the server.
#[derive(Clone, Debug, PartialEq)]
struct Outage {
    since: Boot,
    tries: u32,
    next: Boot,
    error: ApiError,
}

/// How far reading the list of projects has come.
#[derive(Clone, Debug, Default, PartialEq)]
struct Listing {
    /// Whether a listing is under way; another is then not begun.
    under_way: bool,
    /// What its pages have held so far.
    pages: Vec<crate::domain::Project>,
    /// The cursors followed in it, in their order.
    cursors: Vec<String>,
    tries: u32,
    error: Option<ApiError>,
    /// Whether a listing was ever read to its end.
    complete: bool,
}

/// The state of the engine.
#[derive(Clone, Debug)]
pub struct Model {
    settings: Settings,
    budget: Budget,
    outbox: Outbox,
    planner: ByWeight,
    clock: ServerClock,
    /// The path generation, once it is known.
    style: Option<PathStyle>,
    me: Option<Me>,
    projects: BTreeMap<ProjectId, Watched>,
    listing: Listing,
    /// Configured names that no project has.
    missing: Vec<String>,
    cancels: BTreeMap<RunId, Cancelling>,
    batches: BTreeMap<u32, Batch>,
    starts: BTreeMap<TicketId, Start>,
    forms: inputs::Forms,
    selected: Option<ProjectId>,
    sheet: Vec<ProjectId>,
    refused: bool,
    outage: Option<Outage>,
    last_good: Option<Boot>,
    /// Counts changes to what is shown of projects and runs.
    revision: u64,
}

impl Model {
    /// An engine that knows nothing yet; it begins with [`Msg::Started`].
    pub fn new(settings: Settings) -> Self {
        Self {
            budget: Budget::new(settings.requests_per_minute),
            outbox: Outbox::default(),
            planner: ByWeight,
            clock: ServerClock::default(),
            style: settings.style,
            me: None,
            projects: BTreeMap::new(),
            listing: Listing::default(),
            missing: Vec::new(),
            cancels: BTreeMap::new(),
            batches: BTreeMap::new(),
            starts: BTreeMap::new(),
            forms: inputs::Forms::default(),
            selected: None,
            sheet: Vec::new(),
            refused: false,
            outage: None,
            last_good: None,
            revision: 0,
            settings,
        }
    }

    /// Takes in what happened; tells what to do.
    pub fn update(&mut self, msg: Msg, now: Now) -> Vec<Effect> {
        let mut effects = Vec::new();
        match msg {
            Msg::Started => self.begin(now.boot),
            Msg::Intent(intent) => self.intend(intent, now, &mut effects),
            Msg::Replied(id, exchange) => self.replied(id, exchange, now, &mut effects),
            Msg::Woke => {}
        }
        self.pump(now, &mut effects);
        effects
    }

    /// When [`Msg::Woke`] is wanted at the latest, if nothing happens before.
    pub fn deadline(&self, now: Now) -> Option<Boot> {
        let queue = self.outbox.next_departure(&self.budget, |call| self.holds(call), now.boot);
        let poll = match self.plan(now) {
            Plan::Look(_) => {
                let ready = self.outage.as_ref().map_or(now.boot, |outage| outage.next);
                let at = ready.max(now.boot);
                (self.flying_polls() < FLYING_POLLS)
                    .then(|| self.budget.admit(Kind::Read, Tier::Poll, at).at(at))
            }
            Plan::NotBefore(at) => Some(at),
            Plan::Idle => None,
        };
        queue.into_iter().chain(poll).min()
    }

    fn begin(&mut self, now: Boot) {
        self.outbox.want(Call::Me, Tier::Person, now);
        self.list(Tier::Person, now);
    }

    /// Wants the list of projects from its beginning, unless it is being read.
    fn list(&mut self, tier: Tier, at: Boot) {
        if !self.listing.under_way {
            self.outbox.want(Call::ListProjects { after: None }, tier, at);
        }
    }

    fn intend(&mut self, intent: Intent, now: Now, effects: &mut Vec<Effect>) {
        match intent {
            Intent::Cancel(runs) => self.cancel(runs, now.boot, effects),
            Intent::WithdrawCancels => self.withdraw_cancels(effects),
            Intent::Start { ticket, project, start } => {
                self.remember(&project, &start);
                self.start(ticket, project, start, now.boot);
            }
            Intent::DryRun { ticket, project, start } => {
                self.dry_run(ticket, project, start, now.boot);
            }
            Intent::ReadInputs { project, insist } => self.read_inputs(project, insist, now.boot),
            Intent::SavePreset { project, name, preset } => {
                self.save_preset(project, name, preset, effects);
            }
            Intent::RenamePreset { project, from, to } => {
                self.rename_preset(project, &from, to, effects);
            }
            Intent::DeletePreset { project, name } => self.delete_preset(project, &name, effects),
            Intent::WithdrawStart(ticket) => self.withdraw_start(ticket, effects),
            Intent::Refresh(project) => {
                self.reconnect(now.boot);
                self.look(&project, Tier::Person, now.boot);
            }
            Intent::RefreshAll => {
                self.reconnect(now.boot);
                let runnable: Vec<_> = self.runnable().map(|w| w.project.id.clone()).collect();
                for project in runnable {
                    self.look(&project, Tier::Sweep, now.boot);
                }
                self.list(Tier::Sweep, now.boot);
            }
            Intent::Attend { selected, sheet } => (self.selected, self.sheet) = (selected, sheet),
        }
    }

    /// After a refused token or an outage, a person's wish to look is a wish to try again.
    fn reconnect(&mut self, now: Boot) {
        if let Some(outage) = &mut self.outage {
            outage.next = now;
        }
        if std::mem::take(&mut self.refused) || !self.listing.complete {
            self.begin(now);
        }
    }

    /// Wants the newest runs of a project.
    fn look(&mut self, project: &ProjectId, tier: Tier, at: Boot) -> CallId {
        self.outbox.want(look_at(project), tier, at)
    }

    /// Sends all that may leave now.
    fn pump(&mut self, now: Now, effects: &mut Vec<Effect>) {
        while let Some((id, call, style)) = self.release(now.boot) {
            self.departing(id, &call, now);
            effects.push(Effect::Send(id, call, style));
        }
        while self.may_poll(now.boot) {
            let Plan::Look(project) = self.plan(now) else {
                break;
            };
            let call = look_at(&project);
            let style = self.style.unwrap_or_default();
            let id = self.outbox.send_poll(call.clone(), style, &mut self.budget, now.boot);
            self.departing(id, &call, now);
            effects.push(Effect::Send(id, call, style));
        }
    }

    fn release(&mut self, now: Boot) -> Option<(CallId, Call, PathStyle)> {
        let (refused, style) = (self.refused, self.style);
        let unseen = self.unseen();
        let held = move |call: &Call| holds(refused, style, &unseen, call);
        self.outbox.release(&mut self.budget, style.unwrap_or_default(), held, now)
    }

    /// Whether a waiting call must not leave yet, whatever the budget says.
    fn holds(&self, call: &Call) -> bool {
        holds(self.refused, self.style, &self.unseen(), call)
    }

    /// Projects with a waiting start whose runs were never read, though they may be, while the path generation is
    /// open: it is found out by reading, never by a start.
    fn unseen(&self) -> Vec<ProjectId> {
        self.starts
            .values()
            .filter(|start| start.stage == StartStage::Waiting)
            .map(|start| &start.project)
            .filter(|id| self.projects.get(id).is_none_or(Watched::is_unread))
            .cloned()
            .collect()
    }

    fn may_poll(&self, now: Boot) -> bool {
        self.outage.as_ref().is_none_or(|outage| outage.next <= now)
            && self.flying_polls() < FLYING_POLLS
            && self.budget.admit(Kind::Read, Tier::Poll, now) == super::Admission::Granted
    }

    fn flying_polls(&self) -> usize {
        self.outbox.flights().filter(|flight| flight.tier == Tier::Poll).count()
    }

    /// The next poll. While a sheet is open or a person's request waits, only the projects
    /// concerned are looked at.
    fn plan(&self, now: Now) -> Plan {
        if self.refused {
            return Plan::Idle;
        }
        let server_now = self.server_now(now);
        let narrow = !self.sheet.is_empty() || self.outbox.person_waits(&self.budget, now.boot);
        let candidates = self
            .runnable()
            .map(|watched| self.candidate(watched, server_now))
            .filter(|candidate| {
                !narrow
                    || candidate.attention == Attention::Unsettled
                    || self.sheet.contains(candidate.project)
            })
            .filter(|candidate| !self.is_asked(candidate.project, now.boot));
        self.planner.next(&mut { candidates }, now.boot)
    }

    fn candidate<'a>(&self, watched: &'a Watched, server_now: Timestamp) -> Candidate<'a> {
        let id = &watched.project.id;
        let attention = if self.is_unsettled(id) {
            Attention::Unsettled
        } else if self.selected.as_ref() == Some(id) {
            Attention::Selected
        } else {
            Attention::Usual
        };
        Candidate {
            project: id,
            looked: watched.looked,
            not_before: watched.error.as_ref().map_or(Boot::ZERO, |error| error.next),
            active: watched.active().count(),
            due: watched.due.is_some_and(|due| due <= server_now),
            attention,
        }
    }

    fn is_unsettled(&self, project: &ProjectId) -> bool {
        self.cancels.values().any(|cancel| cancel.project == *project && cancel.is_open())
            || self.starts.values().any(|start| start.project == *project && start.is_open())
    }

    /// Whether a look at the project is about to leave or on its way.
    fn is_asked(&self, project: &ProjectId, now: Boot) -> bool {
        let looks =
            |call: &Call| matches!(call, Call::ListRuns { project: asked, .. } if asked == project);
        let due = |w: &Waiting| w.not_before <= now && looks(&w.call);
        self.outbox.waiting().iter().any(due)
            || self.outbox.flights().any(|flight| looks(&flight.call))
    }

    /// Notes what leaving means for the thing it is about.
    fn departing(&mut self, id: CallId, call: &Call, now: Now) {
        match call {
            Call::ListRuns { project, .. } => {
                let server_now = self.server_now(now);
                if let Some(watched) = self.projects.get_mut(project) {
                    watched.looked = Some(now.boot);
                    watched.due = watched.project.next_due(server_now);
                }
            }
            Call::ListProjects { after: None } => {
                self.listing.under_way = true;
                self.listing.pages.clear();
                self.listing.cursors.clear();
            }
            Call::Trigger { .. } => self.start_departs(id, now),
            Call::Cancel { run, .. } => self.cancel_departs(run),
            _ => {}
        }
    }
}

fn look_at(project: &ProjectId) -> Call {
    Call::ListRuns { project: project.clone(), limit: PAGE, offset: 0 }
}

fn holds(refused: bool, style: Option<PathStyle>, unseen: &[ProjectId], call: &Call) -> bool {
    match call {
        Call::Me => false,
        Call::Trigger { project, .. } if style.is_none() => refused || unseen.contains(project),
        _ => refused,
    }
}

/// The pause before the `tries`-th try after a failure: 2, 4, 8 … at most 60 seconds.
fn backoff(tries: u32) -> Duration {
    Duration::from_secs(1 << tries.clamp(1, 6)).min(Duration::from_mins(1))
}

//! All that can happen to the engine, and all that it can ask for: plain data.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{
    Batch, CancelOrder, Change, PollScope, ReadBack, RuleNews, StartId, Verdict, VerdictNews,
};
use crate::api::{Call, Connection, PathStyle, Response};
use crate::domain::inputs::Preset;
use crate::domain::{Boot, ProjectId, RunId, StartRun};
use crate::engine::alerts::Alert;
use crate::engine::guard::Refusal;
use crate::engine::request::CallId;
use crate::engine::sync::protocol::{StoreEvent, StoreRequest};

/// All that can happen to the engine.
#[derive(Clone, Debug, PartialEq)]
pub enum Msg {
    /// The program has started.
    Started,
    /// A person wants something.
    Intent(Intent),
    /// A request has its answer, or has failed.
    Replied(CallId, Response),
    /// The store tells something, or why it cannot do what it was asked.
    Store(Result<StoreEvent, String>),
    /// The token was read anew: whether it is another one, or why there is none.
    TokenRead(Result<bool, String>),
    /// A deadline has come.
    Woke,
}

/// All that a person can want of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Intent {
    /// Cancel runs; of protected projects only if the order names them.
    Cancel(CancelOrder),
    /// Send none of the cancels that have not left yet.
    WithdrawCancels,
    /// Keep runs that rules are about to end.
    KeepRuns(Vec<RunId>),
    /// Send nothing more for the cancels of these runs, however far they are.
    LetGoCancel(Vec<RunId>),
    /// Start a run; `ticket` is the caller's name for it and must be new.
    Start {
        /// Names the start.
        ticket: StartId,
        /// Of what.
        project: ProjectId,
        /// With what.
        start: StartRun,
        /// What the person writes down about it.
        reason: Option<String>,
    },
    /// Do not send a start that has not left yet.
    WithdrawStart(StartId),
    /// Start runs one after the other, as the limits and the kernels allow.
    Queue {
        /// Names them all, and must be new.
        queue: StartId,
        /// Of what.
        project: ProjectId,
        /// With what.
        starts: Vec<StartRun>,
        /// What the person writes down about them.
        reason: Option<String>,
        /// A run of that project that is being cancelled: they leave only once that has ended it, and never if it
        /// does not.
        after: Option<RunId>,
    },
    /// Send a start that Hex has refused for want of room once there is some.
    Requeue(StartId),
    /// Send no more of a queue for now.
    PauseQueue(StartId),
    /// Go on with a queue.
    ResumeQueue(StartId),
    /// Take everything of a queue back that has not left.
    CutQueue(StartId),
    /// Write something down about a start.
    Annotate {
        /// Which.
        ticket: StartId,
        /// What; none takes it out.
        reason: Option<String>,
    },
    /// Have Hex check a start without starting anything; `ticket` must be new.
    DryRun {
        /// Names the check.
        ticket: StartId,
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
    /// Tell of the end of a run, or no longer.
    WatchRun(ProjectId, RunId),
    /// Tell of failures of a project's runs, or no longer.
    WatchProject(ProjectId),
    /// Tell of what the rule of this name does, or no longer.
    WatchRule(String),
    /// Read which runs the kept timeline has of this stretch of time.
    ReadPast {
        /// From then on.
        from: Timestamp,
        /// Until then.
        to: Timestamp,
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
    /// Ask Hex for one project by its id, listed or not.
    LookUp(ProjectId),
    /// Read which projects there are, unless that was read since then: for a command that began
    /// without.
    ListProjects(Boot),
    /// Have the next looks at a project read its runs so far back.
    ReadBack(ProjectId, ReadBack),
    /// Read one run of a project by itself.
    ReadRun(ProjectId, RunId),
    /// Look at one project now.
    Refresh(ProjectId),
    /// Look at all projects now, and list them anew.
    RefreshAll,
    /// Look at no more projects because of [`Intent::RefreshAll`].
    WithdrawRefresh,
    /// What is on the screen has changed.
    Focus {
        /// The selected project.
        selected: Option<ProjectId>,
        /// Projects that an open dialog is about; others are polled less for its first two minutes.
        dialog: Vec<ProjectId>,
    },
    /// These projects, and no others, are kept in sight.
    Pin(BTreeSet<ProjectId>),
    /// Poll so much from now on; where nothing pinned can be polled, everything is.
    Poll(PollScope),
}

/// All that the engine can ask for.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Send this call and answer with [`Msg::Replied`].
    Send(CallId, Call, PathStyle, Connection),
    /// Read the token from where it is kept, use it from now on, and answer with
    /// [`Msg::TokenRead`].
    ReadToken,
    /// Ask this of the store and answer with [`Msg::Store`].
    Store(StoreRequest),
    /// Tell the person.
    Tell(Event),
}

/// Something a person wants to hear of.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// All cancels of one confirmation have ended.
    CancelsSettled(Batch),
    /// An order to cancel runs was not carried out.
    CancelRefused(Refusal),
    /// A verdict is given on an active run that was not given before.
    Verdict(VerdictNews),
    /// A rule does something about a run, or does not.
    Rule(RuleNews),
    /// A start has gone on to another stage.
    StartMoved(StartId),
    /// A queue has gone on, stands still or is over.
    QueueMoved(StartId),
    /// A run's status was seen that was not known before.
    RunChanged(Change),
    /// Something that a person is told of also while looking elsewhere.
    Alert(Alert),
    /// A dry run has its answer.
    Checked(StartId, Verdict),
    /// Which inputs a project's app has is known, or that it cannot be.
    InputsRead(ProjectId),
    /// A preset of a project was saved or deleted.
    PresetsChanged(ProjectId),
    /// Something about the store itself, such as that a record of it could not be read.
    StoreNote(String),
}

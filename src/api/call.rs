//! Every endpoint as one typed call.
//!
//! To add an endpoint: a variant of [`Call`], its request in [`Call::request`], a variant of
//! [`Reply`], its reading in [`Call::read`].

use std::fmt;

use http::Request;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::inputs::ParamSpec;
use crate::domain::{Project, ProjectId, Run, RunId, RunStatus, StartRun};

use super::{Redactor, Response, wire};

/// One request to Hex.
#[derive(Clone, Debug, PartialEq)]
pub enum Call {
    /// A page of the workspace's projects (100 a page).
    ListProjects {
        /// Cursor of the page, as the page before gave it.
        after: Option<String>,
        /// Whether those are wanted too that the list hides unless asked for. A server that does
        /// not know of them ignores the question or answers 400.
        unlisted: bool,
    },
    /// One project.
    GetProject {
        /// Which.
        project: ProjectId,
    },
    /// A page of a project's runs.
    ListRuns {
        /// Whose runs.
        project: ProjectId,
        /// How many at most, 1–100.
        limit: u8,
        /// How many newer ones to skip.
        offset: u32,
        /// Only those of this status; none for all.
        status: Option<RunStatus>,
    },
    /// One run.
    RunStatus {
        /// Its project.
        project: ProjectId,
        /// Which.
        run: RunId,
    },
    /// Starts a run of the latest published version. There is no idempotency key: never repeat
    /// one whose answer went missing.
    Trigger {
        /// Which project.
        project: ProjectId,
        /// With which inputs.
        start: StartRun,
    },
    /// Has Hex check a start without starting anything. It counts against the limit of starts.
    DryRun {
        /// Which project.
        project: ProjectId,
        /// With which inputs.
        start: StartRun,
    },
    /// The latest published version with its inputs; not every organisation allows it.
    Export {
        /// Which project.
        project: ProjectId,
    },
    /// Cancels a run. Safe to repeat.
    Cancel {
        /// Its project.
        project: ProjectId,
        /// Which.
        run: RunId,
    },
    /// Who the token belongs to and when it expires.
    Me,
}

/// What a call costs and risks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// Changes nothing.
    Read,
    /// Starts a run, or has a start checked; has limits of its own.
    Trigger,
    /// Ends a run.
    Cancel,
}

/// The two generations of run paths that servers know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PathStyle {
    /// `/v1/projects/{id}/runs/{id}`
    #[default]
    Current,
    /// `/v1/project/{id}/run/{id}`
    Legacy,
}

impl Call {
    /// What it costs and risks.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Trigger { .. } | Self::DryRun { .. } => Kind::Trigger,
            Self::Cancel { .. } => Kind::Cancel,
            _ => Kind::Read,
        }
    }

    /// The project it is about.
    pub fn project(&self) -> Option<&ProjectId> {
        match self {
            Self::GetProject { project }
            | Self::ListRuns { project, .. }
            | Self::RunStatus { project, .. }
            | Self::Trigger { project, .. }
            | Self::DryRun { project, .. }
            | Self::Export { project }
            | Self::Cancel { project, .. } => Some(project),
            Self::ListProjects { .. } | Self::Me => None,
        }
    }

    /// The start that it sends.
    pub fn start(&self) -> Option<&StartRun> {
        match self {
            Self::Trigger { start, .. } | Self::DryRun { start, .. } => Some(start),
            _ => None,
        }
    }

    /// The request, its URI relative to the API's root (`/v1/…`).
    pub fn request(&self, style: PathStyle) -> Request<Vec<u8>> {
        wire::request(self, style)
    }

    /// Reads what the server answered, without the secret inputs that were sent. `now` stands in
    /// for the server's time where the answer has no `Date`.
    pub fn read(&self, response: &http::Response<Vec<u8>>, now: Timestamp) -> Response {
        self.read_with(&Redactor::default(), response, now)
    }

    /// The same without the texts that the redactor knows.
    pub fn read_with(
        &self,
        redactor: &Redactor,
        response: &http::Response<Vec<u8>>,
        now: Timestamp,
    ) -> Response {
        wire::read(self, response, now, redactor)
    }
}

/// The short name a log line or an error gives it.
impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ListProjects { .. } => write!(f, "list projects"),
            Self::GetProject { project } => write!(f, "get project {project}"),
            Self::ListRuns { project, .. } => write!(f, "list runs of {project}"),
            Self::RunStatus { run, .. } => write!(f, "get run {run}"),
            Self::Trigger { project, .. } => write!(f, "start a run of {project}"),
            Self::DryRun { project, .. } => write!(f, "check a start of {project}"),
            Self::Export { project } => write!(f, "read the inputs of {project}"),
            Self::Cancel { run, .. } => write!(f, "cancel run {run}"),
            Self::Me => write!(f, "get the token's user"),
        }
    }
}

/// A good answer, read.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// To [`Call::ListProjects`].
    Projects {
        /// The page.
        projects: Vec<Project>,
        /// Cursor of the next page; none on the last.
        after: Option<String>,
    },
    /// To [`Call::GetProject`].
    Project(Project),
    /// To [`Call::ListRuns`].
    Runs {
        /// The page, newest first, each run once.
        runs: Vec<Run>,
        /// Whether there are others on the next page.
        more: bool,
        /// In which order the pages come, which is documented nowhere.
        order: PageOrder,
    },
    /// To [`Call::RunStatus`].
    Run(Run),
    /// To [`Call::Trigger`].
    Started(Started),
    /// To [`Call::DryRun`]: Hex would start it.
    Checked,
    /// To [`Call::Export`]: the inputs on the published app, in their order.
    Inputs(Vec<ParamSpec>),
    /// To [`Call::Cancel`]: accepted, not yet carried out.
    Cancelled,
    /// To [`Call::Me`].
    Me(Me),
}

/// A run that has been started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Started {
    /// Its id.
    pub run: RunId,
    /// Where a person sees it in a browser.
    pub url: Option<String>,
    /// The published version it runs.
    pub version: Option<String>,
    /// The request's id, for Hex's support.
    pub trace: Option<String>,
}

/// In which order the pages of a project's runs come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PageOrder {
    /// As clients in the field expect: the next page is older.
    #[default]
    NewestFirst,
    /// The next page is newer.
    OldestFirst,
    /// In no order of time.
    Mixed,
}

/// Who the token belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Me {
    /// The person's id; none for a workspace token.
    pub id: Option<String>,
    /// The person; none for a workspace token.
    pub email: Option<String>,
    /// The person's role, as Hex spells it.
    pub role: Option<String>,
    /// The workspace's id.
    pub org: Option<String>,
    /// When the token expires; none if never or not told.
    pub expires: Option<Timestamp>,
}

//! One simulated run: where it stands, and what is going to become of it.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::domain::{RunId, RunStatus, RunTrigger};

use super::rng::Rng;
use super::users::User;
use super::uuid::Uuid;

/// How a run will end if nobody cancels it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Completes,
    Fails,
    /// It never gets a kernel.
    Starves,
}

/// What is going to become of a run, decided when it is made.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// From having a kernel until it runs.
    pub(crate) boot: Duration,
    /// From running until it ends.
    pub(crate) takes: Duration,
    pub(crate) outcome: Outcome,
}

/// Which version of the project a run runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// The published version of this number.
    Published(u32),
    /// The draft.
    Draft,
}

/// One run, as the server knows it.
#[derive(Clone, Debug)]
pub struct SimRun {
    pub(crate) id: Uuid,
    /// Index of its project.
    pub(crate) project: usize,
    pub(crate) version: Version,
    pub(crate) trigger: RunTrigger,
    /// Whose kernel it holds or waits for.
    pub(crate) user: User,
    pub(crate) status: RunStatus,
    pub(crate) created: Timestamp,
    pub(crate) start: Option<Timestamp>,
    pub(crate) end: Option<Timestamp>,
    pub(crate) cancelled: Option<Timestamp>,
    pub(crate) has_kernel: bool,
    pub(crate) plan: Plan,
    /// What the API tells about who is notified.
    pub(crate) notifications: Option<Box<Value>>,
    pub(crate) inputs: Map<String, Value>,
}

impl SimRun {
    /// A run that the token's owner has just asked for.
    pub(crate) fn new(
        id: Uuid,
        project: usize,
        trigger: RunTrigger,
        plan: Plan,
        at: Timestamp,
    ) -> Self {
        Self {
            id,
            project,
            version: Version::Draft,
            trigger,
            user: User::TOKEN,
            status: RunStatus::Pending,
            created: at,
            start: None,
            end: None,
            cancelled: None,
            has_kernel: false,
            plan,
            notifications: None,
            inputs: Map::new(),
        }
    }

    /// Its id.
    pub fn id(&self) -> RunId {
        RunId::new(self.id.to_string())
    }

    /// Where it stands.
    pub fn status(&self) -> &RunStatus {
        &self.status
    }

    /// What started it.
    pub fn trigger(&self) -> &RunTrigger {
        &self.trigger
    }

    /// Which version it runs.
    pub fn version(&self) -> Version {
        self.version
    }

    /// When it was asked for, by the server's clock.
    pub fn created(&self) -> Timestamp {
        self.created
    }

    /// When it began to run.
    pub fn start(&self) -> Option<Timestamp> {
        self.start
    }

    /// When it ended.
    pub fn end(&self) -> Option<Timestamp> {
        self.end
    }

    /// The input parameters it was started with.
    pub fn inputs(&self) -> &Map<String, Value> {
        &self.inputs
    }

    /// Whether it may still change.
    pub fn is_active(&self) -> bool {
        !self.status.is_terminal()
    }

    /// Draws of its own, so that what becomes of a run does not depend on the others.
    pub(crate) fn chance(id: Uuid) -> Rng {
        Rng::stream(id.bits(), 0x72_756e)
    }
}

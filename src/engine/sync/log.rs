//! The log that all processes read in the same order: requests, who polls, and what persons care for.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::countdowns::Countdown;
use super::session::Session;
use crate::api::{Kind, RateHint};
use crate::domain::{Boot, ProjectId, RunId};
use crate::engine::budget::Priority;
use crate::engine::poll::Attention;
use crate::engine::request::CallId;

/// A line of the log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogRecord {
    /// Who wrote it.
    pub by: Session,
    /// When it happened.
    pub at: Boot,
    /// What happened.
    pub what: LogEvent,
}

/// What a line of the log tells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum LogEvent {
    /// A request leaves.
    Sent {
        /// Its name.
        call: CallId,
        /// What it costs.
        kind: Kind,
        /// For whom.
        #[serde(rename = "tier")]
        priority: Priority,
        /// When it is given up at the latest.
        patience: Duration,
    },
    /// A request has its answer, or was given up.
    Done {
        /// Its name.
        call: CallId,
        /// What its answer said about the limits.
        hint: RateHint,
        /// Whether it was a 429.
        refused: bool,
    },
    /// The writer polls, for so long; zero gives the lease back.
    Lease {
        /// How long.
        lasts: Duration,
    },
    /// The writer is about to end a run by a rule, unless another one has said so before.
    Countdown(Countdown),
    /// The writer ends no run by this countdown of its own: another one may begin it anew.
    CountdownOver(RunId),
    /// What the writer's persons care for.
    #[serde(rename = "Cares")]
    Presence(Presence),
}

/// What the persons at one process care for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Presence {
    /// Whether somebody waits, so that polls stand aside.
    pub waits: bool,
    /// Projects, and how much.
    pub projects: BTreeMap<ProjectId, Attention>,
    /// The projects that are watched there; none if all are.
    pub watched: Option<BTreeSet<ProjectId>>,
}

//! What the engine asks of the store, and what it hears from it. Plain data; the store itself is
//! in the shell.
//!
//! Two things are kept for all hextop processes of one user. The *log* is a sequence of
//! [`Record`]s, from which every process works out the same budget; a claim is written to it only
//! if the process that makes it knows all that is there. The *facts* are what was read of the
//! workspace, the latest of each key; whoever writes one needs to know nothing.

use serde::{Deserialize, Serialize};

use super::ledger::Record;
use crate::domain::Boot;

/// Something asked of the store. Each is answered by one [`Told`], or by the reason why not.
#[derive(Clone, Debug, PartialEq)]
pub enum Ask {
    /// Tell all that is there.
    Join,
    /// Write these to the log, if `after` is the number of its last record.
    Claim {
        /// The last record that the engine knows.
        after: i64,
        /// All of them or none are written.
        records: Vec<Record>,
    },
    /// Write these to the log.
    Append(Vec<Record>),
    /// Keep these, each in place of what had its key.
    Keep(Vec<Fact>),
    /// All that was and will be written belongs to this user, whichever token is used.
    Belongs(String),
}

/// What the store tells, by itself or as an answer: everything written since it last did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Told {
    /// Records of the log with their numbers, which grow.
    pub records: Vec<(i64, Record)>,
    /// Facts that other processes have written.
    pub facts: Vec<Fact>,
    /// What it is the answer to.
    pub answer: Answer,
}

/// What a [`Told`] answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Answer {
    /// Nothing: other processes have written, or what was asked is done.
    #[default]
    News,
    /// [`Ask::Join`] or [`Ask::Belongs`]: this is all there is.
    Joined,
    /// [`Ask::Claim`] with this `after`: it is written.
    Claimed(i64),
    /// [`Ask::Claim`] with this `after`: it is not, because the log has gone on.
    Behind(i64),
}

/// Something that was read of the workspace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    /// What it is about; there is one fact of each key.
    pub key: String,
    /// What is so, as JSON.
    pub value: String,
    /// When the request left that showed it; zero if that was before the machine's last start.
    pub at: Boot,
}

//! What the engine asks of the store, and what it hears from it. Plain data; the store itself is
//! in the shell.
//!
//! Two things are kept for all hextop processes of one user. The *log* is a sequence of
//! [`LogRecord`]s, from which every process works out the same budget; a claim is written to it only
//! if the process that makes it knows all that is there. The *facts* are what was read of the
//! workspace, the latest of each key; whoever writes one needs to know nothing. Beside them stands
//! the *journal* of starts and cancels, which is never thrown away, and the *timeline* of changes that
//! were seen, which the store keeps for as long as it says.
//!
//! Facts may be many, so they are told in pieces: the answer to [`StoreRequest::Join`] has the log, the open
//! entries of the journal and the first piece; each [`StoreRequest::More`] brings another one.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::log::LogRecord;
use super::session::Session;
use crate::domain::{Boot, ProjectId};
use crate::engine::cancel::{CancelEntry, CancelId};
use crate::engine::start::journal::{Entry, StartId};
use crate::engine::timeline::{ChangePage, ChangeRange, SeenChange};

/// The most entries of the journal's starts that are told to a process that joins, besides those that are open.
pub const MOST_TOLD: u16 = 5000;

/// Something asked of the store. Each is answered by one [`StoreEvent`], or by the reason why not.
#[derive(Clone, Debug, PartialEq)]
pub enum StoreRequest {
    /// Tell what is there: the log, the journal's open entries, and of the rest the first piece.
    Join,
    /// Tell the next piece, after a [`StoreEvent`] that says that there is more.
    More,
    /// These are all projects of the workspace: what was read of others, and not for a day, may
    /// leave.
    Listed(BTreeSet<ProjectId>),
    /// Write these to the log, if `after` is the number of its last record.
    Claim {
        /// The last record that the engine knows.
        after: i64,
        /// All of them or none are written.
        records: Vec<LogRecord>,
        /// Starts that leave with it, as they are then. They are part of the all, and each only if
        /// the journal has it as waiting for this process.
        entries: Vec<Entry>,
    },
    /// Write these to the log.
    Append(Vec<LogRecord>),
    /// Keep these, each in place of what had its key.
    Put(Vec<CacheEntry>),
    /// Write these into the journal, each in place of what had its name. They are on the disk
    /// when the answer comes.
    LogRecord(Vec<Entry>),
    /// The same for what was found out by looking: only if no other process has written into the
    /// journal after `after`.
    CompareAndSet {
        /// The last writing that the engine knows.
        after: i64,
        /// All of them or none are written.
        entries: Vec<Entry>,
    },
    /// Write these into the journal of cancels, each in place of what had its name.
    RecordCancels(Vec<CancelEntry>),
    /// Write these into the timeline. Of a run and a status the first writing counts.
    AppendChanges(Vec<SeenChange>),
    /// Tell a page of the timeline.
    ReadChanges(ChangeRange),
    /// All that was and will be written belongs to this user, whichever token is used.
    Belongs(String),
}

/// What the store tells, by itself or as an answer: everything written since it last did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StoreEvent {
    /// Records of the log with their numbers, which grow.
    pub records: Vec<(i64, LogRecord)>,
    /// Facts that other processes have written since; or what was there before, all of a project
    /// together, where the answer says so.
    pub facts: Vec<CacheEntry>,
    /// Whether there is more to be told, which [`StoreRequest::More`] brings.
    pub more: bool,
    /// Entries of the journal that other processes have written. When joining, all that are open
    /// and the newest of the rest; older ones come in pieces.
    pub entries: Vec<Entry>,
    /// The same for cancels.
    pub cancels: Vec<CancelEntry>,
    /// The number of the last writing into the journal.
    pub journal: i64,
    /// Processes with open entries that are gone.
    pub gone: Vec<Session>,
    /// Whether it tells everything from the beginning, because another log counts from now on.
    pub anew: bool,
    /// What a person is to know of the store itself, such as that a record could not be read.
    pub notes: Vec<String>,
    /// What it is the answer to.
    pub answer: Answer,
}

impl StoreEvent {
    /// This and what was told after it, as the answer that the later one is.
    #[must_use]
    pub fn and(mut self, later: Self) -> Self {
        if later.anew {
            // The numbers of the log before say nothing about the one that counts now.
            self.records.clear();
        }
        self.records.extend(later.records);
        self.facts.extend(later.facts);
        self.entries.extend(later.entries);
        self.cancels.extend(later.cancels);
        self.gone.extend(later.gone);
        self.notes.extend(later.notes);
        let Self { more, journal, answer, .. } = later;
        Self { more, journal, answer, anew: self.anew || later.anew, ..self }
    }
}

/// What a [`StoreEvent`] answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Answer {
    /// Nothing: other processes have written, or what was asked is done.
    #[default]
    News,
    /// [`StoreRequest::Join`] or [`StoreRequest::Belongs`]: this is the whole log, and facts that were there before.
    Joined,
    /// [`StoreRequest::More`]: another piece.
    More {
        /// Whether its facts are what was there before; else they are news.
        before: bool,
    },
    /// [`StoreRequest::Claim`] with this `after`: it is written.
    Claimed(i64),
    /// [`StoreRequest::Claim`]: it is not written.
    Behind {
        /// The claim's own.
        after: i64,
        /// Starts that were to leave, and that the journal does not have as waiting for this
        /// process. If there are none, the log has gone on.
        refused: Vec<StartId>,
    },
    /// [`StoreRequest::LogRecord`]: these are on the disk.
    Recorded(Vec<StartId>),
    /// [`StoreRequest::RecordCancels`]: these are written.
    CancelsRecorded(Vec<CancelId>),
    /// [`StoreRequest::ReadChanges`]: these are the next of the range.
    Changes(ChangePage),
    /// [`StoreRequest::CompareAndSet`]: it is written.
    Settled,
    /// [`StoreRequest::CompareAndSet`]: it is not, because others have written.
    Overtaken,
}

/// Something that was read of the workspace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CacheEntry {
    /// What it is about; there is one fact of each key.
    pub key: String,
    /// What is so, as JSON.
    pub value: String,
    /// When the request left that showed it; zero if that was before the machine's last start.
    pub at: Boot,
    /// Whether it is about something that goes on: its project is told first to one that joins.
    pub active: bool,
}

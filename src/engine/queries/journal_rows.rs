//! The journal as one list: starts and cancels, by the time of their confirmation.

use jiff::Timestamp;
use serde_json::Value;

use crate::engine::cancel::{CancelEntry, CancelId};
use crate::engine::start::journal::{Entry, StartId};

/// An entry of the journal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum JournalRow<'a> {
    /// A start.
    Start(&'a Entry),
    /// A cancel.
    Cancel(&'a CancelEntry),
}

/// Names an entry of the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum JournalRowId {
    /// A start.
    Start(StartId),
    /// A cancel.
    Cancel(CancelId),
}

impl<'a> JournalRow<'a> {
    /// Its name.
    pub fn id(self) -> JournalRowId {
        match self {
            Self::Start(entry) => JournalRowId::Start(entry.id),
            Self::Cancel(entry) => JournalRowId::Cancel(entry.id),
        }
    }

    /// When it was confirmed, by the wall clock of its machine.
    pub fn at(self) -> Timestamp {
        match self {
            Self::Start(entry) => entry.at,
            Self::Cancel(entry) => entry.at,
        }
    }

    /// The id of its project.
    pub fn project(self) -> &'a str {
        match self {
            Self::Start(entry) => entry.project.as_str(),
            Self::Cancel(entry) => entry.project.as_str(),
        }
    }

    /// What its project was called then.
    pub fn title(self) -> &'a str {
        match self {
            Self::Start(entry) => &entry.title,
            Self::Cancel(entry) => &entry.title,
        }
    }

    /// It as one JSON object.
    pub fn json(self) -> Value {
        match self {
            Self::Start(entry) => entry.json(),
            Self::Cancel(entry) => entry.json(),
        }
    }
}

/// Starts and cancels in one list, the newest first; each must come so.
pub fn newest_first<'a>(
    starts: impl IntoIterator<Item = &'a Entry>,
    cancels: impl IntoIterator<Item = &'a CancelEntry>,
) -> impl Iterator<Item = JournalRow<'a>> {
    let mut starts = starts.into_iter().map(JournalRow::Start).peekable();
    let mut cancels = cancels.into_iter().map(JournalRow::Cancel).peekable();
    std::iter::from_fn(move || match (starts.peek(), cancels.peek()) {
        (Some(start), Some(cancel)) if cancel.at() > start.at() => cancels.next(),
        (None, _) => cancels.next(),
        _ => starts.next(),
    })
}

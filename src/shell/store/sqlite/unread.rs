//! Rows that could not be read, and what is taken for a request among them.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::api::Kind;
use crate::domain::Boot;
use crate::engine::Priority;
use crate::engine::request::CallId;
use crate::engine::sync::log::{LogEvent, LogRecord};
use crate::engine::sync::session::Session;

/// The longest that the settings let a request take.
const LONGEST: Duration = Duration::from_mins(5);

/// A row that could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Unread {
    Journal(i64),
    Log(i64),
    CacheEntry(i64),
    Cancel(i64),
}

/// The rows that could not be read, each once.
pub(super) type UnreadRows = BTreeSet<Unread>;

/// What stands in the log for a record that cannot be read: it may have been a request, of any
/// kind, and takes a slot as long as any may.
pub(super) fn taken_slot(number: i64, at: Boot) -> LogRecord {
    let call = CallId::numbered(number.unsigned_abs());
    let what =
        LogEvent::Sent { call, kind: Kind::Trigger, priority: Priority::Person, patience: LONGEST };
    LogRecord { by: Session(0), at, what }
}

//! Records that could not be read: kept in a table of their own, out of everybody's way.
//!
//! In place of an entry of the journal stands one that says so, because nobody may take its start
//! for one that was never sent. In place of a record of the log that may have taken a slot stands
//! one that takes a slot. A record that a later version can read, or that was mended by hand, is
//! put back when the store is next opened.

use std::collections::BTreeSet;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::Value;

use super::facts::STEP;
use super::journal::{Found, read};
use super::transaction::{StoreTransaction, bytes, json, readable_fact, readable_record};
use super::unread::{Unread, taken_slot};
use crate::domain::{Boot, ProjectId};
use crate::engine::start::journal::{Entry, StartId, StartStage, UNKNOWN_PROJECT};
use crate::engine::sync::session::Session;

pub(super) const TABLE: &str = "
    CREATE TABLE set_aside (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        owner TEXT NOT NULL,
        kind TEXT NOT NULL,
        key BLOB NOT NULL,
        sender INTEGER NOT NULL,
        open INTEGER NOT NULL,
        wall INTEGER NOT NULL,
        record BLOB NOT NULL
    ) STRICT;
    CREATE INDEX set_aside_by_owner ON set_aside (owner, kind);
";

/// Records of the log, and facts, that are kept; of the journal every one is.
pub(super) const KEEP: i64 = 200;
/// The writer of an entry that stands for one which could not be read: no process has that number,
/// so all are told of it.
const NOBODY: i64 = -1;

/// A record that was set aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetAside {
    /// Where it stood: `journal`, `cancel`, `log` or `fact`.
    pub kind: String,
    /// What it was called there; a start's or a cancel's name for the journal.
    pub key: String,
    /// Whether it was a start that may have begun a run.
    pub open: bool,
    /// When it was set aside, by this machine's wall clock.
    pub at: Timestamp,
    /// Its text; what is no UTF-8 is replaced.
    pub record: String,
}

/// What was set aside in one transaction.
#[derive(Debug, Default)]
pub(super) struct Moved {
    /// What the journal has instead.
    pub(super) entries: Vec<Entry>,
    journal: usize,
    open: usize,
    pub(super) others: usize,
}

impl Moved {
    /// What the person is to know of it.
    pub(super) fn note(&self) -> Option<String> {
        let all = self.journal + self.others;
        let records = if all == 1 { "1 record" } else { &format!("{all} records") };
        let what = match (self.open, self.journal) {
            _ if all == 0 => return None,
            (0, 0) => String::new(),
            (0, _) => ", among them the record of a start that was settled".to_owned(),
            _ => ", among them the record of a start that may have begun a run: look for that in \
                  Hex before you start it again"
                .to_owned(),
        };
        Some(format!(
            "{records} of the store could not be read and {} set aside{what}. `hextop journal \
             --set-aside` shows what was set aside",
            if all == 1 { "was" } else { "were" }
        ))
    }
}

impl StoreTransaction<'_> {
    /// Sets aside what could not be read. Each row is looked at once more: another process may
    /// have been faster, or written it anew.
    pub(super) fn set_aside(&self) -> rusqlite::Result<Moved> {
        let mut moved = Moved::default();
        let rows = std::mem::take(&mut *self.unread.borrow_mut());
        for row in rows {
            // Of the journal every one, because starts depend on it; of the rest so many at a time.
            if !matches!(row, Unread::Journal(_)) && moved.others >= usize::from(STEP) {
                self.found_unread(row);
                continue;
            }
            match row {
                Unread::Journal(number) => self.set_entry_aside(number, &mut moved)?,
                Unread::Log(number) => self.set_record_aside(number, &mut moved)?,
                Unread::CacheEntry(number) => self.set_fact_aside(number, &mut moved)?,
                Unread::Cancel(number) => self.set_cancel_aside(number, &mut moved)?,
            }
        }
        Ok(moved)
    }

    fn set_entry_aside(&self, number: i64, moved: &mut Moved) -> rusqlite::Result<()> {
        let found = self
            .connection
            .prepare_cached(
                "SELECT CAST(id AS BLOB), sender, open, CAST(entry AS BLOB) FROM journal
                 WHERE owner = ? AND number = ?",
            )?
            .query_row(params![self.owner, number], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })
            .optional()?;
        let Some(found): Option<(Vec<u8>, i64, bool, Vec<u8>)> = found else { return Ok(()) };
        let (id, sender, open, record) = found;
        if read(&record, &id).is_some() {
            return Ok(());
        }
        self.keep_aside("journal", &id, sender, open, &record)?;
        (moved.journal, moved.open) = (moved.journal + 1, moved.open + usize::from(open));
        let Some(ticket) = std::str::from_utf8(&id).ok().and_then(|id| id.parse().ok()) else {
            let sql = "DELETE FROM journal WHERE owner = ? AND number = ?";
            return self.connection.execute(sql, params![self.owner, number]).map(|_| ());
        };
        let entry = stand_in(ticket, Session(u32::try_from(sender).unwrap_or(0)), open, &record);
        let next = self.last_entry()? + 1;
        self.connection.execute(
            "UPDATE journal SET number = ?, writer = ?, entry = ? WHERE owner = ? AND number = ?",
            params![next, NOBODY, json(&entry)?, self.owner, number],
        )?;
        moved.entries.push(entry);
        Ok(())
    }

    fn set_record_aside(&self, number: i64, moved: &mut Moved) -> rusqlite::Result<()> {
        let found = self
            .connection
            .prepare_cached(
                "SELECT CAST(slot AS BLOB), at, CAST(record AS BLOB) FROM log
                 WHERE owner = ? AND number = ?",
            )?
            .query_row(params![self.owner, number], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .optional()?;
        let Some(found): Option<(Option<Vec<u8>>, i64, Vec<u8>)> = found else { return Ok(()) };
        let (slot, at, record) = found;
        if readable_record(&record).is_some() {
            return Ok(());
        }
        self.keep_aside("log", slot.as_deref().unwrap_or_default(), 0, false, &record)?;
        moved.others += 1;
        if slot.is_some() {
            let sql = "DELETE FROM log WHERE number = ?";
            return self.connection.execute(sql, [number]).map(|_| ());
        }
        let record = taken_slot(number, Boot::from_nanos(at.unsigned_abs()));
        let sql = "UPDATE log SET record = ? WHERE number = ?";
        self.connection.execute(sql, params![json(&record)?, number]).map(|_| ())
    }

    fn set_fact_aside(&self, number: i64, moved: &mut Moved) -> rusqlite::Result<()> {
        let mut statement = self.connection.prepare_cached(
            "SELECT CAST(key AS BLOB), CAST(value AS BLOB) FROM fact
             WHERE owner = ? AND number = ?",
        )?;
        let rows = statement
            .query_map(params![self.owner, number], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let rows: Vec<(Vec<u8>, Vec<u8>)> = rows.collect::<Result<_, _>>()?;
        for (key, value) in rows {
            if readable_fact(&key, &value).is_none() {
                self.keep_aside("fact", &key, 0, false, &value)?;
                moved.others += 1;
                self.connection.execute(
                    "DELETE FROM fact WHERE owner = ? AND number = ? AND CAST(key AS BLOB) = ?",
                    params![self.owner, number, key],
                )?;
            }
        }
        Ok(())
    }

    pub(super) fn keep_aside(
        &self,
        kind: &str,
        key: &[u8],
        sender: i64,
        open: bool,
        record: &[u8],
    ) -> rusqlite::Result<()> {
        let sql = "INSERT INTO set_aside (owner, kind, key, sender, open, wall, record)
                   VALUES (?, ?, ?, ?, ?, ?, ?)";
        let wall = self.now.wall.as_millisecond();
        let values = params![self.owner, kind, key, sender, open, wall, record];
        self.connection.execute(sql, values).map(|_| ())
    }

    /// Puts back entries of the journal that can be read by now; tells how many.
    pub(super) fn put_back(&self) -> rusqlite::Result<usize> {
        let mut statement = self.connection.prepare_cached(
            "SELECT id, key, sender, open, record FROM set_aside
             WHERE owner = ? AND kind = 'journal' ORDER BY id",
        )?;
        let rows = statement.query_map([self.owner], |row| {
            let entry = read(bytes(row, 4)?, bytes(row, 1)?);
            Ok(entry.map(|entry| (row.get(0), row.get(2), row.get(3), entry)))
        })?;
        let rows: Vec<_> = rows.filter_map(Result::transpose).collect::<Result<_, _>>()?;
        let mut back = 0;
        for (row, sender, open, entry) in rows {
            let (row, sender, open): (i64, i64, bool) = (row?, sender?, open?);
            let id = entry.id.to_string();
            // What was written since is newer.
            let is_newest = match self.entry(&id)? {
                Found::Nothing => true,
                Found::Unreadable => false,
                Found::Entry(entry) => matches!(entry.stage, StartStage::Unreadable { .. }),
            };
            if is_newest {
                let next = self.last_entry()? + 1;
                self.connection.execute(
                    "INSERT OR REPLACE INTO journal
                     (owner, id, number, sender, writer, open, entry) VALUES (?, ?, ?, ?, ?, ?, ?)",
                    params![self.owner, id, next, sender, NOBODY, open, json(&entry)?],
                )?;
                self.connection.execute("DELETE FROM set_aside WHERE id = ?", [row])?;
                back += 1;
            }
        }
        Ok(back)
    }
}

/// Everything of an owner that was set aside, the oldest first.
pub(super) fn all(connection: &Connection, owner: &str) -> rusqlite::Result<Vec<SetAside>> {
    let mut statement = connection.prepare_cached(
        "SELECT kind, key, open, wall, record FROM set_aside WHERE owner = ? ORDER BY id",
    )?;
    let rows = statement.query_map([owner], |row| {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Ok(SetAside {
            kind: row.get(0)?,
            key: text(row.get(1)?),
            open: row.get(2)?,
            at: Timestamp::from_millisecond(row.get(3)?).unwrap_or_default(),
            record: text(row.get(4)?),
        })
    })?;
    rows.collect()
}

/// What stands in the journal for a record that cannot be read, with as much of it as can be.
fn stand_in(id: StartId, by: Session, open: bool, record: &[u8]) -> Entry {
    let told: Value = serde_json::from_slice(record).unwrap_or_default();
    let text = |key: &str| told.get(key).and_then(Value::as_str).map(str::to_owned);
    Entry {
        id,
        by,
        who: text("who"),
        project: ProjectId::new(text("project").unwrap_or_else(|| UNKNOWN_PROJECT.to_owned())),
        title: text("title").unwrap_or_else(|| "(unreadable)".to_owned()).into(),
        body: told.get("body").cloned().unwrap_or_default(),
        secrets: BTreeSet::new(),
        at: id.at(),
        reason: text("reason"),
        queue: None,
        after: None,
        stage: StartStage::Unreadable { open },
        attempts: 0,
        sent: None,
        deadline: None,
        known: BTreeSet::new(),
        trace: text("trace"),
    }
}

//! What is read and written in one transaction of the store.

use std::cell::RefCell;
use std::time::Duration;

use rusqlite::{Connection, Row, params};
use serde::Serialize;
use serde::de::IgnoredAny;

use super::unread::{Unread, UnreadRows, taken_slot};
use crate::domain::{Boot, Now};
use crate::engine::sync::log::{LogEvent, LogRecord};
use crate::engine::sync::session::Session;
use crate::shell::outgoing;

/// An open transaction and what everything in it is marked with.
pub(super) struct StoreTransaction<'a> {
    pub(super) connection: &'a Connection,
    pub(super) owner: &'a str,
    pub(super) boot: &'a str,
    pub(super) session: Session,
    pub(super) now: Now,
    /// What could not be read so far.
    pub(super) unread: &'a RefCell<UnreadRows>,
}

impl StoreTransaction<'_> {
    /// Notes that a row could not be read.
    pub(super) fn found_unread(&self, row: Unread) {
        self.unread.borrow_mut().insert(row);
    }

    /// Whether anything has been written after a record that a claim depends on; what others
    /// care for is no such thing.
    pub(super) fn has_gone_on(&self, after: i64) -> rusqlite::Result<bool> {
        self.connection
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM log WHERE owner = ? AND number > ?
                 AND (slot IS NULL OR slot = 'lease'))",
            )?
            .query_row(params![self.owner, after], |row| row.get(0))
    }

    pub(super) fn log(&self, records: &[LogRecord]) -> rusqlite::Result<()> {
        for record in records {
            let slot = slot(record);
            if slot.is_some() {
                self.connection
                    .prepare_cached("DELETE FROM log WHERE owner = ? AND slot = ?")?
                    .execute(params![self.owner, slot])?;
            }
            self.connection
                .prepare_cached(
                    "INSERT INTO log (owner, slot, boot, wall, at, record) VALUES (?, ?, ?, ?, ?, ?)",
                )?
                .execute(params![
                    self.owner,
                    slot,
                    self.boot,
                    self.now.wall.as_millisecond(),
                    nanoseconds(record.at),
                    json(record)?,
                ])?;
        }
        Ok(())
    }

    /// The log after a record. What of it cannot be read takes a slot, or is left out where it
    /// cannot have taken one.
    pub(super) fn records_since(&self, number: i64) -> rusqlite::Result<Vec<(i64, LogRecord)>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT number, boot, wall, at, record, slot IS NULL FROM log
             WHERE owner = ? AND number > ? ORDER BY number",
        )?;
        let rows = statement.query_map(params![self.owner, number], |row| {
            let (number, takes_slot): (i64, bool) = (row.get(0)?, row.get(5)?);
            let at = self.since_boot(row, 1)?;
            let record = readable_record(bytes(row, 4)?);
            if record.is_none() {
                self.found_unread(Unread::Log(number));
            }
            let record = record.or_else(|| takes_slot.then(|| taken_slot(number, at)));
            Ok(record.map(|record| (number, LogRecord { at, ..record })))
        })?;
        rows.filter_map(Result::transpose).collect()
    }

    /// Reads the columns `boot`, `wall` and `at` as a time since this machine's last start; zero
    /// for what was before it.
    pub(super) fn since_boot(&self, row: &Row<'_>, first: usize) -> rusqlite::Result<Boot> {
        let boot = bytes(row, first)?;
        let (wall, at): (i64, i64) = (row.get(first + 1)?, row.get(first + 2)?);
        if boot == self.boot.as_bytes() {
            return Ok(Boot::from_nanos(at.unsigned_abs()));
        }
        let age = self.now.wall.as_millisecond().saturating_sub(wall).max(0);
        Ok(self.now.boot - Duration::from_millis(age.unsigned_abs()))
    }

    /// Gives what was written under the token to the user `name`; of many facts and seen changes
    /// some, and the others later, step by step. Where that user has nothing yet, all stays as it is but for the
    /// name, so that other processes with this token go on with it. Otherwise who polls, and for
    /// whom, is said anew.
    pub(super) fn adopt(&self, name: &str, token: &str) -> rusqlite::Result<()> {
        if self.owner == name {
            // Another process has said so in the meantime.
            return Ok(());
        }
        let run = |sql: &str, values: &[&dyn rusqlite::ToSql]| {
            self.connection.execute(sql, values).map(|_| ())
        };
        run("INSERT OR REPLACE INTO owner (token, name) VALUES (?, ?)", &[&token, &name])?;
        run("UPDATE set_aside SET owner = ? WHERE owner = ?", &[&name, &self.owner])?;
        self.give_changes(name, self.owner)?;
        let has_any = "SELECT EXISTS (SELECT 1 FROM log WHERE owner = ?1)
                       OR EXISTS (SELECT 1 FROM fact WHERE owner = ?1)";
        if !self.connection.query_row(has_any, [name], |row| row.get(0))? {
            run("UPDATE log SET owner = ? WHERE owner = ?", &[&name, &self.owner])?;
            self.give_facts(name, self.owner, 0)?;
            return self.hand_over(name).and_then(|()| self.hand_cancels_over(name));
        }
        run(
            "INSERT INTO log (owner, slot, boot, wall, at, record)
             SELECT ?, slot, boot, wall, at, record FROM log WHERE owner = ? AND slot IS NULL
             ORDER BY number",
            &[&name, &self.owner],
        )?;
        run("DELETE FROM log WHERE owner = ?", &[&self.owner])?;
        let theirs = StoreTransaction { owner: name, ..*self }.last_fact()?;
        self.give_facts(name, self.owner, theirs)?;
        self.hand_over(name).and_then(|()| self.hand_cancels_over(name))
    }

    /// Whether the log of `name` is the one that is known up to this record.
    pub(super) fn goes_on_as(&self, name: &str, number: i64) -> rusqlite::Result<bool> {
        self.connection
            .prepare_cached(
                "SELECT ?2 = 0 OR EXISTS (SELECT 1 FROM log WHERE owner = ?1 AND number = ?2)",
            )?
            .query_row(params![name, number], |row| row.get(0))
    }
}

/// Of records with the same slot only the last counts.
fn slot(record: &LogRecord) -> Option<String> {
    match record.what {
        LogEvent::Lease { .. } => Some("lease".to_owned()),
        LogEvent::Presence(_) => Some(format!("cares/{}", record.by.0)),
        LogEvent::Sent { .. }
        | LogEvent::Done { .. }
        | LogEvent::Countdown(_)
        | LogEvent::CountdownOver(_) => None,
    }
}

pub(super) fn nanoseconds(at: Boot) -> i64 {
    i64::try_from(at.since_boot().as_nanos()).unwrap_or(i64::MAX)
}

pub(super) fn json(record: &impl Serialize) -> rusqlite::Result<String> {
    serde_json::to_string(record)
        .map(|json| outgoing::clean_json(&json).into_owned())
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}

/// The bytes of a text, which may be no UTF-8; none where there is no text.
pub(super) fn bytes<'r>(row: &'r Row<'_>, column: usize) -> rusqlite::Result<&'r [u8]> {
    Ok(row.get_ref(column)?.as_bytes().unwrap_or_default())
}

/// A record of the log, if it can be read.
pub(super) fn readable_record(json: &[u8]) -> Option<LogRecord> {
    serde_json::from_slice(json).ok()
}

/// The key and the value of a fact, if they are texts and the value is JSON. What the JSON says is
/// the engine's business: a newer version may say more.
pub(super) fn readable_fact(key: &[u8], value: &[u8]) -> Option<(String, String)> {
    serde_json::from_slice::<IgnoredAny>(value).ok()?;
    let text = |bytes: &[u8]| std::str::from_utf8(bytes).ok().map(str::to_owned);
    text(key).zip(text(value))
}

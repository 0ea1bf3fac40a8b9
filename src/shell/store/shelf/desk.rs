//! What is read and written in one transaction of the store.

use std::cell::RefCell;
use std::time::Duration;

use rusqlite::{Connection, Row, params};
use serde::Serialize;
use serde::de::IgnoredAny;

use super::aside::{KEEP as KEEP_ASIDE, Unread, UnreadRows, taken_slot};
use crate::domain::{Boot, Now};
use crate::engine::ledger::{Record, Session, What};
use crate::engine::store::Fact;
use crate::shell::outgoing;

/// How long records of the log count for anything: an hour's window, and what is on its way.
const LOG_LASTS: Duration = Duration::from_hours(2);
/// Facts kept of each topic, such as the runs of one project.
const KEEP: i64 = 300;

/// An open transaction and what everything in it is marked with.
pub(super) struct Desk<'a> {
    pub(super) connection: &'a Connection,
    pub(super) owner: &'a str,
    pub(super) boot: &'a str,
    pub(super) session: Session,
    pub(super) now: Now,
    /// What could not be read so far.
    pub(super) unread: &'a RefCell<UnreadRows>,
}

impl Desk<'_> {
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

    pub(super) fn log(&self, records: &[Record]) -> rusqlite::Result<()> {
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
    pub(super) fn records_since(&self, number: i64) -> rusqlite::Result<Vec<(i64, Record)>> {
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
            Ok(record.map(|record| (number, Record { at, ..record })))
        })?;
        rows.filter_map(Result::transpose).collect()
    }

    pub(super) fn keep(&self, facts: &[Fact]) -> rusqlite::Result<()> {
        let mut number = self.last_fact()?;
        for Fact { key, value, at } in facts {
            number += 1;
            let topic = key.rsplit_once('/').map_or(key.as_str(), |(topic, _)| topic);
            self.connection
                .prepare_cached(
                    "INSERT OR REPLACE INTO fact (owner, key, topic, number, boot, wall, at, value)
                     VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                )?
                .execute(params![
                    self.owner,
                    key,
                    topic,
                    number,
                    self.boot,
                    self.now.wall.as_millisecond(),
                    nanoseconds(*at),
                    outgoing::clean_json(value),
                ])?;
        }
        Ok(())
    }

    pub(super) fn last_fact(&self) -> rusqlite::Result<i64> {
        self.connection
            .prepare_cached("SELECT coalesce(max(number), 0) FROM fact WHERE owner = ?")?
            .query_row([self.owner], |row| row.get(0))
    }

    pub(super) fn facts_since(&self, number: i64) -> rusqlite::Result<Vec<Fact>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT key, boot, wall, at, value, number FROM fact WHERE owner = ? AND number > ?
             ORDER BY number",
        )?;
        let rows = statement.query_map(params![self.owner, number], |row| {
            let at = self.since_boot(row, 1)?;
            let fact = readable_fact(bytes(row, 0)?, bytes(row, 4)?);
            if fact.is_none() {
                self.found_unread(Unread::Fact(row.get(5)?));
            }
            Ok(fact.map(|(key, value)| Fact { key, value, at }))
        })?;
        rows.filter_map(Result::transpose).collect()
    }

    /// Reads the columns `boot`, `wall` and `at` as a time since this machine's last start; zero
    /// for what was before it.
    fn since_boot(&self, row: &Row<'_>, first: usize) -> rusqlite::Result<Boot> {
        let boot = bytes(row, first)?;
        let (wall, at): (i64, i64) = (row.get(first + 1)?, row.get(first + 2)?);
        if boot == self.boot.as_bytes() {
            return Ok(Boot::from_nanos(at.unsigned_abs()));
        }
        let age = self.now.wall.as_millisecond().saturating_sub(wall).max(0);
        Ok(self.now.boot - Duration::from_millis(age.unsigned_abs()))
    }

    /// Gives everything that was written under the token to the user `name`. Where that user has
    /// nothing yet, all stays as it is but for the name, so that other processes with this token
    /// go on with it. Otherwise who polls, and for whom, is said anew.
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
        let has_any = "SELECT EXISTS (SELECT 1 FROM log WHERE owner = ?1)
                       OR EXISTS (SELECT 1 FROM fact WHERE owner = ?1)";
        if !self.connection.query_row(has_any, [name], |row| row.get(0))? {
            run("UPDATE log SET owner = ? WHERE owner = ?", &[&name, &self.owner])?;
            run("UPDATE fact SET owner = ? WHERE owner = ?", &[&name, &self.owner])?;
            return self.hand_over(name);
        }
        run(
            "INSERT INTO log (owner, slot, boot, wall, at, record)
             SELECT ?, slot, boot, wall, at, record FROM log WHERE owner = ? AND slot IS NULL
             ORDER BY number",
            &[&name, &self.owner],
        )?;
        run("DELETE FROM log WHERE owner = ?", &[&self.owner])?;
        let theirs = Desk { owner: name, ..*self }.last_fact()?;
        run(
            "INSERT OR IGNORE INTO fact (owner, key, topic, number, boot, wall, at, value)
             SELECT ?, key, topic, number + ?, boot, wall, at, value FROM fact WHERE owner = ?",
            &[&name, &theirs, &self.owner],
        )?;
        run("DELETE FROM fact WHERE owner = ?", &[&self.owner])?;
        self.hand_over(name)
    }

    /// Whether the log of `name` is the one that is known up to this record.
    pub(super) fn goes_on_as(&self, name: &str, number: i64) -> rusqlite::Result<bool> {
        self.connection
            .prepare_cached(
                "SELECT ?2 = 0 OR EXISTS (SELECT 1 FROM log WHERE owner = ?1 AND number = ?2)",
            )?
            .query_row(params![name, number], |row| row.get(0))
    }

    /// Throws away what counts no more.
    pub(super) fn tidy(&self) -> rusqlite::Result<()> {
        let lasts = i64::try_from(LOG_LASTS.as_millis()).unwrap_or(i64::MAX);
        // The wall clock may jump, so records of this boot go by the boot's own time.
        self.connection.execute(
            "DELETE FROM log WHERE CASE boot WHEN ? THEN at < ? ELSE wall < ? END",
            params![
                self.boot,
                nanoseconds(self.now.boot - LOG_LASTS),
                self.now.wall.as_millisecond() - lasts
            ],
        )?;
        self.connection.execute(
            "DELETE FROM fact WHERE (owner, key) IN (
                 SELECT owner, key FROM (
                     SELECT owner, key, row_number() OVER (
                         PARTITION BY owner, topic ORDER BY number DESC
                     ) AS place FROM fact WHERE topic LIKE 'run/%'
                 ) WHERE place > ?
             )",
            [KEEP],
        )?;
        self.connection.execute(
            "DELETE FROM set_aside WHERE kind <> 'journal' AND id <= (
                 SELECT id FROM set_aside WHERE kind <> 'journal'
                 ORDER BY id DESC LIMIT 1 OFFSET ?
             )",
            [KEEP_ASIDE],
        )?;
        Ok(())
    }
}

/// Of records with the same slot only the last counts.
fn slot(record: &Record) -> Option<String> {
    match record.what {
        What::Lease { .. } => Some("lease".to_owned()),
        What::Cares(_) => Some(format!("cares/{}", record.by.0)),
        What::Sent { .. } | What::Done { .. } => None,
    }
}

fn nanoseconds(at: Boot) -> i64 {
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
pub(super) fn readable_record(json: &[u8]) -> Option<Record> {
    serde_json::from_slice(json).ok()
}

/// The key and the value of a fact, if they are texts and the value is JSON. What the JSON says is
/// the engine's business: a newer version may say more.
pub(super) fn readable_fact(key: &[u8], value: &[u8]) -> Option<(String, String)> {
    serde_json::from_slice::<IgnoredAny>(value).ok()?;
    let text = |bytes: &[u8]| std::str::from_utf8(bytes).ok().map(str::to_owned);
    text(key).zip(text(value))
}

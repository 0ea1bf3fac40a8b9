//! The journal of cancels, as it is read and written in one transaction of the store.
//!
//! It stands beside the journal of starts, in a table of its own, and nothing of it is ever thrown
//! away. Nobody waits for it, so it is written without waiting for the disk.

use rusqlite::{OptionalExtension, ToSql, params};

use super::aside::Moved;
use super::transaction::{StoreTransaction, bytes, json};
use super::unread::Unread;
use crate::engine::cancel::CancelEntry;

/// Entries told to a process that joins, besides those that are open.
const NEWEST: i64 = 1000;

pub(super) const TABLE: &str = "
    CREATE TABLE cancel (
        owner TEXT NOT NULL,
        id TEXT NOT NULL,
        number INTEGER NOT NULL,
        sender INTEGER NOT NULL,
        writer INTEGER NOT NULL,
        open INTEGER NOT NULL,
        entry TEXT NOT NULL,
        PRIMARY KEY (owner, id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX cancel_by_number ON cancel (owner, number);
    CREATE INDEX cancel_by_open ON cancel (owner, open, sender);
";

impl StoreTransaction<'_> {
    /// Writes cancels, each in place of what had its name.
    pub(super) fn enter_cancels(&self, entries: &[CancelEntry]) -> rusqlite::Result<()> {
        let mut number = self.last_cancel()?;
        for entry in entries {
            number += 1;
            self.connection
                .prepare_cached(
                    "INSERT OR REPLACE INTO cancel
                     (owner, id, number, sender, writer, open, entry) VALUES (?, ?, ?, ?, ?, ?, ?)",
                )?
                .execute(params![
                    self.owner,
                    entry.id.to_string(),
                    number,
                    entry.by.0,
                    self.session.0,
                    entry.stage.is_open(),
                    json(entry)?,
                ])?;
        }
        Ok(())
    }

    /// What other processes have written after `number`; to one that joins, all that is open, what open
    /// starts wait for and the newest of the rest. What cannot be read is left out.
    pub(super) fn cancels_since(&self, number: i64) -> rusqlite::Result<Vec<CancelEntry>> {
        self.cancels(
            "SELECT number, id, entry FROM cancel WHERE owner = ?1 AND number > ?2 AND
                 CASE ?2 WHEN 0 THEN open OR id IN (
                     SELECT id FROM cancel WHERE owner = ?1 ORDER BY id DESC LIMIT ?4
                 ) OR id IN (
                     SELECT CASE WHEN json_valid(entry)
                         THEN json_extract(entry, '$.after.cancel') END
                     FROM journal WHERE owner = ?1 AND open = 1
                 ) ELSE writer <> ?3 END
             ORDER BY number",
            params![self.owner, number, self.session.0, NEWEST],
        )
    }

    /// Every cancel, the oldest first; what cannot be read is left out.
    pub(super) fn all_cancels(&self) -> rusqlite::Result<Vec<CancelEntry>> {
        let sql = "SELECT number, id, entry FROM cancel WHERE owner = ? ORDER BY id";
        self.cancels(sql, params![self.owner])
    }

    fn cancels(&self, sql: &str, values: &[&dyn ToSql]) -> rusqlite::Result<Vec<CancelEntry>> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map(values, |row| {
            let entry = read(bytes(row, 2)?, bytes(row, 1)?);
            if entry.is_none() {
                self.found_unread(Unread::Cancel(row.get(0)?));
            }
            Ok(entry)
        })?;
        rows.filter_map(Result::transpose).collect()
    }

    pub(super) fn last_cancel(&self) -> rusqlite::Result<i64> {
        self.connection
            .prepare_cached("SELECT coalesce(max(number), 0) FROM cancel WHERE owner = ?")?
            .query_row([self.owner], |row| row.get(0))
    }

    /// Gives every cancel to another owner, who may have some already.
    pub(super) fn hand_cancels_over(&self, name: &str) -> rusqlite::Result<()> {
        let theirs = StoreTransaction { owner: name, ..*self }.last_cancel()?;
        self.connection.execute(
            "INSERT OR REPLACE INTO cancel (owner, id, number, sender, writer, open, entry)
             SELECT ?, id, number + ?, sender, writer, open, entry FROM cancel WHERE owner = ?
             ORDER BY number",
            params![name, theirs, self.owner],
        )?;
        self.connection.execute("DELETE FROM cancel WHERE owner = ?", [self.owner]).map(|_| ())
    }

    /// Sets aside a cancel that cannot be read. Nothing stands for it: a cancel that is not known
    /// is sent by nobody.
    pub(super) fn set_cancel_aside(&self, number: i64, moved: &mut Moved) -> rusqlite::Result<()> {
        let found = self
            .connection
            .prepare_cached(
                "SELECT CAST(id AS BLOB), sender, CAST(entry AS BLOB) FROM cancel
                 WHERE owner = ? AND number = ?",
            )?
            .query_row(params![self.owner, number], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .optional()?;
        let Some(found): Option<(Vec<u8>, i64, Vec<u8>)> = found else { return Ok(()) };
        let (id, sender, record) = found;
        if read(&record, &id).is_some() {
            return Ok(());
        }
        self.keep_aside("cancel", &id, sender, false, &record)?;
        moved.others += 1;
        let sql = "DELETE FROM cancel WHERE owner = ? AND number = ?";
        self.connection.execute(sql, params![self.owner, number]).map(|_| ())
    }
}

/// A cancel, if it can be read and has the name that it stands under.
fn read(json: &[u8], id: &[u8]) -> Option<CancelEntry> {
    let entry: CancelEntry = serde_json::from_slice(json).ok()?;
    (entry.id.to_string().as_bytes() == id).then_some(entry)
}

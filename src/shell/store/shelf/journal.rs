//! The journal of starts, as it is read and written in one transaction of the store.
//!
//! An entry stands there as the JSON that the engine gave; beside it stands what is looked for: who
//! sends it, who wrote it last, and whether it is open. Nothing of it is ever thrown away.

use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, params};

use super::desk::Desk;
use crate::engine::journal::{Entry, StartStage, TicketId};
use crate::engine::ledger::Session;

/// Entries told to a process that joins, besides those that are open.
const NEWEST: i64 = 5000;

pub(super) const TABLE: &str = "
    CREATE TABLE journal (
        owner TEXT NOT NULL,
        id TEXT NOT NULL,
        number INTEGER NOT NULL,
        sender INTEGER NOT NULL,
        writer INTEGER NOT NULL,
        open INTEGER NOT NULL,
        entry TEXT NOT NULL,
        PRIMARY KEY (owner, id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX journal_by_number ON journal (owner, number);
    CREATE INDEX journal_by_open ON journal (owner, open, sender);
";

impl Desk<'_> {
    /// Writes entries, each in place of what had its name.
    pub(super) fn enter(&self, entries: &[Entry]) -> rusqlite::Result<()> {
        let mut number = self.last_entry()?;
        for entry in entries {
            number += 1;
            let json = serde_json::to_string(entry)
                .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
            self.connection
                .prepare_cached(
                    "INSERT OR REPLACE INTO journal
                     (owner, id, number, sender, writer, open, entry) VALUES (?, ?, ?, ?, ?, ?, ?)",
                )?
                .execute(params![
                    self.owner,
                    entry.id.to_string(),
                    number,
                    entry.by.0,
                    self.session.0,
                    entry.stage.is_open(),
                    json,
                ])?;
        }
        Ok(())
    }

    /// Whether any other process has written after `number`.
    pub(super) fn is_overtaken(&self, number: i64) -> rusqlite::Result<bool> {
        self.connection
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM journal WHERE owner = ? AND number > ? AND writer <> ?)",
            )?
            .query_row(params![self.owner, number, self.session.0], |row| row.get(0))
    }

    /// Whether the journal has this start as one that this process may still send.
    pub(super) fn is_waiting(&self, id: TicketId) -> rusqlite::Result<bool> {
        let found: Option<String> = self
            .connection
            .prepare_cached("SELECT entry FROM journal WHERE owner = ? AND id = ?")?
            .query_row(params![self.owner, id.to_string()], |row| row.get(0))
            .optional()?;
        let entry = found.map(|json| read(&json, 0)).transpose()?;
        Ok(entry.is_some_and(|e| e.stage == StartStage::Waiting && e.by == self.session))
    }

    /// What other processes have written after `number`; to one that joins, all that is open and
    /// the newest of the rest.
    pub(super) fn entries_since(&self, number: i64) -> rusqlite::Result<Vec<Entry>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT entry FROM journal WHERE owner = ?1 AND number > ?2 AND
                 CASE ?2 WHEN 0 THEN open OR id IN (
                     SELECT id FROM journal WHERE owner = ?1 ORDER BY id DESC LIMIT ?4
                 ) ELSE writer <> ?3 END
             ORDER BY number",
        )?;
        let values = params![self.owner, number, self.session.0, NEWEST];
        let rows = statement.query_map(values, |row| row.get::<_, String>(0))?;
        rows.map(|json| read(&json?, 0)).collect()
    }

    pub(super) fn last_entry(&self) -> rusqlite::Result<i64> {
        self.connection
            .prepare_cached("SELECT coalesce(max(number), 0) FROM journal WHERE owner = ?")?
            .query_row([self.owner], |row| row.get(0))
    }

    /// Other processes that have, or had, open entries to see to.
    pub(super) fn senders(&self) -> rusqlite::Result<Vec<Session>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT DISTINCT sender FROM journal WHERE owner = ? AND open = 1 AND sender <> ?",
        )?;
        let rows = statement.query_map(params![self.owner, self.session.0], |row| row.get(0))?;
        rows.map(|sender| sender.map(Session)).collect()
    }

    /// Gives every entry to another owner, who may have some already; of the same start the later
    /// writing counts.
    pub(super) fn hand_over(&self, name: &str) -> rusqlite::Result<()> {
        let theirs = Desk { owner: name, ..*self }.last_entry()?;
        self.connection.execute(
            "INSERT OR REPLACE INTO journal (owner, id, number, sender, writer, open, entry)
             SELECT ?, id, number + ?, sender, writer, open, entry FROM journal WHERE owner = ?
             ORDER BY number",
            params![name, theirs, self.owner],
        )?;
        self.connection.execute("DELETE FROM journal WHERE owner = ?", [self.owner]).map(|_| ())
    }
}

/// Every entry of an owner, the oldest start first.
pub(super) fn all(connection: &Connection, owner: &str) -> rusqlite::Result<Vec<Entry>> {
    let mut statement =
        connection.prepare_cached("SELECT entry FROM journal WHERE owner = ? ORDER BY id")?;
    let rows = statement.query_map([owner], |row| row.get::<_, String>(0))?;
    rows.map(|json| read(&json?, 0)).collect()
}

/// An entry that cannot be read must not be taken for none.
fn read(json: &str, column: usize) -> rusqlite::Result<Entry> {
    serde_json::from_str(json).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error))
    })
}

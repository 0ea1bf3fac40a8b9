//! The journal of starts, as it is read and written in one transaction of the store.
//!
//! An entry stands there as the JSON that the engine gave; beside it stands what is looked for: who
//! sends it, who wrote it last, and whether it is open. Nothing of it is ever thrown away.

use rusqlite::{OptionalExtension, ToSql, params};

use super::transaction::{StoreTransaction, bytes, json};
use super::unread::Unread;
use crate::domain::inputs::Body;
use crate::engine::start::journal::{Entry, StartId, StartStage};
use crate::engine::sync::protocol::MOST_TOLD;
use crate::engine::sync::session::Session;

/// How many of them are told at once, and then in each piece.
const PIECE: i64 = 200;

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

/// What the journal has under a name.
pub(super) enum Found {
    Nothing,
    Unreadable,
    Entry(Box<Entry>),
}

impl StoreTransaction<'_> {
    /// Writes entries, each in place of what had its name.
    pub(super) fn enter(&self, entries: &[Entry]) -> rusqlite::Result<()> {
        let mut number = self.last_entry()?;
        for entry in entries {
            number += 1;
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
                    json(entry)?,
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
    pub(super) fn is_waiting(&self, id: StartId) -> rusqlite::Result<bool> {
        Ok(match self.entry(&id.to_string())? {
            Found::Entry(entry) => entry.stage == StartStage::Waiting && entry.by == self.session,
            Found::Nothing | Found::Unreadable => false,
        })
    }

    /// What the journal has under a name.
    pub(super) fn entry(&self, id: &str) -> rusqlite::Result<Found> {
        let found = self
            .connection
            .prepare_cached("SELECT number, entry FROM journal WHERE owner = ? AND id = ?")?
            .query_row(params![self.owner, id], |row| {
                let entry = read(bytes(row, 1)?, id.as_bytes());
                if entry.is_none() {
                    self.found_unread(Unread::Journal(row.get(0)?));
                }
                Ok(entry)
            })
            .optional()?;
        Ok(match found {
            None => Found::Nothing,
            Some(None) => Found::Unreadable,
            Some(Some(entry)) => Found::Entry(Box::new(entry)),
        })
    }

    /// What other processes have written after `number`; to one that joins, all that is open and
    /// the newest of the rest. What cannot be read is left out.
    pub(super) fn entries_since(&self, number: i64) -> rusqlite::Result<Vec<Entry>> {
        if number == 0 {
            return self.entries(
                "SELECT number, id, entry FROM journal WHERE owner = ?1 AND id IN (
                     SELECT id FROM journal WHERE owner = ?1 AND open = 1
                     UNION SELECT id FROM (
                         SELECT id FROM journal WHERE owner = ?1 ORDER BY id DESC LIMIT ?2
                     )
                 ) ORDER BY number",
                params![self.owner, PIECE],
            );
        }
        self.entries(
            "SELECT number, id, entry FROM journal
             WHERE owner = ? AND number > ? AND writer <> ? ORDER BY number",
            params![self.owner, number, self.session.0],
        )
    }

    /// The oldest of the newest entries, if there are older ones.
    pub(super) fn older_entries(&self) -> rusqlite::Result<Option<String>> {
        self.connection
            .prepare_cached(
                "SELECT id FROM journal WHERE owner = ? ORDER BY id DESC LIMIT 1 OFFSET ?",
            )?
            .query_row(params![self.owner, PIECE - 1], |row| row.get(0))
            .optional()
    }

    /// The next piece of entries before one, after so many other pieces, and the oldest of them; none
    /// if these are all that are told. What this process has written it knows.
    pub(super) fn entries_before(
        &self,
        before: &str,
        pieces: i64,
    ) -> rusqlite::Result<(Vec<Entry>, Option<String>)> {
        let oldest = self
            .connection
            .prepare_cached(
                "SELECT id FROM journal WHERE owner = ? AND id < ? ORDER BY id DESC
                 LIMIT 1 OFFSET ?",
            )?
            .query_row(params![self.owner, before, PIECE - 1], |row| row.get(0))
            .optional()?;
        let entries = self.entries(
            "SELECT number, id, entry FROM journal
             WHERE owner = ? AND id < ? AND id >= ? AND writer <> ? ORDER BY id DESC",
            params![self.owner, before, oldest.as_deref().unwrap_or(""), self.session.0],
        )?;
        Ok((entries, oldest.filter(|_| (pieces + 2) * PIECE < i64::from(MOST_TOLD))))
    }

    /// Every entry, the oldest start first; what cannot be read is left out.
    pub(super) fn all_entries(&self) -> rusqlite::Result<Vec<Entry>> {
        let sql = "SELECT number, id, entry FROM journal WHERE owner = ? ORDER BY id";
        self.entries(sql, params![self.owner])
    }

    fn entries(&self, sql: &str, values: &[&dyn ToSql]) -> rusqlite::Result<Vec<Entry>> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map(values, |row| {
            let entry = read(bytes(row, 2)?, bytes(row, 1)?);
            if entry.is_none() {
                self.found_unread(Unread::Journal(row.get(0)?));
            }
            Ok(entry)
        })?;
        rows.filter_map(Result::transpose).collect()
    }

    pub(super) fn last_entry(&self) -> rusqlite::Result<i64> {
        self.connection
            .prepare_cached("SELECT coalesce(max(number), 0) FROM journal WHERE owner = ?")?
            .query_row([self.owner], |row| row.get(0))
    }

    /// Other processes that have, or had, open entries to see to.
    pub(super) fn senders(&self) -> rusqlite::Result<Vec<Session>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT sender FROM journal WHERE owner = ?1 AND open = 1 AND sender <> ?2
             UNION SELECT sender FROM cancel WHERE owner = ?1 AND open = 1 AND sender <> ?2",
        )?;
        let rows = statement.query_map(params![self.owner, self.session.0], |row| {
            Ok(u32::try_from(row.get::<_, i64>(0)?).ok().map(Session))
        })?;
        rows.filter_map(Result::transpose).collect()
    }

    /// Gives every entry to another owner, who may have some already; of the same start the later
    /// writing counts.
    pub(super) fn hand_over(&self, name: &str) -> rusqlite::Result<()> {
        let theirs = StoreTransaction { owner: name, ..*self }.last_entry()?;
        self.connection.execute(
            "INSERT OR REPLACE INTO journal (owner, id, number, sender, writer, open, entry)
             SELECT ?, id, number + ?, sender, writer, open, entry FROM journal WHERE owner = ?
             ORDER BY number",
            params![name, theirs, self.owner],
        )?;
        self.connection.execute("DELETE FROM journal WHERE owner = ?", [self.owner]).map(|_| ())
    }
}

/// An entry, if it can be read, has the name that it stands under, and can be sent where it waits.
pub(super) fn read(json: &[u8], id: &[u8]) -> Option<Entry> {
    let entry: Entry = serde_json::from_slice(json).ok()?;
    let is_start =
        |entry: &Entry| Body::of(&entry.body).is_ok_and(|body| body.into_start().is_ok());
    let is_whole = entry.stage != StartStage::Waiting || is_start(&entry);
    (is_whole && entry.id.to_string().as_bytes() == id).then_some(entry)
}

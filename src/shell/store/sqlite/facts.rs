//! Facts, as they are written and read in one transaction of the store.

use std::collections::BTreeSet;
use std::time::Duration;

use rusqlite::{OptionalExtension, Row, params};

use super::transaction::{StoreTransaction, bytes, nanoseconds, readable_fact};
use super::unread::Unread;
use crate::engine::sync::protocol::CacheEntry;
use crate::shell::outgoing;

/// Facts read in one piece, about; the facts of one project are never parted.
pub(super) const PIECE: u16 = 400;
/// Facts moved or thrown away in one transaction.
pub(super) const STEP: u16 = 200;
/// Facts kept of each topic, such as the runs of one project. What goes on is kept beside them.
const KEEP: u16 = 300;
/// The topic of runs that have not ended. That of others is their key without its last part.
pub(super) const ACTIVE: &str = "active";
/// A fact that says what it said before is written anew only after so long, to say that it is
/// still so.
const STILL_SO: Duration = Duration::from_mins(5);

impl StoreTransaction<'_> {
    /// Writes facts, each in place of what had its key, and throws away the oldest of a project's
    /// runs beyond what is kept.
    pub(super) fn keep(&self, facts: &[CacheEntry]) -> rusqlite::Result<()> {
        let mut number = self.last_fact()?;
        let mut written = BTreeSet::new();
        for CacheEntry { key, value, at, active } in facts {
            let topic = if *active { ACTIVE } else { topic(key) };
            let value = outgoing::clean_json(value);
            let at = nanoseconds(*at);
            if self.is_still_so(key, topic, &value, at)? {
                continue;
            }
            number += 1;
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
                    at,
                    value,
                ])?;
            if topic.starts_with("run/") {
                written.insert(topic);
            }
        }
        written.into_iter().try_for_each(|topic| self.trim(topic))
    }

    /// Whether a fact was written a short while ago as it is.
    fn is_still_so(&self, key: &str, topic: &str, value: &str, at: i64) -> rusqlite::Result<bool> {
        let found = self
            .connection
            .prepare_cached(
                "SELECT at FROM fact
                 WHERE owner = ? AND key = ? AND topic = ? AND boot = ? AND value = ?",
            )?
            .query_row(params![self.owner, key, topic, self.boot, value], |row| row.get(0))
            .optional()?;
        let still = i64::try_from(STILL_SO.as_nanos()).unwrap_or(i64::MAX);
        Ok(found.is_some_and(|before: i64| at.saturating_sub(before) < still))
    }

    /// Throws away the oldest of a topic beyond what is kept, so many at a time.
    fn trim(&self, topic: &str) -> rusqlite::Result<()> {
        self.connection
            .prepare_cached(
                "DELETE FROM fact WHERE owner = ?1 AND key IN (
                     SELECT key FROM fact WHERE owner = ?1 AND topic = ?2
                     ORDER BY number DESC LIMIT ?4 OFFSET ?3
                 )",
            )?
            .execute(params![self.owner, topic, KEEP, STEP])
            .map(|_| ())
    }

    pub(super) fn last_fact(&self) -> rusqlite::Result<i64> {
        self.connection
            .prepare_cached("SELECT coalesce(max(number), 0) FROM fact WHERE owner = ?")?
            .query_row([self.owner], |row| row.get(0))
    }

    /// The next facts after a number, no more than a piece, and the number of the last of them;
    /// none if these are all.
    pub(super) fn facts_since(
        &self,
        number: i64,
    ) -> rusqlite::Result<(Vec<CacheEntry>, Option<i64>)> {
        let mut statement = self.connection.prepare_cached(
            "SELECT number, key, boot, wall, at, value, topic FROM fact
             WHERE owner = ? AND number > ? ORDER BY number LIMIT ?",
        )?;
        let (mut rows, mut last) = (0_u16, number);
        let facts = statement
            .query_map(params![self.owner, number, PIECE], |row| {
                (rows, last) = (rows + 1, row.get(0)?);
                self.fact(row)
            })?
            .filter_map(Result::transpose)
            .collect::<Result<_, _>>()?;
        Ok((facts, (rows == PIECE).then_some(last)))
    }

    /// The fact in the columns `number`, `key`, `boot`, `wall`, `at`, `value` and `topic`, if it
    /// can be read.
    pub(super) fn fact(&self, row: &Row<'_>) -> rusqlite::Result<Option<CacheEntry>> {
        let at = self.since_boot(row, 2)?;
        let fact = readable_fact(bytes(row, 1)?, bytes(row, 5)?);
        if fact.is_none() {
            self.found_unread(Unread::CacheEntry(row.get(0)?));
        }
        let active = bytes(row, 6)? == ACTIVE.as_bytes();
        Ok(fact.map(|(key, value)| CacheEntry { key, value, at, active }))
    }

    /// Gives facts of one owner to another, under numbers that follow `last`; of the same fact the
    /// other's counts. Moves only the newest of many; tells whether there were any.
    pub(super) fn give_facts(&self, to: &str, from: &str, last: i64) -> rusqlite::Result<bool> {
        let oldest = self
            .connection
            .prepare_cached(
                "SELECT min(number) FROM (
                     SELECT number FROM fact WHERE owner = ? ORDER BY number DESC LIMIT ?
                 )",
            )?
            .query_row(params![from, STEP], |row| row.get::<_, Option<i64>>(0))?;
        let Some(oldest) = oldest else { return Ok(false) };
        self.connection
            .prepare_cached(
                "INSERT OR IGNORE INTO fact (owner, key, topic, number, boot, wall, at, value)
                 SELECT ?1, key, topic, number + ?2, boot, wall, at, value FROM fact
                 WHERE owner = ?3 AND number >= ?4",
            )?
            .execute(params![to, last, from, oldest])?;
        self.connection
            .prepare_cached("DELETE FROM fact WHERE owner = ? AND number >= ?")?
            .execute(params![from, oldest])?;
        Ok(true)
    }
}

fn topic(key: &str) -> &str {
    key.rsplit_once('/').map_or(key, |(topic, _)| topic)
}

//! What was read of the workspace, for whoever looks into the store without an engine.

use jiff::Timestamp;
use rusqlite::params;

use super::SqliteStore;
use super::facts::PIECE;
use super::transaction::StoreTransaction;
use crate::domain::Now;
use crate::engine::sync::protocol::CacheEntry;

impl SqliteStore {
    /// Some of the entries whose keys follow `after` and come before `end`, in the order of their keys,
    /// each with the time at which it was written; none once there are no more.
    ///
    /// # Errors
    /// A sentence that says why they cannot be read.
    pub fn cached(
        &mut self,
        after: &str,
        end: &str,
        now: Now,
    ) -> Result<Vec<(CacheEntry, Timestamp)>, String> {
        self.all(now, |open| open.cached(after, end))
    }
}

impl StoreTransaction<'_> {
    fn cached(&self, after: &str, end: &str) -> rusqlite::Result<Vec<(CacheEntry, Timestamp)>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT number, key, boot, wall, at, value, topic FROM fact
             WHERE owner = ? AND key > ? AND key < ? ORDER BY key LIMIT ?",
        )?;
        let rows = statement.query_map(params![self.owner, after, end, PIECE], |row| {
            let written = Timestamp::from_millisecond(row.get(3)?).unwrap_or(Timestamp::UNIX_EPOCH);
            Ok(self.fact(row)?.map(|entry| (entry, written)))
        })?;
        rows.filter_map(Result::transpose).collect()
    }
}

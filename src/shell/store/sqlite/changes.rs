//! The timeline of seen changes, as it is read and written in one transaction of the store.
//!
//! Rows are only added, and the oldest thrown away. Their numbers follow each other, so the first
//! and the last of them tell how many there are, at most, without counting. A row takes about 350
//! bytes with what finds it.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use super::facts::STEP;
use super::transaction::StoreTransaction;
use crate::api::words;
use crate::domain::{ProjectId, RunId, Text};
use crate::engine::timeline::{ChangeOrder, ChangePage, ChangeRange, SeenChange};
use crate::shell::outgoing;

/// How long a change is kept after it was seen: what happened in a month can be asked for.
const KEEP: Duration = Duration::from_hours(30 * 24);
/// How many changes are kept, those of all users of the file together: 70 MB. A workspace with
/// 2,000 runs a day, each seen in three statuses, reaches it after 33 days; a busier one keeps
/// fewer days.
pub(super) const MOST: i64 = 200_000;
/// Changes told at once.
pub(super) const PAGE: u16 = 500;

pub(super) const TABLE: &str = "
    CREATE TABLE change (
        number INTEGER PRIMARY KEY,
        owner TEXT NOT NULL,
        run TEXT NOT NULL,
        status TEXT NOT NULL,
        previous TEXT,
        seen INTEGER NOT NULL,
        happened INTEGER,
        project TEXT NOT NULL,
        title TEXT NOT NULL,
        cause TEXT,
        version TEXT,
        first_look INTEGER NOT NULL,
        UNIQUE (owner, run, status)
    ) STRICT;
    CREATE INDEX change_by_time ON change (owner, seen);
";

/// The changes of an owner (1) that were seen from (2) until (3), after one that was seen then (4) and has this
/// number (5).
const OLDEST_FIRST: &str = "
    SELECT number, seen, happened, project, title, run, previous, status, cause, version, first_look
    FROM change
    WHERE owner = ?1 AND seen >= max(?2, ?4) AND seen < ?3 AND (seen > ?4 OR number > ?5)
    ORDER BY seen, number LIMIT ?6";
/// The same the other way round.
const NEWEST_FIRST: &str = "
    SELECT number, seen, happened, project, title, run, previous, status, cause, version, first_look
    FROM change
    WHERE owner = ?1 AND seen >= ?2 AND seen < ?3 AND seen <= ?4 AND (seen < ?4 OR number < ?5)
    ORDER BY seen DESC, number DESC LIMIT ?6";

impl StoreTransaction<'_> {
    /// Writes changes, but for those whose run was seen to come to that status before.
    pub(super) fn append_changes(&self, changes: &[SeenChange]) -> rusqlite::Result<()> {
        for change in changes {
            let SeenChange { project, title, run, from, to, seen, happened, .. } = change;
            self.connection
                .prepare_cached(
                    "INSERT OR IGNORE INTO change
                     (owner, run, status, previous, seen, happened, project, title, cause, version,
                      first_look)
                     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                )?
                .execute(params![
                    self.owner,
                    outgoing::clean(run.as_str()),
                    outgoing::clean(words::status_word(to)),
                    from.as_ref().map(|from| outgoing::clean(words::status_word(from))),
                    seen.as_millisecond(),
                    happened.map(Timestamp::as_millisecond),
                    outgoing::clean(project.as_str()),
                    outgoing::clean(title),
                    change
                        .trigger
                        .as_ref()
                        .map(|cause| outgoing::clean(words::trigger_word(cause))),
                    change.version.as_deref().map(outgoing::clean),
                    change.first_look,
                ])?;
        }
        Ok(())
    }

    /// The next changes of a range. One whose time cannot be read is left out.
    pub(super) fn changes(&self, range: &ChangeRange) -> rusqlite::Result<ChangePage> {
        let most = range.most.clamp(1, PAGE);
        let (since, until) = (range.since.as_millisecond(), range.until.as_millisecond());
        let after = range.after.map(|(time, number)| (time.as_millisecond(), number));
        let (time, number, sql) = match range.order {
            ChangeOrder::OldestFirst => {
                let (time, number) = after.unwrap_or((since, i64::MIN));
                (time, number, OLDEST_FIRST)
            }
            ChangeOrder::NewestFirst => {
                let (time, number) = after.unwrap_or((until, i64::MIN));
                (time, number, NEWEST_FIRST)
            }
        };
        let mut statement = self.connection.prepare_cached(sql)?;
        let (mut rows, mut last) = (0, None);
        let changes = statement
            .query_map(params![self.owner, since, until, time, number, most], |row| {
                rows += 1;
                last = Timestamp::from_millisecond(row.get(1)?).ok().zip(Some(row.get(0)?));
                change(row)
            })?
            .filter_map(Result::transpose)
            .collect::<Result<_, _>>()?;
        let next = last.filter(|_| rows == most);
        let next = next.map(|last| ChangeRange { after: Some(last), ..range.clone() });
        Ok(ChangePage { of: range.clone(), changes, next })
    }

    /// Throws away some of the oldest changes beyond what is kept. Their age is that beside the last
    /// one that was written, so that a wall clock that is ahead takes nothing away.
    pub(super) fn tidy_changes(&self) -> rusqlite::Result<()> {
        let last = self
            .connection
            .prepare_cached("SELECT number, seen FROM change ORDER BY number DESC LIMIT 1")?
            .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((last, seen)): Option<(i64, i64)> = last else { return Ok(()) };
        let lasts = i64::try_from(KEEP.as_millis()).unwrap_or(i64::MAX);
        let oldest = seen.min(self.now.wall.as_millisecond()).saturating_sub(lasts);
        self.connection
            .prepare_cached(
                "DELETE FROM change
                 WHERE number < (SELECT min(number) FROM change) + ?1
                     AND (number <= ?2 OR seen < ?3)",
            )?
            .execute(params![STEP, last - MOST, oldest])
            .map(|_| ())
    }

    /// Gives some changes of one owner to another. What both have seen is the other's.
    pub(super) fn give_changes(&self, to: &str, from: &str) -> rusqlite::Result<()> {
        self.connection
            .prepare_cached(
                "UPDATE OR REPLACE change SET owner = ? WHERE number IN (
                     SELECT number FROM change WHERE owner = ? LIMIT ?
                 )",
            )?
            .execute(params![to, from, STEP])
            .map(|_| ())
    }
}

/// The change in the columns `number`, `seen`, `happened`, `project`, `title`, `run`, `previous`,
/// `status`, `cause`, `version` and `first_look`; none if its time is none.
fn change(row: &Row<'_>) -> rusqlite::Result<Option<SeenChange>> {
    let Ok(seen) = Timestamp::from_millisecond(row.get(1)?) else { return Ok(None) };
    let happened: Option<i64> = row.get(2)?;
    Ok(Some(SeenChange {
        project: ProjectId::new(whole(row, 3)?),
        title: Text::from(whole(row, 4)?),
        run: RunId::new(whole(row, 5)?),
        from: text(row, 6)?.map(|word| words::status(&word)),
        to: words::status(&whole(row, 7)?),
        seen,
        happened: happened.and_then(|at| Timestamp::from_millisecond(at).ok()),
        trigger: text(row, 8)?.map(|word| words::trigger(&word)),
        version: text(row, 9)?,
        first_look: row.get(10)?,
    }))
}

/// A text; none where the column has none.
fn text(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<String>> {
    let bytes = row.get_ref(column)?.as_bytes_or_null().unwrap_or_default();
    Ok(bytes.map(|bytes| String::from_utf8_lossy(bytes).into_owned()))
}

/// A text of a column that always has one.
fn whole(row: &Row<'_>, column: usize) -> rusqlite::Result<String> {
    text(row, column).map(Option::unwrap_or_default)
}

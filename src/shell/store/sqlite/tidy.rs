//! Throwing away what counts no more: a bounded step with each writing that nobody waits for, so
//! that no writer holds the file for long.

use std::collections::BTreeSet;
use std::time::Duration;

use rusqlite::{OptionalExtension, params};

use super::aside::KEEP as KEEP_ASIDE;
use super::backlog::{KINDS, after, beyond, first, project_of, until};
use super::facts::STEP;
use super::transaction::{StoreTransaction, nanoseconds};
use crate::domain::ProjectId;

/// How long records of the log count for anything: an hour's window, and what is on its way.
const LOG_LASTS: Duration = Duration::from_hours(2);
/// Records of the log that one step looks at.
const RECORDS: u16 = 100;
/// Projects that one step looks at.
const PROJECTS: usize = 8;
/// A project that is not listed is gone once nothing was read of it for so long. One that is
/// hidden from the list may still be watched by its id.
const GONE: Duration = Duration::from_hours(24);

/// How far tidying has come; it begins again when it has been through.
#[derive(Clone, Debug, Default)]
pub(super) struct Tidying {
    /// The last record of the log that was looked at.
    record: i64,
    /// All projects of the workspace, once they were listed by this process.
    pub(super) listed: Option<BTreeSet<ProjectId>>,
    /// Where among the kinds of facts, and behind which key.
    kind: usize,
    key: String,
}

impl StoreTransaction<'_> {
    /// Does one step.
    pub(super) fn tidy(&self, tidying: &mut Tidying) -> rusqlite::Result<()> {
        self.tidy_log(&mut tidying.record)?;
        self.tidy_aside()?;
        self.tidy_changes()?;
        self.tidy_projects(tidying)
    }

    fn tidy_log(&self, after: &mut i64) -> rusqlite::Result<()> {
        let lasts = i64::try_from(LOG_LASTS.as_millis()).unwrap_or(i64::MAX);
        // The wall clock may jump, so records of this boot go by the boot's own time.
        let (seen, last): (u16, Option<i64>) = self
            .connection
            .prepare_cached(
                "SELECT count(*), max(number) FROM (
                     SELECT number FROM log WHERE number > ? ORDER BY number LIMIT ?
                 )",
            )?
            .query_row(params![*after, RECORDS], |row| Ok((row.get(0)?, row.get(1)?)))?;
        if let Some(last) = last {
            self.connection
                .prepare_cached(
                    "DELETE FROM log WHERE number > ? AND number <= ?
                     AND CASE boot WHEN ? THEN at < ? ELSE wall < ? END",
                )?
                .execute(params![
                    *after,
                    last,
                    self.boot,
                    nanoseconds(self.now.boot - LOG_LASTS),
                    self.now.wall.as_millisecond() - lasts
                ])?;
        }
        *after = last.filter(|_| seen == RECORDS).unwrap_or(0);
        Ok(())
    }

    fn tidy_aside(&self) -> rusqlite::Result<()> {
        self.connection
            .prepare_cached(
                "DELETE FROM set_aside WHERE id IN (
                     SELECT id FROM set_aside WHERE kind <> 'journal'
                     ORDER BY id DESC LIMIT ? OFFSET ?
                 )",
            )?
            .execute(params![STEP, KEEP_ASIDE])
            .map(|_| ())
    }

    /// Throws away what was read of projects that are gone. What persons have made for their
    /// forms stays.
    fn tidy_projects(&self, tidying: &mut Tidying) -> rusqlite::Result<()> {
        let Some(listed) = &tidying.listed else { return Ok(()) };
        for _ in 0..PROJECTS {
            let Some(kind) = KINDS.get(tidying.kind) else {
                (tidying.kind, tidying.key) = (0, String::new());
                return Ok(());
            };
            let Some((key, wall)) = self.first_fact(kind, &tidying.key)? else {
                (tidying.kind, tidying.key) = (tidying.kind + 1, String::new());
                continue;
            };
            let project = project_of(&key).unwrap_or_default().to_owned();
            let is_gone = !listed.contains(&ProjectId::new(project.as_str()))
                && self.is_old(wall)
                && self.is_old(self.looked(&project)?);
            if is_gone && self.forget(kind, &project)? == usize::from(STEP) {
                // The rest of it goes with the next step.
                return Ok(());
            }
            tidying.key = beyond(kind, &key);
        }
        Ok(())
    }

    /// The first fact of a kind from a key on, and when it was written.
    fn first_fact(&self, kind: &str, from: &str) -> rusqlite::Result<Option<(String, i64)>> {
        self.connection
            .prepare_cached(
                "SELECT CAST(key AS BLOB), wall FROM fact
                 WHERE owner = ? AND key >= max(?, ?) AND key < ? ORDER BY key LIMIT 1",
            )?
            .query_row(params![self.owner, from, kind, after(kind)], |row| {
                let key: Vec<u8> = row.get(0)?;
                Ok((String::from_utf8_lossy(&key).into_owned(), row.get(1)?))
            })
            .optional()
    }

    /// When the last look at a project was written.
    fn looked(&self, project: &str) -> rusqlite::Result<i64> {
        let found = self
            .connection
            .prepare_cached("SELECT wall FROM fact WHERE owner = ? AND key = ?")?
            .query_row(params![self.owner, format!("look/{project}")], |row| row.get(0))
            .optional()?;
        Ok(found.unwrap_or(0))
    }

    fn is_old(&self, wall: i64) -> bool {
        let lasts = i64::try_from(GONE.as_millis()).unwrap_or(i64::MAX);
        wall < self.now.wall.as_millisecond() - lasts
    }

    /// Throws away facts of one kind about a project; tells how many.
    fn forget(&self, kind: &str, project: &str) -> rusqlite::Result<usize> {
        self.connection
            .prepare_cached(
                "DELETE FROM fact WHERE owner = ?1 AND key IN (
                     SELECT key FROM fact WHERE owner = ?1 AND key >= ?2 AND key < ?3 LIMIT ?4
                 )",
            )?
            .execute(params![self.owner, first(kind, project), until(kind, project), STEP])
    }
}

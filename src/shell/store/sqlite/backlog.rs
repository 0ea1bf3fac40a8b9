//! What was in the store before a process joined, told in pieces: first what belongs to no single
//! project, then project by project those with active runs, those last looked at, and the rest.
//!
//! A piece is read in a transaction of its own, which keeps nobody from writing. What is written
//! meanwhile is told as news, so a piece may hold what comes again; what it says is never older.

use std::collections::{BTreeSet, VecDeque};

use rusqlite::{OptionalExtension, params};

use super::facts::{ACTIVE, PIECE};
use super::transaction::{StoreTransaction, bytes};
use crate::engine::start::journal::Entry;
use crate::engine::sync::protocol::CacheEntry;

/// Kinds of facts about one project, as their keys begin; the order in which gone ones leave.
pub(super) const KINDS: [&str; 3] = ["run/", "inputs/", "look/"];
/// A piece holds no more text than this, but for its last project.
const BYTES: usize = 256 * 1024;
/// Projects that one piece looks for among all facts.
const SOUGHT: usize = 200;
/// Greater than every key.
const END: &str = "\u{10ffff}";

/// How far telling has come.
#[derive(Debug, Default)]
pub(super) struct Backlog {
    has_begun: bool,
    /// The journal's entry before which older ones are to be told.
    entries: Option<String>,
    /// How many pieces of entries were told.
    pieces: i64,
    /// The key from which on facts that belong to no project are told; none once all are.
    general: Option<String>,
    /// Projects in the order in which they are told.
    projects: VecDeque<String>,
    told: BTreeSet<String>,
    /// Where those are looked for that are not among them: the kind, and the key.
    sought: (usize, String),
}

/// Facts of one piece.
#[derive(Default)]
struct Piece {
    facts: Vec<CacheEntry>,
    rows: usize,
    bytes: usize,
}

impl Piece {
    fn is_full(&self) -> bool {
        self.rows >= usize::from(PIECE) || self.bytes >= BYTES
    }

    fn take(&mut self, fact: Option<CacheEntry>) {
        self.rows += 1;
        if let Some(fact) = fact {
            self.bytes += fact.key.len() + fact.value.len();
            self.facts.push(fact);
        }
    }
}

impl StoreTransaction<'_> {
    /// The next piece of facts and entries; tells too whether that was the last one.
    pub(super) fn piece(
        &self,
        backlog: &mut Backlog,
    ) -> rusqlite::Result<(Vec<CacheEntry>, Vec<Entry>, bool)> {
        let mut piece = Piece::default();
        if !backlog.has_begun {
            (backlog.has_begun, backlog.general) = (true, Some(String::new()));
            backlog.entries = self.older_entries()?;
            backlog.projects = self.first_projects()?;
        }
        self.general(backlog, &mut piece)?;
        let mut sought = 0;
        while !piece.is_full() && sought < SOUGHT {
            let next = match backlog.projects.pop_front() {
                Some(project) => project,
                None => match self.seek(&mut backlog.sought)? {
                    Some(project) => project,
                    None => break,
                },
            };
            sought += 1;
            if backlog.told.insert(next.clone()) {
                self.project(&next, &mut piece)?;
            }
        }
        let is_last_fact = !piece.is_full() && sought < SOUGHT;
        let mut entries = Vec::new();
        if is_last_fact && let Some(before) = backlog.entries.take() {
            (entries, backlog.entries) = self.entries_before(&before, backlog.pieces)?;
            backlog.pieces += 1;
        }
        Ok((piece.facts, entries, is_last_fact && backlog.entries.is_none()))
    }

    /// Facts that belong to no project, and those that persons have made.
    fn general(&self, backlog: &mut Backlog, piece: &mut Piece) -> rusqlite::Result<()> {
        while let Some(from) = backlog.general.take() {
            // What lies in the way is told project by project.
            let end = ["inputs/", "look/", "run/"].into_iter().find(|kind| from.as_str() < *kind);
            let end = end.unwrap_or(END);
            let room = usize::from(PIECE).saturating_sub(piece.rows);
            let before = piece.rows;
            let last = self.range(&from, end, room, piece)?;
            backlog.general = match last {
                Some(last) if piece.rows - before == room => Some(last + "\0"),
                _ if end == END => None,
                _ => Some(after(end)),
            };
            if piece.is_full() {
                break;
            }
        }
        Ok(())
    }

    /// Projects with active runs, then all that were looked at, both the newest first.
    fn first_projects(&self) -> rusqlite::Result<VecDeque<String>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT CAST(key AS BLOB) FROM fact WHERE owner = ? AND topic = ? ORDER BY number DESC",
        )?;
        let mut projects = VecDeque::new();
        for topic in [ACTIVE, "look"] {
            let keys = statement.query_map(params![self.owner, topic], |row| {
                let key: Vec<u8> = row.get(0)?;
                Ok(String::from_utf8(key).ok())
            })?;
            for key in keys {
                projects.extend(key?.as_deref().and_then(project_of).map(str::to_owned));
            }
        }
        Ok(projects)
    }

    /// The next project that any fact is about.
    fn seek(&self, (kind, from): &mut (usize, String)) -> rusqlite::Result<Option<String>> {
        while let Some(prefix) = KINDS.get(*kind) {
            let key = self
                .connection
                .prepare_cached(
                    "SELECT CAST(key AS BLOB) FROM fact
                     WHERE owner = ? AND key >= max(?, ?) AND key < ? ORDER BY key LIMIT 1",
                )?
                .query_row(params![self.owner, prefix, &*from, after(prefix)], |row| row.get(0))
                .optional()?;
            let key: Option<Vec<u8>> = key;
            let key = key.map(|key| String::from_utf8_lossy(&key).into_owned());
            let Some(key) = key else {
                (*kind, *from) = (*kind + 1, String::new());
                continue;
            };
            *from = beyond(prefix, &key);
            if let Some(project) = project_of(&key) {
                return Ok(Some(project.to_owned()));
            }
        }
        Ok(None)
    }

    /// All that was read of a project.
    fn project(&self, project: &str, piece: &mut Piece) -> rusqlite::Result<()> {
        for kind in KINDS {
            self.range(&first(kind, project), &until(kind, project), usize::MAX, piece)?;
        }
        Ok(())
    }

    /// Reads facts in the order of their keys; gives the last key.
    fn range(
        &self,
        from: &str,
        end: &str,
        most: usize,
        piece: &mut Piece,
    ) -> rusqlite::Result<Option<String>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT number, key, boot, wall, at, value, topic FROM fact
             WHERE owner = ? AND key >= ? AND key < ? ORDER BY key LIMIT ?",
        )?;
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let mut rows = statement.query(params![self.owner, from, end, most])?;
        let mut last = None;
        while let Some(row) = rows.next()? {
            last = Some(String::from_utf8_lossy(bytes(row, 1)?).into_owned());
            piece.take(self.fact(row)?);
        }
        Ok(last)
    }
}

/// The project that a fact is about, if it is about one.
pub(super) fn project_of(key: &str) -> Option<&str> {
    match key.strip_prefix("run/") {
        Some(rest) => rest.rsplit_once('/').map(|(project, _)| project),
        None => key.strip_prefix("look/").or_else(|| key.strip_prefix("inputs/")),
    }
}

/// A key beyond all of one kind.
pub(super) fn after(kind: &str) -> String {
    kind.strip_suffix('/').map_or_else(|| END.to_owned(), |kind| format!("{kind}0"))
}

/// The first key that one kind may have about a project.
pub(super) fn first(kind: &str, project: &str) -> String {
    match kind {
        "run/" => format!("run/{project}/"),
        _ => format!("{kind}{project}"),
    }
}

/// A key beyond this one and all others of its kind about the same project.
pub(super) fn beyond(kind: &str, key: &str) -> String {
    project_of(key).map_or_else(|| format!("{key}\0"), |project| until(kind, project))
}

/// A key beyond all of one kind about a project.
pub(super) fn until(kind: &str, project: &str) -> String {
    match kind {
        "run/" => format!("run/{project}0"),
        _ => format!("{kind}{project}\0"),
    }
}

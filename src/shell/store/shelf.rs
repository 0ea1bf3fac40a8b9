//! One process's connection to the store: a file of SQLite.
//!
//! It understands what it keeps only as far as it has to: the log is numbered, of the lease and
//! of each session's cares only the last is kept, and facts have one value a key. Times are kept
//! with the boot they count from; those of another boot are told by the wall clock, and never as
//! later than now.

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use crate::domain::{Boot, Now};
use crate::engine::ledger::{Record, What};
use crate::engine::store::{Answer, Ask, Fact, Told};

/// The version of the tables. A file of a later one is left alone.
const VERSION: i64 = 1;
/// How long a connection waits for another's writing.
const BUSY: Duration = Duration::from_secs(1);
/// How long records of the log count for anything: an hour's window, and what is on its way.
const LOG_LASTS: Duration = Duration::from_hours(2);
/// Facts kept of each topic, such as the runs of one project.
const KEEP: i64 = 300;
/// Every so many writes, what counts no more is thrown away.
const TIDY: u32 = 100;

const TABLES: &str = "
    CREATE TABLE owner (token TEXT PRIMARY KEY, name TEXT NOT NULL) STRICT;
    CREATE TABLE log (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        owner TEXT NOT NULL,
        slot TEXT,
        boot TEXT NOT NULL,
        wall INTEGER NOT NULL,
        at INTEGER NOT NULL,
        record TEXT NOT NULL
    ) STRICT;
    CREATE INDEX log_by_owner ON log (owner, number);
    CREATE TABLE fact (
        owner TEXT NOT NULL,
        key TEXT NOT NULL,
        topic TEXT NOT NULL,
        number INTEGER NOT NULL,
        boot TEXT NOT NULL,
        wall INTEGER NOT NULL,
        at INTEGER NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (owner, key)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX fact_by_number ON fact (owner, number);
    CREATE INDEX fact_by_topic ON fact (owner, topic, number);
    PRAGMA user_version = 1;
";

/// Where a store is.
#[derive(Clone, Debug)]
pub struct Place {
    /// Its file; none for one that is thrown away with the process.
    pub file: Option<PathBuf>,
    /// Which start of the machine its times count from.
    pub boot: String,
}

impl Place {
    /// A file on this machine.
    pub fn here(file: PathBuf) -> Self {
        Self { file: Some(file), boot: boot_id() }
    }

    /// One that nobody else sees.
    pub fn nowhere() -> Self {
        Self { file: None, boot: boot_id() }
    }
}

/// Which start of the machine this is. Where that cannot be told, every process counts as one of
/// its own, and the wall clock has to do.
fn boot_id() -> String {
    std::fs::read_to_string("/proc/sys/kernel/random/boot_id")
        .map_or_else(|_| format!("process {}", std::process::id()), |id| id.trim().to_owned())
}

/// A connection and how far it has read.
#[derive(Debug)]
pub struct Shelf {
    connection: Connection,
    boot: String,
    token: String,
    owner: String,
    /// The last record and the last fact told.
    told: (i64, i64),
    /// SQLite's count of what other connections have written.
    seen: i64,
    writes: u32,
}

impl Shelf {
    /// Opens the store, and makes it if there is none.
    ///
    /// # Errors
    /// A sentence that says why it cannot be used.
    pub fn open(place: &Place, token: &str) -> Result<Self, String> {
        let named = |error: rusqlite::Error| match &place.file {
            Some(file) => format!("{}: {error}", file.display()),
            None => error.to_string(),
        };
        let mut connection = match &place.file {
            Some(file) => {
                prepare(file).map_err(|error| format!("{}: {error}", file.display()))?;
                Connection::open(file).map_err(named)?
            }
            None => Connection::open_in_memory().map_err(named)?,
        };
        let version = establish(&mut connection).map_err(named)?;
        if version > VERSION {
            return Err(format!(
                "{} was written by a newer hextop (version {version} of its tables, this one knows \
                 {VERSION}): use that one, or set data_dir to another directory",
                place.file.as_deref().unwrap_or(Path::new("it")).display()
            ));
        }
        let owner = connection
            .query_row("SELECT name FROM owner WHERE token = ?", [token], |row| row.get(0))
            .optional()
            .map_err(named)?
            .unwrap_or_else(|| token.to_owned());
        let (boot, token) = (place.boot.clone(), token.to_owned());
        Ok(Self { connection, boot, token, owner, told: (0, 0), seen: 0, writes: 0 })
    }

    /// Does what is asked and tells what has been written since it last told anything.
    ///
    /// # Errors
    /// A sentence that says why it cannot.
    pub fn answer(&mut self, ask: Ask, now: Now) -> Result<Told, String> {
        self.try_answer(ask, now).map_err(|error| error.to_string())
    }

    /// What other processes have written since, if they have.
    ///
    /// # Errors
    /// A sentence that says why that cannot be told.
    pub fn news(&mut self, now: Now) -> Result<Option<Told>, String> {
        let seen = self.connection.pragma_query_value(None, "data_version", |row| row.get(0));
        match seen.map_err(|error| error.to_string())? {
            seen if seen == self.seen => Ok(None),
            seen => {
                self.seen = seen;
                self.act(now, |_| Ok(Answer::News)).map(Some).map_err(|error| error.to_string())
            }
        }
    }

    fn try_answer(&mut self, ask: Ask, now: Now) -> rusqlite::Result<Told> {
        let told = match ask {
            Ask::Join => {
                self.told = (0, 0);
                self.act(now, |_| Ok(Answer::Joined))
            }
            Ask::Claim { after, records } => self.act(now, |desk| {
                if desk.has_gone_on(after)? {
                    return Ok(Answer::Behind(after));
                }
                desk.log(&records)?;
                Ok(Answer::Claimed(after))
            }),
            Ask::Append(records) => self.act(now, |desk| desk.log(&records).map(|()| Answer::News)),
            Ask::Keep(facts) => self.act(now, |desk| desk.keep(&facts).map(|()| Answer::News)),
            Ask::Belongs(name) if name == self.owner => self.act(now, |_| Ok(Answer::News)),
            Ask::Belongs(name) => {
                let token = self.token.clone();
                self.act(now, |desk| desk.adopt(&name, &token).map(|()| Answer::News))?;
                self.owner = name;
                self.told = (0, 0);
                self.act(now, |_| Ok(Answer::Joined))
            }
        }?;
        self.writes += 1;
        if self.writes.is_multiple_of(TIDY) {
            self.act(now, |desk| desk.tidy().map(|()| Answer::News))?;
        }
        Ok(told)
    }

    /// Does something in one transaction, which includes reading what is new: other processes'
    /// facts as they were before, and the log as it is after.
    fn act(
        &mut self,
        now: Now,
        act: impl FnOnce(&Desk<'_>) -> rusqlite::Result<Answer>,
    ) -> rusqlite::Result<Told> {
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let desk = Desk { connection: &transaction, owner: &self.owner, boot: &self.boot, now };
        let facts = desk.facts_since(self.told.1)?;
        let answer = act(&desk)?;
        let records = desk.records_since(self.told.0)?;
        let last_fact = desk.last_fact()?;
        transaction.commit()?;
        let last_record = records.last().map_or(self.told.0, |(number, _)| *number);
        self.told = (last_record, last_fact);
        Ok(Told { records, facts, answer })
    }
}

/// An open transaction and what everything in it is marked with.
struct Desk<'a> {
    connection: &'a Connection,
    owner: &'a str,
    boot: &'a str,
    now: Now,
}

impl Desk<'_> {
    /// Whether anything has been written after a record that a claim depends on; what others
    /// care for is no such thing.
    fn has_gone_on(&self, after: i64) -> rusqlite::Result<bool> {
        self.connection
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM log WHERE owner = ? AND number > ?
                 AND (slot IS NULL OR slot = 'lease'))",
            )?
            .query_row(params![self.owner, after], |row| row.get(0))
    }

    fn log(&self, records: &[Record]) -> rusqlite::Result<()> {
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

    fn records_since(&self, number: i64) -> rusqlite::Result<Vec<(i64, Record)>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT number, boot, wall, at, record FROM log WHERE owner = ? AND number > ?
             ORDER BY number",
        )?;
        let rows = statement.query_map(params![self.owner, number], |row| {
            let number: i64 = row.get(0)?;
            let record: String = row.get(4)?;
            Ok((number, self.since_boot(row, 1)?, record))
        })?;
        let mut records = Vec::new();
        for row in rows {
            let (number, at, record) = row?;
            // A slot that cannot be read must not be taken for a free one.
            let record: Record = serde_json::from_str(&record).map_err(|error| {
                rusqlite::Error::FromSqlConversionFailure(4, Type::Text, Box::new(error))
            })?;
            records.push((number, Record { at, ..record }));
        }
        Ok(records)
    }

    fn keep(&self, facts: &[Fact]) -> rusqlite::Result<()> {
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
                    value,
                ])?;
        }
        Ok(())
    }

    fn last_fact(&self) -> rusqlite::Result<i64> {
        self.connection
            .prepare_cached("SELECT coalesce(max(number), 0) FROM fact WHERE owner = ?")?
            .query_row([self.owner], |row| row.get(0))
    }

    fn facts_since(&self, number: i64) -> rusqlite::Result<Vec<Fact>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT key, boot, wall, at, value FROM fact WHERE owner = ? AND number > ?
             ORDER BY number",
        )?;
        let rows = statement.query_map(params![self.owner, number], |row| {
            Ok(Fact { key: row.get(0)?, at: self.since_boot(row, 1)?, value: row.get(4)? })
        })?;
        rows.collect()
    }

    /// Reads the columns `boot`, `wall` and `at` as a time since this machine's last start; zero
    /// for what was before it.
    fn since_boot(&self, row: &rusqlite::Row<'_>, first: usize) -> rusqlite::Result<Boot> {
        let (boot, wall, at): (String, i64, i64) =
            (row.get(first)?, row.get(first + 1)?, row.get(first + 2)?);
        if boot == self.boot {
            return Ok(Boot::from_nanos(at.unsigned_abs()));
        }
        let age = self.now.wall.as_millisecond().saturating_sub(wall).max(0);
        Ok(self.now.boot.saturating_sub(Duration::from_millis(age.unsigned_abs())))
    }

    /// Gives everything that was written under the token to the user `name`, who may have used
    /// other tokens. Who polls, and for whom, is said anew.
    fn adopt(&self, name: &str, token: &str) -> rusqlite::Result<()> {
        let run = |sql: &str, values: &[&dyn rusqlite::ToSql]| {
            self.connection.execute(sql, values).map(|_| ())
        };
        run("INSERT OR REPLACE INTO owner (token, name) VALUES (?, ?)", &[&token, &name])?;
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
        run("DELETE FROM fact WHERE owner = ?", &[&self.owner])
    }

    /// Throws away what counts no more.
    fn tidy(&self) -> rusqlite::Result<()> {
        let lasts = i64::try_from(LOG_LASTS.as_millis()).unwrap_or(i64::MAX);
        // The wall clock may jump, so records of this boot go by the boot's own time.
        self.connection.execute(
            "DELETE FROM log WHERE slot IS NULL
             AND CASE boot WHEN ? THEN at < ? ELSE wall < ? END",
            params![
                self.boot,
                nanoseconds(self.now.boot.saturating_sub(LOG_LASTS)),
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

/// Makes the directory and the file of a store, both for their owner only.
fn prepare(file: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
    if let Some(dir) = file.parent() {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(false).mode(0o600).open(file).map(|_| ())
}

/// Makes the tables if there are none; gives their version.
fn establish(connection: &mut Connection) -> rusqlite::Result<i64> {
    connection.busy_timeout(BUSY)?;
    let version = |connection: &Connection| {
        connection.pragma_query_value(None, "user_version", |row| row.get(0))
    };
    // Looked at before anything is changed: a newer hextop's file is left as it is.
    let found: i64 = version(connection)?;
    if found != 0 {
        return Ok(found);
    }
    // Readers and writers do not wait for each other; where a file system cannot do that, SQLite
    // stays with what it can.
    connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if version(&transaction)? == 0 {
        transaction.execute_batch(TABLES)?;
    }
    let found = version(&transaction)?;
    transaction.commit()?;
    Ok(found)
}

fn nanoseconds(at: Boot) -> i64 {
    i64::try_from(at.as_nanos()).unwrap_or(i64::MAX)
}

fn json(record: &Record) -> rusqlite::Result<String> {
    serde_json::to_string(record)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}

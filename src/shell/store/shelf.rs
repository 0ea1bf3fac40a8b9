//! One process's connection to the store: a file of SQLite.
//!
//! It understands what it keeps only as far as it has to: the log is numbered, of the lease and
//! of each session's cares only the last is kept, and facts have one value a key. Times are kept
//! with the boot they count from; those of another boot are told by the wall clock, and never as
//! later than now.

mod desk;
mod journal;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

use crate::domain::Now;
use crate::engine::journal::Entry;
use crate::engine::ledger::Session;
use crate::engine::store::{Answer, Ask, Told};

use super::alive::Alive;
use desk::Desk;

/// The version of the tables. A file of a later one is left alone.
const VERSION: i64 = 2;
/// How long a connection waits for another's writing.
const BUSY: Duration = Duration::from_secs(1);
/// The pause before a file that another process holds is tried again, and how often it is.
const PAUSE: Duration = Duration::from_millis(20);
const TRIES: u32 = 50;
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

/// What each version has added to the one before it, from the second on.
const STEPS: [&str; 1] = [journal::TABLE];

/// Where a store is.
#[derive(Clone, Debug)]
pub struct Place {
    /// Its file; none for one that is thrown away with the process.
    pub file: Option<PathBuf>,
    /// Which start of the machine its times count from.
    pub boot: String,
    /// The process that opens it.
    pub session: Session,
    /// Its sign of life, from the first time that it opens the store until it ends.
    alive: Arc<OnceLock<Alive>>,
}

impl Place {
    /// The store in `file`, or one that nobody else sees.
    pub fn new(file: Option<PathBuf>, boot: String, session: Session) -> Self {
        Self { file, boot, session, alive: Arc::default() }
    }

    /// A file on this machine.
    pub fn here(file: PathBuf, session: Session) -> Self {
        Self::new(Some(file), boot_id(), session)
    }

    /// One that nobody else sees.
    pub fn nowhere(session: Session) -> Self {
        Self::new(None, boot_id(), session)
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
    session: Session,
    /// The last record, the last fact and the last writing into the journal told.
    told: (i64, i64, i64),
    /// Other processes with open entries in the journal, and those of them that are told as gone.
    senders: Vec<Session>,
    gone: BTreeSet<Session>,
    /// Empty where nobody else sees the store.
    alive: Arc<OnceLock<Alive>>,
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
        let version = patiently(|| establish(&mut connection)).map_err(named)?;
        if version > VERSION {
            return Err(format!(
                "{} was written by a newer hextop (version {version} of its tables, this one knows \
                 {VERSION}): use that one, or set data_dir to another directory",
                place.file.as_deref().unwrap_or(Path::new("it")).display()
            ));
        }
        let owner = name_of(&connection, token).map_err(named)?;
        let owner = owner.unwrap_or_else(|| token.to_owned());
        if let (Some(file), None) = (&place.file, place.alive.get()) {
            let alive = Alive::show(file, place.session).map_err(|error| error.to_string())?;
            place.alive.get_or_init(|| alive);
        }
        Ok(Self {
            connection,
            boot: place.boot.clone(),
            token: token.to_owned(),
            owner,
            session: place.session,
            told: (0, 0, 0),
            senders: Vec::new(),
            gone: BTreeSet::new(),
            alive: Arc::clone(&place.alive),
            seen: 0,
            writes: 0,
        })
    }

    /// Does what is asked and tells what has been written since it last told anything.
    ///
    /// # Errors
    /// A sentence that says why it cannot.
    pub fn answer(&mut self, ask: Ask, now: Now) -> Result<Told, String> {
        self.try_answer(ask, now).map_err(|error| error.to_string())
    }

    /// The whole journal, the oldest start first.
    ///
    /// # Errors
    /// A sentence that says why it cannot be read.
    pub fn journal(&self) -> Result<Vec<Entry>, String> {
        journal::all(&self.connection, &self.owner).map_err(|error| error.to_string())
    }

    /// What other processes have written since, if they have.
    ///
    /// # Errors
    /// A sentence that says why that cannot be told.
    pub fn news(&mut self, now: Now) -> Result<Option<Told>, String> {
        let seen = self.connection.pragma_query_value(None, "data_version", |row| row.get(0));
        match seen.map_err(|error| error.to_string())? {
            seen if seen == self.seen && self.newly_gone().is_empty() => Ok(None),
            seen => {
                self.seen = seen;
                self.read(now, Answer::News).map(Some).map_err(|error| error.to_string())
            }
        }
    }

    fn try_answer(&mut self, ask: Ask, now: Now) -> rusqlite::Result<Told> {
        match ask {
            Ask::Join => {
                self.told = (0, 0, 0);
                self.gone.clear();
                self.read(now, Answer::Joined)
            }
            Ask::Claim { after, records, entries } => {
                let durable = Durable::of(&entries);
                self.act(durable, now, |desk| {
                    let mut refused = Vec::new();
                    for entry in &entries {
                        if !desk.is_waiting(entry.id)? {
                            refused.push(entry.id);
                        }
                    }
                    if !refused.is_empty() || desk.has_gone_on(after)? {
                        return Ok(Answer::Behind { after, refused });
                    }
                    desk.log(&records)?;
                    desk.enter(&entries)?;
                    Ok(Answer::Claimed(after))
                })
            }
            Ask::Record(entries) => self.act(Durable::Yes, now, |desk| {
                desk.enter(&entries)?;
                Ok(Answer::Recorded(entries.iter().map(|entry| entry.id).collect()))
            }),
            Ask::Settle { after, entries } => self.act(Durable::Yes, now, |desk| {
                if desk.is_overtaken(after)? {
                    return Ok(Answer::Overtaken);
                }
                desk.enter(&entries)?;
                Ok(Answer::Settled)
            }),
            Ask::Append(records) => {
                self.act(Durable::No, now, |desk| desk.log(&records).map(|()| Answer::News))
            }
            Ask::Keep(facts) => {
                self.act(Durable::No, now, |desk| desk.keep(&facts).map(|()| Answer::News))
            }
            Ask::Belongs(name) if name == self.owner => self.read(now, Answer::News),
            Ask::Belongs(name) => {
                let token = self.token.clone();
                self.act(Durable::Yes, now, |desk| {
                    desk.adopt(&name, &token).map(|()| Answer::News)
                })?;
                self.owner = name;
                self.told = (0, 0, 0);
                self.read(now, Answer::Joined)
            }
        }
    }

    /// Does something in one transaction, which includes reading what is new: other processes'
    /// facts as they were before, and the log as it is after.
    fn act(
        &mut self,
        durable: Durable,
        now: Now,
        act: impl FnOnce(&Desk<'_>) -> rusqlite::Result<Answer>,
    ) -> rusqlite::Result<Told> {
        self.connection.pragma_update(None, "synchronous", durable.mode())?;
        self.writes += 1;
        // In the same transaction: what others have written must not be passed over.
        let tidies = self.writes.is_multiple_of(TIDY);
        self.transact(TransactionBehavior::Immediate, now, |desk| {
            let answer = act(desk)?;
            if tidies {
                desk.tidy()?;
            }
            Ok(answer)
        })
    }

    /// Reads what is new, and keeps nobody from writing meanwhile.
    fn read(&mut self, now: Now, answer: Answer) -> rusqlite::Result<Told> {
        self.transact(TransactionBehavior::Deferred, now, |_| Ok(answer))
    }

    fn transact(
        &mut self,
        behavior: TransactionBehavior,
        now: Now,
        act: impl FnOnce(&Desk<'_>) -> rusqlite::Result<Answer>,
    ) -> rusqlite::Result<Told> {
        let transaction = self.connection.transaction_with_behavior(behavior)?;
        let desk = Desk {
            connection: &transaction,
            owner: &self.owner,
            boot: &self.boot,
            session: self.session,
            now,
        };
        // Another process may have found out meanwhile whose token this is. Whatever was written
        // under the token is that user's by now, so nothing more may be.
        let named = name_of(&transaction, &self.token)?.filter(|name| *name != self.owner);
        let anew = match &named {
            Some(name) => !desk.goes_on_as(name, self.told.0)?,
            None => false,
        };
        if anew {
            self.told = (0, 0, 0);
            self.gone.clear();
        }
        let desk = Desk { owner: named.as_deref().unwrap_or(&self.owner), ..desk };
        let facts = desk.facts_since(self.told.1)?;
        let entries = desk.entries_since(self.told.2)?;
        let answer = act(&desk)?;
        let records = desk.records_since(self.told.0)?;
        let (last_fact, journal) = (desk.last_fact()?, desk.last_entry()?);
        self.senders = desk.senders()?;
        transaction.commit()?;
        self.owner = named.unwrap_or_else(|| std::mem::take(&mut self.owner));
        let last_record = records.last().map_or(self.told.0, |(number, _)| *number);
        self.told = (last_record, last_fact, journal);
        let gone = self.newly_gone();
        self.gone.extend(&gone);
        Ok(Told { records, facts, entries, journal, gone, anew, answer })
    }

    /// Processes with open entries that have ended, but for those that were told already.
    fn newly_gone(&self) -> Vec<Session> {
        let Some(alive) = self.alive.get() else { return Vec::new() };
        let untold = self.senders.iter().filter(|session| !self.gone.contains(session));
        untold.filter(|session| alive.is_gone(**session)).copied().collect()
    }
}

/// Whether what is written must be on the disk, also if the power fails.
#[derive(Clone, Copy)]
enum Durable {
    Yes,
    No,
}

impl Durable {
    /// A claim is, if starts leave with it.
    fn of(entries: &[Entry]) -> Self {
        if entries.is_empty() { Self::No } else { Self::Yes }
    }

    /// A power cut begins another boot, for which the last few records of the log hardly count.
    fn mode(self) -> &'static str {
        match self {
            Self::Yes => "full",
            Self::No => "normal",
        }
    }
}

/// Whose token this is, if that was ever told.
fn name_of(connection: &Connection, token: &str) -> rusqlite::Result<Option<String>> {
    connection
        .prepare_cached("SELECT name FROM owner WHERE token = ?")?
        .query_row([token], |row| row.get(0))
        .optional()
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

/// Does something again as long as another process holds the file. SQLite waits by itself, but not
/// where it could wait for ever: when the file is first made to hold a log of its own.
fn patiently<T>(mut act: impl FnMut() -> rusqlite::Result<T>) -> rusqlite::Result<T> {
    let is_held = |error: &rusqlite::Error| {
        use rusqlite::ErrorCode::{DatabaseBusy, DatabaseLocked};
        matches!(error.sqlite_error_code(), Some(DatabaseBusy | DatabaseLocked))
    };
    for _ in 0..TRIES {
        match act() {
            Err(error) if is_held(&error) => std::thread::sleep(PAUSE),
            done => return done,
        }
    }
    act()
}

/// Makes the tables if there are none, and what an older version lacks; gives their version.
fn establish(connection: &mut Connection) -> rusqlite::Result<i64> {
    connection.busy_timeout(BUSY)?;
    // Without this SQLite compiles a statement anew whenever other values are bound to it, which
    // was a third of all the time that a store took.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    let version = |connection: &Connection| {
        connection.pragma_query_value(None, "user_version", |row| row.get(0))
    };
    // Looked at before anything is changed: a newer hextop's file is left as it is.
    let found: i64 = version(connection)?;
    if found >= VERSION {
        return Ok(found);
    }
    // Readers and writers do not wait for each other; where a file system cannot do that, SQLite
    // stays with what it can.
    connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if version(&transaction)? == 0 {
        transaction.execute_batch(TABLES)?;
    }
    let mut found = version(&transaction)?;
    for (to, step) in (2..).zip(STEPS) {
        if found < to {
            transaction.execute_batch(step)?;
            transaction.pragma_update(None, "user_version", to)?;
            found = to;
        }
    }
    transaction.commit()?;
    Ok(found)
}

//! One process's connection to the store: a file of SQLite.
//!
//! It understands what it keeps only as far as it has to: the log is numbered, of the lease and
//! of each session's cares only the last is kept, and facts have one value a key. Times are kept
//! with the boot they count from; those of another boot are told by the wall clock, and never as
//! later than now.

mod aside;
mod backlog;
mod cached;
mod cancels;
mod changes;
mod facts;
mod identity;
mod journal;
mod location;
mod open;
mod recovery;
#[cfg(test)]
mod tests;
mod tidy;
mod transact;
mod transaction;
mod unread;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, ErrorCode, OptionalExtension};

use crate::domain::Now;
use crate::engine::start::journal::Entry;
use crate::engine::sync::protocol::{Answer, StoreEvent, StoreRequest};
use crate::engine::sync::session::Session;

use super::process_lock::ProcessLock;
pub use aside::SetAside;
use backlog::Backlog;
use facts::STEP;
use identity::Identity;
pub use location::StoreLocation;
use open::{VERSION, establish, newer, patiently, prepare};
use tidy::Tidying;
use unread::UnreadRows;

/// Compiled statements that are kept: all there are, and room for as many again.
const STATEMENTS: usize = 96;

/// Why the store did not do what was asked. `Display` is a sentence for the person.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    /// SQLite has failed.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// The file cannot be used, or is not the one that was opened any more.
    #[error("{0}")]
    Unusable(String),
}

impl Trouble {
    /// Whether another process holds the file, so that it is worth trying again.
    pub(super) fn is_busy(&self) -> bool {
        let Self::Sqlite(error) = self else { return false };
        matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy))
    }
}

/// A connection and how far it has read.
#[derive(Debug)]
pub struct SqliteStore {
    connection: Connection,
    /// Which file that is; none where nobody else sees the store.
    identity: Option<Identity>,
    boot: String,
    token: String,
    owner: String,
    session: Session,
    /// The last record, the last fact and the last writing into the journal told.
    told: (i64, i64, i64),
    /// The last writing into the journal of cancels told.
    told_cancels: i64,
    /// Other processes with open entries in the journal, and those of them that are told as gone.
    senders: Vec<Session>,
    gone: BTreeSet<Session>,
    /// Empty where nobody else sees the store.
    alive: Arc<Mutex<Option<ProcessLock>>>,
    /// SQLite's count of what other connections have written.
    seen: i64,
    /// What was there before this connection joined, as far as it is not told.
    backlog: Option<Backlog>,
    has_joined: bool,
    /// Whether facts that others have written are not all told.
    is_behind: bool,
    /// What was read for an answer that then could not be given.
    untold: Option<StoreEvent>,
    tidying: Tidying,
    /// How durable the last writing was.
    durable: Option<Durable>,
    /// Rows that could not be read and are not set aside yet.
    unread: UnreadRows,
    /// What the person has not been told of the store.
    notes: Vec<String>,
}

impl SqliteStore {
    /// Opens the store, and makes it if there is none.
    ///
    /// # Errors
    /// A sentence that says why it cannot be used.
    pub fn open(location: &StoreLocation, token: &str) -> Result<Self, String> {
        Self::try_open(location, token).map_err(|trouble| trouble.to_string())
    }

    /// Opens the store of a person who is not named by a token; none if it does not tell who that is: there is no file,
    /// or several persons' tokens were used.
    ///
    /// # Errors
    /// A sentence that says why it cannot be used.
    pub fn open_only_users(location: &StoreLocation) -> Result<Option<Self>, String> {
        if !matches!(&location.file, Ok(Some(file)) if file.exists()) {
            return Ok(None);
        }
        let nobodys = Self::open(location, "")?;
        let tokens = nobodys.tokens().map_err(|error| error.to_string())?;
        match tokens.as_slice() {
            [(token, _)] => Self::open(location, token).map(Some),
            _ => Ok(None),
        }
    }

    /// A token of each person who has used the store, as its digest, and the person's name.
    fn tokens(&self) -> rusqlite::Result<Vec<(String, String)>> {
        let mut query =
            self.connection.prepare("SELECT max(token), name FROM owner GROUP BY name")?;
        let tokens = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        tokens.collect()
    }

    pub(super) fn try_open(location: &StoreLocation, token: &str) -> Result<Self, Trouble> {
        let file = location.file.clone().map_err(Trouble::Unusable)?;
        let named = |trouble: Trouble| match (&file, &trouble) {
            (Some(file), Trouble::Sqlite(error)) if !trouble.is_busy() => {
                Trouble::Unusable(format!("{}: {error}", file.display()))
            }
            _ => trouble,
        };
        let sqlite = |error: rusqlite::Error| named(error.into());
        let said = |error: std::io::Error| Trouble::Unusable(error.to_string());
        let (notes, at) = match &file {
            Some(file) => {
                let notes = prepare(file).map_err(Trouble::Unusable)?;
                (notes, Some(identity::place(file).map_err(said)?))
            }
            None => (Vec::new(), None),
        };
        let opened = file.as_ref().map_or_else(Connection::open_in_memory, Connection::open);
        let mut connection = opened.map_err(sqlite)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        let version = patiently(|| establish(&mut connection)).map_err(sqlite)?;
        if version > VERSION {
            let file = file.as_deref().unwrap_or(Path::new("the store"));
            return Err(Trouble::Unusable(newer(file, version)));
        }
        let identity = file
            .as_deref()
            .zip(at)
            .map(|(file, at)| Identity::of(&connection, file, at).map_err(named));
        let owner = name_of(&connection, token).map_err(sqlite)?;
        if let Some(file) = &file {
            location
                .show_alive(file)
                .map_err(|error| Trouble::Unusable(format!("{}: {error}", file.display())))?;
        }
        Ok(Self {
            identity: identity.transpose()?,
            connection,
            boot: location.boot.clone(),
            token: token.to_owned(),
            owner: owner.unwrap_or_else(|| token.to_owned()),
            session: location.session,
            told: (0, 0, 0),
            told_cancels: 0,
            senders: Vec::new(),
            gone: BTreeSet::new(),
            alive: Arc::clone(&location.alive),
            seen: 0,
            backlog: None,
            has_joined: false,
            is_behind: false,
            untold: None,
            tidying: Tidying::default(),
            durable: None,
            unread: BTreeSet::new(),
            notes,
        })
    }

    /// Does what is asked and tells what has been written since it last told anything.
    ///
    /// # Errors
    /// A sentence that says why it cannot.
    pub fn answer(&mut self, mut ask: StoreRequest, now: Now) -> Result<StoreEvent, String> {
        self.try_answer(&mut ask, now).map_err(|error| error.to_string())
    }

    /// What other processes have written since, if they have.
    ///
    /// # Errors
    /// A sentence that says why that cannot be told.
    pub fn news(&mut self, now: Now) -> Result<Option<StoreEvent>, String> {
        self.try_news(now).map_err(|error| error.to_string())
    }

    pub(super) fn try_news(&mut self, now: Now) -> Result<Option<StoreEvent>, Trouble> {
        self.identity.as_ref().map_or(Ok(()), Identity::check_paths)?;
        let seen: i64 =
            self.connection.pragma_query_value(None, "data_version", |row| row.get(0))?;
        if seen == self.seen && self.newly_gone().is_empty() {
            return Ok(None);
        }
        self.read(now, Answer::News).map(Some)
    }

    /// The same as [`SqliteStore::answer`]. What could be done before another process was found to hold
    /// the file is taken out of `ask`, so that the rest may be asked again.
    #[expect(
        clippy::redundant_closure_for_method_calls,
        reason = "the path of the method is not general enough over its lifetime"
    )]
    pub(super) fn try_answer(
        &mut self,
        ask: &mut StoreRequest,
        now: Now,
    ) -> Result<StoreEvent, Trouble> {
        match ask {
            StoreRequest::Join => {
                (self.told.0, self.told.2, self.told_cancels) = (0, 0, 0);
                self.gone.clear();
                if !self.has_joined {
                    self.tell_anew();
                }
                self.put_back(now);
                self.has_joined = true;
                self.read(now, Answer::Joined)
            }
            StoreRequest::More if !self.has_joined => {
                let answer = Answer::More { before: false };
                Ok(StoreEvent { journal: self.told.2, answer, ..StoreEvent::default() })
            }
            StoreRequest::More => self.read(now, Answer::More { before: self.backlog.is_some() }),
            StoreRequest::Listed(projects) => {
                self.tidying.listed = Some(std::mem::take(projects));
                Ok(StoreEvent { journal: self.told.2, ..StoreEvent::default() })
            }
            StoreRequest::Claim { after, records, entries } => {
                let (after, durable) = (*after, Durable::of(entries));
                self.act(durable, now, |desk| {
                    let mut refused = Vec::new();
                    for entry in &*entries {
                        if !desk.is_waiting(entry.id)? {
                            refused.push(entry.id);
                        }
                    }
                    if !refused.is_empty() || desk.has_gone_on(after)? {
                        return Ok(Answer::Behind { after, refused });
                    }
                    desk.log(records)?;
                    desk.enter(entries)?;
                    Ok(Answer::Claimed(after))
                })
            }
            StoreRequest::LogRecord(entries) => {
                for some in entries.chunks(STEP.into()) {
                    let told = self.act(Durable::Yes, now, |desk| {
                        desk.enter(some)?;
                        Ok(Answer::News)
                    })?;
                    self.untold = Some(told);
                }
                let told = self.untold.take().unwrap_or_default();
                let answer = Answer::Recorded(entries.iter().map(|entry| entry.id).collect());
                Ok(StoreEvent { answer, ..told })
            }
            StoreRequest::RecordCancels(entries) => {
                for some in entries.chunks(STEP.into()) {
                    let told = self.act(Durable::No, now, |desk| {
                        desk.enter_cancels(some)?;
                        Ok(Answer::News)
                    })?;
                    self.untold = Some(told);
                }
                let told = self.untold.take().unwrap_or_default();
                let ids = entries.iter().map(|entry| entry.id).collect();
                Ok(StoreEvent { answer: Answer::CancelsRecorded(ids), ..told })
            }
            StoreRequest::CompareAndSet { after, entries } => self.act(Durable::Yes, now, |desk| {
                if desk.is_overtaken(*after)? {
                    return Ok(Answer::Overtaken);
                }
                desk.enter(entries)?;
                Ok(Answer::Settled)
            }),
            StoreRequest::Append(records) => {
                self.in_steps(records, now, |open, some| open.log(some))
            }
            StoreRequest::Put(facts) => self.in_steps(facts, now, |open, some| open.keep(some)),
            StoreRequest::AppendChanges(changes) => {
                self.in_steps(changes, now, |open, some| open.append_changes(some))
            }
            StoreRequest::ReadChanges(range) => {
                self.read_with(now, |open| Ok(Answer::Changes(open.changes(range)?)))
            }
            StoreRequest::Belongs(name) if *name == self.owner => self.read(now, Answer::News),
            StoreRequest::Belongs(name) => {
                let token = self.token.clone();
                self.act(Durable::Yes, now, |desk| {
                    desk.adopt(name, &token).map(|()| Answer::News)
                })?;
                self.owner = std::mem::take(name);
                self.tell_anew();
                self.read(now, Answer::Joined)
            }
        }
    }
}

/// Whether what is written must be on the disk, also if the power fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

/// Whose token this is, if that was ever told and can be read.
fn name_of(connection: &Connection, token: &str) -> rusqlite::Result<Option<String>> {
    let name = connection
        .prepare_cached("SELECT CAST(name AS BLOB) FROM owner WHERE token = ?")?
        .query_row([token], |row| row.get(0))
        .optional()?;
    Ok(name.and_then(|name| String::from_utf8(name).ok()))
}

/// Nobody panics while holding this lock.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

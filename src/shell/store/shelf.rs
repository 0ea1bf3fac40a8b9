//! One process's connection to the store: a file of SQLite.
//!
//! It understands what it keeps only as far as it has to: the log is numbered, of the lease and
//! of each session's cares only the last is kept, and facts have one value a key. Times are kept
//! with the boot they count from; those of another boot are told by the wall clock, and never as
//! later than now.

mod aside;
mod desk;
mod identity;
mod journal;
mod open;
mod place;
mod recovery;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

use crate::domain::Now;
use crate::engine::journal::Entry;
use crate::engine::ledger::Session;
use crate::engine::store::{Answer, Ask, Told};

use super::alive::Alive;
pub use aside::SetAside;
use aside::UnreadRows;
use desk::Desk;
use identity::Identity;
use open::{VERSION, establish, newer, patiently, prepare};
pub use place::Place;

/// Every so many writes, what counts no more is thrown away.
const TIDY: u32 = 100;

/// Why the store did not do what was asked. `Display` is a sentence for the person.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    /// SQLite has failed.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// The file is not the one that was opened any more.
    #[error("{0}")]
    Changed(String),
}

/// A connection and how far it has read.
#[derive(Debug)]
pub struct Shelf {
    connection: Connection,
    /// Which file that is; none where nobody else sees the store.
    identity: Option<Identity>,
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
    alive: Arc<Mutex<Option<Alive>>>,
    /// SQLite's count of what other connections have written.
    seen: i64,
    writes: u32,
    /// How durable the last writing was.
    durable: Option<Durable>,
    /// Rows that could not be read and are not set aside yet.
    unread: UnreadRows,
    /// What the person has not been told of the store.
    notes: Vec<String>,
}

impl Shelf {
    /// Opens the store, and makes it if there is none.
    ///
    /// # Errors
    /// A sentence that says why it cannot be used.
    pub fn open(place: &Place, token: &str) -> Result<Self, String> {
        let file = place.file.clone()?;
        let named = |error: Trouble| match (&file, error) {
            (Some(file), Trouble::Sqlite(error)) => format!("{}: {error}", file.display()),
            (_, error) => error.to_string(),
        };
        let sqlite = |error: rusqlite::Error| named(error.into());
        let (notes, at) = match &file {
            Some(file) => {
                let notes = prepare(file)?;
                (notes, Some(identity::place(file).map_err(|error| error.to_string())?))
            }
            None => (Vec::new(), None),
        };
        let opened = file.as_ref().map_or_else(Connection::open_in_memory, Connection::open);
        let mut connection = opened.map_err(sqlite)?;
        let version = patiently(|| establish(&mut connection)).map_err(sqlite)?;
        if version > VERSION {
            return Err(newer(file.as_deref().unwrap_or(Path::new("the store")), version));
        }
        let identity = file
            .as_deref()
            .zip(at)
            .map(|(file, at)| Identity::of(&connection, file, at).map_err(named));
        let owner = name_of(&connection, token).map_err(sqlite)?;
        if let Some(file) = &file {
            place.show_alive(file).map_err(|error| format!("{}: {error}", file.display()))?;
        }
        Ok(Self {
            identity: identity.transpose()?,
            connection,
            boot: place.boot.clone(),
            token: token.to_owned(),
            owner: owner.unwrap_or_else(|| token.to_owned()),
            session: place.session,
            told: (0, 0, 0),
            senders: Vec::new(),
            gone: BTreeSet::new(),
            alive: Arc::clone(&place.alive),
            seen: 0,
            writes: 0,
            durable: None,
            unread: BTreeSet::new(),
            notes,
        })
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
        self.try_news(now).map_err(|error| error.to_string())
    }

    fn try_news(&mut self, now: Now) -> Result<Option<Told>, Trouble> {
        self.identity.as_ref().map_or(Ok(()), Identity::check_paths)?;
        let seen = self.connection.pragma_query_value(None, "data_version", |row| row.get(0))?;
        if seen == self.seen && self.newly_gone().is_empty() {
            return Ok(None);
        }
        self.seen = seen;
        self.read(now, Answer::News).map(Some)
    }

    fn try_answer(&mut self, ask: Ask, now: Now) -> Result<Told, Trouble> {
        match ask {
            Ask::Join => {
                self.told = (0, 0, 0);
                self.gone.clear();
                self.put_back(now);
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
    ) -> Result<Told, Trouble> {
        if self.durable != Some(durable) {
            self.connection.pragma_update(None, "synchronous", durable.mode())?;
            self.durable = Some(durable);
        }
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

    /// Reads what is new, and keeps nobody from writing meanwhile, unless something could not be
    /// read and is set aside.
    fn read(&mut self, now: Now, answer: Answer) -> Result<Told, Trouble> {
        let mut told = self.transact(TransactionBehavior::Deferred, now, |_| Ok(answer))?;
        self.set_aside(now, &mut told);
        Ok(told)
    }

    fn transact(
        &mut self,
        behavior: TransactionBehavior,
        now: Now,
        act: impl FnOnce(&Desk<'_>) -> rusqlite::Result<Answer>,
    ) -> Result<Told, Trouble> {
        let writes = matches!(behavior, TransactionBehavior::Immediate);
        let transaction = self.connection.transaction_with_behavior(behavior)?;
        self.identity.as_ref().map_or(Ok(()), |identity| identity.check(&transaction))?;
        let unread = RefCell::new(self.unread.clone());
        let desk = Desk {
            connection: &transaction,
            owner: &self.owner,
            boot: &self.boot,
            session: self.session,
            now,
            unread: &unread,
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
        let mut entries = desk.entries_since(self.told.2)?;
        let answer = act(&desk)?;
        let records = desk.records_since(self.told.0)?;
        if writes {
            let moved = desk.set_aside()?;
            self.notes.extend(moved.note());
            entries.extend(moved.entries);
        }
        let (last_fact, journal) = (desk.last_fact()?, desk.last_entry()?);
        self.senders = desk.senders()?;
        transaction.commit()?;
        self.unread = unread.into_inner();
        self.owner = named.unwrap_or_else(|| std::mem::take(&mut self.owner));
        let last_record = records.last().map_or(self.told.0, |(number, _)| *number);
        self.told = (last_record, last_fact, journal);
        let gone = self.newly_gone();
        self.gone.extend(&gone);
        let notes = self.take_notes();
        Ok(Told { records, facts, entries, journal, gone, anew, notes, answer })
    }

    /// Processes with open entries that have ended, but for those that were told already.
    fn newly_gone(&self) -> Vec<Session> {
        let alive = lock(&self.alive);
        let Some(alive) = alive.as_ref() else { return Vec::new() };
        let untold = self.senders.iter().filter(|session| !self.gone.contains(session));
        untold.filter(|session| alive.is_gone(**session)).copied().collect()
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

//! Making the file of a store, and its tables.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, TransactionBehavior};

use super::{aside, cancels, changes, identity, journal};
use crate::shell::private;

/// The version of the tables. A file of a later one is left alone.
pub(super) const VERSION: i64 = 6;
/// How long a connection waits for another's writing.
const BUSY: Duration = Duration::from_secs(1);
/// The pause before a file that another process holds is tried again, and how often it is.
const PAUSE: Duration = Duration::from_millis(20);
const TRIES: u32 = 50;
/// What to do where the store's directory cannot be used.
const ADVICE: &str = "make it yours alone, or set data_dir in the settings to another directory";

pub(super) const TABLES: &str = "
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
const STEPS: [&[&str]; 5] = [
    &[journal::TABLE],
    &[identity::TABLE, aside::TABLE],
    &[cancels::TABLE],
    &[changes::TABLE],
    // Starts that wait for a cancel: a hextop that knows of none would send them at once.
    &[],
];

/// Makes the directory and the file of a store, both for their owner only; gives sentences for the
/// person where modes were mended.
pub(super) fn prepare(file: &Path) -> Result<Vec<String>, String> {
    let mut notes = Vec::new();
    if let Some(dir) = file.parent() {
        notes.extend(private::directory(dir, ADVICE)?);
    }
    private::make(file).map_err(|error| format!("{}: {error}", file.display()))?;
    notes.extend(private::file(file, ADVICE)?);
    for beside in identity::beside(file) {
        // Another process may take it away just now.
        if beside.exists() {
            notes.extend(
                private::file(&beside, ADVICE)
                    .or_else(|reason| if beside.exists() { Err(reason) } else { Ok(None) })?,
            );
        }
    }
    Ok(notes)
}

/// Does something again as long as another process holds the file. SQLite waits by itself, but not
/// where it could wait for ever: when the file is first made to hold a log of its own.
pub(super) fn patiently<T>(mut act: impl FnMut() -> rusqlite::Result<T>) -> rusqlite::Result<T> {
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
pub(super) fn establish(connection: &mut Connection) -> rusqlite::Result<i64> {
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
            step.iter().try_for_each(|tables| transaction.execute_batch(tables))?;
            transaction.pragma_update(None, "user_version", to)?;
            found = to;
        }
    }
    transaction.commit()?;
    Ok(found)
}

/// Why a file of a newer version is left alone.
pub(super) fn newer(file: &Path, version: i64) -> String {
    format!(
        "{} was written by a newer hextop (version {version} of its tables, this one knows \
         {VERSION}): use that one, or set data_dir to another directory",
        file.display()
    )
}

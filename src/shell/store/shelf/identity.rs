//! Whether the file at the store's path is still the one that is open.
//!
//! A file that was removed, moved or replaced is still written to by whoever has it open, and
//! nobody ever reads that. So the path is looked at before anything is written, and what stands in
//! the file before a start is.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension};

use super::Trouble;
use super::open::{VERSION, newer};

/// An id that each store draws when its tables are made.
pub(super) const TABLE: &str = "
    CREATE TABLE store (id TEXT NOT NULL) STRICT;
    INSERT INTO store (id) VALUES (lower(hex(randomblob(16))));
";

/// Which file is open, and which store is in it.
#[derive(Debug)]
pub(super) struct Identity {
    file: PathBuf,
    place: (u64, u64),
    id: String,
}

impl Identity {
    /// The store that a connection has open, which was opened when `place` was at the path.
    pub(super) fn of(
        connection: &Connection,
        file: &Path,
        place: (u64, u64),
    ) -> Result<Self, Trouble> {
        let opened = Self { file: file.to_owned(), place, id: id(connection)? };
        opened.check_path()?;
        Ok(opened)
    }

    /// That the path leads to the open file.
    pub(super) fn check_path(&self) -> Result<(), Trouble> {
        let shown = self.file.display();
        match place(&self.file) {
            Ok(found) if found == self.place => Ok(()),
            Ok(_) => Err(Trouble::Changed(format!(
                "{shown} was replaced by another file while hextop had it open; hextop opens that \
                 one shortly"
            ))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Err(Trouble::Changed(format!(
                    "{shown} was removed or moved while hextop had it open; hextop makes a new one \
                     shortly, unless it is put back"
                )))
            }
            Err(error) => Err(Trouble::Changed(format!("{shown}: {error}"))),
        }
    }

    /// That the path leads to the open file, and that in it is the store that was opened, in a
    /// version that is known.
    pub(super) fn check(&self, connection: &Connection) -> Result<(), Trouble> {
        self.check_path()?;
        let version = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        if version > VERSION {
            return Err(Trouble::Changed(newer(&self.file, version)));
        }
        if id(connection)? != self.id {
            let shown = self.file.display();
            return Err(Trouble::Changed(format!(
                "another store was copied over {shown} while hextop had it open; hextop opens that \
                 one shortly"
            )));
        }
        Ok(())
    }
}

/// The device and the inode of the file at a path.
pub(super) fn place(file: &Path) -> std::io::Result<(u64, u64)> {
    std::fs::metadata(file).map(|meta| (meta.dev(), meta.ino()))
}

fn id(connection: &Connection) -> rusqlite::Result<String> {
    let found = connection
        .prepare_cached("SELECT id FROM store LIMIT 1")?
        .query_row([], |row| row.get(0))
        .optional()?;
    Ok(found.unwrap_or_default())
}

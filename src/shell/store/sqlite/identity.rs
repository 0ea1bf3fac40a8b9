//! Whether the file at the store's path is still the one that is open.
//!
//! A file that was removed, moved or replaced is still written to by whoever has it open, and
//! nobody ever reads that. So the path is looked at before anything is written, and what stands in
//! the file before a start is.

use std::io::ErrorKind;
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
    /// The file and the two that SQLite keeps beside it, as they were when it was opened.
    places: Vec<(PathBuf, FilePlace)>,
    id: String,
}

/// The device and the inode of a file.
pub(super) type FilePlace = (u64, u64);

impl Identity {
    /// The store that a connection has open, which was opened when `opened` was at the path.
    pub(super) fn of(
        connection: &Connection,
        file: &Path,
        opened: FilePlace,
    ) -> Result<Self, Trouble> {
        // Only after something was read are all its files there.
        let id = id(connection)?;
        let mut places = vec![(file.to_owned(), opened)];
        // Where the file system cannot have them there are none.
        places.extend(beside(file).filter_map(|path| place(&path).ok().map(|at| (path, at))));
        let identity = Self { file: file.to_owned(), places, id };
        identity.check_paths()?;
        Ok(identity)
    }

    /// That the paths lead to the open files.
    pub(super) fn check_paths(&self) -> Result<(), Trouble> {
        self.places.iter().try_for_each(|(path, opened)| {
            let shown = path.display();
            let changed = match place(path) {
                Ok(found) if found == *opened => return Ok(()),
                Ok(_) => format!("{shown} was replaced by another file"),
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    format!("{shown} was removed or moved")
                }
                Err(error) => format!("{shown} cannot be looked at ({error})"),
            };
            Err(Trouble::Unusable(format!(
                "{changed} while hextop had it open; hextop shortly opens what is there, or makes \
                 it anew"
            )))
        })
    }

    /// That the path leads to the open file, and that in it is the store that was opened, in a
    /// version that is known.
    pub(super) fn check(&self, connection: &Connection) -> Result<(), Trouble> {
        self.check_paths()?;
        let version = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        if version > VERSION {
            return Err(Trouble::Unusable(newer(&self.file, version)));
        }
        if id(connection)? != self.id {
            let shown = self.file.display();
            return Err(Trouble::Unusable(format!(
                "another store was copied over {shown} while hextop had it open; hextop opens that \
                 one shortly"
            )));
        }
        Ok(())
    }
}

/// Which file is at a path.
pub(super) fn place(path: &Path) -> std::io::Result<FilePlace> {
    std::fs::metadata(path).map(|meta| (meta.dev(), meta.ino()))
}

/// The files that SQLite keeps beside a store's.
pub(super) fn beside(file: &Path) -> impl Iterator<Item = PathBuf> {
    ["-wal", "-shm"].into_iter().map(|ending| {
        let mut path = file.as_os_str().to_owned();
        path.push(ending);
        path.into()
    })
}

fn id(connection: &Connection) -> rusqlite::Result<String> {
    let found = connection
        .prepare_cached("SELECT id FROM store LIMIT 1")?
        .query_row([], |row| row.get(0))
        .optional()?;
    Ok(found.unwrap_or_default())
}

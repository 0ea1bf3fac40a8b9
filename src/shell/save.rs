//! A file for the person, in the directory that hextop runs in.
//!
//! It never replaces another one, and nobody else may read it: what is exported holds what was
//! started with which inputs.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::outgoing;

/// Names that are tried.
const TRIES: u32 = 100;

/// Saves `text` under `name` in `directory`, or under the next free name: `a.csv`, `a-2.csv`, ….
///
/// # Errors
/// A sentence for the person.
pub(super) fn save(directory: &Path, name: &str, text: &str) -> Result<PathBuf, String> {
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, "txt"));
    for number in 1..=TRIES {
        let name = if number == 1 { name.to_owned() } else { format!("{stem}-{number}.{ending}") };
        let file = directory.join(name);
        match write(&file, &outgoing::clean(text)) {
            Ok(()) => return Ok(file),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => {
                let directory = directory.display();
                return Err(format!("nothing was saved: {directory} does not take it ({error})"));
            }
        }
    }
    Err(format!("nothing was saved: {TRIES} files called {stem} are there already"))
}

/// A file that could not be written to its end is worth nothing and is taken away again.
fn write(file: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut open = options.open(file)?;
    let written = open.write_all(text.as_bytes()).and_then(|()| open.flush());
    if written.is_err() {
        let _ = fs::remove_file(file);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_replaces_none_and_is_for_its_owner_alone() {
        let directory = tempfile::tempdir().unwrap();
        let names: Vec<_> = ["one", "two", "three"]
            .iter()
            .map(|text| save(directory.path(), "journal.csv", text).unwrap())
            .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
            .collect();
        assert_eq!(names, ["journal.csv", "journal-2.csv", "journal-3.csv"]);
        let first = directory.path().join("journal.csv");
        assert_eq!(fs::read_to_string(&first).unwrap(), "one");
        let mode = std::os::unix::fs::PermissionsExt::mode;
        assert_eq!(mode(&fs::metadata(&first).unwrap().permissions()) & 0o777, 0o600);
    }

    #[test]
    fn what_cannot_be_written_is_told_with_its_place() {
        let directory = tempfile::tempdir().unwrap();
        let nowhere = directory.path().join("nowhere");
        let reason = save(&nowhere, "journal.csv", "text").unwrap_err();
        assert!(reason.contains("nowhere") && reason.contains("nothing was saved"), "{reason}");
    }
}

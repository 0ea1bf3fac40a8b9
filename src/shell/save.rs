//! A file for the person, in the directory that hextop runs in.
//!
//! It never replaces another one, and nobody else may read it: what is exported holds what was
//! started with which inputs.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
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

fn write(file: &Path, text: &str) -> io::Result<()> {
    let mut open = NewFile::create(file)?;
    open.write_all(text.as_bytes())?;
    open.finish()
}

/// A new file that is written piece by piece. One that was not written to its end is worth nothing and
/// is taken away again.
#[derive(Debug)]
pub struct NewFile {
    path: PathBuf,
    open: BufWriter<File>,
    is_whole: bool,
}

impl NewFile {
    /// Makes the file.
    ///
    /// # Errors
    /// If there is one already, or none can be made.
    pub fn create(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let open = BufWriter::new(options.open(path)?);
        Ok(Self { path: path.to_owned(), open, is_whole: false })
    }

    /// Sees to it that all has arrived.
    ///
    /// # Errors
    /// If it has not; then there is no such file any more.
    pub fn finish(mut self) -> io::Result<()> {
        self.open.flush()?;
        self.is_whole = true;
        Ok(())
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.open.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.open.flush()
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if !self.is_whole {
            let _ = fs::remove_file(&self.path);
        }
    }
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

//! The person's own editor, on a file that nobody else may read.
//!
//! It has the terminal to itself meanwhile; the loop goes on without drawing. The file is gone
//! afterwards; if hextop was killed, its next start removes it. Which files are still in use is
//! told by a lock beside each, because an editor may replace the file itself.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::process::{Pid, test_kill_process};

use super::{child, private};
use crate::domain::text::without_mark;

/// The largest text that is taken back.
const LARGEST: u64 = 1024 * 1024;
/// Names that are tried for a file.
const TRIES: u32 = 100;
/// What to do where the directory cannot be used.
const ADVICE: &str = "make it yours alone, or set XDG_STATE_HOME to another directory";

/// Opens the editor on `text` in a file below `directory`, and gives what it left there. Returns
/// when the editor has ended, and so must not run in the loop's own thread.
///
/// # Errors
/// A sentence for the person.
pub fn edit(directory: &Path, text: &str, ending: &str) -> Result<String, String> {
    private::directory(directory, ADVICE)?;
    let draft = Draft::make(directory, text, ending)
        .map_err(|error| format!("no file for the editor: {error}"))?;
    let editor = editor();
    // The variable may hold arguments, such as `code --wait`: the shell splits it.
    let status = child::without_token(&mut Command::new("/bin/sh"))
        .args(["-c", &format!("{editor} \"$1\""), "sh"])
        .arg(&draft.file)
        .status()
        .map_err(|error| format!("the editor cannot be started: {error}"))?;
    if !status.success() {
        return Err(format!("`{editor}` ended with {status}: nothing was changed"));
    }
    let size = fs::metadata(&draft.file).map_or(0, |meta| meta.len());
    if size > LARGEST {
        return Err(format!("the text has {} MiB, which is too much", size >> 20));
    }
    fs::read_to_string(&draft.file)
        .map(|text| without_mark(&text).to_owned())
        .map_err(|error| format!("the editor's file cannot be read: {error}"))
}

/// Removes what processes that are gone have left for their editors. Where that fails, the next
/// start tries again.
pub fn clear(directory: &Path) {
    for name in names(directory) {
        let Some(stem) = stem(&name) else { continue };
        let lock = directory.join(format!("{stem}.lock"));
        if !lock.exists() {
            // An older hextop had none.
            if is_gone(stem) {
                let _ = fs::remove_file(directory.join(&name));
            }
        } else if let Ok(Some(held)) = hold(&lock) {
            remove(directory, stem);
            drop(held);
        }
    }
}

/// `VISUAL`, else `EDITOR`, else `vi`.
fn editor() -> String {
    let set = |name| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
    set("VISUAL").or_else(|| set("EDITOR")).unwrap_or_else(|| "vi".to_owned())
}

/// A file for the editor, which is gone when this is dropped.
struct Draft {
    directory: PathBuf,
    stem: String,
    file: PathBuf,
    /// Shows that the file is in use, as long as it is open.
    _lock: File,
}

impl Draft {
    fn make(directory: &Path, text: &str, ending: &str) -> io::Result<Self> {
        for number in 0..TRIES {
            let stem = format!("edit-{}-{number}", std::process::id());
            let Some(lock) = hold(&directory.join(format!("{stem}.lock")))? else { continue };
            let file = directory.join(format!("{stem}.{ending}"));
            let draft = Self { directory: directory.to_owned(), stem, file, _lock: lock };
            // What an earlier process of the same number has left is not written over but replaced.
            let _ = fs::remove_file(&draft.file);
            let mut open =
                OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft.file)?;
            open.write_all(text.as_bytes())?;
            open.write_all(b"\n")?;
            return Ok(draft);
        }
        Err(io::Error::other(format!("{TRIES} are in use")))
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        remove(&self.directory, &self.stem);
    }
}

/// Holds the lock in a file, unless somebody else does or has just taken the file away.
fn hold(path: &Path) -> io::Result<Option<File>> {
    let file =
        OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(None),
        Err(TryLockError::Error(error)) => return Err(error),
    }
    let place = |meta: fs::Metadata| (meta.dev(), meta.ino());
    let is_there = fs::metadata(path).map(place).ok() == Some(place(file.metadata()?));
    Ok(is_there.then_some(file))
}

/// Removes a draft with what editors leave beside it, such as `.edit-1-0.json.swp`, and its lock
/// as the last.
fn remove(directory: &Path, own: &str) {
    let lock = format!("{own}.lock");
    for name in names(directory).filter(|name| stem(name) == Some(own) && *name != lock) {
        let _ = fs::remove_file(directory.join(name));
    }
    let _ = fs::remove_file(directory.join(lock));
}

fn names(directory: &Path) -> impl Iterator<Item = String> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().into_string().ok())
}

/// `edit-1-0` of `edit-1-0.json`, `.edit-1-0.json.swp` or `#edit-1-0.json#`.
fn stem(name: &str) -> Option<&str> {
    let name = name.trim_start_matches(['.', '#']);
    name.split('.').next().filter(|stem| stem.starts_with("edit-"))
}

/// Whether the process in such a name is gone.
fn is_gone(stem: &str) -> bool {
    let number = stem.split('-').nth(1).and_then(|number| number.parse().ok());
    let process = number.and_then(Pid::from_raw);
    process.is_some_and(|process| test_kill_process(process) == Err(rustix::io::Errno::SRCH))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_processes_that_are_gone_have_left_is_removed_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path();
        // In use: by this process, by a lock that is held, and by an old hextop that is alive.
        let draft = Draft::make(dir, "in use", "json").unwrap();
        let held = hold(&dir.join("edit-999999998-0.lock")).unwrap();
        let own = format!("edit-{}.json", std::process::id());
        let used = ["edit-999999998-0.json", &own, "hextop.log"];
        let left = [
            "edit-999999999-0.lock",
            "edit-999999999-0.json",
            ".edit-999999999-0.json.swp",
            "edit-999999999-0.json~",
            "edit-999999999.json",
        ];
        for name in used.iter().chain(&left) {
            fs::write(dir.join(name), "text").unwrap();
        }
        clear(dir);
        for name in left {
            assert!(!dir.join(name).exists(), "{name} is nobody's");
        }
        for name in used {
            assert!(dir.join(name).exists(), "{name} is in use");
        }
        assert_eq!(fs::read_to_string(&draft.file).unwrap(), "in use\n");
        drop((draft, held));
        // A process that another test has just begun holds what was open here until it is that program.
        while hold(&dir.join("edit-999999998-0.lock")).unwrap().is_none() {
            std::thread::yield_now();
        }
        clear(dir);
        let mut names: Vec<_> = names(dir).collect();
        names.sort();
        assert_eq!(names, [own, "hextop.log".to_owned()]);
    }
}

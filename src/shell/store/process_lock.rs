//! Which processes are alive: each holds a lock on a file of its own, which the system takes away
//! when it ends, however it ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::engine::sync::session::Session;

/// A lock's file that nobody holds is thrown away when it is older than this. One that is being
/// made is not held yet for a moment.
const OLD: Duration = Duration::from_hours(24);

/// This process's sign of life, and where to look for those of others.
#[derive(Debug)]
pub(super) struct ProcessLock {
    dir: PathBuf,
    path: PathBuf,
    /// Held as long as it is open.
    lock: File,
}

impl ProcessLock {
    /// Shows from now on that this process is alive.
    ///
    /// # Errors
    /// If the file beside the store's cannot be made or locked.
    pub(super) fn show(store: &Path, session: Session) -> io::Result<Self> {
        let dir = store.with_extension("alive");
        make_dir(&dir)?;
        let path = path(&dir, session);
        let lock = options().create(true).truncate(false).open(&path)?;
        lock.try_lock().map_err(io::Error::from)?;
        clear(&dir, &path);
        Ok(Self { dir, path, lock })
    }

    /// Whether others can still see it: its file may have been removed or moved with the store's.
    pub(super) fn is_shown(&self) -> bool {
        let place = |meta: io::Result<std::fs::Metadata>| meta.map(|m| (m.dev(), m.ino())).ok();
        let held = place(self.lock.metadata());
        held.is_some() && held == place(std::fs::metadata(&self.path))
    }

    /// Whether another process has ended.
    pub(super) fn is_gone(&self, session: Session) -> bool {
        is_unheld(&path(&self.dir, session))
    }
}

impl Drop for ProcessLock {
    fn drop(&mut self) {
        // Left behind it is thrown away by a later process.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Throws away what processes have left behind that were killed.
fn clear(dir: &Path, own: &Path) {
    let Ok(files) = std::fs::read_dir(dir) else { return };
    for file in files.flatten().map(|entry| entry.path()).filter(|file| file != own) {
        let age = file.metadata().and_then(|meta| meta.modified()).map(|at| at.elapsed());
        if matches!(age, Ok(Ok(age)) if age > OLD) && is_unheld(&file) {
            let _ = std::fs::remove_file(&file);
        }
    }
}

/// Whether nobody holds a lock on the file; where that cannot be told, somebody may.
fn is_unheld(path: &Path) -> bool {
    match options().open(path) {
        Ok(file) => match file.try_lock() {
            Ok(()) => true,
            Err(TryLockError::WouldBlock | TryLockError::Error(_)) => false,
        },
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}

fn path(dir: &Path, session: Session) -> PathBuf {
    dir.join(format!("{:08x}", session.0))
}

fn make_dir(dir: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)
}

fn options() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = OpenOptions::new();
    options.write(true).mode(0o600);
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_has_ended_or_never_was_is_gone() {
        let dir = tempfile::tempdir().unwrap();
        let store = dir.path().join("store.sqlite3");
        let one = ProcessLock::show(&store, Session(1)).unwrap();
        let two = ProcessLock::show(&store, Session(2)).unwrap();
        assert!(!one.is_gone(Session(2)) && !two.is_gone(Session(1)));
        assert!(one.is_gone(Session(3)));
        // Killed: the file stays, the lock does not.
        let ProcessLock { lock, path, .. } = &two;
        lock.unlock().unwrap();
        assert!(path.exists() && one.is_gone(Session(2)));
        drop(two);
        assert!(one.is_gone(Session(2)) && !one.is_gone(Session(1)));
        assert!(one.is_shown());
        std::fs::rename(&one.dir, dir.path().join("moved")).unwrap();
        assert!(!one.is_shown());
    }
}

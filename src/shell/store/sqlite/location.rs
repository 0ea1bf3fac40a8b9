//! Where a store is, and who opens it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::lock;
use crate::engine::sync::session::Session;
use crate::shell::store::process_lock::ProcessLock;

/// Where a store is.
#[derive(Clone, Debug)]
pub struct StoreLocation {
    /// Its file; none for one that is thrown away with the process. Or why there can be none.
    pub file: Result<Option<PathBuf>, String>,
    /// Which start of the machine its times count from.
    pub boot: String,
    /// The process that opens it.
    pub session: Session,
    /// Its sign of life, from the first time that it opens the store until it ends.
    pub(super) alive: Arc<Mutex<Option<ProcessLock>>>,
}

impl StoreLocation {
    /// The store in `file`, or one that nobody else sees.
    pub fn new(file: Option<PathBuf>, boot: String, session: Session) -> Self {
        Self { file: Ok(file), boot, session, alive: Arc::default() }
    }

    /// A file on this machine.
    pub fn here(file: PathBuf, session: Session) -> Self {
        Self::new(Some(file), boot_id(), session)
    }

    /// One that nobody else sees.
    pub fn nowhere(session: Session) -> Self {
        Self::new(None, boot_id(), session)
    }

    /// One that cannot be opened, for this reason.
    pub fn unusable(reason: String, session: Session) -> Self {
        Self { file: Err(reason), ..Self::nowhere(session) }
    }

    /// Shows that this process is alive, where others look for it.
    pub(super) fn show_alive(&self, file: &Path) -> std::io::Result<()> {
        let mut alive = lock(&self.alive);
        if !alive.as_ref().is_some_and(ProcessLock::is_shown) {
            // The old one removes its file when it goes, which must not be the new one's.
            *alive = None;
            *alive = Some(ProcessLock::show(file, self.session)?);
        }
        Ok(())
    }
}

/// Which start of the machine this is. Where that cannot be told, every process counts as one of
/// its own, and the wall clock has to do.
fn boot_id() -> String {
    std::fs::read_to_string("/proc/sys/kernel/random/boot_id")
        .map_or_else(|_| format!("process {}", std::process::id()), |id| id.trim().to_owned())
}

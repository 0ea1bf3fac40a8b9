//! Logs, which go to a file: the terminal belongs to the screen.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use tracing_subscriber::EnvFilter;

use super::private;

/// A log larger than this is put aside at the next start, in bytes.
const LARGE: u64 = 5_000_000;

/// What to do where the log's directory cannot be used.
const ADVICE: &str = "make it yours alone, or set XDG_STATE_HOME to another directory";

/// Makes the log's directory, and sees to it that nobody else can write there or read the log;
/// gives a sentence if modes were mended.
///
/// # Errors
/// A sentence that says why there can be no log there.
pub fn prepare(dir: &Path) -> Result<Option<String>, String> {
    let note = private::directory(dir, ADVICE)?;
    let path = dir.join("hextop.log");
    private::make(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(note.or(private::file(&path, ADVICE)?))
}

/// Opens the log in `dir` and sends all traces there. `HEXTOP_LOG` chooses what is written, in
/// the syntax of tracing's filters; by default everything of level `info`.
///
/// # Errors
/// If the file cannot be written; the caller goes on without a log.
pub fn open(dir: &Path) -> io::Result<PathBuf> {
    fs::create_dir_all(dir)?;
    let path = dir.join("hextop.log");
    if fs::metadata(&path).is_ok_and(|meta| meta.len() > LARGE) {
        fs::rename(&path, dir.join("hextop.log.old"))?;
    }
    let filter = EnvFilter::try_from_env("HEXTOP_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_writer(Mutex::new(private(&path)?))
        .init();
    Ok(path)
}

/// Opens a file that only its owner may read, to append to.
fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

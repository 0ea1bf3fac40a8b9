//! Logs, which go to a file: the terminal belongs to the screen.

mod records;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use super::private;
use records::Records;

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

/// Opens the log in `dir` and sends all traces there. `HEXTOP_LOG` chooses what is written,
/// such as `debug` or `info,hextop::shell=trace`; by default everything of level `info`.
///
/// # Errors
/// If the file cannot be written; the caller goes on without a log.
pub fn open(dir: &Path) -> io::Result<PathBuf> {
    fs::create_dir_all(dir)?;
    let path = dir.join("hextop.log");
    let wanted = std::env::var("HEXTOP_LOG").ok().and_then(|text| text.parse().ok());
    let filter = wanted.unwrap_or_else(|| Targets::new().with_default(LevelFilter::INFO));
    let layer = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_writer(Mutex::new(Records::open(path.clone())?));
    tracing_subscriber::registry().with(layer).with(filter).init();
    Ok(path)
}

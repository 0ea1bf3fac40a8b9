//! Command lines of earlier times, in a file of this user's own. Without them the program goes on.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::private;

/// How many are kept; the file has at most twice as many.
const KEPT: usize = 500;
/// What to do where they cannot be kept.
const ADVICE: &str = "make it yours alone, or set XDG_STATE_HOME to another directory";

fn path(dir: &Path) -> PathBuf {
    dir.join("commands")
}

/// The command lines that are kept in `dir`, the last one last; none if there are none, or they
/// cannot be read.
pub fn load(dir: &Path) -> Vec<String> {
    let Ok(bytes) = fs::read(path(dir)) else { return Vec::new() };
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<_> = text.lines().filter(|line| !line.is_empty()).collect();
    let old = lines.len().saturating_sub(KEPT);
    let kept: Vec<String> = lines.into_iter().skip(old).map(str::to_owned).collect();
    if old > KEPT && private::file(&path(dir), ADVICE).is_ok() {
        // Another process may have written meanwhile: then its last line is lost, and nothing else.
        let shorter = dir.join("commands.new");
        let written = make(&shorter).and_then(|mut file| {
            file.write_all((kept.join("\n") + "\n").as_bytes())?;
            fs::rename(&shorter, path(dir))
        });
        if let Err(error) = written {
            tracing::warn!(%error, "the file of commands could not be made shorter");
        }
    }
    kept
}

/// Keeps one more, in one write, so that lines of several processes do not mix.
///
/// # Errors
/// A sentence for the log.
pub fn append(dir: &Path, line: &str) -> Result<(), String> {
    private::directory(dir, ADVICE)?;
    let line = line.replace(['\n', '\r'], " ") + "\n";
    let written = private::make(&path(dir))
        .and_then(|()| OpenOptions::new().append(true).open(path(dir))?.write_all(line.as_bytes()));
    written.map_err(|error| format!("the command could not be kept: {error}"))
}

fn make(file: &Path) -> io::Result<fs::File> {
    OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn commands_are_kept_in_their_order_and_no_more_than_so_many() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(load(dir.path()), [""; 0]);
        append(dir.path(), "tab running").unwrap();
        append(dir.path(), "filter a\nb").unwrap();
        assert_eq!(load(dir.path()), ["tab running", "filter a b"]);
        let mode = fs::metadata(path(dir.path())).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        for number in 0..2 * KEPT {
            append(dir.path(), &number.to_string()).unwrap();
        }
        let last = (2 * KEPT - 1).to_string();
        let kept = load(dir.path());
        assert_eq!((kept.len(), kept.last()), (KEPT, Some(&last)));
        let lines = fs::read_to_string(path(dir.path())).unwrap().lines().count();
        assert_eq!(lines, KEPT, "the file is made shorter");
        assert_eq!(load(dir.path()), kept);
    }

    #[test]
    fn a_file_that_is_no_text_is_read_as_far_as_it_is_one() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(path(dir.path()), b"freeze\n\xff\n\nzoom\n").unwrap();
        let kept = load(dir.path());
        assert_eq!((kept.len(), kept[0].as_str(), kept[2].as_str()), (3, "freeze", "zoom"));
    }
}

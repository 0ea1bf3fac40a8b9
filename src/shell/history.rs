//! What was typed in earlier times and is kept: command lines and filters, each in a file of this user's own.
//! Without them the program goes on.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::private;
use crate::domain::filter::Saved;

/// Lines that are kept in a file of the state directory.
#[derive(Clone, Copy, Debug)]
pub struct History {
    file: &'static str,
    /// How many are kept; the file has at most twice as many.
    most: usize,
}

/// Command lines.
pub const COMMANDS: History = History { file: "commands", most: 500 };
/// Filters: a name and behind it the filter, or nothing if it was forgotten. Of one name the last counts.
pub const FILTERS: History = History { file: "filters", most: 5000 };

/// That the tour of a newcomer was shown.
pub const TOURS: History = History { file: "tours", most: 1 };

/// What to do where they cannot be kept.
const ADVICE: &str = "make it yours alone, or set XDG_STATE_HOME to another directory";

impl History {
    fn path(self, dir: &Path) -> PathBuf {
        dir.join(self.file)
    }

    /// The lines that are kept in `dir`, the last one last; none if there are none, or they cannot be
    /// read.
    pub fn load(self, dir: &Path) -> Vec<String> {
        let path = self.path(dir);
        let Ok(bytes) = fs::read(&path) else { return Vec::new() };
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<_> = text.lines().filter(|line| !line.is_empty()).collect();
        let old = lines.len().saturating_sub(self.most);
        let kept: Vec<String> = lines.into_iter().skip(old).map(str::to_owned).collect();
        if old > self.most && private::file(&path, ADVICE).is_ok() {
            // Another process may have written meanwhile: then its last line is lost, and nothing else.
            let shorter = dir.join(format!("{}.new", self.file));
            let written = make(&shorter).and_then(|mut file| {
                file.write_all((kept.join("\n") + "\n").as_bytes())?;
                fs::rename(&shorter, &path)
            });
            if let Err(error) = written {
                tracing::warn!(%error, file = self.file, "a file could not be made shorter");
            }
        }
        kept
    }

    /// Keeps one more, in one write, so that lines of several processes do not mix.
    ///
    /// # Errors
    /// A sentence for the log.
    pub fn append(self, dir: &Path, line: &str) -> Result<(), String> {
        private::directory(dir, ADVICE)?;
        let path = self.path(dir);
        let line = line.replace(['\n', '\r'], " ") + "\n";
        let written = private::make(&path)
            .and_then(|()| OpenOptions::new().append(true).open(&path)?.write_all(line.as_bytes()));
        written.map_err(|error| format!("{} could not be kept: {error}", self.file))
    }
}

/// Filters by their names: these, and over them what is kept in `dir`, or was forgotten there.
pub fn filters(dir: &Path, mut saved: Saved) -> Saved {
    for line in FILTERS.load(dir) {
        let (name, text) = line.split_once(' ').unwrap_or((&line, ""));
        if text.is_empty() {
            saved.remove(name);
        } else {
            saved.insert(name.to_owned(), text.to_owned());
        }
    }
    saved
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
        assert_eq!(COMMANDS.load(dir.path()), [""; 0]);
        COMMANDS.append(dir.path(), "tab running").unwrap();
        COMMANDS.append(dir.path(), "filter a\nb").unwrap();
        assert_eq!(COMMANDS.load(dir.path()), ["tab running", "filter a b"]);
        let mode = fs::metadata(COMMANDS.path(dir.path())).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        for number in 0..2 * COMMANDS.most {
            COMMANDS.append(dir.path(), &number.to_string()).unwrap();
        }
        let last = (2 * COMMANDS.most - 1).to_string();
        let kept = COMMANDS.load(dir.path());
        assert_eq!((kept.len(), kept.last()), (COMMANDS.most, Some(&last)));
        let lines = fs::read_to_string(COMMANDS.path(dir.path())).unwrap().lines().count();
        assert_eq!(lines, COMMANDS.most, "the file is made shorter");
        assert_eq!(COMMANDS.load(dir.path()), kept);
    }

    #[test]
    fn a_file_that_is_no_text_is_read_as_far_as_it_is_one() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(COMMANDS.path(dir.path()), b"freeze\n\xff\n\nzoom\n").unwrap();
        let kept = COMMANDS.load(dir.path());
        assert_eq!((kept.len(), kept[0].as_str(), kept[2].as_str()), (3, "freeze", "zoom"));
    }

    #[test]
    fn of_filters_with_one_name_the_last_counts_and_an_empty_one_is_forgotten() {
        let dir = tempfile::tempdir().unwrap();
        let none = Saved::new;
        assert_eq!(filters(dir.path(), none()), none());
        for line in ["bad verdict:runaway", "mine-now mine", "bad status:errored", "mine-now "] {
            FILTERS.append(dir.path(), line).unwrap();
        }
        let of = |name: &str, text: &str| (name.to_owned(), text.to_owned());
        let kept = of("bad", "status:errored");
        assert_eq!(filters(dir.path(), none()), Saved::from([kept.clone()]));
        let set = [of("mine-now", "mine"), of("team", "owner:ana"), of("bad", "x")];
        assert_eq!(filters(dir.path(), Saved::from(set)), [kept, of("team", "owner:ana")].into());
    }
}

//! The log's file: one line a record, whatever its fields hold, and of bounded size.
//!
//! Several processes append to one file, so its size is that on the disk. Whoever finds it too large
//! puts it aside under an exclusive lock; the others notice that their file is no longer the one of
//! that name. Warnings and errors that say the same but for their time are written five times, and from
//! then on only as their number doubles.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::PathBuf;

use crate::domain::text::is_clean;
use crate::shell::outgoing;

/// Bytes after which the file is put aside; there are at most two of them.
const LARGE: u64 = 5_000_000;
/// Bytes of one record.
const LONGEST: usize = 4_000;
/// How often the same is written before it is only counted.
const REPEATS: u64 = 5;
/// Different records that are told apart; then counting begins anew.
const MOST_KNOWN: usize = 256;

/// Writes each record, which comes in one call, as one line.
#[derive(Debug)]
pub(super) struct Records {
    path: PathBuf,
    file: File,
    /// How often each warning came, without its time.
    seen: HashMap<String, u64>,
}

impl Records {
    /// Opens the file to append to; only its owner may read it.
    pub(super) fn open(path: PathBuf) -> io::Result<Self> {
        let file = private(&path)?;
        Ok(Self { path, file, seen: HashMap::new() })
    }

    /// How often this record came, if it is to be written.
    fn count(&mut self, line: &str) -> Option<u64> {
        let said = line.split_once(' ').map_or(line, |(_, said)| said.trim_start());
        if !["WARN", "ERROR"].iter().any(|level| said.starts_with(level)) {
            return Some(1);
        }
        if self.seen.len() >= MOST_KNOWN && !self.seen.contains_key(said) {
            self.seen.clear();
        }
        let count = self.seen.entry(said.to_owned()).or_default();
        *count += 1;
        (*count <= REPEATS || count.is_power_of_two()).then_some(*count)
    }

    /// Goes on with an empty file if this one is too large, or is no longer the one of its name.
    fn rotate(&mut self) -> io::Result<()> {
        if self.file.metadata()?.len() < LARGE {
            return Ok(());
        }
        // Who does not get the lock writes on: another process is putting the file aside.
        if self.file.try_lock().is_err() {
            return Ok(());
        }
        let is_current = is_same(&self.file, &self.path);
        let aside = self.path.with_extension("log.old");
        let put_aside = if is_current { fs::rename(&self.path, aside) } else { Ok(()) };
        let opened = put_aside.and_then(|()| private(&self.path));
        self.file.unlock()?;
        self.file = opened?;
        Ok(())
    }
}

impl Write for Records {
    fn write(&mut self, record: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(record);
        let mut line = one_line(&outgoing::clean(&text));
        let Some(count) = self.count(&line) else { return Ok(record.len()) };
        if count > REPEATS {
            let _ = write!(line, " (the same came {count} times)");
        }
        line.push('\n');
        // A log that cannot be put aside is still one.
        let _ = self.rotate();
        self.file.write_all(line.as_bytes())?;
        Ok(record.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// The record on one line of bounded length, with everything escaped that could end it or act on a
/// terminal.
fn one_line(record: &str) -> String {
    let record = record.strip_suffix('\n').unwrap_or(record);
    let mut line = String::new();
    for letter in record.chars().take(LONGEST + 1) {
        if letter == ' ' || letter.is_ascii_graphic() || is_shown(letter) {
            line.push(letter);
        } else {
            line.extend(letter.escape_default());
        }
    }
    if line.len() > LONGEST {
        let mark = format!("… ({} bytes)", record.len());
        let room = LONGEST - mark.len();
        let end = line.char_indices().map(|(at, _)| at).take_while(|at| *at <= room).last();
        line.truncate(end.unwrap_or(0));
        line += &mark;
    }
    line
}

fn is_shown(letter: char) -> bool {
    is_clean(letter.encode_utf8(&mut [0; 4]), 1)
}

fn is_same(file: &File, path: &std::path::Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let named = |meta: fs::Metadata| (meta.dev(), meta.ino());
    let (here, there) = (file.metadata().map(named), fs::metadata(path).map(named));
    here.ok().zip(there.ok()).is_some_and(|(here, there)| here == there)
}

fn private(path: &std::path::Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(dir: &tempfile::TempDir) -> Records {
        Records::open(dir.path().join("hextop.log")).unwrap()
    }

    fn lines(dir: &tempfile::TempDir) -> Vec<String> {
        let text = fs::read_to_string(dir.path().join("hextop.log")).unwrap();
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_record_is_one_short_line_whatever_its_fields_hold() {
        let dir = tempfile::tempdir().unwrap();
        let mut log = records(&dir);
        let forged = "12:00 WARN failed: a\n13:00 INFO all is well\r\u{1b}[2J\u{202e}\u{9b}é\n";
        log.write_all(forged.as_bytes()).unwrap();
        log.write_all(format!("12:01 WARN {}\n", "é\n".repeat(2_000_000)).as_bytes()).unwrap();
        log.write_all(b"12:02 WARN \xff\xfe\n").unwrap();
        let lines = lines(&dir);
        let escaped = r"12:00 WARN failed: a\n13:00 INFO all is well\r\u{1b}[2J\u{202e}\u{9b}é";
        assert_eq!(lines[0], escaped);
        assert!(lines[1].ends_with("… (6000011 bytes)"), "{}", lines[1]);
        assert!(lines[1].len() <= LONGEST && lines[1].len() > LONGEST - 40, "{}", lines[1].len());
        assert_eq!(lines[2], "12:02 WARN \u{fffd}\u{fffd}");
        assert_eq!(lines.len(), 3);
    }

    #[test]
    fn what_repeats_is_counted_instead_of_written() {
        let dir = tempfile::tempdir().unwrap();
        let mut log = records(&dir);
        for second in 0..1000 {
            for what in ["the store failed", "no answer"] {
                log.write_all(format!("{second} WARN {what}\n").as_bytes()).unwrap();
            }
        }
        for second in 1000..1020 {
            log.write_all(format!("{second}  INFO sending\n").as_bytes()).unwrap();
        }
        let lines = lines(&dir);
        // Five, and then at 8, 16, … 512.
        assert_eq!(lines.len(), 2 * (5 + 7) + 20);
        assert_eq!(lines[23], "511 WARN no answer (the same came 512 times)");
        assert_eq!(lines[24], "1000  INFO sending");
    }

    #[test]
    fn the_file_is_put_aside_while_running_by_whichever_process_fills_it() {
        let dir = tempfile::tempdir().unwrap();
        let (mut first, mut second) = (records(&dir), records(&dir));
        let size = |name: &str| fs::metadata(dir.path().join(name)).map_or(0, |meta| meta.len());
        let write = |log: &mut Records, number: u64| {
            let text = "x".repeat(3_000);
            log.write_all(format!("1 WARN {number} {text}\n").as_bytes()).unwrap();
        };
        for number in 0..10_000 {
            write(if number % 3 == 0 { &mut first } else { &mut second }, number);
            let (now, old) = (size("hextop.log"), size("hextop.log.old"));
            assert!(now <= LARGE + 5_000 && old <= LARGE + 5_000, "{now}, {old}");
        }
        assert!(size("hextop.log.old") >= LARGE && size("hextop.log") > 0);
        let files = fs::read_dir(dir.path()).unwrap().count();
        assert_eq!(files, 2);
        let last = lines(&dir).pop().unwrap();
        assert!(last.starts_with("1 WARN 9999 "), "{last:.40}");
    }
}

//! A text file that a person names, read whole.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::path::expand;

use crate::domain::text::without_mark;

/// The largest file that is read.
const LARGEST: u64 = 1_000_000;

/// Reads a text file; a `~` at the beginning of its path is the home directory. May take long, and
/// so must not run in the loop's own thread.
///
/// # Errors
/// A sentence for the person.
pub fn read(path: &str) -> Result<String, String> {
    read_at(&expand(path))
}

/// The same of a path that is whole.
///
/// # Errors
/// A sentence for the person.
pub(super) fn read_at(file: &Path) -> Result<String, String> {
    let wrong = |error: &std::io::Error| format!("{} cannot be read: {error}", file.display());
    let meta = std::fs::metadata(file).map_err(|error| wrong(&error))?;
    if !meta.is_file() {
        return Err(format!("{} is no file", file.display()));
    }
    let mut bytes = Vec::new();
    let opened = File::open(file).map_err(|error| wrong(&error))?;
    // It may grow while it is read.
    let taken = opened.take(LARGEST + 1).read_to_end(&mut bytes);
    taken.map_err(|error| wrong(&error))?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > LARGEST {
        return Err(format!("{} is larger than 1 MB, which is too much here", file.display()));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        format!("{} is no UTF-8 text: byte {} is none of it", file.display(), at + 1)
    })?;
    Ok(without_mark(&text).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_whole_or_it_is_said_why_not() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name).display().to_string();
        std::fs::write(at("good"), "a,b\n").unwrap();
        std::fs::write(at("odd"), b"a\xff").unwrap();
        std::fs::write(at("large"), vec![b'a'; 1_000_001]).unwrap();
        std::fs::write(at("just"), vec![b'a'; 1_000_000]).unwrap();
        assert_eq!(read(&at("good")), Ok("a,b\n".to_owned()));
        std::fs::write(at("marked"), "\u{feff}a,b\n").unwrap();
        assert_eq!(read(&at("marked")), Ok("a,b\n".to_owned()), "without the byte order mark");
        assert_eq!(read(&at("just")).unwrap().len(), 1_000_000);
        for (name, part) in [
            ("none", "cannot be read"),
            ("odd", "no UTF-8 text: byte 2"),
            ("large", "larger than 1 MB"),
            (".", "is no file"),
        ] {
            let reason = read(&at(name)).unwrap_err();
            assert!(reason.contains(part), "{name}: {reason}");
        }
    }
}

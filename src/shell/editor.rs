//! The person's own editor, on a file that nobody else may read.
//!
//! It has the terminal to itself meanwhile; the loop goes on without drawing.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::domain::text::without_mark;

/// The largest text that is taken back.
const LARGEST: u64 = 1024 * 1024;

/// Opens the editor on `text` in a file below `directory`, and gives what it left there. Returns
/// when the editor has ended, and so must not run in the loop's own thread.
///
/// # Errors
/// A sentence for the person.
pub fn edit(directory: &Path, text: &str, ending: &str) -> Result<String, String> {
    let file = directory.join(format!("edit-{}.{ending}", std::process::id()));
    let _removed = Removed(file.clone());
    write(&file, text).map_err(|error| format!("no file for the editor: {error}"))?;
    let editor = editor();
    // The variable may hold arguments, such as `code --wait`: the shell splits it.
    let status = Command::new("/bin/sh")
        .args(["-c", &format!("{editor} \"$1\""), "sh"])
        .arg(&file)
        .status()
        .map_err(|error| format!("the editor cannot be started: {error}"))?;
    if !status.success() {
        return Err(format!("`{editor}` ended with {status}: nothing was changed"));
    }
    let size = fs::metadata(&file).map_or(0, |meta| meta.len());
    if size > LARGEST {
        return Err(format!("the text has {} MiB, which is too much", size >> 20));
    }
    let read = fs::read_to_string(&file);
    read.map(|text| without_mark(&text).to_owned())
        .map_err(|error| format!("the editor's file cannot be read: {error}"))
}

/// `VISUAL`, else `EDITOR`, else `vi`.
fn editor() -> String {
    let set = |name| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
    set("VISUAL").or_else(|| set("EDITOR")).unwrap_or_else(|| "vi".to_owned())
}

fn write(file: &Path, text: &str) -> std::io::Result<()> {
    if let Some(directory) = file.parent() {
        fs::create_dir_all(directory)?;
    }
    // What an earlier process of the same number has left is not written over but replaced.
    let _ = fs::remove_file(file);
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(file)?;
    file.write_all(text.as_bytes())?;
    file.write_all(b"\n")
}

/// A file that is gone when this is dropped.
struct Removed(PathBuf);

impl Drop for Removed {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

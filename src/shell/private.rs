//! Directories and files that only this user may change.
//!
//! What belongs to another user is left alone. Modes of what is this user's own are mended, and
//! the caller is told, so that the person hears of it.

use std::fs::{self, DirBuilder, Metadata, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// The bits that let the group or others write.
const WRITABLE_BY_OTHERS: u32 = 0o022;
/// All bits of the group and of others.
const OTHERS: u32 = 0o077;
/// In such a directory, as in `/tmp`, everybody may make files.
const STICKY: u32 = 0o1000;

/// Makes a directory for this user alone if there is none, and sees to it that nobody else can
/// write there; gives a sentence if its modes were mended.
///
/// # Errors
/// A sentence that says why nothing may be written there, and ends with `advice`.
pub(super) fn directory(dir: &Path, advice: &str) -> Result<Option<String>, String> {
    let shown = dir.display();
    if !dir.is_absolute() {
        return Err(format!("{shown} depends on the current directory: {advice}"));
    }
    let made = DirBuilder::new().recursive(true).mode(0o700).create(dir);
    made.map_err(|error| format!("the directory {shown} cannot be made ({error}): {advice}"))?;
    let meta = metadata(dir)?;
    refuse_strangers(dir, &meta, advice)?;
    if meta.mode() & WRITABLE_BY_OTHERS == 0 {
        return Ok(None);
    }
    if meta.mode() & STICKY != 0 {
        return Err(format!(
            "{shown} is shared by all users, so nothing is written there: {advice}"
        ));
    }
    mend(dir, meta.mode() & 0o7777 & !WRITABLE_BY_OTHERS)
        .map(Some)
        .map_err(|error| format!("others may write to {shown} ({error}): {advice}"))
}

/// Sees to it that nobody else can read or change a file that is there; gives a sentence if its
/// modes were mended.
///
/// # Errors
/// A sentence that says why it cannot be used, and ends with `advice`.
pub(super) fn file(file: &Path, advice: &str) -> Result<Option<String>, String> {
    let meta = metadata(file)?;
    if !meta.is_file() {
        return Err(format!("{} is not a file: {advice}", file.display()));
    }
    refuse_strangers(file, &meta, advice)?;
    if meta.mode() & OTHERS == 0 {
        return Ok(None);
    }
    mend(file, meta.mode() & 0o7777 & !OTHERS)
        .map(Some)
        .map_err(|error| format!("others may use {} ({error}): {advice}", file.display()))
}

/// Makes an empty file for this user alone, unless there is one.
pub(super) fn make(file: &Path) -> io::Result<()> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(file) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

fn metadata(path: &Path) -> Result<Metadata, String> {
    fs::metadata(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn refuse_strangers(path: &Path, meta: &Metadata, advice: &str) -> Result<(), String> {
    let own = rustix::process::geteuid().as_raw();
    if meta.uid() == own {
        return Ok(());
    }
    Err(format!(
        "{} belongs to another user (uid {}, and hextop runs as {own}), so nothing is written \
         there: {advice}",
        path.display(),
        meta.uid()
    ))
}

fn mend(path: &Path, mode: u32) -> io::Result<String> {
    fs::set_permissions(path, Permissions::from_mode(mode))?;
    let may = if path.is_dir() { "write to" } else { "read or write" };
    Ok(format!("other users could {may} {}: its mode is now {mode:04o}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o7777
    }

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_directory_is_made_for_its_user_and_modes_of_an_own_one_are_mended() {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("a/b");
        assert_eq!(directory(&dir, "choose another"), Ok(None));
        assert_eq!(mode(&dir), 0o700);
        for (before, after) in [(0o777, 0o755), (0o775, 0o755), (0o720, 0o700)] {
            set_mode(&dir, before);
            let note = directory(&dir, "choose another").unwrap().unwrap();
            assert!(note.contains(&format!("{after:04o}")), "{note}");
            assert_eq!(mode(&dir), after);
        }
        assert_eq!(directory(&dir, "choose another"), Ok(None));
    }

    #[test]
    fn what_all_users_share_or_another_user_owns_is_left_alone() {
        let home = tempfile::tempdir().unwrap();
        let shared = home.path().join("shared");
        fs::create_dir(&shared).unwrap();
        set_mode(&shared, 0o1777);
        let refusal = directory(&shared, "choose another").unwrap_err();
        assert!(refusal.contains("shared by all users"), "{refusal}");
        assert!(refusal.ends_with("choose another"), "{refusal}");
        assert_eq!(mode(&shared), 0o1777);
        let relative = directory(Path::new("data"), "choose another").unwrap_err();
        assert!(relative.contains("depends on the current directory"), "{relative}");
        // Whoever may give a directory away sees it refused; others see theirs accepted.
        let theirs = home.path().join("theirs");
        fs::create_dir(&theirs).unwrap();
        let given = std::os::unix::fs::chown(&theirs, Some(12_345), None).is_ok();
        let refused = directory(&theirs, "choose another");
        assert_eq!(refused.is_err(), given, "{refused:?}");
        let belongs = |text: String| text.contains("belongs to another user (uid 12345");
        assert!(refused.err().is_none_or(belongs));
    }

    #[test]
    fn an_own_file_that_others_may_use_is_closed_to_them() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("store");
        make(&path).unwrap();
        assert_eq!((mode(&path), file(&path, "")), (0o600, Ok(None)));
        set_mode(&path, 0o644);
        let note = file(&path, "").unwrap().unwrap();
        assert!(note.contains("read or write") && note.contains("0600"), "{note}");
        assert_eq!(mode(&path), 0o600);
        make(&path).unwrap();
        assert!(file(home.path(), "choose another").unwrap_err().contains("is not a file"));
    }
}

//! Paths as people write them: `~` is the home directory, and what a settings file names is looked
//! for beside that file.

use std::path::{Path, PathBuf};

/// The home directory, if there is one that does not depend on the current directory.
pub(super) fn home() -> Option<PathBuf> {
    let home = directories::BaseDirs::new()?.home_dir().to_owned();
    home.is_absolute().then_some(home)
}

/// A path with a `~` at its beginning replaced; another user's, `~ana/x`, is left as it is.
pub fn expand(path: &str) -> PathBuf {
    expand_in(path, home().as_deref()).unwrap_or_else(|_| PathBuf::from(path))
}

/// A path in a settings file that is in `directory`.
///
/// # Errors
/// Why it names no place.
pub(super) fn resolve(path: &str, directory: &Path) -> Result<PathBuf, String> {
    expand_in(path, home().as_deref()).map(|path| directory.join(path))
}

fn expand_in(path: &str, home: Option<&Path>) -> Result<PathBuf, String> {
    let Some(rest) = path.strip_prefix('~') else { return Ok(PathBuf::from(path)) };
    if !rest.is_empty() && !rest.starts_with('/') {
        return Err(format!("{path} is another user's home: write that directory in full"));
    }
    let no_home = || format!("{path} needs a home directory, and none is known: set HOME");
    Ok(home.ok_or_else(no_home)?.join(rest.trim_start_matches('/')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tilde_is_the_home_and_other_paths_are_beside_the_settings() {
        let home = Path::new("/home/ana");
        let at = |path| expand_in(path, Some(home)).map(|path| Path::new("/etc/hextop").join(path));
        for (path, expected) in [
            ("~", "/home/ana"),
            ("~/rows.csv", "/home/ana/rows.csv"),
            ("~//rows.csv", "/home/ana/rows.csv"),
            ("/srv/data", "/srv/data"),
            ("data", "/etc/hextop/data"),
            ("../token", "/etc/hextop/../token"),
            ("a~b", "/etc/hextop/a~b"),
        ] {
            assert_eq!(at(path), Ok(PathBuf::from(expected)), "{path}");
        }
        assert!(at("~ana/x").unwrap_err().contains("in full"));
        assert!(expand_in("~/x", None).unwrap_err().contains("set HOME"));
        assert_eq!(expand_in("x", None), Ok(PathBuf::from("x")));
    }
}

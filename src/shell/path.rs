//! Paths as people write them: `~` is the home directory, `$NAME` and `${NAME}` a variable of the environment,
//! and what a settings file names is looked for beside that file.

use std::path::{Path, PathBuf};

/// The home directory, if there is one that does not depend on the current directory.
pub(super) fn home() -> Option<PathBuf> {
    let home = directories::BaseDirs::new()?.home_dir().to_owned();
    home.is_absolute().then_some(home)
}

/// A path with what stands in it for other texts replaced; where that cannot be done it is left as it is.
pub fn expand(path: &str) -> PathBuf {
    expand_in(path, home().as_deref(), variable).unwrap_or_else(|_| PathBuf::from(path))
}

/// A path in a settings file that is in `directory`.
///
/// # Errors
/// Why it names no place.
pub(super) fn resolve(path: &str, directory: &Path) -> Result<PathBuf, String> {
    expand_in(path, home().as_deref(), variable).map(|path| directory.join(path))
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn expand_in(
    path: &str,
    home: Option<&Path>,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<PathBuf, String> {
    let expanded = variables(path, variable)?;
    // Only a `~` that was written counts: a variable has a whole path.
    let Some(rest) = expanded.strip_prefix('~').filter(|_| path.starts_with('~')) else {
        return Ok(PathBuf::from(expanded));
    };
    if !rest.is_empty() && !rest.starts_with('/') {
        return Err(format!("{path} is another user's home: write that directory in full"));
    }
    let no_home = || format!("{path} needs a home directory, and none is known: set HOME");
    Ok(home.ok_or_else(no_home)?.join(rest.trim_start_matches('/')))
}

/// A path with the values of the variables that it names. A `$` before anything but a name stands for itself.
fn variables(path: &str, variable: impl Fn(&str) -> Option<String>) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        let (name, behind) = name(after);
        if name.is_empty() {
            out.push('$');
            rest = after;
            continue;
        }
        let value = variable(name);
        out += &value.ok_or_else(|| format!("{path} names ${name}, which is not set"))?;
        rest = behind;
    }
    Ok(out + rest)
}

/// The name of a variable behind a `$`, with what follows it; empty if there is none.
fn name(text: &str) -> (&str, &str) {
    if let Some((name, rest)) = text.strip_prefix('{').and_then(|text| text.split_once('}')) {
        return (name, rest);
    }
    let end = text.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    match text.split_at(end.unwrap_or(text.len())) {
        (name, rest) if name.starts_with(|letter: char| !letter.is_ascii_digit()) => (name, rest),
        _ => ("", text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tilde_is_the_home_and_other_paths_are_beside_the_settings() {
        let home = Path::new("/home/ana");
        let team = |name: &str| match name {
            "TEAM" => Some("/srv/team".to_owned()),
            "DAY" => Some("mon".to_owned()),
            _ => None,
        };
        let at = |path| {
            expand_in(path, Some(home), team).map(|path| Path::new("/etc/hextop").join(path))
        };
        for (path, expected) in [
            ("~", "/home/ana"),
            ("~/rows.csv", "/home/ana/rows.csv"),
            ("~//rows.csv", "/home/ana/rows.csv"),
            ("/srv/data", "/srv/data"),
            ("data", "/etc/hextop/data"),
            ("../token", "/etc/hextop/../token"),
            ("a~b", "/etc/hextop/a~b"),
            ("$TEAM/rules.toml", "/srv/team/rules.toml"),
            ("${TEAM}s/a", "/srv/teams/a"),
            ("~/$DAY/x", "/home/ana/mon/x"),
            ("cost$", "/etc/hextop/cost$"),
            ("$1/a", "/etc/hextop/$1/a"),
        ] {
            assert_eq!(at(path), Ok(PathBuf::from(expected)), "{path}");
        }
        let unset = at("$NONE/x").unwrap_err();
        assert_eq!(unset, "$NONE/x names $NONE, which is not set");
        assert!(at("~ana/x").unwrap_err().contains("in full"));
        assert!(expand_in("~/x", None, team).unwrap_err().contains("set HOME"));
        assert_eq!(expand_in("x", None, team), Ok(PathBuf::from("x")));
    }
}

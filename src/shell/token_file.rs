//! The file in which `hextop login` keeps the token, and the line of the settings that names it.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use super::private;
use crate::api::Token;

/// The name of the file beside the settings, of a profile or of none.
pub fn name(profile: &str) -> String {
    if profile.is_empty() { "token".to_owned() } else { format!("{profile}.token") }
}

/// Writes the token into a file that only this user can read, in place of what was there.
///
/// # Errors
/// A sentence, if the file or its directory cannot be written to or is not this user's.
pub fn write(file: &Path, token: &Token) -> Result<(), String> {
    let dir = file.parent().unwrap_or(Path::new("/"));
    private::directory(dir, "name another file in token_file")?;
    let kept = replace(file, |out| token.write_to(out));
    kept.map_err(|error| format!("the token cannot be written to {}: {error}", file.display()))
}

/// Has the settings in `file`, or a profile in them, name the token's file, and changes nothing else in them; tells
/// whether they were changed. Settings that are not there are made.
///
/// # Errors
/// A sentence that says which line is to be added by hand.
pub fn name_in_settings(file: &Path, profile: &str) -> Result<bool, String> {
    let name = name(profile);
    let of = if profile.is_empty() { String::new() } else { format!(" to the profile {profile}") };
    let by_hand = |why: String| {
        let file = file.display();
        format!("{file} was not changed ({why}): add the line token_file = \"{name}\"{of}")
    };
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(by_hand(error.to_string())),
    };
    let Some(changed) = with_token_file(&text, profile).map_err(by_hand)? else { return Ok(false) };
    // A link is kept, and what it leads to is changed.
    let place = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let mode = fs::metadata(&place).map(|meta| meta.permissions());
    replace(&place, |out| out.write_all(changed.as_bytes()))
        .and_then(|()| mode.map_or(Ok(()), |mode| fs::set_permissions(&place, mode)))
        .map_err(|error| by_hand(error.to_string()))?;
    Ok(true)
}

/// The settings with `token_file` in them, or in a profile; none if they name one already.
fn with_token_file(text: &str, profile: &str) -> Result<Option<String>, String> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Named {
        token_file: Option<Spanned<String>>,
        profiles: BTreeMap<String, Named>,
    }
    let body = crate::domain::text::without_mark(text);
    let mark = text.get(..text.len() - body.len()).unwrap_or_default();
    let wrong = |_| "it does not fit".to_owned();
    let mut named: Named = toml::from_str(body).map_err(wrong)?;
    if !profile.is_empty() {
        let of = named.profiles.remove(profile);
        named = of.ok_or_else(|| format!("it has no profile {profile}"))?;
    }
    let value = toml::Value::from(name(profile)).to_string();
    let changed = match named.token_file {
        None => {
            let at = if profile.is_empty() { 0 } else { behind_heading(body, profile)? };
            let (before, after) = body.split_at_checked(at).unwrap_or(("", body));
            format!("{before}token_file = {value}\n{after}")
        }
        Some(named) if named.get_ref().is_empty() => {
            let (before, after) = (body.get(..named.span().start), body.get(named.span().end..));
            [before.unwrap_or_default(), &value, after.unwrap_or_default()].concat()
        }
        Some(_) => return Ok(None),
    };
    let others = |text: &str| -> Result<toml::Table, String> {
        let mut table: toml::Table = text.parse().map_err(wrong)?;
        let all = table.get_mut("profiles").and_then(toml::Value::as_table_mut);
        match all.and_then(|all| all.get_mut(profile)).and_then(toml::Value::as_table_mut) {
            Some(profile) => profile.remove("token_file"),
            None => table.remove("token_file"),
        };
        Ok(table)
    };
    if others(&changed)? == others(body)? {
        Ok(Some(mark.to_owned() + &changed))
    } else {
        Err("it would have another meaning".to_owned())
    }
}

/// Where the line after the heading of a profile's table begins, in bytes.
fn behind_heading(text: &str, profile: &str) -> Result<usize, String> {
    let plain = |text: &str| text.replace([' ', '\t', '"', '\''], "");
    let heading = format!("[profiles.{}]", plain(profile));
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        at += line.len();
        let line = line.split('#').next().unwrap_or_default();
        if plain(line.trim()) == heading {
            return if text.get(..at).is_some_and(|it| it.ends_with('\n')) {
                Ok(at)
            } else {
                Err("its last line has no end".to_owned())
            };
        }
    }
    Err(format!("it has no line [profiles.{profile}]"))
}

/// Writes a file beside the other and puts it in its place, so that there is always a whole one.
fn replace(file: &Path, write: impl FnOnce(&mut fs::File) -> io::Result<()>) -> io::Result<()> {
    let beside = beside(file);
    // One that a killed process has left would be in the way.
    let _ = fs::remove_file(&beside);
    let mut options = OpenOptions::new();
    let opened = options.write(true).create_new(true).mode(0o600).open(&beside);
    let written = opened.and_then(|mut new| {
        write(&mut new)?;
        new.sync_all()?;
        fs::rename(&beside, file)
    });
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written
}

fn beside(file: &Path) -> PathBuf {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    file.with_file_name(format!(".{name}.{}", std::process::id()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn only_the_token_is_written_and_only_its_user_can_read_it() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("hextop/token");
        for text in ["hxtp_first", "hxtp_second"] {
            write(&file, &Token::new(text).unwrap()).unwrap();
            assert_eq!(fs::read_to_string(&file).unwrap(), format!("{text}\n"));
        }
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&file), mode(file.parent().unwrap())), (0o600, 0o700));
        assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 1, "nothing is left");
    }

    #[test]
    fn the_settings_name_the_file_and_are_else_as_they_were() {
        let of = |text: &str| with_token_file(text, "");
        let changed = |text: &str| of(text).unwrap().unwrap();
        assert_eq!(changed(""), "token_file = \"token\"\n");
        let own = "# mine\nmouse = false\n[filters]\na = \"b\"\n";
        assert_eq!(changed(own), format!("token_file = \"token\"\n{own}"));
        let empty = "mouse = false\ntoken_file   = ''  # none\n[filters]\n";
        let filled = "mouse = false\ntoken_file   = \"token\"  # none\n[filters]\n";
        assert_eq!(changed(empty), filled);
        assert_eq!(
            changed("\u{feff}mouse = true\n"),
            "\u{feff}token_file = \"token\"\nmouse = true\n"
        );
        assert_eq!(of("token_file = \"~/mine\""), Ok(None));
        assert!(of("mouse = ").is_err());
    }

    #[test]
    fn a_profile_names_a_file_of_its_own_in_its_own_table() {
        let own = "mouse = false\n[profiles.a]\nlabel = \"A\"\n[ profiles . \"b\" ] # the other\n";
        let changed = with_token_file(own, "b").unwrap().unwrap();
        assert_eq!(changed, format!("{own}token_file = \"b.token\"\n"));
        let first = with_token_file(&changed, "a").unwrap().unwrap();
        assert!(first.contains("[profiles.a]\ntoken_file = \"a.token\"\nlabel"), "{first}");
        assert_eq!(with_token_file(&changed, "b"), Ok(None));
        for (text, profile) in [(own, "c"), ("profiles = { a = {} }\n", "a")] {
            let why = with_token_file(text, profile).unwrap_err();
            assert!(why.contains("it has no"), "{why}");
        }
    }

    #[test]
    fn settings_that_are_not_there_are_made_and_a_link_stays_one() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("config.toml");
        assert_eq!(name_in_settings(&file, ""), Ok(true));
        assert_eq!(name_in_settings(&file, ""), Ok(false));
        let link = home.path().join("link.toml");
        fs::write(home.path().join("real.toml"), "mouse = false\n").unwrap();
        std::os::unix::fs::symlink("real.toml", &link).unwrap();
        assert_eq!(name_in_settings(&link, ""), Ok(true));
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        let real = fs::read_to_string(home.path().join("real.toml")).unwrap();
        assert_eq!(real, "token_file = \"token\"\nmouse = false\n");
        fs::write(&file, "mouse = ").unwrap();
        let said = name_in_settings(&file, "").unwrap_err();
        assert!(said.contains("add the line token_file = \"token\""), "{said}");
    }
}

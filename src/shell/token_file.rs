//! The file in which `hextop login` keeps the token, and the line of the settings that names it.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use toml::de::DeTable;

use super::private;
use crate::api::Token;

/// The name of the file beside these settings, of a profile or of none. Other settings in the same directory have
/// another one: their token may be for another host.
pub fn name(settings: &Path, profile: &str) -> String {
    let stem = settings.file_stem().unwrap_or_default().to_string_lossy();
    let own = if stem == "config" { String::new() } else { format!("{stem}.") };
    if profile.is_empty() { format!("{own}token") } else { format!("{own}{profile}.token") }
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

/// What the settings in `file`, or a profile in them, say of a setting that is a text; none if it is not there, or empty.
///
/// # Errors
/// A sentence, if the file cannot be read.
pub fn said(file: &Path, profile: &str, setting: &str) -> Result<Option<String>, String> {
    let wrong = |why: String| format!("{} cannot be read: {why}", file.display());
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(wrong(error.to_string())),
    };
    let text = crate::domain::text::without_mark(&text);
    let table: toml::Table = text.parse().map_err(|_| wrong("it does not fit".to_owned()))?;
    let of = match profile {
        "" => Some(&table),
        name => table.get("profiles").and_then(|all| all.get(name)?.as_table()),
    };
    let value = of.and_then(|of| of.get(setting)?.as_str()).filter(|value| !value.is_empty());
    Ok(value.map(str::to_owned))
}

/// Has the settings in `file`, or a profile in them, say this of a setting, and changes nothing else in them; tells
/// whether they were changed: what they say already stays. Settings that are not there are made.
///
/// # Errors
/// A sentence that says which line is to be added by hand.
pub fn set(file: &Path, profile: &str, setting: &str, value: &str) -> Result<bool, String> {
    let of = if profile.is_empty() { String::new() } else { format!(" to the profile {profile}") };
    let by_hand = |why: String| {
        let file = file.display();
        format!("{file} was not changed ({why}): add the line {setting} = \"{value}\"{of}")
    };
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(by_hand(error.to_string())),
    };
    let Some(changed) = with_setting(&text, profile, setting, value).map_err(by_hand)? else {
        return Ok(false);
    };
    // A link is kept, and what it leads to is changed.
    let place = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    if let Some(directory) = place.parent().filter(|it| !it.as_os_str().is_empty()) {
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(directory);
        made.map_err(|error| by_hand(error.to_string()))?;
    }
    let mode = fs::metadata(&place).map(|meta| meta.permissions());
    replace(&place, |out| out.write_all(changed.as_bytes()))
        .and_then(|()| mode.map_or(Ok(()), |mode| fs::set_permissions(&place, mode)))
        .map_err(|error| by_hand(error.to_string()))?;
    Ok(true)
}

/// The settings with a setting in them, or in a profile; none if they say something of it already.
fn with_setting(
    text: &str,
    profile: &str,
    setting: &str,
    value: &str,
) -> Result<Option<String>, String> {
    let body = crate::domain::text::without_mark(text);
    let mark = text.get(..text.len() - body.len()).unwrap_or_default();
    let wrong = |_| "it does not fit".to_owned();
    let table = DeTable::parse(body).map_err(wrong)?.into_inner();
    let of = match profile {
        "" => Some(&table),
        name => table
            .get("profiles")
            .and_then(|all| all.get_ref().as_table()?.get(name)?.get_ref().as_table()),
    };
    let of = of.ok_or_else(|| format!("it has no profile {profile}"))?;
    let value = toml::Value::from(value).to_string();
    let changed = match of.get(setting) {
        None => {
            let at = if profile.is_empty() { 0 } else { behind_heading(body, profile)? };
            let (before, after) = body.split_at_checked(at).unwrap_or(("", body));
            format!("{before}{setting} = {value}\n{after}")
        }
        Some(named) if named.get_ref().as_str() == Some("") => {
            let (before, after) = (body.get(..named.span().start), body.get(named.span().end..));
            [before.unwrap_or_default(), &value, after.unwrap_or_default()].concat()
        }
        Some(_) => return Ok(None),
    };
    let others = |text: &str| -> Result<toml::Table, String> {
        let mut table: toml::Table = text.parse().map_err(wrong)?;
        let all = table.get_mut("profiles").and_then(toml::Value::as_table_mut);
        match all.and_then(|all| all.get_mut(profile)).and_then(toml::Value::as_table_mut) {
            Some(profile) => profile.remove(setting),
            None => table.remove(setting),
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
        let of = |text: &str| with_setting(text, "", "token_file", "token");
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
        let changed = with_setting(own, "b", "token_file", "b.token").unwrap().unwrap();
        assert_eq!(changed, format!("{own}token_file = \"b.token\"\n"));
        let first = with_setting(&changed, "a", "token_file", "a.token").unwrap().unwrap();
        assert!(first.contains("[profiles.a]\ntoken_file = \"a.token\"\nlabel"), "{first}");
        assert_eq!(with_setting(&changed, "b", "token_file", "b.token"), Ok(None));
        for (text, profile) in [(own, "c"), ("profiles = { a = {} }\n", "a")] {
            let why = with_setting(text, profile, "token_file", "x").unwrap_err();
            assert!(why.contains("it has no"), "{why}");
        }
    }

    #[test]
    fn other_settings_in_the_same_directory_have_a_token_of_their_own() {
        let of = |file: &str, profile: &str| name(Path::new(file), profile);
        assert_eq!(of("/c/config.toml", ""), "token");
        assert_eq!(of("/c/config.toml", "a"), "a.token");
        assert_eq!(of("/c/b.toml", ""), "b.token");
        assert_eq!(of("/c/b.toml", "a"), "b.a.token");
    }

    #[test]
    fn settings_that_are_not_there_are_made_and_a_link_stays_one() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("not/there/config.toml");
        assert_eq!(set(&file, "", "token_file", "token"), Ok(true));
        assert_eq!(set(&file, "", "token_file", "token"), Ok(false));
        let link = home.path().join("link.toml");
        fs::write(home.path().join("real.toml"), "mouse = false\n").unwrap();
        std::os::unix::fs::symlink("real.toml", &link).unwrap();
        assert_eq!(set(&link, "", "token_file", "token"), Ok(true));
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        let real = fs::read_to_string(home.path().join("real.toml")).unwrap();
        assert_eq!(real, "token_file = \"token\"\nmouse = false\n");
        fs::write(&file, "mouse = ").unwrap();
        let said = set(&file, "", "token_file", "token").unwrap_err();
        assert!(said.contains("add the line token_file = \"token\""), "{said}");
    }
}

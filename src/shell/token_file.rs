//! The file in which `hextop login` keeps the token, and the line of the settings that names it.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use super::private;
use crate::api::Token;

/// The name of the file beside the settings.
pub const NAME: &str = "token";

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

/// Has the settings in `file` name the token's file, and changes nothing else in them; tells whether
/// they were changed. Settings that are not there are made.
///
/// # Errors
/// A sentence that says which line is to be added by hand.
pub fn name_in_settings(file: &Path) -> Result<bool, String> {
    let by_hand = |why: String| {
        format!("{} was not changed ({why}): add the line token_file = \"{NAME}\"", file.display())
    };
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(by_hand(error.to_string())),
    };
    let Some(changed) = with_token_file(&text).map_err(by_hand)? else { return Ok(false) };
    // A link is kept, and what it leads to is changed.
    let place = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let mode = fs::metadata(&place).map(|meta| meta.permissions());
    replace(&place, |out| out.write_all(changed.as_bytes()))
        .and_then(|()| mode.map_or(Ok(()), |mode| fs::set_permissions(&place, mode)))
        .map_err(|error| by_hand(error.to_string()))?;
    Ok(true)
}

/// The settings with `token_file` in them; none if they name one already.
fn with_token_file(text: &str) -> Result<Option<String>, String> {
    #[derive(Deserialize)]
    struct Named {
        token_file: Option<Spanned<String>>,
    }
    let body = crate::domain::text::without_mark(text);
    let mark = text.get(..text.len() - body.len()).unwrap_or_default();
    let wrong = |_| "it does not fit".to_owned();
    let named: Named = toml::from_str(body).map_err(wrong)?;
    let value = format!("\"{NAME}\"");
    let changed = match named.token_file {
        None => format!("token_file = {value}\n{body}"),
        Some(named) if named.get_ref().is_empty() => {
            let (before, after) = (body.get(..named.span().start), body.get(named.span().end..));
            [before.unwrap_or_default(), &value, after.unwrap_or_default()].concat()
        }
        Some(_) => return Ok(None),
    };
    let others = |text: &str| -> Result<toml::Table, String> {
        let mut table: toml::Table = text.parse().map_err(wrong)?;
        table.remove("token_file");
        Ok(table)
    };
    if others(&changed)? == others(body)? {
        Ok(Some(mark.to_owned() + &changed))
    } else {
        Err("it would have another meaning".to_owned())
    }
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
        let of = |text: &str| with_token_file(text);
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
    fn settings_that_are_not_there_are_made_and_a_link_stays_one() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("config.toml");
        assert_eq!(name_in_settings(&file), Ok(true));
        assert_eq!(name_in_settings(&file), Ok(false));
        let link = home.path().join("link.toml");
        fs::write(home.path().join("real.toml"), "mouse = false\n").unwrap();
        std::os::unix::fs::symlink("real.toml", &link).unwrap();
        assert_eq!(name_in_settings(&link), Ok(true));
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        let real = fs::read_to_string(home.path().join("real.toml")).unwrap();
        assert_eq!(real, "token_file = \"token\"\nmouse = false\n");
        fs::write(&file, "mouse = ").unwrap();
        let said = name_in_settings(&file).unwrap_err();
        assert!(said.contains("add the line token_file = \"token\""), "{said}");
    }
}

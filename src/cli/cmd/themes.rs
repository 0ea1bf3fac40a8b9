//! `hextop themes`: which looks there are, and how each is.

use std::io::{self, IsTerminal};

use clap::Args;
use serde_json::json;

use crate::cli::settings_args::SettingsArgs;
use crate::cli::{USAGE, colours, complain, print};
use crate::shell::config::Config;
use crate::ui::text::{pad, width};
use crate::ui::theme::{NAMES, Roles, sgr};

#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  hextop themes\n  hextop themes --json | jq -r .name")]
pub(in crate::cli) struct ThemesArgs {
    /// One JSON object a line, for scripts: name, file (null for one that comes with hextop), current
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    settings: SettingsArgs,
}

/// A theme, and where it is from.
struct Listed {
    name: String,
    /// Its file, as the settings say it; none if it comes with hextop.
    file: Option<String>,
    current: bool,
    roles: &'static Roles,
}

/// Prints the themes; gives the exit code.
pub(super) fn run(args: &ThemesArgs) -> u8 {
    let themes = match args.settings.load() {
        Ok((config, _)) => listed(&config),
        Err(error) => Err(error.to_string()),
    };
    let themes = match themes {
        Ok(themes) => themes,
        Err(why) => {
            complain(&why, USAGE);
            return USAGE;
        }
    };
    let colour = colours(io::stdout().is_terminal(), crate::shell::terminal::variable);
    print(&if args.json { objects(&themes) } else { table(&themes, colour) })
}

/// Those that come with hextop, and the one that the settings name, if it is another.
fn listed(config: &Config) -> Result<Vec<Listed>, String> {
    let current = config.theme()?;
    let own = NAMES.iter().filter_map(|name| {
        let roles = Roles::named(name)?;
        Some(Listed { name: (*name).to_owned(), file: None, current: config.theme == *name, roles })
    });
    let file = (!NAMES.contains(&config.theme.as_str())).then(|| {
        let stem = std::path::PathBuf::from(&config.theme);
        let name = stem.file_stem().map(|stem| stem.to_string_lossy().into_owned());
        let file = Some(config.theme.clone());
        Listed { name: name.unwrap_or_default(), file, current: true, roles: current }
    });
    Ok(own.chain(file).collect())
}

fn objects(themes: &[Listed]) -> String {
    let object = |theme: &Listed| {
        let Listed { name, file, current, .. } = theme;
        json!({ "name": name, "file": file, "current": current }).to_string() + "\n"
    };
    themes.iter().map(object).collect()
}

/// A line for each: a star before the current one, its name, where it is from; with colours also what each role
/// looks like.
fn table(themes: &[Listed], colour: bool) -> String {
    let longest = themes.iter().map(|theme| width(&theme.name)).max().unwrap_or(0) + 2;
    let mut text = String::new();
    for theme in themes {
        let star = if theme.current { '*' } else { ' ' };
        let from = theme.file.as_deref().unwrap_or("comes with hextop");
        text += &format!("{star} {}{from}\n", pad(&theme.name, longest));
        if colour {
            let shown = theme.roles.looks().map(|(name, look)| {
                let look = theme.roles.on_screen(look);
                format!("{} {name} \u{1b}[0m", sgr(look))
            });
            let (first, second) = shown.split_at(shown.len() / 2);
            text += &format!("  {}\n  {}\n", first.concat(), second.concat());
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_themes_are_listed_with_where_each_is_from() {
        let themes = listed(&Config { theme: "dark".to_owned(), ..Config::default() }).unwrap();
        let shown = table(&themes, false);
        assert_eq!(
            shown,
            "  terminal       comes with hextop\n* dark           comes with hextop\n  \
             light          comes with hextop\n  high-contrast  comes with hextop\n  \
             colour-blind   comes with hextop\n"
        );
        let object = objects(&themes).lines().nth(1).unwrap().to_owned();
        assert_eq!(object, r#"{"name":"dark","file":null,"current":true}"#);
        let coloured = table(&themes, true);
        assert_eq!(coloured.matches(" running ").count(), 5, "{coloured}");
        assert!(coloured.contains("\u{1b}[0;"), "{coloured}");
    }

    #[test]
    fn a_theme_of_a_file_is_listed_with_its_file_and_a_wrong_one_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("mine.toml");
        std::fs::write(&file, "bad = \"#ff0000 bold\"\n").unwrap();
        let theme = file.to_str().unwrap().to_owned();
        let config = Config { theme: theme.clone(), ..Config::default() };
        let themes = listed(&config).unwrap();
        let last = themes.last().unwrap();
        assert_eq!((last.name.as_str(), last.file.as_deref()), ("mine", Some(theme.as_str())));
        assert_eq!(themes.iter().filter(|theme| theme.current).count(), 1);
        assert!(table(&themes, true).contains("\u{1b}[0;38;2;255;0;0;1m bad "));
        std::fs::write(&file, "worse = \"red\"\n").unwrap();
        assert!(listed(&config).err().unwrap().contains("worse"));
    }
}

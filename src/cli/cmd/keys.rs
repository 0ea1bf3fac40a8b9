//! `hextop keys`: which keys do what, in each place.

use clap::Args;

use crate::cli::USAGE;
use crate::cli::settings_args::SettingsArgs;
use crate::ui::command::Keymap;
use crate::ui::text::{pad, width};

#[derive(Debug, Args)]
pub(in crate::cli) struct KeysArgs {
    #[command(flatten)]
    settings: SettingsArgs,
    /// As Markdown, a table for each place
    #[arg(long)]
    markdown: bool,
}

/// Prints the keys in force; gives the exit code.
pub(super) fn run(args: &KeysArgs) -> u8 {
    let keys = match args.settings.load() {
        Ok((config, _)) => config.keymap().unwrap_or_default(),
        Err(error) => {
            crate::cli::complain(&error.to_string(), USAGE);
            return USAGE;
        }
    };
    crate::cli::print(&if args.markdown { keys.markdown() } else { plain(&keys) })
}

/// A section for each place: keys, command, what it does.
fn plain(keys: &Keymap) -> String {
    let mut text = String::new();
    for (context, bounds) in keys.contexts() {
        let rows: Vec<_> = bounds
            .iter()
            .map(|bound| {
                let names = bound.names().collect::<Vec<_>>().join("  ");
                (names, bound.command.to_string(), bound.help.as_str())
            })
            .collect();
        let longest = |column: fn(&(String, String, &str)) -> usize| {
            rows.iter().map(column).max().unwrap_or_default() + 2
        };
        let (first, second) = (longest(|row| width(&row.0)), longest(|row| width(&row.1)));
        text += &format!("{}\n", context.name());
        for (names, command, help) in rows {
            text += &format!("  {}{}{help}\n", pad(&names, first), pad(&command, second));
        }
        text += "\n";
    }
    text.trim_end().to_owned() + "\n"
}

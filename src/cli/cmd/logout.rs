//! `hextop logout`: removes the file with the token, after asking.

use std::fs;
use std::io::{self, BufRead, IsTerminal, Write};
use std::process::ExitCode;

use clap::Args;
use color_eyre::eyre::Result;

use crate::cli::settings_args::SettingsArgs;
use crate::cli::workspace;
use crate::cli::{FAILED, NOT_FOUND, USAGE, complain, print};
use crate::shell::config::{Config, TOKEN_VARIABLE};

/// Which token.
#[derive(Args, Debug)]
#[command(
    after_help = "The file is the one that token_file names, else `token` beside the settings. The token itself\n\
                  stays good until it is revoked in Hex under Settings, API keys.\n\n\
                  Examples:\n  hextop logout\n  hextop logout --yes"
)]
pub(in crate::cli) struct LogoutArgs {
    /// Remove it without asking
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    settings: SettingsArgs,
}

pub(super) fn run(args: &LogoutArgs) -> Result<ExitCode> {
    let config = match args.settings.load() {
        Ok((config, _)) => config,
        Err(error) => return Ok(workspace::refuse(error)),
    };
    let Some((settings, _)) = args.settings.file() else {
        let text = "no home directory is known in which a token could be kept: set HOME";
        return Ok(complain(text, USAGE));
    };
    let file = match config.login_file(&settings) {
        Ok(file) => file,
        Err(error) => return Ok(workspace::refuse(error)),
    };
    let shown = file.display();
    match fs::symlink_metadata(&file) {
        Ok(meta) if meta.is_file() || meta.is_symlink() => {}
        Ok(_) => {
            return Ok(complain(&format!("{shown} is not a file: nothing was removed"), USAGE));
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Ok(complain(
                &format!("no token is kept in {shown}{}", elsewhere(&config)),
                NOT_FOUND,
            ));
        }
        Err(error) => return Ok(complain(&format!("{shown}: {error}"), FAILED)),
    }
    if !args.yes {
        if !io::stdin().is_terminal() {
            let text = format!("{shown} would be removed: say --yes where nobody can be asked");
            return Ok(complain(&text, USAGE));
        }
        let mut err = io::stderr().lock();
        write!(err, "Remove {shown}? [y/N] ")?;
        err.flush()?;
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer)?;
        if !matches!(answer.trim().to_lowercase().as_str(), "y" | "yes") {
            return Ok(complain("nothing was removed", FAILED));
        }
    }
    if let Err(error) = fs::remove_file(&file) {
        return Ok(complain(&format!("{shown} cannot be removed: {error}"), FAILED));
    }
    let text = format!(
        "{shown} is removed. The token itself stays good until it is revoked in Hex under Settings, \
         API keys{}{}\n",
        named(&config),
        elsewhere(&config)
    );
    Ok(ExitCode::from(print(&text)))
}

/// That the settings go on naming the file, if they do.
fn named(config: &Config) -> &'static str {
    if config.token_file.is_empty() {
        return "";
    }
    "; the settings still name the file (token_file): `hextop login` writes it anew"
}

/// Where a token is besides.
fn elsewhere(config: &Config) -> String {
    let variable = std::env::var(TOKEN_VARIABLE).is_ok_and(|text| !text.trim().is_empty());
    let variable = variable.then(|| format!("; {TOKEN_VARIABLE} is set and stays so"));
    let command = (!config.token_command.is_empty())
        .then(|| "; token_command is set and still gives one".to_owned());
    variable.into_iter().chain(command).collect()
}

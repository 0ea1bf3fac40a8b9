//! `hextop notify test`: tells an alert that means nothing by every way that the settings name.

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use color_eyre::eyre::Result;

use crate::cli::settings_args::SettingsArgs;
use crate::cli::{FAILED, USAGE, complain, runtime};
use crate::clock;
use crate::domain::{ProjectId, RunId, RunStatus};
use crate::engine::alerts::{Alert, AlertItem, AlertKind, Known};
use crate::shell::notify::Notifier;

#[derive(Debug, Args)]
pub(in crate::cli) struct NotifyArgs {
    #[command(subcommand)]
    command: NotifyCommand,
}

#[derive(Debug, Subcommand)]
enum NotifyCommand {
    /// Tell an alert that means nothing, and say by which ways that was tried
    Test(SettingsArgs),
}

pub(super) fn run(args: &NotifyArgs) -> Result<ExitCode> {
    let NotifyCommand::Test(settings) = &args.command;
    let notifier = match settings.load() {
        Ok((config, _)) => config.notifier("hextop notify test"),
        Err(error) => return Ok(complain(&error.to_string(), USAGE)),
    };
    let notifier = match notifier {
        Ok(notifier) => notifier,
        Err(why) => return Ok(complain(&why, USAGE)),
    };
    let mut err = io::stderr().lock();
    for line in ways(&notifier) {
        let _ = writeln!(err, "{line}");
    }
    drop(err);
    // Whoever asks for a test wants to be told.
    let notifier = Notifier { quiet: crate::domain::Hours::default(), ..notifier };
    let write = |bytes: &[u8]| {
        let mut out = io::stdout().lock();
        out.write_all(bytes).and_then(|()| out.flush())
    };
    let told = runtime()?.block_on(notifier.tell(&example(), write));
    Ok(match told {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => complain(&why, FAILED),
    })
}

/// What is tried, a line for each way.
fn ways(notifier: &Notifier) -> Vec<String> {
    let now = clock::now().wall.to_zoned(notifier.zone.clone());
    let quiet = notifier.quiet.contains(now.weekday(), now.time());
    let quiet = quiet.then(|| "quiet hours: an alert would not be told now".to_owned());
    let command = match &notifier.command {
        Some(_) => "notify_command: it gets the alert on its standard input",
        None => "notify_command: none is set",
    };
    let terminal = format!("terminal: {}", notifier.terminal.words());
    [terminal, command.to_owned()].into_iter().chain(quiet).collect()
}

fn example() -> Alert {
    let item = AlertItem {
        kind: AlertKind::Runaway,
        project: ProjectId::new("00000000-0000-4000-8000-000000000000"),
        title: "Example".into(),
        run: RunId::new("e7a3b1c2-0000-4000-8000-000000000000"),
        status: RunStatus::Running,
        known: Known::default(),
    };
    Alert { at: clock::now().wall, items: vec![item], more: 0 }
}

//! The subcommands, one file each.

mod cancel;
mod completions;
mod guard;
mod help;
mod journal;
mod keys;
mod man;
mod notify;
mod run;
mod screenshot;
pub(super) mod sim;
mod themes;
mod timeline;
mod watch;

use std::process::ExitCode;

use clap::Subcommand;
use color_eyre::eyre::Result;

use super::{print, runtime};
use crate::shell::config;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Start one run with the given inputs, once, and perhaps wait for its end
    Run(run::RunArgs),
    /// Start again what the journal knows of a run, with changes
    Rerun(run::RerunArgs),
    /// Cancel runs, by name or by a filter, after asking, and say what came of each
    Cancel(cancel::CancelArgs),
    /// Print what was started and cancelled from this machine, and what became of it
    Journal(journal::JournalArgs),
    /// Print which changes of runs were seen from this machine, without asking Hex
    Timeline(timeline::TimelineArgs),
    /// Print each change of a run as one line, without a screen
    Watch(watch::WatchArgs),
    /// Carry out the rules of the settings without a screen, for a service manager
    Guard(guard::GuardArgs),
    /// Serve a simulated Hex workspace to any client, until interrupted
    Sim(sim::SimArgs),
    /// Draw the dashboard of a simulated workspace as text or SVG
    Screenshot(screenshot::ScreenshotArgs),
    /// Print every setting with its default and its explanation
    Config,
    /// Try how alerts reach you
    Notify(notify::NotifyArgs),
    /// Print which keys do what, in each place
    Keys(keys::KeysArgs),
    /// List the themes, and on a terminal show their colours
    Themes(themes::ThemesArgs),
    /// Print the completions for a shell
    Completions(completions::CompletionsArgs),
    /// Print the man page, or write one for each command
    Man(man::ManArgs),
    /// Print a page of help, or the help of a command
    Help(help::HelpArgs),
}

impl Command {
    pub(super) fn run(self) -> Result<ExitCode> {
        match self {
            Self::Run(args) => run::run(args),
            Self::Rerun(args) => run::rerun(args),
            Self::Cancel(args) => cancel::run(args),
            Self::Journal(args) => journal::run(&args),
            Self::Timeline(args) => Ok(timeline::run(&args)),
            Self::Watch(args) => watch::run(&args),
            Self::Guard(args) => guard::run(&args),
            Self::Sim(sim) => runtime()?.block_on(sim::run(sim)),
            Self::Screenshot(shot) => screenshot::run(&shot),
            Self::Notify(args) => notify::run(&args),
            Self::Keys(args) => Ok(ExitCode::from(keys::run(&args))),
            Self::Themes(args) => Ok(ExitCode::from(themes::run(&args))),
            Self::Completions(args) => Ok(ExitCode::from(completions::run(&args))),
            Self::Man(args) => Ok(ExitCode::from(man::run(&args))),
            Self::Help(args) => Ok(ExitCode::from(help::run(&args))),
            Self::Config => Ok(ExitCode::from(print(config::DEFAULTS))),
        }
    }
}

//! The subcommands, one file each.

mod cancel;
mod completions;
mod config;
mod doctor;
mod export;
mod guard;
mod help;
mod inputs;
mod journal;
mod keys;
mod login;
mod logout;
mod man;
mod notify;
mod projects;
mod run;
mod runs;
mod screenshot;
pub(super) mod sim;
mod status;
mod themes;
mod timeline;
mod watch;

use std::process::ExitCode;

use clap::Subcommand;
use color_eyre::eyre::Result;

use super::runtime;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Print which projects there are, and when each starts next
    Projects(projects::ProjectsArgs),
    /// Print runs, newest first, of some projects or of all that are watched
    Runs(runs::RunsArgs),
    /// Print how one run is, and perhaps wait for its end
    Status(status::StatusArgs),
    /// Start one run with the given inputs, once, and perhaps wait for its end
    Run(run::RunArgs),
    /// Start again what the journal knows of a run, with changes
    Rerun(run::RerunArgs),
    /// Print which inputs a project's app has, as far as is known
    Inputs(inputs::InputsArgs),
    /// Cancel runs, by name or by a filter, after asking, and say what came of each
    Cancel(cancel::CancelArgs),
    /// Print what was started and cancelled from this machine, and what became of it
    Journal(journal::JournalArgs),
    /// Print which changes of runs were seen from this machine, without asking Hex
    Timeline(timeline::TimelineArgs),
    /// Write what this machine has of runs or of the journal, as CSV or JSON lines
    Export(export::ExportArgs),
    /// Print each change of a run as one line, without a screen
    Watch(watch::WatchArgs),
    /// Carry out the rules of the settings without a screen, for a service manager
    Guard(guard::GuardArgs),
    /// Find out what keeps hextop from working, and say what to do about each
    Doctor(doctor::DoctorArgs),
    /// Take a token without showing it, check it, and keep it in a file for you alone
    Login(login::LoginArgs),
    /// Remove the file with the token
    Logout(logout::LogoutArgs),
    /// Serve a simulated Hex workspace to any client, until interrupted
    Sim(sim::SimArgs),
    /// Draw the dashboard of a simulated workspace as text or SVG
    Screenshot(screenshot::ScreenshotArgs),
    /// Print every setting with its default and its explanation; write, check or show settings
    Config(config::ConfigArgs),
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
            Self::Projects(args) => projects::run(&args),
            Self::Runs(args) => runs::run(&args),
            Self::Status(args) => status::run(&args),
            Self::Inputs(args) => inputs::run(&args),
            Self::Export(args) => Ok(export::run(&args)),
            Self::Run(args) => run::run(args),
            Self::Rerun(args) => run::rerun(args),
            Self::Cancel(args) => cancel::run(args),
            Self::Journal(args) => journal::run(&args),
            Self::Timeline(args) => Ok(timeline::run(&args)),
            Self::Watch(args) => watch::run(&args),
            Self::Guard(args) => guard::run(&args),
            Self::Doctor(args) => doctor::run(&args),
            Self::Login(args) => login::run(&args),
            Self::Logout(args) => logout::run(&args),
            Self::Sim(sim) => runtime()?.block_on(sim::run(sim)),
            Self::Screenshot(shot) => screenshot::run(&shot),
            Self::Notify(args) => notify::run(&args),
            Self::Keys(args) => Ok(ExitCode::from(keys::run(&args))),
            Self::Themes(args) => Ok(ExitCode::from(themes::run(&args))),
            Self::Completions(args) => Ok(ExitCode::from(completions::run(&args))),
            Self::Man(args) => Ok(ExitCode::from(man::run(&args))),
            Self::Help(args) => Ok(ExitCode::from(help::run(&args))),
            Self::Config(args) => Ok(config::run(&args)),
        }
    }
}

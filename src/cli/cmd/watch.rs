//! `hextop watch`: every change of a run as one line, without a screen.
//!
//! It goes on through outages and locks, and says when the view is lost and when it is back, so
//! that silence means that nothing has happened.

pub(super) mod lines;
mod task;
#[cfg(test)]
pub(super) mod tests;

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use color_eyre::eyre::Result;

use crate::cli::dashboard::DashboardArgs;
use crate::cli::output::Output;
use crate::cli::workspace::{self, Workspace, interrupted};
use crate::cli::{AUTH, NETWORK, USAGE, complain, duration, runtime, written};
use crate::clock::{self, Clock};
use crate::domain::Now;
use crate::engine::Model;
use crate::engine::model::Health;
use crate::engine::queries::watch_reporter::Report;
use crate::shell::headless::Headless;
use crate::shell::outgoing;
pub(super) use task::{Ended, Listener, WatchTask};

/// What is watched, and how it is told.
#[derive(Args, Debug)]
pub(in crate::cli) struct WatchArgs {
    /// One JSON object a line, for scripts
    #[arg(long)]
    json: bool,
    /// End by itself after this time, such as 90s, 2m or 1h30m
    #[arg(long = "for", value_name = "DURATION", value_parser = duration)]
    span: Option<Duration>,
    #[command(flatten)]
    workspace: DashboardArgs,
}

pub(super) fn run(args: &WatchArgs) -> Result<ExitCode> {
    runtime()?.block_on(async {
        match workspace::open(&args.workspace.workspace, &args.workspace.watched).await {
            Ok(workspace) => Box::pin(watch(args, workspace)).await,
            Err(code) => Ok(code),
        }
    })
}

async fn watch(args: &WatchArgs, workspace: Workspace) -> Result<ExitCode> {
    let clock = Clock::System;
    let interrupted = interrupted()?;
    let stop = Box::pin(async {
        tokio::select! {
            number = interrupted => Ended::Signal(number),
            () = reader_gone() => Ended::Unread,
        }
    });
    let teller = Teller { json: args.json };
    let model = Model::new(workspace.config.engine()).sharing(workspace.session);
    let until = args.span.map(|span| clock::now().boot + span);
    let (wire, store) = (workspace.wire, workspace.store);
    let task = WatchTask::new(teller, until);
    let headless = Headless { model, task, wire, stop, store, clock };
    match headless.run().await {
        Ok((ended, model)) => Ok(exit(&ended, &model)),
        // Nothing but printing fails; whoever has gone away has seen enough.
        Err(error) => Ok(ExitCode::from(written(Err(error)))),
    }
}

/// Says why it ended, where that is not what was asked for.
pub(super) fn exit(ended: &Ended, model: &Model) -> ExitCode {
    match ended {
        // By convention 128 and the signal's number.
        Ended::Signal(number) => ExitCode::from(128 + number),
        Ended::Unread => ExitCode::SUCCESS,
        Ended::TokenRefused => complain(&format!("{}.", crate::api::ApiError::Unauthorized), AUTH),
        Ended::NoSuchProject(names) => {
            let among = model.listing_cut().map(|cut| format!(" among the first {}", cut.projects));
            let among = among.unwrap_or_default();
            let text = format!("no project is called {}{among}", names.join(", "));
            complain(&lines::printable(&text), USAGE)
        }
        Ended::TimeUp => match model.health(clock::now().boot) {
            Health::Live { .. } => ExitCode::SUCCESS,
            // What happened last is not known, and nobody may take that for calm.
            Health::Locked { .. } => complain("the time was up while Hex refused (429)", NETWORK),
            Health::Offline { error, .. } => {
                let text = format!("the time was up while nothing got through: {error}");
                complain(&lines::printable(&text), NETWORK)
            }
            Health::TokenRefused | Health::TokenDoubted { .. } => {
                complain(&format!("{}.", crate::api::ApiError::Unauthorized), AUTH)
            }
            Health::Starting => complain("the time was up before anything could be read", NETWORK),
        },
    }
}

/// Prints reports as they come.
#[derive(Debug)]
pub(super) struct Teller {
    pub(super) json: bool,
}

impl Listener for Teller {
    fn hear(&mut self, report: &Report, model: &Model, now: Now) -> io::Result<()> {
        let at = model.server_now(now);
        if self.json {
            return say(io::stdout().lock(), &lines::json(report, at, now.boot));
        }
        let line = lines::plain(report, at, now.boot, Output::here());
        match report {
            Report::Run(_) | Report::Verdict(_) | Report::Rule(_) | Report::Cancelled(_) => {
                say(io::stdout().lock(), &line)
            }
            _ => say(io::stderr().lock(), &format!("hextop: {line}")),
        }
    }
}

/// Writes one line and sees to it that it leaves.
fn say(mut out: impl Write, line: &str) -> io::Result<()> {
    writeln!(out, "{}", outgoing::clean(line))?;
    out.flush()
}

/// Comes when nobody reads standard output any more, as after `| head`. Nothing would be told of
/// it before the next change, which may be hours away.
pub(super) async fn reader_gone() {
    use std::os::fd::AsFd;
    use tokio::io::Interest;
    use tokio::net::unix::pipe::Sender;
    // Only waited for, never written to, so it may stay a blocking one. A file cannot be waited
    // for like this, and is never gone like this.
    let out = io::stdout().as_fd().try_clone_to_owned().and_then(Sender::from_owned_fd_unchecked);
    match out {
        Ok(out) if out.ready(Interest::ERROR).await.is_ok() => {}
        _ => std::future::pending().await,
    }
}

//! `hextop guard`: the rules of the settings carried out without a screen, for a service manager.
//!
//! It says what rules do and what came of it, delivers alerts to the person's program, and keeps a file that
//! says how it is. With dashboards beside it only one process acts on a run.

mod status;
mod task;
#[cfg(test)]
mod tests;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use color_eyre::eyre::Result;

use super::watch::{self, Ended, Teller, WatchTask};
use crate::cli::dashboard::DashboardArgs;
use crate::cli::workspace::{self, Workspace, interrupted};
use crate::cli::{USAGE, complain, duration, runtime};
use crate::clock::{self, Clock};
use crate::domain::rules::Rule;
use crate::domain::runaway::Verdict;
use crate::engine::Model;
use crate::engine::alerts::Alert;
use crate::engine::model::{Automatic, Settings};
use crate::engine::queries::watch_reporter::Report;
use crate::shell::headless::Headless;
use crate::shell::outgoing;
use crate::ui::text::safe;
use status::StatusFile;
use task::{GuardTask, Messenger};

/// What is guarded, and how it is told.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  hextop guard --dry-run --for 10m      say what the rules would cancel\n  \
                        hextop guard --json --status-file /run/hextop/guard.json"
)]
pub(in crate::cli) struct GuardArgs {
    /// Say what the rules would cancel, and cancel nothing
    #[arg(long)]
    dry_run: bool,
    /// One JSON object a line, for scripts
    #[arg(long)]
    json: bool,
    /// Keep a JSON file that says how it is: written anew on each change, and every ten seconds
    #[arg(long, value_name = "FILE")]
    status_file: Option<PathBuf>,
    /// End by itself after this time, such as 90s, 2m or 1h30m
    #[arg(long = "for", value_name = "DURATION", value_parser = duration)]
    span: Option<Duration>,
    #[command(flatten)]
    workspace: DashboardArgs,
}

pub(super) fn run(args: &GuardArgs) -> Result<ExitCode> {
    runtime()?.block_on(async {
        match workspace::open(&args.workspace.workspace, &args.workspace.watched).await {
            Ok(workspace) => Box::pin(guard(args, workspace)).await,
            Err(code) => Ok(code),
        }
    })
}

/// Why there is nothing to guard, if so.
fn nothing(rules: &[Rule]) -> Option<&'static str> {
    let has_work = |rule: &Rule| rule.cancels() || rule.max_duration.is_some();
    let none = !rules.iter().any(has_work);
    none.then_some(
        "no rule in the settings cancels runs or tells of them: add a table [[rules]] with max_duration or \
         cancel_runaway, as `hextop config` explains",
    )
}

async fn guard(args: &GuardArgs, workspace: Workspace) -> Result<ExitCode> {
    let automatic = if args.dry_run { Automatic::DryRun } else { Automatic::On };
    let settings = Settings { automatic, ..workspace.config.engine() };
    if let Some(why) = nothing(&settings.rules) {
        return Ok(complain(why, USAGE));
    }
    let notifier = match workspace.config.notifier(&workspace.options.workspace) {
        Ok(notifier) => notifier,
        Err(why) => return Ok(complain(&why, USAGE)),
    };
    let status = match args.status_file.clone().map(StatusFile::new).transpose() {
        Ok(status) => status,
        Err(why) => return Ok(complain(&why, USAGE)),
    };
    let interrupted = interrupted()?;
    let stop = Box::pin(async {
        tokio::select! {
            number = interrupted => Ended::Signal(number),
            () = watch::reader_gone() => Ended::Unread,
        }
    });
    let teller = Rules(Teller { json: args.json });
    let until = args.span.map(|span| clock::now().boot + span);
    // A rule that nobody is there to see acts through the person's program alone.
    let notifier = Arc::new(notifier);
    let messenger = Program { notifier, dry_run: args.dry_run };
    let model = Model::new(settings).sharing(workspace.session);
    let headless = Headless {
        model: if args.dry_run { model } else { model.taking_up() },
        task: GuardTask::new(WatchTask::new(teller, until), messenger, status),
        wire: workspace.wire,
        stop,
        store: workspace.store,
        clock: Clock::System,
    };
    Ok(match Box::pin(headless.run()).await {
        Ok((ended, model)) => watch::exit(&ended, &model),
        Err(error) => ExitCode::from(crate::cli::written(Err(error))),
    })
}

/// Passes on what a guard has to say: runs that come and go are not among it.
#[derive(Debug)]
struct Rules(Teller);

impl watch::Listener for Rules {
    fn hear(&mut self, report: &Report, model: &Model, now: crate::domain::Now) -> io::Result<()> {
        let is_told = match report {
            Report::Run(_) => false,
            Report::Verdict(news) => news.verdict == Verdict::Runaway,
            _ => true,
        };
        if is_told { self.0.hear(report, model, now) } else { Ok(()) }
    }
}

/// The person's program, which is told of alerts.
struct Program {
    notifier: Arc<crate::shell::notify::Notifier>,
    dry_run: bool,
}

impl Messenger for Program {
    fn tell(&self, alert: Alert) {
        if self.dry_run || self.notifier.command.is_none() {
            return;
        }
        let notifier = Arc::clone(&self.notifier);
        tokio::spawn(async move {
            // There is no terminal whose person could be told.
            if let Err(why) = notifier.tell(&alert, |_| Ok(())).await {
                let text = outgoing::clean(&safe(&why)).into_owned();
                let _ = writeln!(io::stderr().lock(), "hextop: {text}");
            }
        });
    }
}

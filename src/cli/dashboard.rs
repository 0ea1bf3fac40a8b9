//! `hextop` itself: the dashboard on a real workspace, or on a simulated one in this process.

use std::io::{self, BufRead, Write};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};

use clap::Args;
use color_eyre::eyre::{Report, Result, WrapErr};
use futures_util::{Stream, stream};

use super::profiles::{Next, Opened, reloads};
use super::workspace::{self, WatchedArgs, Workspace, WorkspaceArgs, signals};
use super::{AUTH, FAILED, USAGE, complain, runtime};
use crate::clock::{self, Clock};
use crate::engine::Model;
use crate::engine::model::{Automatic, Settings};
use crate::shell::config::{ConfigError, state_dir};
use crate::shell::history::TOURS;
use crate::shell::host::Machine;
use crate::shell::input::Keyboard;
use crate::shell::run::Loop;
use crate::shell::stop;
use crate::shell::terminal::{self, Tty};
use crate::ui::{Msg, Options, State};

/// How the dashboard is started.
#[derive(Args, Debug)]
pub(super) struct DashboardArgs {
    #[command(flatten)]
    pub(super) watched: WatchedArgs,
    #[command(flatten)]
    pub(super) workspace: WorkspaceArgs,
}

pub(super) fn run(args: &DashboardArgs) -> Result<ExitCode> {
    if let Some(reason) = terminal::unfit() {
        return Ok(complain(&reason, USAGE));
    }
    let settings = &args.workspace.settings;
    let loaded = match settings.read() {
        Ok(loaded) => loaded,
        Err(error) => return Ok(complain(&error.to_string(), USAGE)),
    };
    for note in &loaded.notes {
        complain(note, 0);
    }
    // Only what draws needs it.
    if let Err(problem) = loaded.theme() {
        return Ok(complain(&problem.to_string(), USAGE));
    }
    let (config, file) = (loaded.config, settings.shown());
    workspace::open_log();
    let runtime = runtime()?;
    let ended = runtime.block_on(async {
        let shown = file.clone();
        let workspace = if args.workspace.demo {
            workspace::demo(&args.workspace, &args.watched).await?
        } else {
            match workspace::real(&args.workspace, &args.watched, config.clone(), shown) {
                Ok(workspace) => workspace,
                Err(ConfigError::NoToken) => match offer_demo(&file, &config.profiles)? {
                    Wish::Demo => workspace::demo(&args.workspace, &args.watched).await?,
                    Wish::Leave => return Ok(ExitCode::from(AUTH)),
                },
                Err(error) => return Ok(complain(&error.to_string(), USAGE)),
            }
        };
        Box::pin(show(workspace, args)).await
    });
    // A thread that waits for a file system that does not answer holds nothing up.
    runtime.shutdown_background();
    ended
}

/// Runs a loop on the terminal for one workspace after the other, until the person or a signal ends it.
async fn show(mut workspace: Workspace, args: &DashboardArgs) -> Result<ExitCode> {
    let signal = Arc::new(AtomicU8::new(0));
    // Pressed in an editor that has the terminal, ctrl-c is the editor's.
    let signals = signals(&signal, terminal::is_taken)?;
    let keyboard = Keyboard::open(Clock::System).wrap_err("the terminal cannot be read")?;
    let jobs = stop::signals()?;
    let mut keys = stream::select(keyboard, stream::select(signals, jobs));
    let mut screen = Tty::take().wrap_err("the terminal cannot be taken over")?;
    tokio::spawn(async { terminal::panic_if_told("task") });
    let next = Next::default();
    let ended = loop {
        let ended = Box::pin(play(workspace, args, &next, &mut screen, &mut keys)).await;
        let leaves = ended.as_ref().is_ok_and(|leaves| *leaves);
        match next.take().filter(|_| leaves && signal.load(Ordering::SeqCst) == 0) {
            Some(opened) => workspace = opened,
            None => break ended,
        }
    };
    let is_heard = terminal::give_back();
    let number = signal.load(Ordering::SeqCst);
    if number > 0 {
        // By convention 128 and the signal's number.
        return Ok(ExitCode::from(128 + number));
    }
    match ended {
        Ok(_) => Ok(ExitCode::SUCCESS),
        // A terminal that takes nothing would keep the program from ending.
        Err(error) if !is_heard => {
            tracing::error!(%error, "the terminal failed");
            Ok(ExitCode::from(FAILED))
        }
        Err(error) => Err(error).wrap_err("the terminal failed"),
    }
}

/// Runs the loop for one workspace; tells whether it made room for another one. Nothing of it is left afterwards but
/// what its store keeps.
async fn play(
    workspace: Workspace,
    args: &DashboardArgs,
    next: &Next,
    screen: &mut Tty,
    keys: &mut (impl Stream<Item = io::Result<Msg>> + Unpin),
) -> Result<bool> {
    let is_demo = workspace.is_demo();
    let Workspace { wire, config, options, session, store, server } = workspace;
    let size = terminal::size().wrap_err("the terminal has no size")?;
    let engine = Settings { automatic: Automatic::On, ..config.engine() };
    let model = Model::new(engine).sharing(session).taking_up();
    let notifier = config.notifier(&options.workspace).map_err(Report::msg)?;
    let notifier = Arc::new(Mutex::new(notifier));
    let opener = next.opener(&args.workspace, &args.watched);
    let host = Machine { is_demo, notifier: Arc::clone(&notifier), opener };
    let reloads = reloads(Opened {
        settings: args.workspace.settings.of_profile(&config.profile),
        watched: args.watched.clone(),
        workspace: options.workspace.clone(),
        config: Arc::new(config),
        notifier,
    });
    let options = Options { tour: is_demo && is_new(), ..options };
    let state = State::new(model, options, size, clock::now());
    let keys = stream::select(keys, Box::pin(reloads));
    let clock = Clock::System;
    let ended = Box::pin(Loop { state, screen, keys, wire, host, store, clock }.run()).await;
    drop(server);
    ended.map(|state| state.leaves_for_profile()).map_err(Report::from)
}

/// Whether the tour was never shown to this person. Where nothing can be kept it is shown each time.
fn is_new() -> bool {
    let Ok(directory) = state_dir() else { return true };
    let is_new = TOURS.load(&directory).is_empty();
    if is_new && let Err(error) = TOURS.append(&directory, "shown") {
        tracing::warn!(%error, "that the tour was shown is not kept");
    }
    is_new
}

/// What a person without a token wants.
enum Wish {
    Demo,
    Leave,
}

/// Says what a token is and how to give it, and offers the demo.
fn offer_demo(file: &str, profiles: &[String]) -> Result<Wish> {
    let profiles = match profiles {
        [] => String::new(),
        some => {
            format!("They have profiles, of which --profile chooses one: {}\n", some.join(", "))
        }
    };
    let mut out = io::stdout().lock();
    write!(
        out,
        "hextop needs a Hex API token to see your runs, and found none.\n\n\
         A token is made in Hex under Settings, API keys. A personal one needs the Editor\n\
         role; a workspace one the scope \"Read projects\", and \"Run projects\" to start and\n\
         cancel runs. `hextop login` takes it and keeps it in a file for you alone. Or:\n\n\
         \x20 1. export HEX_API_TOKEN=hxtp_…\n\
         \x20 2. token_file = \"/path/of/a/file\"           in the settings (chmod 600 the file)\n\
         \x20 3. token_command = [\"pass\", \"show\", \"hex\"]  in the settings\n\n\
         The settings are in {file}\n{profiles}\
         If your workspace is not at app.hex.tech, also set HEX_API_BASE_URL, or base_url.\n\n\
         Or look around first, in a simulated workspace: hextop --demo\n\n\
         Start the demo now? [y/N] ",
    )?;
    out.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    let yes = matches!(answer.trim().to_lowercase().as_str(), "y" | "yes");
    Ok(if yes { Wish::Demo } else { Wish::Leave })
}

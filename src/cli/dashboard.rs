//! `hextop` itself: the dashboard on a real workspace, or on a simulated one in this process.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, BufRead, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use clap::Args;
use color_eyre::eyre::{Result, WrapErr};
use futures_util::{Stream, stream};
use ratatui::layout::Size;
use tokio::signal::unix::{SignalKind, signal};

use super::sim::WorldArgs;
use super::{AUTH, USAGE, Usage, complain, runtime};
use crate::api::token::Token;
use crate::api::{BaseUrl, Client};
use crate::clock::{self, Clock};
use crate::engine::Model;
use crate::engine::ledger::Session;
use crate::shell::config::{self, Config, ConfigError};
use crate::shell::host::Machine;
use crate::shell::input::Keyboard;
use crate::shell::log;
use crate::shell::run::Loop;
use crate::shell::store::{self, Place as StorePlace, Store};
use crate::shell::terminal::{self, Tty};
use crate::sim::{Door, World};
use crate::ui::{Msg, Options, State};

/// How the dashboard is started.
#[derive(Args, Debug)]
pub(super) struct DashboardArgs {
    /// Show a simulated workspace that lives in this process; needs no token
    #[arg(long)]
    pub(super) demo: bool,
    /// Read the settings from this file
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// The workspace's address, such as app.hex.tech
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    /// Watch this project, by id or title; may be repeated
    #[arg(long = "project", value_name = "PROJECT")]
    watch: Vec<String>,
    #[command(flatten, next_help_heading = "With --demo")]
    world: WorldArgs,
}

/// Where the dashboard, or the watch, gets its runs from.
pub(super) struct Place {
    pub(super) client: Client,
    pub(super) config: Config,
    options: Options,
    /// This process's number.
    pub(super) session: Session,
    /// What is kept for other processes and for the next start.
    pub(super) store: Store,
    /// The simulated workspace, which is open as long as this is kept.
    _door: Option<Door>,
}

pub(super) fn run(args: &DashboardArgs) -> Result<ExitCode> {
    if let Some(reason) = terminal::unfit() {
        return Ok(complain(&reason, USAGE));
    }
    let file = args.config.clone().unwrap_or_else(config::default_file);
    let config = match Config::load(&file, args.config.is_some()) {
        Ok(config) => config,
        Err(error) => return Ok(complain(&error.to_string(), USAGE)),
    };
    if let Err(error) = log::open(&config::state_dir()) {
        complain(&format!("there will be no log: {error}"), 0);
    }
    runtime()?.block_on(async {
        let shown = file.display().to_string();
        let place = if args.demo {
            demo(args).await?
        } else {
            match real(args, config.clone(), shown) {
                Ok(place) => place,
                Err(ConfigError::NoToken) => match offer_demo(&file)? {
                    Wish::Demo => demo(args).await?,
                    Wish::Leave => return Ok(ExitCode::from(AUTH)),
                },
                Err(error) => return Ok(complain(&error.to_string(), USAGE)),
            }
        };
        show(place).await
    })
}

pub(super) fn real(
    args: &DashboardArgs,
    mut config: Config,
    file: String,
) -> Result<Place, ConfigError> {
    let base = config.address(args.base_url.as_deref())?;
    let token = config.token()?;
    if !args.watch.is_empty() {
        config.projects.clone_from(&args.watch);
    }
    let options = Options {
        theme: terminal::theme(),
        place: base.origin().trim_start_matches("https://").to_owned(),
        protected: config.protected.clone(),
        config: file,
        root: base.to_string(),
        ..form_options(&config)
    };
    let session = session();
    let place = StorePlace::here(store::file(&config.data_dir(), base.origin()), session);
    let store = Store::start(place, token.digest(), Clock::System);
    let client = client(base, token, &config)?;
    Ok(Place { client, config, options, session, store, _door: None })
}

/// The demo has default settings and throws everything away: it must look the same everywhere.
pub(super) async fn demo(args: &DashboardArgs) -> Result<Place> {
    let (scenario, seed) = args.world.scenario().wrap_err(Usage)?;
    let world = World::new(&scenario, seed, clock::now());
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    let door = Door::open(world, listen, None).await.wrap_err("the demo cannot listen")?;
    let config = Config { projects: args.watch.clone(), ..Config::default() };
    let base = BaseUrl::parse(&door.base_url)?;
    let root = base.to_string();
    let token = Token::new(&door.token)?;
    let session = session();
    let store = Store::start(StorePlace::nowhere(session), token.digest(), Clock::System);
    let client = client(base, token, &config)?;
    let options = Options {
        theme: terminal::theme(),
        root,
        place: "demo (simulated)".to_owned(),
        protected: Vec::new(),
        config: "the settings".to_owned(),
        ..form_options(&config)
    };
    Ok(Place { client, config, options, session, store, _door: Some(door) })
}

/// What the settings say of the form.
fn form_options(config: &Config) -> Options {
    Options { zone: config.zone(), server: config.server(), ..Options::default() }
}

fn client(base: BaseUrl, token: Token, config: &Config) -> Result<Client, ConfigError> {
    Ok(Client::new(base, token, config.timeouts())?)
}

/// Runs the loop on the terminal until the person or a signal ends it.
async fn show(place: Place) -> Result<ExitCode> {
    let now = clock::now();
    let signal = Arc::new(AtomicU8::new(0));
    // Pressed in an editor that has the terminal, ctrl-c is the editor's.
    let signals = signals(&signal, terminal::is_taken)?;
    let (width, height) = crossterm::terminal::size().wrap_err("the terminal has no size")?;
    let model = Model::new(place.config.engine()).sharing(place.session).taking_up();
    let state = State::new(model, place.options, Size { width, height }, now);
    let screen = Tty::take().wrap_err("the terminal cannot be taken over")?;
    let keys = stream::select(Keyboard::default(), signals);
    let wire = Arc::new(place.client);
    let (host, clock, store) = (Machine, Clock::System, place.store);
    tokio::spawn(async { terminal::panic_if_told("task") });
    let ended = Loop { state, screen, keys, wire, host, store, clock }.run().await;
    terminal::give_back();
    let number = signal.load(Ordering::SeqCst);
    if number > 0 {
        // By convention 128 and the signal's number.
        return Ok(ExitCode::from(128 + number));
    }
    ended.wrap_err("the terminal failed")?;
    Ok(ExitCode::SUCCESS)
}

/// A number that no other process draws, but by a chance of one in four thousand million.
fn session() -> Session {
    let drawn = RandomState::new().build_hasher().finish();
    Session(u32::try_from(drawn >> 32).unwrap_or_default())
}

/// Signals that ask the process to end, as messages; the last one's number is kept. An interrupt
/// counts only while `interruptible` says so.
pub(super) fn signals(
    seen: &Arc<AtomicU8>,
    interruptible: fn() -> bool,
) -> io::Result<impl Stream<Item = io::Result<Msg>> + Unpin + use<>> {
    let kinds =
        [(SignalKind::terminate(), 15), (SignalKind::hangup(), 1), (SignalKind::interrupt(), 2)];
    let mut streams = Vec::new();
    for (kind, number) in kinds {
        let (seen, source) = (Arc::clone(seen), signal(kind)?);
        let stream = stream::unfold(source, move |mut source| {
            let seen = Arc::clone(&seen);
            async move {
                source.recv().await?;
                while number == 2 && !interruptible() {
                    source.recv().await?;
                }
                seen.store(number, Ordering::SeqCst);
                Some((Ok(Msg::Terminate), source))
            }
        });
        streams.push(Box::pin(stream));
    }
    Ok(stream::select_all(streams))
}

/// What a person without a token wants.
enum Wish {
    Demo,
    Leave,
}

/// Says what a token is and how to give it, and offers the demo.
fn offer_demo(file: &std::path::Path) -> Result<Wish> {
    let mut out = io::stdout().lock();
    write!(
        out,
        "hextop needs a Hex API token to see your runs, and found none.\n\n\
         A token is made in Hex under Settings, API keys. A personal one needs the Editor\n\
         role; a workspace one the scope \"Read projects\", and \"Run projects\" to start and\n\
         cancel runs. Give it in one of three ways:\n\n\
         \x20 1. export HEX_API_TOKEN=hxtp_…\n\
         \x20 2. token_file = \"/path/of/a/file\"           in the settings (chmod 600 the file)\n\
         \x20 3. token_command = [\"pass\", \"show\", \"hex\"]  in the settings\n\n\
         The settings are in {file}\n\
         If your workspace is not at app.hex.tech, also set HEX_API_BASE_URL, or base_url.\n\n\
         Or look around first, in a simulated workspace: hextop --demo\n\n\
         Start the demo now? [y/N] ",
        file = file.display()
    )?;
    out.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    let yes = matches!(answer.trim().to_lowercase().as_str(), "y" | "yes");
    Ok(if yes { Wish::Demo } else { Wish::Leave })
}

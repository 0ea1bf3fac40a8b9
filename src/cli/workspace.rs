//! Where a command gets its runs from: a real workspace, or a simulated one in this process.

#[cfg(test)]
mod tests;

use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use clap::Args;
use color_eyre::eyre::{self, Report, WrapErr};
use futures_util::{Stream, StreamExt, stream};
use ratatui::style::Color;
use tokio::signal::unix::{SignalKind, signal};

use super::cmd::sim::WorldArgs;
use super::settings_args::SettingsArgs;
use super::{AUTH, FAILED, USAGE, Usage, complain};
use crate::api::token::Token;
use crate::api::{BaseUrl, Client};
use crate::clock::{self, Clock};
use crate::domain::filter::Saved;
use crate::engine::sync::session::Session;
use crate::shell::config::{self, Config, ConfigError, LabelColour, NO_PROFILE, TokenSource};
use crate::shell::history::COMMANDS;
use crate::shell::store::{self, SqliteStore, Store, StoreLocation};
use crate::shell::wire::HttpWire;
use crate::shell::{editor, history, log, outgoing, terminal};
use crate::sim::{SimServer, World};
use crate::ui::label::Label;
use crate::ui::text::safe;
use crate::ui::theme::Theme;
use crate::ui::{Msg, Options};

/// Which workspace.
#[derive(Args, Clone, Debug)]
pub(super) struct WorkspaceArgs {
    /// Show a simulated workspace that lives in this process; needs no token
    #[arg(long)]
    pub(super) demo: bool,
    #[command(flatten)]
    pub(super) settings: SettingsArgs,
    /// The workspace's address, such as app.hex.tech
    #[arg(long, value_name = "URL")]
    pub(super) base_url: Option<String>,
    /// Accept any certificate, of this machine alone (localhost, 127.0.0.1 and the like)
    #[arg(long)]
    pub(super) insecure: bool,
    #[command(flatten, next_help_heading = "With --demo")]
    world: WorldArgs,
}

impl WorkspaceArgs {
    /// The same arguments for another profile, whose address is its own. An address beside a profile is refused:
    /// where there is one it belongs to the settings outside of all profiles.
    pub(super) fn of_profile(&self, name: &str) -> Self {
        let settings = self.settings.of_profile(name);
        let base_url = self.base_url.clone().filter(|_| name == NO_PROFILE);
        Self { settings, base_url, ..self.clone() }
    }
}

/// An open workspace, and what is kept of it.
#[derive(Debug)]
pub(super) struct Workspace {
    pub(super) wire: HttpWire,
    pub(super) config: Config,
    pub(super) options: Options,
    /// This process's number.
    pub(super) session: Session,
    /// What is kept for other processes and for the next start.
    pub(super) store: Store,
    /// The simulated workspace, which is open as long as this is kept.
    pub(super) server: Option<SimServer>,
}

impl Workspace {
    /// Whether it is the simulated one.
    pub(super) fn is_demo(&self) -> bool {
        self.server.is_some()
    }
}

/// Which projects are watched, in place of what the settings say.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct WatchedArgs {
    /// Watch this project, by id or title; may be repeated
    #[arg(long = "project", value_name = "PROJECT")]
    named: Vec<String>,
    /// Watch the projects that pass this filter, such as 'owner:ana or category:Finance'
    #[arg(long = "watch", value_name = "FILTER")]
    passing: Option<String>,
}

impl WatchedArgs {
    pub(super) fn choose(&self, config: &mut Config) -> Result<(), ConfigError> {
        if !self.named.is_empty() || self.passing.is_some() {
            config.projects.clone_from(&self.named);
            config.watch = self.passing.clone().unwrap_or_default();
            config.watched().map_err(ConfigError::Watch)?;
        }
        Ok(())
    }
}

/// The workspace of these settings, whose token a person may be asked for.
pub(super) fn real(
    args: &WorkspaceArgs,
    watched: &WatchedArgs,
    mut config: Config,
    file: String,
) -> Result<Workspace, ConfigError> {
    let tokens = config.token_source()?;
    let (token, note) = tokens.read_noted()?;
    if let Some(note) = note {
        complain(&note, 0);
    }
    watched.choose(&mut config)?;
    config.insecure = args.insecure;
    with_token(args.base_url.as_deref(), config, file, &token, tokens)
}

/// The same of another profile, while the dashboard has the terminal: nobody can be asked, and nothing is printed.
/// What may take long is done in a thread of its own.
pub(super) async fn of_profile(
    args: WorkspaceArgs,
    watched: WatchedArgs,
) -> Result<Workspace, ConfigError> {
    let settings = args.settings.clone();
    let read = move || {
        let mut config = settings.read()?.config;
        watched.choose(&mut config)?;
        config.theme().map_err(ConfigError::Watch)?;
        let tokens = config.token_source()?;
        Ok((config, tokens, settings.shown()))
    };
    let (mut config, tokens, file) = aside(read).await?;
    config.insecure = args.insecure;
    let token = tokens.read_anew().await?;
    let address = args.base_url;
    aside(move || {
        let token = match token {
            Some(token) => token,
            None => tokens.read()?,
        };
        with_token(address.as_deref(), config, file, &token, tokens)
    })
    .await
}

async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ConfigError> + Send + 'static,
) -> Result<T, ConfigError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(ConfigError::Thread(error.to_string())))
}

/// The workspace of a token, which is kept there.
pub(super) fn with_token(
    base_url: Option<&str>,
    config: Config,
    file: String,
    token: &Token,
    tokens: TokenSource,
) -> Result<Workspace, ConfigError> {
    let base = config.address(base_url)?;
    let options = Options {
        workspace: base.origin().trim_start_matches("https://").to_owned(),
        config: file,
        root: base.to_string(),
        ..screen_options(&config)
    };
    let session = session();
    let location = store_location(&config, &base, session)?;
    let wire = HttpWire::new(client(base, token, &config)?, tokens);
    let store = Store::start(location, token.digest(), Clock::System);
    Ok(Workspace { wire, config, options, session, store, server: None })
}

/// The demo has default settings and throws everything away: it must look the same everywhere. Only the
/// rules of a settings file that is named are tried out in it.
pub(super) async fn demo(args: &WorkspaceArgs, watched: &WatchedArgs) -> eyre::Result<Workspace> {
    let (scenario, seed) = args.world.scenario().wrap_err(Usage)?;
    let world = World::new(&scenario, seed, clock::now());
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    let server = SimServer::open(world, listen, None).await.wrap_err("the demo cannot listen")?;
    let mut config = match &args.settings.config {
        Some(_) => args.settings.load().wrap_err(Usage)?.0.rules_alone(),
        None => Config::default(),
    };
    watched.choose(&mut config).wrap_err(Usage)?;
    let base = BaseUrl::parse(&server.base_url)?;
    let root = base.to_string();
    let token = Token::new(&server.token)?;
    let session = session();
    let store = Store::start(StoreLocation::nowhere(session), token.digest(), Clock::System);
    let wire = HttpWire::new(client(base, &token, &config)?, TokenSource::Simulated);
    let options = Options {
        root,
        workspace: "demo (simulated)".to_owned(),
        config: "the settings".to_owned(),
        saved: Saved::new(),
        ..screen_options(&config)
    };
    Ok(Workspace { wire, config, options, session, store, server: Some(server) })
}

/// What the settings say of the screen.
pub(super) fn screen_options(config: &Config) -> Options {
    let state = config::state_dir().ok();
    let history = state.as_ref().map(|dir| COMMANDS.load(dir)).unwrap_or_default();
    let saved = saved(config);
    let keys = config.keymap().unwrap_or_default();
    let (zone, server, mouse) = (config.zone(), config.server(), config.mouse);
    let theme = terminal::theme();
    let theme = Theme { roles: config.theme().unwrap_or(theme.roles), ..theme };
    let label = Label { text: config.label.clone(), colour: colour(config.label_colour) };
    let (profile, profiles) = (config.profile.clone(), config.profiles.clone());
    let (columns, dates) = (config.columns.clone(), config.date_format);
    let sort = config.orders().map(Result::unwrap_or_default);
    let of_screen = Options { theme, zone, server, keys, mouse, ..Options::default() };
    let of_lists = Options { dates, columns, sort, ..of_screen };
    Options { history, saved, label, profile, profiles, ..of_lists }
}

fn colour(colour: LabelColour) -> Option<Color> {
    match colour {
        LabelColour::None => None,
        LabelColour::Red => Some(Color::Red),
        LabelColour::Yellow => Some(Color::Yellow),
        LabelColour::Green => Some(Color::Green),
        LabelColour::Cyan => Some(Color::Cyan),
        LabelColour::Blue => Some(Color::Blue),
        LabelColour::Magenta => Some(Color::Magenta),
    }
}

/// The filters of the settings and those that were kept on the screen.
fn saved(config: &Config) -> Saved {
    match config::state_dir() {
        Ok(dir) => history::filters(&dir, config.filters.clone()),
        Err(_) => config.filters.clone(),
    }
}

/// The same for a command that opens no workspace; the demo has none.
pub(super) fn saved_filters(args: &WorkspaceArgs) -> Result<Saved, ExitCode> {
    let (config, _) = args.settings.load().map_err(refuse)?;
    Ok(if args.demo { Saved::new() } else { saved(&config) })
}

fn client(base: BaseUrl, token: &Token, config: &Config) -> Result<Client, ConfigError> {
    let tls = config.tls(&base)?;
    Ok(Client::sharing(outgoing::redactor().clone(), base, token, config.timeouts(), tls)?)
}

/// Where the store of a workspace is. Without a home directory there is none, which is said when it
/// is first asked for something.
pub(super) fn store_location(
    config: &Config,
    base: &BaseUrl,
    session: Session,
) -> Result<StoreLocation, ConfigError> {
    match config.data_dir() {
        Ok(dir) => Ok(StoreLocation::here(store::file(&dir, base.origin()), session)),
        Err(error @ ConfigError::NoHome) => Ok(StoreLocation::unusable(error.to_string(), session)),
        Err(error) => Err(error),
    }
}

/// Opens the log, and removes what earlier processes have left beside it for their editors. Where
/// there can be none, that is said.
pub(super) fn open_log() {
    let opened = config::state_dir().and_then(|dir| {
        let note = log::prepare(&dir)?;
        editor::clear(&dir);
        log::open(&dir).map_err(|error| error.to_string()).map(|_| note)
    });
    match opened {
        Ok(note) => note.iter().for_each(|note| {
            complain(note, 0);
        }),
        Err(reason) => {
            complain(&format!("there will be no log: {reason}"), 0);
        }
    }
}

/// Says why there is no workspace; gives the exit code.
pub(super) fn refuse(error: ConfigError) -> ExitCode {
    match error {
        ConfigError::NoToken => complain(NO_TOKEN, AUTH),
        ConfigError::TokenFile(file, _) if !file.exists() => {
            let text = format!(
                "there is no token in {}, which token_file names: `hextop login` takes one",
                file.display()
            );
            complain(&text, AUTH)
        }
        error => complain(&error.to_string(), USAGE),
    }
}

/// The same where the settings have these profiles, one of which may be what was meant.
fn refuse_of(error: ConfigError, profiles: &[String]) -> ExitCode {
    match (error, profiles) {
        (ConfigError::NoToken, [_, ..]) => {
            let profiles = profiles.join(", ");
            complain(&format!("{NO_TOKEN}. Or choose a profile: --profile {profiles}"), AUTH)
        }
        (error, _) => refuse(error),
    }
}

/// Opens the workspace for a command without a screen; what keeps it from that is said, and the exit
/// code given.
pub(super) async fn open(
    args: &WorkspaceArgs,
    watched: &WatchedArgs,
) -> Result<Workspace, ExitCode> {
    let (config, file) = args.settings.load().map_err(refuse)?;
    open_log();
    if args.demo {
        let report = |error: Report| complain(&format!("{error:#}"), USAGE);
        return demo(args, watched).await.map_err(report);
    }
    let profiles = config.profiles.clone();
    real(args, watched, config, file).map_err(|error| refuse_of(error, &profiles))
}

/// The store alone, for reading what it has; that of the demo is empty. Without a token it is read all the same, if
/// one person alone has used it.
pub(super) fn open_store(args: &WorkspaceArgs) -> Result<SqliteStore, ExitCode> {
    let (config, _) = args.settings.load().map_err(refuse)?;
    let (location, token) = if args.demo {
        (StoreLocation::nowhere(session()), String::new())
    } else {
        let base = config.address(args.base_url.as_deref()).map_err(refuse)?;
        let location = store_location(&config, &base, session()).map_err(refuse)?;
        let token = match config.token() {
            Ok(token) => token,
            Err(ConfigError::NoToken) => {
                let said = |reason: String| complain(&safe(&reason), FAILED);
                let found = SqliteStore::open_only_users(&location).map_err(said)?;
                return found.ok_or_else(|| refuse_of(ConfigError::NoToken, &config.profiles));
            }
            Err(error) => return Err(refuse_of(error, &config.profiles)),
        };
        (location, token.digest())
    };
    SqliteStore::open(&location, &token).map_err(|reason| complain(&safe(&reason), FAILED))
}

const NO_TOKEN: &str = "there is no token: make one in Hex under Settings, API keys, and give it to \
                        `hextop login`, or set HEX_API_TOKEN, or token_file or token_command in the \
                        settings. Or try it with --demo, which needs none";

/// A number that no other process draws, but by a chance of one in four thousand million.
pub(super) fn session() -> Session {
    let drawn = RandomState::new().build_hasher().finish();
    Session(u32::try_from(drawn >> 32).unwrap_or_default())
}

/// Comes with the number of the signal that asks the process to end.
pub(super) fn interrupted() -> io::Result<impl Future<Output = u8>> {
    let signal = Arc::new(AtomicU8::new(0));
    let mut signals = signals(&signal, || true)?;
    Ok(async move {
        // A stream of signals does not end.
        let _ = signals.next().await;
        signal.load(Ordering::SeqCst)
    })
}

/// Signals that ask the process to end, as messages; the last one's number is kept. What a key
/// can send, SIGINT and SIGQUIT, counts only while `interruptible` says so.
pub(super) fn signals(
    seen: &Arc<AtomicU8>,
    interruptible: fn() -> bool,
) -> io::Result<impl Stream<Item = io::Result<Msg>> + Unpin + use<>> {
    let kinds = [
        (SignalKind::terminate(), 15),
        (SignalKind::hangup(), 1),
        (SignalKind::interrupt(), 2),
        (SignalKind::quit(), 3),
    ];
    let mut streams = Vec::new();
    for (kind, number) in kinds {
        let (seen, source) = (Arc::clone(seen), signal(kind)?);
        let stream = stream::unfold(source, move |mut source| {
            let seen = Arc::clone(&seen);
            async move {
                source.recv().await?;
                while matches!(number, 2 | 3) && !interruptible() {
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

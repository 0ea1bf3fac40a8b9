//! `hextop doctor`: looks at everything that hextop needs, says how each thing is, and what to do
//! where it is not well.
//!
//! Facts are gathered here; each file below makes lines of them. Where something cannot be used, the
//! rest is looked at all the same.

mod check;
mod network;
mod server;
mod settings;
mod store;
mod terminal;
mod token;

use std::io::{self, IsTerminal};
use std::path::Path;
use std::process::ExitCode;

use clap::Args;
use color_eyre::eyre::Result;

use super::super::probe::{Depth, Ended, Probe, Record, RecordingWire};
use crate::api::{BaseUrl, Call, Client};
use crate::cli::output::Output;
use crate::cli::profiles::sentence;
use crate::cli::workspace::{self, WatchedArgs, Workspace, WorkspaceArgs, interrupted};
use crate::cli::{USAGE, print, runtime};
use crate::clock::{self, Clock};
use crate::engine::Model;
use crate::engine::model::Settings;
use crate::shell::clipboard;
use crate::shell::config::{Config, ConfigError, TokenSource};
use crate::shell::headless::Headless;
use crate::shell::{store as shell_store, terminal as tty, terminal_query};
use check::Check;

/// What is looked at.
#[derive(Args, Debug)]
#[command(
    after_help = "Each line is ok, warn, fail or skip, and says what to do next where it is not ok. About four\n\
                  requests are spent: whose token it is, the list of projects, the newest runs of one.\n\n\
                  --json prints one object: {\"checks\": [{\"name\", \"state\", \"detail\", \"nextStep\"}], \"requests\"}.\n\
                  state is ok, warn, fail or skip; nextStep is null where there is nothing to do.\n\n\
                  Exit codes: 0 nothing failed; else that of the first that fails: 2 settings, 3 token,\n\
                  4 network, 1 anything else.\n\n\
                  Examples:\n  hextop doctor\n  hextop doctor --json | jq '.checks[] | select(.state != \"ok\")'"
)]
pub(in crate::cli) struct DoctorArgs {
    /// One JSON object, for scripts
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

pub(super) fn run(args: &DoctorArgs) -> Result<ExitCode> {
    let examined = runtime()?.block_on(async { Box::pin(examine(&args.workspace)).await })?;
    let (checks, requests) = match examined {
        Examined::Whole(checks, requests) => (checks, requests),
        Examined::Stopped(number) => return Ok(ExitCode::from(128 + number)),
    };
    let text = if args.json {
        check::object(&checks, requests)
    } else {
        check::table(&checks, requests, Output::here())
    };
    let (code, printed) = (check::exit(&checks), print(&text));
    Ok(ExitCode::from(if code == 0 { printed } else { code }))
}

enum Examined {
    /// All lines, and how many requests were spent.
    Whole(Vec<Check>, usize),
    /// By this signal.
    Stopped(u8),
}

/// Everything that lines are made of.
#[derive(Default)]
struct Facts {
    token: token::Facts,
    way: network::Way,
    store: store::Facts,
    record: Record,
    projects: usize,
}

async fn examine(args: &WorkspaceArgs) -> io::Result<Examined> {
    let file = args.settings.file().map(|(file, _)| file);
    let (config, shown, error) = match args.settings.load() {
        Ok((config, shown)) => (config, shown, None),
        Err(error) => {
            let shown = file.as_deref().map(|file| file.display().to_string()).unwrap_or_default();
            (Config::default(), shown, Some(sentence(&error)))
        }
    };
    let is_there = file.as_deref().is_some_and(Path::exists);
    let is_usable = error.is_none() || args.demo;
    let settings = settings::Settings { file: &shown, is_there, error };
    let mut checks = settings::checks(&settings, |name| std::env::var(name).ok());
    let mut facts = Facts::default();
    let opened = if is_usable {
        open(args, config, shown, &mut facts).await
    } else {
        // With the defaults in their place the token would go to another host.
        Err(None)
    };
    match opened {
        Ok(workspace) => {
            if let Some(number) = look(workspace, &mut facts).await? {
                return Ok(Examined::Stopped(number));
            }
        }
        // What is wrong with the token has a line of its own.
        Err(None) => {}
        Err(Some(sentence)) => checks.push(Check::told("setup", USAGE, &sentence)),
    }
    let (now, answers) = (clock::now().wall, facts.record.answers());
    checks.extend(token::checks(&facts.token, now));
    checks.extend(network::checks(&facts.way, now));
    checks.extend(server::checks(&answers, facts.projects));
    checks.extend(store::checks(&facts.store));
    checks.extend(terminal::checks(&terminal_facts().await));
    Ok(Examined::Whole(checks, facts.record.requests()))
}

/// Opens the workspace, and notes what is known without asking anybody; or says why there is none, but
/// where that is for the line of the token.
async fn open(
    args: &WorkspaceArgs,
    mut config: Config,
    file: String,
    facts: &mut Facts,
) -> Result<Workspace, Option<String>> {
    if args.demo {
        facts.token.place = Some(Ok("the demo's own".to_owned()));
        let opened = workspace::demo(args, &WatchedArgs::default()).await;
        return opened.map_err(|error| Some(format!("{error:#}")));
    }
    config.insecure = args.insecure;
    let said = |error: ConfigError| Some(error.to_string());
    let base = config.address(args.base_url.as_deref()).map_err(said)?;
    facts.way = way(&config, &base);
    note_store(&config, &base, &mut facts.store);
    let read = config.token_source().and_then(|tokens| Ok((tokens.read_noted()?, tokens)));
    let ((token, note), tokens) = match read {
        Ok(read) => read,
        Err(error) => {
            facts.token.place = Some(Err(no_token(&error)));
            return Err(None);
        }
    };
    facts.token.note = note;
    facts.token.place = Some(Ok(place(&tokens)));
    let base_url = args.base_url.as_deref();
    workspace::with_token(base_url, config, file, &token, tokens).map_err(said)
}

/// Why there is no token, and what to do.
fn no_token(error: &ConfigError) -> (String, String) {
    let login = "make one in Hex under Settings, API keys, and give it to `hextop login`";
    match error {
        ConfigError::TokenFile(file, why) => {
            (format!("{} cannot be used: {why}", file.display()), login.to_owned())
        }
        error => {
            let text = error.to_string();
            let (why, next) = text.rsplit_once(": ").unwrap_or((&text, login));
            (why.to_owned(), next.to_owned())
        }
    }
}

/// Where the token is kept, without the words of a command, which may be secret.
fn place(tokens: &TokenSource) -> String {
    match tokens {
        TokenSource::Environment(name) => format!("in {name}"),
        TokenSource::File(file) => format!("in {}", file.display()),
        TokenSource::Command(words) => {
            let program = words.first().map(|word| word.to_string_lossy().into_owned());
            format!("printed by {} (token_command)", program.unwrap_or_default())
        }
        TokenSource::Simulated => "the demo's own".to_owned(),
    }
}

fn way(config: &Config, base: &BaseUrl) -> network::Way {
    let mut trust = Vec::new();
    match std::env::var("SSL_CERT_FILE") {
        Ok(bundle) => trust.push(format!("{bundle} (SSL_CERT_FILE)")),
        Err(_) if !config.ca_file.is_empty() => trust.push("the system's".to_owned()),
        Err(_) => {}
    }
    if !config.ca_file.is_empty() {
        trust.push(format!("{} (ca_file)", config.ca_file));
    }
    network::Way {
        host: base.authority().to_owned(),
        is_plain: base.is_plain(),
        is_insecure: config.insecure,
        trust,
        ..network::Way::default()
    }
}

fn note_store(config: &Config, base: &BaseUrl, facts: &mut store::Facts) {
    let dir = config.data_dir().map_err(|error| error.to_string());
    facts.file = Some(dir.map(|dir| shell_store::file(&dir, base.origin()).display().to_string()));
}

/// Asks Hex as little as tells the most; gives the signal by which that was ended, if it was.
async fn look(workspace: Workspace, facts: &mut Facts) -> io::Result<Option<u8>> {
    let client: Client = workspace.wire.client.clone();
    let until = clock::now().boot + workspace.config.timeouts().total * 2;
    let settings = Settings { reads_list: false, ..workspace.config.engine() };
    let interrupted = interrupted()?;
    let headless = Headless {
        model: Model::new(settings).sharing(workspace.session),
        task: Probe::new(Depth::Workspace, facts.record.clone(), until),
        wire: RecordingWire { wire: workspace.wire.clone(), record: facts.record.clone() },
        stop: Box::pin(async { Ended::Signal(interrupted.await) }),
        store: workspace.store,
        clock: Clock::System,
    };
    let (ended, model) = Box::pin(headless.run()).await?;
    let answers = facts.record.answers();
    client.base().authority().clone_into(&mut facts.way.host);
    facts.way.is_plain = client.base().is_plain();
    facts.way.proxy = client.proxy().map(str::to_owned);
    facts.way.peer = client.peer_certificate();
    facts.way.is_reached = answers.iter().any(|seen| seen.date.is_some());
    match ended {
        Ended::Signal(number) => return Ok(Some(number)),
        Ended::TokenRefused => facts.token.is_refused = true,
        Ended::Unreachable(error) => facts.way.error = Some(error),
        Ended::TimeUp | Ended::Done => {}
    }
    facts.token.me = model.me().cloned();
    let mut of_owner =
        answers.iter().rev().filter(|seen| seen.call == Call::Me && seen.date.is_some());
    facts.token.error = of_owner.find_map(|seen| seen.error.clone());
    facts.projects = model.projects().len();
    facts.store.trouble = model.store_trouble().map(str::to_owned);
    facts.store.processes = Some(model.processes(clock::now().boot));
    if let Some(Ok(file)) = &facts.store.file {
        facts.store.size_and_mode = shell_store::size_and_mode(Path::new(file));
    }
    Ok(None)
}

async fn terminal_facts() -> terminal::Facts {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let theme = tty::theme();
    terminal::Facts {
        is_terminal: io::stdin().is_terminal() && io::stdout().is_terminal(),
        term: set("TERM"),
        colorterm: set("COLORTERM"),
        locale: set("LC_ALL").or_else(|| set("LC_CTYPE")).or_else(|| set("LANG")),
        colour: theme.colour,
        unicode: theme.unicode,
        clipboard: clipboard::words(|name| std::env::var_os(name)),
        // One that cannot place text would show the question.
        synchronized: set("TERM")
            .filter(|term| term != "dumb")
            .and_then(|_| terminal_query::has_synchronized_output()),
        tmux: terminal_query::tmux().await,
    }
}

//! `hextop login`: takes a token that nobody sees, checks it with one request, and keeps it in a file
//! that only this user can read.

use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

use clap::Args;
use color_eyre::eyre::Result;

use super::super::probe::{Depth, Ended, Probe, Record, RecordingWire};
use crate::api::{BaseUrl, Me, Token};
use crate::cli::settings_args::SettingsArgs;
use crate::cli::workspace::{self, Workspace, interrupted};
use crate::cli::{AUTH, FAILED, NETWORK, USAGE, complain, print, runtime};
use crate::clock::{self, Clock};
use crate::domain::Now;
use crate::domain::time::between;
use crate::engine::Model;
use crate::engine::model::Settings;
use crate::shell::config::{Config, TokenSource};
use crate::shell::headless::Headless;
use crate::shell::secret_input::Unseen;
use crate::shell::token_file;
use crate::ui::text::{count, safe};

/// Where the token is for.
#[derive(Args, Debug)]
#[command(
    after_help = "The token is kept in `token` beside the settings, or where token_file says, with mode 0600;\n\
                  nothing is kept that Hex does not take. Where standard input is no terminal, it is read from there.\n\n\
                  Examples:\n  hextop login\n  hextop login --base-url acme.hex.tech\n  \
                  pass show hex | hextop login"
)]
pub(in crate::cli) struct LoginArgs {
    #[command(flatten)]
    settings: SettingsArgs,
    /// The workspace's address, such as app.hex.tech
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    /// Accept any certificate, of this machine alone (localhost, 127.0.0.1 and the like)
    #[arg(long)]
    insecure: bool,
}

pub(super) fn run(args: &LoginArgs) -> Result<ExitCode> {
    let (mut config, file) = match args.settings.load() {
        Ok(loaded) => loaded,
        Err(error) => return Ok(workspace::refuse(error)),
    };
    config.insecure = args.insecure;
    let Some((settings, _)) = args.settings.file() else {
        let text = "no home directory is known to keep the token in: set HOME, or name the settings \
                    with --config";
        return Ok(complain(text, USAGE));
    };
    workspace::open_log();
    runtime()?.block_on(async {
        let token = match take_token().await? {
            Taken::Token(token) => token,
            Taken::Nothing(code) => return Ok(code),
        };
        let to_file = config.clone();
        let base = match config.address(args.base_url.as_deref()) {
            Ok(base) => base,
            Err(error) => return Ok(workspace::refuse(error)),
        };
        let (base_url, tokens) = (args.base_url.as_deref(), TokenSource::Simulated);
        let opened = workspace::with_token(base_url, config, file, &token, tokens);
        let workspace = match opened {
            Ok(workspace) => workspace,
            Err(error) => return Ok(workspace::refuse(error)),
        };
        let host = workspace.options.workspace.clone();
        match Box::pin(check(workspace)).await? {
            Checked::Good(me, now) => {
                let said = said(&me, &host, now);
                match lead_to(&base, &settings, &to_file.profile) {
                    Ok(note) => Ok(keep(&to_file, &settings, &token, &(said + &note))),
                    Err(why) => Ok(complain(&safe(&format!("{why}. Nothing was kept")), USAGE)),
                }
            }
            Checked::Bad(why, code) => {
                Ok(complain(&safe(&format!("{why}. Nothing was kept")), code))
            }
            Checked::Stopped(number) => Ok(ExitCode::from(128 + number)),
        }
    })
}

enum Taken {
    Token(Token),
    Nothing(ExitCode),
}

/// Takes the token from the terminal, where nothing of it is shown, or from standard input.
async fn take_token() -> io::Result<Taken> {
    let interrupted = interrupted()?;
    let unseen = Unseen::begin()?;
    if io::stdin().is_terminal() {
        let mut err = io::stderr().lock();
        write!(err, "Token, made in Hex under Settings, API keys (it is not shown): ")?;
        err.flush()?;
    }
    let text = tokio::select! {
        text = unseen.read() => text,
        number = interrupted => {
            drop(unseen);
            let _ = writeln!(io::stderr().lock());
            return Ok(Taken::Nothing(ExitCode::from(128 + number)));
        }
    };
    drop(unseen);
    let Some(text) = text else {
        return Ok(Taken::Nothing(complain("the token cannot be read: it must be text", USAGE)));
    };
    if text.trim().is_empty() {
        let text = "no token was given: type it, or give it on standard input, as in \
                    `pass show hex | hextop login`";
        return Ok(Taken::Nothing(complain(text, AUTH)));
    }
    Ok(match Token::unwrap_from(&text) {
        Ok((token, _)) => Taken::Token(token),
        Err(error) => Taken::Nothing(complain(&error.to_string(), AUTH)),
    })
}

/// What Hex says of the token.
enum Checked {
    Good(Me, Now),
    Bad(String, u8),
    Stopped(u8),
}

async fn check(workspace: Workspace) -> io::Result<Checked> {
    let interrupted = interrupted()?;
    let record = Record::default();
    let settings = Settings { reads_list: false, ..workspace.config.engine() };
    let until = clock::now().boot + workspace.config.timeouts().total * 2;
    let headless = Headless {
        model: Model::new(settings).sharing(workspace.session),
        task: Probe::new(Depth::Owner, record.clone(), until),
        wire: RecordingWire { wire: workspace.wire, record: record.clone() },
        stop: Box::pin(async { Ended::Signal(interrupted.await) }),
        store: workspace.store,
        clock: Clock::System,
    };
    let (ended, model) = Box::pin(headless.run()).await?;
    let now = clock::now();
    let now = Now { wall: model.server_now(now), ..now };
    Ok(match (ended, model.me()) {
        (Ended::Signal(number), _) => Checked::Stopped(number),
        (Ended::TokenRefused, _) => {
            Checked::Bad(crate::api::ApiError::Unauthorized.to_string(), AUTH)
        }
        (Ended::Unreachable(error), _) => Checked::Bad(error.to_string(), NETWORK),
        (Ended::Done, Some(me)) => Checked::Good(me.clone(), now),
        (Ended::Done, None) => {
            let error = record.answers().into_iter().find_map(|seen| seen.error);
            let error =
                error.map_or_else(|| "Hex told nobody".to_owned(), |error| error.to_string());
            Checked::Bad(format!("whose token it is was not told: {error}"), FAILED)
        }
        (Ended::TimeUp, _) => Checked::Bad("Hex did not answer in time".to_owned(), NETWORK),
    })
}

/// Whose token it is, of which workspace, and for how long.
fn said(me: &Me, host: &str, now: Now) -> String {
    let whose = match (&me.email, &me.role) {
        (Some(email), Some(role)) => format!("{email} ({})", role.to_lowercase()),
        (Some(email), None) => email.clone(),
        (None, _) => "a workspace, and no person's".to_owned(),
    };
    let org = me.org.as_ref().map(|org| format!(", workspace {org}")).unwrap_or_default();
    let days = me.expires.map(|end| between(now.wall, end).as_secs() / 86_400);
    let valid = match days {
        Some(days) => format!("valid for {}", count(usize::try_from(days).unwrap_or(0), "day")),
        None => "valid without an end that Hex tells".to_owned(),
    };
    format!("The token belongs to {whose}{org}, at {host}; it is {valid}.")
}

/// Sees to it that the settings by themselves lead to the host that has taken the token: it must go to no other one.
/// Gives what was changed.
fn lead_to(base: &BaseUrl, settings: &Path, profile: &str) -> Result<String, String> {
    let written = token_file::said(settings, profile, "base_url")?;
    let leads = written.as_deref().map_or_else(|| Ok(BaseUrl::default()), BaseUrl::parse);
    let shown = settings.display();
    match (leads, written) {
        (Ok(leads), _) if leads.origin() == base.origin() => Ok(String::new()),
        (_, Some(other)) => Err(format!(
            "the token is good at {}, but base_url = \"{other}\" in {shown} would send it elsewhere: change \
             that, or log in with a profile of its own",
            base.origin()
        )),
        (_, None) => {
            token_file::set(settings, profile, "base_url", base.origin())?;
            Ok(format!("\n{shown} leads there now, by base_url."))
        }
    }
}

/// Keeps the token, and has the settings name its file.
fn keep(config: &Config, settings: &Path, token: &Token, said: &str) -> ExitCode {
    let file = match config.login_file(settings) {
        Ok(file) => file,
        Err(error) => return workspace::refuse(error),
    };
    if let Err(why) = token_file::write(&file, token) {
        return complain(&safe(&why), FAILED);
    }
    let mut text = said.lines().map(|line| safe(line) + "\n").collect::<String>();
    text += &format!("It is kept in {}, which only you can read.\n", file.display());
    let mut code = 0;
    let name = token_file::name(settings, &config.profile);
    match token_file::set(settings, &config.profile, "token_file", &name) {
        Ok(true) => text += &format!("{} names that file now.\n", settings.display()),
        Ok(false) => {}
        Err(why) => {
            complain(&safe(&why), FAILED);
            code = FAILED;
        }
    }
    if let Ok(TokenSource::Environment(variable)) = config.token_source() {
        text += &format!("{variable} is set and goes before it: unset it to use the file.\n");
    }
    let printed = print(&text);
    ExitCode::from(if code == 0 { printed } else { code })
}

//! The settings file and the token.
//!
//! [`Config`] is the only source of what settings there are; `assets/config.toml` is made from it.

mod checks;
pub mod describe;
mod inputs;
mod load;
mod problem;
mod rules;
mod settings;
mod sources;
#[cfg(test)]
mod tests;
mod tls;
mod token;
pub mod watch;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::notify::{Notifier, NotifyCommand, Terminal};
use super::{path, token_file};
use crate::api::client::Timeouts;
use crate::api::token::{Token, TokenError};
use crate::api::{BaseUrl, PathStyle};
use crate::domain::filter::Subject;
use crate::domain::rules::Rule;
use crate::domain::runaway::AlarmBudget;
use crate::domain::{Hours, Query};
use crate::engine;
use crate::engine::model::Automatic;
use crate::ui::command::Keymap;
use crate::ui::theme::{self, Roles};
use crate::ui::{Order, Server};
use directories::ProjectDirs;
use jiff::tz::TimeZone;
pub use load::{Loaded, files};
pub use problem::{Place, Problem, without_tokens};
pub use rules::RuleEntry;
use serde_json::Value;
pub use settings::{Config, LabelColour, OneOrMore, Paths};
pub use sources::{Environment, NO_PROFILE, PROFILE_VARIABLE};
pub use token::{Stamp, TokenSource};

/// The settings with their explanations, which are also the defaults.
pub const DEFAULTS: &str = include_str!("../../assets/config.toml");

/// Settings that count as soon as their file has changed.
const LIVE: [&str; 21] = [
    "label",
    "label_colour",
    "include",
    "filters",
    "protected",
    "rules",
    "rules_file",
    "rule_countdown_seconds",
    "rule_cancels_an_hour",
    "kernels_kept_free",
    "settle_looks_seconds",
    "notify",
    "notify_command",
    "quiet_hours",
    "time_zone",
    "mouse",
    "theme",
    "keys",
    "inputs",
    "columns",
    "date_format",
];

/// The environment variable that holds the token.
pub const TOKEN_VARIABLE: &str = "HEX_API_TOKEN";
/// The environment variable that holds the address.
pub const BASE_URL_VARIABLE: &str = "HEX_API_BASE_URL";

/// Why the settings cannot be used. `Display` says what to do.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file is there but cannot be read.
    #[error("cannot read the settings in {0}: {1}")]
    Unreadable(PathBuf, std::io::Error),
    /// Settings that are no TOML, do not exist, or have values that do not fit.
    #[error("the settings do not fit: {}\nEvery setting stands in `hextop config`.", lines(.0))]
    Wrong(Vec<Problem>),
    /// An address beside a profile, which has its own.
    #[error(
        "--base-url cannot be used with the profile `{0}`, whose token it would send elsewhere: \
         leave one of them out"
    )]
    Profile(String),
    /// The address cannot be used.
    #[error(transparent)]
    BaseUrl(#[from] crate::api::base_url::BaseUrlError),
    /// The token's file cannot be used.
    #[error("cannot use the token in {0}: {1}")]
    TokenFile(PathBuf, String),
    /// The token's command failed.
    #[error("token_command failed: {0}")]
    TokenCommand(String),
    /// The token cannot be one.
    #[error("{0}: {1}")]
    Token(String, TokenError),
    /// A file with certificates cannot be used.
    #[error("{setting} {}: {why}", .file.display())]
    Certificates {
        /// The setting or variable that names it.
        setting: &'static str,
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A path in the settings names no place.
    #[error("{0}: {1}")]
    Path(&'static str, String),
    /// The filter of the watched projects cannot be read.
    #[error("{0}")]
    Watch(String),
    /// There is nowhere to keep the store.
    #[error(
        "no home directory is known to keep the store in: set HOME, or data_dir in the settings to \
         a directory of your own"
    )]
    NoHome,
    /// No client can be made, for want of certificates or a proxy that makes sense.
    #[error(transparent)]
    Client(#[from] crate::api::client::ClientError),
    /// A thread that was to read them failed.
    #[error("the settings cannot be read: {0}")]
    Thread(String),
    /// There is no token anywhere.
    #[error("there is no token")]
    NoToken,
}

/// Whether the setting `theme` names a file of the person's own.
fn is_theme_file(theme: &str) -> bool {
    Path::new(theme).extension().is_some_and(|ending| ending == "toml")
}

fn lines(problems: &[Problem]) -> String {
    match problems {
        [one] => one.to_string(),
        all => {
            let lines: Vec<_> = all.iter().map(ToString::to_string).collect();
            format!("\n  {}", lines.join("\n  "))
        }
    }
}

impl Config {
    /// The rules of projects, those of `protected` first.
    ///
    /// # Errors
    /// A sentence that says which rule cannot be used, and why.
    pub fn rules(&self) -> Result<Vec<Rule>, String> {
        let protected = (!self.protected.is_empty()).then(|| Rule::protecting(&self.protected));
        let own = rules::read(&self.rules).map_err(|(_, why)| why)?;
        Ok(protected.into_iter().chain(own).collect())
    }

    /// The default settings with the rules of these.
    #[must_use]
    pub fn rules_alone(self) -> Self {
        Self {
            protected: self.protected,
            rules: self.rules,
            rule_countdown_seconds: self.rule_countdown_seconds,
            rule_cancels_an_hour: self.rule_cancels_an_hour,
            time_zone: self.time_zone,
            ..Self::default()
        }
    }

    /// How many normal runs may be called runaways.
    ///
    /// # Errors
    /// A sentence that says how that is written.
    pub fn false_alarms(&self) -> Result<AlarmBudget, String> {
        self.false_alarms.parse().map_err(|why| format!("false_alarms: {why}"))
    }

    /// How a person is told of alerts of a workspace.
    ///
    /// # Errors
    /// A sentence that says what is wrong.
    pub fn notifier(&self, workspace: &str) -> Result<Notifier, String> {
        Ok(Notifier {
            workspace: workspace.to_owned(),
            terminal: Terminal::new(self.notify, |name| std::env::var_os(name)),
            command: self.notify_command()?,
            quiet: self.quiet_hours()?,
            zone: self.zone(),
        })
    }

    fn notify_command(&self) -> Result<Option<NotifyCommand>, String> {
        match self.notify_command.as_slice() {
            [] => Ok(None),
            words => {
                NotifyCommand::try_from(words.to_vec()).map(Some).map_err(|why| why.to_string())
            }
        }
    }

    fn quiet_hours(&self) -> Result<Hours, String> {
        self.quiet_hours.parse().map_err(|why| format!("quiet_hours: {why}"))
    }

    /// The filter of the projects that are watched.
    ///
    /// # Errors
    /// A sentence that says what is wrong with it.
    pub fn watched(&self) -> Result<Query, String> {
        Query::parse(&self.watch, Subject::Projects, &self.filters)
            .map_err(|why| format!("watch: {why}"))
    }

    /// The keys in force.
    ///
    /// # Errors
    /// A sentence that says which of the person's own keys do not fit, and why.
    pub fn keymap(&self) -> Result<Keymap, String> {
        Keymap::default().rebound(&self.keys).map_err(|why| format!("keys: {why}"))
    }

    /// The looks of everything.
    ///
    /// # Errors
    /// A sentence that says what is wrong with the theme.
    pub fn theme(&self) -> Result<&'static Roles, String> {
        if let Some(roles) = Roles::named(&self.theme) {
            return Ok(roles);
        }
        let Some(path) = self.theme_file() else {
            let names = theme::NAMES.join(", ");
            return Err(format!("theme: `{}` is none of {names}, and no .toml file", self.theme));
        };
        let path = path.map_err(|why| format!("theme: {why}"))?;
        let text = std::fs::read_to_string(&path)
            .map_err(|error| format!("theme: cannot read {}: {error}", path.display()))?;
        let roles = Roles::read(&text);
        let roles = roles.map_err(|error| format!("theme: {}: {error}", path.display()))?;
        Ok(roles.kept())
    }

    /// The file of the theme, if it is one of the person's own, or why it names no place.
    fn theme_file(&self) -> Option<Result<PathBuf, String>> {
        is_theme_file(&self.theme).then(|| path::resolve(&self.theme, &self.directory))
    }

    /// The settings in which another reading differs, and which count only when the workspace is opened anew.
    pub fn later(&self, other: &Self) -> Vec<String> {
        let [old, new] = [self, other].map(|it| serde_json::to_value(it).unwrap_or_default());
        let fields = old.as_object().into_iter().flatten();
        let differs = |(name, value): &(&String, &Value)| new.get(name) != Some(value);
        let names = fields.filter(differs).map(|(name, _)| name);
        names.filter(|name| !LIVE.contains(&name.as_str())).cloned().collect()
    }

    /// What runs and what projects are sorted by at first, or why these are no columns of theirs.
    pub fn orders(&self) -> [Result<Order, String>; 2] {
        let read = |(name, text, of_runs): (&str, &str, bool)| {
            Order::read(text, of_runs).map_err(|why| format!("{name}: {why}"))
        };
        [
            ("sort_runs", self.sort_runs.as_str(), true),
            ("sort_projects", &self.sort_projects, false),
        ]
        .map(read)
    }

    /// What the engine is told of them.
    pub fn engine(&self) -> engine::Settings {
        engine::Settings {
            watch: self.projects.clone(),
            watch_filter: self.watched().unwrap_or_default(),
            style: match self.paths {
                Paths::Auto => None,
                Paths::Current => Some(PathStyle::Current),
                Paths::Legacy => Some(PathStyle::Legacy),
            },
            requests_per_minute: self.requests_per_minute,
            kernels: self.kernels,
            timeout: self.timeouts().total,
            inputs: inputs::by_project(&self.inputs),
            settle_looks: self
                .settle_looks_seconds
                .iter()
                .copied()
                .map(Duration::from_secs)
                .collect(),
            kernels_kept_free: self.kernels_kept_free,
            reads_list: true,
            rules: self.rules().unwrap_or_default(),
            automatic: Automatic::Off,
            countdown: Duration::from_secs(self.rule_countdown_seconds),
            cancels_an_hour: self.rule_cancels_an_hour,
            zone: self.zone(),
            false_alarms: self.false_alarms().unwrap_or_default(),
        }
    }

    /// Where the store is.
    ///
    /// # Errors
    /// If `data_dir` names no place, or is not set and there is no home directory.
    pub fn data_dir(&self) -> Result<PathBuf, ConfigError> {
        if self.data_dir.is_empty() {
            let standard = dirs().map(|dirs| dirs.data_local_dir().to_owned());
            return standard.ok_or(ConfigError::NoHome);
        }
        self.path("data_dir", &self.data_dir)
    }

    /// A path as the settings have it.
    fn path(&self, setting: &'static str, path: &str) -> Result<PathBuf, ConfigError> {
        path::resolve(path, &self.directory).map_err(|reason| ConfigError::Path(setting, reason))
    }

    /// The zone in which the form counts days.
    pub fn zone(&self) -> TimeZone {
        zone(&self.time_zone).unwrap_or(TimeZone::UTC)
    }

    /// What the server knows.
    pub fn server(&self) -> Server {
        if self.old_server { Server::Old } else { Server::Current }
    }

    /// How long requests may take.
    pub fn timeouts(&self) -> Timeouts {
        Timeouts {
            connect: Duration::from_secs(self.connect_timeout_seconds),
            total: Duration::from_secs(self.timeout_seconds),
        }
    }

    /// The address: the argument, else the environment, else the file.
    ///
    /// # Errors
    /// If it cannot be used.
    pub fn address(&self, argument: Option<&str>) -> Result<BaseUrl, ConfigError> {
        let has_profile = !self.profile.is_empty();
        if argument.is_some() && has_profile {
            return Err(ConfigError::Profile(self.profile.clone()));
        }
        let variable = std::env::var(BASE_URL_VARIABLE).ok().filter(|text| !text.trim().is_empty());
        let variable = variable.filter(|_| !has_profile);
        let text =
            argument.map(str::to_owned).or(variable).unwrap_or_else(|| self.base_url.clone());
        Ok(BaseUrl::parse(&text)?)
    }

    /// Where the token is: in the environment, else in the file, else the command prints it.
    ///
    /// # Errors
    /// If none of them is set, or a path names no place.
    pub fn token_source(&self) -> Result<TokenSource, ConfigError> {
        let variable = match (self.token_variable.as_str(), self.profile.as_str()) {
            // That of the usual variable belongs to no profile: it would go to another workspace.
            ("", "") => Some(TOKEN_VARIABLE),
            ("", _) => None,
            (name, _) => Some(name),
        };
        let holds = |name: &&str| std::env::var(name).is_ok_and(|text| !text.trim().is_empty());
        if let Some(name) = variable.filter(holds) {
            return Ok(TokenSource::Environment(name.to_owned()));
        }
        if !self.token_file.is_empty() {
            return Ok(TokenSource::File(self.path("token_file", &self.token_file)?));
        }
        if self.token_command.is_empty() {
            return Err(ConfigError::NoToken);
        }
        let words = self.token_command.iter().enumerate();
        let words: Result<_, _> = words.map(|(place, word)| self.word(place, word)).collect();
        Ok(TokenSource::Command(words?))
    }

    /// A word of `token_command`: a program in the path has no slash, and only an argument that
    /// begins with `~/` is surely a path.
    fn word(&self, place: usize, word: &str) -> Result<OsString, ConfigError> {
        let is_path = word.starts_with("~/") || place == 0 && word.contains('/');
        if is_path { self.path("token_command", word).map(Into::into) } else { Ok(word.into()) }
    }

    /// The token's file: the one that is named, else the one that `hextop login` writes beside the
    /// settings.
    ///
    /// # Errors
    /// If `token_file` names no place.
    pub fn login_file(&self, settings: &Path) -> Result<PathBuf, ConfigError> {
        match self.token_file.as_str() {
            "" => {
                let place = std::path::absolute(settings).unwrap_or_else(|_| settings.to_owned());
                Ok(place.with_file_name(token_file::name(settings, &self.profile)))
            }
            named => self.path("token_file", named),
        }
    }

    /// The token.
    ///
    /// # Errors
    /// If there is none, or where it should be there is nothing usable.
    pub fn token(&self) -> Result<Token, ConfigError> {
        self.token_source()?.read()
    }
}

fn zone(name: &str) -> Option<TimeZone> {
    match name {
        "local" => Some(TimeZone::system()),
        name => TimeZone::get(name).ok(),
    }
}

/// Where the settings are if nobody says otherwise; nowhere without a home directory.
pub fn default_file() -> Option<PathBuf> {
    dirs().map(|dirs| dirs.config_dir().join("config.toml"))
}

/// The directory for logs and the editor's files.
///
/// # Errors
/// A sentence, if there is no home directory. Nothing is written to one that all users share.
pub fn state_dir() -> Result<PathBuf, String> {
    let of = |dirs: ProjectDirs| dirs.state_dir().unwrap_or(dirs.data_local_dir()).to_owned();
    dirs().map(of).ok_or_else(|| "no home directory is known: set HOME".to_owned())
}

/// The user's directories; none where they would depend on the current directory.
fn dirs() -> Option<ProjectDirs> {
    path::home()?;
    ProjectDirs::from("", "", "hextop")
}

//! The settings file and the token.
//!
//! `assets/config.toml` says what every setting is when the person's file does not have it; a
//! test sees to it that it agrees with [`Config::default`].

mod inputs;
mod rules;
mod tls;
mod token;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use directories::ProjectDirs;
use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer};

use super::notify::{self, Notifier, NotifyCommand, Terminal};
use super::{path, token_file};
use crate::api::client::Timeouts;
use crate::api::token::{Token, TokenError};
use crate::api::{BaseUrl, PathStyle};
use crate::domain::filter::{self, Saved, Subject};
use crate::domain::rules::Rule;
use crate::domain::runaway::AlarmBudget;
use crate::domain::text::{cut, without_mark};
use crate::domain::{Hours, Query};
use crate::engine;
use crate::engine::model::Automatic;
use crate::ui::Server;
use crate::ui::command::Keymap;
use crate::ui::command::rebind::OwnKeys;
use crate::ui::theme::{self, Roles};
use inputs::InputEntry;
pub use rules::RuleEntry;
pub use token::{Stamp, TokenSource};

/// The settings with their explanations, which are also the defaults.
pub const DEFAULTS: &str = include_str!("../../assets/config.toml");

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
    /// The file is no TOML, or has settings that do not exist, or values that do not fit.
    #[error("the settings in {0} do not fit: {1}\nEvery setting stands in `hextop config`.")]
    Wrong(PathBuf, String),
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
    Token(&'static str, TokenError),
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
    /// There is no token anywhere.
    #[error("there is no token")]
    NoToken,
}

/// All settings.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The workspace's address in any form.
    pub base_url: String,
    /// File with the token; empty for none.
    pub token_file: String,
    /// Command that prints the token; empty for none.
    pub token_command: Vec<String>,
    /// Ids or titles of the projects to watch.
    pub projects: Vec<String>,
    /// A filter of projects that are watched as well; empty for none.
    pub watch: String,
    /// Filters by their names.
    pub filters: Saved,
    /// Ids or titles of projects whose runs are cancelled only after typing the title.
    pub protected: Vec<String>,
    /// The rules of projects.
    pub rules: Vec<RuleEntry>,
    /// A file with more of them, which a team shares; empty for none.
    pub rules_file: String,
    /// Seconds in which a person can keep a run that a rule is about to end.
    pub rule_countdown_seconds: u64,
    /// Runs that rules may cancel in an hour.
    pub rule_cancels_an_hour: u32,
    /// The generation of API paths.
    pub paths: Paths,
    /// Requests a minute that are never exceeded.
    pub requests_per_minute: u32,
    /// Kernels that one user may hold.
    pub kernels: u32,
    /// Kernels that queues leave to others.
    pub kernels_kept_free: u32,
    /// Seconds after a lost answer's deadline at which its run is looked for.
    pub settle_looks_seconds: Vec<u64>,
    /// How many normal runs may be called runaways, such as `1 a week`.
    pub false_alarms: String,
    /// How the terminal tells of alerts.
    pub notify: notify::Setting,
    /// A program that is told of alerts; empty for none.
    pub notify_command: Vec<String>,
    /// When nothing is told, such as `22:00-07:00`.
    pub quiet_hours: String,
    /// Directory of the store; empty for the system's.
    pub data_dir: String,
    /// File with root certificates that are trusted too; empty for none.
    pub ca_file: String,
    /// File with the certificate that hextop shows; empty for none.
    pub client_cert_file: String,
    /// File with its key; empty if it is in the same file.
    pub client_key_file: String,
    /// Seconds that connecting may take.
    pub connect_timeout_seconds: u64,
    /// Seconds that a whole request may take.
    pub timeout_seconds: u64,
    /// The zone in which the form counts days, `local` for this machine's.
    pub time_zone: String,
    /// Whether the server knows only the deprecated `updateCache`.
    pub old_server: bool,
    /// Whether the mouse is listened to.
    pub mouse: bool,
    /// The name of a theme, or the path of the file of one.
    pub theme: String,
    /// Keys by place and command, over those that hextop has by itself.
    #[serde(deserialize_with = "own_keys")]
    pub keys: OwnKeys,
    /// Inputs of projects, for the form.
    pub inputs: Vec<InputEntry>,
    /// Whether any certificate of this machine is accepted.
    #[serde(skip)]
    pub insecure: bool,
    /// The directory of the settings file, where relative paths in it begin.
    #[serde(skip)]
    pub directory: PathBuf,
}

/// The settings as shipped.
impl Default for Config {
    fn default() -> Self {
        let settings = engine::Settings::default();
        let timeouts = Timeouts::default();
        Self {
            base_url: "app.hex.tech".to_owned(),
            token_file: String::new(),
            token_command: Vec::new(),
            projects: settings.watch,
            watch: String::new(),
            filters: Saved::new(),
            protected: Vec::new(),
            rules: Vec::new(),
            rules_file: String::new(),
            rule_countdown_seconds: settings.countdown.as_secs(),
            rule_cancels_an_hour: settings.cancels_an_hour,
            paths: Paths::Auto,
            requests_per_minute: settings.requests_per_minute,
            kernels: settings.kernels,
            kernels_kept_free: settings.kernels_kept_free,
            settle_looks_seconds: settings.settle_looks.iter().map(Duration::as_secs).collect(),
            false_alarms: settings.false_alarms.to_string(),
            notify: notify::Setting::default(),
            notify_command: Vec::new(),
            quiet_hours: String::new(),
            data_dir: String::new(),
            ca_file: String::new(),
            client_cert_file: String::new(),
            client_key_file: String::new(),
            connect_timeout_seconds: timeouts.connect.as_secs(),
            timeout_seconds: timeouts.total.as_secs(),
            time_zone: "UTC".to_owned(),
            old_server: false,
            mouse: true,
            theme: "terminal".to_owned(),
            keys: OwnKeys::new(),
            inputs: Vec::new(),
            insecure: false,
            directory: PathBuf::new(),
        }
    }
}

/// Texts, of which one may stand without a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OneOrMore(pub Vec<String>);

impl<'de> Deserialize<'de> for OneOrMore {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "a text such as \"t\", or a list of texts")]
        enum Texts {
            One(String),
            Several(Vec<String>),
        }
        Ok(Self(match Texts::deserialize(from)? {
            Texts::One(text) => vec![text],
            Texts::Several(texts) => texts,
        }))
    }
}

/// Reads keys: one, or a list of them.
fn own_keys<'de, D: Deserializer<'de>>(from: D) -> Result<OwnKeys, D::Error> {
    let read = BTreeMap::<String, BTreeMap<String, OneOrMore>>::deserialize(from)?;
    let commands = |commands: BTreeMap<String, OneOrMore>| {
        commands.into_iter().map(|(command, keys)| (command, keys.0)).collect()
    };
    Ok(read.into_iter().map(|(place, of)| (place, commands(of))).collect())
}

/// The setting `paths`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Paths {
    /// Find out by reading.
    Auto,
    /// `/v1/projects/{id}/runs`
    Current,
    /// `/v1/project/{id}/run`
    Legacy,
}

impl Config {
    /// Reads the settings: those of `file`, if it is there, and the defaults of all others. A file that was
    /// asked for by name must be there.
    ///
    /// # Errors
    /// If the file cannot be read or does not fit.
    pub fn load(file: &Path, must_exist: bool) -> Result<Self, ConfigError> {
        let text = match std::fs::read_to_string(file) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && !must_exist => {
                String::new()
            }
            Err(error) => return Err(ConfigError::Unreadable(file.to_owned(), error)),
        };
        let wrong = |reason| ConfigError::Wrong(file.to_owned(), reason);
        let config = Self::over_defaults(without_mark(&text)).map_err(wrong)?;
        let absolute = std::path::absolute(file);
        let absolute = absolute.map_err(|error| ConfigError::Unreadable(PathBuf::new(), error))?;
        let directory = absolute.parent().map(Path::to_owned).unwrap_or_default();
        let mut config = Self { directory, ..config };
        if !config.rules_file.is_empty() {
            let path = config.path("rules_file", &config.rules_file)?;
            config.rules.extend(rules::load(&path).map_err(wrong)?);
            config.rules().map_err(wrong)?;
        }
        Ok(config)
    }

    fn over_defaults(text: &str) -> Result<Self, String> {
        let own: toml::Table = text.parse().map_err(|error| said(text, &error))?;
        if own.contains_key("token") {
            return Err("`token` does not belong here: put it into a file of its own and name \
                        that in token_file"
                .to_owned());
        }
        // From the text and not from the table, which has forgotten the lines.
        let config: Self = toml::from_str(text).map_err(|error| said(text, &error))?;
        let ranges = [
            ("requests_per_minute", u64::from(config.requests_per_minute), 1..=600),
            ("kernels", u64::from(config.kernels), 1..=10_000),
            ("rule_countdown_seconds", config.rule_countdown_seconds, 10..=3600),
            ("rule_cancels_an_hour", u64::from(config.rule_cancels_an_hour), 0..=1000),
            ("connect_timeout_seconds", config.connect_timeout_seconds, 1..=300),
            ("timeout_seconds", config.timeout_seconds, 1..=300),
        ];
        for (name, value, range) in ranges {
            if !range.contains(&value) {
                return Err(format!(
                    "{name} is {value}, but must be {} to {}",
                    range.start(),
                    range.end()
                ));
            }
        }
        let looks = &config.settle_looks_seconds;
        if looks.is_empty() || looks.len() > 20 || looks.iter().any(|look| *look > 3600) {
            return Err("settle_looks_seconds needs 1 to 20 numbers of at most 3600".to_owned());
        }
        if zone(&config.time_zone).is_none() {
            return Err(format!(
                "time_zone is {:?}, which is no zone: write UTC, local or Europe/Berlin",
                config.time_zone
            ));
        }
        config.rules()?;
        config.false_alarms()?;
        config.notifier("")?;
        inputs::check(&config.inputs)?;
        config.keymap()?;
        config.watched()?;
        config.check_filters()?;
        Ok(config)
    }

    /// The rules of projects, those of `protected` first.
    ///
    /// # Errors
    /// A sentence that says which rule cannot be used, and why.
    pub fn rules(&self) -> Result<Vec<Rule>, String> {
        let protected = (!self.protected.is_empty()).then(|| Rule::protecting(&self.protected));
        Ok(protected.into_iter().chain(rules::read(&self.rules)?).collect())
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
        let command = match self.notify_command.as_slice() {
            [] => None,
            words => Some(NotifyCommand::try_from(words.to_vec()).map_err(|why| why.to_string())?),
        };
        let quiet = self.quiet_hours.parse::<Hours>();
        Ok(Notifier {
            workspace: workspace.to_owned(),
            terminal: Terminal::new(self.notify, |name| std::env::var_os(name)),
            command,
            quiet: quiet.map_err(|why| format!("quiet_hours: {why}"))?,
            zone: self.zone(),
        })
    }

    /// The filter of the projects that are watched.
    ///
    /// # Errors
    /// A sentence that says what is wrong with it.
    pub fn watched(&self) -> Result<Query, String> {
        Query::parse(&self.watch, Subject::Projects, &self.filters)
            .map_err(|why| format!("watch: {why}"))
    }

    /// Each filter is one of something, and has a name that can be written.
    fn check_filters(&self) -> Result<(), String> {
        for (name, text) in &self.filters {
            filter::check_name(name).map_err(|why| format!("filters: {why}"))?;
            let of = |subject| Query::parse(text, subject, &self.filters);
            // What is wrong with it as one of runs is what is said: these have the most terms.
            of(Subject::Runs)
                .or_else(|why| of(Subject::Projects).map_err(|_| why))
                .or_else(|why| of(Subject::Journal).map_err(|_| why))
                .map_err(|why| format!("filters: in `{name}`: {why}"))?;
        }
        Ok(())
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
        let names = theme::NAMES.join(", ");
        let is_file = Path::new(&self.theme).extension().is_some_and(|ending| ending == "toml");
        if !is_file {
            return Err(format!("theme: `{}` is none of {names}, and no .toml file", self.theme));
        }
        let path =
            path::resolve(&self.theme, &self.directory).map_err(|why| format!("theme: {why}"))?;
        let text = std::fs::read_to_string(&path)
            .map_err(|error| format!("theme: cannot read {}: {error}", path.display()))?;
        let roles = Roles::read(&text);
        let roles = roles.map_err(|error| format!("theme: {}: {error}", path.display()))?;
        Ok(roles.kept())
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
        let variable = std::env::var(BASE_URL_VARIABLE).ok().filter(|text| !text.trim().is_empty());
        let text =
            argument.map(str::to_owned).or(variable).unwrap_or_else(|| self.base_url.clone());
        Ok(BaseUrl::parse(&text)?)
    }

    /// Where the token is: in the environment, else in the file, else the command prints it.
    ///
    /// # Errors
    /// If none of them is set, or a path names no place.
    pub fn token_source(&self) -> Result<TokenSource, ConfigError> {
        let variable = std::env::var(TOKEN_VARIABLE).ok();
        if variable.is_some_and(|text| !text.trim().is_empty()) {
            return Ok(TokenSource::Environment);
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
                Ok(place.with_file_name(token_file::NAME))
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

/// Characters of what is wrong with the settings.
const LONGEST_REASON: usize = 500;

/// What is wrong in which line, without its value and without a token in the wrong place.
fn said(text: &str, error: &toml::de::Error) -> String {
    let is_token = |part: &str| ["hxtp_", "hxtw_"].iter().any(|start| part.starts_with(start));
    let parts = error.message().split('"').map(|part| if is_token(part) { "…" } else { part });
    let message = cut(&parts.collect::<Vec<_>>().join("\""), LONGEST_REASON);
    let Some(at) = error.span().map(|span| span.start) else { return message };
    let number = text.get(..at).unwrap_or_default().matches('\n').count();
    let line = text.lines().nth(number).unwrap_or_default();
    let name = line.split_once('=').map_or("", |(name, _)| name.trim());
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let is_name = !name.is_empty() && name.len() < 40 && name.chars().all(is_plain);
    let name = if is_name && !is_token(name) { format!(", {name}") } else { String::new() };
    format!("line {}{name}: {message}", number + 1)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_read_at_the_start_and_what_is_wrong_with_one_is_said() {
        let good = Config::over_defaults(
            "watch = \"@team or label:production\"\nmouse = false\n\
             [filters]\nteam = \"owner:ana or owner:ben\"\nbad = \"status:errored\"\nlate = \"state:sent\"",
        )
        .unwrap();
        let whole = Query::parse(
            "owner:ana or owner:ben or label:production",
            Subject::Projects,
            &Saved::new(),
        );
        assert_eq!(Ok(good.engine().watch_filter), whole.map_err(|error| error.to_string()));
        assert!(!good.mouse);
        for (text, reason) in [
            ("watch = \"status:running\"", "watch: `status:` says nothing about projects"),
            ("watch = \"(owner:ana\"", "watch: there is no `)`"),
            ("watch = \"@team\"", "watch: no filter is kept as `@team`"),
            ("[filters]\nbad = \"age>soon\"", "filters: in `bad`: `soon` is no age"),
            ("[filters]\n\"a b\" = \"x\"", "filters: `a b` is no name"),
            ("[filters]\na = \"@a\"", "filters: in `a`: in `@a`: "),
        ] {
            let said = Config::over_defaults(text).unwrap_err();
            assert!(said.starts_with(reason), "{text}: {said}");
        }
    }

    #[test]
    fn a_token_in_the_wrong_place_is_not_repeated() {
        for (text, reason) in [
            ("\napi_token = \"hxtp_0123456789\"", "line 2, api_token: unknown field `api_token`"),
            (
                "token_command = \"hxtp_0123456789\"",
                "line 1, token_command: invalid type: string \"…\"",
            ),
            ("token_file = hxtp_0123456789", "line 1, token_file: "),
            ("projects = [\"hxtp_0123456789", "line 1, projects: "),
        ] {
            let said = Config::over_defaults(text).unwrap_err();
            assert!(said.starts_with(reason) && !said.contains("0123"), "{text}: {said}");
        }
    }

    #[test]
    fn the_shipped_file_is_the_default_and_a_persons_file_goes_over_it() {
        let default = Config::over_defaults(DEFAULTS).unwrap();
        assert_eq!(default, Config::default());
        let own =
            Config::over_defaults("projects = [\"Churn model\"]\npaths = \"legacy\"").unwrap();
        let expected =
            Config { projects: vec!["Churn model".to_owned()], paths: Paths::Legacy, ..default };
        assert_eq!(own, expected);
    }

    #[test]
    fn what_does_not_fit_is_named() {
        for (text, named) in [
            ("colour = 1", "colour"),
            ("# mine\nkernels = \"many\"", "line 2"),
            ("paths = \"old\"", "old"),
            ("requests_per_minute = 0", "requests_per_minute"),
            ("timeout_seconds = 301", "timeout_seconds"),
            ("token = \"hxtp_1\"", "token_file"),
            ("projects = ", "line 1"),
            ("time_zone = \"Mars\"", "time_zone"),
            ("false_alarms = \"never\"", "false_alarms"),
            ("quiet_hours = \"at night\"", "quiet_hours"),
            ("notify = \"loud\"", "notify"),
            ("notify_command = [\"\"]", "notify_command"),
            ("[keys.panes]\nfreeze = \"t\"", "to trigger and to freeze"),
            ("[keys.panes]\nfreeze = 7", "a text such as"),
            ("[keys]\nfreeze = \"t\"", "freeze"),
        ] {
            let reason = Config::over_defaults(text).unwrap_err();
            assert!(reason.contains(named), "{text}: {reason}");
            assert!(!reason.contains("hxtp_1"), "a token is not repeated");
        }
    }

    #[test]
    fn paths_in_the_settings_are_beside_the_file_and_a_tilde_is_the_home() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("settings.toml");
        let home = path::home().unwrap();
        for (written, expected) in [
            ("data", dir.path().join("data")),
            ("../data", dir.path().join("../data")),
            ("~/data", home.join("data")),
            ("/srv/data", PathBuf::from("/srv/data")),
        ] {
            let text = format!("data_dir = {written:?}\ntoken_file = {written:?}\n");
            std::fs::write(&file, text).unwrap();
            let config = Config::load(&file, true).unwrap();
            assert_eq!(config.data_dir().unwrap(), expected, "{written}");
            assert_eq!(config.token_source().unwrap(), TokenSource::File(expected), "{written}");
        }
        let words = |command: &str| {
            std::fs::write(&file, format!("token_command = {command}\n")).unwrap();
            Config::load(&file, true).unwrap().token_source().unwrap()
        };
        let key = home.join("key").into_os_string();
        assert_eq!(
            words(r#"["./get", "~/key", "a/b", "~"]"#),
            TokenSource::Command(vec![
                dir.path().join("./get").into(),
                key,
                "a/b".into(),
                "~".into()
            ])
        );
        assert_eq!(words(r#"["pass"]"#), TokenSource::Command(vec!["pass".into()]));
        std::fs::write(&file, "data_dir = \"~ana/x\"").unwrap();
        let refusal = Config::load(&file, true).unwrap().data_dir().unwrap_err().to_string();
        assert!(refusal.contains("data_dir: ~ana/x"), "{refusal}");
    }

    #[test]
    fn a_missing_file_matters_only_if_it_was_asked_for() {
        let nowhere = Path::new("/nowhere/config.toml");
        assert!(Config::load(nowhere, false).is_ok());
        assert!(matches!(Config::load(nowhere, true), Err(ConfigError::Unreadable(..))));
    }
}

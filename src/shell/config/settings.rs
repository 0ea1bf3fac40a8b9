//! All settings: their names, defaults and explanations.
//!
//! This type is their only source. `describe` makes the commented file, the schema and the table of
//! the manual from it: the first paragraph of a field's documentation is what the table says, an
//! indented block is an example.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use super::inputs::InputEntry;
use super::rules::RuleEntry;
use crate::api::client::Timeouts;
use crate::domain::filter::Saved;
use crate::engine;
use crate::shell::notify;
use crate::ui::RunColumn;
use crate::ui::clock::DateFormat;
use crate::ui::command::rebind::OwnKeys;

/// The settings of hextop.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The workspace: app.hex.tech, eu.hex.tech, hc.hex.tech or your own.
    ///
    /// The environment variable `HEX_API_BASE_URL` and `--base-url` go before it.
    #[schemars(extend("x-of" = "workspace"))]
    pub base_url: String,
    /// A file with the token, which only you can read (chmod 600).
    ///
    /// The environment variable `HEX_API_TOKEN` goes before it. In paths here and below, `~` is your home
    /// directory, `$NAME` an environment variable, and a relative path begins at this file's directory.
    #[schemars(extend("x-of" = "workspace"))]
    pub token_file: String,
    /// A command that prints the token, such as `["pass", "show", "hex"]`.
    #[schemars(extend("x-of" = "workspace"))]
    pub token_command: Vec<String>,
    /// The environment variable that holds the token, in place of `HEX_API_TOKEN`.
    ///
    /// `HEX_API_TOKEN` and `HEX_API_BASE_URL` are not used with a profile; this one is.
    #[schemars(extend("x-of" = "workspace"))]
    pub token_variable: String,
    /// What the workspace is called on the screen, such as PRODUCTION; empty for its address.
    #[schemars(extend("x-of" = "workspace"))]
    pub label: String,
    /// The colour of the label: red, yellow, green, cyan, blue, magenta, or none.
    #[schemars(extend("x-of" = "workspace"))]
    pub label_colour: LabelColour,
    /// The profile that is used where neither `--profile` nor `HEXTOP_PROFILE` names one; empty for none.
    ///
    /// A profile is a workspace with a name: a table of its own, at the end of the file. What is about a
    /// workspace (its address, token, projects, rules, inputs, limits and label) each profile says for itself;
    /// of everything else it says what differs.
    ///
    /// ```toml
    /// [profiles.production]
    /// base_url = "acme.hex.tech"
    /// token_file = "production.token"
    /// label = "PRODUCTION"
    /// label_colour = "red"
    /// ```
    pub profile: String,
    /// Files with a team's `rules`, `inputs`, `filters` and `protected` projects, which hold beside those here.
    ///
    /// What stands here goes before what they say of the same name.
    #[schemars(extend("x-of" = "workspace"))]
    pub include: Vec<String>,
    /// The projects to watch, by id, address or title; none means all published ones.
    ///
    /// Those named by id or address are watched at once; if all are, and they are ten at most, no list of
    /// them is read.
    #[schemars(extend("x-of" = "workspace"))]
    pub projects: Vec<String>,
    /// A filter: the projects that pass it are watched as well, such as `owner:ana or category:Finance`.
    ///
    /// Words, `project:`, `owner:`, `category:` and `label:` (the project's status in the workspace), `not`, `or`,
    /// parentheses.
    #[schemars(extend("x-of" = "workspace"))]
    pub watch: String,
    /// Filters by their names, for `@name` in any filter, `watch` included.
    ///
    /// What `:save-filter NAME` keeps in the dashboard is for its own filters, where it counts before these. A
    /// table of its own, at the end of the file in place of the line `filters = {}`:
    ///
    /// ```toml
    /// [filters]
    /// bad = "status:errored or verdict:runaway"
    /// ```
    pub filters: Saved,
    /// Projects, by id or title, whose runs are cancelled only after typing the project's title or the short id
    /// of one of the runs; by a command only with `--protected TITLE`.
    #[schemars(extend("x-of" = "workspace"))]
    pub protected: Vec<String>,
    /// Rules of projects, checked for everything that is done, whoever does it.
    ///
    /// A project is named by id, address or title, with `*` for any characters; a rule without `projects` is about
    /// all. No rule ends runs of a protected or read-only project. Each is a table of its own, at the end of the
    /// file in place of the line `rules = []`:
    ///
    /// ```toml
    /// [[rules]]
    /// name = "nightly"                        # said wherever it forbids or does something
    /// projects = ["Nightly *"]                # or one text
    /// max_duration = "2h"                     # in place of what runs usually take
    /// then = "cancel"                         # "notify", the default, only tells
    /// cancel_runaway = true                   # cancel what is called a runaway
    ///
    /// [[rules]]
    /// name = "month end"
    /// projects = "Finance close"
    /// protected = true                        # as `protected` above
    ///
    /// [[rules]]
    /// name = "office hours"
    /// projects = ["Churn model", "*forecast*"]
    /// allowed_hours = "mon-fri 08:00-18:00"   # when runs may be started from here, in time_zone
    /// max_concurrent = 3                      # runs that may be active at a time when one is started
    /// read_only = false                       # true: nothing is started or cancelled from here
    /// ```
    #[schemars(extend("x-of" = "workspace"))]
    pub rules: Vec<RuleEntry>,
    /// A file of rules that a team shares, which has nothing but rules; see also `include`.
    #[schemars(extend("x-of" = "workspace"))]
    pub rules_file: String,
    /// Seconds in which a person can keep a run that a rule is about to cancel.
    ///
    /// The dashboard and `hextop guard` act by the rules; of several processes only one does.
    #[schemars(range(min = 10, max = 3600))]
    pub rule_countdown_seconds: u64,
    /// How many runs rules may cancel in an hour.
    #[schemars(range(min = 0, max = 1000))]
    pub rule_cancels_an_hour: u32,
    /// The generation of API paths: `auto` finds out by reading, `current` or `legacy` insist.
    #[schemars(extend("x-of" = "workspace"))]
    pub paths: Paths,
    /// Requests a minute that are never exceeded, whatever the server allows.
    #[schemars(range(min = 1, max = 600), extend("x-of" = "workspace"))]
    pub requests_per_minute: u32,
    /// Kernels that one user may hold at a time; more are reckoned with where more have run.
    #[schemars(range(min = 1, max = 10_000), extend("x-of" = "workspace"))]
    pub kernels: u32,
    /// Kernels that a queue of starts leaves to others; it may always use one.
    #[schemars(range(min = 0, max = 10_000), extend("x-of" = "workspace"))]
    pub kernels_kept_free: u32,
    /// When an answer to a start is lost, its run is looked for so many seconds after the time that the request had.
    ///
    /// 1 to 20 numbers up to 3600. Only after the last is a run that has not appeared said to be not seen.
    #[schemars(length(min = 1, max = 20), inner(range(min = 0, max = 3600)))]
    pub settle_looks_seconds: Vec<u64>,
    /// How many normal runs may wrongly be called runaways in all projects together: so many `a day`, `a week` or
    /// `a month`.
    ///
    /// The fewer, the longer it takes until one is called so that is.
    pub false_alarms: String,
    /// How the terminal tells of alerts while it is not looked at: `auto`, `osc9`, `osc777`, `osc99`, `bell` or `off`.
    ///
    /// Alerts are about runs out of hand, and what is watched. Within tmux `set -g allow-passthrough all` lets more
    /// through than the bell, and `set -g focus-events on` tells whether it is looked at.
    pub notify: notify::Setting,
    /// A program that is told of alerts as well: JSON on its standard input, no shell, ten seconds at most.
    ///
    /// Such as `["curl", "-sf", "-d", "@-", "https://ntfy.sh/a-topic-of-yours"]`.
    pub notify_command: Vec<String>,
    /// When nothing is told, in `time_zone`: `22:00-07:00`, `mon-fri 22:00-07:00, sat-sun 00:00-24:00`; empty for never.
    pub quiet_hours: String,
    /// The directory of the store; empty for the one that the system has for such data.
    ///
    /// In it all hextop processes of one user share the request budget, what they have read and the journal of
    /// starts and cancels. It must be yours, and nobody else may write there.
    pub data_dir: String,
    /// A PEM bundle of root certificates that are trusted beside the system's, such as those of a company whose proxy
    /// looks into TLS.
    ///
    /// The environment variable `SSL_CERT_FILE` names a bundle in place of the system's.
    #[schemars(extend("x-of" = "workspace"))]
    pub ca_file: String,
    /// A certificate in PEM that hextop shows to a server that asks for one.
    #[schemars(extend("x-of" = "workspace"))]
    pub client_cert_file: String,
    /// The key of that certificate in PEM, which nobody else may read (chmod 600); empty if it is in the same file.
    #[schemars(extend("x-of" = "workspace"))]
    pub client_key_file: String,
    /// How long connecting may take, in seconds.
    #[schemars(range(min = 1, max = 300))]
    pub connect_timeout_seconds: u64,
    /// How long a whole request may take, in seconds.
    #[schemars(range(min = 1, max = 300))]
    pub timeout_seconds: u64,
    /// The zone in which times are shown and the form counts days, so that `yesterday` means one: `UTC`, `local` or
    /// a name such as `Europe/Berlin`.
    pub time_zone: String,
    /// Only for a server so old that it knows nothing but the deprecated `updateCache`.
    #[schemars(extend("x-of" = "workspace"))]
    pub old_server: bool,
    /// Whether clicks and the wheel are listened to.
    ///
    /// The terminal then selects text with Shift held; `M` in the dashboard turns the mouse off and on.
    pub mouse: bool,
    /// The colours: `terminal` (the terminal's own), `dark`, `light`, `high-contrast`, `colour-blind`, or the path of a
    /// `.toml` file of your own, made like those in `assets/themes`.
    ///
    /// `:theme` shows each of them at once.
    pub theme: String,
    /// The columns of runs that are shown where there is room, besides those that always are.
    ///
    /// `run`, `by`, `started`, `elapsed`, `usual`, `median`, `who`, `inputs` and `wait`; what is left out makes
    /// room for the others.
    pub columns: Vec<RunColumn>,
    /// What runs are sorted by at first: `status`, `project`, `started`, `elapsed`, `usual` or `seen`.
    ///
    /// With a `-` before it, as in `-elapsed`, the other way round.
    pub sort_runs: String,
    /// What projects are sorted by at first: `title`, `active` or `failed`.
    ///
    /// With a `-` before it the other way round. Pinned projects stay first.
    pub sort_projects: String,
    /// How days are written in lists: `20 Oct`, `Oct 20`, `10-20`, `20.10.` or `10/20`.
    pub date_format: DateFormat,
    /// Other keys than those that `hextop keys` prints, by place and command.
    ///
    /// A command that stands here has these keys and no others, an empty list leaves it to the command line. Keys
    /// that are pressed one after the other stand with a space between them. Each place is a table of its own, at
    /// the end of the file in place of the line `keys = {}`:
    ///
    /// ```toml
    /// [keys.panes]
    /// trigger = "f"
    /// "filter status:errored" = ["e", "g e"]
    /// incident = []
    ///
    /// [keys."trigger form"]
    /// review = "ctrl-k"
    /// ```
    #[serde(deserialize_with = "own_keys")]
    #[schemars(with = "BTreeMap<String, BTreeMap<String, OneOrMore>>")]
    pub keys: OwnKeys,
    /// What the form knows of your apps' inputs, where Hex does not tell or more is to be said.
    ///
    /// Each entry is a table of its own, at the end of the file in place of the line `inputs = []`:
    ///
    /// ```toml
    /// [[inputs]]
    /// project = "Weekly revenue"      # id or title
    /// name = "region"                 # the variable's name
    /// type = "choice"                 # text number checkbox date date-time date-range choice
    ///                                 # multi-choice json null
    /// label = "Region"                # what people read beside it
    /// default = "emea"                # what the form begins with, and sends; "yesterday" for dates
    /// choices = ["emea", "amer"]      # for choice and multi-choice
    /// help = "as in the report"       # shown under the field
    ///
    /// [[inputs]]
    /// project = "Weekly revenue"
    /// name = "threshold"
    /// type = "number"
    /// min = 0                         # for number, as max and integer are
    /// max = 1
    /// integer = false                 # only whole numbers
    ///
    /// [[inputs]]
    /// project = "Weekly revenue"
    /// name = "warehouse_key"
    /// required = true                 # no run is started without it
    /// secret = true                   # masked everywhere, and kept nowhere
    /// ```
    #[schemars(extend("x-of" = "workspace"))]
    pub inputs: Vec<InputEntry>,
    /// Whether any certificate of this machine is accepted.
    #[serde(skip)]
    pub insecure: bool,
    /// The directory of the settings file, where relative paths in it begin.
    #[serde(skip)]
    pub directory: PathBuf,
    /// The names of the profiles that the file has.
    #[serde(skip)]
    pub profiles: Vec<String>,
    /// The files that all this was read from.
    #[serde(skip)]
    pub files: Vec<PathBuf>,
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
            token_variable: String::new(),
            label: String::new(),
            label_colour: LabelColour::None,
            profile: String::new(),
            include: Vec::new(),
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
            columns: RunColumn::ALL.to_vec(),
            sort_runs: "status".to_owned(),
            sort_projects: "title".to_owned(),
            date_format: DateFormat::default(),
            keys: OwnKeys::new(),
            inputs: Vec::new(),
            insecure: false,
            directory: PathBuf::new(),
            profiles: Vec::new(),
            files: Vec::new(),
        }
    }
}

/// Texts, of which one may stand without a list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(with = "Texts")]
pub struct OneOrMore(pub Vec<String>);

#[derive(Deserialize, JsonSchema)]
#[serde(untagged, expecting = "a text such as \"t\", or a list of texts")]
enum Texts {
    One(String),
    Several(Vec<String>),
}

impl<'de> Deserialize<'de> for OneOrMore {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Paths {
    /// Find out by reading.
    Auto,
    /// `/v1/projects/{id}/runs`
    Current,
    /// `/v1/project/{id}/run`
    Legacy,
}

/// The setting `label_colour`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "colours by their names")]
pub enum LabelColour {
    #[default]
    None,
    Red,
    Yellow,
    Green,
    Cyan,
    Blue,
    Magenta,
}

//! One project of a scenario.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use crate::domain::Schedule;

use super::{schedule, span};

/// Whether a project is in use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProjectState {
    /// In use.
    #[default]
    Live,
    /// In the archive.
    Archived,
    /// In the trash.
    Trashed,
}

/// What the token's owner may do with a project.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// Everything.
    #[default]
    Edit,
    /// See it and run it, but not change what its app shows.
    View,
    /// Nothing: it is not listed, and asking for it is refused.
    None,
}

/// What an input accepts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InputKind {
    /// A string.
    #[default]
    Text,
    /// A number.
    Number,
    /// A number between two others.
    Slider,
    /// One of the options: a string or a number.
    Dropdown,
    /// Some of the options: an array of strings or numbers.
    Multiselect,
    /// `true` or `false`.
    Checkbox,
    /// A day, `2026-10-20`, or a moment in ISO 8601.
    Date,
}

/// One input of a project.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct InputSpec {
    /// The variable's name.
    pub name: String,
    /// What people read beside it; absent: the name.
    pub label: Option<String>,
    /// What it accepts.
    pub kind: InputKind,
    /// The value where none is given; absent: null.
    pub default: Option<Value>,
    /// What a dropdown or multiselect offers; empty: anything.
    pub options: Vec<Value>,
    /// The least a slider takes.
    pub min: Option<f64>,
    /// The most a slider takes.
    pub max: Option<f64>,
    /// In the notebook but not on the published app, so that a value given is ignored.
    pub hidden: bool,
}

/// One project.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ProjectSpec {
    /// Its title.
    pub title: String,
    /// What it is for.
    pub description: Option<String>,
    /// A component, which cannot run, rather than a project.
    pub component: bool,
    /// Whether it was ever published; only then it can run.
    pub published: bool,
    /// Whether it is in use.
    pub state: ProjectState,
    /// What the token's owner may do with it.
    pub access: Access,
    /// E-mail address of the owner; absent: somebody of the workspace.
    pub owner: Option<String>,
    /// The workspace's label on it, such as "Production".
    pub label: Option<String>,
    /// Its categories.
    pub categories: Vec<String>,
    /// Whether the list of projects hides it unless asked for it.
    pub unlisted: bool,
    /// When it runs by itself.
    #[serde(deserialize_with = "schedule::list")]
    pub schedules: Vec<Schedule>,
    /// What it asks for.
    pub inputs: Vec<InputSpec>,
    /// Half of its runs take longer.
    #[serde(deserialize_with = "span::required")]
    pub median: Duration,
    /// Deviation of the logarithm of its durations.
    pub spread: f64,
    /// Share of its runs that fail.
    pub failure: f64,
    /// Share of its runs that hang.
    pub runaway: f64,
    /// Share of its runs that never get a kernel.
    pub no_kernel: f64,
    /// Runs that others start through the API, an hour.
    pub api_per_hour: f64,
    /// Runs that readers start by refreshing the app, an hour.
    pub refreshes_per_hour: f64,
    /// Runs of the unpublished draft that the API shows, an hour. Strict clients cannot read
    /// their version.
    pub drafts_per_hour: f64,
    /// How often a new version is published, a day.
    pub publishes_per_day: f64,
    /// How many runs it has had when the world begins.
    pub past: u32,
    /// Runs in the middle when the world begins, besides those the past leaves.
    pub running: u32,
    /// Runs waiting for their kernel for a while when the world begins.
    pub pending: u32,
    /// Runs that hang when the world begins: for how many medians already.
    pub hung: Vec<f64>,
}

impl Default for ProjectSpec {
    fn default() -> Self {
        Self {
            title: "Untitled".to_owned(),
            description: None,
            component: false,
            published: true,
            state: ProjectState::default(),
            access: Access::default(),
            owner: None,
            label: None,
            categories: Vec::new(),
            unlisted: false,
            schedules: Vec::new(),
            inputs: Vec::new(),
            median: Duration::from_secs(30),
            spread: 0.35,
            failure: 0.0,
            runaway: 0.0,
            no_kernel: 0.0,
            api_per_hour: 0.0,
            refreshes_per_hour: 0.0,
            drafts_per_hour: 0.0,
            publishes_per_day: 0.0,
            past: 0,
            running: 0,
            pending: 0,
            hung: Vec::new(),
        }
    }
}

impl ProjectSpec {
    /// A published project without a past that does nothing unless told to.
    pub fn titled(title: impl Into<String>) -> Self {
        Self { title: title.into(), ..Self::default() }
    }
}

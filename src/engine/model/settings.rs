//! What the settings say that concerns the engine.

use std::time::Duration;

use jiff::tz::TimeZone;

use crate::domain::rules::Rule;
use crate::domain::runaway::AlarmBudget;

use super::{ConfiguredInputs, Model};
use crate::api::PathStyle;
use crate::domain::resolve::Reference;
use crate::domain::{Project, Query};
use crate::engine::guard::Guard;

/// Whether rules end runs from this process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Automatic {
    /// They do not.
    #[default]
    Off,
    /// They only say what they would do.
    DryRun,
    /// They do.
    On,
}

/// What the engine may be told.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Ids or titles of the projects to watch. If there are none, and no filter, all published ones are.
    pub watch: Vec<String>,
    /// A filter of projects that are watched as well; an empty one is none.
    pub watch_filter: Query,
    /// The path generation, or none to find it out.
    pub style: Option<PathStyle>,
    /// Requests a minute that are never exceeded, whatever a header allows.
    pub requests_per_minute: u32,
    /// Kernels that one user may hold at a time.
    pub kernels: u32,
    /// How long a request may take until it is given up.
    pub timeout: Duration,
    /// Inputs that the settings describe.
    pub inputs: Vec<ConfiguredInputs>,
    /// How long after a request was to be answered its project is looked at, if it was not.
    pub settle_looks: Vec<Duration>,
    /// Kernels that queues leave to others.
    pub kernels_kept_free: u32,
    /// Whether the list of projects is read; not by a command that is about one named in full.
    pub reads_list: bool,
    /// The rules of projects.
    pub rules: Vec<Rule>,
    /// Whether rules end runs from here.
    pub automatic: Automatic,
    /// How long a person can keep a run that a rule is about to end.
    pub countdown: Duration,
    /// Runs that rules may cancel in an hour, in all processes together.
    pub cancels_an_hour: u32,
    /// The zone of the hours in rules.
    pub zone: TimeZone,
    /// How many normal runs may be called runaways.
    pub false_alarms: AlarmBudget,
}

impl Settings {
    /// Whether every project is watched.
    pub fn watches_all(&self) -> bool {
        self.watch.is_empty() && self.watch_filter.is_empty()
    }

    /// Which projects are watched.
    pub fn watches(&self) -> impl Fn(&Project) -> bool {
        let names: Vec<_> = self.watch.iter().map(|name| Reference::new(name)).collect();
        let passes = |project: &Project| {
            !self.watch_filter.is_empty() && self.watch_filter.admits_project(project)
        };
        move |project| {
            self.watches_all() || names.iter().any(|it| it.names(project)) || passes(project)
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            watch: Vec::new(),
            watch_filter: Query::default(),
            style: None,
            requests_per_minute: 60,
            kernels: 25,
            timeout: Duration::from_secs(20),
            inputs: Vec::new(),
            settle_looks: [2, 10, 30, 120].map(Duration::from_secs).to_vec(),
            kernels_kept_free: 2,
            reads_list: true,
            rules: Vec::new(),
            automatic: Automatic::Off,
            countdown: Duration::from_secs(30),
            cancels_an_hour: 10,
            zone: TimeZone::UTC,
            false_alarms: AlarmBudget::default(),
        }
    }
}

impl Model {
    /// Takes up settings that have changed, as far as that can be done while it runs: rules and how they act,
    /// inputs, queues, the looks after a lost answer, and the zone.
    pub fn use_settings(&mut self, new: Settings) {
        let Settings { rules, inputs, countdown, cancels_an_hour, .. } = new;
        let Settings { kernels_kept_free, settle_looks, zone, .. } = new;
        if self.guard.rules() != rules {
            self.guard = Guard::of(rules);
        }
        self.settings = Settings {
            inputs,
            settle_looks,
            kernels_kept_free,
            countdown,
            cancels_an_hour,
            zone,
            ..std::mem::take(&mut self.settings)
        };
        self.revision += 1;
    }
}

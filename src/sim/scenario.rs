//! What a workspace is like: who is in it, how lively it is, its limits and its faults.
//!
//! A scenario is plain data. `assets/scenarios/README.md` describes its TOML form, whose keys
//! are these fields in kebab-case; whatever is left out has the default given here.

mod answers;
mod population;
mod project;
mod schedule;
mod settings;
pub(crate) mod span;

use jiff::SignedDuration;
use serde::Deserialize;

use super::fault::FaultSpec;

pub use answers::{
    Answers, Era, NextPage, Order, RunScope, Unknown, UnlistedQuery, Unpublished, WrongInputs,
};
pub use population::{Population, Titles};
pub use project::{Access, InputKind, InputSpec, ProjectSpec, ProjectState};
pub(crate) use schedule::DAYS;
pub use settings::{
    HeaderStyle, Kernels, KernelsFull, Latency, Limits, Outage, Paths, Refused, ResetForm,
    RetryAfter, Scope, TokenSpec, UsersSpec,
};

/// A workspace to simulate.
///
/// The default is an empty workspace that keeps every documented limit and never misbehaves.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Scenario {
    /// What it is for, in a sentence.
    pub about: String,
    /// How many times faster than real life its life, timestamps and `Date` run; the limits'
    /// windows and the latency do not.
    pub speed: f64,
    /// How far the server's clock is ahead of the client's.
    #[serde(deserialize_with = "span::signed")]
    pub clock_skew: SignedDuration,
    /// Which of the two generations of paths exist.
    pub paths: Paths,
    /// How long an answer takes.
    pub latency: Latency,
    /// Whose token it is and what it may do.
    pub token: TokenSpec,
    /// How many requests it grants.
    pub limits: Limits,
    /// Who is in it besides the token's owner.
    pub users: UsersSpec,
    /// How many runs of each user can run.
    pub kernels: Kernels,
    /// What its answers look like where sources about Hex disagree.
    pub answers: Answers,
    /// The projects, one by one.
    #[serde(rename = "project")]
    pub projects: Vec<ProjectSpec>,
    /// Projects made up from the seed, after the others.
    pub population: Population,
    /// Stretches of time in which runs go wrong.
    #[serde(rename = "outage")]
    pub outages: Vec<Outage>,
    /// What goes wrong with requests.
    #[serde(rename = "fault")]
    pub faults: Vec<FaultSpec>,
}

impl Default for Scenario {
    fn default() -> Self {
        Self {
            about: String::new(),
            speed: 1.0,
            clock_skew: SignedDuration::ZERO,
            paths: Paths::default(),
            latency: Latency::default(),
            token: TokenSpec::default(),
            limits: Limits::default(),
            users: UsersSpec::default(),
            kernels: Kernels::default(),
            answers: Answers::default(),
            projects: Vec::new(),
            population: Population::default(),
            outages: Vec::new(),
            faults: Vec::new(),
        }
    }
}

/// A scenario that cannot be read; says where and why.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ScenarioError(String);

/// The scenarios that come with the program: name and TOML text.
const BUILT_IN: [(&str, &str); 5] = [
    ("demo", include_str!("../../assets/scenarios/demo.toml")),
    ("quiet", include_str!("../../assets/scenarios/quiet.toml")),
    ("incident", include_str!("../../assets/scenarios/incident.toml")),
    ("large", include_str!("../../assets/scenarios/large.toml")),
    ("hostile", include_str!("../../assets/scenarios/hostile.toml")),
];

impl Scenario {
    /// A scenario that comes with the program.
    pub fn named(name: &str) -> Option<Self> {
        let (_, text) = BUILT_IN.iter().find(|(known, _)| *known == name)?;
        Self::from_toml(text).ok()
    }

    /// The names that [`Self::named`] knows.
    pub fn names() -> impl Iterator<Item = &'static str> {
        BUILT_IN.iter().map(|(name, _)| *name)
    }

    /// Reads a scenario file.
    ///
    /// # Errors
    /// The first thing that is wrong with it, with its line.
    pub fn from_toml(text: &str) -> Result<Self, ScenarioError> {
        let scenario: Self =
            toml::from_str(text).map_err(|error| ScenarioError(error.to_string()))?;
        scenario.check()?;
        Ok(scenario)
    }

    /// Looks for values that make no sense.
    ///
    /// # Errors
    /// The first of them.
    pub fn check(&self) -> Result<(), ScenarioError> {
        self.mistake().map_or(Ok(()), |mistake| Err(ScenarioError(mistake)))
    }

    /// Makes it hold exactly `count` projects: leaves some out, or makes some up.
    pub fn resize(&mut self, count: u32) {
        self.projects.truncate(usize::try_from(count).unwrap_or(usize::MAX));
        let named = u32::try_from(self.projects.len()).unwrap_or(u32::MAX);
        self.population.count = count.saturating_sub(named);
    }

    /// The first value that makes no sense.
    fn mistake(&self) -> Option<String> {
        if !(self.speed > 0.0 && self.speed <= 1e6) {
            return Some(format!("speed = {}: must be above 0, at most 1000000", self.speed));
        }
        let is_no_share = |share: &f64| !(0.0..=1.0).contains(share);
        let wrong = |shares: &[f64], of: String| {
            let wrong = shares.iter().find(|share| is_no_share(share))?;
            Some(format!("{of}: {wrong} is no share: 0 is never, 1 is always"))
        };
        let of_project = |spec: &ProjectSpec| {
            let shares = [spec.failure, spec.runaway, spec.no_kernel];
            wrong(&shares, format!("project \"{}\"", spec.title))
        };
        let of_outage =
            |outage: &Outage| wrong(&[outage.hang, outage.failure], "outage".to_owned());
        let of_fault = |fault: &FaultSpec| wrong(&[fault.rate], fault.name.name().to_owned());
        let made_up = &self.population;
        wrong(&[made_up.unpublished, made_up.scheduled], "population".to_owned())
            .or_else(|| wrong(&[self.users.own_share], "users".to_owned()))
            .or_else(|| self.projects.iter().find_map(of_project))
            .or_else(|| self.outages.iter().find_map(of_outage))
            .or_else(|| self.faults.iter().find_map(of_fault))
    }
}

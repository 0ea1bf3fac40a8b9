//! One simulated project: what the scenario says of it and what has happened to it since.

use std::time::Duration;

use jiff::Timestamp;

use crate::domain::{ProjectId, RunTrigger};

use super::rng::{Rng, times};
use super::run::{Outcome, Plan};
use super::scenario::{Kernels, Outage, ProjectSpec, ProjectState};
use super::users::PEOPLE;
use super::uuid::Uuid;

/// One project, as the server knows it.
#[derive(Clone, Debug)]
pub struct SimProject {
    pub(crate) id: Uuid,
    pub(crate) spec: ProjectSpec,
    pub(crate) creator: String,
    pub(crate) owner: String,
    pub(crate) created: Timestamp,
    pub(crate) edited: Timestamp,
    pub(crate) published: Option<Timestamp>,
    pub(crate) refreshed: Option<Timestamp>,
    pub(crate) viewed: Option<Timestamp>,
    pub(crate) views: u32,
    /// Number of the latest published version; 0 where there is none.
    pub(crate) version: u32,
    /// The median duration of the latest version.
    pub(crate) median: Duration,
    /// Indices of its runs, in the order they were made.
    pub(crate) runs: Vec<usize>,
    /// Decides when things happen to it.
    pub(crate) chance: Rng,
}

impl SimProject {
    /// The `number`-th project as it is at `at`, still without runs.
    pub(crate) fn new(spec: ProjectSpec, number: usize, seed: u64, at: Timestamp) -> Self {
        let stream = u64::try_from(number).unwrap_or_default() + 0x1000;
        let mut chance = Rng::stream(seed, stream);
        let id = chance.uuid();
        let mut person = || {
            let name = chance.pick(&PEOPLE).copied().unwrap_or_default();
            format!("{name}@acme.test")
        };
        let (creator, owner) = (person(), person());
        let mut ago = |most_days: f64| {
            let by = times(Duration::from_hours(24), chance.within(0.01, most_days));
            at.saturating_sub(by).unwrap_or(at)
        };
        let (edited, created, viewed) = (ago(20.0), ago(500.0), ago(3.0));
        let is_published = spec.published;
        let publish = edited.saturating_add(Duration::from_mins(5)).unwrap_or(edited);
        let version =
            if is_published { 1 + u32::try_from(chance.below(20)).unwrap_or(0) } else { 0 };
        Self {
            id,
            owner: spec.owner.clone().unwrap_or(owner),
            creator,
            created: created.min(edited),
            edited,
            published: is_published.then_some(publish.min(at)),
            refreshed: None,
            viewed: is_published.then_some(viewed),
            views: if is_published { 5 + u32::try_from(chance.below(400)).unwrap_or(0) } else { 0 },
            version,
            median: spec.median,
            spec,
            runs: Vec::new(),
            chance,
        }
    }

    /// Its id.
    pub fn id(&self) -> ProjectId {
        ProjectId::new(self.id.to_string())
    }

    /// Its title.
    pub fn title(&self) -> &str {
        &self.spec.title
    }

    /// Number of the latest published version; 0 where there is none.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// What the scenario says of it.
    pub fn spec(&self) -> &ProjectSpec {
        &self.spec
    }

    /// Whether it can have runs.
    pub fn is_runnable(&self) -> bool {
        self.published.is_some() && self.spec.state == ProjectState::Live && !self.spec.component
    }

    /// When it was retired, if it was.
    pub(crate) fn retired(&self, state: ProjectState) -> Option<Timestamp> {
        (self.spec.state == state).then_some(self.edited)
    }

    /// What becomes of a run that begins now. A hung run stays for months.
    pub(crate) fn plan(
        &self,
        chance: &mut Rng,
        kernels: &Kernels,
        outage: Option<&Outage>,
    ) -> Plan {
        let spec = &self.spec;
        let boot = chance.log_normal(kernels.boot, 0.3);
        let takes = chance.log_normal(self.median, spec.spread);
        let (hang, failure) = outage.map_or((spec.runaway, spec.failure), |outage| {
            (outage.hang, outage.failure.max(spec.failure))
        });
        if chance.chance(spec.no_kernel) {
            let takes = takes.min(Duration::from_mins(1));
            return Plan { boot, takes, outcome: Outcome::Starves };
        }
        if chance.chance(hang) {
            let takes = Duration::from_hours(24 * 90);
            return Plan { boot, takes, outcome: Outcome::Completes };
        }
        if chance.chance(failure) {
            let takes = times(takes, chance.within(0.05, 1.0));
            return Plan { boot, takes, outcome: Outcome::Fails };
        }
        Plan { boot, takes, outcome: Outcome::Completes }
    }

    /// What happens to it by itself apart from its schedules: the cause and how often an hour.
    pub(crate) fn arrivals(&self) -> [(Arrival, f64); 4] {
        let spec = &self.spec;
        [
            (Arrival::Run(RunTrigger::Api), spec.api_per_hour),
            (Arrival::Run(RunTrigger::AppRefresh), spec.refreshes_per_hour),
            (Arrival::Draft, spec.drafts_per_hour),
            (Arrival::Publish, spec.publishes_per_day / 24.0),
        ]
    }
}

/// Something that happens to a project at random.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Arrival {
    /// Somebody starts a run.
    Run(RunTrigger),
    /// Somebody runs the draft.
    Draft,
    /// Somebody publishes a new version.
    Publish,
}

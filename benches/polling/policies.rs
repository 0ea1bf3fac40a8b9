//! The policies that are compared.

use std::time::Duration;

use hextop::domain::{Boot, ProjectId, Run, RunId, RunStatus, RunTrigger};
use hextop::engine::poll::duration_model::DurationModel;
use hextop::engine::poll::expectation::{ActiveRun, Expectation, Times};
use hextop::engine::poll::history::History;
use hextop::engine::poll::schedule_stats::Lag;
use hextop::engine::poll::{self, Attention, Prior, PriorSums, Slot};
use hextop::engine::poll::{Planner, Profile, Room};
use jiff::{SignedDuration, Timestamp};

use crate::eyes::{Eye, Eyes};
use crate::world::{BEGIN, LAG, SIGMA, Trouble, TrueProject, TrueRun};

/// Chooses looks.
pub trait Policy {
    /// The project to look at now.
    fn choose(&mut self, eyes: &Eyes, now: f64) -> usize;
    /// Takes in what a look has shown.
    fn looked(&mut self, _eyes: &Eyes, _number: usize, _now: f64) {}
}

/// Each project in turn.
#[derive(Default)]
pub struct RoundRobin(usize);

impl Policy for RoundRobin {
    fn choose(&mut self, eyes: &Eyes, _: f64) -> usize {
        let number = self.0;
        self.0 = (self.0 + 1) % eyes.projects.len();
        number
    }
}

/// What people write by hand: every second look goes to the project with active runs that was
/// looked at longest ago, the others to all in turn.
#[derive(Default)]
pub struct ActiveFirst(bool);

impl Policy for ActiveFirst {
    fn choose(&mut self, eyes: &Eyes, now: f64) -> usize {
        self.0 = !self.0;
        let age = |number: usize| now - eyes.projects[number].looked.unwrap_or(0.0);
        let oldest = |a: &usize, b: &usize| age(*a).total_cmp(&age(*b));
        let all = 0..eyes.projects.len();
        let active = all.clone().filter(|number| !eyes.projects[*number].active.is_empty());
        match active.max_by(oldest) {
            Some(number) if self.0 && age(number) >= 10.0 => number,
            _ => all.max_by(oldest).unwrap_or(0),
        }
    }
}

/// Knows the true rates and looks where rate × age² / 2 is largest: the optimum if all changes
/// came evenly.
pub struct RateOracle;

impl Policy for RateOracle {
    fn choose(&mut self, eyes: &Eyes, now: f64) -> usize {
        let worth = |number: &usize| {
            let project = &eyes.world.projects[*number];
            let age = now - eyes.projects[*number].looked.unwrap_or(BEGIN - 1000.0);
            let scheduled = if project.minute.is_some() { 1.0 / 3600.0 } else { 0.0 };
            (project.rate + scheduled) * age * age
        };
        let all = 0..eyes.projects.len();
        all.max_by(|a, b| worth(a).total_cmp(&worth(b))).unwrap_or(0)
    }
}

/// The planner of hextop, with what is expected of each project as somebody told it.
pub struct Planned<T: Tells> {
    planner: Planner,
    longest: Duration,
    tells: T,
}

/// Tells what is expected of a project.
pub trait Tells {
    /// What is expected of it after a look, or before the first.
    fn expectation(&mut self, eyes: &Eyes, number: usize, now: f64) -> Expectation;
}

impl<T: Tells> Planned<T> {
    /// A planner for these eyes at so many looks a minute.
    pub fn new(eyes: &Eyes, rate: u32, mut tells: T) -> Self {
        let mut planner = Planner::default();
        for number in 0..eyes.projects.len() {
            let looked = eyes.projects[number].looked;
            let expectation = tells.expectation(eyes, number, looked.unwrap_or(BEGIN));
            planner.set(id(eyes, number), Some(profile(looked, expectation)));
        }
        let longest = poll::longest(eyes.projects.len(), rate);
        Self { planner, longest, tells }
    }

    /// What is expected of a project after a look at it.
    pub fn learn(&mut self, eyes: &Eyes, number: usize, now: f64) -> Expectation {
        self.tells.expectation(eyes, number, now)
    }

    /// Takes that in.
    pub fn take(&mut self, eyes: &Eyes, number: usize, expectation: Expectation) {
        let looked = eyes.projects[number].looked;
        self.planner.set(id(eyes, number), Some(profile(looked, expectation)));
    }
}

fn id<'a>(eyes: &Eyes<'a>, number: usize) -> &'a ProjectId {
    &eyes.world.projects[number].listed.id
}

fn profile(looked: Option<f64>, expectation: Expectation) -> Profile {
    Profile {
        listed: boot(BEGIN),
        looked: looked.map(boot),
        not_before: Boot::ZERO,
        expectation,
        attention: Attention::Usual,
        is_runnable: true,
        is_polled: true,
        is_focus: false,
    }
}

impl<T: Tells> Policy for Planned<T> {
    fn choose(&mut self, _: &Eyes, now: f64) -> usize {
        let slot = Slot { boot: boot(now), server: stamp(now), longest: self.longest };
        let chosen = self.planner.choose(slot, Room::All);
        chosen.and_then(|project| project.as_str().parse().ok()).unwrap_or(0)
    }

    fn looked(&mut self, eyes: &Eyes, number: usize, now: f64) {
        let expectation = self.tells.expectation(eyes, number, now);
        self.take(eyes, number, expectation);
    }
}

/// Knows the true rates, schedules and laws of duration; of the runs, what it has seen.
pub struct Truth;

impl Truth {
    fn law(project: &TrueProject, version: u32) -> DurationModel {
        let longer = if version > 1 { 3.0_f64.ln() } else { 0.0 };
        DurationModel::new(project.mu + longer, SIGMA, 0.0, 1.0)
    }
}

impl Tells for Truth {
    fn expectation(&mut self, eyes: &Eyes, number: usize, now: f64) -> Expectation {
        let (project, eye) = (&eyes.world.projects[number], &eyes.projects[number]);
        let shape = eyes.world.shape;
        let mut fires = Times::default();
        if let Some(minute) = project.minute {
            let hour = ((now - LAG.1 - BEGIN) / 3600.0).floor() - 1.0;
            let first = BEGIN + hour * 3600.0 + f64::from(minute) * 60.0;
            let times = (0..6).map(|hour| first + f64::from(hour) * 3600.0);
            let came = |at: f64| {
                let known = &project.runs[eye.first..eye.next];
                known
                    .iter()
                    .rev()
                    .any(|run| run.scheduled && (0.0..60.0).contains(&(run.start - at)))
            };
            fires = times.filter(|at| at + LAG.1 > now && !came(*at)).collect();
        }
        let known = eye.active.iter().map(|index| &project.runs[*index]);
        let ending = known.filter(|run| run.end < shape.end() + 1e5);
        let active = |run: &TrueRun| ActiveRun {
            id: RunId::new(""),
            start: run.start,
            law: Self::law(project, run.version),
        };
        let renewed = shape.trouble == Trouble::Version && now >= shape.middle();
        Expectation {
            rate: project.rate,
            fires,
            weight: 1.0,
            lag: Lag(std::array::from_fn(|eighth| LAG.0 + (LAG.1 - LAG.0) * eighth as f64 / 8.0)),
            runs: ending.map(active).collect(),
            law: Self::law(project, 1 + u32::from(renewed)),
            ..Expectation::default()
        }
    }
}

/// What hextop does: learns from the pages it has read, and from nothing else.
#[derive(Default)]
pub struct Learner {
    projects: Vec<Learned>,
    prior: Prior,
    stale: usize,
}

#[derive(Default)]
struct Learned {
    runs: Vec<Run>,
    until: usize,
    history: Option<History>,
}

/// Ended runs that are kept of each project.
const KEEP: usize = 200;

impl Learned {
    fn take(&mut self, project: &TrueProject, eye: &Eye, now: f64) {
        let from = self.until.max(eye.first);
        for run in &mut self.runs {
            let index: usize = run.id.as_str().parse().unwrap_or(0);
            let truth = &project.runs[index];
            if run.end.is_none() && truth.end <= now {
                (run.end, run.status) = (Some(stamp(truth.end)), RunStatus::Completed);
            }
        }
        for index in from..eye.next {
            let run = &project.runs[index];
            let ended = run.end <= now;
            self.runs.push(Run {
                project: ProjectId::new(""),
                id: RunId::new(index.to_string()),
                version: Some(run.version.to_string()),
                url: None,
                status: if ended { RunStatus::Completed } else { RunStatus::Running },
                trigger: Some(if run.scheduled { RunTrigger::Scheduled } else { RunTrigger::Api }),
                start: Some(stamp(run.start)),
                end: ended.then(|| stamp(run.end)),
                elapsed: None,
            });
        }
        self.until = eye.next;
        let mut over = self.runs.iter().filter(|run| run.end.is_some()).count();
        self.runs.retain(|run| {
            let drop = run.end.is_some() && over > KEEP;
            over -= usize::from(drop);
            !drop
        });
    }
}

impl Tells for Learner {
    fn expectation(&mut self, eyes: &Eyes, number: usize, now: f64) -> Expectation {
        self.projects.resize_with(eyes.projects.len(), Learned::default);
        let (project, eye) = (&eyes.world.projects[number], &eyes.projects[number]);
        let learned = &mut self.projects[number];
        if eye.looked.is_none() {
            let history = History::of(&project.listed, [], stamp(now), stamp(now));
            return history.expectation(&self.prior);
        }
        learned.take(project, eye, now);
        // A page that is not full shows all runs since the project was published.
        let full = eye.first > 0 || learned.runs.len() > KEEP;
        let since = if full { learned.runs[0].start } else { project.listed.published.at() };
        let runs = learned.runs.iter().map(|run| (run, stamp(now)));
        learned.history =
            Some(History::of(&project.listed, runs, since.unwrap_or(stamp(now)), stamp(now)));
        self.stale += 1;
        if self.stale * 16 > self.projects.len() {
            let mut sums = PriorSums::default();
            for history in self.projects.iter().filter_map(|one| one.history.as_ref()) {
                sums.add(&history.sums(), 1.0);
            }
            self.prior = Prior::of(&sums);
            self.stale = 0;
        }
        let history = self.projects[number].history.as_ref();
        history.map_or_else(Expectation::default, |history| history.expectation(&self.prior))
    }
}

/// Our clock at this time of the server.
fn boot(now: f64) -> Boot {
    Boot::at(Duration::from_secs_f64(now - BEGIN + 1e6))
}

fn stamp(now: f64) -> Timestamp {
    let since = SignedDuration::try_from_secs_f64(now).unwrap_or_default();
    Timestamp::from_duration(since).unwrap_or_default()
}

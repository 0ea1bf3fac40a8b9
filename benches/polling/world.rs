//! Generated worlds: projects, their past and the hours that count.
//!
//! Everything follows from the shape and the seed, so all policies see the same events. Times are
//! seconds of the server's clock since 1970.

use hextop::domain::schedule::Cadence;
use hextop::domain::{Project, ProjectId, Published, Schedule};
use jiff::Timestamp;

/// When counting begins: a Tuesday, 08:00 UTC.
pub const BEGIN: f64 = 1_792_483_200.0;
/// How long the past goes back.
pub const PAST: f64 = 24.0 * 3600.0;
/// How much later a run of a schedule starts, in seconds.
pub const LAG: (f64, f64) = (0.2, 3.0);
/// Spread of the durations: the standard deviation of their logarithm.
pub const SIGMA: f64 = 0.5;

/// What makes a world harder than the usual one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing.
    None,
    /// All schedules fire at :00.
    FullHour,
    /// Four of five projects never run.
    Dead,
    /// A quarter of the projects has a run that never ends.
    Hung,
    /// 1,500 runs an hour.
    Busy,
    /// An hour in, somebody starts 60 runs of one project within two minutes.
    Sweep,
    /// At half time each project gets a new version, whose runs take three times as long.
    Version,
    /// Nothing ever ran before counting begins; an hour counts.
    NoPast,
}

impl Trouble {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::None,
        Self::NoPast,
        Self::FullHour,
        Self::Dead,
        Self::Hung,
        Self::Busy,
        Self::Sweep,
        Self::Version,
    ];

    /// As it is printed and named.
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "usual",
            Self::NoPast => "no past",
            Self::FullHour => "full hour",
            Self::Dead => "dead",
            Self::Hung => "hung",
            Self::Busy => "busy",
            Self::Sweep => "sweep",
            Self::Version => "version",
        }
    }

    /// The one of this name.
    pub fn named(word: &str) -> Self {
        let named = Self::ALL.into_iter().find(|trouble| trouble.word() == word);
        named.unwrap_or_else(|| panic!("no such world: {word}"))
    }
}

/// What to generate.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// How many projects.
    pub projects: u32,
    /// Unscheduled runs an hour in all projects together.
    pub per_hour: f64,
    /// Hours that count.
    pub hours: f64,
    /// What is special.
    pub trouble: Trouble,
}

impl Shape {
    /// A world of so many projects.
    pub fn new(projects: u32, trouble: Trouble) -> Self {
        let per_hour = match projects {
            _ if trouble == Trouble::Busy => 1500.0,
            0..=30 => 60.0,
            31..=100 => 120.0,
            101..=300 => 200.0,
            _ => 400.0,
        };
        let hours = if trouble == Trouble::NoPast { 1.0 } else { 4.0 };
        Self { projects, per_hour, hours, trouble }
    }

    /// Minutes that count.
    pub fn minutes(&self) -> u32 {
        (self.hours * 60.0) as u32
    }

    /// When counting ends.
    pub fn end(&self) -> f64 {
        BEGIN + self.hours * 3600.0
    }

    /// Half-way between.
    pub fn middle(&self) -> f64 {
        BEGIN + self.hours * 1800.0
    }
}

/// A run as it really is.
#[derive(Clone, Copy, Debug)]
pub struct TrueRun {
    /// When it starts.
    pub start: f64,
    /// When it ends.
    pub end: f64,
    /// Whether a schedule started it.
    pub scheduled: bool,
    /// The version of the project it runs.
    pub version: u32,
}

/// A project as it really is.
pub struct TrueProject {
    /// As the list of projects shows it.
    pub listed: Project,
    /// Unscheduled starts a second.
    pub rate: f64,
    /// The minute of the hour at which it is scheduled.
    pub minute: Option<i8>,
    /// Mean of the logarithm of its durations.
    pub mu: f64,
    /// All its runs in the order of their starts.
    pub runs: Vec<TrueRun>,
}

/// A generated world.
pub struct World {
    /// What it was generated from.
    pub shape: Shape,
    /// Its projects, in no order.
    pub projects: Vec<TrueProject>,
}

/// Seeded chance: `SplitMix64`.
struct Rng(u64);

impl Rng {
    fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    fn unit(&mut self) -> f64 {
        (self.word() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn within(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    fn exponential(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.unit()).ln()
    }

    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
    }

    fn shuffled(&mut self, count: u32) -> Vec<u32> {
        let mut order: Vec<u32> = (0..count).collect();
        for last in (1..order.len()).rev() {
            order.swap(last, (self.word() % (last as u64 + 1)) as usize);
        }
        order
    }
}

impl World {
    /// The world of a shape and a seed.
    pub fn new(shape: Shape, seed: u64) -> Self {
        let mut rng = Rng(seed.wrapping_mul(0x2545_f491_4f6c_dd1d) ^ 0x706f_6c6c);
        let count = shape.projects;
        let alive = if shape.trouble == Trouble::Dead { count / 5 } else { count };
        let ranks = rng.shuffled(count);
        let order = rng.shuffled(count);
        let harmonic: f64 = (1..=alive).map(|rank| 1.0 / f64::from(rank)).sum();
        let projects = (0..count)
            .map(|number| {
                let rank = ranks[number as usize];
                let living = rank < alive;
                let zipf = 1.0 / f64::from(rank + 1) / harmonic;
                let rate = if living { shape.per_hour * zipf / 3600.0 } else { 0.0 };
                let scheduled = order[number as usize] < count * 3 / 10 && living;
                Self::project(shape, number, rate, scheduled, &mut rng)
            })
            .collect();
        let mut world = Self { shape, projects };
        world.trouble(&mut rng);
        for project in &mut world.projects {
            project.runs.sort_by(|a, b| a.start.total_cmp(&b.start));
        }
        world
    }

    fn project(
        shape: Shape,
        number: u32,
        rate: f64,
        scheduled: bool,
        rng: &mut Rng,
    ) -> TrueProject {
        let mu = rng.within(20.0_f64.ln(), 900.0_f64.ln());
        let minute = (rng.unit() * 60.0) as i8;
        let minute = if shape.trouble == Trouble::FullHour { 0 } else { minute };
        let from = if shape.trouble == Trouble::NoPast { BEGIN } else { BEGIN - PAST };
        let middle = shape.middle();
        let mut runs = Vec::new();
        let mut add = |start: f64, scheduled: bool, rng: &mut Rng| {
            let renewed = shape.trouble == Trouble::Version && start >= middle;
            let mu = if renewed { mu + 3.0_f64.ln() } else { mu };
            let end = start + (mu + SIGMA * rng.normal()).exp();
            runs.push(TrueRun { start, end, scheduled, version: 1 + u32::from(renewed) });
        };
        let next = |at: f64, rng: &mut Rng| at + rng.exponential(1.0 / rate);
        let mut at = if rate > 0.0 { next(from, rng) } else { f64::INFINITY };
        while at < shape.end() {
            add(at, false, rng);
            at = next(at, rng);
        }
        let hours = ((shape.end() - from) / 3600.0) as u32;
        for hour in 0..if scheduled { hours } else { 0 } {
            let fires = from + f64::from(hour) * 3600.0 + f64::from(minute) * 60.0;
            add(fires + rng.within(LAG.0, LAG.1), true, rng);
        }
        let cadence = Cadence::Hourly { minute };
        let schedule = Schedule { enabled: true, cadence, zone: "+00:00".to_owned() };
        let listed = Project {
            id: ProjectId::new(number.to_string()),
            title: hextop::domain::Text::default(),
            published: Timestamp::from_second(from as i64).map_or(Published::Never, Published::At),
            retired: false,
            owner: None,
            categories: Vec::new(),
            label: None,
            schedules: if scheduled { vec![schedule] } else { Vec::new() },
        };
        TrueProject { listed, rate, minute: scheduled.then_some(minute), mu, runs }
    }

    fn trouble(&mut self, rng: &mut Rng) {
        match self.shape.trouble {
            Trouble::Hung => {
                for project in self.projects.iter_mut().step_by(4) {
                    let start = BEGIN - rng.within(0.2, 6.0) * 3600.0;
                    let end = self.shape.end() + 1e6;
                    project.runs.push(TrueRun { start, end, scheduled: false, version: 1 });
                }
            }
            Trouble::Sweep => {
                let project = &mut self.projects[0];
                for _ in 0..60 {
                    let start = BEGIN + 3600.0 + rng.within(0.0, 120.0);
                    let end = start + (project.mu + SIGMA * rng.normal()).exp();
                    project.runs.push(TrueRun { start, end, scheduled: false, version: 1 });
                }
            }
            _ => {}
        }
    }
}

//! Plays a policy through a world and draws its figures.

use crate::eyes::Eyes;
use crate::policies::{ActiveFirst, Learner, Planned, Policy, RateOracle, RoundRobin, Truth};
use crate::world::{BEGIN, World};

/// The policies, in the order of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name {
    /// Each project in turn: the measure of all others.
    RoundRobin,
    /// What people write by hand.
    ActiveFirst,
    /// Knows the true rates.
    RateOracle,
    /// Knows the true rates, schedules and laws of duration.
    HazardOracle,
    /// Knows what it has polled.
    Hextop,
}

impl Name {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::RoundRobin, Self::ActiveFirst, Self::RateOracle, Self::HazardOracle, Self::Hextop];

    /// As it is printed.
    pub fn word(self) -> &'static str {
        match self {
            Self::RoundRobin => "round-robin",
            Self::ActiveFirst => "active-first",
            Self::RateOracle => "rate oracle",
            Self::HazardOracle => "hazard oracle",
            Self::Hextop => "hextop",
        }
    }

    fn policy(self, eyes: &Eyes, rate: u32) -> Box<dyn Policy> {
        match self {
            Self::RoundRobin => Box::new(RoundRobin::default()),
            Self::ActiveFirst => Box::new(ActiveFirst::default()),
            Self::RateOracle => Box::new(RateOracle),
            Self::HazardOracle => Box::new(Planned::new(eyes, rate, Truth)),
            Self::Hextop => Box::new(Planned::new(eyes, rate, Learner::default())),
        }
    }
}

/// What came of one policy in one world. Delays in seconds.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// Mean delay of all events.
    pub mean: f64,
    /// Median.
    pub p50: f64,
    /// 95th percentile (nearest rank).
    pub p95: f64,
    /// Mean, median and 95th percentile of the starts.
    pub starts: [f64; 3],
    /// Likewise of the ends.
    pub ends: [f64; 3],
    /// The longest time between two looks at one project.
    pub oldest: f64,
    /// Requests used.
    pub requests: u32,
    /// When it looked where.
    pub looks: Vec<(f64, usize)>,
}

/// Plays `policy` at `rate` looks a minute, evenly paced; nothing was looked at before.
pub fn play(world: &World, policy: Name, rate: u32) -> Figures {
    let mut eyes = Eyes::new(world);
    let mut chooses = policy.policy(&eyes, rate);
    let mut looks = Vec::new();
    // Requests are counted, not times added up, so that the pace never drifts.
    while eyes.requests < rate * world.shape.minutes() {
        let now = BEGIN + f64::from(eyes.requests) * 60.0 / f64::from(rate);
        let number = chooses.choose(&eyes, now);
        eyes.look(number, now);
        chooses.looked(&eyes, number, now);
        looks.push((now, number));
    }
    eyes.close();
    let all = eyes.starts.iter().chain(&eyes.ends).copied().collect();
    let [mean, p50, p95] = summary(all);
    Figures {
        mean,
        p50,
        p95,
        oldest: eyes.oldest,
        requests: eyes.requests,
        starts: summary(eyes.starts),
        ends: summary(eyes.ends),
        looks,
    }
}

/// Mean, median and 95th percentile.
fn summary(mut delays: Vec<f64>) -> [f64; 3] {
    delays.sort_by(f64::total_cmp);
    let rank = |percent: usize| {
        let rank = (delays.len() * percent).div_ceil(100).saturating_sub(1);
        delays.get(rank).copied().unwrap_or(0.0)
    };
    let mean = delays.iter().sum::<f64>() / (delays.len().max(1) as f64);
    [mean, rank(50), rank(95)]
}

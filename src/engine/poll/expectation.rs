//! What is expected of one project after its last look: how many changes nobody has seen yet, and
//! what a look that shows them is worth.
//!
//! Three sources add up: new runs, schedules that fire, and the ends of its active runs. All
//! times are seconds of the server's clock since 1970.

use crate::domain::RunId;

use super::arrivals::{BURST, hour_of};
use super::duration_model::DurationModel;
use super::prior::Prior;
use super::schedule_stats::Lag;
use super::seconds::{HOUR, stamp};
use super::why::Why;

/// A run that had not ended at the last look.
#[derive(Clone, Debug, PartialEq)]
pub struct ActiveRun {
    /// Which.
    pub id: RunId,
    /// When it started; for one that waits for its kernel, since when it is known to.
    pub start: f64,
    /// How long it stays as it is.
    pub law: DurationModel,
}

/// Up to eight moments in order, kept in place because they are read for every project in every
/// choice.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Times([f64; 8]);

impl Default for Times {
    fn default() -> Self {
        Self([f64::INFINITY; 8])
    }
}

impl FromIterator<f64> for Times {
    /// Keeps the first eight, which must be in order.
    fn from_iter<T: IntoIterator<Item = f64>>(times: T) -> Self {
        let mut kept = Self::default();
        for (slot, at) in kept.0.iter_mut().zip(times) {
            *slot = at;
        }
        kept
    }
}

impl Times {
    /// Those that are not after `now`.
    fn until(&self, now: f64) -> impl DoubleEndedIterator<Item = f64> {
        self.0.into_iter().filter(move |at| *at <= now)
    }

    fn first(&self) -> f64 {
        let Self([first, ..]) = self;
        *first
    }
}

/// What is expected of one project.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    /// Unscheduled starts a second.
    pub rate: f64,
    /// Unscheduled starts in each hour of the day (UTC) relative to `rate`, where hours differ.
    pub hours: Option<Box<[f64; 24]>>,
    /// Further starts a second just after the last look, because there were many lately.
    pub burst: f64,
    /// When its schedules fire, in order; only times from which a run may still come.
    pub fires: Times,
    /// Probability that a run comes of one of them, 0–1.
    pub weight: f64,
    /// How long after its time such a run starts.
    pub lag: Lag,
    /// Its active runs.
    pub runs: Vec<ActiveRun>,
    /// How long its next runs will take.
    pub law: DurationModel,
}

impl Default for Expectation {
    /// Of a project of which nothing is known.
    fn default() -> Self {
        let prior = Prior::default();
        Self {
            rate: prior.rate,
            hours: None,
            burst: 0.0,
            fires: Times::default(),
            weight: 0.0,
            lag: prior.lag,
            runs: Vec::new(),
            law: DurationModel::new(
                prior.mean,
                prior.between.hypot(prior.spread),
                prior.hung,
                prior.tail,
            ),
        }
    }
}

impl Expectation {
    /// Expected number of changes between a look at `looked` and `now`; never falls as time goes.
    pub fn unseen(&self, looked: f64, now: f64) -> f64 {
        let [unseen] = self.unseen_by(looked, [now]);
        unseen
    }

    /// The same for several moments: what was known at the look is reckoned once for all of them.
    fn unseen_by<const N: usize>(&self, looked: f64, moments: [f64; N]) -> [f64; N] {
        let mut unseen = self.uneven_by(looked, moments);
        let even = moments.map(|at| self.even_starts(looked, at));
        unseen.iter_mut().zip(even).for_each(|(unseen, even)| *unseen += even);
        unseen
    }

    /// All but even starts and their ends.
    fn uneven_by<const N: usize>(&self, looked: f64, moments: [f64; N]) -> [f64; N] {
        let mut unseen = self.ended_runs(looked, moments);
        let other = |at: f64| self.burst_starts(looked, at) + self.fired_starts(looked, at);
        unseen.iter_mut().zip(moments).for_each(|(unseen, at)| *unseen += other(at));
        unseen
    }

    /// What a look at `now` is worth after one at `looked`, in changes × seconds: the changes it
    /// shows, times how long they would stay unseen without it.
    ///
    /// While changes come evenly, at rate λ, this is λ × age²; always to look where it is largest
    /// looks in proportion to √λ, which is the optimum (Cho and Garcia-Molina 2003, Azar et al.
    /// 2018). In general, putting a look off by dt costs `unseen` × dt, and saves the rate at
    /// which changes come now × dt × the time until the look after: so it pays to look when
    /// `unseen` / rate has grown to that time. Just before a schedule fires, or while a run is
    /// most likely to end, waiting pays; once nothing more is to come, it does not. `longest` is
    /// the longest that anything may stay unseen, in seconds.
    pub fn worth(&self, looked: f64, now: f64, interest: Interest, longest: f64) -> f64 {
        let age = (now - looked).max(0.0);
        let soon = soon(age);
        let [unseen, soon_unseen] = self.unseen_by(looked, [now, now + soon]);
        let coming = (soon_unseen - unseen) / soon;
        let unseen = interest.factor * (unseen + age * interest.rate);
        let coming = interest.factor * (coming + interest.rate);
        unseen * (unseen / coming.max(1e-12)).min(longest)
    }

    /// Never less than [`Self::worth`] to somebody without further interest, and cheap where no
    /// run is active and no schedule has fired: each start brings at most one end.
    pub(super) fn worth_at_most(&self, looked: f64, now: f64, longest: f64) -> f64 {
        let fired = self.fires.first() <= now;
        if fired || !self.runs.is_empty() || self.burst > 0.0 || self.hours.is_some() {
            return f64::INFINITY;
        }
        let age = (now - looked).max(0.0);
        2.0 * self.rate * age * (2.0 * age).min(longest)
    }

    /// Never less than [`Self::worth`] at any moment of a stretch `from`–`until`.
    ///
    /// The unseen only grows, so it is at most what it is at the end. Even starts come at least at
    /// the least rate of the hours; of the rest comes at least what comes after the stretch and still
    /// within the time over which it is counted. While nothing but even starts and their ends is expected,
    /// the worth itself only grows.
    pub fn worth_until(
        &self,
        looked: f64,
        (from, until): (f64, f64),
        interest: Interest,
        longest: f64,
    ) -> f64 {
        let age = (until - looked).max(0.0);
        let (ahead, last) = (from + soon((from - looked).max(0.0)), soon(age));
        let mut unseen = self.even_starts(looked, until);
        let coming = if self.is_even_until(ahead.max(until)) {
            (self.even_starts(looked, until + last) - unseen) / last
        } else {
            let [by_then, further] = self.uneven_by(looked, [until, ahead]);
            unseen += by_then;
            let even = self.least_rate(looked, from, until + last);
            even * (1.0 + self.law.ended_within(from - looked))
                + (further - by_then).max(0.0) / last
        };
        let unseen = interest.factor * (unseen + age * interest.rate);
        let coming = interest.factor * (coming + interest.rate);
        unseen * (unseen / coming.max(1e-12)).min(longest)
    }

    /// Whether nothing is expected until then but starts at the same rate at all hours, and their ends.
    fn is_even_until(&self, then: f64) -> bool {
        let is_calm = self.fires.first() > then && self.runs.is_empty();
        is_calm && self.burst <= 0.0 && self.hours.is_none()
    }

    /// Unscheduled starts, and their ends.
    fn new_starts(&self, looked: f64, now: f64) -> f64 {
        self.even_starts(looked, now) + self.burst_starts(looked, now)
    }

    fn even_starts(&self, looked: f64, now: f64) -> f64 {
        let age = (now - looked).max(0.0);
        let mut starts = self.rate * age;
        if let Some(hours) = &self.hours {
            starts = 0.0;
            let mut at = looked.max(now - REMEMBERED);
            while at < now {
                let next = (((at / HOUR).floor() + 1.0) * HOUR).min(now);
                let relative = hours.get(hour_of(at)).copied().unwrap_or(1.0);
                starts += self.rate * relative * (next - at);
                at = next;
            }
        }
        starts * (1.0 + self.law.ended_within(age))
    }

    /// At least so many even starts a second come between `from` and `until`.
    fn least_rate(&self, looked: f64, from: f64, until: f64) -> f64 {
        let Some(hours) = &self.hours else { return self.rate };
        if until - looked > REMEMBERED {
            return 0.0; // As many are forgotten as come.
        }
        let (mut least, mut at) = (f64::INFINITY, from);
        while at < until {
            least = hours.get(hour_of(at)).copied().unwrap_or(1.0).min(least);
            at = ((at / HOUR).floor() + 1.0) * HOUR;
        }
        self.rate * least.min(1.0)
    }

    fn burst_starts(&self, looked: f64, now: f64) -> f64 {
        if self.burst <= 0.0 {
            return 0.0;
        }
        let age = (now - looked).max(0.0);
        let starts = self.burst * BURST * (1.0 - (-age / BURST).exp());
        starts * (1.0 + self.law.ended_within(age))
    }

    fn fired_starts(&self, looked: f64, now: f64) -> f64 {
        if self.fires.first() > now {
            return 0.0;
        }
        let due = self.fires.until(now);
        due.map(|at| {
            let before = self.weight * self.lag.started(looked - at);
            let started = self.weight * self.lag.started(now - at) - before;
            started / (1.0 - before).max(1e-6) * (2.0 - self.law.survives(now - at))
        })
        .sum()
    }

    /// Overdue runs of one project hang for one reason: they count as one.
    fn ended_runs<const N: usize>(&self, looked: f64, moments: [f64; N]) -> [f64; N] {
        let (mut usual, mut overdue) = ([0.0; N], [0.0_f64; N]);
        for run in &self.runs {
            let age = looked - run.start;
            let (goes_on, hangs) = run.law.surviving(age);
            let is_overdue = age > 0.0 && goes_on < hangs;
            let places = usual.iter_mut().zip(&mut overdue).zip(moments);
            for ((usual, overdue), now) in places.filter(|(_, now)| *now > looked) {
                let survived =
                    run.law.survives(now - run.start) / (goes_on + hangs).max(f64::MIN_POSITIVE);
                let ended = (1.0 - survived).clamp(0.0, 1.0);
                if is_overdue {
                    *overdue = overdue.max(ended);
                } else {
                    *usual += ended;
                }
            }
        }
        usual.iter_mut().zip(overdue).for_each(|(usual, overdue)| *usual += overdue);
        usual
    }

    /// What weighs most in a look at `now`.
    pub(super) fn why(&self, looked: f64, now: f64) -> Why {
        let ended = |run: &&ActiveRun| run.law.ended(looked - run.start, now - run.start);
        let run = self.runs.iter().max_by(|a, b| ended(a).total_cmp(&ended(b)));
        let (starts, fires) = (self.new_starts(looked, now), self.fired_starts(looked, now));
        let ends = run.as_ref().map_or(0.0, ended);
        match run {
            Some(run) if ends >= starts.max(fires) => {
                let overdue = run.law.is_overdue(looked - run.start);
                if overdue {
                    Why::Overdue(run.id.clone())
                } else {
                    Why::RunEndsAbout(run.id.clone())
                }
            }
            _ if fires >= starts && fires > 0.0 => {
                let last = self.fires.until(now).next_back();
                last.map_or(Why::Oldest, |at| Why::Scheduled(stamp(at)))
            }
            _ => Why::Often { per_hour: self.rate * HOUR },
        }
    }
}

/// Unscheduled starts of so many seconds are counted where hours differ.
const REMEMBERED: f64 = 48.0 * HOUR;

/// The time over which the coming changes are counted at this age, in seconds.
fn soon(age: f64) -> f64 {
    (0.15 * age).max(5.0)
}

/// How much more than others a project is of interest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interest {
    /// A change there counts as so many elsewhere.
    pub factor: f64,
    /// Changes a second that are supposed besides, so that it is looked at without any.
    pub rate: f64,
}

impl Interest {
    /// No more than others.
    pub const NONE: Self = Self { factor: 1.0, rate: 0.0 };
}

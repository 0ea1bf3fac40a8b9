//! The past a project has when the world begins.
//!
//! Its schedules fired at their real times and people came as often as they will come later,
//! so that the present follows from the past without a seam.

use std::time::Duration;

use jiff::Timestamp;

use crate::domain::schedule::Cadence;
use crate::domain::time::between;
use crate::domain::{RunTrigger, Schedule};

use super::project::{Arrival, SimProject};
use super::rng::times;
use super::run::Version;

/// A run that began in the past.
pub(crate) struct Begun {
    pub(crate) at: Timestamp,
    pub(crate) trigger: RunTrigger,
    pub(crate) version: Version,
}

/// How far back a project remembers.
const HORIZON: Duration = Duration::from_hours(24 * 300);

/// How many runs one version lasts in the past.
const RUNS_PER_VERSION: usize = 23;

/// The last `spec.past` runs before `now`, oldest first.
pub(crate) fn of(project: &mut SimProject, now: Timestamp) -> Vec<Begun> {
    let wanted = usize::try_from(project.spec.past).unwrap_or(usize::MAX);
    if wanted == 0 || project.version == 0 {
        return Vec::new();
    }
    let scheduled: f64 = project.spec.schedules.iter().map(|one| per_hour(one, now)).sum();
    let random: f64 = project
        .arrivals()
        .iter()
        .filter(|(what, _)| *what != Arrival::Publish)
        .map(|(_, rate)| rate)
        .sum();
    // Nobody comes by themselves: then somebody came once a day.
    let quiet = if scheduled + random > 0.0 { 0.0 } else { 1.0 / 24.0 };
    // Enough for four deviations of a Poisson process; what is too much is left out.
    let past = f64::from(project.spec.past);
    let hours = (past + 4.0 * past.sqrt() + 4.0) / (scheduled + random + quiet);
    let since =
        now.saturating_sub(times(Duration::from_hours(1), hours).min(HORIZON)).unwrap_or(now);

    let mut begun = Vec::with_capacity(wanted * 3 / 2);
    for schedule in &project.spec.schedules {
        fired(schedule, since, now, wanted, &mut begun);
    }
    let mut came = project.arrivals();
    if quiet > 0.0
        && let Some((_, rate)) = came.first_mut()
    {
        *rate = quiet;
    }
    for (what, rate) in came {
        let (trigger, version) = match what {
            Arrival::Run(trigger) => (trigger, Version::Published(0)),
            Arrival::Draft => (RunTrigger::Api, Version::Draft),
            Arrival::Publish => continue,
        };
        let mut at = since;
        while let Some(wait) = project.chance.wait(rate) {
            at = at.saturating_add(wait).unwrap_or(now);
            if at >= now {
                break;
            }
            begun.push(Begun { at, trigger: trigger.clone(), version });
        }
    }
    begun.sort_by_key(|run| run.at);
    begun.drain(..begun.len().saturating_sub(wanted));
    number(&mut begun, project.version);
    begun
}

/// The times `schedule` fired in `since..now`.
fn fired(
    schedule: &Schedule,
    since: Timestamp,
    now: Timestamp,
    most: usize,
    begun: &mut Vec<Begun>,
) {
    let mut at = since;
    for _ in 0..most * 2 {
        match schedule.next_after(at) {
            Some(next) if next < now => at = next,
            _ => return,
        }
        begun.push(Begun { at, trigger: RunTrigger::Scheduled, version: Version::Published(0) });
    }
}

/// Gives each run of a published version its number: the newest runs have the latest.
fn number(begun: &mut [Begun], latest: u32) {
    for (back, run) in begun.iter_mut().rev().enumerate() {
        if run.version != Version::Draft {
            let behind = u32::try_from(back / RUNS_PER_VERSION).unwrap_or(u32::MAX);
            run.version = Version::Published(latest.saturating_sub(behind).max(1));
        }
    }
}

/// How often an hour a schedule fires, roughly.
fn per_hour(schedule: &Schedule, now: Timestamp) -> f64 {
    if !schedule.enabled {
        return 0.0;
    }
    match schedule.cadence {
        Cadence::Hourly { .. } => 1.0,
        Cadence::Daily { .. } => 1.0 / 24.0,
        Cadence::Weekly { .. } => 1.0 / 168.0,
        Cadence::Monthly { .. } => 1.0 / 730.0,
        Cadence::Cron(_) => {
            let next = |at| schedule.next_after(at);
            let first = next(now);
            let third = first.and_then(next).and_then(next);
            let span = first.zip(third).map(|(first, third)| between(first, third));
            span.map_or(0.0, |span| 2.0 * 3600.0 / span.as_secs_f64().max(1.0))
        }
        Cadence::Unknown(_) => 0.0,
    }
}

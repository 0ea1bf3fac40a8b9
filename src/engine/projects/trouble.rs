//! What is wrong with a project whatever its active runs do: its last runs failed, or its schedule started
//! none.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::run_table::RunTable;
use super::state::Gap;
use crate::domain::{Project, RunStatus, RunTrigger, Schedule};

/// From so many failures in a row on, with no run completed since, a project is failing.
const FAILING: usize = 3;
/// How long after its time a schedule may start its run.
const GRACE: SignedDuration = SignedDuration::from_mins(5);
/// A run may start so long before its schedule's time, by two clocks.
const EARLY: SignedDuration = SignedDuration::from_mins(1);
/// A schedule that starts runs more often than this is not waited for: its runs may be put together.
const SHORTEST: Duration = Duration::from_mins(10);

/// What is wrong with a project.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trouble {
    /// How many of its last runs failed in a row, if they are so many that this is worth a word. Killed runs
    /// count neither way.
    pub failing: Option<usize>,
    /// When a schedule was to start a run of which none was seen.
    pub missed: Option<Timestamp>,
    /// Whether it was drawn before: what was so at the first look is no news.
    pub(in crate::engine) is_drawn: bool,
    /// The schedules that are waited for, and when the next of them is due.
    waited: Option<(Vec<Schedule>, Timestamp)>,
}

impl Trouble {
    /// Draws it anew after a look at the server's time `now`, by the outcomes of the last runs, the newest first.
    pub(in crate::engine) fn draw(
        &mut self,
        project: &Project,
        runs: &RunTable,
        outcomes: &[RunStatus],
        (complete, gap): (Option<Timestamp>, Option<Gap>),
        now: Timestamp,
    ) {
        self.is_drawn = true;
        let counting = outcomes.iter().filter(|status| **status != RunStatus::Killed);
        let failed =
            counting.take_while(|it| matches!(it, RunStatus::Errored | RunStatus::NoKernel));
        self.failing = Some(failed.count()).filter(|count| *count >= FAILING);
        let next = |after| {
            let due = project.schedules.iter().filter_map(|it| it.next_after(after));
            due.min().filter(|_| project.is_runnable())
        };
        // A project whose schedules have changed is waited for from now on.
        let waited = self.waited.take().filter(|(schedules, _)| *schedules == project.schedules);
        let due = waited.map(|(_, due)| due).or_else(|| next(now));
        let Some(due) = due else {
            self.missed = None;
            return;
        };
        let started = |since: Timestamp| {
            let from = since.saturating_sub(EARLY).unwrap_or(since);
            let is_of_schedule = |trigger: &Option<RunTrigger>| {
                matches!(trigger, None | Some(RunTrigger::Scheduled))
            };
            // One that waits for its kernel has not started, and is none that is missing.
            let is_due = |start: Option<Timestamp>| start.is_none_or(|start| start >= from);
            let newest =
                runs.by_age().rev().take_while(|seen| is_due(seen.run.start.or(seen.run.end)));
            newest.into_iter().any(|seen| is_of_schedule(&seen.run.trigger))
        };
        self.missed = self.missed.filter(|since| !started(*since));
        let is_over = due.checked_add(GRACE).is_ok_and(|until| until <= now);
        if !is_over {
            self.waited = Some((project.schedules.clone(), due));
            return;
        }
        let is_known =
            complete.is_some_and(|complete| complete <= due) && gap.is_none_or(|gap| gap.to <= due);
        let is_rare = next(due).is_none_or(|after| {
            Duration::try_from(after.duration_since(due)).is_ok_and(|pause| pause >= SHORTEST)
        });
        if is_known && is_rare && !started(due) {
            self.missed = self.missed.or(Some(due));
        }
        let after = now.checked_sub(GRACE).unwrap_or(now);
        self.waited = next(after).map(|due| (project.schedules.clone(), due));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::schedule::Cadence;
    use crate::domain::{Boot, ProjectId, Published, Run, RunId};
    use crate::engine::projects::run_table::RunState;

    fn at(minute: i64) -> Timestamp {
        let midnight: Timestamp = "2026-11-27T00:00:00Z".parse().unwrap();
        midnight + SignedDuration::from_mins(minute)
    }

    fn project(minute: i8) -> Project {
        Project {
            id: ProjectId::new("p"),
            title: "Churn".into(),
            published: Published::At(Timestamp::UNIX_EPOCH),
            retired: false,
            owner: None,
            categories: Vec::new(),
            label: None,
            schedules: vec![Schedule {
                enabled: true,
                cadence: Cadence::Hourly { minute },
                zone: "UTC".to_owned(),
            }],
        }
    }

    fn run(id: &str, start: Option<i64>, trigger: Option<RunTrigger>) -> RunState {
        let run = Run {
            project: ProjectId::new("p"),
            id: RunId::new(id),
            version: None,
            url: None,
            status: if start.is_some() { RunStatus::Running } else { RunStatus::Pending },
            trigger,
            start: start.map(at),
            end: None,
            elapsed: None,
        };
        RunState { run, at: Boot::ZERO, changed: None }
    }

    /// What is missed after looks at these minutes, each with the runs that are there then.
    fn missed(
        looks: &[(i64, &[RunState])],
        complete: Option<i64>,
        gap: Option<i64>,
    ) -> Option<Timestamp> {
        let mut trouble = Trouble::default();
        let gap = gap.map(|to| Gap { from: None, to: at(to) });
        for (minute, runs) in looks {
            let mut table = RunTable::default();
            runs.iter().for_each(|run| table.put(run.clone()));
            trouble.draw(&project(30), &table, &[], (complete.map(at), gap), at(*minute));
        }
        trouble.missed
    }

    #[test]
    fn a_schedule_that_started_no_run_is_missed_five_minutes_after_its_time() {
        let scheduled = Some(RunTrigger::Scheduled);
        let old = run("old", Some(-30), scheduled.clone());
        let [own, other, waits] = [
            run("own", Some(31), scheduled.clone()),
            run("other", Some(31), Some(RunTrigger::Api)),
            run("waits", None, scheduled.clone()),
        ];
        let unknown = run("unknown", Some(29), None);
        let none = [old.clone()];
        assert_eq!(missed(&[(20, &none), (34, &none)], Some(0), None), None, "it may come");
        assert_eq!(missed(&[(20, &none), (36, &none)], Some(0), None), Some(at(30)));
        assert_eq!(missed(&[(36, &none)], Some(0), None), None, "nobody looked before");
        for seen in [own.clone(), waits, unknown] {
            let there = [old.clone(), seen];
            assert_eq!(missed(&[(20, &none), (36, &there)], Some(0), None), None);
        }
        let there = [old.clone(), other];
        assert_eq!(missed(&[(20, &none), (36, &there)], Some(0), None), Some(at(30)), "another's");
        assert_eq!(missed(&[(20, &none), (36, &none)], None, None), None, "not all is known");
        assert_eq!(missed(&[(20, &none), (36, &none)], Some(0), Some(33)), None, "nor is it here");
        let later = [old, run("late", Some(50), scheduled)];
        assert_eq!(
            missed(&[(20, &none), (36, &none), (51, &later)], Some(0), None),
            None,
            "it came"
        );
        assert_eq!(missed(&[(20, &none), (36, &none), (96, &none)], Some(0), None), Some(at(30)));
    }

    #[test]
    fn an_often_repeated_or_changed_schedule_is_not_waited_for() {
        let mut trouble = Trouble::default();
        let table = RunTable::default();
        let known = (Some(at(0)), None);
        trouble.draw(&project(30), &table, &[], known, at(20));
        trouble.draw(&project(45), &table, &[], known, at(40));
        assert_eq!(trouble.missed, None, "it was changed");
        let often = Cadence::Cron("*/5 * * * *".into());
        let mut quick = project(0);
        quick.schedules[0].cadence = often;
        for minute in [20, 40, 60] {
            trouble.draw(&quick, &table, &[], known, at(minute));
        }
        assert_eq!(trouble.missed, None);
    }

    #[test]
    fn three_failures_in_a_row_are_failing_and_a_killed_run_says_nothing() {
        use RunStatus::{Completed, Errored, Killed, NoKernel};
        for (outcomes, failing) in [
            (vec![], None),
            (vec![Errored, Errored], None),
            (vec![Errored, Killed, NoKernel, Errored, Completed], Some(3)),
            (vec![Completed, Errored, Errored, Errored], None),
            (vec![Errored; 6], Some(6)),
        ] {
            let mut trouble = Trouble::default();
            trouble.draw(&project(0), &RunTable::default(), &outcomes, (None, None), at(1));
            assert_eq!(trouble.failing, failing, "{outcomes:?}");
        }
    }
}

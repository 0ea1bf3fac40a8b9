//! What is wrong besides how long runs take: one waits too long, a project is failing, a schedule started none.

use super::*;
use crate::domain::Schedule;
use crate::domain::schedule::Cadence;
use crate::engine::alerts::AlertKind;

const WIDE: Size = Size { width: 160, height: 40 };

/// Lets these seconds pass, in steps of five, with the workspace as it is then.
fn pass(state: &mut State, projects: &[(Project, Vec<Run>)], seconds: std::ops::Range<u64>) {
    for second in seconds.step_by(5) {
        let asked = state.update(Msg::Engine(Box::new(engine::Msg::Woke)), at(second));
        settle(state, asked, projects, at(second));
    }
}

fn kinds(state: &State) -> Vec<AlertKind> {
    state.watching.alerts.iter().flat_map(|alert| &alert.items).map(|item| item.kind).collect()
}

#[test]
fn a_run_that_appears_and_stays_pending_gets_a_word_while_kernels_are_free() {
    let mut projects = workspace();
    let mut state = opened(&projects, WIDE);
    let (churn, runs) = &mut projects[0];
    runs.insert(0, run(churn, 0xbeef, RunStatus::Pending, 0, 0));
    pass(&mut state, &projects, 40..280);
    assert!(!drawn(&mut state, WIDE, at(280)).contains("! waiting"), "not before five minutes");
    pass(&mut state, &projects, 280..400);
    let shown = drawn(&mut state, WIDE, at(400));
    let row = shown.lines().find(|line| line.contains("0000beef")).unwrap();
    assert!(row.contains("! waiting"), "{shown}");
    let seen = |id: &str| {
        let moment = state.model.moment(at(400));
        let (watched, run) = state.model.runs().find(|(_, it)| it.run.id.short() == id).unwrap();
        moment.verdict(watched, run)
    };
    assert_eq!(seen("0000c1f0"), None, "it was pending before anybody looked");
    press(&mut state, "Tab / v e r d i c t : w a i t Enter", at(400));
    let shown = drawn(&mut state, WIDE, at(400));
    assert!(shown.contains("pending for 5m") && shown.contains("kernels are free"), "{shown}");
}

#[test]
fn a_project_whose_last_runs_fail_is_said_to_be_failing_and_told_once() {
    let mut projects = workspace();
    let mut state = opened(&projects, WIDE);
    for number in 0..5 {
        let (churn, runs) = &mut projects[0];
        let began = 4 + 100 * (5 - number);
        let failed =
            run(churn, 0x900 + usize::try_from(number).unwrap(), RunStatus::Errored, 0, 10);
        let ended = at(40).wall.checked_sub(Duration::from_secs(began)).unwrap();
        runs.insert(1, Run { start: Some(ended), end: Some(ended), ..failed });
        pass(&mut state, &projects, 40 + 60 * number..100 + 60 * number);
    }
    pass(&mut state, &projects, 340..400);
    let failing = kinds(&state).into_iter().filter(|kind| *kind == AlertKind::Failing).count();
    assert_eq!(failing, 1);
    press(&mut state, "shift-Tab g g", at(400));
    let shown = drawn(&mut state, WIDE, at(400));
    assert!(shown.contains("failing: the last 5 runs failed"), "{shown}");
}

#[test]
fn a_schedule_that_starts_no_run_is_said_beside_its_project_until_it_does() {
    let mut projects = workspace();
    projects.truncate(1);
    // Nothing goes on, so that nothing else is said of it.
    projects[0].1.remove(0);
    let (enabled, zone) = (true, "UTC".to_owned());
    // The clock stands at eight.
    projects[0].0.schedules =
        vec![Schedule { enabled, cadence: Cadence::Hourly { minute: 3 }, zone }];
    let mut state = opened(&projects, WIDE);
    pass(&mut state, &projects, 40..400);
    assert!(!drawn(&mut state, WIDE, at(400)).contains("⚠ missed"));
    pass(&mut state, &projects, 400..600);
    press(&mut state, "shift-Tab", at(600));
    let shown = drawn(&mut state, WIDE, at(600));
    assert!(shown.contains("⚠ missed"), "{shown}");
    assert!(shown.contains("its schedule of 2026-10-20 08:03:00Z"), "{shown}");
    let told =
        state.watching.alerts.iter().find(|it| it.items[0].kind == AlertKind::Missed).unwrap();
    assert_eq!(told.words(), "1 schedule started no run of Churn model");
    assert_eq!(told.items[0].label(), "2026-10-20 08:03Z");
    let (churn, runs) = &mut projects[0];
    let late = run(churn, 0xabc, RunStatus::Running, 0, 0);
    runs.insert(0, Run { start: Some(at(605).wall), ..late });
    pass(&mut state, &projects, 600..700);
    assert!(!drawn(&mut state, WIDE, at(700)).contains("⚠ missed"));
}

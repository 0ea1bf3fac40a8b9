//! Watched runs and projects, alerts, and what is said of the time while the terminal was not looked at.

use super::*;
use crate::engine::alerts::{Alert, AlertItem, AlertKind};

/// An alert of one run that has failed.
pub(super) fn alert(run: &str) -> Alert {
    let item = AlertItem {
        kind: AlertKind::Failed,
        project: ProjectId::new("p"),
        title: "Churn model".into(),
        run: RunId::new(run),
        status: RunStatus::Errored,
        known: crate::engine::alerts::Known::default(),
    };
    Alert { at: at(0).wall, items: vec![item], more: 0 }
}

/// Presses keys and answers what is asked by that.
fn pressed(state: &mut State, keys: &str) {
    let asked = press(state, keys, at(40));
    settle(state, asked, &workspace(), at(40));
}

/// Lets so many seconds pass, in which everything is answered by this workspace; gives the alerts that were
/// told outside of the screen.
fn told(
    state: &mut State,
    projects: &[(Project, Vec<Run>)],
    seconds: std::ops::Range<u64>,
) -> Vec<Alert> {
    let mut alerts = Vec::new();
    for second in seconds {
        let effects = state.update(Msg::Engine(Box::new(engine::Msg::Woke)), at(second));
        let asked = settle(state, effects, projects, at(second));
        alerts.extend(asked.into_iter().filter_map(|effect| match effect {
            Effect::Notify(alert) => Some(alert),
            _ => None,
        }));
    }
    alerts
}

/// The workspace, with the running run of the second project ended so.
fn ended(status: RunStatus) -> Vec<(Project, Vec<Run>)> {
    let mut projects = workspace();
    let (revenue, runs) = &mut projects[1];
    let before = runs.iter().find(|run| run.status == RunStatus::Running).unwrap().clone();
    runs.retain(|run| run.id != before.id);
    runs.insert(0, Run { status, end: Some(at(45).wall), ..before });
    let _ = revenue;
    projects
}

#[test]
fn a_run_out_of_hand_is_told_once_although_nothing_is_watched() {
    let mut state = opened(&workspace(), SIZES[1]);
    let alerts = told(&mut state, &workspace(), 40..300);
    let words: Vec<_> = alerts.iter().map(Alert::words).collect();
    assert_eq!(words, Vec::<String>::new(), "it was told before the fortieth second");
    assert_eq!(state.watching.alerts.len(), 1);
    assert_eq!(state.watching.alerts[0].words(), "1 run out of hand of Churn model");
}

#[test]
fn the_end_of_a_watched_run_is_told_and_that_of_another_is_not() {
    for (keys, count) in [("", 0), ("w", 1), ("w w", 0)] {
        let mut state = opened(&workspace(), SIZES[1]);
        // The running run of the second project.
        pressed(&mut state, "j");
        let shown = drawn(&mut state, SIZES[1], at(40));
        assert!(shown.contains("Run 0000a0d4"), "{shown}");
        if !keys.is_empty() {
            pressed(&mut state, keys);
        }
        let alerts = told(&mut state, &ended(RunStatus::Completed), 41..200);
        let words: Vec<_> = alerts.iter().map(Alert::words).collect();
        assert_eq!(words.len(), count, "{keys}: {words:?}");
        assert!(
            words.iter().all(|words| words.starts_with("1 run ended of Weekly revenue")),
            "{words:?}"
        );
    }
}

#[test]
fn failures_of_a_watched_project_are_told() {
    let mut state = opened(&workspace(), SIZES[1]);
    pressed(&mut state, "shift-Tab j w");
    let shown = drawn(&mut state, SIZES[2], at(40));
    assert!(shown.contains("is watched: you are told when a run of it fails"), "{shown}");
    let alerts = told(&mut state, &ended(RunStatus::Errored), 41..200);
    let words: Vec<_> = alerts.iter().map(Alert::words).collect();
    assert_eq!(words.len(), 1, "{words:?}");
    assert!(words[0].starts_with("1 run failed of Weekly revenue"), "{words:?}");
}

#[test]
fn nothing_is_told_outside_while_the_terminal_is_looked_at_and_coming_back_says_what_happened() {
    let mut state = opened(&workspace(), SIZES[1]);
    pressed(&mut state, "j w");
    state.update(Msg::Focus(Some(true)), at(40));
    assert_eq!(
        state.notice.as_ref().map(|n| n.text.contains("away")),
        Some(false),
        "it never left"
    );
    state.update(Msg::Focus(Some(false)), at(41));
    let alerts = told(&mut state, &ended(RunStatus::Errored), 41..200);
    assert_eq!(alerts.len(), 1);
    state.update(Msg::Focus(Some(true)), at(200));
    let shown = drawn(&mut state, SIZES[1], at(200));
    assert!(shown.contains("while you were away: 1 failed"), "{shown}");
    // It is in the list, and what comes now is only there.
    let mut state = opened(&workspace(), SIZES[1]);
    pressed(&mut state, "j w");
    state.update(Msg::Focus(Some(false)), at(40));
    state.update(Msg::Focus(Some(true)), at(40));
    let alerts = told(&mut state, &ended(RunStatus::Errored), 41..200);
    assert_eq!(alerts, []);
    assert_eq!(state.watching.alerts.len(), 2);
}

#[test]
fn what_has_ended_is_not_watched_and_that_is_said() {
    let mut state = opened(&workspace(), SIZES[1]);
    pressed(&mut state, "G w");
    assert!(drawn(&mut state, SIZES[1], at(40)).contains("only a run that goes on"));
}

#[test]
fn after_an_editor_nobody_knows_whether_the_terminal_is_looked_at_and_alerts_are_told() {
    // A terminal that never tells of its focus: the loop says that it is lent, and taken back.
    for told_before in [false, true] {
        let mut state = opened(&workspace(), SIZES[1]);
        pressed(&mut state, "j w");
        if told_before {
            state.update(Msg::Focus(Some(false)), at(40));
            state.update(Msg::Focus(Some(true)), at(40));
        }
        state.update(Msg::Focus(Some(false)), at(40));
        state.update(Msg::Focus(None), at(41));
        let alerts = told(&mut state, &ended(RunStatus::Errored), 41..200);
        assert_eq!(alerts.len(), 1, "told before: {told_before}");
    }
}

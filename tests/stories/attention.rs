//! Pins and incident mode: where the polls go when a person says what matters.

use std::collections::BTreeMap;

use super::*;
use hextop::domain::ProjectId;

/// Twelve quiet projects; more than a minute's polls can see often.
fn dozen() -> Scenario {
    let titles: Vec<_> =
        (b'A'..=b'L').map(|letter| format!("Project {}", letter as char)).collect();
    let mut scenario = still(&titles.iter().map(String::as_str).collect::<Vec<_>>());
    scenario.limits.per_minute = 30;
    scenario
}

fn id(stage: &TestApp, title: &str) -> ProjectId {
    let mut projects = stage.state.model().projects();
    projects.find(|watched| watched.project.title == title).unwrap().project.id.clone()
}

/// Looks at each project since the `from`-th request.
fn looks(stage: &TestApp, from: usize) -> BTreeMap<ProjectId, usize> {
    let mut looks = BTreeMap::new();
    for (_, call) in &stage.sent[from..] {
        if let Call::ListRuns { project, .. } = call {
            *looks.entry(project.clone()).or_default() += 1;
        }
    }
    looks
}

/// Opens the stage, with the pane of projects in focus and everything looked at.
fn open_on_projects(scenario: &Scenario) -> TestApp {
    let mut stage = open(scenario);
    stage.run_for(secs(60));
    stage.press("Tab Tab").unwrap();
    stage
}

/// Selects the row of this number in the pane of projects.
fn select(stage: &mut TestApp, row: usize) {
    stage.press("Home").unwrap();
    (0..row).for_each(|_| stage.press("j").unwrap());
}

#[test]
fn a_pinned_project_is_looked_at_more_than_any_but_the_selected() {
    let mut stage = open_on_projects(&dozen());
    select(&mut stage, 8);
    stage.press("p").unwrap();
    let (pinned, selected) = (id(&stage, "Project I"), id(&stage, "Project A"));
    select(&mut stage, 1);
    let before = stage.sent.len();
    stage.run_for(secs(300));
    let mut looks = looks(&stage, before);
    let (ours, _) = (looks.remove(&pinned).unwrap(), looks.remove(&selected).unwrap());
    assert_eq!(looks.len(), 10, "the others are not forgotten");
    let most = looks.values().max().unwrap();
    assert!(2 * ours >= 3 * most, "{ours} of the pinned, {looks:?}");
}

#[test]
fn in_incident_mode_only_what_is_pinned_is_polled_until_it_ends() {
    let mut stage = open_on_projects(&dozen());
    select(&mut stage, 3);
    stage.press("p P").unwrap();
    let (pinned, other) = (id(&stage, "Project D"), id(&stage, "Project F"));
    select(&mut stage, 5);
    let shown = screen(&mut stage);
    assert!(shown.contains(" incident: 1 pinned "), "{shown}");
    stage.run_for(secs(5));
    let before = stage.sent.len();
    stage.run_for(secs(120));
    let found = looks(&stage, before);
    assert_eq!(found.keys().collect::<Vec<_>>(), [&pinned]);
    assert!(found[&pinned] >= 20, "all of the budget goes there: {found:?}");
    // Others are as old as that, and a person may look at them all the same.
    assert!(screen(&mut stage).contains(" 2m"), "{}", screen(&mut stage));
    let before = stage.sent.len();
    stage.press("r").unwrap();
    stage.run_for(secs(2));
    assert_eq!(looks(&stage, before).get(&other), Some(&1));
    stage.press("P").unwrap();
    let before = stage.sent.len();
    stage.run_for(secs(60));
    assert_eq!(looks(&stage, before).len(), 12);
    assert_eq!(stage.world.refused(), 0);
}

#[test]
fn in_incident_mode_a_cancel_elsewhere_goes_its_way_and_is_seen_to_its_end() {
    let mut scenario = dozen();
    scenario.projects[0].running = 1;
    let mut stage = open_on_projects(&scenario);
    select(&mut stage, 7);
    stage.press("p P").unwrap();
    stage.run_for(secs(60));
    // With a pinned project before it, the one that runs is the second.
    select(&mut stage, 1);
    stage.press("X y").unwrap();
    wait(&mut stage, 30, "killed", |stage| {
        stage.state.model().runs().any(|(_, seen)| seen.run.status == RunStatus::Killed)
    });
    wait(&mut stage, 10, "a summary", |stage| stage.state.model().open_cancels() == 0);
    assert!(api_runs(&stage).is_empty());
    assert!(stage.state.model().is_incident());
}

#[test]
fn incident_mode_does_not_outlive_its_last_project() {
    let mut stage = open_on_projects(&dozen());
    stage.press("p P").unwrap();
    stage.run_for(secs(10));
    stage.press("p").unwrap();
    assert!(!stage.state.model().is_incident());
    assert!(screen(&mut stage).contains("incident mode is over, nothing is pinned"));
    stage.press("P").unwrap();
    assert!(!stage.state.model().is_incident());
}

#[test]
fn seen_in_the_last_half_minute_counts_what_was_asked_and_answered_then() {
    let mut stage = open(&dozen());
    for _ in 0..40 {
        stage.run_for(secs(7));
        let now = stage.now().boot;
        // An answer takes 80 ms; what left later is not seen yet.
        let recent = stage.sent.iter().filter_map(|(at, call)| match call {
            Call::ListRuns { project, .. } => {
                let answered = *at + Duration::from_millis(80) <= now && now < *at + secs(30);
                answered.then_some(project)
            }
            _ => None,
        });
        let expected = recent.collect::<BTreeSet<_>>().len();
        assert_eq!(stage.state.model().seen_within(secs(30), now), (expected, 12));
        let text = format!("seen in the last 30 s: {expected} of 12");
        assert!(screen(&mut stage).contains(&text), "{}", screen(&mut stage));
    }
}

#[test]
fn the_panel_names_the_next_polls_and_they_come_as_named() {
    let mut stage = open_on_projects(&dozen());
    select(&mut stage, 4);
    stage.press("p b").unwrap();
    let told = stage.state.model().next_polls(3, stage.now());
    let shown = screen(&mut stage);
    for poll in &told {
        let title = stage.state.model().project(&poll.project).unwrap().project.title.clone();
        assert!(shown.contains(&format!("{title}: ")), "{title}\n{shown}");
    }
    assert!(shown.contains("Project E: it is selected"), "{shown}");
    let before = stage.sent.len();
    stage.run_for(told[2].at.saturating_sub(stage.now().boot) + secs(1));
    let polled: Vec<_> = stage.sent[before..].iter().filter_map(|(_, c)| c.project()).collect();
    assert_eq!(polled, told.iter().map(|poll| &poll.project).collect::<Vec<_>>());
}

//! What a person sees where there is nothing to run, where the list hides projects, and where it
//! is long.

use super::*;
use hextop::sim::scenario::{Access, ProjectState, UnlistedQuery};

fn draft(title: &str) -> ProjectSpec {
    ProjectSpec { published: false, ..ProjectSpec::titled(title) }
}

fn of(projects: Vec<ProjectSpec>) -> Scenario {
    Scenario { projects, ..Scenario::default() }
}

/// Three thousand projects and thirty requests a minute.
fn large() -> Scenario {
    let mut scenario = Scenario::named("large").unwrap();
    scenario.resize(3_000);
    scenario.limits.per_minute = 30;
    scenario
}

fn watching(scenario: &Scenario, watch: &[String]) -> TestApp {
    let settings = Settings { watch: watch.to_vec(), ..Settings::default() };
    TestApp::new(scenario, 7, settings, SIZE)
}

fn lists(stage: &TestApp) -> usize {
    stage.sent.iter().filter(|(_, call)| matches!(call, Call::ListProjects { .. })).count()
}

#[test]
fn with_nothing_published_the_screen_says_so_at_once_and_stays_live() {
    let component = ProjectSpec { component: true, ..ProjectSpec::titled("Part") };
    let archived = ProjectSpec { state: ProjectState::Archived, ..ProjectSpec::titled("Old") };
    let foreign = ProjectSpec { access: Access::None, ..ProjectSpec::titled("Theirs") };
    for (name, scenario, words) in [
        ("empty", of(vec![]), "There are no projects here that this token may see"),
        ("components", of(vec![component]), "There are no projects here that this token may see"),
        ("archived", of(vec![archived, foreign]), "There are no projects here"),
        ("drafts", of(vec![draft("A"), draft("B")]), "No published projects among 2 projects"),
    ] {
        let mut stage = open(&scenario);
        stage.run_for(Duration::from_millis(300));
        for seconds in [0, 60, 3_540] {
            stage.run_for(secs(seconds));
            let screen = screen(&mut stage);
            for right in [words, "publish one in Hex", "● live"] {
                assert!(screen.contains(right), "{name} after {seconds} s: {right}\n{screen}");
            }
            for wrong in ["connecting", "stale", "t starts one", "Looking for runs"] {
                assert!(!screen.contains(wrong), "{name} after {seconds} s: {wrong}\n{screen}");
            }
        }
        assert_eq!(stage.world.refused(), 0);
    }
}

#[test]
fn configured_projects_without_a_published_one_are_told_apart_from_an_empty_workspace() {
    let scenario = of(vec![draft("A"), ProjectSpec::titled("B")]);
    let mut stage = watching(&scenario, &["A".to_owned()]);
    stage.run_for(secs(1));
    let screen = screen(&mut stage);
    assert!(screen.contains("None of the configured projects is published"), "{screen}");
}

#[test]
fn unlisted_projects_are_watched_also_where_the_server_refuses_the_question() {
    let hidden = ProjectSpec { unlisted: true, past: 3, ..ProjectSpec::titled("Hidden") };
    let mut scenario = still(&["Open"]);
    scenario.projects.push(hidden);
    let mut stage = open(&scenario);
    stage.run_for(secs(5));
    assert!(screen(&mut stage).contains("Hidden"));
    scenario.answers.include_unlisted = UnlistedQuery::Refused;
    let mut stage = open(&scenario);
    stage.run_for(secs(5));
    let shown = screen(&mut stage);
    assert!(shown.contains("Open") && !shown.contains("Hidden"), "{shown}");
    assert!(!shown.contains("could not be read"), "{shown}");
    // Named by its id it is watched all the same, also beside one that is named by its title.
    let found = stage.world.projects().find(|project| project.title() == "Hidden").unwrap();
    let id = found.id();
    for watch in [vec![id.to_string()], vec![id.to_string(), "Open".to_owned()]] {
        let mut stage = watching(&scenario, &watch);
        stage.run_for(secs(5));
        let shown = screen(&mut stage);
        assert!(shown.contains("Hidden") && !shown.contains("No project is called"), "{shown}");
        assert!(stage.state.model().project(&id).unwrap().read.is_some());
    }
}

#[test]
fn a_project_named_by_its_id_among_three_thousand_is_read_within_a_second_without_a_list() {
    let scenario = large();
    let stage = open(&scenario);
    let id = stage.world.projects().find(|project| project.is_runnable()).unwrap().id();
    let mut stage = watching(&scenario, &[id.to_string()]);
    stage.run_for(secs(1));
    let watched = stage.state.model().project(&id).unwrap();
    assert!(watched.read.is_some());
    assert_ne!(watched.project.title, id.as_str());
    stage.run_for(secs(1_500));
    assert_eq!((lists(&stage), stage.world.refused()), (0, 0));
}

//! What one process learns for its forms is there for the others, and at the next start.

use hextop::domain::ProjectId;
use hextop::domain::inputs::{Cardinality, ParamKind, Preset, PresetRow};
use hextop::engine::{Intent, Msg, Settings};
use std::time::Duration;

use super::cluster::TestCluster;
use super::demo;

const SOON: Duration = Duration::from_secs(5);

fn project(cluster: &TestCluster) -> ProjectId {
    let mut projects = cluster.processes[0].model.projects();
    projects.find(|w| w.project.title == "Weekly revenue").unwrap().project.id.clone()
}

fn preset(text: &str) -> Preset {
    let (name, kind, holds) = ("day".to_owned(), ParamKind::Date, Cardinality::One);
    let row = PresetRow { name, kind, text: text.to_owned(), holds };
    Preset { rows: vec![row], ..Preset::default() }
}

fn save(cluster: &mut TestCluster, number: usize, name: &str, text: &str) {
    let project = project(cluster);
    let (name, preset) = (name.to_owned(), preset(text));
    cluster.tell(number, Msg::Intent(Intent::SavePreset { project, name, preset }));
}

fn presets(cluster: &TestCluster, number: usize) -> Vec<(String, Preset)> {
    let model = &cluster.processes[number].model;
    model.presets(&project(cluster)).map(|(name, p)| (name.clone(), p.clone())).collect()
}

#[test]
fn presets_and_inputs_are_known_to_others_and_to_the_next_start() {
    let mut cluster = demo();
    let first = cluster.hire(Settings::default());
    cluster.run_for(SOON);
    let other = cluster.hire(Settings::default());
    cluster.run_for(SOON);
    let project = project(&cluster);
    let read = Intent::ReadInputs { project: project.clone(), insist: false };
    cluster.tell(first, Msg::Intent(read.clone()));
    save(&mut cluster, first, "morning", "yesterday");
    save(&mut cluster, first, "a/b", "today");
    cluster.run_for(SOON);
    let rename = ("a/b".to_owned(), "evening".to_owned());
    let (project_, (from, to)) = (project.clone(), rename);
    cluster.tell(other, Msg::Intent(Intent::RenamePreset { project: project_, from, to }));
    cluster.run_for(SOON);
    let expected =
        [("evening".to_owned(), preset("today")), ("morning".to_owned(), preset("yesterday"))];
    assert_eq!(presets(&cluster, first), expected);
    cluster.kill(first);
    cluster.kill(other);
    let next = cluster.hire(Settings::default());
    cluster.run_for(SOON);
    assert_eq!(presets(&cluster, next), expected);
    let known = cluster.processes[next].model.known_inputs(&project).unwrap();
    assert!(known.exported.as_ref().is_some_and(|exported| !exported.specs.is_empty()));
    let before = cluster.sent(next);
    let asks = |cluster: &TestCluster| {
        let sent = cluster.processes[next].sent.iter().skip(before);
        sent.filter(|(_, call)| matches!(call, hextop::api::Call::Export { .. })).count()
    };
    cluster.tell(next, Msg::Intent(read));
    cluster.run_for(SOON);
    assert_eq!(asks(&cluster), 0, "the app was not published since");
}

#[test]
fn what_a_failed_store_has_missed_is_written_once_it_works() {
    let mut cluster = demo();
    let first = cluster.hire(Settings::default());
    cluster.run_for(SOON);
    cluster.processes[first].store = None;
    save(&mut cluster, first, "morning", "yesterday");
    cluster.run_for(SOON);
    cluster.mend(first);
    cluster.run_for(Duration::from_secs(30));
    cluster.kill(first);
    let next = cluster.hire(Settings::default());
    cluster.run_for(SOON);
    assert_eq!(presets(&cluster, next), [("morning".to_owned(), preset("yesterday"))]);
}

//! What one process learns for its forms is there for the others, and at the next start.

use hextop::domain::ProjectId;
use hextop::domain::inputs::{Cardinality, ParamKind, Preset, PresetRow};
use hextop::engine::{Intent, Msg, Settings};
use std::time::Duration;

use super::cluster::TestCluster;
use super::demo;

const SOON: Duration = Duration::from_secs(5);

fn project(office: &TestCluster) -> ProjectId {
    let mut projects = office.processes[0].model.projects();
    projects.find(|w| w.project.title == "Weekly revenue").unwrap().project.id.clone()
}

fn preset(text: &str) -> Preset {
    let (name, kind, holds) = ("day".to_owned(), ParamKind::Date, Cardinality::One);
    let row = PresetRow { name, kind, text: text.to_owned(), holds };
    Preset { rows: vec![row], ..Preset::default() }
}

fn save(office: &mut TestCluster, number: usize, name: &str, text: &str) {
    let project = project(office);
    let (name, preset) = (name.to_owned(), preset(text));
    office.tell(number, Msg::Intent(Intent::SavePreset { project, name, preset }));
}

fn presets(office: &TestCluster, number: usize) -> Vec<(String, Preset)> {
    let model = &office.processes[number].model;
    model.presets(&project(office)).map(|(name, p)| (name.clone(), p.clone())).collect()
}

#[test]
fn presets_and_inputs_are_known_to_others_and_to_the_next_start() {
    let mut office = demo();
    let first = office.hire(Settings::default());
    office.run_for(SOON);
    let other = office.hire(Settings::default());
    office.run_for(SOON);
    let project = project(&office);
    let read = Intent::ReadInputs { project: project.clone(), insist: false };
    office.tell(first, Msg::Intent(read.clone()));
    save(&mut office, first, "morning", "yesterday");
    save(&mut office, first, "a/b", "today");
    office.run_for(SOON);
    let rename = ("a/b".to_owned(), "evening".to_owned());
    let (project_, (from, to)) = (project.clone(), rename);
    office.tell(other, Msg::Intent(Intent::RenamePreset { project: project_, from, to }));
    office.run_for(SOON);
    let expected =
        [("evening".to_owned(), preset("today")), ("morning".to_owned(), preset("yesterday"))];
    assert_eq!(presets(&office, first), expected);
    office.kill(first);
    office.kill(other);
    let next = office.hire(Settings::default());
    office.run_for(SOON);
    assert_eq!(presets(&office, next), expected);
    let known = office.processes[next].model.known_inputs(&project).unwrap();
    assert!(known.exported.as_ref().is_some_and(|exported| !exported.specs.is_empty()));
    let before = office.sent(next);
    let asks = |office: &TestCluster| {
        let sent = office.processes[next].sent.iter().skip(before);
        sent.filter(|(_, call)| matches!(call, hextop::api::Call::Export { .. })).count()
    };
    office.tell(next, Msg::Intent(read));
    office.run_for(SOON);
    assert_eq!(asks(&office), 0, "the app was not published since");
}

#[test]
fn what_a_failed_store_has_missed_is_written_once_it_works() {
    let mut office = demo();
    let first = office.hire(Settings::default());
    office.run_for(SOON);
    office.processes[first].shelf = None;
    save(&mut office, first, "morning", "yesterday");
    office.run_for(SOON);
    office.mend(first);
    office.run_for(Duration::from_secs(30));
    office.kill(first);
    let next = office.hire(Settings::default());
    office.run_for(SOON);
    assert_eq!(presets(&office, next), [("morning".to_owned(), preset("yesterday"))]);
}

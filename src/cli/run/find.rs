//! Which project is meant, or which run of the journal.

use super::trip::End;
use crate::domain::{ProjectId, Published, RunId, named};
use crate::engine::Model;
use crate::engine::model::Start;

/// What is to be started.
#[derive(Clone, Debug)]
pub(super) enum Target {
    /// A project, by its id, the beginning of it, its title or an address.
    Project(String),
    /// What this run was started with, by its id, the beginning of it or an address.
    Run(String),
}

/// Finds the project; none while it cannot be told yet.
pub(super) fn find(target: &Target, model: &Model) -> Option<Result<ProjectId, End>> {
    let said = match target {
        Target::Run(run) => return find_run(run, model),
        Target::Project(said) => said,
    };
    let projects: Vec<_> = model.projects().map(|watched| &watched.project).collect();
    let is_it = |id: &ProjectId| id.as_str().eq_ignore_ascii_case(said);
    if let Some(project) = projects.iter().find(|project| is_it(&project.id)) {
        return Some(Ok(project.id.clone()));
    }
    if let Some(error) = model.listing_error().filter(|error| !error.is_passing()) {
        // Whoever may not list projects may still start one that is named exactly.
        return Some(if looks_like_id(said) {
            Ok(ProjectId::new(said.clone()))
        } else {
            let text = format!("give the project's whole id: they cannot be listed, {error}");
            Err(End::Nothing(text))
        });
    }
    if !model.is_listed() {
        return None;
    }
    let found = named(said, projects, |p| p.id.as_str(), |p| Some(&p.title));
    Some(match found.as_slice() {
        [only] => Ok(only.id.clone()),
        [] => Err(End::Nothing(format!(
            "no project is called {said}: give its id, the beginning of it, its title or its \
             address"
        ))),
        several => {
            let which = several.iter().map(|p| format!("{} ({})", p.id, p.title));
            Err(End::Wrong(vec![unclear(said, which)]))
        }
    })
}

/// The project of a run that the journal has; none while it cannot be told yet.
fn find_run(said: &str, model: &Model) -> Option<Result<ProjectId, End>> {
    let found = starts_of(said, model);
    let Some(first) = found.first() else {
        return Some(Err(End::Nothing(format!(
            "the journal has no run {said}: what a run was started with is known only of those that \
             hextop has started. `hextop run` starts one with inputs that you give"
        ))));
    };
    if found.iter().any(|start| id_of(start) != id_of(first)) {
        let which = found.iter().map(|start| id_of(start).to_owned());
        return Some(Err(End::Wrong(vec![unclear(said, which)])));
    }
    if let Some(run) = first.entry.stage.probable() {
        return Some(Err(End::Probable(format!(
            "what {run} was started with is only probable: the answer to that start was lost, and \
             the run may be another person's. `hextop run {}` starts one with inputs that you \
             give; T in the dashboard opens the form with the probable ones",
            first.entry.project
        ))));
    }
    let project = &first.entry.project;
    // What the settings say of its inputs may go by its title.
    let is_known = model.project(project).is_some() || model.is_listed();
    (is_known || model.listing_error().is_some()).then(|| Ok(project.clone()))
}

/// Starts whose run may be meant: those that certainly began it first, then the newest.
pub(super) fn starts_of<'a>(said: &str, model: &'a Model) -> Vec<&'a Start> {
    let with_run = model.starts().rev().filter(|start| start.entry.stage.run().is_some());
    let mut found = named(said, with_run, id_of, |_| None);
    // Of two that claim a run, the one that has Hex's own answer.
    found.sort_by_key(|start| start.entry.stage.started().is_none());
    found
}

/// The id of its run; empty if it has none.
fn id_of(start: &Start) -> &str {
    start.entry.stage.run().map_or("", RunId::as_str)
}

fn unclear(said: &str, which: impl Iterator<Item = String>) -> String {
    format!("{said} may be any of {}", which.collect::<Vec<_>>().join(", "))
}

/// Why a project cannot be run, if it cannot. Of one that is not listed nothing is known.
pub(super) fn unrunnable(project: &ProjectId, model: &Model) -> Option<End> {
    let project = &model.project(project)?.project;
    (project.published == Published::Never && !project.retired).then(|| {
        End::Wrong(vec![format!(
            "{} has no published version, and only that can be run: publish it in Hex first",
            project.title
        )])
    })
}

/// Whether this can be a whole project id.
fn looks_like_id(said: &str) -> bool {
    let lengths = said.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12]) && said.chars().all(|c| c.is_ascii_hexdigit() || c == '-')
}

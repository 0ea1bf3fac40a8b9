//! Which project is meant, or which run of the journal.

use super::end::End;
use crate::api::ApiError;
use crate::domain::{ProjectId, Published, RunId, resolve};
use crate::engine::Model;
use crate::engine::model::Start;
use crate::ui::text::count;

/// What is to be started.
#[derive(Clone, Debug)]
pub(in crate::cli) enum Target {
    /// A project, by its id, the beginning of it, its title or an address.
    Project(String),
    /// What this run was started with, by its id, the beginning of it or an address.
    Run(String),
}

impl Target {
    /// Whether it takes the list of projects to tell which one is meant.
    pub(super) fn needs_list(&self) -> bool {
        match self {
            Self::Project(said) => ProjectId::named_in_full(said).is_none(),
            Self::Run(_) => false,
        }
    }
}

/// Finds the project; none while it cannot be told yet. One that is named in full is taken as it
/// is, whatever is known of it.
pub(in crate::cli) fn find(target: &Target, model: &Model) -> Option<Result<ProjectId, End>> {
    let said = match target {
        Target::Run(run) => return Some(find_run(run, model)),
        Target::Project(said) => said,
    };
    if let Some(project) = ProjectId::named_in_full(said) {
        return Some(Ok(project));
    }
    let projects: Vec<_> = model.projects().map(|watched| &watched.project).collect();
    let is_it = |id: &ProjectId| id.as_str().eq_ignore_ascii_case(said);
    if let Some(project) = projects.iter().find(|project| is_it(&project.id)) {
        return Some(Ok(project.id.clone()));
    }
    if let Some(error) = model.listing_error().filter(|error| !error.is_transient()) {
        let text = format!("give the project's whole id: they cannot be listed, {error}");
        return Some(Err(End::Nothing(text)));
    }
    if !model.is_listed() {
        return None;
    }
    let found = resolve(said, projects, |p| p.id.as_str(), |p| Some(&p.title));
    Some(match found.as_slice() {
        [only] => Ok(only.id.clone()),
        [] => Err(End::Nothing(not_found(said, model))),
        several => {
            let which = several.iter().map(|p| format!("{} ({})", p.id, p.title));
            Err(End::Wrong(vec![unclear(said, which)]))
        }
    })
}

fn not_found(said: &str, model: &Model) -> String {
    match model.listing_cut() {
        Some(cut) => format!(
            "none of the first {} is called {said}, and no more are read: give its whole id or its \
             address",
            count(cut.projects, "project")
        ),
        None => format!(
            "no project is called {said}: give its id, the beginning of it, its title or its \
             address"
        ),
    }
}

/// The project of a run that the journal has.
fn find_run(said: &str, model: &Model) -> Result<ProjectId, End> {
    let found = starts_of(said, model);
    let Some(first) = found.first() else {
        return Err(End::Nothing(format!(
            "the journal has no run {said}: what a run was started with is known only of those that \
             hextop has started. `hextop run` starts one with inputs that you give"
        )));
    };
    if found.iter().any(|start| id_of(start) != id_of(first)) {
        let which = found.iter().map(|start| id_of(start).to_owned());
        return Err(End::Wrong(vec![unclear(said, which)]));
    }
    if let Some(run) = first.entry.stage.probable() {
        return Err(End::Probable(format!(
            "what {run} was started with is only probable: the answer to that start was lost, and \
             the run may be another person's. `hextop run {}` starts one with inputs that you \
             give; T in the dashboard opens the form with the probable ones",
            first.entry.project
        )));
    }
    Ok(first.entry.project.clone())
}

/// Starts whose run may be meant: those that certainly began it first, then the newest.
pub(super) fn starts_of<'a>(said: &str, model: &'a Model) -> Vec<&'a Start> {
    let with_run = model.starts().rev().filter(|start| start.entry.stage.run().is_some());
    let mut found = resolve(said, with_run, id_of, |_| None);
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

/// Why a project cannot be run, if it cannot. Of one that Hex does not describe nothing is known.
pub(super) fn unrunnable(project: &ProjectId, model: &Model) -> Option<End> {
    if let Some(error @ ApiError::NotFound(_)) = model.lookup_error(project) {
        return Some(End::Nothing(format!(
            "there is no project {project} for this token: {error}"
        )));
    }
    let project = &model.project(project)?.project;
    (project.published == Published::Never && !project.retired).then(|| {
        End::Wrong(vec![format!(
            "{} has no published version, and only that can be run: publish it in Hex first",
            project.title
        )])
    })
}

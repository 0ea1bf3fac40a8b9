//! Which project is meant, or which run of the journal.

use super::end::End;
use crate::api::ApiError;
use crate::cli::search::Trouble;
use crate::cli::search::project::{find_project, unclear};
use crate::domain::{ProjectId, Published, RunId, resolve};
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

impl Target {
    /// Whether it takes the list of projects to tell which one is meant.
    pub(super) fn needs_list(&self) -> bool {
        match self {
            Self::Project(said) => ProjectId::named_in_full(said).is_none(),
            Self::Run(_) => false,
        }
    }
}

/// Finds the project; none while it cannot be told yet.
pub(super) fn find(target: &Target, model: &Model) -> Option<Result<ProjectId, End>> {
    let said = match target {
        Target::Run(run) => return Some(find_run(run, model)),
        Target::Project(said) => said,
    };
    Some(find_project(said, model)?.map_err(|trouble| match trouble {
        Trouble::Wrong(why) => End::Wrong(vec![why]),
        Trouble::Nothing(why) => End::Nothing(why),
    }))
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

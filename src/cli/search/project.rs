//! Which project a text means, among those that are known.

use super::Trouble;
use crate::domain::nearest::nearest;
use crate::domain::{ProjectId, resolve};
use crate::engine::Model;
use crate::ui::text::count;

/// Finds the project; none while it cannot be told yet. One that is named in full is taken as it
/// is, whatever is known of it.
pub(in crate::cli) fn find_project(
    said: &str,
    model: &Model,
) -> Option<Result<ProjectId, Trouble>> {
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
        return Some(Err(Trouble::Nothing(text)));
    }
    if !model.is_listed() {
        return None;
    }
    let found = resolve(said, projects, |p| p.id.as_str(), |p| Some(&p.title));
    Some(match found.as_slice() {
        [only] => Ok(only.id.clone()),
        [] => Err(Trouble::Nothing(not_found(said, model))),
        several => {
            let which = several.iter().map(|p| format!("{} ({})", p.id, p.title));
            Err(Trouble::Wrong(unclear(said, which)))
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
            "no project is called {said}{}: give its id, the beginning of it, its title or its \
             address",
            near(said, model)
        ),
    }
}

/// The title that was probably meant. It is only said: nobody acts on a guess.
fn near(said: &str, model: &Model) -> String {
    let titles = model.projects().map(|watched| &*watched.project.title);
    nearest(said, titles).map_or_else(String::new, |title| format!(" (did you mean \"{title}\"?)"))
}

/// Says what a text may mean.
pub(in crate::cli) fn unclear(said: &str, which: impl Iterator<Item = String>) -> String {
    format!("{said} may be any of {}", which.collect::<Vec<_>>().join(", "))
}

//! What is to be cancelled of what was found: frozen before anybody is asked.

use super::meaning::Meaning;
use super::{Search, title};
use crate::domain::{Now, ProjectId, Query, RunId};
use crate::engine::Model;
use crate::engine::model::{ProjectState, RunState};
use crate::ui::text::count;

/// A run and its project.
pub(in crate::cli) type Target = (ProjectId, RunId);

/// What a search has found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::cli) struct Choice {
    /// Runs that go on, to be cancelled.
    pub(in crate::cli) targets: Vec<Target>,
    /// Runs that were named and have ended already.
    pub(in crate::cli) ended: Vec<Target>,
    /// What was meant and is not there, or could not be looked at, in whole sentences.
    pub(in crate::cli) missing: Vec<String>,
}

/// Chooses among what is known once all looks are answered.
pub(in crate::cli) fn choose(
    search: &Search,
    meanings: &[Meaning],
    model: &Model,
    now: Now,
) -> Choice {
    let mut choice = Choice::default();
    if search.selection().runs.is_empty() {
        let undecided;
        (choice.targets, undecided) = passing(search, model, now);
        if undecided > 0 {
            choice.missing.push(format!(
                "{} left out: it is not known whether {} admits {}",
                count(undecided, "active run"),
                search.query(),
                if undecided == 1 { "it" } else { "them" }
            ));
        }
        if choice.targets.is_empty() && undecided == 0 {
            let looks = search.looks().progress().1;
            choice.missing.push(format!(
                "no active run passes {} in the {} looked at",
                search.query(),
                count(looks, "project")
            ));
        }
    }
    for (said, meaning) in search.selection().runs.iter().zip(meanings) {
        take(&mut choice, said, meaning, search, model, now);
    }
    let failed = search.looks().failed().iter();
    let unread = failed
        .map(|(project, why)| format!("{} could not be looked at: {why}", title(model, project)));
    choice.missing.extend(unread);
    choice
}

/// Active runs that pass, those that have taken longest first; and of how many it is not known whether they do.
fn passing(search: &Search, model: &Model, now: Now) -> (Vec<Target>, usize) {
    let moment = model.moment(now);
    let (mut passing, mut undecided) = (Vec::new(), 0);
    for (watched, seen) in model.active_runs() {
        match judges(search.query(), watched, seen, model, now) {
            Some(true) => passing.push((watched, seen)),
            Some(false) => {}
            None => undecided += 1,
        }
    }
    passing.sort_by_key(|(_, seen)| std::cmp::Reverse(moment.elapsed(seen)));
    let target = |(watched, seen): (&ProjectState, &RunState)| {
        (watched.project.id.clone(), seen.run.id.clone())
    };
    (passing.into_iter().map(target).collect(), undecided)
}

/// Whether a run passes a filter for certain, as it is known now.
pub(in crate::cli) fn admits(
    query: &Query,
    watched: &ProjectState,
    seen: &RunState,
    model: &Model,
    now: Now,
) -> bool {
    judges(query, watched, seen, model, now) == Some(true)
}

fn judges(
    query: &Query,
    watched: &ProjectState,
    seen: &RunState,
    model: &Model,
    now: Now,
) -> Option<bool> {
    let start = model.start_facts(query, &seen.run);
    query.judges(&model.moment(now).facts(watched, seen, start))
}

/// Takes in one run that was named.
fn take(
    choice: &mut Choice,
    said: &str,
    meaning: &Meaning,
    search: &Search,
    model: &Model,
    now: Now,
) {
    let Some((project, run)) = meaning.run() else {
        return choice.missing.push(unseen(said, search, model));
    };
    let known = model.project(project).zip(model.run(project, run));
    let Some((watched, seen)) = known else {
        let why = model.lookup_error(project).map_or_else(
            || "it is gone, never was, or the token may not see it".to_owned(),
            ToString::to_string,
        );
        let text = format!("no run {said} can be seen in {}: {why}", title(model, project));
        return choice.missing.push(text);
    };
    if matches!(meaning, Meaning::Perhaps(..)) && !search.looks().failed().is_empty() {
        return choice.missing.push(format!(
            "{said} may be {run}, but not all projects could be looked at, and a run of these may \
             begin so too: give at least 8 characters of the id"
        ));
    }
    let target = (project.clone(), run.clone());
    if choice.targets.contains(&target) || choice.ended.contains(&target) {
        return;
    }
    let query = search.query();
    match judges(query, watched, seen, model, now) {
        None => {
            let text = format!("it is not known whether {query} admits the run {said}");
            choice.missing.push(text);
        }
        Some(false) => choice.missing.push(format!("the run {said} does not pass {query}")),
        Some(true) if seen.run.is_active() => choice.targets.push(target),
        Some(true) => choice.ended.push(target),
    }
}

/// Why a text means no run.
fn unseen(said: &str, search: &Search, model: &Model) -> String {
    let (_, looked) = search.looks().progress();
    let among = match model.listing_cut() {
        Some(cut) => format!("{looked} of the first {} projects", cut.projects),
        None => count(looked, "project"),
    };
    format!(
        "no run {said} can be seen: it is not among the newest runs of the {among} looked at. If it \
         is older, give its address in Hex; else the token may not see it"
    )
}

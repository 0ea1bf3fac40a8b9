//! `hextop export runs`: the runs that the store has, project by project, so that many take no more memory
//! than few.

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;

use jiff::Timestamp;

use super::ExportedArgs;
use super::file::{Sink, format, range};
use crate::cli::output::Format;
use crate::cli::run_rows::{KEYS, RunRow};
use crate::cli::workspace;
use crate::cli::{FAILED, USAGE, complain};
use crate::clock;
use crate::domain::filter::{RunFacts, StartFacts, Subject};
use crate::domain::{Project, ProjectId, Published, Query, Run, RunId, resolve};
use crate::engine::export::{csv_headings, csv_rows, json_lines};
use crate::engine::model::newer;
use crate::engine::start::journal::Entry;
use crate::engine::sync::Stored;
use crate::shell::store::SqliteStore;
use crate::ui::text::safe;

pub(super) const EXAMPLES: &str = "Examples:
  hextop export runs --out runs.csv
  hextop export runs --since 7d --filter 'status:errored' --json | jq -r .runUrl

Nothing is asked of Hex: these are the runs that a hextop on this machine has read, the newest 300
or so of each project, one project after the other, each with the newest run first. seenTime says
when a run was last seen to be so; one that went on then may have ended since. What is usual is told
by `hextop runs` alone, so usualTime, ratio, verdict and expectedEndTime are null here.

Exit codes: 0 all was written, 1 the store cannot be read or the file not be written, 2 wrong
arguments.";

/// A run as it was last seen, and when.
type Kept = (Run, Timestamp);

/// What is exported of the runs.
struct Wanted {
    query: Query,
    range: (Timestamp, Timestamp),
    /// None for every project.
    only: Option<BTreeSet<ProjectId>>,
    /// What the journal knows of starts, if the filter asks for it.
    starts: Starts,
    format: Format,
}

pub(super) fn export(args: &ExportedArgs) -> Result<ExitCode, ExitCode> {
    let text = args.filter.as_deref().unwrap_or_default();
    let saved = workspace::saved_filters(&args.workspace)?;
    let query = Query::parse(text, Subject::Runs, &saved)
        .map_err(|error| complain(&safe(&format!("--filter: {error}")), USAGE))?;
    if query.asks_for_usual() {
        let text =
            "--filter: verdict and ratio are not in the store: `hextop runs --filter` tells them";
        return Err(complain(text, USAGE));
    }
    let mut store = workspace::open_store(&args.workspace)?;
    let projects = projects(&mut store)?;
    let only = args.project.as_ref().map(|said| called(said, &projects)).transpose()?;
    let starts = if query.asks_for_start() { Starts::read(&mut store)? } else { Starts::default() };
    let wanted = Wanted { query, range: range(args), only, starts, format: format(args) };
    let mut sink = Sink::of(args)?;
    let headings = if wanted.format == Format::Csv { csv_headings(KEYS) } else { String::new() };
    let mut put = sink.put(&headings);
    let mut count = 0;
    for_projects(&mut store, |runs| {
        let rows = wanted.rows(runs, &projects);
        count += rows.len();
        let objects = rows.iter().map(RunRow::json);
        let text = match wanted.format {
            Format::Csv => csv_rows(KEYS, objects),
            _ => json_lines(objects),
        };
        if put.is_ok() {
            put = sink.put(&text);
        }
        put.is_ok()
    })?;
    if count == 0 && put.is_ok() {
        complain("the store has no such run: it has what a hextop on this machine has read", 0);
    }
    Ok(sink.finish(put))
}

impl Wanted {
    /// The rows of one project, newest first.
    fn rows(&self, mut runs: Vec<Kept>, projects: &BTreeMap<ProjectId, Project>) -> Vec<RunRow> {
        let Some(id) = runs.first().map(|(run, _)| run.project.clone()) else { return Vec::new() };
        if self.only.as_ref().is_some_and(|only| !only.contains(&id)) {
            return Vec::new();
        }
        let unlisted = || untitled(id.clone());
        let project = projects.get(&id).cloned().unwrap_or_else(unlisted);
        runs.sort_by(|(a, _), (b, _)| newer(b, a));
        let rows = runs.into_iter().filter_map(|(run, seen)| {
            let elapsed = run.elapsed_at(seen);
            let facts = RunFacts {
                run: &run,
                project: &project,
                elapsed,
                ratio: None,
                verdict: None,
                start: self.starts.facts(&run),
            };
            let (since, until) = self.range;
            let at = run.start.or(run.end).unwrap_or(seen);
            let is_wanted = (since..until).contains(&at) && self.query.admits(&facts);
            let title = project.title.to_string();
            let (usual, ratio, verdict, ends) = (None, None, None, None);
            let seen = Some(seen);
            is_wanted.then_some(RunRow { run, title, elapsed, usual, ratio, verdict, ends, seen })
        });
        rows.collect()
    }
}

/// Hands over the runs of each project that the store has, until whoever takes them has enough.
fn for_projects(
    store: &mut SqliteStore,
    mut take: impl FnMut(Vec<Kept>) -> bool,
) -> Result<(), ExitCode> {
    let mut of_project: Vec<Kept> = Vec::new();
    let mut goes_on = true;
    for_cached(store, ("run/", "run0"), |stored, written| {
        let Stored::Run(run) = stored else { return true };
        if of_project.first().is_some_and(|(first, _)| first.project != run.project) {
            goes_on = take(std::mem::take(&mut of_project));
        }
        of_project.push((run, written));
        goes_on
    })?;
    if goes_on {
        take(of_project);
    }
    Ok(())
}

/// Hands over what the store has read of the workspace between two keys, until whoever takes it has
/// enough.
fn for_cached(
    store: &mut SqliteStore,
    (after, end): (&str, &str),
    mut take: impl FnMut(Stored, Timestamp) -> bool,
) -> Result<(), ExitCode> {
    let mut after = after.to_owned();
    loop {
        let read = store.cached(&after, end, clock::now());
        for note in store.take_notes() {
            complain(&safe(&note), 0);
        }
        let piece = read.map_err(|reason| complain(&safe(&reason), FAILED))?;
        let Some((last, _)) = piece.last() else { return Ok(()) };
        after.clone_from(&last.key);
        if !piece.iter().all(|(entry, written)| take(Stored::read(entry), *written)) {
            return Ok(());
        }
    }
}

/// The projects that the store knows.
fn projects(store: &mut SqliteStore) -> Result<BTreeMap<ProjectId, Project>, ExitCode> {
    let mut all = BTreeMap::new();
    for keys in [("page/", "page0"), ("project", "projects!")] {
        for_cached(store, keys, |stored, _| {
            if let Stored::Projects(projects) = stored {
                all.extend(projects.into_iter().map(|project| (project.id.clone(), project)));
            }
            true
        })?;
    }
    Ok(all)
}

/// Whose token it was, as far as the store knows.
pub(super) fn owner(store: &mut SqliteStore) -> Result<Option<String>, ExitCode> {
    let mut owner = None;
    for_cached(store, ("m", "me!"), |stored, _| {
        if let Stored::Me(me) = stored {
            owner = me.email;
        }
        true
    })?;
    Ok(owner)
}

/// What the journal knows of starts.
#[derive(Default)]
struct Starts {
    /// Those that have begun a run for certain.
    begun: BTreeMap<RunId, Entry>,
    /// The others.
    others: Vec<Entry>,
}

impl Starts {
    fn read(store: &mut SqliteStore) -> Result<Self, ExitCode> {
        let (entries, _) = super::super::journal::read(store)?;
        let mut starts = Self::default();
        for entry in entries {
            match entry.stage.started().cloned() {
                Some(run) => drop(starts.begun.insert(run, entry)),
                None => starts.others.push(entry),
            }
        }
        Ok(starts)
    }

    fn facts(&self, run: &Run) -> StartFacts<'_> {
        match self.begun.get(&run.id) {
            Some(entry) => entry.facts(),
            None if self.others.iter().any(|entry| entry.may_have_begun(run)) => {
                StartFacts::Unknown
            }
            None => StartFacts::Elsewhere,
        }
    }
}

/// The projects that somebody means.
fn called(
    said: &str,
    projects: &BTreeMap<ProjectId, Project>,
) -> Result<BTreeSet<ProjectId>, ExitCode> {
    if let Some(project) = ProjectId::named_in_full(said) {
        return Ok(BTreeSet::from([project]));
    }
    let found = resolve(said, projects.values(), |it| it.id.as_str(), |it| Some(&it.title));
    if found.is_empty() {
        let text = format!("the store knows no project called {said}: give its whole id");
        return Err(complain(&safe(&text), USAGE));
    }
    Ok(found.into_iter().map(|project| project.id.clone()).collect())
}

/// A project of which nothing but its id is known.
fn untitled(id: ProjectId) -> Project {
    Project {
        title: id.as_str().into(),
        id,
        published: Published::AtUnknownTime,
        retired: false,
        owner: None,
        categories: Vec::new(),
        label: None,
        schedules: Vec::new(),
    }
}

//! `hextop timeline`: the changes of runs that were seen, from the store alone, without a request to
//! Hex.
//!
//! They are read and printed page by page, so that a month of them takes no more memory than a day.

mod table;

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::Args;
use jiff::Timestamp;

use crate::cli::output::Output;
use crate::cli::when::{self, When};
use crate::cli::workspace::{self, WorkspaceArgs};
use crate::cli::{FAILED, USAGE, complain, written};
use crate::clock;
use crate::domain::filter::Subject;
use crate::domain::{Now, ProjectId, Query, Text, resolve};
use crate::engine::export::csv_headings;
use crate::engine::timeline::{COLUMNS, ChangeRange, SeenChange, csv, json_lines};
use crate::shell::outgoing;
use crate::shell::store::SqliteStore;
use crate::ui::text::safe;
use table::Changes;

const EXAMPLE: &str = "Example:
  hextop timeline --since 2h --filter 'status:errored' --json | jq -r .runId";

/// Which changes are printed, and how.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLE)]
pub(in crate::cli) struct TimelineArgs {
    /// Only what was seen since: so long ago, such as 2h or 7d, or a time such as 2026-11-27T00:00Z
    #[arg(long, value_name = "WHEN", default_value = "24h", value_parser = when::parse)]
    since: When,
    /// Only what was seen before, said in the same way
    #[arg(long, value_name = "WHEN", value_parser = when::parse)]
    until: Option<When>,
    /// Only changes of this project, by its id, the beginning of it or its title
    #[arg(long, value_name = "PROJECT")]
    project: Option<String>,
    /// Only changes that pass this filter, such as 'status:errored not trigger:api'
    #[arg(long, value_name = "FILTER")]
    filter: Option<String>,
    /// One JSON object a line, for scripts
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// CSV with a line of headings, for spreadsheets: a text that one would run as a formula gets a
    /// ' before it
    #[arg(long)]
    csv: bool,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

pub(super) fn run(args: &TimelineArgs) -> ExitCode {
    match print_changes(args) {
        Ok(code) => ExitCode::from(code),
        Err(code) => code,
    }
}

/// What is printed, as it was asked for.
struct Wanted {
    range: ChangeRange,
    filter: Query,
    /// None for every project.
    projects: Option<BTreeSet<ProjectId>>,
}

impl Wanted {
    fn has(&self, change: &SeenChange) -> bool {
        let is_of = |projects: &BTreeSet<ProjectId>| projects.contains(&change.project);
        self.projects.as_ref().is_none_or(is_of) && self.filter.admits_change(&change.facts())
    }
}

fn print_changes(args: &TimelineArgs) -> Result<u8, ExitCode> {
    let now = clock::now();
    let range = ChangeRange {
        since: args.since.before(now.wall),
        until: args.until.map_or(Timestamp::MAX, |until| until.before(now.wall)),
        most: u16::MAX,
        ..ChangeRange::default()
    };
    let text = args.filter.as_deref().unwrap_or_default();
    let saved = workspace::saved_filters(&args.workspace)?;
    let filter = Query::parse(text, Subject::Changes, &saved)
        .map_err(|error| complain(&safe(&format!("--filter: {error}")), USAGE))?;
    let mut store = workspace::open_store(&args.workspace)?;
    let projects = match &args.project {
        Some(said) => Some(projects_called(said, &mut store, &range, now)?),
        None => None,
    };
    let wanted = Wanted { range, filter, projects };
    let mut out = io::stdout().lock();
    let printed = print_all(args, &wanted, &mut store, now, &mut out);
    for note in store.take_notes() {
        complain(&safe(&note), 0);
    }
    match printed.map_err(|reason| complain(&safe(&reason), FAILED))? {
        Ok(0) if !args.json && !args.csv => {
            complain(
                &format!(
                    "no such change was seen since {}; the timeline has what a hextop on this \
                     machine has seen",
                    shown(wanted.range.since)
                ),
                0,
            );
            Ok(0)
        }
        printed => Ok(written(printed.map(|_| ()))),
    }
}

/// Prints all that is wanted; tells how many changes that were, or why they cannot be read.
fn print_all(
    args: &TimelineArgs,
    wanted: &Wanted,
    store: &mut SqliteStore,
    now: Now,
    out: &mut impl Write,
) -> Result<io::Result<usize>, String> {
    let table = Changes::of(Output::here());
    let mut headings = if args.csv { csv_headings(COLUMNS) } else { String::new() };
    let mut count = 0;
    let pages = for_pages(store, &wanted.range, now, |changes| {
        let shown: Vec<_> = changes.iter().filter(|change| wanted.has(change)).collect();
        count += shown.len();
        let shown = shown.into_iter();
        let text = if args.json {
            json_lines(shown)
        } else if args.csv {
            std::mem::take(&mut headings) + &csv(shown)
        } else {
            shown.map(|change| table.line(change) + "\n").collect()
        };
        out.write_all(outgoing::clean(&text).as_bytes())
    })?;
    Ok(pages.and_then(|()| out.flush()).map(|()| count))
}

/// Hands over what the store has of a range, page by page, until that fails.
fn for_pages(
    store: &mut SqliteStore,
    range: &ChangeRange,
    now: Now,
    mut take: impl FnMut(&[SeenChange]) -> io::Result<()>,
) -> Result<io::Result<()>, String> {
    let mut next = Some(range.clone());
    while let Some(range) = next {
        let page = store.changes(range, now)?;
        if let Err(error) = take(&page.changes) {
            return Ok(Err(error));
        }
        next = page.next;
    }
    Ok(Ok(()))
}

/// The projects that somebody means, among those of which changes were seen then. One may have had
/// several titles.
fn projects_called(
    said: &str,
    store: &mut SqliteStore,
    range: &ChangeRange,
    now: Now,
) -> Result<BTreeSet<ProjectId>, ExitCode> {
    let mut all: BTreeSet<(ProjectId, Text)> = BTreeSet::new();
    let read = for_pages(store, range, now, |changes| {
        all.extend(changes.iter().map(|change| (change.project.clone(), change.title.clone())));
        Ok(())
    });
    read.map_err(|reason| complain(&safe(&reason), FAILED))?.unwrap_or_default();
    let found = resolve(said, &all, |(id, _)| id.as_str(), |(_, title)| Some(title.as_str()));
    if found.is_empty() {
        let since = shown(range.since);
        let text = format!("no change of a project called {} was seen since {since}", safe(said));
        return Err(complain(&text, USAGE));
    }
    Ok(found.into_iter().map(|(id, _)| id.clone()).collect())
}

fn shown(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}

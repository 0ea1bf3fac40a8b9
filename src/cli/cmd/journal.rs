//! `hextop journal`: what was started and cancelled from this machine, and what became of it; and finding out
//! what is not known yet, without a screen.

mod settle;

use std::process::ExitCode;

use clap::Args;
use color_eyre::eyre::Result;
use ratatui::text::Span;

use crate::cli::output::Output;
use crate::cli::table::{Column, Row, Table};
use crate::cli::workspace::{self, WatchedArgs, WorkspaceArgs};
use crate::cli::{FAILED, UNCONFIRMED, USAGE, complain, harmless, print, runtime};
use crate::clock;
use crate::domain::resolve;
use crate::engine::cancel::CancelEntry;
use crate::engine::queries::journal_rows::{JournalRow, newest_first};
use crate::engine::start::export::{csv_of, json_lines_of};
use crate::engine::start::journal::{Entry, StartStage};
use crate::shell::store::{SetAside, SqliteStore};
use crate::ui::text::{pad, safe};

/// What is printed of the journal.
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
#[derive(Args, Debug)]
pub(in crate::cli) struct JournalArgs {
    /// One JSON object a line, for scripts
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// CSV with a line of headings, for spreadsheets: a text that one would run as a formula gets a
    /// ' before it
    #[arg(long)]
    csv: bool,
    /// First find out what became of starts whose answers were lost; ends with 1 if that cannot
    /// be told of some
    #[arg(long)]
    settle: bool,
    /// Print instead what could not be read in the store and was set aside, as it stood there
    #[arg(long, conflicts_with_all = ["csv", "settle", "project", "last"])]
    set_aside: bool,
    /// Only starts and cancels of this project, by its id, the beginning of it or its title
    #[arg(long, value_name = "PROJECT")]
    project: Option<String>,
    /// Only the newest so many
    #[arg(long, value_name = "N")]
    last: Option<usize>,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

pub(super) fn run(args: &JournalArgs) -> Result<ExitCode> {
    let mut code = 0;
    if args.settle {
        let settled = runtime()?.block_on(async {
            match workspace::open(&args.workspace, &WatchedArgs::default()).await {
                Ok(workspace) => Box::pin(settle::settle(workspace)).await.map(Ok),
                Err(code) => Ok(Err(code)),
            }
        });
        match settled? {
            Ok(ended) => code = ended,
            Err(code) => return Ok(code),
        }
    }
    let mut open_store = match workspace::open_store(&args.workspace) {
        Ok(open_store) => open_store,
        Err(code) => return Ok(code),
    };
    let (entries, cancels) = match read(&mut open_store) {
        Ok(read) => read,
        Err(code) => return Ok(code),
    };
    if args.set_aside {
        let aside = match open_store.aside() {
            Ok(aside) => aside,
            Err(reason) => return Ok(complain(&safe(&reason), FAILED)),
        };
        let shown = |record: &SetAside| aside_line(record, args.json) + "\n";
        return Ok(ExitCode::from(print(&aside.iter().map(shown).collect::<String>())));
    }
    let is_ambiguous = |entry: &Entry| {
        matches!(entry.stage, StartStage::Ambiguous(_) | StartStage::Unreadable { open: true })
    };
    let is_lost = |e: &Entry| matches!(e.stage, StartStage::Sent | StartStage::Unconfirmed(_));
    if args.settle && code == 0 && entries.iter().any(is_ambiguous) {
        code = FAILED;
    } else if args.settle && code == 0 && entries.iter().any(is_lost) {
        code = UNCONFIRMED;
    }
    let shown = match rows(&entries, &cancels, args.project.as_deref()) {
        Ok(shown) => shown,
        Err(code) => return Ok(code),
    };
    let skipped = args.last.map_or(0, |last| shown.len().saturating_sub(last));
    let shown = shown.into_iter().skip(skipped);
    let printed = if args.csv {
        print(&csv_of(shown.map(JournalRow::json)))
    } else if args.json {
        print(&json_lines_of(shown.map(JournalRow::json)))
    } else {
        let cells = |row| match row {
            JournalRow::Start(entry) => start_cells(entry),
            JournalRow::Cancel(entry) => cancel_cells(entry),
        };
        print(&table(&shown.map(cells).collect::<Vec<_>>()))
    };
    Ok(ExitCode::from(if code == 0 { printed } else { code }))
}

/// All starts and all cancels, or the exit code once it was said why they cannot be read.
pub(super) fn read(
    open_store: &mut SqliteStore,
) -> Result<(Vec<Entry>, Vec<CancelEntry>), ExitCode> {
    let now = clock::now();
    let starts = open_store.journal(now);
    let read = starts.and_then(|starts| Ok((starts, open_store.cancels(now)?)));
    for note in open_store.take_notes() {
        complain(&safe(&note), 0);
    }
    read.map_err(|reason| complain(&safe(&reason), FAILED))
}

/// Starts and cancels of a project, or of all, the oldest first; or the exit code once it was said that
/// there are none.
pub(super) fn rows<'a>(
    entries: &'a [Entry],
    cancels: &'a [CancelEntry],
    project: Option<&str>,
) -> Result<Vec<JournalRow<'a>>, ExitCode> {
    let mut rows: Vec<_> = newest_first(entries.iter().rev(), cancels.iter().rev()).collect();
    rows.reverse();
    let Some(said) = project else { return Ok(rows) };
    let found = resolve(said, &rows, |row| row.project(), |row| Some(row.title()));
    if found.is_empty() {
        let text = format!("nothing was started or cancelled of a project called {}", safe(said));
        return Err(complain(&text, USAGE));
    }
    Ok(found.into_iter().copied().collect())
}

/// The columns for people.
const COLUMNS: [Column; 5] = [
    Column::whole("TIME").at_most(20),
    Column::whole("STATE"),
    Column::whole("RUN").at_most(9),
    Column::cut("PROJECT", 12).at_most(28),
    Column::rest("WHAT"),
];

/// All rows as people read them.
fn table(rows: &[Row]) -> String {
    let table = Table::of(&COLUMNS, rows, Output::here());
    rows.iter().map(|row| table.line(row) + "\n").collect()
}

/// A cancel in columns.
fn cancel_cells(entry: &CancelEntry) -> Row {
    let word = if entry.is_kept() { "kept" } else { entry.stage.word() };
    let rule = entry.rule.as_ref().filter(|_| !entry.is_kept()).map(|rule| format!("rule {rule}"));
    let who = rule.or_else(|| entry.who.clone()).unwrap_or_else(|| "somebody unknown".to_owned());
    let cells = [
        entry.at.strftime("%Y-%m-%d %H:%M:%SZ").to_string(),
        format!("cancel {}", word.replace('_', " ")),
        entry.run.short().to_owned(),
        entry.title.to_string(),
        sentence(format!("by {who}"), entry.why(), entry.reason.as_deref()),
    ];
    cells.map(Span::raw).to_vec()
}

/// A start in columns.
fn start_cells(entry: &Entry) -> Row {
    // A run that is only probably its own is marked.
    let probable = entry.stage.probable().map(|run| format!("~{}", run.short()));
    let run = entry.stage.started().map(|run| run.short().to_owned()).or(probable);
    let inputs = entry.body.get("inputParams").map_or_else(String::new, ToString::to_string);
    let cells = [
        entry.at.strftime("%Y-%m-%d %H:%M:%SZ").to_string(),
        entry.stage.word().replace('_', " "),
        run.unwrap_or_else(|| "-".to_owned()),
        entry.title.to_string(),
        sentence(inputs, entry.stage.why(), entry.reason.as_deref()),
    ];
    cells.map(Span::raw).to_vec()
}

/// What is said of an entry, why it is so, and the reason that somebody wrote down.
fn sentence(said: String, why: Option<String>, reason: Option<&str>) -> String {
    let parts = [Some(said), why, reason.map(|reason| format!("# {reason}"))];
    let parts = parts.into_iter().flatten().filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("  ")
}

/// A record that was set aside, as one line.
fn aside_line(SetAside { kind, key, open, at, record }: &SetAside, json: bool) -> String {
    if json {
        let line = serde_json::json!({
            "at": at.to_string(), "kind": kind, "key": key, "open": open, "record": record,
        });
        return harmless(&line.to_string());
    }
    let at = at.strftime("%Y-%m-%d %H:%M:%SZ");
    let state = if *open { "may have begun a run" } else { "" };
    format!("{at}  {}  {}  {}  {}", pad(kind, 7), pad(&safe(key), 32), pad(state, 20), safe(record))
        .trim_end()
        .to_owned()
}

//! `hextop export journal`: what `hextop journal` prints, for files.

use std::process::ExitCode;

use super::ExportedArgs;
use super::file::{Sink, format, range};
use super::runs::owner;
use crate::cli::cmd::journal::{read, rows};
use crate::cli::output::Format;
use crate::cli::workspace;
use crate::cli::{USAGE, complain};
use crate::domain::Query;
use crate::domain::filter::Subject;
use crate::engine::queries::journal_rows::JournalRow;
use crate::engine::start::export::{csv_of, json_lines_of};
use crate::ui::journal_facts::facts;
use crate::ui::text::safe;

pub(super) const EXAMPLES: &str = "Examples:
  hextop export journal --out journal.csv
  hextop export journal --since 30d --filter 'state:refused or state:ambiguous'
  hextop export journal --project 'Weekly revenue' --json

The objects are those of `hextop journal --json`, the oldest first. Nothing is asked of Hex.

Exit codes: 0 all was written, 1 the store cannot be read or the file not be written, 2 wrong
arguments.";

pub(super) fn export(args: &ExportedArgs) -> Result<ExitCode, ExitCode> {
    let text = args.filter.as_deref().unwrap_or_default();
    let saved = workspace::saved_filters(&args.workspace)?;
    let query = Query::parse(text, Subject::Journal, &saved)
        .map_err(|error| complain(&safe(&format!("--filter: {error}")), USAGE))?;
    let mut store = workspace::open_store(&args.workspace)?;
    let (entries, cancels) = read(&mut store)?;
    let rows = rows(&entries, &cancels, args.project.as_deref())?;
    let me = if query.asks_for_mine() { owner(&mut store)? } else { None };
    let (since, until) = range(args);
    let is_in = |row: &JournalRow<'_>| {
        (since..until).contains(&row.at()) && query.admits_entry(&facts(*row, me.as_deref()))
    };
    let found: Vec<_> = rows.into_iter().filter(is_in).map(JournalRow::json).collect();
    if found.is_empty() {
        complain("the journal has no such entry", 0);
    }
    let text = match format(args) {
        Format::Csv => csv_of(found),
        _ => json_lines_of(found),
    };
    let mut sink = Sink::of(args)?;
    let put = sink.put(&text);
    Ok(sink.finish(put))
}

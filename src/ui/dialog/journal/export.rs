//! Entries of the journal in a file.

use crate::engine::model::CancelEntry;
use crate::engine::queries::journal_rows::JournalRowId;
use crate::engine::start::export::{csv_of, json_lines_of};
use crate::ui::Effect;
use crate::ui::layer::Cx;

/// How entries are exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    JsonLines,
    Csv,
}

/// Has these entries saved in a new file.
pub(super) fn export(format: Format, rows: &[JournalRowId], cx: &mut Cx<'_>) {
    let model = &cx.state.model;
    if rows.is_empty() {
        return cx.warn("there is no entry to export");
    }
    let entries = rows.iter().filter_map(|row| match row {
        JournalRowId::Start(id) => model.start_of(*id).map(|start| start.entry.json()),
        JournalRowId::Cancel(id) => model.cancel_entry(*id).map(CancelEntry::json),
    });
    let (text, ending) = match format {
        Format::JsonLines => (json_lines_of(entries), "jsonl"),
        Format::Csv => (csv_of(entries), "csv"),
    };
    let at = cx.now.wall.strftime("%Y%m%d-%H%M%SZ");
    let name = format!("hextop-journal-{at}.{ending}");
    let what = if rows.len() == 1 { "entry" } else { "entries" };
    cx.inform(format!("exporting {} {what}…", rows.len()));
    cx.effect(Effect::Save { name, text });
}

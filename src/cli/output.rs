//! How a command writes what it has found: for people as wide as the terminal, for scripts as JSON or
//! CSV.

use std::io::{self, IsTerminal};

use clap::Args;
use crossterm::style::ContentStyle;
use ratatui::backend::IntoCrossterm;
use ratatui::style::Style;
use serde_json::Value;

use super::colours;
use super::table::{Column, Row, Table};
use crate::engine::export::{csv_headings, csv_rows, json_lines};
use crate::shell::terminal;

/// In which form.
#[derive(Args, Clone, Copy, Debug)]
pub(super) struct FormatArgs {
    /// One JSON object a line, for scripts
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// CSV with a line of headings, for spreadsheets: a text that one would run as a formula gets a
    /// ' before it
    #[arg(long)]
    csv: bool,
}

/// A form of output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Table,
    JsonLines,
    Csv,
}

impl FormatArgs {
    /// What was asked for; a table, if nothing was.
    pub(super) fn format(self) -> Format {
        match self {
            Self { json: true, .. } => Format::JsonLines,
            Self { csv: true, .. } => Format::Csv,
            _ => Format::Table,
        }
    }
}

impl Format {
    /// What was found, in this form: as objects with these keys, or as rows of these columns.
    pub(super) fn text(
        self,
        keys: &[&str],
        objects: impl Iterator<Item = Value>,
        columns: &[Column],
        rows: impl FnOnce() -> Vec<Row>,
    ) -> String {
        match self {
            Self::JsonLines => json_lines(objects),
            Self::Csv => csv_headings(keys) + &csv_rows(keys, objects),
            Self::Table => {
                let rows = rows();
                let table = Table::of(columns, &rows, Output::here());
                let headings = (!rows.is_empty()).then(|| table.headings());
                let lines = headings.into_iter().chain(rows.iter().map(|row| table.line(row)));
                lines.map(|line| line + "\n").collect()
            }
        }
    }
}

/// What standard output can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Output {
    /// None where there is no end to a line.
    pub(super) width: Option<usize>,
    /// Whether it shows more than ASCII.
    pub(super) unicode: bool,
    /// Whether colours are wanted.
    pub(super) colour: bool,
}

impl Output {
    /// What this process's standard output can show.
    pub(super) fn here() -> Self {
        let is_terminal = io::stdout().is_terminal();
        let size = is_terminal.then(|| terminal::size().ok()).flatten();
        Self {
            width: size.map(|size| usize::from(size.width)).filter(|width| *width > 0),
            unicode: terminal::theme().unicode,
            colour: colours(is_terminal, crate::shell::terminal::variable),
        }
    }

    /// Where a line has no end and there are no colours.
    #[cfg(test)]
    pub(super) fn endless(unicode: bool) -> Self {
        Self { width: None, unicode, colour: false }
    }

    /// A text as it can be shown.
    pub(super) fn shown(self, text: &str) -> String {
        if self.unicode {
            text.to_owned()
        } else {
            text.replace('→', "->").replace(|letter: char| !letter.is_ascii(), "?")
        }
    }

    /// A text in its colours, where these are wanted.
    pub(super) fn painted(self, text: &str, style: Style) -> String {
        if !self.colour || text.is_empty() || style == Style::default() {
            return text.to_owned();
        }
        let style: ContentStyle = style.into_crossterm();
        style.apply(text).to_string()
    }
}

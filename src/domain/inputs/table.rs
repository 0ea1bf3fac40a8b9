//! A file of values separated by commas: each line is a start, each heading a parameter.
//!
//! Its cells stay text until a draft reads them by the types of its rows, so a type can still be
//! changed afterwards. An empty cell means that the start does not set the parameter.

use super::row::name_error;
use super::value_list::{MOST, too_many};
use super::{ParamKind, exact};
use crate::domain::text::cut;

/// The values of some parameters, start by start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    name: String,
    columns: Vec<String>,
    lines: Vec<Line>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    /// Where it stands in the file, from 1.
    number: u64,
    cells: Vec<String>,
}

impl Table {
    /// Reads the text of a file that is called `name`.
    ///
    /// # Errors
    /// The first thing that is wrong with it, with its line.
    pub fn parse(name: &str, text: &str) -> Result<Self, String> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(text.as_bytes());
        let mut records = reader.records();
        let Some(first) = records.next() else {
            return Err("the file is empty: its first line names the parameters".to_owned());
        };
        let first = first.map_err(|error| error.to_string())?;
        let columns = headings(&first)?;
        let mut lines = Vec::new();
        for record in records {
            let record = record.map_err(|error| error.to_string())?;
            let number = record.position().map_or(0, csv::Position::line);
            if record.len() != columns.len() {
                let (has, wants) = (record.len(), columns.len());
                return Err(format!(
                    "line {number} has {has} cells, but the first line names {wants}"
                ));
            }
            if record.iter().all(str::is_empty) {
                return Err(format!("line {number} has no value at all: take it out"));
            }
            lines.push(Line { number, cells: record.iter().map(str::to_owned).collect() });
        }
        match lines.len() {
            0 => Err("there is no line below the headings, so nothing to start".to_owned()),
            1..=MOST => Ok(Self { name: name.to_owned(), columns, lines }),
            many => Err(too_many(many)),
        }
    }

    /// What the file is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The parameters that it has values for.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// How many starts it is.
    pub fn count(&self) -> usize {
        self.lines.len()
    }

    /// The cells below a heading, each with its line's number.
    pub(super) fn cells(&self, column: &str) -> impl Iterator<Item = (u64, &str)> {
        let at = self.columns.iter().position(|name| name == column);
        self.lines.iter().filter_map(move |line| Some((line.number, line.cells.get(at?)?.as_str())))
    }

    /// The type that reads all cells of a column that nobody has described.
    pub(super) fn kind_of(&self, column: &str) -> ParamKind {
        let filled = || self.cells(column).map(|(_, cell)| cell).filter(|cell| !cell.is_empty());
        let is_number = |cell: &str| exact::number(cell.trim()).is_some();
        match filled().next() {
            Some(_) if filled().all(is_number) => ParamKind::Number,
            Some(_) if filled().all(|cell| matches!(cell.trim(), "true" | "false")) => {
                ParamKind::Checkbox
            }
            _ => ParamKind::Text,
        }
    }
}

/// Characters of a column's name that are repeated in what is said of it.
const LONGEST_NAME: usize = 80;

fn headings(record: &csv::StringRecord) -> Result<Vec<String>, String> {
    let mut columns: Vec<String> = Vec::new();
    for name in record.iter().map(str::trim) {
        if record.len() == 1 && name.contains([';', '\t']) {
            return Err("line 1: commas part the columns, nothing else".to_owned());
        }
        if let Some(reason) = name_error(name) {
            return Err(format!("line 1, column `{}`: {reason}", cut(name, LONGEST_NAME)));
        }
        if columns.iter().any(|known| known == name) {
            let name = cut(name, LONGEST_NAME);
            return Err(format!("line 1: the column `{name}` is there twice"));
        }
        columns.push(name.to_owned());
    }
    Ok(columns)
}

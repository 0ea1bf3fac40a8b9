//! A draft whose rows take their values from a file, start by start.

use jiff::Zoned;

use super::Draft;
use crate::domain::inputs::row::ParamRow;
use crate::domain::inputs::spec::{ParamSpec, Source};
use crate::domain::inputs::starts::Inputs;
use crate::domain::inputs::table::Table;

impl Draft {
    /// Takes the values of a file in place of the single values of its rows. Names that are not
    /// known become rows of their own.
    ///
    /// # Errors
    /// The first cell that cannot be read, with line and column; nothing is changed then.
    pub fn take_table(&mut self, table: Table, now: &Zoned) -> Result<(), String> {
        let mut draft = self.clone();
        draft.drop_table();
        for column in table.columns() {
            match draft.rows.iter().find(|row| row.spec.name == *column) {
                Some(row) if row.spec.secret => {
                    return Err(format!(
                        "line 1, column `{column}`: a secret is read from no file"
                    ));
                }
                Some(_) => {}
                None => {
                    let kind = table.kind_of(column);
                    let spec = ParamSpec { kind, ..ParamSpec::named(column, Source::Added) };
                    draft.rows.push(ParamRow::fresh(spec));
                }
            }
        }
        draft.table = Some(table);
        let fault = draft.rows.iter().find_map(|row| {
            let (line, reason) = draft.column(row, now)?.err()?;
            Some(format!("line {line}, column `{}`: {reason}", row.spec.name))
        });
        if let Some(fault) = fault {
            return Err(fault);
        }
        *self = draft;
        Ok(())
    }

    /// Takes the file out again, with the rows that are there only because of it.
    pub fn drop_table(&mut self) {
        let Some(table) = self.table.take() else { return };
        let is_its = |row: &ParamRow| {
            row.spec.source == Source::Added && !row.set && table.columns().contains(&row.spec.name)
        };
        self.rows.retain(|row| !is_its(row));
    }

    /// The file whose values stand in place of a row's own.
    pub fn table_of(&self, row: &ParamRow) -> Option<&Table> {
        self.table.as_ref().filter(|table| table.columns().contains(&row.spec.name))
    }

    /// What the file gives to each start for a row; nothing where it has no such column.
    ///
    /// The error is the line of the first cell that cannot be sent, and why.
    pub(in crate::domain::inputs) fn column(
        &self,
        row: &ParamRow,
        now: &Zoned,
    ) -> Option<Result<Vec<Inputs>, (u64, String)>> {
        let table = self.table_of(row)?;
        let cells = table.cells(&row.spec.name);
        let read = |(line, cell): (u64, &str)| row.read_cell(cell, now).map_err(|why| (line, why));
        Some(cells.map(read).collect())
    }

    /// What is wrong with the file as a whole: a row of it has been renamed or taken out.
    pub(in crate::domain::inputs) fn check_table(&self) -> Option<String> {
        let has_row = |name: &&String| !self.rows.iter().any(|row| row.spec.name == **name);
        let lost = self.table.as_ref()?.columns().iter().find(has_row)?;
        Some(format!("no row is called `{lost}` any more: name one so, or load the file again"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::inputs::{Cardinality, ParamKind, Place};
    use serde_json::{Value, json};

    fn now() -> Zoned {
        "2026-11-24T10:00:00[UTC]".parse().unwrap()
    }

    fn draft() -> Draft {
        let spec = |name: &str, kind| ParamSpec { kind, ..ParamSpec::named(name, Source::Export) };
        let bounded = ParamSpec { max: Some(1.0), ..spec("threshold", ParamKind::Number) };
        let mut draft = Draft::fresh(vec![
            spec("region", ParamKind::Text),
            bounded,
            spec("day", ParamKind::Date),
            ParamSpec { secret: true, ..spec("key", ParamKind::Text) },
        ]);
        (draft.rows[0].text, draft.rows[0].set) = ("single".to_owned(), true);
        draft
    }

    fn bodies(draft: &Draft) -> Vec<String> {
        let starts = draft.finish_all(&now()).unwrap();
        starts.iter().map(|start| Value::Object(start.inputs().clone()).to_string()).collect()
    }

    #[test]
    fn each_line_is_a_start_and_an_empty_cell_is_not_set() {
        let text = "\u{feff}day, region ,extra\r\n-1d,\"a, b\",007\r\n\r\ntoday,,12\r\n";
        let mut draft = draft();
        draft.take_table(Table::parse("rows.csv", text).unwrap(), &now()).unwrap();
        let expected = [
            r#"{"region":"a, b","day":"2026-11-23","extra":"007"}"#,
            r#"{"day":"2026-11-24","extra":"12"}"#,
        ];
        assert_eq!(bodies(&draft), expected);
        assert_eq!(draft.rows.len(), 5);
        draft.drop_table();
        assert_eq!(bodies(&draft), [r#"{"region":"single"}"#]);
        assert_eq!(draft.rows.len(), 4);
    }

    #[test]
    fn lines_multiply_with_rows_that_hold_several_and_change_slowest() {
        let mut draft = draft();
        let row = &mut draft.rows[1];
        (row.text, row.set, row.holds) = ("0, 1".to_owned(), true, Cardinality::Several);
        draft.take_table(Table::parse("f", "region\na\nb\n").unwrap(), &now()).unwrap();
        let expected = [("a", 0), ("a", 1), ("b", 0), ("b", 1)]
            .map(|(region, n)| json!({"region": region, "threshold": n}).to_string());
        assert_eq!(bodies(&draft), expected);
    }

    #[test]
    fn what_is_wrong_with_a_file_is_said_with_its_line_and_changes_nothing() {
        let long = format!("n\n{}", "1\n".repeat(1001));
        for (text, part) in [
            ("", "the file is empty"),
            ("a,b\n", "no line below the headings"),
            ("a;b\n1;2\n", "commas part the columns"),
            ("a,a\n1,2\n", "line 1: the column `a` is there twice"),
            ("a b\n1\n", "line 1, column `a b`: a variable's name"),
            ("a,\n1,2\n", "line 1, column ``: the name is missing"),
            ("a,b\n1,2\n1\n", "line 3 has 1 cells"),
            ("a,b\n1,2\n,\n", "line 3 has no value at all"),
            ("region,threshold\na,0.5\nb,2\n", "line 3, column `threshold`: at most 1"),
            ("region,day\n\"a\nb\",today\nc,someday\n", "line 4, column `day`"),
            ("key\nhunter2\n", "line 1, column `key`: a secret"),
            ("id\n1\n12345678901234567890123\n", "line 3, column `id`: 12345678901234567890123"),
            ("id\n1e400\n", "line 2, column `id`: 1e400 cannot be sent exactly"),
            (&long, "1001 starts, but at most 1000"),
        ] {
            let mut draft = draft();
            let before = draft.clone();
            let taken = Table::parse("f", text).and_then(|table| draft.take_table(table, &now()));
            let reason = taken.unwrap_err();
            assert!(reason.contains(part), "{text:?}: {reason}");
            assert_eq!(draft, before);
        }
    }

    #[test]
    fn a_row_of_the_file_may_change_its_type_and_must_keep_its_name() {
        let mut draft = Draft::default();
        draft.take_table(Table::parse("f", "n,on\n1,true\n2,\n").unwrap(), &now()).unwrap();
        assert_eq!(draft.rows[0].kind, ParamKind::Number);
        assert_eq!(draft.rows[1].kind, ParamKind::Checkbox);
        draft.rows[0].kind = ParamKind::Date;
        assert!(draft.check(0, &now()).unwrap().starts_with("line 2: "), "{draft:?}");
        draft.rows[0].kind = ParamKind::Text;
        assert_eq!(bodies(&draft), [r#"{"n":"1","on":true}"#, r#"{"n":"2"}"#]);
        draft.rows[0].spec.name = "m".to_owned();
        let errors = draft.finish_all(&now()).unwrap_err();
        assert_eq!(errors[0].place, Place::Table);
        assert!(errors[0].reason.contains("`n`"), "{errors:?}");
    }
}

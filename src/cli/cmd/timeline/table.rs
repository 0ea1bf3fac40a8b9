//! Seen changes as rows for people, as wide as the terminal.

use ratatui::text::Span;

use crate::cli::output::Output;
use crate::cli::table::{Column, Table};
use crate::domain::time::between;
use crate::engine::timeline::SeenChange;
use crate::ui::text::span;

/// Columns with all there is: date and time, title, run, statuses, how late, and what started it.
const WIDE: [Column; 6] = [
    Column::whole("SEEN").at_most(20),
    Column::whole("PROJECT").at_most(28),
    Column::whole("RUN").at_most(8),
    Column::whole("STATUS").at_most(22),
    Column::whole("LATE").at_most(11),
    Column::whole("BY").at_most(11),
];
/// How wide that is.
const WIDTH: usize = 20 + 2 + 28 + 2 + 8 + 2 + 22 + 2 + 11 + 2 + 11;
/// Columns without the year and what started it.
const NARROW: [Column; 5] = [
    Column::whole("SEEN").at_most(15),
    Column::cut("PROJECT", 12).at_most(28),
    Column::whole("RUN").at_most(8),
    Column::whole("STATUS").at_most(20),
    Column::whole("LATE").at_most(11),
];

/// How changes are written.
#[derive(Clone, Debug)]
pub(super) struct Changes {
    table: Table,
    is_wide: bool,
    unicode: bool,
}

impl Changes {
    pub(super) fn of(output: Output) -> Self {
        let is_wide = output.width.is_none_or(|width| width >= WIDTH);
        let columns = if is_wide { &WIDE[..] } else { &NARROW };
        Self { table: Table::unseen(columns, output), is_wide, unicode: output.unicode }
    }

    /// `2026-11-27 21:04:11Z  Churn model   b7e19c30  running → completed  12s late  scheduled`
    pub(super) fn line(&self, change: &SeenChange) -> String {
        let format = if self.is_wide { "%Y-%m-%d %H:%M:%SZ" } else { "%m-%d %H:%M:%SZ" };
        let trigger = change.trigger.as_ref().map_or("", |trigger| trigger.word());
        let cells = [
            change.seen.strftime(format).to_string(),
            change.title.to_string(),
            change.run.short().to_owned(),
            self.statuses(change),
            late(change),
            trigger.to_owned(),
        ];
        self.table.line(&cells.map(Span::raw).to_vec())
    }

    fn statuses(&self, change: &SeenChange) -> String {
        let arrow = if self.unicode { "→" } else { "->" };
        let to = change.to.word();
        match &change.from {
            _ if change.first_look => format!("{to} already"),
            Some(from) => format!("{} {arrow} {to}", from.word()),
            None => format!("{arrow} {to}"),
        }
    }
}

/// How long it went unseen; at a first look, for how long it had been so.
fn late(change: &SeenChange) -> String {
    let ago = change.happened.map(|happened| span(between(happened, change.seen)));
    match ago {
        Some(ago) if change.first_look => format!("for {ago}"),
        Some(ago) => format!("{ago} late"),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ProjectId, RunId, RunStatus, RunTrigger};
    use crate::ui::text::width;

    fn changes() -> [SeenChange; 4] {
        let ended = SeenChange {
            project: ProjectId::new("p"),
            title: "A report of the week with a long name é".into(),
            run: RunId::new("b7e19c30-8a47"),
            from: Some(RunStatus::Running),
            to: RunStatus::Completed,
            seen: "2026-11-27T21:04:11.7Z".parse().unwrap(),
            happened: Some("2026-11-27T21:03:59Z".parse().unwrap()),
            trigger: Some(RunTrigger::Scheduled),
            version: Some("3".to_owned()),
            first_look: false,
        };
        let appeared = SeenChange {
            title: "Churn".into(),
            from: None,
            to: RunStatus::Pending,
            happened: None,
            trigger: None,
            ..ended.clone()
        };
        let first = SeenChange {
            title: "\u{1b}[2J表計算".into(),
            from: None,
            to: RunStatus::Running,
            happened: Some("2026-11-24T19:00:00Z".parse().unwrap()),
            first_look: true,
            ..ended.clone()
        };
        let kernel =
            SeenChange { from: Some(RunStatus::Pending), to: RunStatus::NoKernel, ..ended.clone() };
        [ended, appeared, first, kernel]
    }

    fn lines(width: Option<usize>, unicode: bool) -> Vec<String> {
        let table = Changes::of(Output { width, unicode, colour: false });
        changes().iter().map(|change| table.line(change)).collect()
    }

    #[test]
    fn rows_have_all_there_is_where_there_is_room() {
        let expected = [
            "2026-11-27 21:04:11Z  A report of the we…ng name é  b7e19c30  running → completed     12s late     scheduled",
            "2026-11-27 21:04:11Z  Churn                         b7e19c30  → pending",
            "2026-11-27 21:04:11Z  ·[2J表計算                    b7e19c30  running already         for 3d02h    scheduled",
            "2026-11-27 21:04:11Z  A report of the we…ng name é  b7e19c30  pending → no kernel     12s late     scheduled",
        ];
        for room in [None, Some(WIDTH), Some(500)] {
            assert_eq!(lines(room, true), expected, "{room:?}");
        }
        let ascii = "2026-11-27 21:04:11Z  A report of the we?ng name ?  b7e19c30  running -> completed    12s late     scheduled";
        assert_eq!(lines(None, false)[0], ascii);
    }

    #[test]
    fn rows_fit_a_narrower_terminal_and_leave_out_what_says_least() {
        let expected = [
            "11-27 21:04:11Z  A report of…name é  b7e19c30  running → completed   12s late",
            "11-27 21:04:11Z  Churn               b7e19c30  → pending",
            "11-27 21:04:11Z  ·[2J表計算          b7e19c30  running already       for 3d02h",
            "11-27 21:04:11Z  A report of…name é  b7e19c30  pending → no kernel   12s late",
        ];
        assert_eq!(lines(Some(80), true), expected);
        for room in [0, 1, 20, 40, 72, 73, 74, 79, 100, WIDTH - 1] {
            for unicode in [true, false] {
                assert!(
                    lines(Some(room), unicode).iter().all(|line| width(line) <= room),
                    "{room}"
                );
            }
        }
    }
}

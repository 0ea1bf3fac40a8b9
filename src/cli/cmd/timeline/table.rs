//! Seen changes as rows for people, as wide as the terminal.

use crate::domain::time::between;
use crate::engine::timeline::SeenChange;
use crate::ui::text::{fit, middle, pad, safe, span};

/// Columns that a project's title takes at most, and at least.
const TITLE: usize = 28;
const NARROWEST_TITLE: usize = 12;
/// Columns that `running → completed` takes, with some room and without.
const STATUSES: usize = 22;
const NARROW_STATUSES: usize = 20;
/// Columns that `52m09s late` takes.
const LATE: usize = 11;
/// Columns of a row with all there is: date and time, title, run, statuses, how late, and what started it.
const WIDE: usize = 20 + 2 + TITLE + 2 + 8 + 2 + STATUSES + 2 + LATE + 2 + 11;
/// Columns of a row without the year and what started it, besides the title.
const NARROW: usize = 15 + 2 + 2 + 8 + 2 + NARROW_STATUSES + 2 + LATE;

/// How the rows are written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Table {
    width: Option<usize>,
    unicode: bool,
}

impl Table {
    /// Rows for a terminal of this width, or without an end; `unicode` if more than ASCII is shown.
    pub(super) fn of(width: Option<usize>, unicode: bool) -> Self {
        Self { width, unicode }
    }

    /// `2026-11-27 21:04:11Z  Churn model   b7e19c30  running → completed  12s late  scheduled`
    pub(super) fn line(self, change: &SeenChange) -> String {
        let narrow = self.width.filter(|width| *width < WIDE);
        let (format, title, statuses) = match narrow {
            None => ("%Y-%m-%d %H:%M:%SZ", TITLE, STATUSES),
            Some(width) => {
                let title = width.saturating_sub(NARROW).clamp(NARROWEST_TITLE, TITLE);
                ("%m-%d %H:%M:%SZ", title, NARROW_STATUSES)
            }
        };
        let trigger = change.trigger.as_ref().filter(|_| narrow.is_none());
        let row = format!(
            "{}  {}  {}  {}  {}  {}",
            change.seen.strftime(format),
            pad(&middle(&safe(&change.title), title), title),
            pad(&safe(change.run.short()), 8),
            pad(&safe(&self.statuses(change)), statuses),
            pad(&late(change), LATE),
            safe(trigger.map_or("", |trigger| trigger.word())),
        );
        let row = row.trim_end();
        let row = self.width.map_or_else(|| row.to_owned(), |width| fit(row, width));
        if self.unicode { row } else { row.replace(|letter: char| !letter.is_ascii(), "?") }
    }

    fn statuses(self, change: &SeenChange) -> String {
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
        let table = Table::of(width, unicode);
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
        for room in [None, Some(WIDE), Some(500)] {
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
        for room in [0, 1, 20, 40, 72, 73, 74, 79, 100, WIDE - 1] {
            for unicode in [true, false] {
                assert!(
                    lines(Some(room), unicode).iter().all(|line| width(line) <= room),
                    "{room}"
                );
            }
        }
    }
}

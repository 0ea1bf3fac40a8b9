//! The order of the runs.

use std::cmp::Reverse;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::domain::{Boot, ProjectId, RunId};
use crate::engine::model::{AgeKey, ProjectState, RunState, age_key};

use super::runaway::is_far_beyond;
use crate::ui::theme::Theme;

/// What the runs are sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Column {
    /// Active ones first, those far beyond their usual duration before all; then the newest.
    #[default]
    Status,
    Project,
    Started,
    Elapsed,
    Usual,
    RunState,
}

impl Column {
    /// The column's heading.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Status => "STATUS",
            Self::Project => "PROJECT",
            Self::Started => "STARTED",
            Self::Elapsed => "ELAPSED",
            Self::Usual => "USUAL",
            Self::RunState => "SEEN",
        }
    }
}

impl SortColumn for Column {
    const ALL: &'static [Self] =
        &[Self::Status, Self::Project, Self::Started, Self::Elapsed, Self::Usual, Self::RunState];

    fn name(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Project => "project",
            Self::Started => "started",
            Self::Elapsed => "elapsed",
            Self::Usual => "usual",
            Self::RunState => "seen",
        }
    }
}

/// What a list can be sorted by.
pub(crate) trait SortColumn: Copy + Default + PartialEq + 'static {
    /// All columns, in the order in which the key goes through them.
    const ALL: &'static [Self];

    /// How it is called in a command.
    fn name(self) -> &'static str;
}

/// The order of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct SortBy<C> {
    pub(crate) column: C,
    pub(crate) reversed: bool,
}

/// The order of the runs.
pub(crate) type Sort = SortBy<Column>;

impl<C: SortColumn> SortBy<C> {
    /// By the next column, or by one that is named; by the same once more, in the other direction. None if no
    /// column is called so.
    pub(crate) fn turned(self, named: Option<&str>) -> Option<Self> {
        let Some(name) = named else {
            let at = C::ALL.iter().position(|column| *column == self.column).unwrap_or(0);
            let column = C::ALL.get(at + 1).copied().unwrap_or_default();
            return Some(Self { column, reversed: false });
        };
        let column = C::ALL.iter().copied().find(|column| column.name() == name)?;
        Some(Self { column, reversed: column == self.column && !self.reversed })
    }
}

impl Sort {
    /// The heading of a column, with the direction if it is this one.
    pub(crate) fn heading(self, column: Column, theme: Theme) -> String {
        let arrow = match (column == self.column, self.reversed) {
            (false, _) => "",
            (true, true) => theme.glyph("▲", "^"),
            (true, false) => theme.glyph("▼", "v"),
        };
        column.word().to_owned() + arrow
    }

    /// Where a run of a project stands at a moment.
    pub(super) fn key(
        self,
        watched: &ProjectState,
        seen: &RunState,
        server_now: Timestamp,
    ) -> SortKey {
        let run = &seen.run;
        let (id, project) = (run.id.clone(), run.project.clone());
        let first = self.first(watched, seen, server_now);
        SortKey { first, newest: Reverse((age_key(run), id)), project }
    }

    /// What of it is compared first, and may change with time.
    pub(super) fn first(
        self,
        watched: &ProjectState,
        seen: &RunState,
        server_now: Timestamp,
    ) -> First {
        let run = &seen.run;
        let value = match self.column {
            Column::Status => {
                Value::Urgency(run.is_active().then(|| is_far_beyond(watched, seen, server_now)))
            }
            Column::Project => Value::Title(watched.project.title.as_str().into()),
            Column::Started => Value::Age(age_key(run)),
            Column::Elapsed => Value::Elapsed(run.elapsed_at(server_now)),
            Column::Usual => {
                let ratio = watched.ratio(run.elapsed_at(server_now)).unwrap_or(-1.0);
                Value::Ratio(Ratio(ratio))
            }
            Column::RunState => Value::Seen(seen.at),
        };
        // Titles ascend, and whatever grows comes with the most first.
        if (self.column == Column::Project) == self.reversed {
            First::Most(Reverse(value))
        } else {
            First::Least(value)
        }
    }
}

/// Where a run stands among the others: lesser ones come first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SortKey {
    pub(super) first: First,
    newest: Reverse<(AgeKey, RunId)>,
    project: ProjectId,
}

impl SortKey {
    /// The run's project.
    pub(super) fn project(&self) -> &ProjectId {
        &self.project
    }

    /// The run.
    pub(super) fn run(&self) -> &RunId {
        &self.newest.0.1
    }
}

/// What is compared first. All runs have the same kind of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum First {
    Most(Reverse<Value>),
    Least(Value),
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Value {
    /// Whether an active run is far beyond its usual duration; none of one that has ended.
    Urgency(Option<bool>),
    Title(Arc<str>),
    Age(AgeKey),
    Elapsed(Option<Duration>),
    Ratio(Ratio),
    Seen(Boot),
}

/// A number in its total order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ratio(f64);

impl Ord for Ratio {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl PartialOrd for Ratio {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Ratio {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Ratio {}

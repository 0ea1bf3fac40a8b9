//! The order of the runs.

use std::cmp::Reverse;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::domain::runaway::Verdict;
use crate::domain::{Boot, ProjectId, RunId};
use crate::engine::model::{AgeKey, Moment, ProjectState, RunState, age_key};

use super::project_rows::ProjectColumn;
use crate::ui::theme::Theme;

/// What the runs are sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Column {
    /// What wants a person before all; active ones by when they are expected to end; ended ones by when
    /// they did, the last one first.
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
            Self::Usual => "VS USUAL",
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

/// An order by the name of its column, as settings have it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Order {
    column: String,
    reversed: bool,
}

impl Order {
    /// Reads an order: the name of a column, with a `-` before it in the other direction. `of_runs`: of the
    /// columns of runs, else of projects.
    ///
    /// # Errors
    /// A sentence that names the columns.
    pub fn read(text: &str, of_runs: bool) -> Result<Self, String> {
        let (column, reversed) = match text.strip_prefix('-') {
            Some(column) => (column, true),
            None => (text, false),
        };
        let names: Vec<_> = if of_runs {
            Column::ALL.iter().map(|column| column.name()).collect()
        } else {
            ProjectColumn::ALL.iter().map(|column| column.name()).collect()
        };
        if !names.contains(&column) {
            let names = names.join(", ");
            return Err(format!(
                "`{text}` is none of {names}, with a - before it to turn it round"
            ));
        }
        Ok(Self { column: column.to_owned(), reversed })
    }
}

impl<C: SortColumn> SortBy<C> {
    /// The order that is named; the usual one where none of its columns is called so.
    pub(crate) fn ordered(order: &Order) -> Self {
        let column = C::ALL.iter().copied().find(|column| column.name() == order.column);
        Self { column: column.unwrap_or_default(), reversed: order.reversed }
    }

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

    /// Where a run of a project stands by what was seen of it. `group` is the one that it is in.
    pub(crate) fn key(
        self,
        watched: &ProjectState,
        seen: &RunState,
        group: Group,
        moment: Moment,
    ) -> SortKey {
        let run = &seen.run;
        let (id, project) = (run.id.clone(), run.project.clone());
        let first = self.first(watched, seen, group, moment);
        SortKey { group, first, newest: Reverse((age_key(run), id)), project }
    }

    /// What is compared first within a group. The time that passes changes none of it.
    fn first(self, watched: &ProjectState, seen: &RunState, group: Group, moment: Moment) -> First {
        let run = &seen.run;
        let value = match self.column {
            Column::Status if group == Group::Ended => Value::End(Reverse(run.end.or(run.start))),
            Column::Status => {
                let is_slow = moment.verdict(watched, seen) >= Some(Verdict::Slow);
                Value::Due(Reverse(is_slow), Due::of(watched, seen))
            }
            Column::Project => Value::Title(watched.project.title.as_str().into()),
            Column::Started => Value::Age(Reverse(age_key(run))),
            // Of those that go on the one has taken the longest that has started first.
            Column::Elapsed if run.is_active() => Value::Oldest(age_key(run)),
            Column::Elapsed => Value::Elapsed(Reverse(run.elapsed_at(moment.server))),
            Column::Usual => {
                let ratio = watched.ratio(run, moment.elapsed(seen)).unwrap_or(-1.0);
                Value::Ratio(Reverse(Ratio(ratio)))
            }
            Column::RunState => Value::Seen(Reverse(seen.at)),
        };
        if self.reversed { First::Reversed(Reverse(value)) } else { First::Plain(value) }
    }
}

/// The groups of runs, in the order in which they stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Group {
    /// It wants a person: a runaway, or a cancel of it that is stuck.
    OutOfHand,
    /// It goes on.
    Active,
    /// It is over.
    Ended,
}

/// When an active run is expected to end, or what is known in place of it; lesser ones come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Due {
    /// It is expected to have taken its usual duration then: the first is the longest overdue, or the
    /// nearest to its end.
    At(Timestamp),
    /// It has started then, and nothing is known of what is usual.
    StartedAt(Timestamp),
    /// It has not started, and appeared then; none if it was there from the first look on.
    PendingSince(Option<Boot>),
}

impl Due {
    fn of(watched: &ProjectState, seen: &RunState) -> Self {
        let Some(start) = seen.run.start else { return Self::PendingSince(seen.changed) };
        let usual = watched.durations.usual(&seen.run);
        let end = usual.and_then(|usual| start.checked_add(usual).ok());
        end.map_or(Self::StartedAt(start), Self::At)
    }
}

/// Where a run stands among the others: lesser ones come first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SortKey {
    pub(super) group: Group,
    first: First,
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

/// What is compared first. All runs of a group have the same kind of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum First {
    Plain(Value),
    Reversed(Reverse<Value>),
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Value {
    /// Slow ones come first.
    Due(Reverse<bool>, Due),
    End(Reverse<Option<Timestamp>>),
    Title(Arc<str>),
    /// The newest comes first.
    Age(Reverse<AgeKey>),
    /// The oldest comes first.
    Oldest(AgeKey),
    Elapsed(Reverse<Option<Duration>>),
    Ratio(Reverse<Ratio>),
    Seen(Reverse<Boot>),
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

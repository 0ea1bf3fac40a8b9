//! The rows of the pane of projects.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::domain::{ProjectId, Query, RunStatus};
use crate::engine::Model;
use crate::engine::model::ProjectState;
use crate::ui::text::safe;

use super::cursor::Rows;
use super::sort::{SortBy, SortColumn};
use super::sorted::SortedList;

/// What the projects are sorted by, after pinned ones and those that can be run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ProjectColumn {
    #[default]
    Title,
    /// Those with active runs first.
    Active,
    /// Those whose last run did not complete first.
    Failed,
}

impl SortColumn for ProjectColumn {
    const ALL: &'static [Self] = &[Self::Title, Self::Active, Self::Failed];

    fn name(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Active => "active",
            Self::Failed => "failed",
        }
    }
}

/// The order of the projects.
pub(crate) type ProjectSort = SortBy<ProjectColumn>;

/// Where a project stands: pinned ones come first, then those that can be run, then by the chosen column, and
/// all of them by title.
type SortKey = (bool, bool, bool, Title);

/// A title in one direction, which is the same for all.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Title {
    Up(Arc<str>),
    Down(Reverse<Arc<str>>),
}

/// The rows, kept in order.
#[derive(Debug, Default)]
pub(crate) struct ProjectRows {
    query: Query,
    sort: ProjectSort,
    pinned: BTreeSet<ProjectId>,
    order: SortedList<(SortKey, ProjectId)>,
    keys: BTreeMap<ProjectId, SortKey>,
}

impl Rows for ProjectRows {
    type Id = ProjectId;

    fn len(&self) -> usize {
        self.order.len()
    }

    fn at(&self, place: usize) -> Option<ProjectId> {
        self.order.get(place).map(|(_, id)| id.clone())
    }

    fn position(&self, id: &ProjectId) -> Option<usize> {
        let key = self.keys.get(id)?;
        self.order.position(&(key.clone(), id.clone()))
    }
}

impl ProjectRows {
    /// All rows anew.
    pub(crate) fn of(model: &Model, query: Query, sort: ProjectSort) -> Self {
        let mut rows = Self { query, sort, pinned: model.pinned().clone(), ..Self::default() };
        for watched in model.projects() {
            if let Some(key) = rows.key(watched) {
                rows.keys.insert(watched.project.id.clone(), key);
            }
        }
        rows.order = rows.keys.iter().map(|(id, key)| (key.clone(), id.clone())).collect();
        rows
    }

    /// Takes in what has changed of some projects.
    pub(crate) fn update(&mut self, model: &Model, changed: &BTreeSet<ProjectId>) {
        let before = std::mem::replace(&mut self.pinned, model.pinned().clone());
        for id in changed.iter().chain(model.pinned().symmetric_difference(&before)) {
            let key = model.project(id).and_then(|watched| self.key(watched));
            if key.as_ref() == self.keys.get(id) {
                continue;
            }
            if let Some(before) = self.keys.remove(id) {
                self.order.remove(&(before, id.clone()));
            }
            if let Some(key) = key {
                self.order.insert((key.clone(), id.clone()));
                self.keys.insert(id.clone(), key);
            }
        }
    }

    /// The rows from a place on.
    pub(crate) fn from(&self, place: usize) -> impl Iterator<Item = &ProjectId> {
        self.order.from(place).map(|(_, id)| id)
    }

    /// Where a project stands, if it is admitted.
    fn key(&self, watched: &ProjectState) -> Option<SortKey> {
        let project = &watched.project;
        let ProjectSort { column, reversed } = self.sort;
        let is_first = || match column {
            ProjectColumn::Title => true,
            ProjectColumn::Active => watched.active().next().is_some(),
            ProjectColumn::Failed => watched
                .newest_first()
                .find(|seen| !seen.run.is_active())
                .is_some_and(|seen| seen.run.status != RunStatus::Completed),
        };
        let title = || {
            let title = safe(&project.title).to_lowercase().into();
            let is_down = reversed && column == ProjectColumn::Title;
            if is_down { Title::Down(Reverse(title)) } else { Title::Up(title) }
        };
        let key = || {
            let is_pinned = self.pinned.contains(&project.id);
            (!is_pinned, !project.is_runnable(), is_first() == reversed, title())
        };
        // What cannot be run is folded away until it is looked for.
        let is_folded = !project.is_runnable() && self.query.is_empty();
        (!is_folded && self.query.admits_project(project)).then(key)
    }
}

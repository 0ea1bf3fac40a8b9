//! The rows of the pane of projects.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::domain::{ProjectId, Query};
use crate::engine::Model;
use crate::engine::model::ProjectState;
use crate::ui::text::safe;

use super::cursor::Rows;
use super::sorted::SortedList;

/// Where a project stands: pinned ones come first, then those that can be run, of them those with active
/// runs, and all of them by title.
type SortKey = (bool, bool, bool, Arc<str>);

/// The rows, kept in order.
#[derive(Debug, Default)]
pub(crate) struct ProjectRows {
    query: Query,
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
    pub(crate) fn of(model: &Model, query: Query) -> Self {
        let mut rows = Self { query, pinned: model.pinned().clone(), ..Self::default() };
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
        let idle = watched.active().next().is_none();
        let title = || safe(&project.title).to_lowercase().into();
        let key = || (!self.pinned.contains(&project.id), !project.is_runnable(), idle, title());
        self.query.admits_project(project).then(key)
    }
}

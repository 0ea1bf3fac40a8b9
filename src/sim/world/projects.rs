//! `ListProjects`, which still has the old shape of errors, and `GetProject`.

use http::StatusCode;
use serde::Serialize;

use crate::sim::project::SimProject;
use crate::sim::reply::{Reply, Shape};
use crate::sim::scenario::{Access, Answers, Era, ProjectState, UnlistedQuery};
use crate::sim::uuid::Uuid;
use crate::sim::validation;
use crate::sim::wire::project::ProjectBody;

use super::World;
use super::ask::Ask;

#[derive(Serialize)]
struct Cursors {
    after: Option<String>,
    before: Option<String>,
}

#[derive(Serialize)]
struct ListBody<'a> {
    values: Vec<ProjectBody<'a>>,
    pagination: Cursors,
}

/// Which projects a list is to show.
#[expect(clippy::struct_excessive_bools, reason = "each is a parameter of the query")]
struct Wanted<'a> {
    archived: bool,
    trashed: bool,
    components: bool,
    unlisted: bool,
    /// Nothing is in a collection here.
    collection: Option<&'a str>,
    creator: Option<&'a str>,
    owner: Option<&'a str>,
    statuses: Vec<&'a str>,
    categories: Vec<&'a str>,
}

impl<'a> Wanted<'a> {
    fn read(ask: &'a Ask<'_>, answers: &Answers) -> Result<Self, Reply> {
        let params = &ask.params;
        let flag = |name| params.flag(name, Shape::Old).map_err(|issue| ask.bad(Shape::Old, issue));
        let unlisted = match (answers.include_unlisted, answers.era) {
            (UnlistedQuery::Known, _) | (UnlistedQuery::ByEra, Era::Now) => {
                flag("includeUnlisted")?
            }
            (UnlistedQuery::Refused, _) if params.get("includeUnlisted").is_some() => {
                return Err(ask.bad(Shape::Old, validation::excess("includeUnlisted")));
            }
            _ => false,
        };
        Ok(Self {
            unlisted,
            archived: flag("includeArchived")?,
            trashed: flag("includeTrashed")?,
            components: flag("includeComponents")?,
            collection: params.get("collectionId"),
            creator: params.get("creatorEmail"),
            owner: params.get("ownerEmail"),
            statuses: params.list("statuses"),
            categories: params.list("categories"),
        })
    }

    fn wants(&self, project: &SimProject) -> bool {
        let spec = &project.spec;
        let has = |name: &String| self.categories.contains(&name.as_str());
        spec.access != Access::None
            && self.collection.is_none()
            && (self.archived || spec.state != ProjectState::Archived)
            && (self.trashed || spec.state != ProjectState::Trashed)
            && (self.components || !spec.component)
            && (self.unlisted || !spec.unlisted)
            && self.creator.is_none_or(|email| email == project.creator)
            && self.owner.is_none_or(|email| email == project.owner)
            && (self.categories.is_empty() || spec.categories.iter().any(has))
            && (self.statuses.is_empty()
                || spec.label.as_deref().is_some_and(|label| self.statuses.contains(&label)))
    }
}

impl World {
    pub(super) fn list_projects(&self, ask: &Ask<'_>) -> Result<Reply, Reply> {
        let bad = |issue| ask.bad(Shape::Old, issue);
        let params = &ask.params;
        let limit: usize = params.number("limit", (1, 100), 25, Shape::Old).map_err(bad)?;
        let with_sharing = params.flag("includeSharing", Shape::Old).map_err(bad)?;
        let wanted = Wanted::read(ask, &self.rules.answers)?;
        let order = self.order(ask)?;
        let rows: Vec<_> = order.into_iter().filter(|project| wanted.wants(project)).collect();
        let place = |name| -> Result<Option<usize>, Reply> {
            let Some(cursor) = params.get(name) else {
                return Ok(None);
            };
            let id = cursor_id(cursor);
            let place = id.and_then(|id| rows.iter().position(|project| project.id == id));
            place.map(Some).ok_or_else(|| bad(format!("{name} is not a cursor of this list")))
        };
        let first = match (place("after")?, place("before")?) {
            (Some(last), _) if ask.repeats_rows => last,
            (Some(last), _) => last + 1,
            (None, Some(next)) => next.saturating_sub(limit),
            (None, None) => 0,
        };
        let page: Vec<_> = rows.iter().skip(first).take(limit).collect();
        let has_more = first + page.len() < rows.len();
        let body = ListBody {
            pagination: Cursors {
                after: page.last().filter(|_| has_more).map(|project| cursor(project.id)),
                before: page.first().filter(|_| first > 0).map(|project| cursor(project.id)),
            },
            values: page
                .into_iter()
                .map(|project| ProjectBody::of(project, with_sharing))
                .collect(),
        };
        Ok(Reply::json(StatusCode::OK, &body))
    }

    pub(super) fn get_project(&self, id: &str, ask: &Ask<'_>) -> Result<Reply, Reply> {
        let shape = self.newer_shape();
        let flag = ask.params.flag("includeSharing", shape);
        let with_sharing = flag.map_err(|issue| ask.bad(shape, issue))?;
        let project = self.named_project(id, shape, ask)?;
        Ok(Reply::json(StatusCode::OK, &ProjectBody::of(project, with_sharing)))
    }

    /// All projects in the order that is asked for; the newest first where none is.
    fn order(&self, ask: &Ask<'_>) -> Result<Vec<&SimProject>, Reply> {
        let bad = |issue| ask.bad(Shape::Old, issue);
        let keys = ["CREATED_AT", "LAST_EDITED_AT", "LAST_PUBLISHED_AT"];
        let by = ask.params.word("sortBy", &keys, Shape::Old).map_err(bad)?;
        let direction = ask.params.word("sortDirection", &["DESC", "ASC"], Shape::Old);
        let direction = direction.map_err(bad)?;
        let mut rows: Vec<_> = self.life.by_age().collect();
        // Stable, so that projects of the same time keep the order of their age.
        match by {
            Some("LAST_EDITED_AT") => rows.sort_by_key(|project| project.edited),
            Some("LAST_PUBLISHED_AT") => rows.sort_by_key(|project| project.published),
            _ => {}
        }
        if direction != Some("ASC") {
            rows.reverse();
        }
        Ok(rows)
    }
}

/// An opaque word for a place in the list: right behind or before this project.
fn cursor(id: Uuid) -> String {
    format!("c_{}", id.to_string().replace('-', "_"))
}

fn cursor_id(cursor: &str) -> Option<Uuid> {
    cursor.strip_prefix("c_")?.replace('_', "-").parse().ok()
}

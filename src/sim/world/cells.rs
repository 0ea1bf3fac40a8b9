//! `ListCells` and `GetCell`: the draft's cells, of which inputs show no more than a label.

use http::StatusCode;
use serde::Serialize;
use serde_json::{Value, json};

use crate::sim::project::SimProject;
use crate::sim::reply::Reply;
use crate::sim::rng::Rng;
use crate::sim::scenario::Access;
use crate::sim::uuid::Uuid;
use crate::sim::validation;

use super::World;
use super::ask::Ask;

/// The variable that holds what the SQL cell has read.
const RESULT: &str = "query_result";

/// One cell of a project's draft.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Cell {
    id: Uuid,
    /// Stays the same from version to version, unlike `id`.
    pub(super) static_id: Uuid,
    #[serde(rename = "cellType")]
    kind: &'static str,
    label: Option<String>,
    data_connection_id: Option<Uuid>,
    contents: Value,
    project_id: Uuid,
}

/// The cells of a project: its inputs, then the work.
pub(super) fn of(project: &SimProject) -> Vec<Cell> {
    let mut stable = Rng::stream(project.id.bits(), 11);
    let mut changing = Rng::stream(project.id.bits(), 12 + u64::from(project.version));
    let mut cell = |kind, label: Option<String>, contents: [Option<&str>; 3]| {
        let [code, sql, markdown] = contents;
        let source = |text: Option<&str>| text.map(|text| json!({ "source": text }));
        Cell {
            id: changing.uuid(),
            static_id: stable.uuid(),
            kind,
            label,
            data_connection_id: sql.map(|_| Uuid::random(7, 7)),
            contents: json!({
                "codeCell": source(code),
                "sqlCell": sql.map(|text| json!({ "source": text, "outputDataframe": RESULT })),
                "markdownCell": source(markdown),
            }),
            project_id: project.id,
        }
    };
    let inputs = project.spec.inputs.iter();
    let mut cells: Vec<_> = inputs
        .map(|input| {
            let label = input.label.as_ref().unwrap_or(&input.name);
            cell("INPUT", Some(label.clone()), [None; 3])
        })
        .collect();
    cells.push(cell("MARKDOWN", None, [None, None, Some("# Notes")]));
    cells.push(cell("SQL", Some("Query".to_owned()), [None, Some("select * from facts"), None]));
    cells.push(cell("CODE", None, [Some("query_result.describe()"), None, None]));
    cells
}

impl World {
    pub(super) fn list_cells(&self, ask: &Ask<'_>) -> Result<Reply, Reply> {
        let shape = self.newer_shape();
        let bad = |issue: String| ask.bad(shape, issue);
        let limit: usize = ask.params.number("limit", (1, 100), 25, shape).map_err(bad)?;
        let id = ask.params.get("projectId");
        let missing = || format!("projectId: {}", validation::missing(shape, "projectId"));
        let id = id.ok_or_else(|| bad(missing()))?;
        let cells = of(self.named_project(id, shape, ask)?);
        let place = |name| -> Result<Option<usize>, Reply> {
            let Some(cursor) = ask.params.get(name) else {
                return Ok(None);
            };
            let place = cells.iter().position(|cell| cell.static_id.to_string() == cursor);
            place.map(Some).ok_or_else(|| bad(format!("{name} is not a cursor of this list")))
        };
        let first = match (place("after")?, place("before")?) {
            (Some(last), _) => last + 1,
            (None, Some(next)) => next.saturating_sub(limit),
            (None, None) => 0,
        };
        let page: Vec<_> = cells.iter().skip(first).take(limit).collect();
        let has_more = first + page.len() < cells.len();
        let body = json!({
            "pagination": {
                "after": page.last().filter(|_| has_more).map(|cell| cell.static_id),
                "before": page.first().filter(|_| first > 0).map(|cell| cell.static_id),
            },
            "values": page,
        });
        Ok(Reply::json(StatusCode::OK, &body))
    }

    /// A stale or static id is refused rather than not found.
    pub(super) fn get_cell(&self, id: &str, ask: &Ask<'_>) -> Result<Reply, Reply> {
        let shape = self.newer_shape();
        let id = ask.id("cellId", id, shape)?;
        let projects = self.life.projects.iter();
        let mut cells = projects.filter(|one| one.spec.access != Access::None).flat_map(of);
        let cell = cells.find(|cell| cell.id == id);
        cell.map(|cell| Reply::json(StatusCode::OK, &cell)).ok_or_else(|| ask.forbidden(shape))
    }
}

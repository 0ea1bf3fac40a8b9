//! Reads of other clients than hextop that lead nowhere here, answered as Hex answers them.

use http::StatusCode;
use serde_json::json;

use crate::sim::reply::Reply;

use super::World;
use super::ask::Ask;

impl World {
    /// `GetQueriedTables`: this workspace has not the plan that it takes.
    pub(super) fn queried_tables(&self, id: &str, ask: &Ask<'_>) -> Result<Reply, Reply> {
        self.named_project(id, self.newer_shape(), ask)?;
        let why = json!({ "message": "This endpoint requires the ENTERPRISE tier" });
        Err(Reply::json(StatusCode::FORBIDDEN, &why))
    }
}

/// A list of something that this workspace has none of.
pub(super) fn empty_list() -> Reply {
    let body = json!({ "values": [], "pagination": { "after": null, "before": null } });
    Reply::json(StatusCode::OK, &body)
}

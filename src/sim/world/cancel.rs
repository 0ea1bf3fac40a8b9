//! `CancelRun`, which still has the old shape of errors.

use http::StatusCode;
use serde_json::json;

use crate::sim::life::Cancelled;
use crate::sim::reply::{Reply, Shape};

use super::World;
use super::ask::Ask;

impl World {
    pub(super) fn cancel(
        &mut self,
        project: &str,
        run: &str,
        ask: &Ask<'_>,
    ) -> Result<Reply, Reply> {
        let id = ask.id("runId", run, Shape::Old)?;
        let project = self.named_project(project, Shape::Old, ask)?.id;
        match self.life.cancel(project, id) {
            None => Err(self.unknown(Shape::Old, ask)),
            Some(Cancelled::Stopping) => Ok(Reply::empty(StatusCode::NO_CONTENT)),
            Some(Cancelled::Ended) => Err(Reply::json(
                StatusCode::UNPROCESSABLE_ENTITY,
                &json!({
                    "reason": "Run is not active",
                    "details": "The run has already finished",
                    "traceId": ask.trace,
                }),
            )),
        }
    }
}

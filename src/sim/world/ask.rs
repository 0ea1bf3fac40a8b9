//! One request as the operations see it, and the refusals they share.

use http::{Request, StatusCode, header};

use crate::sim::project::SimProject;
use crate::sim::query::Params;
use crate::sim::reply::{Reply, Shape};
use crate::sim::scenario::{Access, Unknown};
use crate::sim::trace::Trace;
use crate::sim::uuid::Uuid;
use crate::sim::validation;

use super::World;

/// A request with what every operation needs of it.
pub(super) struct Ask<'a> {
    pub(super) request: &'a Request<Vec<u8>>,
    pub(super) params: Params,
    pub(super) trace: Trace,
    /// Scheme and host as the client wrote them.
    pub(super) origin: String,
    /// A page begins with the last row of the page before.
    pub(super) repeats_rows: bool,
}

impl<'a> Ask<'a> {
    pub(super) fn of(request: &'a Request<Vec<u8>>, trace: Trace) -> Self {
        let host = request.headers().get(header::HOST);
        let origin = host
            .and_then(|host| host.to_str().ok())
            .map_or_else(|| "https://app.hex.tech".to_owned(), |host| format!("http://{host}"));
        Self {
            request,
            params: Params::read(request.uri().query()),
            trace,
            origin,
            repeats_rows: false,
        }
    }

    /// A refusal of a request that breaks the contract.
    pub(super) fn bad(&self, shape: Shape, issue: impl Into<String>) -> Reply {
        Reply::error(shape, StatusCode::BAD_REQUEST, &[issue.into()], self.trace)
    }

    /// A refusal of a request that keeps the contract but cannot be carried out.
    pub(super) fn unprocessable(&self, shape: Shape, why: &str) -> Reply {
        Reply::because(shape, StatusCode::UNPROCESSABLE_ENTITY, why, self.trace)
    }

    pub(super) fn forbidden(&self, shape: Shape) -> Reply {
        Reply::error(shape, StatusCode::FORBIDDEN, &[], self.trace)
    }

    /// Reads an id of a path.
    pub(super) fn id(&self, name: &str, text: &str, shape: Shape) -> Result<Uuid, Reply> {
        text.parse().map_err(|_| self.bad(shape, format!("{name}: {}", validation::no_uuid(shape))))
    }
}

impl World {
    /// The project that a path names.
    pub(super) fn named_project(
        &self,
        text: &str,
        shape: Shape,
        ask: &Ask<'_>,
    ) -> Result<&SimProject, Reply> {
        let id = ask.id("projectId", text, shape)?;
        let project = self.life.project(id).ok_or_else(|| self.unknown(shape, ask))?;
        if project.spec.access == Access::None {
            return Err(ask.forbidden(shape));
        }
        Ok(project)
    }

    /// What is said about what is not there.
    pub(super) fn unknown(&self, shape: Shape, ask: &Ask<'_>) -> Reply {
        let status = match self.rules.answers.unknown {
            Unknown::NotFound => StatusCode::NOT_FOUND,
            Unknown::Forbidden => StatusCode::FORBIDDEN,
        };
        Reply::error(shape, status, &[], ask.trace)
    }
}

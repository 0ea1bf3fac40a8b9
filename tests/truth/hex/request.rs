//! Requests as they arrive, and the record of them.

use std::time::Duration;

use serde_json::Value;

/// A request as it came, its path without what goes before `/v1/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    /// What stands behind `Bearer`.
    pub(crate) token: String,
    pub(crate) body: Vec<u8>,
}

impl Asked {
    /// From a method, a target such as `/api/v1/projects?limit=100`, a header and a body.
    pub(crate) fn new(method: &str, target: &str, authorization: &str, body: &[u8]) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Self {
            method: method.to_owned(),
            path: path.trim_start_matches("/api").to_owned(),
            query: query.to_owned(),
            token: authorization.trim_start_matches("Bearer ").to_owned(),
            body: body.to_owned(),
        }
    }

    /// A value of the query.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        let mut pairs = self.query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    /// What it asks for, of which project and which run.
    pub(crate) fn target(&self) -> (Op, Option<&str>, Option<&str>) {
        let parts: Vec<_> = self.path.trim_matches('/').split('/').collect();
        match (self.method.as_str(), parts.as_slice()) {
            ("GET", ["v1", "users", "me"]) => (Op::Me, None, None),
            ("GET", ["v1", "projects"]) => (Op::Projects, None, None),
            ("POST", ["v1", "projects", "export"]) => (Op::Export, None, None),
            ("GET", ["v1", "projects", id]) => (Op::Project, Some(id), None),
            ("GET", ["v1", "projects" | "project", id, "runs"]) => (Op::Runs, Some(id), None),
            ("POST", ["v1", "projects", id, "runs"] | ["v1", "project", id, "run"]) => {
                (Op::Start, Some(id), None)
            }
            (method, ["v1", "projects", id, "runs", run] | ["v1", "project", id, "run", run]) => {
                let op = match method {
                    "GET" => Op::Run,
                    "DELETE" => Op::Cancel,
                    _ => Op::Other,
                };
                (op, Some(id), Some(run))
            }
            _ => (Op::Other, None, None),
        }
    }
}

/// The operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Op {
    Me,
    Projects,
    Project,
    Export,
    Runs,
    Run,
    Start,
    Cancel,
    /// Nothing that there is.
    Other,
}

/// All that there are.
pub(crate) const OPS: [Op; 8] =
    [Op::Me, Op::Projects, Op::Project, Op::Export, Op::Runs, Op::Run, Op::Start, Op::Cancel];

/// A request that has arrived.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Request {
    /// When, since the opening.
    pub(crate) at: Duration,
    pub(crate) op: Op,
    pub(crate) project: Option<String>,
    pub(crate) run: Option<String>,
    /// What stands behind the `?`.
    pub(crate) query: String,
    pub(crate) token: String,
    pub(crate) body: Value,
    /// When it was carried out, if it was.
    pub(crate) carried_out: Option<Duration>,
    /// What was answered, if anything was.
    pub(crate) status: Option<u16>,
    /// Whether it was refused because there had been too many.
    pub(crate) over_limit: bool,
}

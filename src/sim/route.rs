//! Which operation a method and a path ask for.

use http::{Method, Uri};

use super::call::CallKind;
use super::query::decode;
use super::scenario::Paths;

/// The generation of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// `/projects/{id}/runs/{id}`.
    Current,
    /// `/project/{id}/run/{id}`.
    Legacy,
}

/// What a request asks for; ids are as the client wrote them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    ListProjects,
    GetProject(String),
    ListRuns(String, Style),
    RunStatus(String, String, Style),
    Trigger(String, Style),
    Cancel(String, String, Style),
    Me,
    ListCells,
    GetCell(String),
    Export,
    /// The warehouse tables of a project, for the larger plan only.
    QueriedTables(String),
    /// A list of something that the workspace has none of.
    Empty,
    /// What ordinary tokens may not read.
    Forbidden,
    /// The path is there, but not for this method; holds the methods that are.
    WrongMethod(&'static str),
    /// Where `runUrl` leads: the page of a run, for a person's browser.
    Page(String, String),
    /// Which methods a path has.
    Options(&'static str),
    Nowhere,
}

impl Route {
    /// Finds it; `HEAD` is taken as `GET`.
    pub(crate) fn of(method: &Method, uri: &Uri, paths: Paths) -> Self {
        let path = uri.path();
        if let ["", "acme", "hex", project, "run", run] = path.split('/').collect::<Vec<_>>()[..] {
            return Self::Page(project.to_owned(), run.to_owned());
        }
        let path = path.strip_prefix("/api").unwrap_or(path);
        let Some(rest) = path.strip_prefix("/v1/") else {
            return Self::Nowhere;
        };
        let parts: Vec<_> = rest.split('/').map(decode).collect();
        let parts: Vec<_> = parts.iter().map(String::as_str).collect();
        if parts.contains(&"") {
            return Self::Nowhere;
        }
        let Some((allow, targets)) = targets(&parts, paths) else {
            return Self::Nowhere;
        };
        let wanted = if method == Method::HEAD { "GET" } else { method.as_str() };
        if wanted == "OPTIONS" {
            return Self::Options(allow);
        }
        let found = targets.into_iter().find(|(method, _)| *method == wanted);
        found.map_or(Self::WrongMethod(allow), |(_, route)| route)
    }

    /// The operation's name.
    pub(crate) fn kind(&self) -> CallKind {
        match self {
            Self::ListProjects => CallKind::ListProjects,
            Self::GetProject(_) => CallKind::GetProject,
            Self::ListRuns(..) => CallKind::ListRuns,
            Self::RunStatus(..) => CallKind::RunStatus,
            Self::Trigger(..) => CallKind::Trigger,
            Self::Cancel(..) => CallKind::Cancel,
            Self::Me => CallKind::Me,
            Self::ListCells => CallKind::ListCells,
            Self::GetCell(_) => CallKind::GetCell,
            Self::Export => CallKind::Export,
            Self::QueriedTables(_)
            | Self::Empty
            | Self::Forbidden
            | Self::WrongMethod(_)
            | Self::Options(_)
            | Self::Nowhere
            | Self::Page(..) => CallKind::Other,
        }
    }
}

type Targets = Vec<(&'static str, Route)>;

/// What there is at a path, by method.
fn targets(parts: &[&str], paths: Paths) -> Option<(&'static str, Targets)> {
    const READ: &str = "GET, HEAD, OPTIONS";
    let owned = |id: &str| id.to_owned();
    let (current, legacy) = (paths != Paths::Legacy, paths != Paths::Current);
    let (style, runs) = match parts {
        ["projects"] => return Some((READ, vec![("GET", Route::ListProjects)])),
        ["projects", "export"] => {
            return Some(("POST, OPTIONS", vec![("POST", Route::Export)]));
        }
        ["projects", id] => return Some((READ, vec![("GET", Route::GetProject(owned(id)))])),
        ["users", "me"] => return Some((READ, vec![("GET", Route::Me)])),
        ["cells"] => return Some((READ, vec![("GET", Route::ListCells)])),
        ["cells", id] => return Some((READ, vec![("GET", Route::GetCell(owned(id)))])),
        ["projects", id, "queriedTables"] => {
            return Some((READ, vec![("GET", Route::QueriedTables(owned(id)))]));
        }
        ["data-connections" | "groups"] => return Some((READ, vec![("GET", Route::Empty)])),
        ["collections"] => return Some((READ, vec![("GET", Route::Forbidden)])),
        ["projects", rest @ ..] if current => (Style::Current, rest),
        ["project", rest @ ..] if legacy => (Style::Legacy, rest),
        _ => return None,
    };
    match (style, runs) {
        (Style::Current, [project, "runs"]) => Some((
            "GET, HEAD, POST, OPTIONS",
            vec![
                ("GET", Route::ListRuns(owned(project), style)),
                ("POST", Route::Trigger(owned(project), style)),
            ],
        )),
        (Style::Legacy, [project, "runs"]) => {
            Some((READ, vec![("GET", Route::ListRuns(owned(project), style))]))
        }
        (Style::Legacy, [project, "run"]) => {
            Some(("POST, OPTIONS", vec![("POST", Route::Trigger(owned(project), style))]))
        }
        (Style::Current, [project, "runs", run]) | (Style::Legacy, [project, "run", run]) => {
            Some((
                "GET, HEAD, DELETE, OPTIONS",
                vec![
                    ("GET", Route::RunStatus(owned(project), owned(run), style)),
                    ("DELETE", Route::Cancel(owned(project), owned(run), style)),
                ],
            ))
        }
        _ => None,
    }
}

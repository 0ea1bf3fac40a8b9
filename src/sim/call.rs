//! The operations of the API by name, for counting them and for faults.

use serde::{Deserialize, Serialize};

/// Which operation a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CallKind {
    /// The workspace's projects.
    ListProjects,
    /// One project.
    GetProject,
    /// A project's runs.
    ListRuns,
    /// One run.
    RunStatus,
    /// Starting a run.
    Trigger,
    /// Cancelling a run.
    Cancel,
    /// Whose token it is.
    Me,
    /// A project's cells.
    ListCells,
    /// One cell.
    GetCell,
    /// A project as YAML.
    Export,
    /// Anything else.
    Other,
}

impl CallKind {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::ListProjects,
        Self::GetProject,
        Self::ListRuns,
        Self::RunStatus,
        Self::Trigger,
        Self::Cancel,
        Self::Me,
        Self::ListCells,
        Self::GetCell,
        Self::Export,
        Self::Other,
    ];

    /// Its name in scenarios and flags.
    pub fn name(self) -> &'static str {
        match self {
            Self::ListProjects => "list-projects",
            Self::GetProject => "get-project",
            Self::ListRuns => "list-runs",
            Self::RunStatus => "run-status",
            Self::Trigger => "trigger",
            Self::Cancel => "cancel",
            Self::Me => "me",
            Self::ListCells => "list-cells",
            Self::GetCell => "get-cell",
            Self::Export => "export",
            Self::Other => "other",
        }
    }

    /// The operation with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

//! What answers look like where sources about Hex disagree or are silent.
//!
//! Each default is what the newest documentation says, or where it is silent, what most
//! clients expect.

use std::time::Duration;

use serde::Deserialize;

use super::span;

/// How old the server is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum Era {
    /// Late 2026: `projectVersion` of a run is a string, `runTrigger` is there.
    #[default]
    #[serde(rename = "2026")]
    Now,
    /// July 2026: `projectVersion` is a number, `runTrigger` is there, errors have the old shape,
    /// wrong inputs are refused as `{traceId, invalid, notFound}`.
    #[serde(rename = "2026-07")]
    July,
    /// Until 2025: as in July 2026, and `runTrigger` is absent and a waiting run has a start.
    #[serde(rename = "2025")]
    Before,
}

/// What `nextPage` of a list of runs looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NextPage {
    /// A whole URL.
    #[default]
    Absolute,
    /// Path and query.
    Relative,
    /// An opaque word.
    Token,
    /// Always null.
    Null,
}

/// Which runs a list has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunScope {
    /// All of them.
    #[default]
    All,
    /// Only those started through the API (until 2025).
    ApiOnly,
}

/// The order of a list of runs, which no source documents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// As the clients in the field expect.
    #[default]
    NewestFirst,
    /// The other way round.
    OldestFirst,
}

/// How wrong inputs are refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WrongInputs {
    /// `{code, message, issues}` on the current paths of late 2026, the older form on the older
    /// paths and before.
    #[default]
    ByPath,
    /// `{code, message, issues}`.
    Issues,
    /// `{traceId, invalid, notFound}`.
    Params,
}

/// The answer about a project or run that is not there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum Unknown {
    /// 404.
    #[default]
    #[serde(rename = "404")]
    NotFound,
    /// 403.
    #[serde(rename = "403")]
    Forbidden,
}

/// The list of runs of a project that was never published.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unpublished {
    /// An empty page.
    #[default]
    Empty,
    /// 422.
    Refuse,
}

/// What becomes of `includeUnlisted` in the query of a list of projects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnlistedQuery {
    /// Known in late 2026, ignored before.
    #[default]
    ByEra,
    /// Unlisted projects are in the list where it is true.
    Known,
    /// As if it was not there.
    Ignored,
    /// 400.
    Refused,
}

/// Choices where sources about Hex disagree or are silent.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Answers {
    /// How old the server is.
    pub era: Era,
    /// What `nextPage` looks like.
    pub next_page: NextPage,
    /// Which runs a list has.
    pub list: RunScope,
    /// In which order.
    pub order: Order,
    /// How long after it was made a run appears in it.
    #[serde(deserialize_with = "span::required")]
    pub list_lag: Duration,
    /// Whether `elapsedTime` of a running run counts up rather than being null.
    pub elapsed_ticks: bool,
    /// How wrong inputs are refused.
    pub wrong_inputs: WrongInputs,
    /// What is said about what is not there.
    pub unknown: Unknown,
    /// What a project that was never published lists.
    pub unpublished: Unpublished,
    /// What becomes of `includeUnlisted`.
    pub include_unlisted: UnlistedQuery,
    /// Whether the organisation has the project export.
    pub export: bool,
}

impl Default for Answers {
    fn default() -> Self {
        Self {
            era: Era::default(),
            next_page: NextPage::default(),
            list: RunScope::default(),
            order: Order::default(),
            list_lag: Duration::ZERO,
            elapsed_ticks: true,
            wrong_inputs: WrongInputs::default(),
            unknown: Unknown::default(),
            unpublished: Unpublished::default(),
            include_unlisted: UnlistedQuery::default(),
            export: true,
        }
    }
}

//! What is cached of the workspace in the store, and how this process keeps in step with it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::PageDigest;
use crate::api::{ApiError, Me, PathStyle};
use crate::domain::inputs::{KnownInputs, Preset};
use crate::domain::{Boot, Project, ProjectId, Run, RunId};
use crate::engine::alerts::AlertKind;
use crate::engine::model::{Gap, ListingCut};
use crate::engine::projects::paging::Layout;
use crate::engine::sync::protocol::CacheEntry;
use crate::engine::sync::session::Session;

/// A look at a project's newest runs.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::engine) struct Look {
    pub(in crate::engine) project: ProjectId,
    /// Which runs were on its page; none if it failed, or if an older version has written it.
    #[serde(default)]
    pub(in crate::engine) shown: Option<PageDigest>,
    /// Since when its runs are known without a gap.
    pub(in crate::engine) complete: Option<Timestamp>,
    /// Between which runs others may be missing.
    pub(in crate::engine) gap: Option<Gap>,
    /// Why there is no page.
    pub(in crate::engine) error: Option<ApiError>,
    /// The server's time then.
    pub(in crate::engine) server: Timestamp,
    /// How far off that may be; none if nothing but this machine's clock was known.
    #[serde(default)]
    pub(in crate::engine) error_of_server: Option<Duration>,
    /// What is known of the list.
    #[serde(default)]
    pub(in crate::engine) layout: Option<Layout>,
}

/// A page of the list of projects.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::engine) struct ListPage {
    /// Who has read it.
    pub(in crate::engine) by: Session,
    /// Counted from zero.
    pub(in crate::engine) number: usize,
    pub(in crate::engine) projects: Vec<Project>,
    /// Why no more pages are read although there are some.
    pub(in crate::engine) cut: Option<ListingCut>,
}

/// Everything that is shared of the workspace.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::engine) enum Shared {
    Run(Run),
    Look(Look),
    Projects(Vec<Project>),
    /// A page of the list, while a process reads it that has not read it before.
    Page(ListPage),
    Style(PathStyle),
    Me(Me),
    /// Whether a project is pinned.
    Pin(ProjectId, bool),
    /// All that are, as earlier versions have kept them in one record; they are only read.
    Pins(BTreeSet<ProjectId>),
    /// Whether somebody is to be told of the end of a run.
    WatchedRun(ProjectId, RunId, bool),
    /// Whether somebody is to be told of the failures of a project's runs.
    WatchedProject(ProjectId, bool),
    /// Whether somebody is to be told what a rule does, by its name.
    WatchedRule(String, bool),
    /// All runs and projects that are watched, as earlier versions have kept them in one record; they are only read.
    Watched(BTreeMap<RunId, ProjectId>, BTreeSet<ProjectId>),
    /// The same of rules.
    WatchedRules(BTreeSet<String>),
    /// That somebody was told of a run.
    Told(ProjectId, RunId, AlertKind),
    /// Hex knows this run no more.
    Gone(ProjectId, RunId),
    /// What is known of a project's inputs.
    Inputs(ProjectId, KnownInputs),
    /// What a project has under a name for its form; nothing any more where it was deleted.
    Preset(ProjectId, String, Option<Preset>),
}

impl Shared {
    /// What the store keeps of it, read at `at`.
    pub(in crate::engine) fn fact(&self, at: Boot) -> CacheEntry {
        let active = matches!(self, Self::Run(run) if run.is_active());
        // Of these types none has a form that JSON cannot take.
        let value = serde_json::to_string(self).unwrap_or_default();
        CacheEntry { key: self.key(), value, at, active }
    }

    /// What a fact says; nothing if only a newer version can read it.
    pub(in crate::engine) fn read(fact: &CacheEntry) -> Option<Self> {
        serde_json::from_str(&fact.value).ok()
    }

    fn key(&self) -> String {
        match self {
            Self::Run(run) => run_key(&run.project, &run.id),
            Self::Gone(project, run) => run_key(project, run),
            Self::Look(look) => format!("look/{}", look.project),
            Self::Projects(_) => "projects".to_owned(),
            Self::Page(page) => format!("page/{}", page.number),
            Self::Style(_) => "style".to_owned(),
            Self::Me(_) => "me".to_owned(),
            Self::Pin(project, _) => format!("pin/{project}"),
            Self::Pins(_) => "pins".to_owned(),
            Self::WatchedRun(project, run, _) => format!("watched-run/{project}/{run}"),
            Self::WatchedProject(project, _) => format!("watched-project/{project}"),
            Self::WatchedRule(rule, _) => format!("watched-rule/{rule}"),
            Self::Watched(..) => "watched".to_owned(),
            Self::WatchedRules(_) => "watched-rules".to_owned(),
            Self::Told(project, run, kind) => format!("told/{project}/{run} {kind:?}"),
            Self::Inputs(project, _) => format!("inputs/{project}"),
            Self::Preset(project, name, _) => format!("preset/{project}/{name}"),
        }
    }
}

fn run_key(project: &ProjectId, run: &RunId) -> String {
    format!("run/{project}/{run}")
}

/// How far this process and the store are in step.
#[derive(Clone, Debug, Default)]
pub(in crate::engine) struct CacheSync {
    /// Whether the store was asked for another piece.
    asking: bool,
    /// How often what was on its way to the store may have been lost.
    losses: u32,
    /// After how many of these losses a project's page was kept whole.
    kept: BTreeMap<ProjectId, u32>,
}

impl CacheSync {
    /// Whether everything that was there when this process joined was told.
    pub(in crate::engine) fn has_all(&self) -> bool {
        !self.asking
    }

    /// Whether to ask for another piece, after the store has told whether there is more;
    /// `is_piece` if that was the answer to the last such question.
    pub(in crate::engine) fn asks_for_more(&mut self, more: bool, is_piece: bool) -> bool {
        self.asking &= !is_piece;
        let asks = more && !self.asking;
        self.asking |= asks;
        asks
    }

    /// What was on its way to the store may be lost.
    pub(in crate::engine) fn lose(&mut self) {
        self.asking = false;
        self.losses += 1;
    }

    /// Whether the store may lack runs of a project that are known here. They count as kept from
    /// now on.
    pub(in crate::engine) fn lacks(&mut self, project: &ProjectId) -> bool {
        self.losses > 0 && self.kept.insert(project.clone(), self.losses) != Some(self.losses)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_piece_is_asked_for_at_a_time() {
        let mut cache = CacheSync::default();
        assert!(cache.asks_for_more(true, false));
        assert!(!cache.asks_for_more(true, false), "news come meanwhile");
        assert!(cache.asks_for_more(true, true));
        assert!(!cache.asks_for_more(false, true));
        assert!(cache.asks_for_more(true, false));
        cache.lose();
        assert!(cache.asks_for_more(true, false), "the answer may never come");
    }

    #[test]
    fn after_each_loss_every_project_is_kept_whole_once() {
        let mut cache = CacheSync::default();
        let projects = ["a", "b"].map(ProjectId::new);
        assert!(!cache.lacks(&projects[0]));
        for _ in 0..2 {
            cache.lose();
            assert!(projects.iter().all(|project| cache.lacks(project)));
            assert!(!projects.iter().any(|project| cache.lacks(project)));
        }
    }

    #[test]
    fn a_look_of_an_older_version_is_one_whose_page_is_not_known() {
        let old = r#"{"Look":{"project":"p","page":["a"],"complete":null,"gap":null,"error":null,
            "server":"2026-10-20T08:00:00Z"}}"#;
        let fact = CacheEntry {
            value: old.to_owned(),
            ..Shared::Style(PathStyle::Current).fact(Boot::ZERO)
        };
        let Some(Shared::Look(look)) = Shared::read(&fact) else { panic!("unread") };
        assert_eq!((look.project, look.shown), (ProjectId::new("p"), None));
    }
}

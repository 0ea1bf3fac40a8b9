//! What a person is told of the list of projects: that nothing in it can run, or that it was not
//! read to its end.

use crate::engine::Model;
use crate::engine::model::{CutReason, Health, ListingCut};

use super::State;
use super::text::count;

/// What to do where no watched project has a published version; nothing where one has.
pub(crate) fn nothing_published(model: &Model) -> Option<String> {
    if !model.has_nothing_published() {
        return None;
    }
    let drafts = model.present_projects();
    let what = match (model.settings().watches_all(), drafts) {
        (true, 0) => "There are no projects here that this token may see".to_owned(),
        (true, _) => format!("No published projects among {}", count(drafts, "project")),
        (false, 0) => return None,
        (false, _) => "None of the configured projects is published".to_owned(),
    };
    Some(format!("{what}. Only published ones have runs: publish one in Hex, then R lists it"))
}

/// How far the list of projects was read, and what to do about it.
pub(crate) fn cut(cut: ListingCut) -> String {
    let (projects, pages) = (count(cut.projects, "project"), count(cut.pages, "page"));
    let why = match cut.why {
        CutReason::TooLong => "hextop reads no more",
        CutReason::NothingNew => "the pages of Hex bring nothing new",
    };
    format!(
        "The list of projects was cut after {projects} on {pages}: {why}. Name one that is not \
         there by its id, with --project or `projects` in the settings"
    )
}

impl State {
    /// Why nothing is being read, if nothing is.
    pub(crate) fn why_unread(&self) -> Option<&'static str> {
        match self.model.health(self.last.boot) {
            Health::TokenRefused | Health::TokenDoubted { .. } => {
                Some("Nothing is read: Hex does not accept the token.")
            }
            Health::Offline { .. } => Some("Nothing is read: Hex does not answer."),
            Health::Locked { .. } => Some("Nothing is read until Hex allows requests again."),
            Health::Starting | Health::Live { .. } => None,
        }
    }
}

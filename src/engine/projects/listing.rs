//! The list of projects, read page by page: what its pages have held, and when no more are read.
//!
//! Reading ends after a fixed number of pages, or as soon as pages bring nothing new.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::api::{ApiError, Call};
use crate::domain::{Boot, Project, ProjectId};

/// Pages that one listing reads at most.
const MOST_PAGES: usize = 100;
/// Projects that one listing takes in at most.
const MOST_PROJECTS: usize = 10_000;
/// Pages in a row without a project that was not on an earlier one, after which no more are read.
/// One or two may be empty because Hex leaves out what the token may not see.
const BARREN_PAGES: usize = 3;
/// So long after a page that the process that polls has read others wait for the next one.
const LED: Duration = Duration::from_secs(30);

/// How far reading the list of projects has come.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::engine) struct Listing {
    /// Whether a listing is under way; another is then not begun.
    pub(in crate::engine) under_way: bool,
    /// What its pages have held so far, each project once.
    pub(in crate::engine) found: Vec<Project>,
    ids: BTreeSet<ProjectId>,
    /// The cursors followed in it, in their order.
    pub(in crate::engine) cursors: Vec<String>,
    /// Pages in a row, up to the last one, that held nothing new.
    pub(in crate::engine) barren: usize,
    pub(in crate::engine) tries: u32,
    pub(in crate::engine) error: Option<ApiError>,
    /// How much of the list was read, by whichever process.
    pub(in crate::engine) extent: Extent,
    /// When it was last read as far as it goes, by whichever process.
    pub(in crate::engine) read: Option<Boot>,
    /// Whether Hex has refused the question for unlisted projects.
    pub(in crate::engine) listed_only: bool,
    /// How many pages are in the store beside the whole list.
    pub(in crate::engine) kept: usize,
    /// When the process that polls was last heard to have read a page.
    pub(in crate::engine) led: Option<Boot>,
}

/// How much of the list of projects was ever read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::engine) enum Extent {
    /// It is not known yet which projects there are.
    #[default]
    Unknown,
    /// As far as it goes.
    Whole,
    /// Not to its end.
    Cut(ListingCut),
}

/// A list of projects that was not read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListingCut {
    /// How many projects were read.
    pub projects: usize,
    /// On how many pages.
    pub pages: usize,
    /// Why no more were.
    pub why: CutReason,
}

/// Why a list of projects is not read on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CutReason {
    /// It is longer than hextop reads.
    TooLong,
    /// Its pages hold nothing new any more, though each names another one.
    NothingNew,
}

/// How much of the list of projects is in hand.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) enum Listed {
    /// Some projects; others may follow.
    Partly,
    /// All of them: what is not there is gone.
    Whole,
}

impl Listing {
    /// The request that begins a listing.
    pub(in crate::engine) fn first_page(&self) -> Call {
        Call::ListProjects { after: None, unlisted: !self.listed_only }
    }

    /// Whether a listing was ever read as far as it goes, or as far as any is read.
    pub(in crate::engine) fn is_complete(&self) -> bool {
        self.extent != Extent::Unknown
    }

    /// Why the last one was not read to its end, if it was not.
    pub(in crate::engine) fn cut(&self) -> Option<ListingCut> {
        match self.extent {
            Extent::Cut(cut) => Some(cut),
            Extent::Unknown | Extent::Whole => None,
        }
    }

    /// Whether the listing that was read last has a project.
    pub(in crate::engine) fn has(&self, project: &ProjectId) -> bool {
        self.ids.contains(project)
    }

    /// Whether the process that polls reads the list, as far as is known.
    pub(in crate::engine) fn is_led(&self, now: Boot) -> bool {
        self.led.is_some_and(|at| now < at + LED)
    }

    /// Gives up the pages that this process has read, because another has read all.
    pub(in crate::engine) fn end(&mut self) {
        self.under_way = false;
        self.found.clear();
        self.cursors.clear();
    }

    /// Forgets the pages of the listing before.
    pub(in crate::engine) fn begin(&mut self) {
        self.under_way = true;
        self.barren = 0;
        self.found.clear();
        self.ids.clear();
        self.cursors.clear();
    }

    /// Takes in a page; gives those of its projects that no page had before.
    pub(in crate::engine) fn take(&mut self, projects: Vec<Project>) -> Vec<Project> {
        let room = MOST_PROJECTS - self.found.len();
        let fresh = projects.into_iter().filter(|project| self.ids.insert(project.id.clone()));
        let fresh: Vec<_> = fresh.take(room).collect();
        self.barren = if fresh.is_empty() { self.barren + 1 } else { 0 };
        self.found.extend_from_slice(&fresh);
        fresh
    }

    /// Why the page with this cursor is not read, if it is not.
    pub(in crate::engine) fn cut_before(&self, cursor: &str) -> Option<ListingCut> {
        let pages = self.cursors.len() + 1;
        // Cursors that come round again would be followed for ever.
        let comes_round = self.cursors.iter().any(|known| known == cursor);
        let why = if comes_round || self.barren >= BARREN_PAGES {
            CutReason::NothingNew
        } else if pages >= MOST_PAGES || self.found.len() >= MOST_PROJECTS {
            CutReason::TooLong
        } else {
            return None;
        };
        Some(ListingCut { projects: self.found.len(), pages, why })
    }
}

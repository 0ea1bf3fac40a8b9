//! Which pages of a project's runs are read, in whatever order Hex lists them.
//!
//! The order is documented nowhere. It is learned from the pages themselves: of a list that begins
//! with the oldest, the end is found by doubling the distance and halving it again, and the next
//! look begins shortly before that end. So a look costs one request while nothing unusual happens.
//! From where the newest run is, pages are read backwards until one reaches a run that was known
//! before, or for so long as that is worth its requests. A list in no order is read whole at first,
//! and then a page a look, in turn.

mod end;
mod stretches;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::api::PageOrder;
use crate::domain::{Boot, Run, RunId};

use end::EndSearch;
use stretches::Stretches;

/// Runs asked for in one look; the most that Hex gives.
pub(in crate::engine) const PAGE: u8 = 100;
/// The same.
const LIMIT: u32 = PAGE as u32;
/// How many runs are read at most to reach a known one; further ones are not worth their requests.
const LOOK: u32 = 4 * LIMIT;
/// The same where the run of a start is looked for.
const SEARCH: u32 = 20 * LIMIT;
/// How many pages are read at most, however few runs are on them.
const PAGES: u32 = 24;
/// A page of so few runs says nothing about a list without an order.
const FEW: u32 = 8;
/// The same where a person wants to see what was: a list that never ends must end some time.
const BACK_PAGES: u32 = 1000;
/// How many pages are read to learn the order.
const LEARNING: u32 = 4;

/// One page of a project's runs.
#[derive(Clone, Debug)]
pub(in crate::engine) struct Page {
    /// How many runs of the list come before it.
    pub(in crate::engine) offset: u32,
    /// How many runs are on it.
    pub(in crate::engine) runs: u32,
    /// When the oldest of them started, or ended without ever having started.
    pub(in crate::engine) oldest: Option<Timestamp>,
    /// When the newest of them started.
    newest: Option<Timestamp>,
    /// One of them: a page that has the same as the one before is the same.
    one: Option<RunId>,
    /// Whether the list goes on after it.
    more: bool,
    /// The order of its runs, if they say anything.
    order: Option<PageOrder>,
    /// When it was asked for.
    pub(in crate::engine) sent: Boot,
}

impl Page {
    /// The page from `offset` on that was asked for at `sent`; `runs` are sorted, and `order` is the
    /// one in which they came.
    pub(in crate::engine) fn new(
        runs: &[Run],
        offset: u32,
        (more, order): (bool, PageOrder),
        sent: Boot,
    ) -> Self {
        let oldest = runs.iter().filter_map(|run| run.start.or(run.end)).min();
        let starts = || runs.iter().filter_map(|run| run.start);
        let (first, newest) = (starts().min(), starts().max());
        let count = u32::try_from(runs.len()).unwrap_or(u32::MAX);
        let tells = first < newest && (order != PageOrder::Mixed || count >= FEW);
        Self {
            offset,
            runs: count,
            oldest,
            newest,
            one: runs.first().map(|run| run.id.clone()),
            more,
            order: tells.then_some(order),
            sent,
        }
    }

    /// Whether the list seems to go on: a server may not say so, but does not fill the page then.
    fn is_full(&self) -> bool {
        self.runs > 0 && (self.more || self.runs >= LIMIT)
    }

    fn end(&self) -> u32 {
        self.offset.saturating_add(self.runs)
    }
}

/// How far back a look is to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) enum Goal {
    /// The newest runs: nothing of the project was read before.
    First,
    /// Until a run that started no later than this; all, if there is no such time.
    Known(Option<Timestamp>),
    /// The same, and further than usual: the run of a start is looked for.
    Search(Timestamp),
    /// As far back as a person wants.
    Back(ReadBack),
}

/// How far back a person wants a project's runs: to this time, and no more than so many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadBack {
    /// None for all that there ever were.
    pub since: Option<Timestamp>,
    /// The newest so many will do.
    pub most: u32,
}

/// What a page leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::engine) enum Next {
    /// The page from there on is needed as well.
    Read(u32),
    /// The look is complete.
    Done(Covered),
    /// Nothing: it belongs to no look that goes on.
    Nothing,
}

/// What a look has read without a gap, from the newest run backwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) struct Covered {
    /// When its first page was asked for.
    pub(in crate::engine) since: Boot,
    /// When the oldest of those runs started.
    pub(in crate::engine) oldest: Option<Timestamp>,
    /// Whether these are all runs that there are.
    pub(in crate::engine) all: bool,
    /// Whether it has read as far back as it was to.
    pub(in crate::engine) reached: bool,
}

/// What is known of a list, for whoever reads it next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::engine) struct Layout {
    /// In which order its pages come, once that is known.
    order: Option<PageOrder>,
    /// The most runs that a full page has had.
    size: Option<u32>,
    /// Where the next look begins.
    head: u32,
    /// Whether the order is only supposed: the times of the runs that were read do not tell it.
    #[serde(default)]
    is_supposed: bool,
}

impl Layout {
    fn page_size(self) -> u32 {
        self.size.unwrap_or(LIMIT).max(1)
    }
}

/// The pages of one project's runs.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::engine) struct Paging {
    layout: Layout,
    walk: Option<Walk>,
}

/// A look that is not complete.
#[derive(Clone, Debug, PartialEq)]
struct Walk {
    /// When its first page was asked for; none before that has come.
    since: Option<Boot>,
    /// Where the page begins that is waited for.
    expects: u32,
    pages: u32,
    read: Stretches,
    /// The search for the end of a list that begins with the oldest.
    end: EndSearch,
    /// The last page that came.
    last: Option<(u32, Option<Timestamp>, Option<RunId>)>,
    /// Runs that were read back from the end.
    back: u32,
}

impl Walk {
    fn from(offset: u32) -> Self {
        Self {
            since: None,
            expects: offset,
            pages: 0,
            read: Stretches::default(),
            end: EndSearch::default(),
            last: None,
            back: 0,
        }
    }

    /// What is covered from `from` on, which is as far back as is read without a gap.
    fn covered(&self, oldest: Option<Timestamp>, all: bool, reached: bool) -> Covered {
        Covered { since: self.since.unwrap_or(Boot::ZERO), oldest, all, reached }
    }
}

impl Paging {
    /// Where the next look begins.
    pub(in crate::engine) fn head(&self) -> u32 {
        self.layout.head
    }

    /// What is known of the list.
    pub(in crate::engine) fn layout(&self) -> Layout {
        self.layout
    }

    /// Takes over what another process knows of the list.
    pub(in crate::engine) fn apply(&mut self, layout: Layout) {
        if self.walk.is_none() && layout.order.is_some() {
            self.layout = layout;
        }
    }

    /// A page of the look could not be read, or is left to others: the next look begins anew.
    pub(in crate::engine) fn give_up(&mut self) {
        self.walk = None;
    }

    /// Whether the newest runs are among those of a page, or of others before it, that led to `next`.
    pub(in crate::engine) fn shows_newest(&self, page: &Page, next: &Next) -> bool {
        let begins = page.offset == 0 && self.layout.order == Some(PageOrder::NewestFirst);
        match next {
            Next::Done(_) => true,
            Next::Read(offset) => begins && *offset > 0,
            Next::Nothing => false,
        }
    }

    /// Takes a page in; tells what to read next.
    pub(in crate::engine) fn take(&mut self, page: &Page, goal: Goal) -> Next {
        let mut walk = match self.walk.take() {
            Some(walk) if walk.expects == page.offset => walk,
            _ if page.offset == self.layout.head => Walk::from(page.offset),
            // It was asked for before the order was known.
            _ if page.offset == 0 => return self.read(Walk::from(0), self.layout.head),
            walk => {
                self.walk = walk;
                return Next::Nothing;
            }
        };
        walk.since = Some(walk.since.map_or(page.sent, |since| since.min(page.sent)));
        walk.pages += 1;
        // A server that ignores the offset gives the same page for ever.
        let repeats = page.runs > 0
            && walk.last.as_ref().is_some_and(|(offset, _, one)| {
                *offset != page.offset && page.one.is_some() && *one == page.one
            });
        if repeats {
            self.layout.head = 0;
            return Next::Done(walk.covered(walk.read.oldest(), false, true));
        }
        let is_full = page.is_full();
        if is_full {
            self.layout.size = self.layout.size.max(Some(page.runs));
        }
        self.learn_order(page, &walk);
        walk.last = Some((page.offset, page.newest, page.one.clone()));
        walk.read.add(page.offset, page.end(), page.oldest);
        match self.layout.order {
            Some(PageOrder::OldestFirst) => self.oldest_first(walk, page, is_full, goal),
            Some(PageOrder::Mixed) => self.in_no_order(walk, page, is_full, goal),
            Some(PageOrder::NewestFirst) | None => self.newest_first(walk, page, is_full, goal),
        }
    }

    fn read(&mut self, walk: Walk, offset: u32) -> Next {
        self.walk = Some(Walk { expects: offset, ..walk });
        Next::Read(offset)
    }

    /// Learns in which order the list is from the runs on a page, or else from two pages.
    fn learn_order(&mut self, page: &Page, walk: &Walk) {
        let by_pages = || {
            let (offset, newest, _) = walk.last.as_ref()?;
            let (earlier, later) = if *offset < page.offset {
                ((*newest)?, page.newest?)
            } else {
                (page.newest?, (*newest)?)
            };
            match earlier.cmp(&later) {
                std::cmp::Ordering::Less => Some(PageOrder::OldestFirst),
                std::cmp::Ordering::Equal => None,
                std::cmp::Ordering::Greater => Some(PageOrder::NewestFirst),
            }
        };
        let told = page.order.or_else(|| {
            by_pages().filter(|_| self.layout.order.is_none() || self.layout.is_supposed)
        });
        let is_few = self.layout.order == Some(PageOrder::Mixed) && page.runs < FEW;
        let Some(told) = told.filter(|told| !is_few && self.layout.order != Some(*told)) else {
            return;
        };
        if self.layout.order.is_some() && !self.layout.is_supposed && walk.pages > 1 {
            // Two pages of one look that contradict each other.
            self.layout.order = Some(PageOrder::Mixed);
        } else {
            (self.layout.order, self.layout.is_supposed) = (Some(told), false);
            // Wherever the newest are then, the beginning of the list leads there.
            self.layout.head = 0;
        }
    }

    /// A list that begins with the newest.
    fn newest_first(&mut self, walk: Walk, page: &Page, is_full: bool, goal: Goal) -> Next {
        if page.offset > 0 && walk.read.back_from(page.end()).0 > 0 {
            // The order has changed on the way.
            self.layout.head = 0;
            let again = Walk { since: walk.since, pages: walk.pages, ..Walk::from(0) };
            return self.read(again, 0);
        }
        self.layout.head = 0;
        let oldest = walk.read.oldest();
        if !is_full {
            return Next::Done(walk.covered(oldest, true, true));
        }
        let is_known = self.layout.order.is_some() && !self.layout.is_supposed;
        if !is_known {
            let searches = matches!(goal, Goal::Search(_)) && walk.pages < pages(goal);
            let learns = self.layout.order.is_none() && walk.pages < LEARNING;
            if learns || searches {
                return self.read(walk, page.end());
            }
            (self.layout.order, self.layout.is_supposed) = (Some(PageOrder::NewestFirst), true);
        }
        if reaches(goal, oldest, page.end(), self.layout.page_size()) {
            return Next::Done(walk.covered(oldest, false, true));
        }
        if page.end() < most(goal) && walk.pages < pages(goal) {
            return self.read(walk, page.end());
        }
        Next::Done(walk.covered(oldest, false, false))
    }

    /// A list in no order.
    fn in_no_order(&mut self, walk: Walk, page: &Page, is_full: bool, goal: Goal) -> Next {
        let from = walk.read.back_from(page.end()).0;
        let is_whole = !is_full && from == 0;
        let is_turn = matches!(goal, Goal::Known(_));
        if is_whole || is_turn || walk.pages >= pages(goal) {
            self.layout.head = if is_full { page.end() } else { 0 };
            let oldest = walk.read.oldest();
            return Next::Done(walk.covered(oldest, is_whole, is_whole || is_turn));
        }
        if is_full && from == 0 {
            return self.read(walk, page.end());
        }
        // It began in the middle.
        self.layout.head = 0;
        self.read(Walk { since: walk.since, pages: walk.pages, ..Walk::from(0) }, 0)
    }

    /// A list that begins with the oldest.
    fn oldest_first(&mut self, mut walk: Walk, page: &Page, is_full: bool, goal: Goal) -> Next {
        let size = self.layout.page_size();
        walk.end.take(page.offset, page.end(), is_full);
        let Some(end) = walk.end.found() else {
            if walk.pages < 2 * PAGES
                && let Some(offset) = walk.end.next(size)
            {
                return self.read(walk, offset);
            }
            // No list is that long, or it grows faster than it can be read.
            self.layout.head = 0;
            return Next::Done(walk.covered(walk.read.oldest(), false, true));
        };
        // The next look shows most of a page that is known, and has room for what is new.
        self.layout.head = if end < size { 0 } else { end - (size * 3 / 4).max(1) };
        let (from, oldest) = walk.read.back_from(end);
        if from == 0 {
            return Next::Done(walk.covered(oldest, true, true));
        }
        if reaches(goal, oldest, end - from, size) {
            return Next::Done(walk.covered(oldest, false, true));
        }
        if walk.back < most(goal) && walk.pages < 2 * pages(goal) {
            walk.back += size;
            let offset = walk.read.next_back(from, size);
            return self.read(walk, offset);
        }
        Next::Done(walk.covered(oldest, false, false))
    }
}

/// Whether so many runs, the oldest of which started then, are as many as a look is to read.
fn reaches(goal: Goal, oldest: Option<Timestamp>, runs: u32, size: u32) -> bool {
    match goal {
        Goal::First => runs >= size * 3 / 4,
        Goal::Known(known) => oldest.zip(known).is_some_and(|(oldest, known)| oldest <= known),
        Goal::Search(from) => oldest.is_some_and(|oldest| oldest <= from),
        Goal::Back(ReadBack { since, most }) => {
            runs >= most || oldest.zip(since).is_some_and(|(oldest, since)| oldest <= since)
        }
    }
}

/// How many runs a look reads at most.
fn most(goal: Goal) -> u32 {
    match goal {
        Goal::First => LIMIT,
        Goal::Known(_) => LOOK,
        Goal::Search(_) => SEARCH,
        Goal::Back(_) => u32::MAX,
    }
}

/// How many pages a look reads at most.
fn pages(goal: Goal) -> u32 {
    if matches!(goal, Goal::Back(_)) { BACK_PAGES } else { PAGES }
}

#[cfg(test)]
mod tests;

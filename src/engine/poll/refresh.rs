//! Looking at every project once more, because a person wants it.
//!
//! It is work in the background: few looks wait at a time, they leave out of the share of the
//! background, and any look that begins after it counts, whoever has made it. It can be taken back, and
//! ends by itself after [`LASTS`].

use std::collections::BTreeSet;
use std::time::Duration;

use crate::domain::{Boot, ProjectId};

/// Looks that are under way for it at a time.
const AT_ONCE: usize = 4;
/// The longest that it goes on.
pub const LASTS: Duration = Duration::from_hours(1);

/// How far looking at everything is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Projects that were looked at since it began.
    pub done: usize,
    /// Of so many.
    pub of: usize,
}

/// Looking at everything, while it goes on.
#[derive(Clone, Debug, Default)]
pub struct Refresh {
    since: Boot,
    of: usize,
    left: BTreeSet<ProjectId>,
    under_way: BTreeSet<ProjectId>,
}

impl Refresh {
    /// Begins with these projects; those that are left of an earlier one are among them, or gone.
    pub fn begin(&mut self, projects: impl IntoIterator<Item = ProjectId>, now: Boot) {
        let left: BTreeSet<_> = projects.into_iter().collect();
        *self = Self { since: now, of: left.len(), left, under_way: BTreeSet::new() };
    }

    /// Ends it; tells how far it was, and which looks are under way for it.
    pub fn end(&mut self) -> (Option<Progress>, BTreeSet<ProjectId>) {
        let progress = self.progress();
        (progress, std::mem::take(self).under_way)
    }

    /// The next project to look at for it, if one is to be.
    pub fn next(&mut self, now: Boot) -> Option<ProjectId> {
        if now >= self.since + LASTS {
            self.left.clear();
        }
        if self.under_way.len() >= AT_ONCE {
            return None;
        }
        let project = self.left.pop_first()?;
        self.under_way.insert(project.clone());
        Some(project)
    }

    /// Takes in that a look at a project that left at `sent` was answered, whatever it showed.
    pub fn looked(&mut self, project: &ProjectId, sent: Boot) {
        if sent >= self.since {
            self.left.remove(project);
            self.under_way.remove(project);
        }
    }

    /// A project is gone.
    pub fn forget(&mut self, project: &ProjectId) {
        self.left.remove(project);
        self.under_way.remove(project);
    }

    /// How far it is; none if it is over or never began.
    pub fn progress(&self) -> Option<Progress> {
        let open = self.left.len() + self.under_way.len();
        (open > 0).then(|| Progress { done: self.of.saturating_sub(open), of: self.of })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: usize) -> ProjectId {
        ProjectId::new(number.to_string())
    }

    fn at(seconds: u64) -> Boot {
        Boot::from_secs(seconds)
    }

    fn of(count: usize) -> Refresh {
        let mut refresh = Refresh::default();
        refresh.begin((0..count).map(id), at(100));
        refresh
    }

    #[test]
    fn few_are_under_way_at_a_time_and_each_project_comes_once() {
        let mut refresh = of(5);
        let mut looked = Vec::new();
        while refresh.progress().is_some() {
            let next: Vec<_> = std::iter::from_fn(|| refresh.next(at(101))).collect();
            assert!(next.len() <= AT_ONCE && !next.is_empty(), "{next:?}");
            for project in &next {
                refresh.looked(project, at(102));
            }
            looked.extend(next);
        }
        assert_eq!(looked, (0..5).map(id).collect::<Vec<_>>());
    }

    #[test]
    fn a_look_that_began_before_does_not_count_and_any_later_one_does() {
        let mut refresh = of(3);
        refresh.looked(&id(2), at(99));
        assert_eq!(refresh.progress(), Some(Progress { done: 0, of: 3 }));
        refresh.looked(&id(2), at(100));
        assert_eq!(refresh.progress(), Some(Progress { done: 1, of: 3 }));
        refresh.forget(&id(1));
        refresh.looked(&id(0), at(103));
        assert_eq!(refresh.progress(), None);
    }

    #[test]
    fn it_can_be_taken_back_and_ends_by_itself() {
        let mut refresh = of(9);
        let first = refresh.next(at(100)).unwrap();
        let (progress, under_way) = refresh.end();
        assert_eq!(progress, Some(Progress { done: 0, of: 9 }));
        assert_eq!(under_way, BTreeSet::from([first]));
        assert_eq!(refresh.next(at(100)), None);
        let mut refresh = of(9);
        assert_eq!(refresh.next(at(100) + LASTS), None);
        assert_eq!(refresh.progress(), None);
    }
}

//! All projects that are known, with the orders and counts that are read from them, kept as they
//! change: a change of one project costs the same however many there are.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Duration;

use super::durations::Beliefs;
use super::moment::Moment;
use super::run_table::{RunState, StatusCounts};
use super::state::{Gap, ProjectState};
use crate::domain::durations::{Hangs, Pool};
use crate::domain::runaway::AlarmBudget;
use crate::domain::{Boot, Project, ProjectId};
use crate::engine::poll::{History, Prior, PriorSums};

/// Looks are counted by the second in which they began, up to so long ago.
const COUNTED: Duration = Duration::from_mins(10);
/// What is learned of runs that hang may say that nearly none of them ever ends. For what is said to a person
/// the exponent of their tail is at least this.
const LEAST_TAIL: f64 = 0.5;

/// All projects that are known, by id.
#[derive(Clone, Debug, Default)]
pub(in crate::engine) struct Projects {
    /// A copy of the whole, as a frozen screen keeps one, shares what has not changed since.
    by_id: BTreeMap<ProjectId, Arc<ProjectState>>,
    index: Index,
}

/// What is read of all projects at once.
#[derive(Clone, Debug, Default)]
struct Index {
    /// Runs of all projects.
    counts: StatusCounts,
    /// Projects with runs that have not ended.
    active: BTreeSet<ProjectId>,
    /// Projects that can have runs.
    runnable: BTreeSet<ProjectId>,
    /// The same by when the last look began that was answered with runs; never comes first.
    by_read: BTreeSet<(Option<Boot>, ProjectId)>,
    /// Those of them whose last look did not fail, and that were read.
    readable: BTreeSet<(Boot, ProjectId)>,
    /// Those of them at which no look was ever answered.
    unseen: BTreeSet<ProjectId>,
    /// Projects whose last look failed.
    failing: BTreeSet<ProjectId>,
    /// How many of them were read in each second since the boot.
    reads_by_second: BTreeMap<u64, usize>,
    /// Projects that were neither archived nor thrown away.
    present: usize,
    /// What they add to what all have in common.
    sums: PriorSums,
    /// The same of how long their runs take.
    pool: Pool,
    /// How many runs all of them start in a day.
    runs_a_day: f64,
    /// How many normal runs may be called runaways.
    alarms: AlarmBudget,
    /// Grows whenever what is shown of them has changed.
    revision: u64,
    /// Those that may have changed in any way since the planner asked last.
    touched: BTreeSet<ProjectId>,
    /// The same since the screen asked last.
    changed: BTreeSet<ProjectId>,
}

/// What one project adds to the index.
#[derive(Clone, Debug, Default, PartialEq)]
struct Share {
    counts: StatusCounts,
    is_runnable: bool,
    is_present: bool,
    read: Option<Boot>,
    has_error: bool,
    /// Of its runs, since it is known.
    changes: u64,
    gap: Option<Gap>,
    sums: PriorSums,
    pool: Pool,
    runs_a_day: f64,
}

impl Share {
    fn of(watched: &ProjectState) -> Self {
        Self {
            counts: *watched.runs.counts(),
            is_runnable: watched.project.is_runnable(),
            is_present: !watched.project.retired,
            read: watched.read,
            has_error: watched.error.is_some(),
            changes: watched.runs.changes(),
            gap: watched.gap,
            sums: watched.history.as_ref().map(History::sums).unwrap_or_default(),
            pool: watched.durations.pool(),
            runs_a_day: watched.durations.runs_a_day(),
        }
    }

    /// Whether the same is shown of both.
    fn shows_as(&self, other: &Self) -> bool {
        let Self { read, sums, pool, runs_a_day, .. } = *self;
        *self == Self { read, sums, pool, runs_a_day, ..other.clone() }
    }

    fn is_unseen(&self) -> bool {
        self.is_runnable && self.read.is_none() && !self.has_error
    }

    /// When it was read, if nothing has failed since.
    fn readable(&self) -> Option<Boot> {
        self.read.filter(|_| self.is_runnable && !self.has_error)
    }
}

impl Index {
    fn touch(&mut self, id: &ProjectId) {
        self.touched.insert(id.clone());
        self.changed.insert(id.clone());
    }

    fn replace(&mut self, id: &ProjectId, before: &Share, after: &Share) {
        if before == after {
            return;
        }
        self.revision += u64::from(!before.shows_as(after));
        self.counts.replace(&before.counts, &after.counts);
        self.sums.add(&before.sums, -1.0);
        self.sums.add(&after.sums, 1.0);
        self.pool.add(&before.pool, -1.0);
        self.pool.add(&after.pool, 1.0);
        self.runs_a_day += after.runs_a_day - before.runs_a_day;
        self.present =
            self.present + usize::from(after.is_present) - usize::from(before.is_present);
        member(&mut self.active, id, after.counts.active() > 0);
        member(&mut self.runnable, id, after.is_runnable);
        member(&mut self.unseen, id, after.is_unseen());
        member(&mut self.failing, id, after.has_error);
        if let Some(at) = before.readable() {
            self.readable.remove(&(at, id.clone()));
        }
        self.readable.extend(after.readable().map(|at| (at, id.clone())));
        if before.is_runnable {
            self.by_read.remove(&(before.read, id.clone()));
            if let Some(at) = before.read {
                let second = at.since_boot().as_secs();
                let left = self.reads_by_second.get_mut(&second).map(|count| {
                    *count -= 1;
                    *count
                });
                if left == Some(0) {
                    self.reads_by_second.remove(&second);
                }
            }
        }
        if after.is_runnable {
            self.by_read.insert((after.read, id.clone()));
            if let Some(at) = after.read {
                *self.reads_by_second.entry(at.since_boot().as_secs()).or_default() += 1;
            }
        }
    }
}

fn member(set: &mut BTreeSet<ProjectId>, id: &ProjectId, is_in: bool) {
    if is_in {
        set.insert(id.clone());
    } else {
        set.remove(id);
    }
}

/// One project that may be changed; the index follows when this is dropped.
pub(in crate::engine) struct ProjectMut<'a> {
    watched: &'a mut ProjectState,
    index: &'a mut Index,
    before: Share,
}

impl ProjectMut<'_> {
    /// Forgets the oldest ended runs beyond what is kept, and draws anew how long runs take; `fixed` is
    /// how long they may take by a rule.
    pub(in crate::engine) fn tidy(&mut self, fixed: Option<Duration>, moment: Moment) {
        self.watched.tidy();
        let Index { sums, pool, runs_a_day, alarms, .. } = &*self.index;
        let (hung, tail) = Prior::of(sums).hangs();
        let beliefs = Beliefs {
            prior: pool.prior(),
            hangs: Hangs { share: hung, exponent: tail.max(LEAST_TAIL) },
            alpha: alarms.alpha(*runs_a_day),
        };
        let ProjectState { durations, trouble, runs, project, outcomes, complete, gap, .. } =
            &mut *self.watched;
        durations.draw(runs, &beliefs, fixed, moment);
        trouble.draw(project, runs, outcomes, (*complete, *gap), moment.server);
    }
}

impl Deref for ProjectMut<'_> {
    type Target = ProjectState;

    fn deref(&self) -> &ProjectState {
        self.watched
    }
}

impl DerefMut for ProjectMut<'_> {
    fn deref_mut(&mut self) -> &mut ProjectState {
        self.watched
    }
}

impl Drop for ProjectMut<'_> {
    fn drop(&mut self) {
        let after = Share::of(self.watched);
        self.index.replace(&self.watched.project.id, &self.before, &after);
        self.index.touch(&self.watched.project.id);
    }
}

impl Projects {
    /// None yet; so many normal runs of them may be called runaways.
    pub(in crate::engine) fn new(alarms: AlarmBudget) -> Self {
        Self { index: Index { alarms, ..Index::default() }, ..Self::default() }
    }

    /// One project.
    pub(in crate::engine) fn get(&self, id: &ProjectId) -> Option<&ProjectState> {
        self.by_id.get(id).map(Arc::as_ref)
    }

    /// One project, to change it; its id must stay.
    pub(in crate::engine) fn get_mut(&mut self, id: &ProjectId) -> Option<ProjectMut<'_>> {
        let watched = Arc::make_mut(self.by_id.get_mut(id)?);
        let before = Share::of(watched);
        Some(ProjectMut { watched, index: &mut self.index, before })
    }

    /// Adds a project unless it is known already; tells whether it was not.
    pub(in crate::engine) fn add(&mut self, project: Project, now: Boot) -> bool {
        let id = project.id.clone();
        if self.by_id.contains_key(&id) {
            return false;
        }
        let watched = ProjectState::new(project, now);
        self.index.replace(&id, &Share::default(), &Share::of(&watched));
        self.index.touch(&id);
        self.by_id.insert(id, Arc::new(watched));
        true
    }

    /// Forgets a project.
    pub(in crate::engine) fn remove(&mut self, id: &ProjectId) {
        if let Some(watched) = self.by_id.remove(id) {
            self.index.replace(id, &Share::of(&watched), &Share::default());
            self.index.touch(id);
        }
    }

    /// Has the screen look at a project again: something else that it shows of it has changed.
    pub(in crate::engine) fn note_shown(&mut self, id: &ProjectId) {
        self.index.changed.insert(id.clone());
    }

    /// Those that were added, removed or changed in any way since the screen asked last.
    pub(in crate::engine) fn take_changed(&mut self) -> BTreeSet<ProjectId> {
        std::mem::take(&mut self.index.changed)
    }

    /// The same since the planner asked last.
    pub(in crate::engine) fn take_touched(&mut self) -> BTreeSet<ProjectId> {
        std::mem::take(&mut self.index.touched)
    }

    /// Whether it is known.
    pub(in crate::engine) fn contains_key(&self, id: &ProjectId) -> bool {
        self.by_id.contains_key(id)
    }

    /// All of them, by id.
    pub(in crate::engine) fn values(&self) -> impl ExactSizeIterator<Item = &ProjectState> {
        self.by_id.values().map(Arc::as_ref)
    }

    /// Their ids, in order.
    pub(in crate::engine) fn keys(&self) -> impl ExactSizeIterator<Item = &ProjectId> {
        self.by_id.keys()
    }

    /// Those that can have runs, by id.
    pub(in crate::engine) fn runnable(&self) -> impl ExactSizeIterator<Item = &ProjectId> {
        self.index.runnable.iter()
    }

    /// How many were neither archived nor thrown away.
    pub(in crate::engine) fn present(&self) -> usize {
        self.index.present
    }

    /// Those with runs that have not ended.
    pub(in crate::engine) fn with_active(&self) -> impl ExactSizeIterator<Item = &ProjectId> {
        self.index.active.iter()
    }

    /// Runs of all projects that have not ended.
    pub(in crate::engine) fn active_runs(
        &self,
    ) -> impl Iterator<Item = (&ProjectState, &RunState)> {
        let active = self.with_active().filter_map(|id| self.get(id));
        active.flat_map(|watched| watched.active().map(move |seen| (watched, seen)))
    }

    /// Grows whenever what is shown of them has changed.
    pub(in crate::engine) fn revision(&self) -> u64 {
        self.index.revision
    }

    /// What all of them have in common.
    pub(in crate::engine) fn prior(&self) -> Prior {
        Prior::of(&self.index.sums)
    }

    /// How many runs of each status all projects have.
    pub(in crate::engine) fn counts(&self) -> &StatusCounts {
        &self.index.counts
    }

    /// Whether there is one that can have runs and at which no look was ever answered.
    pub(in crate::engine) fn has_unseen(&self) -> bool {
        !self.index.unseen.is_empty()
    }

    /// How many there are that can have runs and at which no look was ever answered.
    pub(in crate::engine) fn unseen(&self) -> usize {
        self.index.unseen.len()
    }

    /// How many there are whose last look failed.
    pub(in crate::engine) fn failures(&self) -> usize {
        self.index.failing.len()
    }

    /// Those whose last look failed, by id.
    pub(in crate::engine) fn failing(&self) -> impl Iterator<Item = &ProjectState> {
        self.index.failing.iter().filter_map(|id| self.get(id))
    }

    /// Of those that can have runs and whose last look did not fail: when the one was read that was
    /// read the longest ago.
    pub(in crate::engine) fn oldest_read(&self) -> Option<Boot> {
        self.index.readable.first().map(|(at, _)| *at)
    }

    /// The project that can have runs and was read the longest ago; one that never was comes before
    /// all.
    pub(in crate::engine) fn longest_unread(&self) -> Option<&ProjectState> {
        self.get(&self.index.by_read.first()?.1)
    }

    /// How many of those that can have runs were read within `span`; the work grows with `span`, not
    /// with the projects.
    pub(in crate::engine) fn read_within(&self, span: Duration, now: Boot) -> usize {
        debug_assert!(span <= COUNTED);
        let since = now - span;
        let second = since.since_boot().as_secs();
        let whole: usize =
            self.index.reads_by_second.range(second + 1..).map(|(_, count)| count).sum();
        let next = (Some(Boot::from_secs(second + 1)), ProjectId::new(""));
        let later = |(at, _): &&(Option<Boot>, ProjectId)| *at > Some(since);
        let first = (Some(since), ProjectId::new(""));
        whole + self.index.by_read.range(first..next).filter(later).count()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::api::{ApiError, Failure};
    use crate::domain::{Published, Run, RunId, RunStatus};
    use crate::engine::model::LookError;

    /// One change of a project.
    #[derive(Clone, Debug)]
    enum Step {
        Add { published: bool, retired: bool },
        Remove,
        Read(u64),
        Fail,
        Publish(bool),
        Run(usize),
        Forget,
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            2 => (any::<bool>(), any::<bool>())
                .prop_map(|(published, retired)| Step::Add { published, retired }),
            1 => Just(Step::Remove),
            3 => (0..20_000_u64).prop_map(Step::Read),
            1 => Just(Step::Fail),
            1 => any::<bool>().prop_map(Step::Publish),
            2 => (0..7_usize).prop_map(Step::Run),
            1 => Just(Step::Forget),
        ]
    }

    fn published(is: bool) -> Published {
        if is { Published::AtUnknownTime } else { Published::Never }
    }

    fn project(id: &ProjectId, is_published: bool, retired: bool) -> Project {
        let published = published(is_published);
        let (owner, schedules) = (None, Vec::new());
        let (categories, label) = (Vec::new(), None);
        let (id, title) = (id.clone(), "P".into());
        Project { id, title, published, retired, owner, categories, label, schedules }
    }

    fn seen(project: &ProjectId, status: usize) -> RunState {
        let run = Run {
            project: project.clone(),
            id: RunId::new("r"),
            version: None,
            url: None,
            status: RunStatus::KNOWN.get(status).cloned().unwrap_or(RunStatus::Unknown("X".into())),
            trigger: None,
            start: None,
            end: None,
            elapsed: None,
        };
        RunState { run, at: Boot::ZERO, changed: None }
    }

    fn act(projects: &mut Projects, id: &ProjectId, step: &Step) {
        match step {
            Step::Add { published, retired } => {
                projects.add(project(id, *published, *retired), Boot::ZERO);
                return;
            }
            Step::Remove => return projects.remove(id),
            _ => {}
        }
        let Some(mut watched) = projects.get_mut(id) else { return };
        match step {
            Step::Read(at) => {
                (watched.read, watched.error) = (Some(Boot::from_millis(*at)), None);
            }
            Step::Fail => {
                let error = ApiError::from(Failure::Broken("no answer".to_owned()));
                watched.error = Some(LookError { error, tries: 1, next: Boot::ZERO });
            }
            Step::Publish(is) => watched.project.published = published(*is),
            Step::Run(status) => {
                let run = seen(id, *status);
                watched.runs.put(run);
            }
            _ => {
                watched.runs.remove(&RunId::new("r"));
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(crate::testkit::cases(256)))]

        #[test]
        fn what_is_read_of_all_projects_is_what_a_walk_over_them_would_tell(
            steps in prop::collection::vec((0..6_u8, step()), 0..80)
        ) {
            let mut projects = Projects::default();
            for (number, step) in &steps {
                act(&mut projects, &ProjectId::new(format!("p{number}")), step);
            }
            let runnable: Vec<_> =
                projects.values().filter(|w| w.project.is_runnable()).collect();
            let ids = |list: &[&ProjectState]| -> Vec<ProjectId> {
                list.iter().map(|w| w.project.id.clone()).collect()
            };
            prop_assert_eq!(projects.runnable().cloned().collect::<Vec<_>>(), ids(&runnable));
            let active: Vec<_> =
                projects.values().filter(|w| w.active().next().is_some()).collect();
            prop_assert_eq!(projects.with_active().cloned().collect::<Vec<_>>(), ids(&active));
            prop_assert_eq!(projects.active_runs().count(), active.len());
            let all = projects.values().flat_map(|w| w.runs.values()).count();
            prop_assert_eq!(projects.counts().all(), all);
            prop_assert_eq!(projects.counts().active(), active.len());
            let present = projects.values().filter(|w| !w.project.retired).count();
            prop_assert_eq!(projects.present(), present);
            let failing = projects.values().filter(|w| w.error.is_some());
            prop_assert!(projects.failing().eq(failing));
            prop_assert_eq!(projects.has_unseen(), runnable.iter().any(|w| w.is_unseen()));
            let good = runnable.iter().filter(|w| w.error.is_none());
            prop_assert_eq!(projects.oldest_read(), good.filter_map(|w| w.read).min());
            let longest = runnable.iter().min_by_key(|w| (w.read, &w.project.id));
            prop_assert_eq!(projects.longest_unread(), longest.copied());
            let (span, now) = (Duration::from_secs(10), Boot::from_millis(15_300));
            let fresh = runnable.iter().filter(|w| w.read.is_some_and(|at| now < at + span));
            prop_assert_eq!(projects.read_within(span, now), fresh.count());
        }
    }
}

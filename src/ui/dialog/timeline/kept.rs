//! What of the kept timeline is in sight, made anew only when that has changed: nothing walks over all that was read
//! for one message or one frame.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::lanes::past_bar;
use crate::domain::{ProjectId, RunId};
use crate::ui::State;
use crate::ui::widget::timeline::{Bar, BarEnd, Span};

/// Parts of what is in sight in which short bars that look the same are drawn once: eight for each column of a wide
/// terminal.
const PARTS: i64 = 2048;

/// Runs of the kept timeline that are in sight and not in memory.
#[derive(Debug, Default)]
pub(super) struct Kept {
    of: Option<Of>,
    by_project: BTreeMap<ProjectId, OfProject>,
}

/// What it is made of.
#[derive(Debug, PartialEq)]
struct Of {
    revision: u64,
    is_frozen: bool,
    span: Span,
    projects: Vec<ProjectId>,
}

#[derive(Debug, Default)]
struct OfProject {
    /// The newest first.
    runs: Vec<RunId>,
    /// By ascending start.
    bars: Vec<Bar>,
}

impl Kept {
    /// Makes it anew if anything that it is made of has changed.
    pub(super) fn follow(&mut self, state: &State, span: Span, projects: Vec<ProjectId>) {
        let (revision, is_frozen) = (state.model.past().revision(), state.is_frozen());
        let of = Some(Of { revision, is_frozen, span, projects });
        if self.of == of {
            return;
        }
        let projects = of.iter().flat_map(|of| &of.projects);
        self.by_project =
            projects.map(|id| (id.clone(), OfProject::read(state, id, span))).collect();
        self.of = of;
    }

    /// The runs of a project, the newest first.
    pub(super) fn newest(&self, project: &ProjectId) -> &[RunId] {
        self.by_project.get(project).map_or(&[], |theirs| &theirs.runs)
    }

    /// What is drawn of them.
    pub(super) fn bars(&self, project: &ProjectId) -> &[Bar] {
        self.by_project.get(project).map_or(&[], |theirs| &theirs.bars)
    }
}

impl OfProject {
    fn read(state: &State, project: &ProjectId, span: Span) -> Self {
        let known = state.shown().project(project).map(|watched| &watched.runs);
        let is_in_memory = |run: &RunId| known.is_some_and(|runs| runs.contains_key(run));
        let all = state.model.past().of_project(project);
        let mut runs: Vec<_> = all
            .filter(|(id, run)| run.is_within(span.from, span.to) && !is_in_memory(id))
            .collect();
        runs.sort_by_key(|(id, run)| (Reverse(run.start.or(run.end)), *id));
        let mut bars: Vec<_> = runs.iter().rev().filter_map(|(_, run)| past_bar(run)).collect();
        let mut drawn = BTreeSet::new();
        bars.retain(|bar| {
            part(bar, span).is_none_or(|part| drawn.insert((part, bar.status.clone())))
        });
        Self { runs: runs.into_iter().map(|(id, _)| id.clone()).collect(), bars }
    }
}

/// The part of what is in sight that a short bar lies in; none of one that is longer than a part.
fn part(bar: &Bar, span: Span) -> Option<i128> {
    let place = |at: Timestamp| {
        let length = span.to.duration_since(span.from).as_nanos().max(1);
        at.duration_since(span.from).as_nanos() * i128::from(PARTS) / length
    };
    let BarEnd::At(end) = bar.end else { return None };
    let (start, end) = (place(bar.start), place(end));
    (start == end).then_some(start)
}

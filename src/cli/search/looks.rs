//! Looks at projects, a few at a time, each once. They leave as a person's requests do, so what is
//! kept for cancels stays.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use crate::api::ApiError;
use crate::domain::{Boot, Now, ProjectId};
use crate::engine::model::ProjectState;
use crate::engine::{Intent, Model};

/// A look that left so short a time before the command began counts as its own.
pub(in crate::cli) const FRESH: Duration = Duration::from_secs(10);
/// After so many failures in a row a project is left out.
const TRIES: u32 = 3;

/// A look that was asked for.
#[derive(Clone, Copy, Debug)]
struct Asked {
    at: Boot,
    /// Looks that have failed.
    failures: u32,
    /// When it is asked for again, after a failure.
    again: Option<Boot>,
}

/// How far looking is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) enum LookStep {
    /// All that were wanted are answered, or failed for good.
    Over,
    /// Some are not answered yet.
    Waits,
}

/// Looks at projects.
#[derive(Debug, Default)]
pub(in crate::cli) struct Looks {
    /// Whether a look counts only if all of its pages were read.
    is_whole: bool,
    left: VecDeque<ProjectId>,
    asked: BTreeMap<ProjectId, Asked>,
    done: BTreeSet<ProjectId>,
    failed: BTreeMap<ProjectId, String>,
}

impl Looks {
    /// Looks of which each page counts.
    pub(in crate::cli) fn whole() -> Self {
        Self { is_whole: true, ..Self::default() }
    }

    /// Wants these looks, in this order, and no others that have not been asked for. Those of
    /// projects that are fresh are done.
    pub(in crate::cli) fn want(
        &mut self,
        projects: &[ProjectId],
        is_fresh: impl Fn(&ProjectState) -> bool,
        model: &Model,
    ) {
        self.left.clear();
        for project in projects {
            let is_read = model.project(project).is_some_and(&is_fresh);
            if is_read && !self.asked.contains_key(project) {
                self.done.insert(project.clone());
            }
            let is_known = self.asked.contains_key(project)
                || self.done.contains(project)
                || self.failed.contains_key(project);
            if !is_known {
                self.left.push_back(project.clone());
            }
        }
    }

    /// Takes in what has come; gives the next look to ask for while fewer than `at_once` are not
    /// answered, or tells whether any are awaited.
    pub(in crate::cli) fn next(
        &mut self,
        at_once: usize,
        model: &Model,
        now: Now,
    ) -> Result<Intent, LookStep> {
        self.take(model, now);
        let due = |asked: &Asked| asked.again.is_some_and(|at| at <= now.boot);
        if let Some((project, asked)) = self.asked.iter_mut().find(|(_, asked)| due(asked)) {
            (asked.at, asked.again) = (now.boot, None);
            return Ok(Intent::Refresh(project.clone()));
        }
        if self.asked.len() < at_once
            && let Some(project) = self.left.pop_front()
        {
            let asked = Asked { at: now.boot, failures: 0, again: None };
            self.asked.insert(project.clone(), asked);
            return Ok(Intent::Refresh(project));
        }
        Err(if self.asked.is_empty() { LookStep::Over } else { LookStep::Waits })
    }

    fn take(&mut self, model: &Model, now: Now) {
        let under_way = |(project, asked): &(&ProjectId, &Asked)| {
            asked.again.is_none() && !model.awaits_look(project)
        };
        let over: Vec<_> =
            self.asked.iter().filter(under_way).map(|(id, asked)| (id.clone(), *asked)).collect();
        for (project, asked) in over {
            let watched = model.project(&project);
            let is_read = |watched: &ProjectState| {
                watched.read.is_some_and(|at| at >= asked.at)
                    && !(self.is_whole && watched.error.is_some())
            };
            if watched.is_some_and(is_read) {
                self.asked.remove(&project);
                self.done.insert(project);
                continue;
            }
            let error = watched.and_then(|watched| watched.error.as_ref());
            let failures = asked.failures + 1;
            // Where nothing at all gets through, that is what the command ends with, and what
            // Hex's limits keep back is waited for.
            let is_outage = match error.map(|look| &look.error) {
                Some(ApiError::RateLimited) => true,
                Some(ApiError::Transport(_)) | None => self.done.is_empty(),
                Some(_) => false,
            };
            let is_final = watched.is_none()
                || error.is_some_and(|look| !look.error.is_transient())
                || failures >= TRIES && !is_outage;
            if is_final {
                let why = error
                    .map_or_else(|| "it is not known".to_owned(), |look| look.error.to_string());
                self.asked.remove(&project);
                self.failed.insert(project, why);
            } else {
                let pause = now.boot + Duration::from_secs(1 << failures.min(4));
                let again = Some(error.map_or(pause, |look| look.next.max(now.boot)));
                self.asked.insert(project, Asked { failures, again, ..asked });
            }
        }
    }

    /// When a look that failed is asked for again, the next one.
    pub(in crate::cli) fn deadline(&self) -> Option<Boot> {
        self.asked.values().filter_map(|asked| asked.again).min()
    }

    /// How many looks are over, and of how many.
    pub(in crate::cli) fn progress(&self) -> (usize, usize) {
        let over = self.done.len() + self.failed.len();
        (over, over + self.asked.len() + self.left.len())
    }

    /// Projects that could not be looked at, and why.
    pub(in crate::cli) fn failed(&self) -> &BTreeMap<ProjectId, String> {
        &self.failed
    }
}

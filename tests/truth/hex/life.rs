//! How runs live: a list of states with their times, so that any moment of it can be shown.

use std::time::Duration;

/// One state of a life that is still to be lived.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Step {
    /// How long after the state before.
    after: Duration,
    status: String,
    started: bool,
    ended: bool,
}

/// How a project's runs live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Life(Vec<Step>);

impl Life {
    /// PENDING without a start, and nothing more.
    pub(crate) fn pending() -> Self {
        Self(Vec::new()).then(0, "PENDING", false, false)
    }

    /// PENDING for a second, then RUNNING without end.
    pub(crate) fn endless() -> Self {
        Self::pending().then(1_000, "RUNNING", true, false)
    }

    /// RUNNING from the first, and without end.
    pub(crate) fn runs_at_once() -> Self {
        Self(Vec::new()).then(0, "RUNNING", true, false)
    }

    /// PENDING for a second, RUNNING for so many milliseconds, then this with an end.
    pub(crate) fn ends(millis: u64, status: &str) -> Self {
        Self::endless().then(millis, status, true, true)
    }

    /// So many milliseconds later it is this, with or without a start and an end.
    pub(crate) fn then(mut self, millis: u64, status: &str, started: bool, ended: bool) -> Self {
        let (after, status) = (Duration::from_millis(millis), status.to_owned());
        self.0.push(Step { after, status, started, ended });
        self
    }
}

/// A state as it is shown from a moment on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) from: Duration,
    pub(crate) status: String,
    pub(crate) start: Option<Duration>,
    pub(crate) end: Option<Duration>,
}

impl Shown {
    /// Whether it will never change again.
    pub(crate) fn is_over(&self) -> bool {
        let terminal = ["COMPLETED", "ERRORED", "KILLED", "UNABLE_TO_ALLOCATE_KERNEL"];
        self.end.is_some() || terminal.contains(&self.status.as_str())
    }
}

/// A run.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub(crate) id: String,
    pub(crate) project: String,
    pub(crate) owner: String,
    pub(crate) trigger: String,
    pub(crate) created: Duration,
    /// Its body, if it was started by a request.
    pub(crate) body: serde_json::Value,
    /// What is shown when.
    pub(crate) history: Vec<Shown>,
    /// How it will live once it has a kernel.
    pub(crate) waiting: Option<Life>,
}

impl Run {
    /// It lives from now on.
    pub(crate) fn live(&mut self, life: &Life, now: Duration) {
        let (mut at, mut start, mut end) = (now, None, None);
        for step in &life.0 {
            at += step.after;
            start = if step.started { start.or(Some(at)) } else { None };
            end = if step.ended { end.or(Some(at)) } else { None };
            self.history.push(Shown { from: at, status: step.status.clone(), start, end });
        }
    }

    /// What is shown of it at a moment; nothing before it was created.
    pub(crate) fn at(&self, moment: Duration) -> Option<&Shown> {
        self.history.iter().rev().find(|shown| shown.from <= moment)
    }

    /// It is KILLED then, whatever it would have become.
    pub(crate) fn kill(&mut self, at: Duration) {
        let Some(last) = self.at(at).cloned().filter(|shown| !shown.is_over()) else { return };
        self.waiting = None;
        self.history.retain(|shown| shown.from <= at);
        self.history.push(Shown { from: at, status: "KILLED".to_owned(), end: Some(at), ..last });
    }

    /// Whether it holds a kernel: it has begun to live and is not over.
    pub(crate) fn holds_kernel(&self, now: Duration) -> bool {
        self.waiting.is_none() && self.at(now).is_some_and(|shown| !shown.is_over())
    }
}

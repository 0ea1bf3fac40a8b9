//! The filter language: words and `key:value` terms, with `not`, `or` and parentheses.
//!
//! `churn status:running age>10m` finds the runs whose project or id contains "churn", that are
//! running, and that have run for more than ten minutes. Terms beside each other must all hold,
//! `or` binds less than that, `not` more. Quotes take a text as it is.

mod parse;
mod show;
mod term;
#[cfg(test)]
mod tests;

use std::time::Duration;

use jiff::Timestamp;

use super::runaway::{Verdict, verdict};
use super::title::folded;
use super::{Project, Run, RunStatus, RunTrigger};

pub use parse::FilterError;
pub use term::{KEYS, completions};

/// A filter that has been read.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    expression: Expression,
}

impl Default for Query {
    fn default() -> Self {
        Self { expression: Expression::All(Vec::new()) }
    }
}

/// What has to hold. Nothing is nested in its own kind, nothing stands there twice, and `All` and `Any`
/// do not have exactly one part, so that equal filters are equal values.
#[derive(Clone, Debug, PartialEq)]
enum Expression {
    All(Vec<Expression>),
    Any(Vec<Expression>),
    Not(Box<Expression>),
    Term(Term),
}

/// One thing that holds or not.
#[derive(Clone, Debug, PartialEq)]
enum Term {
    /// Something about it contains this.
    Word(String),
    Project(String),
    Owner(String),
    Version(String),
    Status(RunStatus),
    /// Whether the run goes on.
    Active(bool),
    Trigger(RunTrigger),
    Verdict(Verdict),
    Elapsed(Bound, Duration),
    /// How many times the usual duration.
    Ratio(Bound, f64),
    /// It was started with hextop by the token's owner, as the journal knows for certain.
    Mine,
}

/// On which side of a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bound {
    Above,
    Below,
}

impl Bound {
    fn holds<T: PartialOrd>(self, value: &T, limit: &T) -> bool {
        match self {
            Self::Above => value > limit,
            Self::Below => value < limit,
        }
    }
}

/// A run, and what else a filter may ask of it.
#[derive(Clone, Copy, Debug)]
pub struct RunFacts<'a> {
    /// The run.
    pub run: &'a Run,
    /// Its project.
    pub project: &'a Project,
    /// How many times the usual duration it has taken, if that is known.
    pub ratio: Option<f64>,
    /// Whether it was certainly started with hextop.
    pub is_mine: bool,
    /// The server's time.
    pub server_now: Timestamp,
}

impl Query {
    /// Whether it lets everything through.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether time alone changes what passes.
    pub fn is_timed(&self) -> bool {
        self.has(&|term| matches!(term, Term::Elapsed(..) | Term::Ratio(..) | Term::Verdict(_)))
    }

    /// Whether it asks for what was started with hextop.
    pub fn asks_for_mine(&self) -> bool {
        self.has(&|term| *term == Term::Mine)
    }

    fn has(&self, is_it: &dyn Fn(&Term) -> bool) -> bool {
        self.expression.has(is_it)
    }

    /// Whether a run passes.
    pub fn admits(&self, facts: &RunFacts<'_>) -> bool {
        self.expression.holds(&|term| Some(term.holds_for(facts))).unwrap_or(true)
    }

    /// Whether a project passes; terms that only runs can meet are passed over.
    pub fn admits_project(&self, project: &Project) -> bool {
        self.expression.holds(&|term| term.holds_for_project(project)).unwrap_or(true)
    }
}

impl Expression {
    /// Whether it holds, where `holds` says that of a term, or nothing if the term does not apply.
    fn holds(&self, holds: &dyn Fn(&Term) -> Option<bool>) -> Option<bool> {
        match self {
            Self::Term(term) => holds(term),
            Self::Not(part) => part.holds(holds).map(|is_so| !is_so),
            Self::All(parts) => decided_by(false, parts, holds),
            Self::Any(parts) => decided_by(true, parts, holds),
        }
    }

    fn has(&self, is_it: &dyn Fn(&Term) -> bool) -> bool {
        match self {
            Self::Term(term) => is_it(term),
            Self::Not(part) => part.has(is_it),
            Self::All(parts) | Self::Any(parts) => parts.iter().any(|part| part.has(is_it)),
        }
    }
}

/// One part that is `decisive` decides; without one, a part that does not apply leaves it open.
fn decided_by(
    decisive: bool,
    parts: &[Expression],
    holds: &dyn Fn(&Term) -> Option<bool>,
) -> Option<bool> {
    let mut is_open = false;
    for part in parts {
        match part.holds(holds) {
            Some(said) if said == decisive => return Some(said),
            Some(_) => {}
            None => is_open = true,
        }
    }
    (!is_open).then_some(!decisive)
}

/// Whether a text, written in whatever form, contains a folded word.
fn contains(text: &str, word: &str) -> bool {
    folded(text).contains(word)
}

/// The same for a text that has no accents, such as an id.
fn has_plain(text: &str, word: &str) -> bool {
    text.to_lowercase().contains(word)
}

impl Term {
    fn holds_for(&self, facts: &RunFacts<'_>) -> bool {
        let RunFacts { run, project, ratio, is_mine, server_now } = facts;
        let trigger = || run.trigger.as_ref().map_or("", |trigger| trigger.word());
        match self {
            Self::Word(word) => {
                contains(&project.title, word)
                    || has_plain(run.id.as_str(), word)
                    || has_plain(run.status.word(), word)
                    || has_plain(trigger(), word)
            }
            Self::Project(word) => {
                contains(&project.title, word) || has_plain(project.id.as_str(), word)
            }
            Self::Owner(word) => project.owner.as_deref().is_some_and(|it| contains(it, word)),
            Self::Version(word) => run.version.as_deref().is_some_and(|it| folded(it) == *word),
            Self::Status(status) => run.status == *status,
            Self::Active(active) => run.is_active() == *active,
            Self::Trigger(trigger) => run.trigger.as_ref() == Some(trigger),
            Self::Verdict(wanted) => verdict(run.is_active(), *ratio) == Some(*wanted),
            Self::Elapsed(bound, limit) => {
                run.elapsed_at(*server_now).is_some_and(|elapsed| bound.holds(&elapsed, limit))
            }
            Self::Ratio(bound, limit) => ratio.is_some_and(|ratio| bound.holds(&ratio, limit)),
            Self::Mine => *is_mine,
        }
    }

    fn holds_for_project(&self, project: &Project) -> Option<bool> {
        match self {
            Self::Word(word) | Self::Project(word) => {
                Some(contains(&project.title, word) || has_plain(project.id.as_str(), word))
            }
            Self::Owner(word) => {
                Some(project.owner.as_deref().is_some_and(|owner| contains(owner, word)))
            }
            _ => None,
        }
    }
}

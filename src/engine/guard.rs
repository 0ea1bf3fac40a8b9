//! The guard looks at every intent, whoever made it, and says which rule forbids it; it also says which
//! runs a rule ends.
//!
//! A run of a protected project is cancelled only by an order that names the project. The dialog
//! has it typed, a command has it among its arguments.

mod refusal;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::cancel::CancelOrder;
use crate::domain::ProjectId;
use crate::domain::rules::{Action, Rule};
use crate::domain::runaway::Verdict;
use crate::domain::text::clean;
use crate::domain::title::plain;

pub use refusal::Refusal;

/// The rules in force.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Guard {
    rules: Arc<[Rule]>,
}

/// A project as far as it is known.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// Its id.
    pub project: &'a ProjectId,
    /// Its title, once Hex has told it.
    pub title: Option<&'a str>,
}

impl<'a> Subject<'a> {
    /// A project with what is shown as its title, which is its id, or nothing, until Hex has told it.
    pub fn of(project: &'a ProjectId, title: Option<&'a str>) -> Self {
        let is_told = |title: &&str| !plain(title).is_empty() && *title != project.as_str();
        Self { project, title: title.filter(is_told) }
    }

    /// What a person calls it.
    pub fn name(self) -> &'a str {
        self.title.unwrap_or(self.project.as_str())
    }
}

impl Guard {
    /// A guard by these rules.
    pub fn of(rules: Vec<Rule>) -> Self {
        Self { rules: rules.into() }
    }

    /// The rules, in the order in which they stand in the settings.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Whether any rule forbids starts at some times.
    pub fn restricts_starts(&self) -> bool {
        let restricts = |rule: &Rule| rule.max_concurrent.is_some() || rule.allowed_hours.is_some();
        self.rules.iter().any(|rule| restricts(rule) || rule.read_only)
    }

    /// Whether any rule ends runs.
    pub fn acts(&self) -> bool {
        self.rules.iter().any(Rule::cancels)
    }

    /// Rules that may be about a project.
    fn restricting(&self, of: Subject<'_>) -> impl Iterator<Item = &Rule> {
        self.rules.iter().filter(move |rule| rule.may_name(of.project, of.title))
    }

    /// Rules that certainly are.
    fn acting(&self, of: Subject<'_>) -> impl Iterator<Item = &Rule> {
        self.rules.iter().filter(move |rule| rule.names(of.project, of.title))
    }

    /// The name that a protected project is to be confirmed by: its title, or its id until Hex has
    /// told the title. Until then any title that is protected may be this project's.
    pub fn name(&self, of: Subject<'_>) -> Option<String> {
        self.restricting(of).any(|rule| rule.protected).then(|| of.name().to_owned())
    }

    /// Why nothing is done in a project, if that is so.
    pub fn read_only(&self, of: Subject<'_>) -> Option<Refusal> {
        let rule = self.restricting(of).find(|rule| rule.read_only)?;
        Some(Refusal::ReadOnly { name: of.name().to_owned(), rule: rule.name.clone() })
    }

    /// Lets an order pass that names every protected project of its runs, and touches none that is
    /// read only.
    ///
    /// # Errors
    /// The first project that keeps it from passing.
    pub fn check<'a>(
        &self,
        order: &CancelOrder,
        title: impl Fn(&ProjectId) -> Option<&'a str>,
    ) -> Result<(), Refusal> {
        for (project, _) in &order.runs {
            let of = Subject::of(project, title(project));
            if let Some(refusal) = self.read_only(of) {
                return Err(refusal);
            }
            let Some(name) = self.name(of) else { continue };
            if !order.named.iter().any(|typed| names_project(typed, &name, project, order)) {
                return Err(Refusal::Protected { name });
            }
        }
        Ok(())
    }

    /// Lets another start pass where a project has so many runs that are active or about to be.
    ///
    /// # Errors
    /// The first rule that forbids it, [`Refusal::passes`] of which may be over later.
    pub fn check_start(
        &self,
        of: Subject<'_>,
        active: usize,
        at: Timestamp,
        zone: &TimeZone,
    ) -> Result<(), Refusal> {
        let name = || of.name().to_owned();
        if let Some(refusal) = self.read_only(of) {
            return Err(refusal);
        }
        let local = at.to_zoned(zone.clone());
        for rule in self.restricting(of) {
            let named = rule.name.clone();
            if let Some(hours) = &rule.allowed_hours
                && !hours.contains(local.weekday(), local.time())
            {
                return Err(Refusal::Hours { name: name(), rule: named, hours: hours.to_string() });
            }
            if let Some(most) = rule.max_concurrent
                && active >= usize::try_from(most).unwrap_or(usize::MAX)
            {
                return Err(Refusal::Concurrent { name: name(), rule: named, most, active });
            }
        }
        Ok(())
    }

    /// How long a run of a project may take by a rule that certainly is about it, and which that is;
    /// the shortest of several.
    pub fn limit(&self, of: Subject<'_>) -> Option<(&Rule, Duration)> {
        let limits = self.acting(of).filter_map(|rule| Some((rule, rule.max_duration?.limit)));
        limits.min_by_key(|(_, limit)| *limit)
    }

    /// The rule that ends a run which was seen active after `elapsed` and of which that is said; the
    /// first of several. None where the project is protected or read only, or may be.
    pub fn ends(
        &self,
        of: Subject<'_>,
        elapsed: Duration,
        verdict: Option<Verdict>,
    ) -> Option<(&Rule, Cause)> {
        let cause = |rule: &Rule| {
            let limit = rule.max_duration.filter(|it| it.action == Action::Cancel);
            let limit = limit.filter(|it| elapsed > it.limit).map(|it| Cause::TooLong(it.limit));
            let is_runaway = rule.cancel_runaway && verdict == Some(Verdict::Runaway);
            limit.or_else(|| is_runaway.then_some(Cause::Runaway))
        };
        let found = self.acting(of).find_map(|rule| Some((rule, cause(rule)?)))?;
        let is_kept = self.restricting(of).any(|rule| rule.protected || rule.read_only);
        (!is_kept).then_some(found)
    }
}

/// Why a rule ends a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// It was seen active after more than this.
    TooLong(Duration),
    /// Its verdict is *runaway*.
    Runaway,
}

impl std::fmt::Display for Cause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::TooLong(limit) => {
                write!(f, "longer than {}", crate::domain::rules::words(*limit))
            }
            Self::Runaway => f.write_str("runaway"),
        }
    }
}

/// Whether what was typed is the project's name, however that is written, its id, or the short id
/// of the only run.
fn names_project(typed: &str, name: &str, project: &ProjectId, order: &CancelOrder) -> bool {
    let typed = plain(typed);
    let is_run = match order.runs.as_slice() {
        [(_, run)] => run.short().eq_ignore_ascii_case(&typed),
        _ => false,
    };
    let is_id = typed.eq_ignore_ascii_case(project.as_str());
    !typed.is_empty() && (is_id || is_run || [plain(name), plain(&clean(name))].contains(&typed))
}

#[cfg(test)]
mod tests;

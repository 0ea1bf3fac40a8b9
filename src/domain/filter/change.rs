//! What a filter may ask of a change that was seen.

use super::{Query, Term, contains, has_plain, is_of};
use crate::domain::title::folded;
use crate::domain::{ProjectId, RunId, RunStatus, RunTrigger};

/// A change of a run, as far as a filter may ask of it.
#[derive(Clone, Copy, Debug)]
pub struct ChangeFacts<'a> {
    /// What its project was called then.
    pub title: &'a str,
    /// Its project.
    pub project: &'a ProjectId,
    /// The run.
    pub run: &'a RunId,
    /// The status that it came to.
    pub status: &'a RunStatus,
    /// Whether it went on then.
    pub is_active: bool,
    /// What started the run, if that is known.
    pub trigger: Option<&'a RunTrigger>,
    /// The version it runs.
    pub version: Option<&'a str>,
}

impl Query {
    /// Whether a change that was seen passes.
    pub fn admits_change(&self, facts: &ChangeFacts<'_>) -> bool {
        self.expression.holds(&|term| term.holds_for_change(facts)) == Some(true)
    }
}

impl Term {
    fn holds_for_change(&self, facts: &ChangeFacts<'_>) -> Option<bool> {
        let ChangeFacts { title, project, run, status, is_active, trigger, version } = *facts;
        let holds = match self {
            Self::Word(word) => {
                contains(title, word)
                    || has_plain(run.as_str(), word)
                    || has_plain(status.word(), word)
                    || trigger.is_some_and(|trigger| has_plain(trigger.word(), word))
            }
            Self::Project(word) => is_of(title, project, word),
            Self::Version(word) => folded(version?) == *word,
            Self::Status(wanted) => status == wanted,
            Self::Active(wanted) => is_active == *wanted,
            Self::Trigger(wanted) => trigger? == wanted,
            // No other is read for changes.
            _ => false,
        };
        Some(holds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::filter::{Saved, Subject, completions};

    #[test]
    fn a_filter_of_changes_asks_for_the_run_and_what_it_came_to() {
        let facts = ChangeFacts {
            title: "Churn model",
            project: &ProjectId::new("3f1c2b9e"),
            run: &RunId::new("B7e19c30"),
            status: &RunStatus::NoKernel,
            is_active: false,
            trigger: Some(&RunTrigger::Scheduled),
            version: Some("14"),
        };
        let admits = |filter: &str| {
            Query::parse(filter, Subject::Changes, &Saved::new()).unwrap().admits_change(&facts)
        };
        for yes in [
            "",
            "churn b7e1",
            "kernel scheduled",
            "project:3f1c project:CHURN",
            "status:nokernel status:ended trigger:sch version:14",
            "not status:active status:errored or churn",
        ] {
            assert!(admits(yes), "{yes}");
        }
        for no in ["revenue", "3f1c", "status:active", "status:errored", "trigger:api", "version:1"]
        {
            assert!(!admits(no), "{no}");
        }
        for wrong in ["age>3m", "owner:ana", "mine", "state:sent", "verdict:slow", "ratio>2"] {
            let error = Query::parse(wrong, Subject::Changes, &Saved::new()).unwrap_err();
            let named =
                "says nothing about seen changes; there are status: project: trigger: version:";
            assert!(error.reason.ends_with(named), "{error}");
        }
        assert_eq!(
            completions("status:er", Subject::Changes, &Saved::new(), Vec::new),
            ["status:errored"]
        );
    }
}

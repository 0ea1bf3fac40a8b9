//! Rules that a person or a team sets for projects: what hextop must not do there, and what it does by itself.
//!
//! A rule that restricts counts also where it only may name a project, because Hex has not told the
//! project's title yet. A rule that ends runs counts only where it certainly does.

mod pattern;

use std::time::Duration;

use jiff::SignedDuration;

use super::{Hours, ProjectId};

pub use pattern::Pattern;

/// What is done about a run that goes on for too long.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Action {
    /// A person is told.
    #[default]
    Notify,
    /// It is cancelled, after a countdown that a person can stop.
    Cancel,
}

/// How long runs may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaxDuration {
    /// The longest.
    pub limit: Duration,
    /// What is done beyond it.
    pub action: Action,
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// What it is called where it refuses or does something.
    pub name: String,
    /// Which projects it is about; none for all.
    pub projects: Vec<Pattern>,
    /// Whether runs are cancelled only by whoever names the project, and by no rule.
    pub protected: bool,
    /// Whether nothing is started and nothing cancelled.
    pub read_only: bool,
    /// How long runs may take.
    pub max_duration: Option<MaxDuration>,
    /// Whether a run whose verdict is *runaway* is cancelled, after a countdown.
    pub cancel_runaway: bool,
    /// Runs that may be active when another one is started from here.
    pub max_concurrent: Option<u32>,
    /// When runs may be started from here.
    pub allowed_hours: Option<Hours>,
}

impl Rule {
    /// A rule that says nothing yet.
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            projects: Vec::new(),
            protected: false,
            read_only: false,
            max_duration: None,
            cancel_runaway: false,
            max_concurrent: None,
            allowed_hours: None,
        }
    }

    /// A rule that protects projects with these ids or titles.
    pub fn protecting(projects: &[String]) -> Self {
        let projects = projects.iter().map(|text| Pattern::exactly(text)).collect();
        Self { projects, protected: true, ..Self::named("protected") }
    }

    /// Whether it certainly is about a project.
    pub fn names(&self, project: &ProjectId, title: Option<&str>) -> bool {
        self.projects.is_empty() || self.projects.iter().any(|it| it.names(project, title))
    }

    /// Whether it may be about a project whose title may not be known.
    pub fn may_name(&self, project: &ProjectId, title: Option<&str>) -> bool {
        title.is_none() && !self.projects.is_empty() || self.names(project, title)
    }

    /// Whether it ends runs.
    pub fn cancels(&self) -> bool {
        self.cancel_runaway || self.max_duration.is_some_and(|it| it.action == Action::Cancel)
    }

    /// What it says, in short sentences.
    pub fn says(&self) -> Vec<String> {
        let limit = self.max_duration.map(|MaxDuration { limit, action }| {
            let limit = words(limit);
            match action {
                Action::Notify => format!("tells of runs that take longer than {limit}"),
                Action::Cancel => format!("cancels runs that take longer than {limit}"),
            }
        });
        let plain = [
            (self.protected, "runs are cancelled only by whoever names the project"),
            (self.read_only, "nothing is started or cancelled from hextop"),
            (self.cancel_runaway, "cancels runaways"),
        ];
        let plain = plain.into_iter().filter(|(holds, _)| *holds).map(|(_, text)| text.to_owned());
        let most = self.max_concurrent;
        let most = most.map(|most| format!("starts a run only while fewer than {most} are active"));
        let hours = self.allowed_hours.as_ref();
        let hours = hours.map(|hours| format!("starts runs only {hours}"));
        plain.chain(limit).chain(most).chain(hours).collect()
    }

    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        let nothing = Self { projects: self.projects.clone(), ..Self::named(self.name.clone()) };
        *self == nothing
    }
}

/// A length of time as rules write it: `2h 30m`.
pub fn words(limit: Duration) -> String {
    SignedDuration::try_from(limit).map_or_else(|_| "for ever".to_owned(), |it| format!("{it:#}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about(projects: &[&str]) -> Rule {
        let projects = projects.iter().map(|text| Pattern::new(text)).collect();
        Rule { projects, ..Rule::named("r") }
    }

    #[test]
    fn a_rule_that_names_no_project_is_about_all_and_one_that_does_may_be_until_the_title_is_known()
    {
        let id = ProjectId::new("0f3c1111-2222");
        for (projects, title, names, may) in [
            (&[] as &[&str], None, true, true),
            (&["Churn model"], Some("churn MODEL"), true, true),
            (&["Churn model"], Some("Revenue"), false, false),
            (&["Churn model"], None, false, true),
            (&["other", "0f3c1111-2222"], None, true, true),
            (&["churn*"], Some("Churn model"), true, true),
            (&["churn*"], None, false, true),
        ] {
            let rule = about(projects);
            assert_eq!(rule.names(&id, title), names, "{projects:?} {title:?}");
            assert_eq!(rule.may_name(&id, title), may, "{projects:?} {title:?}");
        }
    }

    #[test]
    fn only_a_rule_that_says_so_ends_runs() {
        let limit = |action| Some(MaxDuration { limit: Duration::from_hours(2), action });
        let quiet =
            Rule { protected: true, read_only: true, max_concurrent: Some(1), ..about(&[]) };
        assert!(!quiet.cancels() && !quiet.is_empty() && about(&["x"]).is_empty());
        assert!(!Rule { max_duration: limit(Action::Notify), ..about(&[]) }.cancels());
        assert!(Rule { max_duration: limit(Action::Cancel), ..about(&[]) }.cancels());
        assert!(Rule { cancel_runaway: true, ..about(&[]) }.cancels());
        assert_eq!(words(Duration::from_mins(150)), "2h 30m");
        let hours = "08:00-18:00".parse().unwrap();
        let all = Rule {
            protected: true,
            read_only: true,
            cancel_runaway: true,
            max_duration: limit(Action::Cancel),
            max_concurrent: Some(3),
            allowed_hours: Some(hours),
            ..about(&[])
        };
        let said = [
            "runs are cancelled only by whoever names the project",
            "nothing is started or cancelled from hextop",
            "cancels runaways",
            "cancels runs that take longer than 2h",
            "starts a run only while fewer than 3 are active",
            "starts runs only 08:00-18:00",
        ];
        assert_eq!(all.says(), said);
    }
}

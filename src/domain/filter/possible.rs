//! What a filter of runs says of a project before any run of it is known.

use super::{Query, Term, contains};
use crate::domain::Project;

impl Query {
    /// Whether a run of the project may pass, as far as the project alone decides that: where it may
    /// not, its runs need not be read.
    pub fn may_admit_run_of(&self, project: &Project) -> bool {
        self.expression.holds(&|term| term.decided_by(project)) != Some(false)
    }
}

impl Term {
    /// Whether it holds for every run of a project, or for none; none if that depends on the run.
    fn decided_by(&self, project: &Project) -> Option<bool> {
        match self {
            Self::Project(_) | Self::Owner(_) | Self::Category(_) | Self::Label(_) => {
                Some(self.holds_for_project(project))
            }
            Self::Word(word) => contains(&project.title, word).then_some(true),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::filter::{Saved, Subject};
    use crate::domain::{ProjectId, Published};

    #[test]
    fn a_project_is_ruled_out_only_where_no_run_of_it_can_pass() {
        let project = Project {
            id: ProjectId::new("3f1c2b9e"),
            title: "Churn model".into(),
            published: Published::AtUnknownTime,
            retired: false,
            owner: Some("ana@example.org".to_owned()),
            categories: Vec::new(),
            label: None,
            schedules: Vec::new(),
        };
        for (filter, expected) in [
            ("", true),
            ("status:running age>30m", true),
            ("project:churn status:running", true),
            ("project:3f1c2b9e", true),
            ("project:revenue status:running", false),
            ("project:revenue or status:running", true),
            ("project:revenue or owner:ben", false),
            ("not project:churn", false),
            ("not (project:churn status:running)", true),
            ("not (project:churn or status:running)", false),
            ("churn", true),
            ("not churn", false),
            // A word may be in the run's id.
            ("revenue", true),
            ("not revenue", true),
        ] {
            let query = Query::parse(filter, Subject::Runs, &Saved::new()).unwrap();
            assert_eq!(query.may_admit_run_of(&project), expected, "{filter}");
        }
    }
}

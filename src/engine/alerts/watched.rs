//! What is watched: runs of whose end, projects of whose failures and rules of whose actions a person is told.

use super::{AlertItem, Alerts};
use crate::domain::{Boot, ProjectId, RunId};
use crate::engine::sync::{Choices, Shared};

/// What is watched.
#[derive(Clone, Debug, Default)]
pub(super) struct Watched {
    pub(super) runs: Choices<(ProjectId, RunId)>,
    pub(super) projects: Choices<ProjectId>,
    /// By their names.
    rules: Choices<String>,
}

impl Alerts {
    /// Tells of the end of a run from now on, or no longer; gives which.
    pub(in crate::engine) fn turn_run(
        &mut self,
        project: &ProjectId,
        run: &RunId,
        at: Boot,
    ) -> Shared {
        let is_on = self.watched.runs.turn((project.clone(), run.clone()), at);
        Shared::WatchedRun(project.clone(), run.clone(), is_on)
    }

    /// The same for the failures of a project's runs.
    pub(in crate::engine) fn turn_project(&mut self, project: &ProjectId, at: Boot) -> Shared {
        Shared::WatchedProject(project.clone(), self.watched.projects.turn(project.clone(), at))
    }

    /// The same for what a rule does.
    pub(in crate::engine) fn turn_rule(&mut self, rule: &str, at: Boot) -> Shared {
        Shared::WatchedRule(rule.to_owned(), self.watched.rules.turn(rule.to_owned(), at))
    }

    /// Whether the end of a run will be told.
    pub fn watches_run(&self, project: &ProjectId, run: &RunId) -> bool {
        self.watched.runs.has(&(project.clone(), run.clone()))
    }

    /// Whether failures of a project's runs will be told.
    pub fn watches_project(&self, project: &ProjectId) -> bool {
        self.watched.projects.has(project)
    }

    /// Whether what a rule does will be told.
    pub fn watches_rule(&self, rule: &str) -> bool {
        self.watched.rules.has(&rule.to_owned())
    }

    /// How many runs and how many projects are watched.
    pub fn watched(&self) -> [usize; 2] {
        [self.watched.runs.on().count(), self.watched.projects.on().count()]
    }

    /// Whether an item is about a run that was watched until then.
    pub(in crate::engine) fn was_watched(&self, item: &AlertItem) -> bool {
        let is_it = |(project, run): &(ProjectId, RunId)| {
            *project == item.project && *run == item.run && !self.watches_run(project, run)
        };
        self.watched.runs.own().any(|(key, ..)| is_it(key))
    }

    /// What was chosen here, and when.
    pub(in crate::engine) fn own_choices(&self) -> Vec<(Shared, Boot)> {
        let Watched { runs, projects, rules } = &self.watched;
        let runs = runs.own().map(|((project, run), is_on, at)| {
            (Shared::WatchedRun(project.clone(), run.clone(), is_on), at)
        });
        let projects =
            projects.own().map(|(it, is_on, at)| (Shared::WatchedProject(it.clone(), is_on), at));
        let rules = rules.own().map(|(it, is_on, at)| (Shared::WatchedRule(it.clone(), is_on), at));
        runs.chain(projects).chain(rules).collect()
    }

    /// Takes in a choice of another process or an earlier one.
    pub(in crate::engine) fn hear_choice(&mut self, choice: Shared, at: Boot) {
        match choice {
            Shared::WatchedRun(project, run, is_on) => {
                self.watched.runs.hear((project, run), is_on, at);
            }
            Shared::WatchedProject(project, is_on) => {
                self.watched.projects.hear(project, is_on, at);
            }
            Shared::WatchedRule(rule, is_on) => self.watched.rules.hear(rule, is_on, at),
            // What earlier versions have kept.
            Shared::Watched(runs, projects) => {
                let runs = runs.into_iter().map(|(run, project)| (project, run));
                self.watched.runs.hear_list(runs);
                self.watched.projects.hear_list(projects);
            }
            Shared::WatchedRules(rules) => self.watched.rules.hear_list(rules),
            _ => {}
        }
    }
}

//! Alerts: what looks find is noted as it comes, and told when it is due.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Effect, Event, Model, ProjectState};
use crate::domain::runaway::{Evidence, Verdict};
use crate::domain::{Now, ProjectId, RunId, Text};
use crate::engine::alerts::AlertKind;

/// That a verdict is given on an active run that was not given before.
#[derive(Clone, Debug, PartialEq)]
pub struct VerdictNews {
    /// The run's project.
    pub project: ProjectId,
    /// The project's title.
    pub title: Text,
    /// The run.
    pub run: RunId,
    /// The version that it runs.
    pub version: Option<String>,
    /// The verdict.
    pub verdict: Verdict,
    /// How long it had gone on when it was seen.
    pub elapsed: Duration,
    /// What runs of its version usually take, where that is known.
    pub usual: Option<Duration>,
    /// What speaks for the verdict.
    pub evidence: Evidence,
    /// The rule that does not let it go on for so long, in place of the evidence.
    pub rule: Option<String>,
}

impl VerdictNews {
    /// Why the verdict is given: `longer than all 57 runs of v9`. The texts are as Hex and the settings have them.
    pub fn why(&self) -> String {
        if let Some(rule) = &self.rule {
            return format!("longer than the rule `{rule}` lets it");
        }
        let version = self.version.as_deref().map(|version| format!("v{version}"));
        self.evidence.words(version.as_deref().unwrap_or("no version")).to_string()
    }
}

impl Model {
    /// Whether the end of a run will be told.
    pub fn watches_run(&self, run: &RunId) -> bool {
        self.alerts.watches_run(run)
    }

    /// Whether failures of a project's runs will be told.
    pub fn watches_project(&self, project: &ProjectId) -> bool {
        self.alerts.watches_project(project)
    }

    /// How many runs and how many projects are watched.
    pub fn watched(&self) -> [usize; 2] {
        self.alerts.watched()
    }

    /// After a look at a project: forgets what is too old, draws anew how long its runs take, and notes
    /// which are out of hand and which a rule ends.
    pub(super) fn take_stock(&mut self, project: &ProjectId, now: Now, effects: &mut Vec<Effect>) {
        let moment = self.moment(now);
        let fixed = self.rule_limit(project).map(|(_, limit)| limit);
        if let Some(mut watched) = self.projects.get_mut(project) {
            watched.tidy(fixed, moment);
        }
        self.tell_verdicts(project, now, effects);
        self.note_runaways(project, now);
        self.note_ends(project, now);
    }

    /// Tells of each active run of a project of which a graver verdict is given than before.
    fn tell_verdicts(&mut self, project: &ProjectId, now: Now, effects: &mut Vec<Effect>) {
        let moment = self.moment(now);
        let Some(watched) = self.projects.get(project) else { return };
        let rule = self.rule_limit(project).map(|(rule, limit)| (rule.to_owned(), limit));
        let mut said = BTreeMap::new();
        for seen in ProjectState::active(watched) {
            let limits = watched.durations.limits(&seen.run).zip(moment.elapsed(seen));
            let verdict = moment.verdict(watched, seen).zip(limits);
            let Some((verdict, (limits, elapsed))) = verdict else { continue };
            let run = &seen.run.id;
            let before = self.verdicts.get(project).and_then(|said| said.get(run)).copied();
            said.insert(run.clone(), before.max(Some(verdict)).unwrap_or(verdict));
            if before >= Some(verdict) {
                continue;
            }
            effects.push(Effect::Tell(Event::Verdict(VerdictNews {
                project: project.clone(),
                title: watched.project.title.clone(),
                run: run.clone(),
                version: seen.run.version.clone(),
                verdict,
                elapsed,
                usual: limits.is_known().then_some(limits.usual),
                evidence: Evidence::of(limits, elapsed),
                rule: rule.clone().filter(|(_, limit)| elapsed > *limit).map(|(rule, _)| rule),
            })));
        }
        if said.is_empty() {
            self.verdicts.remove(project);
        } else {
            self.verdicts.insert(project.clone(), said);
        }
    }

    fn note_runaways(&mut self, project: &ProjectId, now: Now) {
        let moment = self.moment(now);
        let Some(watched) = self.projects.get(project) else { return };
        let named = (project, &watched.project.title);
        for seen in ProjectState::active(watched) {
            if moment.verdict(watched, seen) == Some(Verdict::Runaway) {
                self.alerts.note(AlertKind::Runaway, named, &seen.run.id, now.boot, moment.server);
            }
        }
        let is_listed = |run: &RunId| watched.runs.contains_key(run);
        self.alerts.note_listed(named, is_listed, now.boot, moment.server);
    }

    /// Notes what has changed of runs, and tells what is due.
    pub(super) fn tell_alerts(&mut self, now: Now, effects: &mut Vec<Effect>) {
        for effect in &*effects {
            if let Effect::Tell(Event::RunChanged(change)) = effect {
                self.alerts.note_change(change, now.boot);
            }
        }
        let server = self.server_now(now);
        for run in self.cancels.stuck() {
            let of = self.cancels.get(run).and_then(|cancel| self.projects.get(&cancel.project));
            if let Some(watched) = of {
                let named = (&watched.project.id, &watched.project.title);
                self.alerts.note(AlertKind::Stuck, named, run, now.boot, server);
            }
        }
        let due = self.alerts.take_due(now.boot);
        effects.extend(due.map(|alert| Effect::Tell(Event::Alert(alert))));
    }
}

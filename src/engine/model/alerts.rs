//! Alerts: what looks find is noted as it comes, and told when it is due.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Effect, Event, Model, News, ProjectState, RuleStep};
use crate::domain::runaway::{Evidence, Limits, Verdict};
use crate::domain::{Now, ProjectId, Run, RunId, RunStatus, Text};
use crate::engine::alerts::{AlertItem, AlertKind, Known};
use crate::engine::projects::trouble::Trouble;

/// That a verdict is given on an active run that was not given before.
#[derive(Clone, Debug, PartialEq)]
pub struct VerdictNews {
    /// The run's project.
    pub project: ProjectId,
    /// The project's title.
    pub title: Text,
    /// The run.
    pub run: RunId,
    /// The verdict.
    pub verdict: Verdict,
    /// How long it had gone on, or waited, when it was seen.
    pub elapsed: Duration,
    /// What runs of its version usually take, where that is known.
    pub usual: Option<Duration>,
    /// Why it is given: `longer than all 57 runs of v9`. The texts are as Hex and the settings have them.
    pub why: String,
}

impl Model {
    /// Whether the end of a run will be told.
    pub fn watches_run(&self, project: &ProjectId, run: &RunId) -> bool {
        self.alerts.watches_run(project, run)
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
        let before = self.projects.get(project).map(|watched| watched.trouble.clone());
        if let Some(mut watched) = self.projects.get_mut(project) {
            watched.tidy(fixed, moment);
        }
        self.note_trouble(project, &before.unwrap_or_default(), now);
        self.tell_verdicts(project, now, effects);
        self.note_listed(project, now);
        self.note_ends(project, now);
    }

    /// Notes that a project has begun to fail, or that a schedule of it has started no run.
    fn note_trouble(&mut self, project: &ProjectId, before: &Trouble, now: Now) {
        let seen = self.server_now(now);
        let Some(watched) = self.projects.get(project) else { return };
        let (named, after) = ((project, &watched.project.title), &watched.trouble);
        let begins = before.is_drawn && before.failing.is_none() && after.failing.is_some();
        if let Some(newest) = watched.newest_first().next().filter(|_| begins) {
            self.alerts.note(AlertKind::Failing, named, &newest.run.id, now.boot, seen);
        }
        if let Some(at) = after.missed.filter(|_| before.missed != after.missed) {
            let at = RunId::new(at.strftime("%Y-%m-%d %H:%MZ").to_string());
            self.alerts.note(AlertKind::Missed, named, &at, now.boot, seen);
        }
    }

    /// Tells of each active run of a project of which a graver verdict is given than before.
    fn tell_verdicts(&mut self, project: &ProjectId, now: Now, effects: &mut Vec<Effect>) {
        let moment = self.moment(now);
        let Some(watched) = self.projects.get(project) else { return };
        let rule = self.rule_limit(project).map(|(rule, limit)| (rule.to_owned(), limit));
        let mut said = BTreeMap::new();
        for seen in ProjectState::active(watched) {
            let Some(verdict) = moment.verdict(watched, seen) else { continue };
            let run = &seen.run.id;
            if verdict == Verdict::Runaway {
                let named = (project, &watched.project.title);
                self.alerts.note(AlertKind::Runaway, named, run, now.boot, moment.server);
            }
            let before = self.verdicts.get(project).and_then(|said| said.get(run)).copied();
            said.insert(run.clone(), before.max(Some(verdict)).unwrap_or(verdict));
            if before >= Some(verdict) {
                continue;
            }
            let limits = watched.durations.limits(&seen.run);
            let elapsed = moment.waited(seen).or_else(|| moment.elapsed(seen)).unwrap_or_default();
            let (why, usual) = match limits {
                Some(limits) if verdict > Verdict::Waiting => {
                    let rule = rule.as_ref().filter(|(_, limit)| elapsed > *limit);
                    let usual = limits.is_known().then_some(limits.usual);
                    (why(rule.map(|(rule, _)| rule), limits, &seen.run, elapsed), usual)
                }
                _ => ("pending for longer than is usual, while kernels are free".to_owned(), None),
            };
            effects.push(Effect::Tell(Event::Verdict(VerdictNews {
                project: project.clone(),
                title: watched.project.title.clone(),
                run: run.clone(),
                verdict,
                elapsed,
                usual,
                why,
            })));
        }
        if said.is_empty() {
            self.verdicts.remove(project);
        } else {
            self.verdicts.insert(project.clone(), said);
        }
    }

    fn note_listed(&mut self, project: &ProjectId, now: Now) {
        // While the store still tells what it has, a run may be about to be told.
        if !self.knows_all() {
            return;
        }
        let server = self.server_now(now);
        let Some(watched) = self.projects.get(project) else { return };
        let named = (project, &watched.project.title);
        let status = |run: &RunId| watched.runs.get(run).map(|seen| seen.run.status.clone());
        self.alerts.note_listed(named, status, now.boot, server);
    }

    /// Notes what has changed of runs, and tells what is due.
    pub(super) fn tell_alerts(&mut self, now: Now, effects: &mut Vec<Effect>) {
        for effect in &*effects {
            if let Effect::Tell(Event::RunChanged(change)) = effect {
                self.alerts.note_change(change, now.boot);
                match change.to {
                    RunStatus::Pending if change.news == News::Appeared => {
                        self.waits.begin(&change.run, change.seen);
                    }
                    RunStatus::Pending => {}
                    RunStatus::Running => self.waits.end(&change.run, change.happened),
                    _ => self.waits.end(&change.run, None),
                }
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
        self.tell_rules(now, effects);
        if let Some(mut alert) = self.alerts.take_due(now.boot) {
            alert.items.iter_mut().for_each(|item| self.describe(item));
            self.keep_told(&alert, now.boot, effects);
            effects.push(Effect::Tell(Event::Alert(alert)));
        }
    }
}

impl Model {
    /// Whether what a rule does will be told.
    pub fn watches_rule(&self, rule: &str) -> bool {
        self.alerts.watches_rule(rule)
    }

    /// How many of the rules in force are watched.
    pub fn watched_rules(&self) -> usize {
        self.rules().iter().filter(|rule| self.watches_rule(&rule.name)).count()
    }

    /// Notes what watched rules have just done. That one counts down or waits is told whether it is watched or not.
    fn tell_rules(&mut self, now: Now, effects: &[Effect]) {
        let seen = self.server_now(now);
        for effect in effects {
            let Effect::Tell(Event::Rule(news)) = effect else { continue };
            let kind = match news.step {
                RuleStep::Would => AlertKind::Would,
                RuleStep::Ordered => AlertKind::Ordered,
                RuleStep::Kept => AlertKind::Kept,
                RuleStep::Begun(..) | RuleStep::Held(_) | RuleStep::Over => continue,
            };
            if self.alerts.watches_rule(&news.rule) {
                let named = (&news.project, &news.title);
                self.alerts.note(kind, named, &news.run, now.boot, seen);
            }
        }
    }

    /// Adds what several runs may have in common.
    fn describe(&self, item: &mut AlertItem) {
        let run = self.truth(&item.project, &item.run);
        let start = self.start_of_run(&item.run);
        let start = start.filter(|start| start.entry.stage.probable().is_none());
        let inputs = start.and_then(|start| start.entry.body.get("inputParams")?.as_object());
        item.known = Known {
            version: run.and_then(|run| run.version.clone()),
            inputs: inputs
                .into_iter()
                .flatten()
                .map(|(name, value)| (name.clone(), value.to_string()))
                .collect(),
            at: run.and_then(|run| run.end.or(run.start)),
        };
    }
}

/// Why a verdict is given on a run, which `rule` does not let go on for so long, if there is one.
fn why(rule: Option<&String>, limits: &Limits, run: &Run, elapsed: Duration) -> String {
    if let Some(rule) = rule {
        return format!("longer than the rule `{rule}` lets it");
    }
    let version = run.version.as_deref().map(|version| format!("v{version}"));
    Evidence::of(limits, elapsed).words(version.as_deref()).to_string()
}

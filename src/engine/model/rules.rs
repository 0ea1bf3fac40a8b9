//! What rules do by themselves: a run that one ends is counted down, looked at once more, and cancelled.
//!
//! Of several processes the one that is first to say so in the log does it. Nothing is done on an old
//! sight of a run, nor while the journal is not known, nor to a run about which a person has decided:
//! the journal has a cancel of it then, whatever became of that.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{Automatic, Effect, Event, Model, ProjectState};
use crate::api::Call;
use crate::domain::rules::Rule;
use crate::domain::runaway::Verdict;
use crate::domain::time::between;
use crate::domain::{Boot, Now, ProjectId, RunId, Text};
use crate::engine::alerts::AlertKind;
use crate::engine::budget::Priority;
use crate::engine::cancel::{CancelEntry, CancelOrder, CancelStage, Confirmation, Target};
use crate::engine::guard::{Guard, Subject};
use crate::engine::sync::countdowns::{Countdown, Counting};
use crate::engine::sync::log::{LogEvent, LogRecord};

/// A run is looked at this long before its countdown ends, if it was not since, and cancelled only by
/// what that look has shown.
const RECHECK: Duration = Duration::from_secs(10);
/// The pause before it is looked at again where that told nothing.
const AGAIN: Duration = Duration::from_secs(15);
/// It is cancelled only by a sight that is no older than this.
const SIGHT: Duration = Duration::from_secs(15);
/// What was seen longer ago begins no countdown: a look is on its way.
const RECENT: Duration = Duration::from_mins(2);
/// Where nothing happens this process sees to its countdowns so often.
const PULSE: Duration = Duration::from_secs(15);
/// After a longer silence it was asleep or stopped, and so may the person have been: what counted down begins anew.
const ASLEEP: Duration = Duration::from_secs(20);
/// A countdown that could not be carried out for so long after its end begins anew too.
const LATE: Duration = Duration::from_secs(30);
/// Over which time cancels by rules are counted.
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// What a rule does, or does not, about a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleNews {
    /// The run's project.
    pub project: ProjectId,
    /// The project's title.
    pub title: Text,
    /// The run.
    pub run: RunId,
    /// The rule.
    pub rule: String,
    /// What about the run makes it do so.
    pub why: String,
    /// What it does.
    pub step: RuleStep,
}

/// How far a rule is with a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleStep {
    /// It would cancel the run, but only tries out what it would do.
    Would,
    /// It cancels the run after so long, unless a person keeps it; whether this process does.
    Begun(Duration, bool),
    /// It waits, and why.
    Held(String),
    /// A person keeps the run.
    Kept,
    /// The run was no case for the rule any more when it was looked at once more.
    Over,
    /// Its cancel is ordered.
    Ordered,
}

/// What rules have in hand.
#[derive(Clone, Debug, Default)]
pub(super) struct InHand {
    /// Runs that a rule ends, with the rule and why, and without a countdown.
    wanted: BTreeMap<RunId, (ProjectId, String, String)>,
    /// Those of them of which it was told that they wait or would be cancelled.
    told: BTreeSet<RunId>,
    /// When a run was last looked at for its countdown.
    asked: BTreeMap<RunId, Boot>,
    /// Countdowns during which this process was asleep.
    spoiled: BTreeSet<RunId>,
    /// When countdowns were last seen to.
    awake: Boot,
    /// When runs were cancelled by rules from here, within the last hour.
    ordered: VecDeque<Boot>,
}

impl Model {
    /// The same engine with other rules, which act here or not.
    pub fn set_rules(&mut self, rules: Vec<Rule>, automatic: Automatic) {
        self.guard = Guard::of(rules);
        self.settings.automatic = automatic;
    }

    /// What acts here by the rules.
    pub fn automatic(&self) -> Automatic {
        self.settings.automatic
    }

    /// The rules in force.
    pub fn rules(&self) -> &[Rule] {
        self.guard.rules()
    }

    /// A project as the guard sees it.
    pub(super) fn subject<'a>(&'a self, project: &'a ProjectId) -> Subject<'a> {
        Subject::of(project, self.title_of(project))
    }

    /// How long runs of a project may take by a rule, and by which.
    pub fn rule_limit(&self, project: &ProjectId) -> Option<(&str, Duration)> {
        let (rule, limit) = self.guard.limit(self.subject(project))?;
        Some((rule.name.as_str(), limit))
    }

    /// Whether a person can keep a run from here that a rule is about to end: what is decided is told to whoever
    /// carries that out through the store.
    pub fn can_keep(&self, counting: &Counting) -> bool {
        counting.by == self.coordinator.session() || self.coordinator.is_shared()
    }

    /// Whether a countdown is this process's own, so that keeping its run is certain.
    pub fn is_own(&self, counting: &Counting) -> bool {
        counting.by == self.coordinator.session()
    }

    /// The countdown of a run that a rule is about to end.
    pub fn countdown(&self, run: &RunId, now: Boot) -> Option<&Counting> {
        let known = self.cancels.last_entry(run).is_some();
        self.coordinator.countdowns().of(run, now).filter(|_| !known)
    }

    /// All of them, by run.
    pub fn countdowns(&self, now: Boot) -> impl Iterator<Item = &Counting> {
        let live = self.coordinator.countdowns().live(now);
        live.filter(|it| self.cancels.last_entry(&it.countdown.run).is_none())
    }

    /// The last cancel of a run that the journal has, whoever has ordered it.
    pub fn last_cancel(&self, run: &RunId) -> Option<&CancelEntry> {
        self.cancels.last_entry(run)
    }

    /// The rule that has ordered the cancel of a run.
    pub fn cancelled_by_rule(&self, run: &RunId) -> Option<&str> {
        self.cancels.last_entry(run)?.rule.as_deref()
    }

    /// Runs that a rule would end and that have no countdown, each with its project, the rule and why.
    pub fn held_by_rules(&self) -> impl Iterator<Item = (&RunId, &ProjectId, &str, &str)> {
        let wanted = self.in_hand.wanted.iter();
        wanted.map(|(run, (project, rule, why))| (run, project, rule.as_str(), why.as_str()))
    }

    /// When rules may cancel one more run, where they may cancel none now.
    pub fn rules_go_on_at(&self, now: Now) -> Option<Timestamp> {
        let (left, next) = self.cancels_left(now);
        next.filter(|_| left == 0)
    }

    /// Rules that name projects of which none is known.
    pub fn idle_rules(&self) -> Vec<&Rule> {
        let known = |rule: &&Rule| {
            rule.projects.iter().any(|pattern| {
                let names = |id: &ProjectId| pattern.names(id, self.subject(id).title);
                !self.projects.keys().any(names)
            })
        };
        self.guard.rules().iter().filter(known).collect()
    }

    /// How many runs rules have cancelled in the last hour, in any process, and how many they may.
    pub fn cancels_by_rules(&self, now: Now) -> (usize, u32) {
        let from = now.wall.saturating_sub(HOUR).unwrap_or(Timestamp::MIN);
        (self.cancels.by_rules(from, now.wall).0, self.settings.cancels_an_hour)
    }

    /// Notes which runs of a project a rule ends, after a look at it.
    pub(super) fn note_ends(&mut self, project: &ProjectId, now: Now) {
        if self.settings.automatic == Automatic::Off || !self.guard.acts() {
            return;
        }
        let Some(watched) = self.projects.get(project) else {
            return self.in_hand.wanted.retain(|_, (of, ..)| of != project);
        };
        let ends: BTreeMap<_, _> = ProjectState::active(watched)
            .filter(|seen| {
                let run = &seen.run.id;
                let is_in_hand = self.coordinator.countdowns().of(run, now.boot).is_some()
                    || self.cancels.last_entry(run).is_some();
                !is_in_hand && now.boot < seen.at + RECENT
            })
            .filter_map(|seen| {
                let (rule, why) = self.ends(project, &seen.run.id, now)?;
                Some((seen.run.id.clone(), (project.clone(), rule, why)))
            })
            .collect();
        let hand = &mut self.in_hand;
        hand.wanted.retain(|run, (of, ..)| of != project || ends.contains_key(run));
        hand.wanted.extend(ends);
    }

    /// The rule that ends an active run by what was seen of it, and why.
    fn ends(&self, project: &ProjectId, run: &RunId, now: Now) -> Option<(String, String)> {
        let watched = self.projects.get(project)?;
        let seen = watched.runs.get(run).filter(|seen| seen.run.is_active())?;
        let moment = self.moment(now);
        let (elapsed, verdict) = (moment.elapsed(seen)?, moment.verdict(watched, seen));
        // A limit that a rule only tells of makes no run one that another rule ends.
        let learned = watched.durations.limits(&seen.run)?.learned;
        let is_learned = learned.is_some_and(|limit| elapsed > limit);
        let verdict = verdict.filter(|verdict| *verdict < Verdict::Runaway || is_learned);
        let (rule, cause) = self.guard.ends(self.subject(project), elapsed, verdict)?;
        Some((rule.name.clone(), cause.to_string()))
    }

    /// Whether rules end runs from here now: that is so only while it is known what other processes do.
    pub fn acts_on_rules(&self) -> bool {
        self.settings.automatic == Automatic::On && self.knows_all()
    }

    /// Whether the store has told all that it has, if there is one.
    pub(super) fn knows_all(&self) -> bool {
        let is_told = self.coordinator.is_shared() && self.cache.has_all();
        is_told || !self.coordinator.has_store()
    }

    /// How many more runs rules may cancel now, and when one more may be if none.
    fn cancels_left(&self, now: Now) -> (usize, Option<Timestamp>) {
        let from = now.wall.saturating_sub(HOUR).unwrap_or(Timestamp::MIN);
        let (done, first) = self.cancels.by_rules(from, now.wall);
        // The wall clock may have been set forward.
        let done = done.max(self.in_hand.ordered.len());
        let counting = self.countdowns(now.boot).count();
        let most = usize::try_from(self.settings.cancels_an_hour).unwrap_or(usize::MAX);
        let next = first.and_then(|at| at.checked_add(HOUR).ok());
        (most.saturating_sub(done + counting), next)
    }

    /// The countdowns that begin now, as records that are to be claimed.
    pub(super) fn new_countdowns(&mut self, now: Now) -> Vec<LogRecord> {
        if self.in_hand.wanted.is_empty() || !self.acts_on_rules() {
            return Vec::new();
        }
        let (left, _) = self.cancels_left(now);
        let countdowns = self.coordinator.countdowns();
        let is_new = |run: &RunId, project: &ProjectId| {
            countdowns.of(run, now.boot).is_none()
                && self.cancels.last_entry(run).is_none()
                && self.ends(project, run, now).is_some()
        };
        let wanted = self.in_hand.wanted.iter();
        let mut new: Vec<_> = wanted.filter(|(run, (project, ..))| is_new(run, project)).collect();
        // Where not all may be ended, those that have gone on for longest are.
        new.sort_by_key(|(run, (project, ..))| {
            let seen = self.projects.get(project).and_then(|it| it.runs.get(run));
            seen.and_then(|seen| seen.run.start).unwrap_or(Timestamp::MAX)
        });
        new.truncate(left);
        let record = |(run, (project, rule, why)): (&RunId, &(ProjectId, String, String))| {
            let countdown = Countdown {
                project: project.clone(),
                run: run.clone(),
                rule: rule.clone(),
                why: why.clone(),
                lasts: self.settings.countdown,
            };
            self.coordinator.record(LogEvent::Countdown(countdown), now.boot)
        };
        new.into_iter().map(record).collect()
    }

    /// When rules want something that no message brings.
    pub(super) fn rules_deadline(&self, now: Now) -> Option<Boot> {
        if self.coordinator.countdowns().has_begun() {
            return Some(now.boot);
        }
        if !self.acts_on_rules() {
            return None;
        }
        let own = self.coordinator.session();
        let steps = self.countdowns(now.boot).filter(|it| it.by == own).map(|it| {
            let asked = self.in_hand.asked.get(&it.countdown.run).map(|at| *at + AGAIN);
            let steps = [it.until() - RECHECK, it.until()].into_iter().chain(asked);
            let next = steps.filter(|at| *at > now.boot).min();
            next.unwrap_or(Boot::MAX).min(now.boot + PULSE)
        });
        let waits = !self.in_hand.wanted.is_empty();
        let frees = waits.then(|| self.cancels_left(now).1).flatten();
        let frees = frees.map(|at| now.boot + between(now.wall, at).max(Duration::from_secs(1)));
        steps.chain(frees).min()
    }

    /// Tells what begins or waits, and carries out the countdowns of this process that are over.
    pub(super) fn carry_out_rules(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let own = self.coordinator.session();
        self.watch_sleep(now.boot);
        for begun in self.coordinator.countdowns_mut().take_begun(now.boot) {
            let run = &begun.countdown.run;
            self.in_hand.wanted.remove(run);
            self.in_hand.told.remove(run);
            let left = begun.until() - now.boot;
            // The log is told anew after a while without the store.
            if left.is_zero() || self.cancels.last_entry(run).is_some() {
                continue;
            }
            let left = Duration::from_secs(left.as_secs() + u64::from(left.subsec_nanos() > 0));
            let step = RuleStep::Begun(left, begun.by == own);
            self.alert_of(&begun.countdown, AlertKind::Countdown, now);
            self.tell_of(&begun.countdown, step, effects);
        }
        self.tell_waiting(now, effects);
        let live = self.coordinator.countdowns().live(now.boot);
        let is_due = |it: &&Counting| {
            it.until() <= now.boot + RECHECK || self.cancels.last_entry(&it.countdown.run).is_some()
        };
        let due = live.filter(is_due).cloned();
        for counting in due.collect::<Vec<_>>() {
            self.carry_out(&counting, now, effects);
        }
    }

    /// Notes which countdowns this process has slept through.
    fn watch_sleep(&mut self, now: Boot) {
        let slept = now > self.in_hand.awake + ASLEEP;
        self.in_hand.awake = now;
        let countdowns = self.coordinator.countdowns();
        self.in_hand.spoiled.retain(|run| countdowns.of(run, now).is_some());
        self.in_hand.asked.retain(|run, _| countdowns.of(run, now).is_some());
        self.in_hand.ordered.retain(|at| now < *at + Duration::from_hours(1));
        if slept {
            let own = self.coordinator.session();
            let live = countdowns.live(now).filter(|it| it.by == own);
            self.in_hand.spoiled.extend(live.map(|it| it.countdown.run.clone()));
        }
    }

    fn carry_out(&mut self, counting: &Counting, now: Now, effects: &mut Vec<Effect>) {
        let Countdown { project, run, rule, .. } = &counting.countdown;
        if counting.by != self.coordinator.session() || !self.acts_on_rules() {
            return;
        }
        if let Some(entry) = self.cancels.last_entry(run) {
            let is_kept = entry.stage == CancelStage::Withdrawn;
            if is_kept {
                return self.end_countdown(&counting.countdown, RuleStep::Kept, effects);
            }
            // A person has ordered it, or the log was told anew after it was ordered.
            return self.coordinator.countdowns_mut().end(run);
        }
        if self.ends(project, run, now).is_none() {
            return self.end_countdown(&counting.countdown, RuleStep::Over, effects);
        }
        if self.in_hand.spoiled.contains(run) || now.boot > counting.until() + LATE {
            return;
        }
        let watched = self.projects.get(project);
        let seen = watched.and_then(|watched| watched.runs.get(run)).map(|seen| seen.at);
        let oldest = counting.since.max(counting.until() - RECHECK).max(now.boot - SIGHT);
        if seen.is_none_or(|at| at < oldest) {
            return self.recheck(project, run, now.boot);
        }
        if counting.until() <= now.boot {
            let order = CancelOrder {
                runs: vec![(project.clone(), run.clone())],
                named: Vec::new(),
                reason: Some(counting.countdown.reason()),
                rule: Some(rule.clone()),
            };
            self.in_hand.ordered.push_back(now.boot);
            self.end_countdown(&counting.countdown, RuleStep::Ordered, effects);
            self.cancel(order, now, effects);
        }
    }

    fn end_countdown(&mut self, of: &Countdown, step: RuleStep, effects: &mut Vec<Effect>) {
        self.coordinator.countdowns_mut().end(&of.run);
        self.in_hand.asked.remove(&of.run);
        self.tell_of(of, step, effects);
    }

    /// Wants a look at a run whose countdown is about to end.
    fn recheck(&mut self, project: &ProjectId, run: &RunId, now: Boot) {
        let last = self.in_hand.asked.get(run);
        if last.is_some_and(|at| now < *at + AGAIN) {
            return;
        }
        self.in_hand.asked.insert(run.clone(), now);
        let can_read = self.projects.get(project).is_some_and(|it| it.may_read(run, now));
        if can_read {
            let call = Call::RunStatus { project: project.clone(), run: run.clone() };
            self.requests.want(call, Priority::Sweep, now);
        } else {
            self.look(project, Priority::Sweep, now);
        }
    }

    /// Tells once of each run that a rule would end, and why it does not.
    fn tell_waiting(&mut self, now: Now, effects: &mut Vec<Effect>) {
        if self.in_hand.wanted.is_empty() {
            return self.in_hand.told.clear();
        }
        let step = match self.settings.automatic {
            Automatic::Off => return,
            Automatic::DryRun => RuleStep::Would,
            Automatic::On if self.coordinator.is_apart() => RuleStep::Held(
                "the store does not work, and without it nobody knows what others do".to_owned(),
            ),
            Automatic::On => match self.cancels_left(now) {
                (0, next) => {
                    let most = match self.settings.cancels_an_hour {
                        1 => "1 run".to_owned(),
                        most => format!("{most} runs"),
                    };
                    let again = next.map(|at| format!("; again at {at:.0}")).unwrap_or_default();
                    RuleStep::Held(format!("rules cancel at most {most} an hour{again}"))
                }
                _ => return,
            },
        };
        let InHand { wanted, told, .. } = &mut self.in_hand;
        told.retain(|run| wanted.contains_key(run));
        let new: Vec<_> = wanted
            .iter()
            .filter(|(run, _)| told.insert((*run).clone()))
            .map(|(run, (project, rule, why))| Countdown {
                project: project.clone(),
                run: run.clone(),
                rule: rule.clone(),
                why: why.clone(),
                lasts: Duration::ZERO,
            })
            .collect();
        for of in new {
            if matches!(step, RuleStep::Held(_)) {
                self.alert_of(&of, AlertKind::Held, now);
            }
            self.tell_of(&of, step.clone(), effects);
        }
    }

    fn alert_of(&mut self, of: &Countdown, kind: AlertKind, now: Now) {
        let seen = self.server_now(now);
        let title = self.title_or_id(&of.project);
        self.alerts.note(kind, (&of.project, &title), &of.run, now.boot, seen);
    }

    fn tell_of(&mut self, of: &Countdown, step: RuleStep, effects: &mut Vec<Effect>) {
        self.revision += 1;
        effects.push(Effect::Tell(Event::Rule(RuleNews {
            title: self.title_or_id(&of.project),
            project: of.project.clone(),
            run: of.run.clone(),
            rule: of.rule.clone(),
            why: of.why.clone(),
            step,
        })));
    }

    fn title_or_id(&self, project: &ProjectId) -> Text {
        self.title_of(project).unwrap_or(project.as_str()).into()
    }

    /// Keeps runs that rules are about to end: no rule cancels them any more.
    pub(super) fn keep_runs(&mut self, runs: &[RunId], now: Now, effects: &mut Vec<Effect>) {
        for run in runs {
            let Some(counting) = self.countdown(run, now.boot).cloned() else { continue };
            let Countdown { project, rule, .. } = &counting.countdown;
            let target = Target {
                project: project.clone(),
                title: self.title_or_id(project),
                run: run.clone(),
                has_ended: false,
            };
            let by = Confirmation {
                at: now,
                by: self.coordinator.session(),
                who: self.account.email(),
                reason: Some(counting.countdown.reason()),
                rule: Some(rule.clone()),
            };
            self.cancels.keep(target, &by);
            self.end_countdown(&counting.countdown, RuleStep::Kept, effects);
        }
    }
}

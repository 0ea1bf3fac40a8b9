//! What rules do by themselves, as a person sees it and stops it.

use std::time::Duration;

use super::clock;
use super::command::{Context, Verb};
use super::text::{count, safe, span};
use super::view::run_rows::RowId;
use super::{Effect, Pane, State};
use crate::domain::{Now, RunId};
use crate::engine::Intent;
use crate::engine::model::{RuleNews, RuleStep};
use crate::engine::sync::countdowns::Counting;

impl State {
    /// Runs that a rule is about to end and that a person keeps by the key for it: the one under the
    /// cursor or the marked ones, else all.
    fn to_keep(&self, now: Now) -> Vec<RunId> {
        let counting = |run: &RunId| self.model.countdown(run, now.boot).is_some();
        let project = self.projects.cursor.key.as_ref();
        let here: Vec<_> = match &self.runs.cursor.key {
            _ if !self.layers.is_empty() => Vec::new(),
            _ if self.list() == Pane::Projects => {
                let all = self.model.countdowns(now.boot).map(|it| &it.countdown);
                let of_project = all.filter(|it| Some(&it.project) == project);
                of_project.map(|it| it.run.clone()).collect()
            }
            Some(RowId::Run(_, run)) if self.runs.marks.is_empty() => vec![run.clone()],
            _ => self.runs.marks.iter().map(|(_, run)| run.clone()).collect(),
        };
        let here: Vec<_> = here.into_iter().filter(counting).collect();
        if !here.is_empty() {
            return here;
        }
        self.model.countdowns(now.boot).map(|it| it.countdown.run.clone()).collect()
    }

    pub(super) fn why_not_keep(&self) -> Option<String> {
        let none = self.model.countdowns(self.last.boot).next().is_none();
        if none {
            return Some("no rule is about to cancel a run".to_owned());
        }
        let runs = self.to_keep(self.last);
        let counting = |run: &RunId| self.model.countdown(run, self.last.boot);
        let can = runs.iter().filter_map(counting).all(|it| self.model.can_keep(it));
        (!can).then(|| {
            "it cannot be kept from here, because the store does not work: keep it in another dashboard, or stop \
             the hextop guard that cancels it"
                .to_owned()
        })
    }

    pub(super) fn keep(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let runs = self.to_keep(now);
        let counting = |run: &RunId| self.model.countdown(run, now.boot);
        let is_certain = runs.iter().filter_map(counting).all(|it| self.model.is_own(it));
        let them = if runs.len() == 1 { "it" } else { "them" };
        let doubt = if is_certain { "" } else { ", unless its cancel is leaving at this moment" };
        let which = match runs.as_slice() {
            [run] => run.short().to_owned(),
            several => count(several.len(), "run"),
        };
        let text = format!("{which} kept: no rule cancels {them} any more{doubt}");
        self.intend(Intent::KeepRuns(runs), now, effects);
        self.inform(text, now);
    }

    /// Tells what a rule does where the banner and the rows do not.
    pub(super) fn hear_rule(&mut self, news: &RuleNews, now: Now) {
        let of = format!("{} of {}", news.run.short(), &*news.title);
        let text = match &news.step {
            RuleStep::Held(why) => {
                format!(
                    "the rule `{}` would cancel {of} ({}), but waits: {why}",
                    news.rule, news.why
                )
            }
            RuleStep::Ordered => format!("the rule `{}` cancels {of} ({})", news.rule, news.why),
            RuleStep::Over => {
                format!("the rule `{}` lets {of} be: it is no case for it any more", news.rule)
            }
            // The banner, or whoever has kept it, says so.
            RuleStep::Begun(..) | RuleStep::Kept | RuleStep::Would => return,
        };
        self.warn(safe(&text), now);
    }

    /// Which runs rules are about to end, for the banner.
    pub(super) fn countdown_words(&self, now: Now) -> Option<String> {
        let first = self.model.countdowns(now.boot).min_by_key(|it| it.until())?;
        let key = self.key(Context::Panes, Verb::Keep);
        let of = &first.countdown;
        let text = match self.model.countdowns(now.boot).count() {
            1 => format!(
                "The rule `{}` cancels {} of {} {} ({}): {key} keeps it",
                of.rule,
                of.run.short(),
                self.title(&of.project),
                when(first, now),
                of.why
            ),
            number => format!(
                "Rules cancel {}, the first {} ({} of {}, {}): {key} keeps those under the cursor or \
                 marked, else all",
                count(number, "run"),
                when(first, now),
                of.run.short(),
                self.title(&of.project),
                of.why
            ),
        };
        Some(safe(&text))
    }

    /// The same in a few words, for where the banner is covered.
    pub(super) fn countdown_chip(&self, now: Now) -> Option<[String; 2]> {
        let first = self.model.countdowns(now.boot).min_by_key(|it| it.until())?;
        let (key, mark) =
            (self.key(Context::Panes, Verb::Keep), self.options.theme.glyph("‼", "!"));
        let seconds = State::seconds_until(first.until(), now);
        let number = self.model.countdowns(now.boot).count();
        Some([
            format!("{mark} rules cancel {} in {seconds}s, {key} keeps", count(number, "run")),
            format!("{mark}rule {seconds}s {key}"),
        ])
    }

    /// What the details of a run say of the rules.
    pub(super) fn rule_words(&self, run: &RunId, now: Now) -> Option<String> {
        let kept = self.shown().last_cancel(run).filter(|entry| entry.is_kept());
        if let Some(entry) = kept {
            let who = entry.who.as_deref().unwrap_or("somebody");
            let at = clock::full(entry.at, &self.options.zone);
            let rule = entry.rule.as_deref().unwrap_or_default();
            return Some(safe(&format!(
                "kept from the rule `{rule}` by {who} at {at}: no rule cancels it"
            )));
        }
        let counting = self.shown().countdown(run, now.boot)?;
        let key = self.key(Context::Panes, Verb::Keep);
        let of = &counting.countdown;
        let text = format!(
            "the rule `{}` cancels it {}: {}; {key} keeps it",
            of.rule,
            when(counting, now),
            of.why
        );
        Some(safe(&text))
    }
}

/// When a countdown is over: `in 23 s`.
fn when(counting: &Counting, now: Now) -> String {
    match State::seconds_until(counting.until(), now) {
        0 => "as soon as it was looked at once more".to_owned(),
        seconds => format!("in {seconds} s"),
    }
}

/// How long a rule lets a run go on: `longer than 2h00m, as long as the rule `nightly` lets it`.
pub(super) fn limit_words(rule: &str, limit: Duration) -> String {
    safe(&format!("longer than {}, as long as the rule `{rule}` lets it", span(limit)))
}

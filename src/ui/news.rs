//! What the engine tells of by itself: a layer shows it, or a notice does.

use std::time::Duration;

use super::command::{Context, Verb};
use super::layer::News;
use super::layout;
use super::text::{self, count};
use super::view::cursor::Rows as _;
use super::view::run_cursor::Shown;
use super::view::run_rows::RowId;
use super::{Effect, State, kernels};
use crate::api::ApiError;
use crate::domain::{Now, RunId, RunStatus};
use crate::engine;
use crate::engine::model::{Batch, Change, Entry, News as ChangeNews, StartId, StartStage};

/// Failures that are remembered until they are read.
const MOST_UNREAD: usize = 1000;
/// How long a row has to have been on the screen to have been read.
const READ: Duration = Duration::from_secs(1);

impl State {
    pub(super) fn hear(&mut self, event: engine::Event, now: Now, effects: &mut Vec<Effect>) {
        match event {
            engine::Event::CancelsSettled(batch) => self.hear_batch(&batch, now),
            engine::Event::CancelRefused(refusal) => {
                self.warn(text::safe(&refusal.to_string()), now);
            }
            engine::Event::Rule(news) => self.hear_rule(&news, now),
            engine::Event::StartMoved(ticket) => self.hear_start(ticket, now, effects),
            // The model marks what has changed; the rows show it.
            engine::Event::RunChanged(change) => {
                self.note_away(&change);
                self.note_failure(change);
            }
            engine::Event::Alert(alert) => self.hear_alert(alert, effects),
            // The rows show verdicts.
            engine::Event::QueueMoved(_) | engine::Event::Verdict(_) => {}
            engine::Event::Checked(ticket, verdict) => {
                self.tell_layers(&News::Checked(ticket, &verdict), now, effects);
            }
            engine::Event::InputsRead(project) => {
                self.tell_layers(&News::Inputs(&project), now, effects);
            }
            engine::Event::PresetsChanged(project) => {
                self.tell_layers(&News::Presets(&project), now, effects);
            }
            engine::Event::StoreNote(note) => self.warn(text::safe(&note), now),
        }
    }

    /// Remembers a run that has failed until a person has had it on the screen.
    fn note_failure(&mut self, change: Change) {
        let is_failure = matches!(change.to, RunStatus::Errored | RunStatus::NoKernel);
        if is_failure && change.news != ChangeNews::FirstLook {
            self.unread.insert((change.project, change.run));
        }
        while self.unread.len() > MOST_UNREAD {
            self.unread.pop_first();
        }
    }

    /// What a person has before them while doing something is read, unless it has come just now.
    pub(super) fn note_what_is_read(&mut self, now: Now) {
        let is_new = now.boot < self.moved + READ;
        if self.unread.is_empty() || !self.layers.is_empty() || self.is_frozen() || is_new {
            return;
        }
        for row in self.runs_in_sight() {
            let RowId::Run(project, run) = row else { continue };
            let changed = self.model.run(&project, &run).and_then(|seen| seen.changed);
            if changed.is_none_or(|at| at + READ <= now.boot) {
                self.unread.remove(&(project, run));
            }
        }
    }

    /// The rows of the runs that are on the screen.
    fn runs_in_sight(&self) -> Vec<RowId> {
        if layout::areas(self).runs.is_empty() {
            return Vec::new();
        }
        let rows = self.runs.cursor.lines().filter_map(|line| match line {
            Shown::Row(place) => self.runs.rows.at(place),
            _ => None,
        });
        rows.collect()
    }

    /// One summary of a confirmation; what failed stays marked for another try.
    fn hear_batch(&mut self, batch: &Batch, now: Now) {
        let is_stuck = |run: &RunId| self.model.cancelling(run).is_some();
        let stuck = batch.failed.iter().filter(|(run, _)| is_stuck(run)).count();
        let mut parts = Vec::new();
        for (number, word) in [
            (batch.killed, "cancelled"),
            (batch.already_ended, "already ended"),
            (batch.under_way, "being cancelled already"),
            (batch.withdrawn, "not sent"),
            (batch.let_go, "let go"),
            (stuck, "stuck"),
            (batch.failed.len() - stuck, "failed"),
        ] {
            if number > 0 {
                parts.push(format!("{number} {word}"));
            }
        }
        for (run, _) in &batch.failed {
            let project = self.model.project_of_cancel(run);
            if let Some(project) = project.filter(|project| self.model.run(project, run).is_some())
            {
                self.runs.marks.insert((project.clone(), run.clone()));
            }
        }
        match batch.failed.first() {
            Some((run, reason)) => {
                let key = |verb| self.key(Context::Panes, verb);
                let (again, go) = (key(Verb::Cancel), key(Verb::LetGo));
                let advice = match stuck {
                    0 => String::new(),
                    _ => format!(". {again} tries again, {go} lets it go"),
                };
                let text = format!("{}: {} — {reason}{advice}", parts.join(", "), run.short());
                self.warn(text, now);
            }
            None => self.inform(parts.join(", "), now),
        }
    }

    fn hear_start(&mut self, ticket: StartId, now: Now, effects: &mut Vec<Effect>) {
        let Some(start) = self.model.start_of(ticket) else { return };
        let Entry { stage, project, queue, .. } = start.entry.clone();
        let title = self.title(&project);
        let is_shown = self.tell_layers(&News::Start(ticket, &stage), now, effects);
        let journal = self.key(Context::Panes, Verb::Journal);
        let wait_keys = format!("{journal} {}", self.key(Context::Journal, Verb::WaitForRoom));
        // Of a sweep nobody follows each start: the cursor stays where the person has put it.
        let is_swept = queue.is_some_and(|point| point.of > 1);
        match stage {
            StartStage::Started(_) | StartStage::ProbablyOurs(_) | StartStage::Withdrawn
                if is_swept => {}
            StartStage::Started(run) => {
                let row = RowId::Start(ticket);
                if self.followed.as_ref() == Some(&row) {
                    self.followed = Some(RowId::Run(project.clone(), run.clone()));
                }
                let is_awaited = self.awaited.as_ref().is_some_and(|(awaited, _)| *awaited == row);
                if is_awaited || self.runs.cursor.key == Some(row) {
                    self.awaited = Some((RowId::Run(project, run.clone()), now.boot));
                }
                self.inform(format!("started {} of {title}", run.short()), now);
            }
            StartStage::ProbablyOurs(run) => {
                let text = format!("found {}, probably the start of {title}", run.short());
                self.inform(text, now);
            }
            StartStage::Withdrawn => self.inform(format!("{title} was not started"), now),
            StartStage::Refused(ApiError::KernelsFull(_)) => {
                let limit = self.model.kernels().held().limit;
                let free = kernels::to_free_one(self, now);
                let free = free.map(|words| format!("; {words}")).unwrap_or_default();
                let wait = if is_shown { String::new() } else { format!("; {wait_keys} sends it when there is room") };
                let text =
                    format!("all {limit} kernels are in use; no run was created{free}{wait}");
                self.warn(text, now);
            }
            StartStage::Refused(error) if !is_shown => {
                let wait = match error {
                    ApiError::RateLimited => format!("; {wait_keys} sends it then"),
                    _ => String::new(),
                };
                self.warn(format!("{title} was not started: {error}{wait}"), now);
            }
            StartStage::Unconfirmed(_) if !is_shown => self.warn(
                format!("{title}: no answer; it may have started. Looking for it; it is never sent twice"),
                now,
            ),
            StartStage::Ambiguous(runs) => self.warn(
                format!("{title}: {} may be the start whose answer was lost", count(runs.len(), "run")),
                now,
            ),
            StartStage::NotSeen => self.warn(
                format!("{title}: no run appeared for the start whose answer was lost; you may start it again"),
                now,
            ),
            StartStage::NeverSent(why) if !is_shown => {
                let again = format!("{journal} {}", self.key(Context::Journal, Verb::Rerun));
                let of = queue.filter(|_| is_swept).and_then(|item| self.model.queue(item.queue, now));
                let what = match of.map(|queue| queue.failed) {
                    Some(failed @ 2..) => format!("{failed} starts of {title} were not sent"),
                    _ => format!("{title} was not started"),
                };
                let why = text::safe(&why);
                self.warn(format!("{what}: {why}. {again} opens its inputs"), now);
            }
            StartStage::Unreadable { .. } if !is_shown => {
                self.warn(format!("{title}: {}", stage.why().unwrap_or_default()), now);
            }
            _ => {}
        }
    }
}

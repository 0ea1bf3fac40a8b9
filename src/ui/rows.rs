//! How the rows and the cursors follow the model.

use std::time::Duration;

use ratatui::layout::Rect;

use crate::domain::runaway::Verdict;
use crate::domain::{Now, ProjectId, RunId, RunStatus};

use super::layout::{self, Areas};
use super::pane::notice_rows;
use super::text::{safe, span};
use super::view::project_rows::ProjectRows;
use super::view::run_cursor::Parted as _;
use super::view::run_rows::{RowId, RunRows, Wanted, group};
use super::view::sort::Group;
use super::{Level, NOTICE, Notice, Pane, Runs, State};

/// How long the cursor waits for the row of a start that was made here, or of its run.
const AWAITED: Duration = Duration::from_secs(5);

impl State {
    /// Changes the rows if what they show has changed, and lets the cursors follow.
    ///
    /// `by_person`: a key has changed what is shown, and not news.
    pub(super) fn refresh_rows(&mut self, by_person: bool, now: Now) {
        self.change_rows(now);
        self.awaited.take_if(|(_, since)| now.boot.saturating_sub(*since) > AWAITED);
        let cursor = &mut self.runs.cursor;
        self.awaited.take_if(|(row, _)| cursor.go_to(&self.runs.rows, row));
        let Areas { projects, runs, .. } = layout::areas(self);
        let is_lost =
            self.projects.cursor.follow(&self.projects.rows, layout::rows_in(projects, 0));
        let lines = layout::rows_in(runs, 1);
        let before = self.runs.cursor.key.clone();
        let left = self.runs.cursor.follow(&self.runs.rows, lines, runs.y.into());
        if lines > 0 && self.followed.is_some() && self.followed == self.runs.cursor.key {
            self.runs.cursor.close_gaps();
        }
        // While a list is being read, others come to where the cursor is.
        if !by_person && self.has_more() && before.is_some() && before != self.runs.cursor.key {
            self.lost_row[1] = Some(now.boot);
        }
        for (lost, is_lost) in self.lost_row.iter_mut().zip([is_lost, left.is_some()]) {
            if is_lost && !by_person {
                *lost = Some(now.boot);
            }
        }
        if let Some(row) = left.filter(|_| !by_person && self.runs.cursor.settled) {
            self.tell_what_became(&row, now);
        }
    }

    /// Scrolls so that no notice stands over a selected row.
    pub(super) fn uncover_rows(&mut self) {
        let notice = notice_rows(self, self.context());
        if notice == 0 || self.is_covered() {
            return;
        }
        let Areas { projects, runs, footer, .. } = layout::areas(self);
        let free = |pane: Rect, headings| {
            let covered = (pane.bottom().max(1) - 1).saturating_sub(footer.y - notice);
            layout::rows_in(pane, headings).saturating_sub(covered.into())
        };
        if layout::rows_in(runs, 1) > 0 {
            self.runs.cursor.keep_above(free(runs, 1));
        }
        if !projects.is_empty() {
            let cursor = &mut self.projects.cursor;
            cursor.top = cursor.top.max((cursor.index + 1).saturating_sub(free(projects, 0)));
        }
    }

    /// Says what became of a run that was under the cursor, unless something else has been said of it.
    fn tell_what_became(&mut self, row: &RowId, now: Now) {
        let is_said = |notice: &Notice| {
            let is_new = now.boot < notice.at + NOTICE;
            notice.at == now.boot || notice.level == Level::Warning && is_new
        };
        if self.notice.as_ref().is_some_and(is_said) {
            return;
        }
        let RowId::Run(project, run) = row else { return };
        let model = self.shown();
        let moment = model.moment(self.shown_now(now));
        let what = format!("{} of {}", run.short(), self.title(project));
        let Some((watched, seen)) = model.project(project).zip(model.run(project, run)) else {
            return self.warn(format!("{what} is not listed by Hex any more"), now);
        };
        let elapsed = moment.elapsed(seen).map(span).unwrap_or_default();
        let text = match group(model, watched, seen, moment) {
            Group::OutOfHand if moment.verdict(watched, seen) == Some(Verdict::Runaway) => {
                let usual = watched.durations.usual(&seen.run).map(span).unwrap_or_default();
                return self.warn(format!("{what} is out of hand: {elapsed}, usual {usual}"), now);
            }
            Group::OutOfHand => return self.warn(format!("the cancel of {what} is stuck"), now),
            Group::Active if seen.run.status == RunStatus::Pending => format!("{what} is pending"),
            Group::Active => format!("{what} goes on after {elapsed}"),
            Group::Ended if elapsed.is_empty() => {
                format!("{what}: {}", safe(seen.run.status.word()))
            }
            Group::Ended => format!("{what}: {} after {elapsed}", safe(seen.run.status.word())),
        };
        match seen.run.status {
            RunStatus::Errored | RunStatus::NoKernel => self.warn(text, now),
            _ => self.inform(text, now),
        }
    }

    fn change_rows(&mut self, at: Now) {
        let now = self.shown_now(at);
        let revision = self.shown().revision();
        // What is looked at without news has been seen for longer, which may make it a runaway.
        let mut changed = self.model.take_changed_projects();
        self.alarms.update(&self.model, &mut changed, self.model.moment(at));
        let is_there = |(project, run): &(ProjectId, RunId)| self.model.run(project, run).is_some();
        for project in &changed {
            let first = (project.clone(), RunId::new(""));
            let theirs = self.unread.range(first..).take_while(|(of, _)| of == project);
            let gone: Vec<_> = theirs.filter(|run| !is_there(run)).cloned().collect();
            for run in gone {
                self.unread.remove(&run);
            }
        }
        if self.frozen.is_some() {
            // Its rows stay as they are, unless others are asked for.
            self.behind.append(&mut changed);
        } else {
            changed.append(&mut self.behind);
        }
        let model = self.frozen.as_ref().map_or(&self.model, |(_, model)| model);
        let moment = model.moment(now);
        let (projects, runs) = (&mut self.projects, &mut self.runs);
        let has_news = self.rows_of != revision || !changed.is_empty();
        self.rows_of = revision;
        if std::mem::take(&mut projects.is_stale) {
            projects.rows = ProjectRows::of(model, projects.filter.query.clone(), projects.sort);
        } else if has_news {
            projects.rows.update(model, &changed);
        }
        let has_journal = model.has_journal();
        let is_news = std::mem::replace(&mut runs.has_journal, has_journal) != has_journal;
        // Until then nothing was known of the starts that it does not name.
        runs.is_stale |= is_news && runs.filter.query.asks_for_start();
        if std::mem::take(&mut runs.is_stale) {
            let (query, scope) = (runs.filter.query.clone(), runs.scope.clone());
            let wanted = Wanted { query, tab: runs.tab, scope, sort: runs.sort, slice: runs.slice };
            runs.rows = RunRows::begin(model, wanted, runs.cursor.project(), moment);
        } else {
            if has_news {
                runs.rows.update(model, &changed, moment);
            }
            runs.rows.go_on(model, moment);
        }
    }

    /// Whether there are rows that [`Msg::GoOn`](super::Msg::GoOn) reads.
    pub fn has_more(&self) -> bool {
        !self.runs.rows.is_whole()
    }

    /// From now on the cursors stay on their rows.
    pub(super) fn settle_cursors(&mut self) {
        self.projects.cursor.settled = true;
        self.runs.cursor.settled = true;
    }

    /// Makes the next refresh build the rows of the pane in focus anew: its filter or order have changed.
    pub(super) fn change_rows_here(&mut self) {
        self.lost_row = [None; 2];
        match self.list() {
            Pane::Projects => {
                self.projects.is_stale = true;
                self.projects.cursor.reset();
            }
            Pane::Runs | Pane::Detail => {
                self.runs.is_stale = true;
                self.runs.cursor.reset();
            }
        }
    }

    /// Lists the runs of another tab or project; a list that was seen before is found as it was left.
    pub(super) fn change_list(&mut self, change: impl FnOnce(&mut Runs)) {
        let list = |runs: &Runs| (runs.tab, runs.scope.clone());
        let place = self.runs.cursor.place();
        self.runs.places.insert(list(&self.runs), place);
        change(&mut self.runs);
        self.runs.is_stale = true;
        let place = self.runs.places.get(&list(&self.runs)).cloned();
        self.runs.cursor.come_back(place);
    }
}

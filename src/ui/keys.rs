//! What keys do: an overlay has them first, then the filter line, then the panes.

use crate::domain::{Boot, Now, ProjectId, RunId};
use crate::engine::Intent;

use super::action::{Action, action_of, quits, suspends};
use super::chord::{Chord, Key};
use super::dialog::{BudgetPanel, CancelDialog, Form, Help, QueuePanel, SheetWish};
use super::layout::{self, rows_in};
use super::view::cursor::Rows as _;
use super::view::run_rows::RowId;
use super::{Effect, Overlay, Pane, State, TextField};

impl State {
    pub(super) fn press(&mut self, chord: Chord, now: Now, effects: &mut Vec<Effect>) {
        self.settle_cursors();
        let quitting =
            quits(chord) || (self.typing() == Typing::No && action_of(chord) == Some(Action::Quit));
        if !quitting {
            self.quit_asked = false;
        }
        if suspends(chord) {
            return effects.push(Effect::Suspend);
        }
        // Where nothing can be seen, nothing but leaving may be done.
        if quits(chord) || (quits_or_q(chord) && layout::is_too_small(self.size)) {
            return self.quit(now, effects);
        }
        if layout::is_too_small(self.size) {
            return;
        }
        match self.overlay.take() {
            Some(Overlay::Help(mut help)) => {
                if help.press(chord) {
                    self.overlay = Some(Overlay::Help(help));
                }
            }
            Some(Overlay::Budget(mut panel)) => {
                if panel.press(chord) {
                    self.overlay = Some(Overlay::Budget(panel));
                }
            }
            Some(Overlay::Queues(panel)) => self.press_queues(panel, chord, now, effects),
            Some(Overlay::Cancel(dialog)) => self.press_sheet(dialog, chord, now, effects),
            Some(Overlay::Form(form)) => self.press_form(form, chord, now, effects),
            Some(Overlay::Compare(mut compare)) => {
                if compare.press(chord) {
                    self.overlay = Some(Overlay::Compare(compare));
                }
            }
            Some(Overlay::Journal(pane)) => self.press_journal(pane, chord, now, effects),
            None if self.prompt.is_some() => self.press_prompt(chord),
            None => {
                self.notice = None;
                if let Some(action) = action_of(chord) {
                    self.act(action, now, effects);
                }
            }
        }
    }

    /// A paste outside a field does nothing; one that has no room is said.
    pub(super) fn paste(&mut self, text: &str, now: Now) {
        let pasted = match (&mut self.overlay, &mut self.prompt) {
            (Some(Overlay::Form(form)), _) => form.paste(text),
            (Some(Overlay::Cancel(dialog)), _) => dialog.paste(text),
            (Some(Overlay::Journal(pane)), _) => pane.paste(text),
            (None, Some(field)) => {
                let pasted = field.paste(text);
                let text = field.text().to_owned();
                self.filter().set(&text);
                self.forget_rows();
                pasted
            }
            _ => Ok(()),
        };
        if let Err(reason) = pasted {
            self.warn(reason, now);
        }
    }

    /// Whether letters go into a field.
    pub(crate) fn typing(&self) -> Typing {
        match &self.overlay {
            Some(_) => Typing::Overlay,
            None if self.prompt.is_some() => Typing::Filter,
            None => Typing::No,
        }
    }

    fn press_sheet(
        &mut self,
        mut dialog: CancelDialog,
        chord: Chord,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        match dialog.press(chord) {
            SheetWish::Stay => self.overlay = Some(Overlay::Cancel(dialog)),
            SheetWish::Close => self.inform("nothing was cancelled".to_owned(), now),
            SheetWish::Confirm => {
                for target in dialog.targets() {
                    self.runs.marks.remove(target);
                }
                self.runs.anchor = None;
                self.intend(Intent::Cancel(dialog.order()), now, effects);
            }
        }
    }

    fn press_form(
        &mut self,
        mut form: Box<Form>,
        chord: Chord,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let civil = self.civil(now);
        let wish = form.press(chord, civil);
        self.grant(form, wish, now, effects);
    }

    fn press_prompt(&mut self, chord: Chord) {
        let readable = self.prompt_filter().error.is_none();
        let Some(field) = &mut self.prompt else { return };
        match chord.key {
            // A filter that cannot be read keeps its line open, with the reason.
            Key::Enter if readable => self.prompt = None,
            Key::Enter => {}
            Key::Esc => {
                self.prompt = None;
                self.filter().set("");
                self.forget_rows();
            }
            _ => {
                if field.press(chord) {
                    let text = field.text().to_owned();
                    self.filter().set(&text);
                    self.forget_rows();
                }
            }
        }
    }

    fn act(&mut self, action: Action, now: Now, effects: &mut Vec<Effect>) {
        if action != Action::RefreshAll {
            self.sweep_asked = false;
        }
        match action {
            Action::Down => self.step(1),
            Action::Up => self.step(-1),
            Action::PageDown => self.step(self.page()),
            Action::PageUp => self.step(-self.page()),
            Action::Top => self.step(isize::MIN),
            Action::Bottom => self.step(isize::MAX),
            Action::NextMatch => self.round(1),
            Action::PreviousMatch => self.round(-1),
            Action::NextPane => self.focus = self.other_pane(1),
            Action::PreviousPane => self.focus = self.other_pane(2),
            Action::NextTab => self.show_tab((self.runs.tab + 1) % 7),
            Action::PreviousTab => self.show_tab((self.runs.tab + 6) % 7),
            Action::Tab(tab) => self.show_tab(usize::from(tab)),
            Action::Enter => self.enter(),
            Action::Back => self.back(now, effects),
            Action::Zoom => self.zoom = !self.zoom,
            Action::Filter => self.prompt = Some(TextField::holding(&self.filter().text.clone())),
            Action::Help => self.overlay = Some(Overlay::Help(Help::default())),
            Action::Mark => self.mark(),
            Action::MarkRange => self.mark_range(),
            Action::MarkAll => self.mark_all(),
            Action::Trigger => self.open_form(now, effects),
            Action::Rerun => self.rerun(now, effects),
            Action::Compare => self.compare(now),
            Action::Cancel => self.open_sheet(now, effects),
            Action::LetGo => self.let_go(now, effects),
            Action::Sort => {
                self.runs.sort.column = self.runs.sort.column.next();
                self.runs.sort.reversed = false;
                self.forget_rows();
            }
            Action::SortDirection => {
                self.runs.sort.reversed = !self.runs.sort.reversed;
                self.forget_rows();
            }
            Action::Open => self.open_url(now, effects),
            Action::CopyId => self.copy_id(now, effects),
            Action::CopyUrl => self.copy_url(now, effects),
            Action::Refresh => self.refresh(now, effects),
            Action::RefreshAll => self.refresh_all(now, effects),
            Action::Pin => self.pin(now, effects),
            Action::Incident => self.turn_incident(now, effects),
            Action::Budget => self.overlay = Some(Overlay::Budget(BudgetPanel::default())),
            Action::Journal => self.overlay = Some(Overlay::Journal(Box::default())),
            Action::Queues => self.overlay = Some(Overlay::Queues(QueuePanel::default())),
            Action::Freeze => {
                let thaw = self.frozen.take().is_some();
                if !thaw {
                    self.frozen = Some((now, Box::new(self.model.clone())));
                }
                self.forget_rows();
            }
            Action::Quit => {
                if !self.retreat() {
                    self.quit(now, effects);
                }
            }
            Action::QuitNow => self.quit(now, effects),
            Action::Suspend => effects.push(Effect::Suspend),
        }
        if moves(action) {
            self.extend_range();
        }
    }

    /// The filter of the pane in focus.
    fn filter(&mut self) -> &mut super::view::filter::Filter {
        match self.focus {
            Pane::Projects => &mut self.projects.filter,
            Pane::Runs | Pane::Detail => &mut self.runs.filter,
        }
    }

    /// The filter that the filter line edits.
    pub(crate) fn prompt_filter(&self) -> &super::view::filter::Filter {
        match self.focus {
            Pane::Projects => &self.projects.filter,
            Pane::Runs | Pane::Detail => &self.runs.filter,
        }
    }

    fn page(&self) -> isize {
        let areas = layout::areas(self);
        let rows = match self.focus {
            Pane::Projects => rows_in(areas.projects, 0),
            Pane::Runs | Pane::Detail => rows_in(areas.runs, 1),
        };
        isize::try_from(rows.max(2) - 1).unwrap_or(1)
    }

    fn step(&mut self, by: isize) {
        let to = |index: usize| index.saturating_add_signed(by);
        match self.focus {
            Pane::Projects => {
                let index = to(self.projects.cursor.index);
                self.projects.cursor.go(&self.projects.rows, index);
            }
            Pane::Runs | Pane::Detail => {
                let index = to(self.runs.cursor.index);
                self.runs.cursor.go(&self.runs.rows, index);
            }
        }
    }

    /// Goes on by one row, from the last to the first.
    fn round(&mut self, by: isize) {
        let (index, rows) = match self.focus {
            Pane::Projects => (self.projects.cursor.index, self.projects.rows.len()),
            Pane::Runs | Pane::Detail => (self.runs.cursor.index, self.runs.rows.len()),
        };
        let last = rows.saturating_sub(1);
        match (by > 0, index) {
            (true, at) if at >= last => self.step(isize::MIN),
            (false, 0) => self.step(isize::MAX),
            _ => self.step(by),
        }
    }

    fn other_pane(&self, by: usize) -> Pane {
        let panes = [Pane::Projects, Pane::Runs, Pane::Detail];
        let at = panes.iter().position(|pane| *pane == self.focus).unwrap_or(0);
        panes.into_iter().cycle().nth(at + by).unwrap_or(Pane::Runs)
    }

    fn show_tab(&mut self, tab: usize) {
        self.runs.tab = tab;
        self.forget_rows();
    }

    fn enter(&mut self) {
        match self.focus {
            Pane::Projects => {
                self.runs.scope.clone_from(&self.projects.cursor.key);
                self.focus = Pane::Runs;
                self.forget_rows();
            }
            Pane::Runs => {
                // Where there is no room for the details beside the runs, they take all of it.
                self.zoom |= layout::areas(self).detail.is_empty();
                self.focus = Pane::Detail;
            }
            Pane::Detail => self.zoom = !self.zoom,
        }
    }

    /// Undoes the innermost thing: unsent cancels, marks, filter, and then what [`Self::retreat`]
    /// undoes.
    fn back(&mut self, now: Now, effects: &mut Vec<Effect>) {
        if self.model.unsent_cancels() > 0 {
            self.intend(Intent::WithdrawCancels, now, effects);
        } else if !self.runs.marks.is_empty() || self.runs.anchor.is_some() {
            self.runs.marks.clear();
            self.runs.anchor = None;
        } else if !self.filter().text.is_empty() {
            self.filter().set("");
            self.forget_rows();
        } else {
            self.retreat();
        }
    }

    /// Leaves zoom, the details, or a project's own runs; tells whether there was any to leave.
    fn retreat(&mut self) -> bool {
        if self.zoom {
            self.zoom = false;
            if self.focus == Pane::Detail && layout::areas(self).detail.is_empty() {
                self.focus = Pane::Runs;
            }
        } else if self.focus == Pane::Detail {
            self.focus = Pane::Runs;
        } else if self.runs.scope.take().is_some() {
            self.focus = Pane::Projects;
            self.forget_rows();
        } else {
            return false;
        }
        true
    }

    fn mark(&mut self) {
        let Some(RowId::Run(project, run)) = self.runs.cursor.key.clone() else { return };
        if self.focus == Pane::Projects {
            return;
        }
        let mark = (project, run);
        if !self.runs.marks.remove(&mark) {
            self.runs.marks.insert(mark);
        }
        self.step(1);
    }

    fn mark_range(&mut self) {
        let row = self.runs.cursor.key.clone().filter(|_| self.focus != Pane::Projects);
        self.runs.anchor = match (&self.runs.anchor, row) {
            (None, Some(row)) => Some((row, self.runs.marks.clone())),
            _ => None,
        };
        self.extend_range();
    }

    /// While a range is open, what was marked before and everything between its beginning and
    /// the cursor is marked.
    fn extend_range(&mut self) {
        let Some((anchor, before)) = &self.runs.anchor else { return };
        let Some(start) = self.runs.rows.position(anchor) else { return };
        let here = self.runs.cursor.index;
        let rows = self.runs.rows.from(start.min(here)).take(start.abs_diff(here) + 1);
        let range = rows.filter_map(|row| run_of(&row));
        self.runs.marks = before.iter().cloned().chain(range).collect();
    }

    fn mark_all(&mut self) {
        if self.focus == Pane::Projects {
            return;
        }
        self.runs.marks.extend(self.runs.rows.from(0).filter_map(|row| run_of(&row)));
    }

    /// Marked runs that are not among the rows.
    pub(crate) fn hidden_marks(&self) -> usize {
        let row = |(project, run): &(ProjectId, RunId)| RowId::Run(project.clone(), run.clone());
        let is_hidden = |mark: &&(ProjectId, RunId)| self.runs.rows.position(&row(mark)).is_none();
        self.runs.marks.iter().filter(is_hidden).count()
    }

    /// Seconds until a moment, rounded up.
    pub(crate) fn seconds_until(at: Boot, now: Now) -> u64 {
        let left = at.saturating_sub(now.boot);
        left.as_secs() + u64::from(left.subsec_nanos() > 0)
    }
}

/// Whether an action moves the cursor, and a range with it.
fn moves(action: Action) -> bool {
    matches!(
        action,
        Action::Down
            | Action::Up
            | Action::PageDown
            | Action::PageUp
            | Action::Top
            | Action::Bottom
            | Action::NextMatch
            | Action::PreviousMatch
    )
}

fn quits_or_q(chord: Chord) -> bool {
    quits(chord) || action_of(chord) == Some(Action::Quit)
}

/// Where letters go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Typing {
    No,
    Filter,
    Overlay,
}

pub(super) fn run_of(row: &RowId) -> Option<(ProjectId, RunId)> {
    match row {
        RowId::Run(project, run) => Some((project.clone(), run.clone())),
        RowId::Start(_) => None,
    }
}

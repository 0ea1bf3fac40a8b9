//! What keys do: an overlay has them first, then the filter line, then the panes.

use std::collections::BTreeSet;

use crate::domain::{Boot, Now, ProjectId, RunId};
use crate::engine::Intent;
use crate::engine::model::{Cancelling, StartStage, TicketId, Watched};

use super::action::{Action, action_of, quits};
use super::chord::{Chord, Key};
use super::layout::{self, rows_in};
use super::overlays::{Form, FormWish, Help, Sheet, SheetWish};
use super::rows::RowId;
use super::text::count;
use super::{Effect, Field, Overlay, Pane, State};

impl State {
    pub(super) fn press(&mut self, chord: Chord, now: Now, effects: &mut Vec<Effect>) {
        self.settle_cursors();
        let quitting =
            quits(chord) || (self.typing() == Typing::No && action_of(chord) == Some(Action::Quit));
        if !quitting {
            self.quit_asked = false;
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
            Some(Overlay::Cancel(sheet)) => self.press_sheet(sheet, chord, now, effects),
            Some(Overlay::Form(form)) => self.press_form(form, chord, now, effects),
            None if self.prompt.is_some() => self.press_prompt(chord),
            None => {
                self.notice = None;
                if let Some(action) = action_of(chord) {
                    self.act(action, now, effects);
                }
            }
        }
    }

    /// A paste outside a field does nothing.
    pub(super) fn paste(&mut self, text: &str) {
        match (&mut self.overlay, &mut self.prompt) {
            (Some(Overlay::Form(form)), _) => form.paste(text),
            (Some(Overlay::Cancel(sheet)), _) => sheet.paste(text),
            (None, Some(field)) => {
                field.paste(text);
                let text = field.text().to_owned();
                self.filter().set(&text);
                self.forget_rows();
            }
            _ => {}
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

    fn press_sheet(&mut self, mut sheet: Sheet, chord: Chord, now: Now, effects: &mut Vec<Effect>) {
        match sheet.press(chord) {
            SheetWish::Stay => self.overlay = Some(Overlay::Cancel(sheet)),
            SheetWish::Close => self.inform("nothing was cancelled".to_owned(), now),
            SheetWish::Confirm => {
                for target in sheet.targets() {
                    self.runs.marks.remove(target);
                }
                self.runs.anchor = None;
                self.intend(Intent::Cancel(sheet.targets().to_vec()), now, effects);
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
        match form.press(chord) {
            FormWish::Stay => self.overlay = Some(Overlay::Form(form)),
            FormWish::Close => {}
            FormWish::Send(start) => {
                self.next_ticket += 1;
                let ticket = TicketId(self.next_ticket);
                let project = form.project().clone();
                form.sent(ticket);
                self.overlay = Some(Overlay::Form(form));
                self.intend(Intent::Start { ticket, project, start }, now, effects);
            }
            FormWish::TakeBack(ticket) => {
                self.overlay = Some(Overlay::Form(form));
                self.intend(Intent::WithdrawStart(ticket), now, effects);
            }
        }
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
            Action::Filter => self.prompt = Some(Field::holding(&self.filter().text.clone())),
            Action::Help => self.overlay = Some(Overlay::Help(Help::default())),
            Action::Mark => self.mark(),
            Action::MarkRange => self.mark_range(),
            Action::MarkAll => self.mark_all(),
            Action::Trigger => self.open_form(now),
            Action::Cancel => self.open_sheet(now, effects),
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
        }
        if moves(action) {
            self.extend_range();
        }
    }

    /// The filter of the pane in focus.
    fn filter(&mut self) -> &mut super::rows::Filter {
        match self.focus {
            Pane::Projects => &mut self.projects.filter,
            Pane::Runs | Pane::Detail => &mut self.runs.filter,
        }
    }

    /// The filter that the filter line edits.
    pub(crate) fn prompt_filter(&self) -> &super::rows::Filter {
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
        let Some(start) = self.runs.rows.iter().position(|row| row == anchor) else { return };
        let here = self.runs.cursor.index;
        let range = self.runs.rows.get(start.min(here)..=start.max(here)).unwrap_or_default();
        self.runs.marks = before.iter().cloned().chain(range.iter().filter_map(run_of)).collect();
    }

    fn mark_all(&mut self) {
        if self.focus == Pane::Projects {
            return;
        }
        self.runs.marks.extend(self.runs.rows.iter().filter_map(run_of));
    }

    fn open_form(&mut self, now: Now) {
        let Some(project) = self.selected_project() else {
            return self.warn("there is no project to start: select one first".to_owned(), now);
        };
        let runnable = self.model.project(&project).is_some_and(|w| w.project.is_runnable());
        if !runnable {
            let text = "only a published project can be run: publish it in Hex first".to_owned();
            return self.warn(text, now);
        }
        let title = self.title(&project);
        let last =
            self.model.starts().map(|(_, start)| start).filter(|s| s.project == project).last();
        let inputs = last.map(|start| start.start.inputs().clone()).unwrap_or_default();
        self.overlay = Some(Overlay::Form(Box::new(Form::new(project, title, &inputs))));
    }

    /// Opens the sheet on the marks, on the selected run, or on all active runs of the selected
    /// project. A start that has not left yet is simply taken back.
    fn open_sheet(&mut self, now: Now, effects: &mut Vec<Effect>) {
        if let (Pane::Runs | Pane::Detail, Some(RowId::Start(ticket)), true) =
            (self.focus, &self.runs.cursor.key, self.runs.marks.is_empty())
        {
            let ticket = *ticket;
            if self.model.start_of(ticket).is_some_and(|s| s.stage == StartStage::Waiting) {
                self.intend(Intent::WithdrawStart(ticket), now, effects);
            } else {
                let text = "no run is known for this start yet: it cannot be cancelled".to_owned();
                self.warn(text, now);
            }
            return;
        }
        let wanted = self.cancel_targets();
        if wanted.is_empty() {
            return self.warn("there is no run to cancel here".to_owned(), now);
        }
        let total = wanted.len();
        let open: Vec<_> = wanted.into_iter().filter(|target| self.may_cancel(target)).collect();
        if open.is_empty() {
            let text = format!("nothing to cancel: {} ended or on the way", count(total, "run"));
            return self.warn(text, now);
        }
        let guards: BTreeSet<_> =
            open.iter().filter_map(|(project, _)| self.guard(project)).collect();
        if guards.len() > 1 {
            let text =
                "these runs are of several protected projects: cancel one project's at a time";
            return self.warn(text.to_owned(), now);
        }
        let guard = guards.into_iter().next();
        self.overlay = Some(Overlay::Cancel(Sheet::new(open, total, guard)));
    }

    fn cancel_targets(&self) -> Vec<(ProjectId, RunId)> {
        if self.focus == Pane::Projects {
            let project = self.projects.cursor.key.as_ref();
            let watched = project.and_then(|id| self.model.project(id));
            let active = watched.into_iter().flat_map(Watched::active);
            return active.map(|seen| (seen.run.project.clone(), seen.run.id.clone())).collect();
        }
        if !self.runs.marks.is_empty() {
            return self.runs.marks.iter().cloned().collect();
        }
        self.runs.cursor.key.iter().filter_map(run_of).collect()
    }

    fn may_cancel(&self, (project, run): &(ProjectId, RunId)) -> bool {
        let active = self.model.run(project, run).is_some_and(|seen| seen.run.is_active());
        active && !self.model.cancelling(run).is_some_and(Cancelling::is_open)
    }

    /// The name to type before runs of a protected project are cancelled.
    fn guard(&self, project: &ProjectId) -> Option<String> {
        let title = &self.model.project(project)?.project.title;
        let protects =
            |name: &String| name.to_lowercase() == title.to_lowercase() || name == project.as_str();
        self.options.protected.iter().any(protects).then(|| self.title(project))
    }

    fn url(&self) -> Option<String> {
        let RowId::Run(project, run) = self.runs.cursor.key.as_ref()? else { return None };
        self.model.run(project, run)?.run.url.clone()
    }

    fn open_url(&mut self, now: Now, effects: &mut Vec<Effect>) {
        match self.url() {
            Some(url) if may_open(&url) => {
                effects.push(Effect::Open(url));
                self.inform("opening the run in the browser".to_owned(), now);
            }
            Some(_) => {
                let text = "the run's address is neither https nor on this machine: not opened";
                self.warn(text.to_owned(), now);
            }
            None => self.warn("Hex has told no address for this".to_owned(), now),
        }
    }

    fn copy_id(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let id = match (self.focus, &self.runs.cursor.key) {
            (Pane::Projects, _) => self.projects.cursor.key.as_ref().map(ToString::to_string),
            (_, Some(RowId::Run(_, run))) => Some(run.to_string()),
            _ => None,
        };
        let Some(id) = id else { return self.warn("there is no id to copy".to_owned(), now) };
        self.inform(format!("copied {id}"), now);
        effects.push(Effect::Copy(id));
    }

    fn copy_url(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let Some(url) = self.url() else {
            return self.warn("Hex has told no address for this".to_owned(), now);
        };
        self.inform("copied the URL".to_owned(), now);
        effects.push(Effect::Copy(url));
    }

    fn refresh(&mut self, now: Now, effects: &mut Vec<Effect>) {
        match self.selected_project() {
            Some(project) => {
                self.inform(format!("looking at {} (1 request)", self.title(&project)), now);
                self.intend(Intent::Refresh(project), now, effects);
            }
            None => self.intend(Intent::RefreshAll, now, effects),
        }
    }

    /// Says what it costs; where that is more than there is to spare, asks first.
    fn refresh_all(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let cost = self.model.refresh_cost();
        let spare = usize::try_from(self.model.budget().spare(now.boot)).unwrap_or(0);
        if cost > spare && !std::mem::replace(&mut self.sweep_asked, true) {
            let text = format!(
                "looking at everything costs {}, {spare} to spare: R again to do it as the budget allows",
                count(cost, "request")
            );
            return self.warn(text, now);
        }
        self.sweep_asked = false;
        self.inform(format!("looking at everything ({})", count(cost, "request")), now);
        self.intend(Intent::RefreshAll, now, effects);
    }

    /// Ends, but with something unsent or unsettled says so first.
    fn quit(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let mut open = Vec::new();
        if matches!(&self.overlay, Some(Overlay::Form(form)) if form.is_dirty()) {
            open.push("an edited form".to_owned());
        }
        let cancels = self.model.open_cancels();
        if cancels > 0 {
            open.push(format!("{} not settled", count(cancels, "cancel")));
        }
        let starts = self.model.starts().filter(|(_, start)| start.is_open()).count();
        if starts > 0 {
            open.push(format!("{} not settled", count(starts, "start")));
        }
        if open.is_empty() || self.quit_asked {
            effects.push(Effect::Quit);
            return;
        }
        self.quit_asked = true;
        self.warn(format!("{}: press again to quit all the same", open.join(", ")), now);
    }

    /// Marked runs that are not among the rows.
    pub(crate) fn hidden_marks(&self) -> usize {
        let shown: BTreeSet<_> = self.runs.rows.iter().filter_map(run_of).collect();
        self.runs.marks.difference(&shown).count()
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

fn run_of(row: &RowId) -> Option<(ProjectId, RunId)> {
    match row {
        RowId::Run(project, run) => Some((project.clone(), run.clone())),
        RowId::Start(_) => None,
    }
}

/// Only `https`, or `http` on this machine, is opened: a server must not choose the program.
fn may_open(url: &str) -> bool {
    let local = ["http://127.0.0.1", "http://localhost", "http://[::1]"];
    let is_local = local.iter().any(|start| {
        url.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/']))
    });
    (url.starts_with("https://") || is_local) && !url.chars().any(|c| c.is_control() || c == ' ')
}

#[cfg(test)]
mod tests {
    use super::may_open;

    #[test]
    fn only_safe_addresses_are_opened() {
        for good in ["https://app.hex.tech/x", "http://127.0.0.1:8080/r/1", "http://localhost/"] {
            assert!(may_open(good), "{good}");
        }
        for bad in [
            "http://app.hex.tech/",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "https://a b",
            "http://localhost.evil.test/",
            "http://127.0.0.1@evil.test/",
            "-flag",
            "https://a\u{1b}",
        ] {
            assert!(!may_open(bad), "{bad}");
        }
    }
}

//! What a person wants of runs and projects: forms and sheets are opened, addresses too, and what
//! is unsettled is named before the program ends.

use std::collections::BTreeSet;

use super::dialog::CancelDialog;
use super::keys::run_of;
use super::text::count;
use super::view::run_rows::RowId;
use super::{Effect, Overlay, Pane, State};
use crate::domain::{Now, ProjectId, RunId};
use crate::engine::Intent;
use crate::engine::model::{Cancelling, ProjectState, StartStage};
use crate::engine::poll::Progress;

impl State {
    pub(super) fn open_form(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let Some(project) = self.selected_project() else {
            return self.warn("there is no project to start: select one first".to_owned(), now);
        };
        if self.may_start(&project, now) {
            self.show_form(project, None, now, effects);
        }
    }

    /// Whether a project can be run; says why not.
    pub(super) fn may_start(&mut self, project: &ProjectId, now: Now) -> bool {
        let Some(text) = self.why_not_start(project) else { return true };
        self.warn(text.to_owned(), now);
        false
    }

    /// Why a project cannot be run, if it cannot.
    pub(super) fn why_not_start(&self, project: &ProjectId) -> Option<&'static str> {
        match self.model.project(project).map(|watched| watched.project.is_runnable()) {
            Some(true) => None,
            Some(false) => Some("only a published project can be run: publish it in Hex first"),
            None => {
                Some("this project is not watched here, or is gone: it cannot be run from here")
            }
        }
    }

    /// Takes back the cancels of the marks, of the selected run or of the selected project, however
    /// far they are.
    pub(super) fn let_go(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let wanted = self.cancel_targets().into_iter().map(|(_, run)| run);
        let runs: Vec<_> = wanted.filter(|run| self.model.cancelling(run).is_some()).collect();
        if runs.is_empty() {
            return self.warn("no cancel is open here: L takes one back".to_owned(), now);
        }
        self.let_go_of(runs, now, effects);
    }

    /// Takes back the cancels of these runs, and says truly what had been sent of them.
    pub(super) fn let_go_of(&mut self, runs: Vec<RunId>, now: Now, effects: &mut Vec<Effect>) {
        let is_sent = |run: &&RunId| self.model.cancelling(run).is_some_and(|c| c.tries > 0);
        let sent = runs.iter().filter(is_sent).count();
        let text = match (runs.len() - sent, sent) {
            (unsent, 0) => format!("{} taken back: none was sent", count(unsent, "cancel")),
            (0, sent) => {
                format!("{} let go: sent already, so Hex may still end it", count(sent, "cancel"))
            }
            (unsent, sent) => format!(
                "{} taken back; {sent} let go that were sent already, so Hex may still end those runs",
                count(unsent, "cancel")
            ),
        };
        self.intend(Intent::LetGoCancel(runs), now, effects);
        self.inform(text, now);
    }

    /// Opens the sheet on the marks, on the selected run, or on all active runs of the selected
    /// project. A start that has not left yet is simply taken back.
    pub(super) fn open_sheet(&mut self, now: Now, effects: &mut Vec<Effect>) {
        if let (Pane::Runs | Pane::Detail, Some(RowId::Start(ticket)), true) =
            (self.focus, &self.runs.cursor.key, self.runs.marks.is_empty())
        {
            let ticket = *ticket;
            if self.model.start_of(ticket).is_some_and(|s| s.entry.stage == StartStage::Waiting) {
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
            open.iter().filter_map(|(project, _)| self.model.protected_name(project)).collect();
        if guards.len() > 1 {
            let text =
                "these runs are of several protected projects: cancel one project's at a time";
            return self.warn(text.to_owned(), now);
        }
        let guard = guards.into_iter().next();
        self.overlay = Some(Overlay::Cancel(CancelDialog::new(open, total, guard)));
    }

    fn cancel_targets(&self) -> Vec<(ProjectId, RunId)> {
        if self.focus == Pane::Projects {
            let project = self.projects.cursor.key.as_ref();
            let watched = project.and_then(|id| self.model.project(id));
            let active = watched.into_iter().flat_map(ProjectState::active);
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

    fn url(&self) -> Option<String> {
        let RowId::Run(project, run) = self.runs.cursor.key.as_ref()? else { return None };
        self.model.run(project, run)?.run.url.clone()
    }

    pub(super) fn open_url(&mut self, now: Now, effects: &mut Vec<Effect>) {
        self.open_address(self.url(), now, effects);
    }

    pub(super) fn open_address(
        &mut self,
        url: Option<String>,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        match url {
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

    pub(super) fn copy_id(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let id = match (self.focus, &self.runs.cursor.key) {
            (Pane::Projects, _) => self.projects.cursor.key.as_ref().map(ToString::to_string),
            (_, Some(RowId::Run(_, run))) => Some(run.to_string()),
            _ => None,
        };
        let Some(id) = id else { return self.warn("there is no id to copy".to_owned(), now) };
        self.inform(format!("copied {id}"), now);
        effects.push(Effect::Copy(id));
    }

    pub(super) fn copy_url(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let Some(url) = self.url() else {
            return self.warn("Hex has told no address for this".to_owned(), now);
        };
        self.inform("copied the URL".to_owned(), now);
        effects.push(Effect::Copy(url));
    }

    pub(super) fn refresh(&mut self, now: Now, effects: &mut Vec<Effect>) {
        match self.selected_project() {
            Some(project) => {
                self.inform(format!("looking at {} (1 request)", self.title(&project)), now);
                self.intend(Intent::Refresh(project), now, effects);
            }
            None => self.intend(Intent::RefreshAll, now, effects),
        }
    }

    /// Says what it costs and does it when asked again; takes it back while it goes on.
    pub(super) fn refresh_all(&mut self, now: Now, effects: &mut Vec<Effect>) {
        if let Some(Progress { done, of }) = self.model.refresh_progress() {
            self.inform(format!("looking at everything was stopped: {done} of {of} done"), now);
            return self.intend(Intent::WithdrawRefresh, now, effects);
        }
        let cost = self.model.refresh_cost();
        let spare = usize::try_from(self.model.budget().spare(now.boot)).unwrap_or(0);
        if !std::mem::replace(&mut self.sweep_asked, true) {
            let how = if cost > spare { " as the budget allows" } else { "" };
            let text = format!(
                "looking at everything costs {}, {spare} to spare: R again to do it{how}",
                count(cost, "request")
            );
            return self.warn(text, now);
        }
        self.sweep_asked = false;
        let cost = count(cost, "request");
        self.inform(format!("looking at everything ({cost}): R again takes it back"), now);
        self.intend(Intent::RefreshAll, now, effects);
    }

    /// Ends, but with something unsent or unsettled says so first.
    pub(super) fn quit(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let mut open = Vec::new();
        if matches!(&self.overlay, Some(Overlay::Form(form)) if form.is_dirty()) {
            open.push("an edited form".to_owned());
        }
        let cancels = self.model.open_cancels();
        if cancels > 0 {
            open.push(format!("{} not settled", count(cancels, "cancel")));
        }
        let stuck = self.model.stuck_cancels().count();
        if stuck > 0 {
            open.push(format!("{} stuck", count(stuck, "cancel")));
        }
        let starts = self.model.unsettled_starts();
        if starts > 0 {
            open.push(format!("{} not settled", count(starts, "start")));
        }
        open.extend(self.unsent_words(now));
        if open.is_empty() || self.quit_asked {
            effects.push(Effect::Quit);
            return;
        }
        self.quit_asked = true;
        self.warn(format!("{}: press again to quit all the same", open.join(", ")), now);
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

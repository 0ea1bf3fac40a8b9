//! What a person does on the panes: whether it is possible, why not, and how it is done.

use super::command::verb::Takes;
use super::command::{Command, Context, Verb};
use super::dialog::{
    About, AlertList, BudgetPanel, FilterLine, JournalPane, QueuePanel, RuleList, Timeline,
};
use super::text::{count, safe};
use super::theme::Roles;
use super::view::run_rows::RowId;
use super::{Effect, Pane, State};
use crate::domain::Query;
use crate::domain::filter::check_name;
use crate::domain::resolve::resolve;
use crate::domain::{Now, ProjectId};
use crate::engine::Intent;
use crate::engine::poll::Progress;

/// What is said where Hex has given no address.
const NO_ADDRESS: &str = "Hex has told no address for this";

impl State {
    /// Why a verb can do nothing on the panes now, if so.
    pub(crate) fn why_not(&self, verb: Verb) -> Option<String> {
        self.why_not_for(verb, self.selected_project().as_ref())
    }

    /// The project that a command is about: the one it names, or the selected one.
    ///
    /// # Errors
    /// A sentence that says why that is not clear.
    pub(super) fn subject(&self, command: &Command) -> Result<Option<ProjectId>, String> {
        let (Takes::Project { .. }, Some(named)) = (command.verb.takes(), &command.argument) else {
            return Ok(self.selected_project());
        };
        let all = self.model.projects().map(|watched| &watched.project).collect::<Vec<_>>();
        let found = resolve(named, all, |project| project.id.as_str(), |p| Some(&p.title));
        match found.as_slice() {
            [project] => Ok(Some(project.id.clone())),
            [] => Err(format!("no project is called `{}`: write its title or its id", safe(named))),
            several => Err(format!(
                "`{}` may be any of {}: write more of its id",
                safe(named),
                count(several.len(), "project")
            )),
        }
    }

    /// The same where a project is given.
    pub(super) fn why_not_for(&self, verb: Verb, project: Option<&ProjectId>) -> Option<String> {
        let own = |text: &str| Some(text.to_owned());
        match verb {
            Verb::Trigger => match project {
                Some(project) => self.why_not_start(project),
                None => own("there is no project to start: select one first"),
            },
            Verb::Rerun => self.why_not_repeat(),
            Verb::Compare => self.why_not_compare(),
            Verb::Cancel => self.why_not_cancel(),
            Verb::LetGo if self.open_cancels_here().is_empty() => {
                let key = self.key(Context::Panes, Verb::LetGo);
                Some(format!("no cancel is open here: {key} takes one back"))
            }
            Verb::Keep => self.why_not_keep(),
            Verb::Pin => match project {
                Some(project) => self.why_not_pin(project),
                None => own("there is no project to pin: select one first"),
            },
            Verb::Watch => self.why_not_watch(),
            Verb::Incident if !self.model.is_incident() && self.model.pins_in_sight() == 0 => {
                let key = |verb| self.key(Context::Panes, verb);
                let (pin, polls) = (key(Verb::Pin), key(Verb::Incident));
                Some(format!(
                    "nothing is pinned: {pin} pins the selected project, then {polls} polls only that"
                ))
            }
            Verb::Open => Self::why_not_open(self.url_here().as_deref()),
            Verb::MarkAll if self.list() == Pane::Projects => {
                own("projects are not marked: go to the runs first")
            }
            Verb::CopyUrl if self.url_here().is_none() => own(NO_ADDRESS),
            Verb::CopyId if self.id_here().is_none() => own("there is no id to copy"),
            _ => None,
        }
    }

    /// Carries out a command on the panes.
    pub(super) fn act(
        &mut self,
        command: &Command,
        project: Option<ProjectId>,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let verb = command.verb;
        match verb {
            Verb::Trigger => self.trigger(project, now, effects),
            Verb::Rerun => self.rerun(now, effects),
            Verb::Compare => self.compare(),
            Verb::Cancel => self.cancel(now, effects),
            Verb::LetGo => self.let_go(now, effects),
            Verb::Keep => self.keep(now, effects),
            Verb::Watch => self.watch(now, effects),
            Verb::Pin => self.pin(project, now, effects),
            Verb::Incident => self.turn_incident(now, effects),
            Verb::Open => {
                effects.extend(self.url_here().map(Effect::Open));
                self.inform("opening it in the browser".to_owned(), now);
            }
            Verb::CopyId => self.copy(self.id_here(), now, effects),
            Verb::CopyUrl => self.copy(self.url_here(), now, effects),
            Verb::Refresh => self.refresh(project, now, effects),
            Verb::RefreshAll => self.refresh_all(now, effects),
            Verb::About => self.layers.push(Box::new(About::default())),
            Verb::Timeline => {
                let project = self.selected_project();
                self.layers.push(Box::new(Timeline::on(project)));
            }
            Verb::Report => self.report(command.argument.as_deref(), now, effects),
            Verb::Rules => self.layers.push(Box::new(RuleList::of(&self.model))),
            Verb::Alerts => self.layers.push(Box::new(AlertList::default())),
            Verb::Budget => self.layers.push(Box::new(BudgetPanel::default())),
            Verb::Journal => self.layers.push(Box::new(JournalPane::default())),
            Verb::Queues => self.layers.push(Box::new(QueuePanel::default())),
            Verb::Filter => match &command.argument {
                Some(filter) => match Query::parse(filter, self.filter().subject, &self.saved) {
                    Ok(_) => self.set_filter(filter),
                    Err(error) => self.warn(error.to_string(), now),
                },
                None => self.layers.push(Box::new(FilterLine::holding(&self.filter().text))),
            },
            Verb::Project => self.show_project(project),
            Verb::SaveFilter => self.save_filter(command.argument.as_deref(), now, effects),
            Verb::Freeze => self.freeze(now),
            Verb::Sort => self.sort(command.argument.as_deref(), now),
            Verb::Mouse => self.turn_mouse(now),
            Verb::Tour => self.turn_tour(now),
            Verb::Profile => {
                self.open_profile(command.argument.as_deref().unwrap_or_default(), now, effects);
            }
            Verb::Theme => self.choose_theme(command.argument.as_deref(), now),
            Verb::Quit => {
                if !self.retreat() {
                    self.quit(now, effects);
                }
            }
            Verb::Back => self.back(now, effects),
            _ => self.navigate(command),
        }
        if verb.moves() {
            self.extend_range();
        }
    }

    /// Keeps the filter of the pane in focus under a name; without a filter forgets the one of that name.
    fn save_filter(&mut self, name: Option<&str>, now: Now, effects: &mut Vec<Effect>) {
        let name = name.unwrap_or_default().trim_start_matches('@').to_owned();
        if let Err(why) = check_name(&name) {
            return self.warn(why, now);
        }
        let text = self.filter().text.clone();
        if let Some(error) = &self.filter().error {
            return self.warn(error.clone(), now);
        }
        let mut saved = self.saved.clone();
        let said = if text.is_empty() {
            let is_known = saved.remove(&name).is_some();
            let what = if is_known { "forgotten" } else { "no filter is set, and none is kept so" };
            format!("@{name}: {what}")
        } else {
            saved.insert(name.clone(), text.clone());
            if let Err(error) = Query::parse(&text, self.filter().subject, &saved) {
                return self.warn(format!("not kept: @{name} would contain itself ({error})"), now);
            }
            format!("kept: @{name} in a filter is `{}`", safe(&text))
        };
        self.saved = saved;
        // What uses it means something else now.
        for filter in [&mut self.projects.filter, &mut self.runs.filter] {
            let text = filter.text.clone();
            filter.set(&text, &self.saved);
        }
        (self.projects.is_stale, self.runs.is_stale) = (true, true);
        self.inform(said, now);
        effects.push(Effect::KeepFilter { name, text });
    }

    /// Draws with the looks of this name from now on.
    fn choose_theme(&mut self, name: Option<&str>, now: Now) {
        let name = name.unwrap_or_default();
        if let Some(roles) = Roles::named(name) {
            self.show_in(roles);
            self.inform(format!("theme = \"{name}\" in the settings keeps this one"), now);
        }
    }

    fn freeze(&mut self, now: Now) {
        self.frozen = match self.frozen.take() {
            None => Some((now, self.model.clone())),
            Some(_) => None,
        };
    }

    /// The address of what has the focus, as far as Hex has told one.
    fn url_here(&self) -> Option<String> {
        if self.list() == Pane::Projects {
            return None;
        }
        let RowId::Run(project, run) = self.runs.cursor.key.as_ref()? else { return None };
        self.model.run(project, run)?.run.url.clone()
    }

    /// The id of what has the focus.
    fn id_here(&self) -> Option<String> {
        match (self.list(), &self.runs.cursor.key) {
            (Pane::Projects, _) => self.projects.cursor.key.as_ref().map(ToString::to_string),
            (_, Some(RowId::Run(_, run))) => Some(run.to_string()),
            (_, Some(RowId::Start(ticket))) => Some(ticket.to_string()),
            (_, None) => None,
        }
    }

    /// Why an address is not opened, if so.
    pub(super) fn why_not_open(url: Option<&str>) -> Option<String> {
        match url {
            Some(url) if may_open(url) => None,
            Some(_) => Some(
                "the run's address is neither https nor on this machine: not opened".to_owned(),
            ),
            None => Some(NO_ADDRESS.to_owned()),
        }
    }

    fn copy(&mut self, text: Option<String>, now: Now, effects: &mut Vec<Effect>) {
        let Some(text) = text else { return };
        self.inform(text.clone(), now);
        effects.push(Effect::Copy(text));
    }

    fn refresh(&mut self, project: Option<ProjectId>, now: Now, effects: &mut Vec<Effect>) {
        match project {
            Some(project) => {
                self.inform(format!("looking at {} (1 request)", self.title(&project)), now);
                self.intend(Intent::Refresh(project), now, effects);
            }
            None => self.intend(Intent::RefreshAll, now, effects),
        }
    }

    /// Says what it costs and does it when asked again; takes it back while it goes on.
    fn refresh_all(&mut self, now: Now, effects: &mut Vec<Effect>) {
        if let Some(Progress { done, of }) = self.model.refresh_progress() {
            self.inform(format!("looking at everything was stopped: {done} of {of} done"), now);
            return self.intend(Intent::WithdrawRefresh, now, effects);
        }
        let key = self.key(Context::Panes, Verb::RefreshAll);
        let cost = self.model.refresh_cost();
        let spare = usize::try_from(self.model.budget().spare(now.boot)).unwrap_or(0);
        if !std::mem::replace(&mut self.sweep_asked, true) {
            let how = if cost > spare { " as the budget allows" } else { "" };
            let text = format!(
                "looking at everything costs {}, {spare} to spare: {key} again to do it{how}",
                count(cost, "request")
            );
            return self.warn(text, now);
        }
        self.sweep_asked = false;
        let cost = count(cost, "request");
        self.inform(format!("looking at everything ({cost}): {key} again takes it back"), now);
        self.intend(Intent::RefreshAll, now, effects);
    }

    /// Ends, but with something unsent or unsettled says so first.
    pub(super) fn quit(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let open = self.unsettled(now);
        if open.is_empty() || self.quit_asked {
            effects.push(Effect::Quit);
            return;
        }
        self.quit_asked = true;
        self.warn(format!("{}: press again to quit all the same", open.join(", ")), now);
    }

    /// What would be lost or left to itself if this screen ended now.
    pub(super) fn unsettled(&self, now: Now) -> Vec<String> {
        let mut open: Vec<String> =
            self.layers.iter().filter_map(|layer| layer.unsaved()).map(ToOwned::to_owned).collect();
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
        open
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

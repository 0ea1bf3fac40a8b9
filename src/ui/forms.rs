//! The form and the rest of the screen: what a form wishes is carried out, and what is learnt is
//! told to it.

use jiff::Zoned;

use super::dialog::{Again, Form, FormWish, ProjectInputs, QueuePanel};
use super::{Effect, Overlay, State, curl};
use crate::domain::{Now, ProjectId, StartRun};
use crate::engine::Intent;
use crate::engine::model::{StartId, Verdict};

impl State {
    /// The moment in the zone where the form counts days. It is the server's: this machine's
    /// clock may be wrong.
    pub(super) fn civil(&self, now: Now) -> Zoned {
        self.model.server_now(now).to_zoned(self.options.zone.clone())
    }

    /// Opens the form of a project and asks which inputs it has. It begins with what is repeated,
    /// else with the last start.
    pub(super) fn show_form(
        &mut self,
        project: ProjectId,
        again: Option<Again>,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let title = self.title(&project);
        self.intend(Intent::ReadInputs { project: project.clone(), insist: false }, now, effects);
        let (inputs, server) = (self.inputs(&project), self.options.server);
        let form = Form::new(project, title, inputs, server, self.civil(now)).repeating(again);
        self.overlay = Some(Overlay::Form(Box::new(form)));
    }

    fn inputs(&self, project: &ProjectId) -> ProjectInputs {
        let presets = self.model.presets(project);
        ProjectInputs {
            specs: self.model.specs(project),
            recent: self.model.recent(project),
            presets: presets.map(|(name, preset)| (name.clone(), preset.clone())).collect(),
        }
    }

    /// Carries out what a key in the form came to.
    pub(super) fn grant(
        &mut self,
        mut form: Box<Form>,
        wish: FormWish,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let project = form.project().clone();
        let intent = match wish {
            FormWish::Close => {
                self.overlay = self.behind.take().map(Overlay::Journal);
                return;
            }
            FormWish::Stay => None,
            FormWish::Send(start) => {
                let ticket = self.new_ticket(now);
                form.sent(ticket);
                let reason = form.note();
                Some(Intent::Start { ticket, project, start, reason })
            }
            FormWish::SendAll(starts) => {
                let starts = starts.iter().collect();
                return self.queue(project, starts, form.note(), now, effects);
            }
            FormWish::Queue(ticket) => Some(Intent::Requeue(ticket)),
            FormWish::Check(starts) => return self.check(form, starts, now, effects),
            FormWish::Read(path) => {
                effects.push(Effect::Read(path));
                None
            }
            FormWish::TakeBack(ticket) => Some(Intent::WithdrawStart(ticket)),
            FormWish::ReadInputs => Some(Intent::ReadInputs { project, insist: true }),
            FormWish::Edit { text, ending } => {
                effects.push(Effect::Edit { text, ending });
                None
            }
            FormWish::CopyCurl(start) => {
                let style = self.model.path_style();
                effects.push(Effect::Copy(curl::command(
                    &self.options.root,
                    &project,
                    &start,
                    style,
                )));
                form.say(if start.secrets().is_empty() {
                    "copied as curl, with $HEX_API_TOKEN for the token"
                } else {
                    "copied as curl, with $HEX_API_TOKEN for the token and secrets masked"
                });
                None
            }
            FormWish::SavePreset(name, preset) => {
                Some(Intent::SavePreset { project, name, preset })
            }
            FormWish::RenamePreset(from, to) => Some(Intent::RenamePreset { project, from, to }),
            FormWish::DeletePreset(name) => Some(Intent::DeletePreset { project, name }),
        };
        self.overlay = Some(Overlay::Form(form));
        if let Some(intent) = intent {
            self.intend(intent, now, effects);
        }
    }

    /// Has Hex check these starts for the form.
    fn check(
        &mut self,
        mut form: Box<Form>,
        starts: Vec<StartRun>,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let checks: Vec<_> = starts.into_iter().map(|s| (self.new_ticket(now), s)).collect();
        form.checking(checks.iter().map(|(ticket, _)| *ticket).collect());
        let of = form.project().clone();
        self.overlay = Some(Overlay::Form(form));
        for (ticket, start) in checks {
            self.intend(Intent::DryRun { ticket, project: of.clone(), start }, now, effects);
        }
    }

    /// Confirms starts that leave one after the other, and shows their queue. One is no queue.
    pub(super) fn queue(
        &mut self,
        project: ProjectId,
        starts: Vec<StartRun>,
        reason: Option<String>,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let ticket = self.new_ticket(now);
        match <[StartRun; 1]>::try_from(starts) {
            Ok([start]) => {
                self.intend(Intent::Start { ticket, project, start, reason }, now, effects);
            }
            Err(starts) => {
                self.overlay = Some(Overlay::Queues(QueuePanel::on(ticket)));
                let intent = Intent::Queue { queue: ticket, project, starts, reason };
                self.intend(intent, now, effects);
            }
        }
    }

    fn new_ticket(&mut self, now: Now) -> StartId {
        self.last_ticket += 1;
        StartId::new(now.wall, self.model.session(), self.last_ticket)
    }

    /// The open form, if it is this project's.
    fn form_of(&mut self, project: &ProjectId) -> Option<&mut Form> {
        match &mut self.overlay {
            Some(Overlay::Form(form)) if form.project() == project => Some(form),
            _ => None,
        }
    }

    pub(super) fn hear_inputs(&mut self, project: &ProjectId) {
        let inputs = self.inputs(project);
        if let Some(form) = self.form_of(project) {
            form.learn(inputs);
        }
    }

    pub(super) fn hear_presets(&mut self, project: &ProjectId) {
        let presets = self.inputs(project).presets;
        if let Some(form) = self.form_of(project) {
            form.presets_changed(presets);
        }
    }

    pub(super) fn hear_check(&mut self, ticket: StartId, verdict: &Verdict) {
        if let Some(Overlay::Form(form)) = &mut self.overlay {
            form.hear_check(ticket, verdict);
        }
    }

    /// A file that was read belongs to the form that asked for it, or to nobody.
    pub(super) fn hear_file(&mut self, read: Result<String, String>) {
        if let Some(Overlay::Form(form)) = &mut self.overlay {
            form.hear_file(read);
        }
    }

    /// What the editor gave back belongs to the form that opened it, or to nobody.
    pub(super) fn edited(&mut self, result: Result<String, String>) {
        if let Some(Overlay::Form(form)) = &mut self.overlay {
            form.edited(result);
        }
    }
}

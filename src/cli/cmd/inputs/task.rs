//! The task of `hextop inputs`: to find the project, and to read its app's inputs where that helps.

use std::io;

use crate::cli::reading::{Failure, Waiter};
use crate::cli::search::project::find_project;
use crate::domain::{Boot, Now, ProjectId};
use crate::engine::model::PollScope;
use crate::engine::{Event, Intent, Model};
use crate::shell::headless::{Step, Task};

/// How far it is.
#[derive(Debug)]
enum Phase {
    Begin,
    Finding,
    /// Hex is asked what the project is called and when it was published.
    LookingUp(ProjectId),
    Reading(ProjectId),
}

/// The task.
#[derive(Debug)]
pub(super) struct InputsTask {
    said: String,
    /// Whether what is known is read anew.
    insists: bool,
    waiter: Waiter,
    is_list_asked: bool,
    phase: Phase,
}

impl InputsTask {
    pub(super) fn new(said: String, insists: bool, waiter: Waiter) -> Self {
        Self { said, insists, waiter, is_list_asked: false, phase: Phase::Begin }
    }

    fn find(&mut self, model: &Model, now: Now) -> Step<Result<ProjectId, Failure>> {
        match find_project(&self.said, model) {
            Some(Err(trouble)) => Step::End(Err(trouble.into())),
            Some(Ok(project)) => {
                self.phase = Phase::LookingUp(project.clone());
                // When the app was published tells whether what is known of it is old.
                Step::StoreRequest(Intent::LookUp(project))
            }
            None if !std::mem::replace(&mut self.is_list_asked, true) => {
                Step::StoreRequest(Intent::ListProjects(Boot::ZERO))
            }
            None => {
                let failure = self.waiter.wait_for_list(model, now);
                failure.map_or(Step::Wait, |failure| Step::End(Err(failure)))
            }
        }
    }

    fn look_up(
        &mut self,
        project: ProjectId,
        model: &Model,
        now: Now,
    ) -> Step<Result<ProjectId, Failure>> {
        if model.is_looked_up(&project) {
            let text = format!("asking for {project}");
            self.phase = Phase::LookingUp(project);
            return self.wait(model, now, &text);
        }
        if model.project(&project).is_none() {
            let why = model.lookup_error(&project);
            let why = why.map(|error| format!(": {error}")).unwrap_or_default();
            let text = format!("there is no project {project} for this token{why}");
            return Step::End(Err(Failure::Nothing(text)));
        }
        self.phase = Phase::Reading(project.clone());
        Step::StoreRequest(Intent::ReadInputs { project, insist: self.insists })
    }

    fn read(
        &mut self,
        project: ProjectId,
        model: &Model,
        now: Now,
    ) -> Step<Result<ProjectId, Failure>> {
        if model.reads_inputs(&project) {
            self.phase = Phase::Reading(project);
            return self.wait(model, now, "reading the app's inputs");
        }
        self.waiter.progress.clear();
        Step::End(Ok(project))
    }

    fn wait(&mut self, model: &Model, now: Now, text: &str) -> Step<Result<ProjectId, Failure>> {
        let failure = self.waiter.wait(model, now, || text.to_owned());
        failure.map_or(Step::Wait, |failure| Step::End(Err(failure)))
    }
}

impl Task for InputsTask {
    type End = Result<ProjectId, Failure>;

    fn step(&mut self, _: &[Event], model: &Model, now: Now) -> io::Result<Step<Self::End>> {
        Ok(match std::mem::replace(&mut self.phase, Phase::Finding) {
            // Nothing is polled.
            Phase::Begin => Step::StoreRequest(Intent::Poll(PollScope::Selected)),
            Phase::Finding if !model.has_read_store() => Step::Wait,
            Phase::Finding => self.find(model, now),
            Phase::LookingUp(project) => self.look_up(project, model, now),
            Phase::Reading(project) => self.read(project, model, now),
        })
    }

    fn note(&mut self, text: &str) {
        self.waiter.progress.say(text);
    }

    fn deadline(&self) -> Option<Boot> {
        self.waiter.deadline()
    }
}

//! What answers mean: those that read, and what every answer tells besides.

use std::time::Duration;

use crate::api::{ApiError, Call, PageOrder, PathStyle, Reply, Response};
use crate::domain::{Boot, Now, ProjectId, RunId};

use super::{Effect, Model, RELIST, backoff};
use crate::engine::budget::Priority;
use crate::engine::projects::state::LookError;
use crate::engine::request::{CallId, Flight};
use crate::engine::sync::log::LogEvent;

/// The pause before a run is asked for again that Hex does not know yet.
const UNKNOWN_PAUSE: Duration = Duration::from_secs(5);

impl Model {
    pub(super) fn replied(
        &mut self,
        id: CallId,
        response: Response,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let Some(flight) = self.requests.complete(id) else {
            return;
        };
        self.cancels.landed(id);
        let Response { result, rate, date } = response;
        let result = self.account.token.sort_refusal(&flight.call, result, now.boot);
        let limited = matches!(result, Err(ApiError::RateLimited));
        let done = LogEvent::Done { call: id, hint: rate, refused: limited };
        self.write(vec![self.coordinator.record(done, now.boot)], effects);
        if let Some(date) = date {
            self.server.clock.learn(date, flight.sent, now.boot);
        }
        let error = result.as_ref().err();
        self.note_token(flight.sent, error, now.boot, effects);
        self.server.note(flight.sent, error, now.boot);
        if self.repeats_read(&flight, error, now.boot) {
            return;
        }
        match flight.call.clone() {
            Call::Trigger { project, .. } => {
                self.learn_from(&project, &result, now.boot, effects);
                self.start_replied(id, result, now, effects);
            }
            Call::DryRun { project, .. } => self.checked(id, &project, result, now.boot, effects),
            Call::Export { project } => self.inputs_replied(project, result, now, effects),
            Call::Cancel { run, .. } => self.cancel_replied(&run, id, &result, now.boot, effects),
            Call::ListRuns { project, status: Some(status), .. } => {
                self.active_replied(&project, &status, &flight, result, now, effects);
            }
            Call::ListRuns { project, .. } => {
                self.look_replied(&project, &flight, result, now, effects);
            }
            Call::RunStatus { project, run } => {
                self.status_replied(&project, &run, &flight, result, now, effects);
            }
            Call::ListProjects { after, unlisted } => {
                let page = (after.as_deref(), unlisted);
                self.page_replied(page, &flight, result, now, effects);
            }
            Call::GetProject { project } => self.project_replied(&project, &flight, result, now),
            Call::Me => match result {
                Ok(Reply::Me(me)) => {
                    self.keep_me(&me, flight.sent, effects);
                    self.account.learn(me);
                }
                Err(error) if error.is_transient() => {
                    self.requests.want(Call::Me, Priority::Person, now.boot + backoff(5));
                }
                _ => {}
            },
        }
    }

    fn look_replied(
        &mut self,
        project: &ProjectId,
        flight: &Flight,
        result: Result<Reply, ApiError>,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        if self.probes(project, flight, &result) {
            return;
        }
        self.refresh.looked(project, flight.sent);
        match result {
            Ok(Reply::Runs { runs, more, order }) => {
                if self.server.style.replace(flight.style).is_none() {
                    self.keep_style(flight.style, flight.sent, effects);
                }
                self.page_read(project, runs, (more, order), flight, now, effects);
            }
            // Nothing documents what a project without a published version answers, nor what is
            // answered beyond the end of a list.
            Err(ApiError::Rejected { status, .. }) if status == 422 || offset(flight) > 0 => {
                let pages = (false, PageOrder::NewestFirst);
                self.page_read(project, Vec::new(), pages, flight, now, effects);
            }
            Ok(_) => {}
            Err(error) => {
                self.cancels_unread(project, &error, now.boot, effects);
                if let Some(mut watched) = self.projects.get_mut(project) {
                    watched.paging.give_up();
                }
                if !matches!(error, ApiError::Unauthorized) {
                    self.keep_failed_look(project, &error, flight.sent, now, effects);
                    self.look_failed(project, error, now.boot);
                }
                self.starts_unlooked(project, now.boot);
            }
        }
    }

    pub(super) fn look_failed(&mut self, project: &ProjectId, error: ApiError, now: Boot) {
        if let Some(mut watched) = self.projects.get_mut(project) {
            let tries = watched.error.as_ref().map_or(0, |look| look.tries) + 1;
            // A refusal for the rate is the budget's matter, not the project's.
            let pause = if error == ApiError::RateLimited { 1 } else { tries };
            let wait = if error.is_transient() { backoff(pause) } else { RELIST };
            watched.error = Some(LookError { error, tries, next: now + wait });
        }
    }

    /// Finds out which path generation the server knows. A 404 for a listed project on the
    /// current paths is asked again on the older ones; a 404 there as well means that this
    /// project cannot be read and says nothing about the paths.
    fn probes(
        &mut self,
        project: &ProjectId,
        flight: &Flight,
        result: &Result<Reply, ApiError>,
    ) -> bool {
        let not_found = matches!(result, Err(ApiError::NotFound(_)));
        let open = self.settings.style.is_none() && flight.style == PathStyle::Current;
        if !(not_found && open && self.projects.contains_key(project)) {
            return false;
        }
        match self.server.style {
            None => self.requests.want_probe(self.look_at(project), PathStyle::Legacy),
            // It left before another project's look settled the question.
            Some(PathStyle::Legacy) => {
                self.requests.want(self.look_at(project), Priority::Poll, Boot::ZERO);
            }
            Some(PathStyle::Current) => return false,
        }
        true
    }

    fn status_replied(
        &mut self,
        project: &ProjectId,
        run: &RunId,
        flight: &Flight,
        result: Result<Reply, ApiError>,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        match result {
            Ok(Reply::Run(found)) => {
                self.take_read_runs(project, vec![found], flight.sent, now, effects);
            }
            Err(ApiError::NotFound(_)) if self.is_young(project, run, now.boot) => {
                self.look_again_at(project, run, now.boot, effects);
            }
            Err(error @ ApiError::Rejected { .. }) => {
                // That it cannot be read by itself does not mean that there is no such run.
                if let Some(mut watched) = self.projects.get_mut(project) {
                    watched.note_unreadable(run, now.boot + RELIST);
                }
                self.cancel_unread(run, Some(&error), now.boot, effects);
            }
            Err(error @ ApiError::NotFound(_)) => {
                // Hex does not know the run any more, so neither do we.
                if let Some(mut watched) = self.projects.get_mut(project) {
                    watched.forget(run);
                }
                self.runs_changed(project, now.boot);
                self.keep_gone(project, run, flight.sent, effects);
                self.learn(project, now);
                self.cancel_gone(run, &error, effects);
            }
            Ok(_) => self.cancel_unread(run, None, now.boot, effects),
            Err(error) => self.cancel_unread(run, Some(&error), now.boot, effects),
        }
    }

    /// Whether a 404 on a run does not mean yet that it is gone.
    pub(super) fn is_young(&self, project: &ProjectId, run: &RunId, now: Boot) -> bool {
        self.projects.get(project).is_some_and(|watched| watched.is_young(run, now))
    }

    /// Asks again for a run that Hex does not know yet, after a short pause.
    fn look_again_at(
        &mut self,
        project: &ProjectId,
        run: &RunId,
        now: Boot,
        effects: &mut Vec<Effect>,
    ) {
        let call = Call::RunStatus { project: project.clone(), run: run.clone() };
        self.requests.want(call, Priority::Poll, now + UNKNOWN_PAUSE);
        self.cancel_unread(run, None, now, effects);
    }
}

/// How many runs come before those that were asked for.
pub(super) fn offset(flight: &Flight) -> u32 {
    match flight.call {
        Call::ListRuns { offset, .. } => offset,
        _ => 0,
    }
}

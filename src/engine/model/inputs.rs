//! What is known of each project's inputs, and of what was started before.
//!
//! The store keeps it for other processes and for the next start. That an export cannot be read
//! is remembered and stops nothing.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::Value;

use super::{Effect, Event, Model, StartId};
use crate::api::error::ParamIssues;
use crate::api::{ApiError, Call, Reply};
use crate::domain::inputs::{Body, ExportOff, KnownInputs, ParamSpec, Preset};
use crate::domain::{Boot, Now, Project, ProjectId, Reference, RunId, StartRun};
use crate::engine::budget::Priority;
use crate::engine::request::CallId;

/// Bodies kept of each project.
const RECENT: usize = 20;

/// Inputs that the settings describe, for one project.
#[derive(Clone, Debug, PartialEq)]
pub struct ConfiguredInputs {
    /// The project's id or title.
    pub project: String,
    /// What they say.
    pub specs: Vec<ParamSpec>,
}

/// What the engine knows for forms.
#[derive(Clone, Debug, Default)]
pub(super) struct Forms {
    known: BTreeMap<ProjectId, KnownInputs>,
    presets: BTreeMap<ProjectId, BTreeMap<String, Preset>>,
    /// What has changed here: the inputs of a project, or what it has under a name. A store that
    /// fails may have missed it.
    changed: BTreeSet<(ProjectId, Option<String>)>,
    /// Dry runs that wait for their answer.
    checks: BTreeMap<CallId, StartId>,
}

/// What a dry run came to.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// Hex would start it.
    Good,
    /// Hex would not, or could not be asked.
    Bad(ApiError),
}

impl Model {
    /// What is known of a project's inputs besides the settings.
    pub fn known_inputs(&self, project: &ProjectId) -> Option<&KnownInputs> {
        self.forms.known.get(project)
    }

    /// The parameters that a form for this project shows.
    pub fn specs(&self, project: &ProjectId) -> Vec<ParamSpec> {
        let known = self.forms.known.get(project).cloned().unwrap_or_default();
        known.specs(&self.configured_inputs(project), &self.recent(project))
    }

    /// What the settings say of a project's inputs.
    pub fn configured_inputs(&self, project: &ProjectId) -> Vec<ParamSpec> {
        let title = self.project(project).map(|watched| &watched.project);
        let means = |entry: &&ConfiguredInputs| {
            title.map_or_else(
                || entry.project.eq_ignore_ascii_case(project.as_str()),
                |p: &Project| Reference::new(&entry.project).names(p),
            )
        };
        let entries = self.settings.inputs.iter().filter(means);
        entries.flat_map(|entry| entry.specs.iter().cloned()).collect()
    }

    /// Bodies of earlier starts of a project, newest first.
    pub fn recent(&self, project: &ProjectId) -> Vec<Body> {
        let theirs = self.starts.of_project(project).rev();
        let mut bodies: Vec<&Value> = Vec::new();
        for start in theirs {
            if bodies.len() < RECENT && !bodies.contains(&&start.entry.body) {
                bodies.push(&start.entry.body);
            }
        }
        bodies.into_iter().filter_map(|body| Body::of(body).ok()).collect()
    }

    /// Whether the newest start of a project was one of several that were made together.
    pub fn is_last_start_swept(&self, project: &ProjectId) -> bool {
        let last = self.starts.of_project(project).next_back();
        last.and_then(|start| start.entry.queue).is_some_and(|point| point.of > 1)
    }

    /// The presets of a project by name.
    pub fn presets(&self, project: &ProjectId) -> impl Iterator<Item = (&String, &Preset)> {
        self.forms.presets.get(project).into_iter().flatten()
    }

    /// Runs of a project that are active and were started with this very body, or probably were.
    pub fn same_active(&self, project: &ProjectId, start: &StartRun) -> Vec<RunId> {
        let (body, secrets) = (start.kept_body(), start.secrets());
        let active = self.project(project).into_iter().flat_map(super::ProjectState::active);
        let is_same = |run: &&RunId| {
            let mut claims = self.starts.claims(run).map(|start| &start.entry);
            claims.any(|earlier| earlier.body == body && earlier.secrets == *secrets)
        };
        active.map(|seen| &seen.run.id).filter(is_same).cloned().collect()
    }

    /// Whether the app's inputs are being read.
    pub fn reads_inputs(&self, project: &ProjectId) -> bool {
        let asks =
            |call: &Call| matches!(call, Call::Export { project: asked } if asked == project);
        let mut unsent = self.requests.waiting().iter().chain(self.requests.claiming());
        unsent.any(|w| asks(&w.call)) || self.requests.flights().any(|flight| asks(&flight.call))
    }

    /// Reads the app's inputs where that is worth a request; always, if a person insists.
    pub(super) fn read_inputs(&mut self, project: ProjectId, insist: bool, now: Boot) {
        let published = self.project(&project).and_then(|watched| watched.project.published.at());
        let known = self.forms.known.get(&project);
        if insist || known.is_none_or(|known| known.wants_export(published)) {
            self.requests.want(Call::Export { project }, Priority::Person, now);
        }
    }

    pub(super) fn inputs_replied(
        &mut self,
        project: ProjectId,
        result: Result<Reply, ApiError>,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let at = self.server_now(now);
        let known = self.forms.known.entry(project.clone()).or_default();
        match result {
            Ok(Reply::Inputs(specs)) => known.learn_export(specs, at),
            Ok(_) => {}
            Err(error) => known.off = Some(export_off(&error, at)),
        }
        self.inputs_changed(&project, now.boot, effects);
        effects.push(Effect::Tell(Event::InputsRead(project)));
    }

    fn inputs_changed(&mut self, project: &ProjectId, at: Boot, effects: &mut Vec<Effect>) {
        self.forms.changed.insert((project.clone(), None));
        if let Some(known) = self.forms.known.get(project) {
            self.keep_inputs(project, known, at, effects);
        }
    }

    fn preset_changed(
        &mut self,
        project: &ProjectId,
        name: &str,
        at: Boot,
        effects: &mut Vec<Effect>,
    ) {
        self.forms.changed.insert((project.clone(), Some(name.to_owned())));
        let preset = self.forms.presets.get(project).and_then(|presets| presets.get(name));
        self.keep_preset(project, name, preset, at, effects);
        effects.push(Effect::Tell(Event::PresetsChanged(project.clone())));
    }

    /// A store that had failed works again: what it may have missed is written once more.
    pub(super) fn keep_forms(&mut self, at: Boot, effects: &mut Vec<Effect>) {
        for (project, name) in std::mem::take(&mut self.forms.changed) {
            match name {
                Some(name) => self.preset_changed(&project, &name, at, effects),
                None => self.inputs_changed(&project, at, effects),
            }
        }
    }

    /// Takes in what another process has learned of a project's inputs.
    pub(super) fn take_inputs(
        &mut self,
        project: ProjectId,
        known: KnownInputs,
        effects: &mut Vec<Effect>,
    ) {
        self.forms.known.insert(project.clone(), known);
        effects.push(Effect::Tell(Event::InputsRead(project)));
    }

    /// Takes in a preset that another process has saved or deleted.
    pub(super) fn take_preset(
        &mut self,
        project: ProjectId,
        name: String,
        preset: Option<Preset>,
        effects: &mut Vec<Effect>,
    ) {
        let presets = self.forms.presets.entry(project.clone()).or_default();
        match preset {
            Some(preset) => presets.insert(name, preset),
            None => presets.remove(&name),
        };
        effects.push(Effect::Tell(Event::PresetsChanged(project)));
    }

    pub(super) fn dry_run(
        &mut self,
        ticket: StartId,
        project: ProjectId,
        start: StartRun,
        now: Boot,
    ) {
        let call = self.requests.want(Call::DryRun { project, start }, Priority::Person, now);
        self.forms.checks.insert(call, ticket);
    }

    pub(super) fn checked(
        &mut self,
        call: CallId,
        project: &ProjectId,
        result: Result<Reply, ApiError>,
        now: Boot,
        effects: &mut Vec<Effect>,
    ) {
        self.learn_from(project, &result, now, effects);
        let Some(ticket) = self.forms.checks.remove(&call) else { return };
        let verdict = match result {
            Ok(_) => Verdict::Good,
            Err(error) => Verdict::Bad(error),
        };
        effects.push(Effect::Tell(Event::Checked(ticket, verdict)));
    }

    /// Learns from a refused start which inputs there are.
    pub(super) fn learn_from(
        &mut self,
        project: &ProjectId,
        result: &Result<Reply, ApiError>,
        now: Boot,
        effects: &mut Vec<Effect>,
    ) {
        let Err(ApiError::Rejected { params, .. }) = result else { return };
        let ParamIssues { invalid, not_found, .. } = params;
        if invalid.is_empty() && not_found.is_empty() {
            return;
        }
        let known = self.forms.known.entry(project.clone()).or_default();
        for misfit in invalid {
            let kind = kind_of(misfit.data_type.as_deref(), misfit.input.as_deref());
            known.learn_kind(&misfit.name, kind, misfit.input.clone());
        }
        for name in not_found {
            known.learn_absent(name);
        }
        self.inputs_changed(project, now, effects);
    }

    pub(super) fn save_preset(
        &mut self,
        project: &ProjectId,
        name: &str,
        preset: Preset,
        now: Boot,
        effects: &mut Vec<Effect>,
    ) {
        self.forms.presets.entry(project.clone()).or_default().insert(name.to_owned(), preset);
        self.preset_changed(project, name, now, effects);
    }

    pub(super) fn rename_preset(
        &mut self,
        project: &ProjectId,
        from: &str,
        to: &str,
        now: Boot,
        effects: &mut Vec<Effect>,
    ) {
        let presets = self.forms.presets.get_mut(project);
        if let Some(preset) = presets.and_then(|presets| presets.remove(from)) {
            self.save_preset(project, to, preset, now, effects);
        }
        self.preset_changed(project, from, now, effects);
    }

    pub(super) fn delete_preset(
        &mut self,
        project: &ProjectId,
        name: &str,
        now: Boot,
        effects: &mut Vec<Effect>,
    ) {
        if let Some(presets) = self.forms.presets.get_mut(project) {
            presets.remove(name);
        }
        self.preset_changed(project, name, now, effects);
    }
}

/// Why an export failed, for the person, and whether it will again.
fn export_off(error: &ApiError, at: Timestamp) -> ExportOff {
    let (reason, lasting) = match error {
        ApiError::Forbidden(_) | ApiError::NotFound(_) => {
            ("this organisation's export is off, or the token may not use it".to_owned(), true)
        }
        ApiError::Rejected { .. } => ("Hex does not export this project".to_owned(), true),
        ApiError::Server { status, .. } => (format!("Hex's export failed ({status})"), true),
        ApiError::Unreadable { reason, .. } => {
            (format!("the export cannot be read: {reason}"), true)
        }
        error => (format!("the app's inputs could not be read: {error}"), false),
    };
    ExportOff { reason, lasting, at }
}

/// The type for the words of a refusal.
fn kind_of(data_type: Option<&str>, input: Option<&str>) -> crate::domain::ParamKind {
    use crate::domain::ParamKind;
    match (data_type.unwrap_or_default(), input.unwrap_or_default()) {
        ("number", _) => ParamKind::Number,
        ("boolean", _) => ParamKind::Checkbox,
        ("array", _) | (_, "multiselect") => ParamKind::MultiChoice,
        ("date", _) => ParamKind::Date,
        ("datetime", _) => ParamKind::DateTime,
        (_, "dropdown") => ParamKind::Choice,
        _ => ParamKind::Text,
    }
}

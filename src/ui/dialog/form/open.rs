//! Opening the form: on a project, or on what a start has sent.

use super::rerun::Again;
use super::{Form, ProjectInputs};
use crate::domain::{ProjectId, RunId};
use crate::engine::Intent;
use crate::engine::model::Start;
use crate::ui::State;
use crate::ui::layer::Cx;

impl Form {
    /// The form of a project, which asks which inputs that has. It begins with what is repeated,
    /// else with the last start.
    pub(crate) fn open(project: ProjectId, again: Option<Again>, cx: &mut Cx<'_>) -> Self {
        let state = cx.state;
        let inputs = ProjectInputs::of(state, &project);
        let (title, now) = (state.title(&project), state.civil(cx.now));
        let keys = state.options.keys.clone();
        cx.intend(Intent::ReadInputs { project: project.clone(), insist: false });
        Self::new(project, title, inputs, state.options.server, now, keys).repeating(again)
    }

    /// The form whose start leaves once the cancel of this run has ended it.
    pub(crate) fn after(mut self, run: RunId) -> Self {
        self.after = Some(run);
        self
    }

    /// The form on what a start has sent; none if that cannot be read.
    pub(crate) fn of_start(start: &Start, cx: &mut Cx<'_>) -> Option<Self> {
        let again = Again::of(start)?;
        Some(Self::open(start.entry.project.clone(), Some(again), cx))
    }
}

impl ProjectInputs {
    /// What is known of a project's inputs.
    pub(super) fn of(state: &State, project: &ProjectId) -> Self {
        let presets = state.model.presets(project);
        Self {
            specs: state.model.specs(project),
            recent: state.model.recent(project),
            is_swept: state.model.is_last_start_swept(project),
            presets: presets.map(|(name, preset)| (name.clone(), preset.clone())).collect(),
        }
    }
}

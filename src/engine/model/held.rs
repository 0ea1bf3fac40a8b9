//! What starts and runs tell the parts that count them: the kernels and the batches.

use jiff::Timestamp;

use crate::domain::{Boot, Now, ProjectId};
use crate::engine::kernels::{Claim, HeldSince, Kernels};
use crate::engine::start::batch::{Fate, Item};
use crate::engine::start::journal::{StartId, StartStage};

use super::{Health, Model, Start};

impl Model {
    /// The kernels, as far as it is known who holds them.
    pub fn kernels(&self) -> &Kernels {
        &self.kernels
    }

    /// How many kernels were held, from the step on that says what was so at `from`, by the server's clock.
    pub fn kernels_since(&self, from: Timestamp) -> impl Iterator<Item = HeldSince> {
        self.kernel_log.since(from)
    }

    /// Notes how many kernels are held now, if that is known.
    pub(super) fn log_kernels(&mut self, now: Now) {
        let is_live = matches!(self.health(now.boot), Health::Live { .. });
        let at = self.server_now(now);
        self.kernel_log.note(is_live.then(|| self.kernels.held()), at);
    }

    /// Kernels that queues may take at the moment.
    pub fn kernels_for_queues(&self, now: Boot) -> usize {
        self.kernels.free(self.kept_free(), now)
    }

    /// Kernels that queues leave to others; one is always for them.
    pub fn kernels_kept_free(&self) -> u32 {
        self.settings.kernels_kept_free.min(self.settings.kernels.saturating_sub(1))
    }

    /// Kernels that a queue leaves to others: a person's one start leaves none.
    pub(super) fn kernels_left_by(&self, queue: StartId) -> usize {
        if self.queues.is_single(queue) { 0 } else { self.kept_free() }
    }

    fn kept_free(&self) -> usize {
        usize::try_from(self.kernels_kept_free()).unwrap_or(usize::MAX)
    }

    /// Starts of queues that go on here and wait for a kernel; none while there is one.
    pub fn starts_without_kernel(&self, now: Boot) -> usize {
        if self.kernels.is_full(now) { self.queues.unsent_going() } else { 0 }
    }

    /// Tells what has become of the starts that have changed.
    pub(super) fn starts_changed(&mut self, now: Boot) {
        for ticket in self.starts.take_changed() {
            let Some(start) = self.starts.get(ticket) else { continue };
            let (claim, item) = (claim(start), self.item(start));
            self.projects.note_shown(&start.entry.project);
            self.kernels.start_changed(ticket, claim, now);
            self.queues.start_changed(ticket, item);
        }
    }

    /// Tells how the runs of a project are now.
    pub(super) fn runs_changed(&mut self, project: &ProjectId, now: Boot) {
        let watched = || self.projects.get(project).into_iter();
        let active = watched().flat_map(super::ProjectState::active).map(|seen| &seen.run);
        self.kernels.runs_changed(project, active, now);
        let runs = watched().flat_map(|watched| watched.runs.values());
        self.queues.runs_changed(runs.map(|seen| &seen.run));
    }

    /// Hex has refused a start because no kernel is free.
    pub(super) fn kernels_refused(&mut self, now: Boot) {
        self.starts_changed(now);
        self.kernels.refused(now);
    }

    fn item(&self, start: &Start) -> Option<Item> {
        let entry = &start.entry;
        let point = entry.queue?;
        let run = entry.stage.run().and_then(|run| self.truth(&entry.project, run));
        Some(Item {
            batch: point.queue,
            of: point.of,
            project: entry.project.clone(),
            by: entry.by,
            fate: Fate::of(entry, start.call.is_some(), run),
            run: entry.stage.run().cloned(),
            is_running: run.is_some_and(crate::domain::Run::is_active),
        })
    }
}

/// What a start holds for certain.
fn claim(start: &Start) -> Claim {
    match &start.entry.stage {
        StartStage::Waiting | StartStage::Sent if start.call.is_some() => Claim::OnWay(None),
        StartStage::Sent => Claim::OnWay(start.entry.deadline),
        StartStage::Unconfirmed(_) => Claim::Unsure,
        StartStage::Started(run) => Claim::Run(run.clone()),
        _ => Claim::None,
    }
}

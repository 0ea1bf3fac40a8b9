//! Cancels that were ordered, until each is settled: *killed* only when Hex says so.

use crate::cli::search::choice::Target;
use crate::domain::{Now, RunId};
use crate::engine::Model;
use crate::engine::model::{CancelEntry, CancelId, CancelStage};
use crate::ui::text::{count, span};

use super::end::Tally;

/// Cancels that are not settled yet.
#[derive(Clone, Debug, Default)]
pub(super) struct Follow {
    open: Vec<(Target, CancelId)>,
    /// Whether a cancel that Hex has accepted is followed until the run has ended.
    waits: bool,
}

/// What has come of some of them.
pub(super) type Settled = Vec<(Target, CancelStage, Option<CancelEntry>)>;

impl Follow {
    /// Follows what was just ordered; gives the runs that had ended before, of which there is no
    /// cancel.
    pub(super) fn begin(targets: &[Target], waits: bool, model: &Model) -> (Self, Settled) {
        let own = model.session();
        let id_of = |run: &RunId| {
            let mut latest = model.cancel_entries().rev();
            latest.find(|entry| entry.by == own && entry.run == *run).map(|entry| entry.id)
        };
        let (mut open, mut ended) = (Vec::new(), Vec::new());
        for target in targets {
            match id_of(&target.1) {
                Some(id) => open.push((target.clone(), id)),
                None => ended.push((target.clone(), ended_as(target, model), None)),
            }
        }
        (Self { open, waits }, ended)
    }

    /// Those that were settled since this was asked last.
    pub(super) fn settled(&mut self, model: &Model) -> Settled {
        let waits = self.waits;
        self.take(model, |stage| match stage {
            CancelStage::Confirmed | CancelStage::Sent => false,
            CancelStage::Accepted => !waits,
            _ => true,
        })
    }

    /// How far they are, for a person who waits.
    pub(super) fn progress(&self, tally: &Tally, model: &Model, now: Now) -> String {
        let stage = |id: &CancelId| model.cancel_entry(*id).map(|entry| &entry.stage);
        let unsent = |id: &CancelId| matches!(stage(id), None | Some(CancelStage::Confirmed));
        let waiting: Vec<_> = self.open.iter().filter(|(_, id)| unsent(id)).collect();
        let of = count(self.open.len() + tally.of(), "run");
        let mut text = format!("{} of {of} over", tally.of());
        if self.waits && waiting.len() < self.open.len() {
            let sent = self.open.len() - waiting.len();
            text.push_str(&format!(", {sent} sent: waiting until Hex says that they have ended"));
        }
        let departs =
            waiting.last().and_then(|((_, run), _)| model.cancel_departs_at(run, now.boot));
        if let Some(at) = departs.filter(|at| *at > now.boot) {
            let wait = span(at.saturating_sub(now.boot));
            text.push_str(&format!(", {} to leave, the last in {wait}", waiting.len()));
        }
        text
    }

    /// All that are left, however far they are.
    pub(super) fn rest(&mut self, model: &Model) -> Settled {
        self.take(model, |_| true)
    }

    fn take(&mut self, model: &Model, is_over: impl Fn(&CancelStage) -> bool) -> Settled {
        let mut taken = Vec::new();
        self.open.retain(|(target, id)| {
            let Some(entry) = model.cancel_entry(*id) else { return true };
            let is_over = is_over(&entry.stage);
            if is_over {
                taken.push((target.clone(), entry.stage.clone(), Some(entry.clone())));
            }
            !is_over
        });
        taken
    }

    /// Whether all are settled.
    pub(super) fn is_over(&self) -> bool {
        self.open.is_empty()
    }
}

/// How a run has ended that needs no cancel.
pub(super) fn ended_as((project, run): &Target, model: &Model) -> CancelStage {
    let status = model.run(project, run).map_or("unknown", |seen| seen.run.status.word());
    CancelStage::AlreadyEnded(status.to_owned())
}

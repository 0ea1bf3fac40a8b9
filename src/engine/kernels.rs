//! How many of the user's kernels are held, as far as that can be known.
//!
//! Hex lets a user hold so many kernels at a time and never says whose kernel a run holds. Runs of
//! hextop's own starts hold the user's for certain; any other active run, by schedule, by another
//! tool or by another person, may or may not. Only certain ones count against the limit. That
//! there is none free is learned from Hex alone: from its 503, or from an own run that stays
//! pending. Then the next start waits, for a growing pause or until one of the runs ends that may
//! hold a kernel of the user.

mod full;
mod held;
mod log;
#[cfg(test)]
mod tests;
mod waits;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;

use crate::domain::{Boot, ProjectId, Run, RunId, RunStatus};
use crate::engine::start::journal::StartId;

use full::Full;
use held::HeldRuns;
pub use held::Holder;
pub use log::{HeldSince, KernelLog};
pub use waits::Waits;

/// An own run that has been pending for so long has found no kernel: one takes seconds to come up.
const STAYS_PENDING: Duration = Duration::from_mins(1);

/// What a start holds or is about to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Nothing, as far as it is known for certain.
    None,
    /// A kernel in a moment: it is about to leave or on its way. Without an answer until this
    /// time, by the server's clock, it is no longer certain.
    OnWay(Option<Timestamp>),
    /// It may have begun a run: its answer was lost.
    Unsure,
    /// What this run holds: Hex has said that it is the start's own.
    Run(RunId),
}

/// Whether a start may leave, as far as kernels are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// As far as is known there is a kernel for it.
    Free,
    /// Runs started here hold all that it may have.
    Own,
    /// Hex has none free; it is asked again then, if nothing happens before.
    Full {
        /// When.
        again: Boot,
    },
}

/// How many kernels are held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// By runs started here, for certain.
    pub certain: usize,
    /// By those and by all that may hold one besides; not more than the limit.
    pub possible: usize,
    /// How many the user may hold.
    pub limit: usize,
}

/// Hex's word that no kernel is free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// How long ago.
    pub ago: Duration,
    /// How many runs started here held one then.
    pub certain: usize,
    /// How many may have held one, those among them.
    pub possible: usize,
}

/// The kernels of the token's user.
#[derive(Clone, Debug)]
pub struct Kernels {
    /// How many the user may hold, by the settings.
    limit: usize,
    /// The most own runs that were seen running at the same time.
    most: usize,
    runs: HeldRuns,
    /// What each start holds.
    claims: BTreeMap<StartId, Claim>,
    /// Starts that are about to leave or on their way.
    on_way: BTreeMap<StartId, Option<Timestamp>>,
    /// How many starts may have begun a run that is not known.
    unsure: usize,
    full: Option<Full>,
}

impl Kernels {
    /// Those of a user who may hold `limit`, of which none is known to be held.
    pub fn new(limit: u32) -> Self {
        Self {
            limit: usize::try_from(limit).unwrap_or(usize::MAX),
            most: 0,
            runs: HeldRuns::default(),
            claims: BTreeMap::new(),
            on_way: BTreeMap::new(),
            unsure: 0,
            full: None,
        }
    }

    /// Takes in what a start holds from now on.
    pub fn start_changed(&mut self, start: StartId, claim: Claim, now: Boot) {
        if self.claims.get(&start).unwrap_or(&Claim::None) == &claim {
            return;
        }
        match self.claims.remove(&start) {
            Some(Claim::OnWay(_)) => drop(self.on_way.remove(&start)),
            Some(Claim::Unsure) => self.unsure = self.unsure.saturating_sub(1),
            Some(Claim::Run(run)) => self.runs.disown(&run, now),
            Some(Claim::None) | None => {}
        }
        match &claim {
            Claim::None => return,
            Claim::OnWay(until) => {
                let certain = self.certain();
                if let Some(full) = self.full.as_mut().filter(|full| certain >= full.certain) {
                    full.tried(now);
                }
                self.on_way.insert(start, *until);
            }
            Claim::Unsure => self.unsure += 1,
            Claim::Run(run) => self.runs.own(run, now),
        }
        self.claims.insert(start, claim);
    }

    /// Takes in which runs of a project are active; the others have ended or are forgotten.
    pub fn runs_changed<'a>(
        &mut self,
        project: &ProjectId,
        active: impl IntoIterator<Item = &'a Run>,
        now: Boot,
    ) {
        let freed = self.runs.replace(project, active, now);
        let running = self.runs.own_running();
        self.most = self.most.max(running);
        // More run than Hex had room for.
        self.full = self.full.take().filter(|full| running <= full.certain);
        if let Some(full) = self.full.as_mut().filter(|_| freed) {
            full.freed = true;
        }
    }

    /// Hex has refused a start because no kernel is free (503).
    pub fn refused(&mut self, now: Boot) {
        self.learn(self.certain(), true, now);
    }

    /// Looks for starts whose answer is overdue, by the server's clock, and for own runs that stay
    /// pending: those say that no kernel is free.
    pub fn pass(&mut self, server: Timestamp, now: Boot) {
        let late = |until: &Option<Timestamp>| until.is_some_and(|until| until <= server);
        let late: Vec<_> = self.on_way.extract_if(.., |_, until| late(until)).collect();
        for (start, _) in late {
            self.claims.insert(start, Claim::Unsure);
            self.unsure += 1;
        }
        if self.runs.starved(now) {
            self.learn(self.runs.own_running(), false, now);
        }
    }

    fn learn(&mut self, certain: usize, is_said: bool, now: Boot) {
        let before = self.full.take().filter(|full| full.is_known(now));
        let tries = before.map_or(0, |full| full.tries);
        let possible = self.possible();
        let tries = tries + 1;
        self.full = Some(Full { certain, possible, at: now, tries, is_said, freed: false });
    }

    /// Whether a start may leave that leaves `kept` kernels to others.
    pub fn room(&self, kept: usize, now: Boot) -> Room {
        if self.certain() >= self.limit().saturating_sub(kept) {
            return Room::Own;
        }
        match self.full_at(now) {
            Some(full) if full.again() > now => Room::Full { again: full.again() },
            _ => Room::Free,
        }
    }

    /// What Hex's word allows at this moment: none if it has said nothing that still counts.
    fn full_at(&self, now: Boot) -> Option<&Full> {
        self.full.as_ref().filter(|full| full.is_known(now) && self.certain() >= full.certain)
    }

    /// How many kernels are free for certain ones, as far as is known, besides `kept`.
    pub fn free(&self, kept: usize, now: Boot) -> usize {
        match self.room(kept, now) {
            Room::Free => self.limit().saturating_sub(kept).saturating_sub(self.certain()),
            Room::Own | Room::Full { .. } => 0,
        }
    }

    /// Whether no kernel is free: runs started here hold all, or Hex has said so and nothing has
    /// happened since that may have freed one.
    pub fn is_full(&self, now: Boot) -> bool {
        self.room(0, now) == Room::Own || self.refusal(now).is_some()
    }

    /// What Hex has said last, while it still holds as far as is known: no kernel is free.
    pub fn refusal(&self, now: Boot) -> Option<Refusal> {
        let full = self.full_at(now).filter(|full| full.is_said && !full.freed)?;
        let &Full { certain, possible, at, .. } = full;
        let refusal = Refusal { ago: now.saturating_sub(at), certain, possible };
        (full.again() > now).then_some(refusal)
    }

    /// How many are held.
    pub fn held(&self) -> Held {
        let (certain, limit) = (self.certain(), self.limit().max(self.certain()));
        Held { certain, possible: self.possible().min(limit), limit }
    }

    /// How many the user may hold: what the settings say, or more where more have run.
    pub fn limit(&self) -> usize {
        self.limit.max(self.most)
    }

    /// When something changes that no message brings.
    pub fn deadline(&self, now: Boot) -> Option<Boot> {
        let again = self.full.as_ref().map(Full::again);
        let starves = self.runs.starves_at();
        again.into_iter().chain(starves).filter(|at| *at > now).min()
    }

    /// Runs that hold a kernel and would free it by ending: those of the user first, then those
    /// that may be, each longest first.
    pub fn holders(&self) -> impl Iterator<Item = &Holder> {
        self.runs.holders()
    }

    /// How many runs are executing, whoever they belong to.
    pub fn running(&self) -> usize {
        self.runs.running()
    }

    fn certain(&self) -> usize {
        self.runs.own_active() + self.on_way.len()
    }

    fn possible(&self) -> usize {
        self.runs.own_active() + self.on_way.len() + self.runs.foreign() + self.unsure
    }
}

/// Whether a run is executing, so that it holds a kernel; one that is pending may still wait for it.
fn is_running(run: &Run) -> bool {
    run.status == RunStatus::Running
}

/// Runs of each project.
type ByProject = BTreeMap<ProjectId, BTreeSet<RunId>>;

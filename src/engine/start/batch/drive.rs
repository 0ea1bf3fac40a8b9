//! Which batches this process drives, what an answer does to one, and what persons want of those
//! whose process is gone.

use std::time::Duration;

use super::{Batches, Fate};
use crate::api::ApiError;
use crate::domain::Boot;
use crate::engine::start::journal::StartId;

/// The pause after Hex has said that it takes no more starts.
pub(super) const PAUSE: Duration = Duration::from_secs(30);

/// So many starts that Hex refuses one after the other have one and the same mistake in them, although a
/// person has let the others go on after the first.
const IN_A_ROW: usize = 3;

/// How this process drives a batch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drive {
    /// Why it stands still, if it does.
    pub paused: Option<String>,
    /// The next start leaves no earlier.
    pub not_before: Boot,
    /// What Hex has said to the last one, if that was to wait.
    pub said: Option<String>,
}

/// What a person wants of a batch whose process is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// It goes on here.
    Resume,
    /// It never goes on.
    Cut,
}

impl Batches {
    /// Drives a batch from now on.
    pub fn drive(&mut self, batch: StartId) {
        self.driven.insert(batch, Drive::default());
    }

    /// Drives a batch no more.
    pub fn let_go(&mut self, batch: StartId) {
        self.driven.remove(&batch);
    }

    /// How this process drives a batch, if it does.
    pub fn driven(&self, batch: StartId) -> Option<&Drive> {
        self.driven.get(&batch)
    }

    /// Lets a driven batch stand still; tells whether it is one.
    pub fn pause(&mut self, batch: StartId, why: String) -> bool {
        let driven = self.driven.get_mut(&batch);
        driven.map(|driven| driven.paused = Some(why)).is_some()
    }

    /// Driven batches whose next start may leave, and that start.
    pub fn due(&self, now: Boot) -> Vec<(StartId, StartId)> {
        let due = |drive: &Drive| drive.paused.is_none() && drive.not_before <= now;
        let driven = self.driven.iter().filter(|(_, drive)| due(drive));
        driven.filter_map(|(batch, _)| Some((*batch, self.next(*batch)?))).collect()
    }

    /// How many starts of driven batches wait that no person has paused.
    pub fn unsent_going(&self) -> usize {
        let going = self.driven.iter().filter(|(_, drive)| drive.paused.is_none());
        let waiting = |id| self.count(id, Fate::Waiting) + self.count(id, Fate::LinedUp);
        going.map(|(id, _)| waiting(*id)).sum()
    }

    /// When a batch may go on that no message will bring.
    pub fn deadline(&self, now: Boot) -> Option<Boot> {
        let waits = |drive: &&Drive| drive.paused.is_none() && drive.not_before > now;
        self.driven.values().filter(waits).map(|drive| drive.not_before).min()
    }

    /// Whether a start goes back into its batch after this answer: Hex has created no run and may
    /// take it later. What will not get better by itself makes the batch stand still.
    pub fn goes_back(&mut self, start: StartId, error: &ApiError, now: Boot) -> bool {
        let Some(batch) = self.items.get(&start).map(|item| item.batch) else { return false };
        let refused = self.refused_in_a_row(batch, start) + 1;
        let is_first = self.count(batch, Fate::Refused) == 0;
        let Some(drive) = self.driven.get_mut(&batch) else { return false };
        match error {
            ApiError::RateLimited => {
                drive.not_before = now + PAUSE;
                drive.said = Some(error.to_string());
                true
            }
            // When the next is tried is a matter of the kernels, which all batches share.
            ApiError::KernelsFull(_) => true,
            ApiError::Unauthorized | ApiError::Forbidden(_) | ApiError::NotFound(_) => {
                drive.paused = Some(error.to_string());
                error == &ApiError::Unauthorized
            }
            ApiError::Rejected { .. } => {
                let why = match refused {
                    1 if is_first => "the inputs of a start were refused".to_owned(),
                    IN_A_ROW.. => format!("{refused} starts in a row were refused"),
                    _ => return false,
                };
                drive.paused = Some(format!("{why}: {error}"));
                false
            }
            _ => false,
        }
    }

    /// How many items of a batch Hex has refused one after the other, up to the one before `start`.
    fn refused_in_a_row(&self, batch: StartId, start: StartId) -> usize {
        let before = self.items.range(batch..start).rev().map(|(_, item)| item);
        before
            .filter(|item| item.batch == batch && item.fate != Fate::Withdrawn)
            .take_while(|item| item.fate == Fate::Refused)
            .take(IN_A_ROW)
            .count()
    }

    /// Notes what a person wants of a batch that this process does not drive.
    pub fn want(&mut self, batch: StartId, wish: Wish) {
        self.wanted.insert(batch, wish);
    }

    /// The next that is wanted.
    pub fn wanted(&self) -> Option<(StartId, Wish)> {
        self.wanted.first_key_value().map(|(batch, wish)| (*batch, *wish))
    }

    /// Nothing is wanted of a batch any more.
    pub fn forget(&mut self, batch: StartId) {
        self.wanted.remove(&batch);
    }

    /// What is wanted of a batch is being written into the journal.
    pub fn taking(&mut self, batch: StartId, wish: Wish) {
        self.taken = Some((batch, wish));
    }

    /// The journal has what was being written: that batch is driven here, or over.
    pub fn has_taken(&mut self) -> Option<StartId> {
        let (batch, wish) = self.taken.take()?;
        if self.wanted.get(&batch) == Some(&wish) {
            self.wanted.remove(&batch);
        }
        if wish == Wish::Resume {
            self.drive(batch);
        }
        Some(batch)
    }

    /// The journal has not taken it; what is wanted is still wanted.
    pub fn not_taken(&mut self) {
        self.taken = None;
    }
}

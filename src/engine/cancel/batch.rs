//! What came of all cancels of one confirmation.

use std::collections::BTreeMap;

use crate::domain::RunId;

/// What came of all cancels of one confirmation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// Ended by being cancelled.
    pub killed: usize,
    /// Had ended otherwise before the cancel reached them.
    pub already_ended: usize,
    /// Taken back before they left.
    pub withdrawn: usize,
    /// Let go after they had left: Hex may still end them.
    pub let_go: usize,
    /// Were being cancelled already, by an earlier confirmation.
    pub under_way: usize,
    /// Could not be cancelled, and why.
    pub failed: Vec<(RunId, String)>,
    /// Not settled yet.
    pub(super) open: usize,
}

/// Confirmations with open cancels.
#[derive(Clone, Debug, Default)]
pub(super) struct Batches {
    open: BTreeMap<u32, Batch>,
    last: u32,
}

impl Batches {
    /// Takes in a confirmation; gives its number, or the batch itself if nothing of it is open.
    pub(super) fn begin(&mut self, number: u32, batch: Batch) -> Option<Batch> {
        if batch.open == 0 {
            return Some(batch);
        }
        self.open.insert(number, batch);
        None
    }

    /// The number of the next confirmation.
    pub(super) fn number(&mut self) -> u32 {
        self.last += 1;
        self.last
    }

    /// Settles one cancel of a confirmation; gives it once nothing of it is open.
    pub(super) fn settle(
        &mut self,
        number: Option<u32>,
        settle: impl FnOnce(&mut Batch),
    ) -> Option<Batch> {
        let batch = self.open.get_mut(&number?)?;
        settle(batch);
        batch.open = batch.open.saturating_sub(1);
        if batch.open == 0 { self.open.remove(&number?) } else { None }
    }
}

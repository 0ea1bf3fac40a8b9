//! What is learned when Hex has no kernel free.

use std::time::Duration;

use crate::domain::Boot;

/// The pause before the first try after Hex has said so; it doubles with each time.
const PAUSE: Duration = Duration::from_secs(30);
/// The longest pause.
const LONGEST: Duration = Duration::from_mins(5);
/// A run that ends brings the next try forward to this part of the pause, and no further: in a
/// busy workspace runs of others end all the time, and each try costs one of few starts an hour.
const PART: u32 = 3;
/// After so long what Hex has said counts no more.
const FORGET: Duration = Duration::from_mins(15);

/// Hex's word that no kernel is free.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Full {
    /// How many were held for certain then.
    pub(super) certain: usize,
    /// How many may have been held then, own ones among them.
    pub(super) possible: usize,
    /// When it was said, or tried again since.
    pub(super) at: Boot,
    /// How often it was said without anything getting better.
    pub(super) tries: u32,
    /// Whether Hex has said so; otherwise an own run that stays pending shows it.
    pub(super) is_said: bool,
    /// Whether a run has ended since that may have freed one.
    pub(super) freed: bool,
}

impl Full {
    /// Whether it still counts.
    pub(super) fn is_known(&self, now: Boot) -> bool {
        now < self.at + FORGET
    }

    /// When a start is tried again.
    pub(super) fn again(&self) -> Boot {
        let pause = PAUSE.saturating_mul(1 << self.tries.saturating_sub(1).min(8)).min(LONGEST);
        self.at + if self.freed { pause / PART } else { pause }
    }

    /// A start leaves although it counts: the next waits anew, until that one is known to run or
    /// to be refused.
    pub(super) fn tried(&mut self, now: Boot) {
        if self.again() <= now {
            (self.at, self.freed) = (now, false);
        }
    }
}

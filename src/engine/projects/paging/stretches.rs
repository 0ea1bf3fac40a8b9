//! Which parts of a list were read.

use jiff::Timestamp;

/// A part of a list that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stretch {
    from: u32,
    to: u32,
    /// When the oldest of its runs started.
    oldest: Option<Timestamp>,
}

/// All parts that were read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Stretches(Vec<Stretch>);

impl Stretches {
    pub(super) fn add(&mut self, from: u32, to: u32, oldest: Option<Timestamp>) {
        if from < to {
            self.0.push(Stretch { from, to, oldest });
        }
    }

    /// When the oldest of all runs started that were read.
    pub(super) fn oldest(&self) -> Option<Timestamp> {
        self.0.iter().filter_map(|stretch| stretch.oldest).min()
    }

    /// How far back from `end` everything was read, and when the oldest run of that started.
    pub(super) fn back_from(&self, end: u32) -> (u32, Option<Timestamp>) {
        let (mut at, mut oldest): (u32, Option<Timestamp>) = (end, None);
        while let Some(stretch) =
            self.0.iter().filter(|s| s.from < at && at <= s.to).min_by_key(|s| s.from)
        {
            at = stretch.from;
            oldest = oldest.into_iter().chain(stretch.oldest).min();
        }
        (at, oldest)
    }

    /// Where the page begins that reaches further back than `from`: right after what was read
    /// before it, if that is within a page of `size` runs.
    pub(super) fn next_back(&self, from: u32, size: u32) -> u32 {
        let earliest = from.saturating_sub(size);
        let before = self.0.iter().map(|stretch| stretch.to).filter(|to| *to < from);
        before.filter(|to| *to > earliest).max().unwrap_or(earliest)
    }
}

//! Where a list ends whose length nobody tells: found by doubling the distance, then by halving it.

/// No list is searched further than this.
const FARTHEST: u32 = 10_000_000;

/// A search for the end of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct EndSearch {
    /// The list has at least so many runs.
    low: u32,
    /// It has at most so many, if that is known.
    high: Option<u32>,
    /// How far the next page is beyond `low`.
    step: u32,
    /// Whether the search is over.
    found: bool,
}

impl EndSearch {
    /// Takes in a page from `offset` to `end`, after which the list goes on or not.
    pub(super) fn take(&mut self, offset: u32, end: u32, goes_on: bool) {
        if self.found && offset < end && end <= self.low {
            // It is further back.
            return;
        }
        if goes_on {
            // It may have grown since a page there was empty.
            self.low = self.low.max(end);
            self.high = self.high.filter(|high| *high > self.low);
            self.found = false;
        } else if end > offset {
            (self.low, self.high, self.found) = (end, Some(end), true);
        } else {
            let high = self.high.map_or(offset, |high| high.min(offset));
            // It may have shrunk since there was a page.
            self.low = self.low.min(high);
            (self.high, self.found) = (Some(high), self.low == high);
        }
    }

    /// The end, once it is found.
    pub(super) fn found(&self) -> Option<u32> {
        self.found.then_some(self.low)
    }

    /// Where to look next with pages of `size` runs; nothing if there is no end.
    pub(super) fn next(&mut self, size: u32) -> Option<u32> {
        let Some(high) = self.high else {
            let next = self.low.saturating_add(self.step);
            self.step = self.step * 2 + size;
            return (next <= FARTHEST).then_some(next);
        };
        let pages = (high - self.low) / 2 / size;
        Some(self.low + pages * size)
    }
}

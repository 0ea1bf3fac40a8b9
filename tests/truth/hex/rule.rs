//! What becomes of requests other than that they are carried out and answered.

use std::time::Duration;

use super::reply::Reply;
use super::request::Op;

/// What becomes of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// It is carried out and answered.
    Normal,
    /// It is not carried out, and answered with this.
    Instead(Reply),
    /// It is carried out, and this is answered, as by a proxy that gave up waiting.
    Lost(Reply),
    /// It is carried out, and the connection breaks.
    Broken,
    /// It is carried out, and nothing is answered.
    Unanswered,
    /// It is neither carried out nor answered.
    NeverArrives,
    /// It is carried out at once and answered so much later.
    AnsweredAfter(Duration),
    /// It is carried out so much later, whether its sender waits or not, and answered then.
    CarriedOutAfter(Duration),
    /// It is answered with what was so long ago.
    Stale(Duration),
}

/// Which requests something becomes of. Of several rules that fit, the last one counts.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    ops: Vec<Op>,
    act: Act,
    from: Duration,
    until: Duration,
    skip: usize,
    left: usize,
}

impl Rule {
    /// All requests of one kind.
    pub(crate) fn on(op: Op, act: Act) -> Self {
        Self::on_all(&[op], act)
    }

    /// All requests of these kinds.
    pub(crate) fn on_all(ops: &[Op], act: Act) -> Self {
        let (from, until) = (Duration::ZERO, Duration::MAX);
        Self { ops: ops.to_owned(), act, from, until, skip: 0, left: usize::MAX }
    }

    /// Only those from this time since the opening on.
    pub(crate) fn from(mut self, seconds: u64) -> Self {
        self.from = Duration::from_secs(seconds);
        self
    }

    /// Only those before this time since the opening.
    pub(crate) fn until(mut self, seconds: u64) -> Self {
        self.until = Duration::from_secs(seconds);
        self
    }

    /// Not the first ones that fit.
    pub(crate) fn after(mut self, count: usize) -> Self {
        self.skip = count;
        self
    }

    /// Only so many.
    pub(crate) fn times(mut self, count: usize) -> Self {
        self.left = count;
        self
    }

    /// What becomes of this request, if the rule is for it.
    pub(super) fn take(&mut self, op: Op, now: Duration) -> Option<Act> {
        if !self.ops.contains(&op) || now < self.from || now >= self.until || self.left == 0 {
            return None;
        }
        if self.skip > 0 {
            self.skip -= 1;
            return None;
        }
        self.left -= 1;
        Some(self.act.clone())
    }
}

//! What may differ from one Hex to another, as far as nobody has documented it.

use std::time::Duration;

use super::request::Op;

/// In which order a project's runs are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// By start, the newest first; those not started first of all.
    NewestFirst,
    /// By start, the oldest first; those not started last.
    OldestFirst,
    /// By start, the newest first; those not started last, as some databases sort nulls.
    NullsLast,
    /// In no order that means anything, but always in the same.
    Shuffled(u64),
}

/// All of them.
pub(crate) const ORDERS: [Order; 5] = [
    Order::NewestFirst,
    Order::OldestFirst,
    Order::NullsLast,
    Order::Shuffled(1),
    Order::Shuffled(2),
];

/// What `nextPage` looks like where there are more runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NextPage {
    /// A whole URL.
    Absolute,
    /// A URL without its host.
    Relative,
    /// A word that only the server understands.
    Token,
    /// Nothing, though there are more.
    Null,
}

/// The three eras of bodies (hex-api.md §2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Era {
    /// 2025: integer versions, no `runTrigger`, only runs by API are listed, errors of shape O, P.
    Y2025,
    /// July 2026: integer versions with `runTrigger`, errors of shape O and P.
    July2026,
    /// October 2026: versions are strings, errors of shape N.
    October2026,
}

/// All of them.
pub(crate) const ERAS: [Era; 3] = [Era::Y2025, Era::July2026, Era::October2026];

/// What happens to a start when its user has no kernel left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WhenFull {
    /// 503, and no run is created.
    Refuses,
    /// It is accepted and stays PENDING until one of the user's runs has ended.
    Waits,
}

/// Which headers tell of the limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LimitHeaders {
    /// None.
    None,
    /// `X-RateLimit-Limit`, `-Remaining` and `-Reset` in seconds.
    XRateLimit,
}

/// At most so many requests of these kinds within any stretch of this length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Limit {
    pub(crate) ops: &'static [Op],
    pub(crate) count: usize,
    pub(crate) window: Duration,
}

/// The operations of the group `hex-api`.
pub(crate) const API: &[Op] = &[Op::Runs, Op::Run, Op::Project, Op::Export];
/// The operations of the group `hex-run-kernel`.
pub(crate) const STARTS: &[Op] = &[Op::Start];

/// All of them, with the values of a Hex of today.
#[derive(Clone, Debug)]
pub(crate) struct Knobs {
    pub(crate) order: Order,
    pub(crate) next_page: NextPage,
    pub(crate) era: Era,
    /// Kernels that each user may hold.
    pub(crate) kernels: usize,
    pub(crate) when_full: WhenFull,
    /// How long after a 204 the run is KILLED; none for never.
    pub(crate) killed_after: Option<Duration>,
    /// How long after its 201 a run can neither be read nor cancelled: 404.
    pub(crate) unknown_for: Duration,
    /// How long after its 201 a run is in no list.
    pub(crate) unlisted_for: Duration,
    pub(crate) limits: Vec<Limit>,
    pub(crate) limit_headers: LimitHeaders,
    /// `Retry-After` of the refusals for being too many.
    pub(crate) retry_after: Option<String>,
    /// How long requests take until they are carried out, in turn, in milliseconds.
    pub(crate) latency: Vec<u64>,
    /// How much the server's clock is ahead, in seconds.
    pub(crate) skew: i64,
}

impl Default for Knobs {
    fn default() -> Self {
        let (minute, hour) = (Duration::from_mins(1), Duration::from_hours(1));
        let limit = |ops, count, window| Limit { ops, count, window };
        Self {
            order: Order::NewestFirst,
            next_page: NextPage::Absolute,
            era: Era::October2026,
            kernels: 25,
            when_full: WhenFull::Refuses,
            killed_after: Some(Duration::from_secs(1)),
            unknown_for: Duration::ZERO,
            unlisted_for: Duration::ZERO,
            limits: vec![
                limit(API, 30, minute),
                limit(API, 1800, hour),
                limit(&[Op::Me], 30, minute),
                limit(STARTS, 20, minute),
                limit(STARTS, 60, hour),
            ],
            limit_headers: LimitHeaders::None,
            retry_after: None,
            latency: vec![40],
            skew: 0,
        }
    }
}

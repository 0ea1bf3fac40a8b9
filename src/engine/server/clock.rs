//! The server's time, as an interval: learned from the `Date` of its replies.
//!
//! `Date` has whole seconds and was written between sending and receiving, so each reply bounds the
//! difference between the server's clock and our boot clock from both sides. Bounds of several
//! replies narrow each other, and widen with time, because clocks drift. Replies that contradict
//! each other (a clock was set, a proxy answers from its cache, servers disagree) widen the
//! interval to hold all of them, until enough replies in a row agree again. What decides uses the
//! bound that is safe for it; the middle is only for showing. Our wall clock, which may jump, plays
//! no part once one reply has come.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::domain::{Boot, Now};

/// How many replies in a row have to agree after some did not.
const AGREEING: usize = 8;
/// Two clocks drift apart by at most this part of the time that passes: 500 ppm, which is as fast
/// as a clock is adjusted (`adjtimex`).
const DRIFT: u32 = 2_000;

/// Bounds of server time minus boot time, as learned at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Offset {
    low: SignedDuration,
    high: SignedDuration,
    at: Boot,
}

impl Offset {
    /// The same at another moment: wider by what the clocks may have drifted.
    fn at(self, at: Boot) -> Self {
        let apart = self.at.max(at).saturating_sub(self.at.min(at));
        let drift = signed(apart / DRIFT);
        let (low, high) = (self.low.saturating_sub(drift), self.high.saturating_add(drift));
        Self { low, high, at }
    }

    /// What both allow at the later of their moments, if anything.
    fn and(self, other: Self) -> Option<Self> {
        let at = self.at.max(other.at);
        let (one, two) = (self.at(at), other.at(at));
        let (low, high) = (one.low.max(two.low), one.high.min(two.high));
        (low <= high).then_some(Self { low, high, at })
    }

    fn middle(self) -> SignedDuration {
        self.low.saturating_add(self.high.saturating_sub(self.low) / 2)
    }
}

/// Bounds of the server's time.
#[derive(Clone, Debug, Default)]
pub(in crate::engine) struct ServerClock {
    /// What all replies agreed on.
    agreed: Option<Offset>,
    /// Replies since one contradicted that, the last [`AGREEING`] of them.
    doubts: Vec<Offset>,
}

impl ServerClock {
    /// Takes in the `Date` of a reply to a request sent at `sent` and received at `received`.
    pub(in crate::engine) fn learn(&mut self, date: Timestamp, sent: Boot, received: Boot) {
        let date = date.as_duration();
        let low = date.saturating_sub(since_boot(received));
        let end = date.saturating_add(SignedDuration::from_secs(1));
        self.take(Offset { low, high: end.saturating_sub(since_boot(sent)), at: received });
    }

    fn take(&mut self, new: Offset) {
        let Some(agreed) = self.agreed else {
            self.agreed = Some(new);
            return;
        };
        if self.doubts.is_empty()
            && let Some(both) = agreed.and(new)
        {
            self.agreed = Some(both);
            return;
        }
        self.doubts.push(new);
        if self.doubts.len() < AGREEING {
            return;
        }
        let all = self.doubts.iter().try_fold(new, |all, one| all.and(*one));
        if all.is_some() {
            self.agreed = all;
            self.doubts.clear();
        } else {
            self.doubts.remove(0);
        }
    }

    /// Takes over what another process of this machine knows, if nothing is known here: at `at` the
    /// server's time was `server`, give or take `error`.
    pub(in crate::engine) fn apply(&mut self, server: Timestamp, error: Duration, at: Boot) {
        let offset = server.as_duration().saturating_sub(since_boot(at));
        let error = signed(error);
        let (low, high) = (offset.saturating_sub(error), offset.saturating_add(error));
        self.agreed.get_or_insert(Offset { low, high, at });
    }

    /// The server's time at `now`, for showing; our own before the first reply.
    pub(in crate::engine) fn at(&self, now: Now) -> Timestamp {
        // Of replies that contradict each other the last is as good as any.
        let Some(offset) = self.doubts.last().copied().or(self.agreed) else {
            return now.wall;
        };
        time(offset.middle(), now.boot).unwrap_or(now.wall)
    }

    /// The earliest that the server's clock may say when it is `at` here; nothing before the first
    /// reply.
    pub(in crate::engine) fn earliest(&self, at: Boot) -> Option<Timestamp> {
        time(self.offsets(at).map(|offset| offset.low).min()?, at)
    }

    /// The latest that it may say then.
    pub(in crate::engine) fn latest(&self, at: Boot) -> Option<Timestamp> {
        time(self.offsets(at).map(|offset| offset.high).max()?, at)
    }

    /// How far the server's time may be from the one that [`Self::at`] tells.
    pub(in crate::engine) fn error(&self, now: Now) -> Option<Duration> {
        let (from, to) = (self.earliest(now.boot)?, self.latest(now.boot)?);
        let shown = self.at(now);
        let error = shown.duration_since(from).max(to.duration_since(shown));
        Duration::try_from(error).ok()
    }

    /// When the server's clock certainly says `server`, as far as is known at `now`.
    pub(in crate::engine) fn passes(&self, server: Timestamp, now: Boot) -> Option<Boot> {
        let low = self.offsets(now).map(|offset| offset.low).min()?;
        let boot = server.as_duration().saturating_sub(low);
        Some(Boot::at(Duration::try_from(boot).unwrap_or_default()))
    }

    fn offsets(&self, at: Boot) -> impl Iterator<Item = Offset> {
        self.agreed.iter().chain(&self.doubts).map(move |offset| offset.at(at))
    }
}

fn time(offset: SignedDuration, at: Boot) -> Option<Timestamp> {
    Timestamp::from_duration(offset.saturating_add(since_boot(at))).ok()
}

fn since_boot(at: Boot) -> SignedDuration {
    signed(at.since_boot())
}

fn signed(duration: Duration) -> SignedDuration {
    SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Server time minus boot time, in seconds.
    const AHEAD: i64 = 1_800_000_000;

    fn ms(millis: u64) -> Boot {
        Boot::from_millis(millis)
    }

    /// The server's time at a moment of this machine, by a clock that is so many seconds off.
    fn server(at: Boot, off: i64) -> Timestamp {
        let at = SignedDuration::try_from(at.since_boot()).unwrap();
        Timestamp::from_duration(at + SignedDuration::from_secs(AHEAD + off)).unwrap()
    }

    /// A reply that was `there` milliseconds on its way there and `back` on its way back, with the
    /// date of a clock that is `off`.
    fn reply(clock: &mut ServerClock, sent: u64, (there, back): (u64, u64), off: i64) {
        let date = Timestamp::from_second(server(ms(sent + there), off).as_second()).unwrap();
        clock.learn(date, ms(sent), ms(sent + there + back));
    }

    fn shown(clock: &ServerClock, at: Boot) -> SignedDuration {
        let now = Now { boot: at, wall: Timestamp::UNIX_EPOCH };
        clock.at(now).duration_since(server(at, 0))
    }

    fn holds_truth(clock: &ServerClock, at: Boot) -> bool {
        let truth = server(at, 0);
        clock.earliest(at).unwrap() <= truth && truth <= clock.latest(at).unwrap()
    }

    #[test]
    fn replies_narrow_the_servers_time_to_less_than_its_whole_seconds() {
        let mut clock = ServerClock::default();
        let wall = Timestamp::UNIX_EPOCH;
        assert_eq!(clock.at(Now { boot: ms(5), wall }), wall);
        assert_eq!((clock.earliest(ms(5)), clock.latest(ms(5))), (None, None));
        reply(&mut clock, 1_950, (20, 20), 0);
        reply(&mut clock, 2_010, (20, 20), 0);
        assert!(shown(&clock, ms(10_000)).abs() <= SignedDuration::from_millis(50));
        assert!(holds_truth(&clock, ms(10_000)));
    }

    #[test]
    fn a_server_whose_clock_is_set_is_shown_at_once_and_believed_after_some_replies() {
        let mut clock = ServerClock::default();
        reply(&mut clock, 1_000, (10, 0), -5_000);
        reply(&mut clock, 2_000, (10, 0), 0);
        assert!(shown(&clock, ms(3_000)).abs() <= SignedDuration::from_secs(1));
        let earliest = clock.earliest(ms(3_000)).unwrap();
        assert!(earliest <= server(ms(3_000), -5_000), "it may be one or the other");
        for number in 1..8 {
            reply(&mut clock, 3_000 * number, (10, 0), 0);
        }
        let at = ms(30_000);
        assert!(holds_truth(&clock, at));
        assert!(clock.earliest(at).unwrap() >= server(at, -2), "{:?}", clock.earliest(at));
    }

    #[test]
    fn a_date_from_a_cache_never_takes_the_truth_out_of_the_bounds() {
        let mut clock = ServerClock::default();
        reply(&mut clock, 0, (100, 100), 0);
        for number in 1..100_u64 {
            // Every third reply has the date of the first.
            let off = if number % 3 == 0 { -i64::try_from(number).unwrap() * 5 } else { 0 };
            reply(&mut clock, 5_000 * number, (100, 100), off);
            assert!(holds_truth(&clock, ms(5_000 * number + 300)), "{number}");
        }
    }

    #[test]
    fn what_is_known_gets_less_certain_with_time() {
        let mut clock = ServerClock::default();
        reply(&mut clock, 1_000, (10, 10), 0);
        let width = |at| clock.latest(at).unwrap().duration_since(clock.earliest(at).unwrap());
        assert!(width(Boot::from_secs(10)) <= SignedDuration::from_millis(1_100));
        // A clock that is slewed gains or loses half a second in a quarter of an hour.
        assert!(width(Boot::from_secs(1_800)) >= SignedDuration::from_millis(2_700));
    }

    #[test]
    fn what_another_process_knows_is_taken_with_its_error_and_only_where_nothing_is_known() {
        let mut clock = ServerClock::default();
        let (at, error) = (ms(4_000), Duration::from_secs(30));
        clock.apply(server(at, 20), error, at);
        assert!(holds_truth(&clock, at));
        reply(&mut clock, 5_000, (10, 10), 0);
        clock.apply(server(at, 900), Duration::ZERO, at);
        assert!(shown(&clock, ms(6_000)).abs() <= SignedDuration::from_secs(1));
        let now = Now { boot: ms(6_000), wall: Timestamp::UNIX_EPOCH };
        assert!(clock.error(now).unwrap() <= Duration::from_millis(1_100));
    }

    #[test]
    fn a_moment_of_the_server_has_passed_only_when_that_is_certain() {
        let mut clock = ServerClock::default();
        reply(&mut clock, 0, (1_000, 29_000), 0);
        let at = server(Boot::from_secs(60), 0);
        let passed = clock.passes(at, Boot::from_secs(30)).unwrap();
        assert!(passed >= Boot::from_secs(60) && passed <= Boot::from_secs(91), "{passed:?}");
        assert_eq!(ServerClock::default().passes(at, Boot::from_secs(30)), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(crate::testkit::cases(200)))]

        #[test]
        fn the_servers_time_is_always_within_its_bounds(
            replies in prop::collection::vec(
                (0..600_000_u64, 0..60_000_u64, 0..60_000_u64), 1..30,
            ),
        ) {
            let mut clock = ServerClock::default();
            let mut sent = 0;
            for (pause, there, back) in replies {
                sent += pause;
                reply(&mut clock, sent, (there, back), 0);
                let received = ms(sent + there + back);
                prop_assert!(holds_truth(&clock, received));
                prop_assert!(holds_truth(&clock, received + Duration::from_hours(1)));
                prop_assert!(holds_truth(&clock, received - Duration::from_mins(1)));
                sent += there + back;
            }
        }
    }
}

//! The server's time, learned from the `Date` of its replies.
//!
//! `Date` has whole seconds, and was written somewhere between sending and receiving, so each
//! reply bounds the difference between the server's clock and our boot clock from both sides;
//! the bounds of many replies narrow each other. Our wall clock, which may jump, plays no part
//! once one reply has come.

use jiff::{SignedDuration, Timestamp};

use crate::domain::{Boot, Now};

/// Bounds of server time minus boot time.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ServerClock {
    bounds: Option<(SignedDuration, SignedDuration)>,
}

impl ServerClock {
    /// Takes in the `Date` of a reply to a request sent at `sent` and received at `received`.
    pub(super) fn learn(&mut self, date: Timestamp, sent: Boot, received: Boot) {
        let date = date.as_duration();
        let low = date.saturating_sub(signed(received));
        let high = date.saturating_add(SignedDuration::from_secs(1)).saturating_sub(signed(sent));
        let narrowed = self.bounds.map(|(l, h)| (l.max(low), h.min(high)));
        // Bounds that exclude each other mean that the server's clock was set.
        self.bounds = Some(narrowed.filter(|(l, h)| l <= h).unwrap_or((low, high)));
    }

    /// Takes over what another process knows, if nothing is known here: at `at` the server's time
    /// was `server`.
    pub(super) fn hear(&mut self, server: Timestamp, at: Boot) {
        let offset = server.as_duration().saturating_sub(signed(at));
        self.bounds.get_or_insert((offset, offset.saturating_add(SignedDuration::from_secs(1))));
    }

    /// Whether any reply has come.
    pub(super) fn is_known(self) -> bool {
        self.bounds.is_some()
    }

    /// The server's time at `now`; our own before the first reply.
    pub(super) fn at(self, now: Now) -> Timestamp {
        let Some((low, high)) = self.bounds else {
            return now.wall;
        };
        let offset = low + (high - low) / 2;
        Timestamp::from_duration(offset.saturating_add(signed(now.boot))).unwrap_or(now.wall)
    }
}

fn signed(at: Boot) -> SignedDuration {
    SignedDuration::try_from(at.since_boot()).unwrap_or(SignedDuration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(millis: u64) -> Boot {
        Boot::from_millis(millis)
    }

    #[test]
    fn replies_narrow_the_servers_time_to_less_than_its_whole_seconds() {
        let mut clock = ServerClock::default();
        let wall = Timestamp::UNIX_EPOCH;
        assert_eq!(clock.at(Now { boot: ms(5), wall }), wall);
        // The server's clock is boot time plus 100 s.
        clock.learn(Timestamp::from_second(101).unwrap(), ms(1950), ms(1990));
        clock.learn(Timestamp::from_second(102).unwrap(), ms(2010), ms(2050));
        let told = clock.at(Now { boot: ms(10_000), wall });
        let error = told.duration_since(Timestamp::from_second(110).unwrap());
        assert!(error.abs() <= SignedDuration::from_millis(50), "{error:?}");
    }

    #[test]
    fn a_server_whose_clock_is_set_is_followed() {
        let mut clock = ServerClock::default();
        clock.learn(Timestamp::from_second(101).unwrap(), ms(1000), ms(1010));
        clock.learn(Timestamp::from_second(5001).unwrap(), ms(2000), ms(2010));
        let told = clock.at(Now { boot: ms(3000), wall: Timestamp::UNIX_EPOCH });
        assert_eq!(told.as_second(), 5002);
    }
}

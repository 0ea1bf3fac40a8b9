//! How many requests the user of the token has left.
//!
//! Others have limits of their own: what they ask counts in none of these.
//!
//! A window is fixed: it begins with its first request and lasts its whole length. A refused
//! request neither counts nor makes a window longer. Windows run in the client's real time,
//! whatever the speed of the world.

use std::time::Duration;

use crate::domain::Boot;

use super::call::CallKind;
use super::scenario::Limits;

/// One limit and how much of it is used.
#[derive(Clone, Debug)]
struct Window {
    limit: u32,
    length: Duration,
    only_triggers: bool,
    began: Option<Boot>,
    used: u32,
}

impl Window {
    fn roll(&mut self, now: Boot) {
        if self.began.is_some_and(|began| now >= began + self.length) {
            self.began = None;
            self.used = 0;
        }
    }

    fn standing(&self, now: Boot) -> Standing {
        let end = self.began.map_or(now + self.length, |began| began + self.length);
        Standing {
            limit: self.limit,
            remaining: self.limit.saturating_sub(self.used),
            reset: end.saturating_sub(now),
            length: self.length,
        }
    }

    fn concerns(&self, kind: CallKind) -> bool {
        !self.only_triggers || kind == CallKind::Trigger
    }
}

/// What the headers of an answer tell about one limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) limit: u32,
    pub(crate) remaining: u32,
    /// From now until the window ends.
    pub(crate) reset: Duration,
    /// The whole window.
    pub(crate) length: Duration,
}

/// All limits of one token.
#[derive(Clone, Debug)]
pub(crate) struct Limiter {
    windows: Vec<Window>,
}

impl Limiter {
    pub(crate) fn new(limits: &Limits) -> Self {
        let (minute, hour) = (Duration::from_mins(1), Duration::from_hours(1));
        let windows = [
            (limits.per_minute, minute, false),
            (limits.per_hour, hour, false),
            (limits.triggers_per_minute, minute, true),
            (limits.triggers_per_hour, hour, true),
        ];
        let window = |(limit, length, only_triggers)| Window {
            limit,
            length,
            only_triggers,
            began: None,
            used: 0,
        };
        Self { windows: windows.into_iter().filter(|(limit, ..)| *limit > 0).map(window).collect() }
    }

    /// Grants a request and tells what is left, if any limit is on.
    ///
    /// # Errors
    /// The limit that refuses it.
    pub(crate) fn admit(
        &mut self,
        kind: CallKind,
        now: Boot,
    ) -> Result<Option<Standing>, Standing> {
        for window in &mut self.windows {
            window.roll(now);
        }
        let concerned = |window: &&Window| window.concerns(kind);
        let full = self.windows.iter().filter(concerned).find(|window| window.used >= window.limit);
        if let Some(full) = full {
            return Err(full.standing(now));
        }
        for window in self.windows.iter_mut().filter(|window| window.concerns(kind)) {
            window.began.get_or_insert(now);
            window.used += 1;
        }
        let general = self.windows.iter().find(|window| !window.only_triggers);
        let shown = general.or_else(|| self.windows.iter().find(concerned));
        Ok(shown.map(|window| window.standing(now)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limiter(per_minute: u32, triggers_per_minute: u32) -> Limiter {
        Limiter::new(&Limits {
            per_minute,
            triggers_per_minute,
            triggers_per_hour: 0,
            ..Limits::default()
        })
    }

    fn at(seconds: u64) -> Boot {
        Boot::from_secs(seconds)
    }

    #[test]
    fn the_window_begins_with_its_first_request_and_a_refusal_does_not_make_it_longer() {
        let mut limiter = limiter(2, 0);
        let standing = |remaining, reset| Standing {
            limit: 2,
            remaining,
            reset: Duration::from_secs(reset),
            length: Duration::from_mins(1),
        };
        let mut ask = |second| limiter.admit(CallKind::ListRuns, at(second));
        assert_eq!(ask(100), Ok(Some(standing(1, 60))));
        assert_eq!(ask(130), Ok(Some(standing(0, 30))));
        assert_eq!(ask(131), Err(standing(0, 29)));
        assert_eq!(ask(159), Err(standing(0, 1)));
        assert_eq!(ask(160), Ok(Some(standing(1, 60))));
    }

    #[test]
    fn triggers_have_a_limit_of_their_own_besides_the_general_one() {
        let mut limiter = limiter(10, 1);
        let remaining =
            |granted: Result<Option<Standing>, _>| granted.map(|s| s.unwrap().remaining);
        assert_eq!(remaining(limiter.admit(CallKind::Trigger, at(0))), Ok(9));
        let refused = limiter.admit(CallKind::Trigger, at(1)).unwrap_err();
        assert_eq!((refused.limit, refused.remaining), (1, 0));
        assert_eq!(remaining(limiter.admit(CallKind::Cancel, at(2))), Ok(8));
    }

    #[test]
    fn limits_that_are_off_grant_everything_and_say_nothing() {
        let mut limiter = limiter(0, 0);
        for _ in 0..1000 {
            assert_eq!(limiter.admit(CallKind::Trigger, at(0)), Ok(None));
        }
    }
}

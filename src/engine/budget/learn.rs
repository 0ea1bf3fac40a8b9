//! What replies teach about the limits.
//!
//! * A header that states the limit is believed up to what the settings allow; where only
//!   `remaining` is stated, the limit is at least one more, and just that at a window's start.
//! * `remaining` and `reset` describe the server's own window, in which others spend too.
//! * A 429 that says for how long is believed up to an hour. One that asks for more than a minute
//!   and a half speaks of an hourly limit; what was sent in the hour before is then taken for it,
//!   for an hour. One that does not makes polls wait
//!   a minute and come back at half, and two a minute more for every five clean minutes; a
//!   waiting cancel tries when our window's first request is a minute old, then every 15 s.
//! * Whatever a 429 says, a cancel waits a minute at most. Then one is sent; if it is refused as
//!   well, the next follows a minute later, and if it is not, the others follow at once.
//! * 429s one after the other are answered by growing pauses, even if each says that nothing needs
//!   to be waited for.

use std::cmp::Ordering;
use std::time::Duration;

use crate::api::{Kind, RateHint};
use crate::domain::Boot;

use super::{Budget, CallId, Entry, HOUR, MINUTE, Priority, START, Source};

/// A `reset` further away than this belongs to an hourly window.
const NOT_A_MINUTE: Duration = Duration::from_secs(90);
/// `reset` and `Retry-After` are whole seconds, perhaps rounded down.
const ROUNDING: Duration = Duration::from_secs(1);
/// How often a cancel tries after a 429 without hints.
const CANCEL_RETRY: Duration = Duration::from_secs(15);
/// The longest that a cancel waits after a 429, whatever that says.
const CANCEL_LONGEST: Duration = MINUTE;
/// How long the last word on others' use counts.
const OTHERS_FADE: Duration = Duration::from_mins(2);
/// Clean time after which a lowered ceiling rises by [`RISE`].
const CLEAN: Duration = Duration::from_mins(5);
const RISE: u32 = 2;
/// The least that a 429 teaches of an hour's limit: a look every ten seconds.
const LEAST_HOUR: u32 = 360;

/// The server's window, as its headers last described it.
#[derive(Clone, Copy, Debug)]
struct Window {
    /// The least that an answer said was left: what the request seen last of those answered left.
    left: u32,
    /// When that request left.
    asked: Boot,
    /// It ends no earlier than this,
    earliest: Boot,
    /// and no later than this.
    latest: Boot,
}

impl Window {
    /// A window that `reset` describes in an answer that came `now` to what was asked at `asked`.
    fn new(left: u32, reset: Duration, asked: Boot, now: Boot) -> Self {
        let earliest = asked + reset - ROUNDING;
        Self { left, asked, earliest, latest: now + reset + ROUNDING }
    }

    /// What is known of the window once `other` is known as well. Of two windows, the later counts.
    fn and(self, other: Self) -> Self {
        if other.latest < self.earliest {
            self
        } else if self.latest < other.earliest {
            other
        } else {
            let (left, asked) = match self.left.cmp(&other.left) {
                Ordering::Less => (self.left, self.asked),
                Ordering::Equal => (self.left, self.asked.max(other.asked)),
                Ordering::Greater => (other.left, other.asked),
            };
            Self {
                left,
                asked,
                earliest: self.earliest.max(other.earliest),
                latest: self.latest.min(other.latest),
            }
        }
    }
}

/// A rate that a 429 lowered.
#[derive(Clone, Copy, Debug)]
struct Ceiling {
    count: u32,
    raised: Boot,
}

/// 429s one after the other. Those whose requests were on their way together count as one.
#[derive(Clone, Copy, Debug, Default)]
struct Refusals {
    count: u32,
    last: Boot,
}

impl Refusals {
    /// Counts a refusal of what left at `asked`; gives the least pause after it: none after the
    /// first, then 2, 4, 8 … seconds, a minute at most.
    fn add(&mut self, asked: Boot, now: Boot) -> Duration {
        if self.count == 0 || asked >= self.last {
            *self = Self { count: self.count.saturating_add(1), last: now };
        }
        match self.count {
            0 | 1 => Duration::ZERO,
            count => Duration::from_secs(1 << (count - 1).min(6)).min(MINUTE),
        }
    }

    /// What left at `asked` was not refused: whether it left after the last refusal.
    fn end(&mut self, asked: Boot) -> bool {
        let is_over = asked >= self.last;
        if is_over {
            *self = Self::default();
        }
        is_over
    }
}

/// What is known of the server's limits.
#[derive(Clone, Debug)]
pub(super) struct Known {
    minute: u32,
    source: Source,
    /// An hour's limit, and when it was learned.
    hour: Option<(u32, Boot)>,
    window: Option<Window>,
    others: Option<(u32, Boot)>,
    ceiling: Option<Ceiling>,
    /// No request but a cancel before this.
    blocked: Boot,
    /// No cancel before this.
    cancel_blocked: Boot,
    /// No trigger before this.
    trigger_blocked: Boot,
    refusals: Refusals,
    trigger_refusals: Refusals,
}

impl Known {
    /// Begins with `minute`, of `most` that the settings allow.
    pub(super) fn new(minute: u32, most: u32) -> Self {
        Self {
            minute,
            source: if most < START { Source::Settings } else { Source::Documented },
            hour: None,
            window: None,
            others: None,
            ceiling: None,
            blocked: Boot::ZERO,
            cancel_blocked: Boot::ZERO,
            trigger_blocked: Boot::ZERO,
            refusals: Refusals::default(),
            trigger_refusals: Refusals::default(),
        }
    }

    /// A cancel leaves while everything else waits after a 429: the next one waits for its answer,
    /// or for a minute.
    pub(super) fn try_cancel(&mut self, now: Boot) {
        if now < self.blocked {
            self.cancel_blocked = now + CANCEL_LONGEST;
        }
    }

    /// The last cancel was not refused: others need not wait.
    pub(super) fn let_cancels_through(&mut self) {
        self.cancel_blocked = Boot::ZERO;
    }

    /// Takes in that `entry` was not refused.
    fn accepted(&mut self, entry: Entry) {
        let is_news = self.refusals.end(entry.sent);
        if entry.kind == Kind::Trigger {
            self.trigger_refusals.end(entry.sent);
        }
        if is_news && entry.priority == Priority::Cancel {
            self.let_cancels_through();
        }
    }

    pub(super) fn minute(&self) -> u32 {
        self.ceiling.map_or(self.minute, |ceiling| ceiling.count.min(self.minute))
    }

    pub(super) fn source(&self) -> Source {
        self.source
    }

    pub(super) fn is_lowered(&self) -> bool {
        self.minute() < self.minute
    }

    /// The limit of a minute, whatever a 429 has lowered for the time being.
    pub(super) fn usual_minute(&self) -> u32 {
        self.minute
    }

    /// The limit of an hour, if one was learned within the last.
    pub(super) fn hour(&self, now: Boot) -> Option<u32> {
        self.hour.filter(|(_, learned)| now < *learned + HOUR).map(|(count, _)| count)
    }

    /// What the server's window has left by its own word, and when the request left to which it
    /// said so.
    pub(super) fn left(&self, now: Boot) -> Option<(u32, Boot)> {
        self.window.filter(|window| now < window.latest).map(|window| (window.left, window.asked))
    }

    pub(super) fn until(&self, now: Boot) -> Option<Boot> {
        self.window.map(|window| window.latest).filter(|until| now < *until)
    }

    pub(super) fn others(&self, now: Boot) -> u32 {
        self.others.filter(|(_, seen)| now < *seen + OTHERS_FADE).map_or(0, |(count, _)| count)
    }

    pub(super) fn blocked(&self, priority: Priority, kind: Kind) -> Boot {
        match (priority, kind) {
            (Priority::Cancel, _) => self.cancel_blocked,
            (_, Kind::Trigger) => self.blocked.max(self.trigger_blocked),
            _ => self.blocked,
        }
    }

    pub(super) fn spend(&mut self) {
        if let Some(window) = &mut self.window {
            window.left = window.left.saturating_sub(1);
        }
    }
}

impl Budget {
    /// Takes in the end of a request: its reply's hints, or none if no reply came. `refused`
    /// says that it was a 429.
    pub fn settle(&mut self, call: CallId, hint: &RateHint, refused: bool, now: Boot) {
        let Some(entry) = self.log.close(call, now) else {
            return;
        };
        if hint.remaining.is_none() {
            // The server may have seen it all the same.
            self.known.spend();
        }
        self.learn_window(entry.sent, hint, now);
        if refused {
            self.learn_refusal(entry, hint, now);
            return;
        }
        self.known.accepted(entry);
        if let Some(ceiling) = &mut self.known.ceiling {
            if now >= ceiling.raised + CLEAN {
                *ceiling = Ceiling { count: ceiling.count + RISE, raised: now };
            }
            if ceiling.count >= self.known.minute {
                self.known.ceiling = None;
            }
        }
    }

    fn learn_window(&mut self, asked: Boot, hint: &RateHint, now: Boot) {
        if hint.reset.is_some_and(|reset| reset > NOT_A_MINUTE) {
            let stated = hint.limit.filter(|limit| *limit > 0).map(|limit| (limit, now));
            self.known.hour = stated.or(self.known.hour);
            return;
        }
        if let Some(limit) = hint.limit.filter(|limit| *limit > 0) {
            self.known.minute = limit.min(self.most);
            self.known.source = if limit > self.most { Source::Settings } else { Source::Headers };
        }
        let Some(remaining) = hint.remaining else {
            return;
        };
        if hint.limit.is_none() {
            // Nobody says when the server's window began, so only this request is sure to be in
            // it. The first one of a window shows the whole limit.
            let shown = remaining.saturating_add(1).min(self.most);
            if shown > self.known.minute {
                (self.known.minute, self.known.source) = (shown, Source::Remaining);
            }
        }
        let Some(reset) = hint.reset else { return };
        let told = Window::new(remaining, reset.min(MINUTE), asked, now);
        self.known.window = Some(self.known.window.map_or(told, |known| known.and(told)));
        // The server spoke some time after it was asked, so the window began no earlier than this.
        let begun = asked + reset - (MINUTE + ROUNDING);
        let ours = self.log.ended_since(begun, now).count();
        let ours = u32::try_from(ours).unwrap_or(u32::MAX);
        let others = self.known.minute.saturating_sub(remaining.saturating_add(ours));
        if others >= self.known.others(now) || now >= begun + MINUTE / 2 {
            self.known.others = Some((others, now));
        }
    }

    fn learn_refusal(&mut self, Entry { kind, sent, .. }: Entry, hint: &RateHint, now: Boot) {
        let told = hint.retry_after.or(hint.reset).map(|wait| wait.min(HOUR) + ROUNDING);
        let others_may = hint.remaining.is_some_and(|remaining| remaining > 0);
        if kind == Kind::Trigger && others_may {
            let least = self.known.trigger_refusals.add(sent, now);
            self.known.trigger_blocked = now + told.unwrap_or(MINUTE).max(least);
            return;
        }
        let least = self.known.refusals.add(sent, now);
        if let Some(wait) = told.map(|wait| wait.max(least)) {
            if wait > NOT_A_MINUTE {
                let spent = self.log.count(HOUR, now, |_, _| true).saturating_sub(1);
                self.known.hour = Some((spent.max(LEAST_HOUR), now));
            }
            self.known.blocked = now + wait;
            self.known.cancel_blocked = now + wait.min(CANCEL_LONGEST);
            return;
        }
        let first = self.log.holding(MINUTE, now).next().map(|e| e.sent + MINUTE);
        let again = now < self.known.blocked;
        self.known.cancel_blocked = match first {
            Some(first) if first > now && !again => first,
            _ => now + CANCEL_RETRY,
        };
        self.known.blocked = self.known.blocked.max(now + MINUTE);
        if !again {
            let half = (self.known.minute() / 2).max(1);
            self.known.ceiling = Some(Ceiling { count: half, raised: now + MINUTE });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Admission;
    use super::*;

    fn secs(seconds: u64) -> Boot {
        Boot::from_secs(1000 + seconds)
    }

    fn hint(limit: u32, remaining: u32, reset: u64) -> RateHint {
        RateHint {
            limit: Some(limit),
            remaining: Some(remaining),
            reset: Some(Duration::from_secs(reset)),
            retry_after: None,
        }
    }

    /// Sends and settles one request at `now`.
    fn response(budget: &mut Budget, call: u64, hint: &RateHint, refused: bool, now: Boot) {
        budget.take(CallId::numbered(call), Kind::Read, Priority::Person, now);
        budget.settle(CallId::numbered(call), hint, refused, now);
    }

    #[test]
    fn a_stated_limit_is_followed_up_to_the_setting() {
        let mut budget = Budget::new(60);
        response(&mut budget, 0, &hint(60, 59, 60), false, secs(0));
        assert_eq!(budget.limit(), 60);
        response(&mut budget, 1, &hint(600, 599, 60), false, secs(1));
        assert_eq!(budget.limit(), 60);
        response(&mut budget, 2, &hint(20, 10, 60), false, secs(2));
        assert_eq!(budget.limit(), 20);
    }

    #[test]
    fn where_only_remaining_is_told_it_shows_the_least_the_limit_can_be() {
        let mut budget = Budget::new(60);
        let told = RateHint { remaining: Some(44), ..RateHint::default() };
        response(&mut budget, 0, &told, false, secs(0));
        assert_eq!(budget.limit(), 45);
    }

    #[test]
    fn an_hourly_header_is_no_limit_of_a_minute() {
        let mut budget = Budget::new(60);
        response(&mut budget, 0, &hint(900, 899, 3600), false, secs(0));
        assert_eq!(budget.limit(), 30);
        assert_eq!(budget.polls_a_minute(secs(0)), 14);
    }

    #[test]
    fn what_others_spend_is_left_to_them() {
        let mut budget = Budget::new(60);
        response(&mut budget, 0, &hint(60, 39, 20), false, secs(0));
        assert_eq!(budget.known.others(secs(1)), 20);
        assert_eq!(budget.used(secs(1)), 21);
        assert_eq!(budget.polls_a_minute(secs(1)), 30);
        assert_eq!(budget.polls_a_minute(secs(200)), 50, "an old word fades");
    }

    #[test]
    fn a_slow_answer_does_not_make_our_own_requests_others() {
        let mut budget = Budget::new(60);
        for call in 0..15 {
            budget.take(CallId::numbered(call), Kind::Read, Priority::Poll, secs(0));
            budget.settle(CallId::numbered(call), &RateHint::default(), false, secs(1));
        }
        // The window began at 0; the server speaks at 10 and is heard at 15.
        budget.take(CallId::numbered(15), Kind::Read, Priority::Person, secs(10));
        budget.settle(CallId::numbered(15), &hint(60, 44, 50), false, secs(15));
        assert_eq!(budget.known.others(secs(15)), 0);
        assert_eq!(budget.used(secs(15)), 16);
    }

    #[test]
    fn a_window_that_others_emptied_is_waited_for() {
        let mut budget = Budget::new(60);
        response(&mut budget, 0, &hint(60, 2, 20), false, secs(0));
        let wait = Admission::NotBefore(secs(21));
        assert_eq!(budget.admit(Kind::Read, Priority::Person, secs(1)), wait);
        assert_eq!(budget.admit(Kind::Cancel, Priority::Cancel, secs(1)), Admission::Granted);
        response(&mut budget, 1, &hint(60, 0, 18), false, secs(2));
        assert_eq!(budget.admit(Kind::Cancel, Priority::Cancel, secs(3)), wait);
    }

    #[test]
    fn requests_on_their_way_are_taken_off_what_remains() {
        let mut budget = Budget::new(60);
        for call in 0..3 {
            budget.take(CallId::numbered(call), Kind::Read, Priority::Person, secs(0));
        }
        budget.settle(CallId::numbered(0), &hint(60, 8, 30), false, secs(1));
        assert_eq!(budget.left(Priority::Person, secs(1)), Some(6));
        // It was seen before the first, and nothing has been spent since.
        budget.settle(CallId::numbered(1), &hint(60, 9, 30), false, secs(1));
        assert_eq!(budget.left(Priority::Person, secs(1)), Some(7));
    }

    #[test]
    fn what_was_on_its_way_before_the_server_spoke_holds_no_cancel_back() {
        let mut budget = Budget::new(60);
        // A process has died; nobody hears the answers.
        for call in 0..13 {
            budget.take(CallId::numbered(call), Kind::Read, Priority::Sweep, secs(0));
        }
        response(&mut budget, 13, &hint(30, 13, 40), false, secs(17));
        assert_eq!(
            budget.left(Priority::Person, secs(18)),
            Some(0),
            "they may not have been seen yet"
        );
        assert_eq!(budget.left(Priority::Cancel, secs(18)), Some(13), "most likely they have");
        budget.take(CallId::numbered(14), Kind::Read, Priority::Person, secs(18));
        assert_eq!(budget.left(Priority::Cancel, secs(18)), Some(12), "this one surely has not");
    }

    #[test]
    fn retry_after_is_believed_up_to_an_hour() {
        let mut budget = Budget::new(60);
        let told = |seconds| RateHint {
            retry_after: Some(Duration::from_secs(seconds)),
            ..RateHint::default()
        };
        response(&mut budget, 0, &told(30), true, secs(0));
        let wait = Admission::NotBefore(secs(31));
        assert_eq!(budget.admit(Kind::Read, Priority::Poll, secs(1)), wait);
        assert_eq!(budget.admit(Kind::Cancel, Priority::Cancel, secs(1)), wait);
        assert_eq!(budget.limit(), 30, "a hint is no reason to slow down for good");
        response(&mut budget, 1, &told(86_400), true, secs(40));
        assert_eq!(
            budget.admit(Kind::Read, Priority::Poll, secs(41)),
            Admission::NotBefore(secs(40 + 3601))
        );
    }

    fn send_cancel(budget: &mut Budget, call: u64, now: Boot) {
        assert_eq!(budget.admit(Kind::Cancel, Priority::Cancel, now), Admission::Granted);
        budget.take(CallId::numbered(call), Kind::Cancel, Priority::Cancel, now);
    }

    #[test]
    fn a_cancel_waits_a_minute_at_most_and_then_one_tries_for_all() {
        let mut budget = Budget::new(60);
        let day = RateHint { retry_after: Some(HOUR * 24), ..RateHint::default() };
        response(&mut budget, 0, &day, true, secs(0));
        let first = Admission::NotBefore(secs(60));
        assert_eq!(budget.admit(Kind::Cancel, Priority::Cancel, secs(1)), first);
        let plan = budget.forecast(Kind::Cancel, Priority::Cancel, 3, secs(1));
        assert_eq!(plan, [secs(60); 3]);
        send_cancel(&mut budget, 1, secs(60));
        let second = Admission::NotBefore(secs(120));
        assert_eq!(budget.admit(Kind::Cancel, Priority::Cancel, secs(60)), second, "one tries");
        budget.settle(CallId::numbered(1), &day, true, secs(61));
        let second = Admission::NotBefore(secs(121));
        assert_eq!(budget.admit(Kind::Cancel, Priority::Cancel, secs(62)), second);
        send_cancel(&mut budget, 2, secs(121));
        budget.settle(CallId::numbered(2), &RateHint::default(), false, secs(122));
        send_cancel(&mut budget, 3, secs(122));
        assert_eq!(
            budget.admit(Kind::Read, Priority::Poll, secs(123)),
            Admission::NotBefore(secs(61 + 3601)),
            "polls wait as long as they were told to"
        );
    }

    #[test]
    fn refusals_one_after_the_other_are_answered_by_growing_pauses() {
        let now = RateHint { retry_after: Some(Duration::ZERO), ..RateHint::default() };
        for priority in [Priority::Cancel, Priority::Poll] {
            let (mut budget, mut at, mut pauses) = (Budget::new(60), secs(0), Vec::new());
            for call in 0..9_u64 {
                budget.take(CallId::numbered(call), Kind::Read, priority, at);
                budget.settle(CallId::numbered(call), &now, true, at);
                let next = budget.known.blocked(priority, Kind::Read);
                pauses.push(next.saturating_sub(at).as_secs());
                at = next;
            }
            assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60, 60], "{priority:?}");
            response(&mut budget, 9, &RateHint::default(), false, at);
            response(&mut budget, 10, &now, true, at);
            assert_eq!(budget.known.blocked(Priority::Poll, Kind::Read), at + ROUNDING, "anew");
        }
    }

    #[test]
    fn refusals_of_what_was_on_its_way_together_are_one() {
        let mut budget = Budget::new(60);
        let now = RateHint { retry_after: Some(Duration::ZERO), ..RateHint::default() };
        for call in 0..4 {
            budget.take(CallId::numbered(call), Kind::Read, Priority::Person, secs(0));
        }
        for call in 0..4 {
            budget.settle(CallId::numbered(call), &now, true, secs(1 + call));
        }
        assert_eq!(budget.known.blocked(Priority::Poll, Kind::Read), secs(5));
    }

    #[test]
    fn after_a_long_wait_cancels_leave_at_once_and_polls_soon() {
        let mut budget = Budget::new(60);
        for call in 0..60_u64 {
            response(&mut budget, call, &RateHint::default(), false, secs(call * 3));
        }
        let told = RateHint { retry_after: Some(Duration::from_mins(2)), ..RateHint::default() };
        response(&mut budget, 60, &told, true, secs(180));
        let after = secs(180 + 121);
        assert_eq!(budget.admit(Kind::Cancel, Priority::Cancel, after), Admission::Granted);
        assert_eq!(budget.admit(Kind::Read, Priority::Poll, after), Admission::Granted);
        assert_eq!(budget.known.hour(after), Some(360));
        assert_eq!(budget.known.hour(secs(180 + 3600)), None);
    }

    #[test]
    fn a_silent_429_halves_the_rate_which_then_climbs_back() {
        let mut budget = Budget::new(60);
        response(&mut budget, 0, &RateHint::default(), false, secs(0));
        response(&mut budget, 1, &RateHint::default(), true, secs(10));
        assert_eq!(budget.locked_until(secs(10)), Some(secs(70)));
        assert_eq!(budget.limit(), 15);
        // The window's first request was at 0, so at 60 there is room if the limit is per minute.
        assert_eq!(
            budget.admit(Kind::Cancel, Priority::Cancel, secs(11)),
            Admission::NotBefore(secs(60))
        );
        response(&mut budget, 2, &RateHint::default(), true, secs(60));
        assert_eq!(
            budget.admit(Kind::Cancel, Priority::Cancel, secs(61)),
            Admission::NotBefore(secs(75)),
            "then every fifteen seconds"
        );
        assert_eq!(budget.limit(), 15, "a second one in the same wait does not halve again");
        let mut limits = Vec::new();
        for step in 0..9_u64 {
            response(&mut budget, 10 + step, &RateHint::default(), false, secs(400 + step * 300));
            limits.push(budget.limit());
        }
        assert_eq!(limits, [17, 19, 21, 23, 25, 27, 29, 30, 30]);
    }

    #[test]
    fn a_429_of_the_trigger_limit_alone_stops_triggers_alone() {
        let mut budget = Budget::new(60);
        budget.take(CallId::numbered(0), Kind::Trigger, Priority::Person, secs(0));
        budget.settle(CallId::numbered(0), &hint(60, 30, 40), true, secs(0));
        assert_eq!(
            budget.admit(Kind::Trigger, Priority::Person, secs(1)),
            Admission::NotBefore(secs(41))
        );
        assert_eq!(budget.admit(Kind::Read, Priority::Person, secs(1)), Admission::Granted);
    }
}

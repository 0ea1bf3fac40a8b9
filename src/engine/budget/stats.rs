//! What the budget can say about itself. Nothing here changes it.

use super::{Budget, HOUR, Priority, Usage};
use crate::domain::Boot;

/// Where a minute's limit is known from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Nobody has said; it is the smaller of the limits that Hex documents.
    Documented,
    /// The settings allow no more.
    Settings,
    /// A reply's headers stated it.
    Headers,
    /// A reply said how many were left, so it is at least this.
    Remaining,
    /// A 429 lowered it for the time being.
    Refusal,
}

impl Budget {
    /// Where the minute's limit is known from.
    pub fn limit_source(&self) -> Source {
        if self.known.is_lowered() { Source::Refusal } else { self.known.source() }
    }

    /// The hour's limit, if a header or a 429 has told one within the last hour.
    pub fn hour_told(&self, now: Boot) -> Option<u32> {
        self.known.hour(now)
    }

    /// The hour's limit that is kept: the one that was told, else sixty times the minute's.
    pub fn hour_limit(&self, now: Boot) -> u32 {
        // A minute's ceiling that a 429 lowered says nothing about what the hour has held.
        self.hour_told(now).unwrap_or(60 * self.known.usual_minute())
    }

    /// Who has used what counts in the hour's window now. What others use of an hour is never
    /// told, so it is 0 here.
    pub fn hour_used_by(&self, now: Boot) -> Usage {
        let polls = self.log.count(HOUR, now, |_, priority| priority == Priority::Poll);
        let persons = self.log.count(HOUR, now, |_, priority| priority > Priority::Poll);
        Usage { polls, persons, others: 0 }
    }

    /// Requests of a minute that polls leave to persons, and those of them that are left to
    /// cancels alone.
    pub fn kept(&self) -> (u32, u32) {
        (self.reserve(Priority::Poll), self.reserve(Priority::Person))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::api::{Kind, RateHint};
    use crate::engine::CallId;

    fn at(seconds: u64) -> Boot {
        Boot::from_secs(1000 + seconds)
    }

    fn response(budget: &mut Budget, call: u64, hint: RateHint, refused: bool) {
        let call = CallId::numbered(call);
        budget.take(call, Kind::Read, Priority::Poll, at(0));
        budget.settle(call, &hint, refused, at(0));
    }

    #[test]
    fn it_knows_where_its_limit_is_from() {
        let mut budget = Budget::new(60);
        assert_eq!((budget.limit(), budget.limit_source()), (30, Source::Documented));
        assert_eq!(Budget::new(12).limit_source(), Source::Settings);
        let left = RateHint { remaining: Some(44), ..RateHint::default() };
        response(&mut budget, 0, left, false);
        assert_eq!((budget.limit(), budget.limit_source()), (45, Source::Remaining));
        let stated = |limit| RateHint { limit: Some(limit), ..RateHint::default() };
        response(&mut budget, 1, stated(50), false);
        assert_eq!((budget.limit(), budget.limit_source()), (50, Source::Headers));
        response(&mut budget, 2, stated(600), false);
        assert_eq!((budget.limit(), budget.limit_source()), (60, Source::Settings));
        response(&mut budget, 3, RateHint::default(), true);
        assert_eq!((budget.limit(), budget.limit_source()), (30, Source::Refusal));
    }

    #[test]
    fn the_hour_is_sixty_minutes_until_one_is_told() {
        let mut budget = Budget::new(60);
        assert_eq!((budget.hour_told(at(0)), budget.hour_limit(at(0))), (None, 1800));
        let hour = Some(Duration::from_mins(50));
        let hint = RateHint { limit: Some(500), reset: hour, ..RateHint::default() };
        response(&mut budget, 0, hint, false);
        assert_eq!((budget.hour_told(at(1)), budget.hour_limit(at(1))), (Some(500), 500));
        budget.take(CallId::numbered(7), Kind::Cancel, Priority::Cancel, at(1));
        let used = Usage { polls: 1, persons: 1, others: 0 };
        assert_eq!(budget.hour_used_by(at(2)), used);
        assert_eq!(budget.kept(), (5, 2));
    }
}

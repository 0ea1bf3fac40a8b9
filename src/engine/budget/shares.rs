//! Who may have how much of a minute and of an hour.
//!
//! Persons have a reserve that polls leave to them, and cancels one that persons leave to them. On
//! the other side, polls keep half of each minute: reads of persons and of the background fill no
//! more than the rest while polls have less than their half, and the background alone a third. A
//! cancel and a start wait for neither; Hex allows 60 starts an hour.

use super::{Admission, Budget, HOUR, Limit, MINUTE, Priority};
use crate::api::Kind;
use crate::domain::Boot;

impl Budget {
    /// Notes whether somebody polls: where nobody does, nothing is kept for polls.
    pub fn keep_for_polls(&mut self, is_polled: bool) {
        self.is_polled = is_polled;
    }

    /// Requests of a minute that a tier leaves to those above it.
    pub(super) fn reserve(&self, tier: Priority) -> u32 {
        match tier {
            Priority::Poll | Priority::Sweep => (self.limit() / 6).max(3),
            Priority::Person => (self.limit() / 15).max(2),
            Priority::Cancel => 0,
        }
    }

    /// Requests of a minute that a tier may fill the window up to. Polls leave others' use to
    /// them, but a poller that others crowd out entirely would be blind, so one is always
    /// allowed; a person's request asks the server's own window instead.
    pub(super) fn cap(&self, tier: Priority, now: Boot) -> u32 {
        let others = if tier >= Priority::Person { 0 } else { self.known.others(now) };
        (self.limit() / self.sharers(tier)).saturating_sub(self.reserve(tier) + others).max(1)
    }

    fn sharers(&self, tier: Priority) -> u32 {
        if tier == Priority::Cancel { 1 } else { self.strangers }
    }

    /// Requests of an hour that a tier may fill the window up to: polls leave a tenth to persons,
    /// and persons a thirtieth to cancels.
    pub(super) fn hour_cap(&self, tier: Priority, now: Boot) -> u32 {
        let hour = self.hour_limit(now);
        let kept = match tier {
            Priority::Poll | Priority::Sweep => hour / 10,
            Priority::Person => hour / 30,
            Priority::Cancel => 0,
        };
        (hour.saturating_sub(kept) / self.sharers(tier)).max(1)
    }

    /// Requests of a minute that a tier leaves to those above it now. Where polls have less than their
    /// half, or the background less than a sixth, what persons have spent of their reserve is not
    /// kept for them again.
    pub(super) fn kept_from(&self, tier: Priority, now: Boot) -> u32 {
        let least = match tier {
            Priority::Poll => self.limit() / 2,
            Priority::Sweep => self.limit() / 6,
            Priority::Person | Priority::Cancel => return self.reserve(tier),
        };
        if self.log.count(MINUTE, now, |_, of| of == tier) >= least {
            return self.reserve(tier);
        }
        let spent = self.log.count(MINUTE, now, |_, tier| tier >= Priority::Person);
        self.reserve(tier).saturating_sub(spent).max(self.reserve(Priority::Person))
    }

    /// Requests of a minute that a tier may fill the window up to now.
    pub(super) fn room(&self, tier: Priority, now: Boot) -> u32 {
        let cap = self.cap(tier, now);
        let freed = self.reserve(tier).saturating_sub(self.kept_from(tier, now));
        (cap + freed).min(self.cap(Priority::Person, now)).max(cap)
    }

    /// Whether one more read fits into the share of those who make it.
    pub(super) fn fits_share(&self, kind: Kind, tier: Priority, now: Boot) -> Admission {
        if !(self.is_polled
            && kind == Kind::Read
            && matches!(tier, Priority::Sweep | Priority::Person))
        {
            return Admission::Granted;
        }
        let windows = [(self.limit(), MINUTE), (self.hour_limit(now), HOUR)];
        let fits = |(all, window): (u32, _)| {
            let all = all / self.sharers(tier);
            let fits = |count: u32, of: fn(Priority) -> bool| {
                let reads = |kind, tier| kind == Kind::Read && of(tier);
                self.fits(Limit { count: count.max(1), window }, now, reads)
            };
            let background = match tier {
                Priority::Sweep => fits(all / 3, |tier| tier == Priority::Sweep),
                _ => Admission::Granted,
            };
            let polls = self.log.count(window, now, |_, tier| tier == Priority::Poll);
            if polls >= all / 2 {
                return background;
            }
            let rest = (all - all / 2).saturating_sub(self.reserve(Priority::Person));
            background.and(fits(rest, |tier| matches!(tier, Priority::Sweep | Priority::Person)))
        };
        windows.map(fits).into_iter().fold(Admission::Granted, Admission::and)
    }
}

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

    /// Requests of a minute that a priority leaves to those above it.
    pub(super) fn reserve(&self, priority: Priority) -> u32 {
        match priority {
            Priority::Poll | Priority::Sweep => (self.limit() / 6).max(3),
            Priority::Person => (self.limit() / 15).max(2),
            Priority::Cancel => 0,
        }
    }

    /// Requests of a minute that a priority may fill the window up to. Polls leave others' use to
    /// them, but a poller that others crowd out entirely would be blind, so one is always
    /// allowed; a person's request asks the server's own window instead.
    pub(super) fn cap(&self, priority: Priority, now: Boot) -> u32 {
        let others = if priority >= Priority::Person { 0 } else { self.known.others(now) };
        (self.limit() / self.sharers(priority))
            .saturating_sub(self.reserve(priority) + others)
            .max(1)
    }

    fn sharers(&self, priority: Priority) -> u32 {
        if priority == Priority::Cancel { 1 } else { self.strangers }
    }

    /// Requests of an hour that a priority may fill the window up to: polls leave a tenth to persons,
    /// and persons a thirtieth to cancels.
    pub(super) fn hour_cap(&self, priority: Priority, now: Boot) -> u32 {
        let hour = self.hour_limit(now);
        let kept = match priority {
            Priority::Poll | Priority::Sweep => hour / 10,
            Priority::Person => hour / 30,
            Priority::Cancel => 0,
        };
        (hour.saturating_sub(kept) / self.sharers(priority)).max(1)
    }

    /// Requests of a minute that a priority leaves to those above it now. Where polls have less than their
    /// half, or the background less than a sixth, what persons have spent of their reserve is not
    /// kept for them again.
    pub(super) fn kept_from(&self, priority: Priority, now: Boot) -> u32 {
        let least = match priority {
            Priority::Poll => self.limit() / 2,
            Priority::Sweep => self.limit() / 6,
            Priority::Person | Priority::Cancel => return self.reserve(priority),
        };
        if self.log.count(MINUTE, now, |_, of| of == priority) >= least {
            return self.reserve(priority);
        }
        let spent = self.log.count(MINUTE, now, |_, priority| priority >= Priority::Person);
        self.reserve(priority).saturating_sub(spent).max(self.reserve(Priority::Person))
    }

    /// Requests of a minute that a priority may fill the window up to now.
    pub(super) fn room(&self, priority: Priority, now: Boot) -> u32 {
        let cap = self.cap(priority, now);
        let freed = self.reserve(priority).saturating_sub(self.kept_from(priority, now));
        (cap + freed).min(self.cap(Priority::Person, now)).max(cap)
    }

    /// Whether one more read fits into the share of those who make it.
    pub(super) fn fits_share(&self, kind: Kind, priority: Priority, now: Boot) -> Admission {
        if !(self.is_polled
            && kind == Kind::Read
            && matches!(priority, Priority::Sweep | Priority::Person))
        {
            return Admission::Granted;
        }
        let windows = [(self.limit(), MINUTE), (self.hour_limit(now), HOUR)];
        let fits = |(all, window): (u32, _)| {
            let all = all / self.sharers(priority);
            let fits = |count: u32, of: fn(Priority) -> bool| {
                let reads = |kind, priority| kind == Kind::Read && of(priority);
                self.fits(Limit { count: count.max(1), window }, now, reads)
            };
            let background = match priority {
                Priority::Sweep => fits(all / 3, |priority| priority == Priority::Sweep),
                _ => Admission::Granted,
            };
            let polls = self.log.count(window, now, |_, priority| priority == Priority::Poll);
            if polls >= all / 2 {
                return background;
            }
            let rest = (all - all / 2).saturating_sub(self.reserve(Priority::Person));
            background
                .and(fits(rest, |priority| matches!(priority, Priority::Sweep | Priority::Person)))
        };
        windows.map(fits).into_iter().fold(Admission::Granted, Admission::and)
    }
}

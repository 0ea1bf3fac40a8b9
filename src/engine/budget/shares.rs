//! Who may have how much of a minute and of an hour.
//!
//! Persons have a reserve that polls leave to them, and cancels one that persons leave to them. On
//! the other side, polls keep half of each minute: reads of persons and of the background fill no
//! more than the rest while polls have less than their half, and the background alone a third. A
//! cancel and a start wait for neither; Hex allows 60 starts an hour.

use super::{Admission, Budget, Entry, HOUR, Limit, MINUTE, Tier};
use crate::api::Kind;
use crate::domain::Boot;

impl Budget {
    /// Notes whether somebody polls: where nobody does, nothing is kept for polls.
    pub fn keep_for_polls(&mut self, is_polled: bool) {
        self.is_polled = is_polled;
    }

    /// Requests of a minute that a tier leaves to those above it.
    pub(super) fn reserve(&self, tier: Tier) -> u32 {
        match tier {
            Tier::Poll | Tier::Sweep => (self.limit() / 6).max(3),
            Tier::Person => (self.limit() / 15).max(2),
            Tier::Cancel => 0,
        }
    }

    /// Requests of a minute that a tier may fill the window up to. Polls leave others' use to
    /// them, but a poller that others crowd out entirely would be blind, so one is always
    /// allowed; a person's request asks the server's own window instead.
    pub(super) fn cap(&self, tier: Tier, now: Boot) -> u32 {
        let others = if tier >= Tier::Person { 0 } else { self.known.others(now) };
        (self.limit() / self.sharers(tier)).saturating_sub(self.reserve(tier) + others).max(1)
    }

    fn sharers(&self, tier: Tier) -> u32 {
        if tier == Tier::Cancel { 1 } else { self.strangers }
    }

    /// Requests of an hour that a tier may fill the window up to: polls leave a tenth to persons,
    /// and persons a thirtieth to cancels.
    pub(super) fn hour_cap(&self, tier: Tier, now: Boot) -> u32 {
        let hour = self.hour_limit(now);
        let kept = match tier {
            Tier::Poll | Tier::Sweep => hour / 10,
            Tier::Person => hour / 30,
            Tier::Cancel => 0,
        };
        (hour.saturating_sub(kept) / self.sharers(tier)).max(1)
    }

    /// Requests of a minute that a tier leaves to those above it now. Where polls have less than their
    /// half, or the background less than a sixth, what persons have spent of their reserve is not
    /// kept for them again.
    pub(super) fn kept_from(&self, tier: Tier, now: Boot) -> u32 {
        let least = match tier {
            Tier::Poll => self.limit() / 2,
            Tier::Sweep => self.limit() / 6,
            Tier::Person | Tier::Cancel => return self.reserve(tier),
        };
        if self.held(MINUTE, now, |e| e.tier == tier) >= least {
            return self.reserve(tier);
        }
        let spent = self.held(MINUTE, now, |e| e.tier >= Tier::Person);
        self.reserve(tier).saturating_sub(spent).max(self.reserve(Tier::Person))
    }

    /// Requests of a minute that a tier may fill the window up to now.
    pub(super) fn room(&self, tier: Tier, now: Boot) -> u32 {
        let cap = self.cap(tier, now);
        let freed = self.reserve(tier).saturating_sub(self.kept_from(tier, now));
        (cap + freed).min(self.cap(Tier::Person, now)).max(cap)
    }

    /// Whether one more read fits into the share of those who make it.
    pub(super) fn fits_share(&self, kind: Kind, tier: Tier, now: Boot) -> Admission {
        if !(self.is_polled && kind == Kind::Read && matches!(tier, Tier::Sweep | Tier::Person)) {
            return Admission::Granted;
        }
        let windows = [(self.limit(), MINUTE), (self.hour_limit(now), HOUR)];
        let fits = |(all, window): (u32, _)| {
            let all = all / self.sharers(tier);
            let fits = |count: u32, which: fn(&Entry) -> bool| {
                let reads = |e: &Entry| e.kind == Kind::Read && which(e);
                self.fits(Limit { count: count.max(1), window }, now, reads)
            };
            let background = match tier {
                Tier::Sweep => fits(all / 3, |e| e.tier == Tier::Sweep),
                _ => Admission::Granted,
            };
            let polls = self.held(window, now, |e| e.tier == Tier::Poll);
            if polls >= all / 2 {
                return background;
            }
            let rest = (all - all / 2).saturating_sub(self.reserve(Tier::Person));
            background.and(fits(rest, |e| matches!(e.tier, Tier::Sweep | Tier::Person)))
        };
        windows.map(fits).into_iter().fold(Admission::Granted, Admission::and)
    }
}

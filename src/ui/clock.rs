//! Moments of the server as a person reads them, in the zone of the settings.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// The date, the time to the second, and the zone.
pub(crate) fn full(at: Timestamp, zone: &TimeZone) -> String {
    let format = if *zone == TimeZone::UTC { "%Y-%m-%d %H:%M:%SZ" } else { "%Y-%m-%d %H:%M:%S %Z" };
    at.to_zoned(zone.clone()).strftime(format).to_string()
}

/// The time of day if that is today, else the date, with its year if that is not this one. At most 9 columns
/// wide with `seconds`, and 7 without.
pub(crate) fn brief(at: Timestamp, now: Timestamp, zone: &TimeZone, seconds: bool) -> String {
    let today = now.to_zoned(zone.clone()).date();
    let at = at.to_zoned(zone.clone());
    let format = match (at.date(), seconds) {
        (date, true) if date == today => "%H:%M:%S",
        (date, false) if date == today => "%H:%M",
        (date, _) if date.year() == today.year() => "%d %b",
        (_, true) => "%d%b%Y",
        (_, false) => "%b%Y",
    };
    at.strftime(format).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_told_in_the_zone_with_what_is_not_of_today() {
        let now: Timestamp = "2026-10-20T21:30:00Z".parse().unwrap();
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        for (at, utc, there) in [
            ("2026-10-20T20:12:09Z", "20:12:09", "22:12:09"),
            ("2026-10-20T22:10:00Z", "22:10:00", "21 Oct"),
            ("2026-10-02T08:00:00Z", "02 Oct", "02 Oct"),
            ("2025-12-31T23:30:00Z", "31Dec2025", "01 Jan"),
        ] {
            let at: Timestamp = at.parse().unwrap();
            assert_eq!(brief(at, now, &TimeZone::UTC, true), utc);
            assert_eq!(brief(at, now, &berlin, true), there);
        }
        let before: Timestamp = "2025-03-01T10:00:00Z".parse().unwrap();
        assert_eq!(brief(before, now, &TimeZone::UTC, false), "Mar2025");
        assert_eq!(brief(now, now, &TimeZone::UTC, false), "21:30");
        assert_eq!(full(now, &TimeZone::UTC), "2026-10-20 21:30:00Z");
        assert_eq!(full(now, &berlin), "2026-10-20 23:30:00 CEST");
    }
}

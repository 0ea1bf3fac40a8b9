//! Moments of the server as a person reads them, in the zone of the settings.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How days are written in lists; each is called by how it writes the 20th of October.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum DateFormat {
    /// `20 Oct`
    #[default]
    #[serde(rename = "20 Oct")]
    DayName,
    /// `Oct 20`
    #[serde(rename = "Oct 20")]
    NameDay,
    /// `10-20`
    #[serde(rename = "10-20")]
    Iso,
    /// `20.10.`
    #[serde(rename = "20.10.")]
    Dotted,
    /// `10/20`
    #[serde(rename = "10/20")]
    Slashed,
}

impl DateFormat {
    /// The formats of a day of this year, of one of another year in 9 columns, and in 7.
    fn formats(self) -> [&'static str; 3] {
        match self {
            Self::DayName => ["%d %b", "%d%b%Y", "%b%Y"],
            Self::NameDay => ["%b %d", "%b%d'%y", "%b%Y"],
            Self::Iso => ["%m-%d", "%y-%m-%d", "%Y-%m"],
            Self::Dotted => ["%d.%m.", "%d.%m.%y", "%m.%Y"],
            Self::Slashed => ["%m/%d", "%m/%d/%y", "%m/%Y"],
        }
    }
}

/// The date, the time to the second, and the zone.
pub(crate) fn full(at: Timestamp, zone: &TimeZone) -> String {
    let format = if *zone == TimeZone::UTC { "%Y-%m-%d %H:%M:%SZ" } else { "%Y-%m-%d %H:%M:%S %Z" };
    at.to_zoned(zone.clone()).strftime(format).to_string()
}

/// The time of day if that is today, else the date, with its year if that is not this one. At most 9 columns
/// wide with `seconds`, and 7 without.
pub(crate) fn brief(
    at: Timestamp,
    now: Timestamp,
    (zone, dates): (&TimeZone, DateFormat),
    seconds: bool,
) -> String {
    let today = now.to_zoned(zone.clone()).date();
    let at = at.to_zoned(zone.clone());
    let [this_year, other_year, short] = dates.formats();
    let format = match (at.date(), seconds) {
        (date, true) if date == today => "%H:%M:%S",
        (date, false) if date == today => "%H:%M",
        (date, _) if date.year() == today.year() => this_year,
        (_, true) => other_year,
        (_, false) => short,
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
            assert_eq!(brief(at, now, (&TimeZone::UTC, DateFormat::DayName), true), utc);
            assert_eq!(brief(at, now, (&berlin, DateFormat::DayName), true), there);
        }
        let before: Timestamp = "2025-03-01T10:00:00Z".parse().unwrap();
        let utc = |at, dates, seconds| brief(at, now, (&TimeZone::UTC, dates), seconds);
        assert_eq!(utc(before, DateFormat::DayName, false), "Mar2025");
        assert_eq!(utc(now, DateFormat::DayName, false), "21:30");
        let day: Timestamp = "2026-10-02T08:00:00Z".parse().unwrap();
        for (dates, this_year, other_year, short) in [
            (DateFormat::DayName, "02 Oct", "01Mar2025", "Mar2025"),
            (DateFormat::NameDay, "Oct 02", "Mar01'25", "Mar2025"),
            (DateFormat::Iso, "10-02", "25-03-01", "2025-03"),
            (DateFormat::Dotted, "02.10.", "01.03.25", "03.2025"),
            (DateFormat::Slashed, "10/02", "03/01/25", "03/2025"),
        ] {
            assert_eq!(utc(day, dates, false), this_year);
            assert_eq!(
                (utc(before, dates, true), utc(before, dates, false)),
                (other_year.to_owned(), short.to_owned())
            );
        }
        assert_eq!(full(now, &TimeZone::UTC), "2026-10-20 21:30:00Z");
        assert_eq!(full(now, &berlin), "2026-10-20 23:30:00 CEST");
    }
}

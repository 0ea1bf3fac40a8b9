//! When a project starts by itself.

mod cron;

use serde::{Deserialize, Serialize};

use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, ToSpan, civil};

pub use cron::CronExpression;

/// One schedule of a project.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    /// Whether it fires at all.
    pub enabled: bool,
    /// When it fires.
    pub cadence: Cadence,
    /// The zone its hours are meant in: an offset such as `+08:00` or a name such as
    /// `Europe/Berlin`; anything else is read as UTC.
    pub zone: String,
}

/// How often a schedule fires. Hours are 0–23, minutes 0–59.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cadence {
    /// Every hour at this minute.
    Hourly {
        /// Minute of the hour.
        minute: i8,
    },
    /// Every day at this time.
    Daily {
        /// Hour of the day.
        hour: i8,
        /// Minute of the hour.
        minute: i8,
    },
    /// Every week.
    Weekly {
        /// The day it fires on.
        #[serde(with = "weekday")]
        day: civil::Weekday,
        /// Hour of the day.
        hour: i8,
        /// Minute of the hour.
        minute: i8,
    },
    /// Every month.
    Monthly {
        /// Day of the month, 1–28.
        day: i8,
        /// Hour of the day.
        hour: i8,
        /// Minute of the hour.
        minute: i8,
    },
    /// A cron expression.
    Cron(CronExpression),
    /// A cadence this version does not know.
    Unknown(String),
}

impl Schedule {
    /// The first moment strictly after `now` at which it fires; nothing if it is disabled,
    /// unknown, or never fires.
    pub fn next_after(&self, now: Timestamp) -> Option<Timestamp> {
        if !self.enabled {
            return None;
        }
        let local = now.to_zoned(zone(&self.zone));
        if let Cadence::Cron(expression) = &self.cadence {
            return expression.next_after(&local);
        }
        // At most the period after this one is needed; two more cover a time that a change of
        // clocks leaves out.
        (0..4)
            .filter_map(|period| self.nth_candidate(local.date(), local.hour(), period))
            .filter_map(|at| at.to_zoned(local.time_zone().clone()).ok())
            .map(|at| at.timestamp())
            .find(|at| *at > now)
    }

    /// The time in the `period`-th hour, day, week or month from `today` on.
    fn nth_candidate(
        &self,
        today: civil::Date,
        hour_now: i8,
        period: i32,
    ) -> Option<civil::DateTime> {
        match self.cadence {
            Cadence::Hourly { minute } => {
                let this_hour = civil::DateTime::from_parts(
                    today,
                    civil::Time::new(hour_now, minute, 0, 0).ok()?,
                );
                this_hour.checked_add(period.hours()).ok()
            }
            Cadence::Daily { hour, minute } => {
                at(today.checked_add(period.days()).ok()?, hour, minute)
            }
            Cadence::Weekly { day, hour, minute } => {
                let ahead = i32::from(today.weekday().until(day)) + 7 * period;
                at(today.checked_add(ahead.days()).ok()?, hour, minute)
            }
            Cadence::Monthly { day, hour, minute } => {
                let month = today.first_of_month().checked_add(period.months()).ok()?;
                at(civil::Date::new(month.year(), month.month(), day).ok()?, hour, minute)
            }
            Cadence::Cron(_) | Cadence::Unknown(_) => None,
        }
    }
}

fn at(date: civil::Date, hour: i8, minute: i8) -> Option<civil::DateTime> {
    Some(civil::DateTime::from_parts(date, civil::Time::new(hour, minute, 0, 0).ok()?))
}

/// Reads `+08:00`, `-0330`, `Z`, `UTC` or an IANA name; UTC for anything else.
fn zone(text: &str) -> TimeZone {
    offset(text).map(TimeZone::fixed).or_else(|| TimeZone::get(text).ok()).unwrap_or(TimeZone::UTC)
}

fn offset(text: &str) -> Option<Offset> {
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) =
        digits.split_once(':').or_else(|| digits.split_at_checked(2)).unwrap_or((digits, "0"));
    let minutes = if minutes.is_empty() { "0" } else { minutes };
    let (hours, minutes) = (hours.parse::<i32>().ok()?, minutes.parse::<i32>().ok()?);
    let seconds = hours.checked_mul(3600)?.checked_add(minutes.checked_mul(60)?)?;
    Offset::from_seconds(sign * seconds).ok()
}

/// Weekdays as numbers, Monday being 1: jiff leaves their form to its users.
mod weekday {
    use jiff::civil::Weekday;
    use serde::{Deserialize, Deserializer, Serializer, de};

    // serde's `with` passes by reference.
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "the signature is serde's")]
    pub(super) fn serialize<S: Serializer>(day: &Weekday, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_i8(day.to_monday_one_offset())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Weekday, D::Error> {
        Weekday::from_monday_one_offset(i8::deserialize(from)?).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(cadence: Cadence, zone: &str, now: &str) -> String {
        Schedule { enabled: true, cadence, zone: zone.to_owned() }
            .next_after(now.parse().unwrap())
            .map_or_else(|| "never".to_owned(), |at| at.to_string())
    }

    #[test]
    fn each_cadence_fires_at_its_next_time_in_its_own_zone() {
        let now = "2026-10-20T08:15:00Z"; // a Tuesday
        let hourly = |minute| Cadence::Hourly { minute };
        let daily = Cadence::Daily { hour: 7, minute: 0 };
        let weekly = Cadence::Weekly { day: civil::Weekday::Tuesday, hour: 8, minute: 0 };
        let monthly = Cadence::Monthly { day: 1, hour: 0, minute: 30 };
        let table = [
            (hourly(30), "+00:00", "2026-10-20T08:30:00Z"),
            (hourly(15), "+00:00", "2026-10-20T09:15:00Z"),
            (hourly(0), "+05:30", "2026-10-20T08:30:00Z"),
            (daily.clone(), "+00:00", "2026-10-21T07:00:00Z"),
            (daily.clone(), "-03:00", "2026-10-20T10:00:00Z"),
            (daily, "Europe/Berlin", "2026-10-21T05:00:00Z"),
            (weekly, "+00:00", "2026-10-27T08:00:00Z"),
            (monthly, "+00:00", "2026-11-01T00:30:00Z"),
            (Cadence::Cron("*/20 * * * *".into()), "+00:00", "2026-10-20T08:20:00Z"),
            (Cadence::Cron("not cron".into()), "+00:00", "never"),
            (Cadence::Cron("0 0 29 2 *".into()), "+00:00", "2028-02-29T00:00:00Z"),
            (Cadence::Cron("0 0 30 2 *".into()), "+00:00", "never"),
            (Cadence::Cron("0 0 0 1 1 * 2034".into()), "+00:00", "2034-01-01T00:00:00Z"),
            (Cadence::Cron("0 0 0 1 1 * 2035".into()), "+00:00", "never"),
            (Cadence::Unknown("FORTNIGHTLY".to_owned()), "+00:00", "never"),
        ];
        for (cadence, zone, expected) in table {
            assert_eq!(next(cadence.clone(), zone, now), expected, "{cadence:?} in {zone}");
        }
    }

    #[test]
    fn a_disabled_schedule_never_fires() {
        let off = Schedule {
            enabled: false,
            cadence: Cadence::Hourly { minute: 0 },
            zone: "UTC".to_owned(),
        };
        assert_eq!(off.next_after(Timestamp::UNIX_EPOCH), None);
    }
}

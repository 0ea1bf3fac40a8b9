//! Schedules as a scenario file writes them.

use jiff::civil::Weekday;
use serde::de::Error;
use serde::{Deserialize, Deserializer};

use crate::domain::Schedule;
use crate::domain::schedule::Cadence;

/// One schedule: `{ cadence = "daily", hour = 7, minute = 0, zone = "+01:00" }`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Written {
    cadence: String,
    day: Option<String>,
    #[serde(default)]
    hour: i8,
    #[serde(default)]
    minute: i8,
    cron: Option<String>,
    #[serde(default = "utc")]
    zone: String,
    #[serde(default = "yes")]
    enabled: bool,
}

fn utc() -> String {
    "+00:00".to_owned()
}

fn yes() -> bool {
    true
}

/// The days as Hex writes them.
pub(crate) const DAYS: [(Weekday, &str); 7] = [
    (Weekday::Monday, "MONDAY"),
    (Weekday::Tuesday, "TUESDAY"),
    (Weekday::Wednesday, "WEDNESDAY"),
    (Weekday::Thursday, "THURSDAY"),
    (Weekday::Friday, "FRIDAY"),
    (Weekday::Saturday, "SATURDAY"),
    (Weekday::Sunday, "SUNDAY"),
];

impl Written {
    fn read(self) -> Result<Schedule, String> {
        let (hour, minute) = (self.hour, self.minute);
        if !(0..24).contains(&hour) || !(0..60).contains(&minute) {
            return Err(format!("there is no time {hour}:{minute:02}"));
        }
        let day = self.day.as_deref();
        let cadence = match self.cadence.as_str() {
            "hourly" => Cadence::Hourly { minute },
            "daily" => Cadence::Daily { hour, minute },
            "weekly" => {
                let weekday = DAYS
                    .iter()
                    .find(|(_, name)| day.is_some_and(|day| name.eq_ignore_ascii_case(day)));
                let (day, _) = weekday.ok_or("a weekly schedule needs a day such as \"monday\"")?;
                let day = *day;
                Cadence::Weekly { day, hour, minute }
            }
            "monthly" => {
                let day = day
                    .and_then(|day| day.parse().ok())
                    .filter(|day| (1..=28).contains(day))
                    .ok_or("a monthly schedule needs a day from \"1\" to \"28\"")?;
                Cadence::Monthly { day, hour, minute }
            }
            "cron" => {
                Cadence::Cron(self.cron.ok_or("a cron schedule needs its cron expression")?.into())
            }
            other => {
                return Err(format!(
                    "`{other}` is no cadence: take hourly, daily, weekly, monthly or cron"
                ));
            }
        };
        Ok(Schedule { enabled: self.enabled, cadence, zone: self.zone })
    }
}

/// Reads the `schedules` of a project.
pub(crate) fn list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Schedule>, D::Error> {
    Vec::<Written>::deserialize(deserializer)?
        .into_iter()
        .map(|written| written.read().map_err(D::Error::custom))
        .collect()
}

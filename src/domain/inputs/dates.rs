//! Dates and moments as people write them.
//!
//! Words count from a moment and a zone that are given; a date is a civil date, which belongs to
//! no zone once it is known.

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::AmbiguousOffset;
use jiff::{Span, Timestamp, Zoned};

const DATE: &str = "no date: write 2026-10-20, today, yesterday, -7d, +2w or monday";
const MOMENT: &str = "no time: write 2026-10-20 06:30, yesterday 06:30, now or -2h";

/// The date that `text` means.
pub(super) fn date(text: &str, now: &Zoned) -> Result<Date, String> {
    let text = text.trim().to_lowercase();
    let today = now.date();
    let days_off = match text.as_str() {
        "today" | "now" => Some(0),
        "yesterday" => Some(-1),
        "tomorrow" => Some(1),
        word => weekday(word).map(|day| -i64::from(day.until(today.weekday()))),
    };
    let span = match days_off {
        Some(days) => Span::new().try_days(days).ok(),
        None => offset(&text, &[("d", "d"), ("w", "w"), ("m", "mo"), ("mo", "mo"), ("y", "y")]),
    };
    if let Some(span) = span {
        let then = today.checked_add(span).ok().filter(|date| date.year() > 0);
        return then.ok_or_else(|| "beyond the calendar".to_owned());
    }
    let is_iso = text.len() == 10 && text.split('-').map(str::len).eq([4, 2, 2]);
    match text.parse() {
        Ok(date) if is_iso => Ok(date),
        Err(_) if is_iso => Err("there is no such day".to_owned()),
        _ => Err(DATE.to_owned()),
    }
}

/// The first and the last day that `text` means; one date is both.
pub(super) fn range(text: &str, now: &Zoned) -> Result<(Date, Date), String> {
    let parts = text.split_once("..").or_else(|| text.split_once(" to "));
    let (first, last) = match parts {
        Some((first, last)) => (date(first, now)?, date(last, now)?),
        None if text.trim().is_empty() => {
            return Err("write two dates, such as -7d..today".to_owned());
        }
        None => {
            let only = date(text, now)?;
            (only, only)
        }
    };
    if first > last {
        return Err(format!("{first} is after {last}"));
    }
    Ok((first, last))
}

/// The moment that `text` means, in ISO 8601 with its offset. One that is written with an offset
/// stays as it is written.
pub(super) fn moment(text: &str, now: &Zoned) -> Result<String, String> {
    let text = text.trim();
    if let Some(written) = with_offset(text) {
        return Ok(written);
    }
    let lower = text.to_lowercase();
    let units = [("h", "h"), ("min", "min"), ("s", "s")];
    if lower == "now" {
        return Ok(show(now));
    }
    if let Some(span) = offset(&lower, &units) {
        let then = now.checked_add(span).ok().filter(|then| then.year() > 0);
        return then.map(|then| show(&then)).ok_or_else(|| "beyond the calendar".to_owned());
    }
    // A `t` also begins and ends words; only after a written date it divides.
    let t = if lower.starts_with(|c: char| c.is_ascii_digit()) { 't' } else { ' ' };
    let (day, time) = match lower.split_once([' ', t]).filter(|(_, rest)| rest.contains(':')) {
        Some((day, time)) => (day, clock(time).ok_or_else(|| MOMENT.to_owned())?),
        None => (lower.as_str(), Time::midnight()),
    };
    let day =
        date(day, now).map_err(|reason| if reason == DATE { MOMENT.into() } else { reason })?;
    in_zone(day.to_datetime(time), now)
}

/// A local time of day in the zone; at the two odd hours of the year it is refused, not guessed.
fn in_zone(at: DateTime, now: &Zoned) -> Result<String, String> {
    let zone = now.time_zone();
    let ambiguous = zone.to_ambiguous_zoned(at);
    match ambiguous.offset() {
        AmbiguousOffset::Unambiguous { .. } => {
            ambiguous.unambiguous().map(|at| show(&at)).map_err(|_| "beyond the calendar".into())
        }
        AmbiguousOffset::Gap { .. } => {
            Err("the clocks go forward then: there is no such time that day".to_owned())
        }
        AmbiguousOffset::Fold { before, after } => Err(format!(
            "the clocks go back then: write {at}{} or {at}{}",
            shift(before),
            shift(after)
        )),
    }
}

/// An offset as ISO 8601 writes it, `+02:00`.
fn shift(offset: jiff::tz::Offset) -> String {
    let minutes = offset.seconds() / 60;
    let sign = if minutes < 0 { '-' } else { '+' };
    format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
}

fn show(at: &Zoned) -> String {
    let local = at.datetime();
    let whole = local.with().subsec_nanosecond(0).build().unwrap_or(local);
    if at.offset().is_zero() {
        format!("{whole}Z")
    } else {
        format!("{whole}{}", shift(at.offset()))
    }
}

/// A moment that says its own offset, with `T` and `Z` as the standard writes them.
fn with_offset(text: &str) -> Option<String> {
    let upper = text.to_ascii_uppercase().replacen(' ', "T", 1);
    let starts = upper.get(10..11) == Some("T") && !upper.contains('[');
    (starts && upper.parse::<Timestamp>().is_ok()).then_some(upper)
}

fn clock(text: &str) -> Option<Time> {
    let mut parts = text.trim().split(':').map(|part| {
        let digits = !part.is_empty() && part.len() <= 2;
        part.parse::<i8>().ok().filter(|_| digits && part.bytes().all(|b| b.is_ascii_digit()))
    });
    let (hour, minute) = (parts.next()??, parts.next()??);
    let second = match parts.next() {
        None => 0,
        Some(second) => second?,
    };
    if parts.next().is_some() {
        return None;
    }
    Time::new(hour, minute, second, 0).ok()
}

/// Reads `-7d` by the given units, each with its long name.
fn offset(text: &str, units: &[(&str, &str)]) -> Option<Span> {
    let back = text.starts_with('-');
    let rest = text.strip_prefix(['-', '+'])?;
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = rest.split_at_checked(digits)?;
    let number: i64 = number.parse().ok()?;
    let number = if back { -number } else { number };
    let (_, unit) = units.iter().find(|(short, _)| *short == unit.trim())?;
    let span = Span::new();
    match *unit {
        "d" => span.try_days(number),
        "w" => span.try_weeks(number),
        "mo" => span.try_months(number),
        "y" => span.try_years(number),
        "h" => span.try_hours(number),
        "min" => span.try_minutes(number),
        _ => span.try_seconds(number),
    }
    .ok()
}

/// `monday` or `mon`: the last one, today included.
fn weekday(word: &str) -> Option<Weekday> {
    const DAYS: [(&str, Weekday); 7] = [
        ("monday", Weekday::Monday),
        ("tuesday", Weekday::Tuesday),
        ("wednesday", Weekday::Wednesday),
        ("thursday", Weekday::Thursday),
        ("friday", Weekday::Friday),
        ("saturday", Weekday::Saturday),
        ("sunday", Weekday::Sunday),
    ];
    let named = |name: &str| name == word || name.get(..3) == Some(word);
    DAYS.iter().find(|(name, _)| named(name)).map(|(_, day)| *day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> Zoned {
        text.parse().unwrap()
    }

    /// A Tuesday.
    fn now() -> Zoned {
        at("2026-11-24T10:20:30.5[UTC]")
    }

    #[test]
    fn words_count_from_the_civil_day_of_the_zone() {
        for (text, expected) in [
            ("today", "2026-11-24"),
            (" Yesterday ", "2026-11-23"),
            ("tomorrow", "2026-11-25"),
            ("tuesday", "2026-11-24"),
            ("monday", "2026-11-23"),
            ("wed", "2026-11-18"),
            ("-7d", "2026-11-17"),
            ("+2w", "2026-12-08"),
            ("-1m", "2026-10-24"),
            ("-1y", "2025-11-24"),
            ("2024-02-29", "2024-02-29"),
        ] {
            assert_eq!(
                date(text, &now()).map(|d| d.to_string()),
                Ok(expected.to_owned()),
                "{text}"
            );
        }
        // The same moment is two dates at the two ends of the world.
        let moment: Timestamp = "2026-11-24T10:20:30Z".parse().unwrap();
        for (zone, expected) in
            [("Pacific/Kiritimati", "2026-11-25"), ("Pacific/Pago_Pago", "2026-11-23")]
        {
            let there = moment.in_tz(zone).unwrap();
            assert_eq!(date("today", &there).unwrap().to_string(), expected);
        }
    }

    #[test]
    fn what_is_no_date_is_refused_with_what_would_be_one() {
        for (text, part) in [
            ("", "no date"),
            ("2026-02-30", "no such day"),
            ("2026-1-2", "no date"),
            ("20260102", "no date"),
            ("2026-10-20T10:00", "no date"),
            ("7d", "no date"),
            ("-d", "no date"),
            ("-99999999999999999999d", "no date"),
            ("-9999y", "beyond"),
            ("mo", "no date"),
        ] {
            let reason = date(text, &now()).unwrap_err();
            assert!(reason.contains(part), "{text}: {reason}");
        }
    }

    #[test]
    fn a_range_has_its_first_day_first() {
        let shown = |text| range(text, &now()).map(|(a, b)| format!("{a} {b}"));
        assert_eq!(shown("-7d..today"), Ok("2026-11-17 2026-11-24".to_owned()));
        assert_eq!(shown("2026-01-01 to 2026-01-31"), Ok("2026-01-01 2026-01-31".to_owned()));
        assert_eq!(shown("yesterday"), Ok("2026-11-23 2026-11-23".to_owned()));
        assert!(shown("today..-7d").unwrap_err().contains("is after"));
        assert!(shown("").unwrap_err().contains("two dates"));
    }

    #[test]
    fn moments_carry_their_offset() {
        let berlin = at("2026-11-24T11:20:30.5[Europe/Berlin]");
        for (text, expected) in [
            ("2026-10-20 06:30", "2026-10-20T06:30:00+02:00"),
            ("2026-12-20T06:30:15", "2026-12-20T06:30:15+01:00"),
            ("yesterday 6:05", "2026-11-23T06:05:00+01:00"),
            ("2026-12-20", "2026-12-20T00:00:00+01:00"),
            ("now", "2026-11-24T11:20:30+01:00"),
            ("-2h", "2026-11-24T09:20:30+01:00"),
            ("2026-10-20t06:30:00z", "2026-10-20T06:30:00Z"),
            ("2026-10-20 06:30:00-05:00", "2026-10-20T06:30:00-05:00"),
        ] {
            assert_eq!(moment(text, &berlin).as_deref(), Ok(expected), "{text}");
        }
        assert_eq!(moment("today 06:30", &now()).unwrap(), "2026-11-24T06:30:00Z");
    }

    #[test]
    fn the_odd_hours_of_the_year_are_refused_and_not_guessed() {
        let berlin = at("2026-11-24T11:20:30[Europe/Berlin]");
        let gap = moment("2026-03-29 02:30", &berlin).unwrap_err();
        assert!(gap.contains("no such time"), "{gap}");
        let fold = moment("2026-10-25 02:30", &berlin).unwrap_err();
        assert!(fold.contains("2026-10-25T02:30:00+02:00 or 2026-10-25T02:30:00+01:00"), "{fold}");
        for text in [
            "-64000000000s",
            "-20000000h",
            "25:00",
            "today 6",
            "today 24:00",
            "noon",
            "today 06:30 pm",
            "",
        ] {
            assert!(moment(text, &berlin).is_err(), "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(crate::testkit::cases(256)))]

        #[test]
        fn a_written_date_means_itself_in_every_zone(
            second in -30_000_000_000_i64..30_000_000_000,
            zone in prop::sample::select(vec!["UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Apia"]),
            days in -40_000_i64..40_000,
        ) {
            let now = Timestamp::from_second(second).unwrap().in_tz(zone).unwrap();
            let day = jiff::civil::date(2000, 1, 1) + Span::new().days(days);
            prop_assert_eq!(date(&day.to_string(), &now), Ok(day));
            prop_assert_eq!(date("today", &now), Ok(now.date()));
            prop_assert_eq!(date("+0d", &now), Ok(now.date()));
            let gap = date("yesterday", &now).unwrap().until(now.date()).unwrap().get_days();
            prop_assert_eq!(gap, 1);
        }

        #[test]
        fn no_text_breaks_the_reading(text in ".{0,20}|[-+]?[0-9]{0,12}[a-z]{0,3}( [0-9:]{0,8})?") {
            for zone in ["UTC", "Europe/Berlin"] {
                let now = now().in_tz(zone).unwrap();
                if let Ok(found) = moment(&text, &now) {
                    prop_assert!(found.parse::<Timestamp>().is_ok(), "{}", found);
                    prop_assert_eq!(moment(&found, &now), Ok(found.clone()), "it means itself");
                }
                let _ = (date(&text, &now), range(&text, &now));
            }
        }
    }
}

//! Hours of a week, as the settings have them: when a person is told nothing, or when runs may be started.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Time, Weekday};
use serde::Deserialize;

use crate::domain::text::cut;

/// Minutes of a day.
const DAY: i16 = 24 * 60;
/// How much of a setting is repeated in an error, in characters.
const SHOWN: usize = 60;

/// Spans of time on days of the week, written as `22:00-07:00`, or several as
/// `mon-fri 22:00-07:00, sat 00:00-24:00`. One that ends before it begins ends on the next day and
/// belongs to the day on which it begins. The times are those on the clock, so a change of clocks
/// makes a span shorter or longer. An empty text is no span.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Hours {
    spans: Vec<Span>,
    /// As they were written.
    text: String,
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// From a minute of the day until before another, on the days whose bits are set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Span {
    days: u8,
    from: i16,
    to: i16,
}

/// Hours that cannot be read: which, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidHours(String);

impl fmt::Display for InvalidHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InvalidHours {}

impl Hours {
    /// Whether this moment is in them.
    pub fn contains(&self, day: Weekday, time: Time) -> bool {
        let minute = i16::from(time.hour()) * 60 + i16::from(time.minute());
        self.spans.iter().any(|span| span.contains(day, minute))
    }
}

impl Span {
    fn contains(self, day: Weekday, minute: i16) -> bool {
        let is_on = |day| self.days & bit(day) != 0;
        if self.from < self.to {
            is_on(day) && (self.from..self.to).contains(&minute)
        } else {
            is_on(day) && minute >= self.from || is_on(day.previous()) && minute < self.to
        }
    }
}

impl FromStr for Hours {
    type Err = InvalidHours;

    fn from_str(text: &str) -> Result<Self, InvalidHours> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        let spans = text.split(',').map(|part| {
            let part = part.trim();
            span(part).map_err(|reason| InvalidHours(format!("\"{}\": {reason}", cut(part, SHOWN))))
        });
        let spans = spans.collect::<Result<_, _>>()?;
        Ok(Self { spans, text: text.trim().to_owned() })
    }
}

impl TryFrom<String> for Hours {
    type Error = InvalidHours;

    fn try_from(text: String) -> Result<Self, InvalidHours> {
        text.parse()
    }
}

fn span(text: &str) -> Result<Span, String> {
    let shape = || "write it as 22:00-07:00 or mon-fri 22:00-07:00".to_owned();
    let (days, hours) = if text.starts_with(char::is_alphabetic) {
        let (names, hours) = text.split_once(char::is_whitespace).ok_or_else(shape)?;
        (days(names)?, hours)
    } else {
        (Weekday::Monday.cycle_forward().take(7).map(bit).sum(), text)
    };
    let (from, to) = hours.split_once('-').ok_or_else(shape)?;
    let (from, to) = (minute(from.trim())?, minute(to.trim())?);
    if from == DAY {
        return Err("no span begins at 24:00; write 00:00 and the next day".to_owned());
    }
    if from == to {
        return Err("it is empty; write 00:00-24:00 for a whole day".to_owned());
    }
    Ok(Span { days, from, to })
}

/// Days as `sat` or `mon-fri`, also over the end of the week.
fn days(names: &str) -> Result<u8, String> {
    let (first, last) = names.split_once('-').unwrap_or((names, names));
    let (first, last) = (weekday(first)?, weekday(last)?);
    let between = usize::from(first.until(last).unsigned_abs());
    Ok(first.cycle_forward().take(between + 1).map(bit).sum())
}

fn weekday(name: &str) -> Result<Weekday, String> {
    let day = match name.to_lowercase().as_str() {
        "mon" | "monday" => Weekday::Monday,
        "tue" | "tuesday" => Weekday::Tuesday,
        "wed" | "wednesday" => Weekday::Wednesday,
        "thu" | "thursday" => Weekday::Thursday,
        "fri" | "friday" => Weekday::Friday,
        "sat" | "saturday" => Weekday::Saturday,
        "sun" | "sunday" => Weekday::Sunday,
        _ => {
            let name = cut(name, SHOWN);
            return Err(format!(
                "{name} is no day; the days are mon, tue, wed, thu, fri, sat, sun"
            ));
        }
    };
    Ok(day)
}

/// The minute of the day at a time such as `7:30`; `24:00` is the end of it.
fn minute(text: &str) -> Result<i16, String> {
    let number = |digits: &str, longest| {
        let is_number = digits.len() <= longest && digits.bytes().all(|byte| byte.is_ascii_digit());
        if is_number { digits.parse::<i16>().ok() } else { None }
    };
    let parts = text.split_once(':').filter(|(_, minutes)| minutes.len() == 2);
    let parts = parts.and_then(|(hours, minutes)| Some((number(hours, 2)?, number(minutes, 2)?)));
    let minute =
        parts.filter(|(_, minutes)| *minutes < 60).map(|(hours, minutes)| hours * 60 + minutes);
    minute.filter(|minute| *minute <= DAY).ok_or_else(|| {
        format!("\"{}\" is no time of day; write one such as 07:30", cut(text, SHOWN))
    })
}

fn bit(day: Weekday) -> u8 {
    1 << day.to_monday_zero_offset()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::time;
    use proptest::prelude::*;

    fn is_quiet(text: &str, day: Weekday, hour: i8, minute: i8) -> bool {
        text.parse::<Hours>().unwrap().contains(day, time(hour, minute, 59, 0))
    }

    #[test]
    fn a_moment_is_quiet_from_the_first_minute_until_before_the_last() {
        use Weekday::{Friday as Fri, Monday as Mon, Saturday as Sat, Sunday as Sun};
        for (text, day, (hour, minute), quiet) in [
            ("", Mon, (3, 0), false),
            ("12:00-13:30", Mon, (11, 59), false),
            ("12:00-13:30", Mon, (12, 0), true),
            ("12:00-13:30", Sun, (13, 29), true),
            ("12:00-13:30", Mon, (13, 30), false),
            ("22:00-07:00", Mon, (21, 59), false),
            ("22:00-07:00", Mon, (22, 0), true),
            ("22:00-07:00", Mon, (23, 59), true),
            ("22:00-07:00", Mon, (0, 0), true),
            ("22:00-07:00", Mon, (6, 59), true),
            ("22:00-07:00", Mon, (7, 0), false),
            ("22:00-00:00", Mon, (23, 59), true),
            ("22:00-00:00", Mon, (0, 0), false),
            ("22:00-24:00", Mon, (23, 59), true),
            ("mon-fri 22:00-07:00", Mon, (3, 0), false),
            ("mon-fri 22:00-07:00", Fri, (23, 0), true),
            ("mon-fri 22:00-07:00", Sat, (6, 59), true),
            ("mon-fri 22:00-07:00", Sat, (22, 0), false),
            ("mon-fri 22:00-07:00", Sun, (3, 0), false),
            ("sun 22:00-7:00", Mon, (3, 0), true),
            ("sat-mon 09:00-10:00", Sun, (9, 30), true),
            ("sat-mon 09:00-10:00", Fri, (9, 30), false),
            ("Saturday 00:00 - 24:00, 12:00-13:00", Sat, (23, 59), true),
            ("Saturday 00:00 - 24:00, 12:00-13:00", Sun, (0, 0), false),
            ("Saturday 00:00 - 24:00, 12:00-13:00", Sun, (12, 30), true),
        ] {
            assert_eq!(is_quiet(text, day, hour, minute), quiet, "{text}: {day:?} {hour}:{minute}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_named_with_what_to_write() {
        for (text, sentence) in [
            ("22", "\"22\": write it as 22:00-07:00 or mon-fri 22:00-07:00"),
            ("mon", "\"mon\": write it as 22:00-07:00 or mon-fri 22:00-07:00"),
            ("12:00-13:00,", "\"\": write it as 22:00-07:00 or mon-fri 22:00-07:00"),
            (
                "25:00-07:00",
                "\"25:00-07:00\": \"25:00\" is no time of day; write one such as 07:30",
            ),
            (
                "mo-fri 22:00-07:00",
                "\"mo-fri 22:00-07:00\": mo is no day; \
                 the days are mon, tue, wed, thu, fri, sat, sun",
            ),
            ("08:00-8:00", "\"08:00-8:00\": it is empty; write 00:00-24:00 for a whole day"),
            (
                "24:00-07:00",
                "\"24:00-07:00\": no span begins at 24:00; \
                 write 00:00 and the next day",
            ),
        ] {
            assert_eq!(text.parse::<Hours>().unwrap_err().to_string(), sentence);
        }
        for text in
            ["22:0-07:00", "22:60-07:00", "24:01-07:00", "+7:00-08:00", ":00-07:00", "7-8", "a b-c"]
        {
            assert!(text.parse::<Hours>().is_err(), "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(crate::testkit::cases(256)))]

        #[test]
        fn nothing_that_is_written_is_more_than_an_error(text: String) {
            let _ = text.parse::<Hours>();
        }

        #[test]
        fn a_span_and_the_one_from_its_end_to_its_beginning_make_the_day(
            from in 0_i16..DAY, to in 0_i16..DAY, minute in 0_i16..DAY,
        ) {
            prop_assume!(from != to);
            let span = |from, to| Span { days: 0x7f, from, to };
            let is_in = |span: Span| span.contains(Weekday::Sunday, minute);
            prop_assert_ne!(is_in(span(from, to)), is_in(span(to, from)));
        }
    }
}

//! Moments and durations as servers write them.
//!
//! Nothing here fails: what cannot be read is simply not told.

use std::time::Duration;

use jiff::fmt::rfc2822;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp, civil};

/// Numbers from here on are Unix seconds, below they are a time to wait (this is the year 2001).
const FIRST_UNIX_SECOND: i64 = 1_000_000_000;
/// Numbers from here on are Unix milliseconds (this is 1973; as seconds it is the year 5138).
const FIRST_UNIX_MILLISECOND: i64 = 100_000_000_000;
/// No wait is believed to be longer.
const LONGEST_WAIT: Duration = Duration::from_hours(24);

/// Reads ISO 8601, taking a time without an offset as UTC, which is what Hex documents.
pub(super) fn iso(text: &str) -> Option<Timestamp> {
    text.parse::<Timestamp>().ok().or_else(|| {
        let local = text.parse::<civil::DateTime>().ok()?;
        Offset::UTC.to_timestamp(local).ok()
    })
}

/// Reads the date form of HTTP headers, `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 §5.6.7).
pub(super) fn http_date(text: &str) -> Option<Timestamp> {
    rfc2822::parse(text).ok().map(|zoned| zoned.timestamp())
}

/// Reads Unix seconds or milliseconds, told apart by magnitude; nothing for numbers too small to
/// be either.
pub(super) fn unix(number: i64) -> Option<Timestamp> {
    if number >= FIRST_UNIX_MILLISECOND {
        Timestamp::from_millisecond(number).ok()
    } else if number >= FIRST_UNIX_SECOND {
        Timestamp::from_second(number).ok()
    } else {
        None
    }
}

/// Reads a plain decimal number, rounding a fraction up: waiting too long is the lesser harm.
pub(super) fn number(text: &str) -> Option<i64> {
    let (whole, fraction) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    if !fraction.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let whole = whole.parse::<i64>().ok()?;
    let up = fraction.bytes().any(|digit| digit != b'0');
    whole.checked_add(i64::from(up))
}

/// Reads how long to wait after `server_now`: seconds, or a moment as Unix seconds, Unix
/// milliseconds, HTTP date or ISO 8601. Between zero and 24 hours; nothing for nonsense.
pub(super) fn wait(text: &str, server_now: Timestamp) -> Option<Duration> {
    let text = text.trim();
    let length = match number(text) {
        Some(number) => match unix(number) {
            Some(moment) => moment.duration_since(server_now),
            None if number >= 0 => SignedDuration::from_secs(number),
            None => return None,
        },
        None => http_date(text).or_else(|| iso(text))?.duration_since(server_now),
    };
    // A negative length, a moment that has passed, has no unsigned form.
    Some(Duration::try_from(length).unwrap_or(Duration::ZERO).min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn iso_times_are_read_with_any_offset_and_without_one_as_utc() {
        let table = [
            ("2026-10-20T08:15:04.211Z", Some("2026-10-20T08:15:04.211Z")),
            ("2026-10-20T10:15:04+02:00", Some("2026-10-20T08:15:04Z")),
            ("2026-10-20T08:15:04", Some("2026-10-20T08:15:04Z")),
            ("yesterday", None),
            ("", None),
        ];
        for (text, expected) in table {
            assert_eq!(iso(text), expected.map(at), "{text}");
        }
    }

    #[test]
    fn unix_times_are_told_apart_by_magnitude() {
        assert_eq!(unix(1_793_145_600), Some(at("2026-10-28T00:00:00Z")));
        assert_eq!(unix(1_793_145_600_250), Some(at("2026-10-28T00:00:00.25Z")));
        assert_eq!(unix(30), None);
        assert_eq!(unix(-1), None);
        assert_eq!(unix(i64::MAX), None);
    }

    #[test]
    fn a_wait_is_read_in_every_spelling_and_never_longer_than_a_day() {
        let now = at("2026-10-20T08:00:00Z");
        let table = [
            ("30", Some(30)),
            (" 0 ", Some(0)),
            ("29.2", Some(30)),
            ("29.0", Some(29)),
            ("1792483230", Some(30)),
            ("1792483230000", Some(30)),
            ("Tue, 20 Oct 2026 08:00:30 GMT", Some(30)),
            ("2026-10-20T08:00:30Z", Some(30)),
            ("Tue, 20 Oct 2026 07:00:00 GMT", Some(0)),
            ("1792479600", Some(0)),
            ("999999999", Some(86_400)),
            ("9223372036854775807", Some(86_400)),
            ("-5", None),
            ("soon", None),
            ("1e3", None),
            ("NaN", None),
            ("", None),
        ];
        for (text, seconds) in table {
            assert_eq!(wait(text, now), seconds.map(Duration::from_secs), "{text}");
        }
    }
}

//! A time as people give it on the command line: itself, or how long ago it was.

use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};

/// A time, or how long ago it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    Ago(SignedDuration),
    At(Timestamp),
}

impl When {
    /// The time, if it is `now`.
    pub(in crate::cli) fn before(self, now: Timestamp) -> Timestamp {
        match self {
            Self::Ago(span) => now.saturating_sub(span).unwrap_or(Timestamp::MIN),
            Self::At(at) => at,
        }
    }
}

/// Reads `90s`, `24h`, `1h30m` or `7d` as a time ago, and `2026-11-27T00:00Z` as a time.
pub(super) fn parse(text: &str) -> Result<When, String> {
    if let Ok(at) = text.parse() {
        return Ok(When::At(at));
    }
    let span = text.parse::<Span>().ok();
    let span = span.and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()).ok());
    span.filter(SignedDuration::is_positive).map(When::Ago).ok_or_else(|| {
        format!(
            "`{text}` is no time; write 90s, 24h or 7d ago, or a time such as 2026-11-27T00:00Z"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_given_as_itself_or_by_how_long_ago_it_was() {
        let now: Timestamp = "2026-11-27T12:00:00Z".parse().unwrap();
        for (text, expected) in [
            ("90s", "2026-11-27T11:58:30Z"),
            ("24h", "2026-11-26T12:00:00Z"),
            ("1h30m", "2026-11-27T10:30:00Z"),
            ("7d", "2026-11-20T12:00:00Z"),
            ("2w", "2026-11-13T12:00:00Z"),
            ("2026-11-27T00:00Z", "2026-11-27T00:00:00Z"),
            ("2026-11-27 02:30:01.5+02:00", "2026-11-27T00:30:01.5Z"),
        ] {
            let read = parse(text).map(|when| when.before(now).to_string());
            assert_eq!(read.as_deref(), Ok(expected), "{text}");
        }
        for wrong in ["", "soon", "0s", "-1h", "7", "2026-11-27", "2026-11-27T00:00", "1mo"] {
            let error = parse(wrong).unwrap_err();
            assert!(error.starts_with(&format!("`{wrong}` is no time; write 90s")), "{error}");
        }
        let ages = parse("1000000w").unwrap();
        assert_eq!(ages.before("0001-01-01T00:00Z".parse().unwrap()), Timestamp::MIN);
    }
}

//! What a response's headers say about how much may still be asked.
//!
//! Hex says that such headers exist but not what they are called, so every spelling in use is
//! tried; nonsense is ignored, because a wrong hint is worse than none.

use std::time::Duration;

use http::HeaderMap;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::times;

/// Prefixes under which servers give `limit`, `remaining` and `reset`, the standard's first.
const PREFIXES: [&str; 3] = ["ratelimit", "x-ratelimit", "x-rate-limit"];

/// Hints of one response; all absent where the server gives none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateHint {
    /// Requests allowed in a window; never zero.
    pub limit: Option<u32>,
    /// Requests still allowed in this window.
    pub remaining: Option<u32>,
    /// Time from the response until the window ends, at most 24 hours.
    pub reset: Option<Duration>,
    /// How long the server asks to wait, at most 24 hours.
    pub retry_after: Option<Duration>,
}

impl RateHint {
    /// Reads whatever spelling is there; `server_now` is the response's `Date`, or our own time,
    /// against which absolute times are taken.
    pub fn read(headers: &HeaderMap, server_now: Timestamp) -> Self {
        let wait = |text: &str| times::wait(text, server_now);
        Self {
            limit: first(headers, &LIMIT, |text| count(text).filter(|limit| *limit > 0)),
            remaining: first(headers, &REMAINING, count),
            reset: first(headers, &RESET, wait),
            retry_after: header(headers, "retry-after").and_then(wait),
        }
    }
}

/// A hint's name, and where combined headers have it under which key.
type Field = (&'static str, &'static [(&'static str, &'static str)]);

/// In the IETF draft "`RateLimit` header fields for HTTP", up to version 7 as
/// `ratelimit: limit=60, remaining=12, reset=30`, from 8 on as
/// `ratelimit: "default";r=12;t=30` beside `ratelimit-policy: "default";q=60;w=60`.
const LIMIT: Field = ("limit", &[("ratelimit", "limit"), ("ratelimit-policy", "q")]);
const REMAINING: Field = ("remaining", &[("ratelimit", "remaining"), ("ratelimit", "r")]);
const RESET: Field = ("reset", &[("ratelimit", "reset"), ("ratelimit", "t")]);

/// The first readable value of a field: in a header of its own, else in a combined one.
fn first<T>(
    headers: &HeaderMap,
    (field, combined): &Field,
    read: impl Fn(&str) -> Option<T>,
) -> Option<T> {
    let single =
        PREFIXES.iter().find_map(|prefix| read(header(headers, &format!("{prefix}-{field}"))?));
    let within = |(name, key): &(&str, &str)| {
        header(headers, name)?
            .split([',', ';'])
            .filter_map(|part| part.split_once('='))
            .find(|(found, _)| found.trim().eq_ignore_ascii_case(key))
            .and_then(|(_, value)| read(value))
    };
    single.or_else(|| combined.iter().find_map(within))
}

/// Reads a count; of `60, 60;w=60`, which states the window too, the first part.
fn count(text: &str) -> Option<u32> {
    text.split([',', ';']).next()?.trim().parse().ok()
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderName, HeaderValue};
    use proptest::prelude::*;

    fn now() -> Timestamp {
        "2026-10-20T08:00:00Z".parse().unwrap()
    }

    fn read(lines: &[(&str, &str)]) -> RateHint {
        let headers = lines
            .iter()
            .map(|(name, value)| {
                (
                    HeaderName::from_bytes(name.as_bytes()).unwrap(),
                    HeaderValue::from_str(value).unwrap(),
                )
            })
            .collect();
        RateHint::read(&headers, now())
    }

    #[test]
    fn every_spelling_says_the_same() {
        let expected = RateHint {
            limit: Some(60),
            remaining: Some(12),
            reset: Some(Duration::from_secs(30)),
            retry_after: None,
        };
        let spellings: [&[(&str, &str)]; 7] = [
            &[("RateLimit-Limit", "60"), ("RateLimit-Remaining", "12"), ("RateLimit-Reset", "30")],
            &[
                ("X-RateLimit-Limit", "60"),
                ("X-RateLimit-Remaining", "12"),
                ("X-RateLimit-Reset", "1792483230"),
            ],
            &[
                ("x-rate-limit-limit", "60"),
                ("x-rate-limit-remaining", "12"),
                ("x-rate-limit-reset", "1792483230000"),
            ],
            &[("RateLimit", "limit=60, remaining=12, reset=30")],
            &[("ratelimit", "Limit=60; Remaining=12; Reset=30")],
            &[
                ("RateLimit", "\"default\";r=12;t=30"),
                ("RateLimit-Policy", "\"default\";q=60;w=60"),
            ],
            &[
                ("ratelimit-limit", "60, 60;w=60"),
                ("ratelimit-remaining", " 12 "),
                ("ratelimit-reset", "Tue, 20 Oct 2026 08:00:30 GMT"),
            ],
        ];
        for spelling in spellings {
            assert_eq!(read(spelling), expected, "{spelling:?}");
        }
    }

    #[test]
    fn a_wait_is_read_as_seconds_or_as_a_date() {
        for text in ["30", "Tue, 20 Oct 2026 08:00:30 GMT"] {
            let expected =
                RateHint { retry_after: Some(Duration::from_secs(30)), ..RateHint::default() };
            assert_eq!(read(&[("Retry-After", text)]), expected, "{text}");
        }
    }

    #[test]
    fn nonsense_is_ignored_and_a_good_spelling_beside_it_is_used() {
        let nonsense = [
            ("ratelimit-limit", "0"),
            ("ratelimit-remaining", "-1"),
            ("ratelimit-reset", "later"),
            ("retry-after", "when it is ready"),
        ];
        assert_eq!(read(&nonsense), RateHint::default());
        let mixed = [("ratelimit-remaining", "many"), ("x-ratelimit-remaining", "0")];
        let expected = RateHint { remaining: Some(0), ..RateHint::default() };
        assert_eq!(read(&mixed), expected);
        assert_eq!(read(&[]), RateHint::default());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(crate::testkit::cases(256)))]

        #[test]
        fn any_header_text_gives_waits_within_a_day(text in "[ -~]{0,24}|-?[0-9]{1,20}") {
            let hint = read(&[("retry-after", &text), ("ratelimit-reset", &text)]);
            let day = Duration::from_hours(24);
            prop_assert!(hint.retry_after.is_none_or(|wait| wait <= day));
            prop_assert!(hint.reset.is_none_or(|wait| wait <= day));
        }
    }
}

//! Times: which, where, and never touching.

use super::*;

/// A now that is in no window.
const NEVER: &str = "2000-01-01T00:00:00Z";

/// The axis of a window of so many columns.
fn axis(zone: &TimeZone, [from, to, now]: [&str; 3], width: u16) -> String {
    let moment = |text: &str| text.parse::<Timestamp>().unwrap();
    let span = Span { from: moment(from), to: moment(to) };
    let chart = Chart { zone, span, now: moment(now), ..chart(&[], None) };
    row(&drawn(&chart, width, 1), 0)
}

#[test]
fn times_are_round_and_apart() {
    for (to, width, text) in [
        ("2026-10-20T12:05:00Z", 60, "╷11:58  ╷11:59   ╷12:00  ╷12:01   ╷12:02  ╷12:03   ╷12:04"),
        ("2026-10-20T12:25:00Z", 60, "    ╷12:00     ╷12:05     ╷12:10     ╷12:15     ╷12:20"),
        ("2026-10-20T13:00:00Z", 60, " ╷12:00    ╷12:10    ╷12:20   ╷12:30    ╷12:40    ╷12:50"),
        ("2026-10-20T14:00:00Z", 60, "╷12:00         ╷12:30         ╷13:00         ╷13:30"),
        ("2026-10-20T15:00:00Z", 60, "╷12:00    ╷12:30    ╷13:00    ╷13:30    ╷14:00    ╷14:30"),
        ("2026-10-20T18:00:00Z", 60, "╷12:00    ╷13:00    ╷14:00    ╷15:00    ╷16:00    ╷17:00"),
        ("2026-10-21T00:00:00Z", 60, "╷12:00    ╷14:00    ╷16:00    ╷18:00    ╷20:00    ╷22:00"),
        ("2026-10-21T12:00:00Z", 60, "╷12:00         ╷18:00         ╷21 Oct        ╷06:00"),
        ("2026-10-22T00:00:00Z", 60, "╷12:00    ╷18:00    ╷21 Oct   ╷06:00    ╷12:00    ╷18:00"),
        ("2026-10-24T00:00:00Z", 60, "╷12:00  ╷21 Oct  ╷12:00  ╷22 Oct  ╷12:00  ╷23 Oct  ╷12:00"),
        ("2026-10-27T00:00:00Z", 60, "    ╷21 Oct  ╷22 Oct   ╷23 Oct  ╷24 Oct  ╷25 Oct  ╷26 Oct"),
        ("2026-11-20T00:00:00Z", 60, "          ╷26 Oct       ╷02 Nov       ╷09 Nov       ╷16 Nov"),
        ("2027-01-20T00:00:00Z", 60, "        ╷02 Nov  ╷16 Nov  ╷30 Nov  ╷14 Dec  ╷28 Dec   ╷"),
        ("2030-01-20T00:00:00Z", 60, "                  ╷2027-10-18       ╷2028-10-16        ╷"),
        ("9030-01-20T00:00:00Z", 60, ""),
        ("9030-01-20T00:00:00Z", 10, ""),
    ] {
        let found = axis(&TimeZone::UTC, ["2026-10-20T11:58:00Z", to, NEVER], width);
        assert_eq!(found, text, "{to} {width}");
    }
}

#[test]
fn times_are_those_of_the_zone_also_where_its_clocks_are_changed() {
    for (zone, from, to, text) in [
        (
            "Asia/Kolkata",
            "2026-10-20T11:58:00Z",
            "2026-10-20T17:00:00Z",
            "      ╷18:00      ╷19:00      ╷20:00      ╷21:00      ╷22:00",
        ),
        // 01:59 CET, 03:00 CEST.
        (
            "Europe/Berlin",
            "2026-03-28T22:10:00Z",
            "2026-03-29T04:10:00Z",
            "        ╷29 Mar   ╷01:00    ╷03:00    ╷04:00    ╷05:00    ╷",
        ),
        (
            "Europe/Berlin",
            "2026-03-28T22:10:00Z",
            "2026-03-29T16:10:00Z",
            "  ╷29 Mar          ╷06:00    ╷09:00    ╷12:00    ╷15:00    ╷",
        ),
        // 02:59 CEST, 02:00 CET.
        (
            "Europe/Berlin",
            "2026-10-24T22:10:00Z",
            "2026-10-25T04:10:00Z",
            "        ╷01:00    ╷02:00    ╷02:00    ╷03:00    ╷04:00    ╷",
        ),
        (
            "Europe/Berlin",
            "2026-10-24T21:10:00Z",
            "2026-10-26T04:10:00Z",
            " ╷25 Oct       ╷06:00     ╷12:00      ╷18:00      ╷26 Oct",
        ),
        // There is no midnight on that day.
        (
            "America/Santiago",
            "2026-09-06T01:30:00Z",
            "2026-09-06T08:30:00Z",
            "    ╷22:00  ╷23:00   ╷06 Sep  ╷02:00  ╷03:00   ╷04:00  ╷",
        ),
        (
            "America/Santiago",
            "2026-09-03T01:30:00Z",
            "2026-09-08T08:30:00Z",
            " ╷03 Sep    ╷04 Sep    ╷05 Sep     ╷06 Sep    ╷07 Sep    ╷",
        ),
    ] {
        let found = axis(&TimeZone::get(zone).unwrap(), [from, to, NEVER], 60);
        assert_eq!(found, text, "{zone} {from}");
    }
}

#[test]
fn now_and_days_go_before_other_times() {
    let (from, to) = ("2026-10-20T20:00:00Z", "2026-10-21T04:00:00Z");
    for (now, text) in [
        ("2026-10-20T20:00:00Z", "▼20:00  ╷21:00  ╷22:00  ╷23:00  ╷21 Oct ╷01:00  ╷02:00  ╷03:00"),
        ("2026-10-20T21:00:00Z", "╷20:00  ▼21:00  ╷22:00  ╷23:00  ╷21 Oct ╷01:00  ╷02:00  ╷03:00"),
        ("2026-10-20T21:10:00Z", "╷20:00   ▼21:10 ╷22:00  ╷23:00  ╷21 Oct ╷01:00  ╷02:00  ╷03:00"),
        ("2026-10-20T22:07:00Z", "╷20:00  ╷21:00  ▼22:07  ╷23:00  ╷21 Oct ╷01:00  ╷02:00  ╷03:00"),
        ("2026-10-20T23:59:00Z", "╷20:00  ╷21:00  ╷22:00  ╷23:00 ▼23:59   ╷01:00  ╷02:00  ╷03:00"),
        ("2026-10-21T00:10:00Z", "╷20:00  ╷21:00  ╷22:00  ╷23:00   ▼00:10 ╷01:00  ╷02:00  ╷03:00"),
        ("2026-10-21T01:00:00Z", "╷20:00  ╷21:00  ╷22:00  ╷23:00  ╷21 Oct ▼01:00  ╷02:00  ╷03:00"),
        ("2026-10-21T03:00:00Z", "╷20:00  ╷21:00  ╷22:00  ╷23:00  ╷21 Oct ╷01:00  ╷02:00  ▼03:00"),
        ("2026-10-21T03:30:00Z", "╷20:00  ╷21:00  ╷22:00  ╷23:00  ╷21 Oct ╷01:00  ╷02:00 03:30▼"),
        (
            "2026-10-21T04:00:00Z",
            "╷20:00  ╷21:00  ╷22:00  ╷23:00  ╷21 Oct ╷01:00  ╷02:00  ╷ 04:00▼",
        ),
        ("2026-10-21T05:00:00Z", "╷20:00  ╷21:00  ╷22:00  ╷23:00  ╷21 Oct ╷01:00  ╷02:00  ╷03:00"),
    ] {
        assert_eq!(axis(&TimeZone::UTC, [from, to, now], 64), text, "{now}");
    }
    let late = ["2026-10-20T14:40:00Z", "2026-10-21T04:40:00Z", "2026-10-21T00:52:00Z"];
    let text = "     ╷16:00  ╷18:00   ╷20:00  ╷ 21 Oct╷   ▼00:52       ╷";
    assert_eq!(axis(&TimeZone::UTC, late, 58), text, "a day may stand before its tick");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(crate::testkit::cases(512)))]

    #[test]
    fn no_time_touches_another(
        (from, length, now) in (0_i64..1_000_000, 1_i64..10_000_000, -10_i64..110),
        width in 10_u16..200,
    ) {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let second = |seconds: i64| at(0) + jiff::SignedDuration::from_secs(seconds);
        let span = Span { from: second(from), to: second(from + length) };
        let now = second(from + length * now / 100);
        let chart = Chart { zone: &zone, span, now, ..chart(&[], None) };
        let row = row(&drawn(&chart, width, 1), 0);
        let ticks = |text: &str| text.matches(['╷', '▼']).count();
        // A date is of two words, one of which has the tick.
        for word in row.split(' ').filter(|word| !word.is_empty()) {
            prop_assert!(ticks(word) <= 1 && word.chars().count() <= 11, "{}", row);
            prop_assert!(ticks(word) == 1 || word.chars().count() <= 3, "{}", row);
        }
    }
}

//! Rate limits and how answers tell about them.

use std::time::Duration;

use serde_json::{Value, json};

use hextop::sim::scenario::{HeaderStyle, Limits, Refused, ResetForm, RetryAfter};
use hextop::sim::{CallKind, Scenario};

use crate::support::{Got, STYLES, Site, Style, Virtual, id_of, small};

fn limited(limits: Limits) -> Scenario {
    Scenario { limits, ..small() }
}

fn told(got: &Got) -> [Option<&str>; 3] {
    ["limit", "remaining", "reset"].map(|name| got.header(&format!("x-ratelimit-{name}")))
}

#[tokio::test]
async fn every_answer_tells_what_is_left_and_the_last_ones_refuse() {
    for style in STYLES {
        let site = Site::open(&limited(Limits { per_minute: 3, ..Limits::default() })).await;
        let list = style.list(&site.project("Weekly revenue"));
        for remaining in ["2", "1", "0"] {
            let got = site.get(&list).await;
            assert_eq!(got.status, 200);
            assert_eq!(told(&got), [Some("3"), Some(remaining), Some("60")]);
        }
        let refused = site.get(&list).await;
        assert_eq!(refused.status, 429);
        assert_eq!(told(&refused)[..2], [Some("3"), Some("0")]);
        assert_eq!(refused.header("retry-after"), None);
        assert!(refused.json()["reason"].is_string());
        assert_eq!(site.door.look(|world| world.refused()), 1);
    }
}

#[tokio::test]
async fn each_endpoint_counts_and_a_wrong_token_does_not() {
    for style in STYLES {
        let site = Site::open(&limited(Limits { per_minute: 60, ..Limits::default() })).await;
        let id = site.project("Weekly revenue");
        let run = site.active("Weekly revenue").remove(0);
        let url = format!("{}/users/me", site.door.base_url);
        let wrong = crate::support::client().get(url).bearer_auth("no");
        assert_eq!(crate::support::send(wrong).await.status, 401);
        let mut left = 60;
        for (method, path) in [
            ("GET", "/users/me".to_owned()),
            ("GET", "/projects".to_owned()),
            ("GET", format!("/projects/{id}")),
            ("GET", style.list(&id)),
            ("GET", style.run(&id, &run)),
            ("POST", style.start(&id)),
            ("DELETE", style.run(&id, &run)),
            ("GET", "/nowhere".to_owned()),
        ] {
            left -= 1;
            let got = crate::support::send(site.request(method, &path)).await;
            assert_eq!(told(&got)[1], Some(left.to_string().as_str()), "{method} {path}");
        }
        let counted = site.door.look(|world| CallKind::ALL.map(|kind| world.tally().of(kind)));
        assert_eq!(counted, [1, 1, 1, 1, 1, 1, 2, 0, 0, 0, 1]);
    }
}

#[test]
fn the_window_is_fixed_begins_with_its_first_request_and_keeps_real_time() {
    for speed in [1.0, 3600.0] {
        let scenario = Scenario { speed, ..limited(Limits { per_minute: 2, ..Limits::default() }) };
        let mut site = Virtual::new(&scenario, 1);
        let mut ask = |after: u64| {
            site.wait(Duration::from_secs(after));
            let got = site.get("/users/me");
            (
                got.status,
                told(&got)[1..].iter().map(|text| text.unwrap().to_owned()).collect::<Vec<_>>(),
            )
        };
        assert_eq!(ask(500), (200, vec!["1".to_owned(), "60".to_owned()]));
        assert_eq!(ask(50), (200, vec!["0".to_owned(), "10".to_owned()]));
        assert_eq!(ask(9), (429, vec!["0".to_owned(), "1".to_owned()]));
        assert_eq!(ask(1), (200, vec!["1".to_owned(), "60".to_owned()]));
    }
}

#[test]
fn triggers_are_limited_by_the_minute_and_by_the_hour() {
    for style in STYLES {
        let limits = Limits { per_minute: 0, ..Limits::default() };
        let mut site = Virtual::new(&limited(limits), 1);
        let path = style.start(&id_of(&site.world, "Weekly revenue"));
        let sent = |site: &mut Virtual, times: u32| {
            let dry = json!({ "dryRun": true });
            let statuses =
                (0..times).map(|_| site.ask("POST", &path, Some(&dry)).response.status());
            statuses.filter(|status| status.as_u16() == 201).count()
        };
        for minute in 0..4 {
            let granted = sent(&mut site, 25);
            assert_eq!(granted, if minute < 3 { 20 } else { 0 }, "minute {minute}");
            site.wait(Duration::from_mins(1));
        }
        // An hour after the first.
        site.wait(Duration::from_mins(56));
        assert_eq!(sent(&mut site, 25), 20);
    }
}

#[test]
fn thirty_a_minute_and_an_hourly_limit_are_kept_together() {
    let limits = Limits { per_minute: 30, per_hour: 50, ..Limits::default() };
    let mut site = Virtual::new(&limited(limits), 1);
    let granted =
        |site: &mut Virtual| (0..40).filter(|_| site.get("/users/me").status == 200).count();
    assert_eq!(granted(&mut site), 30);
    site.wait(Duration::from_mins(1));
    assert_eq!(granted(&mut site), 20);
}

#[test]
fn the_headers_have_every_spelling_seen_in_the_field() {
    let unix = 1_792_483_200_u64 + 60;
    let table = [
        (
            HeaderStyle::XRatelimit,
            ResetForm::Delta,
            vec![
                ("x-ratelimit-limit", "9".to_owned()),
                ("x-ratelimit-remaining", "8".to_owned()),
                ("x-ratelimit-reset", "60".to_owned()),
            ],
        ),
        (
            HeaderStyle::XRateLimit,
            ResetForm::Unix,
            vec![
                ("x-rate-limit-limit", "9".to_owned()),
                ("x-rate-limit-remaining", "8".to_owned()),
                ("x-rate-limit-reset", unix.to_string()),
            ],
        ),
        (
            HeaderStyle::Ratelimit,
            ResetForm::UnixMillis,
            vec![
                ("ratelimit-limit", "9".to_owned()),
                ("ratelimit-remaining", "8".to_owned()),
                ("ratelimit-reset", format!("{unix}000")),
            ],
        ),
        (
            HeaderStyle::Combined,
            ResetForm::Delta,
            vec![
                ("ratelimit", "\"default\";r=8;t=60".to_owned()),
                ("ratelimit-policy", "\"default\";q=9;w=60".to_owned()),
            ],
        ),
        (HeaderStyle::None, ResetForm::Delta, vec![]),
    ];
    for (headers, reset, expected) in table {
        let limits = Limits { per_minute: 9, headers, reset, ..Limits::default() };
        let got = Virtual::new(&limited(limits), 1).get("/users/me");
        let mut told: Vec<_> = got
            .headers
            .iter()
            .filter(|(name, _)| name.as_str().contains("rate"))
            .map(|(name, value)| (name.as_str(), value.to_str().unwrap().to_owned()))
            .collect();
        told.sort();
        assert_eq!(told, expected, "{headers:?}");
    }
}

#[test]
fn a_refusal_says_when_to_come_back_where_the_scenario_wants_it() {
    let table = [
        (RetryAfter::None, Refused::Empty, None, ""),
        (RetryAfter::Seconds, Refused::Text, Some("60"), "Too Many Requests"),
        (
            RetryAfter::Date,
            Refused::Text,
            Some("Tue, 20 Oct 2026 08:01:00 GMT"),
            "Too Many Requests",
        ),
    ];
    for (retry_after, refused, expected, body) in table {
        let limits = Limits { per_minute: 1, retry_after, refused, ..Limits::default() };
        let mut site = Virtual::new(&limited(limits), 1);
        let granted = site.get("/users/me");
        assert_eq!((granted.status, granted.header("retry-after")), (200, None));
        let got = site.get("/users/me");
        assert_eq!((got.status, got.header("retry-after")), (429, expected));
        assert_eq!(got.text(), body);
    }
    for (refused, field) in [(Refused::Old, "reason"), (Refused::New, "message")] {
        let limits = Limits { per_minute: 1, refused, ..Limits::default() };
        let mut site = Virtual::new(&limited(limits), 1);
        site.get("/users/me");
        assert!(site.get("/users/me").json()[field].is_string());
    }
}

#[test]
fn limits_that_are_off_refuse_nothing_and_say_nothing() {
    let mut site = Virtual::new(&small(), 1);
    let path = Style::Current.start(&id_of(&site.world, "Weekly revenue"));
    for _ in 0..200 {
        let got: Got = site.ask("POST", &path, Some(&json!({ "dryRun": true }))).into();
        assert_eq!((got.status, told(&got)), (201, [None; 3]));
    }
    assert_eq!(site.world.refused(), 0);
    assert_eq!(site.get("/users/me").json()["role"], Value::from("EDITOR"));
}

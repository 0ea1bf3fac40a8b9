//! One bad value of an answer costs itself: everything else is read as if it were not there.

use hextop::api::{Call, Me, Reply};
use hextop::domain::{Project, Published, Run, RunStatus};
use http::Response;
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::Value;

use crate::contract::{person, projects_page, running, runs_page, started};
use crate::{body, list_runs, run_status, trigger};

const LIST_PROJECTS: Call = Call::ListProjects { after: None, unlisted: true };

fn answer(call: &Call, status: u16, body: &[u8]) -> Result<Reply, String> {
    let response = Response::builder().status(status).body(body.to_vec()).unwrap();
    call.read(&response, Timestamp::UNIX_EPOCH).result.map_err(|error| error.to_string())
}

fn runs(body: &[u8]) -> Vec<Run> {
    match answer(&list_runs(), 200, body) {
        Ok(Reply::Runs { runs, .. }) => runs,
        other => panic!("{other:?}"),
    }
}

fn projects(body: &[u8]) -> Vec<Project> {
    match answer(&LIST_PROJECTS, 200, body) {
        Ok(Reply::Projects { projects, .. }) => projects,
        other => panic!("{other:?}"),
    }
}

/// An example with the value at `pointer` replaced by these bytes.
fn with(example: &str, pointer: &str, raw: &[u8]) -> Vec<u8> {
    let mut body: Value = serde_json::from_str(example).unwrap();
    *body.pointer_mut(pointer).unwrap() = Value::from("@@");
    let text = body.to_string();
    let (before, after) = text.split_once("\"@@\"").unwrap();
    [before.as_bytes(), raw, after.as_bytes()].concat()
}

/// The values that blind a strict reader, and some that are only odd.
fn bad_values() -> Vec<Vec<u8>> {
    let deep = |levels: usize| [b"[".repeat(levels), b"]".repeat(levels)].concat();
    let objects = [b"{\"a\":".repeat(200), b"1".to_vec(), b"}".repeat(200)].concat();
    let mut values = vec![deep(200), deep(100_000), objects];
    values.extend(
        [
            &br#""Caf\ud83d""#[..],
            b"\"Caf\xe9\"",
            b"1e400",
            b"-1e400",
            b"NaN",
            b"-Infinity",
            b"01",
            b"12345678901234567890123",
            b"\"\\x41\"",
            b"\"a\tb\"",
            b"null",
            b"true",
            b"7",
            b"\"60000\"",
            b"\"\"",
            b"[]",
            b"{}",
            b"[1e400,{\"a\":NaN}]",
        ]
        .map(<[u8]>::to_vec),
    );
    values
}

/// The places of all values within an entry of an example's list.
fn places(example: &str, entry: &str) -> Vec<String> {
    let body: Value = serde_json::from_str(example).unwrap();
    let mut open = vec![entry.to_owned()];
    let mut found = Vec::new();
    while let Some(place) = open.pop() {
        match body.pointer(&place).unwrap() {
            Value::Object(fields) => open.extend(fields.keys().map(|key| format!("{place}/{key}"))),
            Value::Array(items) => open.extend((0..items.len()).map(|n| format!("{place}/{n}"))),
            _ => {}
        }
        found.push(place);
    }
    found
}

#[test]
fn any_bad_value_in_one_entry_leaves_the_others_as_they_are() {
    for (entry, other) in [(0, 1), (1, 0)] {
        for place in places(body!("runs_page"), &format!("/runs/{entry}")) {
            for bad in bad_values() {
                let read = runs(&with(body!("runs_page"), &place, &bad));
                assert!(read.contains(&runs_page()[other]), "{place}: {bad:.40?}");
            }
        }
        for place in places(body!("projects_page"), &format!("/values/{entry}")) {
            for bad in bad_values() {
                let read = projects(&with(body!("projects_page"), &place, &bad));
                assert!(read.contains(&projects_page()[other]), "{place}: {bad:.40?}");
            }
        }
    }
}

#[test]
fn a_bad_value_costs_its_own_field_and_no_other() {
    let title = |bad: &[u8]| projects(&with(body!("projects_page"), "/values/0/title", bad));
    for bad in [&br#""Caf\ud83d""#[..], b"\"Caf\xe9\""] {
        let mut expected = projects_page();
        expected[0].title = "Caf\u{fffd}".into();
        assert_eq!(title(bad), expected);
    }
    for bad in [&b"1e400"[..], b"\"soon\"", b"{}", b"[[]]"] {
        let mut expected = projects_page();
        expected[0].published = Published::AtUnknownTime;
        let read = projects(&with(body!("projects_page"), "/values/0/lastPublishedAt", bad));
        assert_eq!(read, expected);
    }
    let mut expected = running();
    expected.elapsed = None;
    for bad in [&b"1e400"[..], b"-1", b"NaN", b"\"8200\"", b"123456789012345678901"] {
        let body = with(body!("run_running"), "/elapsedTime", bad);
        assert_eq!(answer(&run_status(), 200, &body), Ok(Reply::Run(expected.clone())));
    }
    let unknown = with(body!("run_running"), "/status", br#""PAU\ud83dED""#);
    let expected = Run { status: RunStatus::Unknown("PAU\u{fffd}ED".into()), ..running() };
    assert_eq!(answer(&run_status(), 200, &unknown), Ok(Reply::Run(expected)));
    let me = with(body!("me_person"), "/role", b"\"\xe9\"");
    let expected = Me { role: Some("\u{fffd}".to_owned()), ..person() };
    assert_eq!(answer(&Call::Me, 200, &me), Ok(Reply::Me(expected)));
}

#[test]
fn an_id_of_which_a_part_is_unreadable_is_nobodys() {
    let read = runs(&with(body!("runs_page"), "/runs/0/runId", b"\"a0\xe9d4\""));
    assert_eq!(read, runs_page()[1..]);
    let read = projects(&with(body!("projects_page"), "/values/1/id", br#""77\ud83d""#));
    assert_eq!(read, projects_page()[..1]);
}

#[test]
fn a_start_is_confirmed_by_its_run_id_whatever_else_is_wrong_with_the_answer() {
    for place in places(body!("started"), "") {
        if place.is_empty() || place == "/runId" {
            continue;
        }
        for bad in bad_values() {
            let body = with(body!("started"), &place, &bad);
            match answer(&trigger(), 201, &body) {
                Ok(Reply::Started(read)) => assert_eq!(read.run, started().run, "{place}"),
                other => panic!("{place}: {bad:.40?}: {other:?}"),
            }
        }
    }
    let body = body!("started");
    let end = body.find("\"runUrl\"").unwrap() + 20;
    for body in [
        [b"\xef\xbb\xbf", body.as_bytes()].concat(),
        [body.as_bytes(), b"\n<!-- served by proxy -->"].concat(),
        body.as_bytes()[..end].to_vec(),
    ] {
        let Ok(Reply::Started(read)) = answer(&trigger(), 201, &body) else { panic!() };
        assert_eq!(read.run, started().run);
    }
    let without = &body.as_bytes()[..body.find("c1000000").unwrap() + 4];
    let reason = answer(&trigger(), 201, without).unwrap_err();
    assert_eq!(
        reason,
        "the answer could not be read (201: no run id in it): if it stays, tell Hex support"
    );
}

#[test]
fn an_error_still_says_what_it_says() {
    let body = b"{\"code\": 1e400, \"message\": \"Caf\xe9 \\ud83d closed\", \"traceId\": \"t\"}";
    let error = answer(&trigger(), 422, body).unwrap_err();
    assert!(error.contains("Caf\u{fffd} \u{fffd} closed"), "{error}");
    let params = with(body!("error_params"), "/invalid/0/paramValue", b"1e400");
    let whole = answer(&trigger(), 422, body!("error_params").as_bytes());
    assert_eq!(answer(&trigger(), 422, &params), whole);
}

#[test]
fn an_export_with_odd_characters_in_it_is_read() {
    let call = Call::Export { project: crate::project() };
    let body =
        b"{\"filename\": \"caf\xe9\", \"content\": \"cells: []\\n# \\ud83d caf\xe9\", \"n\": NaN}";
    assert_eq!(answer(&call, 200, body), Ok(Reply::Inputs(Vec::new())));
}

#[test]
fn a_list_that_ends_in_the_middle_is_not_taken_for_whole() {
    let body = body!("runs_page").trim_end();
    for end in 1..body.len() {
        let reason = answer(&list_runs(), 200, &body.as_bytes()[..end]).unwrap_err();
        let expected = "the answer could not be read (200: JSON that ends in the middle): \
                        if it stays, tell Hex support";
        assert_eq!(reason, expected, "{end}");
    }
}

#[test]
fn a_proxy_is_suspected_only_where_there_is_no_json() {
    for (body, is_proxy) in [
        (&b""[..], true),
        (b"<html>log in</html>", true),
        (b"OK", true),
        (b"{}", false),
        (b"{\"runs\": [{}]}", false),
        (b"{\"runs\": [", false),
        (b"\xff\xfe{\0}\0", false),
    ] {
        let sentence = answer(&list_runs(), 200, body).unwrap_err();
        assert_eq!(sentence.contains("proxy"), is_proxy, "{sentence}");
    }
}

#[test]
fn what_is_far_too_much_is_refused_and_what_is_too_much_for_one_entry_costs_that_entry() {
    let list = |entries: &[u8]| [b"{\"runs\": [", entries, b"]}"].concat();
    let many = list(&b"{},".repeat(180_000)[..540_000 - 1]);
    let reason = answer(&list_runs(), 200, &many).unwrap_err();
    assert!(reason.contains("more than 1,000 entries in it"), "{reason}");
    let wide = [b"[".as_slice(), &b"0,".repeat(1_000_000), b"0]"].concat();
    let page = with(body!("runs_page"), "/runs/0/traceId", &wide);
    assert_eq!(runs(&page), runs_page());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(hextop::testkit::cases(256)))]

    #[test]
    fn any_byte_within_a_text_of_one_entry_leaves_the_others_as_they_are(
        at in any::<prop::sample::Index>(),
        byte in any::<u8>().prop_filter("ends the text", |byte| !b"\"\\".contains(byte)),
    ) {
        let mut body = body!("runs_page").as_bytes().to_vec();
        let first = body.windows(8).position(|w| w == b"\"runUrl\"").unwrap() + 11;
        let length = body[first..].iter().position(|byte| *byte == b'"').unwrap();
        body[first + at.index(length)] = byte;
        let read = runs(&body);
        prop_assert_eq!(read.len(), 2);
        prop_assert_eq!(&read[1], &runs_page()[1]);
        prop_assert_eq!(&read[0].id, &runs_page()[0].id);
    }

    #[test]
    fn bad_values_in_several_places_leave_the_last_entry_as_it_is(
        picks in prop::collection::vec(
            (any::<prop::sample::Index>(), prop::sample::select(bad_values())), 1..4),
    ) {
        let places = places(body!("runs_page"), "/runs/0");
        let fields: Vec<&String> = places.iter().filter(|place| place.matches('/').count() == 3).collect();
        let mut example: Value = serde_json::from_str(body!("runs_page")).unwrap();
        let mut raws = Vec::new();
        for (index, raw) in picks {
            *example.pointer_mut(index.get(&fields).as_str()).unwrap() = format!("@{}@", raws.len()).into();
            raws.push(raw);
        }
        let mut body = example.to_string().into_bytes();
        for (number, raw) in raws.iter().enumerate() {
            let mark = format!("\"@{number}@\"").into_bytes();
            if let Some(at) = body.windows(mark.len()).position(|window| window == mark) {
                body.splice(at..at + mark.len(), raw.iter().copied());
            }
        }
        prop_assert!(runs(&body).contains(&runs_page()[1]));
    }
}

//! No answer whatsoever makes reading panic.

use hextop::api::Call;
use http::{HeaderValue, Response};
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::Value;

use crate::{body, every_call};

/// Names that the reading looks for, so that nonsense gets past the first check.
const NAMES: [&str; 24] = [
    "runs",
    "values",
    "runId",
    "id",
    "status",
    "projectVersion",
    "startTime",
    "endTime",
    "elapsedTime",
    "nextPage",
    "pagination",
    "after",
    "schedules",
    "cadence",
    "daily",
    "hour",
    "org",
    "token",
    "exp",
    "message",
    "issues",
    "invalid",
    "notFound",
    "traceId",
];

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
        Just(Value::from("2026-10-20T08:00:00Z")),
        Just(Value::from("DAILY")),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((prop::sample::select(&NAMES[..]), inner), 0..5).prop_map(
                |fields| {
                    Value::Object(
                        fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
                    )
                }
            ),
        ]
    })
}

fn any_call() -> impl Strategy<Value = Call> {
    prop::sample::select(every_call().to_vec())
}

fn read(call: &Call, status: u16, header: &[u8], body: Vec<u8>) {
    let mut response = Response::builder().status(status).body(body).unwrap();
    if let Ok(value) = HeaderValue::from_bytes(header) {
        for name in ["date", "retry-after", "ratelimit", "x-ratelimit-reset", "location"] {
            response.headers_mut().insert(name, value.clone());
        }
    }
    let read = call.read(&response, Timestamp::MAX);
    match read.result {
        Ok(_) => assert!(response.status().is_success()),
        Err(error) => assert!(error.to_string().chars().count() < 2000, "{error}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(hextop::testkit::cases(256)))]

    #[test]
    fn any_bytes_with_any_status_are_read_without_a_panic(
        call in any_call(),
        status in 100..1000_u16,
        header in prop::collection::vec(any::<u8>(), 0..24),
        body in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        read(&call, status, &header, body);
    }

    #[test]
    fn any_json_with_any_status_is_read_without_a_panic(
        call in any_call(),
        status in prop_oneof![Just(200), 100..1000_u16],
        body in any_value(),
    ) {
        read(&call, status, b"60", body.to_string().into_bytes());
    }

    #[test]
    fn an_example_cut_or_garbled_anywhere_is_read_without_a_panic(
        call in any_call(),
        example in prop::sample::select(vec![
            body!("runs_page"), body!("projects_page"), body!("run_running"), body!("started"),
            body!("me_person"), body!("error_params"), body!("error_bad_request"),
        ]),
        at in any::<prop::sample::Index>(),
        byte in prop::option::of(any::<u8>()),
    ) {
        let mut body = example.as_bytes().to_vec();
        let at = at.index(body.len());
        match byte {
            None => body.truncate(at),
            Some(byte) => body[at] = byte,
        }
        read(&call, 200, b"", body.clone());
        read(&call, 422, b"", body);
    }
}

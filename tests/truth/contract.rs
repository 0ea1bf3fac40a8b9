//! The Hex of the tests itself, held to hex-api.md: what it answers to hand-written requests.

use std::time::Duration;

use serde_json::{Value, json};

use crate::dashboard::{open, virtual_time};
use crate::hex::knobs::{ERAS, Era, NextPage, Order, WhenFull};
use crate::hex::life::Life;
use crate::hex::request::Asked;
use crate::hex::world::{ME, TOKEN};
use crate::hex::{Hex, Outcome};

/// What a request is answered: status and body, as JSON where it is some.
async fn ask(hex: &Hex, method: &str, target: &str, body: &Value) -> (u16, Value) {
    let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
    let asked = Asked::new(method, target, &format!("Bearer {TOKEN}"), &body);
    let Outcome::Answered(reply) = hex.serve(asked).await else { panic!("no answer") };
    let value = serde_json::from_str(&reply.body).unwrap_or(Value::from(reply.body));
    (reply.status, value)
}

fn names(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn runs_have_the_fields_of_their_era() {
    for era in ERAS {
        let hex = Hex::with(|knobs| knobs.era = era);
        let project = hex.project("Alpha", Life::ends(1_000, "COMPLETED"));
        hex.begin("Alpha", ME);
        virtual_time(async {
            open(&hex);
            tokio::time::sleep(Duration::from_secs(5)).await;
            let target = format!("/api/v1/projects/{project}/runs?limit=100&offset=0");
            let (status, list) = ask(&hex, "GET", &target, &Value::Null).await;
            assert_eq!(status, 200);
            let run = &list["runs"][0];
            let version = if era == Era::October2026 { json!("14") } else { json!(14) };
            assert_eq!(run["projectVersion"], version);
            assert_eq!(names(run).contains(&"runTrigger"), era != Era::Y2025);
            assert_eq!(run["startTime"], "2026-10-20T08:00:01.000Z");
            assert_eq!(run["endTime"], "2026-10-20T08:00:02.000Z");
            assert_eq!(run["elapsedTime"], 1_000);
            let id = run["runId"].as_str().unwrap();
            let (status, refused) =
                ask(&hex, "DELETE", &format!("/v1/projects/{project}/runs/{id}"), &Value::Null)
                    .await;
            assert_eq!((status, &refused["reason"]), (422, &json!("Run is not active")));
        });
    }
}

#[test]
fn pages_follow_the_order_and_say_where_the_next_one_is() {
    for (page, next) in [
        (NextPage::Absolute, json!("https://app.hex.tech/api/v1/projects/P/runs?limit=2&offset=2")),
        (NextPage::Relative, json!("/api/v1/projects/P/runs?limit=2&offset=2")),
        (NextPage::Token, json!("page-2")),
        (NextPage::Null, Value::Null),
    ] {
        let order = Order::OldestFirst;
        let hex = Hex::with(|knobs| (knobs.next_page, knobs.order) = (page, order));
        let project = hex.project("Alpha", Life::runs_at_once());
        for second in 0..3 {
            hex.at(Duration::from_secs(second), |world| {
                world.begin("Alpha", ME, "API");
            });
        }
        virtual_time(async {
            open(&hex);
            tokio::time::sleep(Duration::from_secs(5)).await;
            let target = format!("/v1/projects/{project}/runs?limit=2&offset=0");
            let (_, list) = ask(&hex, "GET", &target, &Value::Null).await;
            let runs = list["runs"].as_array().unwrap().iter();
            let listed: Vec<_> = runs.map(|run| run["runId"].clone()).collect();
            let begun: Vec<_> = hex.runs().into_iter().take(2).map(|(run, _)| json!(run)).collect();
            assert_eq!(listed, begun);
            let said = list["nextPage"].as_str().map(|text| text.replace(&project, "P"));
            assert_eq!(said.map_or(Value::Null, Value::from), next);
        });
    }
}

#[test]
fn kernels_belong_to_users_and_a_full_one_refuses_or_waits() {
    for when_full in [WhenFull::Refuses, WhenFull::Waits] {
        let hex = Hex::with(|knobs| (knobs.kernels, knobs.when_full) = (1, when_full));
        let project = hex.project("Alpha", Life::endless());
        hex.begin("Alpha", "bob@acme.test");
        virtual_time(async {
            open(&hex);
            let target = format!("/v1/projects/{project}/runs");
            let (first, _) = ask(&hex, "POST", &target, &json!({})).await;
            let (second, said) = ask(&hex, "POST", &target, &json!({})).await;
            tokio::time::sleep(Duration::from_mins(1)).await;
            let last = hex.runs().last().unwrap().0.clone();
            match when_full {
                WhenFull::Refuses => {
                    assert_eq!((first, second), (201, 503));
                    assert_eq!(said["code"], "SERVICE_UNAVAILABLE");
                    assert_eq!(hex.runs().len(), 2);
                }
                WhenFull::Waits => {
                    assert_eq!((first, second), (201, 201));
                    assert_eq!(hex.status(&last), "PENDING");
                }
            }
        });
    }
}

#[test]
fn the_31st_look_within_a_minute_is_refused_and_the_token_is_asked_for_before_all() {
    let hex = Hex::new();
    let project = hex.project("Alpha", Life::endless());
    virtual_time(async {
        open(&hex);
        let target = format!("/v1/projects/{project}/runs");
        for _ in 0..30 {
            assert_eq!(ask(&hex, "GET", &target, &Value::Null).await.0, 200);
        }
        assert_eq!(ask(&hex, "GET", &target, &Value::Null).await.0, 429);
        assert_eq!(hex.caused_429(), 1);
        tokio::time::sleep(Duration::from_secs(61)).await;
        assert_eq!(ask(&hex, "GET", &target, &Value::Null).await.0, 200);
        hex.world().revoke();
        let (status, said) = ask(&hex, "GET", "/v1/users/me", &Value::Null).await;
        assert_eq!((status, said), (401, json!("Unauthorized")));
    });
}

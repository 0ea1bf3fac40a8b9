//! Starting runs: what is accepted, what is refused, and what becomes of them.

use serde_json::{Value, json};

use hextop::sim::scenario::{
    Access, Answers, KernelsFull, ProjectState, Scope, TokenSpec, WrongInputs,
};
use hextop::sim::{ProjectSpec, Scenario};

use crate::support::{STYLES, Site, Style, quick_kernels, send, small};

#[tokio::test]
async fn a_run_is_pending_then_runs_then_completes() {
    let site = Site::open(&small()).await;
    let id = site.project("Weekly revenue");
    for style in STYLES {
        let inputs = json!({
            "region": "emea", "threshold": 0.95, "segments": ["smb", "ent"], "model": 2,
            "include_test": false, "start_date": "2026-10-01", "weeks": -1.5,
        });
        let body = json!({ "inputParams": inputs, "dryRun": false, "useCachedSqlResults": false });
        let got = site.post(&style.start(&id), body).await;
        assert_eq!(got.status, 201);
        let started = got.json();
        let run = started["runId"].as_str().unwrap();
        let path = style.run(&id, run);
        assert_eq!(started["projectId"], json!(id));
        assert_eq!(started["runStatusUrl"], format!("{}{path}", site.door.base_url));
        assert!(started["projectVersion"].is_number());
        assert_eq!(started.get("status"), None);

        let done = site.until(&path, "COMPLETED").await;
        assert_eq!(done["runTrigger"], "API");
        assert_eq!(done["projectVersion"], started["projectVersion"].to_string());
        let times = ["startTime", "endTime"].map(|name| done[name].as_str().unwrap().to_owned());
        assert!(times[0] < times[1]);
        let given = site.door.look(|world| {
            let run = world.runs().find(|one| one.id().as_str() == run);
            Value::Object(run.unwrap().inputs().clone())
        });
        assert_eq!(given, inputs);
    }
}

#[tokio::test]
async fn every_ending_can_be_reached() {
    let ending = |title: &str| ProjectSpec {
        median: std::time::Duration::from_millis(5),
        ..ProjectSpec::titled(title)
    };
    let projects = vec![
        ending("COMPLETED"),
        ProjectSpec { failure: 1.0, ..ending("ERRORED") },
        ProjectSpec { no_kernel: 1.0, ..ending("UNABLE_TO_ALLOCATE_KERNEL") },
        ProjectSpec { runaway: 1.0, ..ending("KILLED") },
    ];
    let site = Site::open(&Scenario { projects, ..small() }).await;
    for style in STYLES {
        for status in ["COMPLETED", "ERRORED", "UNABLE_TO_ALLOCATE_KERNEL", "KILLED"] {
            let id = site.project(status);
            // The body is optional.
            let started = send(site.request("POST", &style.start(&id))).await.json();
            let path = style.run(&id, started["runId"].as_str().unwrap());
            if status == "KILLED" {
                assert_eq!(site.delete(&path).await.status, 204);
            }
            let run = site.until(&path, status).await;
            assert!(run["endTime"].is_string());
        }
    }
}

#[tokio::test]
async fn a_run_that_never_got_a_kernel_has_no_start() {
    let starving = ProjectSpec {
        no_kernel: 1.0,
        median: std::time::Duration::from_millis(5),
        ..ProjectSpec::titled("Starving")
    };
    let site = Site::open(&Scenario { projects: vec![starving], ..small() }).await;
    let id = site.project("Starving");
    let started = site.post(&Style::Current.start(&id), json!({})).await.json();
    let path = Style::Current.run(&id, started["runId"].as_str().unwrap());
    let run = site.until(&path, "UNABLE_TO_ALLOCATE_KERNEL").await;
    assert_eq!((&run["startTime"], &run["elapsedTime"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn wrong_inputs_are_named_in_the_words_of_their_generation() {
    let given =
        json!({ "inputParams": { "threshold": "high", "regoin": "emea", "region": "emea" } });
    let site = Site::open(&small()).await;
    let id = site.project("Weekly revenue");
    let current = site.post(&Style::Current.start(&id), given.clone()).await;
    assert_eq!(current.status, 422);
    assert_eq!(
        current.json(),
        json!({
            "code": "UNPROCESSABLE_CONTENT",
            "message": "Unprocessable content",
            "issues": [
                { "message": "inputParams.regoin: there is no such input" },
                { "message": "inputParams.threshold: \"high\" is no number for a slider input" },
            ],
        })
    );
    let params = json!({
        "invalid": [{
            "paramName": "threshold",
            "paramValue": "\"high\"",
            "dataType": "number",
            "inputCellType": "slider",
        }],
        "notFound": ["regoin"],
    });
    let legacy = site.post(&Style::Legacy.start(&id), given.clone()).await;
    assert_eq!(legacy.status, 422);
    let mut body = legacy.json();
    assert!(body["traceId"].is_string());
    body.as_object_mut().unwrap().shift_remove("traceId");
    assert_eq!(body, params);

    let answers = Answers { wrong_inputs: WrongInputs::Params, ..Answers::default() };
    let site = Site::open(&Scenario { answers, ..small() }).await;
    let current = site.post(&Style::Current.start(&site.project("Weekly revenue")), given).await;
    assert_eq!(current.json()["notFound"], json!(["regoin"]));
}

#[tokio::test]
async fn each_kind_of_input_takes_its_own_values_only() {
    let site = Site::open(&small()).await;
    let id = site.project("Weekly revenue");
    let table = [
        ("region", json!("0123"), json!(123)),
        ("threshold", json!(1), json!(1.5)),
        ("segments", json!([]), json!("smb")),
        ("segments", json!(["smb"]), json!(["mid"])),
        ("model", json!("a"), json!("b")),
        ("include_test", json!(true), json!("true")),
        ("start_date", json!("2026-10-01T10:00:00Z"), json!("tomorrow")),
        ("weeks", json!(1e6), json!("8")),
        ("region", json!(""), Value::Null),
    ];
    for style in STYLES {
        for (name, good, bad) in &table {
            for (value, status) in [(good, 201), (bad, 422)] {
                let body = json!({ "inputParams": { *name: value }, "dryRun": true });
                assert_eq!(
                    site.post(&style.start(&id), body).await.status,
                    status,
                    "{name} {value}"
                );
            }
        }
        // It exists, but not on the app: ignored, whatever it is.
        let hidden = json!({ "inputParams": { "debug": "anything" }, "dryRun": true });
        assert_eq!(site.post(&style.start(&id), hidden).await.status, 201);
    }
}

#[tokio::test]
async fn a_body_that_breaks_the_contract_starts_nothing() {
    let site = Site::open(&small()).await;
    let id = site.project("Weekly revenue");
    let before = site.door.look(|world| world.runs().count());
    let inputs = json!({ "region": "emea" });
    let table = [
        (json!([]), 400),
        (json!("run"), 400),
        (json!(null), 400),
        (json!({ "dryRun": "perhaps" }), 400),
        (json!({ "useCachedSqlResults": 1 }), 400),
        (json!({ "updateCache": null }), 400),
        (json!({ "viewId": 4 }), 400),
        (json!({ "notifications": {} }), 400),
        (json!({ "notifications": [{ "type": "NEVER", "includeSuccessScreenshot": false }] }), 400),
        (json!({ "notifications": [{ "type": "ALL" }] }), 400),
        (json!({ "inputParams": null }), 422),
        (json!({ "inputParams": ["region"] }), 422),
        (json!({ "inputParams": inputs, "viewId": "v1" }), 422),
        (json!({ "inputParams": inputs, "updatePublishedResults": true }), 422),
    ];
    for style in STYLES {
        for (body, status) in &table {
            assert_eq!(site.post(&style.start(&id), body.clone()).await.status, *status, "{body}");
        }
        for (kind, text) in [("application/json", "{\"inputParams\":"), ("text/plain", "{}")] {
            let request = site.request("POST", &style.start(&id)).header("content-type", kind);
            assert_eq!(send(request.body(text)).await.status, 400, "{text}");
        }
        let unpublished = style.start(&site.project("Scratchpad"));
        assert_eq!(site.post(&unpublished, json!({})).await.status, 422);
    }
    // An older server knows all its fields; a newer one does not say what it does with others.
    let excess = json!({ "parameters": {} });
    assert_eq!(site.post(&Style::Legacy.start(&id), excess).await.status, 400);
    assert_eq!(site.door.look(|world| world.runs().count()), before);
}

#[tokio::test]
async fn the_deprecated_field_and_booleans_as_words_are_still_taken() {
    let site = Site::open(&small()).await;
    let id = site.project("Weekly revenue");
    for style in STYLES {
        for body in [
            json!({ "updateCache": true }),
            json!({ "updateCache": true, "inputParams": { "region": "emea" } }),
            json!({ "updatePublishedResults": "true", "useCachedSqlResults": "false" }),
            json!({ "viewId": "v1" }),
            json!({ "inputParams": {} , "updatePublishedResults": true }),
        ] {
            assert_eq!(site.post(&style.start(&id), body.clone()).await.status, 201, "{body}");
        }
    }
}

#[tokio::test]
async fn a_dry_run_checks_everything_and_starts_nothing() {
    let site = Site::open(&small()).await;
    let id = site.project("Weekly revenue");
    let before = site.door.look(|world| world.runs().count());
    for style in STYLES {
        let got = site.post(&style.start(&id), json!({ "dryRun": true })).await;
        assert_eq!(got.status, 201);
        let run = got.json()["runId"].as_str().unwrap().to_owned();
        assert_eq!(site.get(&style.run(&id, &run)).await.status, 404);
        let wrong = json!({ "dryRun": true, "inputParams": { "nothing": 1 } });
        assert_eq!(site.post(&style.start(&id), wrong).await.status, 422);
    }
    assert_eq!(site.door.look(|world| world.runs().count()), before);
}

#[tokio::test]
async fn notifications_come_back_one_for_each_recipient() {
    let site = Site::open(&small()).await;
    let id = site.project("Weekly revenue");
    let asked = json!({ "notifications": [{
        "type": "FAILURE", "includeSuccessScreenshot": true, "screenshotFormat": "png",
        "slackChannelIds": ["C1"], "userIds": ["u1"], "subject": "Look",
    }] });
    for style in STYLES {
        let started = site.post(&style.start(&id), asked.clone()).await.json();
        let item = |kind: &str, id: &str, name: &str| {
            json!({
                "type": "FAILURE", "recipientType": kind, "includeSuccessScreenshot": true,
                "recipient": { "id": id, "name": name }, "subject": "Look",
                "screenshotFormat": ["png"],
            })
        };
        let expected =
            json!([item("SLACK_CHANNEL", "C1", "slack_channel C1"), item("USER", "u1", "user u1")]);
        assert_eq!(started["notifications"], expected);
        let run = style.run(&id, started["runId"].as_str().unwrap());
        assert_eq!(site.get(&run).await.json()["notifications"], expected);
    }
}

#[tokio::test]
async fn when_kernels_are_full_a_trigger_waits_or_is_refused() {
    for full in [KernelsFull::Pending, KernelsFull::Refuse] {
        let mut scenario = small();
        scenario.kernels = hextop::sim::scenario::Kernels { total: 2, full, ..quick_kernels() };
        scenario.users.others = 0;
        let site = Site::open(&scenario).await;
        // Both kernels are held by the runs that hang.
        let id = site.project("Churn model");
        let before = site.door.look(|world| world.runs().count());
        for style in STYLES {
            let got = site.post(&style.start(&id), json!({})).await;
            if full == KernelsFull::Refuse {
                assert_eq!(got.status, 503);
                let body = got.text();
                assert!(body.contains("Maximum number of running kernels reached"), "{body}");
                assert_eq!(site.door.look(|world| world.runs().count()), before);
                continue;
            }
            assert_eq!(got.status, 201);
            let path = style.run(&id, got.json()["runId"].as_str().unwrap());
            let waiting = site.get(&path).await.json();
            assert_eq!(
                (&waiting["status"], &waiting["startTime"]),
                (&json!("PENDING"), &Value::Null)
            );
            // A cancelled run gives its kernel to the one that waits.
            let hung = site.active("Weekly revenue").remove(0);
            let hung = style.run(&site.project("Weekly revenue"), &hung);
            assert_eq!(site.delete(&hung).await.status, 204);
            site.until(&path, "RUNNING").await;
        }
    }
}

#[tokio::test]
async fn only_who_may_can_run_a_project_or_change_its_app() {
    let project = |title: &str, access| ProjectSpec { access, ..ProjectSpec::titled(title) };
    let archived = ProjectSpec { state: ProjectState::Archived, ..ProjectSpec::titled("archived") };
    let component = ProjectSpec { component: true, ..ProjectSpec::titled("component") };
    let projects =
        vec![project("view", Access::View), project("none", Access::None), archived, component];
    let site = Site::open(&Scenario { projects, ..small() }).await;
    for style in STYLES {
        let post = async |title: &str, body: Value| {
            site.post(&style.start(&site.project(title)), body).await.status
        };
        assert_eq!(post("view", json!({})).await, 201);
        assert_eq!(post("view", json!({ "updatePublishedResults": true })).await, 403);
        assert_eq!(post("none", json!({})).await, 403);
        assert_eq!(post("archived", json!({})).await, 422);
        assert_eq!(post("component", json!({})).await, 422);
        assert_eq!(site.get(&style.list(&site.project("none"))).await.status, 403);
    }
}

#[tokio::test]
async fn a_read_only_workspace_token_reads_and_starts_nothing() {
    let token =
        TokenSpec { workspace: true, scopes: vec![Scope::ReadProjects], ..TokenSpec::default() };
    let site = Site::open(&Scenario { token, ..small() }).await;
    assert!(site.door.token.starts_with("hxtw_"));
    let id = site.project("Weekly revenue");
    let run = site.active("Weekly revenue").remove(0);
    for style in STYLES {
        assert_eq!(site.get(&style.list(&id)).await.status, 200);
        assert_eq!(site.post(&style.start(&id), json!({})).await.status, 403);
        assert_eq!(site.delete(&style.run(&id, &run)).await.status, 403);
        assert_eq!(site.get(&style.run(&id, &run)).await.json()["status"], "RUNNING");
    }
    let me = site.get("/users/me").await.json();
    assert_eq!(me.as_object().unwrap().keys().collect::<Vec<_>>(), ["org", "token"]);
}

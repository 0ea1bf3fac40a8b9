//! Listing runs, their status, cancelling them.

use serde_json::{Value, json};

use hextop::sim::scenario::{Answers, Era, NextPage, Order, RunScope, Unknown, Unpublished};
use hextop::sim::{ProjectSpec, Scenario};

use crate::support::{STYLES, Site, Style, small, words};

const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

#[tokio::test]
async fn a_page_of_runs_has_the_newest_first_and_says_where_the_next_one_is() {
    let site = Site::open(&small()).await;
    let id = site.project("Weekly revenue");
    for style in STYLES {
        let list = style.list(&id);
        let all = site.get(&format!("{list}?limit=100")).await.json();
        let ids = words(&all["runs"], "runId");
        assert_eq!(ids.len(), 42);
        assert_eq!(all["nextPage"], Value::Null);
        assert_eq!(all["previousPage"], Value::Null);

        let page = site.get(&format!("{list}?limit=10&offset=10")).await.json();
        assert_eq!(words(&page["runs"], "runId"), ids[10..20]);
        let base = &site.door.base_url;
        assert_eq!(page["nextPage"], format!("{base}{list}?limit=10&offset=20"));
        assert_eq!(page["previousPage"], format!("{base}{list}?limit=10&offset=0"));

        let default = site.get(&list).await.json();
        assert_eq!(words(&default["runs"], "runId"), ids[..25]);
        let starts: Vec<_> = all["runs"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|run| run["startTime"].as_str())
            .collect();
        assert!(starts.is_sorted_by(|newer, older| newer >= older), "{starts:?}");
        let beyond = site.get(&format!("{list}?offset=1000")).await.json();
        assert_eq!(beyond["runs"], json!([]));
    }
}

#[tokio::test]
async fn filters_by_status_and_trigger_are_single_words_and_combine() {
    let mut scenario = small();
    scenario.projects[0].failure = 0.4;
    scenario.projects[0].api_per_hour = 6.0;
    scenario.projects[0].refreshes_per_hour = 6.0;
    let site = Site::open(&scenario).await;
    let id = site.project("Weekly revenue");
    for style in STYLES {
        let list = style.list(&id);
        let rows = async |query: &str| {
            let page = site.get(&format!("{list}?limit=100&{query}")).await.json();
            page["runs"].as_array().unwrap().clone()
        };
        let all = rows("runTriggerFilter=ALL").await;
        let count = |status: &str, trigger: &str| {
            let wanted = |run: &&Value| run["status"] == status && run["runTrigger"] == trigger;
            all.iter().filter(wanted).count()
        };
        let running = rows("statusFilter=RUNNING").await;
        assert_eq!(running.len(), 2);
        let both = rows("statusFilter=ERRORED&runTriggerFilter=APP_REFRESH").await;
        assert_eq!(both.len(), count("ERRORED", "APP_REFRESH"));
        assert!(!both.is_empty());
        for query in ["statusFilter=FAILED", "statusFilter=RUNNING,PENDING", "runTriggerFilter=api"]
        {
            let refused = site.get(&format!("{list}?{query}")).await;
            assert_eq!(refused.status, 400, "{query}");
        }
    }
}

#[tokio::test]
async fn a_query_that_breaks_the_contract_is_refused_with_the_shape_of_its_generation() {
    let site = Site::open(&small()).await;
    let id = site.project("Weekly revenue");
    for query in ["limit=0", "limit=101", "limit=ten", "offset=-1", "offset=1.5"] {
        let current = site.get(&format!("{}?{query}", Style::Current.list(&id))).await;
        assert_eq!(current.status, 400, "{query}");
        assert_eq!(current.json()["code"], "BAD_REQUEST");
        assert!(current.json()["issues"][0]["message"].is_string());
        let legacy = site.get(&format!("{}?{query}", Style::Legacy.list(&id))).await;
        assert_eq!(legacy.status, 400, "{query}");
        assert_eq!(legacy.json()["reason"], "Invalid input data");
    }
}

#[tokio::test]
async fn ids_that_are_none_are_bad_and_ids_of_nothing_are_not_found() {
    for (unknown, status) in [(Unknown::NotFound, 404), (Unknown::Forbidden, 403)] {
        let answers = Answers { unknown, ..Answers::default() };
        let site = Site::open(&Scenario { answers, ..small() }).await;
        let id = site.project("Weekly revenue");
        for style in STYLES {
            let bad = [style.list("12"), style.run(&id, "12"), style.run("12", NOBODY)];
            for path in bad {
                assert_eq!(site.get(&path).await.status, 400, "{path}");
            }
            let nothing = [style.list(NOBODY), style.run(&id, NOBODY), style.run(NOBODY, NOBODY)];
            for path in nothing {
                assert_eq!(site.get(&path).await.status, status, "{path}");
            }
            assert_eq!(site.delete(&style.run(&id, "12")).await.status, 400);
            assert_eq!(site.delete(&style.run(&id, NOBODY)).await.status, status);
            let other = site.project("Churn model");
            let run = &site.active("Weekly revenue")[0];
            assert_eq!(site.get(&style.run(&other, run)).await.status, status);
        }
    }
}

#[tokio::test]
async fn an_unpublished_project_has_no_runs_or_refuses_to_say() {
    for (unpublished, status) in [(Unpublished::Empty, 200), (Unpublished::Refuse, 422)] {
        let answers = Answers { unpublished, ..Answers::default() };
        let site = Site::open(&Scenario { answers, ..small() }).await;
        let id = site.project("Scratchpad");
        for style in STYLES {
            let got = site.get(&style.list(&id)).await;
            assert_eq!(got.status, status);
            if status == 200 {
                assert_eq!(got.json()["runs"], json!([]));
            }
        }
    }
}

#[tokio::test]
async fn a_run_in_the_middle_has_a_start_and_counts_up() {
    let site = Site::open(&small()).await;
    let id = site.project("Weekly revenue");
    let run = site.active("Weekly revenue").remove(0);
    for style in STYLES {
        let first = site.get(&style.run(&id, &run)).await.json();
        assert_eq!(first["status"], "RUNNING");
        assert_eq!((&first["projectId"], &first["runId"]), (&json!(id), &json!(run)));
        assert_eq!(first["endTime"], Value::Null);
        assert_eq!(first.get("stateEvents"), None);
        assert!(first["elapsedTime"].as_u64().unwrap() >= 40_000);
        let second = site.get(&style.run(&id, &run)).await.json();
        assert!(second["elapsedTime"].as_u64() >= first["elapsedTime"].as_u64());
        assert_ne!(first["traceId"], second["traceId"]);
    }
}

#[tokio::test]
async fn expanded_stats_come_only_when_asked_for() {
    let site = Site::open(&small()).await;
    let id = site.project("Weekly revenue");
    let run = site.active("Weekly revenue").remove(0);
    for style in STYLES {
        let request = site.request("GET", &style.run(&id, &run));
        let got =
            crate::support::send(request.header("enable-expanded-stats", "true")).await.json();
        let events = got["stateEvents"].as_array().unwrap();
        assert_eq!(events.len(), 3);
        for event in events {
            assert!(["type", "value", "timestamp"].iter().all(|field| event[field].is_string()));
        }
        assert!(got["flagConfigOverride"].is_string());
    }
}

#[tokio::test]
async fn a_cancelled_run_is_killed_a_moment_later_and_cannot_be_cancelled_again() {
    let site = Site::open(&small()).await;
    let id = site.project("Weekly revenue");
    for style in STYLES {
        let run = site.active("Weekly revenue").remove(0);
        let path = style.run(&id, &run);
        let cancelled = site.delete(&path).await;
        assert_eq!((cancelled.status, cancelled.body.len()), (204, 0));
        assert_eq!(cancelled.header("content-type"), None);
        let killed = site.until(&path, "KILLED").await;
        assert!(killed["endTime"].is_string());
        let again = site.delete(&path).await;
        assert_eq!(again.status, 422);
        assert_eq!(again.json()["reason"], "Run is not active");
    }
}

#[tokio::test]
async fn the_server_of_2025_has_numbers_for_versions_no_triggers_and_only_api_runs() {
    let answers = Answers { era: Era::Before, list: RunScope::ApiOnly, ..Answers::default() };
    let mut scenario = Scenario { answers, ..small() };
    scenario.projects[0].refreshes_per_hour = 6.0;
    scenario.projects[0].api_per_hour = 6.0;
    let site = Site::open(&scenario).await;
    let id = site.project("Weekly revenue");
    for style in STYLES {
        let page = site.get(&format!("{}?limit=100", style.list(&id))).await.json();
        let runs = page["runs"].as_array().unwrap();
        assert!(runs.len() < 42);
        for run in runs {
            assert!(run["projectVersion"].is_number(), "{run}");
            assert_eq!(run.get("runTrigger"), None);
            assert!(run["startTime"].is_string() && run["elapsedTime"].is_number());
        }
        let refused = site.get(&format!("{}?limit=0", style.list(&id))).await.json();
        assert!(refused["reason"].is_string(), "{refused}");
    }
}

#[tokio::test]
async fn the_next_page_has_every_form_that_was_ever_guessed() {
    for (next_page, expected) in [
        (
            NextPage::Relative,
            json!("/api/v1/projects/ID/runs?limit=1&offset=1&statusFilter=RUNNING"),
        ),
        (NextPage::Token, json!("page-1")),
        (NextPage::Null, Value::Null),
    ] {
        let answers = Answers { next_page, ..Answers::default() };
        let site = Site::open(&Scenario { answers, ..small() }).await;
        let id = site.project("Weekly revenue");
        let path = format!("{}?limit=1&statusFilter=RUNNING", Style::Current.list(&id));
        let page = site.get(&path).await.json();
        let expected: Value =
            serde_json::from_str(&expected.to_string().replace("ID", &id)).unwrap();
        assert_eq!(page["nextPage"], expected);
    }
}

#[tokio::test]
async fn the_order_can_be_the_other_way_round() {
    let answers = Answers { order: Order::OldestFirst, ..Answers::default() };
    let site = Site::open(&Scenario { answers, ..small() }).await;
    let id = site.project("Weekly revenue");
    let page = site.get(&Style::Current.list(&id)).await.json();
    let starts = words(&page["runs"], "startTime");
    assert!(starts.is_sorted(), "{starts:?}");
}

#[tokio::test]
async fn a_draft_run_has_no_number() {
    let draft = ProjectSpec { drafts_per_hour: 10.0, past: 20, ..ProjectSpec::titled("Drafts") };
    let site = Site::open(&Scenario { projects: vec![draft], ..small() }).await;
    let id = site.project("Drafts");
    let page = site.get(&Style::Current.list(&id)).await.json();
    assert_eq!(words(&page["runs"], "projectVersion"), vec!["draft"; 20]);
}

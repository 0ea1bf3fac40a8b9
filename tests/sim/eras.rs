//! The server of July 2026 and that of 2025: versions that are numbers, errors of the old shape,
//! wrong inputs by name on the current paths as well.

use serde_json::{Value, json};

use hextop::sim::scenario::{Answers, Era};
use hextop::sim::{ProjectSpec, Scenario};

use crate::schema::Contract;
use crate::support::{Got, STYLES, Site, Style, small};

async fn open(era: Era) -> Site {
    let answers = Answers { era, ..Answers::default() };
    let mut scenario = Scenario { answers, ..small() };
    scenario.projects[0].api_per_hour = 6.0;
    scenario.projects[0].refreshes_per_hour = 6.0;
    let drafts = ProjectSpec { drafts_per_hour: 10.0, past: 20, ..ProjectSpec::titled("Drafts") };
    scenario.projects.push(drafts);
    Site::open(&scenario).await
}

fn assert_shape(contract: &Contract, schema: &str, got: &Got, status: u16, about: &str) {
    assert_eq!(got.status, status, "{about}: {}", got.text());
    assert_eq!(contract.fault(schema, &got.json()), None, "{about}: {}", got.text());
}

#[tokio::test]
async fn runs_of_july_2026_have_numbers_for_versions_and_their_trigger() {
    let (contract, site) = (Contract::load(), open(Era::July).await);
    let id = site.project("Weekly revenue");
    for style in STYLES {
        let page = site.get(&format!("{}?limit=100", style.list(&id))).await.json();
        let runs = page["runs"].as_array().unwrap();
        assert!(runs.len() > 40, "scheduled and refreshing runs are listed too: {}", runs.len());
        for run in runs {
            assert_eq!(contract.fault("RunOfJuly2026", run), None, "{run}");
            let alone = site.get(&style.run(&id, run["runId"].as_str().unwrap())).await.json();
            assert_eq!(alone["projectVersion"], run["projectVersion"]);
        }
        let own = site.get(&format!("{}?runTriggerFilter=APP_REFRESH", style.list(&id))).await;
        let own = own.json();
        let own = own["runs"].as_array().unwrap();
        assert!(!own.is_empty() && own.iter().all(|run| run["runTrigger"] == "APP_REFRESH"));
    }
    let started = site.post(&Style::Current.start(&id), json!({})).await.json();
    assert_eq!(contract.fault("Started", &started), None);
    let run = started["runId"].as_str().unwrap();
    let waiting = site.get(&Style::Current.run(&id, run)).await.json();
    assert_eq!(contract.fault("RunOfJuly2026", &waiting), None, "{waiting}");
}

#[tokio::test]
async fn where_versions_are_numbers_no_run_of_a_draft_is_told_of() {
    for era in [Era::July, Era::Before] {
        let site = open(era).await;
        let id = site.project("Drafts");
        let page = site.get(&Style::Current.list(&id)).await.json();
        assert_eq!(page["runs"], json!([]), "{era:?}");
        let draft = site.door.look(|world| {
            let is_draft = |run: &&hextop::sim::SimRun| {
                world.project_of(run).is_some_and(|project| project.title() == "Drafts")
            };
            world.runs().find(is_draft).unwrap().id().to_string()
        });
        assert_eq!(site.get(&Style::Current.run(&id, &draft)).await.status, 404, "{era:?}");
    }
}

#[tokio::test]
async fn errors_before_late_2026_have_the_old_shape_everywhere() {
    let contract = Contract::load();
    let nobody = "00000000-0000-4000-8000-000000000000";
    for era in [Era::July, Era::Before] {
        let site = open(era).await;
        let id = site.project("Weekly revenue");
        let unpublished = site.project("Scratchpad");
        for (path, status) in [
            (format!("/projects/{id}/runs?limit=0"), 400),
            (format!("/projects/{id}/runs?statusFilter=FAILED"), 400),
            (format!("/projects/{nobody}/runs"), 404),
            (format!("/projects/{id}/runs/{nobody}"), 404),
            (format!("/projects/{id}/runs/x"), 400),
            (format!("/projects/{nobody}"), 404),
            ("/projects/x".to_owned(), 400),
            ("/projects?limit=0".to_owned(), 400),
            ("/cells".to_owned(), 400),
            (format!("/cells/{nobody}"), 403),
        ] {
            let about = format!("{era:?} {path}");
            assert_shape(&contract, "ErrorOld", &site.get(&path).await, status, &about);
        }
        let start = Style::Current.start(&unpublished);
        let got = site.post(&start, json!({})).await;
        assert_shape(&contract, "ErrorOld", &got, 422, "not published");
        let got = site.post(&Style::Current.start(&id), json!({ "parameters": {} })).await;
        assert_shape(&contract, "ErrorOld", &got, 400, "excess");
        let details = got.json()["details"].as_str().unwrap().to_owned();
        assert_eq!(details, "\"parameters\" is an excess property and therefore is not allowed");
    }
}

#[tokio::test]
async fn wrong_inputs_are_named_by_parameter_on_both_paths_before_late_2026() {
    let contract = Contract::load();
    let given = json!({ "inputParams": { "threshold": 5, "regoin": "emea" } });
    for era in [Era::July, Era::Before] {
        let site = open(era).await;
        for style in STYLES {
            let path = style.start(&site.project("Weekly revenue"));
            let got = site.post(&path, given.clone()).await;
            assert_shape(&contract, "InvalidParams", &got, 422, &format!("{era:?} {style:?}"));
            assert_eq!(got.json()["notFound"], json!(["regoin"]));
            let invalid: &Value = &got.json()["invalid"][0];
            assert_eq!(
                (&invalid["paramName"], &invalid["paramValue"]),
                (&json!("threshold"), &json!("5"))
            );
        }
    }
}

#[test]
fn each_era_has_its_word_in_a_scenario() {
    for (word, era) in [("2026", Era::Now), ("2026-07", Era::July), ("2025", Era::Before)] {
        let scenario = Scenario::from_toml(&format!("[answers]\nera = \"{word}\"\n")).unwrap();
        assert_eq!(scenario.answers.era, era);
    }
    assert!(Scenario::from_toml("[answers]\nera = \"2024\"\n").is_err());
}

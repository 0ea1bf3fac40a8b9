//! What clients other than hextop ask: booleans as Python writes them, unlisted projects, reads
//! that lead nowhere, and refusals in the words of the libraries that check requests.

use serde_json::{Value, json};

use hextop::sim::scenario::{Answers, Era, UnlistedQuery};
use hextop::sim::{ProjectSpec, Scenario};

use crate::support::{Site, Style, small, words};

fn workspace(answers: Answers) -> Scenario {
    let mut scenario = Scenario { answers, ..small() };
    scenario.projects.push(ProjectSpec {
        unlisted: true,
        past: 3,
        ..ProjectSpec::titled("Hidden")
    });
    scenario.projects.push(ProjectSpec { component: true, ..ProjectSpec::titled("Part") });
    scenario
}

async fn titles(site: &Site, query: &str) -> Vec<String> {
    let got = site.get(&format!("/projects?{query}")).await;
    assert_eq!(got.status, 200, "{query}: {}", got.text());
    let mut titles = words(&got.json()["values"], "title");
    titles.sort();
    titles
}

#[tokio::test]
async fn booleans_of_a_query_are_read_in_any_case() {
    let site = Site::open(&workspace(Answers::default())).await;
    for word in ["true", "True", "TRUE", "tRuE"] {
        let found = titles(&site, &format!("includeComponents={word}")).await;
        assert!(found.contains(&"Part".to_owned()), "{word}");
    }
    for word in ["false", "False", "FALSE"] {
        let found = titles(&site, &format!("includeComponents={word}")).await;
        assert!(!found.contains(&"Part".to_owned()), "{word}");
    }
    let id = site.project("Churn model");
    let shared = site.get(&format!("/projects/{id}?includeSharing=True")).await.json();
    assert!(shared["sharing"].is_object());
    for word in ["1", "yes", "", "truee"] {
        for path in ["/projects?includeComponents=", &format!("/projects/{id}?includeSharing=")] {
            assert_eq!(site.get(&format!("{path}{word}")).await.status, 400, "{path}{word}");
        }
    }
}

#[tokio::test]
async fn an_unlisted_project_is_hidden_unless_asked_for_and_found_by_its_id() {
    let site = Site::open(&workspace(Answers::default())).await;
    let listed = ["Churn model", "Scratchpad", "Weekly revenue"];
    assert_eq!(titles(&site, "").await, listed);
    assert_eq!(titles(&site, "includeUnlisted=false").await, listed);
    let all = ["Churn model", "Hidden", "Scratchpad", "Weekly revenue"];
    assert_eq!(titles(&site, "includeUnlisted=True").await, all);
    assert_eq!(site.get("/projects?includeUnlisted=maybe").await.status, 400);
    let id = site.project("Hidden");
    assert_eq!(site.get(&format!("/projects/{id}")).await.json()["title"], "Hidden");
    let runs = site.get(&Style::Current.list(&id)).await.json();
    assert_eq!(runs["runs"].as_array().unwrap().len(), 3);
    assert_eq!(site.post(&Style::Current.start(&id), json!({})).await.status, 201);
}

#[tokio::test]
async fn a_server_may_ignore_or_refuse_the_question_for_unlisted_projects() {
    let ignoring = [
        Answers { include_unlisted: UnlistedQuery::Ignored, ..Answers::default() },
        Answers { era: Era::July, ..Answers::default() },
        Answers { era: Era::Before, ..Answers::default() },
    ];
    for answers in ignoring {
        let about = format!("{:?} {:?}", answers.era, answers.include_unlisted);
        let site = Site::open(&workspace(answers)).await;
        assert_eq!(titles(&site, "includeUnlisted=true").await.len(), 3, "{about}");
        assert_eq!(titles(&site, "includeUnlisted=whatever").await.len(), 3, "{about}");
    }
    let answers = Answers { include_unlisted: UnlistedQuery::Refused, ..Answers::default() };
    let site = Site::open(&workspace(answers)).await;
    assert_eq!(site.get("/projects?includeUnlisted=true").await.status, 400);
    assert_eq!(titles(&site, "limit=100").await.len(), 3);
}

#[tokio::test]
async fn reads_of_other_clients_are_answered_as_by_hex() {
    let site = Site::open(&workspace(Answers::default())).await;
    let id = site.project("Weekly revenue");
    let empty = json!({ "values": [], "pagination": { "after": null, "before": null } });
    for path in ["/data-connections", "/groups"] {
        let got = site.get(path).await;
        assert_eq!((got.status, got.json()), (200, empty.clone()), "{path}");
    }
    assert_eq!(site.get("/collections").await.status, 403);
    let tables = site.get(&format!("/projects/{id}/queriedTables")).await;
    assert_eq!(tables.status, 403);
    let message = tables.json();
    assert_eq!(message.as_object().unwrap().keys().collect::<Vec<_>>(), ["message"]);
    let nobody = "00000000-0000-4000-8000-000000000000";
    assert_eq!(site.get(&format!("/projects/{nobody}/queriedTables")).await.status, 404);
    for path in ["/threads", "/data-connections/x", "/users"] {
        assert_eq!(site.get(path).await.status, 404, "{path}");
    }
}

/// The `details` of an old error, or the first issue of a new one.
fn issue(body: &Value) -> String {
    let text = body["details"].as_str().or_else(|| body["issues"][0]["message"].as_str());
    text.unwrap_or_else(|| panic!("{body}")).to_owned()
}

#[tokio::test]
async fn a_refusal_names_what_is_wrong_as_tsoa_and_zod_do() {
    let site = Site::open(&workspace(Answers::default())).await;
    let id = site.project("Weekly revenue");
    let runs = Style::Current.list(&id);
    let legacy = Style::Legacy.list(&id);
    for (path, words) in [
        ("/projects?limit=101".to_owned(), "limit: max 100"),
        ("/projects?limit=0".to_owned(), "limit: min 1"),
        ("/projects?limit=x".to_owned(), "limit: invalid integer number"),
        ("/projects?includeTrashed=1".to_owned(), "includeTrashed: invalid boolean value"),
        (
            "/projects?sortDirection=UP".to_owned(),
            "sortDirection: should be one of the following; ['DESC','ASC']",
        ),
        (format!("{runs}?limit=101"), "limit: Number must be less than or equal to 100"),
        (format!("{runs}?limit=0"), "limit: Number must be greater than or equal to 1"),
        (format!("{runs}?limit=x"), "limit: Expected number, received nan"),
        (format!("{runs}?limit=1.5"), "limit: Expected integer, received float"),
        (format!("{legacy}?limit=101"), "limit: max 100"),
        ("/projects/x".to_owned(), "projectId: Invalid uuid"),
        ("/cells".to_owned(), "projectId: Required"),
        (
            format!("{runs}?runTriggerFilter=MANUAL"),
            "runTriggerFilter: Invalid enum value. Expected 'API' | 'SCHEDULED' | 'APP_REFRESH' | \
             'ALL', received 'MANUAL'",
        ),
    ] {
        let got = site.get(&path).await;
        assert_eq!((got.status, issue(&got.json()).as_str()), (400, words), "{path}");
    }
    for (body, status, words) in [
        (json!({ "dryRun": 1 }), 400, "dryRun: Expected boolean, received number"),
        (json!({ "viewId": null }), 400, "viewId: Expected string, received null"),
        (json!({ "inputParams": null }), 422, "inputParams: Expected object, received null"),
        (json!({ "notifications": {} }), 400, "notifications: Expected array, received object"),
        (
            json!({ "inputParams": { "threshold": 5 } }),
            422,
            "inputParams.threshold: 5 is above the maximum 1",
        ),
        (
            json!({ "inputParams": { "threshold": -0.5 } }),
            422,
            "inputParams.threshold: -0.5 is below the minimum 0",
        ),
        (
            json!({ "inputParams": { "segments": ["smb", "mid"] } }),
            422,
            "inputParams.segments: \"mid\" is not one of the options",
        ),
        (
            json!({ "inputParams": { "weeks": "three" } }),
            422,
            "inputParams.weeks: \"three\" is no number for a number input",
        ),
    ] {
        let got = site.post(&Style::Current.start(&id), body.clone()).await;
        assert_eq!((got.status, issue(&got.json()).as_str()), (status, words), "{body}");
    }
}

#[tokio::test]
async fn an_offset_is_a_signed_number_of_32_bits() {
    let site = Site::open(&workspace(Answers::default())).await;
    let id = site.project("Weekly revenue");
    for style in [Style::Current, Style::Legacy] {
        let at = async |offset: &str| {
            site.get(&format!("{}?offset={offset}", style.list(&id))).await.status
        };
        assert_eq!(at("2147483647").await, 200);
        for offset in ["2147483648", "4294967295", "18446744073709551616"] {
            assert_eq!(at(offset).await, 400, "{style:?} {offset}");
        }
    }
}

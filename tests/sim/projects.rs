//! Listing projects, one project, and whose token it is.

use serde_json::{Value, json};

use hextop::sim::scenario::{Access, ProjectState, TokenSpec};
use hextop::sim::{ProjectSpec, Scenario};

use crate::support::{Site, send, small, words};

fn many() -> Scenario {
    let mut projects: Vec<_> =
        (0..230).map(|number| ProjectSpec::titled(format!("P{number}"))).collect();
    projects[3].state = ProjectState::Archived;
    projects[4].state = ProjectState::Trashed;
    projects[5].component = true;
    projects[6].access = Access::None;
    projects[7].owner = Some("boss@acme.test".to_owned());
    projects[8].label = Some("Production".to_owned());
    projects[9].categories = vec!["Finance".to_owned(), "Board".to_owned()];
    projects[10].published = false;
    Scenario { projects, ..small() }
}

/// All pages, in order.
async fn all(site: &Site, query: &str) -> Vec<Value> {
    let (mut rows, mut after) = (Vec::new(), String::new());
    loop {
        let page = site.get(&format!("/projects?{query}{after}")).await.json();
        rows.extend(page["values"].as_array().unwrap().clone());
        match page["pagination"]["after"].as_str() {
            Some(cursor) => after = format!("&after={cursor}"),
            None => return rows,
        }
    }
}

#[tokio::test]
async fn pages_of_projects_hold_every_project_once_newest_first() {
    let site = Site::open(&many()).await;
    for limit in [100, 7] {
        let rows = Value::Array(all(&site, &format!("limit={limit}")).await);
        let mut titles = words(&rows, "title");
        assert!(words(&rows, "createdAt").is_sorted_by(|newer, older| newer >= older));
        titles.sort();
        titles.dedup();
        assert_eq!(
            titles.len(),
            226,
            "all but the archived, the trashed, the component, the hidden"
        );
    }
}

#[tokio::test]
async fn cursors_lead_forth_and_back() {
    let site = Site::open(&many()).await;
    let first = site.get("/projects?limit=10").await.json();
    assert_eq!(first["pagination"]["before"], Value::Null);
    let after = first["pagination"]["after"].as_str().unwrap();
    let second = site.get(&format!("/projects?limit=10&after={after}")).await.json();
    let before = second["pagination"]["before"].as_str().unwrap();
    let back = site.get(&format!("/projects?limit=10&before={before}")).await.json();
    assert_eq!(back, first);
    let default = site.get("/projects").await.json();
    assert_eq!(default["values"].as_array().unwrap().len(), 25);
}

#[tokio::test]
async fn filters_leave_what_they_name() {
    let site = Site::open(&many()).await;
    let count = async |query: &str| all(&site, &format!("limit=100&{query}")).await.len();
    assert_eq!(count("includeArchived=true").await, 227);
    assert_eq!(count("includeTrashed=true").await, 227);
    assert_eq!(count("includeComponents=true").await, 227);
    assert_eq!(count("includeArchived=true&includeTrashed=true&includeComponents=true").await, 229);
    assert_eq!(count("ownerEmail=boss%40acme.test").await, 1);
    assert_eq!(count("creatorEmail=nobody@acme.test").await, 0);
    assert_eq!(count("statuses=Production&statuses=Draft").await, 1);
    assert_eq!(count("categories=Board,Sales").await, 1);
    assert_eq!(count("collectionId=c1").await, 0);
}

#[tokio::test]
async fn sorting_goes_by_each_time_in_both_directions() {
    let site = Site::open(&many()).await;
    for (key, field) in [
        ("CREATED_AT", "createdAt"),
        ("LAST_EDITED_AT", "lastEditedAt"),
        ("LAST_PUBLISHED_AT", "lastPublishedAt"),
    ] {
        let times = async |direction: &str| {
            let rows =
                all(&site, &format!("limit=100&sortBy={key}&sortDirection={direction}")).await;
            rows.iter().map(|row| row[field].as_str().map(str::to_owned)).collect::<Vec<_>>()
        };
        let (down, up) = (times("DESC").await, times("ASC").await);
        assert!(up.is_sorted());
        assert_eq!(down.into_iter().rev().collect::<Vec<_>>(), up);
    }
}

#[tokio::test]
async fn what_breaks_the_contract_is_refused_in_the_old_shape() {
    let site = Site::open(&many()).await;
    for query in [
        "limit=0",
        "limit=101",
        "sortBy=TITLE",
        "sortDirection=UP",
        "includeArchived=1",
        "after=nothing",
        "before=nothing",
    ] {
        let got = site.get(&format!("/projects?{query}")).await;
        assert_eq!(got.status, 400, "{query}");
        assert!(got.json()["reason"].is_string());
    }
}

#[tokio::test]
async fn one_project_is_the_same_as_in_the_list() {
    let site = Site::open(&many()).await;
    let rows = all(&site, "limit=100").await;
    for row in &rows[..5] {
        let id = row["id"].as_str().unwrap();
        assert_eq!(site.get(&format!("/projects/{id}")).await.json(), *row);
        assert_eq!(site.get(&format!("/projects/{}", id.to_uppercase())).await.json(), *row);
    }
    let id = rows[0]["id"].as_str().unwrap();
    let shared = site.get(&format!("/projects/{id}?includeSharing=true")).await.json();
    assert!(shared["sharing"].is_object());
    assert_eq!(rows[0].get("sharing"), None);
    assert_eq!(site.get("/projects/nope").await.status, 400);
    assert_eq!(site.get("/projects/00000000-0000-4000-8000-000000000000").await.status, 404);
    assert_eq!(site.get(&format!("/projects/{}", site.project("P6"))).await.status, 403);
}

#[tokio::test]
async fn a_project_is_published_exactly_if_it_says_when() {
    let site = Site::open(&many()).await;
    for row in all(&site, "limit=100").await {
        assert_eq!(row["lastPublishedAt"].is_string(), row["title"] != "P10", "{row}");
    }
    let archived = site.get(&format!("/projects/{}", site.project("P3"))).await.json();
    assert!(archived["archivedAt"].is_string() && archived["trashedAt"].is_null());
}

#[tokio::test]
async fn me_tells_who_and_until_when() {
    let site = Site::open(&small()).await;
    let me = site.get("/users/me").await.json();
    let exp = me["token"]["exp"].as_i64().unwrap();
    let seconds = exp - hextop::clock::now().wall.as_second();
    assert_eq!(me["email"], "ana@acme.test");
    assert!((30 * 86_400 - 60..=30 * 86_400).contains(&seconds), "{seconds}");

    let token = TokenSpec { workspace: true, expires_after: None, ..TokenSpec::default() };
    let site = Site::open(&Scenario { token, ..small() }).await;
    let mut me = send(site.request("GET", "/users/me")).await.json();
    assert!(me["org"].as_object_mut().unwrap().shift_remove("id").unwrap().is_string());
    assert_eq!(me, json!({ "org": {}, "token": { "exp": null } }));
}
